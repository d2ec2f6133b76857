//! One report and the way that reports travel. A transport knows nothing of what they say.

use std::{fmt, io, os::fd::BorrowedFd, time::Duration};

/// Bytes of a report, in both directions.
pub const REPORT_BYTES: usize = 64;

/// One HID report without its number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Report([u8; REPORT_BYTES]);

impl Report {
    /// Takes the bytes as they stand.
    pub const fn from_bytes(bytes: [u8; REPORT_BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; REPORT_BYTES] {
        &self.0
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Carries reports to a key and back. After an error other than [`TransportError::Timeout`] it must
/// be dropped: a key that comes back is another handle.
pub trait ReportTransport: Send + fmt::Debug {
    /// Sends one report.
    ///
    /// # Errors
    /// [`TransportError::Gone`] where the key was taken out; otherwise what the system said.
    fn write(&mut self, report: &Report) -> Result<(), TransportError>;

    /// The next report that arrives within `within`, whoever it is meant for.
    ///
    /// # Errors
    /// [`TransportError::Timeout`] where none arrives; otherwise as for [`Self::write`].
    fn read(&mut self, within: Duration) -> Result<Report, TransportError>;

    /// Drops the reports that have arrived and were not read, before a new request: answers to other
    /// programs on the same key, and late ones. A system that keeps only so many of them would lose the
    /// answer that is to come. Nothing is to be done where none is ever lost.
    ///
    /// # Errors
    /// As for [`Self::write`].
    fn discard_unread(&mut self) -> Result<(), TransportError> {
        Ok(())
    }

    /// What hangs up when the key is gone, where the system has something that does.
    fn hangup(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

/// Why a report did not travel.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No report arrived, or left, in time.
    #[error("no report was carried in time")]
    Timeout,
    /// The key was taken out, or its emulator ended.
    #[error("the key is gone")]
    Gone,
    /// The system refused.
    #[error("a report could not be carried")]
    Io(#[source] io::Error),
}

/// What the system said, with the codes that mean an unplugged device told apart.
#[cfg(any(feature = "hidapi", feature = "emulator"))]
pub(crate) fn classify(error: io::Error) -> TransportError {
    use io::ErrorKind::{
        BrokenPipe, ConnectionReset, Interrupted, NotConnected, NotFound, TimedOut, UnexpectedEof,
        WouldBlock,
    };
    /// A USB transfer failed half-way, as it does while a key is being pulled out.
    const EIO: i32 = 5;
    /// The node is still open, the device behind it is not there.
    const ENODEV: i32 = 19;
    /// The USB device was shut down.
    const ESHUTDOWN: i32 = 108;
    match (error.raw_os_error(), error.kind()) {
        (Some(EIO | ENODEV | ESHUTDOWN), _)
        | (_, BrokenPipe | ConnectionReset | NotConnected | NotFound | UnexpectedEof) => {
            TransportError::Gone
        }
        (_, Interrupted | TimedOut | WouldBlock) => TransportError::Timeout,
        (_, _) => TransportError::Io(error),
    }
}
