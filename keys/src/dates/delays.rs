//! The delays that contracts name besides term and notice: what starts each, what ends with it, and
//! when that is as soon as the event's day is known.

use std::fmt;

use jiff::civil::Date;
use octroi_licence::CivilSeconds;

use crate::calendar::{Calendar, CalendarError, Delay, DelayUnit};

/// What a delay is counted from or to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// From the end of the licence.
    AfterEnd,
    /// Back from the first day of a renewal.
    BeforeRenewal,
    /// From delivery.
    Delivery,
    /// From an event that may or may not come.
    Event,
}

/// A delay that contracts name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DelayKind {
    /// Data can be exported (clause K7).
    Export,
    /// Return or certified destruction at the end (clauses A14, B10).
    Return,
    /// Return or certified destruction of confidential information on request (clause Z9).
    ConfidentialReturn,
    /// Cure of a breach (clauses Z19, K11, B3).
    Cure,
    /// End after notice of a breach that the contract lists (clause Z8).
    ListedBreach,
    /// Announcement of an audit (clause Z5).
    AuditNotice,
    /// Payment of an invoice (clauses A20, Z20).
    Payment,
    /// End of an unpaid licence after the due date (clause A12).
    UnpaidEnd,
    /// Contesting an invoice (clause B12).
    Contest,
    /// Issue of the invoice of a renewal (clause A20).
    InvoiceAhead,
    /// Telling the price of the renewal (clauses K6, K13).
    PriceNotice,
    /// Notifying defects (clause A18).
    Defects,
    /// Guarantee (clauses A18, Z4).
    Guarantee,
    /// End by force majeure (clause A23).
    ForceMajeure,
    /// Announcement of a change, such as of a sub-processor (clause K14).
    Announcement,
}

/// Kind, key in orders, what it is counted from, the event, what the delay bounds.
type Described = (DelayKind, &'static str, Anchor, &'static str, &'static str);

const KINDS: [Described; 15] = [
    (
        DelayKind::Export,
        "export",
        Anchor::AfterEnd,
        "the end of the licence",
        "the client's data can be exported",
    ),
    (
        DelayKind::Return,
        "return",
        Anchor::AfterEnd,
        "the end of the licence",
        "software and copies are returned or their destruction is certified",
    ),
    (
        DelayKind::ConfidentialReturn,
        "confidential_return",
        Anchor::Event,
        "a request",
        "confidential information is returned or its destruction certified",
    ),
    (
        DelayKind::Cure,
        "cure",
        Anchor::Event,
        "the notice of a breach",
        "the breach can be cured",
    ),
    (
        DelayKind::ListedBreach,
        "listed_breach",
        Anchor::Event,
        "the notice of a listed breach",
        "the contract lasts",
    ),
    (
        DelayKind::AuditNotice,
        "audit_notice",
        Anchor::Event,
        "the announcement of an audit",
        "the audit waits",
    ),
    (
        DelayKind::Payment,
        "payment",
        Anchor::Event,
        "the issue of an invoice",
        "the invoice can be paid",
    ),
    (
        DelayKind::UnpaidEnd,
        "unpaid_end",
        Anchor::Event,
        "the due date of an unpaid invoice",
        "the licence is suspended, not ended",
    ),
    (
        DelayKind::Contest,
        "contest",
        Anchor::Event,
        "the receipt of an invoice",
        "the invoice can be contested",
    ),
    (
        DelayKind::InvoiceAhead,
        "invoice_ahead",
        Anchor::BeforeRenewal,
        "the renewal",
        "the renewal is invoiced",
    ),
    (
        DelayKind::PriceNotice,
        "price_notice",
        Anchor::BeforeRenewal,
        "the renewal",
        "a new price is told",
    ),
    (
        DelayKind::Defects,
        "defects",
        Anchor::Delivery,
        "delivery",
        "defects can be notified",
    ),
    (
        DelayKind::Guarantee,
        "guarantee",
        Anchor::Delivery,
        "delivery",
        "the guarantee lasts",
    ),
    (
        DelayKind::ForceMajeure,
        "force_majeure",
        Anchor::Event,
        "the notice of force majeure",
        "the contract lasts, its duties suspended",
    ),
    (
        DelayKind::Announcement,
        "announcement",
        Anchor::Event,
        "an announcement",
        "the announced change waits",
    ),
];

impl DelayKind {
    /// Every kind, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|(kind, ..)| *kind)
    }

    fn described(self) -> Described {
        let found = KINDS.iter().find(|(kind, ..)| *kind == self);
        // A test finds every kind; there is no other way to leave one out.
        found.copied().unwrap_or((self, "", Anchor::Event, "", ""))
    }

    /// Its key in orders.
    pub fn key(self) -> &'static str {
        self.described().1
    }

    /// What it is counted from or to.
    pub fn anchor(self) -> Anchor {
        self.described().2
    }

    /// The event that starts it.
    pub fn event(self) -> &'static str {
        self.described().3
    }

    /// Whether it runs from a notice that one side gives the other.
    pub fn is_notice(self) -> bool {
        use DelayKind as K;
        matches!(
            self,
            K::ConfidentialReturn
                | K::Cure
                | K::ListedBreach
                | K::AuditNotice
                | K::ForceMajeure
                | K::Announcement
        )
    }

    /// What it bounds: "until then …".
    pub fn bounds(self) -> &'static str {
        self.described().4
    }
}

/// From when a notice counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunsFrom {
    /// When it is received.
    Receipt,
    /// When it is presented first.
    FirstPresentation,
    /// When it is received, or presented first where it is not.
    ReceiptOrFirstPresentation,
    /// When it is sent.
    Sending,
    /// By its postmark.
    Postmark,
}

impl RunsFrom {
    /// The words of orders and what they mean.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("receipt", Self::Receipt),
        ("first-presentation", Self::FirstPresentation),
        (
            "receipt-or-first-presentation",
            Self::ReceiptOrFirstPresentation,
        ),
        ("sending", Self::Sending),
        ("postmark", Self::Postmark),
    ];
}

impl fmt::Display for RunsFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Receipt => "its receipt",
            Self::FirstPresentation => "its first presentation",
            Self::ReceiptOrFirstPresentation => "its receipt or first presentation",
            Self::Sending => "its sending",
            Self::Postmark => "its postmark",
        })
    }
}

/// A delay of one contract: its length, its calendar, and from when its event counts.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedDelay {
    /// Which delay.
    pub kind: DelayKind,
    /// How long.
    pub delay: Delay,
    /// Its calendar; the contract's, unless the order gives it one of its own.
    pub calendar: Calendar,
    /// From when a notice counts, where the contract says so.
    pub runs_from: Option<RunsFrom>,
}

/// A delay with its end, as far as its event is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComputedDelay {
    /// Which delay.
    pub kind: DelayKind,
    /// How long.
    pub delay: Delay,
    /// The day of the event; `None`: it is not known.
    pub from: Option<Date>,
    /// The last day, with the instant at which it is over; for support hours the day in which they
    /// end, with the instant.
    pub until: Option<(Date, CivilSeconds)>,
    /// How it is counted, as a sentence without its full stop.
    pub how: String,
}

impl NamedDelay {
    /// Computes the delay for an event on `from`; support hours run from the first instant of it.
    ///
    /// # Errors
    /// [`CalendarError`].
    pub fn compute(&self, from: Option<Date>) -> Result<ComputedDelay, CalendarError> {
        let until = from.map(|from| self.until(from)).transpose()?;
        Ok(ComputedDelay {
            kind: self.kind,
            delay: self.delay,
            from,
            until,
            how: self.how(),
        })
    }

    fn until(&self, from: Date) -> Result<(Date, CivilSeconds), CalendarError> {
        let calendar = &self.calendar;
        if self.kind.anchor() == Anchor::BeforeRenewal {
            let last = calendar.last_day_before(self.delay, from)?;
            return Ok((last, calendar.ends_at(last)?));
        }
        let event = calendar.starts_at(from)?;
        let ends = calendar.end_after(self.delay, event)?;
        Ok((calendar.day_of(CivilSeconds(ends.0 - 1))?, ends))
    }

    fn how(&self) -> String {
        let event = self.kind.event();
        if self.kind.anchor() == Anchor::BeforeRenewal {
            return format!("at least {} before {event}", self.delay);
        }
        let days_off = match self.delay.unit() {
            DelayUnit::BusinessDays | DelayUnit::WorkingDays => {
                match self.calendar.holidays.name() {
                    "" => "; no holidays are stated".to_owned(),
                    name => format!("; holidays: {name}"),
                }
            }
            _ => String::new(),
        };
        let counted = match self.runs_from {
            Some(runs_from) => format!(", counted from {runs_from}"),
            None => String::new(),
        };
        let last = match self.delay.unit() {
            DelayUnit::SupportHours => "",
            _ => ", whose day does not count, last day included",
        };
        format!("{} from {event}{counted}{last}{days_off}", self.delay)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_of_delay_has_one_key_and_a_sentence() {
        let keys: BTreeSet<&str> = DelayKind::all().map(DelayKind::key).collect();
        assert_eq!(keys.len(), KINDS.len());
        for kind in DelayKind::all() {
            // A kind that is added must be named here, and stands in the table then.
            match kind {
                DelayKind::Export
                | DelayKind::Return
                | DelayKind::ConfidentialReturn
                | DelayKind::Cure
                | DelayKind::ListedBreach
                | DelayKind::AuditNotice
                | DelayKind::Payment
                | DelayKind::UnpaidEnd
                | DelayKind::Contest
                | DelayKind::InvoiceAhead
                | DelayKind::PriceNotice
                | DelayKind::Defects
                | DelayKind::Guarantee
                | DelayKind::ForceMajeure
                | DelayKind::Announcement => {}
            }
            assert!(!kind.event().is_empty() && !kind.bounds().is_empty());
        }
    }
}
