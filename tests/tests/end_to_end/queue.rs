//! The queue between processes: first come, first served, with a deadline.

use octroi_proto::licensing::v1::{CancelWait, client_message::Body as Ask, daemon_message::Body};
use octroi_tests::{
    Application, Order, World,
    order::FEATURE,
    raw::{checkout, code_of, terms},
    soon,
};

use super::{held, licence_status};

fn waiting(world: &World, ms: u32) -> anyhow::Result<Application> {
    let mut application = Application::start(&world.asking().waiting(ms), world.folder())?;
    application.event("waiting")?;
    Ok(application)
}

#[test]
fn a_seat_that_becomes_free_goes_to_the_first_who_waits() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let holder = world.holder()?;
    let (mut first, mut second) = (waiting(&world, 60_000)?, waiting(&world, 60_000)?);
    assert_eq!(licence_status(&world)?["features"][0]["waiting"], 2);
    holder.finish()?;
    first.granted()?;
    assert!(
        second.said().iter().all(|said| said["event"] != "granted"),
        "both were granted"
    );
    first.finish()?;
    second.granted()?;
    second.finish()
}

#[test]
fn a_wait_ends_at_its_deadline_and_is_told_so() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let holder = world.holder()?;
    let mut patient = waiting(&world, 300)?;
    assert_eq!(patient.refused()?.code, "QUEUE_DEADLINE_PASSED");
    holder.finish()?;
    world.holder()?.finish()
}

#[test]
fn who_dies_in_the_queue_leaves_it() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let holder = world.holder()?;
    let (mut first, mut second) = (waiting(&world, 60_000)?, waiting(&world, 60_000)?);
    first.kill()?;
    soon("the end of the wait", || {
        Ok((licence_status(&world)?["features"][0]["waiting"] == 1).then_some(()))
    })?;
    holder.finish()?;
    second.granted().map(drop)
}

#[test]
fn newcomers_do_not_overtake_those_who_wait() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let (holder, _other) = (world.holder()?, world.holder()?);
    let asking = world.asking().with(&["--units", "2"]).waiting(60_000);
    let mut wants_two = Application::start(&asking, world.folder())?;
    wants_two.event("waiting")?;
    holder.finish()?;
    // One seat is free, but it is kept for the head of the queue.
    let mut newcomer = Application::start(&world.asking(), world.folder())?;
    assert_eq!(newcomer.refused()?.code, "SEATS_EXHAUSTED");
    Ok(())
}

#[test]
fn a_wait_that_is_cancelled_is_answered_and_forgotten() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let holder = world.holder()?;
    let mut session = world.session()?;
    session.say(7, checkout(FEATURE, 60_000))?;
    assert!(matches!(session.answer_to(7)?, Body::Waiting(_)));
    session.say(8, Ask::CancelWait(CancelWait { checkout_number: 7 }))?;
    assert!(matches!(session.answer_to(8)?, Body::Closed(_)));
    assert_eq!(code_of(&session.answer_to(7)?), "QUEUE_CANCELLED");
    holder.finish()?;
    assert!(held(&world)?.is_empty());
    Ok(())
}

#[test]
fn who_waits_is_told_the_seat_under_the_number_of_his_request() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let holder = world.holder()?;
    let mut session = world.session()?;
    session.say(7, checkout(FEATURE, 60_000))?;
    let Body::Waiting(place) = session.answer_to(7)? else {
        panic!("not waiting")
    };
    assert_eq!(place.place, 1);
    holder.finish()?;
    let Body::Granted(granted) = session.answer_to(7)? else {
        panic!("not granted")
    };
    assert_eq!(terms(granted.lease)?.checkout_number, 7);
    Ok(())
}
