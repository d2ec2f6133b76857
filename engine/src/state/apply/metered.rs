//! The records about amounts, borrowed seats, maintenance and containers, folded.

use octroi_licence::{BorrowId, DocumentDigest, ReservationId};

use crate::{
    Consumption, Contained, Event, Record, ReservationStatus, ReservationVerdict, SeatStatus,
    ids::PoolKey,
    state::{Answer, Borrowed, Reservation, Seat, State, Taken, Timer},
};

impl State {
    pub(in crate::state) fn apply_to_meter(&mut self, event: &Event) {
        match event {
            Event::AmountConsumed { .. } => self.apply_consumption(event),
            Event::AmountReserved { .. } => self.apply_reservation(event),
            Event::ReservationDecided { .. } => self.apply_verdict(event),
            Event::ConsumptionRefused {
                session,
                number,
                answered_below,
                refusal,
            }
            | Event::BorrowRefused {
                session,
                number,
                answered_below,
                refusal,
            } => {
                let answer = Answer::Refused(Box::new(refusal.clone()));
                self.remember(*session, *number, *answered_below, answer);
            }
            Event::ReservationEnded { reservation, .. } => self.forget_reservation(*reservation),
            Event::OperationAnnounced {
                licence,
                feature,
                operation,
                amount,
                until,
                ..
            } => {
                let key = PoolKey {
                    licence: licence.clone(),
                    feature: feature.clone(),
                };
                let meter = self.meters.by_key.entry(key).or_default();
                let operation = meter.operations.entry(*operation).or_default();
                operation.announced = Some((*amount, *until));
                operation.reported = false;
            }
            Event::OperationUnannounced {
                licence,
                feature,
                operation,
                ..
            } => {
                let key = PoolKey {
                    licence: licence.clone(),
                    feature: feature.clone(),
                };
                let meter = self.meters.by_key.get_mut(&key);
                if let Some(one) = meter.and_then(|meter| meter.operations.get_mut(operation)) {
                    one.reported = true;
                }
            }
            _ => {}
        }
    }

    fn apply_consumption(&mut self, event: &Event) {
        let Event::AmountConsumed {
            session,
            number,
            answered_below,
            licence,
            licence_digest,
            feature,
            amount,
            excess,
            windows,
            overdraft_until,
            operation,
        } = event
        else {
            return;
        };
        let key = PoolKey {
            licence: licence.clone(),
            feature: feature.clone(),
        };
        self.meters
            .consume(&key, (*amount, *excess), windows, *operation);
        self.overdraw(&key, *overdraft_until);
        let answer = Answer::Consumed(Box::new(Consumption {
            licence: licence.clone(),
            licence_digest: *licence_digest,
            feature: feature.clone(),
            amount: *amount,
            excess: *excess,
        }));
        self.remember(*session, *number, *answered_below, answer);
    }

    fn overdraw(&mut self, key: &PoolKey, until: Option<octroi_licence::CivilSeconds>) {
        if until.is_some()
            && let Some(meter) = self.meters.by_key.get_mut(key)
        {
            meter.overdraft_until = until;
        }
    }

    fn apply_reservation(&mut self, event: &Event) {
        let Event::AmountReserved {
            session,
            number,
            answered_below,
            reservation,
            licence,
            licence_digest,
            feature,
            amount,
            operation,
            overdraft_until,
            until,
        } = event
        else {
            return;
        };
        let Some(user) = self.sessions.get(*session).map(|state| state.user) else {
            return;
        };
        let held = Reservation {
            session: *session,
            number: *number,
            user,
            key: PoolKey {
                licence: licence.clone(),
                feature: feature.clone(),
            },
            licence_digest: *licence_digest,
            amount: *amount,
            operation: *operation,
            until: *until,
            status: ReservationStatus::Waiting,
        };
        let key = held.key.clone();
        self.forget_reservation(*reservation);
        self.meters.reserve(*reservation, held);
        self.overdraw(&key, *overdraft_until);
        self.timers
            .insert((*until, Timer::Reservation(*reservation)));
        let answer = Answer::Reserved(*reservation);
        self.remember(*session, *number, *answered_below, answer);
    }

    fn forget_reservation(&mut self, id: ReservationId) {
        self.meters.decide(id, ReservationStatus::Lapsed);
        if let Some(ended) = self.meters.reservations.remove(&id) {
            self.timers.remove(&(ended.until, Timer::Reservation(id)));
        }
    }

    fn apply_verdict(&mut self, event: &Event) {
        let Event::ReservationDecided {
            reservation,
            verdict,
            excess,
            windows,
            order,
            ..
        } = event
        else {
            return;
        };
        let status = match verdict {
            ReservationVerdict::Approved => ReservationStatus::Approved,
            ReservationVerdict::Refused => ReservationStatus::Refused,
            ReservationVerdict::Withdrawn => ReservationStatus::Withdrawn,
        };
        let Some(decided) = self.meters.decide(*reservation, status) else {
            return;
        };
        if *verdict == ReservationVerdict::Approved {
            let amounts = (decided.amount, *excess);
            self.meters
                .consume(&decided.key, amounts, windows, decided.operation);
        }
        self.order_carried_out(order.as_ref());
    }

    pub(in crate::state) fn apply_to_borrow(&mut self, record: &Record) {
        match &record.event {
            Event::SeatBorrowed { .. } => self.apply_loan(record),
            Event::BorrowRenewed {
                session,
                number,
                answered_below,
                borrow,
                licence_digest,
                until,
            } => {
                if let Some(seat) = self.borrows.renew(*borrow, *until) {
                    self.seats.lend(seat, *until, *licence_digest);
                }
                let answer = Answer::Borrowed(*borrow);
                self.remember(*session, *number, *answered_below, answer);
            }
            Event::BorrowReturned {
                session,
                number,
                answered_below,
                borrow,
            } => {
                if let Some(until) = self.borrows.give_back(*borrow) {
                    let answer = Answer::Returned(*borrow, until);
                    self.remember(*session, *number, *answered_below, answer);
                }
            }
            Event::BorrowRecalled { borrow, .. } => {
                self.borrows.give_back(*borrow);
            }
            Event::BorrowEnded { borrow, order, .. } => {
                self.forget_borrow(*borrow);
                self.order_carried_out(order.as_ref());
            }
            _ => {}
        }
    }

    fn apply_loan(&mut self, record: &Record) {
        let Event::SeatBorrowed {
            session,
            number,
            answered_below,
            borrow,
            seat,
            licence,
            licence_digest,
            feature,
            units,
            group,
            from_linger,
            until,
            longest,
        } = &record.event
        else {
            return;
        };
        if let Some(taken) = from_linger {
            self.forget_seat(*taken);
        }
        let Some(state) = self.sessions.get(*session) else {
            return;
        };
        let (user, product) = (state.user, state.product.clone());
        let Some(pool) = self.pool(licence, feature) else {
            return;
        };
        self.forget_borrow(*borrow);
        self.forget_seat(*seat);
        self.seats.insert(
            *seat,
            Seat {
                session: None,
                user,
                number: *number,
                pool,
                units: *units,
                group: *group,
                status: SeatStatus::Borrowed { until: *until },
                since: record.time.civil_ms,
                licence_digest: *licence_digest,
            },
        );
        self.sessions.recount(user, |counts| counts.seats += 1);
        let borrowed = Borrowed {
            seat: *seat,
            user,
            product,
            until: *until,
            longest: *longest,
            returned: false,
        };
        self.borrows.insert(*borrow, borrowed);
        let answer = Answer::Borrowed(*borrow);
        self.remember(*session, *number, *answered_below, answer);
    }

    fn forget_borrow(&mut self, id: BorrowId) {
        let Some(seat) = self.borrows.remove(id).map(|borrowed| borrowed.seat) else {
            return;
        };
        let lent = |seat: &Seat| matches!(seat.status, SeatStatus::Borrowed { .. });
        if self.seats.get(seat).is_some_and(lent) {
            self.forget_seat(seat);
        }
    }

    /// An order about maintenance, or where a session runs.
    pub(in crate::state) fn apply_to_place(&mut self, event: &Event) {
        match event {
            Event::MaintenanceOrdered {
                licence,
                digest,
                effect,
                ends_at,
            } => {
                let orders = self
                    .licences
                    .get_mut(licence)
                    .map(|state| &mut state.orders);
                for order in orders.into_iter().flatten() {
                    if order.digest == *digest {
                        order.taken = Some(Taken::Maintenance(*effect, *ends_at));
                    }
                }
            }
            Event::SessionContained {
                session,
                container,
                user,
            } => {
                if let Some(state) = self.sessions.get_mut(*session) {
                    state.container = Some(Contained {
                        container: *container,
                        user: *user,
                    });
                }
            }
            _ => {}
        }
    }

    /// An order about one reservation or one borrowed seat has done what it says.
    fn order_carried_out(&mut self, digest: Option<&DocumentDigest>) {
        let Some(digest) = digest else { return };
        let licences = self.licences.values_mut();
        for order in licences.flat_map(|licence| &mut licence.orders) {
            if order.digest == *digest {
                order.taken = Some(Taken::CarriedOut);
            }
        }
    }
}
