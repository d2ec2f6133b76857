//! The session cannot go on, or only with a daemon that proves itself: the application is told.

use std::time::{Duration, Instant};

use octroi::{Error, Event, Events, Loss, RefusalCode, SeatEnd, Session};
use octroi_proto::licensing::v1::{self as wire, client_message::Body as Asked};

use crate::support::{FakeDaemon, LicenceSpec, Misbehaviour, World, raw::Impostor};

const SOON: Duration = Duration::from_secs(10);

fn next(events: &mut Events) -> Event {
    events.next_within(SOON).expect("an event")
}

fn until_resumed(events: &mut Events) {
    while !matches!(next(events), Event::Resumed { .. }) {}
}

/// The shortest time that a licence can state, in which everything is tried that can be.
const WINDOW: Duration = Duration::from_secs(1);

fn impatient() -> (FakeDaemon, Session) {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        resume_window_s: 1,
        ..Default::default()
    });
    daemon.world(|world| world.resume_window_ms = 1);
    let client = daemon.client().reconnect_for(Duration::ZERO);
    let session = client.build().unwrap().open().unwrap();
    (daemon, session)
}

#[test]
fn a_session_that_the_daemon_has_forgotten_is_lost_with_its_seats() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    let mut events = session.events();
    daemon.world(|world| {
        world.misbehaviour.refuses_resume = Some(wire::RefusalCode::SessionUnknown);
        world.cut();
    });
    assert!(matches!(next(&mut events), Event::Disconnected { .. }));
    let ended = Event::SeatEnded {
        seat: seat.id(),
        cause: SeatEnd::SessionEnded,
    };
    assert_eq!(next(&mut events), ended);
    let why = Loss::Unknown;
    assert_eq!(next(&mut events), Event::SessionLost { why: why.clone() });
    assert_eq!(events.next(), None);
    assert!(!seat.is_valid());
    assert_eq!(
        session.checkout("solver").unwrap_err(),
        Error::SessionLost { why }
    );
}

#[test]
fn a_daemon_that_does_not_come_back_ends_the_session_after_the_window() {
    let (mut daemon, session) = impatient();
    let seat = session.checkout("solver").unwrap();
    let started = Instant::now();
    daemon.kill();
    let lost = session
        .events()
        .find(|event| matches!(event, Event::SessionLost { .. }));
    assert!(started.elapsed() >= WINDOW);
    let window = WINDOW;
    let code = "DAEMON_ABSENT";
    let why = Loss::DaemonGone { window, last: code };
    assert_eq!(lost, Some(Event::SessionLost { why }));
    assert!(!seat.is_valid());
}

#[test]
fn whoever_takes_the_daemons_place_is_not_believed_and_the_daemon_is_when_it_is_back() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    let mut events = session.events();
    daemon.world(|world| {
        world.misbehaviour.bad_signature = true;
        world.cut();
    });
    daemon.until("it was tried twice", |world| {
        world
            .asked_of(|body| matches!(body, Asked::Resume(_)).then_some(()))
            .len()
            >= 2
    });
    assert_eq!(session.epoch(), 1);
    assert!(seat.is_valid());
    daemon.world(|world| world.misbehaviour = Misbehaviour::default());
    until_resumed(&mut events);
    assert!(seat.is_valid());
}

#[test]
fn another_daemons_key_does_not_resume_the_session_though_the_vendor_vouches_for_it() {
    let (daemon, session) = impatient();
    let other = ed25519_dalek::SigningKey::from_bytes(&[0x77; 32]);
    daemon.world(|world| {
        let key = other.verifying_key().into();
        world.documents = vec![daemon.vendor.documents(&LicenceSpec::default(), &key)];
        world.daemon_key = other.clone();
        world.cut();
    });
    let lost = session
        .events()
        .find(|event| matches!(event, Event::SessionLost { .. }));
    let Some(Event::SessionLost {
        why: Loss::DaemonGone { last, .. },
    }) = lost
    else {
        panic!("{lost:?}");
    };
    assert_eq!(last, "UNTRUSTED_PROOF_MISMATCH");
}

#[test]
fn a_daemon_that_refuses_the_session_for_good_ends_it_at_once() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    daemon.world(|world| {
        world.misbehaviour.refuses_resume = Some(wire::RefusalCode::VendorUnknown);
        world.cut();
    });
    let lost = session
        .events()
        .find(|event| matches!(event, Event::SessionLost { .. }));
    let code = RefusalCode::VendorUnknown;
    let why = Loss::Refused { code };
    assert_eq!(lost, Some(Event::SessionLost { why }));
}

#[test]
fn a_daemon_that_is_still_starting_is_asked_again() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    daemon.world(|world| {
        world.misbehaviour.refuses_resume = Some(wire::RefusalCode::ShuttingDown);
        world.cut();
    });
    daemon.until("it was tried twice", |world| {
        world
            .asked_of(|body| matches!(body, Asked::Resume(_)).then_some(()))
            .len()
            >= 2
    });
    daemon.world(|world| world.misbehaviour.refuses_resume = None);
    until_resumed(&mut session.events());
}

#[test]
fn a_session_without_a_token_is_lost_with_its_stream() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.misbehaviour.no_token = true);
    let session = daemon.open();
    daemon.world(World::cut);
    let lost = session
        .events()
        .find(|event| matches!(event, Event::SessionLost { .. }));
    let why = Loss::NotResumable;
    assert_eq!(lost, Some(Event::SessionLost { why }));
}

#[test]
fn a_session_that_a_newer_stream_took_over_is_lost() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    daemon.world(|world| {
        world.misbehaviour.refuses = Some(wire::RefusalCode::SessionSuperseded);
    });
    let error = session.checkout("solver").unwrap_err();
    let why = Loss::Superseded;
    assert_eq!(error, Error::SessionLost { why });
}

#[test]
fn dropping_the_session_while_the_daemon_is_away_does_not_hang() {
    let mut daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    daemon.kill();
    let started = Instant::now();
    drop(seat);
    session.close().unwrap();
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_silent_socket_in_the_daemons_place_ends_the_session_after_the_window() {
    let (mut daemon, session) = impatient();
    let impostor = Impostor::silent();
    daemon.kill();
    std::fs::rename(&impostor.socket, &daemon.socket).unwrap();
    let lost = session
        .events()
        .find(|event| matches!(event, Event::SessionLost { .. }));
    let Some(Event::SessionLost {
        why: Loss::DaemonGone { last, .. },
    }) = lost
    else {
        panic!("{lost:?}");
    };
    assert_eq!(last, "DAEMON_NOT_ANSWERING");
}

#[test]
fn a_lost_session_is_opened_anew_as_it_was_and_has_no_seats() {
    let mut daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    let mut events = session.events();
    // Started anew without what it knew.
    daemon.kill();
    daemon.world(|world| world.sessions.clear());
    daemon.restart();
    while !matches!(next(&mut events), Event::SessionLost { .. }) {}
    assert!(!seat.is_valid());
    let again = session.reopen().unwrap();
    assert!(again.checkout("solver").unwrap().is_valid());
    assert_eq!(
        session.checkout("solver").unwrap_err().code(),
        "SESSION_LOST"
    );
    let asked = daemon.world(|world| {
        world.asked_of(|body| match body {
            Asked::Open(open) => Some((open.product.clone(), open.version.clone())),
            _ => None,
        })
    });
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
}
