//! What is counted of use over the limit, month by month (clauses Z4, B2): the most users over it, and
//! the time that seats over it were held, to the second, through turns of months and restarts.

use octroi_engine::{BootId, OverdraftMonth};
use octroi_licence::message::{self, Grouping, OverdraftUnit};
use proptest::prelude::*;

use crate::support::{
    App, Site,
    vendor::{DAY, TODAY, billed, grouped, named_users, ordered, overdrawn, reassign, terms},
};

/// 2026-07-01T00:00:00Z; the tests begin on the first of June.
const JULY: i64 = TODAY + 30 * DAY;
const AUGUST: i64 = JULY + 31 * DAY;

fn site(count: u32, unit: OverdraftUnit) -> Site {
    let cad = overdrawn(grouped("cad", count, Grouping::User), billed(unit));
    Site::licensed(&terms("wb-1", vec![cad]))
}

fn seat(site: &mut Site, of: u8) -> App {
    let mut app = site.open(of, 100 + u32::from(of));
    site.seat(&mut app, "cad");
    app
}

/// First instant, users in excess, seconds.
fn months(site: &Site) -> Vec<(i64, u32, u64)> {
    let of = |one: OverdraftMonth| (one.month.0, one.users_in_excess, one.seat_seconds);
    site.engine
        .overdraft_months(site.now)
        .into_iter()
        .map(of)
        .collect()
}

/// Goes to an instant, with a tick wherever the engine asks for one.
fn until(site: &mut Site, instant_s: i64) {
    let left = |site: &Site| u64::try_from(instant_s * 1000 - site.now.civil_ms.0).unwrap();
    while left(site) > 0 {
        let now = site.now;
        let due = site.engine.next_deadline().map_or(u64::MAX, |deadline| {
            let boot = deadline
                .boottime_ms
                .map(|at| at.saturating_sub(now.boottime_ms));
            let civil = deadline
                .civil_ms
                .map(|at| u64::try_from(at.0 - now.civil_ms.0).unwrap_or(0));
            boot.into_iter().chain(civil).min().unwrap()
        });
        let step = due.min(left(site)).max(1);
        site.later(step);
    }
}

#[test]
fn each_user_over_the_limit_counts_once_a_month() {
    let mut site = site(1, OverdraftUnit::UsersInExcess);
    seat(&mut site, 1);
    for _ in 0..3 {
        let one = seat(&mut site, 2);
        let two = seat(&mut site, 3);
        site.later(1_000);
        site.exited(&one);
        site.exited(&two);
    }
    let counted = months(&site);
    assert_eq!(counted.len(), 1);
    assert_eq!((counted[0].0, counted[0].1), (TODAY, 2));
}

#[test]
fn a_seat_over_the_limit_is_timed_to_the_second() {
    let mut site = site(1, OverdraftUnit::SeatHoursInExcess);
    seat(&mut site, 1);
    let two = seat(&mut site, 2);
    site.later(3_600_000);
    let three = seat(&mut site, 3);
    site.later(61_000);
    site.exited(&two);
    site.later(5_000);
    site.exited(&three);
    site.later(9_000_000);
    assert_eq!(months(&site), [(TODAY, 2, 3_600 + 61 * 2 + 5)]);
}

#[test]
fn a_user_over_the_limit_at_a_months_turn_counts_in_both_months() {
    let mut site = site(1, OverdraftUnit::SeatHoursInExcess);
    seat(&mut site, 1);
    until(&mut site, JULY - 100);
    let two = seat(&mut site, 2);
    until(&mut site, JULY + 50);
    site.exited(&two);
    assert_eq!(months(&site), [(TODAY, 1, 100), (JULY, 1, 50)]);
}

#[test]
fn who_leaves_at_the_very_turn_does_not_count_in_the_new_month() {
    let mut site = site(1, OverdraftUnit::UsersInExcess);
    seat(&mut site, 1);
    let two = seat(&mut site, 2);
    until(&mut site, JULY - 1);
    site.pass(999);
    site.exited(&two);
    site.later(1);
    assert_eq!(months(&site).len(), 1);
}

#[test]
fn a_turn_that_nobody_was_awake_for_is_counted_before_anything_else() {
    let mut site = site(1, OverdraftUnit::SeatHoursInExcess);
    seat(&mut site, 1);
    let two = seat(&mut site, 2);
    until(&mut site, JULY - 10);
    // The machine sleeps over the turn and over all of July.
    site.pass(u64::try_from((AUGUST - JULY + 10 + 20) * 1000).unwrap());
    site.exited(&two);
    let whole = u64::try_from(AUGUST - JULY).unwrap();
    let june = u64::try_from(JULY - TODAY).unwrap();
    let counted = months(&site);
    assert_eq!(
        counted,
        [(TODAY, 1, june), (JULY, 1, whole), (AUGUST, 1, 20)]
    );
}

#[test]
fn the_months_turn_in_the_licences_zone() {
    let unit = billed(OverdraftUnit::SeatHoursInExcess);
    let cad = overdrawn(grouped("cad", 1, Grouping::User), unit);
    let mut licence = terms("wb-1", vec![cad]);
    licence.zone = Some(message::Zone {
        posix: "CET-1CEST,M3.5.0,M10.5.0/3".to_owned(),
        iana: "Europe/Paris".to_owned(),
    });
    let mut site = Site::licensed(&licence);
    seat(&mut site, 1);
    seat(&mut site, 2);
    until(&mut site, JULY);
    let turn = JULY - 7_200;
    let june = u64::try_from(turn - TODAY).unwrap();
    assert_eq!(months(&site), [(TODAY - 7_200, 1, june), (turn, 1, 7_200)]);
}

#[test]
fn the_time_goes_on_over_a_restart_while_the_process_lives() {
    let mut site = site(1, OverdraftUnit::SeatHoursInExcess);
    let mut one = seat(&mut site, 1);
    let mut two = seat(&mut site, 2);
    site.later(10_000);
    site.crash();
    site.pass(20_000);
    site.start(&[&one, &two]);
    site.resume(&mut one);
    site.resume(&mut two);
    site.later(30_000);
    site.exited(&two);
    assert_eq!(months(&site), [(TODAY, 1, 60)]);
}

#[test]
fn the_time_stands_still_while_the_machine_is_off() {
    let mut site = site(1, OverdraftUnit::SeatHoursInExcess);
    seat(&mut site, 1);
    seat(&mut site, 2);
    // Nothing is recorded for two hours and ten seconds; what was written down hourly is not lost.
    until(&mut site, TODAY + 7_210);
    site.crash();
    site.now.boot_id = BootId([2; 16]);
    site.now.boottime_ms = 5_000;
    site.now.civil_ms.0 += 40 * 86_400_000;
    site.start(&[]);
    assert_eq!(months(&site), [(TODAY, 1, 7_200)]);
}

#[test]
fn named_users_beyond_the_limit_count_while_they_are_assigned() {
    let unit = billed(OverdraftUnit::UsersInExcess);
    let cad = overdrawn(named_users("cad", 1, 0), unit);
    let mut site = Site::licensed(&terms("wb-1", vec![cad]));
    seat(&mut site, 1);
    let two = seat(&mut site, 2);
    site.later(10_000);
    site.exited(&two);
    until(&mut site, JULY + 5);
    // The time runs only while a seat is held; the user counts as long as it is assigned.
    assert_eq!(months(&site), [(TODAY, 1, 10), (JULY, 1, 0)]);
    let assignment = site.assigned_to(2).assignment;
    site.give(&ordered("wb-1", 2, reassign(assignment)));
    until(&mut site, AUGUST + 5);
    assert_eq!(months(&site), [(TODAY, 1, 10), (JULY, 1, 0)]);
}

#[test]
fn nothing_is_counted_within_the_limit() {
    let mut site = site(2, OverdraftUnit::UsersInExcess);
    seat(&mut site, 1);
    seat(&mut site, 2);
    until(&mut site, JULY + 5);
    assert_eq!(months(&site), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    /// Users come and go over a limit of one; a naive count, hour by hour, says the same.
    #[test]
    fn the_totals_of_months_are_those_of_a_count_hour_by_hour(
        steps in prop::collection::vec((1_u8..5, 1_u64..200), 1..40)
    ) {
        let mut site = site(1, OverdraftUnit::SeatHoursInExcess);
        let mut apps: Vec<(u8, App)> = Vec::new();
        let mut expected: Vec<(i64, u32, u64)> = Vec::new();
        let mut hour = 0_i64;
        for (of, hours) in steps {
            let excess = |held: usize| u32::try_from(held.saturating_sub(1)).unwrap();
            let month = |hour: i64| {
                let at = TODAY + hour * 3_600;
                [TODAY, JULY, AUGUST]
                    .into_iter()
                    .chain([31, 61, 92, 122, 153].map(|days| AUGUST + days * DAY))
                    .rfind(|start| *start <= at)
                    .unwrap()
            };
            let mut note = |hour: i64, held: usize, seconds: u64| {
                let excess = excess(held);
                let month = month(hour);
                if expected.last().is_none_or(|last| last.0 != month) {
                    if excess == 0 {
                        return;
                    }
                    expected.push((month, 0, 0));
                }
                let last = expected.last_mut().unwrap();
                last.1 = last.1.max(excess);
                last.2 += seconds * u64::from(excess);
            };
            if let Some(index) = apps.iter().position(|(user, _)| *user == of) {
                let (_, app) = apps.remove(index);
                site.exited(&app);
            } else {
                apps.push((of, seat(&mut site, of)));
            }
            for _ in 0..hours {
                note(hour, apps.len(), 3_600);
                hour += 1;
            }
            until(&mut site, TODAY + hour * 3_600);
            note(hour, apps.len(), 0);
        }
        prop_assert_eq!(months(&site), expected);
    }
}
