//! The PIN of a security key, which some want before they make a credential (CTAP 2.1, section 6.5):
//! an elliptic-curve exchange, the PIN's digest sent under its key, a token back, and the token's
//! authentication code over what is to be done. Both PIN protocols; the randomness comes in.

use std::fmt;

use aes::Aes256;
use cbc::cipher::{
    BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, block_padding::NoPadding,
};
use ciborium::value::Value;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::{PublicKey, SecretKey, ecdh::diffie_hellman, elliptic_curve::sec1::ToSec1Point as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{
    CborFault, CtapCommand, CtapFault, PinProof,
    cbor::{self, bytes, decode, integer, member, numbered},
};

const GET_KEY_AGREEMENT: i64 = 2;
const GET_PIN_TOKEN: i64 = 5;
/// ECDH with HKDF-SHA-256 (COSE algorithm −25), as the standard wants it named whatever is done.
const ECDH_ES_HKDF_256: i64 = -25;
const BLOCK_BYTES: usize = 16;

/// How the PIN is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinProtocol {
    /// Section 6.5.6.
    One,
    /// Section 6.5.7.
    Two,
}

impl PinProtocol {
    /// The first of a key's protocols that is known here; the first where it names none.
    pub fn of(named: &[i64]) -> Option<Self> {
        if named.is_empty() {
            return Some(Self::One);
        }
        named.iter().find_map(|number| match number {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            _ => None,
        })
    }

    const fn number(self) -> i64 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// The request for the key's half of the exchange.
///
/// # Errors
/// [`CborFault::Unwritable`], never seen.
pub fn key_agreement_request(protocol: PinProtocol) -> Result<Vec<u8>, CborFault> {
    cbor::encode(
        CtapCommand::ClientPin.code(),
        &numbered([
            (1, integer(protocol.number())),
            (2, integer(GET_KEY_AGREEMENT)),
        ]),
    )
}

/// What both sides share, and our half.
pub struct PinExchange {
    protocol: PinProtocol,
    /// x and y of our ephemeral key.
    ours: ([u8; 32], [u8; 32]),
    encrypting: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for PinExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinExchange")
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

impl PinExchange {
    /// Makes the exchange from the key's answer to [`key_agreement_request`] and 32 random bytes;
    /// `None` where the bytes are no secret of the curve (once in 2³²: take others).
    ///
    /// # Errors
    /// [`CtapFault`], where the answer is none.
    pub fn new(
        protocol: PinProtocol,
        answer: &[u8],
        random: &[u8; 32],
    ) -> Result<Option<Self>, CtapFault> {
        let map = decode(answer)?;
        let key = member(&map, 1)?;
        let coordinate = |number| -> Result<[u8; 32], CtapFault> {
            bytes(key, number)?
                .try_into()
                .map_err(|_| CtapFault::PublicKey)
        };
        let theirs = [[4].as_slice(), &coordinate(-2)?, &coordinate(-3)?].concat();
        let theirs = PublicKey::from_sec1_bytes(&theirs).map_err(|_| CtapFault::PublicKey)?;
        let Ok(secret) = SecretKey::from_slice(random) else {
            return Ok(None);
        };
        let shared = diffie_hellman(secret.to_nonzero_scalar(), theirs.as_affine());
        let shared = shared.raw_secret_bytes().as_slice();
        let mut encrypting = Zeroizing::new([0; 32]);
        match protocol {
            PinProtocol::One => encrypting.copy_from_slice(&Sha256::digest(shared)),
            PinProtocol::Two => Hkdf::<Sha256>::new(Some(&[0; 32]), shared)
                .expand(b"CTAP2 AES key", encrypting.as_mut_slice())
                .unwrap_or_else(|_| unreachable!("HKDF-SHA-256 gives 32 bytes")),
        }
        let ours = secret.public_key().to_sec1_point(false);
        let half = |part: Option<&[u8]>| {
            part.and_then(|part| part.try_into().ok())
                .ok_or(CtapFault::PublicKey)
        };
        Ok(Some(Self {
            protocol,
            ours: (
                half(ours.x().map(AsRef::as_ref))?,
                half(ours.y().map(AsRef::as_ref))?,
            ),
            encrypting,
        }))
    }

    /// The request for a token, which carries the PIN's digest; `random` begins the ciphertext where
    /// the protocol wants that.
    ///
    /// # Errors
    /// [`CborFault::Unwritable`], never seen.
    pub fn token_request(&self, pin: &str, random: &[u8; 16]) -> Result<Vec<u8>, CborFault> {
        let digest = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(pin)));
        let (head, _) = digest
            .split_first_chunk::<BLOCK_BYTES>()
            .unwrap_or_else(|| unreachable!("32 bytes begin with 16"));
        let proof = match self.protocol {
            PinProtocol::One => self.encrypt(&[0; BLOCK_BYTES], head),
            PinProtocol::Two => [random.as_slice(), &self.encrypt(random, head)].concat(),
        };
        let (x, y) = self.ours;
        let ours = numbered([
            (1, integer(2)),
            (3, integer(ECDH_ES_HKDF_256)),
            (-1, integer(1)),
            (-2, Value::Bytes(x.to_vec())),
            (-3, Value::Bytes(y.to_vec())),
        ]);
        cbor::encode(
            CtapCommand::ClientPin.code(),
            &numbered([
                (1, integer(self.protocol.number())),
                (2, integer(GET_PIN_TOKEN)),
                (3, ours),
                (6, Value::Bytes(proof)),
            ]),
        )
    }

    /// The token's proof over the hash of what is to be done, from the key's answer.
    ///
    /// # Errors
    /// [`CtapFault`], where the answer holds no token.
    pub fn proof(&self, answer: &[u8], client_data_hash: &[u8; 32]) -> Result<PinProof, CtapFault> {
        let map = decode(answer)?;
        let sealed = bytes(&map, 2)?;
        let token = match self.protocol {
            PinProtocol::One => self.decrypt(&[0; BLOCK_BYTES], sealed),
            PinProtocol::Two => sealed
                .split_first_chunk()
                .and_then(|(first, rest)| self.decrypt(first, rest)),
        };
        let token = token
            .filter(|token| matches!(token.len(), 16 | 32))
            .ok_or(CtapFault::Layout("token"))?;
        let mut code = Hmac::<Sha256>::new_from_slice(&token)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        code.update(client_data_hash);
        let code = code.finalize().into_bytes();
        let length = match self.protocol {
            PinProtocol::One => 16,
            PinProtocol::Two => 32,
        };
        Ok(PinProof {
            protocol: self.protocol.number(),
            proof: code.iter().copied().take(length).collect(),
        })
    }

    fn encrypt(&self, first: &[u8; BLOCK_BYTES], block: &[u8; BLOCK_BYTES]) -> Vec<u8> {
        cbc::Encryptor::<Aes256>::new((&*self.encrypting).into(), first.into())
            .encrypt_padded_vec::<NoPadding>(block)
    }

    fn decrypt(&self, first: &[u8; BLOCK_BYTES], blocks: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        cbc::Decryptor::<Aes256>::new((&*self.encrypting).into(), first.into())
            .decrypt_padded_vec::<NoPadding>(blocks)
            .ok()
            .map(Zeroizing::new)
    }
}
