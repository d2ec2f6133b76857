//! What every kind of hardware key can do, whatever it speaks: say who it is, show that it is still
//! there, prove it over a challenge.

use std::{fmt, io, os::fd::BorrowedFd, time::Duration};

use octroi_licence::{
    HardwareChallenge, HardwareKey as EnrolledKey, HardwareKeyKind, HardwareProof, KeySerial,
};

use crate::{
    ctap::{Attestation, CtapFault, CtapStatus, HidError},
    protocol::{AnswerFault, Status},
};

/// What a key says of itself, for people. Nothing but a proof that verifies under the licence shows
/// that it is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyDescription {
    /// Which protocol it speaks.
    pub kind: HardwareKeyKind,
    /// A dongle's serial number.
    pub serial: Option<KeySerial>,
    /// A FIDO2 key's model (its AAGUID).
    pub model: Option<[u8; 16]>,
}

/// How long a sound key takes at most to say who it is, with room for a busy machine.
pub const PRESENCE_WITHIN: Duration = Duration::from_secs(1);
/// How long a sound key takes at most for a proof, with room for a busy machine.
pub const PROOF_WITHIN: Duration = Duration::from_secs(3);

/// A key that is plugged in, or was when it was found. Calls block, each no longer than `within`.
pub trait HardwareKey: Send + fmt::Debug {
    /// What answered when the key was found.
    fn description(&self) -> KeyDescription;

    /// Whether it may be the key that a licence names: asking any other for a proof would cost a
    /// signature, and a number, in vain.
    fn may_be(&self, enrolled: &EnrolledKey) -> bool;

    /// What hangs up when the key is gone, to be polled for that alone; `None` where nothing but a
    /// question, or the folder of device nodes, tells.
    fn hangup(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Asks the key whether it is there, which costs it nothing, and returns the number of
    /// signatures that it has made where its kind says it.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Replaced`] where another key answers now.
    fn check_presence(&mut self, within: Duration) -> Result<Option<u64>, KeyError>;

    /// Has the key sign `challenge` as the key that a licence names. The answer is not verified: the caller does so under the key in
    /// the licence.
    ///
    /// A key that is busy is asked again until half of the time is over. After any other error the signature
    /// may have been made and counted although it did not arrive: the caller must have recorded its
    /// intent before.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::NotEnrolled`] where it is another key.
    fn prove(
        &mut self,
        enrolled: &EnrolledKey,
        challenge: &HardwareChallenge,
        within: Duration,
    ) -> Result<HardwareProof, KeyError>;

    /// What a licence will name: a dongle's serial number and public key, or a new credential of a
    /// FIDO2 key, for which its user must touch it within `within`, and give its PIN where it has
    /// one.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::PinWanted`] where no PIN was given to a key that wants it.
    fn enrol(&mut self, pin: Option<&str>, within: Duration) -> Result<Enrolled, KeyError>;
}

/// A key that a licence can name from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// What the licence will name.
    pub key: EnrolledKey,
    /// What a FIDO2 key said when it made the credential.
    pub made: Option<Made>,
}

/// The making of a credential, for those who want to check who made the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The hash that the key was given, over which it made its statement.
    pub client_data_hash: [u8; 32],
    /// The statement.
    pub attestation: Attestation,
}

/// A key whose kind no longer matters.
#[cfg(any(feature = "hidapi", feature = "emulator"))]
pub(crate) fn boxed(key: impl HardwareKey + 'static) -> Box<dyn HardwareKey> {
    Box::new(key)
}

/// Why a key did not answer as it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It is not there: taken out, or its emulator ended. To be looked for again.
    #[error("the hardware key is not there; plug it in again")]
    Absent,
    /// Somebody else was using it each time that it was asked.
    #[error("the hardware key was busy with another program for {} ms", within.as_millis() / 2)]
    Busy {
        /// The time given, of which half went by.
        within: Duration,
    },
    /// It is there and does not answer.
    #[error("the hardware key did not answer {command} within {} ms", within.as_millis())]
    Timeout {
        /// What it was asked.
        command: &'static str,
        /// How long was waited.
        within: Duration,
    },
    /// It answered in a way that the protocol does not know: a fault of its firmware, or another
    /// device.
    #[error("the hardware key's answer to {command} makes no sense")]
    Malformed {
        /// What it was asked.
        command: &'static str,
        /// What is wrong with the answer.
        #[source]
        fault: AnswerFault,
    },
    /// It refused.
    #[error("the hardware key refused {command}: {status}")]
    Refused {
        /// What it was asked.
        command: &'static str,
        /// Its reason.
        status: Status,
    },
    /// Another key answers on the same handle.
    #[error("key {found} answers in the place of key {expected}")]
    Replaced {
        /// Who was found there first.
        expected: KeySerial,
        /// Who answers now.
        found: KeySerial,
    },
    /// It speaks CTAP2 and its answer makes no sense.
    #[error("the security key's answer to {command} makes no sense")]
    MalformedCtap {
        /// What it was asked.
        command: &'static str,
        /// What is wrong with the answer.
        #[source]
        fault: CtapFault,
    },
    /// It speaks CTAP2 and refused.
    #[error("the security key refused {command}: {status}")]
    RefusedCtap {
        /// What it was asked.
        command: &'static str,
        /// Its reason.
        status: CtapStatus,
    },
    /// It could not take the message.
    #[error("the security key did not take {command}: {error}")]
    Hid {
        /// What it was asked.
        command: &'static str,
        /// Its reason.
        error: HidError,
    },
    /// It is another key than the licence names.
    #[error("it is not the key that the licence names")]
    NotEnrolled,
    /// It wants a touch or a PIN for what must go without: it cannot serve a licence.
    #[error(
        "the security key wants a touch or its PIN for a silent proof; it cannot serve a licence"
    )]
    WantsUser,
    /// It has a PIN, which must be given to make a credential.
    #[error("the security key wants its PIN to be enrolled")]
    PinWanted,
    /// It knows no way to prove a PIN that is known here.
    #[error("the security key has a PIN and knows neither PIN protocol 1 nor 2")]
    PinProtocolUnknown,
    /// No random number for a transaction could be had.
    #[error("the system gave no random number")]
    Randomness(#[source] getrandom::Error),
    /// The system refused to carry a report.
    #[error("the hardware key could not be spoken to")]
    Io(#[source] io::Error),
}

impl KeyError {
    /// Whether the key may be asked again on the same handle. Otherwise it must be dropped and
    /// looked for again.
    pub fn leaves_key_usable(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::Timeout { .. }
            | Self::Refused { .. }
            | Self::RefusedCtap { .. }
            | Self::Hid { .. }
            | Self::NotEnrolled
            | Self::WantsUser
            | Self::PinWanted
            | Self::PinProtocolUnknown
            | Self::Randomness(_) => true,
            Self::Absent
            | Self::Malformed { .. }
            | Self::MalformedCtap { .. }
            | Self::Replaced { .. }
            | Self::Io(_) => false,
        }
    }
}
