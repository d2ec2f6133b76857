//! Names, digests and keys as types of their own, so that none can be taken for another. Parsing is
//! the only way in; what came in is bounded and of the stated alphabet.

use std::{fmt, str::FromStr};

use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing stood there.
    #[error("{what} is empty")]
    Empty {
        /// Which name.
        what: &'static str,
    },
    /// Longer than the format allows.
    #[error("{what} has {length} bytes, at most {max} are allowed")]
    TooLong {
        /// Which name.
        what: &'static str,
        /// Bytes found.
        length: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// A character outside the alphabet.
    #[error("{what} `{found}` may hold only {allowed}")]
    Alphabet {
        /// Which name.
        what: &'static str,
        /// The name as given, control characters escaped.
        found: String,
        /// The alphabet in words.
        allowed: &'static str,
    },
    /// Not hexadecimal of the right length.
    #[error("{what} must be {bytes} bytes in hexadecimal")]
    Hex {
        /// Which value.
        what: &'static str,
        /// Bytes expected.
        bytes: usize,
    },
}

fn check(
    what: &'static str,
    text: &str,
    max: usize,
    allowed: &'static str,
    accept: fn(usize, u8) -> bool,
) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty { what });
    }
    if text.len() > max {
        return Err(NameError::TooLong {
            what,
            length: text.len(),
            max,
        });
    }
    if !text
        .bytes()
        .enumerate()
        .all(|(index, byte)| accept(index, byte))
    {
        return Err(NameError::Alphabet {
            what,
            found: text.escape_debug().to_string(),
            allowed,
        });
    }
    Ok(())
}

fn slug(index: usize, byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || (index > 0 && byte == b'-')
}

fn feature(index: usize, byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || (index > 0 && b"-_:.".contains(&byte))
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:literal, $allowed:literal, $accept:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                check($what, text, $max, $allowed, $accept)?;
                Ok(Self(text.into()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}

name! {
    /// A vendor's short name; also the name of its realm's folder. At most 63 of `a-z 0-9 -`.
    VendorId, "vendor", 63, "a-z, 0-9 and -", slug
}
name! {
    /// A licence's identity over all its serials. At most 63 of `a-z 0-9 -`.
    LicenceId, "licence id", 63, "a-z, 0-9 and -", slug
}
name! {
    /// A product of a vendor. At most 63 of `a-z 0-9 -`.
    ProductId, "product", 63, "a-z, 0-9 and -", slug
}
name! {
    /// A site that a licence names. At most 63 of `a-z 0-9 -`.
    SiteId, "site", 63, "a-z, 0-9 and -", slug
}
name! {
    /// A feature (module) of a product. At most 64 of `A-Z a-z 0-9 - _ : .`.
    FeatureName, "feature", 64, "A-Z, a-z, 0-9 and - _ : .", feature
}
name! {
    /// A company that may use a licence. At most 63 of `a-z 0-9 -`.
    EntityId, "entity", 63, "a-z, 0-9 and -", slug
}
name! {
    /// A kind of persons that may use a licence. At most 63 of `a-z 0-9 -`.
    CategoryId, "category", 63, "a-z, 0-9 and -", slug
}

macro_rules! digest {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes 32 bytes as they stand.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// The first eight hexadecimal digits, for people.
            pub fn short(&self) -> String {
                let mut text = hex::encode(self.0);
                text.truncate(8);
                text
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.short())
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                let mut bytes = [0; 32];
                hex::decode_to_slice(text, &mut bytes)
                    .map_err(|_| NameError::Hex { what: $what, bytes: 32 })?;
                Ok(Self(bytes))
            }
        }
    };
}

digest! {
    /// SHA-256 over a document's context and payload: signatures and chain do not change it.
    DocumentDigest, "document digest"
}
digest! {
    /// SHA-256 of a raw Ed25519 public key: names the key, and as a root's fingerprint the vendor.
    KeyId, "key id"
}

/// An Ed25519 public key (RFC 8032): the canonical encoding of a point on the curve that is not of
/// small order. One key has one encoding and so one [`KeyId`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads a raw key; `None` where the bytes are no such point.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 32] = bytes.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&bytes).ok()?;
        let canonical = key.to_edwards().compress().to_bytes() == bytes;
        (canonical && !key.is_weak()).then_some(Self(bytes))
    }

    /// The raw 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Names the key.
    pub fn id(&self) -> KeyId {
        KeyId(Sha256::digest(self.0).into())
    }

    /// Says whether `signature` is this key's over `message`, strictly (no malleability, no
    /// small-order key).
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else {
            return false;
        };
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

impl From<VerifyingKey> for PublicKey {
    fn from(key: VerifyingKey) -> Self {
        Self(key.to_bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", hex::encode(self.as_bytes()))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let refused = NameError::Hex {
            what: "public key",
            bytes: 32,
        };
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| refused.clone())?;
        Self::from_bytes(&bytes).ok_or(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_of_their_alphabet() {
        assert!("a".repeat(63).parse::<VendorId>().is_ok());
        assert!("Cad:extra_2.1-b".parse::<FeatureName>().is_ok());
        for text in ["", "-a", "A", "a_b", "a/b", "..", "é", &"a".repeat(64)] {
            assert!(text.parse::<LicenceId>().is_err(), "{text:?}");
        }
        for text in ["", ":a", "a b", "a\n", &"a".repeat(65)] {
            assert!(text.parse::<FeatureName>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_error_quotes_no_control_character() {
        let error = "a\u{1b}[2J".parse::<ProductId>().unwrap_err().to_string();
        assert!(!error.contains('\u{1b}'), "{error:?}");
    }

    #[test]
    fn digests_read_back_from_their_own_text() {
        let digest = DocumentDigest::from_bytes([0xa7; 32]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(digest.short(), "a7a7a7a7");
        for text in ["", "a7", &"g7".repeat(32), &"a7".repeat(33)] {
            assert!(text.parse::<DocumentDigest>().is_err(), "{text:?}");
        }
    }
}
