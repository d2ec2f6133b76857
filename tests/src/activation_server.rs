//! The vendor's activation server as a process: made with `init`, started, told what to sell,
//! stopped. It listens on a port that the system chose at its first start and that it keeps.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail, ensure};
use rustix::process::Signal;
use serde_json::Value;

use crate::{
    Binaries, Running, Said, Vendor,
    process::{Ended, run},
    soon,
    vendor::{Issued, text},
};

/// Where the server listens until it is known which port is free.
const ANY_PORT: &str = "127.0.0.1:0";

/// `octroi-server` in a folder of its own. It is killed when this is dropped.
#[derive(Debug)]
pub struct ActivationServer {
    running: Option<Running>,
    folder: PathBuf,
    address: String,
    key_pin: String,
}

impl ActivationServer {
    /// Makes a server for a vendor in the new folder `folder` and starts it.
    ///
    /// # Errors
    /// It cannot be made, or does not start.
    pub fn start(vendor: &Vendor, folder: &Path) -> anyhow::Result<Self> {
        let mut server = Self {
            running: None,
            folder: folder.to_path_buf(),
            address: String::new(),
            key_pin: String::new(),
        };
        let (dir, keys) = (text(folder)?, vendor.keys());
        let listen = ["--listen", ANY_PORT, "--name", "127.0.0.1"];
        let made = ["init", "--dir", dir, "--keys", text(&keys)?];
        server.must(&[&made[..], &listen].concat())?;
        let listening = server.start_again()?;
        server.address = format!("https://{listening}");
        // From now on always there: licences name the address.
        let configuration = fs::read_to_string(server.configuration())?;
        ensure!(configuration.contains(ANY_PORT), "{configuration}");
        fs::write(
            server.configuration(),
            configuration.replace(ANY_PORT, &listening),
        )?;
        Ok(server)
    }

    /// Starts it after [`stop`](Self::stop) or [`kill`](Self::kill), on the same port. Gives what it
    /// listens on.
    ///
    /// # Errors
    /// It does not start.
    pub fn start_again(&mut self) -> anyhow::Result<String> {
        // In a folder beside: `init` wants its own to be empty.
        let said = self.folder.with_extension("said");
        let mut command = self.command(&["serve"])?;
        command.stdout(File::create(&said)?);
        let mut running = Running::start("octroi-server", &mut command, &self.log())?;
        let line: Value = soon("the activation server's listener", || {
            running.must_live()?;
            let text = fs::read_to_string(&said)?;
            let Some((line, _)) = text.split_once('\n') else {
                return Ok(None);
            };
            Ok(Some(serde_json::from_str(line)?))
        })?;
        let field = |name: &str| {
            let value = line.get(name).and_then(Value::as_str).map(str::to_owned);
            value.with_context(|| format!("the server said {line}"))
        };
        self.key_pin = field("key_pin")?;
        self.running = Some(running);
        field("listening")
    }

    /// A command line of it.
    ///
    /// # Errors
    /// The programs do not build.
    pub fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        let mut command = Command::new(&Binaries::get()?.server);
        command
            .env("OCTROI_LOG", "info")
            .env_remove("OCTROI_PASSPHRASE")
            .arg("--json")
            .arg("--config")
            .arg(self.configuration())
            .args(arguments);
        Ok(command)
    }

    /// Runs a command of it.
    ///
    /// # Errors
    /// It cannot be run, or what it prints is no JSON. That it fails is an answer.
    pub fn tool(&self, arguments: &[&str]) -> anyhow::Result<Said> {
        let Ended {
            status,
            output,
            complaint,
        } = run(&mut self.command(arguments)?)?;
        let json = match output.trim() {
            "" => Value::Null,
            said => serde_json::from_str(said).with_context(|| format!("no JSON: {said}"))?,
        };
        Ok(Said {
            status,
            json,
            complaint,
        })
    }

    /// Runs a command of it, which must succeed.
    ///
    /// # Errors
    /// It fails.
    pub fn must(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let said = self.tool(arguments)?;
        if said.status != 0 {
            bail!(
                "octroi-server {arguments:?} ended with {}: {}",
                said.status,
                said.complaint.trim()
            );
        }
        Ok(said.json)
    }

    /// Takes a licence and its code in.
    ///
    /// # Errors
    /// It is refused.
    pub fn import(&self, issued: &Issued) -> anyhow::Result<Value> {
        self.must(&["import", text(&issued.licence)?])
    }

    /// The same, and records that its terms were accepted and its payment was validated.
    ///
    /// # Errors
    /// Something of it is refused.
    pub fn sell(&self, issued: &Issued) -> anyhow::Result<()> {
        self.import(issued)?;
        self.must(&["order", "accept", &issued.id])?;
        self.must(&["order", "paid", &issued.id])?;
        Ok(())
    }

    /// Lets receipts bring a document.
    ///
    /// # Errors
    /// It is refused.
    pub fn deliver(&self, document: &Path) -> anyhow::Result<Value> {
        self.must(&["documents", "add", text(document)?])
    }

    /// What licences state: `https://127.0.0.1:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The pin of its TLS key, in hexadecimal.
    pub fn key_pin(&self) -> &str {
        &self.key_pin
    }

    /// Its folder: configuration, keys, database.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its configuration, read when it starts.
    pub fn configuration(&self) -> PathBuf {
        self.folder.join("octroi-server.toml")
    }

    /// Its database.
    pub fn database(&self) -> PathBuf {
        self.folder.join("octroi-server.db")
    }

    /// Its log.
    pub fn log(&self) -> PathBuf {
        self.folder.with_extension("log")
    }

    /// Its process.
    ///
    /// # Errors
    /// It was stopped or killed.
    pub fn running(&mut self) -> anyhow::Result<&mut Running> {
        self.running.as_mut().context("no activation server runs")
    }

    /// Kills it with SIGKILL.
    ///
    /// # Errors
    /// It does not run.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.running
            .take()
            .context("no activation server runs")?
            .kill()
    }

    /// Asks it to stop and waits for its end, which must be in good order.
    ///
    /// # Errors
    /// It is not, or none runs.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let mut running = self.running.take().context("no activation server runs")?;
        running.signal(Signal::TERM)?;
        let status = running.wait()?;
        if !status.success() {
            bail!("octroi-server stopped with {status}: {}", running.log());
        }
        Ok(())
    }
}
