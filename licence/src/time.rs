//! Dates and spans as values. Nothing here reads a clock, and nothing here knows a calendar: the
//! vendor's tools compute dates, everybody else compares instants.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An instant in civil time: seconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct CivilSeconds(pub i64);

/// An instant in civil time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct CivilMillis(pub i64);

/// A span of time in seconds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Seconds(pub u32);

impl CivilSeconds {
    /// The last instant that a document may state: 9999-12-31T23:59:59Z, the end of RFC 3339.
    pub const LATEST: Self = Self(253_402_300_799);

    /// The same instant in milliseconds; saturates far outside any calendar.
    pub const fn millis(self) -> CivilMillis {
        CivilMillis(self.0.saturating_mul(1000))
    }
}

/// `@` and the seconds since 1970, as `date --date` reads it: a date needs a calendar and a zone,
/// which belong to whoever shows it.
impl fmt::Display for CivilSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}

impl CivilMillis {
    /// The second in which the instant lies.
    pub const fn seconds(self) -> CivilSeconds {
        CivilSeconds(self.0.div_euclid(1000))
    }
}

impl Seconds {
    /// The same span in milliseconds.
    pub const fn millis(self) -> u64 {
        #[expect(
            clippy::as_conversions,
            reason = "u32 to u64 in a const fn loses nothing"
        )]
        let seconds = self.0 as u64;
        seconds * 1000
    }
}
