//! The sample application (`seat_holder` of the client SDK) as a process of its own: what it says is
//! read as it comes, each line with the moment of its arrival.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use rustix::process::Signal;
use serde_json::Value;

use crate::{
    Binaries, Running,
    deadline::{SOON, patiently},
    order::PRODUCT,
    process::reachable,
};

/// The sample application's version.
pub const VERSION: &str = "4.2";

/// What an application asks for.
#[derive(Debug, Clone)]
pub struct Asking {
    arguments: Vec<String>,
    uid: Option<u32>,
    within: Vec<String>,
}

/// Something the application said.
#[derive(Debug, Clone)]
struct Line {
    at: Instant,
    value: Value,
}

/// A seat that was granted.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Its number.
    pub seat: u64,
    /// When the application said so.
    pub at: Instant,
}

/// Why none was.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The stable code.
    pub code: String,
    /// In words.
    pub message: String,
    /// Everything that was said.
    pub value: Value,
}

/// A running application.
#[derive(Debug)]
pub struct Application {
    running: Running,
    lines: Receiver<Line>,
    /// Read, and not asked for yet.
    waiting: VecDeque<Line>,
    started: Instant,
    asked_for: Duration,
}

impl Asking {
    /// For one seat of a feature, of the tests' product in version 4.2.
    pub fn new(socket: &Path, root_public_key: &str, feature: &str) -> Self {
        let socket = socket.display().to_string();
        let arguments = [
            "--json",
            "--socket",
            &socket,
            "--root",
            root_public_key,
            "--product",
            PRODUCT,
            "--version",
            VERSION,
            "--feature",
            feature,
        ];
        Self {
            arguments: arguments.map(str::to_owned).to_vec(),
            uid: None,
            within: Vec::new(),
        }
    }

    /// Waits in the queue, at most so many milliseconds.
    #[must_use]
    pub fn waiting(self, ms: u32) -> Self {
        self.with(&["--wait", &format!("{:.3}", f64::from(ms) / 1_000.0)])
    }

    /// By an application of another version than 4.2.
    #[must_use]
    pub fn with_version(mut self, version: &str) -> Self {
        if let Some(stated) = self.arguments.iter_mut().find(|one| *one == VERSION) {
            version.clone_into(stated);
        }
        self
    }

    /// By an application that belongs to another product than the tests' own.
    #[must_use]
    pub fn of_product(mut self, product: &str) -> Self {
        if let Some(stated) = self.arguments.iter_mut().find(|one| *one == PRODUCT) {
            product.clone_into(stated);
        }
        self
    }

    /// Further arguments of the application.
    #[must_use]
    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|one| (*one).to_owned()));
        self
    }

    /// Started by another program, such as `unshare --pid --fork`.
    #[must_use]
    pub fn within(mut self, program: &[&str]) -> Self {
        self.within = program.iter().map(|one| (*one).to_owned()).collect();
        self
    }

    /// As another user, which only root can.
    #[must_use]
    pub fn as_user(mut self, uid: u32) -> Self {
        self.uid = Some(uid);
        self
    }
}

impl Application {
    /// Starts an application; its log is in `folder`.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(asking: &Asking, folder: &Path) -> anyhow::Result<Self> {
        let program = match asking.uid {
            None => Binaries::get()?.application.clone(),
            Some(_) => reachable(&Binaries::get()?.application, folder)?,
        };
        let mut command = match asking.within.split_first() {
            None => Command::new(program),
            Some((starter, arguments)) => {
                let mut command = Command::new(starter);
                command.args(arguments).arg(program);
                command
            }
        };
        command
            .args(&asking.arguments)
            .env_remove("OCTROI_SOCKET")
            .stdout(Stdio::piped());
        if let Some(uid) = asking.uid {
            command.uid(uid).gid(uid).current_dir("/");
        }
        let started = Instant::now();
        let mut running = Running::start(
            "seat_holder",
            &mut command,
            &folder.join("applications.log"),
        )?;
        let output = running
            .child()
            .stdout
            .take()
            .context("the application has no output")?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let at = Instant::now();
                let Ok(line) = line else { return };
                let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(Line { at, value }).is_err() {
                    return;
                }
            }
        });
        let waiting = VecDeque::new();
        Ok(Self {
            running,
            lines,
            waiting,
            started,
            asked_for: Duration::ZERO,
        })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// From the start of the process to its grant or refusal.
    pub fn asked_for(&self) -> Duration {
        self.asked_for
    }

    /// Waits until the application says this; what it said before is passed over.
    ///
    /// # Errors
    /// It says something that ends it, or nothing in time.
    pub fn event(&mut self, name: &str) -> anyhow::Result<Value> {
        Ok(self.line(|said| said == name, name)?.value)
    }

    /// As [`Self::event`]: when it was said.
    ///
    /// # Errors
    /// As [`Self::event`].
    pub fn heard(&mut self, name: &str) -> anyhow::Result<Instant> {
        Ok(self.line(|said| said == name, name)?.at)
    }

    /// The same, said at `since` or later: what it said before is passed over, also if it is this.
    ///
    /// # Errors
    /// As [`Self::event`].
    pub fn event_since(&mut self, name: &str, since: Instant) -> anyhow::Result<Value> {
        loop {
            let line = self.line(|said| said == name, name)?;
            if line.at >= since {
                return Ok(line.value);
            }
        }
    }

    /// Waits until its seat is granted.
    ///
    /// # Errors
    /// It is refused, or nothing happens in time.
    pub fn granted(&mut self) -> anyhow::Result<Grant> {
        let line = self.line(
            |said| matches!(said, "granted" | "refused" | "failed"),
            "granted",
        )?;
        self.asked_for = line.at.duration_since(self.started);
        ensure!(
            name_of(&line.value) == "granted",
            "it was not granted: {}",
            line.value
        );
        let seat = line
            .value
            .get("seat")
            .and_then(Value::as_u64)
            .context("a grant of no seat")?;
        Ok(Grant { seat, at: line.at })
    }

    /// Waits until it is refused.
    ///
    /// # Errors
    /// It is granted, or nothing happens in time.
    pub fn refused(&mut self) -> anyhow::Result<Refused> {
        let line = self.line(
            |said| matches!(said, "granted" | "refused" | "failed"),
            "refused",
        )?;
        self.asked_for = line.at.duration_since(self.started);
        ensure!(
            name_of(&line.value) != "granted",
            "it was granted: {}",
            line.value
        );
        let text = |field| {
            let text = line.value.get(field).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        Ok(Refused {
            code: text("code"),
            message: text("text"),
            value: line.value.clone(),
        })
    }

    fn line(&mut self, wanted: impl Fn(&str) -> bool, what: &str) -> anyhow::Result<Line> {
        let deadline = Instant::now() + patiently(SOON);
        loop {
            let line = match self.waiting.pop_front() {
                Some(line) => line,
                None => match self
                    .lines
                    .recv_timeout(deadline - Instant::now().min(deadline))
                {
                    Ok(line) => line,
                    Err(RecvTimeoutError::Timeout) => {
                        bail!("application {} did not say `{what}` in time", self.pid())
                    }
                    Err(RecvTimeoutError::Disconnected) => {
                        let log = self.running.log();
                        bail!(
                            "application {} ended without saying `{what}`: {log}",
                            self.pid()
                        )
                    }
                },
            };
            if wanted(name_of(&line.value)) {
                return Ok(line);
            }
        }
    }

    /// What it has said so far and was not asked for.
    pub fn said(&mut self) -> Vec<Value> {
        self.waiting.extend(self.lines.try_iter());
        self.waiting.iter().map(|line| line.value.clone()).collect()
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

    /// Kills it with SIGKILL.
    ///
    /// # Errors
    /// It could not be waited for.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.running.kill()
    }

    /// Lets it give its seat back and waits for its end, which must be in good order.
    ///
    /// # Errors
    /// It is not.
    pub fn finish(mut self) -> anyhow::Result<()> {
        // The end of its standard input.
        drop(self.running.child().stdin.take());
        self.event("released")?;
        let status = self.running.wait()?;
        ensure!(
            status.success(),
            "the application ended with {status}: {}",
            self.running.log()
        );
        Ok(())
    }

    /// Waits for its end and gives back its exit status.
    ///
    /// # Errors
    /// It goes on.
    pub fn exit(&mut self) -> anyhow::Result<Option<i32>> {
        Ok(self.running.wait()?.code())
    }
}

fn name_of(value: &Value) -> &str {
    value
        .get("event")
        .and_then(Value::as_str)
        .unwrap_or_default()
}
