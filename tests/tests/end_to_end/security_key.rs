//! A FIDO2 security key, emulated over its real protocol and enrolled by the vendor's tool: granted,
//! pulled, put back, another one in its place, a copy.

use std::path::Path;

use octroi_tests::{
    Emulator, Order, World,
    order::FEATURE,
    raw::{checkout, code_of},
    soon,
    world::short_folder,
};
use serde_json::Value;

use super::licence_status;

/// A world whose licence needs a security key, with so many seconds of absence tolerated.
fn world(budget_s: u32) -> anyhow::Result<(World, Emulator)> {
    let folder = short_folder()?;
    let key = Emulator::security_key(folder.path())?;
    let order = Order::of(2).hardware_key(&key, budget_s, 3_600);
    let world = World::inside(folder, &order, &key.configuration())?;
    world.machine.activate(&world.vendor, &world.issued)?;
    present(&world, &key)?;
    Ok((world, key))
}

fn present(world: &World, key: &Emulator) -> anyhow::Result<()> {
    soon("the key's proof", || {
        let status = licence_status(world)?;
        Ok((status["hardware_key"]["present"][0] == key.serial()).then_some(()))
    })
}

fn refused_soon(world: &World, code: &str) -> anyhow::Result<()> {
    soon(code, || {
        let mut session = world.session()?;
        let answer = session.ask(checkout(FEATURE, 0))?;
        Ok((code_of(&answer) == code).then_some(()))
    })
}

fn counter(state: &Path) -> anyhow::Result<u64> {
    let state: Value = serde_json::from_slice(&std::fs::read(state)?)?;
    Ok(state["counter"].as_u64().unwrap_or_default())
}

#[test]
fn a_security_key_that_is_pulled_and_put_back_is_told_and_costs_no_seat() -> anyhow::Result<()> {
    let (world, mut key) = world(600)?;
    let mut holder = world.holder()?;
    key.pull_out()?;
    holder.event("hardware_key_away")?;
    key.put_in()?;
    holder.event("hardware_key_back")?;
    present(&world, &key)?;
    holder.finish()
}

#[test]
fn another_security_key_in_the_same_port_does_not_count_and_signs_nothing() -> anyhow::Result<()> {
    let (world, mut key) = world(1)?;
    key.pull_out()?;
    let elsewhere = world.folder().join("elsewhere");
    std::fs::create_dir(&elsewhere)?;
    let mut other = Emulator::security_key(&elsewhere)?;
    other.pull_out()?;
    let enrolled = counter(other.state())?;
    let mut other = other.at(key.socket());
    other.put_in()?;
    refused_soon(&world, "HARDWARE_KEY_ABSENT")?;
    assert_eq!(counter(other.state())?, enrolled);
    other.pull_out()?;
    key.put_in()?;
    present(&world, &key)
}

#[test]
fn a_copy_of_a_security_key_is_found_out_by_its_counter() -> anyhow::Result<()> {
    let (world, mut key) = world(600)?;
    let clone = world.folder().join("clone.state");
    std::fs::copy(key.state(), &clone)?;
    let cloned = counter(&clone)?;
    soon("some proofs by the original", || {
        Ok((counter(key.state())? >= cloned + 2).then_some(()))
    })?;
    key.pull_out()?;
    std::fs::copy(&clone, key.state())?;
    key.put_in()?;
    refused_soon(&world, "HARDWARE_KEY_SUSPECT")
}
