//! An emulated hardware key as a process: to kill it is to pull the key out.

use std::{
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Context as _;
use serde_json::Value;

use crate::{Binaries, Running, process::succeed, soon, vendor::text};

/// A key that can be put in and pulled out.
#[derive(Debug)]
pub struct Emulator {
    state: PathBuf,
    socket: PathBuf,
    log: PathBuf,
    serial: String,
    public_key: String,
    /// What an order says of it.
    stated: String,
    /// How the emulator is told what to be.
    kind: &'static str,
    running: Option<Running>,
}

impl Emulator {
    /// Makes a new key in a folder; it is not put in.
    ///
    /// # Errors
    /// The emulator fails.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let state = folder.join("key.state");
        let mut command = Command::new(&Binaries::get()?.emulator);
        let said = succeed(command.args(["init", "--json", "--state", text(&state)?]))?;
        let key: Value = serde_json::from_str(&said)?;
        let field = |name: &str| {
            let value = key.get(name).and_then(Value::as_str).map(str::to_owned);
            value.with_context(|| format!("the emulator's key has no {name}"))
        };
        let (serial, public_key) = (field("serial")?, field("public_key")?);
        Ok(Self {
            stated: format!(
                "kind = \"dongle\", serial = \"{serial}\", public_key = \"{public_key}\""
            ),
            serial,
            public_key,
            kind: "dongle",
            state,
            socket: folder.join("key.sock"),
            log: folder.join("key.log"),
            running: None,
        })
    }

    /// Makes a FIDO2 security key in a folder, puts it in and has the vendor enrol it.
    ///
    /// # Errors
    /// The emulator or the vendor's tool fails.
    pub fn security_key(folder: &Path) -> anyhow::Result<Self> {
        let mut key = Self::new(folder)?;
        key.kind = "fido2";
        key.put_in()?;
        let mut command = Command::new(&Binaries::get()?.vendor);
        command.args(["--json", "enrol-key", "--emulator"]);
        let said = succeed(command.arg(&key.socket))?;
        let enrolled: Value = serde_json::from_str(&said)?;
        let field = |name: &str| {
            let value = enrolled
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned);
            value.with_context(|| format!("the enrolled key has no {name}"))
        };
        (key.serial, key.public_key) = (field("serial")?, field("public_key")?);
        key.stated = format!(
            "kind = \"fido2\", credential_id = \"{}\", public_key = \"{}\"",
            field("credential_id")?,
            key.public_key
        );
        Ok(key)
    }

    /// What an order says of it, without braces.
    pub fn stated(&self) -> &str {
        &self.stated
    }

    /// Its serial number in hexadecimal, or what stands for it.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// Its public key in hexadecimal.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// Its port.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The same key, in another port.
    #[must_use]
    pub fn at(mut self, socket: &Path) -> Self {
        self.socket = socket.to_path_buf();
        self
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
            .args(["run", "--kind", self.kind, "--state"])
            .arg(&self.state)
            .arg("--socket")
            .arg(&self.socket);
        command.stdout(Stdio::null());
        let mut running = Running::start("octroi-key-emulator", &mut command, &self.log)?;
        soon("the key's socket", || {
            running.must_live()?;
            Ok(UnixStream::connect(&self.socket).ok())
        })?;
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

    /// Its process id, while it is in.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(Running::pid)
    }
}
