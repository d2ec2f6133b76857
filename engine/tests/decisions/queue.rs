//! First come, first served.

use octroi_engine::{
    Command, Notice, Outcome, Policy, RefusalCode, RequestNumber, SessionId, WaitEnd,
};
use octroi_licence::message::{Grouping, VersionRange};

use crate::support::{
    App, Site,
    site::{caller, granted, refused, waits},
    vendor::{self, feature, grouped, ordered, suspend, terms},
};

fn site(count: u32) -> Site {
    Site::licensed(&terms("wb-1", vec![feature("cad", count)]))
}

/// The seat that an application was told it got while it waited.
#[track_caller]
fn told_seat(site: &mut Site, app: &App) -> octroi_engine::Grant {
    match site.told(app).as_slice() {
        [Notice::Granted(grant)] => grant.clone(),
        other => panic!("a seat was expected, not {other:?}"),
    }
}

fn places(site: &Site) -> Vec<(SessionId, u32)> {
    site.engine
        .waiters()
        .map(|waiter| (waiter.session, waiter.place))
        .collect()
}

#[test]
fn a_seat_that_comes_free_goes_to_the_first_in_the_line_within_the_same_decision() {
    let mut site = site(1);
    let (mut holder, mut first, mut second) = (site.open(1, 1), site.open(2, 2), site.open(3, 3));
    let seat = site.seat(&mut holder, "cad").seat;
    assert_eq!(
        waits(site.checkout_waiting(&mut first, "cad", 1, 60_000)),
        1
    );
    assert_eq!(
        waits(site.checkout_waiting(&mut second, "cad", 1, 60_000)),
        2
    );
    let from = site.ledger.len();
    site.release(&mut holder, seat);
    assert_eq!(site.events(from), ["SeatReleased", "SeatGranted"]);
    assert_eq!(
        told_seat(&mut site, &first).number,
        RequestNumber(first.number)
    );
    assert_eq!(places(&site), [(second.session, 1)]);
    site.exited(&first);
    told_seat(&mut site, &second);
}

#[test]
fn nobody_overtakes_those_who_wait() {
    let mut site = site(3);
    let (mut holder, mut large, mut small) = (site.open(1, 1), site.open(2, 2), site.open(3, 3));
    let seat = granted(site.checkout(&mut holder, "cad", 2)).seat;
    assert_eq!(
        waits(site.checkout_waiting(&mut large, "cad", 3, 60_000)),
        1
    );
    // One unit is free, but the head of the line needs it.
    let refusal = site.refusal(&mut small, "cad");
    assert_eq!(refusal.code, RefusalCode::SeatsExhausted);
    assert_eq!((refusal.limit, refusal.in_use, refusal.waiting), (3, 2, 1));
    assert_eq!(
        waits(site.checkout_waiting(&mut small, "cad", 1, 60_000)),
        2
    );
    site.release(&mut holder, seat);
    assert_eq!(told_seat(&mut site, &large).units, 3);
    assert_eq!(site.told(&small), []);
}

#[test]
fn whoever_joins_a_group_that_counts_takes_nothing_from_those_who_wait() {
    let mut site = Site::licensed(&terms("wb-1", vec![grouped("cad", 1, Grouping::User)]));
    let (mut holder, mut other) = (site.open(1, 1), site.open(2, 2));
    site.seat(&mut holder, "cad");
    waits(site.checkout_waiting(&mut other, "cad", 1, 60_000));
    let mut mine = site.open(1, 3);
    site.seat(&mut mine, "cad");
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn everybody_of_a_group_is_served_with_the_first_of_it() {
    let mut site = Site::licensed(&terms("wb-1", vec![grouped("cad", 1, Grouping::User)]));
    let mut holder = site.open(1, 1);
    site.seat(&mut holder, "cad");
    let (mut one, mut between, mut two) = (site.open(2, 2), site.open(3, 3), site.open(2, 4));
    for app in [&mut one, &mut between, &mut two] {
        waits(site.checkout_waiting(app, "cad", 1, 60_000));
    }
    site.exited(&holder);
    told_seat(&mut site, &one);
    told_seat(&mut site, &two);
    assert_eq!(places(&site), [(between.session, 1)]);
}

#[test]
fn ones_own_lingering_seat_serves_ones_own_waiting_checkout() {
    let mut cad = feature("cad", 2);
    cad.linger_s = 600;
    let mut site = Site::licensed(&terms("wb-1", vec![cad]));
    let (mut one, mut two, mut other) = (site.open(1, 1), site.open(2, 2), site.open(3, 3));
    let seat = site.seat(&mut one, "cad").seat;
    site.seat(&mut two, "cad");
    waits(site.checkout_waiting(&mut other, "cad", 1, 60_000));
    let mut mine = site.open(1, 4);
    waits(site.checkout_waiting(&mut mine, "cad", 1, 60_000));
    site.release(&mut one, seat);
    told_seat(&mut site, &mine);
    assert_eq!(places(&site), [(other.session, 1)]);
}

#[test]
fn a_place_is_lost_at_its_deadline() {
    let mut site = site(1);
    let (mut holder, mut app) = (site.open(1, 1), site.open(2, 2));
    site.seat(&mut holder, "cad");
    waits(site.checkout_waiting(&mut app, "cad", 1, 7_000));
    let deadline = site.engine.next_deadline().unwrap().boottime_ms.unwrap();
    assert_eq!(deadline, site.now.boottime_ms + 7_000);
    site.later(6_999);
    assert_eq!(site.told(&app), []);
    site.later(1);
    let Some(Notice::WaitRefused { number, refusal }) = site.told(&app).pop() else {
        panic!("nothing was told");
    };
    assert_eq!(
        (number.0, refusal.code),
        (app.number, RefusalCode::QueueDeadlinePassed)
    );
    assert_eq!(
        (refusal.limit, refusal.in_use, refusal.requested),
        (1, 1, 1)
    );
    assert_eq!(
        site.checkout_again(&app, "cad", 1, 7_000),
        Outcome::Refused(refusal)
    );
}

#[test]
fn a_seat_that_came_free_before_a_deadline_is_not_lost_to_a_late_tick() {
    let mut cad = feature("cad", 1);
    cad.linger_s = 5;
    let mut site = Site::licensed(&terms("wb-1", vec![cad]));
    let (mut holder, mut app) = (site.open(1, 1), site.open(2, 2));
    let seat = site.seat(&mut holder, "cad").seat;
    waits(site.checkout_waiting(&mut app, "cad", 1, 7_000));
    site.release(&mut holder, seat);
    // The machine slept over both the end of the linger and the deadline.
    site.later(3_600_000);
    told_seat(&mut site, &app);
}

#[test]
fn a_place_can_be_given_up() {
    let mut site = site(1);
    let (mut holder, mut first, mut second) = (site.open(1, 1), site.open(2, 2), site.open(3, 3));
    site.seat(&mut holder, "cad");
    waits(site.checkout_waiting(&mut first, "cad", 1, 60_000));
    waits(site.checkout_waiting(&mut second, "cad", 1, 60_000));
    let cancel = |app: &App, number| Command::CancelWait {
        session: app.session,
        epoch: app.epoch,
        checkout: RequestNumber(number),
    };
    assert_eq!(site.outcome(cancel(&first, first.number)), Outcome::Done);
    assert!(matches!(
        site.told(&first).as_slice(),
        [Notice::WaitRefused { refusal, .. }] if refusal.code == RefusalCode::QueueCancelled
    ));
    assert_eq!(places(&site), [(second.session, 1)]);
    let before = site.ledger.len();
    assert_eq!(site.outcome(cancel(&first, first.number)), Outcome::Done);
    let unknown = refused(site.outcome(cancel(&first, 77)));
    assert_eq!(unknown.code, RefusalCode::RequestOutOfOrder);
    assert_eq!(site.ledger.len(), before);
}

#[test]
fn when_the_head_gives_up_whoever_fits_is_served() {
    let mut site = site(2);
    let (mut holder, mut large, mut small) = (site.open(1, 1), site.open(2, 2), site.open(3, 3));
    site.seat(&mut holder, "cad");
    waits(site.checkout_waiting(&mut large, "cad", 2, 5_000));
    waits(site.checkout_waiting(&mut small, "cad", 1, 60_000));
    site.later(5_000);
    told_seat(&mut site, &small);
}

#[test]
fn a_repeated_waiting_checkout_is_told_its_present_place() {
    let mut site = site(1);
    let (mut holder, mut first, mut second) = (site.open(1, 1), site.open(2, 2), site.open(3, 3));
    let seat = site.seat(&mut holder, "cad").seat;
    waits(site.checkout_waiting(&mut first, "cad", 1, 60_000));
    waits(site.checkout_waiting(&mut second, "cad", 1, 60_000));
    let before = site.ledger.len();
    assert_eq!(waits(site.checkout_again(&second, "cad", 1, 60_000)), 2);
    assert_eq!(site.ledger.len(), before);
    site.release(&mut holder, seat);
    assert_eq!(waits(site.checkout_again(&second, "cad", 1, 60_000)), 1);
    let grant = told_seat(&mut site, &first);
    assert_eq!(
        site.checkout_again(&first, "cad", 1, 60_000),
        Outcome::Granted(grant)
    );
}

#[test]
fn a_waiting_checkout_is_not_forgotten_when_its_answer_was_acknowledged() {
    let mut site = site(1);
    let (mut holder, mut app) = (site.open(1, 1), site.open(2, 2));
    let seat = site.seat(&mut holder, "cad").seat;
    waits(site.checkout_waiting(&mut app, "cad", 1, 60_000));
    let asked = app.clone();
    site.refusal(&mut app, "other");
    assert_eq!(waits(site.checkout_again(&asked, "cad", 1, 0)), 1);
    site.release(&mut holder, seat);
    told_seat(&mut site, &app);
}

#[test]
fn a_line_is_bounded() {
    let mut site = Site::with(Policy {
        queue_max: 2,
        ..Policy::default()
    });
    site.activate(&terms("wb-1", vec![feature("cad", 1)]));
    let mut holder = site.open(1, 1);
    site.seat(&mut holder, "cad");
    let mut app = site.open(2, 2);
    for place in 1..=2 {
        assert_eq!(
            waits(site.checkout_waiting(&mut app, "cad", 1, 60_000)),
            place
        );
    }
    let refusal = refused(site.checkout_waiting(&mut app, "cad", 1, 60_000));
    assert_eq!(
        (refusal.code, refusal.waiting),
        (RefusalCode::SeatsExhausted, 2)
    );
}

#[test]
fn those_who_wait_are_told_when_the_feature_can_no_longer_be_granted() {
    let mut site = site(1);
    let (mut holder, mut app) = (site.open(1, 1), site.open(2, 2));
    site.seat(&mut holder, "cad");
    waits(site.checkout_waiting(&mut app, "cad", 1, 60_000));
    site.order(&vendor::order(&ordered("wb-1", 2, suspend())));
    assert!(site.told(&app).iter().any(|notice| matches!(
        notice,
        Notice::WaitRefused { refusal, .. } if refusal.code == RefusalCode::Suspended
    )));
    let ends: Vec<_> = site
        .ledger
        .iter()
        .filter_map(|record| match record.event {
            octroi_engine::Event::WaitEnded { cause, .. } => Some(cause),
            _ => None,
        })
        .collect();
    assert_eq!(ends, [WaitEnd::Refused]);
}

#[test]
fn a_seat_of_any_licence_of_the_product_serves_the_line() {
    let mut site = site(1);
    let mut later = terms("wb-2", vec![feature("cad", 1)]);
    later.term.as_mut().unwrap().ends_at_s += 1;
    site.activate(&later);
    let (mut one, mut two, mut app) = (site.open(1, 1), site.open(2, 2), site.open(3, 3));
    // What ends first is used first.
    assert_eq!(site.seat(&mut one, "cad").licence.as_str(), "wb-1");
    assert_eq!(site.seat(&mut two, "cad").licence.as_str(), "wb-2");
    waits(site.checkout_waiting(&mut app, "cad", 1, 60_000));
    let mut newcomer = site.open(4, 4);
    site.exited(&two);
    assert_eq!(told_seat(&mut site, &app).licence.as_str(), "wb-2");
    assert_eq!(site.code(&mut newcomer, "cad"), RefusalCode::SeatsExhausted);
}

#[test]
fn whoever_cannot_use_a_licence_does_not_hold_it_back() {
    let mut site = site(1);
    let mut newer = feature("cad", 1);
    newer.versions = Some(VersionRange {
        minimum: "2027".to_owned(),
        maximum: String::new(),
    });
    let mut second = terms("wb-2", vec![newer]);
    second.term.as_mut().unwrap().ends_at_s += 1;
    site.activate(&second);
    let (mut holder, mut old) = (site.open(1, 1), site.open(2, 2));
    site.seat(&mut holder, "cad");
    waits(site.checkout_waiting(&mut old, "cad", 1, 60_000));
    let mut new = site.open_as(caller(3, 3), Some("2027.1"));
    assert_eq!(site.seat(&mut new, "cad").licence.as_str(), "wb-2");
}

#[test]
fn a_user_who_counts_under_one_licence_does_not_count_under_another_too() {
    let first = terms("wb-1", vec![grouped("cad", 1, Grouping::User)]);
    let mut site = Site::licensed(&first);
    let mut second = terms("wb-2", vec![grouped("cad", 1, Grouping::User)]);
    second.term.as_mut().unwrap().ends_at_s += 1;
    site.activate(&second);
    let (mut one, mut two) = (site.open(1, 1), site.open(2, 2));
    site.seat(&mut one, "cad");
    assert_eq!(site.seat(&mut two, "cad").licence.as_str(), "wb-2");
    site.exited(&one);
    let mut again = site.open(2, 3);
    assert_eq!(site.seat(&mut again, "cad").licence.as_str(), "wb-2");
    assert_eq!(site.in_use("cad"), 1);
}
