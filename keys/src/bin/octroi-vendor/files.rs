//! Files: read within bounds, written whole or not at all. A file is first written beside its place
//! and synced; it appears under its name complete, and what stood there is never overwritten unless
//! replacing is what was asked for.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// Readable and writable by their owner only.
const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_FOLDER: u32 = 0o700;
/// What others may read too, as far as the process's umask lets them.
const SHARED_FILE: u32 = 0o666;

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("cannot {action} {}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is larger than {max} bytes", path.display())]
    TooLarge { path: PathBuf, max: usize },
    #[error("{} is not text in UTF-8", path.display())]
    NotText { path: PathBuf },
    #[error("{} exists already and is not overwritten", path.display())]
    Exists { path: PathBuf },
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io {
        action,
        path,
        source,
    }
}

/// Reads at most `max` bytes.
pub(crate) fn read(path: &Path, max: usize) -> Result<Vec<u8>, FileError> {
    let failed = || io_error("read", path);
    let file = File::open(path).map_err(failed())?;
    let mut bytes = Vec::new();
    let bound = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    file.take(bound).read_to_end(&mut bytes).map_err(failed())?;
    if bytes.len() > max {
        let path = path.to_owned();
        return Err(FileError::TooLarge { path, max });
    }
    Ok(bytes)
}

/// Reads text of at most `max` bytes.
pub(crate) fn read_text(path: &Path, max: usize) -> Result<String, FileError> {
    String::from_utf8(read(path, max)?).map_err(|_| FileError::NotText {
        path: path.to_owned(),
    })
}

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    Owner,
    Everybody,
}

/// Writes a new file. The same bytes under the same name already are as good; anything else there
/// is left alone and an error.
pub(crate) fn write_new(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), FileError> {
    if holds(path, bytes) {
        return Ok(());
    }
    must_be_free(path)?;
    let beside = write_beside(path, bytes, readers)?;
    // A hard link, unlike a rename, never replaces what stands there; where the file system has
    // none (a memory stick's), the look just taken must do.
    match fs::hard_link(&beside, path) {
        Ok(()) => fs::remove_file(&beside).map_err(io_error("remove", &beside))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(&beside).map_err(io_error("remove", &beside))?;
            let path = path.to_owned();
            return Err(FileError::Exists { path });
        }
        Err(_) => fs::rename(&beside, path).map_err(io_error("write", path))?,
    }
    sync_folder_of(path)
}

/// Says before any work whether [`write_new`] would refuse: nobody should have signed in vain.
pub(crate) fn must_be_free(path: &Path) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(io_error("look at", path)(error)),
        Ok(_) => Err(FileError::Exists {
            path: path.to_owned(),
        }),
    }
}

/// Says whether the file exists with just these bytes.
pub(crate) fn holds(path: &Path, bytes: &[u8]) -> bool {
    read(path, bytes.len()).is_ok_and(|found| found == bytes)
}

/// Writes a file of the owner's, in place of what stands there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let beside = write_beside(path, bytes, Readers::Owner)?;
    fs::rename(&beside, path).map_err(io_error("replace", path))?;
    sync_folder_of(path)
}

fn write_beside(path: &Path, bytes: &[u8], readers: Readers) -> Result<PathBuf, FileError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let mode = match readers {
        Readers::Owner => PRIVATE_FILE,
        Readers::Everybody => SHARED_FILE,
    };
    let failed = || io_error("write", &beside);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    if let Err(error) = written {
        if error.kind() != io::ErrorKind::AlreadyExists {
            // Half a file is of no use; that it stays is told by the first error.
            drop(fs::remove_file(&beside));
        }
        return Err(failed()(error));
    }
    Ok(beside)
}

/// Makes a name that was just written survive a power failure.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io_error("sync", folder))
}

/// Makes a folder that only its owner may enter.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), FileError> {
    DirBuilder::new()
        .mode(PRIVATE_FOLDER)
        .create(path)
        .map_err(io_error("make the folder", path))
}

/// The same, and no error where it exists.
pub(crate) fn ensure_private_folder(path: &Path) -> Result<(), FileError> {
    if path.is_dir() {
        Ok(())
    } else {
        make_private_folder(path)
    }
}

/// Gives a file or folder another name; a folder only replaces an empty one.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).map_err(io_error("move into place", to))?;
    sync_folder_of(to)
}

/// Gives a file a second name; no error where it has it.
pub(crate) fn link(from: &Path, to: &Path) -> Result<(), FileError> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked.map_err(io_error("keep", to)),
    }
}

/// Removes a folder that is empty.
pub(crate) fn remove_empty_folder(path: &Path) -> Result<(), FileError> {
    fs::remove_dir(path).map_err(io_error("remove", path))
}

/// Removes a folder of ours with all that is in it.
pub(crate) fn remove_folder(path: &Path) -> Result<(), FileError> {
    fs::remove_dir_all(path).map_err(io_error("remove", path))
}

/// The names in a folder, sorted.
pub(crate) fn names_in(path: &Path) -> Result<Vec<String>, FileError> {
    let failed = || io_error("list", path);
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(failed())? {
        names.push(
            entry
                .map_err(failed())?
                .file_name()
                .to_string_lossy()
                .into_owned(),
        );
    }
    names.sort();
    Ok(names)
}

/// Holds a lock file until it is dropped; waits for whoever holds it.
pub(crate) fn lock(path: &Path) -> Result<File, FileError> {
    let failed = || io_error("lock", path);
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(PRIVATE_FILE)
        .open(path)
        .map_err(failed())?;
    file.lock().map_err(failed())?;
    Ok(file)
}
