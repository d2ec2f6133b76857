//! Deciding and writing: a batch is decided, written with one write, and only then answered. Where it
//! cannot be written, nothing of it happened.

use std::time::Duration;

use octroi_engine::{
    Command, Decision, Event, Notice, Outcome, Record, Refusal, RefusalCode, RequestNumber,
    SessionId,
};
use tokio::time::Instant;

use super::{Owner, Waiting};
use crate::{
    ledger::{LedgerError, Purpose, SyncDone},
    realm::{
        open,
        sync::{Durability, durability},
    },
    text::sentence,
};

/// How long a ledger that could not be written is left alone before it is tried again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// What was decided and not yet written.
pub(super) struct Batch {
    records: Vec<Record>,
    answers: Vec<Decided>,
    notices: Vec<(SessionId, Notice)>,
    /// Whether the ledger's reserve may be used: only where all of it gives something back.
    purpose: Purpose,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            records: Vec::new(),
            answers: Vec::new(),
            notices: Vec::new(),
            purpose: Purpose::Release,
        }
    }
}

/// An outcome that waits for its records to be written.
pub(super) struct Decided {
    waiting: Waiting,
    outcome: Outcome,
    durability: Durability,
    again: Option<Command>,
}

impl Owner {
    /// Decides one command; its answer waits for the batch to be written.
    pub(super) fn decide(&mut self, command: Command, waiting: Waiting) {
        let purpose = purpose_of(&command);
        if purpose == Purpose::Ordinary && !self.may_write() {
            self.answer(
                waiting,
                Outcome::Refused(Refusal::of(RefusalCode::LedgerUnwritable)),
            );
            return;
        }
        if self.batch.records.is_empty() {
            self.record_duties();
        }
        self.push(command, waiting, purpose);
    }

    /// What the ledger needs recorded about itself before anything else: that it begins, or that its
    /// tail was lost.
    fn record_duties(&mut self) {
        if self.ledger.is_new() {
            let vendor_root = self.inner.root.id();
            let daemon_key = self.inner.daemon_key.verifying_key().to_bytes();
            let event = Event::LedgerOpened {
                vendor_root,
                daemon_key,
            };
            self.push(Command::Note { event }, Waiting::Nobody, Purpose::Release);
        }
        if let Some(lost) = self.ledger.lost_tail() {
            let (from, bytes) = (lost.from.0, lost.bytes);
            let vendor = &self.inner.vendor;
            tracing::warn!(%vendor, from, bytes, "the ledger's tail was lost; this is recorded");
            let event = Event::TailLost { from, bytes };
            self.push(Command::Note { event }, Waiting::Nobody, Purpose::Release);
        }
    }

    fn push(&mut self, command: Command, waiting: Waiting, purpose: Purpose) {
        // What gives back is decided again where the batch that it stood in cannot be written.
        let again = (purpose == Purpose::Release).then(|| command.clone());
        let to_prove = match &command {
            Command::Checkout {
                proofs: Some(_), ..
            } => Some(command.clone()),
            _ => None,
        };
        let Decision {
            records,
            outcome,
            notices,
        } = self.engine.decide(command, self.clock.now());
        let most = records
            .iter()
            .map(durability)
            .max()
            .unwrap_or(Durability::Soon);
        for record in &records {
            self.say_of_ends(&record.event);
            self.proving.follow(&record.event);
        }
        if let (
            Outcome::Waiting { .. },
            Waiting::Stream {
                session,
                number,
                slip: Some(slip),
                ..
            },
        ) = (&outcome, &waiting)
        {
            self.proving.keep(*session, RequestNumber(*number), slip);
        }
        // What waits for a key is decided again; what was recorded on the way to that stands.
        let (waiting, outcome, first) = match (outcome, to_prove) {
            (Outcome::ProofNeeded { licence }, Some(command)) => (
                Waiting::Nobody,
                Outcome::Done,
                Some((licence, command, waiting)),
            ),
            (outcome, _) => (waiting, outcome, None),
        };
        let batch = &mut self.batch;
        if !records.is_empty() && purpose == Purpose::Ordinary {
            batch.purpose = Purpose::Ordinary;
        }
        batch.records.extend(records);
        batch.notices.extend(notices);
        batch.answers.push(Decided {
            waiting,
            outcome,
            durability: most,
            again,
        });
        if let Some((licence, command, waiting)) = first {
            self.prove_first(licence, command, waiting);
        }
    }

    /// What the client owes after a licence's end is said in the log too.
    fn say_of_ends(&self, event: &Event) {
        let vendor = &self.inner.vendor;
        match event {
            Event::EndOfUseDue { licence, until, .. } => {
                tracing::warn!(%vendor, %licence, until_s = until.0, "the licence is over; its end of use is to be certified: octroi remove");
            }
            Event::EndOfUseReminded { licence, until } => {
                tracing::warn!(%vendor, %licence, until_s = until.0, "the end of use is to be certified soon: octroi remove");
            }
            Event::EndOfUseOverdue { licence, until, .. } => {
                tracing::warn!(%vendor, %licence, until_s = until.0, "the end of use was not certified in time: octroi remove");
            }
            _ => {}
        }
    }

    /// Asked before anything is decided that would have to be undone.
    pub(super) fn may_write(&mut self) -> bool {
        if let Some((since, _)) = &self.unwritable
            && since.elapsed() < RETRY_AFTER
        {
            return false;
        }
        match self.ledger.room(Purpose::Ordinary) {
            Ok(()) => true,
            Err(error) => {
                self.say_unwritable(&error);
                false
            }
        }
    }

    pub(super) fn say_unwritable(&mut self, error: &LedgerError) {
        if self.unwritable.is_none() {
            let vendor = &self.inner.vendor;
            tracing::error!(error = sentence(error), %vendor, "the ledger cannot be written");
        }
        self.unwritable = Some((Instant::now(), sentence(error)));
    }

    /// Writes the batch, then answers it.
    pub(super) fn flush(&mut self) {
        let Batch {
            records,
            answers,
            notices,
            purpose,
        } = std::mem::take(&mut self.batch);
        if records.is_empty() {
            for decided in answers {
                self.answer(decided.waiting, decided.outcome);
            }
            debug_assert!(notices.is_empty(), "a notice rests on a record");
            return;
        }
        let written = match self.ledger.append(&records, purpose) {
            Ok(written) => written,
            Err(error) => return self.write_failed(&error, answers, purpose),
        };
        if purpose == Purpose::Ordinary && self.unwritable.take().is_some() {
            tracing::info!(vendor = %self.inner.vendor, "the ledger can be written again");
        }
        self.log_refusals(&records, written);
        // A record that says what was synced needs no sync of its own, or there would be no end.
        let synced_only = records
            .iter()
            .all(|record| matches!(record.event, Event::Synced { .. }));
        if !synced_only {
            self.syncing.wrote(
                records
                    .iter()
                    .map(durability)
                    .max()
                    .unwrap_or(Durability::Soon),
            );
        }
        for Decided {
            waiting,
            outcome,
            durability,
            ..
        } in answers
        {
            if durability == Durability::First {
                self.unsynced.push_back((written, waiting, outcome));
            } else {
                self.answer(waiting, outcome);
            }
        }
        for (session, notice) in notices {
            self.notify(session, notice);
        }
        for record in &records {
            if let Event::SessionEnded { session, .. } = &record.event {
                self.links.remove(session);
                if let Some(watcher) = self.watchers.remove(session) {
                    watcher.abort();
                }
            }
        }
    }

    /// Nothing of the batch was recorded, so nothing of it happened: the engine is rebuilt from what
    /// the ledger holds, and what gives something back is tried once more by itself.
    pub(super) fn write_failed(
        &mut self,
        error: &LedgerError,
        answers: Vec<Decided>,
        purpose: Purpose,
    ) {
        self.say_unwritable(error);
        match open::rebuild(&self.inner, &mut self.ledger) {
            Ok(engine) => self.engine = engine,
            Err(error) => {
                let vendor = &self.inner.vendor;
                let error = sentence(&error);
                tracing::error!(error, %vendor, "the realm cannot be read again; it stops");
                self.stopped = true;
            }
        }
        for Decided { waiting, again, .. } in answers {
            let again = again.filter(|_| purpose == Purpose::Ordinary && !self.stopped);
            if let Some(command) = again {
                self.decide(command, waiting);
            } else {
                let refusal = Refusal::of(RefusalCode::LedgerUnwritable);
                self.answer(waiting, Outcome::Refused(refusal));
            }
        }
        // Only releases are left, which do not come back here a second time.
        self.flush();
    }

    /// A sync came back: what it covers may be answered.
    pub(super) fn synced(&mut self, done: Option<SyncDone>) {
        let recorded = match done {
            Some(done) => self.ledger.finish_sync(done),
            None => Err(LedgerError::NeedsReopen),
        };
        match recorded {
            Ok(recorded) => {
                if let Some(up_to) = recorded {
                    self.note(Event::Synced { up_to: up_to.0 });
                }
                let synced = self.ledger.synced();
                while self
                    .unsynced
                    .front()
                    .is_some_and(|(written, ..)| *written <= synced)
                {
                    if let Some((_, waiting, outcome)) = self.unsynced.pop_front() {
                        self.answer(waiting, outcome);
                    }
                }
                if !self.unsynced.is_empty() || self.ledger.needs_sync() {
                    let urgent = !self.unsynced.is_empty();
                    self.syncing.wrote(if urgent {
                        Durability::First
                    } else {
                        Durability::Soon
                    });
                }
            }
            Err(error) => {
                let unsynced = std::mem::take(&mut self.unsynced);
                let refused = |(_, waiting, outcome)| Decided {
                    waiting,
                    outcome,
                    durability: Durability::First,
                    again: None,
                };
                self.write_failed(
                    &error,
                    unsynced.into_iter().map(refused).collect(),
                    Purpose::Ordinary,
                );
            }
        }
    }
}

/// What may use the ledger's reserve: whatever gives something back.
fn purpose_of(command: &Command) -> Purpose {
    match command {
        Command::Release { .. }
        | Command::Detach { .. }
        | Command::ProcessExited { .. }
        | Command::Goodbye { .. }
        | Command::Acknowledge { .. }
        | Command::CancelWait { .. }
        | Command::RevokeSeat { .. }
        | Command::KeyAbsent { .. }
        | Command::Tick
        | Command::Stop => Purpose::Release,
        _ => Purpose::Ordinary,
    }
}
