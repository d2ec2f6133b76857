//! Bringing records to the disk. Syncing takes as long as the disk takes, so it may run on another
//! thread while the owner goes on appending. Each sync is then recorded by its owner as `Synced`.

use std::{io, sync::Arc};

use super::{Ledger, LedgerError, LedgerFile, Seq, segment};

/// A sync to be done: everything up to a record. It may run on any thread.
#[derive(Debug)]
#[must_use = "nothing is synced until it is run"]
pub struct SyncJob {
    file: Arc<dyn LedgerFile>,
    segment: Seq,
    up_to: Seq,
    generation: u64,
}

/// A sync that was tried, to be brought back to [`Ledger::finish_sync`].
#[derive(Debug)]
#[must_use = "the ledger must hear of it, above all if it failed"]
pub struct SyncDone {
    segment: Seq,
    up_to: Seq,
    generation: u64,
    result: io::Result<()>,
}

impl SyncJob {
    /// Syncs; blocks for as long as the disk takes.
    pub fn run(self) -> SyncDone {
        SyncDone {
            result: self.file.sync(),
            segment: self.segment,
            up_to: self.up_to,
            generation: self.generation,
        }
    }
}

impl Ledger {
    /// Says whether records other than `Synced` were appended since the last sync.
    pub fn needs_sync(&self) -> bool {
        self.last_settling > self.synced
    }

    /// On the disk up to here.
    pub fn synced(&self) -> Seq {
        self.synced
    }

    /// What the next `Synced` record must state; `None` where that would be nothing new.
    pub fn synced_to_record(&self) -> Option<Seq> {
        (self.synced > self.synced_recorded && self.last_settling > self.synced_recorded)
            .then_some(self.synced)
    }

    /// Begins a sync of everything appended so far; `None` where nothing needs it.
    pub fn begin_sync(&self) -> Option<SyncJob> {
        let active = self.active.as_ref()?;
        (self.needs_sync() && !self.needs_reopen).then(|| SyncJob {
            file: Arc::clone(&active.file),
            segment: active.first,
            up_to: self.last,
            generation: self.generation,
        })
    }

    /// Takes note of a sync, and says what is to be recorded as `Synced`, if anything.
    ///
    /// # Errors
    /// `SyncFailed`: a failed sync is never tried again on the same file, because a second one can
    /// succeed without anything having reached the disk. Call [`Ledger::reopen`], which writes the
    /// records in doubt once more.
    pub fn finish_sync(&mut self, done: SyncDone) -> Result<Option<Seq>, LedgerError> {
        if done.generation != self.generation {
            return Ok(None);
        }
        if let Err(source) = done.result {
            self.needs_reopen = true;
            let segment = segment::name(done.segment);
            return Err(LedgerError::SyncFailed { segment, source });
        }
        self.synced = self.synced.max(done.up_to);
        Ok(self.synced_to_record())
    }

    /// Syncs everything here and now, and says what is to be recorded as `Synced`, if anything.
    ///
    /// # Errors
    /// As [`Ledger::finish_sync`], and `NeedsReopen`.
    pub fn sync(&mut self) -> Result<Option<Seq>, LedgerError> {
        if self.needs_reopen {
            return Err(LedgerError::NeedsReopen);
        }
        match self.begin_sync() {
            Some(job) => self.finish_sync(job.run()),
            None => Ok(self.synced_to_record()),
        }
    }
}
