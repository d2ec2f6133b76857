//! What counts as a value. Manufacturers fill fields that they do not use with words and zeros that
//! thousands of machines share; a licence bound to those would be bound to nothing.

use std::io;

/// Bytes of a value; real ones are far shorter.
pub(super) const VALUE_BYTES_MAX: usize = 256;

/// Why a component gives no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostProblem {
    /// The machine has none.
    #[error("this machine has none")]
    Absent,
    /// The daemon may not read it.
    #[error("only root may read {path}; give the daemon read access to it")]
    PermissionDenied {
        /// Which file.
        path: String,
    },
    /// Reading failed otherwise.
    #[error("{path} could not be read: {reason}")]
    Unreadable {
        /// Which file or facility.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The manufacturer put nothing there that tells this machine from others.
    #[error("`{found}` is a placeholder that many machines share")]
    Placeholder {
        /// What stands there.
        found: String,
    },
    /// A hardware address that software chose, which the next start may choose anew.
    #[error("the address {found} was chosen by software, not by the manufacturer")]
    NotPermanent {
        /// The address.
        found: String,
    },
    /// Longer than any real value.
    #[error("it has {bytes} bytes, at most {VALUE_BYTES_MAX} are a value")]
    TooLong {
        /// Bytes found.
        bytes: usize,
    },
}

impl HostProblem {
    pub(super) fn of_reading(path: &str, error: &io::Error) -> Self {
        let path = path.to_owned();
        if error.kind() == io::ErrorKind::PermissionDenied {
            Self::PermissionDenied { path }
        } else {
            Self::Unreadable {
                path,
                reason: error.to_string(),
            }
        }
    }
}

/// Words that stand where a number should, as they were found on real machines; compared without
/// case, blanks and punctuation.
const PLACEHOLDERS: &[&str] = &[
    "tobefilledbyoem",
    "tobesetbyoem",
    "filledbyoem",
    "oem",
    "none",
    "null",
    "na",
    "nil",
    "empty",
    "unknown",
    "invalid",
    "default",
    "defaultstring",
    "notspecified",
    "notapplicable",
    "notavailable",
    "notsettable",
    "nosuchname",
    "serialnumber",
    "systemserialnumber",
    "baseboardserialnumber",
    "mbserialnumber",
    "boardserialnumber",
    "chassisserialnumber",
    "serial",
    "system",
    "standard",
    "undefined",
    "uninitialized",
    "0123456789",
    "123456789",
    "1234567890",
    "12345678",
    "xxxxxxxxxx",
    // Product UUIDs that boards were shipped with by the thousand.
    "03000200040005000006000700080009",
    "12345678123456781234567890abcdef",
    "123456781234567890abcddeefaabbcc",
    "12345678123456789012345678901234",
    "00020003000400050006000700080009",
];

/// The value in the form in which it is compared: without blanks around it, in lower case.
pub(super) fn checked(text: &str) -> Result<String, HostProblem> {
    let text: String = text
        .chars()
        .filter(|character| !character.is_control())
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    if text.is_empty() {
        return Err(HostProblem::Absent);
    }
    if text.len() > VALUE_BYTES_MAX {
        return Err(HostProblem::TooLong { bytes: text.len() });
    }
    if is_placeholder(&text) {
        return Err(HostProblem::Placeholder { found: text });
    }
    Ok(text)
}

fn is_placeholder(text: &str) -> bool {
    let bare: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let uniform = bare
        .chars()
        .next()
        .is_none_or(|first| bare.chars().all(|other| other == first));
    uniform || PLACEHOLDERS.contains(&bare.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_manufacturers_leave_in_unused_fields_is_refused_by_name() {
        for found in [
            "To be filled by O.E.M.",
            "To Be Filled By O.E.M",
            "None",
            "Not Specified",
            "N/A",
            "Default string",
            "System Serial Number",
            "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "03000200-0400-0500-0006-000700080009",
            "12345678-1234-5678-90AB-CDDEEFAABBCC",
            "0000000000",
            "0",
            "...",
            "xxxxxxxx",
            "0123456789",
            "uninitialized",
        ] {
            assert_eq!(
                checked(found),
                Err(HostProblem::Placeholder {
                    found: found.to_lowercase()
                })
            );
        }
    }

    #[test]
    fn an_empty_value_is_none() {
        for found in ["", " \n", "\0"] {
            assert_eq!(checked(found), Err(HostProblem::Absent));
        }
    }

    #[test]
    fn a_real_value_passes_and_its_spelling_does_not_matter() {
        assert_eq!(checked("  WD-WX11A7 \n").unwrap(), "wd-wx11a7");
        assert_eq!(checked("wd-wx11a7").unwrap(), "wd-wx11a7");
        assert_eq!(checked("AMD  EPYC").unwrap(), "amd epyc");
    }

    #[test]
    fn a_value_longer_than_any_real_one_is_refused() {
        let long = "ab".repeat(VALUE_BYTES_MAX);
        assert_eq!(
            checked(&long),
            Err(HostProblem::TooLong { bytes: long.len() })
        );
    }

    #[test]
    fn the_list_is_written_as_it_is_compared() {
        for word in PLACEHOLDERS {
            assert!(is_placeholder(word), "{word}");
            assert!(
                word.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
                "{word}"
            );
        }
    }
}
