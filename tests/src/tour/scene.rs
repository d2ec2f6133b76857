//! What the tour plays with: vendor, machine, daemon, key and applications, set up step by step as
//! people would.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    report::{Report, ms},
    teller::Teller,
};
use crate::{
    ActivationServer, Application, Daemon, Machine, Order, Vendor, application::Asking,
    emulator::Emulator, order::FEATURE, process::succeed, soon, vendor::Issued,
    world::short_folder,
};

/// Seats of the tour's licence.
pub(super) const SEATS: u32 = 2;
/// Absence of the key that the tour's licence tolerates, in seconds, within an hour.
const BUDGET_S: u32 = 60;
const WINDOW_S: u32 = 3_600;

/// Everything that the tour started. Processes end with it.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) applications: Vec<Application>,
    pub(super) daemon: Option<Daemon>,
    /// The vendor's activation server, once it was started.
    pub(super) server: Option<ActivationServer>,
    pub(super) key: Emulator,
    pub(super) machine: Machine,
    pub(super) vendor: Vendor,
    pub(super) issued: Issued,
    pub(super) order: PathBuf,
    folder: TempDir,
}

impl Scene {
    /// Sets the scene: a vendor's keys, an order, a licence; a machine, its key, its daemon; trust,
    /// installation, activation by file.
    pub(super) fn set(teller: &mut Teller, report: &mut Report) -> anyhow::Result<Self> {
        let folder = short_folder()?;
        let place = folder.path();

        teller.step("A vendor makes its keys and issues a licence for two seats");
        let vendor = Vendor::new(place, "acme")?;
        let mut key = Emulator::new(place)?;
        let order = Order::of(SEATS)
            .hardware_key(&key, BUDGET_S, WINDOW_S)
            .sessions("resume_window = \"5s\"");
        let order_file = place.join("order.toml");
        let issued = vendor.issue(&order)?;
        fs::copy(vendor.folder().join("1-order.toml"), &order_file)?;
        let summary = fs::read_to_string(&issued.licence)?;
        let summary: Vec<&str> = summary
            .lines()
            .take_while(|line| !line.starts_with("---"))
            .collect();
        teller.show(&summary.join("\n"));

        teller.step(
            "On the client's machine: the hardware key (emulated) is put in, the daemon starts",
        );
        let machine = Machine::new(&place.join("m"))?;
        // The contracts of later count users whom a program names, of one company.
        let me = rustix::process::geteuid().as_raw();
        let callers = format!("[[callers]]\nuser = {me}\nmay = [\"declared-account\"]\n");
        machine.configure(&format!("{}\n{callers}", key.configuration()))?;
        let people = "entity = \"client\"\ncategory = \"employees\"\n";
        fs::write(machine.paths().users(), people)?;
        key.put_in()?;
        let daemon = Daemon::start(&machine)?;
        report.daemon_ready_ms = Some(ms(daemon.ready_after));
        teller.took(
            format_args!("octroid {} is ready", daemon.pid()),
            daemon.ready_after,
        );

        teller.step(
            "The administrator trusts the vendor, installs the licence, activates it by file",
        );
        machine.trust(&vendor)?;
        machine.install(&issued.licence)?.ok()?;
        machine.activate(&vendor, &issued)?;
        let scene = Self {
            applications: Vec::new(),
            daemon: Some(daemon),
            server: None,
            key,
            machine,
            vendor,
            issued,
            order: order_file,
            folder,
        };
        scene.key_is_present()?;
        teller.show(&succeed(&mut scene.machine.command(&["status"])?)?);
        Ok(scene)
    }

    /// What the daemon says of the licence's hardware key.
    pub(super) fn hardware_key(&self) -> anyhow::Result<Option<Value>> {
        let status = self.machine.status()?;
        Ok(status.pointer("/realms/0/licences/0/hardware_key").cloned())
    }

    /// Waits until the key has proven itself.
    pub(super) fn key_is_present(&self) -> anyhow::Result<()> {
        soon("the key's proof", || {
            let key = self.hardware_key()?;
            let present = key.as_ref().and_then(|key| key.pointer("/present/0"));
            Ok(present
                .filter(|serial| *serial == self.key.serial())
                .map(drop))
        })
    }

    /// The folder of everything.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What each of the tour's applications asks for.
    pub(super) fn asking(&self) -> Asking {
        let socket = self.machine.paths().socket();
        Asking::new(&socket, self.vendor.root_public_key(), FEATURE)
    }

    /// The vendor's activation server.
    pub(super) fn server(&self) -> anyhow::Result<&ActivationServer> {
        self.server.as_ref().context("no activation server runs")
    }

    /// Starts an application, a process of its own.
    pub(super) fn start(&self, asking: &Asking) -> anyhow::Result<Application> {
        Application::start(asking, self.folder())
    }

    /// The application that stands at this place.
    pub(super) fn application(&mut self, at: usize) -> anyhow::Result<&mut Application> {
        self.applications.get_mut(at).context("no such application")
    }

    /// A table of who holds seats, as the administrator sees it.
    pub(super) fn seats_shown(&self) -> anyhow::Result<String> {
        succeed(&mut self.machine.command(&["seats"])?)
    }

    /// The realm's ledger.
    pub(super) fn ledger(&self) -> anyhow::Result<PathBuf> {
        Ok(self.machine.realm(&self.vendor)?.ledger())
    }

    /// Leaves the folder behind.
    pub(super) fn keep_folder(&mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().to_path_buf()
    }

    /// Ends every process in good order. The files stay until the scene is dropped.
    pub(super) fn end(&mut self) -> anyhow::Result<()> {
        for application in self.applications.drain(..) {
            application.finish()?;
        }
        if let Some(daemon) = self.daemon.take() {
            daemon.stop()?;
        }
        if let Some(server) = &mut self.server {
            server.stop()?;
        }
        if self.key.pid().is_some() {
            self.key.pull_out()?;
        }
        Ok(())
    }
}
