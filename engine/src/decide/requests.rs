//! Requests before they are looked at: which stream may speak, which numbers were answered before,
//! and what becomes of a refusal. A repeated request gets the answer that stands under its number and
//! changes nothing; only a seat that is gone by now is not told to be held.

use super::Turn;
use crate::{
    Epoch, Event, Outcome, Refusal, RefusalCode, RequestNumber, ReservationStatus, SessionId,
    state::Answer,
};

/// A request that is not asked anew: it was answered before, or it has no standing.
#[derive(Debug)]
pub(super) struct Answered(Outcome);

impl Answered {
    pub(super) fn for_checkout(self) -> Outcome {
        self.if_one(|answer| matches!(answer, Outcome::Granted(_) | Outcome::Waiting { .. }))
    }

    pub(super) fn for_release(self) -> Outcome {
        self.if_one(|answer| matches!(answer, Outcome::Released { .. }))
    }

    pub(super) fn for_consumption(self) -> Outcome {
        self.if_one(|answer| matches!(answer, Outcome::Consumed { .. } | Outcome::Reserved { .. }))
    }

    pub(super) fn for_borrowing(self) -> Outcome {
        self.if_one(|answer| matches!(answer, Outcome::Borrowed(_)))
    }

    pub(super) fn for_return(self) -> Outcome {
        self.if_one(|answer| matches!(answer, Outcome::Returned { .. }))
    }

    /// The answer, unless another kind of request was asked under the number.
    fn if_one(self, fits: impl FnOnce(&Outcome) -> bool) -> Outcome {
        match self.0 {
            Outcome::Refused(refusal) => Outcome::Refused(refusal),
            answer if fits(&answer) => answer,
            _ => Outcome::Refused(out_of_order()),
        }
    }
}

/// A refusal on its way into a record.
pub(super) struct RefusedRequest {
    pub(super) session: SessionId,
    pub(super) number: RequestNumber,
    pub(super) below: RequestNumber,
    pub(super) refusal: Refusal,
}

impl Turn<'_> {
    /// The requests that are not asked anew: unknown or superseded streams, numbers that were
    /// answered before, numbers that were forgotten.
    pub(super) fn admitted(
        &mut self,
        session: SessionId,
        epoch: Epoch,
        number: RequestNumber,
        answered_below: RequestNumber,
    ) -> Option<Answered> {
        if let Err(refusal) = self.speaks(session, epoch) {
            self.count_refusal_of(session, refusal.code);
            return Some(Answered(Outcome::Refused(refusal)));
        }
        let state = self.engine.state.sessions.get(session)?;
        if let Some(answer) = state.answer(number) {
            return Some(Answered(self.present(session, answer)));
        }
        if number < answered_below.max(state.below) || number.0 == 0 || number == state.number {
            self.count_refusal_of(session, RefusalCode::RequestOutOfOrder);
            return Some(Answered(Outcome::Refused(out_of_order())));
        }
        None
    }

    /// Says whether the stream speaks for an open session.
    pub(super) fn speaks(&self, session: SessionId, epoch: Epoch) -> Result<(), Refusal> {
        match self.engine.state.sessions.get(session) {
            Some(state) if epoch < state.epoch => Err(Refusal::of(RefusalCode::SessionSuperseded)),
            Some(state) if epoch == state.epoch && state.detached_until.is_none() => Ok(()),
            _ => Err(Refusal::of(RefusalCode::SessionNotOpen)),
        }
    }

    /// Refuses a request: as a record that remembers the number, or only counted.
    pub(super) fn refuse(
        &mut self,
        session: SessionId,
        number: RequestNumber,
        below: RequestNumber,
        refusal: Refusal,
        event: impl FnOnce(RefusedRequest) -> Event,
    ) -> Outcome {
        let Some(state) = self.engine.state.sessions.get(session) else {
            return Outcome::Refused(refusal);
        };
        let (user, open) = (state.user, state.open_answers(below));
        if reached(open, self.engine.policy.requests_open_max) {
            self.count_refusal(user, refusal.code);
        } else if self.may_record(user, refusal.code) {
            let refusal = refusal.clone();
            self.emit(event(RefusedRequest {
                session,
                number,
                below,
                refusal,
            }));
        }
        Outcome::Refused(refusal)
    }

    fn count_refusal_of(&mut self, session: SessionId, code: RefusalCode) {
        if let Some(state) = self.engine.state.sessions.get(session) {
            let user = state.user;
            self.count_refusal(user, code);
        }
    }

    /// The answer that a session was given before.
    pub(super) fn present(&self, session: SessionId, answer: &Answer) -> Outcome {
        match answer {
            Answer::Granted(seat) => match self.engine.grant(session, *seat) {
                Some(grant) => Outcome::Granted(grant),
                None => Outcome::Refused(Refusal::of(RefusalCode::SeatNotHeld)),
            },
            Answer::Waiting(ticket) => {
                let queue = &self.engine.state.queue;
                match (queue.place(*ticket), queue.get(*ticket)) {
                    (Some(place), Some(waiter)) => Outcome::Waiting {
                        place,
                        deadline: waiter.deadline,
                    },
                    _ => Outcome::Refused(Refusal::of(RefusalCode::QueueCancelled)),
                }
            }
            Answer::Released(seat) => Outcome::Released { seat: *seat },
            Answer::Refused(refusal) => Outcome::Refused((**refusal).clone()),
            Answer::Consumed(consumption) => Outcome::Consumed {
                windows: self.engine.windows_of(
                    &consumption.licence,
                    &consumption.feature,
                    self.civil,
                ),
                consumption: (**consumption).clone(),
            },
            Answer::Reserved(reservation) => {
                let known = self.engine.state.meters.reservations.get(reservation);
                Outcome::Reserved {
                    reservation: *reservation,
                    status: known.map_or(ReservationStatus::Lapsed, |known| known.status),
                    until: known.map(|known| known.until),
                }
            }
            Answer::Borrowed(borrow) => self.present_loan(*borrow),
            Answer::Returned(borrow, until) => Outcome::Returned {
                borrow: *borrow,
                until: *until,
            },
        }
    }
}

fn out_of_order() -> Refusal {
    Refusal::of(RefusalCode::RequestOutOfOrder)
}

pub(super) fn reached(count: usize, max: u32) -> bool {
    usize::try_from(max).is_ok_and(|max| count >= max)
}
