//! Dates and spans as values. Nothing here reads a clock, and nothing here knows a calendar: the
//! vendor's tools compute dates, everybody else compares instants.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::TermError;

const DAY_S: i64 = 86_400;

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

/// A span of whole days of 24 hours.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Days(pub u32);

/// A day in UTC: days since 1970-01-01.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct CivilDay(pub u32);

impl Days {
    /// The same span in seconds; saturates beyond 136 years.
    pub const fn seconds(self) -> Seconds {
        Seconds(self.0.saturating_mul(86_400))
    }
}

impl CivilDay {
    /// 9999-12-31, the last day that a document may state.
    pub const LATEST: Self = Self(2_932_896);

    /// The day in which an instant lies; `None` outside the calendar of documents.
    pub fn of(instant: CivilSeconds) -> Option<Self> {
        let day = u32::try_from(instant.0.div_euclid(DAY_S)).ok().map(Self)?;
        (day <= Self::LATEST).then_some(day)
    }

    /// The day's first second.
    pub fn start(self) -> CivilSeconds {
        CivilSeconds(i64::from(self.0) * DAY_S)
    }

    pub(crate) fn read(field: &'static str, found: u32) -> Result<Self, TermError> {
        crate::fields::range(field, found.into(), 0, Self::LATEST.0.into()).map(|_| Self(found))
    }
}

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

/// Where a deadline lies that was counted from `from`, when the count stood still in `standstills`.
pub fn postponed(
    from: CivilSeconds,
    deadline: CivilSeconds,
    standstills: &[(CivilSeconds, CivilSeconds)],
) -> CivilSeconds {
    let mut deadline = deadline;
    for (since, until) in standstills {
        let since = (*since).max(from);
        if since < deadline && since < *until {
            let stood = until.0.saturating_sub(since.0);
            deadline = CivilSeconds(deadline.0.saturating_add(stood));
        }
    }
    deadline
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_put_off_by_what_stood_still_before_it() {
        let at = CivilSeconds;
        let put_off = |spans: &[(i64, i64)]| {
            let spans: Vec<_> = spans
                .iter()
                .map(|(from, to)| (at(*from), at(*to)))
                .collect();
            postponed(at(100), at(200), &spans).0
        };
        assert_eq!(put_off(&[]), 200);
        assert_eq!(put_off(&[(150, 170)]), 220);
        assert_eq!(
            put_off(&[(50, 110)]),
            210,
            "only what lies behind the start"
        );
        assert_eq!(put_off(&[(10, 90)]), 200);
        assert_eq!(
            put_off(&[(150, 170), (210, 215)]),
            225,
            "before the deadline as put off"
        );
        assert_eq!(put_off(&[(220, 230)]), 200);
    }
}
