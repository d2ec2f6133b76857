//! What a process in a container counts as, with real namespaces where they can be made.

use std::process::Command;

use octroi_tests::{Application, Order, World, order::FEATURE, process::run, require};

use super::{held, licence_status};

/// A container as far as Linux knows one: processes and users of its own.
const CONTAINER: [&str; 6] = [
    "unshare",
    "--user",
    "--map-root-user",
    "--pid",
    "--fork",
    "--kill-child",
];

fn may() -> bool {
    let (program, arguments) = CONTAINER.split_first().unwrap();
    let ended = run(Command::new(program).args(arguments).arg("true"));
    ended.is_ok_and(|ended| ended.status == 0)
}

fn order(rule: &str) -> Order {
    Order::empty()
        .feature(FEATURE, 2, "user")
        .section(&format!("[use]\ncontainers = \"{rule}\"\n"))
}

fn inside(world: &World) -> anyhow::Result<Application> {
    Application::start(&world.asking().within(&CONTAINER), world.folder())
}

fn in_use(world: &World) -> anyhow::Result<u64> {
    let status = licence_status(world)?;
    Ok(status["features"][0]["in_use"].as_u64().unwrap_or(0))
}

#[test]
fn a_process_in_a_container_is_refused_where_the_licence_forbids_it() -> anyhow::Result<()> {
    require!(may(), "user and process namespaces cannot be made here");
    let world = World::with(&order("refuse"))?;
    let refused = inside(&world)?.refused()?;
    assert_eq!(refused.code, "CONTAINER_NOT_ALLOWED");
    assert!(held(&world)?.is_empty());
    // Outside, the same user has a seat.
    world.holder()?.finish()
}

#[test]
fn a_user_in_a_container_counts_as_the_host_user_or_by_himself() -> anyhow::Result<()> {
    require!(may(), "user and process namespaces cannot be made here");
    for (rule, users) in [("as-host-user", 1), ("each-as-user", 2)] {
        let world = World::with(&order(rule))?;
        let outside = world.holder()?;
        let mut inside = inside(&world)?;
        inside.granted()?;
        assert_eq!(held(&world)?.len(), 2, "{rule}");
        assert_eq!(in_use(&world)?, users, "{rule}");
        outside.finish()?;
        drop(inside);
    }
    Ok(())
}
