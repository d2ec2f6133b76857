//! Check-outs: whether the request may be asked at all, which licence serves it, and what is told
//! where none does.

use std::sync::Arc;

use octroi_licence::{FeatureName, Metric};

use super::{Turn, Walk, requests::reached};
use crate::{
    Beneficiary, CheckoutProofs, Epoch, Event, Grant, GroupKey, KeyAnswer, Outcome, Refusal,
    RefusalCode, RequestNumber, SeatId, SessionId,
    catalogue::Offer,
    rules::{Asker, Obstacle, Proving, RANK_EXHAUSTED, is_unproven, obstacle, use_not_offered},
    state::{LineKey, Pool, Session, owner},
};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checkout {
    pub(super) feature: FeatureName,
    pub(super) units: u32,
    pub(super) wait_ms: u32,
    pub(super) beneficiary: Beneficiary,
    pub(super) proofs: Option<Box<CheckoutProofs>>,
}

/// Where a check-out finds its seat.
pub(super) enum Placing {
    /// Here, at once.
    Seat {
        offer: Arc<Offer>,
        from_linger: Option<SeatId>,
    },
    /// Nowhere now; here as soon as units come free.
    Full { offer: Arc<Offer>, refusal: Refusal },
    /// Nowhere, whatever comes free.
    Refused { lasting: bool, refusal: Refusal },
}

/// What one offer has for a check-out.
pub(super) enum Room {
    /// It needs no further units: its group counts already, or it takes over a lingering seat.
    Without { from_linger: Option<SeatId> },
    /// Further units are free.
    Free,
    /// None are free, but the licence grants more than the limit now.
    Over,
    /// They may come free.
    Full,
    /// Nothing, whatever comes free.
    None(Obstacle),
}

impl Turn<'_> {
    pub(super) fn checkout(
        &mut self,
        session: SessionId,
        epoch: Epoch,
        number: RequestNumber,
        answered_below: RequestNumber,
        request: &Checkout,
    ) -> Outcome {
        if let Some(answered) = self.admitted(session, epoch, number, answered_below) {
            return self.proven_again(answered.for_checkout(), request);
        }
        let Some(state) = self.engine.state.sessions.get(session) else {
            return Outcome::Refused(Refusal::of(RefusalCode::SessionNotOpen));
        };
        let mut asker = Asker::of(session, state, request.beneficiary.clone());
        if let Some(proofs) = &request.proofs {
            asker.proving = Proving::Open((**proofs).clone());
        }
        match self.place_newcomer(state, &asker, answered_below, request) {
            // A key is asked only for what would be granted, or wait, with its answer.
            Placing::Seat { offer, .. } if is_unproven(&offer, &asker) => proof_needed(&offer),
            Placing::Full { offer, .. }
                if is_unproven(&offer, &asker) && self.may_queue(session, request) =>
            {
                proof_needed(&offer)
            }
            Placing::Seat { offer, from_linger } => {
                self.note_proof(&asker, number, &offer);
                let units = offer.counted(request.units);
                let place = (number, answered_below);
                Outcome::Granted(self.grant(&asker, place, &offer, units, from_linger))
            }
            Placing::Full { offer, .. } if self.may_queue(session, request) => {
                self.note_proof(&asker, number, &offer);
                self.enqueue(session, number, answered_below, &offer, request)
            }
            Placing::Full { refusal, .. } | Placing::Refused { refusal, .. } => {
                self.refuse(session, number, answered_below, refusal, |answer| {
                    Event::CheckoutRefused {
                        session: answer.session,
                        number: answer.number,
                        answered_below: answer.below,
                        refusal: answer.refusal,
                    }
                })
            }
        }
    }

    /// A seat that the check-out was granted before: whoever asks again has not seen its proof, and
    /// the keys are asked once more.
    fn proven_again(&self, answer: Outcome, request: &Checkout) -> Outcome {
        let (Outcome::Granted(grant), Some(proofs)) = (&answer, &request.proofs) else {
            return answer;
        };
        let catalogue = self.engine.catalogue();
        let proof = catalogue
            .offer(&grant.licence, &grant.feature)
            .and_then(|offer| offer.feature.checkout_proof);
        if proof.is_none() || proofs.of(&grant.licence).is_some() {
            return answer;
        }
        Outcome::ProofNeeded {
            licence: grant.licence.clone(),
        }
    }

    /// Records what keys proved of a check-out.
    fn note_proof(&mut self, asker: &Asker, number: RequestNumber, offer: &Offer) {
        if offer.feature.checkout_proof.is_none() {
            return;
        }
        let proofs = asker.proving.proofs();
        if let Some(KeyAnswer::Proven(keys)) = proofs.and_then(|proofs| proofs.of(offer.licence()))
        {
            self.emit(Event::CheckoutProven {
                session: asker.session,
                number,
                licence: offer.licence().clone(),
                keys: keys.clone(),
            });
        }
    }

    /// Places a check-out behind everybody who waits.
    fn place_newcomer(
        &self,
        session: &Session,
        asker: &Asker,
        answered_below: RequestNumber,
        request: &Checkout,
    ) -> Placing {
        if let Some(refusal) = self.beyond_bounds(session, answered_below, request) {
            return Placing::Refused {
                lasting: true,
                refusal,
            };
        }
        let offers = self
            .engine
            .catalogue()
            .offers(&session.product, &request.feature);
        let held_back = self.held_back(&session.product, &request.feature, offers);
        self.place(offers, asker, &request.feature, request.units, &held_back)
    }

    /// The daemon's own bounds on seats and open requests.
    pub(super) fn beyond_bounds(
        &self,
        session: &Session,
        answered_below: RequestNumber,
        request: &Checkout,
    ) -> Option<Refusal> {
        let policy = &self.engine.policy;
        let state = &self.engine.state;
        let users =
            usize::try_from(state.sessions.counts(session.user).seats).unwrap_or(usize::MAX);
        for (held, max) in [
            (
                session.open_answers(answered_below),
                policy.requests_open_max,
            ),
            (session.seats.len(), policy.seats_per_session_max),
            (users, policy.seats_per_user_max),
            (state.seats.len(), policy.seats_max),
        ] {
            if reached(held, max) {
                return Some(Refusal {
                    feature: Some(request.feature.clone()),
                    limit: max,
                    in_use: u32::try_from(held).unwrap_or(u32::MAX),
                    requested: request.units,
                    ..Refusal::of(RefusalCode::TooManySeats)
                });
            }
        }
        None
    }

    /// Tries the offers in their order, first those that need no further units. What somebody
    /// earlier in the line waits for is held back from whoever would need further units.
    pub(super) fn place(
        &self,
        offers: &[Arc<Offer>],
        asker: &Asker,
        feature: &FeatureName,
        units: u32,
        held_back: &[bool],
    ) -> Placing {
        let mut free = None;
        let mut over = None;
        let mut full = None;
        let mut furthest: Option<Obstacle> = None;
        let mut hopeless = true;
        for (index, offer) in offers.iter().enumerate() {
            let refused = match self.room(offer, asker, units) {
                Room::None(obstacle) => obstacle,
                Room::Without { from_linger } => {
                    let offer = Arc::clone(offer);
                    return Placing::Seat { offer, from_linger };
                }
                Room::Free if !held_back.get(index).copied().unwrap_or(false) => {
                    free.get_or_insert(offer);
                    continue;
                }
                Room::Over if !held_back.get(index).copied().unwrap_or(false) => {
                    over.get_or_insert(offer);
                    continue;
                }
                Room::Free | Room::Over | Room::Full => {
                    full.get_or_insert(offer);
                    continue;
                }
            };
            hopeless &= refused.lasting;
            if furthest
                .as_ref()
                .is_none_or(|known| refused.rank > known.rank)
            {
                furthest = Some(refused);
            }
        }
        // What is free comes before what is granted over a limit.
        if let Some(offer) = free.or(over) {
            let offer = Arc::clone(offer);
            return Placing::Seat {
                offer,
                from_linger: None,
            };
        }
        if let Some(offer) = full {
            let refusal = self.exhausted(offer, offer.counted(units));
            return Placing::Full {
                offer: Arc::clone(offer),
                refusal,
            };
        }
        let mut refusal = furthest.map_or_else(
            || Refusal {
                feature: Some(feature.clone()),
                ..Refusal::of(RefusalCode::FeatureNotLicensed)
            },
            |obstacle| obstacle.refusal,
        );
        refusal.requested = units;
        Placing::Refused {
            lasting: hopeless,
            refusal,
        }
    }

    /// What one offer has for a check-out.
    pub(super) fn room(&self, offer: &Offer, asker: &Asker, units: u32) -> Room {
        if matches!(offer.feature.metric, Metric::Metered(_)) {
            return Room::None(use_not_offered(offer, "check-out"));
        }
        if let Some(obstacle) = obstacle(self.world(), offer, asker) {
            return Room::None(obstacle);
        }
        if offer.named_users().is_some() {
            return self.room_for_named(offer, asker);
        }
        let units = offer.counted(units);
        let limit = offer.allotment().units;
        let (further, from_linger) = self.further(offer, asker, units);
        if let Some(obstacle) = self.category_full(offer, asker, units, from_linger) {
            return Room::None(obstacle);
        }
        let then = self.in_use(offer).saturating_add(further);
        match further {
            0 => Room::Without { from_linger },
            _ if then <= limit => Room::Free,
            _ if u64::from(then) <= self.ceiling(offer) => Room::Over,
            _ if units <= limit => Room::Full,
            _ => Room::None(Obstacle {
                rank: RANK_EXHAUSTED,
                lasting: true,
                refusal: self.exhausted(offer, units),
            }),
        }
    }

    /// Units that a check-out would add to those in use, and the lingering seat that it takes over.
    fn further(&self, offer: &Offer, asker: &Asker, units: u32) -> (u32, Option<SeatId>) {
        let Some(pool) = self.pool_of(offer) else {
            return (units, None);
        };
        let group = asker.group(offer, SeatId(0));
        // Nobody knows who an unidentified caller is, so nobody's seat is his.
        let mine = asker.identified_for(offer) || !matches!(group, GroupKey::Seat(_));
        let lingering = mine
            .then(|| pool.lingering_for(owner(group, asker.user_for(offer)), units))
            .flatten();
        match group {
            GroupKey::Seat(_) if lingering.is_some() => (0, lingering),
            GroupKey::Seat(_) => (units, None),
            group => (units.saturating_sub(pool.counted(&group)), lingering),
        }
    }

    pub(super) fn pool_of(&self, offer: &Offer) -> Option<&Pool> {
        let state = &self.engine.state;
        let index = state
            .licences
            .get(offer.licence())?
            .pools
            .get(&offer.feature.name)?;
        state.seats.pool(*index)
    }

    pub(super) fn exhausted(&self, offer: &Offer, units: u32) -> Refusal {
        let product = &offer.terms.licence.product;
        let (code, expected, found) = self.why_exhausted(offer);
        Refusal {
            expected,
            found,
            licence: Some(offer.licence().clone()),
            feature: Some(offer.feature.name.clone()),
            limit: offer.allotment().units,
            in_use: self.in_use(offer),
            waiting: self
                .engine
                .state
                .queue
                .line_len(product, &offer.feature.name),
            requested: units,
            ..Refusal::of(code)
        }
    }

    /// Grants a seat under a check-out's number, at once or to one that waited.
    pub(super) fn grant(
        &mut self,
        asker: &Asker,
        (number, answered_below): (RequestNumber, RequestNumber),
        offer: &Offer,
        units: u32,
        from_linger: Option<SeatId>,
    ) -> Grant {
        let session = asker.session;
        let seat = SeatId(self.engine.state.seats.last + 1);
        let group = asker.group(offer, seat);
        let licence_digest = offer.terms.licence.digest();
        let before = self.in_use(offer);
        self.assign_at_first(offer, asker);
        self.emit(Event::SeatGranted {
            session,
            number,
            answered_below,
            seat,
            licence: offer.licence().clone(),
            licence_digest,
            feature: offer.feature.name.clone(),
            units,
            group,
            from_linger,
        });
        self.note_party(offer, asker, seat);
        if offer.terms.use_accepts {
            self.accept_by_use(offer.licence());
        }
        let overdrawn = self.note_overdraft(offer, asker, seat, before);
        self.note_outdated(offer, session);
        if !self.engine.state.queue.is_empty() {
            let shared = !matches!(group, GroupKey::Seat(_));
            if shared || self.in_use(offer) < before {
                let line = LineKey {
                    product: offer.terms.licence.product.clone(),
                    feature: offer.feature.name.clone(),
                };
                self.touch(line, if shared { Walk::Whole } else { Walk::Front });
            }
        }
        Grant {
            seat,
            number,
            licence: offer.licence().clone(),
            licence_digest,
            feature: offer.feature.name.clone(),
            units,
            ends_at: offer.ends_at,
            overdrawn,
        }
    }
}

fn proof_needed(offer: &Offer) -> Outcome {
    Outcome::ProofNeeded {
        licence: offer.licence().clone(),
    }
}
