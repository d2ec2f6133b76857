//! What is said to a hardware key, and how the words reach it. Here live the trait that every kind
//! of key answers to, the dongle's report protocol (`PROTOCOL.md` says it for firmware authors), CTAP2
//! for FIDO2 security keys, the way to USB keys (feature `hidapi`) and the simulated key (feature `emulator`). Whether a key may
//! speak for a licence, whether its counter is plausible and what its absence costs must never be
//! decided here: that is the licence's and the engine's.
//!
//! Everything here blocks, each call no longer than the time that it is given, and is meant for a
//! thread of its own.

pub mod ctap;
mod discovery;
mod dongle;
#[cfg(feature = "emulator")]
pub mod emulator;
mod enrolment;
#[cfg(feature = "enrolment")]
mod evidence;
#[cfg(feature = "hidapi")]
pub mod hid;
mod key;
pub mod protocol;
mod report;
mod security_key;

pub use discovery::{Discovery, FoundKey, KeySource, SourceError, discover};
pub use dongle::Dongle;
pub use enrolment::{Enrolment, EnrolmentError, TOUCH_WITHIN, TRIALS, Trial, enrol, try_out};
#[cfg(feature = "enrolment")]
pub use evidence::{assertion_evidence, credential_evidence};
pub use key::{
    Enrolled, HardwareKey, KeyDescription, KeyError, Made, PRESENCE_WITHIN, PROOF_WITHIN,
};
pub use report::{REPORT_BYTES, Report, ReportTransport, TransportError};
pub use security_key::SecurityKey;
