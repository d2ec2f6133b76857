//! Several users on one machine. Only root can be another user: elsewhere these are skipped.

use std::{os::unix::process::CommandExt as _, process::Command};

use octroi_tests::{
    Application, Binaries, Order, RawSession, World,
    order::FEATURE,
    process::{reachable, run, succeed},
    require,
    skip::is_root,
};
use serde_json::Value;

use super::held;

const ALICE: u32 = 54_321;
const BOB: u32 = 54_322;
const NOT_ROOT: &str = "another user can be played by root alone";

/// What another user's process is answered that speaks by hand.
fn by_hand(world: &World, uid: u32, what: &str, with: &str) -> anyhow::Result<Value> {
    let mut command = Command::new(reachable(&Binaries::get()?.by_hand, world.folder())?);
    command.uid(uid).gid(uid).current_dir("/");
    command
        .arg(world.socket())
        .args([world.vendor.root_public_key(), what, with]);
    Ok(serde_json::from_str(&succeed(&mut command)?)?)
}

#[test]
fn another_users_seat_cannot_be_given_back() -> anyhow::Result<()> {
    require!(is_root(), NOT_ROOT);
    let world = World::with(&Order::of(1))?;
    let mut alice = Application::start(&world.asking().as_user(ALICE), world.folder())?;
    let seat = alice.granted()?.seat;
    let said = by_hand(&world, BOB, "release", &seat.to_string())?;
    assert_eq!(said["code"], "SEAT_NOT_HELD");
    assert_eq!(held(&world)?, [seat]);
    alice.finish()
}

#[test]
fn another_users_session_cannot_be_resumed_with_its_token() -> anyhow::Result<()> {
    require!(is_root(), NOT_ROOT);
    let world = World::with(&Order::of(1).sessions("resume_window = \"60s\""))?;
    let root_key = world.vendor.root_public_key();
    let (mut session, opened) = RawSession::open(&world.socket(), root_key)?;
    let seat = session.checkout(FEATURE)?.seat;
    session.cut();
    let said = by_hand(&world, BOB, "resume", &hex::encode(opened.resume_token))?;
    assert_eq!(
        (&said["opened"], &said["code"]),
        (&false.into(), &"SESSION_UNKNOWN".into())
    );
    assert_eq!(held(&world)?, [seat]);
    Ok(())
}

#[test]
fn another_users_process_cannot_be_named_as_holder() -> anyhow::Result<()> {
    require!(is_root(), NOT_ROOT);
    let world = World::with(&Order::of(1))?;
    let mut alice = Application::start(&world.asking().as_user(ALICE), world.folder())?;
    alice.granted()?;
    for pid in [alice.pid(), std::process::id(), 1, u32::MAX] {
        let said = by_hand(&world, BOB, "name", &pid.to_string())?;
        assert_eq!(said["code"], "HOLDER_NOT_ALLOWED", "{pid}");
    }
    Ok(())
}

#[test]
fn users_are_told_apart_where_the_licence_counts_users() -> anyhow::Result<()> {
    require!(is_root(), NOT_ROOT);
    let world = World::with(&Order::empty().feature(FEATURE, 2, "user"))?;
    let start = |uid| Application::start(&world.asking().as_user(uid), world.folder());
    let mut applications = Vec::new();
    for uid in [ALICE, ALICE, BOB, ALICE, BOB] {
        let mut application = start(uid)?;
        application.granted()?;
        applications.push(application);
    }
    let status = world.machine.status()?;
    assert_eq!(
        status["realms"][0]["licences"][0]["features"][0]["in_use"],
        2
    );
    let mut third = start(BOB + 1)?;
    assert_eq!(third.refused()?.code, "SEATS_EXHAUSTED");
    Ok(())
}

#[test]
fn nobody_but_administrators_reaches_the_administrators_socket() -> anyhow::Result<()> {
    require!(is_root(), NOT_ROOT);
    let world = World::with(&Order::of(1))?;
    let mut command = Command::new(reachable(&Binaries::get()?.octroi, world.folder())?);
    command
        .uid(BOB)
        .gid(BOB)
        .current_dir("/")
        .arg("--json")
        .arg("--root");
    let ended = run(command.arg(world.machine.root()).arg("status"))?;
    assert_eq!(ended.status, 7, "{} {}", ended.output, ended.complaint);
    Ok(())
}

#[test]
fn another_user_reads_neither_keys_nor_ledger_nor_names() -> anyhow::Result<()> {
    require!(is_root(), NOT_ROOT);
    let world = World::with(&Order::of(1))?;
    let realm = world.machine.realm(&world.vendor)?;
    for file in [realm.daemon_key(), realm.identities(), realm.ledger()] {
        let mut command = Command::new("cat");
        let ended = run(command.uid(BOB).gid(BOB).current_dir("/").arg(&file))?;
        assert_ne!(ended.status, 0, "{} can be read", file.display());
        assert!(file.exists());
    }
    Ok(())
}

#[test]
fn what_one_user_is_told_names_no_other() -> anyhow::Result<()> {
    require!(is_root(), NOT_ROOT);
    let world = World::with(&Order::of(1))?;
    let mut alice = Application::start(&world.asking().as_user(ALICE), world.folder())?;
    alice.granted()?;
    let mut bob = Application::start(&world.asking().as_user(BOB), world.folder())?;
    let told = bob.refused()?.value.to_string();
    assert!(
        !told.contains(&ALICE.to_string()) && !told.contains(&alice.pid().to_string()),
        "{told}"
    );
    Ok(())
}
