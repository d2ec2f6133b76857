//! Making signed documents, and their bytes. Which key may sign what is decided where documents are
//! verified, not here.

use prost::Message as _;
use sha2::{Digest as _, Sha256};

use crate::{DocumentDigest, DocumentError, DocumentKind, PublicKey, message};

/// The largest document that is read, in bytes: payload, signatures and chain together.
pub const DOCUMENT_BYTES_MAX: usize = 1 << 20;

/// Whoever can sign: a key in a file, in a token, in a test.
pub trait Signer {
    /// Why signing failed.
    type Error;
    /// The public half.
    fn public_key(&self) -> PublicKey;
    /// Signs the bytes as they stand: Ed25519, 64 bytes.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Self::Error>;
}

impl Signer for ed25519_dalek::SigningKey {
    type Error = std::convert::Infallible;
    fn public_key(&self) -> PublicKey {
        self.verifying_key().into()
    }
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Self::Error> {
        Ok(ed25519_dalek::Signer::sign(self, message).to_bytes())
    }
}

/// What is signed for a payload of this kind: the kind's context, then the payload.
pub(crate) fn to_be_signed(kind: DocumentKind, payload: &[u8]) -> Vec<u8> {
    let mut bytes = kind.context();
    bytes.extend_from_slice(payload);
    bytes
}

/// The document digest of a payload: SHA-256 over context and payload.
pub fn digest_of(kind: DocumentKind, payload: &[u8]) -> DocumentDigest {
    DocumentDigest::from_bytes(Sha256::digest(to_be_signed(kind, payload)).into())
}

/// Signs `payload` as a document of `kind`, with the certificates that lead to the signer.
///
/// # Errors
/// Whatever the signer says; nothing else can fail.
pub fn sign<S: Signer>(
    kind: DocumentKind,
    payload: Vec<u8>,
    signer: &S,
    chain: Vec<message::SignedDocument>,
) -> Result<message::SignedDocument, S::Error> {
    let signature = signer.sign(&to_be_signed(kind, &payload))?;
    Ok(message::SignedDocument {
        payload,
        signatures: vec![message::DocumentSignature {
            key_id: signer.public_key().id().as_bytes().to_vec(),
            signature: signature.to_vec(),
        }],
        chain,
    })
}

/// Reads an envelope; `kind` is what the caller expects and only named in errors.
///
/// # Errors
/// [`DocumentError::TooLarge`] beyond [`DOCUMENT_BYTES_MAX`], before anything is read;
/// [`DocumentError::Malformed`] where the bytes are no envelope.
pub fn decode_signed(
    kind: DocumentKind,
    bytes: &[u8],
) -> Result<message::SignedDocument, DocumentError> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(DocumentError::TooLarge {
            bytes: bytes.len(),
            max: DOCUMENT_BYTES_MAX,
        });
    }
    message::SignedDocument::decode(bytes).map_err(|error| DocumentError::Malformed {
        kind,
        what: error.to_string(),
    })
}

/// The envelope as bytes.
pub fn encode_signed(signed: &message::SignedDocument) -> Vec<u8> {
    signed.encode_to_vec()
}
