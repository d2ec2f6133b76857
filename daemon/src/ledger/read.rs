//! Reading a ledger from its folder, record by record, beside the daemon that writes it.

use octroi_engine::Record;

use super::{
    Access, Disk, LedgerError, Seq,
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
