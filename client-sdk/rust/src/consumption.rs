//! Amounts of metered features: what was consumed, what its windows leave, and what waits for approval.

use octroi_licence::{
    CivilMillis, CivilSeconds, DocumentDigest, FeatureName, LicenceId, ReservationId,
};
use octroi_proto::licensing::v1 as wire;

use crate::Beneficiary;

/// How an amount is consumed. The default is for the operating-system user, of no operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "options do nothing by themselves"]
pub struct ConsumeOptions {
    pub(crate) whom: Option<Beneficiary>,
    pub(crate) operation: Option<String>,
}

impl ConsumeOptions {
    /// For somebody else than the operating-system user.
    pub fn whom(mut self, whom: Beneficiary) -> Self {
        self.whom = Some(whom);
        self
    }

    /// The operation that it belongs to, such as one campaign, by a name of at most 256 bytes: what
    /// the administrator announced of it counts for it.
    pub fn operation(mut self, name: impl Into<String>) -> Self {
        self.operation = Some(name.into());
        self
    }
}

/// What became of a consumption.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Consumption {
    /// The amount was consumed, in all windows at once.
    Consumed(Consumed),
    /// The licence asks for approval: the amount is held, nothing is consumed yet.
    /// [`Event::ReservationDecided`](crate::Event::ReservationDecided) says what became of it.
    AwaitingApproval(ReservationId),
}

/// An amount that was consumed. Proven by the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Consumed {
    /// The feature.
    pub feature: FeatureName,
    /// How much.
    pub amount: u64,
    /// How much of it lies over the limit, as the licence allows.
    pub excess: u64,
    /// The licence.
    pub licence: LicenceId,
    /// The exact licence document.
    pub licence_digest: DocumentDigest,
    /// When, as the daemon judges time.
    pub at: CivilMillis,
    /// How the feature's windows stand afterwards, the shortest first.
    pub windows: Vec<Window>,
}

impl Consumed {
    /// What may still be consumed now; `None`: as much as one likes.
    pub fn remaining(&self) -> Option<u64> {
        self.windows.iter().filter_map(Window::remaining).min()
    }
}

/// A window of a metered feature, by the calendar of the licence's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Window {
    /// Over which span.
    pub span: WindowSpan,
    /// What may be consumed in it on this machine; `None`: counted without a limit.
    pub limit: Option<u64>,
    /// What was consumed in it.
    pub used: u64,
    /// What is held for approval.
    pub held: u64,
    /// First instant.
    pub starts_at: CivilSeconds,
    /// First instant after its end, when everything is free again.
    pub ends_at: CivilSeconds,
}

impl Window {
    /// What may still be consumed in it; `None`: as much as one likes.
    pub fn remaining(&self) -> Option<u64> {
        let taken = self.used.saturating_add(self.held);
        self.limit.map(|limit| limit.saturating_sub(taken))
    }

    /// `None`: a span of a later daemon.
    pub(crate) fn from_wire(wire: &wire::Window) -> Option<Self> {
        let span = match wire::WindowSpan::try_from(wire.span).ok()? {
            wire::WindowSpan::Unspecified => return None,
            wire::WindowSpan::Hour => WindowSpan::Hour,
            wire::WindowSpan::Day => WindowSpan::Day,
            wire::WindowSpan::Month => WindowSpan::Month,
        };
        Some(Self {
            span,
            limit: wire.limit,
            used: wire.used,
            held: wire.held,
            starts_at: CivilSeconds(wire.starts_at_s),
            ends_at: CivilSeconds(wire.ends_at_s),
        })
    }
}

/// How long a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WindowSpan {
    /// An hour of the clock.
    Hour,
    /// A day of the calendar.
    Day,
    /// A month of the calendar.
    Month,
}

impl WindowSpan {
    /// Its name in refusals: `hour`, `day` or `month`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// A window that has not so much left as was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FullWindow {
    /// Over which span.
    pub span: WindowSpan,
    /// What may be consumed in it.
    pub limit: u64,
    /// What was consumed or is held.
    pub used: u64,
    /// When everything is free again; `None`: what was asked for is more than a whole window.
    pub reopens_at: Option<CivilMillis>,
}

/// What became of an amount that was held for approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReservationDecision {
    /// It was approved, and with that consumed.
    Approved,
    /// The vendor refused it.
    Refused,
    /// The administrator took it back.
    Withdrawn,
    /// Nobody decided in time.
    Lapsed,
}

impl ReservationDecision {
    pub(crate) fn from_wire(status: i32) -> Option<Self> {
        use wire::ReservationStatus as Status;
        match Status::try_from(status).ok()? {
            Status::Unspecified | Status::Waiting => None,
            Status::Approved => Some(Self::Approved),
            Status::Refused => Some(Self::Refused),
            Status::Withdrawn => Some(Self::Withdrawn),
            Status::Lapsed => Some(Self::Lapsed),
        }
    }
}

/// 16 bytes; anything else is none.
pub(crate) fn reservation_id(bytes: &[u8]) -> Option<ReservationId> {
    <[u8; 16]>::try_from(bytes).ok().map(ReservationId)
}
