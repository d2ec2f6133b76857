//! Who may sign what: the vendor's root, the key certificates that it signs, and the walk from a
//! trusted root to the keys that a document's chain vouches for.

use crate::{
    CivilSeconds, DocumentError, DocumentKind, DocumentType, Frame, KeyId, ProductId, PublicKey,
    Revocations, SelfSigned, TermError, TermSet, VendorId, Verified, envelope,
    fields::{instant, key_of, list, name, text_of, unique},
    message,
};

/// The most products that one certificate names.
pub const CERTIFIED_PRODUCTS_MAX: usize = 64;

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
    /// An escrow release: the key that a licence names, which no chain certifies.
    Escrow,
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
        let valid_from = instant("valid_from", message.valid_from_s)?;
        let valid_until = instant("valid_until", message.valid_until_s)?;
        if valid_until <= valid_from {
            return Err(TermError::EndsBeforeStart {
                field: "certificate",
            });
        }
        let products: Vec<ProductId> = list(
            "products",
            message.products,
            0,
            CERTIFIED_PRODUCTS_MAX,
            |product| name("products", &product),
        )?;
        unique("products", products.iter().map(ProductId::as_str))?;
        Ok(Self {
            role,
            public_key: key_of("public_key", &message.public_key)?,
            products,
            valid_from,
            valid_until,
        })
    }
}

/// A key that the chain leads to, and what it may do. A key stands once for each of its
/// certificates: a renewed certificate does not take back what the old one covered.
#[derive(Debug, Clone)]
pub(crate) struct CertifiedKey {
    pub(crate) key: PublicKey,
    pub(crate) role: KeyRole,
    /// `None`: the trusted root, where it was pinned by its key alone.
    pub(crate) vendor: Option<VendorId>,
    /// Empty: all of the vendor's.
    pub(crate) products: Vec<ProductId>,
    /// `None`: the trusted root, which nothing dates.
    pub(crate) valid: Option<(CivilSeconds, CivilSeconds)>,
}

impl CertifiedKey {
    /// The trusted root itself, on which everything else rests.
    pub(crate) fn is_anchor(&self) -> bool {
        self.valid.is_none()
    }
}

/// Every key that a chain leads to from the trusted root.
#[derive(Debug)]
pub(crate) struct ChainKeys {
    keys: Vec<CertifiedKey>,
    refused: Option<DocumentError>,
}

impl ChainKeys {
    /// Walks the chain to a fixed point: a certificate counts once a root key that counts signed it,
    /// so a new root that the old one cross-signed may stand anywhere in the chain. Certificates
    /// that nobody vouches for are ignored, as extra signatures are.
    pub(crate) fn walk(
        chain: &[message::SignedDocument],
        root: &TrustedRoot,
        revocations: &Revocations,
    ) -> Self {
        let mut found = Self {
            keys: vec![CertifiedKey {
                key: root.key,
                role: KeyRole::Root,
                vendor: root.vendor.clone(),
                products: Vec::new(),
                valid: None,
            }],
            refused: None,
        };
        let mut open: Vec<&message::SignedDocument> = chain.iter().collect();
        loop {
            let before = open.len();
            found.refused = None;
            open.retain(|signed| match found.certified(signed, revocations) {
                Ok(Some(key)) => {
                    found.keys.push(key);
                    false
                }
                Ok(None) => true,
                Err(error) => {
                    found.refused.get_or_insert(error);
                    true
                }
            });
            if open.len() == before {
                return found;
            }
        }
    }

    /// The certificates of the key that `key_id` names; none where the chain does not lead to it.
    pub(crate) fn named(&self, key_id: &[u8]) -> impl Iterator<Item = &CertifiedKey> {
        self.keys
            .iter()
            .filter(move |certified| certified.key.id().as_bytes() == key_id)
    }

    /// Why the first certificate was not accepted that names a known key as its signer.
    pub(crate) fn refused(self) -> Option<DocumentError> {
        self.refused
    }

    fn certified(
        &self,
        signed: &message::SignedDocument,
        revocations: &Revocations,
    ) -> Result<Option<CertifiedKey>, DocumentError> {
        envelope::bounded(DocumentKind::KeyCertificate, signed)?;
        let verified: Option<Verified<KeyCertificate>> =
            envelope::verify_by(signed, self, revocations, TermSet::HONOURED)?;
        let Some(certificate) = verified else {
            return Ok(None);
        };
        Ok(Some(CertifiedKey {
            key: certificate.public_key,
            role: certificate.role,
            vendor: Some(certificate.frame().vendor.clone()),
            products: narrowed(&certificate)?,
            valid: Some((certificate.valid_from, certificate.valid_until)),
        }))
    }
}

/// A root that is certified for some products can hand on no others.
fn narrowed(certificate: &Verified<KeyCertificate>) -> Result<Vec<ProductId>, DocumentError> {
    let allowed = certificate.signer_products();
    let own = &certificate.products;
    if own.is_empty() {
        return Ok(allowed.to_vec());
    }
    match own.iter().find(|product| !allowed.contains(product)) {
        Some(product) if !allowed.is_empty() => Err(DocumentError::ProductNotCovered {
            key: certificate.signed_by(),
            product: product.clone(),
        }),
        _ => Ok(own.clone()),
    }
}
