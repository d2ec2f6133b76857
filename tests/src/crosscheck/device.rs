//! A virtual key while it is plugged in, and the programs that are run against it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

use crate::{
    keys::Control,
    process::{Ended, run, succeed},
    soon,
    vendor::text,
    world::short_folder,
};

/// A link for each hidraw node.
const NODES: &str = "/sys/class/hidraw";

/// A folder of its own, and where keys are plugged in.
#[derive(Debug)]
pub(super) struct Device {
    transport: String,
    folder: TempDir,
}

/// A key in its port; dropping it is pulling it out.
#[derive(Debug)]
pub(super) struct Plugged {
    node: PathBuf,
    program: Option<Control>,
}

impl Device {
    pub(super) fn new(transport: &str) -> anyhow::Result<Self> {
        Ok(Self {
            transport: transport.to_owned(),
            folder: short_folder()?,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file in the folder, with this content.
    pub(super) fn file(&self, name: &str, lines: &[&str]) -> anyhow::Result<PathBuf> {
        let path = self.folder().join(name);
        fs::write(&path, lines.join("\n") + "\n")?;
        Ok(path)
    }

    /// Plugs in the one key of this kind that this folder has, and waits until udev is done with it.
    pub(super) fn plug(&self, kind: &str) -> anyhow::Result<Plugged> {
        soon("the end of the last key's node", || {
            Ok(node()?.is_none().then_some(()))
        })?;
        let state = self.folder().join(kind);
        if kind == "dongle" && !state.exists() {
            succeed(Command::new("octroi-key-emulator").args(["init", "--state", text(&state)?]))?;
        }
        let program = env::var_os("OCTROI_VIRTUAL_KEY").context("OCTROI_VIRTUAL_KEY is not set")?;
        let mut command = Command::new(program);
        command
            .args(["--transport", &self.transport, "--kind", kind, "--state"])
            .arg(&state);
        let log = self.folder().join("key.log");
        let mut program = Control::start("octroi-virtual-key", &mut command, &log)?;
        program.tell("plug")?;
        let node = soon("the key's node", node)?;
        succeed(Command::new("udevadm").args(["settle", "--timeout=20"]))?;
        Ok(Plugged {
            node,
            program: Some(program),
        })
    }

    /// Runs a tool, which must succeed, in the folder.
    pub(super) fn tool(&self, arguments: &[&str]) -> anyhow::Result<String> {
        succeed(&mut self.command(arguments)?)
    }

    /// Runs a tool, which must fail, in the folder, and gives back what it complained of.
    pub(super) fn refused(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let Ended {
            status,
            output,
            complaint,
        } = run(&mut self.command(arguments)?)?;
        ensure!(status != 0, "{arguments:?} succeeded: {output}{complaint}");
        Ok(output + &complaint)
    }

    /// A command line, in the folder.
    pub(super) fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        let Some((program, arguments)) = arguments.split_first() else {
            bail!("no program is named");
        };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder());
        Ok(command)
    }
}

impl Plugged {
    /// Its node in `/dev`.
    pub(super) fn node(&self) -> &Path {
        &self.node
    }
}

impl Drop for Plugged {
    /// A killed program would leave its USB gadget plugged in.
    fn drop(&mut self) {
        drop(self.program.take().map(Control::finish));
    }
}

/// The one key's node.
fn node() -> anyhow::Result<Option<PathBuf>> {
    let found = fs::read_dir(NODES).with_context(|| NODES.to_owned())?;
    let names = found.filter_map(|entry| Some(entry.ok()?.file_name()));
    Ok(names.map(|name| Path::new("/dev").join(name)).next())
}
