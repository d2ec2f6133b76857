//! For whom something is asked, where the licence counts others than operating-system users.

use std::fmt;

use octroi_proto::licensing::v1::{self as wire, beneficiary::Whom};

use crate::{Error, client::invalid};

/// The longest name, in bytes.
pub const BENEFICIARY_BYTES_MAX: usize = 256;

/// Somebody for whom a program asks. The licence daemon takes the name only from programs whose user
/// the administrator listed for it, otherwise it refuses with
/// [`CallerNotListed`](crate::RefusalCode::CallerNotListed). Names are compared byte by byte, so use
/// one that does not change, such as an account's name or number.
///
/// The name stays on the machine: the daemon's ledger holds a random pseudonym, reports hold neither.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Beneficiary {
    kind: Kind,
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    DeclaredAccount,
    EndUser,
}

impl Beneficiary {
    /// An end user on whose behalf the program asks: somebody behind an application server counts, not
    /// the server.
    pub fn end_user(name: impl Into<String>) -> Self {
        let (kind, name) = (Kind::EndUser, name.into());
        Self { kind, name }
    }

    /// An account that the program declares, such as the one with which its user has logged in to it.
    pub fn declared_account(name: impl Into<String>) -> Self {
        let (kind, name) = (Kind::DeclaredAccount, name.into());
        Self { kind, name }
    }

    /// Between 1 and 256 bytes, no control characters.
    pub(crate) fn to_wire(&self) -> Result<wire::Beneficiary, Error> {
        let length = self.name.len();
        if !(1..=BENEFICIARY_BYTES_MAX).contains(&length) {
            let why = format!("a name has 1 to {BENEFICIARY_BYTES_MAX} bytes, this has {length}");
            return Err(invalid("beneficiary", why));
        }
        if self.name.chars().any(char::is_control) {
            return Err(invalid("beneficiary", "it contains a control character"));
        }
        let name = self.name.clone();
        let whom = Some(match self.kind {
            Kind::DeclaredAccount => Whom::DeclaredAccount(name),
            Kind::EndUser => Whom::OnBehalfOf(name),
        });
        Ok(wire::Beneficiary { whom })
    }
}

impl fmt::Debug for Beneficiary {
    /// Names nobody: this ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beneficiary")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_empty_too_long_or_unprintable_is_refused_before_it_is_sent() {
        for name in [String::new(), "x".repeat(257), "a\nb".to_owned()] {
            let error = Beneficiary::end_user(name).to_wire().unwrap_err();
            assert_eq!(error.code(), "INVALID_ARGUMENT");
        }
    }

    #[test]
    fn a_beneficiary_in_a_log_names_nobody() {
        let shown = format!("{:?}", Beneficiary::end_user("alice"));
        assert!(!shown.contains("alice"), "{shown}");
    }
}
