//! Who may sign what: the vendor's root, the key certificates that it signs, and the walk from a
//! trusted root to the keys that a document's chain vouches for.

use crate::{
    CivilSeconds, DocumentKind, DocumentType, Frame, KeyId, ProductId, PublicKey, SelfSigned,
    TermError, VendorId, Verified, envelope,
    licence::{key_of, list, name, text_of},
    message,
};

/// What a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeyRole {
    /// Other keys' certificates.
    Root,
    /// Licences, amendments, orders, revocation lists.
    Issuing,
    /// Activation certificates and receipts.
    Activation,
    /// Its own requests and reports: a daemon's key, which no chain certifies.
    Daemon,
}

/// The root that somebody decided to trust: pinned in an application, or accepted by an
/// administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedRoot {
    key: PublicKey,
    vendor: Option<VendorId>,
}

impl TrustedRoot {
    /// A root known by its key alone, as an application pins it.
    pub fn pinned(key: PublicKey) -> Self {
        Self { key, vendor: None }
    }

    /// A root accepted for one vendor, as a daemon's realm holds it.
    pub fn accepted(root: &Verified<VendorRoot>) -> Self {
        Self {
            key: root.document().public_key,
            vendor: Some(root.frame().vendor.clone()),
        }
    }

    /// The fingerprint.
    pub fn id(&self) -> KeyId {
        self.key.id()
    }

    /// The key itself.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }
}

/// The vendor's root as it is handed out: signed by itself, which proves possession and nothing
/// more. Compare the fingerprint over another channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorRoot {
    /// For people; at most 200 bytes.
    pub vendor_name: String,
    /// The root key.
    pub public_key: PublicKey,
}

impl DocumentType for VendorRoot {
    const KIND: DocumentKind = DocumentKind::VendorRoot;
    const ROLE: KeyRole = KeyRole::Root;
    type Message = message::VendorRoot;

    fn frame(message: &Self::Message) -> Option<&message::DocumentFrame> {
        message.frame.as_ref()
    }

    fn read(message: Self::Message, _: &Frame) -> Result<Self, TermError> {
        Ok(Self {
            vendor_name: text_of("vendor_name", message.vendor_name)?,
            public_key: key_of("public_key", &message.public_key)?,
        })
    }
}

impl SelfSigned for VendorRoot {
    fn signer(&self) -> &PublicKey {
        &self.public_key
    }
}

/// A root's word for another key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCertificate {
    /// What the key may sign.
    pub role: KeyRole,
    /// The key.
    pub public_key: PublicKey,
    /// Products it may sign for; empty: all of the vendor's.
    pub products: Vec<ProductId>,
    /// First instant at which a document may be dated.
    pub valid_from: CivilSeconds,
    /// First instant at which none may be dated any more.
    pub valid_until: CivilSeconds,
}

impl DocumentType for KeyCertificate {
    const KIND: DocumentKind = DocumentKind::KeyCertificate;
    const ROLE: KeyRole = KeyRole::Root;
    type Message = message::KeyCertificate;

    fn frame(message: &Self::Message) -> Option<&message::DocumentFrame> {
        message.frame.as_ref()
    }

    fn read(message: Self::Message, _: &Frame) -> Result<Self, TermError> {
        let role = match message::KeyRole::try_from(message.role) {
            Ok(message::KeyRole::Root) => KeyRole::Root,
            Ok(message::KeyRole::Issuing) => KeyRole::Issuing,
            Ok(message::KeyRole::Activation) => KeyRole::Activation,
            Ok(message::KeyRole::Unspecified) => {
                return Err(TermError::Missing { field: "role" });
            }
            Err(_) => return Err(TermError::Unknown { field: "role" }),
        };
        if message.valid_until_s <= message.valid_from_s {
            return Err(TermError::EndsBeforeStart {
                field: "certificate",
            });
        }
        Ok(Self {
            role,
            public_key: key_of("public_key", &message.public_key)?,
            products: list("products", message.products, 0, 64, |product| {
                name("products", &product)
            })?,
            valid_from: CivilSeconds(message.valid_from_s),
            valid_until: CivilSeconds(message.valid_until_s),
        })
    }
}

/// A key that the chain leads to, and what it may do.
#[derive(Debug, Clone)]
pub(crate) struct CertifiedKey {
    pub(crate) key: PublicKey,
    pub(crate) role: KeyRole,
    pub(crate) vendor: Option<VendorId>,
    pub(crate) products: Vec<ProductId>,
    pub(crate) valid: Option<(CivilSeconds, CivilSeconds)>,
}

/// Every key that a chain leads to from the trusted root.
#[derive(Debug)]
pub(crate) struct ChainKeys(Vec<CertifiedKey>);

impl ChainKeys {
    pub(crate) fn find(&self, key_id: &[u8]) -> Option<&CertifiedKey> {
        self.0
            .iter()
            .find(|certified| certified.key.id().as_bytes() == key_id)
    }
}

/// Walks the chain to a fixed point: a certificate counts once a root key that counts signed it, so
/// a new root that the old one cross-signed may stand anywhere in the chain. Certificates that
/// nobody vouches for are ignored, as extra signatures are.
pub(crate) fn certified_keys(chain: &[message::SignedDocument], root: &TrustedRoot) -> ChainKeys {
    let mut keys = ChainKeys(vec![CertifiedKey {
        key: root.key,
        role: KeyRole::Root,
        vendor: root.vendor.clone(),
        products: Vec::new(),
        valid: None,
    }]);
    let mut open: Vec<&message::SignedDocument> = chain.iter().collect();
    loop {
        let before = open.len();
        open.retain(|signed| match certificate(signed, &keys) {
            Some(key) => {
                keys.0.push(key);
                false
            }
            None => true,
        });
        if open.len() == before {
            return keys;
        }
    }
}

fn certificate(signed: &message::SignedDocument, keys: &ChainKeys) -> Option<CertifiedKey> {
    let verified = envelope::verify_by::<KeyCertificate>(signed, keys)?;
    let vendor = Some(verified.frame().vendor.clone());
    let certificate = verified.document();
    Some(CertifiedKey {
        key: certificate.public_key,
        role: certificate.role,
        vendor,
        products: certificate.products.clone(),
        valid: Some((certificate.valid_from, certificate.valid_until)),
    })
}
