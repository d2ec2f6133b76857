//! `octroi doctor` against a real daemon, a stopped one, and files that somebody spoiled.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use anyhow::Context as _;
use octroi_tests::{
    Emulator, Order, Said, World, soon,
    world::{seconds_from_now, short_folder},
};
use serde_json::Value;

fn doctor(world: &World) -> anyhow::Result<Said> {
    world.machine.octroi(&["doctor"])
}

/// The first check of this kind.
fn check<'a>(said: &'a Said, kind: &str) -> anyhow::Result<&'a Value> {
    let checks = said.json.as_array().context("doctor prints a list")?;
    let found = checks.iter().find(|check| check["check"] == kind);
    found.with_context(|| format!("no {kind} in {}", said.json))
}

fn text<'a>(check: &'a Value, field: &str) -> &'a str {
    check[field].as_str().unwrap_or_default()
}

fn mode(path: &Path, mode: u32) -> anyhow::Result<()> {
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}

#[test]
fn a_machine_in_good_order_has_nothing_to_mend() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let holder = world.holder()?;
    let said = doctor(&world)?;
    let checks = said.json.as_array().context("doctor prints a list")?;
    for check in checks {
        assert_eq!(check["state"], "ok", "{check}");
        assert_eq!(check["mend"], Value::Null, "{check}");
        assert!(!text(check, "evidence").is_empty(), "{check}");
    }
    assert_eq!(said.status, 0);
    for kind in [
        "application_socket",
        "admin_socket",
        "daemon",
        "state_folder",
        "disk",
        "trusted_root",
        "licence",
        "activation",
        "hardware_key",
        "clock",
        "ledger",
        "ledger_chain",
        "server",
        "reports",
        "next_limit",
    ] {
        check(&said, kind)?;
    }
    assert!(text(check(&said, "next_limit")?, "evidence").contains("2099"));
    holder.finish()
}

#[test]
fn without_a_daemon_the_doctor_says_so_and_looks_at_what_it_can() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    world.stop_daemon()?;
    let said = doctor(&world)?;
    assert_eq!(said.status, 9, "{}", said.json);
    let socket = check(&said, "application_socket")?;
    assert_eq!(socket["state"], "failed");
    assert!(text(socket, "mend").contains("octroid --root"), "{socket}");
    for kind in ["daemon", "licence", "clock", "server", "next_limit"] {
        assert_eq!(check(&said, kind)?["state"], "not_checked", "{kind}");
    }
    for kind in ["state_folder", "disk", "ledger_chain"] {
        assert_eq!(check(&said, kind)?["state"], "ok", "{kind}");
    }
    Ok(())
}

#[test]
fn a_ledger_that_was_tampered_with_is_found_without_a_daemon() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    world.holder()?.finish()?;
    world.stop_daemon()?;
    let folder = world.machine.realm(&world.vendor)?.ledger();
    let segment = fs::read_dir(&folder)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .min()
        .context("a ledger has a segment")?;
    let mut bytes = fs::read(&segment)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes)?;
    let said = doctor(&world)?;
    let chain = check(&said, "ledger_chain")?;
    assert_eq!(chain["state"], "failed", "{chain}");
    assert!(text(chain, "evidence").contains("tampered"), "{chain}");
    Ok(())
}

#[test]
fn a_socket_that_only_some_users_may_use_is_warned_of() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    mode(&world.socket(), 0o600)?;
    mode(&world.machine.paths().admin_socket(), 0o666)?;
    mode(&world.machine.paths().state(), 0o755)?;
    let said = doctor(&world)?;
    assert_eq!(said.status, 8, "{}", said.json);
    for (kind, command) in [
        ("application_socket", "chmod 666"),
        ("admin_socket", "chmod 660"),
        ("state_folder", "chmod 700"),
    ] {
        let found = check(&said, kind)?;
        assert_eq!(found["state"], "warning", "{found}");
        assert!(text(found, "mend").contains(command), "{found}");
    }
    Ok(())
}

#[test]
fn what_ends_soon_is_the_next_limit_and_what_ended_fails() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1).ends_at(seconds_from_now(5 * 86_400 - 3_600)?))?;
    let said = doctor(&world)?;
    assert_eq!(said.status, 8, "{}", said.json);
    for kind in ["licence", "next_limit"] {
        let found = check(&said, kind)?;
        assert_eq!(found["state"], "warning", "{found}");
        assert!(text(found, "evidence").contains("4 days left"), "{found}");
    }
    let over = seconds_from_now(0)? - 60;
    world.issued = world.vendor.issue(&Order::of(1).serial(2).ends_at(over))?;
    world.machine.install(&world.issued.licence)?.ok()?;
    let said = doctor(&world)?;
    let licence = check(&said, "licence")?;
    assert_eq!((said.status, &licence["state"]), (9, &"failed".into()));
    assert!(text(licence, "evidence").contains("LICENCE_EXPIRED"));
    Ok(())
}

#[test]
fn a_key_is_told_with_its_last_proof_and_its_absence_with_what_is_left() -> anyhow::Result<()> {
    let folder = short_folder()?;
    let mut key = Emulator::new(folder.path())?;
    key.put_in()?;
    let order = Order::of(2).hardware_key(&key, 600, 3_600);
    let world = World::inside(folder, &order, &key.configuration())?;
    world.machine.activate(&world.vendor, &world.issued)?;
    let found = soon("the key's proof", || {
        let said = doctor(&world)?;
        let found = check(&said, "hardware_key")?.clone();
        Ok(text(&found, "evidence").contains("proven").then_some(found))
    })?;
    assert_eq!(found["subject"], key.serial());
    assert_eq!(found["state"], "warning", "an emulator is no key: {found}");
    key.pull_out()?;
    let found = soon("the key's absence", || {
        let said = doctor(&world)?;
        let found = check(&said, "hardware_key")?.clone();
        Ok(text(&found, "evidence")
            .starts_with("away")
            .then_some(found))
    })?;
    assert_eq!(found["state"], "warning", "{found}");
    assert!(text(&found, "mend").contains(key.serial()), "{found}");
    let said = doctor(&world)?;
    let next = check(&said, "next_limit")?;
    assert!(text(next, "evidence").contains("hardware key"), "{next}");
    Ok(())
}

#[test]
fn the_doctor_speaks_to_people_in_both_languages() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let english = octroi_tests::process::run(&mut world.machine.command(&["doctor"])?)?;
    assert!(english.output.contains("0 failed"), "{}", english.output);
    let mut french = world.machine.command(&["--lang", "fr", "doctor"])?;
    let french = octroi_tests::process::run(&mut french)?;
    assert!(french.output.contains("0 échecs"), "{}", french.output);
    Ok(())
}
