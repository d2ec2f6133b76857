//! Seats that leave their holders: given back, taken back, ended.

use std::sync::Arc;

use super::{Turn, Walk};
use crate::{
    Actor, ElapsedMs, Epoch, Event, GroupKey, Notice, Outcome, Refusal, RefusalCode, RequestNumber,
    SeatEnd, SeatId, SeatStatus, SessionId, State, TextId,
    catalogue::Offer,
    state::{Assigned, LineKey, Pool, PoolIndex, Seat},
};

/// Units of an offer that are in use; for named users, seats that are assigned.
pub(crate) fn in_use(state: &State, offer: &Offer) -> u32 {
    let pools = state.licences.get(offer.licence()).map(|one| &one.pools);
    let Some(index) = pools.and_then(|pools| pools.get(&offer.feature.name)) else {
        return 0;
    };
    if offer.named_users().is_some() {
        let assigned = state.named.pool(*index).map_or(0, Assigned::len);
        return u32::try_from(assigned).unwrap_or(u32::MAX);
    }
    let in_use = state.seats.pool(*index).map_or(0, Pool::in_use);
    u32::try_from(in_use).unwrap_or(u32::MAX)
}

impl Turn<'_> {
    pub(super) fn release(
        &mut self,
        session: SessionId,
        epoch: Epoch,
        number: RequestNumber,
        answered_below: RequestNumber,
        seat: SeatId,
    ) -> Outcome {
        if let Some(answered) = self.admitted(session, epoch, number, answered_below) {
            return answered.for_release();
        }
        let held = self
            .engine
            .state
            .seats
            .get(seat)
            .filter(|held| held.session == Some(session));
        let Some(held) = held else {
            let refusal = Refusal::of(RefusalCode::SeatNotHeld);
            return self.refuse(session, number, answered_below, refusal, |answer| {
                Event::ReleaseRefused {
                    session: answer.session,
                    number: answer.number,
                    answered_below: answer.below,
                    refusal: answer.refusal,
                }
            });
        };
        let (pool, linger_until) = (held.pool, self.linger_until(held));
        self.emit(Event::SeatReleased {
            session,
            number,
            answered_below,
            seat,
            linger_until,
        });
        self.left(pool, seat, linger_until);
        Outcome::Released { seat }
    }

    /// Until when a held seat lingers after it is given back or its session ends: not where it was
    /// revoked, nor where its licence no longer names the feature.
    pub(super) fn linger_until(&self, seat: &Seat) -> Option<ElapsedMs> {
        if seat.status != SeatStatus::Held {
            return None;
        }
        let offer = self.offer_of(seat.pool)?;
        let linger = offer.feature.linger.millis();
        (linger > 0).then(|| self.elapsed.after(linger))
    }

    /// What follows when a seat left its session: those who wait are served, and of a group's
    /// lingering seats only those stay that none outlasts.
    pub(super) fn left(&mut self, pool: PoolIndex, seat: SeatId, linger_until: Option<ElapsedMs>) {
        if linger_until.is_none() {
            self.touch_pool(pool, Walk::Front);
            return;
        }
        let Some(left) = self.engine.state.seats.get(seat) else {
            return;
        };
        if !matches!(left.group, GroupKey::Seat(_)) {
            let (owner, units) = (left.owner(), left.units);
            let outlasted = self
                .engine
                .state
                .seats
                .pool(pool)
                .map(|pool| pool.lingering_up_to(owner, units))
                .unwrap_or_default();
            for other in outlasted.into_iter().filter(|other| *other != seat) {
                self.emit(Event::LingerEnded { seat: other });
            }
        }
        self.touch_pool(pool, Walk::Whole);
    }

    pub(super) fn acknowledge(
        &mut self,
        session: SessionId,
        epoch: Epoch,
        seat: SeatId,
    ) -> Outcome {
        if let Err(refusal) = self.speaks(session, epoch) {
            return Outcome::Refused(refusal);
        }
        match self
            .engine
            .state
            .seats
            .get(seat)
            .filter(|held| held.session == Some(session))
        {
            None => Outcome::Refused(Refusal::of(RefusalCode::SeatNotHeld)),
            Some(held) if matches!(held.status, SeatStatus::Revoked { .. }) => {
                self.end_seat(seat, SeatEnd::Revoked);
                Outcome::Done
            }
            Some(_) => Outcome::Done,
        }
    }

    pub(super) fn revoke(&mut self, seat: SeatId, actor: Actor, reason: Option<TextId>) -> Outcome {
        let Some(held) = self.engine.state.seats.get(seat) else {
            return Outcome::Refused(Refusal::of(RefusalCode::SeatNotHeld));
        };
        let (pool, session) = (held.pool, held.session);
        let hold_ms = match held.status {
            SeatStatus::Revoked { until } => {
                let hold_ms = until.0.saturating_sub(self.elapsed.0);
                return Outcome::Revoked {
                    freed: false,
                    hold_ms,
                };
            }
            SeatStatus::Lingering { .. } => 0,
            SeatStatus::Borrowed { until } => return self.recall((seat, until), actor, reason),
            SeatStatus::Held => self
                .offer_of(pool)
                .map_or(0, |offer| offer.terms.licence.minimum_hold.millis()),
        };
        let hold_until = self.elapsed.after(hold_ms);
        let lingers = held.lingers();
        self.emit(Event::SeatRevoked {
            seat,
            actor,
            hold_until,
            reason,
        });
        if lingers {
            self.end_linger(seat);
        } else if hold_ms == 0 {
            self.end_seat(seat, SeatEnd::Revoked);
        } else if let Some(session) = session {
            self.notify(session, Notice::SeatRevoked { seat, hold_ms });
            return Outcome::Revoked {
                freed: false,
                hold_ms,
            };
        }
        Outcome::Revoked {
            freed: true,
            hold_ms: 0,
        }
    }

    /// A seat ends at once, lingering or not; its session is told.
    pub(super) fn end_seat(&mut self, seat: SeatId, cause: SeatEnd) {
        let Some(ended) = self.engine.state.seats.get(seat) else {
            return;
        };
        if matches!(ended.status, SeatStatus::Borrowed { .. }) {
            // Its lease is used elsewhere: it counts until the present period ends.
            return;
        }
        let (pool, session) = (ended.pool, ended.session);
        if ended.lingers() {
            self.end_linger(seat);
            return;
        }
        self.emit(Event::SeatEnded {
            seat,
            cause,
            linger_until: None,
        });
        if let Some(session) = session {
            self.notify(session, Notice::SeatEnded { seat, cause });
        }
        self.touch_pool(pool, Walk::Front);
    }

    pub(super) fn end_linger(&mut self, seat: SeatId) {
        let pool = self.engine.state.seats.get(seat).map(|seat| seat.pool);
        self.emit(Event::LingerEnded { seat });
        if let Some(pool) = pool {
            self.touch_pool(pool, Walk::Front);
        }
    }

    /// The offer behind a pool, where its licence still names the feature.
    pub(super) fn offer_of(&self, pool: PoolIndex) -> Option<&Arc<Offer>> {
        let key = &self.engine.state.seats.pool(pool)?.key;
        self.engine.catalogue().offer(&key.licence, &key.feature)
    }

    /// Units of an offer that are in use; for named users, seats that are assigned.
    pub(super) fn in_use(&self, offer: &Offer) -> u32 {
        in_use(&self.engine.state, offer)
    }

    pub(super) fn touch_pool(&mut self, pool: PoolIndex, walk: Walk) {
        if self.engine.state.queue.is_empty() {
            return;
        }
        if let Some(offer) = self.offer_of(pool) {
            let line = LineKey {
                product: offer.terms.licence.product.clone(),
                feature: offer.feature.name.clone(),
            };
            self.touch(line, walk);
        }
    }
}
