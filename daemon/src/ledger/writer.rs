//! Appends batches of records: one write each, and nothing of a batch counts unless all of it was
//! written. Space is taken before it is needed, and a reserve is kept beyond it for releases, so
//! that a full disk stops grants but never a release.

use std::sync::Arc;

use octroi_engine::{Event, Record};
use octroi_licence::{Checkpoint, merkle::leaf_hash};

use super::{
    ChainHash, Damage, Disk, LedgerError, LedgerIdentity, Seq, active::Active, codec, frame,
    segment::Header, tree::GrowingTree, wide,
};

/// Room that [`Ledger::room`] asks for, in bytes: more than any one decision fills.
const ROOM_BYTES: u64 = 1 << 18;

/// Sizes; tests make them small.
#[derive(Debug, Clone, Copy)]
pub struct LedgerOptions {
    /// A segment of this many bytes gets no more batches.
    pub segment_bytes_max: u64,
    /// Disk space kept for releases, in bytes.
    pub reserve_bytes: u64,
}

impl Default for LedgerOptions {
    /// Segments of 64 MiB, a reserve of 1 MiB.
    fn default() -> Self {
        Self {
            segment_bytes_max: 64 << 20,
            reserve_bytes: 1 << 20,
        }
    }
}

/// What a batch is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Anything that may be refused when the disk is full.
    Ordinary,
    /// Gives something back, or records what has happened already: may use the reserve.
    Release,
}

/// A tail that was lost, and must be recorded by the first batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostTail {
    /// The first record that was lost.
    pub from: Seq,
    /// Bytes that are cut.
    pub bytes: u64,
    /// How its first record is damaged.
    pub what: Damage,
}

/// What the first batch must record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    None,
    /// The folder is empty: `LedgerOpened` must come first.
    Begin,
    /// Damaged bytes stand behind the last record: `TailLost` must be written over them. They are
    /// cut only then, so that a crash in between forgets nothing.
    RecordLoss(LostTail),
}

/// An open ledger. It belongs to one owner; its folder must be locked (see `lock_folder`).
#[derive(Debug)]
pub struct Ledger {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) identity: LedgerIdentity,
    pub(super) options: LedgerOptions,
    pub(super) duty: Duty,
    /// `None` until the ledger begins.
    pub(super) active: Option<Active>,
    pub(super) last: Seq,
    pub(super) head: ChainHash,
    pub(super) tree: GrowingTree,
    /// On the disk up to here.
    pub(super) synced: Seq,
    /// The last record that is not `Synced`, which by itself needs no syncing.
    pub(super) last_settling: Seq,
    /// The highest that a `Synced` record states.
    pub(super) synced_recorded: Seq,
    pub(super) needs_reopen: bool,
    /// How often the ledger was opened anew: a sync begun before then says nothing.
    pub(super) generation: u64,
}

/// A batch, ready to be written.
struct Batch {
    bytes: Vec<u8>,
    leaves: Vec<[u8; 32]>,
    head: ChainHash,
    last: Seq,
    last_settling: Seq,
    synced_recorded: Seq,
}

impl Ledger {
    /// Appends the records with one write, after which they survive a killed process (not yet a
    /// lost page cache: see [`Ledger::sync`]). Gives the last one's place.
    ///
    /// # Errors
    /// `Full`: nothing was written, the ledger can go on; whoever has applied the records must
    /// rebuild its state. `WriteFailed`, `SyncFailed`, `NeedsReopen`: nothing of the batch counts,
    /// call [`Ledger::reopen`]. `Misstated`, `Unencodable`: the batch is at fault, nothing was
    /// written.
    pub fn append(&mut self, records: &[Record], purpose: Purpose) -> Result<Seq, LedgerError> {
        if records.is_empty() {
            return Ok(self.last);
        }
        if self.needs_reopen {
            return Err(LedgerError::NeedsReopen);
        }
        self.check(records)?;
        let batch = self.encode(records)?;
        if self.duty == Duty::Begin {
            let begun = self.begin(&batch.bytes);
            self.needs_reopen = matches!(&begun, Err(error) if error.needs_reopen());
            self.active = Some(begun?);
            self.synced = batch.last;
        } else {
            if self.duty == Duty::None {
                // A damaged end is overwritten where it stands: in an earlier segment it would be
                // taken for tampering.
                self.roll_if_full()?;
            }
            self.allocate(wide(batch.bytes.len()), purpose)?;
            self.write(&batch.bytes)?;
        }
        self.duty = Duty::None;
        for leaf in batch.leaves {
            self.tree.append(leaf);
        }
        self.head = batch.head;
        self.last = batch.last;
        self.last_settling = batch.last_settling;
        self.synced_recorded = batch.synced_recorded;
        Ok(self.last)
    }

    /// Says whether a batch for this purpose would find room, and takes the room. Asked before
    /// deciding, it saves rebuilding a state whose records could not be written.
    ///
    /// # Errors
    /// `Full`, `NeedsReopen`.
    pub fn room(&mut self, purpose: Purpose) -> Result<(), LedgerError> {
        if self.needs_reopen {
            return Err(LedgerError::NeedsReopen);
        }
        self.allocate(ROOM_BYTES, purpose)
    }

    /// Records in the ledger.
    pub fn records(&self) -> Seq {
        self.last
    }

    /// The hash that stands for all of them.
    pub fn head(&self) -> ChainHash {
        self.head
    }

    /// Whose ledger it is.
    pub fn identity(&self) -> &LedgerIdentity {
        &self.identity
    }

    /// The checkpoint of all records so far, to be signed and recorded as `CheckpointSigned`.
    pub fn checkpoint(&self) -> Checkpoint {
        self.tree.checkpoint()
    }

    /// Nothing was ever written: the first batch must begin with `LedgerOpened`.
    pub fn is_new(&self) -> bool {
        self.duty == Duty::Begin
    }

    /// The tail that was found lost and is not yet recorded: the first batch must hold `TailLost`
    /// with these values.
    pub fn lost_tail(&self) -> Option<LostTail> {
        if let Duty::RecordLoss(lost) = self.duty {
            Some(lost)
        } else {
            None
        }
    }

    /// Refuses what states something about the ledger that is not so: whatever stands in it later
    /// recovery will believe.
    fn check(&self, records: &[Record]) -> Result<(), LedgerError> {
        let misstated = |what| Err(LedgerError::Misstated { what });
        let mut loss_recorded = false;
        for (index, record) in records.iter().enumerate() {
            let begins = index == 0 && self.duty == Duty::Begin;
            if let Event::LedgerOpened {
                vendor_root,
                daemon_key,
            } = &record.event
            {
                let own = *vendor_root == self.identity.vendor_root
                    && daemon_key == self.identity.daemon_key.as_bytes();
                if !begins || !own {
                    return misstated("the ledger did not begin so");
                }
            } else if begins {
                return misstated("a ledger begins with the record that opens it");
            }
            if matches!(record.event, Event::Synced { up_to } if up_to > self.synced.0) {
                return misstated("not everything up to there was synced");
            }
            if let Event::TailLost { from, bytes } = &record.event {
                let lost = self.lost_tail();
                if lost.is_none_or(|lost| lost.from.0 != *from || lost.bytes != *bytes) {
                    return misstated("no such tail was lost");
                }
                loss_recorded = true;
            }
            if let Event::CheckpointSigned {
                size,
                root,
                signature,
            } = &record.event
            {
                let LedgerIdentity {
                    vendor_root,
                    daemon_key,
                } = &self.identity;
                let checkpoint = Checkpoint {
                    size: *size,
                    root: *root,
                };
                if self.tree.root_at(*size) != Some(*root)
                    || !checkpoint.verifies(vendor_root, daemon_key, signature)
                {
                    return misstated("this is no signed checkpoint of the ledger");
                }
            }
        }
        if self.lost_tail().is_some() && !loss_recorded {
            return misstated("the lost tail must be recorded first");
        }
        Ok(())
    }

    fn encode(&self, records: &[Record]) -> Result<Batch, LedgerError> {
        let mut batch = Batch {
            bytes: Vec::with_capacity(records.len() * 256),
            leaves: Vec::with_capacity(records.len()),
            head: self.head,
            last: self.last,
            last_settling: self.last_settling,
            synced_recorded: self.synced_recorded,
        };
        let mut body = Vec::new();
        for record in records {
            codec::encode_into(record, &mut body)
                .map_err(|source| LedgerError::Unencodable { source })?;
            batch.head = frame::push(&mut batch.bytes, &batch.head, &body);
            batch.leaves.push(leaf_hash(&body));
            batch.last = batch.last.next();
            if let Event::Synced { up_to } = record.event {
                batch.synced_recorded = batch.synced_recorded.max(Seq(up_to));
            } else {
                batch.last_settling = batch.last;
            }
        }
        Ok(batch)
    }

    /// Makes the first segment, with the records that begin the ledger on the disk before the file
    /// bears its name.
    fn begin(&self, records: &[u8]) -> Result<Active, LedgerError> {
        let header = Header {
            identity: self.identity,
            first: Seq(1),
            before: ChainHash::START,
        };
        let content = [&header.encode(), records].concat();
        Active::create(&*self.disk, Seq(1), &content, self.options.reserve_bytes)
    }

    /// Begins a segment where the present one is full. What stands in that one is synced first: the
    /// new header vouches for it.
    fn roll_if_full(&mut self) -> Result<(), LedgerError> {
        let Some(active) = &self.active else {
            return Ok(());
        };
        let first = self.last.next();
        if active.end < self.options.segment_bytes_max || active.first == first {
            return Ok(());
        }
        if let Err(source) = active.file.sync() {
            self.needs_reopen = true;
            let segment = active.name();
            return Err(LedgerError::SyncFailed { segment, source });
        }
        self.synced = self.last;
        let header = Header {
            identity: self.identity,
            first,
            before: self.head,
        };
        let reserve = self.options.reserve_bytes;
        match Active::create(&*self.disk, first, &header.encode(), reserve) {
            Ok(fresh) => {
                // Gives unused space back; where that fails nothing but the space is lost.
                drop(active.file.cut(active.end));
                self.active = Some(fresh);
                Ok(())
            }
            // The present segment goes on as long as it finds room, and then takes releases.
            Err(LedgerError::Full { .. }) => Ok(()),
            Err(error) => {
                self.needs_reopen = true;
                Err(error)
            }
        }
    }

    /// Takes disk space for `bytes` more, and for the reserve behind them unless it may be used.
    fn allocate(&mut self, bytes: u64, purpose: Purpose) -> Result<(), LedgerError> {
        let Some(active) = &mut self.active else {
            return Ok(());
        };
        if active.allocate(bytes, self.options.reserve_bytes) || purpose == Purpose::Release {
            Ok(())
        } else {
            Err(LedgerError::Full { bytes })
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), LedgerError> {
        let Some(active) = &mut self.active else {
            return Err(LedgerError::NeedsReopen);
        };
        let written = if self.duty == Duty::None {
            active.append(bytes)
        } else {
            active.overwrite(bytes)
        };
        written.map_err(|source| {
            self.needs_reopen = true;
            let segment = active.name();
            LedgerError::WriteFailed { segment, source }
        })
    }
}
