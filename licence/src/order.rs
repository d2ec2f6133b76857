//! Orders: what the vendor says about a licence after its issue. Any kind that this version does not
//! know or does not carry out is refused as too new, never ignored. Orders name users, borrowed seats
//! and reservations only by random ids of the daemon's.

mod read;

use crate::{
    AssignmentId, BorrowId, CivilSeconds, DocumentDigest, FeatureName, HostIdentity, LicenceId,
    MeterWindow, PublicKey, ReservationId, Seats, choice::choice,
};

/// The most hosts that one list names.
pub const HOSTS_LISTED_MAX: usize = 1_000;

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
    /// Maintenance: versions released from then on (clauses T7, T17).
    Maintenance,
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
    /// No reason is needed; refused where the licence excludes it (clause T17).
    Convenience,
    /// Clause A23.
    ForceMajeure,
    /// Use that was to be announced and was not (clause K4).
    UnannouncedUse,
    /// The client asked for it.
    ClientRequest,
}

choice! {
    /// What becomes of the scope when a cure notice ends without having been lifted.
    CureOutcome {
        /// It is terminated by itself.
        Terminates,
        /// Nothing, before another order.
        SecondDocument,
    }
}

choice! {
    /// The vendor's word on a reservation.
    ReservationDecision {
        /// It may be consumed.
        Approved,
        /// It lapses.
        Refused,
    }
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
    /// The full scope statement is produced from the date on (clause Z5).
    Audit {
        /// From receipt on, whatever the date says.
        urgent: bool,
    },
    /// A breach is to be cured (clauses Z19, A12, B3).
    CureNotice {
        /// The clause that is breached.
        clause: String,
        /// The event from which the delay runs, for people.
        started_at: Option<CivilSeconds>,
        /// First instant after the delay; after the order's date.
        ends_at: CivilSeconds,
        /// What happens then.
        outcome: CureOutcome,
        /// The scope is suspended from the order's date until the notice is lifted; where a second
        /// document is wanted at the end, it stays so until that comes.
        suspended_meanwhile: bool,
    },
    /// A cure notice is taken back: the breach is cured.
    LiftCureNotice {
        /// The order that gave notice.
        notice: DocumentDigest,
    },
    /// An assignment ends and its seat is free (clause Z3).
    Reassign(AssignmentId),
    /// A user's sessions end and no others begin; the seat stays counted (clause K1).
    BlockUser(AssignmentId),
    /// The user may check out again.
    UnblockUser(AssignmentId),
    /// A borrowed seat whose holder is lost is free again.
    WriteOff(BorrowId),
    /// The licence passes to another client; this daemon closes (clause Z18).
    Transfer {
        /// The vendor's number of the new client.
        new_client_id: String,
        /// For people.
        new_client_name: String,
        /// The licence that continues it; `None`: the same id.
        new_licence: Option<LicenceId>,
    },
    /// The term ends later.
    Renew {
        /// First instant after the new end.
        ends_at: CivilSeconds,
    },
    /// The term ends without renewal.
    NonRenewal {
        /// First instant after the end that stands.
        ends_at: CivilSeconds,
        /// When the notice was received or first presented.
        received_at: Option<CivilSeconds>,
        /// The client gave notice, not the vendor.
        by_client: bool,
    },
    /// Other limits of one feature (clause A22).
    LimitChange {
        /// `None`: unchanged.
        count: Option<Seats>,
        /// Instead of the windows of the same units; others are unchanged.
        windows: Vec<MeterWindow>,
        /// First instant at which the licence's own limits hold again; `None`: until changed again.
        until: Option<CivilSeconds>,
    },
    /// Nothing is granted over the limit from the date on (clause B3).
    OverdraftNotice,
    /// Counters of lateness stand still (clause A23).
    ForceMajeure {
        /// First instant after; after the order's date.
        ends_at: CivilSeconds,
        /// The licence ends there by itself.
        terminates: bool,
    },
    /// The hosts that have a feature, instead of those that a server counts.
    HostList(Vec<HostIdentity>),
    /// The vendor's word on a reservation that waits for approval (clause A22).
    DecideReservation {
        /// Which.
        reservation: ReservationId,
        /// What was decided.
        decision: ReservationDecision,
    },
}

impl OrderKind {
    /// The kind's name in files and answers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Terminate => "terminate",
            Self::ClockReset { .. } => "clock-reset",
            Self::Audit { .. } => "audit",
            Self::CureNotice { .. } => "cure-notice",
            Self::LiftCureNotice { .. } => "lift-cure-notice",
            Self::Reassign(_) => "reassign",
            Self::BlockUser(_) => "block-user",
            Self::UnblockUser(_) => "unblock-user",
            Self::WriteOff(_) => "write-off",
            Self::Transfer { .. } => "transfer",
            Self::Renew { .. } => "renewal",
            Self::NonRenewal { .. } => "non-renewal",
            Self::LimitChange { .. } => "limit-change",
            Self::OverdraftNotice => "overdraft-notice",
            Self::ForceMajeure { .. } => "force-majeure",
            Self::HostList(_) => "host-list",
            Self::DecideReservation { .. } => "decide-reservation",
        }
    }

    /// What a scope must be for this kind.
    fn scopes(&self) -> Scopes {
        match self {
            Self::Suspend | Self::Resume | Self::Terminate | Self::CureNotice { .. } => Scopes::Any,
            Self::ClockReset { .. }
            | Self::Audit { .. }
            | Self::LiftCureNotice { .. }
            | Self::Transfer { .. }
            | Self::Renew { .. }
            | Self::NonRenewal { .. }
            | Self::ForceMajeure { .. } => Scopes::WholeLicence,
            Self::Reassign(_)
            | Self::BlockUser(_)
            | Self::UnblockUser(_)
            | Self::OverdraftNotice => Scopes::LicenceOrFeature,
            Self::WriteOff(_)
            | Self::LimitChange { .. }
            | Self::HostList(_)
            | Self::DecideReservation { .. } => Scopes::Feature,
        }
    }
}

/// The scopes in which a kind makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scopes {
    Any,
    WholeLicence,
    LicenceOrFeature,
    Feature,
}

impl Scopes {
    fn admit(self, scope: &Scope) -> bool {
        match self {
            Self::Any => true,
            Self::WholeLicence => *scope == Scope::WholeLicence,
            Self::LicenceOrFeature => *scope != Scope::Maintenance,
            Self::Feature => matches!(scope, Scope::Feature(_)),
        }
    }
}
