//! The dates of a licence, computed from what its contract says: start, end, renewals with their
//! notice deadlines, evaluation, invoices, and the delays that run from events. Pure: the contract's
//! rules and calendar come in, days and instants go out, each with the sentence of how it came
//! about. The licence carries instants only; daemons compare them and know no calendar.

mod delays;
mod renewal;
mod standing;

use jiff::civil::Date;
use octroi_licence::CivilSeconds;

pub use delays::{Anchor, ComputedDelay, DelayKind, NamedDelay, RunsFrom};
pub use renewal::{
    NonRenewalForm, Notice, NoticeBasis, NoticeGrowth, NoticeReading, Party, Period, Renewal,
    RenewalMode, Side,
};
pub use standing::{
    GivenForm, History, Judgement, NonRenewal, NonRenewalRefused, NoticeMissed, Standing,
};

use crate::calendar::{Calendar, CalendarError, Delay, DelayUnit, add_days};

/// How many renewals are computed ahead.
pub const RENEWALS_SHOWN: u32 = 10;

/// What makes the term start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StartEvent {
    /// The contract is signed.
    Signed,
    /// The vendor receives the accepted quote.
    QuoteReceived,
    /// The client subscribes online.
    Subscribed,
    /// The fee is cashed.
    FeeCashed,
    /// A day that the order names.
    Stated,
}

impl StartEvent {
    /// The words of orders and what they mean.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("signed", Self::Signed),
        ("quote-received", Self::QuoteReceived),
        ("subscribed", Self::Subscribed),
        ("fee-cashed", Self::FeeCashed),
        ("stated", Self::Stated),
    ];

    fn sentence(self) -> &'static str {
        match self {
            Self::Signed => "the contract is signed",
            Self::QuoteReceived => "the vendor receives the accepted quote",
            Self::Subscribed => "the client subscribes online",
            Self::FeeCashed => "the fee is cashed",
            Self::Stated => "the order states this day",
        }
    }
}

/// When the price may be revised; shown only, no price is computed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PriceRevision {
    /// Never, as far as the order says.
    #[default]
    None,
    /// At each anniversary of the start (clause Z10).
    Yearly,
    /// With each renewal (clauses A, K, B).
    AtRenewal,
    /// Firm in the first term, then at each anniversary (clause T).
    YearlyAfterRenewal,
}

impl PriceRevision {
    /// The words of orders and what they mean.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("none", Self::None),
        ("yearly", Self::Yearly),
        ("at-renewal", Self::AtRenewal),
        ("yearly-after-renewal", Self::YearlyAfterRenewal),
    ];
}

/// How the first term ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermEnd {
    /// Never.
    Perpetual,
    /// At this instant.
    Fixed(CivilSeconds),
    /// After a length from the first day on, which counts.
    After(Delay),
}

/// What a contract says about dates.
#[derive(Debug, Clone, PartialEq)]
pub struct TermRules {
    /// Zone, holidays, support hours.
    pub calendar: Calendar,
    /// What makes the term start.
    pub start_event: StartEvent,
    /// When it starts; `None`: with the issue of the licence.
    pub starts: Option<CivilSeconds>,
    /// How the first term ends.
    pub end: TermEnd,
    /// Window at the start of the term in which the client may end it (clause T4).
    pub evaluation: Option<Delay>,
    /// The day of delivery, from which guarantee and acceptance run.
    pub delivered: Option<Date>,
    /// What follows the first term.
    pub renewal: Renewal,
    /// When the price may be revised.
    pub price_revision: PriceRevision,
    /// Other delays of the contract.
    pub delays: Vec<NamedDelay>,
}

/// A day or instant, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// The instant; an end is exclusive.
    pub at: CivilSeconds,
    /// The day meant: the first of what starts, the last of what ends.
    pub day: Date,
    /// How it came about, as a sentence without its full stop.
    pub how: String,
}

/// The invoice of a renewal and what follows when it is not paid (clauses A12, A20).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// The number of the period that it is for.
    pub period: u32,
    /// The day on which it is issued.
    pub issued: Date,
    /// The last day to pay.
    pub due: Date,
    /// From this instant on the licence may be suspended: the due day is over.
    pub suspendable: CivilSeconds,
    /// From this instant on the licence may be ended, where the contract says so, with the last day
    /// to pay before it.
    pub ends: Option<(Date, CivilSeconds)>,
}

/// The dates of a licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceDates {
    /// When the term starts; `None`: with the issue of the licence.
    pub start: Option<Dated>,
    /// When the first term ends; `None`: never.
    pub end: Option<Dated>,
    /// When the evaluation window ends.
    pub evaluation: Option<Dated>,
    /// The first term and, where it is renewed, the [`RENEWALS_SHOWN`] periods after it; fewer where
    /// the calendar ends, none for a perpetual licence.
    pub periods: Vec<Period>,
    /// The invoices of the renewals in `periods`.
    pub invoices: Vec<Invoice>,
    /// The days on which the price may be revised, within `periods`, at most [`RENEWALS_SHOWN`].
    pub price_revisions: Vec<Date>,
    /// The other delays, each computed as far as its event is known.
    pub delays: Vec<ComputedDelay>,
}

impl TermRules {
    /// Computes the dates. `event` is the day of an event that has not happened yet, as if every
    /// delay that waits for one started on it.
    ///
    /// # Errors
    /// [`CalendarError`] where a date of the first term lies outside the calendar.
    pub fn compute(&self, event: Option<Date>) -> Result<LicenceDates, CalendarError> {
        let first_day = self.first_day()?;
        let start = match (self.starts, first_day) {
            (Some(at), Some(day)) => Some(Dated {
                at,
                day,
                how: format!("{}: {day}", self.start_event.sentence()),
            }),
            _ => None,
        };
        let mut periods = Vec::new();
        if self.end != TermEnd::Perpetual {
            periods.push(self.period(0)?);
            if self.renewal.mode != RenewalMode::None {
                // Renewals beyond the calendar are left out.
                periods.extend((1..=RENEWALS_SHOWN).map_while(|number| self.period(number).ok()));
            }
        }
        let end = periods.first().map(|first| Dated {
            at: first.ends,
            day: first.last_day,
            how: match (self.end, first_day) {
                (TermEnd::After(length), Some(day)) => {
                    format!("{length} from {day}, last day included")
                }
                _ => "the order states this end".to_owned(),
            },
        });
        Ok(LicenceDates {
            evaluation: self.evaluation(first_day)?,
            invoices: self.invoices(&periods),
            price_revisions: self.price_revisions(first_day, &periods),
            delays: self.computed_delays(&periods, event)?,
            start,
            end,
            periods,
        })
    }

    /// The first day of the term, where it is stated.
    pub(crate) fn first_day(&self) -> Result<Option<Date>, CalendarError> {
        self.starts.map(|at| self.calendar.day_of(at)).transpose()
    }

    fn evaluation(&self, first_day: Option<Date>) -> Result<Option<Dated>, CalendarError> {
        let (Some(window), Some(first)) = (self.evaluation, first_day) else {
            return Ok(None);
        };
        let next_day = Calendar::day_after_term(first, window, 1)?;
        Ok(Some(Dated {
            at: self.calendar.starts_at(next_day)?,
            day: add_days(next_day, -1)?,
            how: format!(
                "{window} from {first}, first and last day included; until then the client may \
                 end the term, without reserves it goes on"
            ),
        }))
    }

    fn delay(&self, kind: DelayKind) -> Option<&NamedDelay> {
        self.delays.iter().find(|delay| delay.kind == kind)
    }

    fn invoices(&self, periods: &[Period]) -> Vec<Invoice> {
        let (Some(ahead), Some(payment)) = (
            self.delay(DelayKind::InvoiceAhead),
            self.delay(DelayKind::Payment),
        ) else {
            return Vec::new();
        };
        let invoice = |period: &Period| -> Result<Invoice, CalendarError> {
            let first = period.first_day.ok_or(CalendarError::OutsideYears)?;
            // Whole units lie between the day of issue and the renewal.
            let issued = ahead.calendar.last_day_before(ahead.delay, first)?;
            let due = payment.calendar.last_day(payment.delay, issued)?;
            let ends = match self.delay(DelayKind::UnpaidEnd) {
                Some(end) => {
                    let last = end.calendar.last_day(end.delay, due)?;
                    Some((last, self.calendar.ends_at(last)?))
                }
                None => None,
            };
            Ok(Invoice {
                period: period.number,
                issued,
                due,
                suspendable: self.calendar.ends_at(due)?,
                ends,
            })
        };
        let renewals = periods.iter().skip(1);
        renewals.map_while(|period| invoice(period).ok()).collect()
    }

    fn price_revisions(&self, first_day: Option<Date>, periods: &[Period]) -> Vec<Date> {
        let renewals = || periods.iter().skip(1).filter_map(|period| period.first_day);
        let yearly = |after: Option<Date>| {
            let year = Delay::new(1, DelayUnit::Years).ok();
            let last = periods.last().map(|period| period.last_day);
            let anniversary = move |times| Calendar::day_after_term(first_day?, year?, times).ok();
            (1..=u32::from(u16::MAX))
                .map_while(anniversary)
                .take_while(move |day| last.is_none_or(|last| *day <= last))
                .filter(move |day| after.is_none_or(|after| *day >= after))
        };
        let shown = usize::try_from(RENEWALS_SHOWN).unwrap_or(usize::MAX);
        match self.price_revision {
            PriceRevision::None => Vec::new(),
            PriceRevision::AtRenewal => renewals().take(shown).collect(),
            PriceRevision::Yearly => yearly(None).take(shown).collect(),
            PriceRevision::YearlyAfterRenewal => match renewals().next() {
                Some(first) => yearly(Some(first)).take(shown).collect(),
                None => Vec::new(),
            },
        }
    }

    fn computed_delays(
        &self,
        periods: &[Period],
        event: Option<Date>,
    ) -> Result<Vec<ComputedDelay>, CalendarError> {
        let end = periods.first().map(|first| first.last_day);
        let renewal = periods.get(1).and_then(|period| period.first_day);
        let compute = |delay: &NamedDelay| {
            let from = match delay.kind.anchor() {
                Anchor::AfterEnd => end,
                Anchor::BeforeRenewal => renewal,
                Anchor::Delivery => self.delivered.or(event),
                Anchor::Event => event,
            };
            delay.compute(from)
        };
        self.delays.iter().map(compute).collect()
    }
}
