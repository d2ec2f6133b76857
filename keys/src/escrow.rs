//! The escrow agent's side (clause A16): a release of a licence, signed by the key that the licence names.
//! The vendor, who may be gone, has no part in it.

use octroi_licence::{
    CivilSeconds, DocumentError, EscrowCase, EscrowRelease, Licence, Signer, TermSet, Verified,
    VersionRange, message, message::SignedDocument, verify_release_with,
};

use crate::{DraftFrame, SigningError, sign_draft};

/// Why a licence was not released.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// The key did not sign.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// Another key than the licence names, or versions that are no range.
    #[error("clients would refuse the release, so it was not written")]
    WouldBeRefused {
        /// What a client would say.
        #[source]
        source: DocumentError,
    },
}

/// Releases a licence: its duties towards the vendor are lifted for the versions held.
///
/// # Errors
/// [`ReleaseError`].
pub fn release<S>(
    licence: &Verified<Licence>,
    case: EscrowCase,
    versions: &VersionRange,
    agent: &S,
    now: CivilSeconds,
) -> Result<(SignedDocument, Verified<EscrowRelease>), ReleaseError>
where
    S: Signer,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let version = |version: &Option<octroi_licence::ProductVersion>| {
        version.clone().map(String::from).unwrap_or_default()
    };
    let draft = message::EscrowRelease {
        frame: None,
        escrow_key: agent.public_key().as_bytes().to_vec(),
        escrow_case: case.wire().into(),
        versions: (*versions != VersionRange::default()).then(|| message::VersionRange {
            minimum: version(&versions.minimum),
            maximum: version(&versions.maximum),
        }),
    };
    let frame = DraftFrame {
        vendor: licence.frame().vendor.clone(),
        issued_at: now,
        licence: Some(licence.id.clone()),
        sequence: 0,
    };
    let signed = sign_draft(draft, &frame, agent, Vec::new())?;
    let verified = verify_release_with(&signed, licence, TermSet::KNOWN)
        .map_err(|source| ReleaseError::WouldBeRefused { source })?;
    Ok((signed, verified))
}
