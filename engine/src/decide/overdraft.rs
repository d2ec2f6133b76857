//! Use over the limit: how much of it the licence grants now, and what is counted of it.
//!
//! * *percent for days*: the first use over the limit begins the days; going back under it in between
//!   neither stops nor begins them anew. When they are over nothing more is granted over the limit;
//!   once the use is back within it, a next use over it begins new days.
//! * *billed* and *until notice*: granted without an end, until a notice's date.
//! * Seats that are held over the limit when that ends are kept; no others are granted.
//! * A percentage of the limit is rounded down.
//!
//! What is counted: in each month of the site's zone, the most units that were over the limit at one
//! time, and the time that seats over the limit were held. Whoever is over the limit at a month's
//! first instant counts in that month too; who leaves at that very instant does not. For named users
//! the units are assignments, and the time runs while one whose assignment lies beyond the limit
//! holds a seat.

use std::{collections::BTreeSet, sync::Arc};

use octroi_licence::{CivilMillis, CivilSeconds, Overdraft, WindowUnit};

use super::Turn;
use crate::{
    ElapsedMs, Event, GroupKey, RefusalCode, SeatId, State,
    catalogue::Offer,
    rules::Asker,
    state::{OpenMonth, Overdrawn, PoolIndex},
};

/// The longest that running time over the limit stays unwritten, in milliseconds: an hour.
const COUNTED_WITHIN_MS: u64 = 3_600_000;

/// Units that may be in use at one time now, those over the limit included.
pub(crate) fn ceiling(state: &State, civil: CivilMillis, offer: &Offer) -> u64 {
    let limit = u64::from(offer.allotment().units);
    if offer.noticed || limit == 0 {
        return limit;
    }
    match offer.feature.overdraft {
        Overdraft::Deny => limit,
        Overdraft::Billed(_) | Overdraft::UntilNotice => u64::MAX,
        Overdraft::Percent { percent, .. } => {
            let until = overdrawn(state, offer).and_then(|overdrawn| overdrawn.until);
            match until {
                Some(until) if until.millis() <= civil => limit,
                _ => limit + limit * u64::from(percent) / 100,
            }
        }
    }
}

/// When use over the limit ends or ended, if that is known.
pub(crate) fn overdraft_until(state: &State, offer: &Offer) -> Option<CivilSeconds> {
    overdrawn(state, offer)?.until
}

fn pool_index(state: &State, offer: &Offer) -> Option<PoolIndex> {
    let pools = &state.licences.get(offer.licence())?.pools;
    pools.get(&offer.feature.name).copied()
}

fn overdrawn<'a>(state: &'a State, offer: &Offer) -> Option<&'a Overdrawn> {
    state.overdrafts.pools.get(&pool_index(state, offer)?)
}

/// When running time over the limit is to be written down, though nothing changes: a power cut loses
/// no more than that.
pub(super) fn recounted_at(open: OpenMonth) -> Option<ElapsedMs> {
    (open.running > 0).then(|| open.since.after(COUNTED_WITHIN_MS))
}

/// What is over the limit now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Excess {
    units: u32,
    running: u32,
}

impl Turn<'_> {
    pub(super) fn ceiling(&self, offer: &Offer) -> u64 {
        ceiling(&self.engine.state, self.civil, offer)
    }

    /// Why nothing is left: a code, what ended and when.
    pub(super) fn why_exhausted(&self, offer: &Offer) -> (RefusalCode, String, String) {
        let ended = |expected: &str, at: Option<CivilSeconds>| {
            let found = at.map(|at| at.0.to_string()).unwrap_or_default();
            (RefusalCode::OverdraftEnded, expected.to_owned(), found)
        };
        if offer.feature.overdraft != Overdraft::Deny {
            if offer.noticed {
                return ended("notice", None);
            }
            let until = overdraft_until(&self.engine.state, offer);
            if let Some(until) = until.filter(|until| until.millis() <= self.civil) {
                return ended("days", Some(until));
            }
        }
        let code = match offer.named_users() {
            Some(_) => RefusalCode::NoAssignmentLeft,
            None => RefusalCode::SeatsExhausted,
        };
        (code, String::new(), String::new())
    }

    /// Records that a seat was granted over the limit, where `before` units were in use. Gives the
    /// units that are over it.
    pub(super) fn note_overdraft(
        &mut self,
        offer: &Offer,
        asker: &Asker,
        seat: SeatId,
        before: u32,
    ) -> u32 {
        if offer.feature.overdraft == Overdraft::Deny {
            return 0;
        }
        let limit = offer.allotment().units;
        let units = if offer.named_users().is_some() {
            let assignment = self.assignment_of(offer, asker.user_for(offer));
            let beyond = |one| self.rank_of(offer, one) >= u64::from(limit);
            u32::from(assignment.is_some_and(beyond))
        } else {
            let after = self.in_use(offer);
            after
                .saturating_sub(before)
                .min(after.saturating_sub(limit))
        };
        if units == 0 {
            return 0;
        }
        self.emit(Event::SeatOverdrawn { seat, units });
        if let Overdraft::Percent { period, .. } = offer.feature.overdraft
            && overdraft_until(&self.engine.state, offer).is_none()
        {
            let until = offer.terms.zone.days_later(self.civil.seconds(), period);
            self.emit(Event::OverdraftBegan {
                licence: offer.licence().clone(),
                feature: offer.feature.name.clone(),
                until,
            });
        }
        units
    }

    /// A month may have turned while something was over the limit: it is closed before anything
    /// changes.
    pub(super) fn count_due_months(&mut self) {
        let now = self.civil.seconds();
        let pools = &self.engine.state.overdrafts.pools;
        let due = |open: &OpenMonth| open.excess > 0 && open.ends_at <= now;
        if pools.values().any(|one| one.open.as_ref().is_some_and(due)) {
            self.count_overdrafts();
        }
    }

    /// Counts what is over its limit or near it, after whatever was decided.
    pub(super) fn count_overdrafts(&mut self) {
        self.engine.draw_up();
        let state = &self.engine.state;
        if self.engine.catalogue().watched.is_empty() && state.overdrafts.pools.is_empty() {
            return;
        }
        let watched = self.engine.catalogue().watched.clone();
        let pools = self.engine.state.overdrafts.pools.keys();
        let mut unwatched: BTreeSet<PoolIndex> = pools.copied().collect();
        for offer in &watched {
            if let Some(pool) = pool_index(&self.engine.state, offer) {
                unwatched.remove(&pool);
                self.count_pool(offer, pool);
                self.watch_percents(offer, pool);
            }
        }
        // What is watched no longer: a newer licence states no such term, or names no such feature.
        for pool in unwatched {
            if let Some(offer) = self.offer_of(pool).map(Arc::clone) {
                self.count_pool(&offer, pool);
            } else {
                self.close(pool);
            }
        }
    }

    fn count_pool(&mut self, offer: &Offer, pool: PoolIndex) {
        let state = &self.engine.state;
        let known = state.overdrafts.pools.get(&pool);
        let open = known.and_then(|overdrawn| overdrawn.open);
        let excess = match offer.feature.overdraft {
            Overdraft::Deny => Excess::default(),
            _ => self.excess(offer, pool),
        };
        let until = known.and_then(|overdrawn| overdrawn.until);
        self.count_months(offer, open, excess);
        let over = until.is_some_and(|until| until.millis() <= self.civil);
        if over && self.in_use(offer) <= offer.allotment().units {
            self.emit(Event::OverdraftSettled {
                licence: offer.licence().clone(),
                feature: offer.feature.name.clone(),
            });
        }
    }

    /// What is over the limit of a feature now.
    fn excess(&self, offer: &Offer, pool: PoolIndex) -> Excess {
        let limit = offer.allotment().units;
        let units = self.in_use(offer).saturating_sub(limit);
        if units == 0 || offer.named_users().is_none() {
            return Excess {
                units,
                running: units,
            };
        }
        let state = &self.engine.state;
        let beyond = usize::try_from(limit).unwrap_or(usize::MAX);
        let assigned = state.named.pool(pool).into_iter();
        let seats = state.seats.pool(pool);
        let holds = |user| seats.is_some_and(|pool| pool.counted(&GroupKey::User(user)) > 0);
        let running = assigned
            .flat_map(|assigned| assigned.ids().skip(beyond))
            .filter_map(|id| state.named.assignments.get(&id))
            .filter(|assignment| holds(assignment.user))
            .count();
        Excess {
            units,
            running: u32::try_from(running).unwrap_or(u32::MAX),
        }
    }

    /// Records what was over the limit since it was counted last, month by month, and what is now.
    fn count_months(&mut self, offer: &Offer, open: Option<OpenMonth>, excess: Excess) {
        let before = open.map_or(Excess::default(), |open| Excess {
            units: open.excess,
            running: open.running,
        });
        let now = self.civil.seconds();
        let same_month = open.is_some_and(|open| open.starts_at <= now && now < open.ends_at);
        let counted_until = open.and_then(recounted_at);
        let stale = counted_until.is_some_and(|at| at <= self.elapsed);
        if before == excess && ((same_month && !stale) || excess == Excess::default()) {
            return;
        }
        let Some((month, month_ends_at)) = offer.window(WindowUnit::Month, now) else {
            return;
        };
        // Elapsed time since then, as if it had ended just now by the wall clock.
        let mut left = open.map_or(0, |open| self.elapsed.0.saturating_sub(open.since.0));
        if let Some(open) = open
            && !same_month
            && before != Excess::default()
        {
            for (starts_at, ends_at) in self.months_since(offer, &open, left, month) {
                let end = ends_at.millis().0.min(self.civil.0);
                let after = u64::try_from(self.civil.0.saturating_sub(end)).unwrap_or(0);
                let within = left.saturating_sub(after);
                left -= within;
                let seat_ms = within.saturating_mul(before.running.into());
                self.emit_counted(offer, (starts_at, ends_at), before, seat_ms);
            }
        }
        let seat_ms = left.saturating_mul(before.running.into());
        // A month of which nothing is counted is not begun.
        let begun = excess != Excess::default() || seat_ms > 0;
        let present = match open {
            Some(open) if !begun => (open.starts_at, open.ends_at),
            _ => (month, month_ends_at),
        };
        self.emit_counted(offer, present, excess, seat_ms);
    }

    /// The machine was started anew: what ran up to its last record belongs to the month of that time.
    pub(super) fn count_former_boot(&mut self) {
        let state = &self.engine.state;
        let open: Vec<(PoolIndex, OpenMonth)> = state
            .overdrafts
            .pools
            .iter()
            .filter_map(|(pool, overdrawn)| Some((*pool, overdrawn.open?)))
            .filter(|(_, open)| open.running > 0)
            .collect();
        for (pool, open) in open {
            let state = &self.engine.state;
            let Some(key) = state.seats.pool(pool).map(|pool| pool.key.clone()) else {
                continue;
            };
            let since = self.elapsed.0.saturating_sub(open.since.0);
            self.emit(Event::OverdraftCounted {
                licence: key.licence,
                feature: key.feature,
                month: open.starts_at,
                month_ends_at: open.ends_at,
                excess: open.excess,
                running: open.running,
                seat_ms: since.saturating_mul(open.running.into()),
            });
        }
    }

    /// The months from the open one up to, and without, the present one. Of those that were slept
    /// through only such are named as elapsed time reaches back to.
    fn months_since(
        &self,
        offer: &Offer,
        open: &OpenMonth,
        elapsed: u64,
        present: CivilSeconds,
    ) -> Vec<(CivilSeconds, CivilSeconds)> {
        let mut months = vec![(open.starts_at, open.ends_at)];
        let back = i64::try_from(elapsed).unwrap_or(i64::MAX);
        let reached = CivilMillis(self.civil.0.saturating_sub(back)).seconds();
        let mut next = open.ends_at.max(reached);
        while next < present {
            let Some((starts_at, ends_at)) = offer.window(WindowUnit::Month, next) else {
                break;
            };
            if starts_at >= present || ends_at <= next {
                break;
            }
            months.push((starts_at, ends_at));
            next = ends_at;
        }
        months
    }

    fn emit_counted(
        &mut self,
        offer: &Offer,
        (month, month_ends_at): (CivilSeconds, CivilSeconds),
        excess: Excess,
        seat_ms: u64,
    ) {
        self.emit(Event::OverdraftCounted {
            licence: offer.licence().clone(),
            feature: offer.feature.name.clone(),
            month,
            month_ends_at,
            excess: excess.units,
            running: excess.running,
            seat_ms,
        });
    }

    /// Ends the counting of a feature that is no longer named; its seats have ended.
    fn close(&mut self, pool: PoolIndex) {
        let state = &self.engine.state;
        let open = state.overdrafts.pools.get(&pool).and_then(|one| one.open);
        let key = state.seats.pool(pool).map(|pool| pool.key.clone());
        let (Some(open), Some(key)) = (open.filter(|open| open.excess > 0), key) else {
            return;
        };
        let since = self.elapsed.0.saturating_sub(open.since.0);
        self.emit(Event::OverdraftCounted {
            licence: key.licence,
            feature: key.feature,
            month: open.starts_at,
            month_ends_at: open.ends_at,
            excess: 0,
            running: 0,
            seat_ms: since.saturating_mul(open.running.into()),
        });
    }

    /// Percentages of the limit at which the licence wants the use shown: each crossing once.
    fn watch_percents(&mut self, offer: &Offer, pool: PoolIndex) {
        let (in_use, limit) = (self.in_use(offer), offer.allotment().units);
        for percent in offer.feature.soft_percents.iter().copied() {
            let reached =
                limit > 0 && u64::from(in_use) * 100 >= u64::from(limit) * u64::from(percent);
            let crossed = &self.engine.state.overdrafts.crossed;
            if reached == crossed.contains(&(pool, percent)) {
                continue;
            }
            let (licence, feature) = (offer.licence().clone(), offer.feature.name.clone());
            self.emit(if reached {
                Event::SoftLimitCrossed {
                    licence,
                    feature,
                    percent,
                    in_use,
                    limit,
                }
            } else {
                Event::SoftLimitLeft {
                    licence,
                    feature,
                    percent,
                }
            });
        }
    }
}
