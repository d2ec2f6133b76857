//! The wall clock against elapsed time.

use octroi_engine::{BootId, Command, Confidence, Event, Outcome, RefusalCode};
use octroi_licence::{CivilMillis, message};

use crate::support::{
    Site,
    vendor::{self, DAY, TODAY, clock_reset, feature, ordered, suspend, terms},
};

const HOUR_MS: u64 = 3_600_000;

fn site() -> Site {
    let mut cad = terms("wb-1", vec![feature("cad", 2)]);
    cad.term.as_mut().unwrap().ends_at_s = TODAY + 30 * DAY;
    Site::licensed(&cad)
}

/// The wall clock is set by hand; elapsed time goes on by a second.
fn set_clock(site: &mut Site, by_s: i64) {
    site.pass(1_000);
    site.now.civil_ms.0 += by_s * 1000;
    site.send(Command::Tick);
}

fn about_the_clock(site: &Site) -> Vec<&'static str> {
    let names = site.ledger.iter().map(|record| record.event.name());
    names.filter(|name| name.starts_with("Clock")).collect()
}

fn confidence(site: &Site) -> Confidence {
    site.engine.clock(site.now).unwrap().confidence
}

fn last_sequence(site: &Site, name: &str) -> u64 {
    let index = site
        .ledger
        .iter()
        .rposition(|record| record.event.name() == name)
        .unwrap();
    u64::try_from(index).unwrap() + 1
}

#[test]
fn small_corrections_are_taken_over_without_a_word() {
    let mut site = site();
    for by_s in [100, -30, 60, -20] {
        set_clock(&mut site, by_s);
        site.open(1, 100);
    }
    assert_eq!(about_the_clock(&site), Vec::<&str>::new());
    assert_eq!(confidence(&site), Confidence::Steady);
}

#[test]
fn judged_time_never_goes_back() {
    let mut site = site();
    let before = site.engine.civil_now(site.now);
    set_clock(&mut site, -90);
    let after = site.engine.civil_now(site.now);
    assert!(after >= before, "{after:?}");
}

#[test]
fn a_leap_is_recorded_once_and_dates_follow_it_while_it_stands() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    set_clock(&mut site, 31 * DAY);
    site.later(HOUR_MS);
    assert_eq!(about_the_clock(&site), ["ClockLeapt"]);
    assert_eq!(confidence(&site), Confidence::Provisional);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
}

#[test]
fn a_clock_put_back_before_it_was_confirmed_costs_nothing() {
    let mut site = site();
    let mut app = site.open(1, 100);
    set_clock(&mut site, 31 * DAY);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
    set_clock(&mut site, -31 * DAY);
    assert_eq!(about_the_clock(&site), ["ClockLeapt", "ClockSteady"]);
    assert_eq!(confidence(&site), Confidence::Steady);
    site.seat(&mut app, "cad");
    // The licence still ends when its day really comes.
    site.later(30 * 24 * HOUR_MS);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn an_order_that_took_effect_by_a_leap_is_undone_with_it() {
    let mut site = site();
    let mut dated = ordered("wb-1", 2, suspend());
    dated.effective_at_s = TODAY + 10 * DAY;
    site.order(&vendor::order(&dated));
    let mut app = site.open(1, 100);
    set_clock(&mut site, 11 * DAY);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::Suspended);
    set_clock(&mut site, -11 * DAY);
    site.seat(&mut app, "cad");
    site.later(10 * 24 * HOUR_MS);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_day_of_running_confirms_a_leap() {
    let mut site = site();
    set_clock(&mut site, 31 * DAY);
    let due = site.engine.clock(site.now).unwrap().confirmed_at.unwrap();
    site.later(24 * HOUR_MS - 1);
    assert_eq!(confidence(&site), Confidence::Provisional);
    site.later(1);
    assert_eq!(site.engine.state().elapsed(), due);
    assert_eq!(about_the_clock(&site), ["ClockLeapt", "ClockConfirmed"]);
    assert_eq!(confidence(&site), Confidence::Steady);
    // From now on it cannot be put back.
    set_clock(&mut site, -31 * DAY);
    assert_eq!(confidence(&site), Confidence::Behind);
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
}

#[test]
fn a_clock_behind_the_confirmed_time_buys_nothing() {
    let mut site = site();
    site.later(29 * 24 * HOUR_MS);
    set_clock(&mut site, -20 * DAY);
    assert_eq!(about_the_clock(&site), ["ClockBehind"]);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let deadline = site.engine.next_deadline().unwrap();
    site.now.boottime_ms = deadline.boottime_ms.unwrap();
    site.send(Command::Tick);
    assert_eq!(site.in_use("cad"), 0, "the licence ends by elapsed time");
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
    assert_eq!(about_the_clock(&site), ["ClockBehind"]);
}

#[test]
fn a_late_clock_that_is_put_right_is_steady_again() {
    let mut site = site();
    site.later(HOUR_MS * 48);
    set_clock(&mut site, -DAY);
    set_clock(&mut site, DAY);
    assert_eq!(about_the_clock(&site), ["ClockBehind", "ClockSteady"]);
    assert_eq!(confidence(&site), Confidence::Steady);
}

#[test]
fn each_leap_is_confirmed_by_a_day_of_its_own() {
    let mut site = site();
    set_clock(&mut site, DAY);
    site.later(HOUR_MS * 12);
    set_clock(&mut site, DAY);
    site.later(HOUR_MS * 12);
    assert_eq!(
        about_the_clock(&site),
        ["ClockLeapt", "ClockLeapt", "ClockConfirmed"]
    );
    assert_eq!(confidence(&site), Confidence::Provisional);
    // The second leap is withdrawn, the first stays.
    set_clock(&mut site, -DAY);
    assert_eq!(confidence(&site), Confidence::Steady);
    let clock = site.engine.clock(site.now).unwrap();
    assert!(clock.mark.0 >= (TODAY + 2 * DAY) * 1000, "{clock:?}");
}

#[test]
fn a_machine_that_was_off_over_night_is_provisional_and_loses_nothing() {
    let mut site = site();
    let mut elapsed = site.engine.state().elapsed();
    for boot in 2..10 {
        // Sixteen hours off, eight hours on.
        site.now.boot_id = BootId([boot; 16]);
        site.now.boottime_ms = 30_000;
        site.now.civil_ms.0 += 16 * 3_600_000;
        site.restart(&[]);
        assert_eq!(
            site.engine.state().elapsed(),
            elapsed,
            "elapsed time stood still"
        );
        assert_eq!(confidence(&site), Confidence::Provisional);
        site.pass(8 * HOUR_MS);
        site.send(Command::Stop);
        elapsed = site.engine.state().elapsed();
    }
    // The mark follows with the leaps of the last day of running outstanding.
    let clock = site.engine.clock(site.now).unwrap();
    assert_eq!(clock.civil, site.now.civil_ms);
    let lag_h = (clock.civil.0 - clock.mark.0) / 3_600_000;
    assert!((32..=48).contains(&lag_h), "{lag_h}");
}

#[test]
fn boottime_that_goes_back_within_a_boot_is_not_believed() {
    let mut site = site();
    site.pass(HOUR_MS);
    site.open(1, 99);
    let elapsed = site.engine.state().elapsed();
    site.now.boottime_ms -= 2 * HOUR_MS / 3;
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    assert_eq!(site.engine.state().elapsed(), elapsed);
}

#[test]
fn the_vendor_sets_the_mark_back_once_for_a_reported_anomaly() {
    let mut site = site();
    set_clock(&mut site, 31 * DAY);
    site.later(24 * HOUR_MS);
    // The clock was wrong and is put right, but the mark has confirmed it.
    set_clock(&mut site, -31 * DAY);
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
    let anomaly = last_sequence(&site, "ClockBehind");
    assert_eq!(site.engine.clock(site.now).unwrap().anomaly, Some(anomaly));
    let reset = |sequence| {
        let new_time = site.now.civil_ms.seconds().0;
        vendor::order(&ordered("wb-1", sequence, clock_reset(anomaly, new_time)))
    };
    let (first, second) = (reset(2), reset(3));
    assert_eq!(site.order(&first), Outcome::Installed);
    assert_eq!(confidence(&site), Confidence::Steady);
    site.seat(&mut app, "cad");
    let from = site.ledger.len();
    assert_eq!(site.order(&second), Outcome::Installed);
    assert_eq!(site.events(from), ["OrderInstalled"]);
}

#[test]
fn a_reset_that_leaves_the_clock_ahead_is_a_leap_again() {
    let mut site = site();
    set_clock(&mut site, 31 * DAY);
    let anomaly = last_sequence(&site, "ClockLeapt");
    let order = ordered("wb-1", 2, clock_reset(anomaly, TODAY));
    site.order(&vendor::order(&order));
    assert_eq!(
        about_the_clock(&site),
        ["ClockLeapt", "ClockReset", "ClockLeapt"]
    );
    assert_eq!(confidence(&site), Confidence::Provisional);
}

#[test]
fn extreme_clocks_do_no_harm() {
    let mut site = site();
    for civil in [i64::MAX, i64::MIN, 0, i64::MAX, TODAY * 1000] {
        site.pass(1_000);
        site.now.civil_ms = CivilMillis(civil);
        site.send(Command::Tick);
        site.engine.next_deadline();
        site.now.civil_ms = CivilMillis(TODAY * 1000);
    }
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
}

#[test]
fn every_record_says_what_was_thought_of_the_clock() {
    let mut site = site();
    set_clock(&mut site, 10 * DAY);
    let record = site.ledger.last().unwrap();
    assert!(matches!(record.event, Event::ClockLeapt { .. }));
    assert_eq!(record.time.confidence, Confidence::Provisional);
    assert_eq!(record.time.civil_ms, site.now.civil_ms);
    site.open(1, 100);
    assert_eq!(
        site.ledger.last().unwrap().time.confidence,
        Confidence::Provisional
    );
}

#[test]
fn a_feature_without_dates_is_not_hurt_by_any_clock() {
    let mut perpetual = terms("wb-1", vec![feature("cad", 2)]);
    perpetual.term = Some(message::Term::default());
    let mut site = Site::licensed(&perpetual);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    set_clock(&mut site, 4_000 * DAY);
    site.later(24 * HOUR_MS);
    set_clock(&mut site, -4_100 * DAY);
    assert_eq!(site.in_use("cad"), 1);
    site.seat(&mut app, "cad");
}

#[test]
fn a_vendors_time_that_agrees_confirms_a_leap_at_once() {
    let mut site = site();
    set_clock(&mut site, 20 * DAY);
    assert_eq!(confidence(&site), Confidence::Provisional);
    let civil = CivilMillis(site.now.civil_ms.0 - 240_000);
    site.send(Command::ClockEvidence { civil });
    assert_eq!(about_the_clock(&site), ["ClockLeapt", "ClockConfirmed"]);
    assert_eq!(confidence(&site), Confidence::Steady);
    set_clock(&mut site, -20 * DAY);
    assert_eq!(confidence(&site), Confidence::Behind, "it stays confirmed");
}

#[test]
fn a_vendors_clock_that_is_wrong_by_a_year_moves_nothing() {
    for by_s in [365 * DAY, -365 * DAY] {
        let mut site = site();
        let before = site.engine.clock(site.now).unwrap();
        let civil = CivilMillis(site.now.civil_ms.0 + by_s * 1000);
        site.send(Command::ClockEvidence { civil });
        assert_eq!(site.engine.clock(site.now).unwrap(), before);
        assert_eq!(about_the_clock(&site), Vec::<&str>::new());
    }
}

#[test]
fn a_vendors_time_confirms_no_leap_that_it_does_not_agree_with() {
    let mut site = site();
    set_clock(&mut site, 20 * DAY);
    let civil = CivilMillis(site.now.civil_ms.0 - 20 * DAY * 1000);
    site.send(Command::ClockEvidence { civil });
    assert_eq!(about_the_clock(&site), ["ClockLeapt"]);
    assert_eq!(confidence(&site), Confidence::Provisional);
}
