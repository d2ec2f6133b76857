//! Readers of single fields, shared by every document: what comes out is bounded and of its type.
//! No document's own rules live here.

use std::{collections::BTreeSet, str::FromStr};

use crate::{
    CivilSeconds, LicenceId, NameError, PublicKey, Seconds, TermError,
    licence::{SEATS_MAX, SPAN_MAX_S, Seats, Term},
    message,
};

/// The longest free text in a document, in bytes.
pub const TEXT_BYTES_MAX: usize = 200;

/// Reads a start and an end; 0 leaves either open.
pub(crate) fn term(field: &'static str, wire: message::Term) -> Result<Term, TermError> {
    let term = Term {
        starts_at: optional_instant(field, wire.starts_at_s)?,
        ends_at: optional_instant(field, wire.ends_at_s)?,
    };
    match (term.starts_at, term.ends_at) {
        (Some(start), Some(end)) if end <= start => Err(TermError::EndsBeforeStart { field }),
        _ => Ok(term),
    }
}

/// Reads an instant within the calendar, so that everybody can show it as a date.
pub(crate) fn instant(field: &'static str, found: i64) -> Result<CivilSeconds, TermError> {
    if (0..=CivilSeconds::LATEST.0).contains(&found) {
        Ok(CivilSeconds(found))
    } else {
        Err(TermError::Instant { field, found })
    }
}

/// Reads an instant that 0 leaves open.
pub(crate) fn optional_instant(
    field: &'static str,
    found: i64,
) -> Result<Option<CivilSeconds>, TermError> {
    Ok(match instant(field, found)? {
        CivilSeconds(0) => None,
        at => Some(at),
    })
}

/// Reads a bounded list.
pub(crate) fn list<W, T>(
    field: &'static str,
    wire: Vec<W>,
    min: usize,
    max: usize,
    read: impl Fn(W) -> Result<T, TermError>,
) -> Result<Vec<T>, TermError> {
    if wire.len() > max {
        return Err(TermError::TooMany {
            field,
            found: wire.len(),
            max,
        });
    }
    if wire.len() < min {
        return Err(TermError::Missing { field });
    }
    wire.into_iter().map(read).collect()
}

/// Refuses the second of two equal entries.
pub(crate) fn unique<T: Ord + ToString>(
    field: &'static str,
    entries: impl Iterator<Item = T>,
) -> Result<(), TermError> {
    let mut seen = BTreeSet::new();
    for entry in entries {
        let text = entry.to_string();
        if !seen.insert(entry) {
            return Err(TermError::Twice { field, entry: text });
        }
    }
    Ok(())
}

/// Reads a name of any of the types in `ids`.
pub(crate) fn name<T: FromStr<Err = NameError>>(
    field: &'static str,
    text: &str,
) -> Result<T, TermError> {
    text.parse()
        .map_err(|source| TermError::Name { field, source })
}

/// Reads free text for people: at most [`TEXT_BYTES_MAX`], nothing that could move the cursor or
/// reorder what is shown.
pub(crate) fn text_of(field: &'static str, text: String) -> Result<String, TermError> {
    text_within(field, text, TEXT_BYTES_MAX)
}

/// The same with at most `max` bytes.
pub(crate) fn text_within(
    field: &'static str,
    text: String,
    max: usize,
) -> Result<String, TermError> {
    let source = if text.len() > max {
        NameError::TooLong {
            what: field,
            length: text.len(),
            max,
        }
    } else if text.chars().any(misleads) {
        NameError::Alphabet {
            what: field,
            found: text.escape_debug().to_string(),
            allowed: "printable text",
        }
    } else {
        return Ok(text);
    };
    Err(TermError::Name { field, source })
}

/// Control characters, line separators and the marks that override the direction of writing.
fn misleads(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Reads a short name of the alphabet that ids have.
pub(crate) fn slug(field: &'static str, text: String) -> Result<String, TermError> {
    // Any id of that alphabet reads it; which one does not matter.
    name::<LicenceId>(field, &text).map(|_| text)
}

/// Reads bytes of a fixed length.
pub(crate) fn array<const N: usize>(
    field: &'static str,
    bytes: &[u8],
) -> Result<[u8; N], TermError> {
    bytes.try_into().map_err(|_| TermError::Length {
        field,
        expected: N,
        found: bytes.len(),
    })
}

/// Reads a public key.
pub(crate) fn key_of(field: &'static str, bytes: &[u8]) -> Result<PublicKey, TermError> {
    let bytes: [u8; 32] = array(field, bytes)?;
    PublicKey::from_bytes(&bytes).ok_or(TermError::PublicKey { field })
}

/// Reads a number between bounds, both included.
pub(crate) fn range(field: &'static str, found: u64, min: u64, max: u64) -> Result<u64, TermError> {
    if (min..=max).contains(&found) {
        Ok(found)
    } else {
        Err(TermError::Range {
            field,
            found,
            min,
            max,
        })
    }
}

/// Reads a count of seats or hosts: 1 to [`SEATS_MAX`].
pub(crate) fn count(field: &'static str, found: u32) -> Result<Seats, TermError> {
    range(field, found.into(), 1, SEATS_MAX.into()).map(|_| Seats(found))
}

/// Reads a span of at most [`SPAN_MAX_S`]; 0 is the default.
pub(crate) fn span(
    field: &'static str,
    seconds: u32,
    default: Seconds,
) -> Result<Seconds, TermError> {
    range(field, seconds.into(), 0, SPAN_MAX_S.into())?;
    Ok(match seconds {
        0 => default,
        seconds => Seconds(seconds),
    })
}
