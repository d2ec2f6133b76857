//! Borrowed seats: they outlive session and daemon, are renewed and given back, and are believed only
//! as far as the vendor's documents reach, with a daemon and without one.

use octroi::{BorrowOptions, BorrowedSeat, Error, Untrusted};
use octroi_proto::licensing::v1::{self as wire, client_message::Body as Asked};
use prost::Message as _;
use std::{os::unix::fs::PermissionsExt as _, time::Duration};

use crate::support::{
    FakeDaemon, LicenceSpec, NOW_S,
    lending::{LONGEST_S, PERIOD_S},
};

fn lending() -> LicenceSpec {
    LicenceSpec {
        borrow: (14_400, 3_600),
        ..Default::default()
    }
}

fn daemon() -> FakeDaemon {
    FakeDaemon::with_licence(&lending())
}

fn borrowed(daemon: &FakeDaemon) -> BorrowedSeat {
    daemon
        .open()
        .borrow("solver", BorrowOptions::default())
        .unwrap()
}

fn refused(daemon: &FakeDaemon) -> Error {
    let seat = daemon.open().borrow("solver", BorrowOptions::default());
    seat.unwrap_err()
}

fn altered(alter: fn(&mut wire::BorrowedLeaseTerms)) -> Error {
    let daemon = daemon();
    daemon.world(|world| world.misbehaviour.borrowed = Some(alter));
    let error = refused(&daemon);
    // What is not believed does not stay away.
    daemon.until("it is given back", |world| {
        world.lent.values().all(|loan| loan.returned)
    });
    error
}

#[test]
fn a_borrowed_seat_is_used_after_session_and_daemon_are_gone() {
    let mut daemon = daemon();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seat");
    let seat = borrowed(&daemon);
    assert_eq!(seat.feature().as_str(), "solver");
    assert_eq!((seat.units(), seat.until().0), (1, NOW_S + PERIOD_S));
    assert_eq!(seat.longest().0, NOW_S + LONGEST_S);
    seat.keep_in(&file).unwrap();
    daemon.kill();
    assert!(seat.is_valid());
    drop(seat);

    let client = daemon.client().build().unwrap();
    let again = client.borrowed(&file).unwrap();
    assert!(again.is_valid());
    let left = again.left();
    let period = Duration::from_hours(1);
    assert!(left <= period && left > Duration::from_mins(59), "{left:?}");
}

#[test]
fn what_is_kept_is_readable_by_its_user_only_and_replaced_as_a_whole() {
    let daemon = daemon();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seat");
    let seat = borrowed(&daemon);
    seat.keep_in(&file).unwrap();
    seat.keep_in(&file).unwrap();
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    let nowhere = folder.path().join("missing/seat");
    let error = seat.keep_in(&nowhere).unwrap_err();
    assert_eq!(error.code(), "BORROW_FILE");
    let client = daemon.client().build().unwrap();
    assert_eq!(client.borrowed(&nowhere).unwrap_err().code(), "BORROW_FILE");
}

#[test]
fn a_later_session_renews_and_gives_back() {
    let daemon = daemon();
    let mut seat = borrowed(&daemon);
    daemon.world(|world| world.civil_ms += 1_800_000);
    let session = daemon.open();
    session.renew(&mut seat).unwrap();
    assert_eq!(seat.until().0, NOW_S + 1_800 + PERIOD_S);
    let free_at = session.return_early(&mut seat).unwrap();
    assert_eq!(free_at, Some(seat.until()));
    assert!(!seat.is_valid());
    assert_eq!(seat.left(), Duration::ZERO);
    let error = session.renew(&mut seat).unwrap_err();
    assert_eq!(error.code(), "SEAT_NOT_HELD");
}

#[test]
fn what_is_not_held_any_more_is_given_back_already() {
    let daemon = daemon();
    let mut seat = borrowed(&daemon);
    daemon.world(|world| world.lent.clear());
    assert_eq!(daemon.open().return_early(&mut seat), Ok(None));
}

#[test]
fn a_period_that_is_over_is_said_to_be_over() {
    let daemon = daemon();
    // The daemon's time lies before this machine's boot by the lease: a period that has passed.
    let bytes = borrowed(&daemon).to_bytes();
    let mut kept = wire::KeptBorrow::decode(bytes.as_slice()).unwrap();
    kept.civil_ms = (NOW_S + PERIOD_S) * 1_000;
    let client = daemon.client().build().unwrap();
    let error = client.borrowed_from(&kept.encode_to_vec()).unwrap_err();
    assert_eq!(error.code(), "BORROW_OVER");
}

#[test]
fn a_lost_answer_borrows_once() {
    let daemon = daemon();
    daemon.world(|world| world.misbehaviour.loses_next_answer = true);
    let seat = borrowed(&daemon);
    assert!(seat.is_valid());
    daemon.world(|world| assert_eq!(world.lent.len(), 1));
    let asked = daemon.world(|world| {
        world.asked_of(|body| match body {
            Asked::Borrow(borrow) => Some(borrow.borrower_key.clone()),
            _ => None,
        })
    });
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0], asked[1]);
}

#[test]
fn every_borrowed_seat_has_a_key_of_its_own() {
    let daemon = daemon();
    let (one, other) = (borrowed(&daemon), borrowed(&daemon));
    assert_ne!(one.id(), other.id());
    daemon.world(|world| assert_eq!(world.lent.len(), 2));
    assert_eq!(refused(&daemon).code(), "SEATS_EXHAUSTED");
}

#[test]
fn a_seat_that_the_licence_does_not_lend_is_not_taken_from_any_daemon() {
    let daemon = FakeDaemon::start();
    assert_eq!(refused(&daemon).code(), "UNTRUSTED_NOT_LENT");
    let longer = altered(|terms| {
        terms.until_s = NOW_S + 14_401;
        terms.longest_s = terms.until_s;
    });
    assert_eq!(longer.code(), "UNTRUSTED_NOT_LENT");
}

#[test]
fn a_lying_daemon_lends_no_more_than_the_documents_allow() {
    assert_eq!(
        altered(|terms| terms.units = 2).code(),
        "UNTRUSTED_LEASE_MISMATCH"
    );
    assert_eq!(
        altered(|terms| terms.units = 11).code(),
        "UNTRUSTED_ABOVE_SHARE"
    );
    assert_eq!(
        altered(|terms| terms.feature = "mesher".into()).code(),
        "UNTRUSTED_FEATURE"
    );
    assert_eq!(
        altered(|terms| terms.borrower_key = vec![3; 32]).code(),
        "UNTRUSTED_BORROWED_LEASE"
    );
    let early = |terms: &mut wire::BorrowedLeaseTerms| {
        terms.issued_ms -= 90_000_000;
        terms.until_s -= 90_000;
    };
    assert_eq!(altered(early).code(), "UNTRUSTED_TERM");
    assert_eq!(
        altered(|terms| terms.licence_digest = vec![5; 32]).code(),
        "UNTRUSTED_LICENCE_NOT_SHOWN"
    );
}

#[test]
fn a_lease_under_another_daemons_signature_is_refused() {
    let daemon = daemon();
    daemon.world(|world| world.misbehaviour.forges_borrowed = true);
    assert_eq!(refused(&daemon).code(), "UNTRUSTED_BORROWED_LEASE");
}

#[test]
fn a_kept_seat_is_judged_as_if_a_daemon_had_just_shown_it() {
    let daemon = daemon();
    let bytes = borrowed(&daemon).to_bytes();
    let kept = wire::KeptBorrow::decode(bytes.as_slice()).unwrap();
    let client = daemon.client().build().unwrap();
    let code = |change: &dyn Fn(&mut wire::KeptBorrow)| {
        let mut changed = kept.clone();
        change(&mut changed);
        client
            .borrowed_from(&changed.encode_to_vec())
            .unwrap_err()
            .code()
    };
    // Copied without its key, or under another.
    assert_eq!(
        code(&|kept| kept.borrower_secret.clear()),
        "UNTRUSTED_LEASE_MALFORMED"
    );
    assert_eq!(
        code(&|kept| kept.borrower_secret[0] ^= 1),
        "UNTRUSTED_BORROWED_LEASE"
    );
    // An edited date, document, certificate.
    let edited = |kept: &mut wire::KeptBorrow| {
        let lease = kept.lease.as_mut().unwrap();
        let mut terms = wire::BorrowedLeaseTerms::decode(lease.terms.as_slice()).unwrap();
        terms.until_s += 1;
        lease.terms = terms.encode_to_vec();
    };
    assert_eq!(code(&edited), "UNTRUSTED_BORROWED_LEASE");
    let forged = |kept: &mut wire::KeptBorrow| {
        kept.licence.as_mut().unwrap().payload[3] ^= 1;
    };
    assert_eq!(code(&forged), "UNTRUSTED_DOCUMENT");
    assert_eq!(
        code(&|kept| kept.certificate = None),
        "UNTRUSTED_NOT_ACTIVATED"
    );
    assert_eq!(
        code(&|kept| kept.licence = None),
        "UNTRUSTED_LEASE_MALFORMED"
    );
    assert_eq!(code(&|kept| kept.lease = None), "UNTRUSTED_BORROWED_LEASE");
    let error = client.borrowed_from(b"no such thing").unwrap_err();
    assert_eq!(error.code(), "UNTRUSTED_LEASE_MALFORMED");
    // Another vendor's application, another product.
    let elsewhere = octroi::Client::builder([3; 32]).product("suite").build();
    if let Ok(elsewhere) = elsewhere {
        assert!(elsewhere.borrowed_from(&bytes).is_err());
    }
    let other = daemon.client().product("other").build().unwrap();
    assert!(matches!(
        other.borrowed_from(&bytes),
        Err(Error::Untrusted(why)) if matches!(*why, Untrusted::AnotherProduct { .. })
    ));
}
