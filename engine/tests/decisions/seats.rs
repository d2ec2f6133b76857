//! How seats count, linger and are taken back.

use octroi_engine::{
    Caller, Command, GroupKey, Outcome, Policy, RefusalCode, RequestNumber, SeatId,
};
use octroi_licence::message::Grouping;

use crate::support::{
    App, Site,
    site::{ADMINISTRATOR, caller, granted, refused},
    vendor::{feature, grouped, terms},
};

fn site(feature: octroi_licence::message::Feature) -> Site {
    Site::licensed(&terms("wb-1", vec![feature]))
}

fn revoke(site: &mut Site, seat: SeatId) -> Outcome {
    site.outcome(Command::RevokeSeat {
        seat,
        actor: ADMINISTRATOR,
        reason: None,
    })
}

fn acknowledge(site: &mut Site, app: &App, seat: SeatId) -> Outcome {
    site.outcome(Command::Acknowledge {
        session: app.session,
        epoch: app.epoch,
        seat,
    })
}

#[test]
fn two_seats_are_granted_and_the_third_is_refused_with_what_stands_in_the_way() {
    let mut site = site(feature("cad", 2));
    let mut app = site.open(1, 100);
    let first = site.seat(&mut app, "cad");
    let second = site.seat(&mut app, "cad");
    assert_ne!(first.seat, second.seat);
    let refusal = site.refusal(&mut app, "cad");
    assert_eq!(refusal.code, RefusalCode::SeatsExhausted);
    assert_eq!((refusal.limit, refusal.in_use), (2, 2));
    assert_eq!((refusal.waiting, refusal.requested), (0, 1));
    assert_eq!(refusal.licence.unwrap().as_str(), "wb-1");
    assert_eq!(refusal.feature.unwrap().as_str(), "cad");
}

#[test]
fn a_released_seat_is_granted_again_under_another_id() {
    let mut site = site(feature("cad", 1));
    let mut app = site.open(1, 100);
    let first = site.seat(&mut app, "cad").seat;
    assert_eq!(
        site.release(&mut app, first),
        Outcome::Released { seat: first }
    );
    let mut other = site.open(2, 200);
    assert!(site.seat(&mut other, "cad").seat > first);
}

#[test]
fn releasing_twice_releases_once() {
    let mut site = site(feature("cad", 2));
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    site.seat(&mut app, "cad");
    site.release(&mut app, seat);
    assert_eq!(
        refused(site.release(&mut app, seat)).code,
        RefusalCode::SeatNotHeld
    );
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn another_sessions_seat_cannot_be_released() {
    let mut site = site(feature("cad", 2));
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    let mut other = site.open(2, 200);
    assert_eq!(
        refused(site.release(&mut other, seat)).code,
        RefusalCode::SeatNotHeld
    );
    assert_eq!(
        refused(acknowledge(&mut site, &other, seat)).code,
        RefusalCode::SeatNotHeld
    );
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn a_repeated_request_gets_the_same_answer_and_changes_nothing() {
    let mut site = site(feature("cad", 1));
    let mut app = site.open(1, 100);
    let grant = site.checkout(&mut app, "cad", 1);
    let before = (site.ledger.len(), site.engine.digest());
    assert_eq!(site.checkout_again(&app, "cad", 1, 0), grant);
    let seat = granted(grant).seat;
    assert_eq!((site.ledger.len(), site.engine.digest()), before);

    let refusal = site.checkout(&mut app, "cad", 1);
    let before = site.ledger.len();
    assert_eq!(site.checkout_again(&app, "cad", 1, 0), refusal);
    assert_eq!(site.ledger.len(), before);

    let released = site.release(&mut app, seat);
    let before = site.ledger.len();
    assert_eq!(site.release_again(&app, seat), released);
    assert_eq!(site.ledger.len(), before);
}

#[test]
fn a_refusal_stands_under_its_number_even_when_a_seat_has_come_free() {
    let mut site = site(feature("cad", 1));
    let mut holder = site.open(1, 100);
    let seat = site.seat(&mut holder, "cad").seat;
    let mut app = site.open(2, 200);
    let refusal = site.checkout(&mut app, "cad", 1);
    site.release(&mut holder, seat);
    assert_eq!(site.checkout_again(&app, "cad", 1, 0), refusal);
    site.seat(&mut app, "cad");
}

#[test]
fn a_repeated_checkout_whose_seat_is_gone_is_not_told_that_it_holds_one() {
    let mut site = site(feature("cad", 1));
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    let asked = app.clone();
    revoke(&mut site, seat);
    acknowledge(&mut site, &app, seat);
    let again = refused(site.checkout_again(&asked, "cad", 1, 0));
    assert_eq!(again.code, RefusalCode::SeatNotHeld);
}

#[test]
fn a_number_that_was_acknowledged_is_out_of_order() {
    let mut site = site(feature("cad", 2));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let old = app.clone();
    site.seat(&mut app, "cad");
    assert_eq!(
        refused(site.checkout_again(&old, "cad", 1, 0)).code,
        RefusalCode::RequestOutOfOrder
    );
    app.number = 0;
    app.below = 0;
    assert_eq!(
        refused(site.checkout_again(&app, "cad", 1, 0)).code,
        RefusalCode::RequestOutOfOrder
    );
}

#[test]
fn a_number_means_one_kind_of_request() {
    let mut site = site(feature("cad", 2));
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    assert_eq!(
        refused(site.release_again(&app, seat)).code,
        RefusalCode::RequestOutOfOrder
    );
    site.release(&mut app, seat);
    assert_eq!(
        refused(site.checkout_again(&app, "cad", 1, 0)).code,
        RefusalCode::RequestOutOfOrder
    );
}

#[test]
fn answers_that_nobody_acknowledges_are_bounded_and_never_block_a_release() {
    let policy = Policy {
        requests_open_max: 3,
        ..Policy::default()
    };
    let mut site = Site::with(policy);
    site.activate(&terms("wb-1", vec![feature("cad", 9)]));
    let mut app = site.open(1, 100);
    let mut seats = Vec::new();
    for _ in 0..3 {
        app.number += 1;
        seats.push(granted(site.checkout_again(&app, "cad", 1, 0)).seat);
    }
    app.number += 1;
    let refusal = refused(site.checkout_again(&app, "cad", 1, 0));
    assert_eq!(
        (refusal.code, refusal.limit),
        (RefusalCode::TooManySeats, 3)
    );
    app.number += 1;
    assert_eq!(
        site.release_again(&app, seats[0]),
        Outcome::Released { seat: seats[0] }
    );
    app.below = app.number;
    app.number += 1;
    granted(site.checkout_again(&app, "cad", 1, 0));
}

#[test]
fn a_session_has_only_so_many_seats() {
    let policy = Policy {
        seats_per_session_max: 2,
        ..Policy::default()
    };
    let mut site = Site::with(policy);
    site.activate(&terms("wb-1", vec![feature("cad", 9)]));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.seat(&mut app, "cad");
    let refusal = site.refusal(&mut app, "cad");
    assert_eq!(
        (refusal.code, refusal.limit),
        (RefusalCode::TooManySeats, 2)
    );
}

#[test]
fn a_checkout_counts_its_units() {
    let mut site = site(feature("cad", 5));
    let mut app = site.open(1, 100);
    granted(site.checkout(&mut app, "cad", 3));
    let refusal = refused(site.checkout(&mut app, "cad", 3));
    assert_eq!(
        (refusal.code, refusal.in_use),
        (RefusalCode::SeatsExhausted, 3)
    );
    assert_eq!(granted(site.checkout(&mut app, "cad", 2)).units, 2);
}

#[test]
fn more_units_than_there_are_never_wait() {
    let mut site = site(feature("cad", 5));
    let mut app = site.open(1, 100);
    let refusal = refused(site.checkout_waiting(&mut app, "cad", 6, 60_000));
    assert_eq!(
        (refusal.code, refusal.limit),
        (RefusalCode::SeatsExhausted, 5)
    );
    assert_eq!((refusal.in_use, refusal.requested), (0, 6));
}

#[test]
fn a_user_counts_once_over_sessions_and_processes() {
    for grouping in [Grouping::User, Grouping::UserHost] {
        let mut site = site(grouped("cad", 1, grouping));
        let (mut one, mut two) = (site.open(1, 100), site.open(1, 101));
        site.seat(&mut one, "cad");
        site.seat(&mut two, "cad");
        assert_eq!(site.in_use("cad"), 1);
        let mut other = site.open(2, 200);
        assert_eq!(site.code(&mut other, "cad"), RefusalCode::SeatsExhausted);
        site.exited(&one);
        assert_eq!(site.code(&mut other, "cad"), RefusalCode::SeatsExhausted);
        site.exited(&two);
        site.seat(&mut other, "cad");
    }
}

#[test]
fn a_process_counts_once_over_its_sessions() {
    let mut site = site(grouped("cad", 1, Grouping::Process));
    let (mut one, mut two) = (site.open(1, 100), site.open(1, 100));
    site.seat(&mut one, "cad");
    site.seat(&mut two, "cad");
    let mut other = site.open(1, 101);
    assert_eq!(site.code(&mut other, "cad"), RefusalCode::SeatsExhausted);
}

#[test]
fn streams_without_a_known_process_never_count_as_one_process() {
    let mut site = site(grouped("cad", 1, Grouping::Process));
    let nameless = || Caller {
        process: None,
        ..caller(1, 0)
    };
    let (mut one, mut two) = (
        site.open_as(nameless(), None),
        site.open_as(nameless(), None),
    );
    site.seat(&mut one, "cad");
    site.seat(&mut one, "cad");
    assert_eq!(site.code(&mut two, "cad"), RefusalCode::SeatsExhausted);
    let groups: Vec<_> = site.engine.seats().map(|seat| seat.group).collect();
    assert_eq!(groups, [GroupKey::Session(one.session); 2]);
}

#[test]
fn everybody_on_a_host_counts_as_one_where_hosts_count() {
    let mut site = site(grouped("cad", 1, Grouping::Host));
    for pid in 100..110 {
        let mut app = site.open(u8::try_from(pid - 99).unwrap(), pid);
        site.seat(&mut app, "cad");
    }
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn a_host_metric_is_a_switch_whatever_its_units() {
    let mut host = feature("cad", 40);
    host.metric = octroi_licence::message::Metric::Host.into();
    let mut site = site(host);
    let mut app = site.open(1, 100);
    assert_eq!(granted(site.checkout(&mut app, "cad", 7)).units, 1);
    let mut other = site.open(2, 200);
    site.seat(&mut other, "cad");
    let view = &site.engine.features()[0];
    assert_eq!(
        (view.licensed, view.share, view.limit, view.in_use),
        (40, 40, 1, 1)
    );
}

#[test]
fn a_group_counts_the_most_units_that_one_of_its_seats_has() {
    let mut site = site(grouped("cad", 5, Grouping::User));
    let mut app = site.open(1, 100);
    granted(site.checkout(&mut app, "cad", 2));
    let most = granted(site.checkout(&mut app, "cad", 4)).seat;
    granted(site.checkout(&mut app, "cad", 3));
    assert_eq!(site.in_use("cad"), 4);
    site.release(&mut app, most);
    assert_eq!(site.in_use("cad"), 3);
}

#[test]
fn a_seat_says_whose_it_is_and_since_when() {
    let mut site = site(feature("cad", 1));
    let mut app = site.open(1, 100);
    let grant = site.seat(&mut app, "cad");
    let view = &site.engine.seats_of(app.session)[0];
    assert_eq!((view.seat, view.number), (grant.seat, RequestNumber(2)));
    assert_eq!(
        (view.user, view.process),
        (app.caller.user, app.caller.process)
    );
    assert_eq!(view.since, site.now.civil_ms);
    assert_eq!(view.product.as_ref().unwrap().as_str(), "workbench");
}
