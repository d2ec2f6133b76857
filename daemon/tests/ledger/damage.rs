//! Damage at every place: before the last sync it is named and refused, behind it the tail is cut
//! and that is recorded.

use std::ops::Range;

use octroi_engine::{Event, Record};
use octroid::ledger::{Damage, LedgerError, Seq, Tail, codec, verify};

use crate::{
    fault_disk::{FaultDisk, Torn},
    world::{Owner, SMALL, place, record},
};

pub(crate) const FIRST: &str = "00000000000000000001.seg";
pub(crate) const HEADER_BYTES: usize = 120;
const FRAME_BYTES: usize = 44;

/// A small ledger: up to record 6 on the disk and recorded so by record 7, then two records that
/// nothing vouches for.
pub(crate) fn small() -> (FaultDisk, Owner) {
    let disk = FaultDisk::new();
    let mut owner = Owner::open(&disk).unwrap();
    owner.add(4).unwrap();
    owner.sync().unwrap();
    owner.add(2).unwrap();
    assert_eq!(owner.ledger.records(), Seq(9));
    (disk, owner)
}

/// Where each record stands in the first segment.
fn places(records: &[Record]) -> Vec<Range<usize>> {
    let mut at = HEADER_BYTES;
    let place = |record| {
        let start = at;
        at += FRAME_BYTES + codec::encode(record).unwrap().len();
        start..at
    };
    records.iter().map(place).collect()
}

#[test]
fn a_flipped_bit_anywhere_is_refused_before_the_last_sync_and_cut_behind_it() {
    let (disk, owner) = small();
    let bytes = disk.files()[FIRST].len();
    let places = places(&owner.records);
    assert_eq!(places.last().unwrap().end, bytes);
    for bit in 0..bytes * 8 {
        let (at, mask) = (bit / 8, 1 << (bit % 8));
        disk.tamper(FIRST, |file| file[at] ^= mask);
        let before = disk.files();
        // Damage in the header lies before every record.
        let index = places
            .iter()
            .position(|place| place.contains(&at))
            .unwrap_or(0);
        let seq = place(index + 1);
        if seq <= Seq(6) {
            match Owner::look(&disk) {
                Err(LedgerError::Tampered {
                    segment,
                    seq: named,
                    ..
                }) => {
                    assert_eq!((segment.as_str(), named), (FIRST, seq), "bit {bit}");
                }
                other => panic!(
                    "bit {bit} gave {:?}",
                    other.map(|owner| owner.records.len())
                ),
            }
            assert_eq!(disk.files(), before, "a refused ledger was changed");
        } else {
            let copy = disk.after_kill();
            let found = Owner::look(&copy).unwrap();
            assert_eq!(found.records, owner.records[..index], "bit {bit}");
            let lost = found.lost.unwrap();
            assert_eq!(lost.from, seq);
            assert_eq!(
                usize::try_from(lost.bytes).unwrap(),
                bytes - places[index].start
            );
            assert_eq!(copy.files(), before, "looking alone cuts nothing");
        }
        disk.tamper(FIRST, |file| file[at] ^= mask);
    }
    assert_eq!(Owner::look(&disk).unwrap().records, owner.records);
}

#[test]
fn a_torn_write_of_any_length_leaves_what_was_answered_and_a_recorded_loss() {
    let (disk, mut owner) = small();
    let answered = owner.records.clone();
    let batch = owner.fresh(3);
    let whole: Vec<Record> = [&answered[..], &batch].concat();
    let start = disk.files()[FIRST].len();
    let ends: Vec<usize> = places(&whole).iter().map(|place| place.end).collect();
    for torn_after in 0..ends.last().unwrap() - start {
        let disk = disk.after_kill();
        let mut owner = Owner::look(&disk).unwrap();
        disk.tear_write(torn_after, Torn::Death);
        assert!(matches!(
            owner.append(&batch),
            Err(LedgerError::WriteFailed { .. })
        ));

        let mut found = Owner::look(&disk.after_kill()).unwrap();
        let survived = ends
            .iter()
            .filter(|end| **end <= start + torn_after)
            .count();
        assert_eq!(found.records, whole[..survived], "torn after {torn_after}");
        let cut = start + torn_after - ends[survived - 1];
        assert_eq!(
            found
                .lost
                .map_or(0, |lost| usize::try_from(lost.bytes).unwrap()),
            cut
        );
        if let Some(lost) = found.lost {
            assert_eq!(lost.from, place(survived + 1));
            let refused = found.add(1);
            assert!(matches!(refused, Err(LedgerError::Misstated { .. })));
        }
    }
}

#[test]
fn a_recovered_ledger_replays_what_was_kept_then_the_recorded_loss() {
    let (disk, owner) = small();
    disk.tamper(FIRST, |file| file.truncate(file.len() - 1));
    let recovered = Owner::open(&disk).unwrap();
    let lost = recovered.lost.unwrap();
    assert_eq!((lost.from, lost.what), (Seq(9), Damage::CutShort));
    let kept = owner.records[..8].to_vec();
    let tail_lost = record(Event::TailLost {
        from: 9,
        bytes: lost.bytes,
    });
    assert_eq!(recovered.records[..9], [kept, vec![tail_lost]].concat());
    let again = Owner::look(&disk).unwrap();
    assert_eq!(again.records, recovered.records);
    assert_eq!(again.lost, None);
    assert_eq!(verify(&disk).unwrap().tail, Tail::Clean);
}

#[test]
fn a_lost_tail_is_overwritten_where_it_stands_even_in_a_full_segment() {
    let disk = FaultDisk::new();
    let mut owner = Owner::open(&disk).unwrap();
    let length = |disk: &FaultDisk| u64::try_from(disk.files()[FIRST].len()).unwrap();
    while length(&disk) < SMALL.segment_bytes_max {
        owner.add(1).unwrap();
    }
    disk.tamper(FIRST, |file| file.extend([0xEE; 40]));
    let kept = owner.records;
    let recovered = Owner::open(&disk).unwrap();
    assert_eq!(recovered.records[..kept.len()], kept);
    let found = Owner::look(&disk.after_power_loss(1)).unwrap();
    assert_eq!(
        found.records[..=kept.len()],
        recovered.records[..=kept.len()]
    );
}

#[test]
fn a_tail_of_zeros_is_a_recorded_loss() {
    let (disk, owner) = small();
    disk.tamper(FIRST, |file| file.extend([0; 5_000]));
    let recovered = Owner::open(&disk).unwrap();
    assert_eq!(recovered.records[..9], owner.records);
    let expected = Event::TailLost {
        from: 10,
        bytes: 5_000,
    };
    assert_eq!(recovered.records[9].event, expected);
}

#[test]
fn a_changed_record_with_its_checksum_made_to_fit_is_caught_by_the_chain() {
    let (disk, owner) = small();
    let places = places(&owner.records);
    disk.tamper(FIRST, |file| {
        let frame = &mut file[places[3].clone()];
        let body_end = frame.len() - 32;
        frame[body_end - 1] ^= 1;
        let checksum = crc32fast::hash(&frame[12..body_end]).to_le_bytes();
        frame[8..12].copy_from_slice(&checksum);
    });
    match Owner::look(&disk).map(|owner| owner.records) {
        Err(LedgerError::Tampered {
            seq, what, offset, ..
        }) => {
            assert_eq!((seq, what), (Seq(4), Damage::Chain));
            assert_eq!(usize::try_from(offset).unwrap(), places[3].start);
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        verify(&disk),
        Err(LedgerError::Tampered { seq: Seq(4), .. })
    ));
}

#[test]
fn a_record_taken_out_of_the_middle_is_refused() {
    let (disk, owner) = small();
    let place = places(&owner.records)[3].clone();
    disk.tamper(FIRST, |file| drop(file.drain(place)));
    assert!(matches!(
        Owner::look(&disk).map(|owner| owner.records),
        Err(LedgerError::Tampered {
            seq: Seq(4),
            what: Damage::Chain,
            ..
        })
    ));
}

#[test]
fn two_records_in_each_others_place_are_refused() {
    let (disk, owner) = small();
    let places = places(&owner.records);
    disk.tamper(FIRST, |file| {
        let swapped = [&file[places[4].clone()], &file[places[3].clone()]].concat();
        file[places[3].start..places[4].end].copy_from_slice(&swapped);
    });
    assert!(matches!(
        Owner::look(&disk).map(|owner| owner.records),
        Err(LedgerError::Tampered { seq: Seq(4), .. })
    ));
}
