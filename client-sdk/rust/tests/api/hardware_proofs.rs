//! Features of which the licence wants each check-out proven by its hardware key: what the application
//! sends, and what it believes.

use octroi::{BorrowOptions, Error, Untrusted};
use octroi_licence::CheckoutProofError;
use octroi_proto::licensing::v1::{self as wire, client_message::Body as Asked};

use crate::support::{
    FakeDaemon, LicenceSpec, World,
    daemon::daemon_public_key,
    proving::{self, SERIAL},
    world::Prove,
};

fn proven() -> LicenceSpec {
    LicenceSpec {
        proven: true,
        borrow: (14_400, 3_600),
        ..Default::default()
    }
}

fn daemon_that(proves: Prove) -> FakeDaemon {
    let daemon = FakeDaemon::with_licence(&proven());
    daemon.world(|world| world.proves = Some(proves));
    daemon
}

/// Numbers and nonces of the check-outs that were asked for.
fn nonces(world: &World) -> Vec<(u64, Vec<u8>)> {
    world.asked_of(|asked| match asked {
        Asked::Checkout(checkout) => Some(checkout.hardware_nonce.clone()),
        _ => None,
    })
}

/// Why the proof was not believed; the seat has been given back.
fn disbelieved(daemon: &FakeDaemon) -> CheckoutProofError {
    let error = daemon.open().checkout("solver").unwrap_err();
    assert_eq!(error.code(), "UNTRUSTED_HARDWARE_PROOF");
    daemon.until("the seat is free again", |world| world.held() == 0);
    match error {
        Error::Untrusted(why) => match *why {
            Untrusted::HardwareProof { source, .. } => source,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_seat_names_the_key_whose_proof_the_application_verified() {
    let daemon = daemon_that(proving::honest);
    let seat = daemon.open().checkout("solver").unwrap();
    assert_eq!(seat.lease().proven_by, [SERIAL]);
}

#[test]
fn each_check_out_sends_a_fresh_nonce() {
    let daemon = daemon_that(proving::honest);
    let session = daemon.open();
    let _seats = [session.checkout("solver"), session.checkout("solver")];
    let nonces = daemon.world(|world| nonces(world));
    assert_eq!(nonces.len(), 2);
    assert!(nonces.iter().all(|(_, nonce)| nonce.len() == 32));
    assert_ne!(nonces[0].1, nonces[1].1);
}

#[test]
fn where_no_licence_wants_a_proof_nothing_is_sent_and_nothing_is_looked_for() {
    let daemon = FakeDaemon::start();
    let seat = daemon.open().checkout("solver").unwrap();
    assert!(seat.lease().proven_by.is_empty());
    daemon.world(|world| assert!(nonces(world)[0].1.is_empty()));
}

#[test]
fn a_lease_without_its_proof_is_refused_and_given_back() {
    let daemon = FakeDaemon::with_licence(&proven());
    assert_eq!(disbelieved(&daemon), CheckoutProofError::Missing);
}

#[test]
fn a_proof_that_was_made_before_or_for_a_neighbour_is_refused() {
    let proofs: [Prove; 2] = [proving::replayed, proving::of_a_neighbour];
    for proves in proofs {
        let why = disbelieved(&daemon_that(proves));
        assert_eq!(why, CheckoutProofError::AnotherCheckout);
    }
}

#[test]
fn a_proof_by_another_key_to_another_daemon_or_for_another_licence_is_refused() {
    let proofs: [Prove; 3] = [
        proving::other_key,
        proving::other_daemon,
        proving::other_licence,
    ];
    for proves in proofs {
        let why = disbelieved(&daemon_that(proves));
        assert!(matches!(why, CheckoutProofError::Key(_)), "{why:?}");
    }
}

#[test]
fn an_error_says_what_is_wrong_with_the_proof() {
    let error = FakeDaemon::with_licence(&proven())
        .open()
        .checkout("solver")
        .unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(
        format!("{error}: {source}"),
        "licence lic-1 demands a proof by its hardware key for each check-out of solver, and the lease's does not hold: it carries none"
    );
}

#[test]
fn a_check_out_whose_answer_is_lost_asks_again_for_a_proof_of_the_same_nonce() {
    let daemon = daemon_that(proving::honest);
    daemon.world(|world| world.misbehaviour.loses_next_answer = true);
    let seat = daemon.open().checkout("solver").unwrap();
    assert_eq!(seat.lease().proven_by, [SERIAL]);
    daemon.world(|world| {
        let nonces = nonces(world);
        assert_eq!(nonces.len(), 2, "{nonces:?}");
        assert_eq!(nonces[0], nonces[1]);
        assert_eq!(world.held(), 1);
    });
}

#[test]
fn a_seat_that_is_held_needs_no_new_proof_after_a_resume() {
    let daemon = daemon_that(proving::honest);
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    let mut events = session.events();
    daemon.world(World::cut);
    while !matches!(
        events.next_within(std::time::Duration::from_secs(10)),
        Some(octroi::Event::Resumed { .. })
    ) {}
    assert!(seat.is_valid());
    assert_eq!(seat.lease().proven_by, [SERIAL]);
}

#[test]
fn a_licence_that_has_come_to_want_proofs_is_read_anew_and_the_seat_asked_for_again() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    daemon.world(|world| {
        let documents = daemon.vendor.documents(&proven(), &daemon_public_key());
        world.documents = vec![documents];
        world.proves = Some(proving::honest);
        world.wants_nonces = true;
    });
    let seat = session.checkout("solver").unwrap();
    assert_eq!(seat.lease().proven_by, [SERIAL]);
    daemon.world(|world| {
        let nonces = nonces(world);
        assert_eq!(nonces.len(), 2);
        assert!(nonces[0].1.is_empty() && nonces[1].1.len() == 32);
        assert!(nonces[0].0 < nonces[1].0);
    });
}

#[test]
fn a_daemon_that_never_lets_itself_be_asked_is_not_asked_for_ever() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.wants_nonces = true);
    let error = daemon.open().checkout("solver").unwrap_err();
    assert_eq!(error.code(), "HARDWARE_PROOF_NOT_ASKED");
}

#[test]
fn a_seat_that_wants_proofs_is_not_believed_to_be_lent() {
    let daemon = FakeDaemon::with_licence(&proven());
    let borrowed = daemon.open().borrow("solver", BorrowOptions::default());
    assert_eq!(borrowed.unwrap_err().code(), "UNTRUSTED_NOT_LENT");
}

#[test]
fn a_daemon_that_knows_no_such_proofs_is_too_old() {
    let daemon = FakeDaemon::with_licence(&proven());
    daemon.world(|world| world.misbehaviour.knows_no_proofs = true);
    let error = daemon.open().checkout("solver").unwrap_err();
    assert_eq!(error.code(), "DAEMON_TOO_OLD");
    daemon.world(|world| assert!(nonces(world).is_empty()));
}

#[test]
fn whoever_waited_in_the_line_is_shown_its_own_proof() {
    let daemon = daemon_that(proving::honest);
    daemon.world(|world| world.limit = 1);
    let session = daemon.open();
    let first = session.checkout("solver").unwrap();
    let wait = octroi::CheckoutOptions::default().wait(std::time::Duration::from_secs(10));
    let asked = session.request("solver", wait).unwrap();
    daemon.until("it waits", |world| world.waiting() == 1);
    drop(first);
    assert_eq!(asked.wait().unwrap().lease().proven_by, [SERIAL]);
}

#[test]
fn a_listing_shows_leases_without_proofs_and_ends_no_seat() {
    let daemon = daemon_that(proving::honest);
    let session = daemon.open();
    let seat = session.checkout("solver").unwrap();
    daemon.world(|world| {
        world.proves = None;
        world.tell(wire::event::Kind::Resync(wire::Resync { dropped: 1 }));
    });
    session.list().unwrap();
    assert!(seat.is_valid());
}
