//! Opening a ledger: replay, and recovery of what a crash left. Nothing is cut here: a lost tail is
//! cut by the batch that records it.

use std::{io, sync::Arc};

use octroi_engine::Record;

use super::{
    Access, ChainHash, Disk, Ledger, LedgerError, LedgerIdentity, LedgerOptions, LostTail, Seq,
    active::Active,
    segment,
    tree::GrowingTree,
    walk::{LastSegment, Rigour, Walk, walk},
    writer::Duty,
};

const COPY_BYTES: usize = 1 << 16;

impl Ledger {
    /// Opens the ledger and gives every record to `replay`, in order. An empty folder gives a new
    /// ledger, of which nothing is written before its first batch.
    ///
    /// Afterwards look at [`Ledger::is_new`], [`Ledger::lost_tail`] and
    /// [`Ledger::synced_to_record`]: what they name must be recorded.
    ///
    /// # Errors
    /// `Tampered`, `UnknownKind`, `UnknownVersion`, `UnknownFormat`, `Undecodable`, `Foreign`: the
    /// ledger is refused, and nothing was changed. `Io`, `SyncFailed`: the disk is at fault.
    pub fn open(
        disk: Arc<dyn Disk>,
        identity: LedgerIdentity,
        options: LedgerOptions,
        replay: &mut dyn FnMut(Seq, Record),
    ) -> Result<Self, LedgerError> {
        let found = walk(&*disk, Access::Write, Rigour::Replay, &mut |visit| {
            replay(visit.seq, visit.record);
            Ok(())
        })?;
        let Some(found) = found else {
            return Ok(Self::empty(disk, identity, options));
        };
        if found.facts.identity != identity {
            return Err(LedgerError::Foreign {
                vendor_root: found.facts.identity.vendor_root,
                daemon_key: Box::new(found.facts.identity.daemon_key),
            });
        }
        settle(&found.last_segment)?;
        let mut ledger = Self::of(disk, options, found);
        // A missing reserve shows when room is asked for.
        drop(ledger.room(super::Purpose::Ordinary));
        Ok(ledger)
    }

    /// Opens the ledger anew after a failure, replaying it as [`Ledger::open`] does. Of the state
    /// that was built from records since then only what is replayed counts.
    ///
    /// # Errors
    /// As [`Ledger::open`]; the ledger then still needs to be reopened.
    pub fn reopen(&mut self, replay: &mut dyn FnMut(Seq, Record)) -> Result<(), LedgerError> {
        self.needs_reopen = true;
        let generation = self.generation + 1;
        *self = Self::open(Arc::clone(&self.disk), self.identity, self.options, replay)?;
        self.generation = generation;
        Ok(())
    }

    fn empty(disk: Arc<dyn Disk>, identity: LedgerIdentity, options: LedgerOptions) -> Self {
        Self {
            disk,
            identity,
            options,
            duty: Duty::Begin,
            active: None,
            last: Seq(0),
            head: ChainHash::START,
            tree: GrowingTree::default(),
            synced: Seq(0),
            last_settling: Seq(0),
            synced_recorded: Seq(0),
            needs_reopen: false,
            generation: 0,
        }
    }

    fn of(disk: Arc<dyn Disk>, options: LedgerOptions, found: Walk) -> Self {
        let LastSegment {
            first, file, end, ..
        } = found.last_segment;
        let lost = found.tail.map(|tail| LostTail {
            from: tail.from,
            bytes: tail.bytes,
            what: tail.what,
        });
        Self {
            disk,
            identity: found.facts.identity,
            options,
            duty: lost.map_or(Duty::None, Duty::RecordLoss),
            active: Some(Active::opened(first, file, end)),
            last: found.last,
            head: found.head,
            tree: found.facts.tree,
            synced: found.last,
            last_settling: found.facts.last_settling,
            synced_recorded: found.facts.synced,
            needs_reopen: false,
            generation: 0,
        }
    }
}

/// Brings to the disk whatever nothing says was synced. It is written once more, unchanged: where
/// an earlier sync failed, the system may hold it in memory as if it were on the disk, and a sync
/// alone would succeed without writing it.
fn settle(last: &LastSegment) -> Result<(), LedgerError> {
    let segment = || segment::name(last.first);
    rewrite(last).map_err(|source| LedgerError::WriteFailed {
        segment: segment(),
        source,
    })?;
    last.file.sync().map_err(|source| LedgerError::SyncFailed {
        segment: segment(),
        source,
    })
}

fn rewrite(last: &LastSegment) -> io::Result<()> {
    let mut buffer = vec![0; COPY_BYTES];
    let mut at = last.unsynced;
    while at < last.end {
        let rest = usize::try_from(last.end - at).unwrap_or(COPY_BYTES);
        let part = buffer.get_mut(..rest.min(COPY_BYTES)).unwrap_or_default();
        let read = last.file.read_at(at, part)?;
        let part = part.get(..read).unwrap_or_default();
        if read == 0 || last.file.write_at(at, part)? != read {
            return Err(io::ErrorKind::WriteZero.into());
        }
        at += super::wide(read);
    }
    Ok(())
}
