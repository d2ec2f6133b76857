//! A virtual key behind the kernel's HID stack, through `/dev/uhid` or a USB gadget: what the program
//! `octroi-virtual-key` plays. Only in a machine of its own.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

use super::{Control, Kind, Transport};
use crate::{Emulator, soon};

/// Where the program lies.
const PROGRAM: &str = "OCTROI_VIRTUAL_KEY";
/// A link for each hidraw node.
const NODES: &str = "/sys/class/hidraw";

/// A key that can be put in and pulled out.
#[derive(Debug)]
pub(super) struct VirtualKey {
    kind: Kind,
    transport: &'static str,
    slot: usize,
    state: PathBuf,
    log: PathBuf,
    fault: Option<String>,
    /// Started when the key is first put in, and ended when its memory is to be copied.
    program: Option<Control>,
    node: Option<PathBuf>,
}

impl VirtualKey {
    /// Makes a new key in a folder; it is not put in.
    pub(super) fn new(
        transport: Transport,
        kind: Kind,
        folder: &Path,
        slot: usize,
    ) -> anyhow::Result<Self> {
        let state = folder.join("key.state");
        if kind == Kind::Dongle {
            Emulator::init(&state)?;
        }
        Ok(Self {
            kind,
            transport: transport.name(),
            slot,
            state,
            log: folder.join("key.log"),
            fault: None,
            program: None,
            node: None,
        })
    }

    pub(super) fn state(&self) -> &Path {
        &self.state
    }

    /// Its hidraw node, while it is in.
    pub(super) fn node(&self) -> Option<&Path> {
        self.node.as_deref()
    }

    /// Puts it in and waits for its node; when that was begun.
    pub(super) fn put_in(&mut self) -> anyhow::Result<Instant> {
        ensure!(self.node.is_none(), "the key is in");
        let before = nodes()?;
        if self.program.is_none() {
            let program = env::var_os(PROGRAM).with_context(|| format!("{PROGRAM} is not set"))?;
            let slot = self.slot.to_string();
            let mut command = Command::new(program);
            command
                .args(["--transport", self.transport, "--kind", self.kind.name()])
                .args(["--slot", &slot, "--state"])
                .arg(&self.state);
            let started = Control::start("octroi-virtual-key", &mut command, &self.log)?;
            self.program = Some(started);
            if let Some(fault) = self.fault.clone() {
                self.tell(&format!("fault {fault}"))?;
            }
        }
        let began = moment(&self.tell("plug")?)?;
        let node = soon("the key's hidraw node", || {
            let now = nodes()?;
            Ok(now.difference(&before).next().cloned())
        })?;
        let node = Path::new("/dev").join(node);
        soon("the node in /dev", || Ok(node.exists().then_some(())))?;
        self.node = Some(node);
        Ok(began)
    }

    /// Pulls it out and waits until its node is gone; when that was begun.
    pub(super) fn pull_out(&mut self) -> anyhow::Result<Instant> {
        let node = self.node.take().context("the key is not in")?;
        let began = moment(&self.tell("unplug")?)?;
        gone(&node)?;
        Ok(began)
    }

    pub(super) fn misbehave(&mut self, fault: Option<&str>) -> anyhow::Result<()> {
        self.fault = fault.map(str::to_owned);
        if self.program.is_some() {
            self.tell(&format!("fault {}", fault.unwrap_or("none")))?;
        }
        Ok(())
    }

    /// Ends the program, so that the key's memory is all in its file.
    pub(super) fn rest(&mut self) -> anyhow::Result<()> {
        ensure!(self.node.is_none(), "the key is in");
        self.program.take().map_or(Ok(()), Control::finish)
    }

    fn tell(&mut self, command: &str) -> anyhow::Result<Value> {
        let program = self.program.as_mut();
        program.context("the key was never put in")?.tell(command)
    }
}

impl Drop for VirtualKey {
    /// A killed program leaves its USB gadget plugged in: it is ended by the end of its input, and its
    /// node waited for, which the next key's would otherwise be taken for.
    fn drop(&mut self) {
        drop(self.program.take().map(Control::finish));
        drop(self.node.take().map(|node| gone(&node)));
    }
}

/// Waits until a node is there no longer.
fn gone(node: &Path) -> anyhow::Result<()> {
    let name = node.file_name().context("a node has a name")?;
    let link = Path::new(NODES).join(name);
    soon("the end of the key's node", || {
        Ok((!link.exists()).then_some(()))
    })
}

/// The names of all hidraw nodes.
fn nodes() -> anyhow::Result<BTreeSet<String>> {
    let entries = fs::read_dir(NODES).with_context(|| NODES.to_owned())?;
    Ok(entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect())
}

/// The moment on the monotonic clock that the program took before it acted.
fn moment(said: &Value) -> anyhow::Result<Instant> {
    let at = said.get("at_ns").and_then(Value::as_u64);
    let at = Duration::from_nanos(at.with_context(|| format!("no moment in {said}"))?);
    let clock = clock_gettime(ClockId::Monotonic);
    let (now, clock) = (Instant::now(), Duration::try_from(clock)?);
    now.checked_sub(clock.saturating_sub(at))
        .context("the machine is younger than this moment")
}
