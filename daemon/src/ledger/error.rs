//! What can be wrong with a ledger, told so that whoever reads it knows whether the file, the disk
//! or the version is at fault.

use std::io;

use octroi_licence::{KeyId, PublicKey};

use super::{Seq, codec::CodecError};

/// How the bytes of a ledger contradict its format or themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The file ends within a record.
    #[error("the record is cut short")]
    CutShort,
    /// The marker that precedes every record is not there.
    #[error("no record begins here")]
    NoMarker,
    /// A length that no record can have.
    #[error("a record cannot have {found} bytes")]
    Length {
        /// Bytes stated.
        found: u32,
    },
    /// The body's bytes are not those that were written.
    #[error("the record's checksum does not fit its bytes")]
    Checksum,
    /// The record is not the one that followed here when the ledger was written.
    #[error("the record does not continue the chain of hashes")]
    Chain,
    /// A segment's header is cut short or its checksum does not fit.
    #[error("the segment's header is damaged")]
    Header,
    /// A segment's header names another realm, key, place or chain than the segments before it.
    #[error("the segment's header does not continue the segment before it")]
    HeaderElsewhere,
    /// A segment is not there.
    #[error("the segment is missing")]
    SegmentMissing,
    /// The first record does not open the ledger that the header names.
    #[error("the ledger does not begin with the record that opens it")]
    NotOpened,
    /// A record says that records were synced which come after it.
    #[error("the record says that later records were synced")]
    SyncedAhead,
    /// A signed checkpoint names a root that its records do not have, or records after it.
    #[error("the records before it do not have the root that the signed checkpoint states")]
    CheckpointRoot,
    /// A checkpoint's signature is not the daemon's.
    #[error("the checkpoint is not signed by the daemon's key")]
    CheckpointSignature,
}

/// Why a ledger could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Altered, or damaged in a place that was safely on the disk. Nothing was changed or cut.
    #[error("the ledger was altered at record {seq} (byte {offset} of {segment}): {what}")]
    Tampered {
        /// The segment's file name.
        segment: String,
        /// Where in it.
        offset: u64,
        /// The first record that cannot be trusted.
        seq: Seq,
        /// What contradicts.
        what: Damage,
    },
    /// A record of a kind that a later version added. Nothing was changed or cut.
    #[error(
        "record {seq} (byte {offset} of {segment}) is of kind {kind}, which this version does not know"
    )]
    UnknownKind {
        /// The kind.
        kind: u16,
        /// The record.
        seq: Seq,
        /// The segment's file name.
        segment: String,
        /// Where in it.
        offset: u64,
    },
    /// A record in a layout of a later version. Nothing was changed or cut.
    #[error(
        "record {seq} (byte {offset} of {segment}) has layout version {version}, which this version does not know"
    )]
    UnknownVersion {
        /// The layout's version.
        version: u8,
        /// The record.
        seq: Seq,
        /// The segment's file name.
        segment: String,
        /// Where in it.
        offset: u64,
    },
    /// A segment in a format of a later version. Nothing was changed or cut.
    #[error("{segment} has format version {version}, which this version does not know")]
    UnknownFormat {
        /// The format's version.
        version: u32,
        /// The segment's file name.
        segment: String,
    },
    /// An unbroken record whose content this version cannot read. Nothing was changed or cut.
    #[error("record {seq} (byte {offset} of {segment}) cannot be read")]
    Undecodable {
        /// The record.
        seq: Seq,
        /// The segment's file name.
        segment: String,
        /// Where in it.
        offset: u64,
        /// What is wrong with it.
        #[source]
        source: CodecError,
    },
    /// Another realm's or another daemon's ledger.
    #[error(
        "the ledger belongs to vendor root {vendor_root} and daemon key {daemon_key}, not to this realm"
    )]
    Foreign {
        /// The realm in the header.
        vendor_root: KeyId,
        /// The daemon's key in the header.
        daemon_key: Box<PublicKey>,
    },
    /// There is no ledger in the folder.
    #[error("there is no ledger here")]
    NoLedger,
    /// No such record, or none that a signed checkpoint covers.
    #[error("record {seq} is not covered by a signed checkpoint")]
    NotCovered {
        /// The record asked for.
        seq: Seq,
    },
    /// The operating system failed on a file of the ledger.
    #[error("cannot {action} {subject}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        subject: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// No room but the reserve for releases. Nothing was written; the ledger stays usable.
    #[error("no room left on the disk for {bytes} more bytes of the ledger")]
    Full {
        /// Bytes that found no room.
        bytes: u64,
    },
    /// A write failed. Nothing of the batch counts; open the ledger again.
    #[error("cannot write to {segment}")]
    WriteFailed {
        /// The segment's file name.
        segment: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Syncing failed: nobody knows what reached the disk. Open the ledger again.
    #[error("cannot sync {segment} to the disk")]
    SyncFailed {
        /// The segment's file name.
        segment: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// An earlier write or sync failed and the ledger was not opened again since.
    #[error("the ledger must be opened again after an earlier failure")]
    NeedsReopen,
    /// A record that states something about the ledger which is not so. Nothing was written.
    #[error("a record to be written misstates the ledger: {what}")]
    Misstated {
        /// What is not so.
        what: &'static str,
    },
    /// A record that cannot be written. Nothing of the batch was.
    #[error("a record cannot be written")]
    Unencodable {
        /// Why not.
        #[source]
        source: CodecError,
    },
}

impl LedgerError {
    /// The error's stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Tampered { .. } => "LEDGER_TAMPERED",
            Self::UnknownKind { .. } | Self::UnknownVersion { .. } | Self::UnknownFormat { .. } => {
                "LEDGER_TOO_NEW"
            }
            Self::Undecodable { .. } | Self::Io { .. } => "LEDGER_UNREADABLE",
            Self::Foreign { .. } => "LEDGER_FOREIGN",
            Self::NoLedger => "LEDGER_ABSENT",
            Self::NotCovered { .. } => "LEDGER_NOT_COVERED",
            Self::Full { .. }
            | Self::WriteFailed { .. }
            | Self::SyncFailed { .. }
            | Self::NeedsReopen
            | Self::Misstated { .. }
            | Self::Unencodable { .. } => "LEDGER_UNWRITABLE",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Tampered { .. } => {
                "nothing was changed; keep the folder as it is and compare it with a back-up"
            }
            Self::UnknownKind { .. } | Self::UnknownVersion { .. } | Self::UnknownFormat { .. } => {
                "the ledger was written by a later version; run that version or a later one"
            }
            Self::Undecodable { .. } => {
                "the ledger may have been written by a later version; nothing was changed"
            }
            Self::Foreign { .. } => "check which realm's folder this is",
            Self::NoLedger => "check the folder's name",
            Self::NotCovered { .. } => "sign a checkpoint first",
            Self::Io { .. } => "check the folder's owner, its permissions and the disk",
            Self::Full { .. } => "make room on the disk; releases are still recorded",
            Self::WriteFailed { .. } | Self::SyncFailed { .. } | Self::NeedsReopen => {
                "check the disk; the ledger is opened again at the next attempt"
            }
            Self::Misstated { .. } | Self::Unencodable { .. } => "report this as a defect",
        }
    }

    /// Says whether the ledger must be opened again before anything can be appended.
    pub const fn needs_reopen(&self) -> bool {
        matches!(
            self,
            Self::WriteFailed { .. } | Self::SyncFailed { .. } | Self::NeedsReopen
        )
    }
}
