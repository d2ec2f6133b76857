//! Where a term stands: it renews tacitly by itself unless non-renewal was said in time and in the
//! form that the contract allows. One that comes too late for a period counts for the first period
//! whose deadline it still meets.

use jiff::civil::Date;
use octroi_licence::CivilSeconds;

use super::{NonRenewalForm, Notice, Party, Period, RenewalMode, TermEnd, TermRules};
use crate::calendar::CalendarError;

/// The form in which non-renewal was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GivenForm {
    /// A registered letter.
    RegisteredLetter,
    /// Another writing.
    Writing,
    /// The account was closed.
    AccountClosed,
}

/// A non-renewal that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonRenewal {
    /// By whom.
    pub by: Party,
    /// In which form.
    pub form: GivenForm,
    /// The day that counts: of receipt, first presentation or postmark, as the contract says.
    pub on: Date,
}

/// What a non-renewal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// The number of the last period.
    pub period: u32,
    /// When it is over.
    pub ends: CivilSeconds,
    /// The deadline that was missed, where it came too late for the period that ran.
    pub late: Option<NoticeMissed>,
}

/// A deadline that a non-renewal missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoticeMissed {
    /// The period that ran.
    pub period: u32,
    /// The last day on which it would have been in time.
    pub last_day: Date,
}

/// Why a non-renewal does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NonRenewalRefused {
    /// The term does not renew by itself.
    #[error("the term does not renew by itself, so there is nothing to refuse")]
    NotTacit,
    /// The contract wants another form.
    #[error("the contract allows non-renewal {}", .0.sentence())]
    Form(NonRenewalForm),
    /// No period is in the calendar for it.
    #[error("no end for it is in the calendar")]
    Calendar(#[from] CalendarError),
}

/// What was recorded of a licence.
#[derive(Debug, Clone, Copy, Default)]
pub struct History<'a> {
    /// Non-renewals; those that the contract does not allow change nothing.
    pub non_renewals: &'a [NonRenewal],
    /// How many times the term was renewed by a new order.
    pub express_renewals: u32,
}

/// Where a term stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has not started.
    NotStarted,
    /// It runs.
    Running {
        /// The period that runs; 0 for the first term.
        period: u32,
        /// When that period is over; `None`: never.
        ends: Option<CivilSeconds>,
        /// Whether another period follows by itself, as things stand.
        renews: bool,
    },
    /// It is over.
    Ended {
        /// Since when.
        at: CivilSeconds,
    },
}

impl NonRenewalForm {
    /// Whether a non-renewal in this form counts.
    pub fn allows(self, given: GivenForm) -> bool {
        match self {
            Self::Any => true,
            Self::Writing => matches!(given, GivenForm::Writing | GivenForm::RegisteredLetter),
            Self::Letter => given == GivenForm::RegisteredLetter,
            Self::AccountClosed => given == GivenForm::AccountClosed,
            Self::Excluded => false,
        }
    }
}

impl TermRules {
    /// Which end a non-renewal brings about, and whether it came too late for the running period.
    ///
    /// # Errors
    /// [`NonRenewalRefused`]: it does nothing.
    pub fn judge(&self, said: &NonRenewal) -> Result<Judgement, NonRenewalRefused> {
        if self.renewal.mode != RenewalMode::Tacit || self.end == TermEnd::Perpetual {
            return Err(NonRenewalRefused::NotTacit);
        }
        let side = match said.by {
            Party::Client => self.renewal.client,
            Party::Vendor => self.renewal.vendor,
        };
        if !side.form.allows(said.form) {
            return Err(NonRenewalRefused::Form(side.form));
        }
        let mut late = None;
        // Each period is later than the one before, and the calendar has an end.
        for number in 0_u32.. {
            let period = self.period(number)?;
            let notice = notice_of(&period, said.by).ok_or(NonRenewalRefused::NotTacit)?;
            let last_day = notice.governing.last_day;
            if said.on <= last_day {
                return Ok(Judgement {
                    period: number,
                    ends: period.ends,
                    late,
                });
            }
            if said.on <= period.last_day {
                let missed = NoticeMissed {
                    period: number,
                    last_day,
                };
                late = late.or(Some(missed));
            }
        }
        Err(CalendarError::OutsideYears.into())
    }

    /// Where the term stands at `now`.
    ///
    /// # Errors
    /// [`CalendarError`] for an instant beyond the calendar.
    pub fn standing(
        &self,
        history: &History<'_>,
        now: CivilSeconds,
    ) -> Result<Standing, CalendarError> {
        if self.starts.is_some_and(|starts| now < starts) {
            return Ok(Standing::NotStarted);
        }
        if self.end == TermEnd::Perpetual {
            return Ok(Standing::Running {
                period: 0,
                ends: None,
                renews: false,
            });
        }
        let last = self.last_period(history);
        for number in 0_u32.. {
            let period = self.period(number)?;
            let is_last = last.is_some_and(|last| number >= last);
            if now < period.ends {
                return Ok(Standing::Running {
                    period: number,
                    ends: Some(period.ends),
                    renews: !is_last,
                });
            }
            if is_last {
                return Ok(Standing::Ended { at: period.ends });
            }
        }
        Err(CalendarError::OutsideYears)
    }

    /// The number of the last period, as things stand; `None`: the term goes on.
    fn last_period(&self, history: &History<'_>) -> Option<u32> {
        match self.renewal.mode {
            RenewalMode::None => Some(0),
            RenewalMode::Express => Some(history.express_renewals),
            RenewalMode::Tacit => {
                let judged = history.non_renewals.iter();
                let judged = judged.filter_map(|said| self.judge(said).ok());
                judged.map(|judgement| judgement.period).min()
            }
        }
    }
}

fn notice_of(period: &Period, by: Party) -> Option<Notice> {
    match by {
        Party::Client => period.client_notice,
        Party::Vendor => period.vendor_notice,
    }
}
