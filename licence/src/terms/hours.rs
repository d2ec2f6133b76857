//! Zones, windows of the calendar, and times of day. Pure arithmetic over instants that come in: the
//! zone's rule stands in the document, so that no time zone database of a machine is asked.

use std::fmt;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::{WindowUnit, contradiction};
use crate::{
    CivilSeconds, Days, NameError, TermError,
    fields::{range, text_of},
    message,
};

/// The most entries of allowed times in one feature.
pub const ALLOWED_TIMES_MAX: usize = 32;
const POSIX_BYTES_MAX: usize = 64;
const MINUTES_OF_DAY: u32 = 24 * 60;
/// Days after which a weekly time has come again, a day skipped by a change of the clocks included.
const NEXT_DAYS: usize = 9;

/// A time zone, from the POSIX TZ string that stands in the document.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    posix: String,
    iana: String,
    rule: TimeZone,
}

impl Zone {
    /// Coordinated universal time, for licences that state no zone.
    pub fn utc() -> Self {
        Self {
            posix: "UTC0".to_owned(),
            iana: "UTC".to_owned(),
            rule: TimeZone::UTC,
        }
    }

    /// Reads a POSIX TZ string such as `CET-1CEST,M3.5.0,M10.5.0/3`; `iana` is for people.
    ///
    /// # Errors
    /// [`NameError`], where it is too long or no such string.
    pub fn posix(posix: &str, iana: &str) -> Result<Self, NameError> {
        let what = "time zone";
        if posix.len() > POSIX_BYTES_MAX {
            return Err(NameError::TooLong {
                what,
                length: posix.len(),
                max: POSIX_BYTES_MAX,
            });
        }
        let rule = TimeZone::posix(posix).map_err(|_| NameError::Alphabet {
            what,
            found: posix.escape_debug().to_string(),
            allowed: "a POSIX TZ string such as CET-1CEST,M3.5.0,M10.5.0/3",
        })?;
        Ok(Self {
            posix: posix.to_owned(),
            iana: iana.to_owned(),
            rule,
        })
    }

    /// The POSIX TZ string.
    pub fn as_posix(&self) -> &str {
        &self.posix
    }

    /// The IANA name, for people; may be empty.
    pub fn iana(&self) -> &str {
        &self.iana
    }

    /// Date and time of day at an instant; `None` outside the calendar.
    pub fn local(&self, instant: CivilSeconds) -> Option<DateTime> {
        let timestamp = Timestamp::from_second(instant.0).ok()?;
        Some(self.rule.to_datetime(timestamp))
    }

    /// The hour, day or month in which an instant lies: its first instant, and the first after it. A
    /// day on which the clocks change is shorter or longer. `None` outside the calendar.
    pub fn window(
        &self,
        unit: WindowUnit,
        instant: CivilSeconds,
    ) -> Option<(CivilSeconds, CivilSeconds)> {
        let local = self.local(instant)?;
        if unit == WindowUnit::Hour {
            let into = i64::from(local.minute()) * 60 + i64::from(local.second());
            let start = instant.0.saturating_sub(into);
            return Some((
                CivilSeconds(start),
                CivilSeconds(start.saturating_add(3_600)),
            ));
        }
        let (first, next) = if unit == WindowUnit::Day {
            (local.date(), local.date().tomorrow().ok()?)
        } else {
            let last = local.date().last_of_month();
            (local.date().first_of_month(), last.tomorrow().ok()?)
        };
        let begin = |date: jiff::civil::Date| self.instant(date.at(0, 0, 0, 0));
        Some((begin(first)?, begin(next)?))
    }

    /// The same time of day so many calendar days later: a day on which the clocks change is shorter or
    /// longer. Outside the calendar every day has 24 hours.
    pub fn days_later(&self, instant: CivilSeconds, days: Days) -> CivilSeconds {
        let later = self.local(instant).and_then(|local| {
            let span = jiff::Span::new().try_days(days.0).ok()?;
            self.instant(local.checked_add(span).ok()?)
        });
        later.unwrap_or_else(|| CivilSeconds(instant.0.saturating_add(i64::from(days.seconds().0))))
    }

    /// The instant of a date and time; one that the clocks skip is taken as if they had not yet
    /// changed, of one that comes twice the first counts. `None` outside the calendar.
    pub fn instant(&self, local: DateTime) -> Option<CivilSeconds> {
        let zoned = self.rule.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(CivilSeconds(zoned.as_second()))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({} {})", self.posix, self.iana)
    }
}

/// Times of day on some days of the week; at least one day, never empty, never over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WeeklyTimes {
    weekdays: u8,
    from_minute: u32,
    until_minute: u32,
}

impl WeeklyTimes {
    /// The days, Monday first.
    pub fn weekdays(self) -> [bool; 7] {
        [0, 1, 2, 3, 4, 5, 6].map(|day| self.weekdays >> day & 1 == 1)
    }

    /// First minute since midnight; at most 1,439.
    pub fn from_minute(self) -> u32 {
        self.from_minute
    }

    /// First minute after the end; at most 1,440.
    pub fn until_minute(self) -> u32 {
        self.until_minute
    }

    /// Says whether a date and time lies within; `any_day` leaves the day of the week aside.
    pub(crate) fn covers(self, local: DateTime, any_day: bool) -> bool {
        let minute = minutes(local);
        (any_day || self.on(local)) && (self.from_minute..self.until_minute).contains(&minute)
    }

    fn on(self, local: DateTime) -> bool {
        let day = local.weekday().to_monday_zero_offset();
        self.weekdays >> day & 1 == 1
    }

    /// Says whether the instant lies within one of the times; no times at all allow everything.
    pub fn allow(times: &[Self], zone: &Zone, now: CivilSeconds) -> bool {
        let within = |local| times.iter().any(|one| one.covers(local, false));
        times.is_empty() || zone.local(now).is_some_and(within)
    }

    /// The first instant after `now` at which one of the times begins; `None` outside the calendar or
    /// where there are none.
    pub fn next(times: &[Self], zone: &Zone, now: CivilSeconds) -> Option<CivilSeconds> {
        next_start(zone, now, NEXT_DAYS, |local| {
            times
                .iter()
                .filter(|one| one.on(local))
                .map(|one| one.from_minute)
                .collect()
        })
    }

    /// The first instant after `now` at which none of the times holds any more, `now` being within.
    /// `None` where they never end within ten days.
    pub fn until(times: &[Self], zone: &Zone, now: CivilSeconds) -> Option<CivilSeconds> {
        let mut at = now;
        for _ in 0..NEXT_DAYS * ALLOWED_TIMES_MAX {
            let local = zone.local(at)?;
            let end = times
                .iter()
                .filter(|one| one.covers(local, false))
                .map(|one| one.until_minute)
                .max();
            let Some(end) = end else {
                return Some(at);
            };
            let midnight = local.date().at(0, 0, 0, 0);
            let next = zone.instant(after(midnight, end)?)?;
            // Clocks that go back bring the same minutes again.
            at = if next > at {
                next
            } else {
                CivilSeconds(at.0 + 60)
            };
        }
        None
    }
}

/// The first instant after `now` that is a start on its day, within so many days.
pub(crate) fn next_start(
    zone: &Zone,
    now: CivilSeconds,
    days: usize,
    starts: impl Fn(DateTime) -> Vec<u32>,
) -> Option<CivilSeconds> {
    let mut midnight = zone.local(now)?.date().at(0, 0, 0, 0);
    for _ in 0..days {
        let next = starts(midnight)
            .into_iter()
            .filter_map(|minute| zone.instant(after(midnight, minute)?))
            .filter(|start| *start > now)
            .min();
        if next.is_some() {
            return next;
        }
        midnight = midnight.date().tomorrow().ok()?.at(0, 0, 0, 0);
    }
    None
}

/// So many minutes after midnight by the clock on the wall.
fn after(midnight: DateTime, minute: u32) -> Option<DateTime> {
    let span = jiff::SignedDuration::from_mins(i64::from(minute));
    midnight.checked_add(span).ok()
}

fn minutes(local: DateTime) -> u32 {
    u32::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or_default()
}

pub(crate) fn zone(wire: message::Zone) -> Result<Zone, TermError> {
    let field = "zone";
    let iana = text_of("zone name", wire.iana)?;
    if wire.posix.is_empty() {
        return Err(TermError::Missing { field });
    }
    Zone::posix(&wire.posix, &iana).map_err(|source| TermError::Name { field, source })
}

pub(crate) fn weekly_times(wire: message::WeeklyTimes) -> Result<WeeklyTimes, TermError> {
    let message::WeeklyTimes {
        weekdays,
        from_minute,
        until_minute,
    } = wire;
    range("weekdays", weekdays.into(), 1, 127)?;
    range(
        "until_minute",
        until_minute.into(),
        1,
        MINUTES_OF_DAY.into(),
    )?;
    if from_minute >= until_minute {
        return contradiction("from_minute does not lie before until_minute");
    }
    Ok(WeeklyTimes {
        weekdays: u8::try_from(weekdays).unwrap_or_default(),
        from_minute,
        until_minute,
    })
}
