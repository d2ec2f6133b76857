//! What the registers' scenarios share: another user of the machine, what stands in files and whether a
//! name does, and an application that consumes.

use std::{fs, os::unix::process::CommandExt as _, path::PathBuf, process::Command};

use anyhow::Context as _;
use octroi::{Client, ConsumeOptions};
use octroi_tests::{
    Binaries,
    process::{Ended, reachable, run},
    vendor::text,
};
use serde_json::Value;

use super::Site;

/// Somebody without any right on this machine.
pub(crate) const STRANGER: u32 = 54_321;
/// Why a scenario is not played.
pub(crate) const NOT_ROOT: &str = "another user can be played by root alone";

/// A day from now, so many days away, as `--until` takes it.
pub(crate) fn day(from_now: i64) -> String {
    let today = jiff::Zoned::now().date();
    let day = today.checked_add(jiff::Span::new().days(from_now));
    day.map_or_else(|_| String::new(), |day| day.to_string())
}

/// Who runs the tests, by number.
pub(crate) fn me() -> String {
    rustix::process::geteuid().as_raw().to_string()
}

impl Site {
    /// What the administrator's tool says to another user of the machine.
    pub(crate) fn stranger(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        let folder = self.world.folder();
        let mut command = Command::new(reachable(&Binaries::get()?.octroi, folder)?);
        command.uid(STRANGER).gid(STRANGER).current_dir("/");
        command.env("LC_ALL", "C").env_remove("OCTROI_SOCKET");
        command
            .args(["--json", "--root"])
            .arg(self.world.machine.root());
        run(command.args(arguments))
    }

    /// A path below the scenario's folder.
    pub(crate) fn paper(&self, name: &str) -> PathBuf {
        self.world.folder().join(name)
    }

    /// What stands in a JSON file that was written out.
    pub(crate) fn read(&self, name: &str) -> anyhow::Result<Value> {
        let bytes = fs::read(self.paper(name))?;
        serde_json::from_slice(&bytes).with_context(|| format!("{name} is no JSON"))
    }

    /// Says whether a text stands anywhere in the ledger, in its files or as they are exported.
    pub(crate) fn ledger_names(&self, text: &str) -> anyhow::Result<bool> {
        let exported = self
            .ledger()?
            .iter()
            .any(|record| record.to_string().contains(text));
        let mut in_files = false;
        for entry in fs::read_dir(self.ledger_folder()?)? {
            in_files |= holds(&fs::read(entry?.path())?, text);
        }
        Ok(exported || in_files)
    }

    /// Says whether a text stands in the one place on the machine that holds names.
    pub(crate) fn identities_name(&self, text: &str) -> anyhow::Result<bool> {
        let file = self.world.machine.realm(&self.world.vendor)?.identities();
        Ok(holds(&fs::read(file)?, text))
    }

    /// The exports that are recorded: what of each, and whether an administrator did it.
    pub(crate) fn exports(&self) -> anyhow::Result<Vec<String>> {
        let exported = self.recorded("Exported")?;
        let what = |record: &Value| {
            let by = record.pointer("/fields/actor/Administrator");
            by.context("an export without its administrator")?;
            let what = record.pointer("/fields/what").and_then(Value::as_str);
            Ok(what.unwrap_or_default().to_owned())
        };
        exported.iter().map(what).collect()
    }

    /// An application consumes for an operation.
    pub(crate) fn consumes(
        &self,
        feature: &str,
        operation: &str,
        amount: u64,
    ) -> anyhow::Result<()> {
        let client = Client::builder(self.world.vendor.root_public_key())
            .product(self.product()?)
            .socket(self.world.socket())
            .build()?;
        let options = ConsumeOptions::default().operation(operation);
        client.open()?.consume_with(feature, amount, options)?;
        Ok(())
    }

    /// The log book as the administrator reads it.
    pub(crate) fn logbook(&self) -> anyhow::Result<Vec<Value>> {
        entries(&self.must(&["logbook", "--last", "1000"])?)
    }

    /// Writes something out to a file in the scenario's folder.
    pub(crate) fn writes_out(&self, line: &[&str], name: &str) -> anyhow::Result<Value> {
        let file = self.paper(name);
        self.must(&[line, &["-o", text(&file)?]].concat())
    }
}

/// The entries of a register.
pub(crate) fn entries(said: &Value) -> anyhow::Result<Vec<Value>> {
    let entries = said.get("entries").and_then(Value::as_array);
    Ok(entries.context("no entries are listed")?.clone())
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}
