//! The firmware code of Nitrokey 3 and Solo 2 (`fido-authenticator` on `trussed`), in a thread of its own, which is
//! its power: it begins with the flash images as they lie in the key's folder and ends with them. Its user is always
//! there: a touch is granted as soon as it is asked for.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    os::{
        fd::{AsFd as _, BorrowedFd},
        unix::net::UnixStream,
    },
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, Sender},
    thread::{self, JoinHandle},
};

use anyhow::Context as _;
use ctaphid_app::{App as _, Command};
use fido_authenticator::{Authenticator, Config, Conforming, FirmwareVersion};
use heapless_bytes::Bytes;
use rand_core::OsRng;
use trussed::{
    ClientImplementation, Platform, Service,
    backend::BackendId,
    pipe::{ServiceEndpoint, TrussedChannel},
    platform::Syscall,
    types::CoreContext,
    virt::{StorageConfig, Store, StoreConfig, UserInterface},
};
use trussed_core::InterruptFlag;
use trussed_staging::virt::{BackendIds, Dispatcher};

use crate::ctaphid::MESSAGE_BYTES_MAX;

/// What the firmware answers to what it does not understand (`CTAP1_ERR_OTHER`).
const OTHER: u8 = 0x7f;
/// The firmware is one in a process, and so is what interrupts it.
static INTERRUPT: InterruptFlag = InterruptFlag::new();
static BACKENDS: &[BackendId<BackendIds>] = &[
    BackendId::Custom(BackendIds::StagingBackend),
    BackendId::Core,
];

struct Request {
    /// Given back with its answer.
    number: u64,
    cbor: bool,
    message: Vec<u8>,
}

/// The firmware, powered.
#[derive(Debug)]
pub(crate) struct Firmware {
    /// `None` only while it ends.
    requests: Option<Sender<Request>>,
    answers: Receiver<(u64, Vec<u8>)>,
    /// Readable when an answer is there.
    wake: UnixStream,
    thread: Option<JoinHandle<()>>,
    number: u64,
}

impl Firmware {
    /// Powers it, with the flash images in `folder`, which are made where there are none.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let folder = folder.to_path_buf();
        let (requests, incoming) = mpsc::channel();
        let (outgoing, answers) = mpsc::channel();
        let (wake, waker) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let (ready, started) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("firmware".to_owned())
            .stack_size(16 << 20)
            .spawn(move || run(&folder, &ready, &incoming, &outgoing, &waker))?;
        started
            .recv()
            .context("the firmware does not start from its flash images")?;
        Ok(Self {
            requests: Some(requests),
            answers,
            wake,
            thread: Some(thread),
            number: 0,
        })
    }

    /// Gives it a message; what it answered to earlier ones is dropped.
    pub(crate) fn ask(&mut self, cbor: bool, message: Vec<u8>) {
        self.number += 1;
        let request = Request {
            number: self.number,
            cbor,
            message,
        };
        if let Some(requests) = &self.requests {
            // A firmware that has ended answers nothing, which the host sees.
            let _sent = requests.send(request);
        }
    }

    /// Has it stop waiting for its user.
    pub(crate) fn interrupt() {
        INTERRUPT.interrupt();
    }

    /// Readable when [`Self::answer`] may have something.
    pub(crate) fn wake(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }

    /// Its answer to the last message, once.
    pub(crate) fn answer(&mut self) -> Option<Vec<u8>> {
        let _emptied = self.wake.read(&mut [0; 64]);
        let last = self.number;
        self.answers
            .try_iter()
            .filter(|(number, _)| *number == last)
            .map(|(_, answer)| answer)
            .last()
    }
}

impl Drop for Firmware {
    /// Its power fails between two messages, never within a write to its flash.
    fn drop(&mut self) {
        self.requests = None;
        Self::interrupt();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

/// The chip: flash, a source of randomness, a button that is always pressed.
struct Chip<'a> {
    random: OsRng,
    store: Store<'a>,
    button: UserInterface,
}

impl<'a> Platform for Chip<'a> {
    type R = OsRng;
    type S = Store<'a>;
    type UI = UserInterface;

    fn user_interface(&mut self) -> &mut UserInterface {
        &mut self.button
    }

    fn rng(&mut self) -> &mut OsRng {
        &mut self.random
    }

    fn store(&self) -> Store<'a> {
        self.store
    }
}

/// On a chip the firmware's calls are interrupts; here they are calls.
struct Direct<'a> {
    service: Service<Chip<'a>, Dispatcher>,
    endpoints:
        [ServiceEndpoint<'a, BackendIds, <Dispatcher as trussed::backend::Dispatch>::Context>; 1],
}

impl Syscall for Direct<'_> {
    fn syscall(&mut self) {
        self.service.process(&mut self.endpoints);
    }
}

fn run(
    folder: &Path,
    ready: &Sender<()>,
    requests: &Receiver<Request>,
    answers: &Sender<(u64, Vec<u8>)>,
    mut waker: &UnixStream,
) {
    let image = |name: &str| -> PathBuf { folder.join(name) };
    let mut store = StoreConfig {
        internal: StorageConfig::filesystem(image("internal.flash")),
        external: StorageConfig::filesystem(image("external.flash")),
        volatile: StorageConfig::ram(),
    };
    store.with_store(|store| {
        let channel = TrussedChannel::new();
        let Some((requester, responder)) = channel.split() else {
            return;
        };
        let Ok(client) = "fido".try_into() else {
            return;
        };
        let direct = Direct {
            service: Service::with_dispatch(
                Chip {
                    random: OsRng,
                    store,
                    button: UserInterface::new(),
                },
                Dispatcher::default(),
            ),
            endpoints: [ServiceEndpoint::new(
                responder,
                CoreContext::new(client),
                BACKENDS,
            )],
        };
        let client: ClientImplementation<'_, _, Dispatcher> =
            ClientImplementation::new(requester, direct, Some(&INTERRUPT));
        let mut config = Config::new(MESSAGE_BYTES_MAX);
        config.firmware_version = Some(FirmwareVersion::new(1));
        let mut authenticator = Authenticator::new(client, Conforming {}, config);
        if ready.send(()).is_err() {
            return;
        }
        for request in requests {
            let command = if request.cbor {
                Command::Cbor
            } else {
                Command::Msg
            };
            let mut answer = Bytes::<MESSAGE_BYTES_MAX>::new();
            INTERRUPT.set_working();
            let said = match authenticator.call(command, &request.message, &mut answer) {
                Ok(()) => answer.to_vec(),
                Err(_) => vec![OTHER],
            };
            INTERRUPT.set_idle();
            let woken: io::Result<()> = match answers.send((request.number, said)) {
                Ok(()) => waker.write_all(&[1]),
                Err(_) => return,
            };
            if woken.is_err() {
                return;
            }
        }
    });
}
