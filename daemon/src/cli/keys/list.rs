//! `octroi key list`: keys that are plugged in, keys that licences name, and keys that were lost.

use octroi_proto::admin::v1::{
    HardwareKeysResponse, HidDevice, KeyProblem, LostKey, NamedKey, PluggedKey,
};
use serde_json::{Value, json};

use super::super::{
    Done,
    format::{self, Column, plain},
    text::keys::KeyTexts,
};

pub(super) fn list(seen: &HardwareKeysResponse, words: &KeyTexts) -> Done {
    Done::Answer {
        text: readable(seen, words),
        json: json(seen),
    }
}

/// How a key is called before it has proven anything.
pub(super) fn called(key: &PluggedKey) -> String {
    if !key.serial.is_empty() {
        return key.serial.clone();
    }
    if !key.model_name.is_empty() {
        return key.model_name.clone();
    }
    if key.model.is_empty() {
        "-".to_owned()
    } else {
        key.model.clone()
    }
}

/// The licences that a plugged key serves.
pub(super) fn serves<'a>(
    key: &'a PluggedKey,
    seen: &'a HardwareKeysResponse,
) -> impl Iterator<Item = &'a NamedKey> {
    seen.named
        .iter()
        .filter(|named| named.present && key.is.contains(&named.serial))
}

fn readable(seen: &HardwareKeysResponse, words: &KeyTexts) -> String {
    let mut text = String::new();
    let mut part = |heading: &str, table: String| {
        if !text.is_empty() {
            text.push('\n');
        }
        text.extend([heading, "\n", &table]);
    };
    if seen.plugged.is_empty() {
        part(words.none_plugged, String::new());
    } else {
        let [place, kind, key, serves] = words.plugged_columns.map(Column::Text);
        let rows = seen.plugged.iter().map(|key| plugged(key, seen, words));
        let table = format::table("  ", &[place, kind, key, serves], rows.collect());
        part(words.plugged, table);
    }
    if seen.named.is_empty() {
        part(words.none_named_listed, String::new());
    } else {
        let [licence, key, state, proof, next, counter, budget] =
            words.named_columns.map(Column::Text);
        let columns = [licence, key, state, proof, next, counter, budget];
        let rows = seen.named.iter().map(|key| named(key, words));
        part(words.named, format::table("  ", &columns, rows.collect()));
    }
    if !seen.lost.is_empty() {
        let [key, by, state] = words.lost_columns.map(Column::Text);
        let rows = seen.lost.iter().map(|key| {
            let state = if key.present {
                words.lost_here
            } else {
                words.away
            };
            vec![
                key.serial.clone(),
                format!("{} {}", key.vendor, key.revoked_by),
                state.to_owned(),
            ]
        });
        part(
            words.lost,
            format::table("  ", &[key, by, state], rows.collect()),
        );
    }
    if !seen.problems.is_empty() {
        let mut lines = String::new();
        for problem in &seen.problems {
            lines.extend(["  ", &plain(&problem.problem), "\n"]);
        }
        part(words.unusable, lines);
    }
    let unserved = seen.named.iter().any(|key| key.licence_without_key);
    if unserved || !seen.problems.is_empty() {
        part(words.probe_next, String::new());
    }
    text
}

fn plugged(key: &PluggedKey, seen: &HardwareKeysResponse, words: &KeyTexts) -> Vec<String> {
    let mut kind = (words.kind)(&key.kind).to_owned();
    if key.emulated {
        kind.extend([", ", words.emulated]);
    }
    let licences: Vec<&str> = serves(key, seen)
        .map(|one| one.licence_id.as_str())
        .collect();
    let serving = match (key.lost.is_empty(), licences.is_empty()) {
        (false, _) => words.revoked.to_owned(),
        (true, true) => words.serves_none.to_owned(),
        (true, false) => licences.join(", "),
    };
    vec![key.place.clone(), kind, called(key), serving]
}

fn named(key: &NamedKey, words: &KeyTexts) -> Vec<String> {
    let ago = if key.proven {
        (words.ago)(&format::length(key.proven_ago_ms))
    } else {
        words.never.to_owned()
    };
    let next = if key.proven {
        (words.within)(&format::length(key.proof_due_in_ms))
    } else {
        "-".to_owned()
    };
    let state = match (key.present, key.suspect, key.licence_without_key) {
        (_, true, _) => words.suspect.to_owned(),
        (true, ..) => words.present.to_owned(),
        (false, false, true) => (words.away_since)(&format::length(key.absent_ms)),
        (false, false, false) => words.away.to_owned(),
    };
    let counter = if key.counted {
        key.counter.to_string()
    } else {
        "-".to_owned()
    };
    vec![
        format!("{} {}", key.vendor, key.licence_id),
        key.serial.clone(),
        state,
        ago,
        next,
        counter,
        format::length(key.budget_left_ms),
    ]
}

/// Everything that the daemon told, for scripts.
pub(super) fn json(seen: &HardwareKeysResponse) -> Value {
    let plugged = |key: &PluggedKey| {
        json!({
            "place": key.place,
            "emulated": key.emulated,
            "kind": key.kind,
            "serial": stated(&key.serial),
            "model": stated(&key.model),
            "model_name": stated(&key.model_name),
            "is": key.is,
            "is_not": key.is_not,
            "lost": key.lost,
            "serves": serves(key, seen).map(|one| json!({
                "vendor": one.vendor,
                "licence_id": one.licence_id,
                "key": one.serial,
            })).collect::<Vec<_>>(),
        })
    };
    json!({
        "usb_keys": seen.usb_keys,
        "emulators": seen.emulators,
        "watching": seen.watching,
        "container": stated(&seen.container),
        "devices": seen.devices.iter().map(device_json).collect::<Vec<_>>(),
        "plugged": seen.plugged.iter().map(plugged).collect::<Vec<_>>(),
        "problems": seen.problems.iter().map(problem_json).collect::<Vec<_>>(),
        "named": seen.named.iter().map(named_json).collect::<Vec<_>>(),
        "lost": seen.lost.iter().map(lost_json).collect::<Vec<_>>(),
    })
}

fn stated(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn device_json(device: &HidDevice) -> Value {
    json!({
        "place": device.place,
        "product": device.product,
        "kind": device.kind,
        "open": device.open,
    })
}

fn problem_json(problem: &KeyProblem) -> Value {
    json!({
        "place": stated(&problem.place),
        "code": problem.code,
        "problem": problem.problem,
    })
}

fn named_json(key: &NamedKey) -> Value {
    json!({
        "vendor": key.vendor,
        "licence_id": key.licence_id,
        "key": key.serial,
        "kind": key.kind,
        "emulator_accepted": key.emulator_accepted,
        "all_needed": key.all_needed,
        "present": key.present,
        "suspect": key.suspect,
        "proven_ago_ms": key.proven.then_some(key.proven_ago_ms),
        "proof_due_in_ms": key.proven.then_some(key.proof_due_in_ms),
        "proof_interval_ms": key.proof_interval_ms,
        "counter": key.counted.then_some(key.counter),
        "failure": key.failure.as_ref().map(problem_json),
        "licence_without_key_ms": key.licence_without_key.then_some(key.absent_ms),
        "budget_left_ms": key.budget_left_ms,
    })
}

fn lost_json(key: &LostKey) -> Value {
    json!({
        "vendor": key.vendor,
        "key": key.serial,
        "kind": key.kind,
        "revoked_by": key.revoked_by,
        "named_by": key.named_by,
        "present": key.present,
    })
}
