//! The support that contracts promise (clauses Z21, T12), from the words of an order to the licence that a
//! reader finds; and the zone of a site.

use octroi_licence::{CivilSeconds, DelayUnit, Licence, Support, SupportLevel};
use octroi_vendor::{
    LicenceOrder, LicenceRecord,
    order::{MistakeKind, Template, instant_of_text},
};

use crate::{
    support::{NOW, Vendor, order_with, record},
    templates::filled,
};

/// The licence of a template, whose vendor is made the test's.
fn of(template: Template) -> Licence {
    let name = template.name();
    let order = filled(template).replace(&format!("vendor = \"{name}\""), "vendor = \"acme\"");
    let mut record = LicenceRecord::new("x-0001".parse().unwrap());
    Vendor::new().issue(&order, &mut record).document().clone()
}

fn promised(template: Template) -> Support {
    of(template).support.unwrap()
}

/// A time of day in Paris.
fn paris(text: &str) -> CivilSeconds {
    let zone = octroi_vendor::order::time_zone("Europe/Paris").unwrap();
    instant_of_text(text, &zone, octroi_vendor::order::Edge::Start).unwrap()
}

fn open(support: &Support, level: &SupportLevel, severity: Option<&str>, at: &str) -> bool {
    support.is_open(level, severity, paris(at))
}

#[test]
fn z21_zenlocassur_answers_critical_faults_within_an_hour_of_support() {
    let support = promised(Template::Zenlocassur);
    assert_eq!(support.zone.iana(), "Europe/Paris", "metropolitan France");
    let delays = |id: &str| {
        let mut severities = support.severities.iter();
        let severity = severities.find(|one| one.id == id).unwrap();
        let text = |delay: Option<octroi_licence::Delay>| delay.map(|one| (one.amount, one.unit));
        (text(severity.respond), text(severity.restore))
    };
    let (hours, days) = (DelayUnit::SupportHours, DelayUnit::BusinessDays);
    assert_eq!(delays("critical"), (Some((1, hours)), Some((4, hours))));
    assert_eq!(delays("high"), (Some((2, hours)), Some((2, days))));
    assert_eq!(delays("medium"), (Some((4, hours)), Some((10, days))));
    assert_eq!(delays("low"), (Some((4, hours)), None));
    let level = &support.levels[0];
    assert!(open(&support, level, None, "2026-03-06T16:59:59"));
    assert!(!open(&support, level, None, "2026-03-06T17:00:00"));
    // Easter Monday in France.
    assert!(!open(&support, level, None, "2026-04-06T10:00:00"));
    let opens = support.opens_at(level, None, paris("2026-04-06T10:00:00"));
    assert_eq!(opens, Some(paris("2026-04-07T09:00:00")));
}

#[test]
fn apex_timing_has_evening_and_holiday_hours_for_blocking_faults_alone() {
    let support = promised(Template::ApexTiming);
    let level = &support.levels[0];
    for (at, anybody, blocking) in [
        ("2026-03-06T17:30:00", true, true),
        ("2026-03-06T19:00:00", false, true),
        ("2026-03-07T10:00:00", false, true),
        ("2026-04-06T10:00:00", false, true),
        // Whit Monday is none of the ten holidays.
        ("2026-05-25T10:00:00", true, true),
        ("2026-05-25T08:00:00", false, false),
    ] {
        assert_eq!(open(&support, level, None, at), anybody, "{at}");
        assert_eq!(
            open(&support, level, Some("blocking"), at),
            blocking,
            "{at}"
        );
    }
}

#[test]
fn boost_my_mail_is_closed_at_noon_and_speaks_with_administrators() {
    let support = promised(Template::BoostMyMail);
    let level = &support.levels[0];
    assert!(level.administrators_only);
    assert!(open(&support, level, None, "2026-03-06T11:30:00"));
    assert!(!open(&support, level, None, "2026-03-06T13:00:00"));
    assert!(open(&support, level, None, "2026-03-06T17:30:00"));
}

#[test]
fn t12_thegreenbow_has_one_level_for_all_and_two_for_administrators() {
    let support = promised(Template::TheGreenBow);
    let levels: Vec<(u32, bool, bool)> = support
        .levels
        .iter()
        .map(|level| {
            let at_night = open(&support, level, None, "2026-07-14T03:00:00");
            (level.level, level.administrators_only, at_night)
        })
        .collect();
    assert_eq!(
        levels,
        [(1, false, true), (2, true, false), (3, true, false)]
    );
}

#[test]
fn kimples_contract_names_no_support_hours() {
    assert_eq!(of(Template::Kimple).support, None);
}

#[test]
fn a_licence_carries_the_holidays_of_twenty_years() {
    let support = promised(Template::ApexTiming);
    assert_eq!(support.holidays.len(), 20 * 10);
}

#[test]
fn a_site_may_have_a_zone_of_its_own() {
    let order = order_with(&[(
        "#time_zone = \"Europe/Zurich\"",
        "time_zone = \"America/Guadeloupe\"",
    )]);
    let licence = Vendor::new().issue(&order, &mut record());
    let zone = |site: &str| {
        licence
            .zone_at(Some(&site.parse().unwrap()))
            .iana()
            .to_owned()
    };
    assert_eq!(zone("geneva"), "America/Guadeloupe");
    assert_eq!(zone("lyon"), "Europe/Paris");
}

#[test]
fn what_is_wrong_with_support_is_named() {
    for (section, kind, says) in [
        ("levels = []", MistakeKind::Missing, "no level"),
        (
            "levels = [{ level = 0, hours = [\"24/7\"] }]",
            MistakeKind::OutOfRange,
            "1 to 9",
        ),
        (
            "levels = [{ level = 1, hours = [\"24/7\"] }, { level = 1, hours = [\"24/7\"] }]",
            MistakeKind::Duplicate,
            "already",
        ),
        (
            "levels = [{ level = 1, hours = [\"Mon 9-17\"] }]",
            MistakeKind::UnknownValue,
            "Mon 9-17",
        ),
        (
            "levels = [{ level = 1, hours = [\"holidays 09:00-17:00\"] }]",
            MistakeKind::UnknownValue,
            "holidays alone",
        ),
        (
            "levels = [{ level = 1, hours = [{ times = \"24/7\", severities = [\"x\"] }] }]",
            MistakeKind::UnknownValue,
            "support.severities",
        ),
        (
            "levels = [{ level = 1, hours = [\"24/7\"] }]\nseverities = [{ id = \"x\", respond = \"2 months\" }]",
            MistakeKind::BadDuration,
            "no delay",
        ),
        (
            "levels = [{ level = 1, hours = [\"24/7\"] }]\nzone = \"Mars/Olympus\"",
            MistakeKind::BadDate,
            "Mars",
        ),
        (
            "levels = [{ level = 1, hours = [\"24/7\"] }]\nholidays = \"mars\"",
            MistakeKind::UnknownValue,
            "no list of holidays",
        ),
    ] {
        let order = order_with(&[(
            "[sessions]\n",
            &format!("[support]\n{section}\n\n[sessions]\n"),
        )]);
        let mistakes = LicenceOrder::check(&order, NOW).unwrap_err();
        let found = mistakes.as_slice();
        assert_eq!(found.len(), 1, "{section}: {found:?}");
        assert_eq!(found[0].kind, kind, "{section}: {found:?}");
        assert!(
            found[0].to_string().contains(says),
            "{section}: {}",
            found[0]
        );
    }
}
