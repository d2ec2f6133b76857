//! The escrow release (clause A16): signed by the key that the licence itself names, it lifts the duties
//! towards a vendor that is no more, so that the licence lives on for its whole term.

use crate::{
    DocumentError, DocumentKind, DocumentType, Frame, KeyRole, Licence, LicenceId, PublicKey,
    SelfSigned, TermError, TermSet, Verified, VersionRange, choice::choice,
    envelope::verify_by_named_key, fields::key_of, licence::version_range, message,
};

choice! {
    /// What happened to the vendor.
    EscrowCase {
        /// Liquidation without continuation.
        Liquidation,
        /// Its activity ended and nobody took it over.
        ActivityEnded,
        /// Maintenance stopped and nobody took it over.
        MaintenanceStopped,
    }
}

/// Duties to report and to renew certificates are lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EscrowRelease {
    /// The licence concerned.
    pub licence: LicenceId,
    /// The signer.
    pub escrow_key: PublicKey,
    /// What happened.
    pub case: EscrowCase,
    /// Versions that are covered; open at both ends: all.
    pub versions: VersionRange,
}

impl DocumentType for EscrowRelease {
    const KIND: DocumentKind = DocumentKind::EscrowRelease;
    const ROLE: KeyRole = KeyRole::Escrow;
    type Message = message::EscrowRelease;

    fn read(wire: Self::Message, frame: &Frame) -> Result<Self, TermError> {
        Ok(Self {
            licence: frame.of_licence()?,
            escrow_key: key_of("escrow_key", &wire.escrow_key)?,
            case: EscrowCase::read("escrow_case", wire.escrow_case)?,
            versions: version_range(&wire.versions.unwrap_or_default())?,
        })
    }
}

/// A release that was verified by its licence when it came is read back by the key that it names itself:
/// the licence may have changed since.
impl SelfSigned for EscrowRelease {
    fn signer(&self) -> &PublicKey {
        &self.escrow_key
    }
}

/// Verifies a release by the escrow key of the licence that it releases. The vendor's root has no say:
/// it may be gone.
///
/// # Errors
/// [`DocumentError`]: of another vendor or licence, by another key than the licence names, altered.
pub fn verify_release(
    signed: &message::SignedDocument,
    licence: &Verified<Licence>,
) -> Result<Verified<EscrowRelease>, DocumentError> {
    verify_release_with(signed, licence, TermSet::HONOURED)
}

/// The same for a reader that honours the terms of `honoured`.
///
/// # Errors
/// As [`verify_release`].
pub fn verify_release_with(
    signed: &message::SignedDocument,
    licence: &Verified<Licence>,
    honoured: TermSet,
) -> Result<Verified<EscrowRelease>, DocumentError> {
    let kind = DocumentKind::EscrowRelease;
    let wrong_key = |key: PublicKey| DocumentError::WrongRole {
        kind,
        key: key.id(),
    };
    let release: Verified<EscrowRelease> =
        verify_by_named_key(signed, honoured, |release: &EscrowRelease| {
            release.escrow_key
        })?;
    if licence.escrow_key != Some(release.escrow_key) {
        return Err(wrong_key(release.escrow_key));
    }
    release.belongs_to(licence)?;
    Ok(release)
}
