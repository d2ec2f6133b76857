//! `octroi ledger`, over ledgers that were written as the daemon writes them.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use octroi_engine::{BootId, Confidence, Event, Record, Time};
use octroi_licence::{CivilMillis, Signer as _};
use serde_json::Value;
use tempfile::TempDir;

use super::{
    documents::{fingerprint, root_key},
    octroi,
};
use crate::ledger::{FolderDisk, Ledger, LedgerIdentity, LedgerOptions, Purpose};

const RECORDS: u64 = 6;

fn record(event: Event) -> Record {
    let time = Time {
        boot_id: BootId([1; 16]),
        boottime_ms: 1000,
        civil_ms: CivilMillis(1_767_225_600_000),
        confidence: Confidence::Steady,
    };
    Record { time, event }
}

/// A ledger of six records, the fifth a signed checkpoint of the first four, all on the disk but the
/// last.
fn write(folder: &Path) {
    let daemon_key = root_key().public_key();
    let identity = LedgerIdentity {
        vendor_root: fingerprint(),
        daemon_key,
    };
    let disk = Arc::new(FolderDisk::new(folder));
    let mut ledger =
        Ledger::open(disk, identity, LedgerOptions::default(), &mut |_, _| {}).unwrap();
    let opened = Event::LedgerOpened {
        vendor_root: identity.vendor_root,
        daemon_key: *daemon_key.as_bytes(),
    };
    let mut batch = vec![record(opened)];
    batch.extend((0..3).map(|_| {
        record(Event::DaemonStarted {
            version: "0.1.0".to_owned(),
        })
    }));
    ledger.append(&batch, Purpose::Ordinary).unwrap();
    let checkpoint = ledger.checkpoint();
    let Ok(signature) = checkpoint.sign(&identity.vendor_root, &root_key());
    let signed = Event::CheckpointSigned {
        size: checkpoint.size,
        root: checkpoint.root,
        signature: signature.to_vec(),
    };
    ledger.append(&[record(signed)], Purpose::Ordinary).unwrap();
    let done = ledger.begin_sync().unwrap().run();
    ledger.finish_sync(done).unwrap();
    let up_to = ledger.synced_to_record().unwrap().0;
    ledger
        .append(&[record(Event::Synced { up_to })], Purpose::Ordinary)
        .unwrap();
}

/// A state folder with one ledger for each vendor.
fn state(vendors: &[&str]) -> TempDir {
    let folder = TempDir::with_prefix("octroi-").unwrap();
    for vendor in vendors {
        write(&ledger_of(folder.path(), vendor));
    }
    folder
}

fn ledger_of(root: &Path, vendor: &str) -> PathBuf {
    root.join("var/lib/octroi/realms")
        .join(vendor)
        .join("ledger")
}

fn segment_of(root: &Path, vendor: &str) -> PathBuf {
    let mut segments: Vec<PathBuf> = fs::read_dir(ledger_of(root, vendor))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "seg"))
        .collect();
    assert_eq!(segments.len(), 1);
    segments.remove(0)
}

#[test]
fn the_only_ledger_is_found_and_verified_without_a_daemon() {
    let state = state(&["acme"]);
    let ran = octroi(state.path(), &["ledger", "verify"]).run();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.output.starts_with("The ledger is whole: 6 records.\n"),
        "{ran:?}"
    );
    let json = octroi(state.path(), &["ledger", "verify", "--json"])
        .run()
        .json();
    assert_eq!(json["ledger_ok"], true);
    assert_eq!(json["records"], RECORDS);
    assert_eq!(json["checkpoints"], 1);
    assert_eq!(json["vendor_root"], fingerprint().to_string());
    assert_eq!(json["tail"], Value::Null);
}

#[test]
fn verifying_changes_no_byte() {
    let state = state(&["acme"]);
    let segment = segment_of(state.path(), "acme");
    let mut file = OpenOptions::new().append(true).open(&segment).unwrap();
    file.write_all(b"half a rec").unwrap();
    let before = fs::read(&segment).unwrap();
    let ran = octroi(state.path(), &["ledger", "verify", "--json"]).run();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["tail"]["from"], RECORDS + 1);
    assert_eq!(fs::read(&segment).unwrap(), before);
}

#[test]
fn a_changed_record_is_named() {
    let state = state(&["acme"]);
    let segment = segment_of(state.path(), "acme");
    let mut bytes = fs::read(&segment).unwrap();
    let at = bytes
        .windows(5)
        .position(|window| window == b"0.1.0")
        .unwrap();
    bytes[at] = b'9';
    fs::write(&segment, bytes).unwrap();
    let ran = octroi(state.path(), &["ledger", "verify", "--json"]).run();
    assert_eq!(ran.status, 6);
    let json = ran.json();
    assert_eq!(json["error"]["code"], "LEDGER_TAMPERED");
    assert_eq!(json["tampered"]["seq"], 2);
    assert!(ran.error.contains("record 2"), "{ran:?}");
}

#[test]
fn one_of_several_ledgers_must_be_named() {
    let state = state(&["acme", "other"]);
    let ran = octroi(state.path(), &["ledger", "verify"]).run();
    assert_eq!(ran.status, 2);
    assert!(ran.error.contains("acme, other"), "{ran:?}");
    let ran = octroi(state.path(), &["ledger", "verify", "--vendor", "other"]).run();
    assert_eq!(ran.status, 0, "{ran:?}");
    let folder = ledger_of(state.path(), "acme").display().to_string();
    let ran = octroi(
        Path::new("/nonexistent"),
        &["ledger", "verify", "--folder", &folder],
    )
    .run();
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn where_no_ledger_is_that_is_said() {
    let folder = TempDir::with_prefix("octroi-").unwrap();
    for line in [
        &["ledger", "verify"][..],
        &["ledger", "verify", "--vendor", "acme"],
    ] {
        let ran = octroi(folder.path(), &[line, &["--json"]].concat()).run();
        assert_eq!(ran.status, 1);
        assert_eq!(ran.json()["error"]["code"], "LEDGER_ABSENT");
    }
}

#[test]
fn every_record_is_written_out_as_a_line() {
    let state = state(&["acme"]);
    let ran = octroi(state.path(), &["ledger", "export"]).run();
    assert_eq!(ran.status, 0, "{ran:?}");
    let lines: Vec<Value> = ran
        .output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // The first line marks the others: nobody recorded the export, for no daemon runs.
    let mark = &lines[0]["confidential"];
    assert_eq!(mark["record"], Value::Null);
    assert!(mark["notice"].as_str().unwrap().starts_with("confidential"));
    assert!(ran.error.contains("does not record this export"), "{ran:?}");
    let places: Vec<u64> = lines[1..]
        .iter()
        .map(|line| line["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(places, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn an_export_goes_to_a_new_file_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let state = state(&["acme"]);
    let file = state.path().join("out.jsonl");
    let name = file.display().to_string();
    let ran = octroi(state.path(), &["ledger", "export", "-o", &name, "--json"]).run();
    assert_eq!(ran.json()["file"], name);
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 7);
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let again = octroi(state.path(), &["ledger", "export", "-o", &name]).run();
    assert_eq!(again.status, 1);
    assert!(again.error.contains("exists already"), "{again:?}");
}

#[test]
fn an_export_of_an_altered_ledger_leaves_no_file() {
    let state = state(&["acme"]);
    let segment = segment_of(state.path(), "acme");
    let mut bytes = fs::read(&segment).unwrap();
    let at = bytes
        .windows(5)
        .position(|window| window == b"0.1.0")
        .unwrap();
    bytes[at] = b'9';
    fs::write(&segment, bytes).unwrap();
    let file = state.path().join("out.jsonl");
    let line = ["ledger", "export", "-o", &file.display().to_string()];
    assert_eq!(octroi(state.path(), &line).run().status, 6);
    assert!(!file.exists());
}

#[test]
fn an_excerpt_proves_one_record() {
    let state = state(&["acme"]);
    let ran = octroi(state.path(), &["ledger", "export", "--excerpt", "2"]).run();
    assert_eq!(ran.status, 0, "{ran:?}");
    let excerpt = ran.json();
    assert_eq!(excerpt["seq"], 2);
    assert_eq!(excerpt["checkpoint"]["size"], 4);
    assert_eq!(excerpt["proof"].as_array().unwrap().len(), 2);
}

#[test]
fn a_record_that_no_checkpoint_covers_has_no_excerpt() {
    let state = state(&["acme"]);
    let ran = octroi(state.path(), &["ledger", "export", "--excerpt", "6"]).run();
    assert_eq!(ran.status, 1, "{ran:?}");
    assert_eq!(ran.output, "");
    assert!(
        ran.error.contains("not covered by a signed checkpoint"),
        "{ran:?}"
    );
}
