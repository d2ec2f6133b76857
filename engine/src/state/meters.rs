//! Amounts: what was consumed in which window, what is reserved, what was announced. A window that
//! was left is remembered for a while, so that a recorded reset of the clock finds it again; what a
//! window may hold stands in the licence and never here.

use std::collections::BTreeMap;

use octroi_licence::{CivilMillis, CivilSeconds, DocumentDigest, ReservationId};

use crate::{
    ElapsedMs, RequestNumber, ReservationStatus, SessionId, TextId, UserPseudonym, WindowRecord,
    WindowSpan, ids::PoolKey,
};

/// Windows of one span that are remembered.
const WINDOWS_MAX: usize = 3;

/// One window of a meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) ends_at: CivilSeconds,
    pub(crate) used: u64,
    /// How much of it lay over the limit.
    pub(crate) excess: u64,
}

/// What one operation used, and what was announced of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) used: u64,
    /// The month of its last use.
    pub(crate) month: CivilSeconds,
    pub(crate) announced: Option<(u64, CivilSeconds)>,
    /// It went over what it may and that was recorded.
    pub(crate) reported: bool,
}

/// The amounts of one feature of one licence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Meter {
    pub(crate) windows: BTreeMap<(WindowSpan, CivilSeconds), Window>,
    /// Reserved and not yet decided.
    pub(crate) held: u64,
    pub(crate) overdraft_until: Option<CivilSeconds>,
    pub(crate) operations: BTreeMap<TextId, Operation>,
}

impl Meter {
    /// The newest window of a span, with its first instant.
    pub(crate) fn newest(&self, span: WindowSpan) -> Option<(CivilSeconds, Window)> {
        let all = (span, CivilSeconds(i64::MIN))..=(span, CivilSeconds(i64::MAX));
        let (key, window) = self.windows.range(all).next_back()?;
        Some((key.1, *window))
    }

    fn consume(&mut self, amount: u64, excess: u64, windows: &[WindowRecord]) {
        for record in windows {
            let key = (record.span, record.starts_at);
            let window = self.windows.entry(key).or_insert(Window {
                ends_at: record.ends_at,
                used: 0,
                excess: 0,
            });
            window.used = window.used.saturating_add(amount);
            window.excess = window.excess.saturating_add(excess);
            let all = (record.span, CivilSeconds(i64::MIN))..=(record.span, CivilSeconds(i64::MAX));
            while self.windows.range(all.clone()).count() > WINDOWS_MAX {
                let Some(oldest) = self.windows.range(all.clone()).next().map(|(key, _)| *key)
                else {
                    break;
                };
                self.windows.remove(&oldest);
            }
        }
    }

    fn operate(&mut self, operation: TextId, amount: u64, windows: &[WindowRecord]) {
        let month = windows
            .iter()
            .find(|window| window.span == WindowSpan::Month)
            .map_or(CivilSeconds(i64::MIN), |window| window.starts_at);
        let one = self.operations.entry(operation).or_default();
        one.used = one.used.saturating_add(amount);
        one.month = one.month.max(month);
        // An operation that rested for a whole month is forgotten.
        let before = self
            .windows
            .range(..(WindowSpan::Month, month))
            .next_back()
            .map_or(month, |((_, starts_at), _)| *starts_at);
        self.operations.retain(|_, one| {
            one.month >= before || one.announced.is_some_and(|(_, until)| until > month)
        });
    }
}

/// An amount that waits for approval, or was decided lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reservation {
    pub(crate) session: SessionId,
    pub(crate) number: RequestNumber,
    pub(crate) user: UserPseudonym,
    pub(crate) key: PoolKey,
    pub(crate) licence_digest: DocumentDigest,
    pub(crate) amount: u64,
    pub(crate) operation: Option<TextId>,
    pub(crate) until: ElapsedMs,
    pub(crate) status: ReservationStatus,
}

impl Reservation {
    pub(crate) fn waits(&self) -> bool {
        self.status == ReservationStatus::Waiting
    }
}

/// Every meter and every reservation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Meters {
    pub(crate) by_key: BTreeMap<PoolKey, Meter>,
    pub(crate) reservations: BTreeMap<ReservationId, Reservation>,
}

impl Meters {
    pub(crate) fn get(&self, key: &PoolKey) -> Option<&Meter> {
        self.by_key.get(key)
    }

    pub(crate) fn consume(
        &mut self,
        key: &PoolKey,
        (amount, excess): (u64, u64),
        windows: &[WindowRecord],
        operation: Option<TextId>,
    ) {
        let meter = self.by_key.entry(key.clone()).or_default();
        meter.consume(amount, excess, windows);
        if let Some(operation) = operation {
            meter.operate(operation, amount, windows);
        }
    }

    pub(crate) fn reserve(&mut self, id: ReservationId, reservation: Reservation) {
        let meter = self.by_key.entry(reservation.key.clone()).or_default();
        meter.held = meter.held.saturating_add(reservation.amount);
        self.reservations.insert(id, reservation);
    }

    /// A reservation is no longer held in the windows.
    pub(crate) fn decide(
        &mut self,
        id: ReservationId,
        status: ReservationStatus,
    ) -> Option<Reservation> {
        let reservation = self
            .reservations
            .get_mut(&id)
            .filter(|reservation| reservation.waits())?;
        reservation.status = status;
        let decided = reservation.clone();
        if let Some(meter) = self.by_key.get_mut(&decided.key) {
            meter.held = meter.held.saturating_sub(decided.amount);
        }
        Some(decided)
    }

    /// The vendor's recorded reset: windows that have not begun by then were never there.
    pub(crate) fn reset(&mut self, mark: CivilMillis) {
        for meter in self.by_key.values_mut() {
            meter
                .windows
                .retain(|(_, starts_at), _| starts_at.millis() <= mark);
        }
    }
}
