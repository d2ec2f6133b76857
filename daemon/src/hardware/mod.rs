//! Hardware keys: which of those that the licences name are here, proven at the licence's interval
//! and watched in between. One thread speaks to keys, since they are spoken to by blocking calls;
//! here is what everybody else knows of it. Whether an absence matters is the engine's to decide.

mod devices;
mod keeper;
mod models;
mod proof;
mod retry;
pub(crate) mod told;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use octroi_hardware_key::{KeyDescription, SourceError};
use octroi_licence::{KeySerial, VendorId};
use rustix::event::{EventfdFlags, eventfd};
use tokio::{runtime::Handle, sync::oneshot};

use self::keeper::KeyKeeper;
pub(crate) use self::{
    devices::KeyDevice,
    keeper::{NoProof, ProofJob},
    proof::ProofFailure,
};
use crate::{config::HardwareKeySettings, realms::SharedRealms};

/// Requests that may wait for the key thread.
const REQUESTS_MAX: usize = 64;

/// A key that a licence of this vendor names.
pub(crate) type NamedKey = (VendorId, KeySerial);

/// What the key thread is asked.
enum KeyRequest {
    /// Look at every port, even where no licence needs a key.
    Look(oneshot::Sender<KeysSeen>),
    /// Prove check-outs.
    Prove(ProofJob),
    /// End.
    Stop,
}

/// The key thread as everybody else sees it. Cheap to copy.
#[derive(Clone)]
pub(crate) struct KeyThread {
    requests: SyncSender<KeyRequest>,
    waker: Arc<Waker>,
    seen: Arc<Mutex<KeysSeen>>,
}

/// The key thread's end of it.
pub(crate) struct KeyThreadSeat {
    requests: Receiver<KeyRequest>,
    waker: Arc<Waker>,
    seen: Arc<Mutex<KeysSeen>>,
}

/// What the key thread saw when it last looked.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeysSeen {
    /// Keys that answered and are held open.
    pub(crate) keys: Vec<SeenKey>,
    /// Why others that seem to be there cannot be used.
    pub(crate) problems: Vec<Arc<SourceError>>,
    /// Why a key that may be the one that a licence names gave no proof the last time.
    pub(crate) failures: BTreeMap<NamedKey, Arc<ProofFailure>>,
    /// Changes in `/dev` are told by the kernel; otherwise keys are looked for slowly.
    pub(crate) watching: bool,
}

/// A key that is held open.
#[derive(Debug, Clone)]
pub(crate) struct SeenKey {
    /// Where it was found, for people only.
    pub(crate) place: String,
    /// It is simulated.
    pub(crate) emulated: bool,
    /// What it says of itself.
    pub(crate) about: KeyDescription,
    /// The enrolled keys that it has proven to be.
    pub(crate) is: BTreeSet<KeySerial>,
    /// Those that it was asked for and is not.
    pub(crate) is_not: BTreeSet<KeySerial>,
    /// Keys that were revoked as lost, which it has proven to be.
    pub(crate) lost: BTreeSet<KeySerial>,
}

impl KeyThread {
    /// A thread that is yet to be started, and the seat that [`KeyThreadSeat::start`] takes.
    ///
    /// # Errors
    /// The system gives no descriptor.
    pub(crate) fn new() -> io::Result<(Self, KeyThreadSeat)> {
        let (sender, requests) = sync_channel(REQUESTS_MAX);
        let waker = Arc::new(Waker::new()?);
        let seen = Arc::new(Mutex::new(KeysSeen::default()));
        let here = Self {
            requests: sender,
            waker: Arc::clone(&waker),
            seen: Arc::clone(&seen),
        };
        let there = KeyThreadSeat {
            requests,
            waker,
            seen,
        };
        Ok((here, there))
    }

    /// What was seen last.
    pub(crate) fn seen(&self) -> KeysSeen {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Looks at every port now, and says what is there. Where the thread is busy or has ended: what
    /// was seen last.
    pub(crate) async fn look(&self) -> KeysSeen {
        let (answer, seen) = oneshot::channel();
        if self.ask(KeyRequest::Look(answer))
            && let Ok(seen) = seen.await
        {
            return seen;
        }
        self.seen()
    }

    /// Has the thread look after its keys now.
    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    /// Has the keys of a licence prove check-outs. `false`: the thread takes no more.
    pub(crate) fn prove(&self, job: ProofJob) -> bool {
        self.ask(KeyRequest::Prove(job))
    }

    /// Has the thread end.
    pub(crate) fn stop(&self) {
        if !self.ask(KeyRequest::Stop) {
            tracing::warn!("the hardware keys' thread takes no requests");
        }
    }

    /// Whether the request was taken.
    fn ask(&self, request: KeyRequest) -> bool {
        let taken = self.requests.try_send(request).is_ok();
        self.waker.wake();
        taken
    }
}

impl KeyThreadSeat {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system gives none.
    pub(crate) fn start(
        self,
        realms: SharedRealms,
        runtime: Handle,
        settings: &HardwareKeySettings,
    ) -> io::Result<thread::JoinHandle<()>> {
        let keeper = KeyKeeper::new(self, realms, runtime, settings);
        thread::Builder::new()
            .name("hardware-keys".to_owned())
            .spawn(move || keeper.run())
    }

    fn publish(&self, seen: KeysSeen) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = seen;
    }
}

/// Ends the key thread's wait.
struct Waker {
    event: OwnedFd,
}

impl Waker {
    fn new() -> io::Result<Self> {
        let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { event })
    }

    fn wake(&self) {
        // Only a counter that is full refuses, and then it is readable already.
        let _ready = rustix::io::write(&self.event, &1_u64.to_ne_bytes());
    }

    fn reset(&self) {
        // Nothing to be read: nobody woke the thread.
        let _unwoken = rustix::io::read(&self.event, &mut [0; 8]);
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.event.as_fd()
    }
}
