//! The envelope and its verification: the only way to a [`Verified`] document. Payload bytes are
//! checked exactly as they came; nothing is ever re-encoded to verify it.

use std::sync::Arc;

use prost::Message;
use sha2::{Digest as _, Sha256};

use crate::{
    CivilSeconds, DocumentDigest, DocumentError, DocumentKind, KeyId, KeyRole, LicenceId,
    ProductId, PublicKey, Revocations, TermError, TrustedRoot, VendorId, message,
    root::{ChainKeys, certified_keys},
};

/// The largest document that is read, in bytes: envelope and chain together.
pub const DOCUMENT_BYTES_MAX: usize = 1 << 20;
/// Signatures that are looked at in one document.
pub const SIGNATURES_MAX: usize = 8;
/// Certificates that are looked at in one document.
pub const CHAIN_MAX: usize = 8;

/// What every signed payload says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Who issued it.
    pub vendor: VendorId,
    /// When it was issued, as it says itself; its key's certificate must cover this instant.
    pub issued_at: CivilSeconds,
    /// The licence it belongs to; `None` where it concerns the vendor as a whole.
    pub licence: Option<LicenceId>,
    /// Its number in the licence's vendor sequence.
    pub sequence: u64,
}

impl Frame {
    fn read(
        kind: DocumentKind,
        frame: Option<&message::DocumentFrame>,
    ) -> Result<Self, DocumentError> {
        let term = |source| DocumentError::Term { kind, source };
        let frame = frame.ok_or_else(|| term(TermError::Missing { field: "frame" }))?;
        let name = |field| move |source| term(TermError::Name { field, source });
        Ok(Self {
            vendor: frame.vendor.parse().map_err(name("frame.vendor"))?,
            issued_at: CivilSeconds(frame.issued_at_s),
            licence: match frame.licence_id.as_str() {
                "" => None,
                id => Some(id.parse().map_err(name("frame.licence_id"))?),
            },
            sequence: frame.sequence,
        })
    }
}

/// A type that a verified payload can become.
pub trait DocumentType: Sized {
    /// The kind, and with it the signing context.
    const KIND: DocumentKind;
    /// The role whose signature the kind needs.
    const ROLE: KeyRole;
    /// The message as it travels.
    type Message: Message + Default;

    /// The frame in the message.
    fn frame(message: &Self::Message) -> Option<&message::DocumentFrame>;

    /// Reads the terms; refuses whatever does not make sense.
    fn read(message: Self::Message, frame: &Frame) -> Result<Self, TermError>;

    /// The product that the signing key must be certified for, if the kind has one.
    fn product(&self) -> Option<&ProductId> {
        None
    }
}

/// A document that is signed by a key which it names itself.
pub trait SelfSigned: DocumentType {
    /// The key that the document names as its signer.
    fn signer(&self) -> &PublicKey;
}

/// A document whose signature, role, chain, dates, vendor and critical terms were checked.
/// Only [`verify`] and [`verify_self_signed`] make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T> {
    document: T,
    frame: Frame,
    digest: DocumentDigest,
    signed_by: KeyId,
    bytes: Arc<[u8]>,
}

impl<T> Verified<T> {
    /// What the document says.
    pub fn document(&self) -> &T {
        &self.document
    }

    /// Vendor, date, licence and sequence.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Names the document; the same for every copy, however it is signed or armoured.
    pub fn digest(&self) -> DocumentDigest {
        self.digest
    }

    /// The key whose signature was accepted.
    pub fn signed_by(&self) -> KeyId {
        self.signed_by
    }

    /// The whole envelope as protobuf, to store or to hand on.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T> std::ops::Deref for Verified<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.document
    }
}

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

/// What is signed for a payload of this kind.
fn to_be_signed(kind: DocumentKind, payload: &[u8]) -> Vec<u8> {
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

/// Reads an envelope, bounded by [`DOCUMENT_BYTES_MAX`].
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

/// Verifies a document under a trusted root.
///
/// # Errors
/// [`DocumentError`], the most telling one: a signature by a known key that does not fit comes
/// before "nobody we know signed this".
pub fn verify<T: DocumentType>(
    signed: &message::SignedDocument,
    root: &TrustedRoot,
    revocations: &Revocations,
) -> Result<Verified<T>, DocumentError> {
    bounded(T::KIND, signed)?;
    let keys = certified_keys(&signed.chain, root);
    let digest = digest_of(T::KIND, &signed.payload);
    let mut refused = DocumentError::Untrusted {
        kind: T::KIND,
        root: root.id(),
    };
    for signature in &signed.signatures {
        match accepted::<T>(signed, signature, &keys, digest, revocations) {
            Ok(Some(verified)) => return Ok(verified),
            Ok(None) => {}
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// Verifies one certificate of a chain by the keys found so far; its own chain is not looked at.
pub(crate) fn verify_by<T: DocumentType>(
    signed: &message::SignedDocument,
    keys: &ChainKeys,
) -> Option<Verified<T>> {
    bounded(T::KIND, signed).ok()?;
    let digest = digest_of(T::KIND, &signed.payload);
    let none = Revocations::default();
    signed.signatures.iter().find_map(|signature| {
        accepted::<T>(signed, signature, keys, digest, &none)
            .ok()
            .flatten()
    })
}

/// One signature: `None` where its key is unknown, an error where the key is known but the document
/// cannot stand under it.
fn accepted<T: DocumentType>(
    signed: &message::SignedDocument,
    signature: &message::DocumentSignature,
    keys: &ChainKeys,
    digest: DocumentDigest,
    revocations: &Revocations,
) -> Result<Option<Verified<T>>, DocumentError> {
    let Some(certified) = keys.find(&signature.key_id) else {
        return Ok(None);
    };
    let kind = T::KIND;
    let key = certified.key.id();
    if !certified
        .key
        .verifies(&to_be_signed(kind, &signed.payload), &signature.signature)
    {
        return Err(
            another_kind(kind, &certified.key, &signed.payload, &signature.signature)
                .unwrap_or(DocumentError::SignatureInvalid { kind, key }),
        );
    }
    if certified.role != T::ROLE {
        return Err(DocumentError::WrongRole { kind, key });
    }
    let (frame, document) = read::<T>(&signed.payload)?;
    if let Some(vendor) = &certified.vendor
        && *vendor != frame.vendor
    {
        return Err(DocumentError::AnotherVendor {
            kind,
            expected: vendor.clone(),
            found: frame.vendor,
        });
    }
    if let Some((from, until)) = certified.valid
        && (frame.issued_at < from || frame.issued_at >= until)
    {
        let issued_at = frame.issued_at;
        return Err(DocumentError::OutsideCertificate {
            kind,
            issued_at,
            from,
            until,
        });
    }
    if let Some(product) = document.product()
        && !certified.products.is_empty()
        && !certified.products.contains(product)
    {
        return Err(DocumentError::ProductNotCovered {
            key,
            product: product.clone(),
        });
    }
    if let Some(untrusted_after) = revocations.revoked(key, digest) {
        return Err(DocumentError::KeyRevoked {
            key,
            untrusted_after,
        });
    }
    let bytes = encode_signed(signed).into();
    Ok(Some(Verified {
        document,
        frame,
        digest,
        signed_by: key,
        bytes,
    }))
}

/// Verifies a document that names its own signer. It says that the holder of that key wrote it, and
/// nothing about whether that key deserves trust.
pub fn verify_self_signed<T: SelfSigned>(
    signed: &message::SignedDocument,
) -> Result<Verified<T>, DocumentError> {
    bounded(T::KIND, signed)?;
    let kind = T::KIND;
    let (frame, document) = read::<T>(&signed.payload)?;
    let signer = *document.signer();
    let signed_bytes = to_be_signed(kind, &signed.payload);
    let mut signatures = signed.signatures.iter();
    if signatures.any(|one| signer.verifies(&signed_bytes, &one.signature)) {
        let digest = digest_of(kind, &signed.payload);
        let bytes = encode_signed(signed).into();
        return Ok(Verified {
            document,
            frame,
            digest,
            signed_by: signer.id(),
            bytes,
        });
    }
    Err(signed
        .signatures
        .iter()
        .find_map(|one| another_kind(kind, &signer, &signed.payload, &one.signature))
        .unwrap_or(DocumentError::SignatureInvalid {
            kind,
            key: signer.id(),
        }))
}

fn bounded(kind: DocumentKind, signed: &message::SignedDocument) -> Result<(), DocumentError> {
    for (what, found, max) in [
        ("signatures", signed.signatures.len(), SIGNATURES_MAX),
        ("certificates", signed.chain.len(), CHAIN_MAX),
    ] {
        if found > max {
            return Err(DocumentError::TooMany {
                kind,
                what,
                found,
                max,
            });
        }
    }
    if signed.payload.len() > DOCUMENT_BYTES_MAX {
        let bytes = signed.payload.len();
        return Err(DocumentError::TooLarge {
            bytes,
            max: DOCUMENT_BYTES_MAX,
        });
    }
    Ok(())
}

fn another_kind(
    expected: DocumentKind,
    key: &PublicKey,
    payload: &[u8],
    signature: &[u8],
) -> Option<DocumentError> {
    DocumentKind::ALL
        .into_iter()
        .find(|kind| key.verifies(&to_be_signed(*kind, payload), signature))
        .map(|actual| DocumentError::AnotherKind { expected, actual })
}

/// Decodes a payload; critical terms are judged before anything else is read from it.
fn read<T: DocumentType>(payload: &[u8]) -> Result<(Frame, T), DocumentError> {
    let kind = T::KIND;
    let message = T::Message::decode(payload).map_err(|error| DocumentError::Malformed {
        kind,
        what: error.to_string(),
    })?;
    let wire = T::frame(&message);
    let needed = wire
        .map(|frame| frame.requires_version.clone())
        .unwrap_or_default();
    let unknown: Vec<String> = wire
        .map(|frame| frame.requires.as_slice())
        .unwrap_or_default()
        .iter()
        .filter(|number| !octroi_proto::knows_term(**number))
        .take(16)
        .map(|number| format!("term {number}"))
        .collect();
    if !unknown.is_empty() {
        return Err(DocumentError::TooNew {
            kind,
            terms: unknown.join(", "),
            needed,
        });
    }
    let frame = Frame::read(kind, wire)?;
    match T::read(message, &frame) {
        Ok(document) => Ok((frame, document)),
        Err(TermError::Unknown { field }) => Err(DocumentError::TooNew {
            kind,
            terms: field.to_owned(),
            needed,
        }),
        Err(source) => Err(DocumentError::Term { kind, source }),
    }
}
