//! A child process that ends with its guard, and whose output is kept for the moment when something
//! goes wrong.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    os::unix::{fs::PermissionsExt as _, process::ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::{deadline::patiently, soon};

/// Bytes of a log that an error shows.
const TAIL_BYTES: usize = 2_000;

/// A process of ours. Dropping it kills it with SIGKILL and waits for it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Running {
    /// Starts a program; what it writes on standard error is appended to `log`.
    ///
    /// # Errors
    /// The log cannot be written or the program not started.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        Self::start_with_input(name, command, Stdio::piped(), log)
    }

    /// The same with another standard input than a pipe.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with_input(
        name: &str,
        command: &mut Command,
        input: Stdio,
        log: &Path,
    ) -> anyhow::Result<Self> {
        let file = append(log)?;
        let child = command
            .stdin(input)
            .stderr(file)
            .spawn()
            .with_context(|| format!("{name} could not be started: {command:?}"))?;
        Ok(Self {
            child,
            name: name.to_owned(),
            log: log.to_path_buf(),
        })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The process's pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The end of what it wrote on standard error.
    pub fn log(&self) -> String {
        tail(&self.log)
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// The process has ended.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).with_context(|| format!("{} takes no signal", self.name))
    }

    /// Kills it with SIGKILL and waits until it is gone.
    ///
    /// # Errors
    /// It could not be waited for.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child
            .kill()
            .with_context(|| format!("{} could not be killed", self.name))?;
        self.child
            .wait()
            .with_context(|| format!("{} could not be waited for", self.name))?;
        Ok(())
    }

    /// Its status, where it has ended.
    ///
    /// # Errors
    /// It could not be asked.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// It goes on.
    pub fn wait(&mut self) -> anyhow::Result<ExitStatus> {
        let name = self.name.clone();
        soon(&format!("the end of {name}"), || self.ended())
    }

    /// Fails where it has ended, with the end of its log.
    ///
    /// # Errors
    /// See above.
    pub fn must_live(&mut self) -> anyhow::Result<()> {
        match self.ended()? {
            None => Ok(()),
            Some(status) => bail!("{} ended ({status}):\n{}", self.name, self.log()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended; then there is nothing to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How a short command ended.
#[derive(Debug)]
pub struct Ended {
    /// What a shell would show as `$?`.
    pub status: i32,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub complaint: String,
}

/// Runs a command to its end, which must come within a minute.
///
/// # Errors
/// It cannot be started, or does not end.
pub fn run(command: &mut Command) -> anyhow::Result<Ended> {
    run_within(command, patiently(Duration::from_mins(1)))
}

/// Runs a command to its end.
///
/// # Errors
/// It cannot be started, or does not end in time.
pub fn run_within(command: &mut Command, within: Duration) -> anyhow::Result<Ended> {
    let started = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not be started: {command:?}"))?;
    // A process that hangs is ended from beside, so that its pipes close.
    let pid = Pid::from_child(&started);
    let (done, ended) = std::sync::mpsc::channel::<()>();
    let guard = std::thread::spawn(move || {
        let hangs = ended.recv_timeout(within) == Err(std::sync::mpsc::RecvTimeoutError::Timeout);
        if hangs {
            // The child is not waited for yet, so that the number is still its own.
            kill_process(pid, Signal::KILL).unwrap_or_default();
        }
        hangs
    });
    let output = started.wait_with_output();
    drop(done);
    let hung = guard.join().unwrap_or(true);
    let output = output?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if hung {
        bail!(
            "{command:?} did not end within {within:?}: {}",
            text(&output.stderr)
        );
    }
    let status = output.status;
    Ok(Ended {
        status: status
            .code()
            .or(status.signal().map(|signal| 128 + signal))
            .unwrap_or(-1),
        output: text(&output.stdout),
        complaint: text(&output.stderr),
    })
}

/// Runs a command that must succeed and gives back what it printed.
///
/// # Errors
/// It fails.
pub fn succeed(command: &mut Command) -> anyhow::Result<String> {
    let ended = run(command)?;
    if ended.status != 0 {
        bail!(
            "{command:?} ended with {}: {}{}",
            ended.status,
            ended.output,
            ended.complaint
        );
    }
    Ok(ended.output)
}

/// A copy of a program where every user can reach it: the build folder may lie in somebody's home.
/// A process of its own writes it, since a descriptor that this one has open for writing, even for a
/// moment, may be inherited by a child of another thread and then forbids to run the copy.
///
/// # Errors
/// It cannot be copied.
pub fn reachable(program: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let name = program.file_name().context("a program has a name")?;
    let copy = folder.join(name);
    if !copy.exists() {
        succeed(Command::new("cp").arg(program).arg(&copy))?;
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755))?;
    }
    Ok(copy)
}

/// Says something to whoever watches.
pub fn say(text: &str) {
    // Nobody is left to tell where this fails.
    drop(writeln!(io::stderr(), "{text}"));
}

/// Opens a log to write at its end.
pub(crate) fn append(log: &Path) -> anyhow::Result<File> {
    File::options()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("{} cannot be written", log.display()))
}

/// The end of a file that may be long.
fn tail(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    let from = bytes.len().saturating_sub(TAIL_BYTES);
    String::from_utf8_lossy(bytes.get(from..).unwrap_or_default()).into_owned()
}
