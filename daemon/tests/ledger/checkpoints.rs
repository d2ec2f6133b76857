//! Signed checkpoints hold what the chain alone cannot: a history rewritten with every hash made to
//! fit.

use octroi_engine::Event;
use octroi_licence::merkle::{leaf_hash, verify_inclusion};
use octroid::ledger::{Damage, LedgerError, Seq, codec, excerpt, verify};

use crate::{
    fault_disk::FaultDisk,
    samples,
    world::{Owner, identity, record},
};

#[test]
fn every_signed_checkpoint_of_a_ledger_is_verified() {
    let disk = FaultDisk::new();
    let mut owner = Owner::open(&disk).unwrap();
    for _ in 0..3 {
        owner.add(30).unwrap();
        owner.sign_checkpoint().unwrap();
    }
    assert_eq!(verify(&disk).unwrap().checkpoints, 3);
    assert_eq!(Owner::look(&disk).unwrap().records, owner.records);
}

#[test]
fn a_checkpoint_may_stand_some_records_after_the_last_that_it_covers() {
    let disk = FaultDisk::new();
    let mut owner = Owner::open(&disk).unwrap();
    owner.add(30).unwrap();
    let checkpoint = owner.ledger.checkpoint();
    owner.add(7).unwrap();
    let Ok(signature) = checkpoint.sign(&identity().vendor_root, &crate::world::daemon_key());
    owner
        .append(&[record(Event::CheckpointSigned {
            size: checkpoint.size,
            root: checkpoint.root,
            signature: signature.to_vec(),
        })])
        .unwrap();
    assert_eq!(verify(&disk).unwrap().checkpoints, 1);
    Owner::look(&disk).unwrap();
}

/// Writes the owner's records anew into another ledger, as somebody would who can write the folder:
/// every checksum and every chain hash fits.
fn rewritten(owner: &Owner, change: impl Fn(Seq, &mut Event)) -> FaultDisk {
    let header_bytes = 120;
    let mut file = {
        let begun = FaultDisk::new();
        Owner::look(&begun)
            .unwrap()
            .append(&[crate::world::opened()])
            .unwrap();
        begun.files().into_values().next().unwrap()
    };
    file.truncate(header_bytes);
    let mut chain = octroid::ledger::ChainHash::START;
    for (index, record) in owner.records.iter().enumerate() {
        let mut record = record.clone();
        change(crate::world::place(index + 1), &mut record.event);
        let body = codec::encode(&record).unwrap();
        chain = chain.after(&body);
        file.extend([0xF5, b'O', b'c', 0xFE]);
        file.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        file.extend(crc32fast::hash(&body).to_le_bytes());
        file.extend(body);
        file.extend(chain.as_bytes());
    }
    let disk = FaultDisk::new();
    Owner::look(&disk)
        .unwrap()
        .append(&[crate::world::opened()])
        .unwrap();
    let name = disk.files().into_keys().next().unwrap();
    disk.tamper(&name, |bytes| *bytes = file);
    disk
}

fn with_checkpoint() -> (Owner, Seq) {
    let mut owner = Owner::open(&FaultDisk::new()).unwrap();
    owner.add(5).unwrap();
    let at = owner.sign_checkpoint().unwrap();
    owner.add(2).unwrap();
    (owner, at)
}

#[test]
fn a_ledger_copied_record_by_record_is_the_same_ledger() {
    let (owner, _) = with_checkpoint();
    let copy = rewritten(&owner, |_, _| {});
    assert_eq!(Owner::look(&copy).unwrap().records, owner.records);
}

#[test]
fn a_history_rewritten_with_every_hash_made_to_fit_fails_at_the_signed_checkpoint() {
    let (owner, at) = with_checkpoint();
    let forged = rewritten(&owner, |seq, event| {
        if seq == Seq(4) {
            *event = samples::ordinary(99).event;
        }
    });
    for error in [
        Owner::look(&forged).map(|_| ()).unwrap_err(),
        verify(&forged).map(|_| ()).unwrap_err(),
    ] {
        assert!(matches!(
            error,
            LedgerError::Tampered { seq, what: Damage::CheckpointRoot, .. } if seq == at
        ));
    }
}

#[test]
fn a_checkpoint_made_to_fit_a_forged_history_fails_at_its_signature() {
    let (owner, at) = with_checkpoint();
    let changed = |seq: Seq, event: &mut Event| {
        if seq == Seq(4) {
            *event = samples::ordinary(99).event;
        }
    };
    let mut tree = octroi_licence::merkle::Frontier::new();
    for (index, record) in owner
        .records
        .iter()
        .enumerate()
        .take(usize::try_from(at.0).unwrap() - 1)
    {
        let mut record = record.clone();
        changed(crate::world::place(index + 1), &mut record.event);
        tree.append(leaf_hash(&codec::encode(&record).unwrap()));
    }
    let forged = rewritten(&owner, |seq, event| {
        changed(seq, event);
        if let Event::CheckpointSigned { root, .. } = event {
            *root = tree.root();
        }
    });
    for error in [
        Owner::look(&forged).map(|_| ()).unwrap_err(),
        verify(&forged).map(|_| ()).unwrap_err(),
    ] {
        assert!(matches!(
            error,
            LedgerError::Tampered { seq, what: Damage::CheckpointSignature, .. } if seq == at
        ));
    }
}

#[test]
fn an_excerpt_proves_its_record_under_a_signed_checkpoint() {
    let (owner, at) = with_checkpoint();
    let disk = rewritten(&owner, |_, _| {});
    for seq in 1..at.0 {
        let excerpt = excerpt(&disk, Seq(seq)).unwrap();
        let bytes = |value: &serde_json::Value| hex::decode(value.as_str().unwrap()).unwrap();
        let hash = |value| <[u8; 32]>::try_from(bytes(value)).unwrap();
        let proof: Vec<[u8; 32]> = excerpt["proof"]
            .as_array()
            .unwrap()
            .iter()
            .map(hash)
            .collect();
        let body = bytes(&excerpt["body"]);
        let size = excerpt["checkpoint"]["size"].as_u64().unwrap();
        let root = hash(&excerpt["checkpoint"]["root"]);
        assert!(verify_inclusion(
            &leaf_hash(&body),
            seq - 1,
            size,
            &proof,
            &root
        ));
        assert_eq!(
            codec::decode(&body).unwrap(),
            owner.records[usize::try_from(seq).unwrap() - 1]
        );
    }
}

#[test]
fn a_record_that_no_signed_checkpoint_covers_has_no_excerpt() {
    let (owner, at) = with_checkpoint();
    let disk = rewritten(&owner, |_, _| {});
    for seq in [Seq(0), at, at.next(), Seq(1_000)] {
        assert!(matches!(
            excerpt(&disk, seq),
            Err(LedgerError::NotCovered { .. })
        ));
    }
}
