//! Custody of private keys: Ed25519 keys as PKCS#8 files that OpenSSL reads too. A key leaves this
//! module only as a signature or as a file encrypted under a passphrase; memory that held it is
//! overwritten. Where a file lies and who may read it is the shell's affair.

use std::{convert::Infallible, fmt};

use ed25519_dalek::{SigningKey, pkcs8::KeypairBytes};
use octroi_licence::{PublicKey, Signer};
use pkcs8::{
    EncodePrivateKey as _, EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef,
    SecretDocument,
    der::pem::PemLabel as _,
    pkcs5::pbes2::{EncryptionScheme, Kdf, Parameters, Salt, ScryptParams},
};
use zeroize::{Zeroize as _, Zeroizing};

/// The shortest passphrase that new keys are encrypted under, in bytes.
pub const PASSPHRASE_BYTES_MIN: usize = 8;

/// scrypt's cost parameters (RFC 7914): 16 MiB of memory, the most that OpenSSL takes by default.
const SCRYPT_N: u64 = 1 << 14;
const SCRYPT_R: u16 = 8;
const SCRYPT_P: u16 = 1;
const AES_256_KEY_BYTES: u16 = 32;

/// Why a key could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CustodyError {
    /// Not a PEM file with a PKCS#8 private key.
    #[error("this is not a private key in PKCS#8 PEM (RFC 7468, RFC 5958)")]
    NotPkcs8,
    /// Another kind of key.
    #[error("the key is not an Ed25519 key (RFC 8410)")]
    NotEd25519,
    /// The file is encrypted and no passphrase was given.
    #[error("the key is encrypted and no passphrase was given")]
    PassphraseNeeded,
    /// The passphrase does not open the file, or the file was altered: the format cannot tell.
    #[error("the passphrase is wrong, or the key file is damaged")]
    WrongPassphrase,
    /// Too easy to guess.
    #[error("the passphrase has {found} bytes, at least {PASSPHRASE_BYTES_MIN} are needed")]
    PassphraseTooShort {
        /// Bytes found.
        found: usize,
    },
    /// The library could not encrypt; no input is known to cause it.
    #[error("the key could not be encrypted: {what}")]
    Encryption {
        /// What it said.
        what: String,
    },
}

/// What opens an encrypted key file. Overwritten when dropped.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes a passphrase as it stands.
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// Random bytes for one encrypted file; never used twice.
#[derive(Debug, Clone)]
pub struct EncryptionEntropy {
    /// Salt of the passphrase's hash.
    pub salt: [u8; 16],
    /// Initialisation vector of the cipher.
    pub iv: [u8; 16],
}

/// A private key in memory. The vendor's other [`Signer`]s (a token, a remote service) stand beside
/// it: whatever signs documents takes any `Signer`.
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// Makes a key of 32 random bytes.
    pub fn from_entropy(entropy: &Zeroizing<[u8; 32]>) -> Self {
        Self(SigningKey::from_bytes(entropy))
    }

    /// The key as PEM, encrypted (PKCS#8 version 1; PBES2 with scrypt and AES-256-CBC, RFC 8018).
    /// Version 1, without the public key, since OpenSSL 3.0 reads no other.
    ///
    /// # Errors
    /// [`CustodyError::PassphraseTooShort`].
    pub fn to_encrypted_pem(
        &self,
        passphrase: &Passphrase,
        entropy: &EncryptionEntropy,
    ) -> Result<Zeroizing<String>, CustodyError> {
        let found = passphrase.0.len();
        if found < PASSPHRASE_BYTES_MIN {
            return Err(CustodyError::PassphraseTooShort { found });
        }
        let unlikely = |error: &dyn fmt::Display| CustodyError::Encryption {
            what: error.to_string(),
        };
        let parameters = Parameters {
            kdf: Kdf::Scrypt(ScryptParams {
                salt: Salt::new(entropy.salt).map_err(|error| unlikely(&error))?,
                cost_parameter: SCRYPT_N,
                block_size: SCRYPT_R,
                parallelization: SCRYPT_P,
                key_length: Some(AES_256_KEY_BYTES),
            }),
            encryption: EncryptionScheme::Aes256Cbc { iv: entropy.iv },
        };
        let plain = self.to_der()?;
        PrivateKeyInfoRef::try_from(plain.as_bytes())
            .map_err(|error| unlikely(&error))?
            .encrypt_with_params(parameters, passphrase.0.as_bytes())
            .map_err(|error| unlikely(&error))?
            .to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF)
            .map_err(|error| unlikely(&error))
    }

    /// The key as PEM that anybody can read who can read the file: for tests only.
    ///
    /// # Errors
    /// None is known.
    pub fn to_insecure_plaintext_pem(&self) -> Result<Zeroizing<String>, CustodyError> {
        self.to_der()?
            .to_pem(PrivateKeyInfoRef::PEM_LABEL, LineEnding::LF)
            .map_err(|error| CustodyError::Encryption {
                what: error.to_string(),
            })
    }

    fn to_der(&self) -> Result<SecretDocument, CustodyError> {
        KeypairBytes {
            secret_key: self.0.to_bytes(),
            public_key: None,
        }
        .to_pkcs8_der()
        .map_err(|error| CustodyError::Encryption {
            what: error.to_string(),
        })
    }

    /// Says whether a key file needs a passphrase.
    ///
    /// # Errors
    /// [`CustodyError::NotPkcs8`].
    pub fn is_encrypted(pem: &str) -> Result<bool, CustodyError> {
        read_pem(pem).map(|(encrypted, _)| encrypted)
    }

    /// Reads a key file: ours, or any PKCS#8 file of an Ed25519 key as OpenSSL writes it.
    ///
    /// # Errors
    /// [`CustodyError`].
    pub fn from_pem(pem: &str, passphrase: Option<&Passphrase>) -> Result<Self, CustodyError> {
        let (encrypted, document) = read_pem(pem)?;
        let document = if encrypted {
            let passphrase = passphrase.ok_or(CustodyError::PassphraseNeeded)?;
            EncryptedPrivateKeyInfoRef::try_from(document.as_bytes())
                .map_err(|_| CustodyError::NotPkcs8)?
                .decrypt(passphrase.0.as_bytes())
                .map_err(|_| CustodyError::WrongPassphrase)?
        } else {
            document
        };
        // A wrong passphrase now and then leaves valid padding: garbage is then no PKCS#8.
        let garbage = if encrypted {
            CustodyError::WrongPassphrase
        } else {
            CustodyError::NotPkcs8
        };
        let info = PrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| garbage)?;
        let mut pair = KeypairBytes::try_from(info).map_err(|_| CustodyError::NotEd25519)?;
        let key = SigningKey::from_bytes(&pair.secret_key);
        pair.secret_key.zeroize();
        match &pair.public_key {
            Some(public) if public.0 != key.verifying_key().to_bytes() => {
                Err(CustodyError::NotEd25519)
            }
            _ => Ok(Self(key)),
        }
    }
}

fn read_pem(pem: &str) -> Result<(bool, SecretDocument), CustodyError> {
    let (label, document) = SecretDocument::from_pem(pem).map_err(|_| CustodyError::NotPkcs8)?;
    match label {
        label if label == EncryptedPrivateKeyInfoRef::PEM_LABEL => Ok((true, document)),
        label if label == PrivateKeyInfoRef::PEM_LABEL => Ok((false, document)),
        _ => Err(CustodyError::NotPkcs8),
    }
}

impl Signer for PrivateKey {
    type Error = Infallible;
    fn public_key(&self) -> PublicKey {
        self.0.verifying_key().into()
    }
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Infallible> {
        Signer::sign(&self.0, message)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public_key().id().short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> PrivateKey {
        PrivateKey::from_entropy(&Zeroizing::new([7; 32]))
    }

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(Zeroizing::new(text.to_owned()))
    }

    fn encrypted() -> Zeroizing<String> {
        let entropy = EncryptionEntropy {
            salt: [1; 16],
            iv: [2; 16],
        };
        key()
            .to_encrypted_pem(&passphrase("correct horse"), &entropy)
            .unwrap()
    }

    #[test]
    fn an_encrypted_key_comes_back_under_its_passphrase() {
        let pem = encrypted();
        assert!(PrivateKey::is_encrypted(&pem).unwrap());
        let back = PrivateKey::from_pem(&pem, Some(&passphrase("correct horse"))).unwrap();
        assert_eq!(back.public_key(), key().public_key());
    }

    #[test]
    fn a_wrong_or_missing_passphrase_is_named() {
        let pem = encrypted();
        let wrong = PrivateKey::from_pem(&pem, Some(&passphrase("correct house")));
        assert_eq!(wrong.unwrap_err(), CustodyError::WrongPassphrase);
        let none = PrivateKey::from_pem(&pem, None);
        assert_eq!(none.unwrap_err(), CustodyError::PassphraseNeeded);
    }

    #[test]
    fn an_encrypted_file_holds_no_byte_of_the_secret_in_clear() {
        let (_, document) = read_pem(&encrypted()).unwrap();
        assert!(!document.as_bytes().windows(8).any(|bytes| bytes == [7; 8]));
    }

    #[test]
    fn a_plaintext_key_comes_back_without_one() {
        let pem = key().to_insecure_plaintext_pem().unwrap();
        assert!(!PrivateKey::is_encrypted(&pem).unwrap());
        let back = PrivateKey::from_pem(&pem, None).unwrap();
        assert_eq!(back.public_key(), key().public_key());
    }

    #[test]
    fn a_passphrase_too_easy_to_guess_is_refused() {
        let entropy = EncryptionEntropy {
            salt: [1; 16],
            iv: [2; 16],
        };
        let refused = key().to_encrypted_pem(&passphrase("short"), &entropy);
        assert_eq!(
            refused.unwrap_err(),
            CustodyError::PassphraseTooShort { found: 5 }
        );
    }

    #[test]
    fn files_that_are_no_key_are_refused() {
        for text in [
            "",
            "hello",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            let refused = PrivateKey::from_pem(text, None);
            assert_eq!(refused.unwrap_err(), CustodyError::NotPkcs8, "{text:?}");
        }
    }

    #[test]
    fn debug_output_holds_no_secret() {
        assert_eq!(format!("{:?}", passphrase("secret word")), "Passphrase(..)");
        assert!(!format!("{:?}", key()).contains("0707"));
    }
}
