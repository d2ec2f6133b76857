//! Delays on a calendar: what "15 business days" or "36 months" mean in days and instants. All
//! arithmetic is `jiff`'s; here stand only the customs by which contracts count. Nothing reads a
//! clock, and nothing here knows orders or licences.
//!
//! How a delay is counted (French Code de procédure civile, articles 640 to 642, which the law of
//! Luxembourg shares in substance; a contract may say otherwise in each point):
//! - The day of the event does not count (article 641, first paragraph); the delay ends with the end
//!   of its last day (article 642) in the contract's time zone.
//! - Months and years end on the day with the number of the event's day; where the month has no such
//!   day, on its last (article 641, second paragraph).
//! - A delay whose last day is no working day is extended only where the order says so, since article
//!   642 is about procedure and contracts differ.
//! - A term counts its first day, since the right exists on it: twelve months from 1 March end with
//!   the last day of February. Where the number is missing, it ends with the month: one year from
//!   29 February 2028 ends with 28 February 2029.
//! - Before an end ("two months before the end") whole units lie between the last day on which
//!   something can be done and the end.

mod delay;
mod holidays;
mod support;

use jiff::{
    Span, Timestamp,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use octroi_licence::CivilSeconds;

pub use delay::{DELAY_LENGTH_MAX, Delay, DelayError, DelayUnit};
pub use holidays::{
    HOLIDAY_LIST_BYTES_MAX, HOLIDAYS_MAX, HolidayList, HolidayListError, HolidayLists,
};
pub(crate) use support::weekly_span;
pub use support::{SUPPORT_SPANS_MAX, SupportHours, SupportHoursError};

/// The first year in which days are counted.
pub const YEAR_MIN: i16 = 1970;
/// The last year in which days are counted.
pub const YEAR_MAX: i16 = 2299;

/// What is done with a delay whose last day is no working day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Extension {
    /// It ends all the same.
    #[default]
    None,
    /// It ends with the next business day (Monday to Friday, less holidays).
    NextBusinessDay,
    /// It ends with the next working day (Monday to Saturday, less holidays).
    NextWorkingDay,
}

/// Why a delay has no end here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// Beyond the years that are counted.
    #[error("lies outside the years {YEAR_MIN} to {YEAR_MAX}")]
    OutsideYears,
    /// Support hours are counted from an instant.
    #[error("support hours run from an instant, not from a day")]
    HoursFromDay,
    /// Support hours before they are known.
    #[error("support hours are counted, but none are stated")]
    NoSupportHours,
    /// A term in days that are not all counted, or in hours.
    #[error("a term is counted in calendar days, months or years")]
    NoTermUnit,
}

/// A contract's calendar: time zone, holidays, support hours, and what happens to a delay that ends
/// on a day off.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    /// The time zone in which days begin and end.
    pub zone: TimeZone,
    /// Days off besides weekends.
    pub holidays: HolidayList,
    /// When support is open, where the contract says so.
    pub support: Option<SupportHours>,
    /// What happens to a delay that ends on a day off.
    pub extension: Extension,
}

impl Calendar {
    /// A calendar without holidays and support hours.
    pub fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            holidays: HolidayList::default(),
            support: None,
            extension: Extension::None,
        }
    }

    /// Whether `day` lies between Monday and Friday and is no holiday.
    pub fn is_business_day(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
            && !self.holidays.contains(day)
    }

    /// Whether `day` lies between Monday and Saturday and is no holiday.
    pub fn is_working_day(&self, day: Date) -> bool {
        day.weekday() != Weekday::Sunday && !self.holidays.contains(day)
    }

    /// The first instant of `day`.
    ///
    /// # Errors
    /// [`CalendarError::OutsideYears`].
    pub fn starts_at(&self, day: Date) -> Result<CivilSeconds, CalendarError> {
        start_of_day(day, &self.zone)
    }

    /// The instant with which `day` is over: the first of the next.
    ///
    /// # Errors
    /// [`CalendarError::OutsideYears`].
    pub fn ends_at(&self, day: Date) -> Result<CivilSeconds, CalendarError> {
        self.starts_at(add_days(day, 1)?)
    }

    /// The day in which an instant lies.
    ///
    /// # Errors
    /// [`CalendarError::OutsideYears`].
    pub fn day_of(&self, instant: CivilSeconds) -> Result<Date, CalendarError> {
        let timestamp = timestamp(instant)?;
        within(timestamp.to_zoned(self.zone.clone()).date())
    }

    /// The last day of a delay that an event on `event` starts; the event's day does not count.
    ///
    /// # Errors
    /// Support hours, which run from an instant, and days outside the calendar.
    pub fn last_day(&self, delay: Delay, event: Date) -> Result<Date, CalendarError> {
        let last = match delay.unit() {
            DelayUnit::CalendarDays => add_days(event, delay.length().into())?,
            DelayUnit::BusinessDays => {
                self.counted(event, delay.length(), 1, Self::is_business_day)?
            }
            DelayUnit::WorkingDays => {
                self.counted(event, delay.length(), 1, Self::is_working_day)?
            }
            DelayUnit::Months | DelayUnit::Years => {
                add_months(event, i64::from(delay.months().unwrap_or_default()))?
            }
            DelayUnit::SupportHours => return Err(CalendarError::HoursFromDay),
        };
        self.extended(last)
    }

    /// The instant with which a delay is over that an event at `event` starts.
    ///
    /// # Errors
    /// Support hours that are not stated, and instants outside the calendar.
    pub fn end_after(
        &self,
        delay: Delay,
        event: CivilSeconds,
    ) -> Result<CivilSeconds, CalendarError> {
        if delay.unit() == DelayUnit::SupportHours {
            let support = self.support.as_ref().ok_or(CalendarError::NoSupportHours)?;
            return support.after(event, delay.length());
        }
        self.ends_at(self.last_day(delay, self.day_of(event)?)?)
    }

    /// The last day on which something can be done that must be done at least `delay` before
    /// `next_day` begins: the day after the end. Never extended.
    ///
    /// # Errors
    /// Support hours, and days outside the calendar.
    pub fn last_day_before(&self, delay: Delay, next_day: Date) -> Result<Date, CalendarError> {
        let first_of_delay = match delay.unit() {
            DelayUnit::CalendarDays => add_days(next_day, -i64::from(delay.length()))?,
            DelayUnit::BusinessDays => {
                self.counted(next_day, delay.length(), -1, Self::is_business_day)?
            }
            DelayUnit::WorkingDays => {
                self.counted(next_day, delay.length(), -1, Self::is_working_day)?
            }
            DelayUnit::Months | DelayUnit::Years => {
                add_months(next_day, -i64::from(delay.months().unwrap_or_default()))?
            }
            DelayUnit::SupportHours => return Err(CalendarError::HoursFromDay),
        };
        add_days(first_of_delay, -1)
    }

    /// The day after a term of `times` times `length` whose first day is `first`; the first day
    /// counts.
    ///
    /// # Errors
    /// [`CalendarError::NoTermUnit`] for business days, working days and support hours.
    pub fn day_after_term(first: Date, length: Delay, times: u32) -> Result<Date, CalendarError> {
        match length.unit() {
            DelayUnit::CalendarDays => {
                add_days(first, i64::from(length.length()) * i64::from(times))
            }
            DelayUnit::Months | DelayUnit::Years => {
                let months = i64::from(length.months().unwrap_or_default()) * i64::from(times);
                day_after_months(first, months)
            }
            _ => Err(CalendarError::NoTermUnit),
        }
    }

    /// The `length`th counted day after (`step` 1) or before (`step` -1) `from`.
    fn counted(
        &self,
        from: Date,
        length: u16,
        step: i64,
        counts: fn(&Self, Date) -> bool,
    ) -> Result<Date, CalendarError> {
        let mut day = from;
        for _ in 0..length {
            day = add_days(day, step)?;
            while !counts(self, day) {
                day = add_days(day, step)?;
            }
        }
        Ok(day)
    }

    fn extended(&self, last: Date) -> Result<Date, CalendarError> {
        let counts = match self.extension {
            Extension::None => return Ok(last),
            Extension::NextBusinessDay => Self::is_business_day,
            Extension::NextWorkingDay => Self::is_working_day,
        };
        if counts(self, last) {
            return Ok(last);
        }
        self.counted(last, 1, 1, counts)
    }
}

/// The first instant of `day`; in a zone that skips midnight that is not midnight.
pub(crate) fn start_of_day(day: Date, zone: &TimeZone) -> Result<CivilSeconds, CalendarError> {
    let start = within(day)?
        .to_zoned(zone.clone())
        .and_then(|zoned| zoned.start_of_day())
        .map_err(|_| CalendarError::OutsideYears)?;
    Ok(CivilSeconds(start.timestamp().as_second()))
}

/// The day after `months` months of which `first` is the first day: that of the same number, or,
/// where there is none, the first of the next month.
pub(crate) fn day_after_months(first: Date, months: i64) -> Result<Date, CalendarError> {
    let same = add_months(first, months)?;
    if same.day() == first.day() {
        Ok(same)
    } else {
        add_days(same, 1)
    }
}

pub(crate) fn add_days(day: Date, days: i64) -> Result<Date, CalendarError> {
    moved(day, Span::new().try_days(days))
}

fn add_months(day: Date, months: i64) -> Result<Date, CalendarError> {
    moved(day, Span::new().try_months(months))
}

fn moved(day: Date, span: Result<Span, jiff::Error>) -> Result<Date, CalendarError> {
    let moved = span.and_then(|span| day.checked_add(span));
    within(moved.map_err(|_| CalendarError::OutsideYears)?)
}

fn within(day: Date) -> Result<Date, CalendarError> {
    let inside = (YEAR_MIN..=YEAR_MAX).contains(&day.year());
    inside.then_some(day).ok_or(CalendarError::OutsideYears)
}

fn timestamp(instant: CivilSeconds) -> Result<Timestamp, CalendarError> {
    Timestamp::from_second(instant.0).map_err(|_| CalendarError::OutsideYears)
}

#[cfg(test)]
mod tests;
