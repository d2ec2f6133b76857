//! The critical terms that this version honours, in one list. A term that is known but that nothing
//! enforces yet is not on it, and a document that states it is refused as too new: nobody is granted
//! what nobody watches.

use std::collections::BTreeSet;

use octroi_proto::DOCUMENT_FIELDS;
use prost::{
    DecodeError,
    encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field},
};

use crate::DocumentKind;

/// Every term that this version carries out, ascending. A number is added here by whoever makes the
/// engine (or whoever else must) carry it out, and never before.
const HONOURED: &[u32] = &[
    // A licence's sites, binding, spans, reporting, zone, eligibility, containers, territory, renewal,
    // end, the server's regions, maintenance.
    101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119,
    120, 121, 122, 123, 124, 125, 126, 131, 132, 133, 134, 135, 136, 141, 151, 152, 153, 154, 155,
    156, //
    // Zones, times of day; companies and kinds of persons; countries.
    161, 162, 163, 164, 171, 172, 173, 174, 175, 176, 177, //
    // Renewal and what stays usable after the end.
    181, 182, 183, 184, 185, 186, 187, //
    // A feature's versions, linger, dates, maintenance; named users, amounts, times of day, use over
    // the limit, longest wait, automation, borrowing, identity, proofs by the hardware key,
    // limits for kinds of persons.
    201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212, 213, 214, 215, 216, 221, 222, 223,
    224, 225, 226, 231, 232, 233, 234, 235, 236, 241, 242, 243, 244, 245, //
    // An activation certificate's site and host.
    301, 302, //
    // An order's scope (licence, feature, maintenance); suspend, resume, terminate, clock reset; audit,
    // cure notice and its end; reassign, block, unblock, write off; transfer, renewal, non-renewal;
    // limit change, overdraft notice, force majeure, decide a reservation.
    401, 410, 411, 412, 413, 414, 415, 416, 417, 418, 419, 420, 421, 422, 423, 424, 425, 426, 427,
    428, 429, 431, 432, 433, 434, 441, 442, 443, 444, 445, 446, 447, 448, 449, 451, 452, 453, 454,
    455, 456, 457, 459, 460, //
    // An amendment.
    601, 602, 603, //
    // An escrow release.
    701, 702, //
    // Revocations.
    901, 902, 903, 904, 905, 906, 907,
];

/// A set of critical terms: those that a reader is ready to honour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TermSet(Terms);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Terms {
    Honoured,
    Known,
    Listed(&'static [u32]),
}

impl TermSet {
    /// What this version carries out: for whoever grants anything.
    pub const HONOURED: Self = Self(Terms::Honoured);
    /// What this version can read and write: for the tools that issue and show documents, and for
    /// tests. Nothing may be granted on it.
    pub const KNOWN: Self = Self(Terms::Known);

    /// The terms of a list, such as those that some other version honours.
    pub const fn of(terms: &'static [u32]) -> Self {
        Self(Terms::Listed(terms))
    }

    /// Says whether the set holds a term.
    pub fn contains(self, term: u32) -> bool {
        match self.0 {
            Terms::Honoured => HONOURED.binary_search(&term).is_ok(),
            Terms::Known => octroi_proto::knows_term(term),
            Terms::Listed(terms) => terms.contains(&term),
        }
    }
}

/// The terms that a payload states, whatever its `requires` says: the fields that are there.
///
/// # Errors
/// [`DecodeError`], where the bytes are no message.
pub(crate) fn stated_terms(
    kind: DocumentKind,
    payload: &[u8],
) -> Result<BTreeSet<u32>, DecodeError> {
    let mut found = BTreeSet::new();
    collect(kind.message_name(), payload, &mut found)?;
    Ok(found)
}

/// As deep as the descriptors lead: no message of a payload holds itself.
fn collect(message: &str, mut bytes: &[u8], found: &mut BTreeSet<u32>) -> Result<(), DecodeError> {
    while !bytes.is_empty() {
        let (number, wire_type) = decode_key(&mut bytes)?;
        let field = DOCUMENT_FIELDS
            .binary_search_by_key(&(message, number), |(message, number, ..)| {
                (*message, *number)
            })
            .ok()
            .and_then(|at| DOCUMENT_FIELDS.get(at));
        let inner = match field {
            Some((_, _, term, inner)) => {
                if *term > 0 {
                    found.insert(*term);
                }
                *inner
            }
            None => "",
        };
        if inner.is_empty() || wire_type != WireType::LengthDelimited {
            skip_field(wire_type, number, &mut bytes, DecodeContext::default())?;
            continue;
        }
        let length = usize::try_from(decode_varint(&mut bytes)?).unwrap_or(usize::MAX);
        // Cut short: what is missing will be missed where the payload is decoded.
        let (part, rest) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
        collect(inner, part, found)?;
        bytes = rest;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use octroi_proto::KNOWN_TERMS;

    use super::*;

    #[test]
    fn what_is_honoured_is_known() {
        assert!(HONOURED.is_sorted_by(|one, next| one < next));
        for term in HONOURED {
            assert!(TermSet::KNOWN.contains(*term), "{term}");
            assert!(TermSet::HONOURED.contains(*term), "{term}");
        }
        assert!(HONOURED.len() <= KNOWN_TERMS.len());
    }

    #[test]
    fn the_fields_are_in_the_order_in_which_they_are_searched() {
        let keys = DOCUMENT_FIELDS
            .iter()
            .map(|(message, number, ..)| (message, number));
        assert!(keys.is_sorted_by(|one, next| one < next));
    }
}
