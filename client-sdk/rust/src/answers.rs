//! What the daemon's messages do to a session's state: answers by their request's number, events, and
//! the reconciliation after a resume. As pure as the state itself.

use std::{sync::Arc, time::Duration};

use octroi_licence::CivilSeconds;
use octroi_proto::licensing::v1::{
    self as wire, DaemonMessage, daemon_message::Body as Said, event::Kind,
};
use tokio::sync::watch;

use crate::{
    Consumption, Event, FeatureUse, Lease, Loss, Refusal, RefusalCode, ReservationDecision,
    SeatEnd, SeatId, Untrusted, Window,
    consumption::reservation_id,
    lease::Disbelieved,
    pending::{
        Completion, Effects, Granted, Held, Pending, PendingCheckout, PendingConsumption, Standing,
        Turn, View,
    },
    state::State,
};

impl State {
    /// Takes one message in; `now` is time since boot.
    pub(crate) fn heard(&mut self, message: DaemonMessage, now: Duration) -> Effects {
        let mut effects = Effects::default();
        let number = message.number;
        match message.body {
            Some(Said::Granted(granted)) => {
                let lease = granted.lease.unwrap_or_default();
                self.granted(number, &lease, now, &mut effects);
            }
            Some(Said::Released(_)) => self.released(number, &mut effects),
            Some(Said::Listed(listed)) => self.listed(number, &listed, &mut effects),
            Some(Said::Refused(refusal)) => {
                self.refused(
                    number,
                    Refusal::from_wire(&refusal, &self.settings.locale),
                    &mut effects,
                );
            }
            Some(Said::Borrowed(borrowed)) => self.lent(number, borrowed, now, &mut effects),
            Some(Said::Returned(returned)) => self.returned(number, &returned, &mut effects),
            Some(Said::Consumed(consumed)) => self.consumed(number, &consumed, &mut effects),
            Some(Said::Reserved(reserved)) => self.reserved(number, &reserved, &mut effects),
            Some(Said::Waiting(waiting)) => self.waiting(number, waiting, &mut effects),
            Some(Said::Event(event)) => {
                if let Some(kind) = event.kind {
                    self.happened(kind, now, &mut effects);
                }
            }
            // Welcome and Opened begin a stream and say nothing later on; Closed says only that
            // something was done; a body that this version does not know answers nothing that it
            // asked.
            Some(Said::Welcome(_) | Said::Opened(_) | Said::Closed(_)) | None => {}
        }
        effects
    }

    fn granted(&mut self, number: u64, wire: &wire::Lease, now: Duration, effects: &mut Effects) {
        let verdict = self.rules.fresh(wire, &self.settings);
        let Some(mut checkout) = self.take_checkout(number) else {
            // Granted to nobody: an answer that was given up, or invented.
            if let Ok(lease) = verdict {
                self.release_stray(lease.seat);
            }
            return;
        };
        let verdict = verdict
            .and_then(|lease| self.as_asked(number, &checkout, lease))
            .and_then(|lease| {
                let (proof, nonce) = (&wire.hardware_proof, checkout.nonce.as_ref());
                self.rules.proven(lease, proof, nonce, &self.daemon_key)
            });
        match verdict {
            Ok(lease) if checkout.reply.is_none() => self.release_stray(lease.seat),
            Ok(lease) => self.hold(checkout, lease, now, effects),
            Err(Disbelieved { why, .. })
                if why.may_be_outdated() && !checkout.refetched && self.token.is_some() =>
            {
                // The licence or its activation was replaced since the session was opened. The new
                // one comes with a resume, and the same question then has an answer that can be judged.
                checkout.refetched = true;
                self.pending.insert(number, Pending::Checkout(checkout));
                effects.turn = Turn::RefetchNow;
            }
            Err(Disbelieved { why, seat }) => {
                if let Some(seat) = seat {
                    self.release_stray(seat);
                }
                effects.done.extend(
                    checkout
                        .reply
                        .map(|reply| Completion::Checkout(reply, Err(why.into()))),
                );
            }
        }
    }

    /// A seat begins.
    pub(crate) fn hold(
        &mut self,
        checkout: PendingCheckout,
        lease: Lease,
        now: Duration,
        effects: &mut Effects,
    ) {
        let seat = lease.seat;
        let (view, watched) = watch::channel(View {
            lease: Arc::new(lease),
            leased_at: now,
            standing: Standing::Held,
        });
        let on_lost = Vec::new();
        self.seats.insert(seat, Held { view, on_lost });
        let granted = Granted {
            seat,
            view: watched,
        };
        let reply = checkout.reply;
        effects
            .done
            .extend(reply.map(|reply| Completion::Checkout(reply, Ok(granted))));
    }

    /// A lease that is believed must also be the one that was asked for.
    pub(crate) fn as_asked(
        &self,
        number: u64,
        asked: &PendingCheckout,
        lease: Lease,
    ) -> Result<Lease, Disbelieved> {
        let fields = [
            ("request number", lease.checkout == number),
            ("feature", lease.feature == asked.feature),
            ("units", lease.is_for(asked.units)),
            ("seat", !self.seats.contains_key(&lease.seat)),
        ];
        match fields.into_iter().find(|(_, same)| !same) {
            Some((field, _)) => Err(Disbelieved {
                why: Untrusted::LeaseMismatch { field },
                seat: Some(lease.seat),
            }),
            None => Ok(lease),
        }
    }

    /// Gives back a seat that the daemon believes in and the application does not have.
    pub(crate) fn release_stray(&mut self, seat: SeatId) {
        let on_its_way = self.pending.values().any(
            |pending| matches!(pending, Pending::Release { seat: other, .. } if *other == seat),
        );
        if !on_its_way && !self.seats.contains_key(&seat) {
            self.ask(Pending::Release { seat, reply: None });
        }
    }

    fn released(&mut self, number: u64, effects: &mut Effects) {
        if !matches!(self.pending.get(&number), Some(Pending::Release { .. })) {
            return;
        }
        if let Some(Pending::Release { reply, .. }) = self.pending.remove(&number) {
            effects
                .done
                .extend(reply.map(|reply| Completion::Release(reply, Ok(()))));
        }
    }

    pub(crate) fn take_checkout(&mut self, number: u64) -> Option<PendingCheckout> {
        match self.pending.remove(&number)? {
            Pending::Checkout(checkout) => Some(checkout),
            other => {
                self.pending.insert(number, other);
                None
            }
        }
    }

    fn take_consumption(&mut self, number: u64) -> Option<PendingConsumption> {
        match self.pending.remove(&number)? {
            Pending::Consumption(asked) => Some(asked),
            other => {
                self.pending.insert(number, other);
                None
            }
        }
    }

    fn consumed(&mut self, number: u64, wire: &wire::Consumed, effects: &mut Effects) {
        let Some(mut asked) = self.take_consumption(number) else {
            return;
        };
        let answer = match self.rules.consumed(wire, number, &asked, &self.settings) {
            Ok(consumed) => Ok(Consumption::Consumed(consumed)),
            Err(why) if why.may_be_outdated() && !asked.refetched && self.token.is_some() => {
                // As with a check-out: the same question is asked again once the documents are here,
                // and has the same answer.
                asked.refetched = true;
                self.pending.insert(number, Pending::Consumption(asked));
                effects.turn = Turn::RefetchNow;
                return;
            }
            Err(why) => Err(why.into()),
        };
        effects
            .done
            .push(Completion::Consumption(asked.reply, answer));
    }

    fn reserved(&mut self, number: u64, wire: &wire::Reserved, effects: &mut Effects) {
        let Some(asked) = self.take_consumption(number) else {
            return;
        };
        let answer = reservation_id(&wire.reservation)
            .map(Consumption::AwaitingApproval)
            .ok_or_else(|| {
                Untrusted::LeaseMalformed {
                    what: "reservation",
                }
                .into()
            });
        effects
            .done
            .push(Completion::Consumption(asked.reply, answer));
    }

    fn listed(&mut self, number: u64, listed: &wire::Listed, effects: &mut Effects) {
        if !matches!(self.pending.get(&number), Some(Pending::List { .. })) {
            return;
        }
        let Some(Pending::List { known, reply }) = self.pending.remove(&number) else {
            return;
        };
        let standing: Vec<(SeatId, u64)> = listed
            .seats
            .iter()
            .filter_map(|lease| self.rules.listed(lease).ok())
            .collect();
        for seat in known {
            if !standing.iter().any(|(held, _)| *held == seat) {
                self.end_seat(seat, SeatEnd::Other, effects);
            }
        }
        for (seat, checkout) in standing {
            if !self.pending.contains_key(&checkout) {
                self.release_stray(seat);
            }
        }
        let uses = listed.features.iter().filter_map(feature_use).collect();
        effects
            .done
            .extend(reply.map(|reply| Completion::List(reply, Ok(uses))));
    }

    fn refused(&mut self, number: u64, refusal: Refusal, effects: &mut Effects) {
        match refusal.code {
            RefusalCode::SessionUnknown | RefusalCode::SessionNotOpen => {
                effects.turn = Turn::Lost(Loss::Unknown);
                return;
            }
            RefusalCode::SessionSuperseded => {
                effects.turn = Turn::Lost(Loss::Superseded);
                return;
            }
            _ => {}
        }
        let Some(mut pending) = self.pending.remove(&number) else {
            return;
        };
        if refusal.code == RefusalCode::HardwareProofNotAsked
            && let Pending::Checkout(checkout) = &mut pending
            && !checkout.refetched
            && self.token.is_some()
        {
            // The licence has come to ask for a proof since the session was opened: it is asked for
            // anew once the application knows.
            checkout.refetched = true;
            effects.turn = Turn::RefetchNow;
            self.ask_again_later(pending);
            return;
        }
        if refusal.code == RefusalCode::ShuttingDown {
            self.ask_again_later(pending);
            return;
        }
        effects.done.extend(match pending {
            Pending::Checkout(checkout) => checkout
                .reply
                .map(|reply| Completion::Checkout(reply, Err(refusal.into()))),
            Pending::Release { reply, .. } => {
                // Not held is what was wanted.
                let outcome = match refusal.code {
                    RefusalCode::SeatNotHeld => Ok(()),
                    _ => Err(refusal.into()),
                };
                reply.map(|reply| Completion::Release(reply, outcome))
            }
            Pending::List { reply, .. } => {
                reply.map(|reply| Completion::List(reply, Err(refusal.into())))
            }
            Pending::Consumption(asked) => {
                Some(Completion::Consumption(asked.reply, Err(refusal.into())))
            }
            Pending::Borrow(asked) => Some(Completion::Borrow(asked.reply, Err(refusal.into()))),
            Pending::Return { reply, .. } => {
                // Not held is what was wanted.
                let outcome = match refusal.code {
                    RefusalCode::SeatNotHeld => Ok(None),
                    _ => Err(refusal.into()),
                };
                reply.map(|reply| Completion::Return(reply, outcome))
            }
        });
    }

    /// A stopping daemon comes back: under a new number, since the old one has its answer, the
    /// request goes out with the next stream.
    fn ask_again_later(&mut self, pending: Pending) {
        if matches!(&pending, Pending::Checkout(checkout) if checkout.reply.is_none()) {
            return;
        }
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        self.pending.insert(number, pending);
    }

    fn waiting(&mut self, number: u64, waiting: wire::Waiting, effects: &mut Effects) {
        let Some(Pending::Checkout(checkout)) = self.pending.get_mut(&number) else {
            return;
        };
        checkout.queued = true;
        if checkout.reply.is_some() {
            effects.events.push(Event::Waiting {
                feature: checkout.feature.clone(),
                place: waiting.place,
                deadline: Duration::from_millis(waiting.deadline_ms.into()),
            });
        }
    }

    fn happened(&mut self, kind: Kind, now: Duration, effects: &mut Effects) {
        let event = match kind {
            Kind::SeatRevoked(revoked) => self.revoked(revoked, now),
            Kind::SeatEnded(ended) => {
                let cause = SeatEnd::from_wire(ended.cause);
                self.end_seat(SeatId(ended.seat), cause, effects);
                None
            }
            Kind::LicenceEnding(ending) => ending.licence_id.parse().ok().map(|licence| {
                let ends_at = CivilSeconds(ending.ends_at_s);
                // A name that is none is not one of this application's features.
                let feature = ending.feature.parse().ok();
                Event::LicenceEnding {
                    licence,
                    feature,
                    ends_at,
                }
            }),
            Kind::HardwareKeyAway(away) => away.licence_id.parse().ok().map(|licence| {
                let budget_left = Duration::from_millis(away.budget_left_ms);
                Event::HardwareKeyAway {
                    licence,
                    budget_left,
                }
            }),
            Kind::HardwareKeyBack(back) => back
                .licence_id
                .parse()
                .ok()
                .map(|licence| Event::HardwareKeyBack { licence }),
            Kind::DocumentsChanged(changed) => {
                if self.token.is_some() {
                    effects.turn = Turn::RefetchSoon;
                }
                changed
                    .licence_id
                    .parse()
                    .ok()
                    .map(|licence| Event::DocumentsChanged { licence })
            }
            Kind::Resync(_) => {
                // Full of requests, the next listing or resume reconciles instead.
                self.list(None).unwrap_or_default();
                None
            }
            Kind::ReservationDecided(decided) => {
                let decision = ReservationDecision::from_wire(decided.status);
                reservation_id(&decided.reservation)
                    .zip(decision)
                    .map(|(reservation, decision)| Event::ReservationDecided {
                        reservation,
                        decision,
                    })
            }
            Kind::DaemonStopping(_) => Some(Event::DaemonStopping),
        };
        effects.events.extend(event);
    }

    fn revoked(&mut self, revoked: wire::SeatRevoked, now: Duration) -> Option<Event> {
        let seat = SeatId(revoked.seat);
        let hold = Duration::from_millis(revoked.hold_ms.into());
        let until = Standing::Revoked(now.saturating_add(hold));
        self.seats.get(&seat)?.stand(until);
        Some(Event::SeatRevoked { seat, hold })
    }
}

fn feature_use(wire: &wire::FeatureUse) -> Option<FeatureUse> {
    Some(FeatureUse {
        feature: wire.feature.parse().ok()?,
        licence: wire.licence_id.parse().ok()?,
        limit: wire.limit,
        in_use: wire.in_use,
        waiting: wire.waiting,
        overdrawn: wire.overdrawn,
        overdraft_open: wire.overdraft_open,
        overdraft_until: (wire.overdraft_until_s != 0)
            .then_some(CivilSeconds(wire.overdraft_until_s)),
        soft_limits_crossed: wire.soft_limits_crossed.clone(),
        windows: wire.windows.iter().filter_map(Window::from_wire).collect(),
        opens_at: (wire.opens_at_s != 0).then_some(CivilSeconds(wire.opens_at_s)),
    })
}
