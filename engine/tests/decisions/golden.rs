//! Ledgers that earlier versions wrote, one file a history: a record a line, and the state's digest
//! in the last. Every later version must come to the same digest from them. The files are never
//! rewritten; a new kind of record comes with a new history.

use std::{collections::BTreeSet, fs, path::PathBuf};

use octroi_engine::{Engine, Event, Policy, Record, Time};
use serde_json::{Value, json};

use crate::{histories::HISTORIES, support::vendor};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/decisions/golden")
}

/// Bytes stand in hexadecimal, so that a person can read the file.
fn readable(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let byte = |item: &Value| item.as_u64().and_then(|number| u8::try_from(number).ok());
            let bytes: Option<Vec<u8>> = items.iter().map(byte).collect();
            match bytes.filter(|bytes| [16, 32].contains(&bytes.len())) {
                Some(bytes) => Value::String(format!("0x{}", hex::encode(bytes))),
                None => Value::Array(items.into_iter().map(readable).collect()),
            }
        }
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, readable(value)))
            .collect(),
        other => other,
    }
}

fn written(value: Value) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix("0x") {
            Some(bytes) => hex::decode(bytes).unwrap().into_iter().collect(),
            None => Value::String(text),
        },
        Value::Array(items) => items.into_iter().map(written).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, written(value)))
            .collect(),
        other => other,
    }
}

fn line_of(record: &Record) -> String {
    let fields = record
        .event
        .serialize_fields(serde_json::value::Serializer)
        .unwrap();
    let line = json!({
        "kind": record.event.kind(),
        "name": record.event.name(),
        "fields": readable(fields),
        "time": readable(serde_json::to_value(record.time).unwrap()),
    });
    line.to_string()
}

fn record_of(line: &str) -> Record {
    let mut line: Value = serde_json::from_str(line).unwrap();
    let kind = u16::try_from(line["kind"].as_u64().unwrap()).unwrap();
    let fields = written(line["fields"].take());
    let time: Time = serde_json::from_value(written(line["time"].take())).unwrap();
    let event = Event::deserialize_fields(kind, fields)
        .expect("a known kind")
        .unwrap();
    Record { time, event }
}

/// The records of a committed ledger and the digest that they lead to.
fn read(name: &str) -> (Vec<Record>, String) {
    let path = folder().join(format!("{name}.jsonl"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; see write_new_golden_ledgers", path.display())
    });
    let (records, last) = text.trim_end().rsplit_once('\n').unwrap();
    let last: Value = serde_json::from_str(last).unwrap();
    let records = records.lines().map(record_of).collect();
    (records, last["digest"].as_str().unwrap().to_owned())
}

fn replay(records: &[Record]) -> Engine {
    let mut engine = Engine::new(Policy::default(), vendor::public("daemon"));
    for record in records {
        engine.apply(record);
    }
    engine
}

#[test]
fn ledgers_of_earlier_versions_replay_to_the_same_state() {
    for history in HISTORIES {
        let (records, digest) = read(history.name);
        assert_eq!(
            hex::encode(replay(&records).digest()),
            digest,
            "{}",
            history.name
        );
    }
}

#[test]
fn this_version_still_writes_the_same_ledgers() {
    for history in HISTORIES {
        let (records, _) = read(history.name);
        let played = (history.play)();
        for (index, (now, then)) in played.ledger.iter().zip(&records).enumerate() {
            assert_eq!(now, then, "{}, record {}", history.name, index + 1);
        }
        assert_eq!(played.ledger.len(), records.len(), "{}", history.name);
    }
}

#[test]
fn the_ledgers_hold_every_kind_of_record() {
    let held: BTreeSet<u16> = HISTORIES
        .iter()
        .flat_map(|history| read(history.name).0)
        .map(|record| record.event.kind())
        .collect();
    let missing: Vec<_> = Event::KINDS
        .iter()
        .filter(|(kind, ..)| !held.contains(kind))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_written_record_reads_back_as_it_was() {
    for history in HISTORIES {
        for record in &(history.play)().ledger {
            assert_eq!(record_of(&line_of(record)), *record);
        }
    }
}

#[test]
#[ignore = "writes the ledgers of new histories into the source tree; touches none that is there"]
fn write_new_golden_ledgers() {
    for history in HISTORIES {
        let path = folder().join(format!("{}.jsonl", history.name));
        if path.exists() {
            continue;
        }
        let played = (history.play)();
        let mut lines: Vec<String> = played.ledger.iter().map(line_of).collect();
        lines.push(json!({ "digest": hex::encode(played.engine.digest()) }).to_string());
        fs::write(path, lines.join("\n") + "\n").unwrap();
    }
}
