//! The emulated key's memory: one JSON file with its secret key, serial number and counter, replaced
//! whole on each signature. A lock beside it keeps two emulators from counting on one file.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use octroi_licence::{KeySerial, PublicKey};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{
    authenticator::{Algorithm, Authenticator},
    device::{CounterStore, Device},
};

/// The layout written by this version.
const FORMAT: u32 = 1;
/// A state file is far shorter.
const FILE_BYTES_MAX: u64 = 4096;

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct Record {
    format: u32,
    serial: String,
    secret_key: String,
    counter: u64,
}

/// A state file held open for one device.
pub struct KeyFile {
    path: PathBuf,
    serial: KeySerial,
    secret_key: Zeroizing<[u8; 32]>,
    counter: u64,
    /// Held as long as the device lives.
    _lock: Lock,
}

/// Why a state file could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// A key is there already; it is never overwritten.
    #[error("{path} exists already; a key is never overwritten")]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// Another emulator holds it.
    #[error("{path} is in use by another emulator")]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// It could not be read or written.
    #[error("{path} could not be read or written")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// It is no state file.
    #[error("{path} is no emulator state of format {FORMAT}: {reason}")]
    Format {
        /// Which file.
        path: PathBuf,
        /// What is wrong, without the file's content.
        reason: String,
    },
}

/// Writes the state of a new key that has signed nothing and returns its public key. The file can be
/// read by its owner alone.
///
/// # Errors
/// [`StateError::Exists`] where the file is there already; otherwise what the system said.
pub fn create(
    path: &Path,
    serial: KeySerial,
    secret_key: &[u8; 32],
) -> Result<PublicKey, StateError> {
    let io = |error| StateError::Io {
        path: path.to_path_buf(),
        error,
    };
    let _lock = lock(path)?;
    let new = beside(path, "new");
    write(&new, serial, secret_key, 0).map_err(io)?;
    let linked = fs::hard_link(&new, path);
    fs::remove_file(&new).map_err(io)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(StateError::Exists {
                path: path.to_path_buf(),
            });
        }
        other => other.map_err(io)?,
    }
    sync_folder(path).map_err(io)?;
    Ok(ed25519_dalek::SigningKey::from_bytes(secret_key)
        .verifying_key()
        .into())
}

impl KeyFile {
    /// Opens the state that [`create`] wrote, for this process alone.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let io = |error| StateError::Io {
            path: path.to_path_buf(),
            error,
        };
        let format = |reason: &str| StateError::Format {
            path: path.to_path_buf(),
            reason: reason.to_owned(),
        };
        // Looked at before it is locked, so that a wrong path leaves no lock file behind.
        fs::metadata(path).map_err(io)?;
        let lock = lock(path)?;
        let mut text = Zeroizing::new(String::new());
        File::open(path)
            .map_err(io)?
            .take(FILE_BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(io)?;
        let record: Record =
            serde_json::from_str(&text).map_err(|error| format(&error.to_string()))?;
        if record.format != FORMAT {
            return Err(format("another format"));
        }
        let serial = record
            .serial
            .parse()
            .map_err(|_| format("its serial is none"))?;
        let mut secret_key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(&record.secret_key, secret_key.as_mut_slice())
            .map_err(|_| format("its secret key is none"))?;
        Ok(Self {
            path: path.to_path_buf(),
            serial,
            secret_key,
            counter: record.counter,
            _lock: lock,
        })
    }

    /// Its serial number.
    pub fn serial(&self) -> KeySerial {
        self.serial
    }

    /// The security key whose memory this is.
    pub fn into_authenticator(self, algorithm: Algorithm) -> Authenticator<Self> {
        let secret_key = self.secret_key.clone();
        Authenticator::new(&secret_key, algorithm, self.counter, self)
    }

    /// The dongle whose memory this is.
    pub fn into_device(self) -> Device<Self> {
        let secret_key = self.secret_key.clone();
        Device::new(self.serial, &secret_key, self.counter, self)
    }
}

impl CounterStore for KeyFile {
    fn store(&mut self, counter: u64) -> io::Result<()> {
        let new = beside(&self.path, "new");
        write(&new, self.serial, &self.secret_key, counter)?;
        fs::rename(&new, &self.path)?;
        sync_folder(&self.path)?;
        self.counter = counter;
        Ok(())
    }
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyFile")
            .field("path", &self.path)
            .field("serial", &self.serial)
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}

/// Given back as soon as it is dropped: a child that another thread forks holds the descriptor too until
/// it runs its own program, and would keep the lock for as long.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // It cannot fail for a lock that is held; if it did, closing gives it back.
        drop(self.0.unlock());
    }
}

fn lock(path: &Path) -> Result<Lock, StateError> {
    let io = |error| StateError::Io {
        path: path.to_path_buf(),
        error,
    };
    // A file of its own: the state file itself is replaced, and a lock does not pass on to the
    // replacement.
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(beside(path, "lock"))
        .map_err(io)?;
    match lock.try_lock() {
        Ok(()) => Ok(Lock(lock)),
        Err(TryLockError::WouldBlock) => Err(StateError::InUse {
            path: path.to_path_buf(),
        }),
        Err(TryLockError::Error(error)) => Err(io(error)),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

fn write(path: &Path, serial: KeySerial, secret_key: &[u8; 32], counter: u64) -> io::Result<()> {
    let record = Record {
        format: FORMAT,
        serial: serial.to_string(),
        secret_key: hex::encode(secret_key),
        counter,
    };
    let text = Zeroizing::new(serde_json::to_string_pretty(&record)?);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    File::open(folder)?.sync_all()
}
