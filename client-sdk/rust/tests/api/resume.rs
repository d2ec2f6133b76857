//! The connection breaks, the daemon dies and comes back: the application does not notice, or is told.

use std::{sync::mpsc, time::Duration};

use octroi::{CheckoutOptions, Event, Events, SeatEnd, SeatStatus};
use octroi_proto::licensing::v1::{self as wire, client_message::Body as Asked, event::Kind};

use crate::support::{FakeDaemon, LicenceSpec, Misbehaviour, World, daemon::daemon_public_key};

const SOON: Duration = Duration::from_secs(10);

fn next(events: &mut Events) -> Event {
    events.next_within(SOON).expect("an event")
}

fn until_resumed(events: &mut Events) {
    while !matches!(next(events), Event::Resumed { .. }) {}
}

#[test]
fn a_broken_stream_is_resumed_and_the_seats_are_kept() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    let before = seat.lease();
    let mut events = session.events();
    daemon.world(|world| {
        world.civil_ms += 1;
        world.cut();
    });
    assert!(matches!(next(&mut events), Event::Disconnected { .. }));
    assert!(matches!(next(&mut events), Event::Resumed { .. }));
    assert!(seat.is_valid());
    assert_eq!(session.epoch(), 2);
    assert_eq!(seat.lease().seat, before.seat);
    assert_eq!(seat.lease().granted_at.0, before.granted_at.0 + 1);
    daemon.world(|world| assert_eq!(world.held(), 1));
    drop(session.checkout("solver").unwrap());
}

#[test]
fn a_daemon_that_is_killed_and_started_again_keeps_the_seats() {
    let mut daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    let mut events = session.events();
    daemon.kill();
    assert!(matches!(next(&mut events), Event::Disconnected { .. }));
    assert!(seat.is_valid());
    daemon.restart();
    until_resumed(&mut events);
    assert!(seat.is_valid());
    seat.release().wait().unwrap();
    daemon.world(|world| assert_eq!(world.held(), 0));
}

#[test]
fn what_is_asked_while_the_daemon_is_away_is_answered_when_it_is_back() {
    let mut daemon = FakeDaemon::start();
    let session = daemon.open();
    let held = session.checkout("solver").unwrap();
    daemon.kill();
    assert!(matches!(
        next(&mut session.events()),
        Event::Disconnected { .. }
    ));
    let asked = session
        .request("solver", CheckoutOptions::default())
        .unwrap();
    drop(held);
    daemon.restart();
    let seat = asked.wait().unwrap();
    assert!(seat.is_valid());
    daemon.until("the release arrived too", |world| world.held() == 1);
}

#[test]
fn a_check_out_while_the_daemon_stays_away_ends_at_its_deadline_and_the_seats_stay() {
    let mut daemon = FakeDaemon::start();
    let client = daemon.client().deadline(Duration::from_millis(500));
    let session = client.build().unwrap().open().unwrap();
    let seat = session.checkout("solver").unwrap();
    daemon.kill();
    let error = session.checkout("solver").unwrap_err();
    assert_eq!(error.code(), "DAEMON_NOT_ANSWERING");
    assert!(seat.is_valid());
}

#[test]
fn a_seat_whose_grant_was_lost_is_found_and_not_asked_for_again() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    daemon.world(|world| world.misbehaviour.loses_next_answer = true);
    let seat = session.checkout("solver").unwrap();
    assert!(seat.is_valid());
    daemon.world(|world| {
        let asked = world.asked_of(|body| matches!(body, Asked::Checkout(_)).then_some(()));
        assert_eq!(asked, [(2, ())]);
        assert_eq!(world.held(), 1);
    });
}

#[test]
fn a_lost_answer_is_asked_for_again_under_the_same_number_and_changes_nothing() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 1);
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    daemon.world(|world| world.misbehaviour.loses_next_answer = true);
    let error = session.checkout("solver").unwrap_err();
    assert_eq!(error.code(), "SEATS_EXHAUSTED");
    daemon.world(|world| world.misbehaviour.loses_next_answer = true);
    seat.release().wait().unwrap();
    daemon.world(|world| {
        let checkouts = world.asked_of(|body| matches!(body, Asked::Checkout(_)).then_some(()));
        assert_eq!(checkouts, [(2, ()), (3, ()), (3, ())]);
        let releases = world.asked_of(|body| matches!(body, Asked::Release(_)).then_some(()));
        assert_eq!(releases.len(), 2);
        assert_eq!(releases[0], releases[1]);
        assert_eq!(world.held(), 0);
    });
}

#[test]
fn what_overtakes_the_answer_to_a_resume_counts() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    let (told, causes) = mpsc::channel();
    seat.on_lost(move |cause| told.send(cause).unwrap());
    daemon.world(|world| {
        world.misbehaviour.overtakes = true;
        world.cut();
    });
    assert_eq!(causes.recv_timeout(SOON).unwrap(), SeatEnd::Suspended);
    assert_eq!(session.epoch(), 2);
}

#[test]
fn seats_wait_as_long_as_the_licence_says() {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        resume_window_s: 90,
        ..Default::default()
    });
    let session = daemon.open();
    daemon.world(World::cut);
    let window = Duration::from_secs(90);
    let event = next(&mut session.events());
    assert_eq!(event, Event::Disconnected { window });
}

#[test]
fn each_resume_shows_the_newest_token_and_offers_fresh_keys() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let mut events = session.events();
    for _ in 0..3 {
        daemon.world(World::cut);
        until_resumed(&mut events);
    }
    daemon.world(|world| {
        let resumes = world.asked_of(|body| match body {
            Asked::Resume(resume) => Some(resume.clone()),
            _ => None,
        });
        assert_eq!(resumes.len(), 3);
        for pair in resumes.windows(2) {
            assert_ne!(pair[0].1.resume_token, pair[1].1.resume_token);
            assert_ne!(pair[0].1.client_nonce, pair[1].1.client_nonce);
            assert_ne!(pair[0].1.client_public, pair[1].1.client_public);
            assert!(pair[0].0 < pair[1].0);
        }
    });
}

#[test]
fn a_seat_that_ended_meanwhile_is_told() {
    let mut daemon = FakeDaemon::start();
    let session = daemon.open();
    let kept = session.checkout("solver").unwrap();
    let lost = session.checkout("solver").unwrap();
    let (told, causes) = mpsc::channel();
    lost.on_lost(move |cause| told.send(cause).unwrap());
    daemon.kill();
    daemon.world(|world| world.sessions[0].seats.remove(&lost.id().0));
    daemon.restart();
    assert_eq!(
        causes.recv_timeout(SOON).unwrap(),
        SeatEnd::WhileDisconnected
    );
    assert_eq!(lost.status(), SeatStatus::Ended(SeatEnd::WhileDisconnected));
    assert!(kept.is_valid());
}

#[test]
fn what_a_stopping_daemon_refuses_is_asked_again_when_it_is_back() {
    let mut daemon = FakeDaemon::start();
    let session = daemon.open();
    daemon.world(|world| world.misbehaviour.refuses = Some(wire::RefusalCode::ShuttingDown));
    let asked = session
        .request("solver", CheckoutOptions::default())
        .unwrap();
    daemon.until("it was asked", |world| {
        !world
            .asked_of(|body| matches!(body, Asked::Checkout(_)).then_some(()))
            .is_empty()
    });
    daemon.kill();
    daemon.world(|world| world.misbehaviour = Misbehaviour::default());
    daemon.restart();
    assert!(asked.wait().unwrap().is_valid());
}

#[test]
fn a_check_out_that_waits_keeps_waiting_over_a_resume() {
    let mut daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 1);
    let session = daemon.open();
    let held = session.checkout("solver").unwrap();
    let options = CheckoutOptions::default().wait(SOON);
    let asked = session.request("solver", options).unwrap();
    daemon.until("it waits", |world| world.waiting() == 1);
    daemon.restart();
    until_resumed(&mut session.events());
    daemon.world(|world| assert_eq!(world.waiting(), 1));
    drop(held);
    assert!(asked.wait().unwrap().is_valid());
}

#[test]
fn a_wait_that_was_given_up_meanwhile_leaves_the_queue_after_the_resume() {
    let mut daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 0);
    let session = daemon.open();
    let mut events = session.events();
    let options = CheckoutOptions::default().wait(SOON);
    let asked = session.request("solver", options).unwrap();
    assert!(matches!(next(&mut events), Event::Waiting { .. }));
    daemon.kill();
    assert!(matches!(next(&mut events), Event::Disconnected { .. }));
    drop(asked);
    daemon.restart();
    daemon.until("it left the queue", |world| world.waiting() == 0);
}

#[test]
fn a_seat_that_was_granted_and_given_up_meanwhile_is_given_back_after_the_resume() {
    let mut daemon = FakeDaemon::start();
    daemon.world(|world| world.misbehaviour.never_answers = true);
    let session = daemon.open();
    let mut events = session.events();
    let asked = session
        .request("solver", CheckoutOptions::default())
        .unwrap();
    daemon.until("it was granted", |world| world.held() == 1);
    daemon.kill();
    assert!(matches!(next(&mut events), Event::Disconnected { .. }));
    drop(asked);
    daemon.world(|world| world.misbehaviour = Misbehaviour::default());
    daemon.restart();
    daemon.until("it is free", |world| world.held() == 0);
}

#[test]
fn changed_documents_are_fetched_and_the_seats_rest_on_them() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    let old = seat.lease();
    renew(&daemon);
    daemon.world(|world| {
        let licence_id = "lic-1".into();
        world.tell(Kind::DocumentsChanged(wire::DocumentsChanged {
            licence_id,
        }));
    });
    daemon.until("it was fetched", |world| world.sessions[0].epoch == 2);
    let second = session.checkout("solver").unwrap();
    assert_ne!(second.lease().licence_digest, old.licence_digest);
    assert_eq!(seat.lease().licence_digest, second.lease().licence_digest);
    assert!(seat.lease().ends_at > old.ends_at);
    // Nothing was lost, so nothing but the change itself is told.
    let event = next(&mut session.events());
    assert!(matches!(event, Event::DocumentsChanged { .. }), "{event:?}");
    assert_eq!(session.events().next_within(Duration::ZERO), None);
}

#[test]
fn a_lease_on_a_licence_installed_since_is_believed_once_the_licence_was_fetched() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    renew(&daemon);
    let seat = session.checkout("solver").unwrap();
    assert_eq!(session.epoch(), 2);
    assert!(seat.is_valid());
    daemon.world(|world| assert_eq!(world.held(), 1));
}

fn renew(daemon: &FakeDaemon) {
    let spec = LicenceSpec {
        serial: 2,
        term: (0, crate::support::NOW_S + 1_000_000),
        ..Default::default()
    };
    let documents = daemon.vendor.documents(&spec, &daemon_public_key());
    daemon.world(|world| world.documents = vec![documents]);
}
