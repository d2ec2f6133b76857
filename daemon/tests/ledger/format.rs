//! The published layout against what is written, and the golden bodies: once committed, a body must
//! be read by every later version as it was then.
//!
//! After a kind was added, run with `OCTROI_UPDATE=1`: the page's layout is written anew and bodies
//! of the new kinds are added to the golden ones. Those that stand there are never changed.

use std::{collections::BTreeSet, fs, path::PathBuf};

use octroi_engine::{
    ClockConfirmation, Confidence, CounterAnomaly, DocumentCode, Effect, Event, RefusalCode,
    SeatEnd, SessionEnd, WaitEnd,
};
use octroid::ledger::{
    codec::{self, CodecError},
    layout::{self, Definition, Layout},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::samples;

fn path(of: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(of)
}

fn updating() -> bool {
    std::env::var_os("OCTROI_UPDATE").is_some()
}

fn kinds() -> impl Iterator<Item = u16> {
    Event::KINDS.iter().map(|(kind, ..)| *kind)
}

#[test]
fn the_published_page_carries_the_layout_word_for_word() {
    let page_path = path("src/ledger/FORMAT.md");
    let page = fs::read_to_string(&page_path).unwrap();
    let (before, _) = page.rsplit_once("```text\n").unwrap();
    let expected = format!("{before}```text\n{}```\n", layout::text());
    if updating() {
        fs::write(page_path, expected).unwrap();
    } else {
        assert_eq!(
            page, expected,
            "run once with OCTROI_UPDATE=1 and review the change"
        );
    }
}

#[test]
fn golden_bodies_are_read_as_they_were_when_they_were_written() {
    let golden_path = path("tests/ledger/golden.jsonl");
    let mut golden = fs::read_to_string(&golden_path).unwrap_or_default();
    let present: BTreeSet<u64> = golden
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| line["record"]["kind"].as_u64().unwrap())
        .collect();
    if updating() {
        for kind in kinds().filter(|kind| !present.contains(&u64::from(*kind))) {
            for seed in 0..4 {
                let body = samples::body(kind, seed);
                let record = Layout::published().describe(&body).unwrap();
                let line = serde_json::json!({ "body": hex::encode(body), "record": record });
                golden.push_str(&line.to_string());
                golden.push('\n');
            }
        }
        fs::write(&golden_path, &golden).unwrap();
    }
    let mut seen = BTreeSet::new();
    for line in golden.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let body = hex::decode(line["body"].as_str().unwrap()).unwrap();
        let record = codec::decode(&body).unwrap();
        assert_eq!(codec::encode(&record).unwrap(), body);
        assert_eq!(Layout::published().describe(&body).unwrap(), line["record"]);
        seen.insert(record.event.kind());
    }
    assert_eq!(
        seen,
        kinds().collect(),
        "run once with OCTROI_UPDATE=1 and review the change"
    );
}

#[test]
fn kind_numbers_and_names_are_used_once() {
    let numbers: BTreeSet<u16> = kinds().collect();
    let names: BTreeSet<&str> = Event::KINDS.iter().map(|(_, name, _)| *name).collect();
    assert_eq!(
        (numbers.len(), names.len()),
        (Event::KINDS.len(), Event::KINDS.len())
    );
}

#[test]
fn every_numbered_value_of_the_layout_is_the_engines() {
    fn check<T: TryFrom<u16> + std::fmt::Debug>(name: &str, count: usize) {
        let Definition::Numbered { width: 2, values } = &Layout::published().definitions[name]
        else {
            panic!("{name} is no numbered value");
        };
        assert_eq!(values.len(), count);
        for (number, (value, content)) in values {
            let Ok(known) = T::try_from(u16::try_from(*number).unwrap()) else {
                panic!("{name} {number} is not the engine's");
            };
            assert_eq!((&format!("{known:?}"), content), (value, &None));
        }
    }
    check::<Confidence>("Confidence", Confidence::ALL.len());
    check::<SessionEnd>("SessionEnd", SessionEnd::ALL.len());
    check::<SeatEnd>("SeatEnd", SeatEnd::ALL.len());
    check::<WaitEnd>("WaitEnd", WaitEnd::ALL.len());
    check::<CounterAnomaly>("CounterAnomaly", CounterAnomaly::ALL.len());
    check::<ClockConfirmation>("ClockConfirmation", ClockConfirmation::ALL.len());
    check::<DocumentCode>("DocumentCode", DocumentCode::ALL.len());
    check::<Effect>("Effect", Effect::ALL.len());
    check::<RefusalCode>("RefusalCode", RefusalCode::ALL.len());
}

#[test]
fn names_of_nested_values_are_the_engines() {
    use octroi_engine::{Actor, GroupKey, ProcessIdentity, SeatId, SessionId, UserPseudonym};
    let user = UserPseudonym([1; 16]);
    let groups = [
        GroupKey::Seat(SeatId(1)),
        GroupKey::User(user),
        GroupKey::Host,
        GroupKey::Process(ProcessIdentity {
            pid: 1,
            start_time: 2,
        }),
        GroupKey::Session(SessionId([1; 16])),
    ];
    let actors = [Actor::Administrator(user), Actor::Vendor, Actor::Daemon];
    let names = |name: &str| -> Vec<String> {
        let Definition::Numbered { width: 4, values } = &Layout::published().definitions[name]
        else {
            panic!("{name} is no enumeration");
        };
        values.values().map(|(name, _)| name.clone()).collect()
    };
    let debugged = |value: String| value.split('(').next().unwrap().to_owned();
    let groups: Vec<String> = groups
        .iter()
        .map(|group| debugged(format!("{group:?}")))
        .collect();
    let actors: Vec<String> = actors
        .iter()
        .map(|actor| debugged(format!("{actor:?}")))
        .collect();
    assert_eq!(names("GroupKey"), groups);
    assert_eq!(names("Actor"), actors);
}

#[test]
fn a_body_cut_short_or_with_a_byte_more_is_refused() {
    for kind in kinds() {
        let body = samples::body(kind, 1);
        for length in 0..body.len() {
            assert!(
                codec::decode(&body[..length]).is_err(),
                "kind {kind} cut to {length}"
            );
            assert_eq!(Layout::published().describe(&body[..length]), None);
        }
        let longer = [&body[..], &[0]].concat();
        assert_eq!(
            codec::decode(&longer),
            Err(CodecError::Trailing { kind, bytes: 1 })
        );
        assert_eq!(Layout::published().describe(&longer), None);
    }
}

#[test]
fn a_later_version_or_kind_has_an_error_of_its_own() {
    let mut body = samples::body(3, 1);
    body[1..3].copy_from_slice(&65_535_u16.to_le_bytes());
    assert_eq!(
        codec::decode(&body),
        Err(CodecError::UnknownKind { kind: 65_535 })
    );
    body[0] = 9;
    assert_eq!(
        codec::decode(&body),
        Err(CodecError::UnknownVersion { version: 9 })
    );
    assert_eq!(codec::decode(&[1, 3]), Err(CodecError::NoKind));
}

#[test]
fn a_second_spelling_of_a_record_is_refused() {
    // A version with a leading zero reads as the same version.
    let body = samples::body(20, 0);
    let mut spelled = None;
    for seed in 0..50 {
        let body = samples::body(20, seed);
        if let Some(at) = body.windows(5).position(|window| window == b"2026.") {
            let length_at = at - 8;
            let mut other = body.clone();
            other.splice(at..at + 5, *b"02026.");
            other[length_at] += 1;
            spelled = Some(other);
        }
    }
    assert!(codec::decode(&body).is_ok());
    assert_eq!(
        codec::decode(&spelled.unwrap()),
        Err(CodecError::NotCanonical { kind: 20 })
    );
}

#[test]
fn a_length_that_no_body_holds_is_refused_without_being_allocated() {
    let mut body = samples::body(2, 1);
    body.truncate(37);
    body.extend(u64::MAX.to_le_bytes());
    assert!(matches!(
        codec::decode(&body),
        Err(CodecError::Malformed { kind: 2, .. })
    ));
    assert_eq!(Layout::published().describe(&body), None);
}

proptest! {
    #[test]
    fn any_record_is_written_and_read_as_itself(index in 0..Event::KINDS.len(), seed: u64) {
        let body = samples::body(Event::KINDS[index].0, seed >> 10);
        let record = codec::decode(&body).unwrap();
        prop_assert_eq!(codec::encode(&record).unwrap(), body.clone());
        prop_assert!(Layout::published().describe(&body).is_some());
    }

    #[test]
    fn no_bytes_make_the_codec_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0..Event::KINDS.len()) {
        let kind = Event::KINDS[kind].0.to_le_bytes();
        let body = [&[codec::BODY_VERSION], &kind[..], &bytes].concat();
        if let Ok(record) = codec::decode(&body) {
            prop_assert_eq!(codec::encode(&record).unwrap(), body);
        }
    }
}
