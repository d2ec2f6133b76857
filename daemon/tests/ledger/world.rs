//! An owner of a ledger as the daemon is one: it begins ledgers, records what it is told to record,
//! and keeps what it was given back.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use octroi_engine::{BootId, Confidence, Event, Record, Time};
use octroi_licence::{CivilMillis, KeyId, PublicKey};
use octroid::ledger::{
    Disk, Ledger, LedgerError, LedgerIdentity, LedgerOptions, LostTail, Purpose, Seq,
};

use crate::samples;

pub(crate) const SMALL: LedgerOptions = LedgerOptions {
    segment_bytes_max: 4_096,
    reserve_bytes: 4_096,
};

pub(crate) fn daemon_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub(crate) fn identity() -> LedgerIdentity {
    LedgerIdentity {
        vendor_root: KeyId::from_bytes([3; 32]),
        daemon_key: PublicKey::from(daemon_key().verifying_key()),
    }
}

pub(crate) fn record(event: Event) -> Record {
    let time = Time {
        boot_id: BootId([5; 16]),
        boottime_ms: 1_000,
        civil_ms: CivilMillis(1_800_000_000_000),
        confidence: Confidence::Steady,
    };
    Record { time, event }
}

pub(crate) fn opened() -> Record {
    record(Event::LedgerOpened {
        vendor_root: identity().vendor_root,
        daemon_key: *identity().daemon_key.as_bytes(),
    })
}

pub(crate) fn synced(up_to: Seq) -> Record {
    record(Event::Synced { up_to: up_to.0 })
}

pub(crate) struct Owner {
    pub(crate) ledger: Ledger,
    /// Every record that counts, in order.
    pub(crate) records: Vec<Record>,
    /// The tail that was found lost at opening.
    pub(crate) lost: Option<LostTail>,
    seed: u64,
}

impl Owner {
    /// Opens the ledger and records nothing yet.
    pub(crate) fn look(disk: &(impl Disk + Clone + 'static)) -> Result<Self, LedgerError> {
        Self::look_with(disk, SMALL)
    }

    pub(crate) fn look_with(
        disk: &(impl Disk + Clone + 'static),
        options: LedgerOptions,
    ) -> Result<Self, LedgerError> {
        let mut records = Vec::new();
        let disk = Arc::new(disk.clone());
        let ledger = Ledger::open(disk, identity(), options, &mut |seq, record| {
            records.push(record);
            assert_eq!(seq, place(records.len()));
        })?;
        let lost = ledger.lost_tail();
        let seed = ledger.records().0 * 1_000;
        Ok(Self {
            ledger,
            records,
            lost,
            seed,
        })
    }

    /// Opens the ledger and records what it asks for.
    pub(crate) fn open(disk: &(impl Disk + Clone + 'static)) -> Result<Self, LedgerError> {
        let mut owner = Self::look(disk)?;
        owner.settle()?;
        Ok(owner)
    }

    fn settle(&mut self) -> Result<(), LedgerError> {
        if self.ledger.is_new() {
            self.append(&[opened()])?;
        }
        if let Some(LostTail { from, bytes, .. }) = self.ledger.lost_tail() {
            let lost = record(Event::TailLost {
                from: from.0,
                bytes,
            });
            self.write(&[lost], Purpose::Release)?;
        }
        self.sync()
    }

    pub(crate) fn write(
        &mut self,
        records: &[Record],
        purpose: Purpose,
    ) -> Result<Seq, LedgerError> {
        let last = self.ledger.append(records, purpose)?;
        self.records.extend_from_slice(records);
        assert_eq!(last, place(self.records.len()));
        Ok(last)
    }

    pub(crate) fn append(&mut self, records: &[Record]) -> Result<Seq, LedgerError> {
        self.write(records, Purpose::Ordinary)
    }

    /// Fresh records, as they come in.
    pub(crate) fn fresh(&mut self, count: usize) -> Vec<Record> {
        (0..count)
            .map(|_| {
                self.seed += 1;
                samples::ordinary(self.seed)
            })
            .collect()
    }

    pub(crate) fn add(&mut self, count: usize) -> Result<Seq, LedgerError> {
        let fresh = self.fresh(count);
        self.append(&fresh)
    }

    /// Syncs and records it.
    pub(crate) fn sync(&mut self) -> Result<(), LedgerError> {
        self.ledger.sync()?;
        self.record_sync()
    }

    pub(crate) fn record_sync(&mut self) -> Result<(), LedgerError> {
        if let Some(up_to) = self.ledger.synced_to_record() {
            self.write(&[synced(up_to)], Purpose::Release)?;
        }
        Ok(())
    }

    /// Signs a checkpoint and records it.
    pub(crate) fn sign_checkpoint(&mut self) -> Result<Seq, LedgerError> {
        let checkpoint = self.ledger.checkpoint();
        let Ok(signature) = checkpoint.sign(&identity().vendor_root, &daemon_key());
        self.append(&[record(Event::CheckpointSigned {
            size: checkpoint.size,
            root: checkpoint.root,
            signature: signature.to_vec(),
        })])
    }

    /// Opens the ledger anew after a failure; only what is replayed counts.
    pub(crate) fn reopen(&mut self) -> Result<(), LedgerError> {
        let mut records = Vec::new();
        self.ledger.reopen(&mut |_, record| records.push(record))?;
        self.records = records;
        self.settle()
    }
}

pub(crate) fn place(index: usize) -> Seq {
    Seq(u64::try_from(index).unwrap())
}
