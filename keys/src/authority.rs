//! Who signs: the vendor's root and what it says of the other keys. The root signs here and nowhere
//! else; documents for clients are signed by an [`Authority`], a key with the chain that proves it.

use octroi_licence::{
    CivilSeconds, DocumentError, DocumentType, KeyRole, Licence, ProductId, PublicKey, Revocations,
    Signer, TermSet, TrustedRoot, VendorId, Verified, message, message::SignedDocument,
    verify_with,
};

use crate::{DraftFrame, SigningError, document::Draft, sign_draft};

/// A key together with what makes others believe it.
#[derive(Debug, Clone)]
pub struct Authority<'a, S> {
    /// The vendor that it signs for.
    pub vendor: VendorId,
    /// The key, in a file, a token or elsewhere.
    pub signer: &'a S,
    /// The key's certificate, and cross-certificates from older roots to newer ones.
    pub chain: Vec<SignedDocument>,
    /// What clients trust.
    pub root: TrustedRoot,
    /// What the vendor revoked so far.
    pub revocations: Revocations,
}

impl<S> Authority<'_, S>
where
    S: Signer,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    /// Signs a draft and reads it back as a client of this version or a later one will: what a client would refuse never leaves.
    ///
    /// # Errors
    /// [`AuthorityError`].
    pub fn sign<D, T>(
        &self,
        draft: D,
        frame: &DraftFrame,
    ) -> Result<(SignedDocument, Verified<T>), AuthorityError>
    where
        D: Draft,
        T: DocumentType,
    {
        let signed = sign_draft(draft, frame, self.signer, self.chain.clone())?;
        let verified = verify_with(&signed, &self.root, &self.revocations, TermSet::KNOWN)
            .map_err(|source| AuthorityError::WouldBeRefused { source })?;
        Ok((signed, verified))
    }
}

/// Checks what [`verify_with`] cannot know: that the key may sign for the licence's product.
pub(crate) fn may_speak_of<T: DocumentType>(
    document: &Verified<T>,
    licence: &Verified<Licence>,
) -> Result<(), AuthorityError> {
    document
        .belongs_to(licence)
        .map_err(|source| AuthorityError::WouldBeRefused { source })
}

/// Why an authority's document did not come about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// The key did not sign.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The document was signed but no client would honour it: an expired certificate, a revoked
    /// key, a product that the certificate does not cover.
    #[error("clients would refuse the document, so it was not written")]
    WouldBeRefused {
        /// What a client would say.
        #[source]
        source: DocumentError,
    },
}

/// Writes the vendor's root: its name and key, signed by itself.
///
/// # Errors
/// [`SigningError`].
pub fn vendor_root<S>(
    vendor: &VendorId,
    name: &str,
    root: &S,
    now: CivilSeconds,
) -> Result<SignedDocument, SigningError>
where
    S: Signer,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let draft = message::VendorRoot {
        frame: None,
        vendor_name: name.to_owned(),
        public_key: root.public_key().as_bytes().to_vec(),
    };
    sign_draft(draft, &vendor_frame(vendor, now), root, Vec::new())
}

/// What a root says of another key.
#[derive(Debug, Clone)]
pub struct Certification {
    /// What the key may sign.
    pub role: KeyRole,
    /// The key.
    pub public_key: PublicKey,
    /// Products it may sign for; empty: all.
    pub products: Vec<ProductId>,
    /// First instant at which a document may be dated.
    pub valid_from: CivilSeconds,
    /// First instant at which none may be dated any more.
    pub valid_until: CivilSeconds,
}

/// Why a key was not certified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertifyError {
    /// Daemons' keys are certified by activation, not by the root.
    #[error("a root certifies root, issuing and activation keys only")]
    RoleNotCertified,
    /// The certificate would never be valid.
    #[error("the certificate ends before it starts")]
    EndsBeforeStart,
    /// The root did not sign.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// Certifies a key by the root. For a new root it is the cross-certificate, signed by the old.
///
/// # Errors
/// [`CertifyError`].
pub fn certify<S>(
    vendor: &VendorId,
    certification: &Certification,
    root: &S,
    now: CivilSeconds,
) -> Result<SignedDocument, CertifyError>
where
    S: Signer,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let role = match certification.role {
        KeyRole::Root => message::KeyRole::Root,
        KeyRole::Issuing => message::KeyRole::Issuing,
        KeyRole::Activation => message::KeyRole::Activation,
        KeyRole::Daemon | _ => return Err(CertifyError::RoleNotCertified),
    };
    if certification.valid_until <= certification.valid_from {
        return Err(CertifyError::EndsBeforeStart);
    }
    let draft = message::KeyCertificate {
        frame: None,
        role: role.into(),
        public_key: certification.public_key.as_bytes().to_vec(),
        products: certification
            .products
            .iter()
            .map(ToString::to_string)
            .collect(),
        valid_from_s: certification.valid_from.0,
        valid_until_s: certification.valid_until.0,
    };
    Ok(sign_draft(
        draft,
        &vendor_frame(vendor, now),
        root,
        Vec::new(),
    )?)
}

fn vendor_frame(vendor: &VendorId, now: CivilSeconds) -> DraftFrame {
    DraftFrame {
        vendor: vendor.clone(),
        issued_at: now,
        licence: None,
        sequence: 0,
    }
}
