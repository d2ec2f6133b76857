//! One random history, played against the engine and the model at once.

use std::collections::BTreeMap;

use octroi_engine::{
    Caller, Command, Policy, ProcessIdentity, RefusalCode, RequestNumber, SeatId, SessionId,
};
use octroi_licence::message;

use super::Action;
use crate::{
    model::{self, BUDGET_S, END_S, FEATURES, Grouping, Model, OVER, Outcome, WINDOW_S},
    support::{
        App, Site,
        site::{ADMINISTRATOR, session, user},
        vendor::{self, TODAY, bound, ordered, resume, serial, suspend, terms},
    },
};

pub(super) struct Run {
    pub(super) site: Site,
    pub(super) model: Model,
    /// Every application that was ever opened; the model's session is its place in the list.
    pub(super) apps: Vec<App>,
    /// The engine's seats by the model's order.
    pub(super) seats: BTreeMap<u64, SeatId>,
    pub(super) counter: u64,
    pub(super) sequence: [u64; 2],
    /// Records and digest after each decision.
    pub(super) digests: Vec<(usize, [u8; 32])>,
}

pub(super) fn licence(index: usize) -> message::Licence {
    let features = model::features(index)
        .iter()
        .map(|(feature, grouping, count, linger_s)| {
            let name = FEATURES[*feature];
            let grouping = match grouping {
                Grouping::Named => return vendor::named_users(name, *count, 0),
                Grouping::Checkout => message::Grouping::Checkout,
                Grouping::User => message::Grouping::User,
                Grouping::Host => message::Grouping::Host,
                Grouping::Process => message::Grouping::Process,
            };
            let mut grouped = vendor::grouped(name, *count, grouping);
            grouped.linger_s = u32::try_from(*linger_s).unwrap();
            if *feature == OVER {
                let unit = message::OverdraftUnit::SeatHoursInExcess;
                grouped = vendor::overdrawn(grouped, vendor::billed(unit));
            }
            grouped
        });
    let mut licence = terms(ID[index], features.collect());
    if index == 0 {
        licence.term.as_mut().unwrap().ends_at_s = TODAY - 1 + i64::try_from(END_S).unwrap();
    } else {
        let second = |seconds: u64| u32::try_from(seconds).unwrap();
        licence.term.as_mut().unwrap().ends_at_s = 0;
        licence.binding = Some(bound(&[1], second(BUDGET_S), second(WINDOW_S)));
    }
    licence
}

pub(super) const ID: [&str; 2] = ["wb-0", "wb-1"];

impl Run {
    pub(super) fn new() -> Self {
        let mut site = Site::with(Policy {
            refusals_recorded_per_minute: u32::MAX,
            ..Policy::default()
        });
        for index in [0, 1] {
            site.activate(&licence(index));
        }
        Self {
            site,
            model: Model::new(),
            apps: Vec::new(),
            seats: BTreeMap::new(),
            counter: 0,
            sequence: [1; 2],
            digests: Vec::new(),
        }
    }

    /// An open session, if there is any.
    pub(super) fn pick(&self, index: usize) -> Option<usize> {
        let open: Vec<usize> = self
            .model
            .sessions
            .iter()
            .map(|one| usize(one.id))
            .collect();
        open.get(index % open.len().max(1)).copied()
    }

    pub(super) fn act(&mut self, action: &Action) {
        let from = self.site.ledger.len();
        match *action {
            Action::Pass { seconds } => self.pass(seconds),
            Action::Due => self.due(),
            Action::Open { user, pid } => self.open(user, pid),
            Action::Checkout {
                app,
                feature,
                units,
                wait_s,
            } => {
                if let Some(app) = self.pick(app) {
                    self.checkout(app, feature, units, wait_s);
                }
            }
            Action::Repeat { app, back } => {
                if let Some(app) = self.pick(app) {
                    self.repeat(app, back);
                }
            }
            Action::Release { app, seat } => {
                let order = nth(self.seats.keys().copied(), seat);
                if let Some((app, order)) = self.pick(app).zip(order) {
                    self.release(app, order);
                }
            }
            Action::ReleaseOwn { app, seat } => {
                if let Some(app) = self.pick(app) {
                    let mine = |one: &&model::Seat| usize(one.session) == app;
                    let own = self.model.seats.iter().filter(mine).map(|one| one.order);
                    if let Some(order) = nth(own.collect::<Vec<_>>().into_iter(), seat) {
                        self.release(app, order);
                    }
                }
            }
            _ => self.act_on_session(action),
        }
        self.model.serve();
        self.learn(from);
        self.compare();
        self.digests
            .push((self.site.ledger.len(), self.site.engine.digest()));
    }

    pub(super) fn act_on_session(&mut self, action: &Action) {
        match *action {
            Action::Cancel { app } => {
                let waiting = nth(self.model.line.iter().cloned(), app);
                if let Some(waiter) = waiting {
                    self.cancel(&waiter);
                }
            }
            Action::Detach { app } => {
                if let Some(app) = self.pick(app) {
                    self.model.expire();
                    self.model.detach(number(app));
                    self.site.detach(&self.apps[app].clone());
                }
            }
            Action::StaleDetach { app } => {
                if let Some(app) = self.pick(app) {
                    let mut stale = self.apps[app].clone();
                    stale.epoch.0 -= 1;
                    self.model.expire();
                    self.site.detach(&stale);
                }
            }
            Action::Resume { app } => {
                if let Some(app) = self.pick(app) {
                    self.resume(app);
                }
            }
            Action::Exit { app } => {
                if let Some(app) = self.pick(app) {
                    self.model.expire();
                    self.model.end_session(number(app));
                    self.site.exited(&self.apps[app].clone());
                }
            }
            _ => self.act_on_site(action),
        }
    }

    pub(super) fn act_on_site(&mut self, action: &Action) {
        self.model.expire();
        match *action {
            Action::Revoke { seat } => {
                if let Some((order, seat)) = self.nth_seat(seat) {
                    self.model.revoke(order);
                    let (actor, reason) = (ADMINISTRATOR, None);
                    self.site.send(Command::RevokeSeat {
                        seat,
                        actor,
                        reason,
                    });
                }
            }
            Action::Acknowledge { seat } => {
                let Some((order, seat)) = self.nth_seat(seat) else {
                    return;
                };
                let holder = self.model.seats.iter().find(|one| one.order == order);
                let Some(holder) = holder.map(|one| usize(one.session)) else {
                    return;
                };
                let App { session, epoch, .. } = self.apps[holder];
                let attached = |one: &model::Session| one.detached_until.is_none();
                if self.model.session(number(holder)).is_some_and(attached) {
                    self.model.acknowledge(order);
                }
                self.site.send(Command::Acknowledge {
                    session,
                    epoch,
                    seat,
                });
            }
            Action::KeyProven => {
                self.counter += 1;
                self.model.key_proven();
                self.site.send(Command::KeyIntent { key: serial(1) });
                let (key, counter) = (serial(1), self.counter);
                self.site.send(Command::KeyProven {
                    key,
                    counter,
                    emulated: false,
                });
            }
            Action::KeyAbsent => {
                self.model.key_absent();
                self.model.expire();
                self.site.send(Command::KeyAbsent { key: serial(1) });
            }
            Action::Suspend { licence } => {
                self.sequence[licence] += 1;
                let suspended = !self.model.suspended[licence];
                self.model.suspend(licence, suspended);
                let kind = if suspended { suspend() } else { resume() };
                let order = ordered(ID[licence], self.sequence[licence], kind);
                self.site.order(&vendor::order(&order));
            }
            Action::Reassign { assigned } => {
                let Some(of) = nth(self.model.assigned.iter().copied(), assigned) else {
                    return;
                };
                self.sequence[1] += 1;
                let assignment = self.site.assigned_to(of).assignment;
                self.model.reassign(of);
                let order = ordered(ID[1], self.sequence[1], vendor::reassign(assignment));
                self.site.order(&vendor::order(&order));
            }
            Action::Restart => {
                self.model.restart();
                self.model.expire();
                let living: Vec<App> = self.apps.clone();
                self.site.restart(&living.iter().collect::<Vec<_>>());
            }
            _ => unreachable!("every action has its place"),
        }
    }

    pub(super) fn nth_seat(&self, index: usize) -> Option<(u64, SeatId)> {
        let order = nth(self.model.seats.iter().map(|seat| seat.order), index)?;
        Some((order, self.seats[&order]))
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.model.pass(seconds);
        self.model.expire();
        self.site.later(seconds * 1000);
    }

    /// Goes to the very instant that the engine names; a tick there must leave the next one later.
    pub(super) fn due(&mut self) {
        let Some(deadline) = self.site.engine.next_deadline() else {
            return;
        };
        let now = self.site.now;
        let boottime = deadline
            .boottime_ms
            .map(|at| at.saturating_sub(now.boottime_ms));
        let civil = deadline
            .civil_ms
            .map(|at| u64::try_from(at.0 - now.civil_ms.0).unwrap_or(0));
        let after = boottime.into_iter().chain(civil).min().unwrap();
        assert_eq!(after % 1000, 0, "everything happens at whole seconds");
        self.pass(after / 1000);
        assert_ne!(self.site.engine.next_deadline(), Some(deadline));
    }

    pub(super) fn open(&mut self, of: u8, pid: u32) {
        let id = self.apps.len();
        let pid = (pid > 0).then_some(u32::from(of) * 10 + pid);
        let process = pid.map(|pid| ProcessIdentity {
            pid,
            start_time: 77,
        });
        self.model.expire();
        self.model.open(number(id), of, pid);
        let caller = Caller {
            user: user(of),
            identified: true,
            process,
            container: None,
        };
        let app = self.site.open_as(caller, None);
        assert_eq!(app.session, session_of(id));
        self.apps.push(app);
    }

    pub(super) fn checkout(&mut self, app: usize, feature: usize, units: u32, wait_s: u64) {
        let id = number(app);
        self.apps[app].number += 1;
        let asked = self.apps[app].number;
        // The last two answers stay open.
        self.apps[app].below = asked.saturating_sub(2);
        self.model.expire();
        let expected = match self.model.session(id) {
            Some(session) if session.detached_until.is_none() => {
                let line = self
                    .model
                    .line
                    .iter()
                    .filter(|one| one.feature == feature)
                    .count();
                let in_use = [0, 1].map(|licence| {
                    let named = model::features(licence).iter().any(|one| one.0 == feature);
                    if named {
                        self.model.in_use(licence, feature)
                    } else {
                        0
                    }
                });
                let outcome = self.model.checkout(id, asked, feature, units, wait_s);
                self.model.forget(id, asked.saturating_sub(2));
                (outcome, Some((line, in_use)))
            }
            _ => (Outcome::Refused(RefusalCode::SessionNotOpen), None),
        };
        let within = u32::try_from(wait_s * 1000).unwrap();
        let app = self.apps[app].clone();
        let outcome = self
            .site
            .checkout_again(&app, FEATURES[feature], units, within);
        if let (octroi_engine::Outcome::Refused(refusal), Some((line, in_use))) =
            (&outcome, expected.1)
            && [RefusalCode::SeatsExhausted, RefusalCode::NoAssignmentLeft].contains(&refusal.code)
        {
            let licence = ID
                .iter()
                .position(|id| refusal.licence.as_ref().unwrap().as_str() == *id);
            let licence = licence.unwrap();
            assert_eq!(refusal.limit, model::limit(licence, feature));
            assert_eq!(refusal.in_use, in_use[licence]);
            assert_eq!(usize::try_from(refusal.waiting).unwrap(), line);
            assert_eq!(refusal.requested, model::counted(feature, units));
        }
        assert_eq!(read(&outcome), expected.0);
    }

    /// Asks again under one of the last numbers: the same answer, and not one record.
    pub(super) fn repeat(&mut self, app: usize, back: u64) {
        let id = number(app);
        let mut again = self.apps[app].clone();
        again.number = again.number.saturating_sub(back);
        self.model.expire();
        self.site.send(Command::Tick);
        let Some(expected) = self.model.repeat(id, again.number) else {
            return;
        };
        if self
            .model
            .session(id)
            .is_none_or(|session| session.detached_until.is_some())
        {
            return;
        }
        let before = self.site.ledger.len();
        let outcome = match expected {
            Outcome::Released => self.site.release_again(&again, SeatId(u64::MAX)),
            _ => self.site.checkout_again(&again, "cad", 1, 90_000),
        };
        assert_eq!(read(&outcome), expected);
        assert_eq!(self.site.ledger.len(), before);
    }

    pub(super) fn release(&mut self, app: usize, order: u64) {
        let id = number(app);
        self.apps[app].number += 1;
        let asked = self.apps[app].number;
        self.apps[app].below = asked.saturating_sub(2);
        self.model.expire();
        let expected = match self.model.session(id) {
            Some(session) if session.detached_until.is_none() => {
                let outcome = self.model.release(id, asked, order);
                self.model.forget(id, asked.saturating_sub(2));
                outcome
            }
            _ => Outcome::Refused(RefusalCode::SessionNotOpen),
        };
        let app = self.apps[app].clone();
        let outcome = self.site.release_again(&app, self.seats[&order]);
        assert_eq!(read(&outcome), expected);
    }

    pub(super) fn cancel(&mut self, waiter: &model::Waiter) {
        let app = &self.apps[usize(waiter.session)];
        let (session, epoch) = (app.session, app.epoch);
        let checkout = RequestNumber(waiter.number);
        self.model.expire();
        let attached = |one: &model::Session| one.detached_until.is_none();
        if self.model.session(waiter.session).is_some_and(attached) {
            self.model.cancel(waiter.session, waiter.number);
            self.model
                .forget(waiter.session, self.apps[usize(waiter.session)].below);
        }
        self.site.send(Command::CancelWait {
            session,
            epoch,
            checkout,
        });
    }

    pub(super) fn resume(&mut self, app: usize) {
        let id = number(app);
        self.model.expire();
        let known = self
            .model
            .session(id)
            .is_some_and(|session| session.pid.is_some());
        let mut resumed = self.apps[app].clone();
        let outcome = self.site.resume(&mut resumed);
        // The number of a resume is not remembered.
        resumed.number = self.apps[app].number;
        self.apps[app] = resumed;
        assert_eq!(
            matches!(outcome, octroi_engine::Outcome::Session { .. }),
            known
        );
        if known {
            self.model.resume(id);
        }
    }
}

pub(super) fn session_of(app: usize) -> SessionId {
    session(number(app) + 1)
}

pub(super) fn number(app: usize) -> u64 {
    u64::try_from(app).unwrap()
}

pub(super) fn usize(id: u64) -> usize {
    id.try_into().unwrap()
}

pub(super) fn nth<T>(items: impl ExactSizeIterator<Item = T>, index: usize) -> Option<T> {
    let mut items = items;
    let length = items.len();
    if length == 0 {
        None
    } else {
        items.nth(index % length)
    }
}

/// An answer as the model gives it.
pub(super) fn read(outcome: &octroi_engine::Outcome) -> Outcome {
    match outcome {
        octroi_engine::Outcome::Granted(grant) => Outcome::Granted {
            licence: ID
                .iter()
                .position(|id| grant.licence.as_str() == *id)
                .unwrap(),
            units: grant.units,
        },
        octroi_engine::Outcome::Waiting { place, .. } => Outcome::Waiting {
            place: usize::try_from(*place).unwrap(),
        },
        octroi_engine::Outcome::Released { .. } => Outcome::Released,
        octroi_engine::Outcome::Refused(refusal) => Outcome::Refused(refusal.code),
        octroi_engine::Outcome::Done => Outcome::Done,
        other => panic!("{other:?}"),
    }
}
