//! The host's way to an emulated key: the same 64-byte reports over its Unix socket.

use std::{
    io::{self, Read as _, Write as _},
    os::{
        fd::{AsFd as _, BorrowedFd},
        unix::net::UnixStream,
    },
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use crate::{
    Dongle, FoundKey, HardwareKey, KeyError, KeySource, REPORT_BYTES, Report, ReportTransport,
    SecurityKey, SourceError, TransportError,
    ctap::{BROADCAST, HidCommand, frames},
    key::boxed,
    protocol::MAGIC,
    report::classify,
};

/// How long an emulator may leave a report unread.
const WRITE_TIMEOUT: Duration = Duration::from_secs(1);

/// The emulated key behind a socket; while nobody serves it, no key is there.
#[derive(Debug)]
pub struct EmulatorSource {
    socket: PathBuf,
}

impl EmulatorSource {
    /// Looks at `socket`, where `octroi-key-emulator run` may serve.
    pub fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    fn open(&self, within: Duration) -> Result<Option<FoundKey>, SourceError> {
        let place = || self.socket.clone();
        let transport = match SocketTransport::connect(&self.socket) {
            Ok(transport) => transport,
            Err(error) if nobody_serves(&error) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(SourceError::PermissionDenied {
                    place: place(),
                    remedy: "run the emulator as the daemon's user",
                });
            }
            Err(error) => {
                return Err(SourceError::Open {
                    place: place(),
                    error,
                });
            }
        };
        match open_either(transport, within) {
            Ok(key) => Ok(Some(FoundKey {
                place: self.socket.display().to_string(),
                emulated: true,
                key,
            })),
            Err(error) => Err(SourceError::Silent {
                place: place(),
                error,
            }),
        }
    }
}

/// A socket has no report descriptor: which protocol is spoken shows by who answers, since neither
/// kind of key answers the other's request.
fn open_either(
    mut transport: SocketTransport,
    within: Duration,
) -> Result<Box<dyn HardwareKey>, KeyError> {
    let failed = |error| match error {
        TransportError::Timeout => KeyError::Timeout {
            command: "INFO and CTAPHID_INIT",
            within,
        },
        TransportError::Gone => KeyError::Absent,
        TransportError::Io(error) => KeyError::Io(error),
    };
    // Of a version that nobody speaks: a dongle says so, and it counts as no request.
    let mut dongle = [0; REPORT_BYTES];
    for (to, from) in dongle.iter_mut().zip(MAGIC.iter().chain(&[0xff])) {
        *to = *from;
    }
    let dongle = Report::from_bytes(dongle);
    let security_key = frames(BROADCAST, HidCommand::Init, &[0; 8]).unwrap_or_default();
    for report in security_key.iter().chain([&dongle]) {
        transport.write(report).map_err(failed)?;
    }
    let deadline = Instant::now() + within;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(failed(TransportError::Timeout));
        }
        let answer = transport.read(left).map_err(failed)?;
        if answer.as_bytes().starts_with(&BROADCAST.0.to_be_bytes()) {
            return SecurityKey::open(transport, left).map(boxed);
        }
        if answer.as_bytes().starts_with(&MAGIC) {
            return Dongle::open(transport, left).map(boxed);
        }
    }
}

fn nobody_serves(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
    )
}

impl KeySource for EmulatorSource {
    fn look(&mut self, within: Duration) -> Vec<Result<FoundKey, SourceError>> {
        self.open(within).transpose().into_iter().collect()
    }
}

#[derive(Debug)]
struct SocketTransport {
    stream: UnixStream,
    /// What has arrived of the next report. It outlives a time-out, so that the stream keeps step.
    partial: [u8; REPORT_BYTES],
    arrived: usize,
}

impl SocketTransport {
    /// Connects without waiting: an emulator that was stopped takes no connection, and the queue of
    /// those that wait for it may be full.
    fn connect(socket: &Path) -> io::Result<Self> {
        let fd = socket_with(
            AddressFamily::UNIX,
            SocketType::STREAM,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            None,
        )?;
        connect(&fd, &SocketAddrUnix::new(socket)?)?;
        let stream = UnixStream::from(fd);
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
        Ok(Self {
            stream,
            partial: [0; REPORT_BYTES],
            arrived: 0,
        })
    }
}

impl ReportTransport for SocketTransport {
    fn write(&mut self, report: &Report) -> Result<(), TransportError> {
        self.stream.write_all(report.as_bytes()).map_err(|error| {
            // Half a report may have left: the stream cannot be used further.
            match classify(error) {
                TransportError::Timeout | TransportError::Gone => TransportError::Gone,
                TransportError::Io(error) => TransportError::Io(error),
            }
        })
    }

    fn read(&mut self, within: Duration) -> Result<Report, TransportError> {
        let deadline = Instant::now() + within;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            self.stream
                .set_read_timeout(Some(left.max(Duration::from_millis(1))))
                .map_err(classify)?;
            let rest = self.partial.get_mut(self.arrived..).unwrap_or_default();
            match self.stream.read(rest) {
                Ok(0) => return Err(TransportError::Gone),
                Ok(more) => self.arrived += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(classify(error)),
            }
            if self.arrived == REPORT_BYTES {
                self.arrived = 0;
                return Ok(Report::from_bytes(self.partial));
            }
            if deadline <= Instant::now() {
                return Err(TransportError::Timeout);
            }
        }
    }

    fn hangup(&self) -> Option<BorrowedFd<'_>> {
        Some(self.stream.as_fd())
    }
}
