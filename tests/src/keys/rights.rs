//! A node that the daemon's user may not open, until somebody lets it.

use std::{fs, os::unix::fs::PermissionsExt as _};

use anyhow::{Context as _, ensure};

use super::{
    Stage,
    scene::{Agreed, Scene, of},
};
use crate::{daemon::daemon_user, require};

pub(super) fn a_node_that_is_forbidden_is_told_with_the_remedy_and_used_once_it_is_given(
    stage: Stage,
) -> anyhow::Result<()> {
    require!(
        daemon_user()?.is_some(),
        "the daemon runs as root, which is forbidden nothing"
    );
    let mut scene = Scene::set(stage, Agreed::default())?;
    let node = scene
        .key()?
        .node()
        .context("the key has no node")?
        .to_owned();
    let given = fs::metadata(&node)?.permissions();
    scene.world.stop_daemon()?;
    fs::set_permissions(&node, fs::Permissions::from_mode(0o600))?;
    let mark = scene.mark();
    scene.world.start_daemon()?;
    scene.says(mark, "permission denied on hardware key")?;
    scene.says(mark, "70-octroi-key.rules")?;
    ensure!(!scene.is_listed("present", scene.keys.first().context("no key")?)?);
    let doctor = scene.world.machine.octroi(&["doctor"])?.json;
    let check = doctor.as_array().into_iter().flatten();
    let mut check = check.filter(|check| of(check, "check") == "hardware_key");
    ensure!(
        check.any(|check| of(check, "state") != "ok"),
        "the doctor finds nothing: {doctor}"
    );
    fs::set_permissions(&node, given)?;
    scene.first_counts()?;
    scene.serves()
}
