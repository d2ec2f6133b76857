//! What the vendor orders about a licence: at once, or at a date.

use octroi_engine::{Event, Outcome, RefusalCode, SeatEnd};
use octroi_licence::message;

use crate::support::{
    Site,
    vendor::{self, DAY, TODAY, clock_reset, feature, ordered, resume, suspend, terminate, terms},
};

fn site() -> Site {
    Site::licensed(&terms(
        "wb-1",
        vec![feature("cad", 2), feature("render", 2)],
    ))
}

fn at(mut order: message::Order, date_s: i64) -> message::Order {
    order.effective_at_s = date_s;
    order
}

fn about(mut order: message::Order, feature: &str) -> message::Order {
    let kind = message::scope::Kind::Feature(feature.to_owned());
    order.scope = Some(message::Scope { kind: Some(kind) });
    order
}

fn give(site: &mut Site, order: &message::Order) {
    assert_eq!(site.order(&vendor::order(order)), Outcome::Installed);
}

fn ends(site: &Site) -> Vec<SeatEnd> {
    let ends = site.ledger.iter().filter_map(|record| match record.event {
        Event::SeatEnded { cause, .. } => Some(cause),
        _ => None,
    });
    ends.collect()
}

#[test]
fn a_suspended_licence_grants_nothing_until_it_is_resumed() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    give(&mut site, &ordered("wb-1", 2, suspend()));
    assert_eq!(ends(&site), [SeatEnd::Suspended]);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::Suspended);
    give(&mut site, &ordered("wb-1", 3, resume()));
    site.seat(&mut app, "cad");
}

#[test]
fn a_new_serial_does_not_lift_a_suspension() {
    let mut site = site();
    give(&mut site, &ordered("wb-1", 2, suspend()));
    let serial = vendor::reissued(&terms("wb-1", vec![feature("cad", 2)]), 2, 3);
    site.install(&vendor::licence(&serial));
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::Suspended);
}

#[test]
fn an_order_about_a_feature_leaves_the_others() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.seat(&mut app, "render");
    give(&mut site, &about(ordered("wb-1", 2, suspend()), "cad"));
    assert_eq!((site.in_use("cad"), site.in_use("render")), (0, 1));
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::Suspended);
    // Resuming the whole does not resume what was suspended for itself.
    give(&mut site, &ordered("wb-1", 3, resume()));
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::Suspended);
    give(&mut site, &about(ordered("wb-1", 4, resume()), "cad"));
    site.seat(&mut app, "cad");
}

#[test]
fn nothing_undoes_termination() {
    let mut site = site();
    give(&mut site, &ordered("wb-1", 2, terminate()));
    give(&mut site, &ordered("wb-1", 3, resume()));
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceTerminated);
}

#[test]
fn an_order_does_nothing_before_its_date() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let date = TODAY + 10;
    give(&mut site, &at(ordered("wb-1", 2, suspend()), date));
    assert_eq!(
        site.engine.next_deadline().unwrap().civil_ms.unwrap().0,
        date * 1000
    );
    site.later(9_999);
    assert_eq!(site.in_use("cad"), 1);
    site.later(1);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_dated_order_takes_effect_after_a_restart_too() {
    let mut site = site();
    give(&mut site, &at(ordered("wb-1", 2, suspend()), TODAY + 10));
    site.crash();
    site.pass(10_000);
    site.start(&[]);
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::Suspended);
}

#[test]
fn of_two_orders_with_one_date_the_vendors_later_word_holds() {
    let date = TODAY + DAY;
    let dated = |first, second| {
        let mut site = site();
        give(&mut site, &at(ordered("wb-1", 2, first), date));
        give(&mut site, &at(ordered("wb-1", 3, second), date));
        site.later(86_400_000);
        let mut app = site.open(1, 100);
        let now = site.checkout(&mut app, "cad", 1);
        site.restart(&[]);
        let mut app = site.open(1, 101);
        (now, site.checkout(&mut app, "cad", 1))
    };
    let granted = |outcome: &Outcome| matches!(outcome, Outcome::Granted(_));
    let (now, later) = dated(suspend(), resume());
    assert!(granted(&now) && granted(&later), "{now:?} {later:?}");
    let (now, later) = dated(resume(), suspend());
    assert!(!granted(&now) && !granted(&later), "{now:?} {later:?}");
}

#[test]
fn an_application_keeps_its_seat_where_suspension_and_resumption_have_one_date() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    give(&mut site, &at(ordered("wb-1", 2, suspend()), TODAY + DAY));
    give(&mut site, &at(ordered("wb-1", 3, resume()), TODAY + DAY));
    site.later(86_400_000);
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn a_later_order_overrules_an_earlier_one_whose_date_comes_after_it() {
    // Suspended from the tenth day, paid on the first.
    let mut site = site();
    give(
        &mut site,
        &at(ordered("wb-1", 2, suspend()), TODAY + 10 * DAY),
    );
    give(&mut site, &ordered("wb-1", 3, resume()));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.later(11 * 86_400_000);
    assert_eq!(site.in_use("cad"), 1);
    site.seat(&mut app, "cad");
}

#[test]
fn a_clock_reset_for_another_daemon_or_anomaly_takes_its_place_in_the_sequence_and_does_nothing() {
    let mut site = site();
    let from = site.ledger.len();
    give(&mut site, &ordered("wb-1", 2, clock_reset(1, TODAY)));
    let mut other = ordered("wb-1", 3, clock_reset(1, TODAY));
    if let Some(message::order::Kind::ClockReset(reset)) = &mut other.kind {
        reset.daemon_key = vendor::public("another daemon").as_bytes().to_vec();
    }
    give(&mut site, &other);
    assert_eq!(site.events(from), ["OrderInstalled", "OrderInstalled"]);
}
