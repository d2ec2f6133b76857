//! The one task that owns a realm's engine and ledger. It takes what has come in, decides it, writes
//! the records of the whole batch once, and only then answers; what must be on the disk before it is
//! answered waits for the sync without holding up what must not. No rule is decided here.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use octroi_engine::{
    Command, Decision, Engine, Epoch, Event, Notice, Outcome, Record, Refusal, RefusalCode,
    SessionId,
};
use octroi_licence::CivilMillis;
use octroi_proto::licensing::v1::{
    self as wire, DaemonMessage, Lease, daemon_message::Body, event,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::AbortHandle,
    time::Instant,
};

use super::{
    Inner, LedgerState, Link, Message, Opening, Outgoing, Reading,
    answer::{self, LeaseMaker},
    sync::{Durability, Syncing, durability},
};
use crate::{
    clock::Clock,
    ledger::{Ledger, LedgerError, Purpose, Seq, SyncDone},
    peer::{self, LivingProcess},
    text::sentence,
};

/// Messages that are decided before anything is written.
const BATCH_MAX: usize = 256;
/// How long at most until the owner looks at the clocks again: a wall clock that was set is noticed.
const LOOK_MAX: Duration = Duration::from_secs(30);
/// How long a ledger that could not be written is left alone before it is tried again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// Who waits for an outcome.
enum Waiting {
    Nobody,
    Stream {
        session: SessionId,
        number: u64,
        permit: mpsc::OwnedPermit<Outgoing>,
    },
    Task(oneshot::Sender<Outcome>),
    Opening(oneshot::Sender<Result<Opening, Refusal>>),
    Checkpoint(oneshot::Sender<Option<(u64, [u8; 32])>>, (u64, [u8; 32])),
    Stopping(oneshot::Sender<()>),
}

/// The stream of a session, as the owner keeps it.
struct Linked {
    epoch: Epoch,
    leases: LeaseMaker,
    outgoing: mpsc::Sender<Outgoing>,
    /// Events that found no room.
    dropped: u64,
    _alive: oneshot::Sender<()>,
}

pub(super) struct Owner {
    inner: Arc<Inner>,
    engine: Engine,
    ledger: Ledger,
    clock: Clock,
    incoming: mpsc::Receiver<Message>,
    /// For the watchers of processes.
    to_self: mpsc::WeakSender<Message>,
    links: BTreeMap<SessionId, Linked>,
    watchers: BTreeMap<SessionId, AbortHandle>,
    syncing: Syncing,
    batch: Batch,
    /// Outcomes that wait until their records are on the disk, by record sequence.
    unsynced: VecDeque<(Seq, Waiting, Outcome)>,
    /// Why nothing can be written, and since when.
    unwritable: Option<(Instant, String)>,
    stopped: bool,
}

/// What was decided and not yet written.
struct Batch {
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
struct Decided {
    waiting: Waiting,
    outcome: Outcome,
    durability: Durability,
    again: Option<Command>,
}

impl Owner {
    pub(super) fn new(
        inner: Arc<Inner>,
        engine: Engine,
        ledger: Ledger,
        clock: Clock,
        incoming: mpsc::Receiver<Message>,
        to_self: mpsc::WeakSender<Message>,
    ) -> Self {
        Self {
            inner,
            engine,
            ledger,
            clock,
            incoming,
            to_self,
            links: BTreeMap::new(),
            watchers: BTreeMap::new(),
            syncing: Syncing::default(),
            batch: Batch::default(),
            unsynced: VecDeque::new(),
            unwritable: None,
            stopped: false,
        }
    }

    /// Runs until the realm is stopped or every handle is gone.
    pub(super) async fn run(mut self, living: Vec<(SessionId, LivingProcess)>) {
        self.begin(living);
        while !self.stopped {
            let wake = self.next_wake();
            tokio::select! {
                biased;
                synced = self.syncing.finished() => self.synced(synced),
                message = self.incoming.recv() => match message {
                    Some(message) => self.take(message),
                    None => break,
                },
                () = tokio::time::sleep_until(wake) => self.decide(Command::Tick, Waiting::Nobody),
            }
            for _ in 1..BATCH_MAX {
                match self.incoming.try_recv() {
                    Ok(message) => self.take(message),
                    Err(_) => break,
                }
            }
            self.flush();
            self.syncing.begin_if_due(&self.ledger);
        }
        for watcher in self.watchers.values() {
            watcher.abort();
        }
    }

    /// What the ledger needs recorded about itself, and which sessions live.
    fn begin(&mut self, living: Vec<(SessionId, LivingProcess)>) {
        if self.ledger.is_new() {
            let (vendor_root, key) = (self.inner.root.id(), &self.inner.daemon_key);
            let daemon_key = key.verifying_key().to_bytes();
            self.note(Event::LedgerOpened {
                vendor_root,
                daemon_key,
            });
        }
        if let Some(lost) = self.ledger.lost_tail() {
            let (from, bytes) = (lost.from.0, lost.bytes);
            let vendor = &self.inner.vendor;
            tracing::warn!(%vendor, from, bytes, "the ledger's tail was lost; this is recorded");
            self.note(Event::TailLost { from, bytes });
        }
        if let Some(up_to) = self.ledger.synced_to_record() {
            self.note(Event::Synced { up_to: up_to.0 });
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let sessions = living.iter().map(|(session, _)| *session).collect();
        self.decide(
            Command::Start {
                version,
                living: sessions,
            },
            Waiting::Nobody,
        );
        self.flush();
        for (session, process) in living {
            self.watch(session, process.into_pidfd());
        }
    }

    fn note(&mut self, event: Event) {
        self.decide(Command::Note { event }, Waiting::Nobody);
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Request {
                session,
                number,
                command,
                permit,
            } => {
                self.decide(
                    command,
                    Waiting::Stream {
                        session,
                        number,
                        permit,
                    },
                );
            }
            Message::Ask { command, answer } => self.decide(command, Waiting::Task(answer)),
            Message::Tell { command } => self.decide(command, Waiting::Nobody),
            Message::Open { command, answer } => self.decide(command, Waiting::Opening(answer)),
            Message::Detach { session, epoch } => {
                if self
                    .links
                    .get(&session)
                    .is_some_and(|link| link.epoch == epoch)
                {
                    self.links.remove(&session);
                }
                self.decide(Command::Detach { session, epoch }, Waiting::Nobody);
            }
            Message::Attach {
                session,
                link,
                answer,
            } => {
                // What was decided before must be told on the stream it was decided for.
                self.flush();
                let leases = self.attach(session, link);
                send(answer, leases);
            }
            Message::List {
                session,
                number,
                permit,
            } => {
                self.flush();
                self.list(session, number, permit);
            }
            Message::Checkpoint { answer } => self.checkpoint(answer),
            Message::Read(read) => {
                self.flush();
                read(&Reading {
                    engine: &self.engine,
                    ledger: self.ledger_state(),
                    now: self.clock.now(),
                });
            }
            Message::Stop { done } => self.stop(done),
        }
    }

    /// Decides one command; its answer waits for the batch to be written.
    fn decide(&mut self, command: Command, waiting: Waiting) {
        let purpose = purpose_of(&command);
        if purpose == Purpose::Ordinary && !self.may_write() {
            self.answer(
                waiting,
                Outcome::Refused(Refusal::of(RefusalCode::LedgerUnwritable)),
            );
            return;
        }
        // What gives back is decided again where the batch that it stood in cannot be written.
        let again = (purpose == Purpose::Release).then(|| command.clone());
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
    }

    /// Asked before anything is decided that would have to be undone.
    fn may_write(&mut self) -> bool {
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

    fn say_unwritable(&mut self, error: &LedgerError) {
        if self.unwritable.is_none() {
            let vendor = &self.inner.vendor;
            tracing::error!(error = sentence(error), %vendor, "the ledger cannot be written");
        }
        self.unwritable = Some((Instant::now(), sentence(error)));
    }

    /// Writes the batch, then answers it.
    fn flush(&mut self) {
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
    fn write_failed(&mut self, error: &LedgerError, answers: Vec<Decided>, purpose: Purpose) {
        self.say_unwritable(error);
        match super::open::rebuild(&self.inner, &mut self.ledger) {
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
    fn synced(&mut self, done: Option<SyncDone>) {
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

    fn next_wake(&self) -> Instant {
        let now = self.clock.now();
        let deadline = self.engine.next_deadline();
        let until = |left: u64| Duration::from_millis(left);
        let elapsed = deadline
            .as_ref()
            .and_then(|deadline| deadline.boottime_ms)
            .map(|at| until(at.saturating_sub(now.boottime_ms)));
        let civil = deadline
            .and_then(|deadline| deadline.civil_ms)
            .map(|at| until(u64::try_from(at.0.saturating_sub(now.civil_ms.0)).unwrap_or(0)));
        let engine = elapsed
            .into_iter()
            .chain(civil)
            .chain([LOOK_MAX])
            .min()
            .unwrap_or(LOOK_MAX);
        let engine = Instant::now() + engine.min(LOOK_MAX);
        self.syncing.due().map_or(engine, |sync| sync.min(engine))
    }

    fn answer(&mut self, waiting: Waiting, outcome: Outcome) {
        match waiting {
            Waiting::Nobody => {}
            Waiting::Task(answer) => send(answer, outcome),
            Waiting::Checkpoint(answer, checkpoint) => {
                let checkpoint = (!matches!(outcome, Outcome::Refused(_))).then_some(checkpoint);
                send(answer, checkpoint);
            }
            Waiting::Stopping(done) => {
                self.stopped = true;
                send(done, ());
            }
            Waiting::Opening(answer) => send(answer, self.opening(outcome)),
            Waiting::Stream {
                session,
                number,
                permit,
            } => {
                let now = self.clock.now();
                let civil = self.engine.civil_now(now);
                let elapsed = self.engine.clock(now).map_or(0, |clock| clock.elapsed.0);
                let body = match self.links.get_mut(&session) {
                    Some(link) => answer::outcome(outcome, &mut link.leases, civil, elapsed),
                    None => refused_body(RefusalCode::SessionSuperseded),
                };
                permit.send(Ok(DaemonMessage {
                    number,
                    body: Some(body),
                }));
            }
        }
    }

    /// What the proof of an opened or resumed session needs.
    fn opening(&self, outcome: Outcome) -> Result<Opening, Refusal> {
        let (session, epoch) = match outcome {
            Outcome::Session { session, epoch } => (session, epoch),
            Outcome::Refused(refusal) => return Err(refusal),
            _ => return Err(Refusal::of(RefusalCode::RequestNotUnderstood)),
        };
        let Some(view) = self.engine.session(session) else {
            return Err(Refusal::of(RefusalCode::SessionUnknown));
        };
        let window = self.engine.resume_window_ms(session);
        Ok(Opening {
            session,
            epoch,
            civil: self.engine.civil_now(self.clock.now()),
            resume_window_ms: u32::try_from(window).unwrap_or(u32::MAX),
            documents: self
                .engine
                .licences_for_product(&view.product)
                .iter()
                .filter_map(|licence| self.engine.documents(licence))
                .collect(),
            product: view.product.to_string(),
        })
    }

    fn attach(&mut self, session: SessionId, link: Link) -> Vec<Lease> {
        let current = self.engine.session(session).map(|view| view.epoch);
        if current != Some(link.epoch) {
            return Vec::new();
        }
        if let Some(pidfd) = link.process
            && !self.watchers.contains_key(&session)
        {
            self.watch(session, pidfd);
        }
        let civil = self.engine.civil_now(self.clock.now());
        let mut leases = LeaseMaker::new(link.key);
        let seats = self.engine.grants_of(session);
        let held = seats
            .iter()
            .map(|grant| leases.lease(grant, civil))
            .collect();
        let linked = Linked {
            epoch: link.epoch,
            leases,
            outgoing: link.outgoing,
            dropped: 0,
            _alive: link.alive,
        };
        self.links.insert(session, linked);
        held
    }

    fn list(&mut self, session: SessionId, number: u64, permit: mpsc::OwnedPermit<Outgoing>) {
        let civil = self.engine.civil_now(self.clock.now());
        let seats = self.engine.grants_of(session);
        let features = self.engine.list(session);
        let body = match self.links.get_mut(&session) {
            None => refused_body(RefusalCode::SessionSuperseded),
            Some(link) => Body::Listed(wire::Listed {
                features: features.iter().map(feature_use).collect(),
                seats: seats
                    .iter()
                    .map(|grant| link.leases.lease(grant, civil))
                    .collect(),
            }),
        };
        permit.send(Ok(DaemonMessage {
            number,
            body: Some(body),
        }));
    }

    /// Tells a session something; where it does not read, it is told later that it missed something.
    fn notify(&mut self, session: SessionId, notice: Notice) {
        let civil: CivilMillis = self.engine.civil_now(self.clock.now());
        let Some(link) = self.links.get_mut(&session) else {
            return;
        };
        if link.dropped > 0 {
            let kind = Some(event::Kind::Resync(wire::Resync {
                dropped: link.dropped,
            }));
            let body = Some(Body::Event(wire::Event { kind }));
            if link
                .outgoing
                .try_send(Ok(DaemonMessage { number: 0, body }))
                .is_err()
            {
                link.dropped += 1;
                return;
            }
            link.dropped = 0;
        }
        let message = answer::notice(notice, &mut link.leases, civil);
        if link.outgoing.try_send(Ok(message)).is_err() {
            link.dropped += 1;
        }
    }

    /// Tells the engine when the process that holds a session ends.
    fn watch(&mut self, session: SessionId, pidfd: std::os::fd::OwnedFd) {
        let to_self = self.to_self.clone();
        let watcher = tokio::spawn(async move {
            if let Err(error) = peer::exited(pidfd).await {
                tracing::error!(%error, "a process cannot be watched");
                return;
            }
            if let Some(owner) = to_self.upgrade() {
                let command = Command::ProcessExited { session };
                // A realm that has stopped needs no telling.
                drop(owner.send(Message::Tell { command }).await);
            }
        });
        if let Some(former) = self.watchers.insert(session, watcher.abort_handle()) {
            former.abort();
        }
    }

    fn checkpoint(&mut self, answer: oneshot::Sender<Option<(u64, [u8; 32])>>) {
        self.flush();
        let (event, checkpoint) = self.sign_checkpoint();
        self.decide(
            Command::Note { event },
            Waiting::Checkpoint(answer, checkpoint),
        );
    }

    fn sign_checkpoint(&self) -> (Event, (u64, [u8; 32])) {
        let checkpoint = self.ledger.checkpoint();
        let root = self.inner.root.id();
        let Ok(signature) = checkpoint.sign(&root, &self.inner.daemon_key);
        let (size, root) = (checkpoint.size, checkpoint.root);
        let signature = signature.to_vec();
        (
            Event::CheckpointSigned {
                size,
                root,
                signature,
            },
            (size, root),
        )
    }

    fn stop(&mut self, done: oneshot::Sender<()>) {
        for link in self.links.values() {
            let kind = Some(event::Kind::DaemonStopping(wire::DaemonStopping {}));
            let body = Some(Body::Event(wire::Event { kind }));
            // Whoever does not read will notice the end of the stream.
            drop(
                link.outgoing
                    .try_send(Ok(DaemonMessage { number: 0, body })),
            );
        }
        self.flush();
        self.decide(Command::Stop, Waiting::Nobody);
        self.flush();
        let (event, _) = self.sign_checkpoint();
        self.note(event);
        self.flush();
        match self.ledger.sync() {
            Ok(Some(up_to)) => self.note(Event::Synced { up_to: up_to.0 }),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(
                    error = sentence(&error),
                    "the ledger was not synced at the end"
                );
            }
        }
        self.flush();
        let synced = std::mem::take(&mut self.unsynced);
        for (_, waiting, outcome) in synced {
            self.answer(waiting, outcome);
        }
        self.answer(Waiting::Stopping(done), Outcome::Done);
    }

    fn ledger_state(&self) -> LedgerState {
        LedgerState {
            records: self.ledger.records().0,
            synced: self.ledger.synced().0,
            head: *self.ledger.head().as_bytes(),
            checkpoint: self.ledger.checkpoint().root,
            error: self.unwritable.as_ref().map(|(_, error)| error.clone()),
        }
    }
}

/// Answers whoever waits, who may be gone.
fn send<T>(answer: oneshot::Sender<T>, value: T) {
    if answer.send(value).is_err() {
        tracing::trace!("an answer came too late");
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

fn refused_body(code: RefusalCode) -> Body {
    Body::Refused(answer::refusal(Refusal::of(code)))
}

fn feature_use(view: &octroi_engine::FeatureView) -> wire::FeatureUse {
    wire::FeatureUse {
        feature: view.feature.to_string(),
        licence_id: view.licence.to_string(),
        limit: view.limit,
        in_use: view.in_use,
        waiting: view.waiting,
    }
}
