//! Use over the limit as the records count it: how much now, how much in each month. Months are told
//! by the records; no calendar is asked here.

use std::collections::{BTreeMap, BTreeSet};

use octroi_licence::CivilSeconds;

use super::PoolIndex;
use crate::ElapsedMs;

/// Use over the limit in one month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct MonthTotals {
    /// The most units at one time.
    pub(crate) most: u32,
    /// Units times milliseconds.
    pub(crate) seat_ms: u64,
}

/// The month that is being counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenMonth {
    pub(crate) starts_at: CivilSeconds,
    pub(crate) ends_at: CivilSeconds,
    /// Units over the limit now.
    pub(crate) excess: u32,
    /// Of these, those that seats hold.
    pub(crate) running: u32,
    /// Since when.
    pub(crate) since: ElapsedMs,
}

/// One feature's use over the limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Overdrawn {
    /// More is granted until then, since the first use over the limit.
    pub(crate) until: Option<CivilSeconds>,
    pub(crate) open: Option<OpenMonth>,
    /// By first instant.
    pub(crate) months: BTreeMap<CivilSeconds, MonthTotals>,
}

impl Overdrawn {
    pub(crate) fn count(&mut self, open: OpenMonth, seat_ms: u64) {
        let month = self.months.entry(open.starts_at).or_default();
        month.most = month.most.max(open.excess);
        month.seat_ms = month.seat_ms.saturating_add(seat_ms);
        self.open = Some(open);
    }
}

/// Use over limits, and near them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Overdrafts {
    pub(crate) pools: BTreeMap<PoolIndex, Overdrawn>,
    /// Percentages that the use has reached.
    pub(crate) crossed: BTreeSet<(PoolIndex, u32)>,
}
