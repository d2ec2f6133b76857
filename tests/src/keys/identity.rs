//! Another key than the licence names, a copy of the right one, and memories that were set back: the
//! key's or the daemon's own.

use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::{
    Kind, Stage,
    key::Key,
    scene::{Agreed, Scene, of, same},
};
use crate::{process::succeed, vendor::text};

pub(super) fn another_key_of_its_kind_is_not_accepted_and_signs_nothing(
    stage: Stage,
) -> anyhow::Result<()> {
    let agreed = Agreed {
        budget_s: 1,
        ..Agreed::default()
    };
    let mut scene = Scene::set(stage, agreed)?;
    scene.pull_out()?;
    let mut other = Key::new(&scene.ports, stage.kind, "other", 0)?;
    let signatures = other.signatures()?;
    let mark = scene.mark();
    other.put_in()?;
    scene.says(mark, "a hardware key is here")?;
    scene.is_refused("HARDWARE_KEY_ABSENT")?;
    same(
        "keys that count",
        of(&scene.status()?, "present"),
        &json!([]),
    )?;
    same("its signatures", &other.signatures()?, &signatures)?;
    other.pull_out()?;
    scene.put_in()?;
    scene.serves()
}

pub(super) fn a_copy_of_the_key_is_found_out_and_the_original_serves_again(
    stage: Stage,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    scene.pull_out()?;
    let copied = scene.key()?.copy("copied")?;
    scene.use_key()?;
    let original = scene.key()?.copy("original")?;
    scene.replace(&copied)?;
    scene.key()?.put_in()?;
    scene.is_refused("HARDWARE_KEY_SUSPECT")?;
    scene.key()?.pull_out()?;
    scene.replace(&original)?;
    scene.put_in()?;
    scene.serves()?;
    let logbook = scene.logbook()?;
    ensure!(logbook.contains("KeyCounterAnomalous"), "{logbook}");
    Ok(())
}

pub(super) fn a_copy_of_the_key_suspends_a_licence_that_says_so(
    stage: Stage,
) -> anyhow::Result<()> {
    let agreed = Agreed {
        on_tamper: "suspend",
        ..Agreed::default()
    };
    let mut scene = Scene::set(stage, agreed)?;
    let mut holder = scene.world.holder()?;
    scene.pull_out()?;
    let copied = scene.key()?.copy("copied")?;
    scene.use_key()?;
    let original = scene.key()?.copy("original")?;
    scene.replace(&copied)?;
    scene.key()?.put_in()?;
    let ended = holder.event("seat_ended")?;
    same("why it ended", of(&ended, "cause"), &json!("SUSPENDED"))?;
    scene.key()?.pull_out()?;
    scene.replace(&original)?;
    scene.put_in()?;
    // Not the key lifts it but the vendor.
    scene.is_refused("SUSPENDED")
}

pub(super) fn a_key_set_back_while_the_daemon_was_stopped_is_found_out(
    stage: Stage,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    scene.pull_out()?;
    let earlier = scene.key()?.copy("earlier")?;
    scene.use_key()?;
    scene.world.stop_daemon()?;
    scene.replace(&earlier)?;
    scene.key()?.put_in()?;
    scene.world.start_daemon()?;
    scene.is_refused("HARDWARE_KEY_SUSPECT")
}

pub(super) fn a_daemon_set_back_serves_and_notes_a_dongles_leap(
    stage: Stage,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    scene.world.stop_daemon()?;
    let kept = scene.world.machine.paths().state();
    let earlier = scene.world.folder().join("earlier");
    let copy = |from: &std::path::Path, to: &std::path::Path| -> anyhow::Result<()> {
        succeed(Command::new("cp").args(["-a", text(from)?, text(to)?]))?;
        Ok(())
    };
    copy(&kept, &earlier)?;
    scene.world.start_daemon()?;
    scene.first_counts()?;
    scene.is_proven(2)?;
    scene.world.stop_daemon()?;
    std::fs::remove_dir_all(&kept).context("the daemon's state")?;
    copy(&earlier, &kept)?;
    scene.world.start_daemon()?;
    scene.first_counts()?;
    scene.serves()?;
    // A security key counts whatever it is used for: its leaps mean nothing.
    let noted = scene.logbook()?.contains("KeyCounterAnomalous");
    same("the leap is noted", &noted, &(stage.kind == Kind::Dongle))
}
