//! Who asks: the vendor's root that the application pins, the product and version that it is, and
//! how the daemon is found. Everything is checked once, in `build`.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use octroi_licence::{CivilSeconds, ProductId, ProductVersion, PublicKey, TrustedRoot};

use crate::{BorrowedSeat, Error, Session, asynchronous, blocking, borrow, socket};

/// How long an answer may take.
pub const DEADLINE_DEFAULT: Duration = Duration::from_secs(2);
/// How long the SDK tries to get back to a daemon that was restarted; living processes are given so
/// long after a daemon's start.
pub const RECONNECT_FOR_DEFAULT: Duration = Duration::from_secs(30);

/// The vendor's root public key, as the application pins it: 32 bytes, or 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootKey(Result<PublicKey, String>);

impl From<[u8; 32]> for RootKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self(PublicKey::from_bytes(&bytes).ok_or_else(|| "no point on the curve".to_owned()))
    }
}

impl From<&[u8; 32]> for RootKey {
    fn from(bytes: &[u8; 32]) -> Self {
        Self::from(*bytes)
    }
}

impl From<&str> for RootKey {
    fn from(text: &str) -> Self {
        Self(
            text.parse()
                .map_err(|why: octroi_licence::NameError| why.to_string()),
        )
    }
}

impl From<PublicKey> for RootKey {
    fn from(key: PublicKey) -> Self {
        Self(Ok(key))
    }
}

/// What a session is opened with.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) root: TrustedRoot,
    pub(crate) product: ProductId,
    pub(crate) version: Option<ProductVersion>,
    pub(crate) released_at: Option<CivilSeconds>,
    pub(crate) socket: PathBuf,
    pub(crate) deadline: Duration,
    pub(crate) reconnect_for: Duration,
    pub(crate) holder_pid: Option<u32>,
    pub(crate) unattended: bool,
    pub(crate) locale: String,
}

/// An application, ready to open sessions. Cheap to clone; connects only in `open`.
#[derive(Debug, Clone)]
pub struct Client {
    settings: Arc<Settings>,
}

impl Client {
    /// Starts with the vendor's root, which is compiled into the application: whatever does not
    /// descend from it is refused.
    pub fn builder(root: impl Into<RootKey>) -> ClientBuilder {
        ClientBuilder {
            root: root.into(),
            product: String::new(),
            version: None,
            released_at: None,
            socket: None,
            deadline: DEADLINE_DEFAULT,
            reconnect_for: RECONNECT_FOR_DEFAULT,
            holder_pid: None,
            unattended: false,
            locale: None,
        }
    }

    /// Connects, opens a session and verifies the daemon's proof. Blocks for at most the deadline; a
    /// thread of the SDK serves the session until it is closed.
    ///
    /// # Errors
    /// [`Error::DaemonAbsent`] at once where nobody listens, [`Error::DaemonNotAnswering`] after the
    /// deadline, [`Error::Untrusted`] and [`Error::ApplicationTooOld`] where what the daemon shows is
    /// not honoured, [`Error::Refused`] where the daemon refuses the session.
    pub fn open(&self) -> Result<Session, Error> {
        blocking::open(Arc::clone(&self.settings))
    }

    /// The same on the caller's tokio runtime (with I/O and time enabled), which serves the session.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_async(&self) -> Result<asynchronous::Session, Error> {
        asynchronous::open(Arc::clone(&self.settings)).await
    }

    /// Takes a borrowed seat up again that [`BorrowedSeat::keep_in`] wrote. Needs no daemon.
    ///
    /// # Errors
    /// [`Error::BorrowFile`] where the file cannot be read, [`Error::BorrowOver`] where the period is
    /// over, [`Error::Untrusted`] and [`Error::ApplicationTooOld`] where what was kept is not honoured.
    pub fn borrowed(&self, path: impl AsRef<std::path::Path>) -> Result<BorrowedSeat, Error> {
        self.borrowed_from(&borrow::read(path.as_ref())?)
    }

    /// The same from the bytes of [`BorrowedSeat::to_bytes`].
    ///
    /// # Errors
    /// As [`Self::borrowed`].
    pub fn borrowed_from(&self, bytes: &[u8]) -> Result<BorrowedSeat, Error> {
        borrow::restore(bytes, &self.settings)
    }

    /// The socket that `open` connects to.
    pub fn socket(&self) -> &std::path::Path {
        &self.settings.socket
    }
}

/// Collects what a [`Client`] needs.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until build"]
pub struct ClientBuilder {
    root: RootKey,
    product: String,
    version: Option<String>,
    released_at: Option<CivilSeconds>,
    socket: Option<PathBuf>,
    deadline: Duration,
    reconnect_for: Duration,
    holder_pid: Option<u32>,
    unattended: bool,
    locale: Option<String>,
}

impl ClientBuilder {
    /// The product, as the licence names it. Required.
    pub fn product(mut self, product: impl Into<String>) -> Self {
        self.product = product.into();
        self
    }

    /// The application's version: digits and dots. Without one, only features that are licensed in
    /// every version are granted.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// When this version was released, which maintenance is compared with.
    pub fn released_at(mut self, released_at: CivilSeconds) -> Self {
        self.released_at = Some(released_at);
        self
    }

    /// Another socket than `OCTROI_SOCKET` or the default.
    pub fn socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.socket = Some(path.into());
        self
    }

    /// How long an answer may take before [`Error::DaemonNotAnswering`]. Default 2 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long seats outlive a daemon that is gone, while the SDK tries to get back to it. Default
    /// 30 s; never shorter than the resume window that the daemon states.
    pub fn reconnect_for(mut self, window: Duration) -> Self {
        self.reconnect_for = window;
        self
    }

    /// Another living process of the same user holds the session: it ends with that process.
    pub fn holder_pid(mut self, pid: u32) -> Self {
        self.holder_pid = Some(pid);
        self
    }

    /// Nobody sits before the application: batch, robot, test.
    pub fn unattended(mut self, unattended: bool) -> Self {
        self.unattended = unattended;
        self
    }

    /// The language in which refusals are shown, such as `fr` or `en-GB`; English where there are no
    /// texts. Default: the environment's (`LC_ALL`, `LC_MESSAGES`, `LANG`).
    pub fn locale(mut self, tag: impl Into<String>) -> Self {
        self.locale = Some(tag.into());
        self
    }

    /// Checks everything; connects nowhere.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`], naming the argument.
    pub fn build(self) -> Result<Client, Error> {
        let root = self.root.0.map_err(|why| invalid("root key", why))?;
        let product = self
            .product
            .parse()
            .map_err(|why| invalid("product", why))?;
        let version = self
            .version
            .map(|text| text.parse().map_err(|why| invalid("version", why)))
            .transpose()?;
        let environment = socket::Environment::of_process();
        let socket = match self.socket {
            Some(path) => path,
            None => environment.socket(),
        };
        socket::check_length(&socket)?;
        Ok(Client {
            settings: Arc::new(Settings {
                root: TrustedRoot::pinned(root),
                product,
                version,
                released_at: self.released_at,
                socket,
                deadline: self.deadline,
                reconnect_for: self.reconnect_for,
                holder_pid: self.holder_pid,
                unattended: self.unattended,
                locale: self.locale.unwrap_or_else(|| environment.locale()),
            }),
        })
    }
}

pub(crate) fn invalid(what: &'static str, why: impl fmt::Display) -> Error {
    Error::InvalidArgument {
        what,
        why: why.to_string(),
    }
}
