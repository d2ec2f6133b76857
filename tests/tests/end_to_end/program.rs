//! `octroi run`: a program that knows nothing of licences, with a seat held for it.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Command, Stdio},
};

use anyhow::Context as _;
use octroi_tests::{
    Application, Order, Running, World,
    order::{FEATURE, PRODUCT},
    process::{Ended, run},
    soon,
    vendor::text,
};
use rustix::process::Signal;

use super::held;

fn command(world: &World, more: &[&str], program: &[&str]) -> anyhow::Result<Command> {
    let root = world.vendor.root();
    let mut command =
        world
            .machine
            .command(&["run", "--feature", FEATURE, "--product", PRODUCT])?;
    command.args(["--version", "4.2", "--vendor-root", text(&root)?]);
    command.args(more).arg("--").args(program);
    Ok(command)
}

fn run_it(world: &World, program: &[&str]) -> anyhow::Result<Ended> {
    run(&mut command(world, &[], program)?)
}

/// `octroi run` in the background, whose program has said something.
fn started(world: &World, script: &str) -> anyhow::Result<Running> {
    let mut command = command(world, &[], &["sh", "-c", script])?;
    command.stdout(Stdio::piped());
    let mut running = Running::start("octroi run", &mut command, &world.folder().join("run.log"))?;
    let output = running.child().stdout.as_mut().context("no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    anyhow::ensure!(line == "up\n", "{line} {}", running.log());
    Ok(running)
}

#[test]
fn the_program_runs_while_a_seat_is_held_and_its_status_is_handed_back() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let ended = run_it(&world, &["sh", "-c", "echo out; echo err >&2; exit 42"])?;
    assert_eq!((ended.status, ended.output.as_str()), (42, "out\n"));
    assert!(ended.complaint.contains("err"));
    assert!(held(&world)?.is_empty());
    Ok(())
}

#[test]
fn the_seat_belongs_to_the_program_and_ends_with_it() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let mut running = started(&world, "echo up; exec sleep 60")?;
    let seats = world.machine.seats()?;
    assert_eq!(seats.len(), 1);
    let pid = seats[0]["pid"]
        .as_u64()
        .and_then(|pid| i32::try_from(pid).ok());
    assert_ne!(
        pid,
        i32::try_from(running.pid()).ok(),
        "the holder is the program"
    );
    let name = std::fs::read_to_string(format!("/proc/{}/comm", pid.unwrap_or_default()))?;
    assert_eq!(name.trim(), "sleep");
    let pid = pid
        .and_then(rustix::process::Pid::from_raw)
        .context("no process")?;
    rustix::process::kill_process(pid, Signal::KILL)?;
    let status = running.wait()?;
    assert_eq!(status.code(), Some(128 + 9));
    assert!(held(&world)?.is_empty());
    Ok(())
}

#[test]
fn signals_are_passed_on() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let script = "trap 'exit 7' TERM; trap 'echo usr1' USR1; echo up; while :; do sleep 0.05; done";
    let mut running = started(&world, script)?;
    running.signal(Signal::USR1)?;
    running.signal(Signal::TERM)?;
    assert_eq!(running.wait()?.code(), Some(7));
    assert!(held(&world)?.is_empty());
    Ok(())
}

#[test]
fn a_program_that_gets_no_seat_has_not_run() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let _holder = world.holder()?;
    let trace = world.folder().join("trace");
    let ended = run_it(&world, &["touch", text(&trace)?])?;
    assert_eq!(ended.status, 3, "{}", ended.complaint);
    assert!(
        ended.complaint.contains("SEATS_EXHAUSTED"),
        "{}",
        ended.complaint
    );
    assert!(!trace.exists());
    Ok(())
}

#[test]
fn it_waits_for_a_seat_where_it_is_asked_to() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let holder = world.holder()?;
    let mut command = command(&world, &["--wait", "60"], &["echo", "ran"])?;
    command.stdout(Stdio::piped());
    let log = world.folder().join("run.log");
    let mut running = Running::start("octroi run", &mut command, &log)?;
    soon("a waiter", || {
        let said = world.machine.octroi(&["seats"])?.ok()?;
        Ok((said["waiters"].as_array().map(Vec::len) == Some(1)).then_some(()))
    })?;
    holder.finish()?;
    assert_eq!(running.wait()?.code(), Some(0));
    let mut said = String::new();
    running
        .child()
        .stdout
        .take()
        .context("no output")?
        .read_to_string(&mut said)?;
    assert_eq!(said, "ran\n");
    Ok(())
}

#[test]
fn a_program_that_cannot_be_run_is_told_as_shells_do() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    assert_eq!(run_it(&world, &["/nowhere/at/all"])?.status, 127);
    assert_eq!(run_it(&world, &["/etc/passwd"])?.status, 126);
    assert!(held(&world)?.is_empty());
    Ok(())
}

#[test]
fn where_octroi_run_itself_is_killed_its_program_is_ended_and_the_seat_is_free()
-> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let mut running = started(&world, "echo up; exec sleep 60")?;
    running.kill()?;
    soon("the seat's end", || {
        Ok(held(&world)?.is_empty().then_some(()))
    })?;
    world.holder()?.finish()
}

#[test]
fn a_seat_taken_back_ends_the_program_in_good_order() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1).sessions("minimum_hold = \"60s\""))?;
    let script = "trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done";
    let mut running = started(&world, script)?;
    let seat = held(&world)?[0];
    world
        .machine
        .octroi(&["release", &seat.to_string()])?
        .ok()?;
    assert_eq!(running.wait()?.code(), Some(9), "{}", running.log());
    soon("the seat's end", || {
        Ok(held(&world)?.is_empty().then_some(()))
    })
}

#[test]
fn the_program_keeps_its_seat_when_the_daemon_is_restarted() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    let mut running = started(&world, "echo up; exec sleep 60")?;
    let seat = held(&world)?;
    world.kill_daemon()?;
    world.start_daemon()?;
    let mut other = Application::start(&world.asking(), world.folder())?;
    assert_eq!(other.refused()?.code, "SEATS_EXHAUSTED");
    assert_eq!(held(&world)?, seat);
    running.must_live()
}

#[test]
fn without_a_daemon_nothing_is_run() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    world.stop_daemon()?;
    let ended = run_it(&world, &["echo", "ran"])?;
    assert_eq!(
        (ended.status, ended.output.as_str()),
        (4, ""),
        "{}",
        ended.complaint
    );
    Ok(())
}
