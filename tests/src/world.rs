//! A world for one test: a short temporary folder, a vendor, a client's machine with its daemon, a
//! licence installed and activated there. It is gone when the test ends.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use tempfile::TempDir;

use crate::{
    Application, Daemon, Machine, Order, RawSession, Vendor, application::Asking, order::FEATURE,
    vendor::Issued,
};

/// Keeps the folders of tests where it is set, to look into after a failure.
pub const KEEP: &str = "OCTROI_KEEP";

/// A folder with a path short enough for sockets, which everybody may enter.
///
/// # Errors
/// It cannot be made.
pub fn short_folder() -> anyhow::Result<TempDir> {
    let mut folder = tempfile::Builder::new()
        .prefix("oct-")
        .rand_bytes(6)
        .tempdir_in("/tmp")
        .context("no folder in /tmp")?;
    // Other users' applications connect to sockets in it.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    if env::var_os(KEEP).is_some() {
        folder.disable_cleanup(true);
        crate::process::say(&format!("kept: {}", folder.path().display()));
    }
    Ok(folder)
}

/// A vendor, a machine and a daemon.
#[derive(Debug)]
pub struct World {
    // The daemon ends before its folder is removed.
    daemon: Option<Daemon>,
    /// The client's machine.
    pub machine: Machine,
    /// The vendor whose licences are installed.
    pub vendor: Vendor,
    /// What the licence was issued as; the newest.
    pub issued: Issued,
    folder: TempDir,
}

impl World {
    /// A machine whose daemon runs with the licence of this order, activated.
    ///
    /// # Errors
    /// Something of it fails.
    pub fn with(order: &Order) -> anyhow::Result<Self> {
        Self::configured(order, "[hardware_key]\nusb = false\n")
    }

    /// The same with this `octroid.toml`.
    ///
    /// # Errors
    /// Something of it fails.
    pub fn configured(order: &Order, configuration: &str) -> anyhow::Result<Self> {
        let world = Self::installed(order, configuration)?;
        world.machine.activate(&world.vendor, &world.issued)?;
        Ok(world)
    }

    /// The same, installed and not activated.
    ///
    /// # Errors
    /// Something of it fails.
    pub fn installed(order: &Order, configuration: &str) -> anyhow::Result<Self> {
        Self::inside(short_folder()?, order, configuration)
    }

    /// The same, in a folder that is there already.
    ///
    /// # Errors
    /// Something of it fails.
    pub fn inside(folder: TempDir, order: &Order, configuration: &str) -> anyhow::Result<Self> {
        let vendor = Vendor::new(folder.path(), "acme")?;
        Self::of(folder, vendor, order, configuration)
    }

    /// The same, of a vendor that is there already.
    ///
    /// # Errors
    /// Something of it fails.
    pub fn of(
        folder: TempDir,
        vendor: Vendor,
        order: &Order,
        configuration: &str,
    ) -> anyhow::Result<Self> {
        let issued = vendor.issue(order)?;
        Self::issued(folder, vendor, issued, configuration)
    }

    /// The same, of a licence that was issued already.
    ///
    /// # Errors
    /// Something of it fails.
    pub fn issued(
        folder: TempDir,
        vendor: Vendor,
        issued: Issued,
        configuration: &str,
    ) -> anyhow::Result<Self> {
        let machine = Machine::new(&folder.path().join("m"))?;
        machine.configure(configuration)?;
        let daemon = Daemon::start(&machine)?;
        machine.trust(&vendor)?;
        machine.install(&issued.licence)?.ok()?;
        Ok(Self {
            daemon: Some(daemon),
            machine,
            vendor,
            issued,
            folder,
        })
    }

    /// The folder of everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The applications' socket.
    pub fn socket(&self) -> PathBuf {
        self.machine.paths().socket()
    }

    /// The running daemon.
    ///
    /// # Errors
    /// None runs.
    pub fn daemon(&mut self) -> anyhow::Result<&mut Daemon> {
        self.daemon.as_mut().context("no daemon runs")
    }

    /// Kills the daemon with SIGKILL.
    ///
    /// # Errors
    /// None runs.
    pub fn kill_daemon(&mut self) -> anyhow::Result<()> {
        self.daemon.take().context("no daemon runs")?.kill()
    }

    /// Stops the daemon in good order.
    ///
    /// # Errors
    /// None runs, or it does not stop in good order.
    pub fn stop_daemon(&mut self) -> anyhow::Result<()> {
        self.daemon.take().context("no daemon runs")?.stop()
    }

    /// Starts the daemon again.
    ///
    /// # Errors
    /// It does not start.
    pub fn start_daemon(&mut self) -> anyhow::Result<()> {
        self.daemon = Some(Daemon::start(&self.machine)?);
        Ok(())
    }

    /// A session by hand.
    ///
    /// # Errors
    /// It is not opened.
    pub fn session(&self) -> anyhow::Result<RawSession> {
        Ok(RawSession::open(&self.socket(), self.vendor.root_public_key())?.0)
    }

    /// What an application says that asks for one seat.
    pub fn asking(&self) -> Asking {
        Asking::new(&self.socket(), self.vendor.root_public_key(), FEATURE)
    }

    /// The same, by an application of another version.
    pub fn asking_version(&self, version: &str) -> Asking {
        self.asking().with_version(version)
    }

    /// A sample application that holds a seat.
    ///
    /// # Errors
    /// It gets none.
    pub fn holder(&self) -> anyhow::Result<Application> {
        let mut application = Application::start(&self.asking(), self.folder())?;
        application.granted()?;
        Ok(application)
    }

    /// Installs a new serial of the licence and activates it.
    ///
    /// # Errors
    /// It is refused.
    pub fn renew(&mut self, order: &Order) -> anyhow::Result<()> {
        self.issued = self.vendor.issue(order)?;
        self.machine.install(&self.issued.licence)?.ok()?;
        self.machine.activate(&self.vendor, &self.issued)?;
        Ok(())
    }
}

/// Seconds since the epoch, so many from now.
///
/// # Errors
/// The machine's clock stands before the epoch.
pub fn seconds_from_now(seconds: u64) -> anyhow::Result<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(i64::try_from(now + seconds)?)
}
