//! The records about sessions, about seats and about documents in force, folded.

mod metered;

use std::collections::VecDeque;

use super::{
    Answer, CertificateState, LicenceState, OrderState, PendingState, Seat, Session, State, Taken,
    Timer, Waiter,
};
use crate::{Effect, ElapsedMs, Epoch, Event, Record, RequestNumber, ScopeRecord, SeatStatus};

impl State {
    pub(super) fn apply_to_session(&mut self, event: &Event) {
        match event {
            Event::SessionOpened {
                session,
                number,
                user,
                identified,
                process,
                product,
                version,
                released_at,
                unattended,
                token,
            } => self.sessions.insert(
                *session,
                Session {
                    number: *number,
                    user: *user,
                    identified: *identified,
                    unattended: *unattended,
                    process: *process,
                    container: None,
                    product: product.clone(),
                    version: version.clone(),
                    released_at: *released_at,
                    token: *token,
                    previous: None,
                    epoch: Epoch(1),
                    detached_until: None,
                    below: RequestNumber(0),
                    answers: VecDeque::new(),
                    seats: Vec::new(),
                },
            ),
            Event::SessionResumed {
                session,
                epoch,
                previous,
                token,
                ..
            } => {
                self.reattach(*session);
                if let Some(state) = self.sessions.get_mut(*session) {
                    state.epoch = *epoch;
                    state.previous = Some(*previous);
                    state.token = *token;
                }
            }
            Event::SessionDetached { session, until } => {
                self.reattach(*session);
                if let Some(state) = self.sessions.get_mut(*session) {
                    state.detached_until = Some(*until);
                    self.timers.insert((*until, Timer::Detached(*session)));
                }
            }
            Event::SessionEnded { session, .. } => self.end_session(*session),
            _ => {}
        }
    }

    pub(super) fn apply_to_seat(&mut self, record: &Record) {
        match &record.event {
            Event::SeatGranted { .. } => self.apply_grant(record),
            Event::CheckoutRefused {
                session,
                number,
                answered_below,
                refusal,
            }
            | Event::ReleaseRefused {
                session,
                number,
                answered_below,
                refusal,
            } => {
                let answer = Answer::Refused(Box::new(refusal.clone()));
                self.remember(*session, *number, *answered_below, answer);
            }
            Event::CheckoutQueued {
                session,
                number,
                answered_below,
                licence,
                feature,
                units,
                deadline,
            } => {
                let Some(product) = self
                    .sessions
                    .get(*session)
                    .map(|state| state.product.clone())
                else {
                    return;
                };
                if let Some(Answer::Waiting(former)) = self
                    .sessions
                    .get(*session)
                    .and_then(|state| state.answer(*number))
                {
                    self.forget_waiter(*former);
                }
                let ticket = self.records;
                let waiter = Waiter {
                    session: *session,
                    number: *number,
                    product,
                    feature: feature.clone(),
                    licence: licence.clone(),
                    units: *units,
                    deadline: *deadline,
                };
                self.queue.push(ticket, waiter);
                self.timers.insert((*deadline, Timer::Wait(ticket)));
                self.remember(*session, *number, *answered_below, Answer::Waiting(ticket));
            }
            Event::WaitEnded {
                session,
                number,
                refusal,
                ..
            } => {
                let Some(state) = self.sessions.get(*session) else {
                    return;
                };
                let below = state.below;
                if let Some(Answer::Waiting(ticket)) = state.answer(*number) {
                    self.forget_waiter(*ticket);
                }
                let answer = Answer::Refused(Box::new(refusal.clone()));
                self.remember(*session, *number, below, answer);
            }
            Event::SeatReleased {
                session,
                number,
                answered_below,
                seat,
                linger_until,
            } => {
                self.leave(*seat, *linger_until);
                self.remember(*session, *number, *answered_below, Answer::Released(*seat));
            }
            Event::SeatEnded {
                seat, linger_until, ..
            } => self.leave(*seat, *linger_until),
            Event::SeatRevoked {
                seat, hold_until, ..
            } => {
                let held = |seat: &Seat| seat.status == SeatStatus::Held;
                if self.seats.get(*seat).is_some_and(held) {
                    self.seats.revoke(*seat, *hold_until);
                    self.timers.insert((*hold_until, Timer::Hold(*seat)));
                }
            }
            Event::LingerEnded { seat } => self.forget_seat(*seat),
            _ => {}
        }
    }

    fn apply_grant(&mut self, record: &Record) {
        let Event::SeatGranted {
            session,
            number,
            answered_below,
            seat,
            licence,
            licence_digest,
            feature,
            units,
            group,
            from_linger,
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
        let user = state.user;
        if let Some(Answer::Waiting(ticket)) = state.answer(*number) {
            self.forget_waiter(*ticket);
        }
        let Some(pool) = self.pool(licence, feature) else {
            return;
        };
        self.forget_seat(*seat);
        self.seats.insert(
            *seat,
            Seat {
                session: Some(*session),
                user,
                number: *number,
                pool,
                units: *units,
                group: *group,
                status: SeatStatus::Held,
                since: record.time.civil_ms,
                licence_digest: *licence_digest,
            },
        );
        self.sessions.recount(user, |counts| counts.seats += 1);
        if let Some(state) = self.sessions.get_mut(*session) {
            state.hold(*seat);
            state.remember(*number, *answered_below, Answer::Granted(*seat));
        }
    }
}

/// Folds a record about a licence that is in force.
pub(super) fn apply_to_installed(
    state: &mut LicenceState,
    event: &Event,
    record: u64,
    now: ElapsedMs,
) {
    match event {
        Event::CertificateInstalled {
            licence_digest,
            digest,
            number,
            ..
        } => {
            state.certificate = Some(CertificateState {
                digest: *digest,
                licence_digest: *licence_digest,
                number: *number,
            });
            state.settled(*digest);
            state.ended.clear();
            // The certificate may name another host: it must be compared anew.
            state.host = None;
        }
        Event::OrderInstalled {
            digest,
            sequence,
            effective_at,
            ..
        } => {
            state.advance(*sequence, *digest);
            state.orders.push(OrderState {
                digest: *digest,
                sequence: *sequence,
                record,
                effective_at: *effective_at,
                taken: None,
            });
        }
        Event::OrderApplied {
            digest,
            scope,
            effect,
            ..
        } => {
            if *effect == Effect::Resume && *scope == ScopeRecord(None) {
                state.lifecycle.facts.tampering = None;
            }
            for order in state
                .orders
                .iter_mut()
                .filter(|order| order.digest == *digest)
            {
                order.taken = Some(Taken::Effect(scope.clone(), *effect));
            }
        }
        Event::DocumentPending {
            document,
            digest,
            sequence,
            expected,
            ..
        } => {
            let pending = PendingState {
                digest: *digest,
                expected: *expected,
            };
            state.pending.insert((*sequence, *document), pending);
        }
        Event::HostCompared {
            matched, readable, ..
        } => state.host = Some((*matched, *readable)),
        Event::AbsenceStarted { .. } => state.absence.start(now),
        Event::AbsenceEnded { .. } => state.absence.end(now),
        Event::AbsenceBudgetSpent { .. } => state.absence.spend(),
        Event::LicenceEnded { scope, .. } => {
            state.ended.insert(scope.clone());
        }
        _ => {}
    }
}
