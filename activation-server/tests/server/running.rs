//! A server that runs: in this process, on a loopback socket, over a database file of its own, with a
//! clock that the test sets.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use octroi_licence::{CivilSeconds, Country, DocumentKind, LicenceId, message::SignedDocument};
use octroi_server::{
    Books, Clock, DatabaseOptions, Entry, EntryError, LicenceOverview, Limits, Office, TlsIdentity,
    serve,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{
    client::Client,
    vendor::{Issued, LICENCE, NOW, Staff, kind_of},
};

pub(crate) const OPTIONS: DatabaseOptions = DatabaseOptions {
    busy_timeout: Duration::from_millis(300),
    mib_max: None,
};

/// A vendor's staff and server.
pub(crate) struct Running {
    pub(crate) staff: Staff,
    pub(crate) office: Arc<Office>,
    pub(crate) address: SocketAddr,
    pub(crate) pin: [u8; 32],
    clock: Arc<AtomicI64>,
    country: Option<Country>,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) async fn new() -> Self {
        Self::with(OPTIONS, Limits::default()).await
    }

    pub(crate) async fn with(options: DatabaseOptions, limits: Limits) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(AtomicI64::new(NOW.0));
        let staff = Staff::new();
        let office = office(
            &staff,
            &folder.path().join("server.db"),
            options,
            &clock,
            None,
        )
        .await;
        let mut running = Self {
            staff,
            office,
            address: ([127, 0, 0, 1], 0).into(),
            pin: [0; 32],
            clock,
            country: None,
            folder,
            stop: None,
            served: None,
        };
        running.start(limits).await;
        running
    }

    async fn start(&mut self, limits: Limits) {
        let identity = TlsIdentity::self_signed(vec!["localhost".to_owned()], NOW).unwrap();
        self.pin = identity.pin().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let (office, tls) = (Arc::clone(&self.office), identity.server_config().unwrap());
        self.stop = Some(stop);
        self.served = Some(tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            serve(office, listener, tls, limits, stopped).await.unwrap();
        }));
    }

    /// Stops the server, lets `change` do something to its files, and starts it again.
    pub(crate) async fn stopped(&mut self, change: impl FnOnce(&Path)) {
        self.stop.take().unwrap().send(()).unwrap();
        self.served.take().unwrap().await.unwrap();
        self.office.books().close().await;
        change(&self.database());
        self.office = office(
            &self.staff,
            &self.database(),
            OPTIONS,
            &self.clock,
            self.country,
        )
        .await;
        self.start(Limits::default()).await;
    }

    /// The server stands in that country from now on.
    pub(crate) async fn moves(&mut self, country: &str) {
        self.country = Some(country.parse().unwrap());
        self.stopped(|_| {}).await;
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("server.db")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn books(&self) -> &Books {
        self.office.books()
    }

    pub(crate) fn now(&self) -> CivilSeconds {
        CivilSeconds(self.clock.load(Ordering::SeqCst))
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.address, self.pin).await.unwrap()
    }

    /// Issues an order and imports the licence with its code; the payment is recorded.
    pub(crate) async fn sell(&mut self, order: &str) -> Issued {
        let issued = self.staff.issue(order);
        self.import(&issued).await.unwrap();
        self.books()
            .pay(&issued.licence.id, self.now())
            .await
            .unwrap();
        issued
    }

    pub(crate) async fn import(&self, issued: &Issued) -> Result<Entry, EntryError> {
        let (kind, code) = (DocumentKind::Licence, Some(&issued.code));
        self.books()
            .add(kind, &issued.signed, code, self.now())
            .await
    }

    pub(crate) async fn add(&self, document: &SignedDocument) -> Result<Entry, EntryError> {
        let kind = kind_of(document, &self.staff);
        self.books().add(kind, document, None, self.now()).await
    }

    pub(crate) async fn overview(&self) -> LicenceOverview {
        let licence: LicenceId = LICENCE.parse().unwrap();
        let mut all = self
            .books()
            .overview(Some(&licence), self.now())
            .await
            .unwrap();
        all.remove(0)
    }

    /// Units that are allotted of a feature, over all daemons.
    pub(crate) async fn allotted(&self, feature: &str) -> u64 {
        let overview = self.overview().await;
        let mut features = overview.features.iter();
        features
            .find(|one| one.feature.as_str() == feature)
            .unwrap()
            .allotted
    }
}

async fn office(
    staff: &Staff,
    database: &Path,
    options: DatabaseOptions,
    clock: &Arc<AtomicI64>,
    country: Option<Country>,
) -> Arc<Office> {
    let books = Books::open(database, options, staff.vendor())
        .await
        .unwrap();
    let clock = Arc::clone(clock);
    let clock = Clock::new(move || CivilSeconds(clock.load(Ordering::SeqCst)));
    let office = Office::new(books, staff.activation_key(), clock);
    Arc::new(office.in_country(country))
}
