//! The records about named users, blocks and use over the limit, folded.

use super::{
    Claim, Party, State, Taken,
    named::{Assignment, VendorBlock},
    overdrafts::OpenMonth,
};
use crate::{Event, Record, SeatId, UserPseudonym};

impl State {
    pub(super) fn apply_to_users(&mut self, record: &Record) {
        match &record.event {
            Event::CheckoutFor {
                session,
                number,
                whom,
                entity,
                category,
                assignment,
            } => {
                let claim = Claim {
                    whom: *whom,
                    party: Party {
                        entity: entity.clone(),
                        category: category.clone(),
                    },
                    assignment: *assignment,
                };
                self.parties.claims.insert((*session, *number), claim);
            }
            Event::SeatFor {
                seat,
                user,
                entity,
                category,
            } => {
                let party = Party {
                    entity: entity.clone(),
                    category: category.clone(),
                };
                self.seat_for(*seat, *user, party);
            }
            Event::UserAssigned {
                licence,
                feature,
                assignment,
                user,
                category,
                day,
                ..
            } => {
                let Some(pool) = self.pool(licence, feature) else {
                    return;
                };
                let made = Assignment {
                    pool,
                    user: *user,
                    category: category.clone(),
                    since: record.time.civil_ms,
                    record: self.records,
                    leaver: false,
                    erased: false,
                };
                self.named.assign(*assignment, made, *day);
            }
            Event::AssignmentEnded { assignment, .. } => self.named.end(*assignment),
            Event::AssignmentBlocked {
                licence,
                scope,
                assignment,
                user,
                ..
            } => {
                let block = VendorBlock {
                    assignment: *assignment,
                    licence: licence.clone(),
                    scope: scope.clone(),
                };
                self.named.block(*user, block);
            }
            Event::AssignmentUnblocked { assignment, .. } => self.named.unblock(*assignment),
            Event::UserBlocked { user, .. } => {
                self.named.blocked.insert(*user);
            }
            Event::UserUnblocked { user, .. } => {
                self.named.blocked.remove(user);
            }
            Event::UserErased { user, tag, .. } => self.named.erase(*user, *tag),
            Event::LeaverFlagged { assignment, leaver } => {
                if let Some(assignment) = self.named.assignments.get_mut(assignment) {
                    assignment.leaver = *leaver;
                }
            }
            Event::OrderCarriedOut { licence, digest } => {
                let orders = self
                    .licences
                    .get_mut(licence)
                    .map(|state| &mut state.orders);
                let named = orders.into_iter().flatten();
                for order in named.filter(|order| order.digest == *digest) {
                    order.taken = Some(Taken::CarriedOut);
                }
            }
            _ => {}
        }
    }

    pub(super) fn apply_to_overdrafts(&mut self, event: &Event) {
        match event {
            Event::SeatOverdrawn { seat, units } if self.seats.get(*seat).is_some() => {
                self.parties.overdrawn.insert(*seat, *units);
            }
            Event::OverdraftBegan {
                licence,
                feature,
                until,
            } => {
                if let Some(pool) = self.pool(licence, feature) {
                    self.overdrafts.pools.entry(pool).or_default().until = Some(*until);
                }
            }
            Event::OverdraftSettled { licence, feature } => {
                if let Some(pool) = self.pool(licence, feature)
                    && let Some(overdrawn) = self.overdrafts.pools.get_mut(&pool)
                {
                    overdrawn.until = None;
                }
            }
            Event::OverdraftCounted {
                licence,
                feature,
                month,
                month_ends_at,
                excess,
                running,
                seat_ms,
            } => {
                let open = OpenMonth {
                    starts_at: *month,
                    ends_at: *month_ends_at,
                    excess: *excess,
                    running: *running,
                    since: self.elapsed(),
                };
                if let Some(pool) = self.pool(licence, feature) {
                    let overdrawn = self.overdrafts.pools.entry(pool).or_default();
                    overdrawn.count(open, *seat_ms);
                }
            }
            Event::LimitChangeEnded { licence, digest } => {
                if let Some(state) = self.licences.get_mut(licence) {
                    state.limits_over.insert(*digest);
                }
            }
            Event::SoftLimitCrossed {
                licence,
                feature,
                percent,
                ..
            } => {
                if let Some(pool) = self.pool(licence, feature) {
                    self.overdrafts.crossed.insert((pool, *percent));
                }
            }
            Event::SoftLimitLeft {
                licence,
                feature,
                percent,
            } => {
                if let Some(pool) = self.pool(licence, feature) {
                    self.overdrafts.crossed.remove(&(pool, *percent));
                }
            }
            _ => {}
        }
    }

    /// A granted seat counts as somebody's, and among those of a kind of persons.
    fn seat_for(&mut self, id: SeatId, user: UserPseudonym, party: Party) {
        self.forget_party(id);
        let Some(former) = self.seats.get(id).map(|seat| seat.user) else {
            return;
        };
        if former != user {
            self.sessions.recount(former, |counts| {
                counts.seats = counts.seats.saturating_sub(1);
            });
            self.sessions.recount(user, |counts| counts.seats += 1);
            self.seats.give_to(id, user);
        }
        let seat = self.seats.get(id).cloned();
        if let (Some(seat), Some(category)) = (seat, &party.category) {
            self.seats.categorise(&seat, category, true);
        }
        if party != Party::default() {
            self.parties.of_seats.insert(id, party);
        }
    }

    /// What is known beside a seat goes with it.
    pub(super) fn forget_party(&mut self, id: SeatId) {
        self.parties.overdrawn.remove(&id);
        let Some(party) = self.parties.of_seats.remove(&id) else {
            return;
        };
        let seat = self.seats.get(id).cloned();
        if let (Some(seat), Some(category)) = (seat, &party.category) {
            self.seats.categorise(&seat, category, false);
        }
    }
}
