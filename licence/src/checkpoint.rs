//! What a daemon says under its signature about its ledger: so many records, this root. Whoever
//! holds a signed checkpoint can tell a rewritten ledger from one that only grew. How records are
//! written belongs to the daemon.

use crate::{
    COUNT_MAX, KeyId, PublicKey, Signer, TermError,
    fields::{array, range},
    message,
};

const CHECKPOINT_CONTEXT: &[u8] = b"octroi/checkpoint/v1\0";

/// The state of a ledger in 40 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    /// Records covered: the first `size` of the ledger.
    pub size: u64,
    /// The RFC 6962 Merkle root over their bodies.
    pub root: [u8; 32],
}

impl Checkpoint {
    /// Signs the checkpoint for the realm of the vendor whose root is `vendor_root`.
    ///
    /// # Shape
    /// Ed25519 over the context `octroi/checkpoint/v1` and a zero byte, fingerprint of the vendor's
    /// root (32 bytes), the signer's raw public key (32), size (8, little endian), root (32).
    ///
    /// # Errors
    /// Whatever the signer says.
    pub fn sign<S: Signer>(&self, vendor_root: &KeyId, signer: &S) -> Result<[u8; 64], S::Error> {
        signer.sign(&self.message(vendor_root, &signer.public_key()))
    }

    /// Says whether `signature` is the daemon's over this checkpoint of this realm, strictly.
    pub fn verifies(&self, vendor_root: &KeyId, daemon_key: &PublicKey, signature: &[u8]) -> bool {
        daemon_key.verifies(&self.message(vendor_root, daemon_key), signature)
    }

    /// The checkpoint as it travels in a document, without a signature of its own.
    pub(crate) fn wire(self) -> message::LedgerCheckpoint {
        message::LedgerCheckpoint {
            size: self.size,
            root: self.root.to_vec(),
            signature: Vec::new(),
        }
    }

    pub(crate) fn read(wire: &message::LedgerCheckpoint) -> Result<Self, TermError> {
        Ok(Self {
            size: range("checkpoint size", wire.size, 0, COUNT_MAX)?,
            root: array("checkpoint root", &wire.root)?,
        })
    }

    fn message(&self, vendor_root: &KeyId, daemon_key: &PublicKey) -> Vec<u8> {
        [
            CHECKPOINT_CONTEXT,
            vendor_root.as_bytes(),
            daemon_key.as_bytes(),
            &self.size.to_le_bytes(),
            &self.root,
        ]
        .concat()
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;

    const REALM: KeyId = KeyId::from_bytes([7; 32]);
    const CHECKPOINT: Checkpoint = Checkpoint {
        size: 3,
        root: [9; 32],
    };

    fn daemon() -> SigningKey {
        SigningKey::from_bytes(&[1; 32])
    }

    #[test]
    fn a_checkpoint_verifies_under_the_key_that_signed_it() {
        let signature = CHECKPOINT.sign(&REALM, &daemon()).unwrap();
        assert!(CHECKPOINT.verifies(&REALM, &Signer::public_key(&daemon()), &signature));
    }

    #[test]
    fn a_signature_holds_for_no_other_size_root_realm_or_daemon() {
        let signature = CHECKPOINT.sign(&REALM, &daemon()).unwrap();
        let key = Signer::public_key(&daemon());
        let larger = Checkpoint {
            size: 4,
            ..CHECKPOINT
        };
        let rewritten = Checkpoint {
            root: [8; 32],
            ..CHECKPOINT
        };
        let other_realm = KeyId::from_bytes([8; 32]);
        let other_daemon = Signer::public_key(&SigningKey::from_bytes(&[2; 32]));
        assert!(!larger.verifies(&REALM, &key, &signature));
        assert!(!rewritten.verifies(&REALM, &key, &signature));
        assert!(!CHECKPOINT.verifies(&other_realm, &key, &signature));
        assert!(!CHECKPOINT.verifies(&REALM, &other_daemon, &signature));
        assert!(!CHECKPOINT.verifies(&REALM, &key, &signature[..63]));
    }

    #[test]
    fn the_signed_bytes_are_those_of_the_format() {
        let key = Signer::public_key(&daemon());
        let message = CHECKPOINT.message(&REALM, &key);
        let expected = format!(
            "{}{}{}{}{}",
            hex::encode(b"octroi/checkpoint/v1\0"),
            "07".repeat(32),
            key,
            "0300000000000000",
            "09".repeat(32),
        );
        assert_eq!(hex::encode(message), expected);
    }
}
