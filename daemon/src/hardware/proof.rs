//! One proof: the intent on the disk, a challenge, the key's signature, its verification, and the
//! counter on the disk. A key is never asked before its intent is durable.

use octroi_engine::{Command, KeyDuty, Outcome, RefusalCode};
use octroi_hardware_key::{FoundKey, KeyError, PROOF_WITHIN};
use octroi_licence::{HardwareChallenge, HardwareProofError, KeyEvidence};
use tokio::runtime::Handle;

use crate::realm::Realm;

/// Why a key gave no proof.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProofFailure {
    /// The key, or the way to it.
    #[error("the key gave none")]
    Key(#[from] KeyError),
    /// What it signed.
    #[error("what it answered is no proof")]
    Invalid(#[from] HardwareProofError),
    /// The ledger.
    #[error("the ledger did not take it ({code:?})")]
    Unrecorded {
        /// Why.
        code: RefusalCode,
    },
    /// The realm is gone.
    #[error("the vendor's realm has stopped")]
    Stopped,
    /// No nonce.
    #[error("the system gave no random number")]
    Randomness(#[source] getrandom::Error),
}

impl ProofFailure {
    /// It is another key.
    pub(super) fn is_another_key(&self) -> bool {
        matches!(self, Self::Key(KeyError::NotEnrolled))
    }

    /// It is the key that was asked for, and that one was revoked as lost.
    pub(super) fn is_revoked(&self) -> bool {
        matches!(
            self,
            Self::Unrecorded {
                code: RefusalCode::HardwareKeyRevoked
            }
        )
    }

    /// It is there, and somebody else is using it.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Self::Key(KeyError::Busy { .. }))
    }

    /// It must be looked for again.
    pub(super) fn ends_handle(&self) -> bool {
        matches!(self, Self::Key(error) if !error.leaves_key_usable())
    }
}

/// A nonce for a proof that nobody but this daemon asked for.
pub(super) fn fresh_nonce() -> Result<[u8; 32], ProofFailure> {
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(ProofFailure::Randomness)?;
    Ok(nonce)
}

/// Has `found` prove, to this nonce, that it is the key of `duty`.
pub(super) fn prove(
    runtime: &Handle,
    realm: &Realm,
    duty: &KeyDuty,
    found: &mut FoundKey,
    nonce: &[u8; 32],
) -> Result<KeyEvidence, ProofFailure> {
    let key = duty.enrolled.serial;
    recorded(&runtime.block_on(realm.ask(Command::KeyIntent { key })))?;
    let checkpoint = runtime
        .block_on(realm.read(|reading| reading.ledger.checkpoint))
        .ok_or(ProofFailure::Stopped)?;
    let challenge = HardwareChallenge::new(&duty.licence, &realm.public_key(), &checkpoint, nonce);
    let proof = found.key.prove(&duty.enrolled, &challenge, PROOF_WITHIN)?;
    let counter = octroi_licence::verify_hardware_proof(&duty.enrolled, &challenge, &proof)?;
    let proven = Command::KeyProven {
        key,
        counter,
        emulated: found.emulated,
    };
    recorded(&runtime.block_on(realm.ask(proven)))?;
    Ok(KeyEvidence {
        key,
        checkpoint,
        proof,
    })
}

fn recorded(outcome: &Outcome) -> Result<(), ProofFailure> {
    match outcome {
        Outcome::Refused(refusal) => Err(ProofFailure::Unrecorded { code: refusal.code }),
        _ => Ok(()),
    }
}
