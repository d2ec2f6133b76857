//! What a resume does to a session's state: the daemon's seats and the application's are compared, and
//! what was not answered is asked again. As pure as the state itself.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::{
    Lease, SeatEnd, SeatId,
    connection::{Daemon, Outgoing},
    lease::Disbelieved,
    pending::{Completion, Effects, Pending},
    proof::Proven,
    state::{Phase, State},
};

impl State {
    /// Goes on over a new stream: compares the seats, then asks again what was not answered.
    pub(crate) fn resumed(
        &mut self,
        proven: Proven,
        outgoing: Outgoing,
        daemon: Daemon,
        now: Duration,
    ) -> Effects {
        let mut effects = Effects::default();
        self.rules = proven.rules;
        self.epoch = proven.epoch;
        self.token = proven.token;
        self.resume_window = proven.resume_window;
        self.daemon = daemon;
        self.phase = Phase::Connected(outgoing);

        let application = Arc::clone(&self.settings);
        let mut leases: BTreeMap<SeatId, Result<Lease, Disbelieved>> = BTreeMap::new();
        for wire in &proven.seats {
            let verdict = self.rules.fresh(wire, &application);
            let shown = match &verdict {
                Ok(lease) => Some(lease.seat),
                Err(disbelieved) => disbelieved.seat,
            };
            leases.extend(shown.map(|seat| (seat, verdict)));
        }
        let held: Vec<SeatId> = self.seats.keys().copied().collect();
        for seat in held {
            match leases.remove(&seat) {
                Some(Ok(lease)) => self.renew(seat, lease, now),
                Some(Err(_)) => {
                    self.end_seat(seat, SeatEnd::Untrusted, &mut effects);
                    self.release_stray(seat);
                }
                None => self.end_seat(seat, SeatEnd::WhileDisconnected, &mut effects),
            }
        }
        self.seat_pending(&mut leases, now, &mut effects);
        self.ask_again(leases.into_keys());
        effects
    }

    fn renew(&mut self, seat: SeatId, mut lease: Lease, now: Duration) {
        if let Some(held) = self.seats.get(&seat) {
            held.view.send_modify(|view| {
                lease.proven_by.clone_from(&view.lease.proven_by);
                view.lease = Arc::new(lease);
                view.leased_at = now;
            });
        }
    }

    /// Check-outs whose grant was lost with the stream: the seats are there. What is not asked for
    /// again cannot have been forgotten either.
    fn seat_pending(
        &mut self,
        leases: &mut BTreeMap<SeatId, Result<Lease, Disbelieved>>,
        now: Duration,
        effects: &mut Effects,
    ) {
        let granted: Vec<Lease> = leases.values().flatten().cloned().collect();
        for lease in granted {
            let number = lease.checkout;
            if lease.wants_proof && self.is_wanted(number) {
                // Its proof comes when it is asked for again, under the same number.
                leases.remove(&lease.seat);
                continue;
            }
            let Some(checkout) = self.take_checkout(number) else {
                continue;
            };
            let seat = lease.seat;
            match self.as_asked(number, &checkout, lease) {
                Ok(lease) if checkout.reply.is_some() => {
                    leases.remove(&seat);
                    self.hold(checkout, lease, now, effects);
                }
                // Given up: the seat is one that nobody wants.
                Ok(_) => {}
                Err(disbelieved) => {
                    let error = disbelieved.why.into();
                    effects.done.extend(
                        checkout
                            .reply
                            .map(|reply| Completion::Checkout(reply, Err(error))),
                    );
                }
            }
        }
    }

    fn is_wanted(&self, number: u64) -> bool {
        matches!(
            self.pending.get(&number),
            Some(Pending::Checkout(checkout)) if checkout.reply.is_some()
        )
    }

    /// What must be proven for whoever asks again, by the documents that are known now. Without entropy
    /// the daemon refuses, and says why.
    fn draw_nonces(&mut self) {
        let mut lacking = Vec::new();
        for (number, pending) in &self.pending {
            if let Pending::Checkout(checkout) = pending
                && checkout.nonce.is_none()
                && let Ok(Some(nonce)) = self.nonce_for(&checkout.feature)
            {
                lacking.push((*number, nonce));
            }
        }
        for (number, nonce) in lacking {
            if let Some(Pending::Checkout(checkout)) = self.pending.get_mut(&number) {
                checkout.nonce = Some(nonce);
            }
        }
    }

    /// Asks what was not answered once more; `strays` are seats that the daemon holds for this
    /// session and nobody here wants.
    fn ask_again(&mut self, strays: impl Iterator<Item = SeatId>) {
        let mut cancelled = Vec::new();
        self.pending.retain(|number, pending| match pending {
            Pending::Checkout(checkout) if checkout.reply.is_none() => {
                if checkout.queued {
                    cancelled.push(*number);
                }
                false
            }
            _ => true,
        });
        self.draw_nonces();
        for (number, pending) in &self.pending {
            self.send(*number, pending.body());
        }
        for number in cancelled {
            self.cancel_wait(number);
        }
        for seat in strays {
            self.release_stray(seat);
        }
    }
}
