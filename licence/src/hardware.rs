//! What a hardware key signs and how the answer is checked, the same in the daemon and in the SDK.
//! How bytes reach a key belongs to `octroi-hardware-key`; whether a counter is plausible, which
//! needs the highest one seen, belongs to the engine.

use sha2::{Digest as _, Sha256};

use crate::{HardwareKey, HardwareKeyKind, KeySerial, LicenceId, PublicKey};

const CHALLENGE_CONTEXT: &[u8] = b"octroi/hardware-challenge/v1\0";
const DONGLE_CONTEXT: &[u8] = b"octroi/dongle-proof/v1\0";

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

    /// The 32 bytes that go to the key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A dongle's answer to a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DongleProof {
    /// Who answered, as it says itself.
    pub serial: KeySerial,
    /// Signatures made with the key so far, this one included; rises by exactly one.
    pub counter: u64,
    /// Ed25519 over [`dongle_message`].
    pub signature: [u8; 64],
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
    /// Not the enrolled key's signature over this challenge: a copy of the serial number, or an
    /// answer to another challenge.
    #[error("key {serial} did not prove that it holds its private key")]
    Signature {
        /// The enrolled key.
        serial: KeySerial,
    },
}

/// What a dongle signs: context, serial (16 bytes), counter (8 bytes, big-endian), challenge (32).
pub fn dongle_message(serial: &KeySerial, counter: u64, challenge: &HardwareChallenge) -> Vec<u8> {
    let mut message = DONGLE_CONTEXT.to_vec();
    message.extend_from_slice(&serial.0);
    message.extend_from_slice(&counter.to_be_bytes());
    message.extend_from_slice(challenge.as_bytes());
    message
}

/// Checks a dongle's answer and returns its counter, which the caller compares with the highest that
/// it has seen.
///
/// # Errors
/// [`HardwareProofError`], where the answer is not the enrolled key's own.
pub fn verify_dongle(
    key: &HardwareKey,
    challenge: &HardwareChallenge,
    proof: &DongleProof,
) -> Result<u64, HardwareProofError> {
    match key.kind {
        HardwareKeyKind::Dongle => {}
    }
    if proof.serial != key.serial {
        return Err(HardwareProofError::AnotherKey {
            expected: key.serial,
            found: proof.serial,
        });
    }
    let message = dongle_message(&proof.serial, proof.counter, challenge);
    if !key.public_key.verifies(&message, &proof.signature) {
        return Err(HardwareProofError::Signature { serial: key.serial });
    }
    Ok(proof.counter)
}
