//! Callers whom the kernel describes less well: processes and users of another namespace, as
//! containers have them.

use std::process::Command;

use octroi_tests::{
    Application, Daemon, Order, World, order::FEATURE, process::run, require, soon,
};

use super::held;

const ALICE: u32 = 54_321;

/// Says whether namespaces can be made here.
fn may(arguments: &[&str]) -> bool {
    let mut command = Command::new("unshare");
    let ended = run(command.args(arguments).arg("true"));
    ended.is_ok_and(|ended| ended.status == 0)
}

/// Starts the world's daemon anew, in namespaces of its own.
fn restart_in(world: &mut World, arguments: &[&str]) -> anyhow::Result<Daemon> {
    world.stop_daemon()?;
    let octroid = Daemon::command(world.machine.root())?;
    let mut command = Command::new("unshare");
    command
        .args(arguments)
        .arg(octroid.get_program())
        .args(octroid.get_args());
    Daemon::start_with(&world.machine, &mut command)
}

#[test]
fn callers_of_another_process_namespace_get_seats_and_lose_them_when_they_die() -> anyhow::Result<()>
{
    // From inside, processes outside have no number.
    let inside = ["--pid", "--fork", "--kill-child"];
    require!(may(&inside), "process namespaces are made by root alone");
    let mut world = World::with(&Order::of(1).sessions("resume_window = \"60s\""))?;
    let _daemon = restart_in(&mut world, &inside)?;
    let mut holder = world.holder()?;
    let mut other = Application::start(&world.asking(), world.folder())?;
    assert_eq!(other.refused()?.code, "SEATS_EXHAUSTED");
    holder.kill()?;
    soon("the dead one's seat", || {
        Ok(held(&world)?.is_empty().then_some(()))
    })?;
    world.holder()?.finish()
}

#[test]
fn a_caller_whom_the_kernel_cannot_name_gets_no_seat_that_is_counted_by_user() -> anyhow::Result<()>
{
    // From inside, every other user is 65534.
    let inside = ["--user", "--map-root-user"];
    require!(
        may(&inside) && octroi_tests::skip::is_root(),
        "a daemon in a user namespace with a caller outside is set up by root alone"
    );
    let order = Order::empty()
        .feature(FEATURE, 5, "user")
        .feature("plain", 5, "checkout");
    let mut world = World::with(&order)?;
    let _daemon = restart_in(&mut world, &inside)?;
    let mut alice = Application::start(&world.asking().as_user(ALICE), world.folder())?;
    assert_eq!(alice.refused()?.code, "CALLER_UNIDENTIFIED");
    let plain = octroi_tests::application::Asking::new(
        &world.socket(),
        world.vendor.root_public_key(),
        "plain",
    );
    let mut alice = Application::start(&plain.as_user(ALICE), world.folder())?;
    alice.granted()?;
    world.holder()?.finish()
}
