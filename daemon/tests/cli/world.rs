//! A daemon with an activated licence, under a folder of its own, and programs run beside it.

use std::{
    ffi::OsStr,
    fs,
    io::Read as _,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::vendor::{self, CODE, FEATURE, LICENCE, PRODUCT};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Looks until there is something; nothing here is waited for without being looked at.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// `octroi` itself.
pub(crate) fn octroi() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_octroi"));
    command
        .env_remove("OCTROI_SOCKET")
        .env_remove("OCTROI_ROOT")
        .env("LC_ALL", "C");
    command
}

/// A process that does not outlive its test.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    pub(crate) fn send(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// What it wrote, once it has ended.
    pub(crate) fn ended(mut self) -> Ended {
        drop(self.0.stdin.take());
        let status = until("the end of a program", || self.0.try_wait().unwrap());
        let (mut output, mut error) = (String::new(), String::new());
        if let Some(mut pipe) = self.0.stdout.take() {
            pipe.read_to_string(&mut output).unwrap();
        }
        if let Some(mut pipe) = self.0.stderr.take() {
            pipe.read_to_string(&mut error).unwrap();
        }
        Ended {
            status,
            output,
            error,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        drop(self.0.wait());
    }
}

/// What a process left.
#[derive(Debug)]
pub(crate) struct Ended {
    status: ExitStatus,
    pub(crate) output: String,
    pub(crate) error: String,
}

impl Ended {
    /// Its exit status; no signal ended it.
    #[track_caller]
    pub(crate) fn code(&self) -> i32 {
        assert_eq!(self.status.signal(), None, "{self:?}");
        self.status.code().unwrap()
    }
}

/// A daemon that grants.
pub(crate) struct World {
    folder: TempDir,
    daemon: Option<Running>,
}

impl World {
    /// A daemon with a licence of so many seats.
    pub(crate) fn with_seats(seats: u32) -> Self {
        let folder = TempDir::with_prefix("octroi-").unwrap();
        let configuration = folder.path().join("etc/octroi/octroid.toml");
        fs::create_dir_all(configuration.parent().unwrap()).unwrap();
        fs::write(configuration, "[hardware_key]\nusb = false\n").unwrap();
        let mut world = Self {
            daemon: None,
            folder,
        };
        world.start_daemon();
        world.licensed(seats);
        world
    }

    fn start_daemon(&mut self) {
        let log = fs::File::options()
            .append(true)
            .create(true)
            .open(self.path("daemon.log"));
        let mut daemon = Command::new(env!("CARGO_BIN_EXE_octroid"));
        daemon
            .arg("--root")
            .arg(self.root())
            .stdin(Stdio::null())
            .stderr(log.unwrap());
        self.daemon = Some(Running::start(&mut daemon));
        until("the daemon's first answer", || {
            (self.octroi(&["status"]).ended().code() == 0).then_some(())
        });
    }

    /// Kills the daemon and starts it anew.
    pub(crate) fn restart_daemon(&mut self) {
        drop(self.daemon.take());
        self.start_daemon();
    }

    fn licensed(&self, seats: u32) {
        let root = self.write("root.pub", &vendor::root_document());
        self.succeed(&["vendor", "trust", "--yes", &root]);
        let licence = self.write("client.lic", &vendor::licence(seats));
        self.succeed(&["install", &licence]);
        let code = self.write("client.code", CODE);
        let line = [
            "activate",
            "--request",
            "-",
            "--licence",
            LICENCE,
            "--code-file",
            &code,
        ];
        let request = self.succeed(&line).output;
        let answer = self.write("answer", &vendor::certificate(&request, seats));
        self.succeed(&["activate", "--response", &answer]);
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the world's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: &str) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name).display().to_string()
    }

    /// Starts a command of the administrator's.
    pub(crate) fn octroi(&self, arguments: &[&str]) -> Running {
        let mut command = octroi();
        command.arg("--root").arg(self.root()).args(arguments);
        Running::start(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped()),
        )
    }

    #[track_caller]
    pub(crate) fn succeed(&self, arguments: &[&str]) -> Ended {
        let ended = self.octroi(arguments).ended();
        assert_eq!(ended.code(), 0, "{arguments:?}: {ended:?}");
        ended
    }

    /// `octroi run` for the licensed feature, ready for options and `--`.
    pub(crate) fn run(&self) -> Command {
        let mut command = octroi();
        command
            .arg("--root")
            .arg(self.root())
            .args([
                "run",
                "--feature",
                FEATURE,
                "--product",
                PRODUCT,
                "--vendor-root",
            ])
            .arg(vendor::root_key())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a shell script while a seat is held for it.
    pub(crate) fn script(&self, script: impl AsRef<OsStr>) -> Running {
        Running::start(self.run().args(["--", "sh", "-c"]).arg(script))
    }

    /// A script that says where its process is and goes on until it is told to stop.
    pub(crate) fn lasting(&self, name: &str) -> (Running, Pid) {
        let mark = self.path(name);
        let running = self.script(lasting(&mark));
        let pid = until("the program's mark", || pid_in(&mark));
        (running, pid)
    }

    /// What `octroi seats --json` says is held.
    pub(crate) fn seats(&self) -> Vec<Value> {
        let said = self.succeed(&["seats", "--json"]).output;
        let said: Value = serde_json::from_str(&said).unwrap();
        said["seats"].as_array().unwrap().clone()
    }

    /// Waits until so many seats are held.
    pub(crate) fn seats_become(&self, count: usize) {
        until("the number of seats held", || {
            (self.seats().len() == count).then_some(())
        });
    }

    /// Ends the daemon, the sockets stay.
    pub(crate) fn without_daemon(mut self) -> Self {
        drop(self.daemon.take());
        self
    }
}

/// A shell script that writes its process id to `mark` and lasts until a signal ends it.
pub(crate) fn lasting(mark: &Path) -> String {
    format!(
        "echo $$ > '{0}.new'; mv '{0}.new' '{0}'; exec sleep 600",
        mark.display()
    )
}

/// The process id that a script left.
pub(crate) fn pid_in(mark: &Path) -> Option<Pid> {
    Pid::from_raw(fs::read_to_string(mark).ok()?.trim().parse().ok()?)
}
