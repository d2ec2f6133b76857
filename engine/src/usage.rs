//! Amounts and borrowed seats as applications and administrators see them: answers and views, values
//! copied out of the state, true for the moment at which they were made.

use octroi_licence::{
    BorrowId, CivilSeconds, DocumentDigest, FeatureName, LicenceId, ProductId, ReservationId,
};

use crate::{ElapsedMs, RequestNumber, SeatId, TextId, UserPseudonym, WindowSpan, ids};

ids::numbered! {
    /// How a reservation stands.
    pub enum ReservationStatus {
        /// Nobody has decided yet; the amount is held.
        Waiting = 1,
        /// It was approved, and with that consumed.
        Approved = 2,
        /// The vendor refused it; the amount was given back.
        Refused = 3,
        /// An administrator took it back; the amount was given back.
        Withdrawn = 4,
        /// Its time was over before anybody decided, or it was forgotten since.
        Lapsed = 5,
    }
}

/// An amount that was consumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumption {
    /// Under which licence.
    pub licence: LicenceId,
    /// Under which licence document.
    pub licence_digest: DocumentDigest,
    /// Which feature.
    pub feature: FeatureName,
    /// How much.
    pub amount: u64,
    /// How much of it lies over the limit: an overdraft.
    pub excess: u64,
}

/// A window of a metered feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowView {
    /// Over which span.
    pub span: WindowSpan,
    /// What this daemon may consume in it; `None`: counted without a limit.
    pub limit: Option<u64>,
    /// What was consumed.
    pub used: u64,
    /// What is reserved and not yet decided.
    pub held: u64,
    /// First instant.
    pub starts_at: CivilSeconds,
    /// First instant after the end, at which everything is free again.
    pub ends_at: CivilSeconds,
}

impl WindowView {
    /// What may still be consumed; `None`: as much as one likes.
    pub fn remaining(&self) -> Option<u64> {
        let taken = self.used.saturating_add(self.held);
        self.limit.map(|limit| limit.saturating_sub(taken))
    }
}

/// A metered feature of one licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterView {
    /// Of which licence.
    pub licence: LicenceId,
    /// Of which product.
    pub product: ProductId,
    /// Which feature.
    pub feature: FeatureName,
    /// What is counted, for people; may be empty.
    pub counted: String,
    /// Its windows, the shortest first; the month is always among them.
    pub windows: Vec<WindowView>,
    /// How much of this month lies over the limit.
    pub excess: u64,
    /// First instant at which it may be used again; `None`: it may now.
    pub opens_at: Option<CivilSeconds>,
    /// What operations used, and the sum up to which each was announced.
    pub operations: Vec<(TextId, u64, Option<u64>)>,
}

/// An operation of a feature whose operations are announced (clause K4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationView {
    /// Of which licence.
    pub licence: LicenceId,
    /// Which feature.
    pub feature: FeatureName,
    /// Which operation; its name lies beside the ledger.
    pub operation: TextId,
    /// It is what was consumed without naming an operation in the month that begins then.
    pub month: Option<CivilSeconds>,
    /// What it used.
    pub used: u64,
    /// Up to which sum it is announced, and first instant at which that no longer holds.
    pub announced: Option<(u64, CivilSeconds)>,
    /// What may be used unannounced.
    pub announce_above: u64,
    /// It went over what it may, and that is recorded.
    pub unannounced: bool,
}

/// An amount that waits for approval, or was decided lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationView {
    /// Which; what an order that decides it names.
    pub reservation: ReservationId,
    /// The request that made it.
    pub number: RequestNumber,
    /// Whose session made it.
    pub user: UserPseudonym,
    /// Under which licence.
    pub licence: LicenceId,
    /// Which feature.
    pub feature: FeatureName,
    /// How much.
    pub amount: u64,
    /// How it stands.
    pub status: ReservationStatus,
    /// It lapses then, or is forgotten.
    pub until: ElapsedMs,
}

/// A borrowed seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loan {
    /// Which; what an order that writes it off names.
    pub borrow: BorrowId,
    /// The seat.
    pub seat: SeatId,
    /// Whose session borrowed it.
    pub user: UserPseudonym,
    /// Under which licence.
    pub licence: LicenceId,
    /// Under which licence document.
    pub licence_digest: DocumentDigest,
    /// Which feature.
    pub feature: FeatureName,
    /// How many units.
    pub units: u32,
    /// First instant after the present period: without renewal the seat is free then.
    pub until: CivilSeconds,
    /// No period ends later.
    pub longest: CivilSeconds,
    /// It was given back or recalled: there is no further period.
    pub returned: bool,
}
