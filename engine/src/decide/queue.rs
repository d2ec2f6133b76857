//! Lines of check-outs that wait. First come, first served: whoever needs further units is never
//! served before somebody earlier in the line who could use them; whoever needs none — his group
//! counts already, or his own seat lingers — takes nothing from anybody and is served at once.

use std::sync::Arc;

use octroi_licence::{AssignmentId, FeatureName, ProductId, Seconds};

use super::{
    Turn, Walk,
    checkout::{Checkout, Placing, Room},
};
use crate::{
    Beneficiary, Epoch, Event, Notice, Outcome, Refusal, RefusalCode, RequestNumber, SeatId,
    SessionId, WaitEnd,
    catalogue::Offer,
    rules::{Asker, Proving},
    state::{Answer, LineKey, Waiter},
};

impl Turn<'_> {
    pub(super) fn may_queue(&self, session: SessionId, request: &Checkout) -> bool {
        let state = &self.engine.state;
        let Some(session) = state.sessions.get(session) else {
            return false;
        };
        let line = state.queue.line_len(&session.product, &request.feature);
        request.wait_ms > 0 && line < self.engine.policy.queue_max
    }

    pub(super) fn enqueue(
        &mut self,
        session: SessionId,
        number: RequestNumber,
        answered_below: RequestNumber,
        offer: &Offer,
        request: &Checkout,
    ) -> Outcome {
        let longest = offer.feature.queue_max.map_or(u64::MAX, Seconds::millis);
        let wait_ms = u64::from(request.wait_ms).min(longest);
        let deadline = self.elapsed.after(wait_ms);
        self.note_claim(session, number, request);
        self.emit(Event::CheckoutQueued {
            session,
            number,
            answered_below,
            licence: offer.licence().clone(),
            feature: request.feature.clone(),
            units: request.units.max(1),
            deadline,
        });
        let ticket = self.engine.state.records;
        let place = self.engine.state.queue.place(ticket).unwrap_or(u32::MAX);
        Outcome::Waiting { place, deadline }
    }

    pub(super) fn cancel_wait(
        &mut self,
        session: SessionId,
        epoch: Epoch,
        checkout: RequestNumber,
    ) -> Outcome {
        if let Err(refusal) = self.speaks(session, epoch) {
            return Outcome::Refused(refusal);
        }
        let answer = self
            .engine
            .state
            .sessions
            .get(session)
            .and_then(|state| state.answer(checkout));
        match answer {
            None => Outcome::Refused(Refusal::of(RefusalCode::RequestOutOfOrder)),
            Some(Answer::Waiting(ticket)) => {
                let ticket = *ticket;
                self.end_wait(
                    ticket,
                    WaitEnd::Cancelled,
                    Refusal::of(RefusalCode::QueueCancelled),
                );
                Outcome::Done
            }
            Some(_) => Outcome::Done,
        }
    }

    /// A check-out leaves its line without a seat; its session is told, unless it is the session
    /// that ends.
    pub(super) fn end_wait(&mut self, ticket: u64, cause: WaitEnd, mut refusal: Refusal) {
        let Some(waiter) = self.engine.state.queue.get(ticket) else {
            return;
        };
        let Waiter {
            session,
            number,
            product,
            feature,
            licence,
            units,
            ..
        } = waiter.clone();
        refusal.licence.get_or_insert(licence);
        refusal.feature.get_or_insert_with(|| feature.clone());
        refusal.requested = units;
        self.emit(Event::WaitEnded {
            session,
            number,
            cause,
            refusal: refusal.clone(),
        });
        if cause != WaitEnd::SessionEnded {
            self.notify(session, Notice::WaitRefused { number, refusal });
        }
        self.touch(LineKey { product, feature }, Walk::Front);
    }

    /// Which offers are held back from whoever joins the line at its end.
    pub(super) fn held_back(
        &self,
        product: &ProductId,
        feature: &FeatureName,
        offers: &[Arc<Offer>],
    ) -> Vec<bool> {
        let Some(line) = self.engine.state.queue.line(product, feature) else {
            return Vec::new();
        };
        let mut held_back = vec![false; offers.len()];
        for ticket in line {
            if held_back.iter().all(|held| *held) {
                break;
            }
            if let Some((asker, units)) = self.waiting(*ticket) {
                self.hold_back(offers, &asker, units, &mut held_back);
            }
        }
        held_back
    }

    /// Holds back what this check-out may use as soon as units come free.
    fn hold_back(&self, offers: &[Arc<Offer>], asker: &Asker, units: u32, held_back: &mut [bool]) {
        for (offer, held) in offers.iter().zip(held_back) {
            *held = *held
                || (offer.counted(units) <= offer.allotment().units
                    && !matches!(self.room(offer, asker, units), Room::None(_)));
        }
    }

    fn waiting(&self, ticket: u64) -> Option<(Asker, u32)> {
        let state = &self.engine.state;
        let waiter = state.queue.get(ticket)?;
        let session = state.sessions.get(waiter.session)?;
        let claim = state.parties.claims.get(&(waiter.session, waiter.number));
        let beneficiary = claim.map_or_else(|| Beneficiary::own(AssignmentId([0; 16])), Into::into);
        let mut asker = Asker::of(waiter.session, session, beneficiary);
        if let Some(proofs) = state.proven.of(waiter.session, waiter.number) {
            asker.proving = Proving::Settled(proofs);
        }
        Some((asker, waiter.units))
    }

    /// Serves every line in which somebody may have become able to be served.
    pub(super) fn serve(&mut self) {
        while let Some((line, walk)) = self.lines.pop_first() {
            self.engine.draw_up();
            self.serve_line(&line, walk);
        }
    }

    fn serve_line(&mut self, line: &LineKey, walk: Walk) {
        // Serving changes no document, so the offers stay as they are.
        let offers = self
            .engine
            .catalogue()
            .offers(&line.product, &line.feature)
            .to_vec();
        let mut held_back = vec![false; offers.len()];
        let mut next = 0;
        loop {
            let all_held = held_back.iter().all(|held| *held);
            if all_held && walk == Walk::Front {
                return;
            }
            let tickets = self.engine.state.queue.line(&line.product, &line.feature);
            // Tickets rise along the line, so the next one is found again after others have left.
            let Some(ticket) = tickets.and_then(|line| {
                line.get(line.partition_point(|ticket| *ticket < next))
                    .copied()
            }) else {
                return;
            };
            next = ticket + 1;
            let Some((asker, units)) = self.waiting(ticket) else {
                continue;
            };
            match self.place(&offers, &asker, &line.feature, units, &held_back) {
                Placing::Seat { offer, from_linger } => {
                    self.grant_waiting(ticket, &asker, &offer, from_linger);
                }
                Placing::Full { .. } => self.hold_back(&offers, &asker, units, &mut held_back),
                Placing::Refused { .. } => {}
            }
        }
    }

    fn grant_waiting(
        &mut self,
        ticket: u64,
        asker: &Asker,
        offer: &Offer,
        from_linger: Option<SeatId>,
    ) {
        let session = self.engine.state.sessions.get(asker.session);
        let Some((waiter, session)) = self.engine.state.queue.get(ticket).zip(session) else {
            return;
        };
        let (place, units) = ((waiter.number, session.below), offer.counted(waiter.units));
        let grant = self.grant(asker, place, offer, units, from_linger);
        self.notify(asker.session, Notice::Granted(grant));
    }

    /// Tells those who wait for a product's features that they will get none, where that is so.
    pub(super) fn refuse_waiters(&mut self, product: &ProductId) {
        self.engine.draw_up();
        let tickets: Vec<u64> = self
            .engine
            .state
            .queue
            .iter()
            .filter(|(_, waiter)| waiter.product == *product)
            .map(|(ticket, _)| ticket)
            .collect();
        for ticket in tickets {
            let Some((asker, units)) = self.waiting(ticket) else {
                continue;
            };
            let Some(waiter) = self.engine.state.queue.get(ticket) else {
                continue;
            };
            let feature = waiter.feature.clone();
            let offers = self.engine.catalogue().offers(product, &feature);
            let placing = self.place(offers, &asker, &feature, units, &[]);
            if let Placing::Refused {
                lasting: true,
                refusal,
            } = placing
            {
                self.end_wait(ticket, WaitEnd::Refused, refusal);
            }
        }
    }
}
