//! A refusal's parameters in words; the sentences themselves stand in the language tables.

use octroi_proto::licensing::v1::{Refusal, RefusalCode};

use super::{failure::code_of, format, text::Messages};

/// What stands in the way, part by part; empty where the daemon told nothing.
pub(crate) fn details(
    refusal: &Refusal,
    texts: &Messages,
    zone: &jiff::tz::TimeZone,
) -> Vec<String> {
    let words = &texts.refusal_words;
    let mut parts = Vec::new();
    let mut named = |word: &str, value: &str| {
        if !value.is_empty() {
            parts.push(format!("{word} {value}"));
        }
    };
    named(words.feature, &refusal.feature);
    named(words.licence, &refusal.licence_id);
    named(words.rule, &refusal.rule);
    if refusal.limit > 0 {
        parts.push((words.in_use)(refusal.in_use, refusal.limit));
    }
    if refusal.waiting > 0 {
        parts.push((words.waiting)(refusal.waiting));
    }
    if refusal.requested > 1 {
        parts.push((words.requested)(refusal.requested));
    }
    let mut compared = |word: &str, value: &str| {
        if !value.is_empty() {
            parts.push(format!(
                "{word} {}",
                comparand(code_of(refusal), value, zone)
            ));
        }
    };
    compared(words.expected, &refusal.expected);
    compared(words.found, &refusal.found);
    if refusal.may_change_at_ms != 0 {
        let at = format::local_millis(zone, refusal.may_change_at_ms);
        parts.push((words.may_change)(&at));
    }
    parts
}

/// Dates travel as seconds; versions and sites as they are.
fn comparand(code: RefusalCode, value: &str, zone: &jiff::tz::TimeZone) -> String {
    let dated = matches!(
        code,
        RefusalCode::LicenceExpired | RefusalCode::LicenceNotYetValid
    );
    match value.parse() {
        Ok(seconds) if dated => format::local_seconds(zone, seconds),
        _ => value.to_owned(),
    }
}
