//! A full disk stops grants, never releases; a failed write changes nothing.

use octroid::ledger::{LedgerError, Purpose, verify};

use crate::{
    fault_disk::{FaultDisk, Torn},
    world::Owner,
};

#[test]
fn a_full_disk_refuses_ordinary_records_and_still_takes_releases() {
    let disk = FaultDisk::new();
    let mut owner = Owner::open(&disk).unwrap();
    disk.leave_free(0);
    let refused = loop {
        if let Err(error) = owner.add(1) {
            break error;
        }
    };
    assert!(matches!(refused, LedgerError::Full { .. }));
    assert!(!refused.needs_reopen());
    let before = owner.records.len();
    for _ in 0..8 {
        let release = owner.fresh(1);
        owner.write(&release, Purpose::Release).unwrap();
    }
    owner.sync().unwrap();
    assert!(matches!(owner.add(1), Err(LedgerError::Full { .. })));
    let found = Owner::look(&disk).unwrap();
    assert_eq!(found.records, owner.records);
    assert!(found.records.len() > before + 7);
}

#[test]
fn room_is_refused_before_anything_is_decided() {
    let disk = FaultDisk::new();
    let mut owner = Owner::open(&disk).unwrap();
    owner.ledger.room(Purpose::Ordinary).unwrap();
    disk.leave_free(0);
    while owner.ledger.room(Purpose::Ordinary).is_ok() {
        owner.add(5).unwrap();
    }
    assert!(owner.ledger.room(Purpose::Release).is_ok());
}

#[test]
fn a_daemon_starts_on_a_full_disk_and_records_what_it_lost() {
    let disk = FaultDisk::new();
    let mut owner = Owner::open(&disk).unwrap();
    owner.add(3).unwrap();
    let name = disk.files().into_keys().next().unwrap();
    disk.tamper(&name, |file| file.truncate(file.len() - 3));
    disk.leave_free(0);
    let recovered = Owner::open(&disk).unwrap();
    assert!(recovered.lost.is_some());
    assert_eq!(Owner::look(&disk).unwrap().records, recovered.records);
}

#[test]
fn grants_go_on_once_there_is_room_again() {
    let disk = FaultDisk::new();
    let mut owner = Owner::open(&disk).unwrap();
    disk.leave_free(0);
    while owner.add(1).is_ok() {}
    disk.make_room();
    owner.add(50).unwrap();
    assert_eq!(Owner::look(&disk).unwrap().records, owner.records);
}

#[test]
fn a_ledger_cannot_begin_without_room_and_leaves_nothing_behind_that_counts() {
    let disk = FaultDisk::new();
    disk.leave_free(10);
    assert!(matches!(
        Owner::open(&disk).map(|_| ()),
        Err(LedgerError::Full { .. })
    ));
    assert!(matches!(verify(&disk), Err(LedgerError::NoLedger)));
    disk.make_room();
    Owner::open(&disk).unwrap();
}

#[test]
fn a_file_system_that_takes_no_space_ahead_is_written_without_a_reserve() {
    let disk = FaultDisk::new();
    disk.refuse_allocation();
    let mut owner = Owner::open(&disk).unwrap();
    owner.add(100).unwrap();
    owner.add(100).unwrap();
    assert_eq!(Owner::look(&disk).unwrap().records, owner.records);
}

#[test]
fn a_short_write_counts_for_nothing_and_is_cut_away() {
    for torn in [Torn::Short, Torn::Error] {
        let disk = FaultDisk::new();
        let mut owner = Owner::open(&disk).unwrap();
        owner.add(2).unwrap();
        let before = disk.files();
        disk.tear_write(30, torn);
        let error = owner.add(3).unwrap_err();
        assert!(matches!(error, LedgerError::WriteFailed { .. }));
        assert_eq!(error.code(), "LEDGER_UNWRITABLE");
        assert_eq!(disk.files(), before);
        assert!(matches!(owner.add(1), Err(LedgerError::NeedsReopen)));
        let answered = owner.records.clone();
        owner.reopen().unwrap();
        assert_eq!(owner.records[..answered.len()], answered);
        owner.add(1).unwrap();
    }
}

#[test]
fn a_read_only_folder_is_told_at_opening_and_can_still_be_verified() {
    let disk = FaultDisk::new();
    let mut owner = Owner::open(&disk).unwrap();
    owner.add(2).unwrap();
    disk.set_read_only();
    assert!(matches!(
        Owner::look(&disk).map(|_| ()),
        Err(LedgerError::Io { .. })
    ));
    assert_eq!(verify(&disk).unwrap().records, owner.ledger.records());
}

#[test]
fn attempts_to_begin_a_segment_on_a_full_disk_leave_one_unfinished_file() {
    let disk = FaultDisk::new();
    let mut owner = Owner::open(&disk).unwrap();
    disk.leave_free(2_000);
    while owner.add(1).is_ok() {}
    for _ in 0..10 {
        let release = owner.fresh(1);
        if owner.write(&release, Purpose::Release).is_err() {
            break;
        }
    }
    let unfinished = |name: &String| !name.starts_with("0000");
    let left: Vec<String> = disk.files().into_keys().filter(unfinished).collect();
    assert_eq!(left, ["unfinished.seg.new"]);
    assert_eq!(Owner::look(&disk).unwrap().records, owner.records);
}
