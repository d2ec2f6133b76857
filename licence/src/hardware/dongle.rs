//! The dedicated dongle's answer: Ed25519 over the challenge, its serial number and its counter.

use super::{HardwareChallenge, HardwareProofError};
use crate::{KeySerial, PublicKey};

const DONGLE_CONTEXT: &[u8] = b"octroi/dongle-proof/v1\0";

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

/// What a dongle signs: context, serial (16 bytes), counter (8 bytes, big-endian), challenge (32).
pub fn dongle_message(serial: &KeySerial, counter: u64, challenge: &HardwareChallenge) -> Vec<u8> {
    let mut message = DONGLE_CONTEXT.to_vec();
    message.extend_from_slice(&serial.0);
    message.extend_from_slice(&counter.to_be_bytes());
    message.extend_from_slice(challenge.as_bytes());
    message
}

impl DongleProof {
    pub(super) fn verify(
        &self,
        serial: KeySerial,
        public_key: &PublicKey,
        challenge: &HardwareChallenge,
    ) -> Result<u64, HardwareProofError> {
        if self.serial != serial {
            return Err(HardwareProofError::AnotherKey {
                expected: serial,
                found: self.serial,
            });
        }
        let message = dongle_message(&self.serial, self.counter, challenge);
        if !public_key.verifies(&message, &self.signature) {
            return Err(HardwareProofError::Signature { serial });
        }
        Ok(self.counter)
    }
}
