//! The one task that owns a realm's engine and ledger. It takes what has come in, decides it, writes
//! the records of the whole batch once, and only then answers; what must be on the disk before it is
//! answered waits for the sync without holding up what must not. No rule is decided here.

mod log;
mod proving;
mod streams;
mod writing;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use octroi_engine::{Command, Engine, Event, Outcome, SessionId};
use octroi_licence::PublicKey;
use octroi_proto::licensing::v1::{self as wire, DaemonMessage, daemon_message::Body, event};
use tokio::{
    sync::{mpsc, oneshot},
    task::AbortHandle,
    time::Instant,
};

use self::{
    proving::{Proving, Slip},
    streams::{Linked, refused_body},
    writing::Batch,
};
use super::{Inner, LedgerState, Message, Opening, Outgoing, Reading, answer, sync::Syncing};
use crate::{
    clock::Clock,
    hardware::KeyThread,
    ledger::{Ledger, Seq},
    peer::LivingProcess,
    text::sentence,
};

/// Messages that are decided before anything is written.
const BATCH_MAX: usize = 256;
/// How long at most until the owner looks at the clocks again: a wall clock that was set is noticed.
const LOOK_MAX: Duration = Duration::from_secs(30);

/// Who waits for an outcome.
enum Waiting {
    Nobody,
    Stream {
        session: SessionId,
        number: u64,
        borrower: Option<Box<PublicKey>>,
        slip: Option<Box<Slip>>,
        permit: mpsc::OwnedPermit<Outgoing>,
    },
    Task(oneshot::Sender<Outcome>),
    Opening(oneshot::Sender<Result<Opening, Box<wire::Refusal>>>),
    Checkpoint(oneshot::Sender<Option<(u64, [u8; 32])>>, (u64, [u8; 32])),
    Stopping(oneshot::Sender<()>),
}

pub(super) struct Owner {
    inner: Arc<Inner>,
    engine: Engine,
    ledger: Ledger,
    clock: Clock,
    keys: KeyThread,
    /// The terms that the key thread knows of.
    terms: u64,
    incoming: mpsc::Receiver<Message>,
    /// For the watchers of processes.
    to_self: mpsc::WeakSender<Message>,
    links: BTreeMap<SessionId, Linked>,
    watchers: BTreeMap<SessionId, AbortHandle>,
    syncing: Syncing,
    batch: Batch,
    /// Outcomes that wait until their records are on the disk, by record sequence.
    unsynced: VecDeque<(Seq, Waiting, Outcome)>,
    proving: Proving,
    /// Why nothing can be written, and since when.
    unwritable: Option<(Instant, String)>,
    stopped: bool,
}

impl Owner {
    pub(super) fn new(
        inner: Arc<Inner>,
        engine: Engine,
        ledger: Ledger,
        clock: Clock,
        incoming: mpsc::Receiver<Message>,
        to_self: mpsc::WeakSender<Message>,
        keys: KeyThread,
    ) -> Self {
        Self {
            inner,
            engine,
            ledger,
            clock,
            keys,
            terms: 0,
            incoming,
            to_self,
            links: BTreeMap::new(),
            watchers: BTreeMap::new(),
            syncing: Syncing::default(),
            batch: Batch::default(),
            unsynced: VecDeque::new(),
            proving: Proving::default(),
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
            self.begin_proofs();
            self.flush();
            self.tell_terms();
            self.syncing.begin_if_due(&self.ledger);
        }
        for watcher in self.watchers.values() {
            watcher.abort();
        }
    }

    /// The daemon starts: some sessions live on, the others end.
    fn begin(&mut self, living: Vec<(SessionId, LivingProcess)>) {
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

    /// Another key may be needed now.
    fn tell_terms(&mut self) {
        let terms = self.engine.terms_version();
        if terms != self.terms {
            self.terms = terms;
            self.keys.wake();
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
                borrower,
                nonce,
                permit,
            } => {
                if let Command::CancelWait { checkout, .. } = &command {
                    self.proving.cancel_wait(session, *checkout);
                }
                let slip = nonce.map(|nonce| Box::new(Slip::new(*nonce)));
                self.decide(
                    command,
                    Waiting::Stream {
                        session,
                        number,
                        borrower,
                        slip,
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
            Message::Room {
                session,
                epoch,
                permit,
            } => self.resync(session, epoch, permit),
            Message::KeysAnswered { licence, outcome } => self.keys_answered(&licence, outcome),
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
            Waiting::Opening(answer) => {
                let opening = self.opening(outcome);
                let explained = |refusal| Box::new(answer::explained(refusal, &self.engine));
                send(answer, opening.map_err(explained));
            }
            Waiting::Stream {
                session,
                number,
                borrower,
                slip,
                permit,
            } => {
                let now = self.clock.now();
                let civil = self.engine.civil_now(now);
                let elapsed = self.engine.clock(now).map_or(0, |clock| clock.elapsed.0);
                let done = matches!(outcome, Outcome::Done);
                let proof = match (&outcome, &slip) {
                    (Outcome::Granted(grant), Some(slip)) => slip.proof(&grant.licence),
                    _ => Vec::new(),
                };
                let mut body = match self.links.get_mut(&session) {
                    Some(link) => match (outcome, borrower) {
                        (Outcome::Borrowed(loan), Some(borrower)) => {
                            let daemon_key = &self.inner.daemon_key;
                            Body::Borrowed(answer::borrowed(&loan, &borrower, daemon_key, civil))
                        }
                        (outcome, _) => {
                            let (leases, engine) = (&mut link.leases, &self.engine);
                            answer::outcome(outcome, number, leases, civil, elapsed, engine)
                        }
                    },
                    // A goodbye has taken the session, and its link, away.
                    None if done => Body::Closed(wire::Closed {}),
                    None => refused_body(octroi_engine::RefusalCode::SessionSuperseded),
                };
                add_proof(&mut body, proof);
                permit.send(Box::new(DaemonMessage {
                    number,
                    body: Some(body),
                }));
            }
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
                    .try_send(Box::new(DaemonMessage { number: 0, body })),
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

/// The lease of a seat that a hardware key proved carries that proof.
fn add_proof(body: &mut Body, proof: Vec<u8>) {
    if let Body::Granted(granted) = body
        && let Some(lease) = &mut granted.lease
    {
        lease.hardware_proof = proof;
    }
}

/// Answers whoever waits, who may be gone.
fn send<T>(answer: oneshot::Sender<T>, value: T) {
    if answer.send(value).is_err() {
        tracing::trace!("an answer came too late");
    }
}
