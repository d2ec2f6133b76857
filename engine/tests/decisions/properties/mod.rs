//! The engine against the naive model of `model.rs`, over random histories: the same answers, the
//! same seats, the same line; never more than the limit; every grant ends at most once; a repeated
//! request changes nothing; what is due is done when the engine says; the records alone give the same
//! state at every decision.

mod compare;
mod run;
mod scopes;
mod usage;

use std::collections::BTreeMap;

use octroi_engine::{Command, Event, Record, RefusalCode, SeatId};
use proptest::{
    prelude::*,
    sample::Index,
    strategy::ValueTree as _,
    test_runner::{FileFailurePersistence, TestRunner},
};

use self::run::Run;
use crate::{
    histories::HISTORIES,
    model::{END_S, FEATURES},
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
    Reassign {
        assigned: usize,
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
        3 => (0..2_usize).prop_map(|assigned| Action::Reassign { assigned }),
        1 => Just(Action::Restart),
    ]
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

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: ProptestConfig::default().cases / 2,
        max_shrink_iters: 20_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/decisions/properties/regressions.txt",
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

proptest! {
    #![proptest_config(config())]

    /// Whether a ledger is genuine is judged where it is read; here nothing may panic or go on for
    /// ever, whatever was left out, doubled or put elsewhere.
    #[test]
    fn a_ledger_in_disorder_is_folded_as_far_as_it_makes_sense(
        history in 0..HISTORIES.len(),
        changes in prop::collection::vec((any::<Index>(), any::<Index>(), 0..3_u8), 1..12),
    ) {
        let mut site = (HISTORIES[history].play)();
        let genuine = site.ledger.clone();
        let mut ledger = genuine.clone();
        for (one, other, change) in changes.iter().filter(|_| genuine.len() > 1) {
            let (one, other) = (one.index(ledger.len()), other.index(ledger.len()));
            match change {
                0 => drop(ledger.remove(one)),
                1 => ledger.insert(other, ledger[one].clone()),
                _ => ledger.swap(one, other),
            }
            if ledger.is_empty() {
                ledger = genuine.clone();
            }
        }
        site.ledger = ledger;
        site.crash_without_documents();
        let start = Command::Start { version: "0.1.0".to_owned(), living: Vec::new() };
        site.engine.decide(start, site.now);
        for days in [0, 1, 400] {
            site.pass(days * 86_400_000 + 1_000);
            site.engine.decide(Command::Tick, site.now);
            site.engine.next_deadline();
            site.engine.licences();
        }
        site.ledger = genuine;
        site.crash();
    }
}

/// What the property says is worth no more than the histories that it looks at.
#[test]
fn the_random_histories_reach_everything_that_the_model_knows() {
    let mut runner = TestRunner::deterministic();
    let histories = prop::collection::vec(action(), 140..150);
    let mut reached: BTreeMap<&str, usize> = BTreeMap::new();
    let mut refused: BTreeMap<RefusalCode, usize> = BTreeMap::new();
    for _ in 0..120 {
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
        "OrderCarriedOut",
        "UserAssigned",
        "AssignmentEnded",
        "SeatOverdrawn",
        "OverdraftCounted",
        "LicenceEnded",
    ] {
        assert!(
            reached.get(name).is_some_and(|times| *times > 20),
            "{name}: {reached:?}"
        );
    }
    for code in [
        RefusalCode::SeatsExhausted,
        RefusalCode::NoAssignmentLeft,
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
