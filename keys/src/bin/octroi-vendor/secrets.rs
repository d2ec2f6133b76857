//! Where secrets come from: passphrases from a file, the environment or a prompt, entropy from the
//! operating system. They are handed on as values and overwritten when dropped.

#[cfg(feature = "enrolment")]
use std::path::Path;
use std::{env, path::PathBuf};

use octroi_vendor::{EncryptionEntropy, Passphrase, PrivateKey};
use zeroize::Zeroizing;

use crate::{failure::Failure, files};

const PASSPHRASE_VARIABLE: &str = "OCTROI_PASSPHRASE";
const PASSPHRASE_FILE_BYTES_MAX: usize = 4096;

/// How the person or script at the other end gives passphrases.
#[derive(Debug)]
pub(crate) struct PassphraseSource {
    pub(crate) file: Option<PathBuf>,
}

impl PassphraseSource {
    /// The passphrase of an existing key.
    pub(crate) fn ask(&self, what: &str) -> Result<Passphrase, Failure> {
        match self.without_prompt()? {
            Some(passphrase) => Ok(passphrase),
            None => prompt(&format!("Passphrase of {what}: ")).map(Passphrase::new),
        }
    }

    /// The passphrase for new keys; asked for twice.
    pub(crate) fn ask_new(&self) -> Result<Passphrase, Failure> {
        if let Some(passphrase) = self.without_prompt()? {
            return Ok(passphrase);
        }
        let first = prompt("Passphrase for the new keys: ")?;
        let second = prompt("The same again: ")?;
        if *first != *second {
            return Err(Failure::words("the two passphrases differ"));
        }
        Ok(Passphrase::new(first))
    }

    fn without_prompt(&self) -> Result<Option<Passphrase>, Failure> {
        let text = match &self.file {
            Some(file) => {
                let text = Zeroizing::new(files::read_text(file, PASSPHRASE_FILE_BYTES_MAX)?);
                Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())
            }
            None => match env::var(PASSPHRASE_VARIABLE) {
                Ok(text) => Zeroizing::new(text),
                Err(env::VarError::NotPresent) => return Ok(None),
                Err(error) => {
                    return Err(Failure::new(error).context(PASSPHRASE_VARIABLE));
                }
            },
        };
        Ok(Some(Passphrase::new(text)))
    }
}

fn prompt(question: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(question)
        .map(Zeroizing::new)
        .map_err(|error| {
            Failure::new(error)
                .context("cannot ask for the passphrase")
                .help(format!(
                    "state --passphrase-file or set {PASSPHRASE_VARIABLE}"
                ))
        })
}

/// A security key's PIN, in the first line of a file.
#[cfg(feature = "enrolment")]
pub(crate) fn pin_in(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = Zeroizing::new(files::read_text(file, PASSPHRASE_FILE_BYTES_MAX)?);
    Ok(Zeroizing::new(
        text.lines().next().unwrap_or_default().to_owned(),
    ))
}

/// A security key's PIN, asked for.
#[cfg(feature = "enrolment")]
pub(crate) fn ask_pin() -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password("PIN of the security key: ")
        .map(Zeroizing::new)
        .map_err(|error| {
            Failure::new(error)
                .context("cannot ask for the PIN")
                .help("state --pin-file")
        })
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Failure> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|error| Failure::new(error).context("the system gives no random bytes"))?;
    Ok(bytes)
}

/// A new private key.
pub(crate) fn new_key() -> Result<PrivateKey, Failure> {
    Ok(PrivateKey::from_entropy(&random()?))
}

/// A key as a file: encrypted, or in clear where there is no passphrase.
pub(crate) fn key_pem(
    key: &PrivateKey,
    passphrase: Option<&Passphrase>,
) -> Result<Zeroizing<String>, Failure> {
    Ok(match passphrase {
        Some(passphrase) => {
            let entropy = EncryptionEntropy {
                salt: *random()?,
                iv: *random()?,
            };
            key.to_encrypted_pem(passphrase, &entropy)?
        }
        None => key.to_insecure_plaintext_pem()?,
    })
}
