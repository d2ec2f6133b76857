//! Named users through real programs: whom the licence counts, over restarts and instances, and who
//! may say for whom it asks.

use octroi_tests::{Application, Order, World, order::FEATURE, skip::is_root};
use serde_json::Value;

use super::{held, licence_status};

fn user() -> u32 {
    rustix::process::getuid().as_raw()
}

fn named(count: u32) -> Order {
    Order::empty().named_users(FEATURE, count)
}

/// A world whose daemon lets this user's programs name others.
fn listed(order: &Order, may: &str) -> anyhow::Result<World> {
    let mut world = World::with(order)?;
    let user = user();
    world
        .machine
        .configure(&format!("[[callers]]\nuser = {user}\nmay = [{may}]\n"))?;
    world.stop_daemon()?;
    world.start_daemon()?;
    Ok(world)
}

fn on_behalf_of(world: &World, name: &str) -> anyhow::Result<Application> {
    let asking = world.asking().with(&["--on-behalf-of", name]);
    Application::start(&asking, world.folder())
}

fn feature(world: &World) -> anyhow::Result<Value> {
    Ok(licence_status(world)?["features"][0].clone())
}

#[test]
fn a_named_user_on_two_instances_counts_once_and_after_a_restart() -> anyhow::Result<()> {
    let mut world = World::with(&named(1))?;
    let (mut first, mut second) = (world.holder()?, world.holder()?);
    assert_eq!(held(&world)?.len(), 2);
    assert_eq!(feature(&world)?["in_use"], 1);
    world.kill_daemon()?;
    world.start_daemon()?;
    first.event("resumed")?;
    second.event("resumed")?;
    assert_eq!(feature(&world)?["in_use"], 1);
    first.finish()?;
    second.finish()?;
    // The seat stays assigned though nobody sits there.
    assert_eq!(feature(&world)?["in_use"], 1);
    world.holder()?.finish()?;
    if is_root() {
        let mut other = Application::start(&world.asking().as_user(54_321), world.folder())?;
        assert_eq!(other.refused()?.code, "NO_ASSIGNMENT_LEFT");
    }
    Ok(())
}

#[test]
fn end_users_behind_a_listed_program_count_and_not_the_program() -> anyhow::Result<()> {
    let order = named(2).with("identity = \"end-user\"");
    let mut world = listed(&order, "\"on-behalf-of\"")?;
    let mut first = on_behalf_of(&world, "m.curie")?;
    first.granted()?;
    let mut again = on_behalf_of(&world, "m.curie")?;
    again.granted()?;
    let mut second = on_behalf_of(&world, "p.curie")?;
    second.granted()?;
    assert_eq!(feature(&world)?["in_use"], 2);
    assert_eq!(
        on_behalf_of(&world, "i.joliot")?.refused()?.code,
        "NO_ASSIGNMENT_LEFT"
    );
    // Who had a seat before the daemon was killed has it afterwards, and nobody else.
    world.kill_daemon()?;
    world.start_daemon()?;
    second.event("resumed")?;
    on_behalf_of(&world, "m.curie")?.granted()?;
    assert_eq!(
        on_behalf_of(&world, "i.joliot")?.refused()?.code,
        "NO_ASSIGNMENT_LEFT"
    );
    Ok(())
}

#[test]
fn a_program_that_is_not_listed_may_name_nobody() -> anyhow::Result<()> {
    let order = named(2).with("identity = \"end-user\"");
    let world = World::with(&order)?;
    let refused = on_behalf_of(&world, "m.curie")?.refused()?;
    assert_eq!(refused.code, "CALLER_NOT_LISTED");
    assert!(refused.message.contains("octroid.toml"), "{refused:?}");
    let world = listed(&order, "\"declared-account\"")?;
    assert_eq!(
        on_behalf_of(&world, "m.curie")?.refused()?.code,
        "CALLER_NOT_LISTED",
        "listed for something else"
    );
    Ok(())
}

#[test]
fn a_licence_for_declared_accounts_refuses_who_names_none() -> anyhow::Result<()> {
    let order = named(1).with("identity = \"declared-account\"");
    let world = listed(&order, "\"declared-account\"")?;
    let mut unnamed = Application::start(&world.asking(), world.folder())?;
    assert_eq!(unnamed.refused()?.code, "USER_NOT_NAMED");
    let asking = world.asking().with(&["--declared-account", "m.curie"]);
    let mut named = Application::start(&asking, world.folder())?;
    named.granted()?;
    named.finish()
}

#[test]
fn names_are_in_no_ledger_and_not_in_the_log() -> anyhow::Result<()> {
    let order = named(2).with("identity = \"end-user\"");
    let world = listed(&order, "\"on-behalf-of\"")?;
    let name = "marie.sklodowska-curie";
    on_behalf_of(&world, name)?.granted()?;
    let realm = world.machine.realm(&world.vendor)?;
    let mut files = vec![world.machine.root().join("octroid.log")];
    for entry in std::fs::read_dir(realm.ledger())? {
        files.push(entry?.path());
    }
    for file in files {
        let bytes = std::fs::read(&file)?;
        let found = bytes.windows(name.len()).any(|at| at == name.as_bytes());
        assert!(!found, "{} names an end user", file.display());
    }
    Ok(())
}

#[test]
fn a_user_has_the_entity_of_the_list_and_a_new_list_holds_at_once() -> anyhow::Result<()> {
    let order = named(1).section("[[entities]]\nid = \"acme-fr\"\n");
    let mut world = World::with(&order)?;
    let mut outsider = Application::start(&world.asking(), world.folder())?;
    assert_eq!(outsider.refused()?.code, "ENTITY_NOT_LISTED");
    let list = format!("[[users]]\nuser = {}\nentity = \"acme-fr\"\n", user());
    std::fs::write(world.machine.paths().users(), list)?;
    world.daemon()?.signal(rustix::process::Signal::HUP)?;
    octroi_tests::soon("a seat by the new list", || {
        let mut application = Application::start(&world.asking(), world.folder())?;
        Ok(application.granted().is_ok().then_some(()))
    })
}

#[test]
fn a_seat_over_the_limit_is_granted_and_marked() -> anyhow::Result<()> {
    let order = Order::of(1).with("overdraft = { percent = 100, days = 30 }");
    let world = World::with(&order)?;
    let _first = world.holder()?;
    let mut second = Application::start(&world.asking(), world.folder())?;
    let granted = second.event("granted")?;
    assert_eq!(granted["overdrawn"], 1);
    let mut third = Application::start(&world.asking(), world.folder())?;
    assert_eq!(third.refused()?.code, "SEATS_EXHAUSTED");
    Ok(())
}
