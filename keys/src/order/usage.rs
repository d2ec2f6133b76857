//! The terms of one feature beyond count and dates: whom it counts, what it meters, when it is allowed,
//! what happens over the limit.

use jiff::tz::TimeZone;
use octroi_licence::{
    ALLOWED_TIMES_MAX, CATEGORIES_MAX, CategoryId, METER_AMOUNT_MAX, SEATS_MAX, message,
    message::Metric,
};

use super::{
    dates::Edge,
    fields::{Field, Table},
    mistake::MistakeKind,
};
use crate::calendar::weekly_span;

const UNITS: [(&str, message::WindowUnit); 3] = [
    ("hour", message::WindowUnit::Hour),
    ("day", message::WindowUnit::Day),
    ("month", message::WindowUnit::Month),
];
const THRESHOLDS_MAX: usize = 16;

/// Writes what the table says into the feature, whose metric is read already.
pub(super) fn usage(table: &Table<'_>, zone: &TimeZone, feature: &mut message::Feature) {
    let metric = feature.metric();
    let span = |key| table.get(key).and_then(|field| field.duration(1));
    feature.maintenance_ends_at_s = table
        .get("maintenance_ends")
        .and_then(|field| field.instant(zone, Edge::End))
        .unwrap_or_default()
        .0;
    feature.named_user = named_user(table, metric);
    feature.metered = meter(table, metric);
    if let Some(field) = table.get("allowed_times") {
        let texts = field.list(ALLOWED_TIMES_MAX);
        feature.allowed_times = texts.iter().filter_map(weekly).collect();
    }
    feature.overdraft = table
        .get("overdraft")
        .and_then(|field| overdraft(&field, metric));
    feature.queue_max_s = span("queue_max").unwrap_or_default();
    let automation = table.get("automation");
    let automation =
        automation.and_then(|field| field.choice(&[("allowed", false), ("forbidden", true)]));
    feature.automation_forbidden = automation.unwrap_or(false);
    feature.borrow = table.get("borrow").and_then(|field| borrow(&field));
    let identity = table.get("identity").and_then(|field| {
        use message::Identity;
        field.choice(&[
            ("operating-system-user", Identity::OperatingSystemUser),
            ("declared-account", Identity::DeclaredAccount),
            ("end-user", Identity::EndUser),
            ("end-user-required", Identity::EndUserRequired),
        ])
    });
    feature.identity = identity.unwrap_or_default().into();
    let proof = table
        .get("proof_per_checkout")
        .and_then(|field| field.boolean());
    if proof == Some(true) {
        feature.checkout_proof = message::CheckoutProof::Application.into();
    }
    if let Some(field) = table.get("category_limits") {
        feature.category_limits = category_limits(&field);
    }
    if let Some(field) = table.get("soft_percents") {
        let percents = field.list(THRESHOLDS_MAX);
        let read = percents.iter().filter_map(|field| field.count(1, 1_000));
        feature.soft_percents = read.collect();
    }
    if feature.checkout_proof != 0 && feature.borrow.is_some() {
        let what = "a seat whose check-out the hardware key proves is not lent: it would be used where no key is";
        contradicts(table, "borrow", what);
    }
    for (key, set) in [
        ("proof_per_checkout", feature.checkout_proof != 0),
        ("borrow", feature.borrow.is_some()),
        ("linger", feature.linger_s > 0),
        ("queue_max", feature.queue_max_s > 0),
        ("category_limits", !feature.category_limits.is_empty()),
    ] {
        if set && metric == Metric::Metered {
            let what = "has no effect: amounts are consumed, not held";
            contradicts(table, key, what);
        }
    }
}

fn contradicts(table: &Table<'_>, key: &'static str, what: &str) {
    if let Some(field) = table.get(key) {
        field.mistake(MistakeKind::Contradiction, what);
    }
}

fn named_user(table: &Table<'_>, metric: Metric) -> Option<message::NamedUser> {
    let most = table.get("assignments_per_day");
    if metric != Metric::NamedUser {
        let what = "only the metric \"named-user\" assigns seats";
        contradicts(table, "assignments_per_day", what);
        return None;
    }
    let most = most.and_then(|field| field.count(1, SEATS_MAX));
    Some(message::NamedUser {
        assignments_per_day_max: most.unwrap_or_default(),
    })
}

fn meter(table: &Table<'_>, metric: Metric) -> Option<message::Metered> {
    if metric != Metric::Metered {
        contradicts(table, "meter", "only the metric \"metered\" has amounts");
        return None;
    }
    let what = "what is counted and its limits, such as `windows = [{ per = \"month\", amount = 25_000 }]`";
    let meter = table.require("meter", what)?.table()?;
    let windows = meter.get("windows").map(|field| windows(&field, 3));
    let soft = meter.get("soft_thresholds");
    let soft = soft.map(|field| windows_at(&field, THRESHOLDS_MAX));
    let approval = meter
        .get("approval_within")
        .and_then(|field| field.duration(1));
    let counted = meter.get("counted").and_then(|field| field.text());
    let announce = meter.get("announce_above");
    let announce = announce.and_then(|field| field.integer(1, METER_AMOUNT_MAX));
    meter.close();
    Some(message::Metered {
        windows: windows.unwrap_or_default(),
        approval: approval.map(|deadline_s| message::Approval { deadline_s }),
        counted: counted.unwrap_or_default(),
        announce_above: announce.unwrap_or_default(),
        soft_thresholds: soft
            .unwrap_or_default()
            .into_iter()
            .map(|message::MeterWindow { unit, amount }| message::SoftThreshold { unit, amount })
            .collect(),
    })
}

/// Windows of which no two have one unit.
fn windows(field: &Field<'_>, max: usize) -> Vec<message::MeterWindow> {
    let windows = windows_at(field, max);
    let mut units: Vec<i32> = windows.iter().map(|one| one.unit).collect();
    units.sort_unstable();
    if units.windows(2).any(|pair| pair.first() == pair.last()) {
        field.mistake(MistakeKind::Duplicate, "states two amounts for one unit");
    }
    windows
}

fn windows_at(field: &Field<'_>, max: usize) -> Vec<message::MeterWindow> {
    let mut windows = Vec::new();
    for table in field.tables(max) {
        let unit = table.require("per", "\"hour\", \"day\" or \"month\"");
        let unit = unit.and_then(|field| field.choice(&UNITS));
        let amount = table.require("amount", "how much");
        let amount = amount.and_then(|field| field.integer(1, METER_AMOUNT_MAX));
        windows.extend(unit.zip(amount).map(|(unit, amount)| message::MeterWindow {
            unit: unit.into(),
            amount,
        }));
        table.close();
    }
    windows
}

fn weekly(field: &Field<'_>) -> Option<message::WeeklyTimes> {
    let span = field.parse(
        "times in quotes, such as \"Mon-Fri 08:00-21:00\"",
        MistakeKind::UnknownValue,
        |text| weekly_span(text).map_err(|error| format!("`{}` {error}", text.escape_debug())),
    )?;
    if span.times.weekdays == 0 {
        let what = "names holidays, which only support hours know; name days of the week";
        field.mistake(MistakeKind::UnknownValue, what);
        return None;
    }
    Some(span.times)
}

fn overdraft(field: &Field<'_>, metric: Metric) -> Option<message::Overdraft> {
    use message::{OverdraftUnit, overdraft::Kind};
    let table = field.table()?;
    let bill = table.get("bill");
    let unit = bill.as_ref().and_then(|field| {
        field.choice(&[
            ("users-in-excess", OverdraftUnit::UsersInExcess),
            ("seat-hours-in-excess", OverdraftUnit::SeatHoursInExcess),
            ("amount-in-excess", OverdraftUnit::AmountInExcess),
        ])
    });
    if let (Some(field), Some(unit)) = (&bill, unit)
        && (unit == OverdraftUnit::AmountInExcess) != (metric == Metric::Metered)
    {
        let what = "amounts are billed of metered features, users and seat hours of others";
        field.mistake(MistakeKind::Contradiction, what);
    }
    let percent = table.get("percent");
    let days = table.get("days");
    let until_notice = table.get("until_notice").and_then(|field| field.boolean());
    let stated = [
        bill.is_some(),
        percent.is_some(),
        until_notice == Some(true),
    ];
    if stated.iter().filter(|stated| **stated).count() != 1 {
        let what = "is one of `{ percent = 10, days = 30 }`, `{ bill = \"users-in-excess\" }` and \
                    `{ until_notice = true }`; without any, what is over the limit is refused";
        field.mistake(MistakeKind::Contradiction, what);
    }
    if percent.is_some() && days.is_none() {
        table.missing(
            "days",
            "for how many days from the first use over the limit",
        );
    }
    if let (None, Some(days)) = (&percent, &days) {
        days.mistake(MistakeKind::Contradiction, "belongs to `percent`");
    }
    let percent = percent.and_then(|field| field.count(1, 1_000));
    let days = days.and_then(|field| field.count(1, 366));
    table.close();
    let kind = match (unit, percent.zip(days)) {
        (Some(unit), _) => Kind::Billed(message::OverdraftBilled { unit: unit.into() }),
        (None, Some((percent, days))) => Kind::Percent(message::OverdraftPercent { percent, days }),
        (None, None) => Kind::UntilNotice(message::OverdraftUntilNotice {}),
    };
    Some(message::Overdraft { kind: Some(kind) })
}

fn borrow(field: &Field<'_>) -> Option<message::Borrow> {
    let table = field.table()?;
    let span = |key, what| table.require(key, what).and_then(|field| field.duration(1));
    let longest = span("longest", "how long a seat may be away");
    let lease = span(
        "lease",
        "the short period after which an early return frees the seat",
    );
    if let (Some(longest), Some(lease)) = (longest, lease)
        && lease > longest
    {
        let what = "the lease is longer than the longest borrowing";
        field.mistake(MistakeKind::Contradiction, what);
    }
    let units = table
        .get("units")
        .and_then(|field| field.count(1, SEATS_MAX));
    table.close();
    Some(message::Borrow {
        longest_s: longest?,
        lease_s: lease?,
        units_max: units.unwrap_or_default(),
    })
}

fn category_limits(field: &Field<'_>) -> Vec<message::CategoryLimit> {
    let mut limits = Vec::new();
    for table in field.tables(CATEGORIES_MAX) {
        let category = table.require("category", "one of the order's categories");
        let category = category.and_then(|field| field.name::<CategoryId>());
        let count = table.require("count", "how many of the count at most");
        let count = count.and_then(|field| field.count(1, SEATS_MAX));
        limits.extend(
            category
                .zip(count)
                .map(|(category, count)| message::CategoryLimit {
                    category: category.into(),
                    count,
                }),
        );
        table.close();
    }
    limits
}
