//! A licence that names two keys.

use super::{
    Stage,
    scene::{Agreed, Scene, not_told},
};

fn two(rule: &'static str) -> Agreed {
    Agreed {
        keys: 2,
        rule,
        ..Agreed::default()
    }
}

pub(super) fn where_any_of_two_keys_serves_one_may_fail(stage: Stage) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, two("any"))?;
    let mut holder = scene.world.holder()?;
    scene.pull_out()?;
    scene.serves()?;
    not_told(&mut holder, "hardware_key_away")?;
    scene.second()?.pull_out()?;
    holder.event("hardware_key_away")?;
    scene.key()?.put_in()?;
    holder.event("hardware_key_back")?;
    holder.finish()
}

pub(super) fn where_all_of_two_keys_are_needed_none_may_be_away(
    stage: Stage,
) -> anyhow::Result<()> {
    let mut scene = Scene::set(stage, two("all"))?;
    let mut holder = scene.world.holder()?;
    scene.second()?.pull_out()?;
    holder.event("hardware_key_away")?;
    scene.key()?.pull_out()?;
    scene.counts_no_longer()?;
    scene.second()?.put_in()?;
    let second = scene.keys.get(1);
    second.map_or(Ok(()), |key| scene.counts(key))?;
    not_told(&mut holder, "hardware_key_back")?;
    scene.key()?.put_in()?;
    holder.event("hardware_key_back")?;
    holder.finish()
}
