//! A FIDO2 security key's answer: an assertion without a touch (`up = false`) by a credential that
//! the vendor made for licences alone, as CTAP 2.1 (section 6.2) and `WebAuthn` level 2 (sections 6.1
//! and 6.3.3) lay it out. What is asked of the key, and how, belongs to `octroi-hardware-key`.

use std::fmt;

use p256::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier as _};
use sha2::{Digest as _, Sha256};

use super::{HardwareChallenge, HardwareProofError};
use crate::{KeySerial, PublicKey};

/// For whom a credential speaks. Fixed for all licences, so that no other use of the same key can be
/// taken for a proof, nor a proof for another use.
pub const FIDO2_RELYING_PARTY: &str = "hardware-key.octroi";
/// Bytes of a credential id at most (CTAP 2.1, `maxCredentialIdLength`, is never larger).
pub const CREDENTIAL_ID_BYTES_MAX: usize = 1023;
/// Bytes of a signature at most: P-256 in DER takes 72, Ed25519 64.
pub const FIDO2_SIGNATURE_BYTES_MAX: usize = 72;

const SERIAL_CONTEXT: &[u8] = b"octroi/fido2-credential/v1\0";
/// Authenticator data without attested credential and extensions.
const AUTHENTICATOR_DATA_BYTES: usize = 32 + 1 + 4;
/// An attested credential follows.
const FLAG_ATTESTED: u8 = 0x40;
/// Extensions follow.
const FLAG_EXTENSIONS: u8 = 0x80;

/// Names a credential to the key that made it; 1 to [`CREDENTIAL_ID_BYTES_MAX`] bytes, which mean
/// something to that key alone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialId(Vec<u8>);

impl CredentialId {
    /// Takes the bytes; `None` where they are none or too many.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (1..=CREDENTIAL_ID_BYTES_MAX)
            .contains(&bytes.len())
            .then(|| Self(bytes.to_vec()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What stands for a serial number: the first 16 bytes of SHA-256 over context and credential id.
    pub fn serial(&self) -> KeySerial {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(SERIAL_CONTEXT)
            .chain_update(&self.0)
            .finalize()
            .into();
        let (serial, _) = digest
            .split_first_chunk()
            .unwrap_or_else(|| unreachable!("32 bytes begin with 16"));
        KeySerial(*serial)
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A point of P-256 other than the neutral one, compressed (SEC 1, section 2.3.3).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct P256Key([u8; 33]);

impl P256Key {
    /// Reads a compressed point; `None` where the bytes are no such point.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 33] = bytes.try_into().ok()?;
        // The library reads the "compact" form (5) too, which would be a second name for one key.
        matches!(bytes.first(), Some(2 | 3)).then_some(())?;
        VerifyingKey::from_sec1_bytes(&bytes).ok()?;
        Some(Self(bytes))
    }

    /// Reads a point by its coordinates; `None` where they are no point of the curve.
    pub fn from_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Option<Self> {
        let mut uncompressed = [4; 65];
        let (_, coordinates) = uncompressed.split_first_mut()?;
        for (to, from) in coordinates.iter_mut().zip(x.iter().chain(y)) {
            *to = *from;
        }
        VerifyingKey::from_sec1_bytes(&uncompressed).ok()?;
        let parity = 2 + (y.last()? & 1);
        let mut bytes = [parity; 33];
        let (_, rest) = bytes.split_first_mut()?;
        rest.copy_from_slice(x);
        Some(Self(bytes))
    }

    /// The compressed point.
    pub const fn as_bytes(&self) -> &[u8; 33] {
        &self.0
    }

    /// Whether `signature`, in DER, is this key's over SHA-256 of `message`.
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let (Ok(key), Ok(signature)) = (
            VerifyingKey::from_sec1_bytes(&self.0),
            Signature::from_der(signature),
        ) else {
            return false;
        };
        key.verify_prehash(&Sha256::digest(message), &signature)
            .is_ok()
    }
}

impl fmt::Debug for P256Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// What a credential's answers are checked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fido2PublicKey {
    /// `EdDSA` over Ed25519 (COSE algorithm −8), the first choice.
    Ed25519(PublicKey),
    /// ES256, ECDSA over P-256 with SHA-256 (COSE algorithm −7), where the key knows nothing else.
    Es256(P256Key),
}

impl Fido2PublicKey {
    /// Reads 32 bytes as Ed25519 and 33 as a compressed point of P-256; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.len() {
            32 => PublicKey::from_bytes(bytes).map(Self::Ed25519),
            33 => P256Key::from_bytes(bytes).map(Self::Es256),
            _ => None,
        }
    }

    /// The bytes, from which [`Self::from_bytes`] tells the two apart by their number.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(key) => key.as_bytes(),
            Self::Es256(key) => key.as_bytes(),
        }
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) => key.verifies(message, signature),
            Self::Es256(key) => key.verifies(message, signature),
        }
    }
}

/// A credential that the vendor made on a security key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fido2Credential {
    /// What the key is asked for.
    pub id: CredentialId,
    /// What its answers are checked with.
    pub public_key: Fido2PublicKey,
}

/// A security key's answer to a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fido2Proof {
    /// SHA-256 of the relying party, flags, counter: as the key gave them.
    authenticator_data: [u8; AUTHENTICATOR_DATA_BYTES],
    /// Ed25519 (64 bytes) or ECDSA in DER, over authenticator data and challenge.
    signature: Vec<u8>,
}

impl Fido2Proof {
    /// Takes what a key answered; `None` where it cannot be an assertion without extensions.
    pub fn new(authenticator_data: &[u8], signature: &[u8]) -> Option<Self> {
        (signature.len() <= FIDO2_SIGNATURE_BYTES_MAX).then_some(())?;
        Some(Self {
            authenticator_data: authenticator_data.try_into().ok()?,
            signature: signature.to_vec(),
        })
    }

    /// Authenticator data, 37 bytes.
    pub const fn authenticator_data(&self) -> &[u8] {
        &self.authenticator_data
    }

    /// The signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    fn parts(&self) -> ([u8; 32], u8, u32) {
        let [relying_party @ .., flags, c0, c1, c2, c3] = self.authenticator_data;
        (relying_party, flags, u32::from_be_bytes([c0, c1, c2, c3]))
    }

    pub(super) fn verify(
        &self,
        serial: KeySerial,
        credential: &Fido2Credential,
        challenge: &HardwareChallenge,
    ) -> Result<u64, HardwareProofError> {
        let (relying_party, flags, counter) = self.parts();
        if relying_party != <[u8; 32]>::from(Sha256::digest(FIDO2_RELYING_PARTY)) {
            return Err(HardwareProofError::AnotherPurpose { serial });
        }
        // A touch or a PIN says nothing against it; what would follow the counter does.
        if flags & (FLAG_ATTESTED | FLAG_EXTENSIONS) != 0 {
            return Err(HardwareProofError::Flags { serial });
        }
        let mut message = self.authenticator_data.to_vec();
        message.extend_from_slice(challenge.as_bytes());
        if !credential.public_key.verifies(&message, &self.signature) {
            return Err(HardwareProofError::Signature { serial });
        }
        Ok(counter.into())
    }
}
