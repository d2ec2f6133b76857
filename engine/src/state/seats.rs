//! Seats and how they count. A pool is one feature of one licence; a group in it counts the most
//! units that one of its seats has, however many seats it has. `in_use` is kept up as seats come and
//! go, so that no operation looks at the other seats.

use std::collections::{BTreeMap, BTreeSet};

use octroi_licence::{CategoryId, CivilMillis, CivilSeconds, DocumentDigest};

use crate::{
    ElapsedMs, GroupKey, RequestNumber, SeatId, SeatStatus, SessionId, UserPseudonym, ids::PoolKey,
};

/// A pool's place in the table, in the order in which pools were first used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PoolIndex(pub(crate) u32);

/// One seat that counts, held or lingering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seat {
    /// `None`: it lingers or is borrowed, and belongs to no session.
    pub(crate) session: Option<SessionId>,
    pub(crate) user: UserPseudonym,
    pub(crate) number: RequestNumber,
    pub(crate) pool: PoolIndex,
    pub(crate) units: u32,
    pub(crate) group: GroupKey,
    pub(crate) status: SeatStatus,
    pub(crate) since: CivilMillis,
    pub(crate) licence_digest: DocumentDigest,
}

impl Seat {
    /// Who may take the seat over while it lingers: its group, or its user where every check-out
    /// counts by itself.
    pub(crate) fn owner(&self) -> GroupKey {
        owner(self.group, self.user)
    }

    pub(crate) fn lingers(&self) -> bool {
        matches!(self.status, SeatStatus::Lingering { .. })
    }
}

/// Who may take over a lingering seat of `group` that was `user`'s.
pub(crate) fn owner(group: GroupKey, user: UserPseudonym) -> GroupKey {
    match group {
        GroupKey::Seat(_) => GroupKey::User(user),
        GroupKey::User(_) | GroupKey::Host | GroupKey::Process(_) | GroupKey::Session(_) => group,
    }
}

/// The seats of one group, by units: the most units count, the rest is kept for the day when those
/// seats are gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Group {
    most: u32,
    of_most: u32,
    fewer: BTreeMap<u32, u32>,
}

impl Group {
    fn add(&mut self, units: u32) {
        if self.of_most == 0 {
            (self.most, self.of_most) = (units, 1);
        } else if units == self.most {
            self.of_most += 1;
        } else if units > self.most {
            self.fewer.insert(self.most, self.of_most);
            (self.most, self.of_most) = (units, 1);
        } else {
            *self.fewer.entry(units).or_default() += 1;
        }
    }

    fn remove(&mut self, units: u32) {
        if units == self.most {
            self.of_most = self.of_most.saturating_sub(1);
            if self.of_most == 0 {
                (self.most, self.of_most) = self.fewer.pop_last().unwrap_or_default();
            }
        } else if let Some(count) = self.fewer.get_mut(&units) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.fewer.remove(&units);
            }
        }
    }
}

/// Units that count together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) in_use: u64,
    groups: BTreeMap<GroupKey, Group>,
}

impl Tally {
    /// Units that the group counts now; 0 for what counts by itself.
    pub(crate) fn counted(&self, group: &GroupKey) -> u32 {
        self.groups.get(group).map_or(0, |group| group.most)
    }

    fn count(&mut self, group: GroupKey, change: impl FnOnce(&mut Group)) {
        let entry = self.groups.entry(group).or_default();
        let before = entry.most;
        change(entry);
        let after = entry.most;
        if entry.of_most == 0 {
            self.groups.remove(&group);
        }
        self.in_use = (self.in_use + u64::from(after)).saturating_sub(u64::from(before));
    }

    fn add(&mut self, seat: &Seat) {
        match seat.group {
            GroupKey::Seat(_) => self.in_use += u64::from(seat.units),
            group => self.count(group, |group| group.add(seat.units)),
        }
    }

    fn remove(&mut self, seat: &Seat) {
        match seat.group {
            GroupKey::Seat(_) => self.in_use = self.in_use.saturating_sub(seat.units.into()),
            group => self.count(group, |group| group.remove(seat.units)),
        }
    }
}

/// One feature of one licence: what is counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pool {
    pub(crate) key: PoolKey,
    all: Tally,
    /// Seats of users whose kind is known; none is empty.
    pub(crate) categories: BTreeMap<CategoryId, Tally>,
    lingering: BTreeSet<(GroupKey, u32, SeatId)>,
}

impl Pool {
    fn new(key: PoolKey) -> Self {
        Self {
            key,
            all: Tally::default(),
            categories: BTreeMap::new(),
            lingering: BTreeSet::new(),
        }
    }

    /// Units that count now.
    pub(crate) fn in_use(&self) -> u64 {
        self.all.in_use
    }

    /// Units that the group counts now.
    pub(crate) fn counted(&self, group: &GroupKey) -> u32 {
        self.all.counted(group)
    }

    /// The smallest lingering seat of `owner` that has at least `units`; of several the oldest.
    pub(crate) fn lingering_for(&self, owner: GroupKey, units: u32) -> Option<SeatId> {
        let from = (owner, units, SeatId(0));
        let to = (owner, u32::MAX, SeatId(u64::MAX));
        self.lingering
            .range(from..=to)
            .next()
            .map(|(_, _, seat)| *seat)
    }

    /// Lingering seats of `owner` with at most `units`.
    pub(crate) fn lingering_up_to(&self, owner: GroupKey, units: u32) -> Vec<SeatId> {
        let from = (owner, 0, SeatId(0));
        let to = (owner, units, SeatId(u64::MAX));
        self.lingering
            .range(from..=to)
            .map(|(_, _, seat)| *seat)
            .collect()
    }

    /// Seats that linger.
    pub(crate) fn lingering(&self) -> usize {
        self.lingering.len()
    }

    fn add(&mut self, id: SeatId, seat: &Seat) {
        self.all.add(seat);
        self.mark_lingering(id, seat);
    }

    fn remove(&mut self, id: SeatId, seat: &Seat) {
        self.all.remove(seat);
        self.lingering.remove(&(seat.owner(), seat.units, id));
    }

    fn mark_lingering(&mut self, id: SeatId, seat: &Seat) {
        if seat.lingers() {
            self.lingering.insert((seat.owner(), seat.units, id));
        }
    }
}

/// Every seat that counts, and every pool that was ever used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seats {
    /// The highest seat ever granted.
    pub(crate) last: u64,
    by_id: BTreeMap<SeatId, Seat>,
    pools: Vec<Pool>,
}

impl Seats {
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn get(&self, seat: SeatId) -> Option<&Seat> {
        self.by_id.get(&seat)
    }

    /// By rising id, which is the order of granting.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (SeatId, &Seat)> {
        self.by_id.iter().map(|(id, seat)| (*id, seat))
    }

    pub(crate) fn pool(&self, index: PoolIndex) -> Option<&Pool> {
        self.pools.get(usize::try_from(index.0).ok()?)
    }

    fn pool_mut(&mut self, index: PoolIndex) -> Option<&mut Pool> {
        self.pools.get_mut(usize::try_from(index.0).ok()?)
    }

    pub(crate) fn pools(&self) -> impl Iterator<Item = &Pool> {
        self.pools.iter()
    }

    /// A new pool, at the end of the table.
    pub(crate) fn add_pool(&mut self, key: PoolKey) -> PoolIndex {
        let index = PoolIndex(u32::try_from(self.pools.len()).unwrap_or(u32::MAX));
        self.pools.push(Pool::new(key));
        index
    }

    pub(crate) fn insert(&mut self, id: SeatId, seat: Seat) {
        self.last = self.last.max(id.0);
        if let Some(pool) = self.pool_mut(seat.pool) {
            pool.add(id, &seat);
        }
        self.by_id.insert(id, seat);
    }

    pub(crate) fn remove(&mut self, id: SeatId) -> Option<Seat> {
        let seat = self.by_id.remove(&id)?;
        if let Some(pool) = self.pool_mut(seat.pool) {
            pool.remove(id, &seat);
        }
        Some(seat)
    }

    /// A held seat counts for somebody else than its process's user.
    pub(crate) fn give_to(&mut self, id: SeatId, user: UserPseudonym) {
        if let Some(seat) = self.by_id.get_mut(&id) {
            seat.user = user;
        }
    }

    /// A seat counts among those of a kind of persons too, or no longer.
    pub(crate) fn categorise(&mut self, seat: &Seat, category: &CategoryId, counts: bool) {
        let Some(pool) = self.pool_mut(seat.pool) else {
            return;
        };
        let tally = pool.categories.entry(category.clone()).or_default();
        if counts {
            tally.add(seat);
        } else {
            tally.remove(seat);
        }
        if *tally == Tally::default() {
            pool.categories.remove(category);
        }
    }

    /// A seat leaves its session and stays counted.
    pub(crate) fn linger(&mut self, id: SeatId, until: ElapsedMs) {
        let Some(seat) = self.by_id.get_mut(&id) else {
            return;
        };
        seat.session = None;
        seat.status = SeatStatus::Lingering { until };
        let seat = seat.clone();
        if let Some(pool) = self.pool_mut(seat.pool) {
            pool.mark_lingering(id, &seat);
        }
    }

    /// A borrowed seat has another period.
    pub(crate) fn lend(&mut self, id: SeatId, until: CivilSeconds, licence_digest: DocumentDigest) {
        if let Some(seat) = self.by_id.get_mut(&id) {
            seat.status = SeatStatus::Borrowed { until };
            seat.licence_digest = licence_digest;
        }
    }

    /// A held seat is revoked.
    pub(crate) fn revoke(&mut self, id: SeatId, until: ElapsedMs) {
        if let Some(seat) = self.by_id.get_mut(&id) {
            seat.status = SeatStatus::Revoked { until };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_counts_the_most_units_of_its_seats() {
        let mut group = Group::default();
        for units in [2, 5, 3, 5] {
            group.add(units);
        }
        let mut most = Vec::new();
        for units in [5, 2, 5, 3] {
            group.remove(units);
            most.push((group.most, group.of_most));
        }
        assert_eq!(most, [(5, 1), (5, 1), (3, 1), (0, 0)]);
        assert!(group.fewer.is_empty());
    }
}
