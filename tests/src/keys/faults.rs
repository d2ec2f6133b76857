//! A key that is there and misbehaves: busy, senseless, slow, silent. What is the matter is told apart
//! from absence, and each recovers without a hand when the key does.

use anyhow::ensure;

use super::{
    Stage,
    rival::Rival,
    scene::{Agreed, Scene, not_told},
};

pub(super) fn a_key_that_is_busy_at_first_is_asked_again(stage: Stage) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    scene.pull_out()?;
    scene.key()?.misbehave("busy=3")?;
    scene.put_in()?;
    scene.serves()
}

pub(super) fn a_key_busy_for_ever_is_told_apart_from_an_absent_one_and_recovers(
    stage: Stage,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    let mut holder = scene.world.holder()?;
    let mark = scene.mark();
    scene.key()?.misbehave("busy")?;
    scene.says(mark, "busy with another program")?;
    // Until a proof is overdue it counts; then nobody knows whether it is the right one still.
    holder.event("hardware_key_away")?;
    let said = scene.log_since(mark);
    ensure!(!said.contains("a hardware key is gone"), "{said}");
    scene.key()?.behave()?;
    holder.event("hardware_key_back")?;
    holder.finish()
}

pub(super) fn a_key_that_answers_garbage_is_told_and_recovers(stage: Stage) -> anyhow::Result<()> {
    recovers(stage, "garbage", "makes no sense")
}

pub(super) fn a_key_that_never_answers_is_told_and_recovers(stage: Stage) -> anyhow::Result<()> {
    recovers(stage, "silent", "did not answer")
}

pub(super) fn a_key_that_answers_too_late_is_told_and_recovers(stage: Stage) -> anyhow::Result<()> {
    recovers(stage, "slow-ms=3300", "did not answer")
}

/// It misbehaves while it is in, which is told with these words; then it behaves.
fn recovers(stage: Stage, fault: &str, words: &str) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    let mut holder = scene.world.holder()?;
    let mark = scene.mark();
    scene.key()?.misbehave(fault)?;
    scene.says(mark, words)?;
    holder.event("hardware_key_away")?;
    scene.key()?.behave()?;
    holder.event("hardware_key_back")?;
    scene.first_counts()?;
    holder.finish()
}

pub(super) fn a_slow_key_that_keeps_within_its_time_serves(stage: Stage) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    scene.pull_out()?;
    scene.key()?.misbehave("slow-ms=150")?;
    scene.put_in()?;
    let mut holder = scene.world.holder()?;
    scene.is_proven(2)?;
    not_told(&mut holder, "hardware_key_away")?;
    holder.finish()
}

pub(super) fn a_key_that_says_nothing_when_it_is_put_in_is_looked_for_again(
    stage: Stage,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    scene.pull_out()?;
    let mark = scene.mark();
    scene.key()?.misbehave("silent")?;
    scene.key()?.put_in()?;
    if stage.transport.has_nodes() {
        scene.says(mark, "did not say who it is")?;
    }
    scene.key()?.behave()?;
    scene.first_counts()?;
    scene.serves()
}

pub(super) fn another_program_on_the_same_key_and_several_applications_get_along(
    stage: Stage,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    let mut holders = [scene.world.holder()?, scene.world.holder()?];
    let rival = Rival::start(scene.key()?);
    scene.is_proven(3)?;
    let answered = rival.finish()?;
    ensure!(answered > 0, "the other program was never answered");
    for holder in &mut holders {
        not_told(holder, "hardware_key_away")?;
    }
    for holder in holders {
        holder.finish()?;
    }
    Ok(())
}
