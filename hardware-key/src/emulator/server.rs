//! The emulator's port: a Unix socket over which 64-byte reports go back and forth, with nothing
//! between them. Each connection is answered in its own thread; the key, and so its counter, is one.

use std::{
    convert::Infallible,
    fs,
    io::{self, Read as _, Write as _},
    os::unix::{
        fs::FileTypeExt as _,
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use super::fault::{Fault, FaultSwitch};
use crate::{REPORT_BYTES, Report};

/// What a report is to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It begins a request.
    Begins {
        /// What the key would answer if somebody else used it.
        if_busy: Vec<Report>,
    },
    /// It goes on with one.
    GoesOn,
    /// Anything else, which is answered soundly whatever the fault.
    Else,
}

/// A simulated key without its port.
pub trait Simulated: Send {
    /// The reports that answer one report; none where it is not of the protocol, or where the
    /// request goes on.
    fn handle(&mut self, report: &Report) -> Vec<Report>;
    /// What a report is to it.
    fn asked(&self, report: &Report) -> Asked;
    /// One of its answers made senseless.
    fn garble(&self, report: Report) -> Report;
}

/// Connections answered at one time; a further one is closed at once.
const CONNECTIONS_MAX: usize = 16;
/// How long a client may leave its answer unread before it is dropped.
const WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// Why the emulator could not serve.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Somebody answers there already.
    #[error("another emulator serves {path}")]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// Something else stands there; it is not removed.
    #[error("{path} is there and is no socket")]
    NotASocket {
        /// Which.
        path: PathBuf,
    },
    /// The system refused.
    #[error("the socket {path} could not be served")]
    Io {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

/// Serves `device` until the process ends. A socket that a killed emulator left behind is replaced.
/// `ready` is called once, when clients can connect.
///
/// # Errors
/// [`ServeError`].
pub fn serve<D: Simulated + 'static>(
    device: D,
    socket: &Path,
    faults: &FaultSwitch,
    ready: impl FnOnce(),
) -> Result<Infallible, ServeError> {
    let io = |error| ServeError::Io {
        path: socket.to_path_buf(),
        error,
    };
    clear(socket)?;
    let listener = UnixListener::bind(socket).map_err(io)?;
    let port = Arc::new(Mutex::new(Port {
        device,
        faults: faults.clone(),
        met: None,
        connections: 0,
    }));
    ready();
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted
                ) =>
            {
                continue;
            }
            Err(error) => return Err(io(error)),
        };
        if let Some(guest) = Guest::admit(&port) {
            thread::Builder::new()
                .spawn(move || guest.attend(stream))
                .map_err(io)?;
        }
    }
}

/// Removes a socket that nobody serves any more.
fn clear(socket: &Path) -> Result<(), ServeError> {
    let io = |error| ServeError::Io {
        path: socket.to_path_buf(),
        error,
    };
    let found = match fs::symlink_metadata(socket) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
    };
    if !found.file_type().is_socket() {
        return Err(ServeError::NotASocket {
            path: socket.to_path_buf(),
        });
    }
    if UnixStream::connect(socket).is_ok() {
        return Err(ServeError::InUse {
            path: socket.to_path_buf(),
        });
    }
    fs::remove_file(socket).map_err(io)
}

/// The key and what is wrong with it.
struct Port<D> {
    device: D,
    faults: FaultSwitch,
    /// The fault that the request meets which is arriving.
    met: Option<Fault>,
    connections: usize,
}

/// What goes back, and after how long.
struct Reaction {
    reports: Vec<Report>,
    delay: Duration,
}

impl<D: Simulated> Port<D> {
    fn react(&mut self, report: &Report) -> Reaction {
        let asked = self.device.asked(report);
        let if_busy = match asked {
            Asked::Begins { if_busy } => {
                self.met = self.faults.meet();
                Some(if_busy)
            }
            Asked::GoesOn => Some(Vec::new()),
            Asked::Else => None,
        };
        let at_once = |reports| Reaction {
            reports,
            delay: Duration::ZERO,
        };
        match self.met.zip(if_busy) {
            None => at_once(self.device.handle(report)),
            Some((Fault::Busy(_), busy)) => at_once(busy),
            Some((Fault::Silent, _)) => {
                self.device.handle(report);
                at_once(Vec::new())
            }
            Some((Fault::Slow(delay), _)) => {
                let reports = self.device.handle(report);
                // A request of several reports is answered late once.
                let delay = if reports.is_empty() {
                    Duration::ZERO
                } else {
                    delay
                };
                Reaction { reports, delay }
            }
            Some((Fault::Garbage, _)) => {
                let noise = Report::from_bytes([0xa5; REPORT_BYTES]);
                let answer = self.device.handle(report).into_iter();
                let nonsense = answer.map(|report| self.device.garble(report));
                at_once([noise].into_iter().chain(nonsense).collect())
            }
        }
    }
}

/// One connection's right to be served.
struct Guest<D> {
    port: Arc<Mutex<Port<D>>>,
}

impl<D: Simulated> Guest<D> {
    fn admit(port: &Arc<Mutex<Port<D>>>) -> Option<Self> {
        let mut open = port.lock().unwrap_or_else(PoisonError::into_inner);
        if open.connections >= CONNECTIONS_MAX {
            return None;
        }
        open.connections += 1;
        Some(Self {
            port: Arc::clone(port),
        })
    }

    /// Answers reports until the client goes away; that it went is no fault.
    fn attend(self, mut stream: UnixStream) {
        if stream.set_write_timeout(Some(WRITE_TIMEOUT)).is_err() {
            return;
        }
        let mut bytes = [0; REPORT_BYTES];
        while stream.read_exact(&mut bytes).is_ok() {
            let reaction = self
                .port
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .react(&Report::from_bytes(bytes));
            thread::sleep(reaction.delay);
            for report in reaction.reports {
                if stream.write_all(report.as_bytes()).is_err() {
                    return;
                }
            }
        }
    }
}

impl<D> Drop for Guest<D> {
    fn drop(&mut self) {
        let mut open = self.port.lock().unwrap_or_else(PoisonError::into_inner);
        open.connections = open.connections.saturating_sub(1);
    }
}
