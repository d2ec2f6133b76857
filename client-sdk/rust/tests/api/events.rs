//! What the application is told without having asked.

use std::{sync::mpsc, time::Duration};

use octroi::{Event, Events, SeatEnd, SeatStatus};
use octroi_proto::licensing::v1::{self as wire, event::Kind};

use crate::support::FakeDaemon;

const SOON: Duration = Duration::from_secs(10);

fn next(events: &mut Events) -> Event {
    events.next_within(SOON).expect("an event")
}

#[test]
fn a_revoked_seat_may_be_kept_until_it_is_acknowledged() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    let id = seat.id();
    daemon.world(|world| world.revoke(id.0, 30_000));
    let event = next(&mut session.events());
    let hold = Duration::from_secs(30);
    assert_eq!(event, Event::SeatRevoked { seat: id, hold });
    assert!(seat.is_valid());
    assert!(matches!(seat.status(), SeatStatus::Revoked { left } if left <= hold));

    seat.acknowledge();
    assert_eq!(seat.status(), SeatStatus::Ended(SeatEnd::Revoked));
    daemon.until("the daemon has it", |world| world.held() == 0);
}

#[test]
fn a_revoked_seat_that_is_not_acknowledged_ends_with_its_hold() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    daemon.world(|world| world.revoke(seat.id().0, 0));
    next(&mut session.events());
    assert_eq!(seat.status(), SeatStatus::Ended(SeatEnd::Revoked));
}

#[test]
fn acknowledging_what_was_not_revoked_changes_nothing() {
    let daemon = FakeDaemon::start();
    let seat = daemon.open().checkout("solver").unwrap();
    seat.acknowledge();
    assert!(seat.is_valid());
}

#[test]
fn a_seat_that_ends_is_told_by_event_callback_and_status() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    let (told, causes) = mpsc::channel();
    let also = told.clone();
    seat.on_lost(move |cause| told.send(cause).unwrap());
    daemon.world(|world| world.end_seat(seat.id().0, wire::SeatEndCause::HardwareKeyAbsent));
    let cause = SeatEnd::HardwareKeyAbsent;
    assert_eq!(causes.recv_timeout(SOON).unwrap(), cause);
    let seat_id = seat.id();
    let expected = Event::SeatEnded {
        seat: seat_id,
        cause,
    };
    assert_eq!(next(&mut session.events()), expected);
    assert_eq!(seat.status(), SeatStatus::Ended(cause));
    assert!(!seat.is_valid());
    // Too late is told at once.
    seat.on_lost(move |cause| also.send(cause).unwrap());
    assert_eq!(causes.recv_timeout(SOON).unwrap(), cause);
}

#[test]
fn a_callback_that_panics_does_not_take_the_session_with_it() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    seat.on_lost(|_| panic!("an application's mistake"));
    daemon.world(|world| world.end_seat(seat.id().0, wire::SeatEndCause::Revoked));
    next(&mut session.events());
    drop(session.checkout("solver").unwrap());
}

#[test]
fn a_seat_that_the_application_released_was_not_lost() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    let (told, causes) = mpsc::channel();
    seat.on_lost(move |cause| told.send(cause).unwrap());
    seat.release().wait().unwrap();
    assert!(
        causes.recv_timeout(SOON).is_err(),
        "the callback is gone uncalled"
    );
}

#[test]
fn the_hardware_key_and_the_licences_end_are_told() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let mut events = session.events();
    let licence_id = || "lic-1".to_owned();
    let licence = || "lic-1".parse().unwrap();
    daemon.world(|world| {
        world.tell(Kind::HardwareKeyAway(wire::HardwareKeyAway {
            licence_id: licence_id(),
            budget_left_ms: 1500,
        }));
        world.tell(Kind::HardwareKeyBack(wire::HardwareKeyBack {
            licence_id: licence_id(),
        }));
        world.tell(Kind::LicenceEnding(wire::LicenceEnding {
            feature: String::new(),
            licence_id: licence_id(),
            ends_at_s: 5,
        }));
        world.tell(Kind::DaemonStopping(wire::DaemonStopping {}));
    });
    let away = Event::HardwareKeyAway {
        licence: licence(),
        budget_left: Duration::from_millis(1500),
    };
    assert_eq!(next(&mut events), away);
    assert_eq!(
        next(&mut events),
        Event::HardwareKeyBack { licence: licence() }
    );
    let ending = Event::LicenceEnding {
        feature: None,
        licence: licence(),
        ends_at: octroi::CivilSeconds(5),
    };
    assert_eq!(next(&mut events), ending);
    assert_eq!(next(&mut events), Event::DaemonStopping);
}

#[test]
fn events_that_nobody_reads_are_bounded_and_counted() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    daemon.world(|world| {
        for _ in 0..octroi::EVENTS_MAX + 10 {
            world.tell(Kind::DaemonStopping(wire::DaemonStopping {}));
        }
    });
    // The listing's answer comes behind all of them.
    session.list().unwrap();
    let mut events = session.events();
    assert_eq!(next(&mut events), Event::Missed { count: 10 });
    session.close().unwrap();
    assert_eq!(events.count(), octroi::EVENTS_MAX);
}

#[test]
fn after_dropped_events_the_seats_are_compared_with_the_daemons() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let kept = session.checkout("solver").unwrap();
    let lost = session.checkout("solver").unwrap();
    daemon.world(|world| {
        world.sessions[0].seats.remove(&lost.id().0);
        world.tell(Kind::Resync(wire::Resync { dropped: 1 }));
    });
    let event = next(&mut session.events());
    assert!(
        matches!(event, Event::SeatEnded { seat, .. } if seat == lost.id()),
        "{event:?}"
    );
    assert!(kept.is_valid());
    assert!(!lost.is_valid());
}

#[test]
fn events_end_with_the_session() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let events = session.events();
    let reader = std::thread::spawn(move || events.count());
    session.close().unwrap();
    assert_eq!(reader.join().unwrap(), 0);
}
