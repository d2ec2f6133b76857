//! Who the vendor is: its root, and the activation key with what proves it. The server holds no
//! issuing key: what it signs is certificates and receipts alone.

use octroi_licence::{
    DocumentError, KeyCertificate, KeyId, KeyRole, PublicKey, Revocations, Signer as _,
    TrustedRoot, VendorId, VendorRoot, Verified, message::SignedDocument, verify,
    verify_self_signed,
};
use octroi_vendor::{Authority, PrivateKey};

/// The vendor, as clients know it.
#[derive(Debug, Clone)]
pub struct Vendor {
    id: VendorId,
    root: TrustedRoot,
}

impl Vendor {
    /// Reads the vendor's root.
    ///
    /// # Errors
    /// [`DocumentError`]: it is damaged, or no root.
    pub fn read(root: &SignedDocument) -> Result<Self, DocumentError> {
        let root: Verified<VendorRoot> = verify_self_signed(root)?;
        Ok(Self {
            id: root.frame().vendor.clone(),
            root: TrustedRoot::accepted(&root),
        })
    }

    /// The vendor's id.
    pub fn id(&self) -> &VendorId {
        &self.id
    }

    /// What documents are verified under.
    pub fn root(&self) -> &TrustedRoot {
        &self.root
    }

    /// The root's fingerprint: names the vendor's realm in every daemon.
    pub fn realm(&self) -> KeyId {
        self.root.id()
    }
}

/// The activation key, certified by the vendor's root.
#[derive(Debug)]
pub struct ActivationKey {
    key: PrivateKey,
    chain: Vec<SignedDocument>,
}

/// Why the server cannot sign for the vendor.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActivationKeyError {
    /// The certificate does not stand under the root.
    #[error("the activation key's certificate is refused")]
    Certificate(#[from] DocumentError),
    /// A key for something else.
    #[error("the certificate is for a key of another role than activation")]
    Role,
    /// Key and certificate do not belong together.
    #[error("the activation key is not the one that its certificate names ({expected})")]
    AnotherKey {
        /// The key of the certificate.
        expected: PublicKey,
    },
}

impl ActivationKey {
    /// Checks that the key is the one that the certificate vouches for. `cross_certificates` lead
    /// from older roots to the vendor's.
    ///
    /// # Errors
    /// [`ActivationKeyError`].
    pub fn new(
        vendor: &Vendor,
        key: PrivateKey,
        certificate: SignedDocument,
        cross_certificates: Vec<SignedDocument>,
    ) -> Result<Self, ActivationKeyError> {
        let verified: Verified<KeyCertificate> =
            verify(&certificate, &vendor.root, &Revocations::default())?;
        if verified.role != KeyRole::Activation {
            return Err(ActivationKeyError::Role);
        }
        if verified.public_key != key.public_key() {
            return Err(ActivationKeyError::AnotherKey {
                expected: verified.public_key,
            });
        }
        let mut chain = vec![certificate];
        chain.extend(cross_certificates);
        Ok(Self { key, chain })
    }

    /// The key as it signs for the vendor.
    pub(crate) fn authority(
        &self,
        vendor: &Vendor,
        revocations: Revocations,
    ) -> Authority<'_, PrivateKey> {
        Authority {
            vendor: vendor.id.clone(),
            signer: &self.key,
            chain: self.chain.clone(),
            root: vendor.root.clone(),
            revocations,
        }
    }
}
