//! What follows the first term: renewal periods, and until when each side may say that it does not
//! want the next one. Notice may grow with the years (clause Z7); both readings of that clause are
//! computed, one of them governs.

use jiff::{Unit, civil::Date};
use octroi_licence::CivilSeconds;

use super::{TermEnd, TermRules};
use crate::calendar::{Calendar, CalendarError, Delay, DelayUnit, add_days, day_after_months};

/// Whether and how a term goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RenewalMode {
    /// It ends.
    #[default]
    None,
    /// It goes on by itself unless one side said no in time.
    Tacit,
    /// It goes on only by a new order.
    Express,
}

impl RenewalMode {
    /// The words of orders and what they mean.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("none", Self::None),
        ("tacit", Self::Tacit),
        ("express", Self::Express),
    ];
}

/// In which form non-renewal must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NonRenewalForm {
    /// In any form.
    Any,
    /// In writing; a registered letter is one.
    Writing,
    /// By registered letter only (clause K12).
    Letter,
    /// By closing the account (clause B6).
    AccountClosed,
    /// Not at all.
    Excluded,
}

impl NonRenewalForm {
    /// The words of orders and what they mean.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("any", Self::Any),
        ("writing", Self::Writing),
        ("letter", Self::Letter),
        ("account-closed", Self::AccountClosed),
        ("excluded", Self::Excluded),
    ];

    /// How it is said and who records it, as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Any => "in any form",
            Self::Writing => "in writing",
            Self::Letter => "by registered letter only; the vendor records the letter's date",
            Self::AccountClosed => {
                "by closing the account; recorded on the client's machine, carried by its next report"
            }
            Self::Excluded => "not at all",
        }
    }
}

/// One side's non-renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    /// How long before the end; `None`: until the last day.
    pub notice: Option<Delay>,
    /// In which form.
    pub form: NonRenewalForm,
}

impl Default for Side {
    fn default() -> Self {
        Self {
            notice: None,
            form: NonRenewalForm::Any,
        }
    }
}

/// What a notice that grows is measured by (clause Z7 allows both readings).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoticeBasis {
    /// All years from the start to the end of the period.
    Total,
    /// The years of the period alone.
    Period,
}

impl NoticeBasis {
    /// The words of orders and what they mean.
    pub const WORDS: [(&'static str, Self); 2] = [("total", Self::Total), ("period", Self::Period)];

    fn other(self) -> Self {
        match self {
            Self::Total => Self::Period,
            Self::Period => Self::Total,
        }
    }
}

/// A notice that grows with the first renewal on: as many months as years, never less than the first
/// notice (clause Z7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeGrowth {
    /// Which reading governs.
    pub basis: NoticeBasis,
    /// At most so many months.
    pub months_max: u16,
}

/// What a contract says about renewal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Renewal {
    /// Whether and how.
    pub mode: RenewalMode,
    /// How long each further period is; `None` only without renewal.
    pub period: Option<Delay>,
    /// Whether notice grows.
    pub growth: Option<NoticeGrowth>,
    /// The client's non-renewal.
    pub client: Side,
    /// The vendor's non-renewal.
    pub vendor: Side,
    /// Where a letter of non-renewal goes; may be empty.
    pub notice_address: String,
}

/// The two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// The client.
    Client,
    /// The vendor.
    Vendor,
}

/// One reading of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeReading {
    /// What it is measured by, where it grows.
    pub basis: Option<NoticeBasis>,
    /// Its length; `None`: until the last day of the period.
    pub length: Option<Delay>,
    /// The last day on which it is in time.
    pub last_day: Date,
    /// The instant from which it is late.
    pub deadline: CivilSeconds,
}

/// Until when non-renewal is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// The reading that governs.
    pub governing: NoticeReading,
    /// The other reading of the clause, where there is one.
    pub other: Option<NoticeReading>,
}

/// The first term (number 0) or a renewal (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// 0 for the first term.
    pub number: u32,
    /// Its first day; `None` for a first term that starts with its issue.
    pub first_day: Option<Date>,
    /// Its last day.
    pub last_day: Date,
    /// Its first instant; `None` as for `first_day`.
    pub starts: Option<CivilSeconds>,
    /// The instant at which it is over.
    pub ends: CivilSeconds,
    /// The client's notice; `None` where the term is not renewed tacitly or the client cannot.
    pub client_notice: Option<Notice>,
    /// The vendor's notice; `None` as for the client's.
    pub vendor_notice: Option<Notice>,
}

impl TermRules {
    /// The first term (0) or a renewal (from 1), whether or not it comes to that.
    ///
    /// # Errors
    /// [`CalendarError::OutsideYears`], also for a perpetual licence and for periods that the
    /// contract does not have.
    pub fn period(&self, number: u32) -> Result<Period, CalendarError> {
        let first_day = match number.checked_sub(1) {
            None => self.first_day()?,
            Some(previous) => Some(self.day_after(previous)?),
        };
        let next_day = self.day_after(number)?;
        let ends = match self.end {
            TermEnd::Fixed(ends) if number == 0 => ends,
            _ => self.calendar.starts_at(next_day)?,
        };
        let starts = match number {
            0 => self.starts,
            _ => first_day
                .map(|day| self.calendar.starts_at(day))
                .transpose()?,
        };
        Ok(Period {
            number,
            first_day,
            last_day: self.calendar.day_of(CivilSeconds(ends.0 - 1))?,
            starts,
            ends,
            client_notice: self.notice(self.renewal.client, number, first_day, next_day)?,
            vendor_notice: self.notice(self.renewal.vendor, number, first_day, next_day)?,
        })
    }

    /// The day after a period. Periods in months are counted from the very start, so that a chain of
    /// them does not drift over short months.
    fn day_after(&self, number: u32) -> Result<Date, CalendarError> {
        let outside = CalendarError::OutsideYears;
        let period = self.renewal.period;
        if let (TermEnd::After(length), Some(first)) = (self.end, self.first_day()?) {
            if number == 0 {
                return Calendar::day_after_term(first, length, 1);
            }
            let months = (length.months(), period.and_then(Delay::months));
            if let (Some(term), Some(period)) = months {
                let months = i64::from(term) + i64::from(period) * i64::from(number);
                return day_after_months(first, months);
            }
        }
        let after_first = match (self.end, self.first_day()?) {
            (TermEnd::Fixed(ends), _) => {
                add_days(self.calendar.day_of(CivilSeconds(ends.0 - 1))?, 1)?
            }
            (TermEnd::After(length), Some(first)) => Calendar::day_after_term(first, length, 1)?,
            _ => return Err(outside),
        };
        if number == 0 {
            return Ok(after_first);
        }
        Calendar::day_after_term(after_first, period.ok_or(outside)?, number)
    }

    fn notice(
        &self,
        side: Side,
        number: u32,
        first_day: Option<Date>,
        next_day: Date,
    ) -> Result<Option<Notice>, CalendarError> {
        if self.renewal.mode != RenewalMode::Tacit || side.form == NonRenewalForm::Excluded {
            return Ok(None);
        }
        let reading = |basis: Option<NoticeBasis>| -> Result<NoticeReading, CalendarError> {
            let length = match (side.notice, basis, self.renewal.growth) {
                (Some(first), Some(basis), Some(growth)) => {
                    Some(self.grown(first, basis, growth, first_day, next_day)?)
                }
                (notice, ..) => notice,
            };
            let last_day = match length {
                Some(length) => self.calendar.last_day_before(length, next_day)?,
                None => add_days(next_day, -1)?,
            };
            Ok(NoticeReading {
                basis,
                length,
                last_day,
                deadline: self.calendar.ends_at(last_day)?,
            })
        };
        let grows = self
            .renewal
            .growth
            .filter(|_| number > 0 && side.notice.is_some());
        let basis = grows.map(|growth| growth.basis);
        Ok(Some(Notice {
            governing: reading(basis)?,
            other: basis
                .map(|basis| reading(Some(basis.other())))
                .transpose()?,
        }))
    }

    /// As many months as whole years, from the first notice up to the most.
    fn grown(
        &self,
        first: Delay,
        basis: NoticeBasis,
        growth: NoticeGrowth,
        first_day: Option<Date>,
        next_day: Date,
    ) -> Result<Delay, CalendarError> {
        let from = match basis {
            NoticeBasis::Total => self.first_day()?,
            NoticeBasis::Period => first_day,
        };
        let from = from.ok_or(CalendarError::OutsideYears)?;
        let years = from
            .until((Unit::Year, next_day))
            .map_err(|_| CalendarError::OutsideYears)?
            .get_years();
        let least = first.months().and_then(|months| u16::try_from(months).ok());
        let least = least.ok_or(CalendarError::NoTermUnit)?;
        let months = u16::try_from(years).map_err(|_| CalendarError::OutsideYears)?;
        let months = months.min(growth.months_max).max(least);
        Delay::new(months, DelayUnit::Months).map_err(|_| CalendarError::OutsideYears)
    }
}
