//! The daemon's own key, one a realm: it signs activation requests, session proofs and checkpoints.
//! It is made here and never leaves; a back-up must omit it.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use ed25519_dalek::{
    SigningKey,
    pkcs8::{
        DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes, spki::der::pem::LineEnding,
    },
};
use zeroize::Zeroizing;

/// Why the daemon has no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DaemonKeyError {
    /// The file cannot be read or written.
    #[error("the daemon's key {path} cannot be used")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds no key.
    #[error("the daemon's key {path} is damaged; without it the realm needs a new activation")]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// The system gave no entropy.
    #[error("the system gave no entropy for a new key")]
    Entropy,
}

/// Reads the key, or makes one where there is none yet.
pub(crate) fn read_or_create(path: &Path) -> Result<SigningKey, DaemonKeyError> {
    let io = |source| DaemonKeyError::Io {
        path: path.to_path_buf(),
        source,
    };
    let damaged = || DaemonKeyError::Damaged {
        path: path.to_path_buf(),
    };
    match fs::read_to_string(path) {
        Ok(text) => {
            let text = Zeroizing::new(text);
            SigningKey::from_pkcs8_pem(&text).map_err(|_| damaged())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut seed = Zeroizing::new([0; 32]);
            getrandom::fill(&mut *seed).map_err(|_| DaemonKeyError::Entropy)?;
            let key = SigningKey::from_bytes(&seed);
            // Version 1 (no public key), which OpenSSL reads too.
            let pem = KeypairBytes {
                secret_key: key.to_bytes(),
                public_key: None,
            }
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| damaged())?;
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .map_err(io)?;
            file.write_all(pem.as_bytes())
                .and_then(|()| file.sync_all())
                .map_err(io)?;
            Ok(key)
        }
        Err(error) => Err(io(error)),
    }
}
