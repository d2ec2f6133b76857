//! The fold of the records, and nothing else: [`State::apply`] looks into no document, knows no
//! policy and decides nothing, so that any later version replays an old ledger to the same state.
//! A record that contradicts the state is folded as far as it makes sense and never panics; whether
//! a ledger is genuine is judged where it is read.

mod apply;
mod borrows;
mod clock;
mod digest;
mod endings;
mod keys;
mod licences;
mod lifecycle;
mod meters;
mod metrics;
mod named;
mod news;
mod overdrafts;
mod parties;
mod proven;
mod queue;
mod seats;
mod sessions;

use std::collections::{BTreeMap, BTreeSet};

use octroi_licence::{
    CivilMillis, DocumentDigest, FeatureName, KeySerial, LicenceId, ReservationId,
};

use self::apply::apply_to_installed;
pub(crate) use self::{
    borrows::{Borrowed, Borrows},
    clock::{Clock, Moment},
    endings::Ending,
    keys::{KeyState, Presence},
    licences::{CertificateState, LicenceState, OrderState, Ordered, PendingState, Taken},
    lifecycle::{Cure, Export, Facts, Lifecycle, Standstill},
    meters::{Meter, Meters, Reservation, Window},
    named::{Assigned, Assignment, NamedUsers},
    news::News,
    overdrafts::{OpenMonth, Overdrafts, Overdrawn},
    parties::{Claim, Parties, Party},
    proven::ProvenCheckouts,
    queue::{LineKey, Queue, Waiter},
    seats::{Pool, PoolIndex, Seat, Seats, owner},
    sessions::{Answer, Session, Sessions},
};
use crate::{
    DocumentCode, ElapsedMs, Event, Record, RequestNumber, SeatId, SeatStatus, SessionId,
    ids::PoolKey,
};

/// What waits for elapsed time to pass. The order of the variants breaks ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// A lingering seat no longer counts.
    Linger(SeatId),
    /// A revoked seat's hold passes.
    Hold(SeatId),
    /// A place in a queue is lost.
    Wait(u64),
    /// A detached session ends.
    Detached(SessionId),
    /// A reservation lapses, or is forgotten.
    Reservation(ReservationId),
}

/// Everything that the records say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    pub(crate) records: u64,
    pub(crate) clock: Option<Clock>,
    /// When the daemon started last.
    pub(crate) started_at: ElapsedMs,
    pub(crate) licences: BTreeMap<LicenceId, LicenceState>,
    pub(crate) revocations: Option<(u64, DocumentDigest)>,
    pub(crate) keys: BTreeMap<KeySerial, KeyState>,
    /// Keys that are lost, and the licence whose document says so.
    pub(crate) revoked_keys: BTreeMap<KeySerial, LicenceId>,
    pub(crate) sessions: Sessions,
    pub(crate) seats: Seats,
    pub(crate) queue: Queue,
    pub(crate) parties: Parties,
    pub(crate) proven: ProvenCheckouts,
    pub(crate) named: NamedUsers,
    pub(crate) overdrafts: Overdrafts,
    pub(crate) meters: Meters,
    pub(crate) borrows: Borrows,
    pub(crate) news: News,
    pub(crate) timers: BTreeSet<(ElapsedMs, Timer)>,
    /// Interventions that are open, by the number of the record that opened each, with when.
    pub(crate) interventions: BTreeMap<u64, CivilMillis>,
    /// Documents that came before their licence.
    pub(crate) orphans: BTreeMap<LicenceId, BTreeMap<(u64, DocumentCode), PendingState>>,
}

impl State {
    /// Records folded so far, which is the sequence number of the last one.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Elapsed time at the last record.
    pub fn elapsed(&self) -> ElapsedMs {
        self.clock
            .as_ref()
            .map_or(ElapsedMs(0), |clock| clock.elapsed)
    }

    /// SHA-256 over a canonical walk of the state. Two engines that folded the same records have the
    /// same digest, in whatever version. It looks at everything: a tenth of a second or two where
    /// a hundred thousand seats are held.
    pub fn digest(&self) -> [u8; 32] {
        digest::of(self)
    }

    pub(crate) fn apply(&mut self, record: &Record) {
        self.records += 1;
        match &mut self.clock {
            Some(clock) => clock.advance(&record.time, &record.event),
            none => *none = Some(Clock::first(&record.time)),
        }
        self.proven.follow(&record.event);
        self.apply_event(record);
    }

    fn apply_event(&mut self, record: &Record) {
        let now = self.elapsed();
        match &record.event {
            Event::LedgerOpened { .. }
            | Event::CheckoutProven { .. }
            | Event::DaemonStopped {}
            | Event::Synced { .. }
            | Event::TailLost { .. }
            | Event::CheckpointSigned { .. }
            | Event::VendorTrusted { .. }
            | Event::ActivationRequested { .. }
            | Event::OpenRefused { .. }
            | Event::ForkFound {}
            | Event::DiagnosisWritten { .. }
            | Event::RefusalsCounted { .. }
            | Event::UsersSynced { .. }
            | Event::LogbookEntered { .. }
            | Event::InvoiceDisputed { .. }
            | Event::Exported { .. }
            | Event::TextErased { .. } => {}
            Event::InterventionOpened { .. } => {
                let opened_at = record.time.civil_ms;
                self.interventions.insert(self.records, opened_at);
            }
            Event::InterventionClosed { opened, .. } => {
                self.interventions.remove(opened);
            }
            Event::DaemonStarted { .. } => self.started(now),
            Event::LicenceInstalled { .. }
            | Event::CertificateInstalled { .. }
            | Event::OrderInstalled { .. }
            | Event::OrderApplied { .. }
            | Event::RevocationsInstalled { .. }
            | Event::DocumentPending { .. }
            | Event::DocumentRefused { .. }
            | Event::HostCompared { .. }
            | Event::AbsenceStarted { .. }
            | Event::AbsenceEnded { .. }
            | Event::AbsenceBudgetSpent { .. }
            | Event::LicenceEnded { .. } => self.apply_to_licence(&record.event, now),
            Event::SessionOpened { .. }
            | Event::SessionResumed { .. }
            | Event::SessionDetached { .. }
            | Event::SessionEnded { .. } => self.apply_to_session(&record.event),
            Event::SeatGranted { .. }
            | Event::CheckoutRefused { .. }
            | Event::CheckoutQueued { .. }
            | Event::WaitEnded { .. }
            | Event::SeatReleased { .. }
            | Event::ReleaseRefused { .. }
            | Event::SeatEnded { .. }
            | Event::SeatRevoked { .. }
            | Event::LingerEnded { .. } => self.apply_to_seat(record),
            Event::KeyIntent { .. }
            | Event::KeyProven { .. }
            | Event::KeyAbsent { .. }
            | Event::KeyCounterAnomalous { .. }
            | Event::HardwareKeyRevoked { .. }
            | Event::HardwareKeyReinstated { .. }
            | Event::RevokedKeyAnswered { .. } => self.apply_to_key(&record.event, now),
            Event::ClockLeapt { .. }
            | Event::ClockConfirmed { .. }
            | Event::ClockBehind { .. }
            | Event::ClockReset { .. }
            | Event::ClockSteady { .. } => self.apply_to_clock(&record.event),
            Event::CheckoutFor { .. }
            | Event::SeatFor { .. }
            | Event::UserAssigned { .. }
            | Event::AssignmentEnded { .. }
            | Event::AssignmentBlocked { .. }
            | Event::AssignmentUnblocked { .. }
            | Event::UserBlocked { .. }
            | Event::UserUnblocked { .. }
            | Event::UserErased { .. }
            | Event::LeaverFlagged { .. }
            | Event::OrderCarriedOut { .. } => self.apply_to_users(record),
            Event::SeatOverdrawn { .. }
            | Event::OverdraftBegan { .. }
            | Event::OverdraftSettled { .. }
            | Event::OverdraftCounted { .. }
            | Event::LimitChangeEnded { .. }
            | Event::SoftLimitCrossed { .. }
            | Event::SoftLimitLeft { .. } => self.apply_to_overdrafts(&record.event),
            Event::PeriodBegan { .. }
            | Event::RenewalOrdered { .. }
            | Event::NonRenewalOrdered { .. }
            | Event::NonRenewalRecorded { .. }
            | Event::ExportOpened { .. }
            | Event::ExportClosed { .. }
            | Event::EndNoticeGiven { .. }
            | Event::CureNoticeGiven { .. }
            | Event::MaintenanceCureNoticeGiven { .. }
            | Event::CureNoticeLifted { .. }
            | Event::CureNoticeEnded { .. }
            | Event::AuditOpened { .. }
            | Event::LicenceTransferred { .. }
            | Event::ForceMajeureBegan { .. }
            | Event::ForceMajeureEnded { .. }
            | Event::OrderVoid { .. }
            | Event::AmendmentReceived { .. }
            | Event::DocumentAccepted { .. }
            | Event::AmendmentApplied { .. }
            | Event::EscrowReleased { .. }
            | Event::TamperingSuspended { .. }
            | Event::EvaluationOpened { .. }
            | Event::SoftwareAccepted { .. }
            | Event::ReservesRecorded { .. }
            | Event::EndedByClient { .. }
            | Event::EndOfUseDeclared { .. }
            | Event::EndOfUseDue { .. }
            | Event::EndOfUseReminded { .. }
            | Event::EndOfUseOverdue { .. }
            | Event::EndOfUseCertified { .. } => self.apply_to_lifecycle(record),
            Event::AmountConsumed { .. }
            | Event::ConsumptionRefused { .. }
            | Event::AmountReserved { .. }
            | Event::ReservationDecided { .. }
            | Event::ReservationEnded { .. }
            | Event::ThresholdCrossed { .. }
            | Event::OperationAnnounced { .. }
            | Event::OperationUnannounced { .. }
            | Event::BorrowRefused { .. } => self.apply_to_meter(&record.event),
            Event::SeatBorrowed { .. }
            | Event::BorrowRenewed { .. }
            | Event::BorrowReturned { .. }
            | Event::BorrowRecalled { .. }
            | Event::BorrowEnded { .. } => self.apply_to_borrow(record),
            Event::AnnouncementReceived { .. }
            | Event::AnnouncementAnswered { .. }
            | Event::OutdatedVersionServed { .. } => self.apply_to_news(record),
            Event::MaintenanceOrdered { .. } | Event::SessionContained { .. } => {
                self.apply_to_place(&record.event);
            }
        }
    }

    /// Presence of keys and identity of the host must be proven anew.
    fn started(&mut self, now: ElapsedMs) {
        self.started_at = now;
        for key in self.keys.values_mut() {
            key.presence = Presence::Unknown;
        }
        for licence in self.licences.values_mut() {
            licence.host = None;
        }
    }

    fn apply_to_clock(&mut self, event: &Event) {
        let Some(clock) = &mut self.clock else { return };
        let back = clock.apply(event, self.records);
        if let Some(civil) = back {
            for licence in self.licences.values_mut() {
                licence.civil_went_back(civil);
            }
        }
        if let Event::ClockReset { digest, mark, .. } = event {
            self.meters.reset(*mark);
            let orders = self
                .licences
                .values_mut()
                .flat_map(|licence| &mut licence.orders);
            for order in orders.filter(|order| order.digest == *digest) {
                order.taken = Some(Taken::Reset);
            }
        }
    }

    fn apply_to_licence(&mut self, event: &Event, now: ElapsedMs) {
        match event {
            Event::LicenceInstalled {
                licence,
                serial,
                digest,
                sequence,
                ..
            } => {
                let state = self
                    .licences
                    .entry(licence.clone())
                    .or_insert_with(|| LicenceState::new(*serial, *digest, *sequence));
                state.serial = *serial;
                state.digest = *digest;
                state.advance(*sequence, *digest);
                state.ended.clear();
                state.stated_anew();
                state.lifecycle.amendments.clear();
                if let Some(waiting) = self.orphans.remove(licence) {
                    state.pending.extend(waiting);
                }
                state.revoked = false;
            }
            Event::RevocationsInstalled {
                version,
                digest,
                revoked,
                ..
            } => {
                self.revocations = Some((*version, *digest));
                for (id, licence) in &mut self.licences {
                    licence.revoked = revoked.contains(id);
                }
            }
            Event::DocumentRefused { digest, .. } => {
                for licence in self.licences.values_mut() {
                    licence.settled(DocumentDigest::from_bytes(*digest));
                }
                self.orphans.retain(|_, waiting| {
                    waiting.retain(|_, one| one.digest != DocumentDigest::from_bytes(*digest));
                    !waiting.is_empty()
                });
            }
            Event::CertificateInstalled { licence, .. }
            | Event::OrderInstalled { licence, .. }
            | Event::OrderApplied { licence, .. }
            | Event::DocumentPending { licence, .. }
            | Event::HostCompared { licence, .. }
            | Event::AbsenceStarted { licence }
            | Event::AbsenceEnded { licence }
            | Event::AbsenceBudgetSpent { licence }
            | Event::LicenceEnded { licence, .. } => {
                let sequence = self.records;
                match self.licences.get_mut(licence) {
                    Some(state) => apply_to_installed(state, event, sequence, now),
                    None => self.apply_to_orphans(event),
                }
            }
            _ => {}
        }
    }

    fn reattach(&mut self, session: SessionId) {
        if let Some(state) = self.sessions.get_mut(session)
            && let Some(until) = state.detached_until.take()
        {
            self.timers.remove(&(until, Timer::Detached(session)));
        }
    }

    fn end_session(&mut self, session: SessionId) {
        self.reattach(session);
        let Some(state) = self.sessions.remove(session) else {
            return;
        };
        for (_, ticket) in state.waiting() {
            self.forget_waiter(ticket);
        }
        self.parties.forget_claims(session);
        for seat in state.seats {
            self.forget_seat(seat);
        }
    }

    /// The pool of a feature of an installed licence, made where it was never used.
    fn pool(&mut self, licence: &LicenceId, feature: &FeatureName) -> Option<PoolIndex> {
        let state = self.licences.get_mut(licence)?;
        if let Some(index) = state.pools.get(feature) {
            return Some(*index);
        }
        let key = PoolKey {
            licence: licence.clone(),
            feature: feature.clone(),
        };
        let index = self.seats.add_pool(key);
        state.pools.insert(feature.clone(), index);
        Some(index)
    }

    fn forget_waiter(&mut self, ticket: u64) {
        if let Some(waiter) = self.queue.remove(ticket) {
            self.timers.remove(&(waiter.deadline, Timer::Wait(ticket)));
            let claims = &mut self.parties.claims;
            claims.remove(&(waiter.session, waiter.number));
        }
    }

    fn forget_timer(&mut self, id: SeatId) {
        match self.seats.get(id).map(|seat| seat.status) {
            Some(SeatStatus::Lingering { until }) => {
                self.timers.remove(&(until, Timer::Linger(id)));
            }
            Some(SeatStatus::Revoked { until }) => {
                self.timers.remove(&(until, Timer::Hold(id)));
            }
            Some(SeatStatus::Borrowed { .. }) => {
                if let Some(borrow) = self.borrows.of_seat(id) {
                    self.borrows.remove(borrow);
                }
            }
            Some(SeatStatus::Held) | None => {}
        }
    }

    /// A seat leaves its session, if it still has one.
    fn detach_seat(&mut self, id: SeatId) {
        let session = self.seats.get(id).and_then(|seat| seat.session);
        if let Some(state) = session.and_then(|session| self.sessions.get_mut(session))
            && let Ok(index) = state.seats.binary_search(&id)
        {
            state.seats.remove(index);
        }
    }

    /// A seat no longer counts.
    fn forget_seat(&mut self, id: SeatId) {
        self.detach_seat(id);
        self.forget_timer(id);
        self.forget_party(id);
        if let Some(seat) = self.seats.remove(id) {
            self.sessions.recount(seat.user, |counts| {
                counts.seats = counts.seats.saturating_sub(1);
            });
        }
    }

    /// A seat leaves its session and lingers, or counts no longer.
    fn leave(&mut self, id: SeatId, linger_until: Option<ElapsedMs>) {
        match linger_until {
            None => self.forget_seat(id),
            Some(until) if self.seats.get(id).is_some() => {
                self.detach_seat(id);
                self.forget_timer(id);
                self.seats.linger(id, until);
                self.timers.insert((until, Timer::Linger(id)));
            }
            Some(_) => {}
        }
    }

    fn remember(
        &mut self,
        session: SessionId,
        number: RequestNumber,
        below: RequestNumber,
        answer: Answer,
    ) {
        if let Some(state) = self.sessions.get_mut(session) {
            state.remember(number, below, answer);
        }
    }
}
