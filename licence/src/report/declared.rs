//! What the client declared about a licence, as a report carries it: kinds and days, no word of it.

use super::{Numbered, too_long};
use crate::{
    CivilDay, DocumentKind, EndOfUseCertificate, TermError, Verified, decode_signed,
    fields::{list, unique},
    message, verify_self_signed,
};

/// Kinds that one licence's list may hold.
const DECLARATIONS_MAX: usize = 32;
pub(super) const CERTIFICATE_BYTES_MAX: usize = 16 << 10;

/// One thing that the client declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportedDeclaration {
    /// What.
    pub kind: Numbered<message::DeclarationKind>,
    /// When it was recorded.
    pub day: CivilDay,
    /// Of a non-renewal: the day on which the licence ends by it.
    pub ends_on: Option<CivilDay>,
}

impl ReportedDeclaration {
    pub(super) fn wire(&self) -> message::Declaration {
        message::Declaration {
            kind: self.kind.number(),
            day: self.day.0,
            ends_day: self.ends_on.map_or(0, |day| day.0),
        }
    }
}

pub(super) fn declarations(
    wire: Vec<message::Declaration>,
) -> Result<Vec<ReportedDeclaration>, TermError> {
    let field = "declarations";
    let read = list(field, wire, 0, DECLARATIONS_MAX, |one| {
        Ok(ReportedDeclaration {
            kind: Numbered::read(field, one.kind)?,
            day: CivilDay::read("declared day", one.day)?,
            ends_on: match one.ends_day {
                0 => None,
                day => Some(CivilDay::read("declared ends_day", day)?),
            },
        })
    })?;
    unique(field, read.iter().map(|one| one.kind.number()))?;
    Ok(read)
}

/// A certificate that says what its report says elsewhere: whoever reads the report need not trust it.
pub(super) fn certificate(bytes: Vec<u8>) -> Result<Vec<u8>, TermError> {
    let field = "end_of_use_certificate";
    if bytes.len() > CERTIFICATE_BYTES_MAX {
        return Err(too_long(field, bytes.len(), CERTIFICATE_BYTES_MAX));
    }
    if !bytes.is_empty() && read(&bytes).is_none() {
        return Err(TermError::Contradiction {
            what: format!("{field} is no certificate that its own key signed"),
        });
    }
    Ok(bytes)
}

/// Reads a certificate that a report carries; `None`: it is none.
pub(super) fn read(bytes: &[u8]) -> Option<Verified<EndOfUseCertificate>> {
    let signed = decode_signed(DocumentKind::EndOfUseCertificate, bytes).ok()?;
    let bare = signed.chain.is_empty() && signed.signatures.len() == 1;
    bare.then(|| verify_self_signed(&signed).ok()).flatten()
}
