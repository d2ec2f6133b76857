//! A vendor's server by another clock: the same folder, database, keys and address, served from this
//! process by the server's own library, whose clock is a value. For servers whose clock is wrong, and
//! for what was certified some time ago.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use octroi_licence::{CivilSeconds, message::SignedDocument, read_armoured};
use octroi_server::{
    ActivationKey, Books, Clock, Config, Office, TlsIdentity, Vendor as ServedVendor, serve,
};
use octroi_vendor::PrivateKey;
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot, task::JoinHandle};

use crate::ActivationServer;

/// A server in this process; it stops with its guard.
#[derive(Debug)]
pub struct ByAnotherClock {
    runtime: Runtime,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
}

impl ByAnotherClock {
    /// Serves where the server that is stopped listened, with a clock that is so many seconds ahead.
    ///
    /// # Errors
    /// What the server opens cannot be opened, or the address is taken: the server runs still.
    pub fn serve(server: &ActivationServer, ahead_s: i64) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let text = fs::read_to_string(server.configuration())?;
        let config = Config::read(&text, server.folder())?;
        let vendor = ServedVendor::read(&document(&config.root)?)?;
        let key = PrivateKey::from_pem(&fs::read_to_string(&config.activation_key)?, None)?;
        let certificate = document(&config.activation_certificate)?;
        let key = ActivationKey::new(&vendor, key, certificate, Vec::new())?;
        let tls = identity(&config)?.server_config()?;
        let clock = Clock::new(move || CivilSeconds(present().0.saturating_add(ahead_s)));
        let books = Books::open(&config.database, config.database_options, vendor);
        let office = Office::new(runtime.block_on(books)?, key, clock);
        let office = Arc::new(office.in_country(config.country));
        let listener = runtime.block_on(TcpListener::bind(config.listen))?;
        let (stop, stopped) = oneshot::channel();
        let task = runtime.spawn(async move {
            let stopped = async { drop(stopped.await) };
            let serving = serve(Arc::clone(&office), listener, tls, config.limits, stopped);
            if let Err(error) = serving.await {
                crate::process::say(&format!("the server by another clock: {error}"));
            }
            office.books().close().await;
        });
        Ok(Self {
            runtime,
            stop: Some(stop),
            served: Some(task),
        })
    }
}

impl Drop for ByAnotherClock {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(served) = self.served.take() {
            // A daemon may hold its connection open: the database must still be closed in time.
            let ended = async { tokio::time::timeout(Duration::from_secs(10), served).await };
            drop(self.runtime.block_on(ended));
        }
    }
}

/// The server's TLS key and certificate.
///
/// # Errors
/// They cannot be read.
pub fn tls_identity(server: &ActivationServer) -> anyhow::Result<TlsIdentity> {
    let text = fs::read_to_string(server.configuration())?;
    identity(&Config::read(&text, server.folder())?)
}

fn identity(config: &Config) -> anyhow::Result<TlsIdentity> {
    Ok(TlsIdentity {
        certificate: fs::read_to_string(&config.tls_certificate)?,
        key: fs::read_to_string(&config.tls_key)?.into(),
    })
}

fn document(path: &Path) -> anyhow::Result<SignedDocument> {
    let text = fs::read(path).with_context(|| format!("{}", path.display()))?;
    Ok(read_armoured(&text)?.1)
}

/// What time it is here.
pub fn present() -> CivilSeconds {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    CivilSeconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}
