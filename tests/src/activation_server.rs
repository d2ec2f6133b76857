//! The vendor's activation server as a process: made with `init`, started, told what to sell,
//! stopped. It listens on a port that the system chose at its first start and that it keeps.

use std::{
    fs::{self, File},
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU8, Ordering},
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

/// A loopback address that nothing else in these tests has: a port on it stays its own while whoever
/// listens there is away, and nobody who connects comes from it.
pub fn own_address() -> IpAddr {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    let [.., high, low] = std::process::id().to_be_bytes();
    let last = NEXT.fetch_add(1, Ordering::Relaxed) % 250 + 1;
    IpAddr::from([127, 64 | high & 63, low, last])
}

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
        let address = own_address().to_string();
        // Until it is known which port is free.
        let any_port = format!("{address}:0");
        let listen = ["--listen", &any_port, "--name", &address, "--country", "FR"];
        let made = ["init", "--dir", dir, "--keys", text(&keys)?];
        server.must(&[&made[..], &listen].concat())?;
        let listening = server.start_again()?;
        server.address = format!("https://{listening}");
        // From now on always there: licences name the address.
        server.reconfigure(&any_port, &listening)?;
        Ok(server)
    }

    /// Replaces something that its configuration says.
    ///
    /// # Errors
    /// It does not say that.
    pub fn reconfigure(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let configuration = fs::read_to_string(self.configuration())?;
        ensure!(configuration.contains(from), "{configuration}");
        let configuration = configuration.replacen(from, to, 1);
        Ok(fs::write(self.configuration(), configuration)?)
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

    /// Records the payment of a licence.
    ///
    /// # Errors
    /// It is refused.
    pub fn paid(&self, licence: &str) -> anyhow::Result<Value> {
        self.must(&["order", "paid", licence])
    }

    /// Lets receipts bring an announcement.
    ///
    /// # Errors
    /// It is refused.
    pub fn announce(&self, kind: &str, what: &str) -> anyhow::Result<Value> {
        self.must(&["announce", kind, what])
    }

    /// What the books say of a licence.
    ///
    /// # Errors
    /// They do not have it.
    pub fn show(&self, licence: &str) -> anyhow::Result<Value> {
        let shown = self.must(&["show", licence])?;
        let licence = shown.pointer("/licences/0");
        Ok(licence.context("`show` names no licence")?.clone())
    }

    /// Answers a request or a report by file, in the new file `to`.
    ///
    /// # Errors
    /// The command cannot be run. That it is refused is an answer.
    pub fn answer(&self, asked: &Path, to: &Path) -> anyhow::Result<Said> {
        self.tool(&["answer", text(asked)?, "-o", text(to)?])
    }

    /// Lets receipts bring a document.
    ///
    /// # Errors
    /// It is refused.
    pub fn deliver(&self, document: &Path) -> anyhow::Result<Value> {
        self.must(&["documents", "add", text(document)?])
    }

    /// What licences state: `https://`, a loopback address, a port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where it listens.
    ///
    /// # Errors
    /// It said something else.
    pub fn socket_address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.address.replace("https://", "").parse()?)
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

    /// Stops it, puts a copy of its database in place, and starts it again.
    ///
    /// # Errors
    /// One of the three fails.
    pub fn set_back(&mut self, copy: &Path) -> anyhow::Result<()> {
        self.stop()?;
        for beside in ["db-wal", "db-shm"].map(|more| self.database().with_extension(more)) {
            if beside.exists() {
                fs::remove_file(beside)?;
            }
        }
        fs::copy(copy, self.database())?;
        self.start_again().map(drop)
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
