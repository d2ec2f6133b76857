//! Borrowed seats: they outlive their session, in short periods that are renewed. A period never ends
//! after the licence does, nor after the longest time that the licence allows. Nothing but the
//! vendor's write-off frees a borrowed seat before its period ends, because nobody sees whether the
//! lease is used until then: neither an early return, nor an administrator, nor a suspension, nor a
//! smaller share. So a share that became smaller may be exceeded for one period at most.

use std::sync::Arc;

use octroi_licence::{Borrow, BorrowId, CivilSeconds, DocumentDigest, FeatureName, Seconds};

use super::{
    Turn, Walk,
    checkout::{Checkout, Room},
};
use crate::{
    Actor, Beneficiary, BorrowEnd, Epoch, Event, Outcome, Refusal, RefusalCode, RequestNumber,
    SeatId, SessionId, TextId,
    catalogue::Offer,
    rules::{Asker, Obstacle, RANK_EXHAUSTED, obstacle_at_any_time, told, use_not_offered},
    state::Borrowed,
};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loaning {
    pub(super) feature: FeatureName,
    pub(super) units: u32,
    /// Zero: as long as the licence allows.
    pub(super) longest: Seconds,
    pub(super) borrow: BorrowId,
    pub(super) beneficiary: Beneficiary,
}

/// An offer that lends, and the lingering seat that is taken over.
type Lender = (Arc<Offer>, Borrow, Option<SeatId>);

impl Turn<'_> {
    pub(super) fn borrow_seat(
        &mut self,
        session: SessionId,
        epoch: Epoch,
        (number, answered_below): (RequestNumber, RequestNumber),
        request: &Loaning,
    ) -> Outcome {
        if let Some(answered) = self.admitted(session, epoch, number, answered_below) {
            return answered.for_borrowing();
        }
        let Some(asker) = self.asker(session, &request.beneficiary) else {
            return Outcome::Refused(Refusal::of(RefusalCode::SessionNotOpen));
        };
        let (offer, terms, from_linger) = match self.lender(&asker, answered_below, request) {
            Ok(lender) => lender,
            Err(refusal) => return self.refuse_loan(session, number, answered_below, *refusal),
        };
        let now = self.civil.seconds();
        let longest = match request.longest {
            Seconds(0) => terms.longest,
            wanted => wanted.min(terms.longest),
        };
        let longest = CivilSeconds(now.0.saturating_add(longest.0.into()));
        let until = period_end(now, terms, longest, &offer);
        let seat = SeatId(self.engine.state.seats.last + 1);
        let group = asker.group(&offer, seat);
        let before = self.in_use(&offer);
        self.assign_at_first(&offer, &asker);
        self.emit(Event::SeatBorrowed {
            session,
            number,
            answered_below,
            borrow: request.borrow,
            seat,
            licence: offer.licence().clone(),
            licence_digest: offer.terms.licence.digest(),
            feature: offer.feature.name.clone(),
            units: offer.counted(request.units),
            group,
            from_linger,
            until,
            longest,
        });
        self.note_party(&offer, &asker, seat);
        self.note_overdraft(&offer, &asker, seat, before);
        self.note_outdated(&offer, session);
        if let Some(pool) = self.engine.state.seats.get(seat).map(|seat| seat.pool) {
            self.touch_pool(pool, Walk::Whole);
        }
        self.present_loan(request.borrow)
    }

    fn asker(&self, session: SessionId, beneficiary: &Beneficiary) -> Option<Asker> {
        let state = self.engine.state.sessions.get(session)?;
        Some(Asker::of(session, state, beneficiary.clone()))
    }

    fn lender(
        &self,
        asker: &Asker,
        answered_below: RequestNumber,
        request: &Loaning,
    ) -> Result<Lender, Box<Refusal>> {
        let state = &self.engine.state;
        let Some(open) = state.sessions.get(asker.session) else {
            return Err(Box::new(Refusal::of(RefusalCode::SessionNotOpen)));
        };
        if state.borrows.get(request.borrow).is_some() {
            return Err(Box::new(Refusal::of(RefusalCode::RequestNotUnderstood)));
        }
        let checkout = Checkout {
            feature: request.feature.clone(),
            units: request.units,
            wait_ms: 0,
            beneficiary: request.beneficiary.clone(),
            proofs: None,
        };
        if let Some(refusal) = self.beyond_bounds(open, answered_below, &checkout) {
            return Err(Box::new(refusal));
        }
        let offers = self.engine.catalogue();
        let offers = offers.offers(&open.product, &request.feature);
        let held_back = self.held_back(&open.product, &request.feature, offers);
        let mut free = None;
        let mut over = None;
        let mut furthest: Option<Obstacle> = None;
        for (index, offer) in offers.iter().enumerate() {
            let held_back = held_back.get(index).copied().unwrap_or(false);
            let refused = match self.lending(offer, asker, request.units, held_back) {
                Ok((terms, Room::Without { from_linger })) => {
                    return Ok((Arc::clone(offer), terms, from_linger));
                }
                Ok((terms, room)) => {
                    let kept = if matches!(room, Room::Over) {
                        &mut over
                    } else {
                        &mut free
                    };
                    kept.get_or_insert((Arc::clone(offer), terms, None));
                    continue;
                }
                Err(obstacle) => *obstacle,
            };
            if furthest
                .as_ref()
                .is_none_or(|known| refused.rank > known.rank)
            {
                furthest = Some(refused);
            }
        }
        free.or(over).ok_or_else(|| {
            let mut refusal = furthest.map_or_else(
                || Refusal {
                    feature: Some(request.feature.clone()),
                    ..Refusal::of(RefusalCode::FeatureNotLicensed)
                },
                |obstacle| obstacle.refusal,
            );
            refusal.requested = request.units;
            Box::new(refusal)
        })
    }

    /// What one offer lends: its terms, and the room that it has.
    fn lending(
        &self,
        offer: &Offer,
        asker: &Asker,
        units: u32,
        held_back: bool,
    ) -> Result<(Borrow, Room), Box<Obstacle>> {
        // What is proven by the key at each check-out is not used where no key is.
        let lends = offer.feature.borrow;
        let Some(terms) = lends.filter(|_| offer.feature.checkout_proof.is_none()) else {
            return Err(Box::new(use_not_offered(offer, "borrow")));
        };
        let room = self.room(offer, asker, units);
        if let Room::None(obstacle) = room {
            return Err(Box::new(obstacle));
        }
        let counted = offer.counted(units);
        let away = self.away(offer);
        if let Some(most) = terms.units_max
            && away.saturating_add(counted) > most.0
        {
            let expected = format!("units {}", most.0);
            return Err(Box::new(limit_reached(offer, &expected, &away)));
        }
        match room {
            Room::Without { .. } => Ok((terms, room)),
            Room::Free | Room::Over if !held_back => Ok((terms, room)),
            _ => Err(Box::new(Obstacle {
                rank: RANK_EXHAUSTED,
                lasting: true,
                refusal: self.exhausted(offer, counted),
            })),
        }
    }

    /// Units of an offer that are borrowed.
    fn away(&self, offer: &Offer) -> u32 {
        let state = &self.engine.state;
        let pool = state
            .licences
            .get(offer.licence())
            .and_then(|licence| licence.pools.get(&offer.feature.name));
        let borrowed = state.borrows.iter();
        borrowed
            .filter_map(|(_, borrowed)| state.seats.get(borrowed.seat))
            .filter(|seat| Some(&seat.pool) == pool)
            .map(|seat| seat.units)
            .fold(0, u32::saturating_add)
    }

    pub(super) fn renew_borrow(
        &mut self,
        session: SessionId,
        epoch: Epoch,
        (number, answered_below): (RequestNumber, RequestNumber),
        (borrow, beneficiary): (BorrowId, Beneficiary),
    ) -> Outcome {
        if let Some(answered) = self.admitted(session, epoch, number, answered_below) {
            return answered.for_borrowing();
        }
        match self.renewal(session, borrow, &beneficiary) {
            Ok((until, licence_digest)) => {
                self.emit(Event::BorrowRenewed {
                    session,
                    number,
                    answered_below,
                    borrow,
                    licence_digest,
                    until,
                });
                self.present_loan(borrow)
            }
            Err(refusal) => self.refuse_loan(session, number, answered_below, *refusal),
        }
    }

    /// When the next period of a borrowed seat would end, or why it has none. The time of day does
    /// not matter: the seat is held already.
    fn renewal(
        &self,
        session: SessionId,
        borrow: BorrowId,
        beneficiary: &Beneficiary,
    ) -> Result<(CivilSeconds, DocumentDigest), Box<Refusal>> {
        let borrowed = self.borrowed_by(session, borrow)?;
        let seat = self.engine.state.seats.get(borrowed.seat);
        let offer = seat.and_then(|seat| self.offer_of(seat.pool));
        let (Some(offer), Some(asker)) = (offer, self.asker(session, beneficiary)) else {
            return Err(Box::new(Refusal::of(RefusalCode::FeatureNotLicensed)));
        };
        let refused = |obstacle: Obstacle| Box::new(obstacle.refusal);
        let Some(terms) = offer.feature.borrow else {
            return Err(refused(use_not_offered(offer, "borrow")));
        };
        if let Some(obstacle) = obstacle_at_any_time(self.world(), offer, &asker) {
            return Err(refused(obstacle));
        }
        if borrowed.returned {
            return Err(refused(limit_reached(
                offer,
                &"returned",
                &borrowed.until.0,
            )));
        }
        if u64::from(self.in_use(offer)) > self.ceiling(offer) {
            return Err(Box::new(self.exhausted(offer, 0)));
        }
        let now = self.civil.seconds();
        let until = period_end(now, terms, borrowed.longest, offer);
        if until <= now {
            let expected = format!("longest {}", borrowed.longest.0);
            return Err(refused(limit_reached(offer, &expected, &now.0)));
        }
        // A renewal never takes back what was promised.
        Ok((until.max(borrowed.until), offer.terms.licence.digest()))
    }

    pub(super) fn return_borrow(
        &mut self,
        session: SessionId,
        epoch: Epoch,
        (number, answered_below): (RequestNumber, RequestNumber),
        borrow: BorrowId,
    ) -> Outcome {
        if let Some(answered) = self.admitted(session, epoch, number, answered_below) {
            return answered.for_return();
        }
        match self.borrowed_by(session, borrow).map(|one| one.until) {
            Ok(until) => {
                self.emit(Event::BorrowReturned {
                    session,
                    number,
                    answered_below,
                    borrow,
                });
                Outcome::Returned { borrow, until }
            }
            Err(refusal) => self.refuse_loan(session, number, answered_below, *refusal),
        }
    }

    /// Whoever borrowed a seat may renew and return it, in whatever session.
    fn borrowed_by(&self, session: SessionId, id: BorrowId) -> Result<&Borrowed, Box<Refusal>> {
        let state = &self.engine.state;
        let mine = |borrowed: &&Borrowed| {
            state.sessions.get(session).is_some_and(|session| {
                session.identified
                    && session.user == borrowed.user
                    && session.product == borrowed.product
            })
        };
        let found = state.borrows.get(id).filter(mine);
        found.ok_or_else(|| Box::new(Refusal::of(RefusalCode::SeatNotHeld)))
    }

    fn refuse_loan(
        &mut self,
        session: SessionId,
        number: RequestNumber,
        answered_below: RequestNumber,
        refusal: Refusal,
    ) -> Outcome {
        self.refuse(session, number, answered_below, refusal, |answer| {
            Event::BorrowRefused {
                session: answer.session,
                number: answer.number,
                answered_below: answer.below,
                refusal: answer.refusal,
            }
        })
    }

    pub(super) fn present_loan(&self, borrow: BorrowId) -> Outcome {
        match self.engine.loan(borrow) {
            Some(loan) => Outcome::Borrowed(loan),
            None => Outcome::Refused(Refusal::of(RefusalCode::SeatNotHeld)),
        }
    }

    /// An administrator wants a borrowed seat back.
    pub(super) fn recall(
        &mut self,
        (seat, until): (SeatId, CivilSeconds),
        actor: Actor,
        reason: Option<TextId>,
    ) -> Outcome {
        let state = &self.engine.state;
        if let Some(borrow) = state.borrows.of_seat(seat)
            && state.borrows.get(borrow).is_some_and(|one| !one.returned)
        {
            self.emit(Event::BorrowRecalled {
                borrow,
                actor,
                reason,
            });
        }
        let left = until.millis().0.saturating_sub(self.confirmed().0);
        Outcome::Revoked {
            freed: false,
            hold_ms: u64::try_from(left).unwrap_or(0),
        }
    }

    /// Periods that are over by the confirmed civil time, by (end, id).
    pub(super) fn end_periods(&mut self) {
        while let Some((end, borrow)) = self.engine.state.borrows.first_end() {
            let over = end.millis() <= self.confirmed();
            let returned = self.engine.state.borrows.get(borrow);
            let Some(returned) = returned.filter(|_| over).map(|one| one.returned) else {
                return;
            };
            let cause = if returned {
                BorrowEnd::Returned
            } else {
                BorrowEnd::PeriodOver
            };
            self.end_borrow(borrow, cause, None);
            self.serve();
        }
    }

    pub(super) fn end_borrow(
        &mut self,
        borrow: BorrowId,
        cause: BorrowEnd,
        order: Option<DocumentDigest>,
    ) {
        let state = &self.engine.state;
        let seat = state.borrows.get(borrow).map(|borrowed| borrowed.seat);
        let pool = seat
            .and_then(|seat| state.seats.get(seat))
            .map(|seat| seat.pool);
        self.emit(Event::BorrowEnded {
            borrow,
            cause,
            order,
        });
        if let Some(pool) = pool {
            self.touch_pool(pool, Walk::Front);
        }
    }
}

fn period_end(
    now: CivilSeconds,
    terms: Borrow,
    longest: CivilSeconds,
    offer: &Offer,
) -> CivilSeconds {
    let lease = CivilSeconds(now.0.saturating_add(terms.lease.0.into()));
    let end = lease.min(longest);
    offer.ends_at.map_or(end, |over| end.min(over))
}

fn limit_reached(
    offer: &Offer,
    expected: &dyn std::fmt::Display,
    found: &dyn std::fmt::Display,
) -> Obstacle {
    Obstacle {
        rank: RANK_EXHAUSTED,
        lasting: true,
        refusal: told(RefusalCode::BorrowLimitReached, expected, found),
    }
    .of(offer)
}
