//! The engine against the naive model of `model.rs`, over random histories: the same answers, the
//! same seats, the same line; never more than the limit; every grant ends at most once; a repeated
//! request changes nothing; what is due is done when the engine says; the records alone give the same
//! state at every decision.

use std::collections::BTreeMap;

use octroi_engine::{
    Caller, Command, Event, Policy, ProcessIdentity, Record, RefusalCode, RequestNumber, SeatId,
    SeatStatus, SessionId,
};
use octroi_licence::message;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{FileFailurePersistence, TestRunner},
};

use crate::{
    model::{self, BUDGET_S, END_S, FEATURES, Grouping, Model, Outcome, Status, WINDOW_S},
    support::{
        App, Site,
        site::{ADMINISTRATOR, name, session, user},
        vendor::{self, TODAY, bound, ordered, resume, serial, suspend, terms},
    },
};

#[derive(Debug, Clone)]
enum Action {
    Open {
        user: u8,
        pid: u32,
    },
    Checkout {
        app: usize,
        feature: usize,
        units: u32,
        wait_s: u64,
    },
    Repeat {
        app: usize,
        back: u64,
    },
    Release {
        app: usize,
        seat: usize,
    },
    ReleaseOwn {
        app: usize,
        seat: usize,
    },
    Cancel {
        app: usize,
    },
    Detach {
        app: usize,
    },
    StaleDetach {
        app: usize,
    },
    Resume {
        app: usize,
    },
    Exit {
        app: usize,
    },
    Pass {
        seconds: u64,
    },
    Due,
    Revoke {
        seat: usize,
    },
    Acknowledge {
        seat: usize,
    },
    KeyProven,
    KeyAbsent,
    Suspend {
        licence: usize,
    },
    Restart,
}

fn action() -> impl Strategy<Value = Action> {
    let app = 0..8_usize;
    let waits = prop_oneof![1 => Just(0), 1 => Just(7), 3 => Just(90)];
    prop_oneof![
        8 => (1..4_u8, prop_oneof![1 => Just(0_u32), 6 => 1..4_u32])
            .prop_map(|(user, pid)| Action::Open { user, pid }),
        50 => (app.clone(), 0..FEATURES.len(), 1..4_u32, waits).prop_map(
            |(app, feature, units, wait_s)| Action::Checkout { app, feature, units, wait_s }
        ),
        6 => (app.clone(), 0..3_u64).prop_map(|(app, back)| Action::Repeat { app, back }),
        2 => (app.clone(), 0..8_usize).prop_map(|(app, seat)| Action::Release { app, seat }),
        24 => (app.clone(), 0..4_usize).prop_map(|(app, seat)| Action::ReleaseOwn { app, seat }),
        3 => app.clone().prop_map(|app| Action::Cancel { app }),
        3 => app.clone().prop_map(|app| Action::Detach { app }),
        2 => app.clone().prop_map(|app| Action::StaleDetach { app }),
        14 => app.clone().prop_map(|app| Action::Resume { app }),
        3 => app.prop_map(|app| Action::Exit { app }),
        8 => (1..9_u64).prop_map(|seconds| Action::Pass { seconds }),
        1 => (20..70_u64).prop_map(|seconds| Action::Pass { seconds }),
        4 => Just(Action::Due),
        3 => (0..8_usize).prop_map(|seat| Action::Revoke { seat }),
        2 => (0..8_usize).prop_map(|seat| Action::Acknowledge { seat }),
        6 => Just(Action::KeyProven),
        2 => Just(Action::KeyAbsent),
        3 => (0..2_usize).prop_map(|licence| Action::Suspend { licence }),
        1 => Just(Action::Restart),
    ]
}

struct Run {
    site: Site,
    model: Model,
    /// Every application that was ever opened; the model's session is its place in the list.
    apps: Vec<App>,
    /// The engine's seats by the model's order.
    seats: BTreeMap<u64, SeatId>,
    counter: u64,
    sequence: [u64; 2],
    /// Records and digest after each decision.
    digests: Vec<(usize, [u8; 32])>,
}

fn licence(index: usize) -> message::Licence {
    let features = model::features(index)
        .iter()
        .map(|(feature, grouping, count, linger_s)| {
            let grouping = match grouping {
                Grouping::Checkout => message::Grouping::Checkout,
                Grouping::User => message::Grouping::User,
                Grouping::Host => message::Grouping::Host,
                Grouping::Process => message::Grouping::Process,
            };
            let mut feature = vendor::grouped(FEATURES[*feature], *count, grouping);
            feature.linger_s = u32::try_from(*linger_s).unwrap();
            feature
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

const ID: [&str; 2] = ["wb-0", "wb-1"];

impl Run {
    fn new() -> Self {
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
    fn pick(&self, index: usize) -> Option<usize> {
        let open: Vec<usize> = self
            .model
            .sessions
            .iter()
            .map(|one| usize(one.id))
            .collect();
        open.get(index % open.len().max(1)).copied()
    }

    fn act(&mut self, action: &Action) {
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

    fn act_on_session(&mut self, action: &Action) {
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

    fn act_on_site(&mut self, action: &Action) {
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
            Action::Restart => {
                self.model.restart();
                self.model.expire();
                let living: Vec<App> = self.apps.clone();
                self.site.restart(&living.iter().collect::<Vec<_>>());
            }
            _ => unreachable!("every action has its place"),
        }
    }

    fn nth_seat(&self, index: usize) -> Option<(u64, SeatId)> {
        let order = nth(self.model.seats.iter().map(|seat| seat.order), index)?;
        Some((order, self.seats[&order]))
    }

    fn pass(&mut self, seconds: u64) {
        self.model.now += seconds;
        self.model.expire();
        self.site.later(seconds * 1000);
    }

    /// Goes to the very instant that the engine names; a tick there must leave the next one later.
    fn due(&mut self) {
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

    fn open(&mut self, of: u8, pid: u32) {
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
        };
        let app = self.site.open_as(caller, None);
        assert_eq!(app.session, session_of(id));
        self.apps.push(app);
    }

    fn checkout(&mut self, app: usize, feature: usize, units: u32, wait_s: u64) {
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
            && refusal.code == RefusalCode::SeatsExhausted
        {
            let licence = ID
                .iter()
                .position(|id| refusal.licence.as_ref().unwrap().as_str() == *id);
            let licence = licence.unwrap();
            assert_eq!(refusal.limit, model::limit(licence, feature));
            assert_eq!(refusal.in_use, in_use[licence]);
            assert_eq!(usize::try_from(refusal.waiting).unwrap(), line);
            assert_eq!(refusal.requested, units);
        }
        assert_eq!(read(&outcome), expected.0);
    }

    /// Asks again under one of the last numbers: the same answer, and not one record.
    fn repeat(&mut self, app: usize, back: u64) {
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

    fn release(&mut self, app: usize, order: u64) {
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

    fn cancel(&mut self, waiter: &model::Waiter) {
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

    fn resume(&mut self, app: usize) {
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

    /// Learns which of the engine's seats are which of the model's.
    fn learn(&mut self, from: usize) {
        for record in &self.site.ledger[from..] {
            let Event::SeatGranted {
                session,
                number,
                seat,
                ..
            } = &record.event
            else {
                continue;
            };
            let granted = self.model.seats.iter().find(|one| {
                session_of(usize(one.session)) == *session
                    && one.number == number.0
                    && !self.seats.contains_key(&one.order)
            });
            if let Some(granted) = granted {
                self.seats.insert(granted.order, *seat);
            }
        }
    }

    fn compare(&self) {
        let expected: BTreeMap<_, _> = self
            .model
            .seats
            .iter()
            .map(|seat| {
                let until = |seconds: u64| seconds * 1000;
                let status = match seat.status {
                    Status::Held => ("held", 0),
                    Status::Lingering(at) => ("lingering", until(at)),
                    Status::Revoked(at) => ("revoked", until(at)),
                };
                let of = (ID[seat.licence], FEATURES[seat.feature]);
                (self.seats[&seat.order], (of, seat.units, status))
            })
            .collect();
        let views: Vec<_> = self.site.engine.seats().collect();
        let found: BTreeMap<_, _> = views
            .iter()
            .map(|seat| {
                let status = match seat.status {
                    SeatStatus::Held => ("held", 0),
                    SeatStatus::Lingering { until } => ("lingering", until.0),
                    SeatStatus::Revoked { until } => ("revoked", until.0),
                };
                let of = (seat.licence.as_str(), seat.feature.as_str());
                (seat.seat, (of, seat.units, status))
            })
            .collect();
        assert_eq!(found, expected);
        for view in self.site.engine.features() {
            let licence = ID
                .iter()
                .position(|id| view.licence.as_str() == *id)
                .unwrap();
            let feature = FEATURES
                .iter()
                .position(|one| view.feature.as_str() == *one)
                .unwrap();
            assert_eq!(view.in_use, self.model.in_use(licence, feature), "{view:?}");
        }
        let line: Vec<_> = self
            .site
            .engine
            .waiters()
            .map(|waiter| {
                (
                    waiter.session,
                    waiter.number.0,
                    waiter.feature,
                    waiter.units,
                )
            })
            .collect();
        let waiting = self.model.line.iter().map(|waiter| {
            let session = session_of(usize(waiter.session));
            (
                session,
                waiter.number,
                name(FEATURES[waiter.feature]),
                waiter.units,
            )
        });
        assert_eq!(line, waiting.collect::<Vec<_>>());
        let open: Vec<SessionId> = self.site.engine.sessions().map(|one| one.session).collect();
        let mut sessions: Vec<_> = self
            .model
            .sessions
            .iter()
            .map(|one| session_of(usize(one.id)))
            .collect();
        sessions.sort_unstable();
        assert_eq!(open, sessions);
    }

    /// The records alone, folded one by one, pass through the same states.
    fn replay(&self) {
        let mut engine = self.site.replayed(&[]);
        let mut folded = 0;
        for (records, digest) in &self.digests {
            for record in &self.site.ledger[folded..*records] {
                engine.apply(record);
            }
            folded = *records;
            assert_eq!(engine.digest(), *digest, "after {records} records");
        }
    }
}

/// Every seat begins once, under a fresh id, and ends at most once.
fn every_grant_ends_at_most_once(ledger: &[Record]) {
    #[derive(PartialEq, Debug)]
    enum Life {
        Held,
        Lingering,
        Over,
    }
    let mut lives: BTreeMap<SeatId, Life> = BTreeMap::new();
    for record in ledger {
        match &record.event {
            Event::SeatGranted {
                seat, from_linger, ..
            } => {
                if let Some(taken) = from_linger {
                    assert_eq!(lives.insert(*taken, Life::Over), Some(Life::Lingering));
                }
                assert_eq!(lives.insert(*seat, Life::Held), None);
            }
            Event::SeatReleased {
                seat, linger_until, ..
            }
            | Event::SeatEnded {
                seat, linger_until, ..
            } => {
                let after = if linger_until.is_some() {
                    Life::Lingering
                } else {
                    Life::Over
                };
                assert_eq!(lives.insert(*seat, after), Some(Life::Held));
            }
            Event::LingerEnded { seat } => {
                assert_eq!(lives.insert(*seat, Life::Over), Some(Life::Lingering));
            }
            _ => {}
        }
    }
}

fn session_of(app: usize) -> SessionId {
    session(number(app) + 1)
}

fn number(app: usize) -> u64 {
    u64::try_from(app).unwrap()
}

fn usize(id: u64) -> usize {
    id.try_into().unwrap()
}

fn nth<T>(items: impl ExactSizeIterator<Item = T>, index: usize) -> Option<T> {
    let mut items = items;
    let length = items.len();
    if length == 0 {
        None
    } else {
        items.nth(index % length)
    }
}

/// An answer as the model gives it.
fn read(outcome: &octroi_engine::Outcome) -> Outcome {
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

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: ProptestConfig::default().cases / 2,
        max_shrink_iters: 20_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/decisions/properties.proptest-regressions",
        ))),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_engine_answers_as_the_naive_model_does(
        actions in prop::collection::vec(action(), 1..150),
    ) {
        let mut run = Run::new();
        for action in &actions {
            run.act(action);
        }
        // Long after, nothing is left that time alone could end.
        run.act(&Action::Pass { seconds: END_S });
        every_grant_ends_at_most_once(&run.site.ledger);
        run.replay();
    }
}

/// What the property says is worth no more than the histories that it looks at.
#[test]
fn the_random_histories_reach_everything_that_the_model_knows() {
    let mut runner = TestRunner::deterministic();
    let histories = prop::collection::vec(action(), 140..150);
    let mut reached: BTreeMap<&str, usize> = BTreeMap::new();
    let mut refused: BTreeMap<RefusalCode, usize> = BTreeMap::new();
    for _ in 0..60 {
        let mut run = Run::new();
        for action in histories.new_tree(&mut runner).unwrap().current() {
            run.act(&action);
        }
        for record in &run.site.ledger {
            *reached.entry(record.event.name()).or_default() += 1;
            if let Event::CheckoutRefused { refusal, .. } | Event::WaitEnded { refusal, .. } =
                &record.event
            {
                *refused.entry(refusal.code).or_default() += 1;
            }
        }
        let taken = run.site.ledger.iter().filter(|record| {
            matches!(
                record.event,
                Event::SeatGranted {
                    from_linger: Some(_),
                    ..
                }
            )
        });
        *reached.entry("taken over").or_default() += taken.count();
    }
    for name in [
        "SessionOpened",
        "SessionResumed",
        "SessionDetached",
        "SessionEnded",
        "SeatGranted",
        "taken over",
        "CheckoutRefused",
        "CheckoutQueued",
        "WaitEnded",
        "SeatReleased",
        "ReleaseRefused",
        "SeatEnded",
        "SeatRevoked",
        "LingerEnded",
        "KeyProven",
        "KeyAbsent",
        "AbsenceStarted",
        "AbsenceEnded",
        "AbsenceBudgetSpent",
        "OrderApplied",
        "LicenceEnded",
    ] {
        assert!(
            reached.get(name).is_some_and(|times| *times > 20),
            "{name}: {reached:?}"
        );
    }
    for code in [
        RefusalCode::SeatsExhausted,
        RefusalCode::FeatureNotLicensed,
        RefusalCode::LicenceExpired,
        RefusalCode::Suspended,
        RefusalCode::HardwareKeyAbsent,
        RefusalCode::QueueDeadlinePassed,
        RefusalCode::QueueCancelled,
        RefusalCode::SessionNotOpen,
    ] {
        assert!(
            refused.get(&code).is_some_and(|times| *times > 5),
            "{code:?}: {refused:?}"
        );
    }
}
