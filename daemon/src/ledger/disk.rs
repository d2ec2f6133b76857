//! What the ledger needs of a folder, as a trait, so that tests can put a faulty disk under it; and
//! the real folder.

use std::{
    fmt,
    fs::{DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::fs::{FallocateFlags, fallocate};

/// For what a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing is ever changed.
    Read,
    /// Read, appended to, cut.
    Write,
}

/// A folder of segments.
pub trait Disk: Send + Sync + fmt::Debug {
    /// The names of the files in it, in any order; none where there is no folder.
    fn names(&self) -> io::Result<Vec<String>>;
    /// Opens a file that is there.
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn LedgerFile>>;
    /// Makes an empty file, in place of one that may be there, and the folder if need be.
    fn create(&self, name: &str) -> io::Result<Arc<dyn LedgerFile>>;
    /// Gives a file another name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Brings the names to the disk.
    fn sync_names(&self) -> io::Result<()>;
    /// Where it is, for messages.
    fn place(&self) -> String;
}

/// An open file. Every method stands for one system call.
pub trait LedgerFile: Send + Sync + fmt::Debug {
    /// Its length in bytes.
    fn length(&self) -> io::Result<u64>;
    /// Reads up to `buffer.len()` bytes from `offset`; 0 at the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
    /// Writes from `offset`; may write less than was given.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize>;
    /// Cuts it to `length` bytes.
    fn cut(&self, length: u64) -> io::Result<()>;
    /// Brings content and length to the disk.
    fn sync(&self) -> io::Result<()>;
    /// Takes disk space for `length` bytes from `offset` on without changing the file's length.
    fn allocate(&self, offset: u64, length: u64) -> io::Result<()>;
}

/// A folder of the file system. Files and folder are open to their owner alone.
#[derive(Debug, Clone)]
pub struct FolderDisk {
    folder: PathBuf,
}

impl FolderDisk {
    /// The ledger's folder; it need not be there yet.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    fn file(&self, options: &OpenOptions, name: &str) -> io::Result<Arc<dyn LedgerFile>> {
        Ok(Arc::new(RealFile(options.open(self.folder.join(name))?)))
    }
}

impl Disk for FolderDisk {
    fn names(&self) -> io::Result<Vec<String>> {
        let entries = match self.folder.read_dir() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        // A name that is no text is no segment.
        entries
            .filter_map(|entry| match entry {
                Ok(entry) => entry.file_name().into_string().ok().map(Ok),
                Err(error) => Some(Err(error)),
            })
            .collect()
    }

    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn LedgerFile>> {
        let write = access == Access::Write;
        self.file(OpenOptions::new().read(true).write(write), name)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn LedgerFile>> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        self.file(options.mode(0o600), name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()?;
        // The folder may be new itself.
        match self.folder.parent() {
            Some(parent) if parent != Path::new("") => File::open(parent)?.sync_all(),
            _ => Ok(()),
        }
    }

    fn place(&self) -> String {
        self.folder.display().to_string()
    }
}

#[derive(Debug)]
struct RealFile(File);

impl LedgerFile for RealFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write_at(bytes, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn allocate(&self, offset: u64, length: u64) -> io::Result<()> {
        Ok(fallocate(
            &self.0,
            FallocateFlags::KEEP_SIZE,
            offset,
            length,
        )?)
    }
}
