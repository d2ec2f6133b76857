//! Enrolment by the vendor: what an order says of a key, and the proof that the key can serve a
//! licence, which must come before it is given away.

use std::time::Duration;

use octroi_licence::{
    HardwareChallenge, HardwareKey as EnrolledKey, HardwareKeyKind, HardwareProof,
    HardwareProofError, verify_hardware_proof,
};

use crate::{Enrolled, HardwareKey, KeyError, PROOF_WITHIN};

/// Silent proofs that a key must give, its counter rising each time.
pub const TRIALS: u32 = 3;
/// How long a vendor's hand may take to touch a key.
pub const TOUCH_WITHIN: Duration = Duration::from_secs(40);

/// Why a key cannot be enrolled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnrolmentError {
    /// The key did not make a credential, or did not say who it is.
    #[error("the key could not be enrolled")]
    Enrol(#[source] KeyError),
    /// It gives no silent proofs.
    #[error("the key gave no proof without its user, trial {trial} of {TRIALS}; take another key")]
    NoProof {
        /// Which trial, from 1.
        trial: u32,
        /// Why.
        #[source]
        error: KeyError,
    },
    /// Its proof does not verify.
    #[error("the key's proof is wrong, trial {trial} of {TRIALS}; take another key")]
    WrongProof {
        /// Which trial, from 1.
        trial: u32,
        /// Why.
        #[source]
        error: HardwareProofError,
    },
    /// Its counter does not rise, so that a copy of it could not be told.
    #[error(
        "the key's counter went from {before} to {after}; one that does not rise cannot tell a copy: \
         take another key"
    )]
    Counter {
        /// The number of one proof.
        before: u64,
        /// The number of the next.
        after: u64,
    },
}

/// A key that was enrolled and tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The key; what it is goes into an order.
    pub enrolled: Enrolled,
    /// Its silent proofs, which have been verified.
    pub trials: Vec<Trial>,
}

/// A silent proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What the key was asked to sign.
    pub challenge: HardwareChallenge,
    /// What it answered.
    pub proof: HardwareProof,
}

/// Has a key make its credential (a FIDO2 key, which asks for a touch) or say who it is (a dongle),
/// then tries it.
///
/// # Errors
/// [`EnrolmentError`].
pub fn enrol(key: &mut dyn HardwareKey, pin: Option<&str>) -> Result<Enrolment, EnrolmentError> {
    let enrolled = key
        .enrol(pin, TOUCH_WITHIN)
        .map_err(EnrolmentError::Enrol)?;
    let trials = try_out(key, &enrolled.key)?;
    Ok(Enrolment { enrolled, trials })
}

/// Takes [`TRIALS`] silent proofs of a key that was enrolled, and compares their counters.
///
/// # Errors
/// [`EnrolmentError`].
pub fn try_out(
    key: &mut dyn HardwareKey,
    enrolled: &EnrolledKey,
) -> Result<Vec<Trial>, EnrolmentError> {
    let mut trials = Vec::new();
    let mut before = None;
    for trial in 1..=TRIALS {
        let error = |error| EnrolmentError::NoProof { trial, error };
        let mut nonce = [0; 32];
        getrandom::fill(&mut nonce).map_err(|entropy| error(KeyError::Randomness(entropy)))?;
        let challenge = HardwareChallenge::for_enrolment(&nonce);
        let proof = key
            .prove(enrolled, &challenge, PROOF_WITHIN)
            .map_err(error)?;
        let after = verify_hardware_proof(enrolled, &challenge, &proof)
            .map_err(|error| EnrolmentError::WrongProof { trial, error })?;
        if let Some(before) = before {
            let rises = match enrolled.kind() {
                HardwareKeyKind::Dongle => after == before + 1,
                _ => after > before,
            };
            if !rises {
                return Err(EnrolmentError::Counter { before, after });
            }
        }
        before = Some(after);
        trials.push(Trial { challenge, proof });
    }
    Ok(trials)
}
