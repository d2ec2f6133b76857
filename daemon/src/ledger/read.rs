//! Reading a ledger from its folder, record by record, beside the daemon that writes it.

use octroi_engine::Record;
use serde_json::Value;

use super::{
    Access, Disk, LedgerError, Seq, export,
    walk::{Rigour, walk},
};

/// Shows every readable record in order, with its RFC 6962 leaf hash, checked as at a daemon's
/// start. What is being written just now, or was lost at the end, is not shown.
///
/// # Errors
/// Those of reading: `Tampered` first of all; `NoLedger` where there is none.
pub(crate) fn read(
    disk: &dyn Disk,
    show: &mut dyn FnMut(Seq, [u8; 32], &Record),
) -> Result<(), LedgerError> {
    let found = walk(disk, Access::Read, Rigour::Replay, &mut |visit| {
        show(visit.seq, visit.leaf, &visit.record);
        Ok(())
    })?;
    found.map(drop).ok_or(LedgerError::NoLedger)
}

/// Takes a record, and what describes it.
pub(crate) type Described<'a> = dyn FnMut(Seq, &Record, &dyn Fn() -> Value) + 'a;

/// The same records as [`read`] shows, with what describes each as an export does.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_described(disk: &dyn Disk, show: &mut Described<'_>) -> Result<(), LedgerError> {
    let found = walk(disk, Access::Read, Rigour::Replay, &mut |visit| {
        show(visit.seq, &visit.record, &|| export::readable(&visit));
        Ok(())
    })?;
    found.map(drop).ok_or(LedgerError::NoLedger)
}
