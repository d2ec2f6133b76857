//! Keys on this machine's USB ports, through the kernel's hidraw nodes. Vendor and product numbers
//! are not looked at: what counts is the usage page, then what the device answers. Enumerating reads
//! much of sysfs: it is for when [`HidrawWatch`] reports a change, with a slow poll beside it, never
//! for a loop.

mod watch;

use std::{
    ffi::OsStr,
    fmt, io,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use hidapi::{DeviceInfo, HidApi, HidDevice, HidError, MAX_REPORT_DESCRIPTOR_SIZE};

pub use self::watch::HidrawWatch;
use crate::{
    Dongle, FoundKey, HardwareKey, KeyError, KeySource, REPORT_BYTES, Report, ReportTransport,
    SecurityKey, SourceError, TransportError,
    ctap::{FIDO_USAGE, FIDO_USAGE_PAGE},
    key::boxed,
    protocol::{REPORT_DESCRIPTOR, USAGE, USAGE_PAGE},
    report::classify,
};

/// Reports that the kernel keeps for a handle that does not read them; what comes after them is lost
/// (`HIDRAW_BUFFER_SIZE`).
const UNREAD_MAX: usize = 64;

const UDEV_REMEDY: &str = "install the udev rule `70-octroi-key.rules`, which lets the group \
                           `octroi` use it, and plug the key in again";

/// The dongles and security keys on this machine's USB ports.
#[derive(Debug, Default)]
pub struct HidSource;

impl KeySource for HidSource {
    fn look(&mut self, within: Duration) -> Vec<Result<FoundKey, SourceError>> {
        let api = match HidApi::new() {
            Ok(api) => api,
            Err(error) => {
                return vec![Err(SourceError::List {
                    reason: error.to_string(),
                })];
            }
        };
        api.device_list()
            .filter_map(|device| Some((device, Protocol::of(device)?)))
            .map(|(device, protocol)| open(&api, device, protocol, within))
            .collect()
    }
}

/// What a device speaks, by its usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Dongle,
    Ctap,
}

impl Protocol {
    fn of(device: &DeviceInfo) -> Option<Self> {
        match (device.usage_page(), device.usage()) {
            (USAGE_PAGE, USAGE) => Some(Self::Dongle),
            (FIDO_USAGE_PAGE, FIDO_USAGE) => Some(Self::Ctap),
            _ => None,
        }
    }

    /// Whether a report descriptor is one of the protocol. A dongle's is fixed; of a security key
    /// only the beginning is (usage page, usage).
    fn describes(self, descriptor: &[u8]) -> bool {
        match self {
            Self::Dongle => descriptor == REPORT_DESCRIPTOR.as_slice(),
            Self::Ctap => descriptor.starts_with(&[0x06, 0xd0, 0xf1, 0x09, 0x01]),
        }
    }
}

fn open(
    api: &HidApi,
    device: &DeviceInfo,
    protocol: Protocol,
    within: Duration,
) -> Result<FoundKey, SourceError> {
    let place = Path::new(OsStr::from_bytes(device.path().to_bytes())).to_path_buf();
    let transport = match api.open_path(device.path()) {
        Ok(device) => HidTransport { device },
        Err(error) => return Err(why_closed(place, &error)),
    };
    if !transport.speaks(protocol) {
        // The node changed hands between the list and the opening.
        return Err(SourceError::Open {
            place,
            error: io::Error::other("another device stands there now"),
        });
    }
    let shown = place.display().to_string();
    let key: Result<Box<dyn HardwareKey>, KeyError> = match protocol {
        Protocol::Dongle => Dongle::open(transport, within).map(boxed),
        Protocol::Ctap => SecurityKey::open(transport, within).map(boxed),
    };
    match key {
        Ok(key) => Ok(FoundKey {
            place: shown,
            emulated: false,
            key,
        }),
        Err(error) => Err(SourceError::Silent { place, error }),
    }
}

/// The library says why it could not open a node only as text; opening the node says it as a code.
fn why_closed(place: PathBuf, error: &HidError) -> SourceError {
    let tried = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&place);
    match tried {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            SourceError::PermissionDenied {
                place,
                remedy: UDEV_REMEDY,
            }
        }
        Err(error) => SourceError::Open { place, error },
        Ok(_) => SourceError::Open {
            place,
            error: io::Error::other(error.to_string()),
        },
    }
}

struct HidTransport {
    device: HidDevice,
}

impl fmt::Debug for HidTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HidTransport").finish_non_exhaustive()
    }
}

impl HidTransport {
    /// Whether the opened node is the one that was listed. Nothing is sent to a device before this
    /// is known.
    fn speaks(&self, protocol: Protocol) -> bool {
        let mut found = [0; MAX_REPORT_DESCRIPTOR_SIZE];
        let length = self.device.get_report_descriptor(&mut found).unwrap_or(0);
        found
            .get(..length)
            .is_some_and(|descriptor| protocol.describes(descriptor))
    }
}

impl ReportTransport for HidTransport {
    /// The kernel bounds a write: it gives up on a device that takes nothing after five seconds.
    fn write(&mut self, report: &Report) -> Result<(), TransportError> {
        let mut numbered = [0; REPORT_BYTES + 1]; // report number 0: the device numbers none
        for (to, from) in numbered.iter_mut().skip(1).zip(report.as_bytes()) {
            *to = *from;
        }
        let sent = self.device.write(&numbered).map_err(failed)?;
        if sent != numbered.len() {
            return Err(TransportError::Io(io::Error::other(format!(
                "{sent} of {} bytes were taken",
                numbered.len()
            ))));
        }
        Ok(())
    }

    fn discard_unread(&mut self) -> Result<(), TransportError> {
        let mut bytes = [0; REPORT_BYTES];
        for _ in 0..UNREAD_MAX {
            if self.device.read_timeout(&mut bytes, 0).map_err(failed)? == 0 {
                break;
            }
        }
        Ok(())
    }

    fn read(&mut self, within: Duration) -> Result<Report, TransportError> {
        let wait_ms = i32::try_from(within.as_millis().max(1)).unwrap_or(i32::MAX);
        let mut bytes = [0; REPORT_BYTES];
        match self.device.read_timeout(&mut bytes, wait_ms) {
            Ok(0) => Err(TransportError::Timeout),
            Ok(REPORT_BYTES) => Ok(Report::from_bytes(bytes)),
            Ok(other) => Err(TransportError::Io(io::Error::other(format!(
                "a report of {other} bytes came"
            )))),
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: HidError) -> TransportError {
    match error {
        HidError::IoError { error } => classify(error),
        // On hidraw the library says this of nothing but a node whose device was unplugged.
        HidError::HidApiError { .. } => TransportError::Gone,
        other @ (HidError::HidApiErrorEmpty
        | HidError::FromWideCharError { .. }
        | HidError::InitializationError
        | HidError::InvalidZeroSizeData
        | HidError::IncompleteSendError { .. }
        | HidError::SetBlockingModeError { .. }
        | HidError::OpenHidDeviceWithDeviceInfoError { .. }) => {
            TransportError::Io(io::Error::other(other.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_for_keys_succeeds_on_a_machine_without_any() {
        let found = HidSource.look(Duration::from_millis(200));
        // A machine that has a dongle may run the tests too; then it must answer.
        for key in found {
            let key = key.expect("a dongle that is plugged in answers");
            assert!(!key.emulated);
        }
    }

    #[test]
    fn a_pulled_key_is_told_from_a_refusing_system() {
        let gone = failed(HidError::IoError {
            error: io::Error::from_raw_os_error(19),
        });
        assert!(matches!(gone, TransportError::Gone), "{gone:?}");
        let refused = failed(HidError::IoError {
            error: io::Error::from_raw_os_error(13),
        });
        assert!(matches!(refused, TransportError::Io(_)), "{refused:?}");
    }

    #[test]
    fn an_interrupted_wait_reads_as_no_report() {
        let interrupted = failed(HidError::IoError {
            error: io::Error::from_raw_os_error(4),
        });
        assert!(matches!(interrupted, TransportError::Timeout));
    }

    #[test]
    fn a_node_that_is_not_there_says_so() {
        let place = PathBuf::from("/dev/hidraw-none");
        let error = why_closed(place, &HidError::HidApiErrorEmpty);
        assert!(
            matches!(&error, SourceError::Open { error, .. } if error.kind() == io::ErrorKind::NotFound),
            "{error:?}"
        );
    }
}
