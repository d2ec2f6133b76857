//! When a vendor's support is open: weekly hours in a time zone, closed on holidays unless they have
//! hours of their own. Hours are counted in elapsed time, so that a day on which the clocks change
//! loses or gains none.

use std::str::FromStr;

use jiff::{
    SignedDuration,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use octroi_licence::CivilSeconds;

use super::{CalendarError, HolidayList, add_days, start_of_day, timestamp, within};

/// The most spans of opening hours that one contract may state.
pub const SUPPORT_SPANS_MAX: usize = 16;

const WEEK: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Monday),
    ("Tue", Weekday::Tuesday),
    ("Wed", Weekday::Wednesday),
    ("Thu", Weekday::Thursday),
    ("Fri", Weekday::Friday),
    ("Sat", Weekday::Saturday),
    ("Sun", Weekday::Sunday),
];

/// Support hours of a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct SupportHours {
    zone: TimeZone,
    holidays: HolidayList,
    spans: Vec<Span>,
}

#[derive(Debug, Clone, PartialEq)]
struct Span {
    weekdays: Vec<Weekday>,
    on_holidays: bool,
    from: Time,
    /// `None`: until the day is over.
    until: Option<Time>,
}

/// Opening hours that are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "is no span of opening hours such as \"Mon-Fri 09:00-18:00\", \"Sat,Sun 09:00-22:00\", \
     \"holidays 09:00-22:00\" or \"24/7\""
)]
pub struct SupportHoursError;

impl FromStr for Span {
    type Err = SupportHoursError;

    fn from_str(text: &str) -> Result<Self, SupportHoursError> {
        if text == "24/7" {
            return Ok(Self {
                weekdays: WEEK.map(|(_, day)| day).to_vec(),
                on_holidays: true,
                from: Time::midnight(),
                until: None,
            });
        }
        let (days, hours) = text.split_once(' ').ok_or(SupportHoursError)?;
        let (from, until) = hours.split_once('-').ok_or(SupportHoursError)?;
        let from = time(from)?;
        let until = match until {
            "24:00" => None,
            until => Some(time(until)?),
        };
        if until.is_some_and(|until| until <= from) {
            return Err(SupportHoursError);
        }
        let mut span = Self {
            weekdays: Vec::new(),
            on_holidays: false,
            from,
            until,
        };
        for part in days.split(',') {
            match part.split_once('-') {
                _ if part == "holidays" => span.on_holidays = true,
                None => span.weekdays.push(weekday(part)?),
                Some((first, last)) => {
                    let (first, last) = (weekday(first)?, weekday(last)?);
                    if first == last {
                        return Err(SupportHoursError);
                    }
                    let mut day = first;
                    span.weekdays.push(day);
                    while day != last {
                        day = day.next();
                        span.weekdays.push(day);
                    }
                }
            }
        }
        Ok(span)
    }
}

/// Times of the week as a licence carries them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WeeklySpan {
    /// Days and minutes.
    pub(crate) times: octroi_licence::message::WeeklyTimes,
    /// On holidays too, whatever the weekday.
    pub(crate) on_holidays: bool,
}

/// Reads one span such as `Mon-Fri 09:00-18:00`.
pub(crate) fn weekly_span(text: &str) -> Result<WeeklySpan, SupportHoursError> {
    let span: Span = text.parse()?;
    let minute = |time: Time| {
        let minutes = i32::from(time.hour()) * 60 + i32::from(time.minute());
        u32::try_from(minutes).unwrap_or_default()
    };
    let bit = |day: &Weekday| 1_u32 << day.to_monday_zero_offset();
    Ok(WeeklySpan {
        times: octroi_licence::message::WeeklyTimes {
            weekdays: span.weekdays.iter().fold(0, |days, day| days | bit(day)),
            from_minute: minute(span.from),
            until_minute: span.until.map_or(24 * 60, minute),
        },
        on_holidays: span.on_holidays,
    })
}

fn weekday(text: &str) -> Result<Weekday, SupportHoursError> {
    let found = WEEK.iter().find(|(name, _)| *name == text);
    found.map(|(_, day)| *day).ok_or(SupportHoursError)
}

fn time(text: &str) -> Result<Time, SupportHoursError> {
    if text.len() != 5 {
        return Err(SupportHoursError);
    }
    Time::strptime("%H:%M", text).map_err(|_| SupportHoursError)
}

impl SupportHours {
    /// Hours from their texts: `Mon-Fri 09:00-18:00`, `Sat,Sun 09:00-22:00`,
    /// `holidays 09:00-22:00`, `24/7`. On a holiday only hours that name holidays hold.
    ///
    /// # Errors
    /// The place of the text that is no span of opening hours, counted from 0; the first place where
    /// there is none at all or more than [`SUPPORT_SPANS_MAX`].
    pub fn read(
        zone: TimeZone,
        holidays: HolidayList,
        texts: &[String],
    ) -> Result<Self, (usize, SupportHoursError)> {
        if texts.is_empty() || texts.len() > SUPPORT_SPANS_MAX {
            return Err((0, SupportHoursError));
        }
        let read = |(place, text): (usize, &String)| text.parse().map_err(|error| (place, error));
        let spans: Result<Vec<Span>, _> = texts.iter().enumerate().map(read).collect();
        Ok(Self {
            zone,
            holidays,
            spans: spans?,
        })
    }

    /// Whether support is open at an instant.
    ///
    /// # Errors
    /// [`CalendarError::OutsideYears`].
    pub fn is_open(&self, at: CivilSeconds) -> Result<bool, CalendarError> {
        let open = self.open_on(self.day_of(at)?)?;
        Ok(open
            .iter()
            .any(|(from, until)| (*from..*until).contains(&at)))
    }

    /// When support is open next: `at` itself where it is open then.
    ///
    /// # Errors
    /// [`CalendarError::OutsideYears`], also where it never opens again.
    pub fn opens_at(&self, at: CivilSeconds) -> Result<CivilSeconds, CalendarError> {
        let mut day = self.day_of(at)?;
        loop {
            for (from, until) in self.open_on(day)? {
                if until > at {
                    return Ok(from.max(at));
                }
            }
            day = add_days(day, 1)?;
        }
    }

    /// The instant at which `hours` hours of support have passed since `event`.
    ///
    /// # Errors
    /// [`CalendarError::OutsideYears`], also where so many hours never come.
    pub fn after(&self, event: CivilSeconds, hours: u16) -> Result<CivilSeconds, CalendarError> {
        let mut left_s = SignedDuration::from_hours(hours.into()).as_secs();
        let mut day = self.day_of(event)?;
        loop {
            for (from, until) in self.open_on(day)? {
                let from = from.max(event);
                let open_s = (until.0 - from.0).max(0);
                if open_s >= left_s {
                    return Ok(CivilSeconds(from.0 + left_s));
                }
                left_s -= open_s;
            }
            day = add_days(day, 1)?;
        }
    }

    fn day_of(&self, at: CivilSeconds) -> Result<Date, CalendarError> {
        within(timestamp(at)?.to_zoned(self.zone.clone()).date())
    }

    /// The spans of a day in order, without overlap; their ends exclusive.
    fn open_on(&self, day: Date) -> Result<Vec<(CivilSeconds, CivilSeconds)>, CalendarError> {
        let holiday = self.holidays.contains(day);
        let mut open = Vec::new();
        for span in &self.spans {
            let holds = if holiday {
                span.on_holidays
            } else {
                span.weekdays.contains(&day.weekday())
            };
            if holds {
                let until = match span.until {
                    Some(until) => self.instant(day, until)?,
                    None => start_of_day(add_days(day, 1)?, &self.zone)?,
                };
                open.push((self.instant(day, span.from)?, until));
            }
        }
        open.sort_unstable();
        let mut merged: Vec<(CivilSeconds, CivilSeconds)> = Vec::new();
        for (from, until) in open {
            match merged.last_mut() {
                Some((_, end)) if from <= *end => *end = until.max(*end),
                _ => merged.push((from, until)),
            }
        }
        Ok(merged)
    }

    fn instant(&self, day: Date, time: Time) -> Result<CivilSeconds, CalendarError> {
        let zoned = day.to_datetime(time).to_zoned(self.zone.clone());
        let zoned = zoned.map_err(|_| CalendarError::OutsideYears)?;
        Ok(CivilSeconds(zoned.timestamp().as_second()))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::HolidayLists;
    use super::*;

    fn hours(holidays: &str, texts: &[&str]) -> SupportHours {
        let zone = crate::order::time_zone("Europe/Paris").unwrap();
        let holidays = HolidayLists::shipped().get(holidays).unwrap().clone();
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        SupportHours::read(zone, holidays, &texts).unwrap()
    }

    fn at(text: &str) -> CivilSeconds {
        CivilSeconds(text.parse::<Timestamp>().unwrap().as_second())
    }

    #[test]
    fn four_hours_from_friday_evening_end_on_monday() {
        let support = hours("fr", &["Mon-Fri 09:00-17:00"]);
        let ends = support.after(at("2026-03-06T16:00:00+01:00"), 4).unwrap();
        assert_eq!(ends, at("2026-03-09T12:00:00+01:00"));
    }

    #[test]
    fn hours_that_fill_the_day_end_with_it() {
        let support = hours("fr", &["Mon-Fri 09:00-17:00"]);
        let ends = support.after(at("2026-03-06T09:00:00+01:00"), 8).unwrap();
        assert_eq!(ends, at("2026-03-06T17:00:00+01:00"));
    }

    #[test]
    fn noon_and_holidays_do_not_count() {
        // B: 9-12 and 14-18; Easter Monday 2026 is 6 April.
        let support = hours("fr", &["Mon-Fri 09:00-12:00", "Mon-Fri 14:00-18:00"]);
        let ends = support.after(at("2026-04-03T17:00:00+02:00"), 5).unwrap();
        assert_eq!(ends, at("2026-04-07T15:00:00+02:00"));
        assert!(!support.is_open(at("2026-04-06T10:00:00+02:00")).unwrap());
        let opens = support.opens_at(at("2026-04-06T10:00:00+02:00")).unwrap();
        assert_eq!(opens, at("2026-04-07T09:00:00+02:00"));
    }

    #[test]
    fn blocking_faults_have_evening_weekend_and_holiday_hours() {
        // A: blocking only Mon-Fri 18-22, weekends and holidays 9-22.
        let support = hours(
            "apex",
            &["Mon-Fri 18:00-22:00", "Sat,Sun,holidays 09:00-22:00"],
        );
        assert!(support.is_open(at("2026-04-06T10:00:00+02:00")).unwrap());
        assert!(!support.is_open(at("2026-04-07T10:00:00+02:00")).unwrap());
        // Whit Monday (25 May 2026) is none of the ten.
        assert!(!support.is_open(at("2026-05-25T10:00:00+02:00")).unwrap());
    }

    #[test]
    fn a_day_on_which_the_clocks_change_has_its_own_length() {
        let support = hours("fr", &["24/7"]);
        let ends = support.after(at("2026-03-29T00:00:00+01:00"), 24).unwrap();
        assert_eq!(ends, at("2026-03-30T01:00:00+02:00"));
        let ends = support.after(at("2026-10-25T00:00:00+02:00"), 24).unwrap();
        assert_eq!(ends, at("2026-10-25T23:00:00+01:00"));
    }

    #[test]
    fn overlapping_spans_count_once() {
        let support = hours("fr", &["Mon-Fri 09:00-17:00", "Mon 08:00-12:00"]);
        let ends = support.after(at("2026-03-09T08:00:00+01:00"), 9).unwrap();
        assert_eq!(ends, at("2026-03-09T17:00:00+01:00"));
    }

    #[test]
    fn what_are_no_opening_hours_is_refused() {
        for text in [
            "",
            "Mon",
            "Mon 9-17",
            "Mon 17:00-09:00",
            "Mon 09:00-09:00",
            "Mon-Mon 09:00-10:00",
            "Lun 09:00-17:00",
            "Mon 09:00-25:00",
            "Mon, 09:00-10:00",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text:?}");
        }
    }
}
