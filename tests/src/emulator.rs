//! An emulated hardware key as a process: to kill it is to pull the key out.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use serde_json::Value;

use crate::{
    Binaries,
    keys::{Control, Kind},
    process::succeed,
    vendor::text,
};

/// A key that can be put in and pulled out.
#[derive(Debug)]
pub struct Emulator {
    kind: Kind,
    state: PathBuf,
    socket: PathBuf,
    log: PathBuf,
    serial: String,
    public_key: String,
    fault: Option<String>,
    running: Option<Control>,
}

impl Emulator {
    /// Makes a new dongle in a folder; it is not put in.
    ///
    /// # Errors
    /// The emulator fails.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        Self::of(Kind::Dongle, folder, &folder.join("key.sock"))
    }

    /// The same of either kind, with its port.
    ///
    /// # Errors
    /// The emulator fails.
    pub(crate) fn of(kind: Kind, folder: &Path, socket: &Path) -> anyhow::Result<Self> {
        let state = folder.join("key.state");
        let key = Self::init(&state)?;
        let field = |name: &str| {
            let value = key.get(name).and_then(Value::as_str).map(str::to_owned);
            value.with_context(|| format!("the emulator's key has no {name}"))
        };
        Ok(Self {
            kind,
            serial: field("serial")?,
            public_key: field("public_key")?,
            state,
            socket: socket.to_path_buf(),
            log: folder.join("key.log"),
            fault: None,
            running: None,
        })
    }

    /// Makes the memory of a new key and says which.
    pub(crate) fn init(state: &Path) -> anyhow::Result<Value> {
        let mut command = Command::new(&Binaries::get()?.emulator);
        let said = succeed(command.args(["init", "--json", "--state", text(state)?]))?;
        Ok(serde_json::from_str(&said)?)
    }

    /// What an order says of a dongle, without braces.
    pub fn stated(&self) -> String {
        format!(
            "kind = \"dongle\", serial = \"{}\", public_key = \"{}\"",
            self.serial, self.public_key
        )
    }

    /// A dongle's serial number in hexadecimal.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// A dongle's public key in hexadecimal.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// Its port.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Where its secret lies.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// `octroid.toml` for a daemon that looks at this key and at no USB port.
    pub fn configuration(&self) -> String {
        format!(
            "[hardware_key]\nusb = false\nemulators = [\"{}\"]\n",
            self.socket.display()
        )
    }

    /// Puts the key in and waits until it answers.
    ///
    /// # Errors
    /// The emulator fails.
    pub fn put_in(&mut self) -> anyhow::Result<()> {
        let mut command = Command::new(&Binaries::get()?.emulator);
        command
            .args(["run", "--control", "--json", "--kind", self.kind.name()])
            .arg("--state")
            .arg(&self.state)
            .arg("--socket")
            .arg(&self.socket);
        if let Some(fault) = &self.fault {
            command.args(["--fault", fault]);
        }
        let running = Control::start("octroi-key-emulator", &mut command, &self.log)?;
        // What it says first, it says when it serves its socket.
        running.hear()?;
        self.running = Some(running);
        Ok(())
    }

    /// Pulls the key out.
    ///
    /// # Errors
    /// It is not in.
    pub fn pull_out(&mut self) -> anyhow::Result<()> {
        self.running.take().context("the key is not in")?.kill()
    }

    /// Has it misbehave from its next request on, or no longer.
    ///
    /// # Errors
    /// The emulator knows no such fault.
    pub fn misbehave(&mut self, fault: Option<&str>) -> anyhow::Result<()> {
        self.fault = fault.map(str::to_owned);
        if let Some(running) = &mut self.running {
            running.tell(&format!("fault {}", fault.unwrap_or("none")))?;
        }
        Ok(())
    }

    /// Its process id, while it is in.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(Control::pid)
    }
}
