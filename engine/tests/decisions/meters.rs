//! Amounts that are consumed: windows, their turns, thresholds, operations, overdraft.

use octroi_engine::{Command, Outcome, RefusalCode, WindowSpan};
use octroi_licence::{CivilMillis, message, message::WindowUnit};

use crate::support::{
    Site,
    site::refused,
    usage::{consumed, metered, paris},
    vendor::{self, DAY, TODAY, clock_reset, feature, ordered, reissued, terms},
};

pub(crate) const HOUR: i64 = 3_600;

/// A thousand an hour, five thousand a day, twenty-five thousand a month.
pub(crate) fn mail() -> message::Feature {
    let windows = [
        (WindowUnit::Hour, 1_000),
        (WindowUnit::Day, 5_000),
        (WindowUnit::Month, 25_000),
    ];
    metered("mail", &windows)
}

pub(crate) fn site_of(feature: message::Feature) -> Site {
    let mut licence = terms("wb-1", vec![feature]);
    licence.zone = Some(paris());
    Site::licensed(&licence)
}

#[test]
fn an_amount_counts_in_every_window_and_what_remains_can_be_read() {
    let mut site = site_of(mail());
    let mut app = site.open(1, 100);
    assert_eq!(consumed(&site.consume(&mut app, "mail", 300)), (300, 0));
    let outcome = site.consume(&mut app, "mail", 200);
    let Outcome::Consumed { windows, .. } = outcome else {
        panic!("{outcome:?}");
    };
    let remaining: Vec<_> = windows
        .iter()
        .map(octroi_engine::WindowView::remaining)
        .collect();
    assert_eq!(remaining, [Some(500), Some(4_500), Some(24_500)]);
    assert_eq!(site.window("mail", WindowSpan::Day).used, 500);
    assert_eq!(
        site.engine.meters_of(app.session, site.now.civil_ms).len(),
        1
    );
}

#[test]
fn a_refusal_names_the_full_window_and_when_it_opens_again() {
    let mut site = site_of(mail());
    let mut app = site.open(1, 100);
    site.consume(&mut app, "mail", 900);
    let refusal = refused(site.consume(&mut app, "mail", 200));
    assert_eq!(refusal.code, RefusalCode::AmountExhausted);
    assert_eq!(refusal.expected, "hour 1000");
    assert_eq!(refusal.found, "900");
    assert_eq!(
        (refusal.limit, refusal.in_use, refusal.requested),
        (1_000, 900, 200)
    );
    assert_eq!(
        refusal.may_change_at,
        Some(CivilMillis((TODAY + HOUR) * 1000))
    );
    site.until(TODAY + HOUR);
    consumed(&site.consume(&mut app, "mail", 200));
}

#[test]
fn what_is_refused_in_one_window_is_consumed_in_none() {
    let mut site = site_of(mail());
    let mut app = site.open(1, 100);
    for hour in 1..=5 {
        consumed(&site.consume(&mut app, "mail", 950));
        site.until(TODAY + hour * HOUR);
    }
    // The hour is fresh, the day has 250 left.
    let before = site.ledger.len();
    let refusal = refused(site.consume(&mut app, "mail", 251));
    assert_eq!(refusal.expected, "day 5000");
    // Midnight in Paris is 22:00 in summer.
    assert_eq!(
        refusal.may_change_at,
        Some(CivilMillis((TODAY + 22 * HOUR) * 1000))
    );
    assert_eq!(site.events(before), ["ConsumptionRefused"]);
    assert_eq!(site.window("mail", WindowSpan::Hour).used, 0);
    assert_eq!(site.window("mail", WindowSpan::Day).used, 4_750);
    consumed(&site.consume(&mut app, "mail", 250));
}

#[test]
fn what_is_more_than_a_whole_window_will_never_fit() {
    let mut site = site_of(mail());
    let mut app = site.open(1, 100);
    let refusal = refused(site.consume(&mut app, "mail", 1_001));
    assert_eq!(refusal.expected, "hour 1000");
    assert_eq!(refusal.may_change_at, None);
    assert_eq!(
        refused(site.consume(&mut app, "mail", 0)).code,
        RefusalCode::RequestNotUnderstood
    );
}

#[test]
fn a_repeated_request_consumes_once() {
    let mut site = site_of(mail());
    let mut app = site.open(1, 100);
    let first = site.consume(&mut app, "mail", 700);
    let records = site.ledger.len();
    assert_eq!(site.consume_for(&app, "mail", 700, None), first);
    site.restart(&[&app]);
    site.resume(&mut app.clone());
    app.epoch.0 += 1;
    let again = site.consume_for(&app, "mail", 700, None);
    assert_eq!(consumed(&again), (700, 0));
    assert!(!site.events(records).contains(&"AmountConsumed"));
    assert_eq!(site.window("mail", WindowSpan::Hour).used, 700);
}

#[test]
fn a_month_turns_at_midnight_of_the_site() {
    let mut site = site_of(metered("mail", &[(WindowUnit::Month, 100)]));
    let mut app = site.open(1, 100);
    // 1 July in Paris is 30 June, 22:00 in UTC.
    let turn = TODAY + 30 * DAY - 2 * HOUR;
    site.until(turn - 1);
    consumed(&site.consume(&mut app, "mail", 100));
    let refusal = refused(site.consume(&mut app, "mail", 1));
    assert_eq!(refusal.may_change_at, Some(CivilMillis(turn * 1000)));
    site.until(turn);
    consumed(&site.consume(&mut app, "mail", 100));
    assert_eq!(
        refused(site.consume(&mut app, "mail", 1)).code,
        RefusalCode::AmountExhausted
    );
}

#[test]
fn a_leap_day_belongs_to_its_month() {
    let mut licence = terms("wb-1", vec![metered("mail", &[(WindowUnit::Month, 100)])]);
    licence.term = None;
    let mut site = Site::licensed(&licence);
    let mut app = site.open(1, 100);
    // 2028-02-29T12:00Z.
    site.until(1_835_438_400);
    consumed(&site.consume(&mut app, "mail", 60));
    let month = site.window("mail", WindowSpan::Month);
    assert_eq!((month.ends_at.0 - month.starts_at.0) / DAY, 29);
    assert_eq!(month.ends_at.0, 1_835_481_600, "2028-03-01");
}

#[test]
fn days_on_which_the_clocks_change_are_shorter_and_longer() {
    let mut licence = terms("wb-1", vec![metered("mail", &[(WindowUnit::Day, 100)])]);
    licence.zone = Some(paris());
    licence.term = None;
    let mut site = Site::licensed(&licence);
    let mut app = site.open(1, 100);
    // 2026-10-25, 12:00 in Paris: 25 hours. 2027-03-28: 23 hours.
    for (noon, hours) in [(1_792_926_000, 25), (1_806_228_000, 23)] {
        site.until(noon);
        consumed(&site.consume(&mut app, "mail", 100));
        let day = site.window("mail", WindowSpan::Day);
        assert_eq!(day.ends_at.0 - day.starts_at.0, hours * HOUR);
        site.until(day.ends_at.0 - 1);
        refused(site.consume(&mut app, "mail", 1));
        site.until(day.ends_at.0);
        consumed(&site.consume(&mut app, "mail", 1));
    }
}

#[test]
fn an_hour_that_comes_twice_is_two_hours() {
    let mut site = site_of(metered("mail", &[(WindowUnit::Hour, 10)]));
    let mut app = site.open(1, 100);
    // 2026-10-25: 02:30 in Paris, in summer time and an hour later in winter time.
    site.until(1_792_888_200);
    consumed(&site.consume(&mut app, "mail", 10));
    refused(site.consume(&mut app, "mail", 1));
    site.until(1_792_888_200 + HOUR);
    consumed(&site.consume(&mut app, "mail", 10));
}

#[test]
fn a_daemon_may_consume_its_share_and_no_more() {
    let mut feature = metered("mail", &[(WindowUnit::Day, 1_000)]);
    feature.count = 3;
    let licence = vendor::licence(&terms("wb-1", vec![feature]));
    let mut certificate = vendor::activation(&licence);
    certificate.shares[0].units = 1;
    let mut site = Site::new();
    site.install(&licence);
    site.certify(&vendor::certificate(&certificate));
    let mut app = site.open(1, 100);
    assert_eq!(refused(site.consume(&mut app, "mail", 334)).limit, 333);
    consumed(&site.consume(&mut app, "mail", 333));
}

#[test]
fn without_windows_amounts_are_counted_and_never_refused() {
    let mut site = site_of(metered("mail", &[]));
    let mut app = site.open(1, 100);
    consumed(&site.consume(&mut app, "mail", 1 << 53));
    consumed(&site.consume(&mut app, "mail", 1));
    let month = site.window("mail", WindowSpan::Month);
    assert_eq!((month.used, month.limit), ((1 << 53) + 1, None));
}

#[test]
fn amounts_are_not_checked_out_and_seats_are_not_consumed() {
    let mut site = Site::licensed(&terms("wb-1", vec![mail(), feature("cad", 1)]));
    let mut app = site.open(1, 100);
    let checked_out = site.refusal(&mut app, "mail");
    assert_eq!(checked_out.code, RefusalCode::UseNotOffered);
    assert_eq!(checked_out.expected, "metered");
    let consumed = refused(site.consume(&mut app, "cad", 1));
    assert_eq!(consumed.code, RefusalCode::UseNotOffered);
    assert_eq!(
        refused(site.consume(&mut app, "render", 1)).code,
        RefusalCode::FeatureNotLicensed
    );
}

#[test]
fn the_licence_that_ends_first_gives_first_and_one_gives_all() {
    let mut site = Site::new();
    let mut first = terms("wb-1", vec![metered("mail", &[(WindowUnit::Day, 100)])]);
    first.term.as_mut().unwrap().ends_at_s = TODAY + 10 * DAY;
    let second = terms("wb-2", vec![metered("mail", &[(WindowUnit::Day, 1_000)])]);
    site.activate(&first);
    site.activate(&second);
    let mut app = site.open(1, 100);
    let from = |outcome: Outcome| match outcome {
        Outcome::Consumed { consumption, .. } => consumption.licence.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(from(site.consume(&mut app, "mail", 60)), "wb-1");
    assert_eq!(from(site.consume(&mut app, "mail", 60)), "wb-2");
    assert_eq!(from(site.consume(&mut app, "mail", 40)), "wb-1");
}

#[test]
fn nothing_is_consumed_under_a_suspended_licence() {
    let mut site = site_of(mail());
    let mut app = site.open(1, 100);
    site.order(&vendor::order(&ordered("wb-1", 2, vendor::suspend())));
    assert_eq!(
        refused(site.consume(&mut app, "mail", 1)).code,
        RefusalCode::Suspended
    );
}

#[test]
fn a_clock_that_was_ahead_and_came_back_refills_no_window() {
    let mut site = site_of(metered("mail", &[(WindowUnit::Day, 100)]));
    let mut app = site.open(1, 100);
    consumed(&site.consume(&mut app, "mail", 100));
    // Two days ahead: dates follow while the leap stands.
    site.now.civil_ms.0 += 2 * DAY * 1000;
    consumed(&site.consume(&mut app, "mail", 70));
    site.now.civil_ms.0 -= 2 * DAY * 1000;
    let refusal = refused(site.consume(&mut app, "mail", 31));
    assert_eq!(refusal.in_use, 70, "the day ahead goes on counting");
    consumed(&site.consume(&mut app, "mail", 30));
    // Until the real time has come there.
    site.until(TODAY + 2 * DAY + 12 * HOUR);
    refused(site.consume(&mut app, "mail", 1));
    site.until(TODAY + 3 * DAY);
    consumed(&site.consume(&mut app, "mail", 100));
}

#[test]
fn a_clock_set_back_refills_no_window() {
    let mut site = site_of(metered("mail", &[(WindowUnit::Hour, 100)]));
    let mut app = site.open(1, 100);
    consumed(&site.consume(&mut app, "mail", 100));
    site.now.civil_ms.0 -= 5 * HOUR * 1000;
    refused(site.consume(&mut app, "mail", 1));
    site.later(3_600_000);
    consumed(&site.consume(&mut app, "mail", 1));
}

#[test]
fn only_the_vendors_recorded_reset_takes_windows_back() {
    let mut site = site_of(metered("mail", &[(WindowUnit::Month, 100)]));
    let mut app = site.open(1, 100);
    consumed(&site.consume(&mut app, "mail", 40));
    let before = site.now.civil_ms.0;
    site.now.civil_ms.0 += 400 * DAY * 1000;
    // The licence is over by then; nothing would be consumed, so stay within.
    site.now.civil_ms.0 -= 300 * DAY * 1000;
    consumed(&site.consume(&mut app, "mail", 90));
    // Confirmed by a day of running, then seen to be wrong.
    site.later(86_400_000);
    let anomaly = site.engine.clock(site.now).unwrap().anomaly.unwrap();
    site.now.civil_ms.0 = before + 86_400_000;
    site.send(Command::Tick);
    refused(site.consume(&mut app, "mail", 11));
    let reset = clock_reset(anomaly, site.now.civil_ms.0 / 1000);
    assert_eq!(
        site.order(&vendor::order(&ordered("wb-1", 2, reset))),
        Outcome::Installed
    );
    let month = site.window("mail", WindowSpan::Month);
    assert_eq!(month.used, 40, "what was consumed before is remembered");
    consumed(&site.consume(&mut app, "mail", 60));
}

#[test]
fn another_zone_refills_no_window() {
    let mut licence = terms("wb-1", vec![metered("mail", &[(WindowUnit::Day, 100)])]);
    licence.zone = Some(paris());
    let mut site = Site::licensed(&licence);
    let mut app = site.open(1, 100);
    // 23:30 in Paris, 21:30 in UTC: the day is full.
    site.until(TODAY + 21 * HOUR + HOUR / 2);
    consumed(&site.consume(&mut app, "mail", 100));
    let mut tokyo = reissued(&licence, 2, 2);
    tokyo.zone = Some(message::Zone {
        posix: "JST-9".to_owned(),
        iana: "Asia/Tokyo".to_owned(),
    });
    site.activate(&tokyo);
    refused(site.consume(&mut app, "mail", 1));
    site.until(TODAY + 22 * HOUR);
    consumed(&site.consume(&mut app, "mail", 100));
}
