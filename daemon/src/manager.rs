//! What is said between the service manager (systemd) and the daemon: the sockets that it opened and
//! hands over, and the daemon's "ready", "stopping" and "alive". Where no service manager started the
//! daemon, nothing of this happens. Nothing here knows what a socket is served with.

use std::{env, io, os::unix::net::UnixListener, time::Duration};

use listenfd::ListenFd;
use sd_notify::NotifyState;

/// `FileDescriptorName=` of the applications' socket.
const APPLICATIONS: &str = "octroi";
/// `FileDescriptorName=` of the administrators' socket.
const ADMINISTRATORS: &str = "octroi-admin";

/// Why the service manager's sockets cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PassedError {
    /// The environment contradicts itself.
    #[error("LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES do not say which sockets were passed")]
    Environment(#[source] io::Error),
    /// A socket of no use.
    #[error(
        "a socket named {name:?} was passed; give the names {APPLICATIONS} and {ADMINISTRATORS} (FileDescriptorName=)"
    )]
    Unknown {
        /// What it was called.
        name: String,
    },
    /// Two sockets for one use.
    #[error("two sockets named {name} were passed; state one ListenStream= for each name")]
    Twice {
        /// What both were called.
        name: String,
    },
    /// It is something else than a Unix stream socket.
    #[error("what was passed as {name} is no Unix stream socket (ListenStream= with a path)")]
    NotAListener {
        /// What it was called.
        name: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// Sockets that somebody else opened, and removes.
#[derive(Debug, Default)]
pub struct PassedSockets {
    /// Where applications connect.
    pub applications: Option<UnixListener>,
    /// Where administrators connect.
    pub administrators: Option<UnixListener>,
}

impl PassedSockets {
    /// Takes the sockets that the service manager passed to this process; none where it passed none.
    /// To be called once, before any thread is started, because the environment is cleared of them.
    ///
    /// # Errors
    /// [`PassedError`].
    pub fn take() -> Result<Self, PassedError> {
        let mut passed = Self::default();
        // Those that are meant for another process, such as a parent, have names here all the same.
        let meant_for_us = sd_notify::listen_fds().map_err(PassedError::Environment)?;
        if meant_for_us.len() == 0 {
            return Ok(passed);
        }
        let passed_here = sd_notify::listen_fds_with_names().map_err(PassedError::Environment)?;
        let names: Vec<String> = passed_here.map(|(_, name)| name).collect();
        // It owns the descriptors.
        let mut sockets = ListenFd::from_env();
        for (index, name) in names.into_iter().enumerate() {
            let place = match name.as_str() {
                APPLICATIONS => &mut passed.applications,
                ADMINISTRATORS => &mut passed.administrators,
                _ => return Err(PassedError::Unknown { name }),
            };
            if place.is_some() {
                return Err(PassedError::Twice { name });
            }
            match sockets.take_unix_listener(index) {
                Ok(socket) => *place = socket,
                Err(source) => return Err(PassedError::NotAListener { name, source }),
            }
        }
        Ok(passed)
    }
}

/// Tells that applications can connect.
pub fn ready() {
    tell(&NotifyState::Ready);
}

/// Tells that the daemon ends in good order.
pub fn stopping() {
    tell(&NotifyState::Stopping);
}

/// Tells that the daemon is alive.
pub(crate) fn alive() {
    tell(&NotifyState::Watchdog);
}

/// How often [`alive`] is to be told: twice as often as the service manager asks; `None`: it does not.
pub(crate) fn alive_every() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|within| within / 2)
}

fn tell(state: &NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(std::slice::from_ref(state)) {
        let socket = env::var_os("NOTIFY_SOCKET").unwrap_or_default();
        tracing::warn!(%error, ?socket, "the service manager could not be told");
    }
}
