//! Verification: the only way to a [`Verified`] document. Payload bytes are checked exactly as they
//! came; nothing is ever re-encoded to verify it, and nothing of a payload that needs a vendor's
//! signature is read before that signature held.

use std::{fmt, sync::Arc};

use prost::Message;

use crate::{
    Amendment, DocumentDigest, DocumentError, DocumentKind, Frame, KeyId, KeyRole, Licence,
    ProductId, PublicKey, Revocations, TermError, TermSet, TrustedRoot, digest_of, encode_signed,
    frame, message,
    root::{CertifiedKey, ChainKeys},
    signing::{DOCUMENT_BYTES_MAX, to_be_signed},
};

/// The most signatures on one document.
pub const SIGNATURES_MAX: usize = 8;
/// The most certificates in one document's chain.
pub const CHAIN_MAX: usize = 8;

/// A type that a verified payload can become.
pub trait DocumentType: Sized {
    /// The kind, and with it the signing context.
    const KIND: DocumentKind;
    /// The role whose signature the kind needs.
    const ROLE: KeyRole;
    /// The message as it travels; its field 1 is the frame.
    type Message: Message + Default;

    /// Reads the terms; refuses whatever does not make sense.
    fn read(message: Self::Message, frame: &Frame) -> Result<Self, TermError>;

    /// The product that the signing key must be certified for, where the kind itself names one.
    /// For the others, [`Verified::belongs_to`] compares with the licence's.
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
/// Only [`verify`], [`verify_with`], [`verify_self_signed`] and
/// [`verify_release`](crate::verify_release) make one.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified<T> {
    document: T,
    frame: Frame,
    digest: DocumentDigest,
    signed_by: KeyId,
    products: Vec<ProductId>,
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

    /// Products for which the signing key is certified; empty: all of the vendor's.
    pub(crate) fn signer_products(&self) -> &[ProductId] {
        &self.products
    }

    /// The whole envelope as protobuf, to store or to hand on.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Without the envelope's bytes, which say the same less readably.
impl<T: fmt::Debug> fmt::Debug for Verified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("document", &self.document)
            .field("frame", &self.frame)
            .field("digest", &self.digest)
            .field("signed_by", &self.signed_by)
            .finish_non_exhaustive()
    }
}

impl Verified<Amendment> {
    /// The licence as it stands after the change. Frame, signer, digest and bytes are the amendment's:
    /// whoever hands the bytes on hands on an amendment.
    #[must_use]
    pub fn amended(&self) -> Verified<Licence> {
        Verified {
            document: self.document.outcome.clone(),
            frame: self.frame.clone(),
            digest: self.digest,
            signed_by: self.signed_by,
            products: self.products.clone(),
            bytes: self.bytes.clone(),
        }
    }
}

impl<T: DocumentType> Verified<T> {
    /// Checks that this document may say something about `licence`: same vendor, same licence id,
    /// and a signing key that is certified for the licence's product. [`verify`] cannot know the
    /// product of an order or an activation certificate, so whoever applies one asks this first.
    ///
    /// # Errors
    /// [`DocumentError::AnotherVendor`], [`DocumentError::AnotherLicence`],
    /// [`DocumentError::ProductNotCovered`].
    pub fn belongs_to(&self, licence: &Verified<Licence>) -> Result<(), DocumentError> {
        let kind = T::KIND;
        if self.frame.vendor != licence.frame.vendor {
            return Err(DocumentError::AnotherVendor {
                kind,
                expected: licence.frame.vendor.clone(),
                found: self.frame.vendor.clone(),
            });
        }
        if self.frame.licence.as_ref() != Some(&licence.id) {
            return Err(DocumentError::AnotherLicence {
                kind,
                expected: licence.id.clone(),
            });
        }
        covered(self.signed_by, &self.products, &licence.product)
    }
}

impl<T> std::ops::Deref for Verified<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.document
    }
}

/// Verifies a document under a trusted root, as whoever grants anything on it must: terms that this
/// version does not carry out refuse it.
///
/// # Errors
/// [`DocumentError`], the most telling one: a signature that holds but may not count comes before
/// one that does not hold, and that before "nobody we know signed this".
pub fn verify<T: DocumentType>(
    signed: &message::SignedDocument,
    root: &TrustedRoot,
    revocations: &Revocations,
) -> Result<Verified<T>, DocumentError> {
    verify_with(signed, root, revocations, TermSet::HONOURED)
}

/// The same for a reader that honours the terms of `honoured`: the tools that issue and show documents
/// read whatever this version knows ([`TermSet::KNOWN`]).
///
/// # Errors
/// As [`verify`].
pub fn verify_with<T: DocumentType>(
    signed: &message::SignedDocument,
    root: &TrustedRoot,
    revocations: &Revocations,
    honoured: TermSet,
) -> Result<Verified<T>, DocumentError> {
    let kind = T::KIND;
    bounded(kind, signed)?;
    let keys = ChainKeys::walk(&signed.chain, root, revocations);
    match verify_by(signed, &keys, revocations, honoured) {
        Ok(Some(verified)) => Ok(verified),
        Ok(None) => Err(keys.refused().unwrap_or(DocumentError::Untrusted {
            kind,
            root: root.id(),
        })),
        Err(DocumentError::SignatureInvalid { key, .. }) => Err(keys
            .named(key.as_bytes())
            .next()
            .and_then(|certified| another_kind(kind, &certified.key, signed))
            .unwrap_or(DocumentError::SignatureInvalid { kind, key })),
        Err(error) => Err(error),
    }
}

/// Verifies a document by keys that are known already; its own chain is not looked at. `None` where
/// no signature names one of them, an error where one does but the document cannot stand under it.
pub(crate) fn verify_by<T: DocumentType>(
    signed: &message::SignedDocument,
    keys: &ChainKeys,
    revocations: &Revocations,
    honoured: TermSet,
) -> Result<Option<Verified<T>>, DocumentError> {
    let kind = T::KIND;
    let signed_bytes = to_be_signed(kind, &signed.payload);
    let mut altered = None;
    let mut refused = None;
    for signature in &signed.signatures {
        let Some(certified) = keys.named(&signature.key_id).next() else {
            continue;
        };
        let key = certified.key.id();
        if !certified.key.verifies(&signed_bytes, &signature.signature) {
            altered.get_or_insert(DocumentError::SignatureInvalid { kind, key });
            continue;
        }
        let certificates = keys.named(&signature.key_id);
        match stands(signed, key, certificates, revocations, honoured) {
            Ok(verified) => return Ok(Some(verified)),
            Err(error) => {
                refused.get_or_insert(error);
            }
        }
    }
    match refused.or(altered) {
        Some(error) => Err(error),
        None => Ok(None),
    }
}

/// Judges a document that `key` truly signed, under each of the key's certificates.
fn stands<'a, T: DocumentType>(
    signed: &message::SignedDocument,
    key: KeyId,
    certificates: impl Iterator<Item = &'a CertifiedKey>,
    revocations: &Revocations,
    honoured: TermSet,
) -> Result<Verified<T>, DocumentError> {
    let kind = T::KIND;
    let of_role: Vec<&CertifiedKey> = certificates
        .filter(|certified| certified.role == T::ROLE)
        .collect();
    let mut refused = DocumentError::WrongRole { kind, key };
    if of_role.is_empty() {
        return Err(refused);
    }
    let (frame, document) = read::<T>(&signed.payload, honoured)?;
    let digest = digest_of(kind, &signed.payload);
    for certified in of_role {
        let judged = covers(certified, kind, &frame)
            .and_then(|()| match document.product() {
                Some(product) => covered(key, &certified.products, product),
                None => Ok(()),
            })
            .and_then(|()| match revocations.revoked(key, digest) {
                // A list is signed under the trust anchor and cannot take it away.
                Some(untrusted_after) if !certified.is_anchor() => Err(DocumentError::KeyRevoked {
                    key,
                    untrusted_after,
                }),
                _ => Ok(()),
            });
        match judged {
            Ok(()) => {
                return Ok(Verified {
                    document,
                    frame,
                    digest,
                    signed_by: key,
                    products: certified.products.clone(),
                    bytes: encode_signed(signed).into(),
                });
            }
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// The certificate is of the document's vendor and covers its date.
fn covers(
    certified: &CertifiedKey,
    kind: DocumentKind,
    frame: &Frame,
) -> Result<(), DocumentError> {
    if let Some(vendor) = &certified.vendor
        && *vendor != frame.vendor
    {
        return Err(DocumentError::AnotherVendor {
            kind,
            expected: vendor.clone(),
            found: frame.vendor.clone(),
        });
    }
    let issued_at = frame.issued_at;
    match certified.valid {
        Some((from, until)) if issued_at < from || issued_at >= until => {
            Err(DocumentError::OutsideCertificate {
                kind,
                issued_at,
                from,
                until,
            })
        }
        _ => Ok(()),
    }
}

fn covered(key: KeyId, products: &[ProductId], product: &ProductId) -> Result<(), DocumentError> {
    if products.is_empty() || products.contains(product) {
        return Ok(());
    }
    Err(DocumentError::ProductNotCovered {
        key,
        product: product.clone(),
    })
}

/// Verifies a document that names its own signer. It says that the holder of that key wrote it, and
/// nothing about whether that key deserves trust.
pub fn verify_self_signed<T: SelfSigned>(
    signed: &message::SignedDocument,
) -> Result<Verified<T>, DocumentError> {
    verify_by_named_key(signed, TermSet::HONOURED, |document: &T| *document.signer())
}

/// Verifies a document by the one key that `named_key` takes from it.
pub(crate) fn verify_by_named_key<T: DocumentType>(
    signed: &message::SignedDocument,
    honoured: TermSet,
    named_key: impl Fn(&T) -> PublicKey,
) -> Result<Verified<T>, DocumentError> {
    let kind = T::KIND;
    bounded(kind, signed)?;
    let (frame, document) = read::<T>(&signed.payload, honoured)?;
    let own = named_key(&document);
    let signed_bytes = to_be_signed(kind, &signed.payload);
    let mut signatures = signed.signatures.iter();
    if signatures.any(|one| own.verifies(&signed_bytes, &one.signature)) {
        return Ok(Verified {
            document,
            frame,
            digest: digest_of(kind, &signed.payload),
            signed_by: own.id(),
            products: Vec::new(),
            bytes: encode_signed(signed).into(),
        });
    }
    Err(
        another_kind(kind, &own, signed).unwrap_or(DocumentError::SignatureInvalid {
            kind,
            key: own.id(),
        }),
    )
}

/// Refuses what is larger than anybody has reason to send, before any signature is checked.
pub(crate) fn bounded(
    kind: DocumentKind,
    signed: &message::SignedDocument,
) -> Result<(), DocumentError> {
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
    let bytes = signed.encoded_len();
    if bytes > DOCUMENT_BYTES_MAX {
        return Err(DocumentError::TooLarge {
            bytes,
            max: DOCUMENT_BYTES_MAX,
        });
    }
    Ok(())
}

/// Names the kind under which one of the signatures is the key's, if there is one.
fn another_kind(
    expected: DocumentKind,
    key: &PublicKey,
    signed: &message::SignedDocument,
) -> Option<DocumentError> {
    DocumentKind::ALL
        .into_iter()
        .find(|kind| {
            let signed_bytes = to_be_signed(*kind, &signed.payload);
            let mut signatures = signed.signatures.iter();
            signatures.any(|one| key.verifies(&signed_bytes, &one.signature))
        })
        .map(|actual| DocumentError::AnotherKind { expected, actual })
}

/// Decodes a payload; its frame, and with it the critical terms, come before everything else.
fn read<T: DocumentType>(payload: &[u8], honoured: TermSet) -> Result<(Frame, T), DocumentError> {
    let kind = T::KIND;
    let (frame, needed) = frame::read(kind, payload, honoured)?;
    let message = T::Message::decode(payload).map_err(|error| DocumentError::Malformed {
        kind,
        what: error.to_string(),
    })?;
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
