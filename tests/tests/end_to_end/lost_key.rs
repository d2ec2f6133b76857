//! A hardware key that was lost: refused after its grace, replaced by a document, revoked, and told so
//! when somebody plugs it in again. Two machines that share one key.

use std::{fs, path::Path};

use octroi_tests::{
    Emulator, Order, Said, World,
    order::FEATURE,
    raw::{checkout, code_of},
    soon,
    world::short_folder,
};
use serde_json::Value;

use super::licence_status;

/// `octroid.toml` for a daemon that looks at these keys' ports.
fn ports(keys: &[&Emulator]) -> String {
    let sockets: Vec<String> = keys
        .iter()
        .map(|key| format!("\"{}\"", key.socket().display()))
        .collect();
    format!(
        "[hardware_key]\nusb = false\nemulators = [{}]\n",
        sockets.join(", ")
    )
}

/// An emulated key in a folder of its own, not plugged in.
fn key(folder: &Path, name: &str) -> anyhow::Result<Emulator> {
    let folder = folder.join(name);
    fs::create_dir_all(&folder)?;
    Emulator::new(&folder)
}

fn refusal(world: &World) -> anyhow::Result<String> {
    let mut session = world.session()?;
    Ok(code_of(&session.ask(checkout(FEATURE, 0))?).to_owned())
}

fn refused_soon(world: &World, code: &str) -> anyhow::Result<()> {
    soon(code, || Ok((refusal(world)? == code).then_some(())))
}

fn present(world: &World, key: &Emulator) -> anyhow::Result<()> {
    soon("the key's proof", || {
        let status = licence_status(world)?;
        Ok((status["hardware_key"]["present"][0] == key.serial()).then_some(()))
    })
}

fn probe(world: &World, key: &Emulator) -> anyhow::Result<Said> {
    let socket = key.socket().display().to_string();
    world
        .machine
        .octroi(&["key", "probe", "--emulator", &socket])
}

/// The check of this kind, of those that a probe printed.
fn check<'a>(said: &'a Said, kind: &str) -> &'a Value {
    let checks = said.json["checks"].as_array().map(Vec::as_slice);
    let mut found = checks.unwrap_or_default().iter();
    found
        .find(|check| check["check"] == kind)
        .unwrap_or(&Value::Null)
}

fn evidence<'a>(said: &'a Said, kind: &str) -> &'a str {
    check(said, kind)["evidence"].as_str().unwrap_or_default()
}

#[test]
fn a_lost_key_is_replaced_by_a_document_and_refused_from_then_on() -> anyhow::Result<()> {
    let folder = short_folder()?;
    let (mut old, mut new) = (key(folder.path(), "old")?, key(folder.path(), "new")?);
    old.put_in()?;
    let order = Order::of(2).hardware_key(&old, 2, 3_600);
    let mut world = World::inside(folder, &order, &ports(&[&old, &new]))?;
    world.machine.activate(&world.vendor, &world.issued)?;
    present(&world, &old)?;

    // It is lost: those who hold a seat are told, and after the grace lose it.
    let mut holder = world.holder()?;
    old.pull_out()?;
    holder.event("hardware_key_away")?;
    assert_eq!(holder.event("seat_ended")?["cause"], "HARDWARE_KEY_ABSENT");
    assert_eq!(refusal(&world)?, "HARDWARE_KEY_ABSENT");

    // The vendor's next serial names another key and revokes it; the administrator installs it.
    let first = world.issued.licence.clone();
    let next = Order::of(2).serial(2).hardware_key(&new, 2, 3_600);
    world.issued = world.vendor.issue(&next.revoking(&old))?;
    world.machine.install(&world.issued.licence)?.ok()?;
    new.put_in()?;
    present(&world, &new)?;
    world.holder()?.finish()?;

    // Somebody finds the old key and plugs it in, alone.
    new.pull_out()?;
    old.put_in()?;
    let said = soon("the old key is recognised", || {
        let said = probe(&world, &old)?;
        Ok(evidence(&said, "key_identity")
            .contains("revoked")
            .then_some(said))
    })?;
    assert_eq!(said.status, 9, "{}", said.json);
    assert_eq!(check(&said, "key_identity")["state"], "failed");
    refused_soon(&world, "HARDWARE_KEY_ABSENT")?;
    let list = world.machine.octroi(&["key", "list"])?;
    assert_eq!(list.json["lost"][0]["key"], old.serial());
    assert_eq!(list.json["lost"][0]["present"], true);
    let book = world.machine.octroi(&["logbook", "list"])?;
    let told = book.json.to_string();
    for kind in ["HardwareKeyRevoked", "RevokedKeyAnswered"] {
        assert!(told.contains(kind), "{kind}: {told}");
    }

    // The old document, which still lies there, does not bring it back; nor does a restart.
    world.machine.install(&first)?;
    world.kill_daemon()?;
    world.start_daemon()?;
    let said = soon("the old key is recognised", || {
        let said = probe(&world, &old)?;
        Ok(evidence(&said, "key_identity")
            .contains("revoked")
            .then_some(said))
    })?;
    assert_eq!(said.status, 9);
    refused_soon(&world, "HARDWARE_KEY_ABSENT")?;
    new.put_in()?;
    present(&world, &new)?;
    world.holder()?.finish()
}

#[test]
fn a_licence_that_still_names_a_key_revoked_by_another_says_so() -> anyhow::Result<()> {
    let folder = short_folder()?;
    let (mut old, new) = (key(folder.path(), "old")?, key(folder.path(), "new")?);
    old.put_in()?;
    let order = Order::of(2).hardware_key(&old, 1, 3_600);
    let world = World::inside(folder, &order, &ports(&[&old, &new]))?;
    world.machine.activate(&world.vendor, &world.issued)?;
    present(&world, &old)?;
    let other = Order::of(2)
        .licence("acme-other")
        .hardware_key(&new, 1, 3_600);
    let other = world.vendor.issue(&other.revoking(&old))?;
    world.machine.install(&other.licence)?.ok()?;
    refused_soon(&world, "HARDWARE_KEY_REVOKED")?;
    let said = world.machine.octroi(&["doctor"])?;
    let told = said.json.to_string();
    assert!(told.contains("acme-other"), "{told}");
    assert_eq!(said.status, 9);
    Ok(())
}

#[test]
fn a_probe_says_what_is_there_and_whom_it_serves() -> anyhow::Result<()> {
    let folder = short_folder()?;
    let (mut right, mut wrong) = (key(folder.path(), "right")?, key(folder.path(), "wrong")?);
    right.put_in()?;
    let order = Order::of(2).hardware_key(&right, 600, 3_600);
    let mut world = World::inside(folder, &order, &ports(&[&right, &wrong]))?;
    world.machine.activate(&world.vendor, &world.issued)?;
    present(&world, &right)?;
    let said = probe(&world, &right)?;
    assert_eq!(said.status, 0, "{}", said.json);
    assert_eq!(check(&said, "key_identity")["state"], "ok");
    let list = world.machine.octroi(&["key", "list"])?;
    assert_eq!(list.json["plugged"][0]["serves"][0]["key"], right.serial());
    assert!(list.json["named"][0]["counter"].as_u64() > Some(0));

    // Another key in its place, then none.
    right.pull_out()?;
    wrong.put_in()?;
    let said = probe(&world, &wrong)?;
    assert_eq!(said.status, 9, "{}", said.json);
    assert!(evidence(&said, "key_identity").contains(right.serial()));
    wrong.pull_out()?;
    let said = probe(&world, &wrong)?;
    assert_eq!(
        check(&said, "key_device")["state"],
        "failed",
        "{}",
        said.json
    );

    // With no daemon the tool opens it itself, and says so.
    wrong.put_in()?;
    world.stop_daemon()?;
    let said = probe(&world, &wrong)?;
    assert_eq!(check(&said, "daemon")["state"], "warning", "{}", said.json);
    assert!(evidence(&said, "key_answer").contains(wrong.serial()));
    assert_eq!(check(&said, "key_identity")["state"], "not_checked");
    Ok(())
}

#[test]
fn of_two_machines_that_swap_one_key_both_run_dry() -> anyhow::Result<()> {
    // Each tolerates three seconds in the hour; no absence below lasts so long by itself.
    let mut machines = Vec::new();
    for _ in 0..2 {
        let folder = short_folder()?;
        machines.push((key(folder.path(), "key")?, folder));
    }
    let first = machines[0].0.stated();
    let order = Order::of(2).hardware_key(&machines[0].0, 3, 3_600);
    let serial = machines[0].0.serial().to_owned();
    let mut worlds = Vec::new();
    let mut keys = Vec::new();
    let mut state = machines[0].0.state().to_path_buf();
    for (key, folder) in machines {
        let world = World::inside(folder, &order, &ports(&[&key]))?;
        world.machine.activate(&world.vendor, &world.issued)?;
        worlds.push(world);
        keys.push(key);
    }
    assert!(first.contains(&serial));
    let status = |world: &World| -> anyhow::Result<(bool, u64)> {
        // What is left is told as of the last decision: this makes one.
        world.session()?;
        let status = licence_status(world)?;
        let key = &status["hardware_key"];
        let here = key["present"][0] == serial.as_str();
        Ok((here, key["budget_left_ms"].as_u64().unwrap_or_default()))
    };
    // The key goes to and fro, its memory with it.
    let mut swaps = 0;
    loop {
        let here = swaps % 2;
        if state != keys[here].state() {
            fs::copy(&state, keys[here].state())?;
            state = keys[here].state().to_path_buf();
        }
        keys[here].put_in()?;
        soon("the key's proof", || {
            Ok(status(&worlds[here])?.0.then_some(()))
        })?;
        // Return ends the absence: whoever has the key is served, however little is left.
        worlds[here].holder()?.finish()?;
        let dry = worlds
            .iter()
            .map(|world| Ok(status(world)?.1 == 0))
            .collect::<anyhow::Result<Vec<bool>>>()?;
        keys[here].pull_out()?;
        swaps += 1;
        if dry == [true, true] {
            break;
        }
        assert!(swaps < 40, "they swap for ever");
    }
    assert!(swaps > 2, "one absence alone used it up");
    for world in &worlds {
        refused_soon(world, "HARDWARE_KEY_ABSENT")?;
    }
    Ok(())
}
