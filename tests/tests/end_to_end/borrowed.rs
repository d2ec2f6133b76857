//! Borrowed seats with a real daemon: the application goes on while the daemon is dead, comes back,
//! gives the seat back early, and whoever waits has it when the period ends.

use std::time::Duration;

use anyhow::Context as _;
use octroi::{BorrowOptions, Client, Session};
use octroi_licence::{BorrowId, BorrowedLease, BorrowerKey, PublicKey};
use octroi_proto::licensing::v1::{
    Borrow, RefusalCode, RenewBorrow, Return, SessionProof, client_message::Body as Ask,
    daemon_message::Body as Answer,
};
use octroi_tests::{
    Application, Order, RawSession, World,
    order::{FEATURE, PRODUCT},
};
use prost::Message as _;
use serde_json::Value;

use super::held;

fn order(lease: &str) -> Order {
    Order::of(1).with(&format!(
        "borrow = {{ longest = \"1h\", lease = \"{lease}\" }}"
    ))
}

fn client(world: &World) -> anyhow::Result<Client> {
    let client = Client::builder(world.vendor.root_public_key())
        .product(PRODUCT)
        .version("4.2")
        .socket(world.socket())
        .build()?;
    Ok(client)
}

fn session(world: &World) -> anyhow::Result<Session> {
    Ok(client(world)?.open()?)
}

fn loan(world: &World) -> anyhow::Result<Value> {
    let seats = world.machine.seats()?;
    let seat = seats.first().context("no seat is held")?;
    assert_eq!(seat["state"], "borrowed");
    Ok(seat["loan"].clone())
}

#[test]
fn a_borrowed_seat_serves_while_the_daemon_is_dead_and_goes_back_early() -> anyhow::Result<()> {
    let mut world = World::with(&order("15s"))?;
    let file = world.folder().join("borrowed-seat");
    let session_before = session(&world)?;
    let seat = session_before.borrow(FEATURE, BorrowOptions::default())?;
    seat.keep_in(&file)?;
    let id = seat.id().to_string();
    drop(seat);
    session_before.close()?;
    assert_eq!(loan(&world)?["borrow"], id.as_str());

    world.kill_daemon()?;
    let application = client(&world)?;
    assert_eq!(application.open().unwrap_err().code(), "DAEMON_ABSENT");
    let mut seat = application.borrowed(&file)?;
    assert!(seat.is_valid());

    world.start_daemon()?;
    assert_eq!(loan(&world)?["returned"], false);
    let session = session(&world)?;
    let before = seat.until();
    session.renew(&mut seat)?;
    assert!(seat.until() >= before);
    let waiting = world.asking().waiting(60_000);
    let mut next = Application::start(&waiting, world.folder())?;
    next.event("waiting")?;
    let free_at = session.return_early(&mut seat)?;
    assert_eq!(free_at, Some(seat.until()));
    assert!(!seat.is_valid());
    let returned = loan(&world)?;
    assert_eq!(returned["returned"], true);
    // A period, not the hour for which it might have been away.
    next.granted()?;
    assert_eq!(
        session.renew(&mut seat).unwrap_err().code(),
        "SEAT_NOT_HELD"
    );
    next.finish()
}

#[test]
fn a_suspension_reaches_a_borrowed_seat_with_its_next_renewal() -> anyhow::Result<()> {
    let world = World::with(&order("1h"))?;
    let session = session(&world)?;
    let mut seat = session.borrow(FEATURE, BorrowOptions::default())?;
    for (order, code) in [
        ("suspend", "SUSPENDED"),
        ("terminate", "LICENCE_TERMINATED"),
    ] {
        let order = world.vendor.order(order, &world.issued.id)?;
        world.machine.install(&order)?.ok()?;
        assert_eq!(session.renew(&mut seat).unwrap_err().code(), code);
        assert!(seat.is_valid(), "what was promised stands");
        assert_eq!(held(&world)?.len(), 1, "and is counted");
    }
    let left = seat.left();
    assert!(left > Duration::from_mins(1) && left <= Duration::from_hours(1));
    Ok(())
}

#[test]
fn a_feature_that_is_not_lent_is_not_borrowed() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let refused = session(&world)?.borrow(FEATURE, BorrowOptions::default());
    assert_eq!(refused.unwrap_err().code(), "USE_NOT_OFFERED");
    Ok(())
}

fn code(answer: Answer) -> RefusalCode {
    match answer {
        Answer::Refused(refusal) => refusal.code(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lease_is_signed_for_the_key_that_asked_and_other_keys_have_no_seat() -> anyhow::Result<()> {
    let world = World::with(&order("1h"))?;
    let root = world.vendor.root_public_key();
    let (mut session, opened) = RawSession::open(&world.socket(), root)?;
    let daemon_key = SessionProof::decode(opened.proof.as_slice())?.daemon_key;
    let daemon_key = PublicKey::from_bytes(&daemon_key).context("no key")?;
    let borrow = |borrower_key: Vec<u8>| {
        Ask::Borrow(Borrow {
            feature: FEATURE.to_owned(),
            borrower_key,
            ..Borrow::default()
        })
    };
    // What is no key: too short, and a point of small order.
    for bytes in [Vec::new(), vec![7; 31], vec![0; 32]] {
        let refused = code(session.ask(borrow(bytes))?);
        assert_eq!(refused, RefusalCode::RequestNotUnderstood);
    }
    let key = BorrowerKey::from_seed(&[7; 32]).public_key();
    let mine = key.as_bytes().to_vec();
    let lease = match session.ask(borrow(mine.clone()))? {
        Answer::Borrowed(borrowed) => borrowed.lease.context("no lease")?,
        other => panic!("{other:?}"),
    };
    let lease = BorrowedLease::verify(&lease, &daemon_key, &key)?;
    assert_eq!(lease.borrow, BorrowId::of_borrower(&key));
    assert_eq!(loan(&world)?["borrow"], lease.borrow.to_string());
    // Its key has a seat already; another has none.
    let again = code(session.ask(borrow(mine.clone()))?);
    assert_eq!(again, RefusalCode::RequestNotUnderstood);
    let other = BorrowerKey::from_seed(&[8; 32]).public_key();
    let borrower_key = other.as_bytes().to_vec();
    let renewal = Ask::RenewBorrow(RenewBorrow {
        borrower_key: borrower_key.clone(),
        beneficiary: None,
    });
    assert_eq!(code(session.ask(renewal)?), RefusalCode::SeatNotHeld);
    let given_back = Ask::Return(Return { borrower_key });
    assert_eq!(code(session.ask(given_back)?), RefusalCode::SeatNotHeld);
    let given_back = Ask::Return(Return { borrower_key: mine });
    match session.ask(given_back)? {
        Answer::Returned(returned) => assert_eq!(returned.until_s, lease.until.0),
        other => panic!("{other:?}"),
    }
    Ok(())
}
