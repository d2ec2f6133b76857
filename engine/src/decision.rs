//! What the shell gets back from a decision: records to be written first, the asker's answer, and what
//! sessions must be told without having asked.

use octroi_licence::{
    BorrowId, CivilSeconds, DocumentDigest, FeatureName, LicenceId, ReservationId,
};

use crate::{
    Consumption, ElapsedMs, Epoch, Loan, Record, Refusal, RequestNumber, ReservationStatus,
    SeatEnd, SeatId, SessionId, SyncOutcome, UserPseudonym, WindowView,
};

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// To be written before anything is answered. Already applied to the state.
    pub records: Vec<Record>,
    /// The asker's answer.
    pub outcome: Outcome,
    /// What other sessions, or this one later, must be told.
    pub notices: Vec<(SessionId, Notice)>,
}

/// The asker's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Done, nothing to tell.
    Done,
    /// A session is open or goes on.
    Session {
        /// Which.
        session: SessionId,
        /// The stream that serves it now.
        epoch: Epoch,
    },
    /// A seat is held.
    Granted(Grant),
    /// The check-out waits.
    Waiting {
        /// 1 is the head.
        place: u32,
        /// Until when.
        deadline: ElapsedMs,
    },
    /// Nothing yet: the licence asks for a proof by its hardware keys at each check-out. The shell asks
    /// the keys, and then the engine again.
    ProofNeeded {
        /// Which licence's keys.
        licence: LicenceId,
    },
    /// The seat was given back.
    Released {
        /// Which.
        seat: SeatId,
    },
    /// An amount was consumed.
    Consumed {
        /// What.
        consumption: Consumption,
        /// How its windows stand now.
        windows: Vec<WindowView>,
    },
    /// An amount is reserved until it is approved.
    Reserved {
        /// Which reservation.
        reservation: ReservationId,
        /// How it stands.
        status: ReservationStatus,
        /// It lapses then, or is forgotten; `None`: it is no longer known.
        until: Option<ElapsedMs>,
    },
    /// A seat is borrowed, or has another period.
    Borrowed(Loan),
    /// A borrowed seat was given back.
    Returned {
        /// Which.
        borrow: BorrowId,
        /// It is free then.
        until: CivilSeconds,
    },
    /// A revoked seat: gone, or with its holder until the hold passes.
    Revoked {
        /// It is free now.
        freed: bool,
        /// The hold, in milliseconds.
        hold_ms: u64,
    },
    /// A document is in force.
    Installed,
    /// The same document was installed before.
    AlreadyInstalled,
    /// An amendment has its place in the sequence and waits for an administrator's acceptance.
    AwaitsAcceptance,
    /// A document waits for the ones before it.
    Pending {
        /// The sequence number that is missing.
        expected: u64,
    },
    /// Named users were compared with a list: what became of each on it, in its order, and then of
    /// those who are no longer on it.
    Synced(Vec<(UserPseudonym, SyncOutcome)>),
    /// It stands in a register.
    Entered {
        /// The record's number.
        record: u64,
        /// It came after its date; of disputes only.
        late: bool,
    },
    /// A notice of non-renewal stands.
    NonRenewal {
        /// First instant after the end that stands.
        ends_at: CivilSeconds,
    },
    /// No.
    Refused(Refusal),
}

/// A seat as its holder sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The seat.
    pub seat: SeatId,
    /// The check-out that got it.
    pub number: RequestNumber,
    /// Under which licence.
    pub licence: LicenceId,
    /// Under which licence document.
    pub licence_digest: DocumentDigest,
    /// Which feature.
    pub feature: FeatureName,
    /// How many units.
    pub units: u32,
    /// First instant at which licence, feature or certificate ends.
    pub ends_at: Option<CivilSeconds>,
    /// Units that were granted over the limit.
    pub overdrawn: u32,
}

/// What a session must be told without having asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A waiting check-out got its seat.
    Granted(Grant),
    /// A waiting check-out got none.
    WaitRefused {
        /// Which check-out.
        number: RequestNumber,
        /// Why.
        refusal: Refusal,
    },
    /// An administrator takes a seat back.
    SeatRevoked {
        /// Which.
        seat: SeatId,
        /// How long it may be kept, in milliseconds.
        hold_ms: u64,
    },
    /// A seat is gone.
    SeatEnded {
        /// Which.
        seat: SeatId,
        /// Why.
        cause: SeatEnd,
    },
    /// A reservation was decided, or lapsed.
    ReservationDecided {
        /// The request that made it.
        number: RequestNumber,
        /// Which.
        reservation: ReservationId,
        /// How it stands.
        status: ReservationStatus,
    },
    /// The keys of a licence are away.
    KeyAway {
        /// Which licence.
        licence: LicenceId,
        /// What is left of the budget, in milliseconds.
        budget_left_ms: u64,
    },
    /// They are back.
    KeyBack {
        /// Which licence.
        licence: LicenceId,
    },
    /// A licence, or a feature of it, comes to its end: seats of it are lost then.
    LicenceEnding {
        /// Which licence.
        licence: LicenceId,
        /// Which feature; `None`: all.
        feature: Option<FeatureName>,
        /// When the seats are lost.
        ends_at: CivilSeconds,
    },
    /// A licence or certificate that the session rests on was replaced.
    DocumentsChanged {
        /// Which licence.
        licence: LicenceId,
    },
}
