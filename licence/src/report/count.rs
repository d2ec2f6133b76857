//! Counts as a report states them, and what they are counts of. Small counts are banded, so that
//! they do not point to a person; kinds of a later version keep their number.

pub use octroi_proto::licensing::v1::RefusalCode;

use crate::{DocumentError, TermError, fields::range, message};

/// The greatest count or number in a report, which every reader of JSON and every database keeps
/// exact.
pub const COUNT_MAX: u64 = 1 << 53;
/// Below this, counts are banded.
const BAND_BELOW: u64 = 5;

/// A count, as exact as its licence allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Count {
    /// So many; at most [`COUNT_MAX`].
    Exact(u64),
    /// One to four.
    Few,
}

impl Count {
    /// States `count`: exactly where the licence bills it, banded where it is small.
    pub fn of(count: u64, billed: bool) -> Self {
        match count {
            1..BAND_BELOW if !billed => Self::Few,
            count => Self::Exact(count.min(COUNT_MAX)),
        }
    }

    /// The least that the count may mean.
    pub fn at_least(self) -> u64 {
        match self {
            Self::Exact(count) => count,
            Self::Few => 1,
        }
    }

    /// The most that the count may mean.
    pub fn at_most(self) -> u64 {
        match self {
            Self::Exact(count) => count,
            Self::Few => BAND_BELOW - 1,
        }
    }

    pub(super) fn wire(self) -> message::UsageCount {
        let (exact, band) = match self {
            Self::Exact(count) => (count, message::CountBand::Unspecified),
            Self::Few => (0, message::CountBand::Few),
        };
        message::UsageCount {
            exact,
            band: band.into(),
        }
    }

    /// A count that is not there is 0.
    pub(super) fn read(
        field: &'static str,
        wire: Option<message::UsageCount>,
    ) -> Result<Self, TermError> {
        let wire = wire.unwrap_or_default();
        range(field, wire.exact, 0, COUNT_MAX)?;
        match message::CountBand::try_from(wire.band) {
            Ok(message::CountBand::Unspecified) => Ok(Self::Exact(wire.exact)),
            Ok(message::CountBand::Few) if wire.exact == 0 => Ok(Self::Few),
            Ok(message::CountBand::Few) => Err(TermError::Contradiction {
                what: format!("{field} is stated exactly and banded"),
            }),
            Err(_) => Err(TermError::Unknown { field }),
        }
    }
}

/// An enumeration of what is counted: refusal codes, kinds of evidence, causes.
pub trait CountedKind: TryFrom<i32> + Into<i32> + Copy {
    /// The name in files and answers.
    fn name(self) -> &'static str;
}

macro_rules! counted_kind {
    ($($kind:ty, $prefix:literal;)+) => {$(
        impl CountedKind for $kind {
            fn name(self) -> &'static str {
                let name = self.as_str_name();
                name.strip_prefix($prefix).unwrap_or(name)
            }
        }
    )+};
}

counted_kind! {
    RefusalCode, "";
    message::EvidenceKind, "EVIDENCE_KIND_";
    message::SessionEndCause, "SESSION_END_CAUSE_";
    message::AnnouncementVerdict, "ANNOUNCEMENT_VERDICT_";
    message::DeclarationKind, "DECLARATION_KIND_";
}

/// What is counted, by its number: a kind of a later version grants nobody anything, so it is kept
/// and not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Numbered<K> {
    /// Known to this version.
    Known(K),
    /// Of a later version.
    Later(i32),
}

impl<K: CountedKind> Numbered<K> {
    /// The number that travels.
    pub fn number(self) -> i32 {
        match self {
            Self::Known(kind) => kind.into(),
            Self::Later(number) => number,
        }
    }

    /// The name, where this version knows it.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Known(kind) => Some(kind.name()),
            Self::Later(_) => None,
        }
    }

    pub(super) fn read(field: &'static str, number: i32) -> Result<Self, TermError> {
        match number {
            0 => Err(TermError::Missing { field }),
            number => Ok(K::try_from(number).map_or(Self::Later(number), Self::Known)),
        }
    }
}

impl From<&DocumentError> for message::EvidenceKind {
    /// What a refused document is evidence of.
    fn from(error: &DocumentError) -> Self {
        match error {
            DocumentError::SignatureInvalid { .. } => Self::DocumentAltered,
            DocumentError::Untrusted { .. } | DocumentError::WrongRole { .. } => {
                Self::DocumentUntrusted
            }
            DocumentError::AnotherKind { .. } => Self::DocumentOfAnotherKind,
            DocumentError::KeyRevoked { .. } => Self::DocumentKeyRevoked,
            DocumentError::OutsideCertificate { .. } => Self::DocumentOutsideCertificate,
            DocumentError::ProductNotCovered { .. }
            | DocumentError::AnotherVendor { .. }
            | DocumentError::AnotherLicence { .. }
            | DocumentError::AnotherSerial { .. } => Self::DocumentOfAnother,
            DocumentError::TooLarge { .. }
            | DocumentError::Malformed { .. }
            | DocumentError::TooMany { .. }
            | DocumentError::TooNew { .. }
            | DocumentError::Term { .. } => Self::DocumentUnreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_are_banded_unless_they_are_billed() {
        assert_eq!(Count::of(0, false), Count::Exact(0));
        for count in 1..=4 {
            assert_eq!(Count::of(count, false), Count::Few);
            assert_eq!(Count::of(count, true), Count::Exact(count));
        }
        assert_eq!(Count::of(5, false), Count::Exact(5));
        assert_eq!((Count::Few.at_least(), Count::Few.at_most()), (1, 4));
    }

    #[test]
    fn a_kind_of_a_later_version_keeps_its_number() {
        let later: Numbered<message::EvidenceKind> = Numbered::read("evidence", 9_999).unwrap();
        assert_eq!((later.number(), later.name()), (9_999, None));
        let known: Numbered<message::EvidenceKind> = Numbered::read("evidence", 20).unwrap();
        assert_eq!(known.name(), Some("CLOCK_SET_BACK"));
        assert!(Numbered::<message::EvidenceKind>::read("evidence", 0).is_err());
    }
}
