//! What the ledger holds. Records state outcomes — who, what, how many, until when, under which
//! document — so that `apply` never evaluates a term and a later version replays an old ledger to
//! the same state. Kind numbers, field order and numbered values are the ledger's format: only
//! added to, never changed or reused.
//!
//! The kinds stand in `kinds/`, a file for each range of numbers. Each file is a macro that appends its
//! kinds to those before it and hands all to the next name of the chain; the last is `events`.

#[macro_use]
mod kinds;

use octroi_licence::{
    AssignmentId, BorrowId, CategoryId, CivilMillis, CivilSeconds, DocumentDigest, EntityId,
    FeatureName, KeyId, KeySerial, LicenceId, ProductId, ProductVersion, ReservationId,
};
use serde::{Deserialize, Serialize};

use crate::{
    AcceptedBy, Actor, AnnouncementTopic, AnnouncementVerdict, BorrowEnd, ClockConfirmation,
    ContainerId, CounterAnomaly, DocumentCode, Effect, ElapsedMs, EndChoice, Epoch, Evidence,
    ExportKind, GroupKey, KeptText, ProcessIdentity, Refusal, RefusalCode, RequestNumber,
    ReservationVerdict, ScopeRecord, SeatEnd, SeatId, SessionEnd, SessionId, TextId, Time,
    TokenHash, UserPseudonym, WaitEnd, Whom, WindowRecord,
};

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When it was made.
    pub time: Time,
    /// What happened.
    pub event: Event,
}

macro_rules! events {
    ([] { $($(#[$doc:meta])* $number:literal $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })+ }) => {
        /// What happened. Each kind has a number of its own, given once for ever.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Event {
            $($(#[$doc])* $name { $($(#[$field_doc])* $field: $type,)* },)+
        }

        impl Event {
            /// Every kind: its number, its name, and the names and types of its fields in order. Spaces
            /// in a type mean nothing.
            pub const KINDS: &'static [(u16, &'static str, &'static [(&'static str, &'static str)])] =
                &[$(($number, stringify!($name), &[$((stringify!($field), stringify!($type)),)*]),)+];

            /// The kind's number.
            pub const fn kind(&self) -> u16 {
                match self { $(Self::$name { .. } => $number,)+ }
            }

            /// The kind's name.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name { .. } => stringify!($name),)+ }
            }

            /// Writes the fields in order, as a tuple, without the kind.
            ///
            /// # Errors
            /// Whatever the serializer says.
            pub fn serialize_fields<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$name { $($field,)* } => ($($field,)* ()).serialize(serializer),)+
                }
            }

            /// Reads the fields of the kind numbered `kind`; `None` where this version does not know it.
            ///
            /// # Errors
            /// Whatever the deserializer says.
            #[expect(unused_parens, reason = "a kind without fields is written as a unit")]
            pub fn deserialize_fields<'de, D: serde::Deserializer<'de>>(
                kind: u16,
                deserializer: D,
            ) -> Option<Result<Self, D::Error>> {
                match kind {
                    $($number => Some(
                        <($($type,)* ()) as Deserialize>::deserialize(deserializer)
                            .map(|($($field,)* ())| Self::$name { $($field,)* }),
                    ),)+
                    _ => None,
                }
            }
        }
    };
}

base_kinds! { [metrics_kinds metered_kinds lifecycle_kinds registers_kinds ending_kinds news_kinds proof_kinds hardware_kinds events] {} }

impl Event {
    /// The refusal that the record states, where it states one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::OpenRefused { refusal, .. }
            | Self::CheckoutRefused { refusal, .. }
            | Self::WaitEnded { refusal, .. }
            | Self::ReleaseRefused { refusal, .. }
            | Self::ConsumptionRefused { refusal, .. }
            | Self::BorrowRefused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }
}
