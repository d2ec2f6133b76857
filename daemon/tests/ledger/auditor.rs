//! The independent auditor, run on real ledgers: it must read what the daemon exports, value by
//! value, and refuse whatever was altered.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use octroi_engine::Event;
use octroid::ledger::{FolderDisk, Seq, codec, excerpt, export};
use serde_json::Value;

use crate::{
    samples,
    world::{Owner, identity},
};

/// Runs the auditor; `None` where there is no Python, which `OCTROI_REQUIRE_ALL=1` forbids.
fn audit(arguments: &[&str]) -> Option<Output> {
    let auditor = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/auditor.py");
    let output = Command::new("python3")
        .arg(auditor)
        .args(arguments)
        .output();
    match output {
        Ok(output) => Some(output),
        Err(error) => {
            let required = std::env::var_os("OCTROI_REQUIRE_ALL").is_some_and(|value| value == "1");
            assert!(!required, "the auditor cannot be run: {error}");
            eprintln!("SKIPPED: the auditor cannot be run: {error}");
            None
        }
    }
}

fn audit_folder(folder: &Path, more: &[&str]) -> Option<Output> {
    audit(&[&[folder.to_str().unwrap()], more].concat())
}

/// A synced ledger of several segments with each kind in it, and signed checkpoints.
fn ledger(folder: &Path) -> Owner {
    let mut owner = Owner::open(&FolderDisk::new(folder)).unwrap();
    for seed in 0..3 {
        for (kind, name, _) in Event::KINDS {
            if !samples::OWN_KINDS.contains(name) {
                let record = codec::decode(&samples::body(*kind, seed)).unwrap();
                owner.append(&[record]).unwrap();
            }
        }
        owner.sign_checkpoint().unwrap();
        owner.sync().unwrap();
    }
    owner.add(1).unwrap();
    owner.sync().unwrap();
    owner
}

/// A ledger with a lost tail in its history, so that each kind is there.
fn ledger_with_every_kind(folder: &Path) -> Owner {
    let mut owner = ledger(folder);
    owner.add(1).unwrap();
    let last = last_segment(folder);
    let bytes = fs::read(&last).unwrap();
    fs::write(&last, &bytes[..bytes.len() - 1]).unwrap();
    let mut owner = Owner::open(&FolderDisk::new(folder)).unwrap();
    assert!(owner.lost.is_some());
    owner.sign_checkpoint().unwrap();
    owner
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut segments: Vec<PathBuf> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    segments.sort();
    segments
}

fn last_segment(folder: &Path) -> PathBuf {
    segments(folder).pop().unwrap()
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn error_of(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn the_auditor_reads_every_kind_as_the_daemon_exports_it() {
    let folder = tempfile::tempdir().unwrap();
    let owner = ledger_with_every_kind(folder.path());
    let mut exported = Vec::new();
    export(&FolderDisk::new(folder.path()), &mut exported).unwrap();
    let exported = lines(&exported);
    assert_eq!(exported.len(), owner.records.len());
    let kinds: std::collections::BTreeSet<u64> = exported
        .iter()
        .map(|line| line["kind"].as_u64().unwrap())
        .collect();
    assert_eq!(kinds.len(), Event::KINDS.len());
    let Some(output) = audit_folder(folder.path(), &["--json"]) else {
        return;
    };
    assert_eq!(output.status.code(), Some(0), "{}", error_of(&output));
    assert_eq!(lines(&output.stdout), exported);
    assert!(error_of(&output).contains(&owner.ledger.head().to_string()));
    assert!(error_of(&output).contains("4 signed checkpoints"));
    let root = hex::encode(owner.ledger.checkpoint().root);
    assert!(error_of(&output).contains(&root));
}

#[test]
fn the_auditor_prints_every_record_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let owner = ledger(folder.path());
    let Some(output) = audit_folder(folder.path(), &[]) else {
        return;
    };
    let text = std::str::from_utf8(&output.stdout).unwrap();
    assert_eq!(text.lines().count(), owner.records.len());
    for (record, line) in owner.records.iter().zip(text.lines()) {
        assert!(line.contains(record.event.name()), "{line}");
    }
}

#[test]
fn the_auditor_tells_a_ledger_of_another_realm_or_daemon() {
    let folder = tempfile::tempdir().unwrap();
    ledger(folder.path());
    let root = identity().vendor_root.to_string();
    let key = identity().daemon_key.to_string();
    let Some(output) = audit_folder(
        folder.path(),
        &["--quiet", "--vendor-root", &root, "--daemon-key", &key],
    ) else {
        return;
    };
    assert_eq!(output.status.code(), Some(0), "{}", error_of(&output));
    let output = audit_folder(folder.path(), &["--quiet", "--daemon-key", &root]).unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_auditor_refuses_altered_ledgers() {
    let folder = tempfile::tempdir().unwrap();
    ledger(folder.path());
    let files = segments(folder.path());
    let is_refused = |what: &str, file: &Path, alter: &dyn Fn(&mut Vec<u8>)| {
        let kept = fs::read(file).unwrap();
        change(file, alter);
        let output = audit_folder(folder.path(), &["--quiet"]).unwrap();
        fs::write(file, kept).unwrap();
        refused(what, &output);
    };
    let Some(output) = audit_folder(folder.path(), &["--quiet"]) else {
        return;
    };
    assert_eq!(output.status.code(), Some(0), "{}", error_of(&output));
    let last = files.last().unwrap();
    is_refused("a bit in the middle", &files[1], &|bytes| bytes[700] ^= 1);
    is_refused("a bit in a header", &files[2], &|bytes| bytes[20] ^= 1);
    is_refused("a bit of the last segment", last, &|bytes| bytes[130] ^= 1);
    is_refused("a segment cut short", &files[0], &|bytes| {
        bytes.pop();
    });
    is_refused(
        "a record with a checksum made to fit",
        &files[0],
        &|bytes| {
            let length = u32::from_le_bytes(bytes[124..128].try_into().unwrap());
            let end = 132 + usize::try_from(length).unwrap();
            bytes[140] ^= 1;
            let checksum = crc32fast::hash(&bytes[132..end]);
            bytes[128..132].copy_from_slice(&checksum.to_le_bytes());
        },
    );
    fs::remove_file(&files[1]).unwrap();
    refused(
        "a missing segment",
        &audit_folder(folder.path(), &["--quiet"]).unwrap(),
    );
}

fn refused(what: &str, output: &Output) {
    let error = error_of(output);
    assert_eq!(output.status.code(), Some(1), "{what}: {error}");
    assert!(error.starts_with("ALTERED: record "), "{what}: {error}");
}

fn change(file: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).unwrap();
    change(&mut bytes);
    fs::write(file, bytes).unwrap();
}

#[test]
fn the_auditor_reports_a_torn_tail_and_lets_it_pass() {
    let folder = tempfile::tempdir().unwrap();
    let mut owner = ledger(folder.path());
    owner.add(1).unwrap();
    change(&last_segment(folder.path()), |bytes| {
        bytes.pop();
    });
    let Some(output) = audit_folder(folder.path(), &["--quiet"]) else {
        return;
    };
    assert_eq!(output.status.code(), Some(0), "{}", error_of(&output));
    assert!(error_of(&output).contains("no whole record"));
}

#[test]
fn the_auditor_says_where_there_is_no_ledger_or_no_use() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = audit_folder(folder.path(), &[]) else {
        return;
    };
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(audit(&[]).unwrap().status.code(), Some(2));
}

#[test]
fn the_auditor_verifies_an_excerpt_and_refuses_an_altered_one() {
    let folder = tempfile::tempdir().unwrap();
    ledger(folder.path());
    let disk = FolderDisk::new(folder.path());
    let file = folder.path().join("excerpt.json");
    for seq in [1, 2, 17, 40] {
        let excerpt = excerpt(&disk, Seq(seq)).unwrap();
        fs::write(&file, excerpt.to_string()).unwrap();
        let arguments = ["--excerpt", file.to_str().unwrap()];
        let Some(output) = audit(&arguments) else {
            return;
        };
        assert_eq!(output.status.code(), Some(0), "{}", error_of(&output));
        for field in [
            "/body",
            "/checkpoint/root",
            "/checkpoint/signature",
            "/proof/0",
        ] {
            let mut altered = excerpt.clone();
            let hex = altered.pointer_mut(field).unwrap();
            let mut bytes = hex::decode(hex.as_str().unwrap()).unwrap();
            bytes[10] ^= 1;
            *hex = hex::encode(bytes).into();
            fs::write(&file, altered.to_string()).unwrap();
            let output = audit(&arguments).unwrap();
            assert_eq!(
                output.status.code(),
                Some(1),
                "{field}: {}",
                error_of(&output)
            );
        }
    }
}
