//! Who is at the other end of a socket. The uid comes only from the kernel's word for the connection
//! (`SO_PEERCRED`); the process is held by a pidfd, so that its number coming again for another one
//! cannot be mistaken. Reading lives here and in `process`; what follows from what was read is decided
//! in `evidence`, which asks nobody. Whether a caller may do something is not asked here at all.

mod container;
mod evidence;
mod process;
mod subordinate;
#[cfg(test)]
mod tests;

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    sync::{Once, OnceLock},
};

use nix::{
    errno::Errno,
    sys::socket::{getsockopt, sockopt},
};
use octroi_engine::{BootId, ProcessIdentity};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use tokio::io::{Interest, unix::AsyncFd};

use self::evidence::{Evidence, Mismatch, Verdict, judge};

/// The uid that the kernel shows for a user whom it cannot map into the daemon's user namespace.
const OVERFLOW_UID: u32 = 65534;

/// Who connected, as the kernel knows it. Taken once, when the connection is accepted.
#[derive(Debug)]
pub struct Peer {
    uid: u32,
    gid: u32,
    user: u32,
    process: Process,
}

#[derive(Debug)]
enum Process {
    /// Held and named.
    Known {
        identity: ProcessIdentity,
        own_numbers: bool,
        pidfd: OwnedFd,
    },
    /// Held, but it has no number here, or `/proc` hides it.
    Unnamed { pid: Option<u32>, pidfd: OwnedFd },
    /// Nothing but its stream is known.
    Stream { pid: Option<u32> },
}

impl Peer {
    /// Who is at the other end of a connected Unix stream.
    ///
    /// # Errors
    /// [`PeerError`], where the process has ended already or is not the one that connected.
    pub fn of(stream: &impl AsFd) -> Result<Self, PeerError> {
        let said = getsockopt(stream, sockopt::PeerCredentials)
            .map_err(|error| PeerError::Credentials(error.into()))?;
        let pid = u32::try_from(said.pid()).ok().filter(|pid| *pid != 0);
        let (uid, gid) = (said.uid(), said.gid());
        let process = match getsockopt(stream, sockopt::PeerPidfd) {
            Ok(pidfd) => given(pid, pidfd)?,
            // Kernels before 6.5 do not know the option.
            Err(Errno::ENOPROTOOPT) => match pid {
                Some(pid) => opened(pid, uid)?,
                None => Process::Stream { pid: None },
            },
            Err(Errno::ESRCH | Errno::EINVAL | Errno::ENODATA) => return Err(PeerError::Gone),
            Err(error) => return Err(PeerError::Process(error.into())),
        };
        Ok(Self {
            uid,
            gid,
            user: subordinate::user_of(uid),
            process,
        })
    }

    /// The uid that connected.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// The group that connected.
    pub fn gid(&self) -> u32 {
        self.gid
    }

    /// The uid that counts as the user: the owner's, where the uid is one of those that `/etc/subuid`
    /// gave to somebody for containers.
    pub fn user(&self) -> u32 {
        self.user
    }

    /// The kernel said who it is. `false`: it arrived as the uid that stands for anybody.
    pub fn identified(&self) -> bool {
        self.uid != OVERFLOW_UID
    }

    /// The process's number, for logs: without [`Self::process`] it names nothing.
    pub fn pid(&self) -> Option<u32> {
        match &self.process {
            Process::Known { identity, .. } => Some(identity.pid),
            Process::Unnamed { pid, .. } | Process::Stream { pid } => *pid,
        }
    }

    /// The process; `None`: stream only, or held without a name.
    pub fn process(&self) -> Option<ProcessIdentity> {
        match &self.process {
            Process::Known { identity, .. } => Some(*identity),
            Process::Unnamed { .. } | Process::Stream { .. } => None,
        }
    }

    /// Holds the process; `None`: stream only.
    pub fn pidfd(&self) -> Option<&OwnedFd> {
        match &self.process {
            Process::Known { pidfd, .. } | Process::Unnamed { pidfd, .. } => Some(pidfd),
            Process::Stream { .. } => None,
        }
    }

    /// The container in which the process runs, as seen from the daemon, by a name that stays the same
    /// as long as it does; `None`: in none. A process that has no number here runs somewhere else, and
    /// one that is hidden cannot be shown to run in none.
    pub fn container(&self) -> Option<String> {
        const UNSEEN: &str = "unseen";
        static OWN: OnceLock<Option<container::Signs>> = OnceLock::new();
        let own = OWN.get_or_init(|| container::look(std::process::id(), true).ok());
        let Process::Known {
            identity,
            own_numbers,
            ..
        } = &self.process
        else {
            return Some(UNSEEN.to_owned());
        };
        let pid = identity.pid;
        match (container::look(pid, *own_numbers), own) {
            // Read while the pidfd is held: should the process have ended meanwhile, so has its session.
            (Ok(signs), Some(own)) => {
                container::container(&signs, own, || container::namespace(pid))
            }
            _ => Some(UNSEEN.to_owned()),
        }
    }

    /// Another process of the same uid, named by this one to hold a session in its place.
    ///
    /// # Errors
    /// [`HolderError`].
    pub fn holder(&self, pid: u32) -> Result<Self, HolderError> {
        match &self.process {
            Process::Known {
                own_numbers: true, ..
            } => {}
            Process::Known { .. } => return Err(HolderError::AnotherNamespace { pid }),
            Process::Unnamed { .. } | Process::Stream { .. } => {
                return Err(HolderError::CallerUnknown { pid });
            }
        }
        match opened(pid, self.uid) {
            Ok(
                process @ Process::Known {
                    own_numbers: true, ..
                },
            ) => Ok(Self {
                uid: self.uid,
                gid: self.gid,
                user: self.user,
                process,
            }),
            Ok(Process::Known { .. }) => Err(HolderError::AnotherNamespace { pid }),
            Ok(Process::Unnamed { .. } | Process::Stream { .. }) => {
                Err(HolderError::Hidden { pid })
            }
            Err(PeerError::Gone | PeerError::Reused) => Err(HolderError::NotThere { pid }),
            Err(PeerError::AnotherUser) => Err(HolderError::AnotherUser { pid }),
            Err(PeerError::Credentials(error) | PeerError::Process(error)) => {
                Err(HolderError::System { pid, error })
            }
        }
    }

    /// A holder that is this process's child. A session's token alone does not bring it back in
    /// another process's name: only who started the holder speaks for it.
    ///
    /// # Errors
    /// [`HolderError`].
    pub fn child(&self, pid: u32) -> Result<Self, HolderError> {
        let holder = self.holder(pid)?;
        let parent = process::parent(pid);
        // Looked at last: as long as it has not ended, the number was its own meanwhile.
        match holder.pidfd().map(is_alive) {
            Some(Ok(true)) if parent.is_ok_and(|parent| Some(parent) == self.pid()) => Ok(holder),
            Some(Ok(true)) => Err(HolderError::AnothersChild { pid }),
            _ => Err(HolderError::NotThere { pid }),
        }
    }
}

/// A process whose pidfd came with the connection.
fn given(pid: Option<u32>, pidfd: OwnedFd) -> Result<Process, PeerError> {
    let facts = pid.and_then(look);
    // Looked at last: as long as the process has not ended, its number was its own meanwhile.
    let evidence = Evidence::Given {
        facts,
        alive: is_alive(&pidfd)?,
    };
    Ok(match (judge(&evidence)?, pid) {
        (Verdict::Named(facts), Some(pid)) => Process::Known {
            identity: ProcessIdentity {
                pid,
                start_time: facts.start_time,
            },
            own_numbers: facts.own_numbers,
            pidfd,
        },
        (Verdict::Named(_) | Verdict::Unnamed, _) => Process::Unnamed { pid, pidfd },
    })
}

/// A process known by its number alone, which must be `uid`'s.
fn opened(pid: u32, uid: u32) -> Result<Process, PeerError> {
    let before = look(pid);
    let pidfd = open(pid)?.ok_or(PeerError::Gone)?;
    let after = look(pid);
    let evidence = Evidence::Opened {
        uid,
        before,
        after,
        alive: is_alive(&pidfd)?,
    };
    Ok(match judge(&evidence)? {
        Verdict::Named(facts) => Process::Known {
            identity: ProcessIdentity {
                pid,
                start_time: facts.start_time,
            },
            own_numbers: facts.own_numbers,
            pidfd,
        },
        // A handle that was not checked is no handle.
        Verdict::Unnamed => Process::Stream { pid: Some(pid) },
    })
}

/// What `/proc` says of a process; `None` where it says nothing.
fn look(pid: u32) -> Option<process::Facts> {
    static HIDDEN: Once = Once::new();
    match process::look(pid) {
        Ok(facts) => Some(facts),
        Err(error) => {
            if error.kind() == io::ErrorKind::PermissionDenied {
                HIDDEN.call_once(|| {
                    tracing::warn!(
                        %error,
                        "/proc hides processes from the daemon: their sessions cannot be resumed; \
                         mount it without hidepid, or run the unit without ProtectProc"
                    );
                });
            }
            None
        }
    }
}

/// Opens a process by its number; `None` where there is none.
fn open(pid: u32) -> Result<Option<OwnedFd>, PeerError> {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return Ok(None);
    };
    match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(pidfd) => Ok(Some(pidfd)),
        // ENOENT and EINVAL: the number is a thread's.
        Err(rustix::io::Errno::SRCH | rustix::io::Errno::NOENT | rustix::io::Errno::INVAL) => {
            Ok(None)
        }
        Err(error) => Err(PeerError::Process(error.into())),
    }
}

fn is_alive(pidfd: &OwnedFd) -> Result<bool, PeerError> {
    process::has_exited(pidfd)
        .map(|exited| !exited)
        .map_err(PeerError::Process)
}

/// A process that was recorded by an earlier daemon and lives.
#[derive(Debug)]
pub struct LivingProcess {
    pidfd: OwnedFd,
}

impl LivingProcess {
    /// Holds it.
    pub fn into_pidfd(self) -> OwnedFd {
        self.pidfd
    }
}

/// Whether a process recorded in boot `boot` lives, now that the boot is `this_boot`; another process
/// under its number is not taken for it.
///
/// # Errors
/// What the system said, where it could not be found out.
pub fn living(
    process: ProcessIdentity,
    boot: BootId,
    this_boot: BootId,
) -> io::Result<Option<LivingProcess>> {
    if boot != this_boot {
        return Ok(None);
    }
    let system = |error| match error {
        PeerError::Credentials(error) | PeerError::Process(error) => error,
        PeerError::Gone | PeerError::Reused | PeerError::AnotherUser => io::Error::other(error),
    };
    let Some(pidfd) = open(process.pid).map_err(system)? else {
        return Ok(None);
    };
    let same = match process::look(process.pid) {
        Ok(facts) => facts.start_time == process.start_time,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(error),
    };
    let alive = is_alive(&pidfd).map_err(system)?;
    Ok((same && alive).then_some(LivingProcess { pidfd }))
}

/// Waits until the process has ended; a child that it left behind does not matter.
///
/// # Errors
/// Where the pidfd cannot be watched.
pub async fn exited(pidfd: OwnedFd) -> io::Result<()> {
    #[expect(
        deprecated,
        reason = "its successor is unsafe; an OwnedFd keeps the one descriptor open, which is all \
                  that the successor asks for"
    )]
    let watched = AsyncFd::with_interest(pidfd, Interest::READABLE)?;
    loop {
        let mut ready = watched.readable().await?;
        if process::has_exited(watched.get_ref())? {
            return Ok(());
        }
        ready.clear_ready();
    }
}

/// Why a connection's peer is not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeerError {
    /// The kernel did not say who connected.
    #[error("the kernel did not say who connected")]
    Credentials(#[source] io::Error),
    /// It ended before it was looked at; whoever holds its socket now did not connect.
    #[error("the process that connected has ended")]
    Gone,
    /// Its number went to another process while it was looked at.
    #[error("the process that connected has ended and its number belongs to another")]
    Reused,
    /// The process of that number is another user's than the one who connected.
    #[error("the process that connected has ended or changed its user since")]
    AnotherUser,
    /// The process could not be held.
    #[error("the process that connected could not be held")]
    Process(#[source] io::Error),
}

impl From<Mismatch> for PeerError {
    fn from(mismatch: Mismatch) -> Self {
        match mismatch {
            Mismatch::Gone => Self::Gone,
            Mismatch::Reused => Self::Reused,
            Mismatch::AnotherUser => Self::AnotherUser,
        }
    }
}

/// Why a process may not hold a session for the one that named it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HolderError {
    /// The caller itself is known by its stream only.
    #[error("process {pid} was named by a caller whose own process is not known")]
    CallerUnknown {
        /// The number named.
        pid: u32,
    },
    /// Caller or holder lives in a container that counts its processes for itself, so that a number
    /// means different processes to the two sides.
    #[error("process {pid} was named across a container's border, where its number means another")]
    AnotherNamespace {
        /// The number named.
        pid: u32,
    },
    /// There is none, or no more.
    #[error("there is no process {pid}")]
    NotThere {
        /// The number named.
        pid: u32,
    },
    /// Another process started it.
    #[error("process {pid} is not its caller's child")]
    AnothersChild {
        /// The number named.
        pid: u32,
    },
    /// It runs under another uid.
    #[error("process {pid} belongs to another user than its caller")]
    AnotherUser {
        /// The number named.
        pid: u32,
    },
    /// `/proc` does not show whose it is.
    #[error("process {pid} is hidden from the daemon")]
    Hidden {
        /// The number named.
        pid: u32,
    },
    /// The system refused.
    #[error("process {pid} could not be held")]
    System {
        /// The number named.
        pid: u32,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}
