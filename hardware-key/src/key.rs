//! What every kind of hardware key can do, whatever it speaks: say who it is, show that it is still
//! there, prove it over a challenge.

use std::{fmt, io, time::Duration};

use octroi_licence::{DongleProof, HardwareChallenge, HardwareKeyKind, KeySerial, PublicKey};

use crate::protocol::{AnswerFault, Command, Status};

/// Who a key says that it is. Nothing but a proof that verifies under the public key in the licence
/// shows that it is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyIdentity {
    /// Which protocol it speaks.
    pub kind: HardwareKeyKind,
    /// Its serial number.
    pub serial: KeySerial,
    /// Its public key.
    pub public_key: PublicKey,
}

/// A key's answer to a challenge. Each kind has its own; `octroi-licence` verifies it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HardwareProof {
    /// A dongle's.
    Dongle(DongleProof),
}

/// How long a sound key takes at most to say who it is, with room for a busy machine.
pub const PRESENCE_WITHIN: Duration = Duration::from_secs(1);
/// How long a sound key takes at most for a proof, with room for a busy machine.
pub const PROOF_WITHIN: Duration = Duration::from_secs(3);

/// A key that is plugged in, or was when it was found. Calls block, each no longer than `within`.
pub trait HardwareKey: Send + fmt::Debug {
    /// Who answered when the key was found.
    fn identity(&self) -> KeyIdentity;

    /// Asks the key who it is, which costs it nothing, and returns the number of signatures that it
    /// has made.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Replaced`] where another key answers now.
    fn check_presence(&mut self, within: Duration) -> Result<u64, KeyError>;

    /// Has the key sign `challenge`. The answer is not verified: the caller does so under the key in
    /// the licence.
    ///
    /// A key that is busy is asked again until half of the time is over. After any other error the signature
    /// may have been made and counted although it did not arrive: the caller must have recorded its
    /// intent before.
    ///
    /// # Errors
    /// [`KeyError`].
    fn prove(
        &mut self,
        challenge: &HardwareChallenge,
        within: Duration,
    ) -> Result<HardwareProof, KeyError>;
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
        command: Command,
        /// How long was waited.
        within: Duration,
    },
    /// It answered in a way that the protocol does not know: a fault of its firmware, or another
    /// device.
    #[error("the hardware key's answer to {command} makes no sense")]
    Malformed {
        /// What it was asked.
        command: Command,
        /// What is wrong with the answer.
        #[source]
        fault: AnswerFault,
    },
    /// It refused.
    #[error("the hardware key refused {command}: {status}")]
    Refused {
        /// What it was asked.
        command: Command,
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
            | Self::Randomness(_) => true,
            Self::Absent | Self::Malformed { .. } | Self::Replaced { .. } | Self::Io(_) => false,
        }
    }
}
