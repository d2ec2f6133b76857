//! Enumerations of documents as types: one macro, so that each is read by the same rule. A value that
//! this version does not know refuses the document as too new; nothing is guessed.

/// Declares an enumeration with the variants of the message of the same name. `default` says what an
/// unset field means; without one it is missing.
macro_rules! choice {
    (
        $(#[$doc:meta])*
        $name:ident { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? } $(default $default:ident)?
    ) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        #[non_exhaustive]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Reads the number of a field.
            pub(crate) fn read(
                field: &'static str,
                wire: i32,
            ) -> Result<Self, crate::TermError> {
                match crate::message::$name::try_from(wire) {
                    Ok(crate::message::$name::Unspecified) => {
                        $(return Ok(Self::$default);)?
                        #[allow(unreachable_code, reason = "reached where there is no default")]
                        Err(crate::TermError::Missing { field })
                    }
                    $(Ok(crate::message::$name::$variant) => Ok(Self::$variant),)+
                    Err(_) => Err(crate::TermError::Unknown { field }),
                }
            }

            /// The value as it travels.
            pub fn wire(self) -> crate::message::$name {
                match self {
                    $(Self::$variant => crate::message::$name::$variant,)+
                }
            }
        }
    };
}

pub(crate) use choice;
