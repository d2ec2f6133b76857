//! Real processes on real sockets. The other side of a connection is this test binary run again with
//! the name of one of the `role_` tests, which do nothing unless they are told which socket to use.

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::{
        net::{UnixListener, UnixStream},
        process::CommandExt as _,
    },
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::{
    io::{FdFlags, fcntl_setfd},
    process::{Pid, Signal, geteuid, getgid, kill_process},
};
use tempfile::TempDir;
use tokio::time::timeout;

use super::*;

const SOCKET: &str = "OCTROI_TEST_PEER_SOCKET";
const PROMPT: Duration = Duration::from_secs(20);
const THIS_BOOT: BootId = BootId([1; 16]);

/// A socket, and a process that has connected to it.
struct Connected {
    _folder: TempDir,
    stream: UnixStream,
    child: Child,
}

impl Connected {
    fn by(role: &str, configure: impl FnOnce(&mut Command)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        open_to_all(folder.path(), 0o755);
        let listener = UnixListener::bind(&socket).unwrap();
        open_to_all(&socket, 0o777);
        let mut command = Command::new(env::current_exe().unwrap());
        let module = module_path!().split_once("::").unwrap().1;
        command
            .args(["--exact", "--nocapture", &format!("{module}::{role}")])
            .env(SOCKET, &socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        configure(&mut command);
        let child = command.spawn().unwrap();
        let (stream, _) = listener.accept().unwrap();
        Self {
            _folder: folder,
            stream,
            child,
        }
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.kill();
    }
}

fn open_to_all(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Connects and waits until its parent lets go of it.
#[test]
fn role_connect_and_wait() {
    let Some(socket) = env::var_os(SOCKET) else {
        return;
    };
    let _stream = UnixStream::connect(socket).unwrap();
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// Connects, leaves the connection to a child, tells the child's number and ends.
#[test]
#[expect(
    clippy::zombie_processes,
    reason = "that its parent ends first is the point"
)]
fn role_connect_leave_to_a_child_and_end() {
    let Some(socket) = env::var_os(SOCKET) else {
        return;
    };
    let mut stream = UnixStream::connect(socket).unwrap();
    fcntl_setfd(&stream, FdFlags::empty()).unwrap(); // the child inherits it
    let child = Command::new("sleep")
        .arg("1000")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(stream, "{}", child.id()).unwrap();
    // Until the other side has looked at it.
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

fn sleeper() -> Child {
    Command::new("sleep")
        .arg("1000")
        .stdin(Stdio::null())
        .spawn()
        .unwrap()
}

fn facts_of(child: &Child) -> process::Facts {
    process::look(child.id()).unwrap()
}

#[test]
fn the_process_that_connected_is_known_and_held() {
    let connected = Connected::by("role_connect_and_wait", |_| {});
    let peer = Peer::of(&connected.stream).unwrap();
    assert_eq!(peer.uid(), geteuid().as_raw());
    assert_eq!(peer.gid(), getgid().as_raw());
    assert_eq!(peer.user(), peer.uid());
    assert_eq!(peer.identified(), peer.uid() != OVERFLOW_UID);
    assert_eq!(peer.pid(), Some(connected.pid()));
    let start_time = facts_of(&connected.child).start_time;
    assert_eq!(
        peer.process(),
        Some(ProcessIdentity {
            pid: connected.pid(),
            start_time
        })
    );
    assert!(!process::has_exited(peer.pidfd().unwrap()).unwrap());
}

#[test]
fn without_a_pidfd_of_the_kernel_the_same_process_is_found() {
    let connected = Connected::by("role_connect_and_wait", |_| {});
    let given = Peer::of(&connected.stream).unwrap();
    let Process::Known {
        identity,
        own_numbers: true,
        pidfd,
    } = opened(connected.pid(), given.uid()).unwrap()
    else {
        panic!("it is known")
    };
    assert_eq!(Some(identity), given.process());
    assert!(!process::has_exited(&pidfd).unwrap());
}

#[test]
fn a_process_that_ended_before_it_was_looked_at_is_refused() {
    let mut connected = Connected::by("role_connect_and_wait", |_| {});
    connected.kill();
    assert!(matches!(Peer::of(&connected.stream), Err(PeerError::Gone)));
}

#[test]
fn a_process_found_by_number_must_be_the_users_who_connected() {
    let mut child = sleeper();
    let other = geteuid().as_raw() + 1;
    assert!(matches!(
        opened(child.id(), other),
        Err(PeerError::AnotherUser)
    ));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn the_exit_of_the_process_is_reported_even_if_a_child_holds_its_socket() {
    let mut connected = Connected::by("role_connect_leave_to_a_child_and_end", |_| {});
    let mut grandchild = String::new();
    BufReader::new(&connected.stream)
        .read_line(&mut grandchild)
        .unwrap();
    let peer = Peer::of(&connected.stream).unwrap();
    let pidfd = peer.pidfd().unwrap().try_clone().unwrap();
    let exit = tokio::spawn(exited(pidfd));
    drop(connected.child.stdin.take()); // now it ends
    timeout(PROMPT, exit).await.unwrap().unwrap().unwrap();

    connected.stream.set_nonblocking(true).unwrap();
    let held = connected.stream.read(&mut [0]);
    assert_eq!(
        held.unwrap_err().kind(),
        io::ErrorKind::WouldBlock,
        "somebody holds the socket"
    );
    assert!(matches!(Peer::of(&connected.stream), Err(PeerError::Gone)));
    let grandchild = Pid::from_raw(grandchild.trim().parse().unwrap()).unwrap();
    kill_process(grandchild, Signal::KILL).unwrap();
}

#[tokio::test]
async fn the_exit_of_an_unreaped_process_is_reported() {
    let mut child = sleeper();
    let pidfd = open(child.id()).unwrap().unwrap();
    child.kill().unwrap(); // and nobody waits for it
    timeout(PROMPT, exited(pidfd)).await.unwrap().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_process_that_lives_is_not_reported() {
    let mut child = sleeper();
    let pidfd = open(child.id()).unwrap().unwrap();
    assert!(
        timeout(Duration::from_millis(50), exited(pidfd))
            .await
            .is_err()
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_recorded_process_lives_until_it_ends() {
    let mut child = sleeper();
    let recorded = ProcessIdentity {
        pid: child.id(),
        start_time: facts_of(&child).start_time,
    };
    let found = living(recorded, THIS_BOOT, THIS_BOOT).unwrap().unwrap();
    assert!(!process::has_exited(&found.into_pidfd()).unwrap());
    child.kill().unwrap();
    // Unreaped, it still has its number and its start time.
    let pidfd = open(child.id()).unwrap().unwrap();
    let mut ended = [rustix::event::PollFd::new(
        &pidfd,
        rustix::event::PollFlags::IN,
    )];
    rustix::event::poll(&mut ended, None).unwrap();
    assert_eq!(facts_of(&child).start_time, recorded.start_time);
    assert!(living(recorded, THIS_BOOT, THIS_BOOT).unwrap().is_none());
    child.wait().unwrap();
    assert!(living(recorded, THIS_BOOT, THIS_BOOT).unwrap().is_none());
}

#[test]
fn a_process_under_the_same_number_that_started_later_is_not_taken_for_the_recorded_one() {
    let mut child = sleeper();
    let start_time = facts_of(&child).start_time - 1;
    let recorded = ProcessIdentity {
        pid: child.id(),
        start_time,
    };
    assert!(living(recorded, THIS_BOOT, THIS_BOOT).unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn no_process_of_another_boot_lives() {
    let start_time = process::look(std::process::id()).unwrap().start_time;
    let recorded = ProcessIdentity {
        pid: std::process::id(),
        start_time,
    };
    assert!(living(recorded, THIS_BOOT, THIS_BOOT).unwrap().is_some());
    assert!(
        living(recorded, BootId([2; 16]), THIS_BOOT)
            .unwrap()
            .is_none()
    );
}

#[test]
fn numbers_that_name_no_process_are_told_from_a_failure() {
    for pid in [0, u32::MAX, i32::MAX.try_into().unwrap()] {
        let recorded = ProcessIdentity { pid, start_time: 1 };
        assert!(
            living(recorded, THIS_BOOT, THIS_BOOT).unwrap().is_none(),
            "{pid}"
        );
    }
}

#[test]
fn another_process_of_the_same_user_may_be_named_as_holder() {
    let connected = Connected::by("role_connect_and_wait", |_| {});
    let peer = Peer::of(&connected.stream).unwrap();
    let mut child = sleeper();
    let holder = peer.holder(child.id()).unwrap();
    let start_time = facts_of(&child).start_time;
    assert_eq!(
        holder.process(),
        Some(ProcessIdentity {
            pid: child.id(),
            start_time
        })
    );
    assert_eq!(holder.uid(), peer.uid());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(process::has_exited(holder.pidfd().unwrap()).unwrap());
    assert!(matches!(
        peer.holder(child.id()),
        Err(HolderError::NotThere { .. })
    ));
    assert!(matches!(peer.holder(0), Err(HolderError::NotThere { .. })));
}

#[test]
fn only_a_child_is_a_holder_that_its_parent_speaks_for() {
    let connected = Connected::by("role_connect_and_wait", |_| {});
    let stranger = Peer::of(&connected.stream).unwrap();
    // This process's child, not that of the one that connected.
    let mut child = sleeper();
    assert!(stranger.holder(child.id()).is_ok());
    assert!(matches!(
        stranger.child(child.id()),
        Err(HolderError::AnothersChild { .. })
    ));
    let parent = Peer {
        uid: stranger.uid,
        gid: stranger.gid,
        user: stranger.user,
        process: opened(std::process::id(), stranger.uid).unwrap(),
    };
    assert!(parent.child(child.id()).is_ok());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_caller_known_by_its_stream_alone_may_name_nobody() {
    let peer = Peer {
        uid: 0,
        gid: 0,
        user: 0,
        process: Process::Stream { pid: None },
    };
    assert!(matches!(
        peer.holder(std::process::id()),
        Err(HolderError::CallerUnknown { .. })
    ));
    assert_eq!(peer.process(), None);
    assert!(peer.pidfd().is_none());
}

#[test]
fn a_caller_in_a_container_with_numbers_of_its_own_may_name_nobody() {
    let connected = Connected::by("role_connect_and_wait", |_| {});
    let mut peer = Peer::of(&connected.stream).unwrap();
    if let Process::Known { own_numbers, .. } = &mut peer.process {
        *own_numbers = false;
    }
    assert!(matches!(
        peer.holder(std::process::id()),
        Err(HolderError::AnotherNamespace { .. })
    ));
}

#[test]
fn another_users_process_may_not_be_named_as_holder() {
    if !geteuid().is_root() {
        // Only root can start a process as somebody else; init is another user's at any rate.
        let connected = Connected::by("role_connect_and_wait", |_| {});
        let peer = Peer::of(&connected.stream).unwrap();
        assert!(matches!(
            peer.holder(1),
            Err(HolderError::AnotherUser { pid: 1 })
        ));
        return;
    }
    let connected = Connected::by("role_connect_and_wait", |command| {
        command.uid(43_210).gid(43_211);
    });
    let peer = Peer::of(&connected.stream).unwrap();
    assert_eq!((peer.uid(), peer.gid()), (43_210, 43_211));
    let own = std::process::id();
    assert!(matches!(peer.holder(own), Err(HolderError::AnotherUser { pid }) if pid == own));
    assert!(peer.holder(connected.pid()).is_ok());
}

#[test]
fn a_user_whom_the_kernel_cannot_name_is_marked() {
    let unknown = Peer {
        uid: OVERFLOW_UID,
        gid: OVERFLOW_UID,
        user: OVERFLOW_UID,
        process: Process::Stream { pid: None },
    };
    assert!(!unknown.identified());
}
