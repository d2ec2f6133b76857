//! What a hardware key signs and how the answer is checked, the same in the daemon and in the SDK.
//! How bytes reach a key belongs to `octroi-hardware-key`; whether a counter is plausible, which
//! needs the highest one seen, belongs to the engine.

mod checkout;
mod dongle;
mod fido2;

use sha2::{Digest as _, Sha256};

pub use self::{
    checkout::{
        CHECKOUT_PROOF_BYTES_MAX, CHECKOUTS_PER_PROOF_MAX, CheckoutNonces, CheckoutProofError,
        KeyEvidence, verify_checkout_proof,
    },
    dongle::{DongleProof, dongle_message},
    fido2::{
        CREDENTIAL_ID_BYTES_MAX, CredentialId, FIDO2_RELYING_PARTY, FIDO2_SIGNATURE_BYTES_MAX,
        Fido2Credential, Fido2Proof, Fido2PublicKey, P256Key,
    },
};
use crate::{HardwareCredential, HardwareKey, HardwareKeyKind, KeySerial, LicenceId, PublicKey};

const ENROLMENT_CONTEXT: &[u8] = b"octroi/hardware-enrolment/v1\0";
const CHALLENGE_CONTEXT: &[u8] = b"octroi/hardware-challenge/v1\0";

/// What a key is asked to sign: fresh, and of one licence, daemon and state of its ledger alone, so
/// that an answer proves nothing anywhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HardwareChallenge([u8; 32]);

impl HardwareChallenge {
    /// SHA-256 over context, length of the licence id (one byte) and licence id, daemon key (32
    /// bytes), checkpoint (32 bytes) and nonce (32 random bytes).
    pub fn new(
        licence: &LicenceId,
        daemon_key: &PublicKey,
        checkpoint: &[u8; 32],
        nonce: &[u8; 32],
    ) -> Self {
        let licence = licence.as_str().as_bytes();
        let length = u8::try_from(licence.len())
            .unwrap_or_else(|_| unreachable!("a licence id has at most 63 bytes"));
        let mut hash = Sha256::new();
        hash.update(CHALLENGE_CONTEXT);
        hash.update([length]);
        hash.update(licence);
        hash.update(daemon_key.as_bytes());
        hash.update(checkpoint);
        hash.update(nonce);
        Self(hash.finalize().into())
    }

    /// What a vendor asks a key to sign while it enrols it: of no licence, so that the answer is worth
    /// nothing to any daemon. SHA-256 over a context of its own and 32 random bytes.
    pub fn for_enrolment(nonce: &[u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(ENROLMENT_CONTEXT);
        hash.update(nonce);
        Self(hash.finalize().into())
    }

    /// The 32 bytes that go to the key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A key's answer to a challenge, as its kind gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HardwareProof {
    /// A dongle's.
    Dongle(DongleProof),
    /// A FIDO2 security key's.
    Fido2(Fido2Proof),
}

impl HardwareProof {
    /// Which kind of key answers in this way.
    pub const fn kind(&self) -> HardwareKeyKind {
        match self {
            Self::Dongle(_) => HardwareKeyKind::Dongle,
            Self::Fido2(_) => HardwareKeyKind::Fido2,
        }
    }
}

/// Why a hardware key's answer proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HardwareProofError {
    /// Another key answered.
    #[error("key {found} answered, not {expected}")]
    AnotherKey {
        /// The enrolled key.
        expected: KeySerial,
        /// The serial in the answer.
        found: KeySerial,
    },
    /// Another kind of key answered.
    #[error("key {serial} is a {expected}, and a {found} answered")]
    AnotherKind {
        /// The enrolled key.
        serial: KeySerial,
        /// What it is.
        expected: HardwareKeyKind,
        /// What answered.
        found: HardwareKeyKind,
    },
    /// The answer was made for another purpose: for a web site, or for another use of the same key.
    #[error("key {serial} answered for another relying party than a licence")]
    AnotherPurpose {
        /// The enrolled key.
        serial: KeySerial,
    },
    /// The answer holds what was not asked for.
    #[error("the answer of key {serial} holds more than a silent assertion")]
    Flags {
        /// The enrolled key.
        serial: KeySerial,
    },
    /// Not the enrolled key's signature over this challenge: a copy of the serial number, or an
    /// answer to another challenge.
    #[error("key {serial} did not prove that it holds its private key")]
    Signature {
        /// The enrolled key.
        serial: KeySerial,
    },
}

/// Checks a key's answer and returns its counter, which the caller compares with the highest that it
/// has seen.
///
/// # Errors
/// [`HardwareProofError`], where the answer is not the enrolled key's own.
pub fn verify_hardware_proof(
    key: &HardwareKey,
    challenge: &HardwareChallenge,
    proof: &HardwareProof,
) -> Result<u64, HardwareProofError> {
    match (&key.credential, proof) {
        (HardwareCredential::Dongle { public_key }, HardwareProof::Dongle(proof)) => {
            proof.verify(key.serial, public_key, challenge)
        }
        (HardwareCredential::Fido2(credential), HardwareProof::Fido2(proof)) => {
            proof.verify(key.serial, credential, challenge)
        }
        (_, _) => Err(HardwareProofError::AnotherKind {
            serial: key.serial,
            expected: key.kind(),
            found: proof.kind(),
        }),
    }
}
