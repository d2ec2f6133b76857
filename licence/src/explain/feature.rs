//! Sentences about one feature.

use super::{Sentences, Subject, Value, listed, number, text};
use crate::{
    Borrow, CategoryLimit, CheckoutProof, Feature, Identity, Metered, Metric, NamedUsers,
    Overdraft, OverdraftUnit, Seats, Term, VersionRange,
};

pub(super) fn explain(to: &mut Sentences<'_>, feature: &Feature) {
    // Every field is named: one that is added must be given its sentence.
    let Feature {
        name: _, // in every sentence
        metric,
        count,
        versions,
        linger,
        term,
        maintenance_ends_at,
        allowed_times,
        overdraft,
        queue_max,
        automation_forbidden,
        borrow,
        identity,
        checkout_proof,
        category_limits,
        soft_percents,
    } = feature;
    counted(to, metric, *count);
    self::versions(to, versions);
    if linger.0 > 0 {
        to.say(Subject::Linger, "linger", [("span", Value::Span(*linger))]);
    }
    self::term(to, *term);
    if let Some(ends_at) = maintenance_ends_at {
        let date = ("date", to.until(*ends_at));
        to.say(Subject::Maintenance, "feature-maintenance", [date]);
    }
    if !allowed_times.is_empty() {
        let times = ("times", Value::Times(allowed_times.clone()));
        to.say(Subject::AllowedTimes, "allowed-times", [times]);
    }
    self::overdraft(to, *overdraft);
    if let Some(longest) = queue_max {
        to.say(Subject::Queue, "queue", [("span", Value::Span(*longest))]);
    }
    if *automation_forbidden {
        to.say(Subject::Automation, "automation", []);
    }
    if let Some(borrow) = borrow {
        self::borrow(to, *borrow);
    }
    self::identity(to, *identity, metric);
    match checkout_proof {
        Some(CheckoutProof::Application) => to.say(Subject::Proof, "proof", []),
        None => {}
    }
    for CategoryLimit { category, count } in category_limits {
        let values = [("count", number(count.0)), ("category", text(category))];
        to.say(Subject::CategoryLimits, "category-limit", values);
    }
    if !soft_percents.is_empty() {
        let percents = ("percents", listed(soft_percents));
        to.say(Subject::SoftLimits, "soft-percents", [percents]);
    }
}

fn counted(to: &mut Sentences<'_>, metric: &Metric, count: Seats) {
    let count = ("count", number(count.0));
    match metric {
        Metric::Concurrent(grouping) => {
            let grouping = ("grouping", Value::Word(grouping.name()));
            to.say(Subject::Count, "count-concurrent", [count, grouping]);
        }
        Metric::Host => to.say(Subject::Count, "count-host", [count]),
        Metric::NamedUser(NamedUsers {
            assignments_per_day_max,
        }) => {
            to.say(Subject::Count, "count-named", [count]);
            if let Some(most) = assignments_per_day_max {
                to.say(Subject::Count, "assignments", [("count", number(most.0))]);
            }
        }
        Metric::Metered(meter) => metered(to, meter, count),
    }
}

fn metered(to: &mut Sentences<'_>, meter: &Metered, count: (&'static str, Value)) {
    let Metered {
        windows,
        approval_deadline,
        counted,
        announce_above,
        soft_thresholds,
    } = meter;
    if !counted.is_empty() {
        to.say(
            Subject::Count,
            "count-metered",
            [("counted", text(counted))],
        );
    }
    to.say(Subject::Count, "count-parts", [count]);
    if windows.is_empty() {
        to.say(Subject::Meter, "meter-unlimited", []);
    } else {
        let windows = ("windows", Value::Windows(windows.clone()));
        to.say(Subject::Meter, "meter-windows", [windows]);
    }
    if let Some(deadline) = approval_deadline {
        let span = ("span", Value::Span(*deadline));
        to.say(Subject::Approval, "approval", [span]);
    }
    if let Some(amount) = announce_above {
        to.say(Subject::Announce, "announce", [("amount", number(*amount))]);
    }
    if !soft_thresholds.is_empty() {
        let windows = ("windows", Value::Windows(soft_thresholds.clone()));
        to.say(Subject::SoftLimits, "soft-thresholds", [windows]);
    }
}

fn versions(to: &mut Sentences<'_>, versions: &VersionRange) {
    let VersionRange { minimum, maximum } = versions;
    let minimum = minimum.as_ref().map(|one| ("minimum", text(one)));
    let maximum = maximum.as_ref().map(|one| ("maximum", text(one)));
    let message = match (&minimum, &maximum) {
        (None, None) => return,
        (Some(_), None) => "versions-from",
        (None, Some(_)) => "versions-to",
        (Some(_), Some(_)) => "versions-between",
    };
    to.say(
        Subject::Versions,
        message,
        minimum.into_iter().chain(maximum),
    );
}

fn term(to: &mut Sentences<'_>, term: Term) {
    let Term { starts_at, ends_at } = term;
    if let Some(starts_at) = starts_at {
        let date = ("date", to.from(starts_at));
        to.say(Subject::Term, "feature-from", [date]);
    }
    if let Some(ends_at) = ends_at {
        let date = ("date", to.until(ends_at));
        to.say(Subject::Term, "feature-until", [date]);
    }
}

fn overdraft(to: &mut Sentences<'_>, overdraft: Overdraft) {
    let subject = Subject::Overdraft;
    match overdraft {
        Overdraft::Deny => to.say(subject, "overdraft-deny", []),
        Overdraft::Percent { percent, period } => {
            let values = [("percent", number(percent)), ("days", number(period.0))];
            to.say(subject, "overdraft-percent", values);
        }
        Overdraft::Billed(unit) => {
            let unit = match unit {
                OverdraftUnit::UsersInExcess => "users",
                OverdraftUnit::SeatHoursInExcess => "seat-hours",
                OverdraftUnit::AmountInExcess => "amount",
            };
            to.say(subject, "overdraft-billed", [("unit", Value::Word(unit))]);
        }
        Overdraft::UntilNotice => to.say(subject, "overdraft-notice", []),
    }
}

fn borrow(to: &mut Sentences<'_>, borrow: Borrow) {
    let Borrow {
        longest,
        lease,
        units_max,
    } = borrow;
    let values = [
        ("longest", Value::Span(longest)),
        ("lease", Value::Span(lease)),
    ];
    to.say(Subject::Borrow, "borrow", values);
    if let Some(most) = units_max {
        to.say(Subject::Borrow, "borrow-units", [("count", number(most.0))]);
    }
}

fn identity(to: &mut Sentences<'_>, identity: Identity, metric: &Metric) {
    let kind = match identity {
        Identity::OperatingSystemUser => "os",
        Identity::DeclaredAccount => "declared",
        Identity::EndUser => "end-user",
        Identity::EndUserRequired => "end-user-required",
    };
    // Where no users are counted, the usual identity says nothing.
    if identity != Identity::OperatingSystemUser || matches!(metric, Metric::NamedUser(_)) {
        to.say(Subject::Identity, "identity", [("kind", Value::Word(kind))]);
    }
}
