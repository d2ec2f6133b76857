//! The same session on the caller's own runtime.

use std::time::Duration;

use octroi::{CheckoutOptions, Error, Event, Loss, SeatEnd, SeatStatus, asynchronous::Session};
use octroi_proto::licensing::v1 as wire;

use crate::support::{FakeDaemon, Misbehaviour, World};

async fn open(daemon: &FakeDaemon) -> Session {
    daemon.client().build().unwrap().open_async().await.unwrap()
}

#[tokio::test]
async fn a_seat_is_asked_for_held_and_given_back() {
    let daemon = FakeDaemon::start();
    let session = open(&daemon).await;
    let seat = session.checkout("solver").await.unwrap();
    assert!(seat.is_valid());
    assert_eq!(session.list().await.unwrap()[0].in_use, 1);
    seat.release().await.unwrap();
    daemon.world(|world| assert_eq!(world.held(), 0));
    session.close().await.unwrap();
    daemon.world(|world| assert!(world.sessions[0].goodbye));
}

#[tokio::test]
async fn refusals_and_lost_seats_are_told() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 1);
    let session = open(&daemon).await;
    let seat = session.checkout("solver").await.unwrap();
    let error = session.checkout("solver").await.unwrap_err();
    assert_eq!(error.code(), "SEATS_EXHAUSTED");
    daemon.world(|world| world.end_seat(seat.id().0, wire::SeatEndCause::Suspended));
    assert_eq!(seat.lost().await, SeatEnd::Suspended);
    let event = session.next_event().await.unwrap();
    assert!(matches!(event, Event::SeatEnded { .. }), "{event:?}");
}

#[tokio::test]
async fn a_check_out_whose_future_is_dropped_leaves_the_queue() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 0);
    let session = open(&daemon).await;
    let options = CheckoutOptions::default().wait(Duration::from_secs(30));
    let asked = session.checkout_with("solver", options);
    let given_up = tokio::time::timeout(Duration::from_millis(50), asked).await;
    assert!(given_up.is_err());
    session.list().await.unwrap();
    daemon.world(|world| assert_eq!(world.waiting(), 0));
}

#[tokio::test]
async fn a_check_out_that_is_never_answered_ends_at_the_deadline() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.misbehaviour.never_answers = true);
    let client = daemon.client().deadline(Duration::from_millis(500));
    let session = client.build().unwrap().open_async().await.unwrap();
    let error = session.checkout("solver").await.unwrap_err();
    assert_eq!(error.code(), "DAEMON_NOT_ANSWERING");
}

#[tokio::test]
async fn a_broken_stream_is_resumed() {
    let daemon = FakeDaemon::start();
    let session = open(&daemon).await;
    let seat = session.checkout("solver").await.unwrap();
    daemon.world(World::cut);
    while !matches!(session.next_event().await.unwrap(), Event::Resumed { .. }) {}
    assert!(seat.is_valid());
    assert_eq!(session.epoch(), 2);
}

#[tokio::test]
async fn an_untrusted_daemon_is_refused() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| {
        world.misbehaviour = Misbehaviour {
            bad_signature: true,
            ..Default::default()
        };
    });
    let error = daemon
        .client()
        .build()
        .unwrap()
        .open_async()
        .await
        .unwrap_err();
    assert_eq!(error.code(), "UNTRUSTED_PROOF_SIGNATURE");
}

#[tokio::test]
async fn the_blocking_calls_work_on_a_runtimes_thread_too() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    seat.release().wait().unwrap();
}

#[test]
fn a_runtime_that_is_shut_down_ends_its_sessions() {
    let daemon = FakeDaemon::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let (session, seat) = runtime.block_on(async {
        let session = open(&daemon).await;
        let seat = session.checkout("solver").await.unwrap();
        (session, seat)
    });
    runtime.shutdown_timeout(Duration::from_secs(5));
    assert_eq!(seat.status(), SeatStatus::Ended(SeatEnd::SessionEnded));
    let error = session
        .request("solver", CheckoutOptions::default())
        .unwrap_err();
    let why = Loss::RuntimeStopped;
    assert_eq!(error, Error::SessionLost { why });
}
