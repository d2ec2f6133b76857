//! Identities inside a realm. All are values that came from outside or were counted up by the
//! state; none is made here. A user is known only by a random pseudonym: what it stands for lies
//! beside the ledger and can be erased.

use std::fmt;

use octroi_licence::{FeatureName, LicenceId};
use serde::{Deserialize, Serialize};

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; $bytes]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    };
}

random_id! {
    /// A session, named by the shell from fresh entropy. Never told to applications.
    SessionId, 16
}
random_id! {
    /// SHA-256 of a resume token; the token itself is kept nowhere.
    TokenHash, 32
}
random_id! {
    /// A user of this machine, as the ledger knows it.
    UserPseudonym, 16
}
random_id! {
    /// One boot of the machine (`/proc/sys/kernel/random/boot_id`).
    BootId, 16
}
random_id! {
    /// A container, named by the shell.
    ContainerId, 16
}
random_id! {
    /// A free text that lies beside the ledger, such as an administrator's reason.
    TextId, 16
}

random_id! {
    /// SHA-256 over a fresh salt and a free text: proves the text as long as somebody keeps both, and
    /// tells nothing of it afterwards.
    TextDigest, 32
}

/// A free text that lies beside the ledger and can be forgotten, with what proves it until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeptText {
    /// Where it lies.
    pub id: TextId,
    /// Of the salt and the text.
    pub digest: TextDigest,
}

macro_rules! counted {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
        )]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

counted! {
    /// A seat of a realm, counted from 1 and never used again.
    SeatId
}
counted! {
    /// A request's number within its session, chosen by the client from 1.
    RequestNumber
}
counted! {
    /// Which stream of a session speaks: 1 at opening, one more with each resume. The newest wins.
    Epoch
}

/// Where in a container a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Contained {
    /// Which container.
    pub container: ContainerId,
    /// The user inside, as a user of its own: another one than whoever owns the container, and
    /// another one in each container.
    pub user: UserPseudonym,
}

/// A process of one boot: its id alone may come again, with its start time it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProcessIdentity {
    /// Process id in the daemon's namespace.
    pub pid: u32,
    /// Clock ticks after boot (`/proc/PID/stat`, field 22).
    pub start_time: u64,
}

/// Who counts as one in a feature's pool. The order of the variants is part of the ledger's format:
/// add at the end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GroupKey {
    /// A check-out by itself: the seat.
    Seat(SeatId),
    /// A user of this host.
    User(UserPseudonym),
    /// Everybody on this host.
    Host,
    /// A process.
    Process(ProcessIdentity),
    /// A session whose process is not known (no pidfd and pid 0), where processes are grouped.
    Session(SessionId),
}

/// Who caused an administrative record. The order of the variants is part of the ledger's format:
/// add at the end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Actor {
    /// Somebody on the administrators' socket.
    Administrator(UserPseudonym),
    /// The vendor, by a signed document that came without an administrator.
    Vendor,
    /// The daemon itself.
    Daemon,
}

/// One feature of one licence: what is counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct PoolKey {
    pub(crate) licence: LicenceId,
    pub(crate) feature: FeatureName,
}

/// A field-less enumeration whose numbers are part of the ledger's format: explicit, only added,
/// never reused. It is written as a `u16`.
macro_rules! numbered {
    (
        $(#[$doc:meta])*
        pub enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $number:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        #[serde(try_from = "u16", into = "u16")]
        #[non_exhaustive]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value, by rising number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The number in the ledger.
            pub const fn number(self) -> u16 {
                match self { $(Self::$variant => $number,)+ }
            }
        }

        impl From<$name> for u16 {
            fn from(value: $name) -> Self {
                value.number()
            }
        }

        impl TryFrom<u16> for $name {
            type Error = String;
            fn try_from(number: u16) -> Result<Self, String> {
                match number {
                    $($number => Ok(Self::$variant),)+
                    other => Err(format!("{} {other} is not known to this version", stringify!($name))),
                }
            }
        }
    };
}

pub(crate) use numbered;
