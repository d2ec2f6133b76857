//! Amounts, reservations, borrowed seats and containers, walked in sections of their own: numbers 20
//! to 29, each only where it is not empty.

use super::Walk;
use crate::state::{Answer, Borrowed, Meter, Reservation, State};

impl Walk {
    pub(super) fn metered(&mut self, state: &State) {
        if !state.meters.by_key.is_empty() {
            self.section(20);
            self.sequence(state.meters.by_key.iter(), |walk, (key, meter)| {
                walk.text(key.licence.as_str());
                walk.text(key.feature.as_str());
                walk.meter(meter);
            });
        }
        if !state.meters.reservations.is_empty() {
            self.section(21);
            self.sequence(
                state.meters.reservations.iter(),
                |walk, (id, reservation)| {
                    walk.bytes(&id.0);
                    walk.reservation(reservation);
                },
            );
        }
        if !state.borrows.is_empty() {
            self.section(22);
            self.sequence(state.borrows.iter(), |walk, (id, borrowed)| {
                walk.bytes(&id.0);
                walk.borrowed(borrowed);
            });
        }
        let contained = || {
            let sessions = state.sessions.iter();
            sessions.filter_map(|(id, session)| Some((id, session.container?)))
        };
        if contained().next().is_some() {
            self.section(23);
            self.sequence(contained(), |walk, (session, contained)| {
                walk.bytes(&session.0);
                walk.bytes(&contained.container.0);
                walk.bytes(&contained.user.0);
            });
        }
    }

    pub(super) fn usage_answer(&mut self, answer: &Answer) {
        match answer {
            Answer::Consumed(consumption) => {
                self.choice(5);
                self.text(consumption.licence.as_str());
                self.bytes(consumption.licence_digest.as_bytes());
                self.text(consumption.feature.as_str());
                self.number(consumption.amount);
                self.number(consumption.excess);
            }
            Answer::Reserved(reservation) => {
                self.choice(6);
                self.bytes(&reservation.0);
            }
            Answer::Borrowed(borrow) => {
                self.choice(7);
                self.bytes(&borrow.0);
            }
            Answer::Returned(borrow, until) => {
                self.choice(8);
                self.bytes(&borrow.0);
                self.date(*until);
            }
            Answer::Granted(_) | Answer::Waiting(_) | Answer::Released(_) | Answer::Refused(_) => {}
        }
    }

    fn meter(&mut self, meter: &Meter) {
        self.sequence(meter.windows.iter(), |walk, ((span, starts_at), window)| {
            walk.number(span.number());
            walk.date(*starts_at);
            walk.date(window.ends_at);
            walk.number(window.used);
            walk.number(window.excess);
        });
        self.number(meter.held);
        self.option(meter.overdraft_until, Self::date);
        self.sequence(meter.operations.iter(), |walk, (id, operation)| {
            walk.bytes(&id.0);
            walk.number(operation.used);
            walk.date(operation.month);
            walk.option(operation.announced, |walk, (amount, until)| {
                walk.number(amount);
                walk.date(until);
            });
            walk.flag(operation.reported);
        });
    }

    fn reservation(&mut self, reservation: &Reservation) {
        self.bytes(&reservation.session.0);
        self.number(reservation.number.0);
        self.bytes(&reservation.user.0);
        self.text(reservation.key.licence.as_str());
        self.text(reservation.key.feature.as_str());
        self.bytes(reservation.licence_digest.as_bytes());
        self.number(reservation.amount);
        self.option(reservation.operation, |walk, id| walk.bytes(&id.0));
        self.elapsed(reservation.until);
        self.number(reservation.status.number());
    }

    fn borrowed(&mut self, borrowed: &Borrowed) {
        self.number(borrowed.seat.0);
        self.bytes(&borrowed.user.0);
        self.text(borrowed.product.as_str());
        self.date(borrowed.until);
        self.date(borrowed.longest);
        self.flag(borrowed.returned);
    }
}
