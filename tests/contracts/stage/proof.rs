//! What a client, a vendor and an auditor do with the records of a site: verify them, prove one of
//! them, and what they find where somebody altered them or copied the state.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use octroi_licence::{armour, message, read_armoured};
use octroi_tests::{
    Daemon, Machine,
    binaries::workspace,
    process::{Ended, run, succeed},
    vendor::text,
};
use prost::Message as _;
use serde_json::Value;

use super::Site;

impl Site {
    /// Where the ledger's files lie.
    pub(crate) fn ledger_folder(&self) -> anyhow::Result<PathBuf> {
        Ok(self.world.machine.realm(&self.world.vendor)?.ledger())
    }

    /// What an auditor finds who has none of Octroi's code, only its published format, and who knows
    /// the vendor's root key from elsewhere.
    pub(crate) fn audited(&self) -> anyhow::Result<Ended> {
        self.auditor(&[text(&self.ledger_folder()?)?, "--quiet"])
    }

    /// What the same auditor says of one record with its proof.
    pub(crate) fn audited_excerpt(&self, excerpt: &Path) -> anyhow::Result<Ended> {
        self.auditor(&["--excerpt", text(excerpt)?])
    }

    fn auditor(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        let mut command = Command::new("python3");
        command.arg(workspace().join("tests/auditor.py"));
        command.args(arguments);
        let root = self.must(&["ledger", "verify"]).ok();
        let root = root.and_then(|said| Some(said.get("vendor_root")?.as_str()?.to_owned()));
        if let Some(root) = root {
            command.args(["--vendor-root", &root]);
        }
        run(&mut command)
    }

    /// One record with the proof that it stands in the ledger, in a file.
    pub(crate) fn excerpt(&self, record: &Value) -> anyhow::Result<PathBuf> {
        let number = record["seq"].as_u64().context("a record has a number")?;
        let file = self.world.folder().join(format!("excerpt-{number}.json"));
        let number = number.to_string();
        let to = ["--excerpt", &number, "-o", text(&file)?];
        self.must(&[&["ledger", "export"][..], &to].concat())?;
        Ok(file)
    }

    /// Somebody changes a byte in the middle of what is written, while the daemon is down.
    pub(crate) fn altered_ledger(&mut self) -> anyhow::Result<()> {
        self.world.stop_daemon()?;
        let mut segments = fs::read_dir(self.ledger_folder()?)?
            .map(|entry| Ok(entry?.path()))
            .collect::<anyhow::Result<Vec<_>>>()?;
        segments.retain(|path| path.extension().is_some_and(|extension| extension == "seg"));
        segments.sort();
        let segment = segments.first().context("the ledger has a segment")?;
        let mut bytes = fs::read(segment)?;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        Ok(fs::write(segment, bytes)?)
    }

    /// The licence with a seat more of everything in it, well armoured under the old signature.
    pub(crate) fn edited_licence(&self) -> anyhow::Result<PathBuf> {
        let (kind, mut signed) = read_armoured(&fs::read(&self.world.issued.licence)?)?;
        let mut licence = message::Licence::decode(signed.payload.as_slice())?;
        for feature in &mut licence.features {
            feature.count += 1;
        }
        signed.payload = licence.encode_to_vec();
        let file = self.world.vendor.paper("edited.lic");
        fs::write(&file, armour(kind, &signed, ""))?;
        Ok(file)
    }

    /// Copies the daemon's state, which is stopped for it.
    pub(crate) fn backed_up(&mut self) -> anyhow::Result<PathBuf> {
        self.world.stop_daemon()?;
        let copy = self.world.vendor.paper("state");
        copy_folder(&self.world.machine.paths().state(), &copy)?;
        self.world.start_daemon()?;
        Ok(copy)
    }

    /// The machine's state is lost and comes back from a copy.
    pub(crate) fn restored(&mut self, copy: &Path) -> anyhow::Result<()> {
        self.world.kill_daemon()?;
        let state = self.world.machine.paths().state();
        fs::remove_dir_all(&state)?;
        copy_folder(copy, &state)?;
        self.world.start_daemon()
    }

    /// A second machine that runs from a copy of this one's state.
    pub(crate) fn twin(&self, copy: &Path) -> anyhow::Result<(Daemon, Machine)> {
        let machine = self.neighbour("copy")?;
        let state = machine.paths().state();
        fs::create_dir_all(state.parent().context("a folder has a parent")?)?;
        copy_folder(copy, &state)?;
        Ok((Daemon::start(&machine)?, machine))
    }

    /// A further terminal of the client, on which the licence is installed.
    pub(crate) fn further(&self, name: &str) -> anyhow::Result<(Daemon, Machine)> {
        let machine = self.neighbour(name)?;
        let daemon = Daemon::start(&machine)?;
        machine.trust(&self.world.vendor)?;
        machine.install(&self.world.issued.licence)?.ok()?;
        Ok((daemon, machine))
    }

    /// Another machine, configured as this one.
    fn neighbour(&self, name: &str) -> anyhow::Result<Machine> {
        let machine = Machine::new(&self.world.folder().join(name))?;
        let own = self.world.machine.paths();
        machine.configure(&fs::read_to_string(own.configuration())?)?;
        fs::copy(own.users(), machine.paths().users())?;
        Ok(machine)
    }
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    succeed(Command::new("cp").arg("-a").arg(from).arg(to)).map(drop)
}
