//! What no crash leaves behind is refused, and so is what a later version wrote: nothing is changed.

use octroi_engine::Event;
use octroid::ledger::{Damage, LedgerError, LedgerOptions, Seq, codec, verify};

use crate::{
    damage::{FIRST, HEADER_BYTES, small},
    fault_disk::FaultDisk,
    samples,
    world::{Owner, SMALL, opened, record},
};

/// Several segments, all synced.
fn long() -> (FaultDisk, Owner) {
    let disk = FaultDisk::new();
    let mut owner = Owner::open(&disk).unwrap();
    while disk.files().len() < 4 {
        owner.add(3).unwrap();
    }
    owner.sync().unwrap();
    (disk, owner)
}

#[test]
fn a_ledger_of_several_segments_replays_in_order() {
    let (disk, owner) = long();
    assert_eq!(Owner::look(&disk).unwrap().records, owner.records);
    let report = verify(&disk).unwrap();
    assert_eq!(
        (report.segments, report.records),
        (4, owner.ledger.records())
    );
    assert_eq!(report.head, owner.ledger.head());
    assert_eq!(report.checkpoint, owner.ledger.checkpoint());
}

#[test]
fn a_missing_segment_is_refused_by_name() {
    let (disk, _) = long();
    let names: Vec<String> = disk.files().into_keys().collect();
    for missing in &names[..3] {
        let disk = disk.after_kill();
        disk.remove(missing);
        match Owner::look(&disk).map(|owner| owner.records) {
            Err(LedgerError::Tampered { segment, what, .. }) => {
                assert_eq!((&segment, what), (missing, Damage::SegmentMissing));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn damage_in_a_segment_that_is_not_the_last_is_never_a_lost_tail() {
    let (disk, _) = long();
    let names: Vec<String> = disk.files().into_keys().collect();
    for name in &names[..3] {
        let disk = disk.after_kill();
        disk.tamper(name, |file| file.truncate(file.len() - 1));
        match Owner::look(&disk).map(|owner| owner.records) {
            Err(LedgerError::Tampered { segment, what, .. }) => {
                assert_eq!((&segment, what), (name, Damage::CutShort));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_segment_of_another_ledger_is_refused() {
    let (disk, _) = long();
    let (other, mut owner) = long();
    owner.sign_checkpoint().unwrap();
    owner.add(1).unwrap();
    let names: Vec<String> = disk.files().into_keys().collect();
    let foreign = other.files()[&names[0]].clone();
    // The same place, the same identity, another history.
    let foreign_last = {
        let mut bytes = foreign;
        let checksum_at = HEADER_BYTES - 4;
        bytes[84] ^= 1;
        let checksum = crc32fast::hash(&bytes[..checksum_at]).to_le_bytes();
        bytes[checksum_at..HEADER_BYTES].copy_from_slice(&checksum);
        bytes
    };
    disk.tamper(&names[0], |file| *file = foreign_last);
    assert!(matches!(
        Owner::look(&disk).map(|owner| owner.records),
        Err(LedgerError::Tampered {
            what: Damage::HeaderElsewhere,
            ..
        })
    ));
}

#[test]
fn an_unknown_kind_stops_the_opening_and_cuts_nothing() {
    let (disk, owner) = small();
    let mut body = codec::encode(&owner.records[2]).unwrap();
    body[1..3].copy_from_slice(&60_000_u16.to_le_bytes());
    append_frame(&disk, &owner, &body);
    let before = disk.files();
    let error = Owner::look(&disk).map(|owner| owner.records).unwrap_err();
    assert!(matches!(
        error,
        LedgerError::UnknownKind {
            kind: 60_000,
            seq: Seq(10),
            ..
        }
    ));
    assert_eq!(error.code(), "LEDGER_TOO_NEW");
    assert_eq!(disk.files(), before);
}

#[test]
fn an_unknown_layout_version_stops_the_opening_and_cuts_nothing() {
    let (disk, owner) = small();
    let mut body = codec::encode(&owner.records[2]).unwrap();
    body[0] = 2;
    append_frame(&disk, &owner, &body);
    let before = disk.files();
    let error = Owner::look(&disk).map(|owner| owner.records).unwrap_err();
    assert!(matches!(
        error,
        LedgerError::UnknownVersion {
            version: 2,
            seq: Seq(10),
            ..
        }
    ));
    assert_eq!(disk.files(), before);
}

#[test]
fn an_unknown_segment_format_stops_the_opening() {
    let (disk, _) = small();
    disk.tamper(FIRST, |file| {
        file[8..12].copy_from_slice(&2_u32.to_le_bytes());
        let checksum = crc32fast::hash(&file[..HEADER_BYTES - 4]).to_le_bytes();
        file[HEADER_BYTES - 4..HEADER_BYTES].copy_from_slice(&checksum);
    });
    assert!(matches!(
        Owner::look(&disk).map(|owner| owner.records),
        Err(LedgerError::UnknownFormat { version: 2, .. })
    ));
}

#[test]
fn a_readable_record_with_bytes_behind_its_last_field_is_not_read() {
    let (disk, owner) = small();
    let mut body = codec::encode(&owner.records[2]).unwrap();
    body.push(0);
    append_frame(&disk, &owner, &body);
    assert!(matches!(
        Owner::look(&disk).map(|owner| owner.records),
        Err(LedgerError::Undecodable { seq: Seq(10), .. })
    ));
}

#[test]
fn a_record_that_claims_later_ones_were_synced_is_refused() {
    let (disk, owner) = small();
    let body = codec::encode(&record(Event::Synced { up_to: 10 })).unwrap();
    append_frame(&disk, &owner, &body);
    assert!(matches!(
        Owner::look(&disk).map(|owner| owner.records),
        Err(LedgerError::Tampered {
            seq: Seq(10),
            what: Damage::SyncedAhead,
            ..
        })
    ));
}

#[test]
fn another_realms_ledger_is_refused_and_named() {
    let (disk, _) = small();
    let mut identity = crate::world::identity();
    identity.vendor_root = octroi_licence::KeyId::from_bytes([4; 32]);
    let disk = std::sync::Arc::new(disk);
    let error = octroid::ledger::Ledger::open(disk, identity, SMALL, &mut |_, _| {}).unwrap_err();
    assert!(matches!(
        error,
        LedgerError::Foreign { vendor_root, .. } if vendor_root == crate::world::identity().vendor_root
    ));
}

#[test]
fn megabytes_between_damage_and_the_sync_do_not_hide_the_sync() {
    let disk = FaultDisk::new();
    let mut owner = Owner::look_with(&disk, LedgerOptions::default()).unwrap();
    owner.append(&[opened()]).unwrap();
    let long = |fill: &str| {
        record(Event::DaemonStarted {
            version: fill.repeat(60_000),
        })
    };
    owner.append(&vec![long("v"); 40]).unwrap();
    owner.sync().unwrap();
    owner.add(1).unwrap();
    let before = disk.files();
    disk.tamper(FIRST, |file| file[HEADER_BYTES + 500] ^= 1);
    assert!(matches!(
        Owner::look(&disk).map(|owner| owner.records),
        Err(LedgerError::Tampered { seq: Seq(2), .. })
    ));
    // Wherever the sync record lies between two reads.
    for moved in (0..200).step_by(7) {
        disk.tamper(FIRST, |file| {
            file.clone_from(&before[FIRST]);
            file[HEADER_BYTES + 500] ^= 1;
            let end_of_long = file.len() - 400;
            file.drain(end_of_long - 2_200_000..end_of_long - 2_200_000 + moved);
        });
        assert!(Owner::look(&disk).is_err(), "moved by {moved}");
    }
}

#[test]
fn an_owner_may_not_misstate_its_ledger() {
    let (disk, mut owner) = small();
    let before = disk.files();
    let misstatements = [
        opened(),
        record(Event::Synced { up_to: 8 }),
        record(Event::TailLost { from: 9, bytes: 1 }),
        record(Event::CheckpointSigned {
            size: 9,
            root: [0; 32],
            signature: vec![0; 64],
        }),
    ];
    for misstatement in misstatements {
        let refused = owner.append(&[samples::ordinary(1), misstatement]);
        assert!(matches!(refused, Err(LedgerError::Misstated { .. })));
    }
    assert_eq!(disk.files(), before);
    owner.add(1).unwrap();
}

#[test]
fn a_record_too_long_to_read_back_is_not_written() {
    let (disk, mut owner) = small();
    let before = disk.files();
    let version = "v".repeat(70_000);
    let refused = owner.append(&[record(Event::DaemonStarted { version })]);
    assert!(matches!(refused, Err(LedgerError::Unencodable { .. })));
    assert_eq!(disk.files(), before);
    owner.add(1).unwrap();
}

/// Appends a frame as the ledger would, whatever its body says.
fn append_frame(disk: &FaultDisk, owner: &Owner, body: &[u8]) {
    let chain = owner.ledger.head().after(body);
    disk.tamper(FIRST, |file| {
        file.extend([0xF5, b'O', b'c', 0xFE]);
        file.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        file.extend(crc32fast::hash(body).to_le_bytes());
        file.extend(body);
        file.extend(chain.as_bytes());
    });
}
