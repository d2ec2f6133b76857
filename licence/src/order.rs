//! Orders: what the vendor says about a licence after its issue. This version knows suspend, resume,
//! terminate and clock reset; any other kind is refused as too new, never ignored.

use crate::{
    CivilSeconds, DocumentKind, DocumentType, FeatureName, Frame, KeyRole, LicenceId, PublicKey,
    TermError,
    fields::{instant, key_of, name, optional_instant, text_of},
    message,
};

/// A vendor's order about one licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The licence concerned.
    pub licence: LicenceId,
    /// What of it is concerned.
    pub scope: Scope,
    /// Why.
    pub ground: Ground,
    /// It does nothing before; `None`: at once.
    pub effective_at: Option<CivilSeconds>,
    /// For people; never names a person.
    pub reason: String,
    /// What is ordered.
    pub kind: OrderKind,
}

/// What of a licence an order concerns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scope {
    /// All of it.
    WholeLicence,
    /// One feature.
    Feature(FeatureName),
}

/// Why an order was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ground {
    /// Not stated.
    Unstated,
    /// Clauses Z8, A12, K5, B7, T7.
    LatePayment,
    /// A breach of the contract.
    Breach,
    /// Clause T8.
    Tampering,
    /// The term is over.
    TermEnded,
    /// Clause Z18.
    Transfer,
    /// Something else, told in the reason.
    Other,
}

/// What is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OrderKind {
    /// Nothing is granted until resumed; seats end.
    Suspend,
    /// A suspension of the same scope ends.
    Resume,
    /// Nothing is granted ever again under this licence.
    Terminate,
    /// The daemon's civil time goes back, once.
    ClockReset {
        /// The daemon concerned.
        daemon_key: PublicKey,
        /// Ledger sequence of the record that reports the anomaly.
        anomaly: u64,
        /// The time to go back to.
        new_time: CivilSeconds,
    },
}

impl DocumentType for Order {
    const KIND: DocumentKind = DocumentKind::Order;
    const ROLE: KeyRole = KeyRole::Issuing;
    type Message = message::Order;

    fn read(wire: Self::Message, frame: &Frame) -> Result<Self, TermError> {
        use message::{Ground as WireGround, order::Kind, scope};
        let scope = match wire.scope {
            None => return Err(TermError::Missing { field: "scope" }),
            Some(message::Scope { kind: None }) => {
                return Err(TermError::Unknown { field: "scope" });
            }
            Some(message::Scope {
                kind: Some(scope::Kind::WholeLicence(_)),
            }) => Scope::WholeLicence,
            Some(message::Scope {
                kind: Some(scope::Kind::Feature(feature)),
            }) => Scope::Feature(name("scope", &feature)?),
        };
        let ground = match WireGround::try_from(wire.ground) {
            Ok(WireGround::Unspecified) => Ground::Unstated,
            Ok(WireGround::LatePayment) => Ground::LatePayment,
            Ok(WireGround::Breach) => Ground::Breach,
            Ok(WireGround::Tampering) => Ground::Tampering,
            Ok(WireGround::TermEnded) => Ground::TermEnded,
            Ok(WireGround::Transfer) => Ground::Transfer,
            Ok(WireGround::Other) => Ground::Other,
            Err(_) => return Err(TermError::Unknown { field: "ground" }),
        };
        let kind = match wire.kind {
            Some(Kind::Suspend(_)) => OrderKind::Suspend,
            Some(Kind::Resume(_)) => OrderKind::Resume,
            Some(Kind::Terminate(_)) => OrderKind::Terminate,
            Some(Kind::ClockReset(reset)) => OrderKind::ClockReset {
                daemon_key: key_of("clock_reset.daemon_key", &reset.daemon_key)?,
                anomaly: reset.anomaly,
                new_time: instant("clock_reset.new_time", reset.new_time_s)?,
            },
            None => {
                return Err(TermError::Unknown {
                    field: "order kind",
                });
            }
        };
        if matches!(kind, OrderKind::ClockReset { .. }) && scope != Scope::WholeLicence {
            let what = "a clock reset concerns the whole licence, not one feature".to_owned();
            return Err(TermError::Contradiction { what });
        }
        frame.in_sequence()?;
        Ok(Self {
            licence: frame.of_licence()?,
            scope,
            ground,
            effective_at: optional_instant("effective_at", wire.effective_at_s)?,
            reason: text_of("reason", wire.reason)?,
            kind,
        })
    }
}
