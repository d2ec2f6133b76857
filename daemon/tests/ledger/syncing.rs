//! What syncing promises, and what a failed sync costs.

use octroi_engine::Event;
use octroid::ledger::{LedgerError, Seq};

use crate::{fault_disk::FaultDisk, world::Owner};

fn owner_of(disk: &FaultDisk) -> Owner {
    Owner::open(disk).unwrap()
}

#[test]
fn a_ledger_that_was_not_appended_to_needs_no_sync() {
    let disk = FaultDisk::new();
    let owner = owner_of(&disk);
    assert!(!owner.ledger.needs_sync());
    assert!(owner.ledger.begin_sync().is_none());
    assert_eq!(owner.ledger.synced_to_record(), None);
}

#[test]
fn a_recorded_sync_alone_asks_for_no_other() {
    let disk = FaultDisk::new();
    let mut owner = owner_of(&disk);
    owner.add(2).unwrap();
    assert!(owner.ledger.needs_sync());
    owner.sync().unwrap();
    assert!(!owner.ledger.needs_sync());
    let count = owner.records.len();
    owner.sync().unwrap();
    assert_eq!(owner.records.len(), count);
}

#[test]
fn each_sync_is_recorded_with_what_it_covered() {
    let disk = FaultDisk::new();
    let mut owner = owner_of(&disk);
    let last = owner.add(3).unwrap();
    owner.sync().unwrap();
    assert_eq!(
        owner.records.last().unwrap().event,
        Event::Synced { up_to: last.0 }
    );
}

#[test]
fn what_was_synced_survives_a_lost_page_cache() {
    for seed in 0..200 {
        let disk = FaultDisk::new();
        let mut owner = owner_of(&disk);
        owner.add(5).unwrap();
        owner.ledger.sync().unwrap();
        let synced = owner.records.clone();
        owner.add(5).unwrap();
        let found = Owner::look(&disk.after_power_loss(seed)).unwrap();
        assert_eq!(found.records[..synced.len()], synced);
        let common = found.records.len();
        assert_eq!(found.records, owner.records[..common]);
    }
}

#[test]
fn a_sync_on_another_thread_covers_what_was_appended_before_it_began() {
    let disk = FaultDisk::new();
    let mut owner = owner_of(&disk);
    let covered = owner.add(3).unwrap();
    let job = owner.ledger.begin_sync().unwrap();
    let running = std::thread::spawn(move || job.run());
    owner.add(3).unwrap();
    let done = running.join().unwrap();
    assert_eq!(owner.ledger.finish_sync(done).unwrap(), Some(covered));
    assert_eq!(owner.ledger.synced(), covered);
    assert!(owner.ledger.needs_sync());
    owner.record_sync().unwrap();
    assert_eq!(
        owner.records.last().unwrap().event,
        Event::Synced { up_to: covered.0 }
    );
}

#[test]
fn an_unsynced_record_lost_before_a_readable_sync_record_is_no_tampering() {
    // 2..=4 synced on another thread while 5..=7 were appended, then recorded by 8. The machine
    // loses power: the sector of record 6 is gone, that of record 8 is there.
    let disk = FaultDisk::new();
    let mut owner = owner_of(&disk);
    owner.add(3).unwrap();
    let job = owner.ledger.begin_sync().unwrap();
    owner.add(3).unwrap();
    let before_last = disk.files();
    owner.ledger.finish_sync(job.run()).unwrap();
    owner.record_sync().unwrap();
    let (name, before_last) = before_last.into_iter().next().unwrap();
    disk.tamper(&name, |file| file[before_last.len() - 40] ^= 1);
    let found = Owner::look(&disk).unwrap();
    assert_eq!(found.lost.unwrap().from, place_of_last_fresh(&owner));
}

fn place_of_last_fresh(owner: &Owner) -> Seq {
    Seq(owner.ledger.records().0 - 1)
}

#[test]
fn an_older_sync_that_ends_after_a_newer_one_takes_nothing_back() {
    let disk = FaultDisk::new();
    let mut owner = owner_of(&disk);
    owner.add(1).unwrap();
    let older = owner.ledger.begin_sync().unwrap();
    let last = owner.add(1).unwrap();
    owner.sync().unwrap();
    assert_eq!(owner.ledger.finish_sync(older.run()).unwrap(), None);
    assert_eq!(owner.ledger.synced(), last);
}

#[test]
fn a_failed_sync_is_never_tried_again_on_the_same_handle() {
    let disk = FaultDisk::new();
    let mut owner = owner_of(&disk);
    owner.add(2).unwrap();
    disk.fail_sync();
    let error = owner.ledger.sync().unwrap_err();
    assert!(matches!(error, LedgerError::SyncFailed { .. }));
    assert!(error.needs_reopen());
    assert!(owner.ledger.begin_sync().is_none());
    assert!(matches!(owner.ledger.sync(), Err(LedgerError::NeedsReopen)));
    assert!(matches!(owner.add(1), Err(LedgerError::NeedsReopen)));
}

#[test]
fn records_in_doubt_after_a_failed_sync_are_on_the_disk_once_the_ledger_is_open_again() {
    for seed in 0..50 {
        let disk = FaultDisk::new();
        let mut owner = owner_of(&disk);
        owner.add(10).unwrap();
        disk.fail_sync();
        owner.ledger.sync().unwrap_err();
        let appended = owner.records.clone();
        // The kernel now holds the pages as clean: a mere second sync would succeed and lie.
        owner.reopen().unwrap();
        assert_eq!(owner.records[..appended.len()], appended);
        let found = Owner::look(&disk.after_power_loss(seed)).unwrap();
        assert_eq!(found.records[..appended.len()], appended);
    }
}

#[test]
fn a_sync_begun_before_the_ledger_was_opened_anew_says_nothing() {
    let disk = FaultDisk::new();
    let mut owner = owner_of(&disk);
    owner.add(2).unwrap();
    let stale = owner.ledger.begin_sync().unwrap();
    owner.reopen().unwrap();
    disk.fail_sync();
    let stale = stale.run();
    assert_eq!(owner.ledger.finish_sync(stale).unwrap(), None);
    owner.add(1).unwrap();
}
