//! The real daemon and the vendor's real server: activation, reports and receipts over TLS and by
//! file, what a hostile network does, what happens to books and ledgers, and what is never told.

mod activation;
mod books;
mod branches;
mod by_file;
mod hostile;
mod network;
mod overdue;
mod privacy;
mod recorder;
mod reports;
mod search;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use octroi_licence::read_armoured;
use octroi_tests::{
    ActivationServer, Daemon, Machine, Order, Vendor, World, client::Said, world::short_folder,
};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const NO_USB: &str = "[hardware_key]\nusb = false\n";
/// Due each 30 days; then warned on the first day, no new seats after 7, the end after 14.
pub(crate) const REPORTING: &str =
    "interval_days = 30\nwarn_days = 1\ndegrade_days = 7\nstop_days = 14";
pub(crate) const DAY_S: i64 = 86_400;

/// A vendor with a server, and a client's machine.
pub(crate) struct Online {
    // The server ends before the folder is removed.
    pub(crate) server: ActivationServer,
    pub(crate) world: World,
}

impl Online {
    /// The licence is installed here and known there, paid, and not activated.
    pub(crate) fn installed(order: Order) -> anyhow::Result<Self> {
        Self::configured(order, "")
    }

    /// The same with more in `octroid.toml`.
    pub(crate) fn configured(order: Order, configuration: &str) -> anyhow::Result<Self> {
        let online = Self::ordered(order, configuration, 0)?;
        online.server.paid(&online.world.issued.id)?;
        Ok(online)
    }

    /// Of a vendor that began so many days ago.
    pub(crate) fn since_days(order: Order, configuration: &str, days: i64) -> anyhow::Result<Self> {
        let online = Self::ordered(order, configuration, days)?;
        online.server.paid(&online.world.issued.id)?;
        Ok(online)
    }

    /// Nothing is recorded of a payment.
    pub(crate) fn unpaid(order: Order) -> anyhow::Result<Self> {
        Self::ordered(order, "", 0)
    }

    fn ordered(order: Order, configuration: &str, days: i64) -> anyhow::Result<Self> {
        let (folder, vendor, server) = served(days)?;
        let order = order.server(&server).reporting(REPORTING);
        Self::of(folder, vendor, server, &order, configuration)
    }

    /// Of this order as it is.
    pub(crate) fn of(
        folder: TempDir,
        vendor: Vendor,
        server: ActivationServer,
        order: &Order,
        configuration: &str,
    ) -> anyhow::Result<Self> {
        let configuration = format!("{configuration}\n{NO_USB}");
        let world = World::of(folder, vendor, order, &configuration)?;
        server.import(&world.issued)?;
        Ok(Self { server, world })
    }

    /// Activated over the network.
    pub(crate) fn activated(order: Order) -> anyhow::Result<Self> {
        let online = Self::installed(order)?;
        online.activate()?.ok()?;
        Ok(online)
    }

    pub(crate) fn activate(&self) -> anyhow::Result<Said> {
        self.world.machine.activate_online(&self.world.issued)
    }

    pub(crate) fn licence(&self) -> &str {
        &self.world.issued.id
    }

    /// What the vendor's books say.
    pub(crate) fn show(&self) -> anyhow::Result<Value> {
        self.server.show(self.licence())
    }

    /// Uses a seat for a moment, so that the ledger grows.
    pub(crate) fn work(&self) -> anyhow::Result<()> {
        self.world.holder()?.finish()
    }

    pub(crate) fn send(&self) -> anyhow::Result<Said> {
        self.world.machine.octroi(&["report", "send"])
    }

    /// A report that must be accepted.
    pub(crate) fn sends(&self) -> anyhow::Result<Value> {
        accepted(&self.world.machine)
    }

    pub(crate) fn preview(&self) -> anyhow::Result<Value> {
        self.world.machine.octroi(&["report", "preview"])?.ok()
    }

    pub(crate) fn history(&self) -> anyhow::Result<Vec<Value>> {
        history(&self.world.machine)
    }

    /// Fixes the next report without sending it, and gives back its bytes.
    pub(crate) fn fixed(&self) -> anyhow::Result<Vec<u8>> {
        let said = self
            .world
            .machine
            .octroi(&["report", "export", "-"])?
            .ok()?;
        bytes_of(&said["armoured"])
    }

    /// A further machine of the same client, with its daemon and the same licence installed.
    pub(crate) fn further_machine(&self, name: &str) -> anyhow::Result<(Daemon, Machine)> {
        let machine = Machine::new(&self.world.folder().join(name))?;
        machine.configure(NO_USB)?;
        let daemon = Daemon::start(&machine)?;
        machine.trust(&self.world.vendor)?;
        machine.install(&self.world.issued.licence)?.ok()?;
        Ok((daemon, machine))
    }

    /// A path for a file of the test's.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.world.vendor.paper(name)
    }
}

/// A folder with a vendor that began so many days ago, and its server.
pub(crate) fn served(days: i64) -> anyhow::Result<(TempDir, Vendor, ActivationServer)> {
    let folder = short_folder()?;
    let vendor = Vendor::new(folder.path(), "acme")?;
    if days > 0 {
        vendor.since_days(days)?;
    }
    let server = ActivationServer::start(&vendor, &folder.path().join("server"))?;
    Ok((folder, vendor, server))
}

/// Sends a report of a machine, which must be accepted.
pub(crate) fn accepted(machine: &Machine) -> anyhow::Result<Value> {
    let said = machine.octroi(&["report", "send"])?.ok()?;
    assert_eq!(said["report_accepted"], true, "{said}");
    Ok(said)
}

pub(crate) fn history(machine: &Machine) -> anyhow::Result<Vec<Value>> {
    let said = machine.octroi(&["report", "history"])?.ok()?;
    let exchanges = said["exchanges"].as_array();
    Ok(exchanges.context("a history of exchanges")?.clone())
}

/// The document in an armoured text, as it is sent.
pub(crate) fn bytes_of(armoured: &Value) -> anyhow::Result<Vec<u8>> {
    let armoured = armoured.as_str().context("an armoured document")?;
    let (_, signed) = read_armoured(armoured.as_bytes())?;
    Ok(octroi_licence::encode_signed(&signed))
}

/// Copies a folder with everything in it, as a back-up does.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut command = std::process::Command::new("cp");
    octroi_tests::process::succeed(command.arg("-a").arg(from).arg(to)).map(drop)
}
