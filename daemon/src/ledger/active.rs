//! The segment that is written to. Disk space is taken ahead of the bytes that need it, with a
//! reserve behind them, so that a full disk is known before anything is written.

use std::{io, sync::Arc};

use super::{
    Disk, LedgerError, LedgerFile, Seq,
    segment::{self, UNFINISHED_NAME},
    wide,
};

/// Space taken at a time, in bytes.
const ALLOCATION_BYTES: u64 = 1 << 20;

/// Disk space that the file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Allocated {
    UpTo(u64),
    /// The file system cannot take space ahead: there is no reserve.
    Unsupported,
}

#[derive(Debug)]
pub(super) struct Active {
    pub(super) first: Seq,
    pub(super) file: Arc<dyn LedgerFile>,
    /// Where the next record goes.
    pub(super) end: u64,
    allocated: Allocated,
}

impl Active {
    /// A segment that is there, read up to `end`.
    pub(super) fn opened(first: Seq, file: Arc<dyn LedgerFile>, end: u64) -> Self {
        let allocated = Allocated::UpTo(end);
        Self {
            first,
            file,
            end,
            allocated,
        }
    }

    /// Makes a segment whose first content is on the disk before the file bears its name.
    pub(super) fn create(
        disk: &dyn Disk,
        first: Seq,
        content: &[u8],
        reserve: u64,
    ) -> Result<Self, LedgerError> {
        let name = segment::name(first);
        let failed = |source| {
            if is_no_room(&source) {
                let bytes = wide(content.len()) + reserve;
                return LedgerError::Full { bytes };
            }
            let segment = name.clone();
            LedgerError::WriteFailed { segment, source }
        };
        let file = disk.create(UNFINISHED_NAME).map_err(failed)?;
        let end = wide(content.len());
        let allocated = match file.allocate(0, end + reserve) {
            Ok(()) => Allocated::UpTo(end + reserve),
            Err(error) if is_no_room(&error) => return Err(failed(error)),
            Err(_) => Allocated::Unsupported,
        };
        write_whole(&*file, 0, content).map_err(failed)?;
        file.sync().map_err(failed)?;
        disk.rename(UNFINISHED_NAME, &name).map_err(failed)?;
        disk.sync_names().map_err(failed)?;
        Ok(Self {
            first,
            file,
            end,
            allocated,
        })
    }

    /// The segment's file name.
    pub(super) fn name(&self) -> String {
        segment::name(self.first)
    }

    /// Takes disk space for `bytes` more and for the reserve behind them; says whether there is any.
    pub(super) fn allocate(&mut self, bytes: u64, reserve: u64) -> bool {
        let Allocated::UpTo(allocated) = self.allocated else {
            return true;
        };
        let wanted = self.end + bytes + reserve;
        if allocated >= wanted {
            return true;
        }
        for goal in [wanted + ALLOCATION_BYTES, wanted] {
            let Err(error) = self.file.allocate(self.end, goal - self.end) else {
                self.allocated = Allocated::UpTo(goal);
                return true;
            };
            if !is_no_room(&error) {
                self.allocated = Allocated::Unsupported;
                return true;
            }
        }
        false
    }

    /// Appends the bytes with one write; of bytes that were not all written nothing stays.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = write_whole(&*self.file, self.end, bytes) {
            // Where even this fails, the next opening finds a torn tail and cuts it.
            drop(self.file.cut(self.end));
            return Err(error);
        }
        self.end += wide(bytes.len());
        Ok(())
    }

    /// Writes the bytes over a damaged end and cuts what is left of that. It is cut only then: a
    /// crash before leaves the damage to be found again.
    pub(super) fn overwrite(&mut self, bytes: &[u8]) -> io::Result<()> {
        let end = self.end + wide(bytes.len());
        write_whole(&*self.file, self.end, bytes)?;
        self.file.cut(end)?;
        (self.end, self.allocated) = (end, Allocated::UpTo(end));
        Ok(())
    }
}

/// Says whether the disk, the quota or the file is as full as it may be.
fn is_no_room(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// One write; anything less than all of it is a failure.
fn write_whole(file: &dyn LedgerFile, offset: u64, bytes: &[u8]) -> io::Result<()> {
    if file.write_at(offset, bytes)? == bytes.len() {
        Ok(())
    } else {
        Err(io::ErrorKind::StorageFull.into())
    }
}
