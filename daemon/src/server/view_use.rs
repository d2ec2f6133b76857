//! How far features are used, for administrators: named users, use over the limit, what windows leave.
//! Reads only.

use std::collections::BTreeMap;

use octroi_engine::{Engine, FeatureView, MeterView, Now, OverdraftMonth};
use octroi_licence::{FeatureName, LicenceId};
use octroi_proto::admin::v1 as wire;

use crate::realm::wire_window;

/// Which feature of which licence.
type Key = (LicenceId, FeatureName);

/// What is copied out of a realm's owner.
pub(super) struct Use {
    assigned: BTreeMap<Key, u32>,
    months: BTreeMap<Key, OverdraftMonth>,
    meters: BTreeMap<Key, MeterView>,
}

impl Use {
    pub(super) fn of(engine: &Engine, now: Now) -> Self {
        let mut assigned: BTreeMap<Key, u32> = BTreeMap::new();
        for one in engine.assignments() {
            *assigned.entry((one.licence, one.feature)).or_default() += 1;
        }
        let months = engine.overdraft_months(now).into_iter();
        let months = months.filter(|month| month.open);
        let meters = engine.meters(engine.civil_now(now)).into_iter();
        Self {
            assigned,
            months: months
                .map(|month| ((month.licence.clone(), month.feature.clone()), month))
                .collect(),
            meters: meters
                .map(|meter| ((meter.licence.clone(), meter.feature.clone()), meter))
                .collect(),
        }
    }

    /// Adds what is known of a feature.
    pub(super) fn add(&self, view: &FeatureView, status: &mut wire::FeatureStatus) {
        let key = (view.licence.clone(), view.feature.clone());
        status.assigned = self.assigned.get(&key).copied().unwrap_or_default();
        if let Some(month) = self.months.get(&key) {
            let overdraft = status.overdraft.get_or_insert_default();
            overdraft.month_starts_at_s = month.month.0;
            overdraft.month_users_in_excess = month.users_in_excess;
            overdraft.month_seat_seconds = month.seat_seconds;
        }
        if let Some(meter) = self.meters.get(&key) {
            status.windows = meter.windows.iter().map(wire_window).collect();
            status.opens_at_s = meter.opens_at.map_or(0, |at| at.0);
            status.counted.clone_from(&meter.counted);
            status.month_amount_in_excess = meter.excess;
        }
    }
}

/// How a feature stands over its limit; `None`: nothing is granted over it.
pub(super) fn overdraft(view: &FeatureView) -> Option<wire::OverdraftStatus> {
    let overdraft = view.overdraft?;
    Some(wire::OverdraftStatus {
        open: overdraft.open,
        excess: overdraft.excess,
        since_s: overdraft.since.map_or(0, |at| at.0),
        until_s: overdraft.until.map_or(0, |at| at.0),
        ..Default::default()
    })
}
