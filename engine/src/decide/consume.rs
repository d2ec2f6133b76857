//! Amounts that are consumed: in all windows at once or in none, at once or after approval. What a
//! feature may consume is the smallest of what its windows leave; several licences that offer a
//! feature are asked in their order, first for what costs no overdraft, and one of them gives all.

use std::sync::Arc;

use octroi_licence::{
    CivilSeconds, DocumentDigest, FeatureName, LicenceId, Metered, ReservationDecision,
    ReservationId,
};

use super::{Turn, requests::reached};
use crate::{
    Actor, Beneficiary, Consumption, Epoch, Event, Notice, Outcome, Refusal, RefusalCode,
    RequestNumber, ReservationStatus, ReservationVerdict, SessionId, TextId, WindowView,
    catalogue::Offer,
    gauges::{self, Fit},
    ids::PoolKey,
    rules::{Asker, Obstacle, RANK_EXHAUSTED, obstacle, use_not_offered},
    state::{Meter, Reservation},
};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Consume {
    pub(super) feature: FeatureName,
    pub(super) amount: u64,
    pub(super) operation: Option<TextId>,
    pub(super) reservation: ReservationId,
    pub(super) beneficiary: Beneficiary,
}

impl Turn<'_> {
    pub(super) fn consume(
        &mut self,
        session: SessionId,
        epoch: Epoch,
        (number, answered_below): (RequestNumber, RequestNumber),
        request: &Consume,
    ) -> Outcome {
        if let Some(answered) = self.admitted(session, epoch, number, answered_below) {
            return answered.for_consumption();
        }
        match self.metered_offer(session, answered_below, request) {
            Ok((offer, fit)) => {
                let place = (session, number, answered_below);
                let deadline = gauges::metered(&offer).and_then(|one| one.approval_deadline);
                match deadline {
                    None => self.consume_from(place, &offer, fit, request),
                    Some(deadline) => {
                        let until = self.elapsed.after(deadline.millis());
                        let operation = self.operation_of(&offer, request.operation);
                        self.emit(Event::AmountReserved {
                            session,
                            number,
                            answered_below,
                            reservation: request.reservation,
                            licence: offer.licence().clone(),
                            licence_digest: offer.terms.licence.digest(),
                            feature: offer.feature.name.clone(),
                            amount: request.amount,
                            operation,
                            overdraft_until: fit.overdraft_until,
                            until,
                        });
                        Outcome::Reserved {
                            reservation: request.reservation,
                            status: ReservationStatus::Waiting,
                            until: Some(until),
                        }
                    }
                }
            }
            Err(refusal) => self.refuse(session, number, answered_below, *refusal, |answer| {
                Event::ConsumptionRefused {
                    session: answer.session,
                    number: answer.number,
                    answered_below: answer.below,
                    refusal: answer.refusal,
                }
            }),
        }
    }

    /// The offer that has room for an amount, or why none has.
    fn metered_offer(
        &self,
        session: SessionId,
        answered_below: RequestNumber,
        request: &Consume,
    ) -> Result<(Arc<Offer>, Fit), Box<Refusal>> {
        let state = &self.engine.state;
        let Some(open) = state.sessions.get(session) else {
            return Err(Box::new(Refusal::of(RefusalCode::SessionNotOpen)));
        };
        if !gauges::sensible(request.amount)
            || state.meters.reservations.contains_key(&request.reservation)
        {
            return Err(Box::new(Refusal::of(RefusalCode::RequestNotUnderstood)));
        }
        let policy = &self.engine.policy;
        let reservations = state.meters.reservations.len();
        for (held, max) in [
            (open.open_answers(answered_below), policy.requests_open_max),
            (reservations, policy.reservations_max),
        ] {
            if reached(held, max) {
                return Err(Box::new(Refusal {
                    feature: Some(request.feature.clone()),
                    limit: max,
                    in_use: u32::try_from(held).unwrap_or(u32::MAX),
                    ..Refusal::of(RefusalCode::TooManySeats)
                }));
            }
        }
        let asker = Asker::of(session, open, request.beneficiary.clone());
        let mut overdrawn = None;
        let mut furthest: Option<Obstacle> = None;
        for offer in self
            .engine
            .catalogue()
            .offers(&open.product, &request.feature)
        {
            let refused = match self.fit(offer, &asker, request.amount) {
                Ok(fit) if fit.excess == 0 => return Ok((Arc::clone(offer), fit)),
                Ok(fit) => {
                    overdrawn.get_or_insert((Arc::clone(offer), fit));
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
        overdrawn.ok_or_else(|| {
            let mut refusal = furthest.map_or_else(
                || Refusal {
                    feature: Some(request.feature.clone()),
                    ..Refusal::of(RefusalCode::FeatureNotLicensed)
                },
                |obstacle| obstacle.refusal,
            );
            refusal.requested = u32::try_from(request.amount).unwrap_or(u32::MAX);
            Box::new(refusal)
        })
    }

    fn fit(&self, offer: &Offer, asker: &Asker, amount: u64) -> Result<Fit, Box<Obstacle>> {
        if gauges::metered(offer).is_none() {
            return Err(Box::new(use_not_offered(offer, "consume")));
        }
        if let Some(obstacle) = obstacle(self.world(), offer, asker) {
            return Err(Box::new(obstacle));
        }
        let at = self.civil.seconds();
        let meter = self.meter(offer);
        let windows = gauges::windows(offer, meter, at);
        gauges::fit(offer, meter, &windows, (amount, at)).map_err(|refusal| {
            Box::new(Obstacle {
                rank: RANK_EXHAUSTED,
                lasting: true,
                refusal,
            })
        })
    }

    fn meter(&self, offer: &Offer) -> Option<&Meter> {
        self.engine.state.meters.get(&key_of(offer))
    }

    fn windows(&self, offer: &Offer) -> Vec<WindowView> {
        gauges::windows(offer, self.meter(offer), self.civil.seconds())
    }

    fn consume_from(
        &mut self,
        (session, number, answered_below): (SessionId, RequestNumber, RequestNumber),
        offer: &Offer,
        fit: Fit,
        request: &Consume,
    ) -> Outcome {
        let before = self.windows(offer);
        let consumption = Consumption {
            licence: offer.licence().clone(),
            licence_digest: offer.terms.licence.digest(),
            feature: offer.feature.name.clone(),
            amount: request.amount,
            excess: fit.excess,
        };
        let operation = self.operation_of(offer, request.operation);
        self.emit(Event::AmountConsumed {
            session,
            number,
            answered_below,
            licence: consumption.licence.clone(),
            licence_digest: consumption.licence_digest,
            feature: consumption.feature.clone(),
            amount: consumption.amount,
            excess: consumption.excess,
            windows: gauges::records(&before),
            overdraft_until: fit.overdraft_until,
            operation,
        });
        self.watch_sums(offer, &before, request.amount, operation);
        self.note_outdated(offer, session);
        Outcome::Consumed {
            consumption,
            windows: self.windows(offer),
        }
    }

    /// The operation to whose sum an amount is added, where the feature has operations announced. What
    /// names none counts by the month, and so does whatever there is no more room for.
    fn operation_of(&self, offer: &Offer, named: Option<TextId>) -> Option<TextId> {
        gauges::metered(offer)?.announce_above?;
        let meter = self.meter(offer);
        let known = meter.map_or(0, |meter| meter.operations.len());
        let room = !reached(known, self.engine.policy.operations_max);
        let kept =
            |id: &TextId| room || meter.is_some_and(|meter| meter.operations.contains_key(id));
        named.filter(kept).or_else(|| {
            let windows = self.windows(offer);
            windows.last().map(|month| gauges::unnamed(month.starts_at))
        })
    }

    /// What reached a threshold of its window, or went over what was announced.
    fn watch_sums(
        &mut self,
        offer: &Offer,
        before: &[WindowView],
        amount: u64,
        operation: Option<TextId>,
    ) {
        let (licence, feature) = (offer.licence(), &offer.feature.name);
        for window in before {
            let used = window.used.saturating_add(amount);
            for threshold in gauges::thresholds(offer, window) {
                if window.used < threshold && threshold <= used {
                    self.emit(Event::ThresholdCrossed {
                        licence: licence.clone(),
                        feature: feature.clone(),
                        window: gauges::record(window),
                        threshold,
                        used,
                    });
                }
            }
        }
        let announced_above = gauges::metered(offer).and_then(|one| one.announce_above);
        let Some((operation, above)) = operation.zip(announced_above) else {
            return;
        };
        let now = self.civil.seconds();
        let meter = self.meter(offer);
        let Some(one) = meter.and_then(|meter| meter.operations.get(&operation)) else {
            return;
        };
        let announced = one.announced.filter(|(_, until)| now < *until);
        let allowed = above.max(announced.map_or(0, |(amount, _)| amount));
        if one.used > allowed && !one.reported {
            let used = one.used;
            self.emit(Event::OperationUnannounced {
                licence: licence.clone(),
                feature: feature.clone(),
                operation,
                allowed,
                used,
            });
        }
    }

    /// The vendor's order about a reservation.
    pub(super) fn decide_reservation(
        &mut self,
        reservation: ReservationId,
        decision: ReservationDecision,
        order: DocumentDigest,
    ) {
        let verdict = match decision {
            ReservationDecision::Approved => ReservationVerdict::Approved,
            _ => ReservationVerdict::Refused,
        };
        self.settle_reservation(reservation, verdict, Some(order), Actor::Vendor);
    }

    pub(super) fn withdraw_reservation(
        &mut self,
        reservation: ReservationId,
        actor: Actor,
    ) -> Outcome {
        let reservations = &self.engine.state.meters.reservations;
        let Some(known) = reservations.get(&reservation) else {
            return Outcome::Refused(Refusal::of(RefusalCode::SeatNotHeld));
        };
        if known.waits() {
            let verdict = ReservationVerdict::Withdrawn;
            self.settle_reservation(reservation, verdict, None, actor);
        }
        Outcome::Done
    }

    /// What is approved is consumed in the windows of this moment, in which it was held until now.
    /// What is approved under a licence that no longer offers the feature is given back.
    fn settle_reservation(
        &mut self,
        id: ReservationId,
        verdict: ReservationVerdict,
        order: Option<DocumentDigest>,
        actor: Actor,
    ) {
        let reservations = &self.engine.state.meters.reservations;
        let Some(held) = reservations.get(&id).filter(|held| held.waits()).cloned() else {
            return;
        };
        self.engine.draw_up();
        let Reservation {
            key,
            amount,
            operation,
            session,
            number,
            ..
        } = held;
        let catalogue = self.engine.catalogue();
        let offer = catalogue.offer(&key.licence, &key.feature).map(Arc::clone);
        let approved = offer.filter(|offer| {
            verdict == ReservationVerdict::Approved && gauges::metered(offer).is_some()
        });
        let Some(offer) = approved else {
            let verdict = match verdict {
                ReservationVerdict::Approved => ReservationVerdict::Refused,
                given_back => given_back,
            };
            self.emit(Event::ReservationDecided {
                reservation: id,
                verdict,
                excess: 0,
                windows: Vec::new(),
                order,
                actor,
            });
            return self.tell_of_reservation(session, number, id);
        };
        let mut before = self.windows(&offer);
        for window in &mut before {
            window.held = window.held.saturating_sub(amount);
        }
        let room = before.iter().filter_map(WindowView::remaining).min();
        self.emit(Event::ReservationDecided {
            reservation: id,
            verdict,
            excess: room.map_or(0, |room| amount.saturating_sub(room)),
            windows: gauges::records(&before),
            order,
            actor,
        });
        self.watch_sums(&offer, &before, amount, operation);
        self.tell_of_reservation(session, number, id);
    }

    /// The time of a reservation is over: undecided it lapses, decided it is forgotten.
    pub(super) fn end_reservation(&mut self, id: ReservationId) {
        let reservations = &self.engine.state.meters.reservations;
        let Some(ended) = reservations.get(&id) else {
            return;
        };
        let (lapsed, session, number) = (ended.waits(), ended.session, ended.number);
        self.emit(Event::ReservationEnded {
            reservation: id,
            lapsed,
        });
        if lapsed {
            self.tell_of_reservation(session, number, id);
        }
    }

    fn tell_of_reservation(
        &mut self,
        session: SessionId,
        number: RequestNumber,
        reservation: ReservationId,
    ) {
        let state = &self.engine.state;
        let status = state
            .meters
            .reservations
            .get(&reservation)
            .map_or(ReservationStatus::Lapsed, |one| one.status);
        if state.sessions.get(session).is_some() {
            self.notify(
                session,
                Notice::ReservationDecided {
                    number,
                    reservation,
                    status,
                },
            );
        }
    }

    /// An administrator announces an operation.
    pub(super) fn announce(
        &mut self,
        (licence, feature): (LicenceId, FeatureName),
        operation: Option<TextId>,
        (amount, until): (u64, CivilSeconds),
        actor: Actor,
    ) -> Outcome {
        let refused = |code| {
            Outcome::Refused(Refusal {
                licence: Some(licence.clone()),
                feature: Some(feature.clone()),
                ..Refusal::of(code)
            })
        };
        let offer = self.engine.catalogue().offer(&licence, &feature);
        let Some(offer) = offer.map(Arc::clone) else {
            return refused(RefusalCode::FeatureNotLicensed);
        };
        if gauges::metered(&offer).is_none_or(|one: &Metered| one.announce_above.is_none()) {
            return Outcome::Refused(use_not_offered(&offer, "announce").refusal);
        }
        if !gauges::sensible(amount) || until <= self.civil.seconds() {
            return refused(RefusalCode::RequestNotUnderstood);
        }
        let last = CivilSeconds(until.0.saturating_sub(1));
        let month = || gauges::month_of(&offer, last).map(gauges::unnamed);
        let Some(operation) = operation.or_else(month) else {
            return refused(RefusalCode::RequestNotUnderstood);
        };
        let meter = self.meter(&offer);
        let known = meter.map_or(0, |meter| meter.operations.len());
        if reached(known, self.engine.policy.operations_max)
            && meter.is_none_or(|meter| !meter.operations.contains_key(&operation))
        {
            return refused(RefusalCode::TooManySeats);
        }
        self.emit(Event::OperationAnnounced {
            licence,
            feature,
            operation,
            amount,
            until,
            actor,
        });
        Outcome::Done
    }
}

pub(super) fn key_of(offer: &Offer) -> PoolKey {
    PoolKey {
        licence: offer.licence().clone(),
        feature: offer.feature.name.clone(),
    }
}
