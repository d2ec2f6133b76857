//! Files: bounded reads, and writes that never replace what stands there.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use octroi_licence::{DocumentKind, message::SignedDocument, read_armoured};

use crate::failure::Failure;

/// Keys, certificates and codes are small; whatever is larger is something else.
pub(crate) const SMALL_BYTES_MAX: usize = 64 << 10;

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

/// Reads one armoured document; its content is not verified.
pub(crate) fn read_document(path: &Path) -> Result<(DocumentKind, SignedDocument), Failure> {
    let bytes = read(path, octroi_licence::ARMOURED_BYTES_MAX)?;
    read_armoured(&bytes).map_err(|error| Failure::from(error).context(path.display().to_string()))
}

/// Writes a file that only its owner may read; one that is there is left alone and an error.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_new(path, bytes, 0o600)
}

/// Writes a file that others may read too, as far as the process's umask lets them.
pub(crate) fn write_shared(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_new(path, bytes, 0o666)
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(io_error("write", path))
}

/// Makes a folder that only its owner may enter; one that is there is taken as it is.
pub(crate) fn ensure_private_folder(path: &Path) -> Result<(), FileError> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .mode(0o700)
        .create(path)
        .map_err(io_error("make the folder", path))
}

/// The names in a folder, sorted.
pub(crate) fn names_in(path: &Path) -> Result<Vec<String>, FileError> {
    let failed = || io_error("list", path);
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(failed())? {
        let name = entry.map_err(failed())?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
