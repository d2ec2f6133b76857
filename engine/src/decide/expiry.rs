//! What time has made due, in the order in which it became due: elapsed time by (deadline, id), then
//! dates by (date, id). Whoever waits is served after each, so that a seat which came free before a
//! place in the queue was lost goes to that place.

use octroi_licence::{CivilSeconds, DocumentDigest, LicenceId};

use super::{
    Turn,
    agenda::{Date, Duty},
};
use crate::{
    AcceptedBy, Actor, ElapsedMs, Event, Refusal, RefusalCode, ScopeRecord, SeatEnd, SessionEnd,
    WaitEnd, state::Timer,
};

/// One thing that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Due {
    Timer(Timer),
    Duty(Duty),
}

impl Turn<'_> {
    pub(super) fn expire(&mut self) {
        let mut before = None;
        while let Some(due) = self.due() {
            // Whatever fires is gone afterwards; were it not, nothing else would ever be decided.
            if before.replace(due.clone()).as_ref() == Some(&due) {
                break;
            }
            match due {
                Due::Timer(timer) => self.fire(timer),
                Due::Duty(Duty::Lapse(key)) => self.key_lapsed(key),
                Due::Duty(Duty::Spend(licence)) => self.spend_budget(&licence),
            }
            self.serve();
        }
        self.flush_refusals(false);
        self.end_periods();
        self.count_due_months();
        self.reach_dates();
    }

    /// The first thing that elapsed time has made due.
    fn due(&mut self) -> Option<Due> {
        self.engine.draw_up();
        let timer = self
            .engine
            .state
            .timers
            .first()
            .filter(|(at, _)| *at <= self.elapsed);
        let duty = self
            .engine
            .agenda()
            .duties
            .first()
            .filter(|(at, _)| *at <= self.elapsed);
        match (timer, duty) {
            (Some((at, timer)), Some((duty_at, _))) if at <= duty_at => Some(Due::Timer(*timer)),
            (_, Some((_, duty))) => Some(Due::Duty(duty.clone())),
            (Some((_, timer)), None) => Some(Due::Timer(*timer)),
            (None, None) => None,
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Linger(seat) => self.end_linger(seat),
            Timer::Hold(seat) => self.end_seat(seat, SeatEnd::Revoked),
            Timer::Wait(ticket) => {
                let Some(waiter) = self.engine.state.queue.get(ticket) else {
                    return;
                };
                let mut refusal = Refusal::of(RefusalCode::QueueDeadlinePassed);
                refusal.waiting = self.engine.state.queue.place(ticket).unwrap_or(1) - 1;
                refusal.requested = waiter.units;
                let offer = self
                    .engine
                    .catalogue()
                    .offer(&waiter.licence, &waiter.feature);
                if let Some(offer) = offer {
                    refusal.limit = offer.allotment().units;
                    refusal.in_use = self.in_use(offer);
                }
                self.end_wait(ticket, WaitEnd::DeadlinePassed, refusal);
            }
            Timer::Reservation(reservation) => self.end_reservation(reservation),
            Timer::Detached(session) => {
                self.end_session(session, SessionEnd::ResumeWindowPassed);
            }
        }
    }

    /// Dates that have come: ends and orders, until none is left. Each leaves a mark in the state,
    /// so it is not found again.
    pub(super) fn reach_dates(&mut self) {
        let mut before = None;
        loop {
            self.engine.draw_up();
            let Some((at, date)) = self
                .engine
                .agenda()
                .dates
                .first()
                .filter(|(date, _)| date.millis() <= self.civil)
                .filter(|due| before.as_ref() != Some(*due))
                .cloned()
            else {
                return;
            };
            before = Some((at, date.clone()));
            match date {
                Date::End(licence, scope) => self.end_licence(&licence, scope),
                Date::LimitOver(licence, digest) => {
                    let of = licence.clone();
                    self.emit(Event::LimitChangeEnded {
                        licence: of,
                        digest,
                    });
                    self.enforce(&licence);
                    self.touch_all();
                }
                Date::Period(licence) => self.begin_period(&licence),
                Date::Notice(licence, scope, until) => self.give_notice(&licence, scope, until),
                Date::Delay(licence, digest) => self.delay_over(&licence, digest, at),
                Date::Silence(licence) => {
                    self.accept_software(&licence, AcceptedBy::Silence, Actor::Daemon);
                }
                Date::Amendment(licence, _) => {
                    self.apply_amendments(&licence);
                    self.changed_by(&licence);
                }
                Date::Export(licence) => self.close_export(&licence),
                Date::EndOfUse(licence) => self.reach_end_of_use(&licence),
                Date::Order(licence, ..) => self.orders_due(&licence, at),
            }
            self.serve();
        }
    }

    fn end_licence(&mut self, licence: &LicenceId, scope: ScopeRecord) {
        self.emit(Event::LicenceEnded {
            licence: licence.clone(),
            scope,
        });
        self.enforce(licence);
    }

    /// Orders of one licence that take effect at one instant do so together, the later number of the
    /// sequence deciding: a suspension that is lifted at the instant at which it would begin takes no
    /// seat from anybody.
    fn orders_due(&mut self, licence: &LicenceId, at: CivilSeconds) {
        let mut before = None;
        while let Some(digest) = self.order_due(licence, at) {
            if before.replace(digest) == Some(digest) {
                break;
            }
            self.take_order(licence, digest);
        }
        self.enforce(licence);
    }

    fn order_due(&mut self, licence: &LicenceId, at: CivilSeconds) -> Option<DocumentDigest> {
        self.engine.draw_up();
        let mut dates = self.engine.agenda().dates.iter();
        dates.find_map(|(date, due)| match due {
            Date::Order(of, _, digest) if *date == at && of == licence => Some(*digest),
            _ => None,
        })
    }

    /// The refusal counts whose minute is over.
    pub(super) fn flush_refusals(&mut self, all: bool) {
        let until = if all {
            ElapsedMs(u64::MAX)
        } else {
            self.elapsed
        };
        for (user, counts) in self.engine.tallies.take_until(until) {
            self.emit(Event::RefusalsCounted { user, counts });
        }
    }
}
