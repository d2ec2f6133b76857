//! A daemon under a folder of its own, a vendor with a server, and `octroi` between them.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    tls_server::TlsServer,
    vendor::{self, CODE, FEATURE, LICENCE, PRODUCT, Vendor},
};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(45);

/// Looks until there is something; nothing here is waited for without being looked at.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A process that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // SIGKILL: nothing is put in order before it.
        self.0.kill().unwrap_or_default();
        drop(self.0.wait());
    }
}

pub(crate) struct World {
    folder: TempDir,
    daemon: Option<Running>,
    pub(crate) vendor: Vendor,
    pub(crate) server: TlsServer,
}

impl World {
    /// A licence that names the server by its key is installed, and not activated.
    pub(crate) fn installed(configuration: &str) -> Self {
        Self::with_pin(configuration, TlsServer::pin)
    }

    /// The same with a pin of the test's choice.
    pub(crate) fn with_pin(configuration: &str, pin: impl FnOnce(&TlsServer) -> [u8; 32]) -> Self {
        let vendor = Vendor::new();
        let server = TlsServer::serving(vendor.clone());
        let mut world = Self {
            folder: TempDir::with_prefix("octroi-").unwrap(),
            daemon: None,
            vendor,
            server,
        };
        world.configure(configuration);
        world.start();
        let root = world.write("root.pub", &vendor::root_document());
        world.succeed(&["vendor", "trust", "--yes", &root]);
        let licence = vendor::licence(&world.server.address(), pin(&world.server));
        let licence = world.write("client.lic", &licence);
        world.succeed(&["install", &licence]);
        world.write("client.code", CODE);
        world
    }

    /// Activated over the network.
    pub(crate) fn activated(configuration: &str) -> Self {
        let world = Self::installed(configuration);
        world.succeed(&world.activation());
        world
    }

    fn activation(&self) -> [String; 6] {
        let code = self.path("client.code").display().to_string();
        [
            "activate",
            "--online",
            "--licence",
            LICENCE,
            "--code-file",
            &code,
        ]
        .map(str::to_owned)
    }

    pub(crate) fn activate(&self) -> Ended {
        self.run(&self.activation())
    }

    pub(crate) fn configure(&self, configuration: &str) {
        let path = self.path("etc/octroi/octroid.toml");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(
            path,
            format!("[hardware_key]\nusb = false\n{configuration}\n"),
        )
        .unwrap();
    }

    pub(crate) fn start(&mut self) {
        let log = fs::File::options()
            .append(true)
            .create(true)
            .open(self.path("daemon.log"));
        let daemon = Command::new(env!("CARGO_BIN_EXE_octroid"))
            .arg("--root")
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stderr(log.unwrap())
            .spawn();
        self.daemon = Some(Running(daemon.unwrap()));
        until("the daemon's first answer", || {
            (self.run(&["status"]).code == 0).then_some(())
        });
    }

    /// Kills the daemon and starts it anew.
    pub(crate) fn restart(&mut self) {
        drop(self.daemon.take());
        self.start();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name).display().to_string()
    }

    /// Runs `octroi` to its end.
    pub(crate) fn run(&self, arguments: &[impl AsRef<str>]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_octroi"));
        command
            .env_remove("OCTROI_SOCKET")
            .env_remove("OCTROI_ROOT")
            .env("LC_ALL", "C")
            .arg("--root")
            .arg(self.folder.path())
            .args(arguments.iter().map(AsRef::as_ref))
            .stdin(Stdio::null());
        Ended::of(command.output().unwrap())
    }

    #[track_caller]
    pub(crate) fn succeed(&self, arguments: &[impl AsRef<str>]) -> Ended {
        let ended = self.run(arguments);
        assert_eq!(ended.code, 0, "{ended:?}\n{}", self.log());
        ended
    }

    /// The object that `--json` prints, of a command that succeeds.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.succeed(&[arguments, &["--json"]].concat()).json()
    }

    /// The stable code of a command that fails.
    #[track_caller]
    pub(crate) fn failure(&self, arguments: &[&str]) -> String {
        let ended = self.run(&[arguments, &["--json"]].concat());
        ended.failure()
    }

    /// Runs a program for a moment while a seat is held for it.
    #[track_caller]
    pub(crate) fn use_a_seat(&self) {
        let root = vendor::root_key();
        self.succeed(&[
            "run",
            "--feature",
            FEATURE,
            "--product",
            PRODUCT,
            "--vendor-root",
            &root,
            "--version",
            MARKED_VERSION,
            "--",
            "true",
        ]);
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("daemon.log")).unwrap_or_default()
    }
}

/// A version that stands nowhere else.
pub(crate) const MARKED_VERSION: &str = "77.4242.31337";

/// What a command left.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) error: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            output: String::from_utf8(output.stdout).unwrap(),
            error: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.output).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    #[track_caller]
    pub(crate) fn failure(&self) -> String {
        assert_ne!(self.code, 0, "{self:?}");
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }
}
