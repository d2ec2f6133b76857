//! Terms over time: dates, versions, suspension, the end.

use octroi_tests::{
    Application, Order, World,
    order::FEATURE,
    raw::{checkout, code_of},
    soon,
    world::seconds_from_now,
};
use rustix::process::Signal;

use super::{held, licence_status};

fn refusal(world: &World) -> anyhow::Result<String> {
    let mut session = world.session()?;
    let answer = session.ask(checkout(FEATURE, 0))?;
    Ok(code_of(&answer).to_owned())
}

#[test]
fn a_licence_that_ends_takes_its_seats_and_says_why() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2).ends_at(seconds_from_now(6)?))?;
    let mut holder = world.holder()?;
    let ended = holder.event("seat_ended")?;
    assert_eq!(ended["cause"], "LICENCE_ENDED");
    assert_eq!(holder.exit()?, Some(14));
    assert_eq!(refusal(&world)?, "LICENCE_EXPIRED");
    assert!(held(&world)?.is_empty());
    assert_eq!(
        licence_status(&world)?["blocked"]["code"],
        "LICENCE_EXPIRED"
    );
    Ok(())
}

#[test]
fn a_licence_that_ended_while_the_daemon_was_down_grants_nothing_after_its_start()
-> anyhow::Result<()> {
    let end = seconds_from_now(6)?;
    let mut world = World::with(&Order::of(2).ends_at(end))?;
    let mut holder = world.holder()?;
    world.kill_daemon()?;
    soon("the licence's end", || {
        Ok((seconds_from_now(0)? > end).then_some(()))
    })?;
    world.start_daemon()?;
    soon("the seat's end", || {
        Ok(held(&world)?.is_empty().then_some(()))
    })?;
    assert_eq!(refusal(&world)?, "LICENCE_EXPIRED");
    // The application learns that its seat is gone, with or without the cause.
    assert_eq!(holder.exit()?, Some(14));
    Ok(())
}

#[test]
fn a_feature_that_has_not_begun_is_refused_with_its_date() -> anyhow::Result<()> {
    let order = Order::of(2).with("starts = 2090-01-01");
    let world = World::with(&order)?;
    let mut application = Application::start(&world.asking(), world.folder())?;
    let refused = application.refused()?;
    assert_eq!(refused.code, "LICENCE_NOT_YET_VALID");
    assert!(
        refused.value["may_change_at_ms"].as_i64() > Some(3_700_000_000_000),
        "{refused:?}"
    );
    Ok(())
}

#[test]
fn a_version_beyond_the_licensed_range_is_refused() -> anyhow::Result<()> {
    let order = Order::of(2).with("versions = { minimum = \"4.0\", maximum = \"4.1\" }");
    let world = World::with(&order)?;
    let mut new = Application::start(&world.asking(), world.folder())?;
    assert_eq!(new.refused()?.code, "VERSION_NOT_COVERED");
    let mut covered = Application::start(&world.asking_version("4.1"), world.folder())?;
    covered.granted()?;
    covered.finish()
}

#[test]
fn a_suspension_ends_the_seats_and_lasts_until_it_is_lifted() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(2))?;
    let mut holder = world.holder()?;
    let suspension = world.vendor.order("suspend", &world.issued.id)?;
    world.machine.install(&suspension)?.ok()?;
    assert_eq!(holder.event("seat_ended")?["cause"], "SUSPENDED");
    assert_eq!(refusal(&world)?, "SUSPENDED");
    world.kill_daemon()?;
    world.start_daemon()?;
    assert_eq!(refusal(&world)?, "SUSPENDED", "a restart lifts nothing");
    let resumption = world.vendor.order("resume", &world.issued.id)?;
    world.machine.install(&resumption)?.ok()?;
    world.holder()?.finish()
}

#[test]
fn a_terminated_licence_grants_nothing_any_more() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let termination = world.vendor.order("terminate", &world.issued.id)?;
    world.machine.install(&termination)?.ok()?;
    assert_eq!(refusal(&world)?, "LICENCE_TERMINATED");
    Ok(())
}

#[test]
fn a_revoked_licence_grants_nothing_any_more() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let mut holder = world.holder()?;
    let list = world.vendor.paper("revocations.rvl");
    let path = octroi_tests::vendor::text(&list)?;
    world
        .vendor
        .must(&["revoke", "licence", &world.issued.id, "-o", path])?;
    world.machine.install(&list)?.ok()?;
    holder.event("seat_ended")?;
    assert_eq!(refusal(&world)?, "LICENCE_REVOKED");
    Ok(())
}

#[test]
fn a_new_serial_with_fewer_seats_takes_the_surplus_back() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(2))?;
    let (mut first, mut second) = (world.holder()?, world.holder()?);
    world.renew(&Order::of(1).serial(2))?;
    soon("one seat left", || {
        Ok((held(&world)?.len() == 1).then_some(()))
    })?;
    let lives = |application: &mut Application| application.must_live().is_ok();
    soon("one application left", || {
        Ok((lives(&mut first) != lives(&mut second)).then_some(()))
    })?;
    assert_eq!(refusal(&world)?, "SEATS_EXHAUSTED");
    Ok(())
}

#[test]
fn a_new_serial_with_more_seats_serves_those_who_wait() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    let mut holder = world.holder()?;
    let mut waiting = Application::start(&world.asking().waiting(60_000), world.folder())?;
    waiting.event("waiting")?;
    world.renew(&Order::of(2).serial(2))?;
    waiting.granted()?;
    holder.must_live()?;
    assert_eq!(held(&world)?.len(), 2);
    Ok(())
}

#[test]
fn a_new_serial_costs_no_seat_while_it_waits_for_its_activation() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    let mut holder = world.holder()?;
    world.issued = world.vendor.issue(&Order::of(2).serial(2))?;
    world.machine.install(&world.issued.licence)?.ok()?;
    // Whatever the daemon makes of it, the application must be able to believe it.
    world.kill_daemon()?;
    world.start_daemon()?;
    holder.event("resumed")?;
    holder.must_live()?;
    assert_eq!(held(&world)?.len(), 1);
    world.machine.activate(&world.vendor, &world.issued)?;
    world.holder()?.finish()?;
    holder.finish()
}

#[test]
fn an_application_that_stands_still_keeps_its_seat() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1).sessions("resume_window = \"1s\""))?;
    let holder = world.holder()?;
    holder.signal(Signal::STOP)?;
    let mut session = world.session()?;
    for _ in 0..50 {
        assert_eq!(
            code_of(&session.ask(checkout(FEATURE, 0))?),
            "SEATS_EXHAUSTED"
        );
    }
    holder.signal(Signal::CONT)?;
    holder.finish()
}
