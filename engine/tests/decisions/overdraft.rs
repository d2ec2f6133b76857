//! Use over the limit: how much is granted, for how long, and how it ends (clauses Z4, B3, A22, K4).

use octroi_engine::{Event, Outcome, RefusalCode};
use octroi_licence::message::{self, Grouping, OverdraftUnit};

use crate::support::{
    App, Site,
    site::granted,
    vendor::{
        self, DAY, TODAY, about, billed, dated, feature, grouped, limit_change, named_users,
        ordered, overdraft_notice, overdrawn, percent, suspend, terms, until_notice,
    },
};

fn site(feature: message::Feature) -> Site {
    Site::licensed(&terms("wb-1", vec![feature]))
}

fn code(site: &mut Site, app: &mut App) -> RefusalCode {
    site.code(app, "cad")
}

fn day(site: &mut Site, days: u64) {
    site.later(days * 86_400_000);
}

#[test]
fn a_percentage_over_the_limit_is_granted_and_marked() {
    let mut site = site(overdrawn(feature("cad", 10), percent(20, 5)));
    let mut app = site.open(1, 100);
    for _ in 0..10 {
        assert_eq!(site.seat(&mut app, "cad").overdrawn, 0);
    }
    for _ in 0..2 {
        assert_eq!(site.seat(&mut app, "cad").overdrawn, 1);
    }
    assert_eq!(code(&mut site, &mut app), RefusalCode::SeatsExhausted);
    let view = site.engine.features()[0].overdraft.unwrap();
    assert!(view.open);
    assert_eq!((view.excess, view.until.unwrap().0), (2, TODAY + 5 * DAY));
    let marked = site.engine.grants_of(app.session);
    assert_eq!(
        marked.iter().filter(|grant| grant.overdrawn == 1).count(),
        2
    );
}

#[test]
fn a_percentage_of_the_limit_is_rounded_down() {
    let mut site = site(overdrawn(feature("cad", 3), percent(50, 5)));
    let mut app = site.open(1, 100);
    for _ in 0..4 {
        site.seat(&mut app, "cad");
    }
    assert_eq!(code(&mut site, &mut app), RefusalCode::SeatsExhausted);
}

#[test]
fn when_the_days_are_over_running_seats_keep_and_no_others_begin() {
    let mut site = site(overdrawn(feature("cad", 1), percent(100, 2)));
    let mut app = site.open(1, 100);
    let first = site.seat(&mut app, "cad").seat;
    site.seat(&mut app, "cad");
    site.later(2 * 86_400_000 - 1);
    site.release(&mut app, first);
    site.seat(&mut app, "cad");
    site.later(1);
    assert_eq!(site.in_use("cad"), 2);
    let refusal = site.refusal(&mut app, "cad");
    assert_eq!(refusal.code, RefusalCode::OverdraftEnded);
    assert_eq!(refusal.expected, "days");
    assert_eq!(refusal.found, (TODAY + 2 * DAY).to_string());
    assert!(!site.engine.features()[0].overdraft.unwrap().open);
    // Not even another order or certificate takes what runs.
    site.give(&about(ordered("wb-1", 2, suspend()), "other"));
    assert_eq!(site.in_use("cad"), 2);
}

#[test]
fn after_its_days_an_overdraft_begins_anew_only_once_the_use_is_back_under_the_limit() {
    let mut site = site(overdrawn(feature("cad", 1), percent(200, 2)));
    let mut app = site.open(1, 100);
    let seats: Vec<_> = (0..3).map(|_| site.seat(&mut app, "cad").seat).collect();
    day(&mut site, 3);
    site.release(&mut app, seats[0]);
    assert_eq!(code(&mut site, &mut app), RefusalCode::OverdraftEnded);
    site.release(&mut app, seats[1]);
    assert_eq!(site.seat(&mut app, "cad").overdrawn, 1);
    let until = site.engine.features()[0].overdraft.unwrap().until;
    assert_eq!(until.unwrap().0, TODAY + 5 * DAY);
}

#[test]
fn going_back_under_the_limit_does_not_stop_the_days() {
    let mut site = site(overdrawn(feature("cad", 1), percent(100, 2)));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let over = site.seat(&mut app, "cad").seat;
    site.release(&mut app, over);
    day(&mut site, 1);
    site.seat(&mut app, "cad");
    let until = site.engine.features()[0].overdraft.unwrap().until;
    assert_eq!(until.unwrap().0, TODAY + 2 * DAY);
}

#[test]
fn the_days_of_an_overdraft_outlive_a_restart() {
    let mut site = site(overdrawn(
        grouped("cad", 1, Grouping::User),
        percent(100, 2),
    ));
    let mut apps = [1, 2, 3].map(|of| site.open(of, 100 + u32::from(of)));
    site.seat(&mut apps[0], "cad");
    site.seat(&mut apps[1], "cad");
    day(&mut site, 1);
    site.restart(&[&apps[0], &apps[1], &apps[2]]);
    for app in &mut apps {
        site.resume(app);
    }
    day(&mut site, 1);
    assert_eq!(code(&mut site, &mut apps[2]), RefusalCode::OverdraftEnded);
    assert_eq!(site.in_use("cad"), 2);
}

#[test]
fn a_licence_that_does_not_allow_it_grants_nothing_over_the_limit() {
    let mut site = site(feature("cad", 1));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    assert_eq!(code(&mut site, &mut app), RefusalCode::SeatsExhausted);
    assert_eq!(site.engine.features()[0].overdraft, None);
}

#[test]
fn a_billed_overdraft_has_no_end() {
    let unit = billed(OverdraftUnit::UsersInExcess);
    let mut site = site(overdrawn(feature("cad", 1), unit));
    let mut app = site.open(1, 100);
    for _ in 0..20 {
        site.seat(&mut app, "cad");
    }
    day(&mut site, 100);
    assert_eq!(site.seat(&mut app, "cad").overdrawn, 1);
}

#[test]
fn no_share_is_not_overdrawn() {
    let unit = billed(OverdraftUnit::UsersInExcess);
    let mut site = Site::new();
    let licence = vendor::licence(&terms("wb-1", vec![overdrawn(feature("cad", 1), unit)]));
    site.install(&licence);
    let mut certificate = vendor::activation(&licence);
    certificate.shares.clear();
    assert_eq!(
        site.certify(&vendor::certificate(&certificate)),
        Outcome::Installed
    );
    let mut app = site.open(1, 100);
    assert_eq!(code(&mut site, &mut app), RefusalCode::NoShareLeft);
}

#[test]
fn what_is_free_under_another_licence_comes_before_an_overdraft() {
    let unit = billed(OverdraftUnit::UsersInExcess);
    let mut site = site(overdrawn(feature("cad", 1), unit));
    let mut later = terms("wb-2", vec![feature("cad", 1)]);
    later.term.as_mut().unwrap().ends_at_s += DAY;
    site.activate(&later);
    let mut app = site.open(1, 100);
    let of: Vec<_> = (0..3)
        .map(|_| site.seat(&mut app, "cad").licence.to_string())
        .collect();
    assert_eq!(of, ["wb-1", "wb-2", "wb-1"]);
}

#[test]
fn use_over_the_limit_is_granted_until_a_notices_date() {
    let mut site = site(overdrawn(named_users("cad", 1, 0), until_notice()));
    let mut apps = [1, 2, 3].map(|of| site.open(of, 100 + u32::from(of)));
    site.seat(&mut apps[0], "cad");
    assert_eq!(site.seat(&mut apps[1], "cad").overdrawn, 1);
    let notice = dated(ordered("wb-1", 2, overdraft_notice()), TODAY + 15 * DAY);
    site.give(&notice);
    site.later(15 * 86_400_000 - 1);
    site.seat(&mut apps[1], "cad");
    site.later(1);
    // What runs is kept; neither a new user nor a new seat of one beyond the limit begins.
    assert_eq!(site.engine.seats_of(apps[1].session).len(), 2);
    for index in [1, 2] {
        let refusal = site.refusal(&mut apps[index], "cad");
        assert_eq!(refusal.code, RefusalCode::OverdraftEnded);
        assert_eq!(refusal.expected, "notice");
    }
    site.seat(&mut apps[0], "cad");
}

#[test]
fn a_new_serial_after_a_notice_states_the_whole_again() {
    let mut site = site(overdrawn(feature("cad", 1), until_notice()));
    site.give(&about(ordered("wb-1", 2, overdraft_notice()), "cad"));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    assert_eq!(code(&mut site, &mut app), RefusalCode::OverdraftEnded);
    let whole = terms("wb-1", vec![overdrawn(feature("cad", 1), until_notice())]);
    site.install(&vendor::licence(&vendor::reissued(&whole, 2, 3)));
    site.seat(&mut app, "cad");
}

#[test]
fn a_limit_change_holds_for_its_time_and_over_a_restart() {
    let mut site = site(feature("cad", 3));
    let mut app = site.open(1, 100);
    let change = limit_change(1, TODAY + 5 * DAY);
    let change = dated(about(ordered("wb-1", 2, change), "cad"), TODAY + DAY);
    site.give(&change);
    for _ in 0..3 {
        site.seat(&mut app, "cad");
    }
    day(&mut site, 1);
    assert_eq!(site.in_use("cad"), 1);
    site.crash();
    assert_eq!(code(&mut site, &mut app), RefusalCode::SeatsExhausted);
    let deadline = site.engine.next_deadline().unwrap().civil_ms.unwrap();
    assert_eq!(deadline.0, (TODAY + 5 * DAY) * 1000);
    day(&mut site, 4);
    for _ in 0..2 {
        site.seat(&mut app, "cad");
    }
    assert_eq!(code(&mut site, &mut app), RefusalCode::SeatsExhausted);
}

#[test]
fn the_newest_limit_change_counts_and_a_later_serial_ends_it() {
    let mut site = site(feature("cad", 3));
    for (sequence, count) in [(2, 1), (3, 2)] {
        site.give(&about(
            ordered("wb-1", sequence, limit_change(count, 0)),
            "cad",
        ));
    }
    assert_eq!(site.engine.features()[0].limit, 2);
    site.restart(&[]);
    assert_eq!(site.engine.features()[0].limit, 2);
    let whole = vendor::reissued(&terms("wb-1", vec![feature("cad", 3)]), 2, 4);
    site.install(&vendor::licence(&whole));
    assert_eq!(site.engine.features()[0].limit, 3);
}

#[test]
fn a_crossing_of_a_soft_limit_is_recorded_once_and_shown() {
    let soft = message::Feature {
        soft_percents: vec![50, 100],
        ..feature("cad", 4)
    };
    let mut site = site(soft);
    let mut app = site.open(1, 100);
    let crossings = |site: &Site| -> Vec<u32> {
        let records = site.ledger.iter();
        let percents = records.filter_map(|record| match record.event {
            Event::SoftLimitCrossed { percent, .. } => Some(percent),
            _ => None,
        });
        percents.collect()
    };
    site.seat(&mut app, "cad");
    assert_eq!(crossings(&site), [0_u32; 0]);
    let second = site.seat(&mut app, "cad").seat;
    site.seat(&mut app, "cad");
    site.restart(&[&app]);
    site.resume(&mut app);
    assert_eq!(crossings(&site), [50]);
    assert_eq!(site.engine.features()[0].soft_limits_crossed, [50]);
    granted(site.checkout(&mut app, "cad", 1));
    assert_eq!(crossings(&site), [50, 100]);
    site.release(&mut app, second);
    assert_eq!(site.engine.features()[0].soft_limits_crossed, [50]);
    site.seat(&mut app, "cad");
    assert_eq!(crossings(&site), [50, 100, 100]);
}
