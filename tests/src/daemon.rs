//! A daemon as a process: started, waited for until it answers, killed, stopped.

use std::{
    env, fs,
    os::{
        fd::OwnedFd,
        unix::{
            net::{UnixListener, UnixStream},
            process::CommandExt as _,
        },
    },
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use rustix::process::Signal;

use crate::{Binaries, Machine, Running, soon};

/// The number of the user, and of its group, whom daemons run as; otherwise whoever runs the tests.
pub const DAEMON_USER: &str = "OCTROI_DAEMON_USER";

/// Whom daemons run as, where it is somebody else.
///
/// # Errors
/// [`DAEMON_USER`] is no number.
pub fn daemon_user() -> anyhow::Result<Option<u32>> {
    let Some(user) = env::var_os(DAEMON_USER) else {
        return Ok(None);
    };
    let user = user.to_str().and_then(|user| user.parse().ok());
    Ok(Some(user.with_context(|| {
        format!("{DAEMON_USER} is no user's number")
    })?))
}

/// `octroid --root DIR`, ready to answer.
#[derive(Debug)]
pub struct Daemon {
    running: Running,
    socket: PathBuf,
    /// How long it took from the start until applications could connect.
    pub ready_after: Duration,
}

impl Daemon {
    /// Starts a daemon and waits until both its sockets take connections.
    ///
    /// # Errors
    /// It ends before, with what it wrote; or is not ready in time.
    pub fn start(machine: &Machine) -> anyhow::Result<Self> {
        Self::start_with(machine, &mut Self::command(machine.root())?)
    }

    /// The command line that starts it, as the user whom [`DAEMON_USER`] names.
    ///
    /// # Errors
    /// The programs do not build, or [`DAEMON_USER`] is no number.
    pub fn command(root: &Path) -> anyhow::Result<Command> {
        let mut command = Command::new(&Binaries::get()?.octroid);
        if let Some(user) = daemon_user()? {
            command.uid(user).gid(user);
        }
        command
            .arg("--root")
            .arg(root)
            .env("OCTROID_LOG", "debug,h2=warn,hyper=warn,tower=warn");
        Ok(command)
    }

    /// As [`Self::start`] with another command line.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(machine: &Machine, command: &mut Command) -> anyhow::Result<Self> {
        Self::start_reading(machine, command, Stdio::piped())
    }

    /// Starts a daemon as a service manager does, which opened its sockets beforehand: the
    /// applications' as `octroi`, the administrators' as `octroi-admin`.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_on(
        machine: &Machine,
        applications: UnixListener,
        administrators: UnixListener,
        variables: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let started = Self::command(machine.root())?;
        let mut command = Command::new("sh");
        // Descriptors 3 and 4, for the process that the shell becomes.
        command
            .args(["-c", "LISTEN_PID=$$ exec \"$@\" 3<&0 4>&1 <&- >&-", "sh"])
            .arg(started.get_program())
            .args(started.get_args())
            .env("OCTROID_LOG", "debug,h2=warn,hyper=warn,tower=warn")
            .env("LISTEN_FDS", "2")
            .env("LISTEN_FDNAMES", "octroi:octroi-admin")
            .envs(variables.iter().copied())
            .stdout(OwnedFd::from(administrators));
        let daemon =
            Self::start_reading(machine, &mut command, OwnedFd::from(applications).into())?;
        // Its sockets took connections before it was there.
        machine.status()?;
        Ok(daemon)
    }

    fn start_reading(
        machine: &Machine,
        command: &mut Command,
        input: Stdio,
    ) -> anyhow::Result<Self> {
        let log = machine.root().join("octroid.log");
        let began = Instant::now();
        let mut running = Running::start_with_input("octroid", command, input, &log)?;
        let paths = machine.paths();
        let socket = paths.socket();
        for socket in [&socket, &paths.admin_socket()] {
            soon("the daemon's sockets", || {
                running.must_live()?;
                Ok(UnixStream::connect(socket).ok())
            })?;
        }
        Ok(Self {
            running,
            socket,
            ready_after: began.elapsed(),
        })
    }

    /// Starts a daemon that must refuse to run, and gives back what it said.
    ///
    /// # Errors
    /// It runs.
    pub fn refused(machine: &Machine) -> anyhow::Result<(ExitStatus, String)> {
        let log = machine.root().with_extension("refused.log");
        let mut running = Running::start("octroid", &mut Self::command(machine.root())?, &log)?;
        let status = running.wait()?;
        if status.success() {
            bail!("octroid ended in good order: {}", running.log());
        }
        Ok((status, running.log()))
    }

    /// Where applications connect.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// The end of its log.
    pub fn log(&self) -> String {
        self.running.log()
    }

    /// Fails where it has ended.
    ///
    /// # Errors
    /// See above.
    pub fn must_live(&mut self) -> anyhow::Result<()> {
        self.running.must_live()
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// It has ended.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        self.running.signal(signal)
    }

    /// Stops it with SIGSTOP and waits until it stands still.
    ///
    /// # Errors
    /// It has ended.
    pub fn suspend(&self) -> anyhow::Result<()> {
        self.running.signal(Signal::STOP)?;
        let status = format!("/proc/{}/status", self.pid());
        soon("a daemon that stands still", || {
            let status = fs::read_to_string(&status)?;
            Ok(status.contains("State:\tT").then_some(()))
        })
    }

    /// Kills it with SIGKILL.
    ///
    /// # Errors
    /// It could not be waited for.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.running.kill()
    }

    /// Asks it to stop and waits for its end, which must be in good order.
    ///
    /// # Errors
    /// It is not.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.running.signal(Signal::TERM)?;
        let status = self.running.wait()?;
        if !status.success() {
            bail!("octroid stopped with {status}: {}", self.running.log());
        }
        Ok(())
    }
}
