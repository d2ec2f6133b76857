//! The `[reporting]` table of an order: when the client's daemons report, and what happens without a
//! receipt.

use octroi_licence::{
    FEATURES_MAX, FeatureName, REPORTING_DAYS_MAX, REPORTING_STOP_DAYS_MIN, message,
};

use super::{
    fields::{Field, Table, report_duplicates},
    mistake::MistakeKind,
};

pub(super) fn reporting(table: &Table<'_>, features: &[message::Feature]) -> message::Reporting {
    let interval = table.require("interval_days", "days from one receipt to the next report");
    let interval = interval.and_then(|field| field.count(1, REPORTING_DAYS_MAX));
    let stop_field = table.require(
        "stop_days",
        "days after the due day on which the certificate ends",
    );
    let stop = stop_field
        .as_ref()
        .and_then(|field| field.count(REPORTING_STOP_DAYS_MIN, REPORTING_DAYS_MAX));
    let degrade_field = table.get("degrade_days");
    // Clause Z23: nothing is refused sooner for want of a receipt than a server may be away.
    let degrade = degrade_field
        .as_ref()
        .and_then(|field| field.count(REPORTING_STOP_DAYS_MIN, REPORTING_DAYS_MAX))
        .or(stop);
    let warn_field = table.get("warn_days");
    let warn = day(warn_field.as_ref()).unwrap_or_default();
    not_after(degrade_field.as_ref(), degrade, "stop_days", stop);
    not_after(warn_field.as_ref(), Some(warn), "degrade_days", degrade);
    let approval = table.get("approval_required");
    let approval = approval.and_then(|field| field.boolean());
    let billed = table.get("billed_features");
    let billed = billed.map(|field| features_of(&field, features));
    message::Reporting {
        interval_days: interval.unwrap_or_default(),
        warn_days: warn,
        degrade_days: degrade.unwrap_or_default(),
        stop_days: stop.unwrap_or_default(),
        approval_required: approval.unwrap_or_default(),
        billed_features: billed.unwrap_or_default(),
    }
}

fn day(field: Option<&Field<'_>>) -> Option<u32> {
    field.and_then(|field| field.count(0, REPORTING_DAYS_MAX))
}

fn not_after(field: Option<&Field<'_>>, days: Option<u32>, other: &str, limit: Option<u32>) {
    if let (Some(field), Some(days), Some(limit)) = (field, days, limit)
        && days > limit
    {
        field.mistake(
            MistakeKind::Contradiction,
            format!("is more than `{other}` ({limit})"),
        );
    }
}

/// The features of the order that a list names, each once.
pub(super) fn features_of(field: &Field<'_>, features: &[message::Feature]) -> Vec<String> {
    let mut names = Vec::new();
    for field in field.list(FEATURES_MAX) {
        let Some(name) = field.name::<FeatureName>() else {
            continue;
        };
        if !features.iter().any(|feature| feature.name == name.as_str()) {
            field.mistake(MistakeKind::Contradiction, "is no feature of this order");
        }
        names.push((name.to_string(), field));
    }
    let found = names.iter().map(|(name, _)| name.clone()).collect();
    report_duplicates(names.into_iter());
    found
}
