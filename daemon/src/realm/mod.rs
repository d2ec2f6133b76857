//! One vendor's realm in the running daemon: an engine and its ledger behind one owner task, and the
//! handle by which everybody else speaks to it. Vendors cannot see one another: nothing is shared
//! between realms but the process.

mod answer;
mod open;
mod owner;
mod sync;

use std::{os::fd::OwnedFd, sync::Arc};

use ed25519_dalek::SigningKey;
use octroi_engine::{
    Command, Engine, Epoch, Event, LicenceDocuments, Outcome, Policy, Refusal, RefusalCode,
    SessionId, UserPseudonym,
};
use octroi_licence::{
    CivilMillis, DocumentDigest, KeyEvidence, LicenceId, PublicKey, SessionKey, TrustedRoot,
    VendorId, VendorRoot, Verified,
};
use octroi_proto::licensing::v1::{DaemonMessage, Lease};
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot};

pub(crate) use answer::{
    confidence, explained as explained_refusal, refusal as wire_refusal, seat_end as wire_seat_end,
    window as wire_window,
};
pub(crate) use open::{RealmError, open};

use crate::{
    documents::DocumentStore, hardware::NoProof, identities::Identities, paths::RealmPaths,
};

/// Messages that may wait for the owner before senders wait themselves.
const QUEUE_MAX: usize = 4_096;

/// What goes out on a session's stream. Boxed: a channel takes room for 32 of them at once, and most
/// sessions are idle.
pub(crate) type Outgoing = Box<DaemonMessage>;

/// A realm as everybody but its owner sees it. Cheap to copy.
#[derive(Clone)]
pub(crate) struct Realm {
    inner: Arc<Inner>,
    owner: mpsc::Sender<Message>,
}

struct Inner {
    vendor: VendorId,
    root: TrustedRoot,
    root_document: Verified<VendorRoot>,
    daemon_key: SigningKey,
    documents: DocumentStore,
    identities: Identities,
    policy: Policy,
    paths: RealmPaths,
}

/// What the owner is asked.
pub(crate) enum Message {
    /// Decide, and answer on the session's stream.
    Request {
        session: SessionId,
        number: u64,
        command: Command,
        /// To whom the lease of a borrowed seat is bound; `None`: nothing is borrowed.
        borrower: Option<Box<PublicKey>>,
        /// What is to be proven of a check-out by hardware keys; `None`: nothing.
        nonce: Option<Box<[u8; 32]>>,
        permit: mpsc::OwnedPermit<Outgoing>,
    },
    /// What the session may see of its features and its own seats, answered on its stream.
    List {
        session: SessionId,
        number: u64,
        permit: mpsc::OwnedPermit<Outgoing>,
    },
    /// Decide, and answer whoever waits.
    Ask {
        command: Command,
        answer: oneshot::Sender<Outcome>,
    },
    /// Decide; nobody waits.
    Tell { command: Command },
    /// Open or resume a session.
    Open {
        command: Command,
        answer: oneshot::Sender<Result<Opening, Box<octroi_proto::licensing::v1::Refusal>>>,
    },
    /// The stream that serves a session from now on; answered with the seats that it holds.
    Attach {
        session: SessionId,
        link: Link,
        answer: oneshot::Sender<Vec<Lease>>,
    },
    /// A stream whose application did not read has room again.
    Room {
        session: SessionId,
        epoch: Epoch,
        permit: mpsc::OwnedPermit<Outgoing>,
    },
    /// A stream is gone.
    Detach { session: SessionId, epoch: Epoch },
    /// Sign a checkpoint, sync, and answer with its size and root.
    Checkpoint {
        answer: oneshot::Sender<Option<(u64, [u8; 32])>>,
    },
    /// The hardware keys of a licence were asked for check-outs.
    KeysAnswered {
        licence: LicenceId,
        outcome: Result<Vec<KeyEvidence>, NoProof>,
    },
    /// Read something; must be quick.
    Read(Box<dyn FnOnce(&Reading<'_>) + Send>),
    /// Tell every session, write everything down, and end.
    Stop { done: oneshot::Sender<()> },
}

/// What a reader of the realm sees.
pub(crate) struct Reading<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) ledger: LedgerState,
    pub(crate) now: octroi_engine::Now,
}

/// The ledger's position.
#[derive(Debug, Clone)]
pub(crate) struct LedgerState {
    pub(crate) records: u64,
    pub(crate) synced: u64,
    pub(crate) head: [u8; 32],
    pub(crate) checkpoint: [u8; 32],
    pub(crate) error: Option<String>,
}

/// An opened or resumed session, as much as the proof of it needs.
pub(crate) struct Opening {
    pub(crate) session: SessionId,
    pub(crate) epoch: Epoch,
    pub(crate) civil: CivilMillis,
    pub(crate) resume_window_ms: u32,
    pub(crate) product: String,
    pub(crate) documents: Vec<LicenceDocuments>,
}

impl Opening {
    pub(crate) fn licence_digests(&self) -> Vec<DocumentDigest> {
        self.documents
            .iter()
            .map(|documents| documents.licence.digest())
            .collect()
    }
}

/// The stream that serves a session, and what the owner needs to speak on it.
pub(crate) struct Link {
    pub(crate) epoch: Epoch,
    pub(crate) key: SessionKey,
    pub(crate) outgoing: mpsc::Sender<Outgoing>,
    /// Dropped with the link: the stream's task ends then.
    pub(crate) alive: oneshot::Sender<()>,
    /// The holder's pidfd; `None`: stream only, or watched since before.
    pub(crate) process: Option<OwnedFd>,
}

impl Realm {
    pub(crate) fn vendor(&self) -> &VendorId {
        &self.inner.vendor
    }

    pub(crate) fn root(&self) -> &TrustedRoot {
        &self.inner.root
    }

    pub(crate) fn root_document(&self) -> &Verified<VendorRoot> {
        &self.inner.root_document
    }

    pub(crate) fn daemon_key(&self) -> &SigningKey {
        &self.inner.daemon_key
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        self.inner.daemon_key.verifying_key().into()
    }

    pub(crate) fn documents(&self) -> &DocumentStore {
        &self.inner.documents
    }

    pub(crate) fn identities(&self) -> &Identities {
        &self.inner.identities
    }

    /// An id for something of the shell's that needs no name: the same each time in this realm, and not
    /// to be linked with another realm's or guessed without the daemon's key.
    pub(crate) fn derived_id(&self, context: &str, what: &str) -> [u8; 16] {
        let hash: [u8; 32] = Sha256::new()
            .chain_update(context)
            .chain_update([0])
            .chain_update(self.inner.daemon_key.to_bytes())
            .chain_update(what)
            .finalize()
            .into();
        let (id, _) = hash.split_at(16);
        id.try_into().unwrap_or([0; 16])
    }

    /// Hands a message to the owner; waits where its queue is full. `false`: the realm has stopped.
    pub(crate) async fn send(&self, message: Message) -> bool {
        self.owner.send(message).await.is_ok()
    }

    /// Decides a command.
    pub(crate) async fn ask(&self, command: Command) -> Outcome {
        let (answer, outcome) = oneshot::channel();
        if !self.send(Message::Ask { command, answer }).await {
            return stopping();
        }
        outcome.await.unwrap_or_else(|_| stopping())
    }

    /// Writes down something that the shell did.
    pub(crate) async fn note(&self, event: Event) -> Outcome {
        self.ask(Command::Note { event }).await
    }

    /// Reads the realm's state in its owner.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reading<'_>) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, value) = oneshot::channel();
        let read = Box::new(move |reading: &Reading<'_>| {
            // Whoever asked may be gone.
            drop(answer.send(read(reading)));
        });
        if !self.send(Message::Read(read)).await {
            return None;
        }
        value.await.ok()
    }

    /// A refusal as it travels, with what it rests on.
    pub(crate) async fn explained(&self, refusal: Refusal) -> octroi_proto::licensing::v1::Refusal {
        let alone = refusal.clone();
        let explained = self.read(move |reading| explained_refusal(refusal, reading.engine));
        explained.await.unwrap_or_else(|| wire_refusal(alone))
    }

    /// Who a pseudonym is, on this machine; `erased` where the mapping is gone.
    pub(crate) async fn user_name(&self, user: UserPseudonym) -> String {
        crate::identities::name(&self.inner.identities, user).await
    }

    /// Ends the realm in good order.
    pub(crate) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.send(Message::Stop { done }).await {
            // An owner that is gone has stopped.
            drop(stopped.await);
        }
    }
}

fn stopping() -> Outcome {
    Outcome::Refused(Refusal::of(RefusalCode::ShuttingDown))
}
