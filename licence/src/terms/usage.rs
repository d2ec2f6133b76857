//! How much: named users, metered amounts, borrowed seats, proofs per check-out.

use super::contradiction;
use crate::{
    Seats, Seconds, TermError,
    choice::choice,
    fields::{list, range, span, text_of, unique},
    licence::{SEATS_MAX, SPAN_MAX_S},
    message,
};

/// The greatest amount of a window: every integer up to it is exact in all languages' numbers.
pub const METER_AMOUNT_MAX: u64 = 1 << 53;
const SOFT_THRESHOLDS_MAX: usize = 16;

choice! {
    /// The span of a window, in the site's zone.
    WindowUnit {
        /// Each hour.
        Hour,
        /// Each day.
        Day,
        /// Each month of the calendar.
        Month,
    }
}

choice! {
    /// A proof by the hardware key for each check-out.
    CheckoutProof {
        /// The application asks for it and checks it itself.
        Application,
    }
}

/// For the metric named user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NamedUsers {
    /// New assignments that one daemon makes in a day at most; `None`: no limit.
    pub assignments_per_day_max: Option<Seats>,
}

/// At most so much in each hour, day or month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeterWindow {
    /// The span.
    pub unit: WindowUnit,
    /// 1 to [`METER_AMOUNT_MAX`].
    pub amount: u64,
}

/// For the metric metered (clauses A15, A22, K4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metered {
    /// All hold at once, no unit twice; empty: counted without a limit.
    pub windows: Vec<MeterWindow>,
    /// Amounts are reserved and consumed only once validated, within this time; `None`: at once.
    pub approval_deadline: Option<Seconds>,
    /// What is counted, for people.
    pub counted: String,
    /// One operation above it is to be announced before.
    pub announce_above: Option<u64>,
    /// Crossings that are recorded and shown.
    pub soft_thresholds: Vec<MeterWindow>,
}

impl MeterWindow {
    /// What a daemon with `share` of `count` parts may consume, rounded down.
    pub fn part(self, share: Seats, count: Seats) -> u64 {
        let whole = u128::from(self.amount) * u128::from(share.0.min(count.0));
        u64::try_from(whole / u128::from(count.0.max(1))).unwrap_or(u64::MAX)
    }
}

/// Seats that outlive their session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Borrow {
    /// The longest that a seat may be away.
    pub longest: Seconds,
    /// The short leases within; an early return frees the seat when the current one ends.
    pub lease: Seconds,
    /// Units that may be away at one time; `None`: all.
    pub units_max: Option<Seats>,
}

pub(crate) fn named_users(wire: message::NamedUser) -> Result<NamedUsers, TermError> {
    let most = wire.assignments_per_day_max;
    range("assignments_per_day_max", most.into(), 0, SEATS_MAX.into())?;
    Ok(NamedUsers {
        assignments_per_day_max: (most > 0).then_some(Seats(most)),
    })
}

/// Reads one window.
pub(crate) fn window(wire: message::MeterWindow) -> Result<MeterWindow, TermError> {
    Ok(MeterWindow {
        unit: WindowUnit::read("window unit", wire.unit)?,
        amount: range("window amount", wire.amount, 1, METER_AMOUNT_MAX)?,
    })
}

pub(crate) fn metered(wire: message::Metered) -> Result<Metered, TermError> {
    let windows = list("windows", wire.windows, 0, 3, window)?;
    unique(
        "windows",
        windows.iter().map(|one| one.unit.wire().as_str_name()),
    )?;
    let field = "soft_thresholds";
    let soft = list(field, wire.soft_thresholds, 0, SOFT_THRESHOLDS_MAX, |one| {
        let message::SoftThreshold { unit, amount } = one;
        window(message::MeterWindow { unit, amount })
    })?;
    let approval_deadline = match wire.approval {
        None => None,
        Some(approval) => {
            let field = "approval deadline_s";
            range(field, approval.deadline_s.into(), 1, SPAN_MAX_S.into())?;
            Some(Seconds(approval.deadline_s))
        }
    };
    range("announce_above", wire.announce_above, 0, METER_AMOUNT_MAX)?;
    Ok(Metered {
        windows,
        approval_deadline,
        counted: text_of("counted", wire.counted)?,
        announce_above: (wire.announce_above > 0).then_some(wire.announce_above),
        soft_thresholds: soft,
    })
}

pub(crate) fn borrow(wire: message::Borrow) -> Result<Borrow, TermError> {
    let longest = span("borrow longest_s", wire.longest_s, Seconds(0))?;
    let lease = span("borrow lease_s", wire.lease_s, Seconds(0))?;
    if lease == Seconds(0) || lease > longest {
        return contradiction("borrow lease_s must be at least 1 and at most longest_s");
    }
    let most = wire.units_max;
    range("borrow units_max", most.into(), 0, SEATS_MAX.into())?;
    Ok(Borrow {
        longest,
        lease,
        units_max: (most > 0).then_some(Seats(most)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_amount_never_sum_above_it() {
        let window = MeterWindow {
            unit: WindowUnit::Month,
            amount: 25_000,
        };
        assert_eq!(window.part(Seats(1), Seats(1)), 25_000);
        assert_eq!(window.part(Seats(0), Seats(3)), 0);
        let parts = (0..3).map(|_| window.part(Seats(1), Seats(3)));
        assert!(parts.sum::<u64>() <= 25_000);
        let most = MeterWindow {
            amount: METER_AMOUNT_MAX,
            ..window
        };
        assert_eq!(
            most.part(Seats(SEATS_MAX), Seats(SEATS_MAX)),
            METER_AMOUNT_MAX
        );
    }
}
