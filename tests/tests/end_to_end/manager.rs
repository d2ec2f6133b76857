//! The daemon under a service manager, whose part the test plays: it opens the sockets, hands them
//! over, and listens to what the daemon says of itself.

use std::{
    fs,
    os::unix::{
        fs::PermissionsExt as _,
        net::{UnixDatagram, UnixListener},
    },
    process::Command,
    time::Duration,
};

use anyhow::Context as _;
use octroi_tests::{Application, Daemon, Machine, Order, Running, World, soon};

const NO_VARIABLES: &[(&str, &str)] = &[];

/// Both sockets, opened where the daemon would.
fn opened(machine: &Machine) -> anyhow::Result<(UnixListener, UnixListener)> {
    let paths = machine.paths();
    fs::create_dir_all(paths.run())?;
    let applications = UnixListener::bind(paths.socket())?;
    let administrators = UnixListener::bind(paths.admin_socket())?;
    // A mode that the daemon would never choose.
    fs::set_permissions(paths.admin_socket(), fs::Permissions::from_mode(0o640))?;
    Ok((applications, administrators))
}

/// A world whose daemon has stopped, and the sockets of the next.
fn stopped() -> anyhow::Result<(World, UnixListener, UnixListener)> {
    let mut world = World::with(&Order::of(1))?;
    world.stop_daemon()?;
    let (applications, administrators) = opened(&world.machine)?;
    Ok((world, applications, administrators))
}

#[test]
fn sockets_that_were_passed_serve_whoever_came_before_the_daemon() -> anyhow::Result<()> {
    let (world, applications, administrators) = stopped()?;
    // It connects, and waits in the kernel's queue.
    let mut early = Application::start(&world.asking(), world.folder())?;
    let daemon = Daemon::start_on(&world.machine, applications, administrators, NO_VARIABLES)?;
    early.granted()?;
    assert_eq!(world.machine.seats()?.len(), 1);
    early.finish()?;
    daemon.stop()?;
    Ok(())
}

#[test]
fn sockets_that_were_passed_are_left_as_they_are() -> anyhow::Result<()> {
    let (world, applications, administrators) = stopped()?;
    let kept = (applications.try_clone()?, administrators.try_clone()?);
    let daemon = Daemon::start_on(&world.machine, applications, administrators, NO_VARIABLES)?;
    daemon.stop()?;
    let paths = world.machine.paths();
    assert!(paths.socket().exists());
    let mode = fs::metadata(paths.admin_socket())?.permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    // The next daemon is given the same again.
    let daemon = Daemon::start_on(&world.machine, kept.0, kept.1, NO_VARIABLES)?;
    world.holder()?.finish()?;
    daemon.stop()
}

#[test]
fn sockets_for_another_process_are_not_taken() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let other = Machine::new(&world.folder().join("n"))?;
    let mut command = Daemon::command(other.root())?;
    command.envs([
        ("LISTEN_PID", "1"),
        ("LISTEN_FDS", "2"),
        ("LISTEN_FDNAMES", "octroi:octroi-admin"),
    ]);
    Daemon::start_with(&other, &mut command)?.stop()
}

#[test]
fn a_socket_of_another_name_is_refused_by_name() -> anyhow::Result<()> {
    let (world, applications, administrators) = stopped()?;
    let log = world.folder().join("refused.log");
    let names = [("LISTEN_FDNAMES", "octroi:octroi-web")];
    let paths = world.machine.paths();
    drop((applications, administrators));
    fs::remove_file(paths.socket())?;
    let socket = UnixListener::bind(paths.socket())?;
    let started = Daemon::command(world.machine.root())?;
    let mut command = Command::new("sh");
    command
        .args(["-c", "LISTEN_PID=$$ exec \"$@\" 3<&0 4<&0", "sh"])
        .arg(started.get_program())
        .args(started.get_args())
        .env("LISTEN_FDS", "2")
        .envs(names);
    let input = std::os::fd::OwnedFd::from(socket).into();
    let mut running = Running::start_with_input("octroid", &mut command, input, &log)?;
    assert!(!running.wait()?.success());
    assert!(running.log().contains("octroi-web"), "{}", running.log());
    Ok(())
}

/// What the daemon says of itself, read as it comes.
struct Heard(UnixDatagram);

impl Heard {
    fn next(&self) -> anyhow::Result<String> {
        let mut bytes = [0; 256];
        let read = self.0.recv(&mut bytes).context("the daemon said nothing")?;
        let said = bytes.get(..read).unwrap_or_default();
        Ok(String::from_utf8_lossy(said).trim().to_owned())
    }
}

#[test]
fn the_manager_is_told_when_it_is_ready_that_it_lives_and_when_it_stops() -> anyhow::Result<()> {
    let (world, applications, administrators) = stopped()?;
    let socket = world.folder().join("notify.sock");
    let heard = Heard(UnixDatagram::bind(&socket)?);
    heard.0.set_read_timeout(Some(Duration::from_secs(10)))?;
    let socket = socket.to_str().context("a path of UTF-8")?;
    let variables = [("NOTIFY_SOCKET", socket), ("WATCHDOG_USEC", "100000")];
    let daemon = Daemon::start_on(&world.machine, applications, administrators, &variables)?;
    let first = [heard.next()?, heard.next()?];
    assert!(first.contains(&"READY=1".to_owned()), "{first:?}");
    assert!(first.contains(&"WATCHDOG=1".to_owned()), "{first:?}");
    assert_eq!(heard.next()?, "WATCHDOG=1");
    daemon.stop()?;
    soon("the word that it stops", || {
        Ok((heard.next()? == "STOPPING=1").then_some(()))
    })
}
