//! A client's machine: one folder under which a daemon keeps everything, and the administrator's
//! command line for it.

use std::{
    fs,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};
use octroid::paths::{Paths, RealmPaths};
use serde_json::Value;

use crate::{
    Binaries, Vendor,
    daemon::daemon_user,
    process::{Ended, run},
    vendor::{Issued, text},
};

/// Where one daemon lives.
#[derive(Debug)]
pub struct Machine {
    root: PathBuf,
    paths: Paths,
}

/// What `octroi --json` said.
#[derive(Debug)]
pub struct Said {
    /// The exit status.
    pub status: i32,
    /// The object on standard output; null where there was none.
    pub json: Value,
    /// Standard error: the same for people.
    pub complaint: String,
}

impl Said {
    /// The error's or refusal's stable code; empty where it went well.
    pub fn code(&self) -> &str {
        self.json
            .pointer("/error/code")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// What was said, where it went well.
    ///
    /// # Errors
    /// It did not.
    pub fn ok(self) -> anyhow::Result<Value> {
        if self.status != 0 {
            bail!(
                "octroi ended with {}: {}",
                self.status,
                self.complaint.trim()
            );
        }
        Ok(self.json)
    }
}

impl Machine {
    /// A new machine, whose folder is made.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new(root: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(root).with_context(|| format!("{}", root.display()))?;
        if let Some(user) = daemon_user()? {
            chown(root, Some(user), Some(user)).with_context(|| format!("{}", root.display()))?;
        }
        Ok(Self {
            root: root.to_path_buf(),
            paths: Paths::under(root),
        })
    }

    /// The folder under which everything is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where things are.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Where a vendor's realm is.
    ///
    /// # Errors
    /// The vendor's id is none.
    pub fn realm(&self, vendor: &Vendor) -> anyhow::Result<RealmPaths> {
        Ok(self.paths.realm(&vendor.id().parse()?))
    }

    /// Writes `octroid.toml`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn configure(&self, configuration: &str) -> anyhow::Result<()> {
        let file = self.paths.configuration();
        fs::create_dir_all(file.parent().context("a file has a folder")?)?;
        fs::write(&file, configuration).with_context(|| format!("{}", file.display()))
    }

    /// A command line of the administrator's.
    ///
    /// # Errors
    /// The programs do not build.
    pub fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        let mut command = Command::new(&Binaries::get()?.octroi);
        command
            .env_remove("OCTROI_SOCKET")
            .env("LC_ALL", "C")
            .arg("--root")
            .arg(&self.root)
            .args(arguments);
        Ok(command)
    }

    /// Runs the administrator's command line with `--json`.
    ///
    /// # Errors
    /// It cannot be run, or what it prints is no JSON. That it fails is an answer.
    pub fn octroi(&self, arguments: &[&str]) -> anyhow::Result<Said> {
        let mut command = self.command(&["--json"])?;
        let Ended {
            status,
            output,
            complaint,
        } = run(command.args(arguments))?;
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

    /// Trusts a vendor, comparing its fingerprint.
    ///
    /// # Errors
    /// It is refused.
    pub fn trust(&self, vendor: &Vendor) -> anyhow::Result<Value> {
        self.octroi(&["vendor", "trust", "--yes", text(&vendor.root())?])?
            .ok()
    }

    /// Installs a document.
    ///
    /// # Errors
    /// The command line cannot be run.
    pub fn install(&self, document: &Path) -> anyhow::Result<Said> {
        self.octroi(&["install", text(document)?])
    }

    /// Writes a request to activate a licence.
    ///
    /// # Errors
    /// The command line cannot be run.
    pub fn request(&self, issued: &Issued, to: &Path) -> anyhow::Result<Said> {
        let (to, code) = (text(to)?, text(&issued.code)?);
        let licence = ["--licence", &issued.id, "--vendor", &issued.vendor];
        let files = ["activate", "--request", to, "--code-file", code];
        self.octroi(&[&files[..], &licence].concat())
    }

    /// Activates a licence by file: request, answer, installation.
    ///
    /// # Errors
    /// One of the three is refused.
    pub fn activate(&self, vendor: &Vendor, issued: &Issued) -> anyhow::Result<Value> {
        let request = vendor.paper("request.req");
        self.request(issued, &request)?.ok()?;
        let answer = vendor.answer(&request)?;
        self.octroi(&["activate", "--response", text(&answer)?])?
            .ok()
    }

    /// Activates a licence at the server that it names.
    ///
    /// # Errors
    /// The command line cannot be run. That it is refused is an answer.
    pub fn activate_online(&self, issued: &Issued) -> anyhow::Result<Said> {
        let code = text(&issued.code)?;
        let licence = ["--licence", &issued.id, "--vendor", &issued.vendor];
        self.octroi(&[&["activate", "--online", "--code-file", code], &licence[..]].concat())
    }

    /// The daemon's status.
    ///
    /// # Errors
    /// It does not answer.
    pub fn status(&self) -> anyhow::Result<Value> {
        self.octroi(&["status"])?.ok()
    }

    /// The seats that are held, lingering or revoked.
    ///
    /// # Errors
    /// The daemon does not answer.
    pub fn seats(&self) -> anyhow::Result<Vec<Value>> {
        let said = self.octroi(&["seats"])?.ok()?;
        let seats = said.get("seats").and_then(Value::as_array);
        Ok(seats.context("`octroi seats` lists no seats")?.clone())
    }
}
