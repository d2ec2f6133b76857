//! Amounts that are reserved until the vendor has approved them (clause A22).

use octroi_engine::{Command, Notice, Outcome, RefusalCode, ReservationStatus, WindowSpan};
use octroi_licence::{
    ReservationId, message,
    message::{ReservationDecision, WindowUnit},
};

use crate::support::{
    Site,
    site::{ADMINISTRATOR, refused},
    usage::{consumed, decision, metered, reserved},
    vendor::{DAY, TODAY, terms},
};

fn site() -> Site {
    let mut feature = metered(
        "mail",
        &[(WindowUnit::Hour, 1_000), (WindowUnit::Day, 5_000)],
    );
    feature.metered.as_mut().unwrap().approval = Some(message::Approval { deadline_s: 86_400 });
    Site::licensed(&terms("wb-1", vec![feature]))
}

fn status(site: &Site, id: ReservationId) -> Option<ReservationStatus> {
    let mut known = site.engine.reservations();
    known
        .find(|view| view.reservation == id)
        .map(|view| view.status)
}

#[test]
fn a_reserved_amount_is_held_and_not_yet_used() {
    let mut site = site();
    let mut app = site.open(1, 100);
    reserved(&site.consume(&mut app, "mail", 600));
    let hour = site.window("mail", WindowSpan::Hour);
    assert_eq!(
        (hour.used, hour.held, hour.remaining()),
        (0, 600, Some(400))
    );
    let refusal = refused(site.consume(&mut app, "mail", 401));
    assert_eq!(refusal.code, RefusalCode::AmountExhausted);
    assert_eq!(refusal.in_use, 600);
}

#[test]
fn what_is_approved_is_consumed_in_the_windows_of_that_moment() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let id = reserved(&site.consume(&mut app, "mail", 600));
    site.until(TODAY + 3_600);
    assert_eq!(
        site.window("mail", WindowSpan::Hour).held,
        600,
        "held in the next hour too"
    );
    site.order(&decision(2, id, ReservationDecision::Approved));
    let hour = site.window("mail", WindowSpan::Hour);
    assert_eq!((hour.used, hour.held), (600, 0));
    assert_eq!(
        site.told(&app).first(),
        Some(&Notice::ReservationDecided {
            number: octroi_engine::RequestNumber(app.number),
            reservation: id,
            status: ReservationStatus::Approved,
        })
    );
    // Asked again, the application hears how it stands.
    assert!(matches!(
        site.consume_for(&app, "mail", 600, None),
        Outcome::Reserved {
            status: ReservationStatus::Approved,
            ..
        }
    ));
}

#[test]
fn what_is_refused_or_withdrawn_is_given_back() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let refused_one = reserved(&site.consume(&mut app, "mail", 400));
    let withdrawn = reserved(&site.consume(&mut app, "mail", 500));
    site.order(&decision(2, refused_one, ReservationDecision::Refused));
    assert_eq!(site.window("mail", WindowSpan::Hour).held, 500);
    let withdraw = |reservation| Command::WithdrawReservation {
        reservation,
        actor: ADMINISTRATOR,
    };
    assert_eq!(site.outcome(withdraw(withdrawn)), Outcome::Done);
    let hour = site.window("mail", WindowSpan::Hour);
    assert_eq!((hour.used, hour.held), (0, 0));
    assert_eq!(status(&site, refused_one), Some(ReservationStatus::Refused));
    assert_eq!(status(&site, withdrawn), Some(ReservationStatus::Withdrawn));
    // What was decided stays decided.
    site.order(&decision(3, withdrawn, ReservationDecision::Approved));
    assert_eq!(status(&site, withdrawn), Some(ReservationStatus::Withdrawn));
    assert_eq!(site.window("mail", WindowSpan::Hour).used, 0);
}

#[test]
fn a_reservation_lapses_at_its_deadline() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let id = reserved(&site.consume(&mut app, "mail", 600));
    site.pass(86_399_000);
    site.send(Command::Tick);
    assert_eq!(status(&site, id), Some(ReservationStatus::Waiting));
    let deadline = site.engine.next_deadline().unwrap();
    assert_eq!(deadline.boottime_ms, Some(site.now.boottime_ms + 1_000));
    site.later(1_000);
    assert_eq!(status(&site, id), None);
    assert_eq!(site.window("mail", WindowSpan::Day).held, 0);
    assert!(site.events(0).ends_with(&["ReservationEnded"]));
    assert!(matches!(
        site.consume_for(&app, "mail", 600, None),
        Outcome::Reserved {
            status: ReservationStatus::Lapsed,
            until: None,
            ..
        }
    ));
    // The vendor's word comes too late.
    site.order(&decision(2, id, ReservationDecision::Approved));
    assert_eq!(site.window("mail", WindowSpan::Day).used, 0);
}

#[test]
fn a_reservation_outlives_its_session_and_the_daemon() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let id = reserved(&site.consume(&mut app, "mail", 600));
    site.exited(&app);
    site.restart(&[]);
    assert_eq!(status(&site, id), Some(ReservationStatus::Waiting));
    site.order(&decision(2, id, ReservationDecision::Approved));
    assert_eq!(site.window("mail", WindowSpan::Hour).used, 600);
    // Decided, it is forgotten when it would have lapsed.
    site.until(TODAY + DAY);
    assert_eq!(status(&site, id), None);
    assert_eq!(site.window("mail", WindowSpan::Day).held, 0);
}

#[test]
fn an_order_with_a_date_decides_at_its_date() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let id = reserved(&site.consume(&mut app, "mail", 600));
    let kind = message::order::Kind::DecideReservation(message::DecideReservation {
        reservation: id.0.to_vec(),
        decision: ReservationDecision::Approved.into(),
    });
    let mut order = crate::support::usage::about("mail", "wb-1", 2, kind);
    order.effective_at_s = TODAY + 7_200;
    site.order(&crate::support::vendor::order(&order));
    assert_eq!(status(&site, id), Some(ReservationStatus::Waiting));
    site.until(TODAY + 7_200);
    assert_eq!(status(&site, id), Some(ReservationStatus::Approved));
}

#[test]
fn an_order_about_another_feature_decides_nothing() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let id = reserved(&site.consume(&mut app, "mail", 600));
    let kind = message::order::Kind::DecideReservation(message::DecideReservation {
        reservation: id.0.to_vec(),
        decision: ReservationDecision::Approved.into(),
    });
    let order = crate::support::usage::about("cad", "wb-1", 2, kind);
    site.order(&crate::support::vendor::order(&order));
    assert_eq!(status(&site, id), Some(ReservationStatus::Waiting));
}

#[test]
fn without_approval_amounts_are_consumed_at_once() {
    let feature = metered("mail", &[(WindowUnit::Hour, 1_000)]);
    let mut site = Site::licensed(&terms("wb-1", vec![feature]));
    let mut app = site.open(1, 100);
    consumed(&site.consume(&mut app, "mail", 600));
    assert_eq!(site.engine.reservations().count(), 0);
}
