//! A key that is there, is pulled, stays away, comes back.

use std::fs::File;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::{
    Stage,
    scene::{Agreed, Scene, not_told, of, same},
};

pub(super) fn an_application_is_granted_a_seat_under_the_enrolled_key(
    stage: Stage,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    let serial = scene.key()?.serial().to_owned();
    let status = scene.status()?;
    same("a key is needed", of(&status, "required"), &json!(true))?;
    same("keys that count", of(&status, "present"), &json!([serial]))?;
    same("keys that do not", of(&status, "absent"), &json!([]))?;
    scene.serves()
}

pub(super) fn a_key_pulled_within_its_grace_is_told_and_costs_no_seat(
    stage: Stage,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    let mut holder = scene.world.holder()?;
    scene.key()?.pull_out()?;
    let away = holder.event("hardware_key_away")?;
    let left = of(&away, "budget_left_ms").as_u64();
    ensure!(left.is_some_and(|left| left > 400_000), "{away}");
    same("seats held", &scene.world.machine.seats()?.len(), &1)?;
    // Within its budget, absence refuses nobody.
    scene.serves()?;
    scene.key()?.put_in()?;
    holder.event("hardware_key_back")?;
    scene.first_counts()?;
    holder.finish()
}

pub(super) fn a_key_away_beyond_its_grace_ends_seats_and_is_served_again_when_it_is_back(
    stage: Stage,
) -> anyhow::Result<()> {
    let agreed = Agreed {
        budget_s: 2,
        ..Agreed::default()
    };
    let mut scene = Scene::set(stage, agreed)?;
    let mut holder = scene.world.holder()?;
    scene.key()?.pull_out()?;
    let ended = holder.event("seat_ended")?;
    same(
        "why it ended",
        of(&ended, "cause"),
        &json!("HARDWARE_KEY_ABSENT"),
    )?;
    scene.is_refused("HARDWARE_KEY_ABSENT")?;
    same("seats held", &scene.world.machine.seats()?.len(), &0)?;
    scene.put_in()?;
    scene.serves()
}

pub(super) fn the_budget_is_not_refilled_by_the_keys_return_nor_by_a_restart(
    stage: Stage,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    let before = scene.budget_left_ms()?;
    scene.key()?.pull_out()?;
    crate::soon("absence that is counted", || {
        Ok((scene.budget_left_ms()? + 500 < before).then_some(()))
    })?;
    scene.put_in()?;
    let spent = scene.budget_left_ms()?;
    ensure!(
        spent + 500 < before,
        "its return refilled the budget: {spent} of {before} ms"
    );
    scene.world.kill_daemon()?;
    scene.world.start_daemon()?;
    scene.first_counts()?;
    let left = scene.budget_left_ms()?;
    ensure!(
        left <= spent,
        "a restart refilled the budget: {left} of {spent} ms"
    );
    Ok(())
}

pub(super) fn without_its_key_nothing_is_granted_from_the_start(
    stage: Stage,
) -> anyhow::Result<()> {
    let agreed = Agreed {
        budget_s: 1,
        put_in: false,
        ..Agreed::default()
    };
    let mut scene = Scene::set(stage, agreed)?;
    scene.is_refused("HARDWARE_KEY_ABSENT")?;
    scene.put_in()?;
    scene.serves()
}

pub(super) fn an_absence_goes_on_when_the_daemon_is_restarted_without_the_key(
    stage: Stage,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    let mut holder = scene.world.holder()?;
    scene.key()?.pull_out()?;
    holder.event("hardware_key_away")?;
    scene.world.kill_daemon()?;
    scene.world.start_daemon()?;
    holder.event("resumed")?;
    scene.counts_no_longer()?;
    scene.serves()?;
    not_told(&mut holder, "hardware_key_back")?;
    scene.key()?.put_in()?;
    holder.event("hardware_key_back")?;
    holder.finish()
}

pub(super) fn a_key_that_comes_back_as_another_node_is_served(stage: Stage) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    let mut holder = scene.world.holder()?;
    let node = |scene: &mut Scene| -> anyhow::Result<_> {
        let node = scene.key()?.node().map(ToOwned::to_owned);
        node.context("the key has no node")
    };
    let first = node(&mut scene)?;
    // As long as somebody has it open, its number is taken.
    let open = File::open(&first).with_context(|| format!("{}", first.display()))?;
    scene.key()?.pull_out()?;
    holder.event("hardware_key_away")?;
    scene.key()?.put_in()?;
    let second = node(&mut scene)?;
    ensure!(second != first, "it came back as {}", first.display());
    holder.event("hardware_key_back")?;
    scene.first_counts()?;
    drop(open);
    holder.finish()
}

pub(super) fn an_emulated_key_does_not_count_where_the_licence_does_not_say_so(
    stage: Stage,
) -> anyhow::Result<()> {
    let agreed = Agreed {
        budget_s: 1,
        emulator_refused: true,
        ..Agreed::default()
    };
    let scene = Scene::set(stage, agreed)?;
    scene.is_refused("HARDWARE_KEY_ABSENT")?;
    same(
        "keys that count",
        of(&scene.status()?, "present"),
        &Value::Array(Vec::new()),
    )
}
