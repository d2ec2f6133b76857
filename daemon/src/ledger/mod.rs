//! The ledger: one realm's records in an append-only file, chained by hash, with a Merkle root over
//! all of them. `FORMAT.md` beside this file publishes every byte of it, and `tests/auditor.py`
//! reads it without any of this code.
//!
//! What was appended survives a killed process; what was synced survives a lost page cache. Nothing
//! here decides, and nothing here makes a record: records come from the engine and go in as they
//! are. What the ledger needs recorded about itself (it began, it was synced, its tail was lost) it
//! asks of its owner and checks. No clock is read here, and names never come here: records hold
//! pseudonyms only.
//!
//! A [`Ledger`] belongs to one owner and blocks; a [`SyncJob`] may run on another thread.

pub mod codec;
pub mod layout;

mod active;
mod ahead;
mod disk;
mod error;
mod excerpts;
mod export;
mod facts;
mod frame;
mod lock;
mod open;
mod read;
mod reader;
mod resync;
mod segment;
mod sync;
mod tree;
mod verify;
mod walk;
mod writer;

use std::fmt;

use octroi_licence::{KeyId, PublicKey};

pub use disk::{Access, Disk, FolderDisk, LedgerFile};
pub use error::{Damage, LedgerError};
pub(crate) use excerpts::{Excerpts, excerpts};
pub use export::{excerpt, export};
pub use frame::ChainHash;
pub use lock::{FolderLock, LockError, lock_folder};
pub(crate) use read::{read, read_described};
pub use sync::{SyncDone, SyncJob};
pub use verify::{Report, Tail, verify};
pub use writer::{Ledger, LedgerOptions, LostTail, Purpose};

/// A record's place in its ledger, counted from 1. 0 is before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(pub u64);

impl Seq {
    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Whose ledger it is: stated in every segment's header and in the first record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerIdentity {
    /// Fingerprint of the vendor's root: the realm.
    pub vendor_root: KeyId,
    /// The key under which the daemon signs the ledger's checkpoints.
    pub daemon_key: PublicKey,
}

/// A length as the files count it.
fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
