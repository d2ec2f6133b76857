//! Product versions, compared number by number, and ranges of them (clauses Z14, A10).

use std::{cmp::Ordering, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Parts that a version may have.
pub const VERSION_PARTS_MAX: usize = 8;

/// Digits and dots, such as `2026.1.3`; missing parts count as zero, so `2026` equals `2026.0`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProductVersion(Vec<u32>);

/// Why a version was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "version `{found}` must be 1 to {VERSION_PARTS_MAX} numbers joined by dots, such as 2026.1.3"
)]
pub struct VersionError {
    /// The text as given, cut to 64 characters.
    pub found: String,
}

impl FromStr for ProductVersion {
    type Err = VersionError;
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let refused = || VersionError {
            found: text.chars().take(64).collect(),
        };
        let parts: Result<Vec<u32>, VersionError> = text
            .split('.')
            .take(VERSION_PARTS_MAX + 1)
            .map(|part| {
                if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(refused());
                }
                part.parse().map_err(|_| refused())
            })
            .collect();
        let parts = parts?;
        if parts.len() > VERSION_PARTS_MAX {
            return Err(refused());
        }
        Ok(Self(parts))
    }
}

impl TryFrom<String> for ProductVersion {
    type Error = VersionError;
    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<ProductVersion> for String {
    fn from(version: ProductVersion) -> Self {
        version.to_string()
    }
}

impl Ord for ProductVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.0.len().max(other.0.len());
        let part = |version: &Self, index: usize| version.0.get(index).copied().unwrap_or(0);
        (0..length)
            .map(|index| part(self, index).cmp(&part(other, index)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for ProductVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ProductVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ProductVersion {}

impl fmt::Display for ProductVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            write!(f, "{part}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ProductVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Versions that a feature covers; inclusive at both ends, open where an end is `None`. A maximum
/// covers what it is a prefix of: `2026.1` as maximum covers `2026.1.7`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionRange {
    /// The first version covered.
    pub minimum: Option<ProductVersion>,
    /// The last version covered, with everything beneath it.
    pub maximum: Option<ProductVersion>,
}

impl VersionRange {
    /// Says whether `version` lies in the range.
    pub fn covers(&self, version: &ProductVersion) -> bool {
        self.minimum
            .as_ref()
            .is_none_or(|minimum| version >= minimum)
            && self
                .maximum
                .as_ref()
                .is_none_or(|maximum| version <= maximum || version.0.starts_with(&maximum.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> ProductVersion {
        text.parse().unwrap()
    }

    #[test]
    fn versions_compare_number_by_number() {
        assert!(version("2026.10") > version("2026.9.9"));
        assert_eq!(version("3"), version("3.0.0"));
    }

    #[test]
    fn a_maximum_covers_everything_beneath_it() {
        let range = VersionRange {
            minimum: Some(version("2")),
            maximum: Some(version("2026.1")),
        };
        assert!(range.covers(&version("2026.1.7")));
        assert!(!range.covers(&version("2026.2")));
        assert!(!range.covers(&version("1.9")));
    }

    #[test]
    fn text_that_is_no_version_is_refused() {
        for text in ["", ".", "1.", "v1", "1.2.3.4.5.6.7.8.9", "4294967296", "1 "] {
            assert!(text.parse::<ProductVersion>().is_err(), "{text:?}");
        }
    }
}
