//! What proves a session to an application: the daemon's signature over the session's proof, and the
//! key from which the codes of its leases are made. Both ends use this module, so that they cannot
//! differ. Key agreement itself (X25519) and nonces belong to the callers, which have entropy.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::{PublicKey, Signer};

const SESSION_PROOF_CONTEXT: &[u8] = b"octroi/session-proof/v1\0";
const SESSION_KEY_INFO: &[u8] = b"octroi/session-key/v1";
const LEASE_CONTEXT: &[u8] = b"octroi/lease/v1\0";
const CONSUMED_CONTEXT: &[u8] = b"octroi/consumed/v1\0";

/// The secret that daemon and application share for one epoch of a session. It is overwritten when
/// dropped and never shown.
#[derive(ZeroizeOnDrop)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// Derives the key with HKDF-SHA256 (RFC 5869): the X25519 shared secret is the key material,
    /// SHA-256 of the encoded session proof is the salt, so that both nonces, both public keys and
    /// the daemon's key are bound into it.
    ///
    /// `None` where the shared secret is all zero: the other side sent a point of small order, and
    /// anybody could know the secret (RFC 7748 section 6.1).
    pub fn derive(shared_secret: &[u8; 32], proof: &[u8]) -> Option<Self> {
        if bool::from(shared_secret.ct_eq(&[0; 32])) {
            return None;
        }
        let salt = Sha256::digest(proof);
        let mut key = [0; 32];
        let derived = Hkdf::<Sha256>::new(Some(&salt), shared_secret)
            .expand(SESSION_KEY_INFO, &mut key)
            .is_ok();
        let session = derived.then_some(Self(key));
        key.zeroize();
        session
    }

    /// The code of a lease: HMAC-SHA256 over the encoded terms, exactly as they are sent.
    pub fn mac(&self, terms: &[u8]) -> [u8; 32] {
        self.code(LEASE_CONTEXT, terms)
            .finalize()
            .into_bytes()
            .into()
    }

    /// Says whether `mac` is the code of these terms; takes the same time whatever the answer.
    pub fn verifies(&self, terms: &[u8], mac: &[u8]) -> bool {
        self.code(LEASE_CONTEXT, terms).verify_slice(mac).is_ok()
    }

    /// The code of a consumption: as of a lease, and never that of a lease.
    pub fn mac_of_consumption(&self, terms: &[u8]) -> [u8; 32] {
        self.code(CONSUMED_CONTEXT, terms)
            .finalize()
            .into_bytes()
            .into()
    }

    /// Says whether `mac` is the code of this consumption; takes the same time whatever the answer.
    pub fn verifies_consumption(&self, terms: &[u8], mac: &[u8]) -> bool {
        self.code(CONSUMED_CONTEXT, terms).verify_slice(mac).is_ok()
    }

    fn code(&self, context: &[u8], terms: &[u8]) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256>>::new_from_slice(&self.0)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(context);
        mac.update(terms);
        mac
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey(secret)")
    }
}

/// Signs an encoded session proof with the daemon's key.
///
/// # Errors
/// Whatever the signer says.
pub fn sign_session_proof<S: Signer>(proof: &[u8], signer: &S) -> Result<[u8; 64], S::Error> {
    signer.sign(&session_proof_message(proof))
}

/// Says whether the daemon's key signed these exact proof bytes, strictly.
pub fn session_proof_verifies(proof: &[u8], signature: &[u8], daemon_key: &PublicKey) -> bool {
    daemon_key.verifies(&session_proof_message(proof), signature)
}

fn session_proof_message(proof: &[u8]) -> Vec<u8> {
    [SESSION_PROOF_CONTEXT, proof].concat()
}
