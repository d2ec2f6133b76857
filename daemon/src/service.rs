//! The daemon's life: lock the state, open the realms, open the sockets, serve, and stop in good
//! order. What is slow or may fail happens before the first application is answered.

use std::{future::Future, io, path::PathBuf, sync::Arc, time::Duration};

use octroi_engine::{Command, Engine, LicenceView};
use octroi_licence::{HostIdentity, LicenceId};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use crate::{
    clock::Clock,
    config::Configuration,
    desk::Desk,
    hardware::KeyThread,
    host::{HostFacts, HostMatch},
    ledger::{FolderLock, LockError, lock_folder},
    manager::{self, PassedSockets},
    paths::Paths,
    realm::{Realm, RealmError},
    realms::{Realms, SharedRealms, make_private_folder},
    reporting::{self, Clerk},
    roster::Roster,
    server::{self, SocketError},
    settings_file::SettingsFileError,
    text::sentence,
};

/// Why the daemon did not start, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// A folder cannot be made.
    #[error("the folder {path} cannot be made")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The machine's clocks cannot be read.
    #[error("the boot id cannot be read from /proc")]
    Clock(#[source] io::Error),
    /// The system gives no thread.
    #[error("a thread cannot be started")]
    Thread(#[source] io::Error),
    /// Another daemon uses the state, or it cannot be locked.
    #[error("the state folder cannot be used")]
    Lock(#[source] LockError),
    /// A realm does not open.
    #[error("a vendor's realm cannot be opened")]
    Realm(#[from] RealmError),
    /// The administrator's list of users.
    #[error("the list of users cannot be used")]
    Users(#[source] SettingsFileError),
    /// The signal that asks for it cannot be waited for.
    #[error("SIGHUP cannot be waited for")]
    Signal(#[source] io::Error),
    /// A socket does not open.
    #[error("a socket cannot be opened")]
    Socket(#[from] SocketError),
    /// The transport failed.
    #[error("a socket failed")]
    Transport(#[from] tonic::transport::Error),
}

/// Serves until `stop` resolves; then ends in good order. `ready` is called once applications can
/// connect. A socket that was not passed is opened, and removed at the end.
///
/// # Errors
/// [`ServiceError`]; nothing was granted that is not in the ledger.
pub async fn serve(
    paths: Paths,
    configuration: Configuration,
    passed: PassedSockets,
    ready: impl FnOnce() + Send,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), ServiceError> {
    raise_file_limit();
    let _lock = prepare(&paths)?;
    let clock = Clock::of_this_boot().map_err(ServiceError::Clock)?;
    let desk = Desk::open().map_err(ServiceError::Thread)?;
    let handle = desk.handle().clone();
    let roster =
        Roster::read(paths.users(), configuration.callers.clone()).map_err(ServiceError::Users)?;
    let (keys, key_thread) = KeyThread::new().map_err(ServiceError::Thread)?;
    let opened = Realms::open(
        paths.clone(),
        configuration.clone(),
        clock,
        handle,
        roster,
        keys,
    )?;
    let realms: SharedRealms = Arc::new(opened);
    let hangup = signal(SignalKind::hangup()).map_err(ServiceError::Signal)?;
    for realm in realms.all() {
        compare_hosts(&realm).await;
    }
    let mut our_own = Vec::new();
    let mut listen = |passed, path: PathBuf, mode| {
        if let Some(socket) = passed {
            return server::adopt(socket, &path);
        }
        let opened = server::listen(&path, mode)?;
        our_own.push(path);
        Ok(opened)
    };
    let applications = {
        // A socket wakes the runtime in which it was made.
        let _served_there = desk.handle().enter();
        listen(passed.applications, paths.socket(), 0o666)?
    };
    let administrators = listen(passed.administrators, paths.admin_socket(), 0o660)?;
    if our_own.contains(&paths.admin_socket()) {
        give_to_group(&paths);
    }

    let clerk = Clerk::new(realms.clone());
    let (stopping, stopped) = watch::channel(false);
    let until_stopped = |mut stopped: watch::Receiver<bool>| async move {
        // A sender that is gone has stopped too.
        drop(stopped.wait_for(|stopped| *stopped).await);
    };
    let key_thread = key_thread
        .start(
            realms.clone(),
            tokio::runtime::Handle::current(),
            &configuration.hardware_key,
        )
        .map_err(ServiceError::Thread)?;
    let connections_max = configuration.limits.connections_max;
    let (serving, until) = (realms.clone(), until_stopped(stopped.clone()));
    let applications = desk.handle().spawn(async move {
        server::serve_applications(applications, serving, connections_max, until).await
    });
    let administrators = tokio::spawn(server::serve_administrators(
        administrators,
        realms.clone(),
        clerk.clone(),
        until_stopped(stopped.clone()),
    ));
    let reporting = tokio::spawn(reporting::run(clerk, stopped.clone()));
    tokio::spawn(read_users_again(realms.clone(), hangup, stopped.clone()));
    if let Some(every) = manager::alive_every() {
        tokio::spawn(tell_alive(realms.clone(), every, stopped));
    }
    ready();
    stop.await;

    tracing::info!("stopping");
    // First the key thread: it asks the realms.
    realms.keys().stop();
    if tokio::task::spawn_blocking(move || key_thread.join())
        .await
        .is_err()
    {
        tracing::error!("the hardware keys' thread did not end in good order");
    }
    for realm in realms.all() {
        realm.stop().await;
    }
    stopping.send_replace(true);
    if reporting.await.is_err() {
        tracing::error!("the reports' task did not end in good order");
    }
    for server in [applications, administrators] {
        // Open streams end with their links; whoever does not let go is cut.
        match tokio::time::timeout(Duration::from_secs(2), server).await {
            Ok(Ok(result)) => result?,
            Ok(Err(error)) => tracing::error!(%error, "a server ended badly"),
            Err(_) => tracing::debug!("a connection was cut at the end"),
        }
    }
    desk.close();
    for socket in our_own {
        if let Err(error) = std::fs::remove_file(&socket) {
            tracing::debug!(%error, socket = %socket.display(), "a socket was gone before the end");
        }
    }
    Ok(())
}

/// Reads the list of users again at each SIGHUP.
async fn read_users_again(
    realms: SharedRealms,
    mut hangup: Signal,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            _ = hangup.recv() => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
        let roster = Arc::clone(realms.roster());
        match tokio::task::spawn_blocking(move || roster.read_again()).await {
            Ok(Ok(users)) => {
                tracing::info!(
                    listed = users.listed().count(),
                    "the list of users was read again"
                );
            }
            Ok(Err(error)) => {
                let error = sentence(&error);
                tracing::error!(error, "the list of users stays as it was");
            }
            Err(error) => tracing::error!(%error, "reading the list of users was interrupted"),
        }
    }
}

/// Tells the service manager that the daemon is alive, as long as every realm answers.
async fn tell_alive(realms: SharedRealms, every: Duration, mut stopped: watch::Receiver<bool>) {
    loop {
        for realm in realms.all() {
            // Without an answer nothing is told any more, and the service manager starts a new daemon.
            if realm.read(|_| ()).await.is_none() && !*stopped.borrow() {
                let vendor = realm.vendor();
                tracing::error!(%vendor, "a realm does not answer");
                return;
            }
        }
        manager::alive();
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// Makes the folders and locks the state, before anything of it is read.
fn prepare(paths: &Paths) -> Result<FolderLock, ServiceError> {
    let folder = |path: PathBuf| move |source| ServiceError::Folder { path, source };
    make_private_folder(&paths.state()).map_err(folder(paths.state()))?;
    let lock = lock_folder(&paths.state()).map_err(ServiceError::Lock)?;
    make_private_folder(&paths.realms()).map_err(folder(paths.realms()))?;
    std::fs::create_dir_all(paths.run()).map_err(folder(paths.run()))?;
    Ok(lock)
}

/// Compares this host with the activated one, for every licence that is bound to a host.
pub(crate) async fn compare_hosts(realm: &Realm) {
    let bound = realm
        .read(|reading| bound_hosts(reading.engine))
        .await
        .unwrap_or_default();
    if bound.is_empty() {
        return;
    }
    for (licence, found) in compared_hosts(bound).await {
        let (matched, readable) = (found.matched, found.readable);
        tracing::info!(%licence, matched, readable, "this host was compared with the activated one");
        realm
            .ask(Command::HostCompared {
                licence,
                matched,
                readable,
            })
            .await;
    }
}

/// Compares this host with others, which is slow on purpose.
pub(crate) async fn compared_hosts(
    bound: Vec<(LicenceId, HostIdentity)>,
) -> Vec<(LicenceId, HostMatch)> {
    let compared = tokio::task::spawn_blocking(move || {
        let facts = HostFacts::read();
        let compare = |identity| facts.matches(identity);
        bound
            .iter()
            .map(|(licence, identity)| (licence.clone(), compare(identity)))
            .collect()
    })
    .await;
    compared.unwrap_or_else(|_| {
        tracing::error!("this host could not be compared with the activated one");
        Vec::new()
    })
}

/// The hosts that licences were activated for.
pub(crate) fn bound_hosts(engine: &Engine) -> Vec<(LicenceId, HostIdentity)> {
    let licences = engine.licences().into_iter();
    let bound = |view: LicenceView| {
        let certificate = engine.documents(&view.licence)?.certificate?;
        Some((view.licence, certificate.document().host.clone()?))
    };
    licences.filter_map(bound).collect()
}

/// Raises the limit on open files to what the system allows: each application is two of them.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit on open files could not be raised");
    }
}

/// Lets the group `octroi` use the administrators' socket, where the group exists and we may.
fn give_to_group(paths: &Paths) {
    let Ok(groups) = std::fs::read_to_string("/etc/group") else {
        return;
    };
    let group = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some("octroi"))
            .then(|| fields.nth(1)?.parse().ok())
            .flatten()
    });
    if let Some(group) = group
        && let Err(error) = std::os::unix::fs::chown(paths.admin_socket(), None, Some(group))
    {
        tracing::warn!(%error, "the administrators' socket could not be given to group octroi");
    }
}
