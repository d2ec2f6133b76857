//! Verifying a ledger without a daemon and without changing it.

use octroi_licence::Checkpoint;

use super::{
    Access, ChainHash, Damage, Disk, LedgerError, LedgerIdentity, Seq, segment,
    walk::{Rigour, walk},
};

/// What a verified ledger holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whose it says it is: compare with the vendor's fingerprint and the daemon's key.
    pub identity: LedgerIdentity,
    /// Segments read.
    pub segments: u64,
    /// Readable records.
    pub records: Seq,
    /// Up to here a record or a later segment says that it was on the disk.
    pub synced: Seq,
    /// The hash that stands for all records.
    pub head: ChainHash,
    /// All records' number and Merkle root.
    pub checkpoint: Checkpoint,
    /// Signed checkpoints among them, every one verified.
    pub checkpoints: u64,
    /// What follows the last readable record.
    pub tail: Tail,
}

/// What follows the last readable record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tail {
    /// Nothing.
    Clean,
    /// A record that is not whole, and that nothing says was on the disk: being written just now by
    /// a running daemon, or lost in a crash; the daemon cuts it and records that.
    Damaged {
        /// The segment's file name.
        segment: String,
        /// The first record that is not whole.
        from: Seq,
        /// Bytes from there to the end.
        bytes: u64,
        /// What is wrong with it.
        what: Damage,
    },
}

/// Verifies the ledger in a folder: headers, checksums, chain, the one form of every record, and
/// every signed checkpoint.
///
/// # Errors
/// Those of reading: `Tampered` first of all; `NoLedger` where there is none.
pub fn verify(disk: &dyn Disk) -> Result<Report, LedgerError> {
    let found = walk(disk, Access::Read, Rigour::Full, &mut |_| Ok(()))?;
    let found = found.ok_or(LedgerError::NoLedger)?;
    let tail = found.tail.map_or(Tail::Clean, |tail| Tail::Damaged {
        segment: segment::name(found.last_segment.first),
        from: tail.from,
        bytes: tail.bytes,
        what: tail.what,
    });
    Ok(Report {
        identity: found.facts.identity,
        segments: found.segments,
        records: found.last,
        synced: found.facts.synced,
        head: found.head,
        checkpoint: found.facts.tree.checkpoint(),
        checkpoints: found.facts.checkpoints,
        tail,
    })
}
