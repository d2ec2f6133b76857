//! One daemon to a folder: an advisory lock, taken before anything in the folder is read. The kernel
//! drops it with the process, however that ends, so there is no stale lock to clean away.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use rustix::fs::{FlockOperation, flock};

const LOCK_FILE: &str = "octroid.lock";

/// Why a folder was not locked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Another process has it.
    #[error("{} is in use by {}", folder.display(), holder(*pid))]
    Held {
        /// The folder.
        folder: PathBuf,
        /// The process that says it holds the lock.
        pid: Option<u32>,
    },
    /// The operating system failed.
    #[error("cannot lock {}", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(
        || "another process".to_owned(),
        |pid| format!("process {pid}"),
    )
}

/// A locked folder, until it is dropped.
#[derive(Debug)]
#[must_use = "the folder is locked only while this lives"]
pub struct FolderLock {
    _file: File,
}

/// Locks a folder that is there for this process, at once or not at all.
///
/// # Errors
/// `Held` where another process has it, `Io` otherwise.
pub fn lock_folder(folder: &Path) -> Result<FolderLock, LockError> {
    let failed = |source| LockError::Io {
        folder: folder.to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(folder.join(LOCK_FILE))
        .map_err(failed)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let mut text = String::new();
            let read = (&file).take(16).read_to_string(&mut text);
            let pid = read.ok().and_then(|_| text.trim().parse().ok());
            return Err(LockError::Held {
                folder: folder.to_owned(),
                pid,
            });
        }
        Err(error) => return Err(failed(error.into())),
    }
    file.set_len(0).map_err(failed)?;
    writeln!(file, "{}", std::process::id()).map_err(failed)?;
    Ok(FolderLock { _file: file })
}
