//! When the ledger is synced: at once for what must be on the disk before it is answered, within
//! 100 ms for the rest, and never while another sync is under way. The sync itself runs beside the
//! owner, so that a slow disk holds up only what waits for it.

use std::time::Duration;

use octroi_engine::{Event, Record};
use tokio::{task::JoinHandle, time::Instant};

use crate::ledger::{Ledger, SyncDone};

/// How long a record may lie unsynced that need not be synced first.
const SOON: Duration = Duration::from_millis(100);

/// What must be on the disk before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Durability {
    /// Within 100 ms.
    Soon,
    /// Before the answer.
    First,
}

/// Sessions, seats and what follows from them by itself need not be on the disk before they are
/// answered. Everything else must: documents, assignments to named users and the days of use over a
/// limit, key counters and intents, clock evidence,
/// administrators' acts, checkpoints, and whatever is added later until somebody decides otherwise.
pub(super) fn durability(record: &Record) -> Durability {
    match record.event {
        Event::DaemonStarted { .. }
        | Event::DaemonStopped { .. }
        | Event::Synced { .. }
        | Event::HostCompared { .. }
        | Event::SessionOpened { .. }
        | Event::SessionContained { .. }
        | Event::SessionResumed { .. }
        | Event::SessionDetached { .. }
        | Event::SessionEnded { .. }
        | Event::OpenRefused { .. }
        | Event::SeatGranted { .. }
        | Event::CheckoutRefused { .. }
        | Event::CheckoutQueued { .. }
        | Event::WaitEnded { .. }
        | Event::SeatReleased { .. }
        | Event::ReleaseRefused { .. }
        | Event::SeatEnded { .. }
        | Event::LingerEnded { .. }
        | Event::RefusalsCounted { .. }
        | Event::KeyAbsent { .. }
        | Event::AbsenceStarted { .. }
        | Event::AbsenceEnded { .. }
        | Event::AbsenceBudgetSpent { .. }
        | Event::LicenceEnded { .. }
        | Event::CheckoutFor { .. }
        | Event::CheckoutProven { .. }
        | Event::SeatFor { .. }
        | Event::SeatOverdrawn { .. }
        | Event::OverdraftCounted { .. }
        | Event::OverdraftSettled { .. }
        | Event::LimitChangeEnded { .. }
        | Event::SoftLimitCrossed { .. }
        | Event::SoftLimitLeft { .. }
        | Event::OutdatedVersionServed { .. } => Durability::Soon,
        _ => Durability::First,
    }
}

/// The sync under way, or due.
#[derive(Debug, Default)]
pub(super) struct Syncing {
    running: Option<JoinHandle<SyncDone>>,
    due: Option<Instant>,
}

impl Syncing {
    /// Records were written.
    pub(super) fn wrote(&mut self, most: Durability) {
        let now = Instant::now();
        let at = if most == Durability::First {
            now
        } else {
            now + SOON
        };
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// When the next sync is due, unless one is under way.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due.filter(|_| self.running.is_none())
    }

    /// Begins a sync where one is due.
    pub(super) fn begin_if_due(&mut self, ledger: &Ledger) {
        if self.running.is_some() || self.due.is_none_or(|due| due > Instant::now()) {
            return;
        }
        self.due = None;
        if let Some(job) = ledger.begin_sync() {
            self.running = Some(tokio::task::spawn_blocking(move || job.run()));
        }
    }

    /// Resolves when the sync under way has come back; never, where none is. `None`: its thread was
    /// lost, so that nothing is known of the disk.
    pub(super) async fn finished(&mut self) -> Option<SyncDone> {
        let Some(running) = &mut self.running else {
            return std::future::pending().await;
        };
        let done = running.await.ok();
        self.running = None;
        done
    }
}
