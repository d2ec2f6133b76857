//! What time does to the model, and whom it lets in.

use octroi_engine::RefusalCode;

use super::{END_S, LAPSE_S, Model, Place, Status, Waiter, counted, rank};

impl Model {
    /// Serves everybody in the line who can be served, from the front, until nobody can.
    pub(crate) fn serve(&mut self) {
        let mut next = 0;
        while let Some(waiter) = self.line.get(next).cloned() {
            let asker = self.session(waiter.session).unwrap().clone();
            let ahead = self.line[..next].to_vec();
            match self.place(&asker, waiter.feature, waiter.units, &ahead) {
                Place::Seat { licence, takes } => {
                    self.line.remove(next);
                    let Waiter {
                        number,
                        feature,
                        units,
                        ..
                    } = waiter;
                    let units = counted(feature, units);
                    self.grant(&asker, number, licence, feature, units, takes);
                    next = 0;
                }
                Place::Full | Place::Refused { .. } => next += 1,
            }
        }
    }

    /// What time has made due, the earliest first; whoever waits is served after each.
    pub(crate) fn expire(&mut self) {
        while let Some((_, _, due)) = self.due().into_iter().min_by_key(|due| (due.0, due.1)) {
            match due {
                Due::Linger(order) | Due::Hold(order) => {
                    self.seats.retain(|seat| seat.order != order);
                }
                Due::Wait(id, number) => {
                    self.end_wait(id, number, RefusalCode::QueueDeadlinePassed);
                }
                Due::Detached(id) => self.end_session(id),
                Due::Lapse => self.key_absent(),
                Due::Spend => self.spend(),
            }
            self.serve();
        }
        if self.now >= END_S && self.seats.iter().any(|seat| seat.licence == 0) {
            self.seats.retain(|seat| seat.licence != 0);
        }
        if self.now >= END_S {
            self.turn_away();
        }
        self.serve();
    }

    /// (when, kind and id, what)
    fn due(&self) -> Vec<(u64, (u8, u64), Due)> {
        let mut due = Vec::new();
        for seat in &self.seats {
            match seat.status {
                Status::Held => {}
                Status::Lingering(at) => due.push((at, (0, seat.order), Due::Linger(seat.order))),
                Status::Revoked(at) => due.push((at, (1, seat.order), Due::Hold(seat.order))),
            }
        }
        for (index, waiter) in self.line.iter().enumerate() {
            let id = (2, u64::try_from(index).unwrap());
            due.push((
                waiter.deadline,
                id,
                Due::Wait(waiter.session, waiter.number),
            ));
        }
        for session in &self.sessions {
            if let Some(at) = session.detached_until {
                due.push((at, (3, rank(session.id)), Due::Detached(session.id)));
            }
        }
        if let Some(proven) = self.proven {
            due.push((proven + LAPSE_S, (4, 0), Due::Lapse));
        }
        if let Some(at) = self.spent_at() {
            due.push((at, (5, 0), Due::Spend));
        }
        due.retain(|(at, _, _)| *at <= self.now);
        due
    }
}

enum Due {
    Linger(u64),
    Hold(u64),
    Wait(u64, u64),
    Detached(u64),
    Lapse,
    Spend,
}
