//! A program that plays a key: it takes a command a line and answers each with one JSON object.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::{
    Running,
    deadline::{SOON, patiently},
};

/// Its process, which ends with its guard.
#[derive(Debug)]
pub(crate) struct Control {
    running: Running,
    said: Receiver<String>,
}

impl Control {
    /// Starts it; what it writes on standard error is appended to `log`.
    pub(crate) fn start(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let mut running = Running::start(name, command.stdout(Stdio::piped()), log)?;
        let output = running.child().stdout.take();
        let output = output.context("it has no output")?;
        let (sender, said) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { running, said })
    }

    /// What it says next.
    ///
    /// # Errors
    /// It says nothing in time, no JSON, or that it failed.
    pub(crate) fn hear(&self) -> anyhow::Result<Value> {
        let Ok(line) = self.said.recv_timeout(patiently(SOON)) else {
            bail!("the key's program does not answer: {}", self.running.log());
        };
        let said: Value =
            serde_json::from_str(&line).with_context(|| format!("this is no JSON: {line}"))?;
        if let Some(error) = said.get("error") {
            bail!("the key's program failed: {error}");
        }
        Ok(said)
    }

    /// Has it do something and waits until it is done.
    ///
    /// # Errors
    /// As [`Self::hear`].
    pub(crate) fn tell(&mut self, command: &str) -> anyhow::Result<Value> {
        let input = self.running.child().stdin.as_mut();
        let input = input.context("the key's program has no input")?;
        writeln!(input, "{command}").context("the key's program takes no command")?;
        self.hear()
    }

    /// Ends it by the end of its input.
    ///
    /// # Errors
    /// It goes on.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        drop(self.running.child().stdin.take());
        self.running.wait()?;
        Ok(())
    }

    /// Kills it.
    ///
    /// # Errors
    /// It could not be waited for.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.running.kill()
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.running.pid()
    }
}
