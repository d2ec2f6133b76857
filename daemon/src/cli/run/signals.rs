//! The signals that `octroi run` passes on to its program.

use std::{fs::File, io};

use rustix::{
    process::{Pid, Signal, getpgrp, kill_process},
    termios::tcgetpgrp,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

const PASSED_ON: [(Signal, SignalKind); 6] = [
    (Signal::TERM, SignalKind::terminate()),
    (Signal::INT, SignalKind::interrupt()),
    (Signal::HUP, SignalKind::hangup()),
    (Signal::QUIT, SignalKind::quit()),
    (Signal::USR1, SignalKind::user_defined1()),
    (Signal::USR2, SignalKind::user_defined2()),
];

/// Signals as they come in; from its making on they no longer end this process.
#[derive(Debug)]
pub(super) struct Signals {
    arrived: mpsc::UnboundedReceiver<Signal>,
}

impl Signals {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Self> {
        let (sender, arrived) = mpsc::unbounded_channel();
        for (number, kind) in PASSED_ON {
            let mut signals = signal(kind)?;
            let sender = sender.clone();
            tokio::spawn(async move {
                while signals.recv().await.is_some() && sender.send(number).is_ok() {}
            });
        }
        Ok(Self { arrived })
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Signal {
        match self.arrived.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}

/// Passes a signal on, unless the terminal sent it to the program as well. A process that has ended
/// meanwhile needs none.
pub(super) fn pass_on(pid: u32, signal: Signal) {
    let from_terminal = matches!(signal, Signal::INT | Signal::QUIT | Signal::HUP);
    if !(from_terminal && in_foreground()) {
        send(pid, signal);
    }
}

/// Sends a signal to a child that was not waited for yet, so that the number is still its own.
pub(super) fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It fails where the process has ended, or runs as another user by now.
        kill_process(pid, signal).unwrap_or_default();
    }
}

/// Says whether a key pressed on the terminal reaches this process group, and with it the program.
fn in_foreground() -> bool {
    File::open("/dev/tty")
        .ok()
        .and_then(|terminal| tcgetpgrp(terminal).ok())
        == Some(getpgrp())
}
