//! The gate: `octroi run` starts its program behind it, so that the program's process exists before
//! the seat is asked for (it is the holder), and so that the program has not run where the seat is
//! refused. The gate process waits on an abstract Unix socket for one byte, then becomes the program:
//! same process id, same standard streams, no descriptor left over. Without the byte it ends.

use std::{
    ffi::OsString,
    io::{self, Read as _},
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            net::{SocketAddr, UnixStream as BlockingStream},
            process::CommandExt as _,
        },
    },
    process::{Command as Program, Stdio},
    time::Duration,
};

use rustix::{
    net::sockopt::socket_peercred,
    process::{Pid, Signal, getppid, set_parent_process_death_signal},
};
use tokio::{
    io::AsyncWriteExt as _,
    net::{UnixListener, UnixStream},
    process::{Child, Command},
};

use super::super::{Context, args::Gate, failure::Failure, format::plain};

/// The hidden command that a gate process runs.
pub(in super::super) const GATE: &str = "__gate";
/// What opens the gate.
const GO: u8 = b'g';
/// How long a new process may take to come to the gate.
const ARRIVAL: Duration = Duration::from_secs(10);

/// As shells have it.
const EXIT_NOT_EXECUTABLE: u8 = 126;
const EXIT_NOT_FOUND: u8 = 127;
/// The gate was never opened; nobody but `octroi run` sees this.
const EXIT_CLOSED: u8 = 125;

/// A program that waits at its gate.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) child: Child,
    pub(super) pid: u32,
    door: UnixStream,
}

impl Waiting {
    /// Starts the program's process and waits until it stands at the gate.
    pub(super) async fn start(command: &[OsString], language: &str) -> io::Result<Self> {
        let mut entropy = [0; 16];
        getrandom::fill(&mut entropy).map_err(io::Error::other)?;
        let name = format!("octroi-run-{}", hex::encode(entropy));
        let address = SocketAddr::from_abstract_name(&name)?;
        let listener = std::os::unix::net::UnixListener::bind_addr(&address)?;
        listener.set_nonblocking(true)?;
        let listener = UnixListener::from_std(listener)?;
        // This same program, even where its file was replaced since it was started.
        let mut child = Command::new("/proc/self/exe")
            .arg0("octroi")
            .args([GATE, "--lang", language, "--door", &name, "--"])
            .args(command)
            .stdin(Stdio::inherit())
            .spawn()?;
        let pid = child
            .id()
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let arrival = tokio::time::timeout(ARRIVAL, arrived(&listener, pid));
        let door = tokio::select! {
            door = arrival => door.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
            ended = child.wait() => Err(match ended {
                Ok(status) => io::Error::other(status.to_string()),
                Err(error) => error,
            }),
        };
        match door {
            Ok(door) => Ok(Self { child, pid, door }),
            Err(error) => {
                child.start_kill()?;
                child.wait().await?;
                Err(error)
            }
        }
    }

    /// Lets the process become the program.
    pub(super) async fn open(mut self) -> io::Result<Child> {
        self.door.write_all(&[GO]).await?;
        Ok(self.child)
    }

    /// Ends the process; the program has not run.
    pub(super) async fn turn_away(mut self) {
        drop(self.door);
        // Nothing depends on how it ended.
        drop(self.child.wait().await);
    }
}

/// The process's own connection; anybody else's (the name can be seen) is dropped.
async fn arrived(listener: &UnixListener, pid: u32) -> io::Result<UnixStream> {
    loop {
        let (stream, _) = listener.accept().await?;
        let peer = stream.peer_cred()?;
        if peer.pid().and_then(|peer| u32::try_from(peer).ok()) == Some(pid) {
            return Ok(stream);
        }
    }
}

/// The gate process: waits, then becomes the program. Gives back the exit status where it does not.
pub(in super::super) fn gate(arguments: &Gate, context: &mut Context<'_, '_>) -> u8 {
    if !opened(&arguments.door).unwrap_or(false) {
        return EXIT_CLOSED;
    }
    let texts = &context.texts.run;
    let Some((program, rest)) = arguments.command.split_first() else {
        return EXIT_CLOSED;
    };
    let error = Program::new(program).args(rest).exec();
    let shown = plain(&program.to_string_lossy());
    let (message, exit) = match error.kind() {
        io::ErrorKind::NotFound => ((texts.not_found)(&shown), EXIT_NOT_FOUND),
        _ => ((texts.not_executable)(&shown), EXIT_NOT_EXECUTABLE),
    };
    let failure = Failure::other(message).because(&error);
    context
        .console
        .print_error(&failure.readable(context.texts));
    exit
}

/// Waits for the word of the process that started this one, and of no other.
fn opened(door: &str) -> io::Result<bool> {
    // Where `octroi run` is killed, nobody holds the seat for the program any more. The setting
    // outlives the change into the program.
    set_parent_process_death_signal(Some(Signal::TERM))?;
    let address = SocketAddr::from_abstract_name(door)?;
    let mut door = BlockingStream::connect_addr(&address)?;
    let keeper: Pid = socket_peercred(&door)?.pid;
    if getppid() != Some(keeper) {
        return Ok(false);
    }
    let mut word = [0];
    Ok(door.read(&mut word)? == 1 && word == [GO])
}
