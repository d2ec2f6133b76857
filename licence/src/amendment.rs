//! Amendments: a licence as it stands after a change, with the digest of what it changes. Nothing is
//! added up by the reader, so that two readers cannot come to two results (clauses A5, A19, Z16).

use crate::{
    CivilSeconds, DocumentDigest, DocumentKind, DocumentType, Frame, KeyRole, Licence, ProductId,
    TermError,
    fields::{array, list, optional_instant, text_of},
    message,
    terms::contradiction,
};

/// The most changes that an amendment tells in words.
pub const CHANGES_MAX: usize = 64;

/// A licence as it stands after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// The licence or amendment that it changes.
    pub predecessor: DocumentDigest,
    /// It does nothing before; `None`: at once.
    pub effective_at: Option<CivilSeconds>,
    /// The whole licence as it stands afterwards.
    pub outcome: Licence,
    /// What changes, in words.
    pub changes: Vec<String>,
    /// It waits for an administrator's acceptance, even where the licence does not ask for that.
    pub countersign_required: bool,
}

impl DocumentType for Amendment {
    const KIND: DocumentKind = DocumentKind::Amendment;
    const ROLE: KeyRole = KeyRole::Issuing;
    type Message = message::Amendment;

    fn read(wire: Self::Message, frame: &Frame) -> Result<Self, TermError> {
        let outcome = wire
            .outcome
            .ok_or(TermError::Missing { field: "outcome" })?;
        if outcome.frame.is_some() {
            return contradiction("the outcome of an amendment has a frame of its own");
        }
        Ok(Self {
            predecessor: DocumentDigest::from_bytes(array(
                "predecessor_digest",
                &wire.predecessor_digest,
            )?),
            effective_at: optional_instant("effective_at", wire.effective_at_s)?,
            outcome: Licence::read(outcome, frame)?,
            changes: list("changes", wire.changes, 0, CHANGES_MAX, |one| {
                text_of("changes", one)
            })?,
            countersign_required: wire.countersign_required,
        })
    }

    fn product(&self) -> Option<&ProductId> {
        Some(&self.outcome.product)
    }
}
