//! What a session knows: its seats, the requests that are not answered yet, and what it believes
//! leases by. No socket, no clock, no waiting: messages and instants come in, messages and
//! [`Effects`] go out, and everything that runs foreign code happens after the lock is released.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use octroi_licence::{FeatureName, PublicKey};
use octroi_proto::licensing::v1::{self as wire, ClientMessage, client_message::Body as Ask};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::{
    CheckoutOptions, Error, Event, FeatureUse, SeatEnd, SeatId,
    client::Settings,
    connection::{Daemon, Outgoing},
    lease::LeaseRules,
    pending::{
        Answer, Callback, Completion, Effects, Granted, Held, Pending, PendingCheckout,
        PendingConsumption, Reply, Standing,
    },
    proof::{self, Before, Proven},
};

/// Requests that may be unanswered at one time. Releases are not counted: they only ever make room.
pub const REQUESTS_MAX: usize = 1024;

/// Answers that the daemon is made to keep for the sake of a check-out that waits.
const ANSWERS_KEPT_MAX: u64 = 512;

pub(crate) enum Phase {
    Connected(Outgoing),
    Away,
    Ended(Error),
}

pub(crate) struct State {
    pub(crate) settings: Arc<Settings>,
    pub(crate) phase: Phase,
    pub(crate) next_number: u64,
    pub(crate) pending: BTreeMap<u64, Pending>,
    pub(crate) seats: BTreeMap<SeatId, Held>,
    pub(crate) rules: LeaseRules,
    pub(crate) daemon_key: PublicKey,
    pub(crate) daemon: Daemon,
    pub(crate) epoch: u64,
    pub(crate) token: Option<Zeroizing<[u8; 32]>>,
    pub(crate) resume_window: Duration,
}

impl State {
    pub(crate) fn new(
        settings: Arc<Settings>,
        proven: Proven,
        outgoing: Outgoing,
        daemon: Daemon,
    ) -> Self {
        Self {
            settings,
            phase: Phase::Connected(outgoing),
            // Open was number 1.
            next_number: 2,
            pending: BTreeMap::new(),
            seats: BTreeMap::new(),
            rules: proven.rules,
            daemon_key: proven.daemon_key,
            daemon,
            epoch: proven.epoch,
            token: proven.token,
            resume_window: proven.resume_window,
        }
    }

    /// Asks for a seat; returns the ticket under which the check-out can be given up.
    pub(crate) fn checkout(
        &mut self,
        feature: FeatureName,
        options: CheckoutOptions,
        beneficiary: Option<wire::Beneficiary>,
    ) -> Result<(u64, Answer<Granted>), Error> {
        self.accepts_requests()?;
        if beneficiary.is_some() {
            self.daemon.must_know("beneficiary")?;
        }
        let nonce = self.nonce_for(&feature)?;
        if nonce.is_some() {
            self.daemon.must_know("hardware-proof")?;
        }
        let (reply, answer) = oneshot::channel();
        let ticket = self.next_number;
        self.ask(Pending::Checkout(PendingCheckout {
            ticket,
            feature,
            units: options.units.max(1),
            wait_ms: u32::try_from(options.wait.as_millis()).unwrap_or(u32::MAX),
            beneficiary,
            nonce,
            reply: Some(reply),
            queued: false,
            refetched: false,
        }));
        Ok((ticket, answer))
    }

    /// Asks for an amount.
    pub(crate) fn consume(&mut self, consumption: PendingConsumption) -> Result<(), Error> {
        self.accepts_requests()?;
        self.daemon.must_know("consume")?;
        self.ask(Pending::Consumption(consumption));
        Ok(())
    }

    /// Says whether the check-out stands in the daemon's queue.
    pub(crate) fn is_queued(&self, ticket: u64) -> bool {
        self.pending.values().any(|pending| {
            matches!(pending, Pending::Checkout(checkout) if checkout.ticket == ticket && checkout.queued)
        })
    }

    /// Fresh, where a licence wants each check-out of the feature proven by its hardware key.
    pub(crate) fn nonce_for(&self, feature: &FeatureName) -> Result<Option<[u8; 32]>, Error> {
        let wanted = self.rules.documents.want_proof(feature);
        wanted.then(proof::nonce).transpose()
    }

    /// Says whether the check-out's answer waits for a hardware key.
    pub(crate) fn is_proving(&self, ticket: u64) -> bool {
        self.pending.values().any(|pending| {
            matches!(pending, Pending::Checkout(checkout)
                if checkout.ticket == ticket && checkout.nonce.is_some() && !checkout.queued)
        })
    }

    /// Gives a check-out up: leaves the queue, and releases the seat should it still come.
    pub(crate) fn give_up(&mut self, ticket: u64) {
        let found = self
            .pending
            .iter_mut()
            .find_map(|(number, pending)| match pending {
                Pending::Checkout(checkout) if checkout.ticket == ticket => {
                    Some((*number, checkout))
                }
                _ => None,
            });
        let Some((number, checkout)) = found else {
            return;
        };
        checkout.reply = None;
        if checkout.wait_ms > 0 {
            self.cancel_wait(number);
        }
    }

    /// Asked without keeping it: the check-out's own answer says what came of it.
    pub(crate) fn cancel_wait(&mut self, checkout_number: u64) {
        let number = self.take_number();
        self.send(
            number,
            Ask::CancelWait(wire::CancelWait { checkout_number }),
        );
    }

    /// Gives a seat back. It is gone for the application at once, whatever the daemon says later.
    pub(crate) fn release(&mut self, seat: SeatId, reply: Option<Reply<()>>) -> Effects {
        let mut effects = Effects::default();
        let Some(held) = self.seats.remove(&seat) else {
            effects
                .done
                .extend(reply.map(|reply| Completion::Release(reply, Ok(()))));
            return effects;
        };
        held.stand(Standing::Ended(SeatEnd::Released));
        if matches!(self.phase, Phase::Ended(_)) {
            effects
                .done
                .extend(reply.map(|reply| Completion::Release(reply, Ok(()))));
        } else {
            self.ask(Pending::Release { seat, reply });
        }
        effects
    }

    /// The application has stopped using a revoked seat. Says whether there was one.
    pub(crate) fn acknowledge(&mut self, seat: SeatId) -> bool {
        let revoked = self
            .seats
            .get(&seat)
            .is_some_and(|held| matches!(held.view.borrow().standing, Standing::Revoked(_)));
        if revoked && let Some(held) = self.seats.remove(&seat) {
            held.stand(Standing::Ended(SeatEnd::Revoked));
            self.send(0, Ask::Acknowledge(wire::Acknowledge { seat: seat.0 }));
        }
        revoked
    }

    /// Remembers whom to tell that a seat is gone; hands the callback back where it already is.
    pub(crate) fn on_lost(&mut self, seat: SeatId, callback: Callback) -> Option<Callback> {
        match self.seats.get_mut(&seat) {
            Some(held) => {
                held.on_lost.push(callback);
                None
            }
            None => Some(callback),
        }
    }

    pub(crate) fn list(&mut self, reply: Option<Reply<Vec<FeatureUse>>>) -> Result<(), Error> {
        self.accepts_requests()?;
        let known = self.seats.keys().copied().collect();
        self.ask(Pending::List { known, reply });
        Ok(())
    }

    /// Returns the number under which it is answered.
    pub(crate) fn goodbye(&mut self) -> u64 {
        let number = self.take_number();
        self.send(number, Ask::Goodbye(wire::Goodbye {}));
        number
    }

    /// The transport is gone; what is asked from now on waits.
    pub(crate) fn disconnected(&mut self) {
        if matches!(self.phase, Phase::Connected(_)) {
            self.phase = Phase::Away;
        }
    }

    /// The session is over: everybody who waits is told, every seat ends.
    pub(crate) fn end(&mut self, error: &Error) -> Effects {
        let mut effects = Effects::default();
        if matches!(self.phase, Phase::Ended(_)) {
            return effects;
        }
        self.phase = Phase::Ended(error.clone());
        for pending in std::mem::take(&mut self.pending).into_values() {
            let error = error.clone();
            effects.done.extend(match pending {
                Pending::Checkout(checkout) => checkout
                    .reply
                    .map(|reply| Completion::Checkout(reply, Err(error))),
                // The seat is free either way.
                Pending::Release { reply, .. } => {
                    reply.map(|reply| Completion::Release(reply, Ok(())))
                }
                Pending::List { reply, .. } => {
                    reply.map(|reply| Completion::List(reply, Err(error)))
                }
                Pending::Consumption(asked) => {
                    Some(Completion::Consumption(asked.reply, Err(error)))
                }
                Pending::Borrow(asked) => Some(Completion::Borrow(asked.reply, Err(error))),
                Pending::Return { reply, .. } => {
                    reply.map(|reply| Completion::Return(reply, Err(error)))
                }
            });
        }
        let seats: Vec<SeatId> = self.seats.keys().copied().collect();
        for seat in seats {
            self.end_seat(seat, SeatEnd::SessionEnded, &mut effects);
        }
        if let Error::SessionLost { why } = error {
            effects.events.push(Event::SessionLost { why: why.clone() });
        }
        effects
    }

    pub(crate) fn end_seat(&mut self, seat: SeatId, cause: SeatEnd, effects: &mut Effects) {
        let Some(held) = self.seats.remove(&seat) else {
            return;
        };
        held.stand(Standing::Ended(cause));
        effects.events.push(Event::SeatEnded { seat, cause });
        let told = held.on_lost.into_iter();
        effects
            .done
            .extend(told.map(|callback| Completion::Lost(callback, cause)));
    }

    /// What a Resume must show and be compared with. `None`: the session cannot be resumed.
    pub(crate) fn resumption(&mut self) -> Option<(Zeroizing<[u8; 32]>, u64, Before)> {
        let token = self.token.clone()?;
        // A number of its own each time: each attempt asks under fresh keys.
        let number = self.take_number();
        let before = Before {
            daemon_key: self.daemon_key,
            epoch: self.epoch,
            documents: self.rules.documents.clone(),
        };
        Some((token, number, before))
    }

    pub(crate) fn reconnect_window(&self) -> Duration {
        self.resume_window
            .max(self.rules.documents.resume_window())
            .max(self.settings.reconnect_for)
    }

    pub(crate) fn accepts_requests(&self) -> Result<(), Error> {
        if let Phase::Ended(error) = &self.phase {
            return Err(error.clone());
        }
        if self.pending.len() >= REQUESTS_MAX {
            return Err(Error::TooManyRequests { max: REQUESTS_MAX });
        }
        Ok(())
    }

    fn take_number(&mut self) -> u64 {
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        number
    }

    pub(crate) fn ask(&mut self, pending: Pending) {
        let number = self.take_number();
        let body = pending.body();
        self.pending.insert(number, pending);
        self.send(number, body);
    }

    /// Sends where there is a stream; a request that is kept goes out with the next one.
    pub(crate) fn send(&self, number: u64, body: Ask) {
        let Phase::Connected(outgoing) = &self.phase else {
            return;
        };
        let message = ClientMessage {
            number,
            answered_below: self.answered_below(),
            body: Some(body),
        };
        // A broken stream is noticed where it is read.
        outgoing.send(message).unwrap_or_default();
    }
}

impl State {
    /// Below this, every answer has come. A check-out that waits for long would keep the daemon from
    /// forgetting any answer after it until the session may ask nothing more, so beyond a span it is
    /// passed over: a seat that it gets is found among the session's seats after a resume.
    fn answered_below(&self) -> u64 {
        let next = self.next_number;
        let exact = self.pending.keys().next().copied().unwrap_or(next);
        if next.saturating_sub(exact) <= ANSWERS_KEPT_MAX {
            return exact;
        }
        self.pending
            .iter()
            .find(|(_, pending)| !matches!(pending, Pending::Checkout(checkout) if checkout.queued))
            .map_or(next, |(number, _)| *number)
    }
}
