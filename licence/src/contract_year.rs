//! Contract years: what a licence includes "a year" is counted from its start and every anniversary of
//! it (clauses A8, T18), in UTC, so that vendor and client count alike. Pure calendar arithmetic; what is
//! counted stands elsewhere.

use jiff::{Span, Timestamp, Zoned, tz::TimeZone};

use crate::CivilSeconds;

/// One year of a licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContractYear {
    /// Its first instant: the licence's start, or an anniversary of it. The 29th of February has its
    /// anniversaries on the 28th where there is no 29th.
    pub starts_at: CivilSeconds,
    /// The first instant of the next.
    pub ends_at: CivilSeconds,
}

impl ContractYear {
    /// The year in which `now` lies, of a licence that starts at `starts_at`; before the start it is
    /// the first. `None` outside any calendar.
    pub fn of(starts_at: CivilSeconds, now: CivilSeconds) -> Option<Self> {
        let start = utc(starts_at)?;
        let reached = utc(now.max(starts_at))?;
        let between = i64::from(reached.year()) - i64::from(start.year());
        // The anniversary of this calendar year may still lie ahead.
        let passed = if anniversary(&start, between)? <= reached {
            between
        } else {
            between - 1
        };
        let instant = |years| {
            let at = anniversary(&start, years)?;
            Some(CivilSeconds(at.timestamp().as_second()))
        };
        Some(Self {
            starts_at: instant(passed)?,
            ends_at: instant(passed + 1)?,
        })
    }

    /// Says whether an instant lies in the year.
    pub fn contains(&self, instant: CivilSeconds) -> bool {
        self.starts_at <= instant && instant < self.ends_at
    }
}

fn utc(instant: CivilSeconds) -> Option<Zoned> {
    let instant = Timestamp::from_second(instant.0).ok()?;
    Some(instant.to_zoned(TimeZone::UTC))
}

/// Counted from the start each time, so that a leap day comes back.
fn anniversary(start: &Zoned, years: i64) -> Option<Zoned> {
    start.checked_add(Span::new().try_years(years).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> CivilSeconds {
        CivilSeconds(text.parse::<Timestamp>().unwrap().as_second())
    }

    fn year(start: &str, now: &str) -> (String, String) {
        let year = ContractYear::of(at(start), at(now)).unwrap();
        let text = |at: CivilSeconds| Timestamp::from_second(at.0).unwrap().to_string();
        (text(year.starts_at), text(year.ends_at))
    }

    fn days(from: &str, to: &str) -> (String, String) {
        (from.to_owned(), to.to_owned())
    }

    #[test]
    fn a_year_begins_at_each_anniversary() {
        let start = "2026-05-15T00:00:00Z";
        let first = days("2026-05-15T00:00:00Z", "2027-05-15T00:00:00Z");
        assert_eq!(year(start, "2026-05-15T00:00:00Z"), first);
        assert_eq!(year(start, "2027-05-14T23:59:59Z"), first);
        let third = days("2028-05-15T00:00:00Z", "2029-05-15T00:00:00Z");
        assert_eq!(year(start, "2028-05-15T00:00:00Z"), third);
        assert_eq!(year(start, "2029-01-01T00:00:00Z"), third);
    }

    #[test]
    fn before_the_start_it_is_the_first_year() {
        let first = days("2026-05-15T00:00:00Z", "2027-05-15T00:00:00Z");
        assert_eq!(year("2026-05-15T00:00:00Z", "2020-01-01T00:00:00Z"), first);
    }

    #[test]
    fn a_leap_day_comes_back_after_four_years() {
        let start = "2024-02-29T00:00:00Z";
        let short = days("2025-02-28T00:00:00Z", "2026-02-28T00:00:00Z");
        assert_eq!(year(start, "2025-02-28T00:00:00Z"), short);
        let leap = days("2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z");
        assert_eq!(year(start, "2028-02-29T00:00:00Z"), leap);
        assert_eq!(
            year(start, "2028-02-28T23:59:59Z"),
            days("2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z")
        );
    }
}
