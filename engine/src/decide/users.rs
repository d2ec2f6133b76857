//! Users: blocked by an administrator or the vendor, erased, compared with a directory's list; and
//! what the vendor's orders do to assignments.
//!
//! A block of a user keeps the assignment counted until it is reassigned, and outlives it: who is
//! blocked does not take the freed seat again. Erasing a user ends what the user has; what was
//! assigned stays counted under a keyed tag.

use std::collections::BTreeSet;

use octroi_licence::{AssignmentId, DocumentDigest, FeatureName, LicenceId, OrderKind, ProductId};

use super::{Turn, named::NoAssignment};
use crate::{
    Actor, Event, ListedUser, Outcome, Refusal, RefusalCode, ScopeRecord, SeatEnd, SessionEnd,
    SessionId, SyncOutcome, TextId, UserPseudonym, WaitEnd,
    catalogue::Offer,
    ids::PoolKey,
    state::{Assigned, Assignment, LineKey, PoolIndex},
};

impl Turn<'_> {
    /// Why a user may not open a session of a product: blocked by an administrator, or by the vendor
    /// from the whole of one of its licences.
    pub(super) fn keeps_out(&self, user: UserPseudonym, product: &ProductId) -> Option<Refusal> {
        let named = &self.engine.state.named;
        if named.blocks_nobody() {
            return None;
        }
        let refused = |by: &str, licence: Option<&LicenceId>| Refusal {
            licence: licence.cloned(),
            found: by.to_owned(),
            ..Refusal::of(RefusalCode::UserBlocked)
        };
        if named.blocked.contains(&user) {
            return Some(refused("administrator", None));
        }
        let licences = self.engine.catalogue().licences.iter();
        let mut of_product = licences.filter(|(_, terms)| terms.licence.product == *product);
        let blocked = of_product.find(|(id, _)| named.vendor_blocks_all(user, id));
        blocked.map(|(id, _)| refused("vendor", Some(id)))
    }

    pub(super) fn block_user(
        &mut self,
        user: UserPseudonym,
        actor: Actor,
        reason: Option<TextId>,
    ) -> Outcome {
        self.emit(Event::UserBlocked {
            user,
            actor,
            reason,
        });
        self.end_sessions_of(user, None, SessionEnd::UserBlocked);
        self.end_seats_for(user, None, SeatEnd::UserBlocked);
        self.refuse_all_waiters();
        Outcome::Done
    }

    pub(super) fn unblock_user(&mut self, user: UserPseudonym, actor: Actor) -> Outcome {
        if self.engine.state.named.blocked.contains(&user) {
            self.emit(Event::UserUnblocked { user, actor });
        }
        Outcome::Done
    }

    pub(super) fn erase_user(
        &mut self,
        user: UserPseudonym,
        tag: UserPseudonym,
        actor: Actor,
    ) -> Outcome {
        self.end_sessions_of(user, None, SessionEnd::UserErased);
        self.end_seats_for(user, None, SeatEnd::UserErased);
        let queue = self.engine.state.queue.iter();
        let claims = &self.engine.state.parties.claims;
        let waits = queue.filter(|(_, waiter)| {
            let claim = claims.get(&(waiter.session, waiter.number));
            claim.is_some_and(|claim| claim.whom.named() == Some(user))
        });
        let tickets: Vec<u64> = waits.map(|(ticket, _)| ticket).collect();
        for ticket in tickets {
            let refusal = Refusal::of(RefusalCode::QueueCancelled);
            self.end_wait(ticket, WaitEnd::Refused, refusal);
        }
        self.emit(Event::UserErased { user, tag, actor });
        Outcome::Done
    }

    /// What an order does that is carried out once. One that names an assignment of another daemon,
    /// or one that ended, does nothing.
    pub(super) fn carry_out(
        &mut self,
        licence: &LicenceId,
        order: DocumentDigest,
        scope: &ScopeRecord,
        kind: &OrderKind,
    ) {
        match kind {
            OrderKind::Reassign(id) => {
                let Some((pool, user)) = self.assignment_within(*id, licence, scope) else {
                    return;
                };
                self.emit(Event::AssignmentEnded {
                    licence: licence.clone(),
                    assignment: *id,
                    order,
                });
                self.end_seats_for(user, Some(pool), SeatEnd::Reassigned);
                self.touch_all();
            }
            OrderKind::BlockUser(id) => {
                let Some((_, user)) = self.assignment_within(*id, licence, scope) else {
                    return;
                };
                self.emit(Event::AssignmentBlocked {
                    licence: licence.clone(),
                    scope: scope.clone(),
                    assignment: *id,
                    user,
                    order,
                });
                self.end_what_is_blocked(licence, scope, user);
            }
            OrderKind::UnblockUser(id) => {
                let blocks = self.engine.state.named.vendor_blocks.values().flatten();
                let mut of_licence = blocks.filter(|block| block.licence == *licence);
                if of_licence.any(|block| block.assignment == *id) {
                    let assignment = *id;
                    self.emit(Event::AssignmentUnblocked { assignment, order });
                    self.touch_all();
                }
            }
            _ => {}
        }
    }

    /// The pool and user of an assignment, where the order's scope holds it.
    fn assignment_within(
        &self,
        id: AssignmentId,
        licence: &LicenceId,
        scope: &ScopeRecord,
    ) -> Option<(PoolIndex, UserPseudonym)> {
        let state = &self.engine.state;
        let assignment = state.named.assignments.get(&id)?;
        let key = &state.seats.pool(assignment.pool)?.key;
        let within = key.licence == *licence
            && scope
                .0
                .as_ref()
                .is_none_or(|feature| *feature == key.feature);
        within.then_some((assignment.pool, assignment.user))
    }

    /// Ends what a vendor's block leaves a user nothing of: seats in its scope, and sessions of the
    /// product where it is the whole licence.
    fn end_what_is_blocked(
        &mut self,
        licence: &LicenceId,
        scope: &ScopeRecord,
        user: UserPseudonym,
    ) {
        if scope.0.is_none() {
            let terms = self.engine.catalogue().licences.get(licence);
            if let Some(product) = terms.map(|terms| terms.licence.product.clone()) {
                self.end_sessions_of(user, Some(&product), SessionEnd::UserBlocked);
            }
        }
        let state = &self.engine.state;
        let pools: Vec<PoolIndex> = state
            .licences
            .get(licence)
            .into_iter()
            .flat_map(|licence| &licence.pools)
            .filter(|(feature, _)| scope.0.as_ref().is_none_or(|of| of == *feature))
            .map(|(_, pool)| *pool)
            .collect();
        for pool in pools {
            self.end_seats_for(user, Some(pool), SeatEnd::UserBlocked);
        }
        self.refuse_all_waiters();
    }

    fn end_sessions_of(
        &mut self,
        user: UserPseudonym,
        product: Option<&ProductId>,
        cause: SessionEnd,
    ) {
        let sessions = self.engine.state.sessions.iter();
        let mine = sessions.filter(|(_, session)| {
            session.user == user && product.is_none_or(|product| *product == session.product)
        });
        let ids: Vec<SessionId> = mine.map(|(id, _)| id).collect();
        for session in ids {
            // Seats of a session that is taken do not linger.
            let held = self.engine.state.sessions.get(session);
            let seats = held.map(|held| held.seats.clone()).unwrap_or_default();
            let cause_of_seats = match cause {
                SessionEnd::UserErased => SeatEnd::UserErased,
                _ => SeatEnd::UserBlocked,
            };
            for seat in seats {
                self.end_seat(seat, cause_of_seats);
            }
            self.end_session(session, cause);
        }
    }

    fn refuse_all_waiters(&mut self) {
        let lines = self.engine.state.queue.lines();
        let products: BTreeSet<ProductId> = lines
            .into_iter()
            .map(|LineKey { product, .. }| product)
            .collect();
        for product in products {
            self.refuse_waiters(&product);
        }
    }

    /// Compares the named users of a feature with the whole list of a directory or file.
    pub(super) fn sync_users(
        &mut self,
        licence: &LicenceId,
        feature: &FeatureName,
        users: Vec<ListedUser>,
        actor: Actor,
    ) -> Outcome {
        let found = self.engine.catalogue().offer(licence, feature);
        let named = found.filter(|offer| offer.named_users().is_some());
        let Some(offer) = named.map(std::sync::Arc::clone) else {
            return Outcome::Refused(Refusal {
                licence: Some(licence.clone()),
                feature: Some(feature.clone()),
                ..Refusal::of(RefusalCode::FeatureNotLicensed)
            });
        };
        if self.too_many_listed(users.len()) {
            return Outcome::Refused(Refusal {
                limit: self.engine.policy.users_listed_max,
                requested: u32::try_from(users.len()).unwrap_or(u32::MAX),
                ..Refusal::of(RefusalCode::RequestNotUnderstood)
            });
        }
        self.emit(Event::UsersSynced {
            licence: licence.clone(),
            feature: feature.clone(),
            listed: u32::try_from(users.len()).unwrap_or(u32::MAX),
            actor,
        });
        let mut listed = BTreeSet::new();
        let mut outcomes = Vec::with_capacity(users.len());
        for user in users {
            if listed.insert(user.user) {
                let who = user.user;
                outcomes.push((who, self.join(&offer, user, actor)));
            }
        }
        outcomes.extend(self.leave(&offer, &listed));
        Outcome::Synced(outcomes)
    }

    fn join(&mut self, offer: &Offer, user: ListedUser, actor: Actor) -> SyncOutcome {
        let state = &self.engine.state;
        if let Some((id, leaver)) = self
            .assigned(offer)
            .and_then(|assigned| assigned.of(user.user))
            .and_then(|id| Some((id, state.named.assignments.get(&id)?.leaver)))
        {
            if leaver {
                self.flag(id, false);
            }
            return SyncOutcome::Kept;
        }
        let of = PoolKey {
            licence: offer.licence().clone(),
            feature: offer.feature.name.clone(),
        };
        let blocked = state.named.blocked.contains(&user.user);
        if blocked || state.named.vendor_blocks(user.user, &of) {
            return SyncOutcome::Blocked;
        }
        let eligibility = &offer.terms.licence.eligibility;
        if !eligibility.admits(user.entity.as_ref(), user.category.as_ref()) {
            return SyncOutcome::NotEligible;
        }
        let limit = offer.allotment().units.into();
        match self.assignable(offer, user.category.as_ref(), limit) {
            Ok(()) => {
                self.assign(offer, user.user, user.category, user.assignment, actor);
                SyncOutcome::Assigned
            }
            Err(NoAssignment::Room) => SyncOutcome::NoRoom,
            Err(NoAssignment::Category) => SyncOutcome::CategoryFull,
            Err(NoAssignment::Day { .. }) => SyncOutcome::LaterDay,
        }
    }

    fn leave(
        &mut self,
        offer: &Offer,
        listed: &BTreeSet<UserPseudonym>,
    ) -> Vec<(UserPseudonym, SyncOutcome)> {
        let state = &self.engine.state;
        let assigned = self.assigned(offer).into_iter();
        let ids = assigned.flat_map(Assigned::ids);
        let known = ids.filter_map(|id| Some((id, state.named.assignments.get(&id)?)));
        let gone: Vec<(AssignmentId, Assignment)> = known
            .filter(|(_, one)| !listed.contains(&one.user))
            .map(|(id, one)| (id, one.clone()))
            .collect();
        let mut outcomes = Vec::with_capacity(gone.len());
        for (id, assignment) in gone {
            if !assignment.leaver {
                self.flag(id, true);
            }
            outcomes.push((assignment.user, SyncOutcome::Leaver));
        }
        outcomes
    }

    fn flag(&mut self, assignment: AssignmentId, leaver: bool) {
        self.emit(Event::LeaverFlagged { assignment, leaver });
    }
}
