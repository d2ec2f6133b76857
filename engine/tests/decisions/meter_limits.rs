//! Near and over the limits of amounts: thresholds, announced operations, overdraft, limits changed by
//! order.

use octroi_engine::{Event, Outcome, RefusalCode, WindowSpan};
use octroi_licence::{
    message,
    message::{WindowUnit, overdraft},
};

use crate::{
    meters::{HOUR, mail, site_of},
    support::{
        Site,
        site::refused,
        usage::{about, consumed, metered, operation},
        vendor::{self, DAY, TODAY, ordered, terms},
    },
};

fn crossings(site: &Site) -> Vec<(WindowSpan, u64, u64)> {
    let events = site.ledger.iter().filter_map(|record| match &record.event {
        Event::ThresholdCrossed {
            window,
            threshold,
            used,
            ..
        } => Some((window.span, *threshold, *used)),
        _ => None,
    });
    events.collect()
}

fn unannounced(site: &Site) -> Vec<(u64, u64)> {
    let events = site.ledger.iter().filter_map(|record| match &record.event {
        Event::OperationUnannounced { allowed, used, .. } => Some((*allowed, *used)),
        _ => None,
    });
    events.collect()
}

#[test]
fn a_threshold_is_recorded_once_a_window() {
    let mut feature = metered("mail", &[(WindowUnit::Hour, 1_000)]);
    feature.soft_percents = vec![80];
    feature.metered.as_mut().unwrap().soft_thresholds = vec![message::SoftThreshold {
        unit: WindowUnit::Day.into(),
        amount: 900,
    }];
    let mut site = site_of(feature);
    let mut app = site.open(1, 100);
    site.consume(&mut app, "mail", 799);
    assert_eq!(crossings(&site), []);
    site.consume(&mut app, "mail", 1);
    site.consume(&mut app, "mail", 100);
    site.consume(&mut app, "mail", 100);
    site.until(TODAY + HOUR);
    site.consume(&mut app, "mail", 850);
    assert_eq!(
        crossings(&site),
        [
            (WindowSpan::Hour, 800, 800),
            (WindowSpan::Day, 900, 900),
            (WindowSpan::Hour, 800, 850),
        ]
    );
}

fn promotion() -> Site {
    let mut feature = metered("mail", &[]);
    feature.metered.as_mut().unwrap().announce_above = 50_000;
    site_of(feature)
}

#[test]
fn an_operation_that_was_not_announced_is_an_event() {
    let mut site = promotion();
    let app = site.open(1, 100);
    let mut number = 1;
    let mut play = |site: &mut Site, of, amount| {
        number += 1;
        let mut app = app.clone();
        (app.number, app.below) = (number, number);
        consumed(&site.consume_for(&app, "mail", amount, Some(operation(of))));
    };
    play(&mut site, 1, 50_000);
    play(&mut site, 2, 30_000);
    assert_eq!(unannounced(&site), []);
    play(&mut site, 1, 1);
    play(&mut site, 1, 1);
    assert_eq!(unannounced(&site), [(50_000, 50_001)], "once");
}

#[test]
fn an_announced_operation_may_go_as_far_as_announced() {
    let mut site = promotion();
    let mut app = site.open(1, 100);
    let until = TODAY + 10 * DAY;
    assert_eq!(
        site.announce("mail", Some(operation(1)), 80_000, until),
        Outcome::Done
    );
    app.number += 1;
    consumed(&site.consume_for(&app, "mail", 80_000, Some(operation(1))));
    assert_eq!(unannounced(&site), []);
    app.number += 1;
    consumed(&site.consume_for(&app, "mail", 1, Some(operation(1))));
    assert_eq!(unannounced(&site), [(80_000, 80_001)]);
    // A later announcement replaces the earlier one, and is watched anew.
    site.announce("mail", Some(operation(1)), 90_000, until);
    app.number += 1;
    consumed(&site.consume_for(&app, "mail", 9_999, Some(operation(1))));
    app.number += 1;
    consumed(&site.consume_for(&app, "mail", 1, Some(operation(1))));
    assert_eq!(unannounced(&site), [(80_000, 80_001), (90_000, 90_001)]);
}

#[test]
fn an_announcement_holds_for_its_period() {
    let mut site = promotion();
    let mut app = site.open(1, 100);
    // Whatever names no operation counts by the month.
    let july = TODAY + 30 * DAY - 2 * HOUR;
    assert_eq!(site.announce("mail", None, 70_000, july), Outcome::Done);
    consumed(&site.consume(&mut app, "mail", 70_000));
    assert_eq!(unannounced(&site), []);
    site.until(july);
    consumed(&site.consume(&mut app, "mail", 50_000));
    assert_eq!(unannounced(&site), []);
    consumed(&site.consume(&mut app, "mail", 1));
    assert_eq!(unannounced(&site), [(50_000, 50_001)]);
}

#[test]
fn announcing_what_nobody_wants_announced_is_refused() {
    let mut site = site_of(mail());
    let code = |outcome| refused(outcome).code;
    let until = TODAY + DAY;
    assert_eq!(
        code(site.announce("mail", None, 5, until)),
        RefusalCode::UseNotOffered
    );
    assert_eq!(
        code(site.announce("cad", None, 5, until)),
        RefusalCode::FeatureNotLicensed
    );
    let mut site = promotion();
    assert_eq!(
        code(site.announce("mail", None, 5, TODAY - 1)),
        RefusalCode::RequestNotUnderstood
    );
}

fn overdrawn(kind: overdraft::Kind) -> Site {
    let mut feature = metered("mail", &[(WindowUnit::Month, 1_000)]);
    feature.overdraft = Some(message::Overdraft { kind: Some(kind) });
    Site::licensed(&terms("wb-1", vec![feature]))
}

#[test]
fn what_is_billed_over_the_limit_is_summed_by_the_month() {
    let unit = message::OverdraftUnit::AmountInExcess.into();
    let mut site = overdrawn(overdraft::Kind::Billed(message::OverdraftBilled { unit }));
    let mut app = site.open(1, 100);
    assert_eq!(consumed(&site.consume(&mut app, "mail", 900)), (900, 0));
    assert_eq!(consumed(&site.consume(&mut app, "mail", 300)), (300, 200));
    assert_eq!(consumed(&site.consume(&mut app, "mail", 50)), (50, 50));
    assert_eq!(site.engine.meters(site.now.civil_ms)[0].excess, 250);
    site.until(TODAY + 30 * DAY);
    assert_eq!(consumed(&site.consume(&mut app, "mail", 1_000)), (1_000, 0));
    assert_eq!(site.engine.meters(site.now.civil_ms)[0].excess, 0);
}

#[test]
fn an_overdraft_for_a_time_ends_while_it_is_used() {
    let mut site = overdrawn(overdraft::Kind::Percent(message::OverdraftPercent {
        percent: 10,
        days: 3,
    }));
    let mut app = site.open(1, 100);
    consumed(&site.consume(&mut app, "mail", 1_000));
    assert_eq!(consumed(&site.consume(&mut app, "mail", 60)), (60, 60));
    let beyond = refused(site.consume(&mut app, "mail", 41));
    assert_eq!(beyond.limit, 1_100);
    site.until(TODAY + 3 * DAY);
    refused(site.consume(&mut app, "mail", 1));
    // Once in a month; the next one begins anew.
    site.until(TODAY + 30 * DAY);
    assert_eq!(
        consumed(&site.consume(&mut app, "mail", 1_100)),
        (1_100, 100)
    );
}

#[test]
fn over_the_limit_nothing_is_consumed_from_a_notices_date() {
    let mut site = overdrawn(overdraft::Kind::UntilNotice(
        message::OverdraftUntilNotice {},
    ));
    let mut app = site.open(1, 100);
    assert_eq!(
        consumed(&site.consume(&mut app, "mail", 1_200)),
        (1_200, 200)
    );
    let notice = message::order::Kind::OverdraftNotice(message::OverdraftNotice {});
    let mut order = ordered("wb-1", 2, notice);
    order.effective_at_s = TODAY + DAY;
    site.order(&vendor::order(&order));
    assert_eq!(consumed(&site.consume(&mut app, "mail", 1)), (1, 1));
    site.until(TODAY + DAY);
    assert_eq!(
        refused(site.consume(&mut app, "mail", 1)).code,
        RefusalCode::AmountExhausted
    );
}

fn windows_changed(windows: &[(WindowUnit, u64)], until_s: i64) -> message::order::Kind {
    message::order::Kind::LimitChange(message::LimitChange {
        count: 0,
        windows: windows
            .iter()
            .map(|(unit, amount)| message::MeterWindow {
                unit: (*unit).into(),
                amount: *amount,
            })
            .collect(),
        until_s,
    })
}

#[test]
fn an_order_changes_the_windows_that_it_names_while_it_lasts() {
    let mut site = site_of(mail());
    let mut app = site.open(1, 100);
    let change = windows_changed(&[(WindowUnit::Hour, 2_000)], TODAY + DAY);
    site.order(&vendor::order(&about("mail", "wb-1", 2, change)));
    consumed(&site.consume(&mut app, "mail", 2_000));
    assert_eq!(site.window("mail", WindowSpan::Day).limit, Some(5_000));
    site.until(TODAY + DAY);
    assert_eq!(refused(site.consume(&mut app, "mail", 1_001)).limit, 1_000);
    // A limit below what was consumed leaves nothing, and takes nothing back.
    consumed(&site.consume(&mut app, "mail", 900));
    let change = windows_changed(&[(WindowUnit::Hour, 500)], 0);
    site.order(&vendor::order(&about("mail", "wb-1", 3, change)));
    let hour = site.window("mail", WindowSpan::Hour);
    assert_eq!((hour.used, hour.remaining()), (900, Some(0)));
}
