//! How far features are used: named users, use over the limit, what windows leave; for `status`, `seats`
//! and `licence show`. Users are counted here and named by `octroi users list` alone.

use jiff::tz::TimeZone;
use octroi_proto::{
    admin::v1::{FeatureStatus, OverdraftStatus},
    licensing::v1::Window,
};
use serde_json::{Value, json};

use super::{
    format,
    text::{
        Language,
        standing::{self, StandingTexts},
    },
};

const SECONDS_PER_HOUR: u64 = 3_600;

/// What is in use of a feature whose seats are held; `None`: amounts are consumed.
pub(super) fn in_use(feature: &FeatureStatus, language: Language) -> Option<String> {
    let texts = standing::texts(language);
    let said = (texts.in_use)(&feature.feature, feature.in_use, feature.share);
    feature.windows.is_empty().then_some(said)
}

/// Sentences about a feature; none where there is nothing to say.
pub(super) fn lines(feature: &FeatureStatus, language: Language, zone: &TimeZone) -> Vec<String> {
    let texts = standing::texts(language);
    let name = feature.feature.as_str();
    let date = |at: i64| format::local_seconds(zone, at);
    let mut said = Vec::new();
    if feature.assigned > 0 || feature.metric == "named-user" {
        said.push((texts.assigned)(name, feature.assigned, feature.share));
    }
    if let Some(overdraft) = &feature.overdraft {
        said.extend(over(name, overdraft, texts, zone));
    }
    if feature.month_amount_in_excess > 0 {
        said.push((texts.month_amount)(name, feature.month_amount_in_excess));
    }
    for window in &feature.windows {
        said.push((texts.window)(&standing::Window {
            feature: name,
            counted: &feature.counted,
            span: (texts.span)(window.span),
            used: window.used,
            held: window.held,
            limit: window.limit,
            ends: &date(window.ends_at_s),
        }));
    }
    if feature.opens_at_s != 0 {
        said.push((texts.closed)(name, &date(feature.opens_at_s)));
    }
    if !feature.soft_limits_crossed.is_empty() {
        let percents = feature.soft_limits_crossed.iter();
        let percents: Vec<String> = percents.map(ToString::to_string).collect();
        said.push((texts.crossed)(name, &percents.join(", ")));
    }
    said
}

fn over(
    feature: &str,
    overdraft: &OverdraftStatus,
    texts: &StandingTexts,
    zone: &TimeZone,
) -> Vec<String> {
    let date = |at: i64| format::local_seconds(zone, at);
    let mut said = Vec::new();
    // What runs is told though nothing is over the limit just now: its days go on.
    if overdraft.excess > 0 || overdraft.since_s != 0 {
        let mut parts = vec![(texts.excess)(feature, overdraft.excess)];
        if overdraft.since_s != 0 {
            parts.push((texts.since)(&date(overdraft.since_s)));
        }
        match (overdraft.open, overdraft.until_s) {
            (true, 0) => {}
            (true, until) => parts.push((texts.until)(&date(until))),
            (false, _) => parts.push(texts.no_more.to_owned()),
        }
        said.push(parts.join(", "));
    }
    if overdraft.month_starts_at_s != 0 && overdraft.month_users_in_excess > 0 {
        let hours = hours(overdraft.month_seat_seconds);
        said.push((texts.month)(
            feature,
            overdraft.month_users_in_excess,
            &hours,
        ));
    }
    said
}

/// Hours with one digit after the point.
fn hours(seconds: u64) -> String {
    let tenths = seconds.saturating_mul(10) / SECONDS_PER_HOUR;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The same for `--json`.
pub(super) fn json(feature: &FeatureStatus) -> Value {
    let windows: Vec<Value> = feature.windows.iter().map(window).collect();
    json!({
        "assigned": feature.assigned,
        "overdraft": feature.overdraft.as_ref().map(overdraft),
        "windows": windows,
        "opens_at": instant(feature.opens_at_s),
        "counted": (!feature.counted.is_empty()).then_some(&feature.counted),
        "month_amount_in_excess": feature.month_amount_in_excess,
        "soft_limits_crossed": feature.soft_limits_crossed,
    })
}

fn overdraft(overdraft: &OverdraftStatus) -> Value {
    json!({
        "open": overdraft.open,
        "excess": overdraft.excess,
        "since": instant(overdraft.since_s),
        "until": instant(overdraft.until_s),
        "month_starts_at": instant(overdraft.month_starts_at_s),
        "month_users_in_excess": overdraft.month_users_in_excess,
        "month_seat_seconds": overdraft.month_seat_seconds,
    })
}

fn window(window: &Window) -> Value {
    let taken = window.used.saturating_add(window.held);
    json!({
        "span": (standing::texts(Language::English).span)(window.span),
        "limit": window.limit,
        "used": window.used,
        "held": window.held,
        "remaining": window.limit.map(|limit| limit.saturating_sub(taken)),
        "starts_at": instant(window.starts_at_s),
        "ends_at": instant(window.ends_at_s),
    })
}

fn instant(at: i64) -> Option<String> {
    (at != 0).then(|| format::rfc3339_of_seconds(at)).flatten()
}
