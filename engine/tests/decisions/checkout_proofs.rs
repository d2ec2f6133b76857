//! Features of which the licence asks a proof by its hardware key at each check-out: what the engine
//! wants of the shell before it grants, and what an absent key means for them.

use octroi_engine::{
    CheckoutProofs, Command, Event, Grant, KeyAnswer, Notice, Outcome, Refusal, RefusalCode,
    RequestNumber, Whom,
};
use octroi_licence::message;

use crate::support::{
    Site,
    site::{App, granted, id, name, refused, waits},
    vendor::{bound, feature, serial, terms},
};

fn proven_feature(name: &str, count: u32) -> message::Feature {
    message::Feature {
        checkout_proof: message::CheckoutProof::Application.into(),
        ..feature(name, count)
    }
}

fn licence(licence: &str, features: Vec<message::Feature>, keys: &[u8]) -> message::Licence {
    let mut licence = terms(licence, features);
    licence.binding = Some(bound(keys, 60, 600));
    licence
}

/// A site whose licence wants each check-out of "cad" proven, by key 1, which is there.
fn site(count: u32) -> Site {
    let mut site = Site::licensed(&licence("wb-1", vec![proven_feature("cad", count)], &[1]));
    key_proves(&mut site, 1, 10);
    site
}

fn key_proves(site: &mut Site, key: u8, counter: u64) {
    let key = serial(key);
    site.send(Command::KeyIntent { key });
    site.send(Command::KeyProven {
        key,
        counter,
        emulated: false,
    });
}

fn key_is_away(site: &mut Site, key: u8) {
    let key = serial(key);
    site.send(Command::KeyAbsent { key });
}

/// Asks under the number of the last request, with what the keys answered so far.
fn ask(site: &mut Site, app: &App, wait_ms: u32, answers: &[(&str, KeyAnswer)]) -> Outcome {
    let mut proofs = CheckoutProofs::default();
    for (licence, answer) in answers {
        proofs.add(id(licence), answer.clone());
    }
    let beneficiary = site.beneficiary(Whom::OperatingSystemUser);
    site.outcome(Command::Checkout {
        session: app.session,
        epoch: app.epoch,
        number: RequestNumber(app.number),
        answered_below: RequestNumber(app.below),
        feature: name("cad"),
        units: 1,
        wait_ms,
        beneficiary,
        proofs: Some(Box::new(proofs)),
    })
}

fn ask_anew(site: &mut Site, app: &mut App, wait_ms: u32) -> Outcome {
    app.number += 1;
    app.below = app.number;
    ask(site, app, wait_ms, &[])
}

fn by(keys: &[u8]) -> KeyAnswer {
    KeyAnswer::Proven(keys.iter().map(|key| serial(*key)).collect())
}

fn needed(licence: &str) -> Outcome {
    let licence = id(licence);
    Outcome::ProofNeeded { licence }
}

/// A seat, with the proof that it needs.
fn proven_seat(site: &mut Site, app: &mut App) -> Grant {
    assert_eq!(ask_anew(site, app, 0), needed("wb-1"));
    granted(ask(site, app, 0, &[("wb-1", by(&[1]))]))
}

/// A check-out that waits, proven.
fn proven_wait(site: &mut Site, app: &mut App) {
    assert_eq!(ask_anew(site, app, 60_000), needed("wb-1"));
    waits(ask(site, app, 60_000, &[("wb-1", by(&[1]))]));
}

fn refusal_of(notice: &Notice) -> &Refusal {
    match notice {
        Notice::WaitRefused { refusal, .. } => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn before_the_key_has_proven_it_a_check_out_is_neither_granted_nor_recorded() {
    let mut site = site(2);
    let mut app = site.open(1, 100);
    let before = site.ledger.len();
    assert_eq!(ask_anew(&mut site, &mut app, 0), needed("wb-1"));
    assert_eq!(site.ledger.len(), before);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_proven_check_out_is_granted_and_the_record_names_the_key() {
    let mut site = site(2);
    let mut app = site.open(1, 100);
    let before = site.ledger.len();
    proven_seat(&mut site, &mut app);
    assert_eq!(site.events(before), ["CheckoutProven", "SeatGranted"]);
    let Event::CheckoutProven { licence, keys, .. } = &site.ledger[before].event else {
        panic!("the proof comes first");
    };
    assert_eq!((licence, keys), (&id("wb-1"), &vec![serial(1)]));
}

#[test]
fn an_application_that_sends_nothing_to_be_proven_is_refused() {
    let mut site = site(2);
    let mut app = site.open(1, 100);
    let code = site.code(&mut app, "cad");
    assert_eq!(code, RefusalCode::HardwareProofNotAsked);
}

#[test]
fn a_feature_without_the_term_is_granted_without_a_proof_whatever_was_sent() {
    let mut site = Site::licensed(&licence("wb-1", vec![feature("cad", 2)], &[1]));
    key_proves(&mut site, 1, 10);
    let mut app = site.open(1, 100);
    let before = site.ledger.len();
    granted(ask_anew(&mut site, &mut app, 0));
    site.seat(&mut app, "cad");
    assert_eq!(site.events(before), ["SeatGranted", "SeatGranted"]);
}

#[test]
fn no_key_is_asked_for_what_would_be_refused_all_the_same() {
    let mut site = site(1);
    let mut app = site.open(1, 100);
    proven_seat(&mut site, &mut app);
    let mut other = site.open(2, 200);
    let refusal = refused(ask_anew(&mut site, &mut other, 0));
    assert_eq!(refusal.code, RefusalCode::SeatsExhausted);
}

#[test]
fn what_is_asked_again_after_its_grant_is_proven_again_and_changes_nothing() {
    let mut site = site(2);
    let mut app = site.open(1, 100);
    let grant = proven_seat(&mut site, &mut app);
    let before = site.ledger.len();
    assert_eq!(ask(&mut site, &app, 0, &[]), needed("wb-1"));
    let again = granted(ask(&mut site, &app, 0, &[("wb-1", by(&[1]))]));
    assert_eq!(again, grant);
    // Nor where the key is gone by now: the seat is held, and the application judges what it gets.
    let busy = [("wb-1", KeyAnswer::Busy)];
    assert_eq!(granted(ask(&mut site, &app, 0, &busy)), grant);
    assert_eq!(site.ledger.len(), before);
}

#[test]
fn what_came_of_asking_the_key_is_what_refuses() {
    for (answer, code) in [
        (KeyAnswer::Absent, RefusalCode::HardwareKeyAbsent),
        (KeyAnswer::Busy, RefusalCode::HardwareKeyBusy),
        // As after an amendment that names other keys.
        (by(&[2]), RefusalCode::HardwareKeyBusy),
    ] {
        let mut site = site(2);
        let mut app = site.open(1, 100);
        assert_eq!(ask_anew(&mut site, &mut app, 0), needed("wb-1"));
        let refusal = refused(ask(&mut site, &app, 0, &[("wb-1", answer)]));
        assert_eq!(refusal.code, code);
        assert_eq!(refusal.licence, Some(id("wb-1")));
    }
}

#[test]
fn a_refusal_for_want_of_a_proof_stands_under_its_number() {
    let mut site = site(2);
    let mut app = site.open(1, 100);
    assert_eq!(ask_anew(&mut site, &mut app, 0), needed("wb-1"));
    let busy = [("wb-1", KeyAnswer::Busy)];
    let refusal = refused(ask(&mut site, &app, 0, &busy));
    assert_eq!(refused(ask(&mut site, &app, 0, &[])), refusal);
}

#[test]
fn absence_within_the_budget_lets_seats_go_on_and_refuses_what_needs_a_proof() {
    let features = vec![proven_feature("cad", 2), feature("view", 2)];
    let mut site = Site::licensed(&licence("wb-1", features, &[1]));
    key_proves(&mut site, 1, 10);
    let mut app = site.open(1, 100);
    proven_seat(&mut site, &mut app);
    key_is_away(&mut site, 1);
    site.later(10_000);
    assert_eq!(site.in_use("cad"), 1);
    let refusal = refused(ask_anew(&mut site, &mut app, 60_000));
    assert_eq!(refusal.code, RefusalCode::HardwareKeyAbsent);
    site.seat(&mut app, "view");
    key_proves(&mut site, 1, 11);
    proven_seat(&mut site, &mut app);
}

#[test]
fn a_key_whose_counter_fell_behind_proves_nothing_more() {
    let mut site = site(2);
    let mut app = site.open(1, 100);
    assert_eq!(ask_anew(&mut site, &mut app, 0), needed("wb-1"));
    key_proves(&mut site, 1, 9);
    let refusal = refused(ask(&mut site, &app, 0, &[("wb-1", by(&[1]))]));
    assert_eq!(refusal.code, RefusalCode::HardwareKeySuspect);
}

#[test]
fn a_licence_that_asks_for_proofs_and_names_no_key_grants_nothing() {
    let mut site = Site::licensed(&terms("wb-1", vec![proven_feature("cad", 2)]));
    let mut app = site.open(1, 100);
    let refusal = refused(ask_anew(&mut site, &mut app, 0));
    assert_eq!(refusal.code, RefusalCode::HardwareKeyAbsent);
}

#[test]
fn where_all_keys_are_demanded_one_of_them_does_not_suffice() {
    let mut all = licence("wb-1", vec![proven_feature("cad", 2)], &[1, 2]);
    all.binding.as_mut().unwrap().key_rule = message::KeyRule::All.into();
    let mut site = Site::licensed(&all);
    key_proves(&mut site, 1, 10);
    key_proves(&mut site, 2, 20);
    let mut app = site.open(1, 100);
    assert_eq!(ask_anew(&mut site, &mut app, 0), needed("wb-1"));
    let refusal = refused(ask(&mut site, &app, 0, &[("wb-1", by(&[2]))]));
    assert_eq!(refusal.code, RefusalCode::HardwareKeyBusy);
    assert_eq!(
        (refusal.expected.as_str(), refusal.found.as_str()),
        ("2", "1")
    );
    assert_eq!(ask_anew(&mut site, &mut app, 0), needed("wb-1"));
    granted(ask(&mut site, &app, 0, &[("wb-1", by(&[1, 2]))]));
}

#[test]
fn a_check_out_that_waits_is_proven_before_it_waits_and_granted_without_another_proof() {
    let mut site = site(1);
    let mut holder = site.open(1, 100);
    let seat = proven_seat(&mut site, &mut holder).seat;
    let mut waiter = site.open(2, 200);
    proven_wait(&mut site, &mut waiter);
    site.release(&mut holder, seat);
    let told = site.told(&waiter);
    assert!(matches!(told.as_slice(), [Notice::Granted(_)]), "{told:?}");
}

#[test]
fn a_waiting_check_outs_proof_falls_with_the_keys_absence() {
    let mut site = site(1);
    let mut holder = site.open(1, 100);
    proven_seat(&mut site, &mut holder);
    let mut waiter = site.open(2, 200);
    proven_wait(&mut site, &mut waiter);
    key_is_away(&mut site, 1);
    let told = site.told(&waiter);
    let code = refusal_of(&told[0]).code;
    assert_eq!(code, RefusalCode::HardwareKeyAbsent);
    // The seat that is held goes on, and the budget is not spent.
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn whoever_waits_for_a_feature_without_the_term_waits_on_through_an_absence() {
    let features = vec![proven_feature("cad", 1), feature("view", 1)];
    let mut site = Site::licensed(&licence("wb-1", features, &[1]));
    key_proves(&mut site, 1, 10);
    let mut holder = site.open(1, 100);
    site.seat(&mut holder, "view");
    proven_seat(&mut site, &mut holder);
    let mut proven = site.open(2, 200);
    proven_wait(&mut site, &mut proven);
    let mut waiter = site.open(3, 300);
    waits(site.checkout_waiting(&mut waiter, "view", 1, 60_000));
    key_is_away(&mut site, 1);
    assert_eq!(site.told(&waiter), []);
    assert_eq!(site.told(&proven).len(), 1);
}

#[test]
fn after_a_restart_whoever_waited_with_a_proof_is_turned_away() {
    let mut site = site(1);
    let mut holder = site.open(1, 100);
    proven_seat(&mut site, &mut holder);
    let mut waiter = site.open(2, 200);
    proven_wait(&mut site, &mut waiter);
    site.restart(&[&holder, &waiter]);
    let told = site.told(&waiter);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(refusal_of(&told[0]).code, RefusalCode::HardwareKeyAbsent);
}

#[test]
fn each_licence_that_may_serve_has_its_own_keys_asked() {
    let mut site = site(1);
    site.activate(&licence("wb-2", vec![proven_feature("cad", 1)], &[2]));
    key_proves(&mut site, 2, 20);
    let mut app = site.open(1, 100);
    let first = ask_anew(&mut site, &mut app, 0);
    let (one, other) = match &first {
        Outcome::ProofNeeded { licence } if *licence == id("wb-1") => ("wb-1", ("wb-2", by(&[2]))),
        _ => ("wb-2", ("wb-1", by(&[1]))),
    };
    let busy = (one, KeyAnswer::Busy);
    let second = ask(&mut site, &app, 0, std::slice::from_ref(&busy));
    assert_eq!(second, needed(other.0));
    let grant = granted(ask(&mut site, &app, 0, &[busy, other.clone()]));
    assert_eq!(grant.licence, id(other.0));
}

#[test]
fn a_seat_that_is_proven_each_time_is_not_lent() {
    let mut lent = proven_feature("cad", 2);
    lent.borrow = Some(message::Borrow {
        longest_s: 86_400,
        lease_s: 3_600,
        units_max: 0,
    });
    let mut site = Site::licensed(&licence("wb-1", vec![lent], &[1]));
    key_proves(&mut site, 1, 10);
    let mut app = site.open(1, 100);
    app.number += 1;
    let beneficiary = site.beneficiary(Whom::OperatingSystemUser);
    let refusal = refused(site.outcome(Command::Borrow {
        session: app.session,
        epoch: app.epoch,
        number: RequestNumber(app.number),
        answered_below: RequestNumber(app.number),
        feature: name("cad"),
        units: 1,
        longest: octroi_licence::Seconds(0),
        borrow: octroi_licence::BorrowId([7; 16]),
        beneficiary,
    }));
    assert_eq!(refusal.code, RefusalCode::UseNotOffered);
}

/// For the golden ledger: granted at once, queued and granted, queued and turned away.
pub(crate) fn history() -> Site {
    let mut site = site(1);
    let mut holder = site.open(1, 100);
    let seat = proven_seat(&mut site, &mut holder).seat;
    let mut waiter = site.open(2, 200);
    proven_wait(&mut site, &mut waiter);
    site.later(1_000);
    site.release(&mut holder, seat);
    let mut second = site.open(3, 300);
    proven_wait(&mut site, &mut second);
    key_is_away(&mut site, 1);
    site.later(1_000);
    key_proves(&mut site, 1, 11);
    // One waits with its proof when the ledger ends.
    proven_wait(&mut site, &mut holder);
    site
}
