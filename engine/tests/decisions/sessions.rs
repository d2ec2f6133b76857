//! Sessions belong to processes.

use octroi_engine::{
    Caller, Command, Epoch, Event, Outcome, Policy, ProcessIdentity, RefusalCode, RequestNumber,
    SessionEnd,
};

use crate::support::{
    Site,
    site::{caller, granted, open_command, refused, session, token, user},
    vendor::{feature, terms},
};

fn site() -> Site {
    Site::licensed(&terms("wb-1", vec![feature("cad", 2)]))
}

fn resume_as(site: &mut Site, caller: Caller, shown: octroi_engine::TokenHash) -> Outcome {
    let next_token = token(session(99), 99);
    let number = RequestNumber(2);
    site.outcome(Command::Resume {
        number,
        caller,
        token: shown,
        next_token,
    })
}

fn ends(site: &Site) -> Vec<SessionEnd> {
    let ends = site.ledger.iter().filter_map(|record| match record.event {
        Event::SessionEnded { cause, .. } => Some(cause),
        _ => None,
    });
    ends.collect()
}

#[test]
fn a_stream_lost_while_the_process_lives_keeps_its_seats_for_the_resume_window() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let grant = site.seat(&mut app, "cad");
    site.detach(&app);
    site.later(4_999);
    assert_eq!(site.in_use("cad"), 1);
    let session = app.session;
    assert_eq!(
        site.resume(&mut app),
        Outcome::Session {
            session,
            epoch: Epoch(2)
        }
    );
    site.later(60_000);
    assert_eq!(site.engine.grants_of(app.session), [grant]);
}

#[test]
fn seats_end_when_the_resume_window_has_passed() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.detach(&app);
    let deadline = site.engine.next_deadline().unwrap().boottime_ms.unwrap();
    assert_eq!(deadline, site.now.boottime_ms + 5_000);
    site.later(5_000);
    assert_eq!(ends(&site), [SessionEnd::ResumeWindowPassed]);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(
        refused(site.resume(&mut app)).code,
        RefusalCode::SessionUnknown
    );
}

#[test]
fn the_longest_window_of_the_licences_that_a_session_rests_on_counts() {
    let mut site = site();
    let mut other = terms("wb-2", vec![feature("render", 1)]);
    other.resume_window_s = 60;
    site.activate(&other);
    let mut app = site.open(1, 100);
    assert_eq!(site.engine.resume_window_ms(app.session), 5_000);
    site.seat(&mut app, "cad");
    site.seat(&mut app, "render");
    assert_eq!(site.engine.resume_window_ms(app.session), 60_000);
}

#[test]
fn a_process_that_ended_loses_its_session_at_once() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.exited(&app);
    assert_eq!(ends(&site), [SessionEnd::ProcessExited]);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn goodbye_ends_a_session_at_once() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.send(Command::Goodbye {
        session: app.session,
        epoch: app.epoch,
    });
    assert_eq!(ends(&site), [SessionEnd::Goodbye]);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_stream_without_a_known_process_ends_with_its_transport() {
    let mut site = site();
    let nameless = Caller {
        process: None,
        ..caller(1, 0)
    };
    let mut app = site.open_as(nameless, None);
    site.seat(&mut app, "cad");
    assert_eq!(site.engine.resume_window_ms(app.session), 0);
    site.detach(&app);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(
        refused(site.resume(&mut app)).code,
        RefusalCode::SessionUnknown
    );
}

#[test]
fn the_late_end_of_a_superseded_stream_does_nothing() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let old = app.clone();
    site.resume(&mut app);
    let before = site.ledger.len();
    site.detach(&old);
    site.later(60_000);
    assert_eq!(site.ledger.len(), before);
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn a_superseded_stream_is_told_so_and_changes_nothing() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    let mut old = app.clone();
    site.resume(&mut app);
    assert_eq!(site.code(&mut old, "cad"), RefusalCode::SessionSuperseded);
    assert_eq!(
        refused(site.release(&mut old, seat)).code,
        RefusalCode::SessionSuperseded
    );
    let goodbye = Command::Goodbye {
        session: old.session,
        epoch: old.epoch,
    };
    assert_eq!(
        refused(site.outcome(goodbye)).code,
        RefusalCode::SessionSuperseded
    );
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn a_detached_session_speaks_only_after_it_was_resumed() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.detach(&app);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::SessionNotOpen);
    site.resume(&mut app);
    site.seat(&mut app, "cad");
}

#[test]
fn a_stolen_resume_token_names_nothing() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.detach(&app);
    let stolen = token(app.session, 1);
    let thieves = [
        caller(1, 101),
        caller(2, 100),
        Caller {
            process: None,
            ..caller(1, 100)
        },
        // The process id came again: the start time is another.
        Caller {
            process: Some(ProcessIdentity {
                pid: 100,
                start_time: 78,
            }),
            ..caller(1, 100)
        },
    ];
    for thief in thieves {
        let refusal = refused(resume_as(&mut site, thief, stolen));
        assert_eq!(refusal.code, RefusalCode::SessionUnknown);
    }
    let session = app.session;
    assert_eq!(
        site.resume(&mut app),
        Outcome::Session {
            session,
            epoch: Epoch(2)
        }
    );
}

#[test]
fn a_token_is_accepted_again_until_the_next_one_is_used() {
    let mut site = site();
    let app = site.open(1, 100);
    let (first, second, third) = (
        token(app.session, 1),
        token(app.session, 2),
        token(app.session, 3),
    );
    let mut resume = |shown, next_token| {
        let (number, caller) = (RequestNumber(2), caller(1, 100));
        site.outcome(Command::Resume {
            number,
            caller,
            token: shown,
            next_token,
        })
    };
    let epoch = |number| Outcome::Session {
        session: app.session,
        epoch: Epoch(number),
    };
    // The answers with the second and then with the third token are lost.
    assert_eq!(resume(first, second), epoch(2));
    assert_eq!(resume(first, third), epoch(3));
    assert_eq!(resume(first, second), epoch(4));
    assert_eq!(resume(second, third), epoch(5));
    assert_eq!(
        refused(resume(first, first)).code,
        RefusalCode::SessionUnknown
    );
    assert_eq!(resume(third, first), epoch(6));
}

#[test]
fn opening_again_under_the_same_id_changes_nothing() {
    let mut site = site();
    let app = site.open(1, 100);
    let before = site.ledger.len();
    let again = open_command(app.session, &app.caller, Some("2026.1"));
    let outcome = Outcome::Session {
        session: app.session,
        epoch: Epoch(1),
    };
    assert_eq!(site.outcome(again), outcome);
    let other = open_command(app.session, &caller(2, 100), Some("2026.1"));
    assert_eq!(
        refused(site.outcome(other)).code,
        RefusalCode::RequestOutOfOrder
    );
    assert_eq!(site.ledger.len(), before);
}

#[test]
fn ten_thousand_sessions_of_one_user_leave_room_for_everybody_else() {
    let mut site = site();
    let mut refusals = 0;
    for number in 0..10_000_u32 {
        let of = caller(1, number + 1);
        let outcome = site.engine.decide(
            open_command(session(u64::from(number) + 1_000), &of, None),
            site.now,
        );
        site.ledger.extend(outcome.records);
        if let Outcome::Refused(refusal) = outcome.outcome {
            assert_eq!(refusal.code, RefusalCode::TooManySessions);
            assert_eq!((refusal.limit, refusal.in_use), (4_096, 4_096));
            refusals += 1;
        }
    }
    assert_eq!(refusals, 10_000 - 4_096);
    let recorded = site
        .events(0)
        .iter()
        .filter(|name| **name == "OpenRefused")
        .count();
    assert_eq!(recorded, 20);
    let mut other = site.open(2, 7);
    site.seat(&mut other, "cad");
    site.later(60_000);
    let counted = site.ledger.iter().find_map(|record| match &record.event {
        Event::RefusalsCounted { user: of, counts } if *of == user(1) => Some(counts.clone()),
        _ => None,
    });
    assert_eq!(
        counted,
        Some(vec![(RefusalCode::TooManySessions, refusals - 20)])
    );
}

#[test]
fn the_realm_has_room_for_so_many_sessions() {
    let policy = Policy {
        sessions_max: 2,
        ..Policy::default()
    };
    let mut site = Site::with(policy);
    site.open(1, 1);
    let second = site.open(2, 2);
    let third = open_command(session(9), &caller(3, 3), None);
    let refusal = refused(site.outcome(third.clone()));
    assert_eq!(
        (refusal.code, refusal.limit),
        (RefusalCode::TooManySessions, 2)
    );
    site.exited(&second);
    assert!(matches!(site.outcome(third), Outcome::Session { .. }));
}

#[test]
fn what_a_session_waits_for_and_holds_ends_before_it() {
    let mut site = Site::licensed(&terms("wb-1", vec![feature("cad", 1)]));
    let mut app = site.open(1, 100);
    granted(site.checkout(&mut app, "cad", 1));
    site.checkout_waiting(&mut app, "cad", 1, 60_000);
    let from = site.ledger.len();
    site.exited(&app);
    assert_eq!(
        site.events(from),
        ["WaitEnded", "SeatEnded", "SessionEnded"]
    );
}
