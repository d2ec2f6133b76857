//! Named users: a first check-out assigns a seat, which stays assigned until a signed order frees it
//! (clauses Z1, Z3). What counts is the assignments, not the sessions. Where there are more of them
//! than the limit, as after a licence with fewer, the earliest keep their seats.

use octroi_licence::{CategoryId, CivilSeconds, WindowUnit};

use super::{
    Turn,
    checkout::{Checkout, Room},
    requests::reached,
};
use crate::{
    Actor, Event, GroupKey, Refusal, RefusalCode, RequestNumber, SeatEnd, SeatId, SessionId,
    UserPseudonym,
    catalogue::Offer,
    rules::{Asker, Obstacle, RANK_EXHAUSTED},
    state::{Assigned, Assignment, PoolIndex},
};

/// Why no seat can be assigned to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAssignment {
    Category,
    Day { next: Option<CivilSeconds> },
    Room,
}

impl Turn<'_> {
    /// What an offer for named users has for a check-out that no rule stands against.
    pub(super) fn room_for_named(&self, offer: &Offer, asker: &Asker) -> Room {
        let user = asker.user_for(offer);
        if let Some(assignment) = self.assignment_of(offer, user) {
            if self.rank_of(offer, assignment) < self.ceiling(offer) {
                let owner = GroupKey::User(user);
                let pool = self.pool_of(offer);
                let from_linger = pool.and_then(|pool| pool.lingering_for(owner, 1));
                return Room::Without { from_linger };
            }
            return Room::None(Obstacle {
                rank: RANK_EXHAUSTED,
                lasting: true,
                refusal: self.exhausted(offer, 1),
            });
        }
        let category = asker.beneficiary.category.as_ref();
        match self.assignable(offer, category, self.ceiling(offer)) {
            Ok(()) if self.in_use(offer) < offer.allotment().units => Room::Free,
            Ok(()) => Room::Over,
            Err(NoAssignment::Room) => Room::Full,
            Err(NoAssignment::Category) => self.category_obstacle(offer, category),
            Err(NoAssignment::Day { next }) => {
                let mut refusal = self.exhausted(offer, 1);
                refusal.code = RefusalCode::AssignmentsPerDayReached;
                refusal.limit = per_day_max(offer).unwrap_or_default();
                refusal.in_use = refusal.limit;
                refusal.may_change_at = next.map(CivilSeconds::millis);
                Room::None(Obstacle {
                    rank: RANK_EXHAUSTED,
                    lasting: false,
                    refusal,
                })
            }
        }
    }

    /// Says whether one more seat can be assigned, where up to `ceiling` may be.
    pub(super) fn assignable(
        &self,
        offer: &Offer,
        category: Option<&CategoryId>,
        ceiling: u64,
    ) -> Result<(), NoAssignment> {
        let assigned = self.assigned(offer);
        if let Some(limit) = category_limit(offer, category) {
            let counts = assigned.map(|assigned| &assigned.categories);
            let has = category.and_then(|category| counts?.get(category));
            if has.is_some_and(|has| *has >= limit) {
                return Err(NoAssignment::Category);
            }
        }
        if u64::from(self.in_use(offer)) >= ceiling {
            return Err(NoAssignment::Room);
        }
        if let Some(most) = per_day_max(offer)
            && let Some((day, next)) = offer.window(WindowUnit::Day, self.civil.seconds())
            && assigned.map_or(0, |assigned| assigned.made_on(day)) >= most
        {
            return Err(NoAssignment::Day { next: Some(next) });
        }
        Ok(())
    }

    /// The check-out's user gets a seat assigned, if there is none yet.
    pub(super) fn assign_at_first(&mut self, offer: &Offer, asker: &Asker) {
        if offer.named_users().is_none() {
            return;
        }
        let user = asker.user_for(offer);
        if self.assignment_of(offer, user).is_some() {
            return;
        }
        let beneficiary = &asker.beneficiary;
        self.assign(
            offer,
            user,
            beneficiary.category.clone(),
            beneficiary.assignment,
            Actor::Daemon,
        );
    }

    pub(super) fn assign(
        &mut self,
        offer: &Offer,
        user: UserPseudonym,
        category: Option<CategoryId>,
        assignment: octroi_licence::AssignmentId,
        actor: Actor,
    ) {
        let now = self.civil.seconds();
        let day = offer.window(WindowUnit::Day, now);
        self.emit(Event::UserAssigned {
            licence: offer.licence().clone(),
            licence_digest: offer.terms.licence.digest(),
            feature: offer.feature.name.clone(),
            assignment,
            user,
            category,
            day: day.map_or(now, |(day, _)| day),
            actor,
        });
    }

    pub(super) fn assigned(&self, offer: &Offer) -> Option<&Assigned> {
        let state = &self.engine.state;
        let pools = &state.licences.get(offer.licence())?.pools;
        state.named.pool(*pools.get(&offer.feature.name)?)
    }

    pub(super) fn assignment_of(&self, offer: &Offer, user: UserPseudonym) -> Option<&Assignment> {
        let state = &self.engine.state;
        let pools = &state.licences.get(offer.licence())?.pools;
        state.named.of(*pools.get(&offer.feature.name)?, user)
    }

    /// How many assignments were made before this one, where that matters.
    pub(super) fn rank_of(&self, offer: &Offer, assignment: &Assignment) -> u64 {
        let limit = offer.allotment().units;
        if self.in_use(offer) <= limit {
            return 0;
        }
        let before = self.engine.state.named.pool(assignment.pool);
        let before = before.map_or(0, |assigned| assigned.before(assignment.record));
        u64::try_from(before).unwrap_or(u64::MAX)
    }

    /// Ends the seats of users whose assignments the licence has no room for any more; the assignments
    /// stay.
    pub(super) fn shrink_named(&mut self, pool: PoolIndex, offer: &Offer) {
        let named = &self.engine.state.named;
        let limit = usize::try_from(offer.allotment().units).unwrap_or(usize::MAX);
        let Some(assigned) = named.pool(pool).filter(|assigned| assigned.len() > limit) else {
            return;
        };
        let beyond: Vec<UserPseudonym> = assigned
            .ids()
            .skip(limit)
            .filter_map(|id| named.assignments.get(&id))
            .map(|assignment| assignment.user)
            .collect();
        for user in beyond {
            self.end_seats_for(user, Some(pool), SeatEnd::ShareReduced);
        }
    }

    /// Ends every seat that counts as a user's, in one pool or in all.
    pub(super) fn end_seats_for(
        &mut self,
        user: UserPseudonym,
        within: Option<PoolIndex>,
        cause: SeatEnd,
    ) {
        let seats = self.engine.state.seats.iter();
        let mine = seats
            .filter(|(_, seat)| seat.user == user && within.is_none_or(|pool| pool == seat.pool));
        let ids: Vec<SeatId> = mine.map(|(id, _)| id).collect();
        for seat in ids {
            self.end_seat(seat, cause);
        }
    }

    /// The kind of person has as many seats as it may.
    pub(super) fn category_full(
        &self,
        offer: &Offer,
        asker: &Asker,
        units: u32,
        from_linger: Option<SeatId>,
    ) -> Option<Obstacle> {
        let category = asker.beneficiary.category.as_ref();
        let limit = category_limit(offer, category)?;
        if from_linger.is_some() {
            return None;
        }
        let group = asker.group(offer, SeatId(0));
        let tally = self
            .pool_of(offer)
            .and_then(|pool| pool.categories.get(category?));
        let counted = tally.map_or(0, |tally| tally.counted(&group));
        let in_use = tally.map_or(0, |tally| tally.in_use);
        let then = in_use.saturating_add(units.saturating_sub(counted).into());
        (counted < units && then > limit.into())
            .then(|| self.category_refused(offer, category, in_use, limit))
    }

    fn category_obstacle(&self, offer: &Offer, category: Option<&CategoryId>) -> Room {
        let limit = category_limit(offer, category).unwrap_or_default();
        Room::None(self.category_refused(offer, category, limit.into(), limit))
    }

    fn category_refused(
        &self,
        offer: &Offer,
        category: Option<&CategoryId>,
        in_use: u64,
        limit: u32,
    ) -> Obstacle {
        let refusal = Refusal {
            code: RefusalCode::CategoryLimitReached,
            limit,
            in_use: u32::try_from(in_use).unwrap_or(u32::MAX),
            expected: String::new(),
            found: category.map(ToString::to_string).unwrap_or_default(),
            ..self.exhausted(offer, 1)
        };
        Obstacle {
            rank: RANK_EXHAUSTED,
            lasting: false,
            refusal,
        }
    }

    /// Records as whom a seat counts, where the licence asks for it and it is not plain.
    pub(super) fn note_party(&mut self, offer: &Offer, asker: &Asker, seat: SeatId) {
        if !offer.asks_who {
            return;
        }
        let user = asker.user_for(offer);
        let eligibility = &offer.terms.licence.eligibility;
        let entity = asker.beneficiary.entity.clone();
        let entity = entity.filter(|_| !eligibility.entities.is_empty());
        let category = asker.beneficiary.category.clone();
        let category = category.filter(|_| !eligibility.categories.is_empty());
        if user != asker.user || entity.is_some() || category.is_some() {
            self.emit(Event::SeatFor {
                seat,
                user,
                entity,
                category,
            });
        }
    }

    /// Records for whom a check-out waits, where an offer that may serve it asks for it.
    pub(super) fn note_claim(
        &mut self,
        session: SessionId,
        number: RequestNumber,
        request: &Checkout,
    ) {
        let Some(state) = self.engine.state.sessions.get(session) else {
            return;
        };
        let catalogue = self.engine.catalogue();
        let mut offers = catalogue.offers(&state.product, &request.feature).iter();
        if offers.any(|offer| offer.asks_who) {
            let beneficiary = request.beneficiary.clone();
            self.emit(Event::CheckoutFor {
                session,
                number,
                whom: beneficiary.whom,
                entity: beneficiary.entity,
                category: beneficiary.category,
                assignment: beneficiary.assignment,
            });
        }
    }

    /// A list is longer than may be read at once.
    pub(super) fn too_many_listed(&self, listed: usize) -> bool {
        listed > 0 && reached(listed - 1, self.engine.policy.users_listed_max)
    }
}

/// New assignments a day, where they are limited.
fn per_day_max(offer: &Offer) -> Option<u32> {
    offer
        .named_users()?
        .assignments_per_day_max
        .map(|most| most.0)
}

/// What a kind of person may have of the feature's count.
pub(super) fn category_limit(offer: &Offer, category: Option<&CategoryId>) -> Option<u32> {
    let category = category?;
    let mut limits = offer.feature.category_limits.iter();
    let limit = limits.find(|limit| limit.category == *category)?;
    Some(limit.count.0)
}
