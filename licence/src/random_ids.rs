//! Ids of 16 random bytes that a daemon gives to what it keeps, so that the vendor's documents can name
//! it without naming a person. The bytes come in as values; nothing here makes them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::NameError;

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes)
                    .map_err(|_| NameError::Hex { what: $what, bytes: 16 })?;
                Ok(Self(bytes))
            }
        }
    };
}

random_id! {
    /// The assignment of a seat to a named user; the daemon alone knows to whom.
    AssignmentId, "assignment id"
}
random_id! {
    /// A borrowed seat.
    BorrowId, "borrowed seat's id"
}
random_id! {
    /// An amount reserved until it is approved.
    ReservationId, "reservation id"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_own_text() {
        let id = AssignmentId([0xa7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "a7", &"g7".repeat(16), &"a7".repeat(17)] {
            assert!(text.parse::<AssignmentId>().is_err(), "{text:?}");
        }
    }
}
