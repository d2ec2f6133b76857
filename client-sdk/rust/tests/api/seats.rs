//! Seats: asked for, held, given back, waited for, given up.

use std::time::Duration;

use octroi::{CheckoutOptions, Error, RefusalCode, SeatEnd, SeatStatus};
use octroi_proto::licensing::v1::client_message::Body as Asked;

use crate::support::FakeDaemon;

fn waiting() -> CheckoutOptions {
    CheckoutOptions::default().wait(Duration::from_secs(30))
}

#[test]
fn a_seat_is_held_until_it_is_dropped() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    assert!(seat.is_valid());
    assert_eq!(seat.status(), SeatStatus::Held);
    daemon.world(|world| assert_eq!(world.held(), 1));
    drop(seat);
    daemon.until("the seat is free", |world| world.held() == 0);
}

#[test]
fn a_release_can_be_waited_for() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    seat.release().wait().unwrap();
    daemon.world(|world| assert_eq!(world.held(), 0));
}

#[test]
fn what_was_released_is_released_once() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    session
        .checkout("solver")
        .unwrap()
        .release()
        .wait()
        .unwrap();
    session.list().unwrap();
    daemon.world(|world| {
        let releases = world.asked_of(|body| matches!(body, Asked::Release(_)).then_some(()));
        assert_eq!(releases.len(), 1);
    });
}

#[test]
fn the_seat_too_many_is_refused_with_what_stands_in_the_way() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let _held = (
        session.checkout("solver").unwrap(),
        session.checkout("solver").unwrap(),
    );
    let error = session.checkout("solver").unwrap_err();
    assert_eq!(error.code(), "SEATS_EXHAUSTED");
    let refusal = error.refusal().unwrap();
    assert_eq!(refusal.code, RefusalCode::SeatsExhausted);
    assert_eq!((refusal.limit, refusal.in_use), (2, 2));
    assert!(error.to_string().contains("2 of 2 in use"), "{error}");
}

#[test]
fn a_feature_that_nobody_licensed_is_told_apart_from_a_mistyped_name() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let code = |feature| session.checkout(feature).unwrap_err().code();
    assert_eq!(code("mesher"), "FEATURE_NOT_LICENSED");
    assert_eq!(code("no such feature"), "INVALID_ARGUMENT");
}

#[test]
fn a_check_out_may_take_several_units() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let two = CheckoutOptions::default().units(2);
    let seat = session.checkout_with("solver", two).unwrap();
    assert_eq!(seat.lease().units, 2);
    daemon.world(|world| assert_eq!(world.held(), 2));
}

#[test]
fn many_requests_may_be_open_at_one_time_and_each_gets_its_own_answer() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 5);
    let session = daemon.open();
    let one = CheckoutOptions::default();
    let asked: Vec<_> = (0..100)
        .map(|_| session.request("solver", one).unwrap())
        .collect();
    let answers: Vec<_> = asked.into_iter().map(octroi::PendingSeat::wait).collect();
    let granted: std::collections::BTreeSet<_> =
        answers.iter().flatten().map(octroi::Seat::id).collect();
    assert_eq!(granted.len(), 5);
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    assert_eq!(
        refused
            .filter(|error| error.code() == "SEATS_EXHAUSTED")
            .count(),
        95
    );
}

#[test]
fn requests_are_numbered_from_one_without_gaps_and_acknowledge_what_was_answered() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    session
        .checkout("solver")
        .unwrap()
        .release()
        .wait()
        .unwrap();
    session.list().unwrap();
    daemon.world(|world| {
        let numbers: Vec<u64> = world.asked.iter().map(|message| message.number).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4]);
        let below: Vec<u64> = world
            .asked
            .iter()
            .map(|message| message.answered_below)
            .collect();
        assert_eq!(below, [0, 0, 2, 3, 4]);
    });
}

#[test]
fn more_unanswered_requests_than_the_bound_are_refused_here() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| {
        world.limit = 2000;
        world.misbehaviour.never_answers = true;
    });
    let session = daemon.open();
    let one = CheckoutOptions::default();
    let open: Vec<_> = (0..octroi::REQUESTS_MAX)
        .map(|_| session.request("solver", one).unwrap())
        .collect();
    let error = session.request("solver", one).unwrap_err();
    assert_eq!(error.code(), "TOO_MANY_REQUESTS");
    drop(open);
}

#[test]
fn a_check_out_that_waits_gets_the_seat_that_another_gives_back() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 1);
    let session = daemon.open();
    let first = session.checkout("solver").unwrap();
    let second = session.request("solver", waiting()).unwrap();
    daemon.until("it waits", |world| world.waiting() == 1);
    let mut events = session.events();
    let event = events.next_within(Duration::from_secs(5)).unwrap();
    assert!(
        matches!(event, octroi::Event::Waiting { place: 1, .. }),
        "{event:?}"
    );
    drop(first);
    assert!(second.wait().unwrap().is_valid());
}

#[test]
fn a_check_out_that_waited_in_vain_says_so() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 0);
    let session = daemon.open();
    let asked = session.request("solver", waiting()).unwrap();
    daemon.until("it waits", |world| world.waiting() == 1);
    daemon.world(crate::support::World::pass_queue_deadline);
    assert_eq!(asked.wait().unwrap_err().code(), "QUEUE_DEADLINE_PASSED");
}

#[test]
fn a_check_out_that_is_dropped_leaves_the_queue() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 0);
    let session = daemon.open();
    let asked = session.request("solver", waiting()).unwrap();
    daemon.until("it waits", |world| world.waiting() == 1);
    drop(asked);
    daemon.until("it left", |world| world.waiting() == 0);
    // The daemon's answer to that ends nothing else.
    session.list().unwrap();
    assert_eq!(session.epoch(), 1);
}

#[test]
fn a_check_out_that_waits_for_long_does_not_make_the_daemon_keep_every_answer() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 0);
    let session = daemon.open();
    let _waits = session.request("solver", waiting()).unwrap();
    daemon.until("it waits", |world| world.waiting() == 1);
    for _ in 0..600 {
        session.list().unwrap();
    }
    daemon.world(|world| {
        let last = world.asked.last().unwrap();
        assert_eq!(last.answered_below, last.number);
        let early = &world.asked[100];
        assert_eq!(early.answered_below, 2);
    });
}

#[test]
fn a_wait_that_the_daemon_forgets_ends_here() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 0);
    let client = daemon.client().deadline(Duration::from_millis(500));
    let session = client.build().unwrap().open().unwrap();
    let options = CheckoutOptions::default().wait(Duration::from_millis(100));
    let error = session.checkout_with("solver", options).unwrap_err();
    assert_eq!(error.code(), "DAEMON_NOT_ANSWERING");
    daemon.until("it left the queue", |world| world.waiting() == 0);
}

#[test]
fn a_check_out_that_is_never_answered_ends_at_the_deadline_and_its_late_seat_is_given_back() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.misbehaviour.never_answers = true);
    let client = daemon.client().deadline(Duration::from_millis(500));
    let session = client.build().unwrap().open().unwrap();
    let error = session.checkout("solver").unwrap_err();
    assert_eq!(error.code(), "DAEMON_NOT_ANSWERING");
    daemon.world(|world| {
        assert_eq!(world.held(), 1);
        world.misbehaviour.never_answers = false;
        world.answer_late(0, 2);
    });
    daemon.until("the late seat is free", |world| world.held() == 0);
}

#[test]
fn a_slow_answer_within_the_deadline_is_waited_for() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.misbehaviour.never_answers = true);
    let session = daemon.open();
    let asked = session
        .request("solver", CheckoutOptions::default())
        .unwrap();
    let waiter = std::thread::spawn(move || asked.wait());
    daemon.until("it was asked", |world| world.held() == 1);
    daemon.world(|world| world.answer_late(0, 2));
    assert!(waiter.join().unwrap().unwrap().is_valid());
}

#[test]
fn a_seat_keeps_its_session_open_and_the_last_handle_ends_it() {
    let daemon = FakeDaemon::start();
    let seat = daemon.open().checkout("solver").unwrap();
    assert!(seat.is_valid());
    daemon.world(|world| assert!(!world.sessions[0].goodbye));
    drop(seat);
    daemon.until("goodbye was said", |world| {
        world.sessions[0].goodbye && world.living_streams() == 0
    });
}

#[test]
fn closing_ends_every_seat_and_says_goodbye() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    let other_handle = session.clone();
    session.close().unwrap();
    assert_eq!(seat.status(), SeatStatus::Ended(SeatEnd::SessionEnded));
    daemon.world(|world| assert!(world.sessions[0].goodbye));
    assert_eq!(
        other_handle.checkout("solver").unwrap_err(),
        Error::SessionClosed
    );
}

#[test]
fn the_use_of_features_can_be_listed() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let _seat = session.checkout("solver").unwrap();
    let uses = session.list().unwrap();
    assert_eq!(uses.len(), 1);
    assert_eq!(uses[0].feature.as_str(), "solver");
    assert_eq!((uses[0].limit, uses[0].in_use, uses[0].waiting), (2, 1, 0));
}

#[test]
fn handles_work_from_any_thread() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 64);
    let session = daemon.open();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let session = session.clone();
            std::thread::spawn(move || {
                for _ in 0..20 {
                    session
                        .checkout("solver")
                        .unwrap()
                        .release()
                        .wait()
                        .unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    daemon.world(|world| assert_eq!(world.held(), 0));
}
