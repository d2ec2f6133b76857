//! What a security key says of a command: the first byte of its answer (CTAP 2.1, section 8.2).

use std::fmt;

/// A status other than success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CtapStatus(pub u8);

impl CtapStatus {
    /// The credential is not on this key, or not for this relying party.
    pub const NO_CREDENTIALS: Self = Self(0x2e);
    /// A credential of the list to exclude is on the key.
    pub const CREDENTIAL_EXCLUDED: Self = Self(0x19);
    /// None of the algorithms asked for.
    pub const UNSUPPORTED_ALGORITHM: Self = Self(0x26);
    /// The key, or its user, said no.
    pub const OPERATION_DENIED: Self = Self(0x27);
    /// An option that the key does not know.
    pub const UNSUPPORTED_OPTION: Self = Self(0x2b);
    /// Nobody touched the key in time.
    pub const USER_ACTION_TIMEOUT: Self = Self(0x2f);
    /// The PIN is wrong.
    pub const PIN_INVALID: Self = Self(0x31);
    /// Too many wrong PINs: the key must be reset.
    pub const PIN_BLOCKED: Self = Self(0x32);
    /// The proof of the PIN does not fit.
    pub const PIN_AUTH_INVALID: Self = Self(0x33);
    /// Too many wrong PINs since it was plugged in.
    pub const PIN_AUTH_BLOCKED: Self = Self(0x34);
    /// No PIN has been set.
    pub const PIN_NOT_SET: Self = Self(0x35);
    /// The key wants its PIN.
    pub const PIN_REQUIRED: Self = Self(0x36);
    /// The key wants a touch.
    pub const UP_REQUIRED: Self = Self(0x3b);

    /// Whether the key wants its user for what it was asked.
    pub const fn wants_its_user(self) -> bool {
        matches!(
            self,
            Self::OPERATION_DENIED
                | Self::USER_ACTION_TIMEOUT
                | Self::PIN_REQUIRED
                | Self::UP_REQUIRED
        )
    }
}

impl fmt::Display for CtapStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = match *self {
            Self::NO_CREDENTIALS => "it does not hold the credential",
            Self::CREDENTIAL_EXCLUDED => "it holds such a credential already",
            Self::UNSUPPORTED_ALGORITHM => "it knows neither Ed25519 nor ES256",
            Self::OPERATION_DENIED => "it denied the operation",
            Self::UNSUPPORTED_OPTION => "it does not know an option of the request",
            Self::USER_ACTION_TIMEOUT => "nobody touched it in time",
            Self::PIN_INVALID => "the PIN is wrong",
            Self::PIN_BLOCKED => "its PIN is blocked for good; only a reset helps",
            Self::PIN_AUTH_INVALID => "the proof of the PIN does not fit",
            Self::PIN_AUTH_BLOCKED => {
                "too many wrong PINs; take it out and plug it in again to try further"
            }
            Self::PIN_NOT_SET => "it has no PIN",
            Self::PIN_REQUIRED => "it wants its PIN",
            Self::UP_REQUIRED => "it wants a touch",
            Self(code) => return write!(f, "CTAP status {code:#04x}"),
        };
        write!(f, "{meaning} (CTAP status {:#04x})", self.0)
    }
}
