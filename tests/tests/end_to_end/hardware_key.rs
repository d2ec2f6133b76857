//! The hardware key, emulated over its real protocol: pulled, put back, too long away, the wrong one.

use std::path::Path;

use octroi_tests::{
    Application, Emulator, Order, World,
    order::FEATURE,
    raw::{checkout, code_of},
    soon,
    world::short_folder,
};
use serde_json::Value;

use super::{held, licence_status};

/// A world whose licence needs an emulated key, with so many seconds of absence tolerated.
fn world(budget_s: u32) -> anyhow::Result<(World, Emulator)> {
    let folder = short_folder()?;
    let mut key = Emulator::new(folder.path())?;
    key.put_in()?;
    let order = Order::of(2).hardware_key(&key, budget_s, 3_600);
    let world = World::inside(folder, &order, &key.configuration())?;
    world.machine.activate(&world.vendor, &world.issued)?;
    present(&world, &key)?;
    Ok((world, key))
}

fn key_status(world: &World) -> anyhow::Result<Value> {
    Ok(licence_status(world)?["hardware_key"].clone())
}

fn present(world: &World, key: &Emulator) -> anyhow::Result<()> {
    soon("the key's proof", || {
        Ok((key_status(world)?["present"][0] == key.serial()).then_some(()))
    })
}

fn refusal(world: &World) -> anyhow::Result<String> {
    let mut session = world.session()?;
    Ok(code_of(&session.ask(checkout(FEATURE, 0))?).to_owned())
}

#[test]
fn a_key_that_is_pulled_and_put_back_is_told_and_costs_no_seat() -> anyhow::Result<()> {
    let (world, mut key) = world(600)?;
    let mut holder = world.holder()?;
    key.pull_out()?;
    let away = holder.event("hardware_key_away")?;
    assert!(
        away["budget_left_ms"]
            .as_u64()
            .is_some_and(|left| left > 500_000),
        "{away}"
    );
    assert_eq!(held(&world)?.len(), 1);
    // Within its budget, absence refuses nobody.
    world.holder()?.finish()?;
    key.put_in()?;
    holder.event("hardware_key_back")?;
    present(&world, &key)?;
    holder.finish()
}

#[test]
fn a_key_that_stays_away_beyond_its_budget_ends_seats_and_refuses_new_ones() -> anyhow::Result<()> {
    let (world, mut key) = world(2)?;
    let mut holder = world.holder()?;
    key.pull_out()?;
    assert_eq!(holder.event("seat_ended")?["cause"], "HARDWARE_KEY_ABSENT");
    assert_eq!(refusal(&world)?, "HARDWARE_KEY_ABSENT");
    assert!(held(&world)?.is_empty());
    key.put_in()?;
    present(&world, &key)?;
    world.holder()?.finish()
}

#[test]
fn the_budget_is_not_refilled_by_the_keys_return_nor_by_a_restart() -> anyhow::Result<()> {
    let (mut world, mut key) = world(600)?;
    let left = |world: &World| -> anyhow::Result<u64> {
        Ok(key_status(world)?["budget_left_ms"]
            .as_u64()
            .unwrap_or_default())
    };
    key.pull_out()?;
    soon("absence that is counted", || {
        // What is left is told as of the last decision: this makes one.
        world.session()?;
        Ok((left(&world)? < 599_500).then_some(()))
    })?;
    key.put_in()?;
    present(&world, &key)?;
    let spent = left(&world)?;
    assert!(spent < 599_500, "{spent}");
    world.kill_daemon()?;
    world.start_daemon()?;
    present(&world, &key)?;
    assert!(
        left(&world)? <= spent,
        "the budget was refilled by a restart"
    );
    Ok(())
}

#[test]
fn without_a_key_nothing_is_granted_from_the_start() -> anyhow::Result<()> {
    let folder = short_folder()?;
    let key = Emulator::new(folder.path())?;
    let order = Order::of(2).hardware_key(&key, 1, 3_600);
    let world = World::inside(folder, &order, &key.configuration())?;
    world.machine.activate(&world.vendor, &world.issued)?;
    soon("the end of what is tolerated", || {
        Ok((refusal(&world)? == "HARDWARE_KEY_ABSENT").then_some(()))
    })
}

#[test]
fn another_key_in_the_same_port_does_not_count() -> anyhow::Result<()> {
    let (world, mut key) = world(1)?;
    key.pull_out()?;
    let elsewhere = world.folder().join("elsewhere");
    std::fs::create_dir(&elsewhere)?;
    let mut other = Emulator::new(&elsewhere)?.at(key.socket());
    other.put_in()?;
    soon("the end of what is tolerated", || {
        Ok((refusal(&world)? == "HARDWARE_KEY_ABSENT").then_some(()))
    })?;
    assert_ne!(key_status(&world)?["present"][0], key.serial());
    Ok(())
}

#[test]
fn an_emulated_key_does_not_count_where_the_licence_does_not_say_so() -> anyhow::Result<()> {
    let folder = short_folder()?;
    let mut key = Emulator::new(folder.path())?;
    key.put_in()?;
    let order = Order::of(2).hardware_key(&key, 1, 3_600);
    let order = order.emulator_not_accepted();
    let world = World::inside(folder, &order, &key.configuration())?;
    world.machine.activate(&world.vendor, &world.issued)?;
    soon("the end of what is tolerated", || {
        Ok((refusal(&world)? == "HARDWARE_KEY_ABSENT").then_some(()))
    })?;
    let mut application = Application::start(&world.asking(), world.folder())?;
    assert_eq!(application.refused()?.code, "HARDWARE_KEY_ABSENT");
    Ok(())
}

#[test]
fn a_copy_of_the_key_is_found_out_by_its_counter() -> anyhow::Result<()> {
    let (world, mut key) = world(600)?;
    // The emulator's secret lies in a file, so that it can be cloned; real keys do not show theirs.
    let clone = world.folder().join("clone.state");
    std::fs::copy(key.state(), &clone)?;
    let counter = |state: &Path| -> anyhow::Result<u64> {
        let state: Value = serde_json::from_slice(&std::fs::read(state)?)?;
        Ok(state["counter"].as_u64().unwrap_or_default())
    };
    // Two more: the last one's answer may be lost when the key is pulled.
    let cloned = counter(&clone)?;
    soon("some proofs by the original", || {
        Ok((counter(key.state())? >= cloned + 2).then_some(()))
    })?;
    key.pull_out()?;
    std::fs::copy(&clone, key.state())?;
    key.put_in()?;
    soon("the clone is suspected", || {
        Ok((refusal(&world)? == "HARDWARE_KEY_SUSPECT").then_some(()))
    })
}
