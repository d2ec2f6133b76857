//! Files in TOML that the administrator writes: read whole up to a bound, and refused by name. What
//! they say is their readers' business.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

/// Why a file of settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsFileError {
    /// It cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is larger than any file of its kind.
    #[error("{path} is too large: at most {bytes_max} bytes are read")]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The most that is read, in bytes.
        bytes_max: u64,
    },
    /// A key or value is wrong.
    #[error("{path} is not valid: {message}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// What, and where the parser knows it.
        message: String,
    },
}

/// Reads a file and what it says. A file that is not there says nothing: the default.
pub(crate) fn read<T: Default>(
    path: &Path,
    bytes_max: u64,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, SettingsFileError> {
    let path = path.to_path_buf();
    let mut text = String::new();
    let read = File::open(&path).and_then(|file| {
        // By what comes out of it: a device or a growing file says nothing of its size.
        file.take(bytes_max.saturating_add(1))
            .read_to_string(&mut text)
    });
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(T::default()),
        Err(source) => return Err(SettingsFileError::Unreadable { path, source }),
        Ok(_) => {}
    }
    if u64::try_from(text.len()).is_ok_and(|bytes| bytes > bytes_max) {
        return Err(SettingsFileError::TooLarge { path, bytes_max });
    }
    parse(&text).map_err(|message| SettingsFileError::Invalid { path, message })
}

/// What TOML says, or on one line why it cannot.
pub(crate) fn from_toml<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| error.to_string().trim_end().replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(path: &Path, bytes_max: u64) -> Result<usize, SettingsFileError> {
        read(path, bytes_max, |text| Ok(text.len()))
    }

    #[test]
    fn a_file_that_is_not_there_says_nothing() {
        assert_eq!(length(Path::new("/nonexistent/file"), 1).unwrap(), 0);
    }

    #[test]
    fn a_file_is_read_up_to_its_bound_and_refused_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "12345").unwrap();
        assert_eq!(length(&file, 5).unwrap(), 5);
        let error = length(&file, 4).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{} is too large: at most 4 bytes are read", file.display())
        );
    }

    #[test]
    fn what_has_no_end_is_refused_at_its_bound() {
        let error = length(Path::new("/dev/zero"), 1_000).unwrap_err();
        assert!(matches!(error, SettingsFileError::TooLarge { .. }));
    }
}
