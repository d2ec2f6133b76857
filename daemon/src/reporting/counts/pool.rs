//! One feature of one licence through a period: units in use, their peak, and each day's peak summed.
//! A group counts the most units that one of its seats has, as the engine counts it.

use std::collections::BTreeMap;

use octroi_engine::{GroupKey, SeatId};
use octroi_licence::CivilDay;

#[derive(Debug, Default)]
pub(super) struct Pool {
    seats: BTreeMap<SeatId, (GroupKey, u32)>,
    /// Seats of each group by their units.
    groups: BTreeMap<GroupKey, BTreeMap<u32, u64>>,
    in_use: u64,
    grants: u64,
    peak: u64,
    /// The day being counted and its peak; `None`: the period has not begun.
    today: Option<(CivilDay, u64)>,
    /// Of the days before it.
    seat_days: u64,
}

impl Pool {
    /// The period begins with what is in use.
    pub(super) fn begin(&mut self, day: CivilDay) {
        self.today = Some((day, self.in_use));
        self.peak = self.in_use;
    }

    /// A seat; `day`: within the period.
    pub(super) fn grant(
        &mut self,
        seat: SeatId,
        group: GroupKey,
        units: u32,
        day: Option<CivilDay>,
    ) {
        self.reach(day);
        self.seats.insert(seat, (group, units));
        self.change(group, |seats| {
            *seats.entry(units).or_default() += 1;
        });
        if day.is_some() {
            self.grants = self.grants.saturating_add(1);
            self.peak = self.peak.max(self.in_use);
            if let Some((_, peak)) = &mut self.today {
                *peak = self.in_use.max(*peak);
            }
        }
    }

    /// A seat no longer counts.
    pub(super) fn end(&mut self, seat: SeatId, day: Option<CivilDay>) {
        self.reach(day);
        let Some((group, units)) = self.seats.remove(&seat) else {
            return;
        };
        self.change(group, |seats| {
            if let Some(count) = seats.get_mut(&units) {
                *count -= 1;
                if *count == 0 {
                    seats.remove(&units);
                }
            }
        });
    }

    pub(super) fn peak(&self) -> u64 {
        self.peak
    }

    pub(super) fn grants(&self) -> u64 {
        self.grants
    }

    /// Each day's peak, summed up to `last`.
    pub(super) fn seat_days(&self, last: Option<CivilDay>) -> u64 {
        let Some((today, peak)) = self.today else {
            // It was never used within the period, but may have been held all through it: then the
            // period began with it.
            return 0;
        };
        let further = last.map_or(0, |last| last.0.saturating_sub(today.0));
        self.seat_days
            .saturating_add(peak)
            .saturating_add(self.in_use.saturating_mul(further.into()))
    }

    /// Closes the days before `day`.
    fn reach(&mut self, day: Option<CivilDay>) {
        let Some(day) = day else {
            return;
        };
        let before = self.seat_days(Some(day));
        match self.today {
            None => self.today = Some((day, self.in_use)),
            Some((today, _)) if day > today => {
                // Today's own share is added when it is over.
                self.seat_days = before.saturating_sub(self.in_use);
                self.today = Some((day, self.in_use));
            }
            Some(_) => {}
        }
    }

    fn change(&mut self, group: GroupKey, change: impl FnOnce(&mut BTreeMap<u32, u64>)) {
        let seats = self.groups.entry(group).or_default();
        let before = most(seats);
        change(seats);
        let after = most(seats);
        if seats.is_empty() {
            self.groups.remove(&group);
        }
        self.in_use = (self.in_use + after).saturating_sub(before);
    }
}

fn most(seats: &BTreeMap<u32, u64>) -> u64 {
    seats
        .last_key_value()
        .map_or(0, |(units, _)| u64::from(*units))
}
