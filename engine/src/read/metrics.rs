//! Views of named users, kinds of persons and use over the limit.

use octroi_licence::{CivilSeconds, Overdraft, Seats};

use crate::{
    AssignmentView, Blocked, CategoryView, ElapsedMs, Engine, Now, OverdraftMonth, OverdraftView,
    UserPseudonym,
    catalogue::Offer,
    decide,
    state::{Pool, PoolIndex},
};

impl Engine {
    /// Every assignment to a named user, by feature in the order of first use, and then in the order in
    /// which they were made.
    pub fn assignments(&self) -> Vec<AssignmentView> {
        self.fresh(|catalogue| {
            let named = &self.state.named;
            let mut views = Vec::with_capacity(named.assignments.len());
            for (index, assigned) in named.pools() {
                let Some(pool) = self.state.seats.pool(index) else {
                    continue;
                };
                let key = &pool.key;
                let offer = catalogue.offer(&key.licence, &key.feature);
                let limit = offer.map_or(0, |offer| offer.allotment().units);
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                for (rank, id) in assigned.ids().enumerate() {
                    let Some(one) = named.assignments.get(&id) else {
                        continue;
                    };
                    views.push(AssignmentView {
                        assignment: id,
                        licence: key.licence.clone(),
                        feature: key.feature.clone(),
                        user: one.user,
                        category: one.category.clone(),
                        since: one.since,
                        blocked: Blocked {
                            by_administrator: named.blocked.contains(&one.user),
                            by_vendor: named.vendor_blocks(one.user, key),
                        },
                        leaver: one.leaver,
                        erased: one.erased,
                        in_excess: rank >= limit,
                    });
                }
            }
            views
        })
    }

    /// Says whether a seat is assigned to the user, or to the tag of one who was erased. The shell
    /// asks before it gives somebody a new pseudonym.
    pub fn is_assigned(&self, user: UserPseudonym) -> bool {
        let mut assignments = self.state.named.assignments.values();
        assignments.any(|assignment| assignment.user == user)
    }

    /// Says whether something of the user's stays when the identity is erased: an assignment, or a block.
    /// Where it does, the shell keeps the tag and finds it again when the same person comes back.
    pub fn outlives_erasure(&self, user: UserPseudonym) -> bool {
        let named = &self.state.named;
        self.is_assigned(user)
            || named.blocked.contains(&user)
            || named.vendor_blocks.contains_key(&user)
    }

    /// Users whom an administrator blocked, by pseudonym.
    pub fn blocked_users(&self) -> impl Iterator<Item = UserPseudonym> {
        self.state.named.blocked.iter().copied()
    }

    /// Use over the limit up to `now`, by feature in the order of first use and then by month.
    pub fn overdraft_months(&self, now: Now) -> Vec<OverdraftMonth> {
        let clock = self.state.clock.as_ref();
        let elapsed = clock.map_or(ElapsedMs(0), |clock| clock.at(&now).elapsed);
        let civil = self.civil_now(now).seconds();
        let mut views = Vec::new();
        for (index, overdrawn) in &self.state.overdrafts.pools {
            let Some(pool) = self.state.seats.pool(*index) else {
                continue;
            };
            for (month, totals) in &overdrawn.months {
                let open = overdrawn.open.filter(|open| open.starts_at == *month);
                let since = open.map_or(0, |open| {
                    let since = elapsed.0.saturating_sub(open.since.0);
                    since.saturating_mul(open.running.into())
                });
                views.push(OverdraftMonth {
                    licence: pool.key.licence.clone(),
                    feature: pool.key.feature.clone(),
                    month: *month,
                    users_in_excess: totals.most,
                    seat_seconds: totals.seat_ms.saturating_add(since) / 1000,
                    open: open.is_some_and(|open| civil < open.ends_at),
                });
            }
        }
        views
    }

    /// What users of each kind have, by product and feature; those that the licence lists and that are
    /// in use.
    pub fn categories(&self) -> Vec<CategoryView> {
        self.fresh(|catalogue| {
            let offers = catalogue.all();
            offers.flat_map(|offer| self.categories_of(offer)).collect()
        })
    }

    fn categories_of(&self, offer: &Offer) -> Vec<CategoryView> {
        let listed = offer.terms.licence.eligibility.categories.iter();
        let index = self.index_of(offer);
        let pool = index.and_then(|index| self.state.seats.pool(index));
        let assigned = index.and_then(|index| self.state.named.pool(index));
        let view = |category: &octroi_licence::CategoryId| {
            let in_use = match offer.named_users() {
                Some(_) => assigned
                    .and_then(|assigned| assigned.categories.get(category))
                    .copied()
                    .unwrap_or(0),
                None => in_use(pool, category),
            };
            let mut limits = offer.feature.category_limits.iter();
            let limit = limits.find(|limit| limit.category == *category);
            CategoryView {
                licence: offer.licence().clone(),
                feature: offer.feature.name.clone(),
                category: category.clone(),
                in_use,
                limit: limit.map(|limit| {
                    let Seats(count) = limit.count;
                    count
                }),
            }
        };
        listed.map(|one| view(&one.id)).collect()
    }

    fn index_of(&self, offer: &Offer) -> Option<PoolIndex> {
        let pools = &self.state.licences.get(offer.licence())?.pools;
        pools.get(&offer.feature.name).copied()
    }

    pub(super) fn overdraft_view(&self, offer: &Offer) -> Option<OverdraftView> {
        if offer.feature.overdraft == Overdraft::Deny {
            return None;
        }
        let limit = offer.allotment().units;
        let ceiling = decide::ceiling(&self.state, self.civil_of_last(), offer);
        let until = decide::overdraft_until(&self.state, offer);
        let since = match offer.feature.overdraft {
            Overdraft::Percent { period, .. } => {
                let begun = |until: CivilSeconds| until.0.saturating_sub(period.seconds().0.into());
                until.map(|until| CivilSeconds(begun(until)))
            }
            _ => None,
        };
        Some(OverdraftView {
            since,
            open: ceiling > limit.into(),
            excess: decide::in_use(&self.state, offer).saturating_sub(limit),
            until,
        })
    }

    pub(super) fn soft_limits_crossed(&self, offer: &Offer) -> Vec<u32> {
        let Some(index) = self.index_of(offer) else {
            return Vec::new();
        };
        let crossed = self.state.overdrafts.crossed.iter();
        let mine = crossed.filter(|(pool, _)| *pool == index);
        mine.map(|(_, percent)| *percent).collect()
    }
}

fn in_use(pool: Option<&Pool>, category: &octroi_licence::CategoryId) -> u32 {
    let tally = pool.and_then(|pool| pool.categories.get(category));
    tally.map_or(0, |tally| u32::try_from(tally.in_use).unwrap_or(u32::MAX))
}
