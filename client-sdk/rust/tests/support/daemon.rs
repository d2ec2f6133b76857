//! The fake daemon's server: a tonic service on a Unix socket, in a runtime of its own, so that it can
//! be killed and started again over the same world.

use std::{
    fs,
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ed25519_dalek::SigningKey;
use octroi::{Client, ClientBuilder, Session};
use octroi_licence::{PublicKey, Signer as _};
use octroi_proto::licensing::v1::{
    ClientMessage, DaemonMessage,
    licensing_server::{Licensing, LicensingServer},
};
use tempfile::TempDir;
use tokio::{net::UnixListener, runtime::Runtime};
use tokio_stream::{
    Stream,
    wrappers::{UnboundedReceiverStream, UnixListenerStream},
};
use tonic::{Request, Response, Status, Streaming, transport::Server};

use super::{LicenceSpec, PATIENCE, Vendor, World};

struct Core {
    world: Mutex<World>,
    changed: Condvar,
    next_stream: AtomicU64,
}

/// See the module.
pub struct FakeDaemon {
    pub vendor: Vendor,
    pub socket: PathBuf,
    core: Arc<Core>,
    runtime: Option<Runtime>,
    _folder: TempDir,
}

pub fn daemon_key() -> SigningKey {
    SigningKey::from_bytes(&[0xda; 32])
}

pub fn daemon_public_key() -> PublicKey {
    daemon_key().public_key()
}

impl FakeDaemon {
    /// A daemon with one sound licence of two seats.
    pub fn start() -> Self {
        Self::with_licence(&LicenceSpec::default())
    }

    pub fn with_licence(spec: &LicenceSpec) -> Self {
        Self::with_licences(std::slice::from_ref(spec))
    }

    pub fn with_licences(specs: &[LicenceSpec]) -> Self {
        let vendor = Vendor::new(1);
        let key = daemon_public_key();
        let documents = specs.iter().map(|spec| vendor.documents(spec, &key));
        let world = World::new(daemon_key(), documents.collect());
        let folder = tempfile::tempdir().unwrap();
        let mut daemon = Self {
            vendor,
            socket: folder.path().join("s"),
            core: Arc::new(Core {
                world: Mutex::new(world),
                changed: Condvar::new(),
                next_stream: AtomicU64::new(1),
            }),
            runtime: None,
            _folder: folder,
        };
        daemon.restart();
        daemon
    }

    /// An application of this vendor's.
    pub fn client(&self) -> ClientBuilder {
        Client::builder(self.vendor.root_bytes())
            .product("suite")
            .version("2026.1")
            .socket(&self.socket)
            .deadline(Duration::from_secs(5))
    }

    pub fn open(&self) -> Session {
        self.client().build().unwrap().open().unwrap()
    }

    /// Looks at the world, or changes it.
    pub fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        let value = look(&mut self.core.world.lock().unwrap());
        self.core.changed.notify_all();
        value
    }

    /// Waits until the world is so.
    pub fn until(&self, what: &str, done: impl Fn(&World) -> bool) {
        let world = self.core.world.lock().unwrap();
        let (_world, timed_out) = self
            .core
            .changed
            .wait_timeout_while(world, PATIENCE, |world| !done(world))
            .unwrap();
        assert!(!timed_out.timed_out(), "never: {what}");
    }

    /// As SIGKILL: streams and listener are gone, the socket file stays.
    pub fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(PATIENCE);
        }
        self.world(World::died);
    }

    pub fn restart(&mut self) {
        self.kill();
        fs::remove_file(&self.socket).unwrap_or_default();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = {
            let _inside = runtime.enter();
            UnixListener::bind(&self.socket).unwrap()
        };
        let service = LicensingServer::new(Service(Arc::clone(&self.core)))
            .max_encoding_message_size(usize::MAX);
        runtime.spawn(
            Server::builder()
                .add_service(service)
                .serve_with_incoming(UnixListenerStream::new(listener)),
        );
        self.runtime = Some(runtime);
    }
}

impl Drop for FakeDaemon {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

struct Service(Arc<Core>);

#[tonic::async_trait]
impl Licensing for Service {
    type SessionStream = Pin<Box<dyn Stream<Item = Result<DaemonMessage, Status>> + Send>>;

    async fn session(
        &self,
        request: Request<Streaming<ClientMessage>>,
    ) -> Result<Response<Self::SessionStream>, Status> {
        let core = Arc::clone(&self.0);
        let stream = core.next_stream.fetch_add(1, Ordering::Relaxed);
        let (out, messages) = tokio::sync::mpsc::unbounded_channel();
        core.world.lock().unwrap().connected(stream, out);
        let mut incoming = request.into_inner();
        tokio::spawn(async move {
            while let Ok(Some(message)) = incoming.message().await {
                core.world.lock().unwrap().heard(stream, message);
                core.changed.notify_all();
            }
            core.world.lock().unwrap().disconnected(stream);
            core.changed.notify_all();
        });
        Ok(Response::new(Box::pin(UnboundedReceiverStream::new(
            messages,
        ))))
    }
}
