//! Refusals of one user: the first of each minute are records, the rest is counted and recorded as
//! counts when the minute is over. The counters live only here: they are no part of the state, and a
//! daemon that is killed loses the counts of at most one minute. A refusal that was only counted
//! changed nothing, so it is not remembered by its number either: a retry is asked anew.

use std::collections::{BTreeMap, BTreeSet};

use super::Turn;
use crate::{ElapsedMs, RefusalCode, UserPseudonym};

const MINUTE_MS: u64 = 60_000;

/// One user's present minute.
#[derive(Debug, Clone, Default)]
struct Tally {
    recorded: u32,
    counts: BTreeMap<RefusalCode, u32>,
}

/// The present minutes of all users who were refused something.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tallies {
    users: BTreeMap<UserPseudonym, (ElapsedMs, Tally)>,
    ends: BTreeSet<(ElapsedMs, UserPseudonym)>,
}

impl Tallies {
    fn of(&mut self, user: UserPseudonym, now: ElapsedMs) -> &mut Tally {
        let ends = &mut self.ends;
        let (_, tally) = self.users.entry(user).or_insert_with(|| {
            let end = now.after(MINUTE_MS);
            ends.insert((end, user));
            (end, Tally::default())
        });
        tally
    }

    /// Says whether one more refusal of the user's present minute may be a record; if not, counts it.
    fn admit(&mut self, user: UserPseudonym, code: RefusalCode, now: ElapsedMs, max: u32) -> bool {
        let tally = self.of(user, now);
        if tally.recorded < max {
            tally.recorded += 1;
            return true;
        }
        tally.count(code);
        false
    }

    /// When the first minute is over in which something was only counted.
    pub(crate) fn flushed_at(&self) -> Option<ElapsedMs> {
        let counted = |user| {
            self.users
                .get(user)
                .is_some_and(|(_, tally)| !tally.counts.is_empty())
        };
        self.ends
            .iter()
            .find(|(_, user)| counted(user))
            .map(|(end, _)| *end)
    }

    /// Ends the minutes that are over at `now` and gives what was only counted in them.
    pub(super) fn take_until(
        &mut self,
        now: ElapsedMs,
    ) -> Vec<(UserPseudonym, Vec<(RefusalCode, u32)>)> {
        let mut counted = Vec::new();
        while let Some((end, user)) = self.ends.first().copied() {
            if end > now {
                break;
            }
            self.ends.pop_first();
            if let Some((_, tally)) = self.users.remove(&user)
                && !tally.counts.is_empty()
            {
                counted.push((user, tally.counts.into_iter().collect()));
            }
        }
        counted
    }
}

impl Tally {
    fn count(&mut self, code: RefusalCode) {
        let count = self.counts.entry(code).or_default();
        *count = count.saturating_add(1);
    }
}

impl Turn<'_> {
    /// Says whether a refusal may be a record; if not, it was counted.
    pub(super) fn may_record(&mut self, user: UserPseudonym, code: RefusalCode) -> bool {
        let max = self.engine.policy.refusals_recorded_per_minute;
        self.engine.tallies.admit(user, code, self.elapsed, max)
    }

    /// Counts a refusal that cannot be a record: its number must not be remembered.
    pub(super) fn count_refusal(&mut self, user: UserPseudonym, code: RefusalCode) {
        self.engine.tallies.of(user, self.elapsed).count(code);
    }
}
