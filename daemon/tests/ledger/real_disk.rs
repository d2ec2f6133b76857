//! The ledger on a real file system, and under a process that is really killed.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use octroi_engine::Record;
use octroid::ledger::{FolderDisk, Ledger, LedgerOptions, Purpose, Seq, Tail, verify};
use rustix::time::{ClockId, clock_gettime};

use crate::{
    samples,
    world::{Owner, identity, opened, place},
};

#[test]
fn a_ledger_in_a_folder_is_read_back_and_is_its_owners_alone() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("ledger");
    let disk = FolderDisk::new(&folder);
    let mut owner = Owner::open(&disk).unwrap();
    for _ in 0..30 {
        owner.add(5).unwrap();
    }
    owner.sync().unwrap();
    assert_eq!(Owner::look(&disk).unwrap().records, owner.records);
    assert!(verify(&disk).unwrap().segments > 2);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in folder.read_dir().unwrap() {
        let entry = entry.unwrap();
        assert_eq!(mode(&entry.path()), 0o600);
        assert_eq!(entry.path().extension().unwrap(), "seg");
    }
}

#[test]
fn a_torn_last_record_on_a_real_disk_is_cut_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let disk = FolderDisk::new(folder.path());
    let mut owner = Owner::open(&disk).unwrap();
    owner.add(3).unwrap();
    let segment = folder.path().join("00000000000000000001.seg");
    let length = segment.metadata().unwrap().len();
    std::fs::OpenOptions::new()
        .write(true)
        .open(&segment)
        .unwrap()
        .set_len(length - 1)
        .unwrap();
    assert!(matches!(verify(&disk).unwrap().tail, Tail::Damaged { .. }));
    let recovered = Owner::open(&disk).unwrap();
    assert!(recovered.lost.is_some());
    assert_eq!(verify(&disk).unwrap().tail, Tail::Clean);
}

/// Not a test by itself: the process that the next test kills. It answers on its standard output.
#[test]
fn child_that_appends_until_it_is_killed() {
    let Ok(folder) = std::env::var("OCTROI_TEST_LEDGER") else {
        return;
    };
    let mut owner = Owner::open(&FolderDisk::new(Path::new(&folder))).unwrap();
    let mut out = std::io::stdout();
    loop {
        let answered = owner.add(3).unwrap();
        writeln!(out, "answered {answered}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn what_was_answered_survives_a_process_killed_at_any_moment() {
    for patience in [1, 20, 150] {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "real_disk::child_that_appends_until_it_is_killed",
                "--nocapture",
            ])
            .env("OCTROI_TEST_LEDGER", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut answers = lines.filter_map(|line| {
            line.unwrap()
                .strip_prefix("answered ")
                .and_then(|seq| seq.parse::<usize>().ok())
        });
        let mut answered = answers.by_ref().take(patience).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        // What it had still said before it died counts as well.
        answered = answers.last().unwrap_or(answered);
        let disk = FolderDisk::new(folder.path());
        let found = Owner::look(&disk).unwrap();
        assert!(found.ledger.records() >= place(answered));
        assert_eq!(found.lost, None);
    }
}

/// What the closure gives back, and how much of this thread's processor time it took: on a machine
/// that does other things as well, the clock on the wall says nothing.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let spent = || {
        let spent = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(
            spent.tv_sec.try_into().unwrap(),
            spent.tv_nsec.try_into().unwrap(),
        )
    };
    let before = spent();
    let result = work();
    (result, spent().saturating_sub(before))
}

#[test]
#[ignore = "measures: run in release"]
fn a_million_records_replay_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Arc::new(FolderDisk::new(folder.path()));
    let open = |replay: &mut dyn FnMut(Seq, Record)| {
        Ledger::open(disk.clone(), identity(), LedgerOptions::default(), replay).unwrap()
    };
    let mut ledger = open(&mut |_, _| {});
    ledger.append(&[opened()], Purpose::Ordinary).unwrap();
    let records: Vec<_> = (0..1_000).map(samples::ordinary).collect();
    let ((), writing) = timed(|| {
        for _ in 0..1_000 {
            ledger.append(&records, Purpose::Ordinary).unwrap();
        }
        ledger.sync().unwrap();
    });
    drop(ledger);
    let mut replayed = 0_u32;
    let (_, replaying) = timed(|| open(&mut |_, _| replayed += 1));
    let (report, verifying) = timed(|| verify(&*disk).unwrap());
    println!("{replayed} records, {} segments", report.segments);
    println!("written in {writing:?}, replayed in {replaying:?}, verified in {verifying:?}");
    assert_eq!(replayed, 1_000_001);
    assert!(replaying < Duration::from_secs(1));
}
