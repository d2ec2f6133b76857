//! Named users: to whom seats are assigned, and who is blocked. An assignment outlives sessions, days
//! and the identity of its user; only a record of a signed order removes it.

use std::collections::{BTreeMap, BTreeSet};

use octroi_licence::{AssignmentId, CategoryId, CivilMillis, CivilSeconds, LicenceId};

use super::PoolIndex;
use crate::{ScopeRecord, UserPseudonym, ids::PoolKey};

/// A seat that is somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) pool: PoolIndex,
    /// The user, or the keyed tag of one who was erased.
    pub(crate) user: UserPseudonym,
    pub(crate) category: Option<CategoryId>,
    /// By the wall clock of that time.
    pub(crate) since: CivilMillis,
    /// Sequence number of the record that made it: the order in which they were made.
    pub(crate) record: u64,
    pub(crate) leaver: bool,
    pub(crate) erased: bool,
}

/// A vendor's block of the user of an assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VendorBlock {
    pub(crate) assignment: AssignmentId,
    pub(crate) licence: LicenceId,
    pub(crate) scope: ScopeRecord,
}

impl VendorBlock {
    fn covers(&self, of: &PoolKey) -> bool {
        let mut features = self.scope.0.iter();
        self.licence == of.licence && features.all(|feature| *feature == of.feature)
    }
}

/// The assignments of one feature.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Assigned {
    by_user: BTreeMap<UserPseudonym, AssignmentId>,
    /// By the record that made them.
    in_order: BTreeMap<u64, AssignmentId>,
    pub(crate) categories: BTreeMap<CategoryId, u32>,
    /// The last day on which one was made, and how many were.
    pub(crate) day: Option<(CivilSeconds, u32)>,
}

impl Assigned {
    pub(crate) fn len(&self) -> usize {
        self.in_order.len()
    }

    pub(crate) fn of(&self, user: UserPseudonym) -> Option<AssignmentId> {
        self.by_user.get(&user).copied()
    }

    /// In the order in which they were made.
    pub(crate) fn ids(&self) -> impl DoubleEndedIterator<Item = AssignmentId> {
        self.in_order.values().copied()
    }

    /// How many were made before the one of record `record`.
    pub(crate) fn before(&self, record: u64) -> usize {
        self.in_order.range(..record).count()
    }

    /// How many were made on the day that begins at `day`.
    pub(crate) fn made_on(&self, day: CivilSeconds) -> u32 {
        self.day
            .filter(|(last, _)| *last == day)
            .map_or(0, |(_, made)| made)
    }
}

/// Every named user of the realm, and everybody who is blocked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NamedUsers {
    pub(crate) assignments: BTreeMap<AssignmentId, Assignment>,
    pools: BTreeMap<PoolIndex, Assigned>,
    /// By an administrator.
    pub(crate) blocked: BTreeSet<UserPseudonym>,
    pub(crate) vendor_blocks: BTreeMap<UserPseudonym, Vec<VendorBlock>>,
}

impl NamedUsers {
    pub(crate) fn pool(&self, pool: PoolIndex) -> Option<&Assigned> {
        self.pools.get(&pool)
    }

    /// By pool; for the digest.
    pub(crate) fn pools(&self) -> impl Iterator<Item = (PoolIndex, &Assigned)> {
        self.pools.iter().map(|(pool, assigned)| (*pool, assigned))
    }

    /// The assignment of a user in a pool.
    pub(crate) fn of(&self, pool: PoolIndex, user: UserPseudonym) -> Option<&Assignment> {
        let id = self.pools.get(&pool)?.of(user)?;
        self.assignments.get(&id)
    }

    pub(crate) fn assign(&mut self, id: AssignmentId, assignment: Assignment, day: CivilSeconds) {
        self.end(id);
        let pool = self.pools.entry(assignment.pool).or_default();
        if let Some(former) = pool.of(assignment.user) {
            self.end(former);
        }
        let pool = self.pools.entry(assignment.pool).or_default();
        pool.by_user.insert(assignment.user, id);
        pool.in_order.insert(assignment.record, id);
        if let Some(category) = &assignment.category {
            *pool.categories.entry(category.clone()).or_default() += 1;
        }
        pool.day = Some((day, pool.made_on(day).saturating_add(1)));
        self.assignments.insert(id, assignment);
    }

    pub(crate) fn end(&mut self, id: AssignmentId) {
        let Some(assignment) = self.assignments.remove(&id) else {
            return;
        };
        let Some(pool) = self.pools.get_mut(&assignment.pool) else {
            return;
        };
        if pool.of(assignment.user) == Some(id) {
            pool.by_user.remove(&assignment.user);
        }
        pool.in_order.remove(&assignment.record);
        if let Some(category) = assignment.category
            && let Some(count) = pool.categories.get_mut(&category)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                pool.categories.remove(&category);
            }
        }
    }

    /// The tag takes the user's place everywhere.
    pub(crate) fn erase(&mut self, user: UserPseudonym, tag: UserPseudonym) {
        for pool in self.pools.values_mut() {
            let Some(id) = pool.by_user.remove(&user) else {
                continue;
            };
            // A tag that has a seat already keeps it; this one stays counted without a user.
            pool.by_user.entry(tag).or_insert(id);
            if let Some(assignment) = self.assignments.get_mut(&id) {
                assignment.user = tag;
                assignment.erased = true;
            }
        }
        if self.blocked.remove(&user) {
            self.blocked.insert(tag);
        }
        if let Some(blocks) = self.vendor_blocks.remove(&user) {
            self.vendor_blocks.entry(tag).or_default().extend(blocks);
        }
    }

    pub(crate) fn block(&mut self, user: UserPseudonym, block: VendorBlock) {
        let blocks = self.vendor_blocks.entry(user).or_default();
        if !blocks.contains(&block) {
            blocks.push(block);
        }
    }

    /// Lifts every block that names the assignment.
    pub(crate) fn unblock(&mut self, assignment: AssignmentId) {
        self.vendor_blocks.retain(|_, blocks| {
            blocks.retain(|block| block.assignment != assignment);
            !blocks.is_empty()
        });
    }

    /// Says whether the vendor keeps the user from a feature.
    pub(crate) fn vendor_blocks(&self, user: UserPseudonym, of: &PoolKey) -> bool {
        let blocks = self.vendor_blocks.get(&user);
        blocks.is_some_and(|blocks| blocks.iter().any(|block| block.covers(of)))
    }

    /// Says whether the vendor keeps the user from all of a licence.
    pub(crate) fn vendor_blocks_all(&self, user: UserPseudonym, licence: &LicenceId) -> bool {
        let all = |block: &VendorBlock| block.scope.0.is_none() && block.licence == *licence;
        let blocks = self.vendor_blocks.get(&user);
        blocks.is_some_and(|blocks| blocks.iter().any(all))
    }

    pub(crate) fn blocks_nobody(&self) -> bool {
        self.blocked.is_empty() && self.vendor_blocks.is_empty()
    }
}
