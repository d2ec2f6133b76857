//! Which keys are there. Nothing is remembered between two looks: device paths change when a key is
//! plugged in again, so a key is opened and asked who it is in the same step.

use std::{fmt, io, path::PathBuf, time::Duration};

use crate::{HardwareKey, KeyError};

/// A place where keys may be.
pub trait KeySource: Send + fmt::Debug {
    /// Opens every key that is there now, giving each `within` to say who it is. A place with no key
    /// gives an empty list.
    fn look(&mut self, within: Duration) -> Vec<Result<FoundKey, SourceError>>;
}

/// A key that answered.
#[derive(Debug)]
pub struct FoundKey {
    /// Where it was found, for people only: a path names another key tomorrow.
    pub place: String,
    /// It is simulated, and counts only for a licence that accepts an emulator. Only what came in
    /// through an emulator's socket is known to be: root can put a simulated USB device before the
    /// kernel.
    pub emulated: bool,
    /// The key, open.
    pub key: Box<dyn HardwareKey>,
}

/// What a look at all places gave.
#[derive(Debug, Default)]
pub struct Discovery {
    /// Keys that answered.
    pub keys: Vec<FoundKey>,
    /// What stands between the daemon and keys that did not.
    pub problems: Vec<SourceError>,
}

/// Looks everywhere.
pub fn discover(sources: &mut [Box<dyn KeySource>], within: Duration) -> Discovery {
    let mut discovery = Discovery::default();
    for found in sources.iter_mut().flat_map(|source| source.look(within)) {
        match found {
            Ok(key) => discovery.keys.push(key),
            Err(problem) => discovery.problems.push(problem),
        }
    }
    discovery
}

/// Why a key that seems to be there could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The list of devices could not be read.
    #[error("the list of HID devices could not be read: {reason}")]
    List {
        /// What the library said.
        reason: String,
    },
    /// The system does not let this user open it.
    #[error("permission denied on hardware key {place}; {remedy}")]
    PermissionDenied {
        /// Which.
        place: PathBuf,
        /// What to do.
        remedy: &'static str,
    },
    /// It could not be opened.
    #[error("hardware key {place} could not be opened")]
    Open {
        /// Which.
        place: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// It was opened and did not say who it is.
    #[error("hardware key {place} did not say who it is")]
    Silent {
        /// Which.
        place: PathBuf,
        /// Why.
        #[source]
        error: KeyError,
    },
}
