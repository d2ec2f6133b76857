//! The frame: what every signed payload says about itself in its first field. It is read before
//! anything else, so that a document of a later version is refused as such and not as damaged.

use prost::Message as _;

use crate::{
    CivilSeconds, DocumentError, DocumentKind, LicenceId, TermError, TermSet, VendorId,
    fields::{instant, name},
    honoured::stated_terms,
    message,
};

/// Unknown terms that a refusal lists.
const UNKNOWN_TERMS_SHOWN: usize = 16;
/// Characters of `requires_version` that a refusal shows.
const VERSION_SHOWN: usize = 32;

/// Vendor, date, licence and sequence of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Who issued it.
    pub vendor: VendorId,
    /// When it was issued, as it says itself; its key's certificate must cover this instant.
    pub issued_at: CivilSeconds,
    /// The licence it belongs to; `None` where it concerns the vendor as a whole.
    pub licence: Option<LicenceId>,
    /// Its number in the licence's vendor sequence; for a revocation list its version.
    pub sequence: u64,
}

impl Frame {
    /// The licence, for the kinds that belong to one.
    pub(crate) fn of_licence(&self) -> Result<LicenceId, TermError> {
        self.licence.clone().ok_or(TermError::Missing {
            field: "frame.licence_id",
        })
    }

    /// The sequence number, for the kinds that have one; it counts from 1.
    pub(crate) fn in_sequence(&self) -> Result<u64, TermError> {
        crate::fields::range("frame.sequence", self.sequence, 1, u64::MAX)
    }
}

/// Any payload, as far as every version can read it.
#[derive(Clone, PartialEq, prost::Message)]
struct Head {
    #[prost(message, optional, tag = "1")]
    frame: Option<message::DocumentFrame>,
}

/// Reads the frame and refuses critical terms that the reader does not honour, whether the document
/// lists them or only states them. Also returns the version that the document says it needs, for what
/// the reader of the rest may not know.
pub(crate) fn read(
    kind: DocumentKind,
    payload: &[u8],
    honoured: TermSet,
) -> Result<(Frame, String), DocumentError> {
    let malformed = |error: prost::DecodeError| DocumentError::Malformed {
        kind,
        what: error.to_string(),
    };
    let head = Head::decode(payload).map_err(malformed)?;
    let term = |source| DocumentError::Term { kind, source };
    let wire = head
        .frame
        .ok_or_else(|| term(TermError::Missing { field: "frame" }))?;
    let needed: String = wire
        .requires_version
        .chars()
        .filter(char::is_ascii_graphic)
        .take(VERSION_SHOWN)
        .collect();
    let mut demanded = stated_terms(kind, payload).map_err(malformed)?;
    demanded.extend(&wire.requires);
    let unknown: Vec<String> = demanded
        .iter()
        .filter(|number| !honoured.contains(**number))
        .take(UNKNOWN_TERMS_SHOWN)
        .map(|number| format!("term {number}"))
        .collect();
    if !unknown.is_empty() {
        return Err(DocumentError::TooNew {
            kind,
            terms: unknown.join(", "),
            needed,
        });
    }
    let frame = terms(&wire).map_err(term)?;
    Ok((frame, needed))
}

fn terms(wire: &message::DocumentFrame) -> Result<Frame, TermError> {
    Ok(Frame {
        vendor: name("frame.vendor", &wire.vendor)?,
        issued_at: instant("frame.issued_at", wire.issued_at_s)?,
        licence: match wire.licence_id.as_str() {
            "" => None,
            id => Some(name("frame.licence_id", id)?),
        },
        sequence: wire.sequence,
    })
}
