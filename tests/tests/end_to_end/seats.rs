//! Seats between real applications and a real daemon: granted, refused, given back.

use octroi_proto::licensing::v1::{Goodbye, client_message::Body as Ask, daemon_message::Body};
use octroi_tests::{
    Application, Order, World,
    order::FEATURE,
    raw::{checkout, code_of, terms},
    soon,
};

use super::held;

#[test]
fn as_many_seats_are_granted_as_are_licensed_and_the_next_is_told_what_stands_in_the_way()
-> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let (mut first, mut second) = (world.holder()?, world.holder()?);
    let mut third = Application::start(&world.asking(), world.folder())?;
    let refused = third.refused()?;
    assert_eq!(refused.code, "SEATS_EXHAUSTED");
    assert_eq!(refused.value["limit"], 2);
    assert_eq!(refused.value["in_use"], 2);
    assert_eq!(refused.value["feature"], FEATURE);
    assert_eq!(third.exit()?, Some(10));
    first.must_live()?;
    second.must_live()
}

#[test]
fn a_seat_that_is_given_back_is_granted_to_the_next() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    world.holder()?.finish()?;
    assert!(held(&world)?.is_empty());
    world.holder()?.finish()
}

#[test]
fn a_seat_that_is_given_back_twice_is_refused_the_second_time() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let mut session = world.session()?;
    let (first, second) = (
        session.checkout(FEATURE)?.seat,
        session.checkout(FEATURE)?.seat,
    );
    assert!(matches!(session.release(first)?, Body::Released(_)));
    assert_eq!(code_of(&session.release(first)?), "SEAT_NOT_HELD");
    assert_eq!(held(&world)?, [second], "the other seat is untouched");
    Ok(())
}

#[test]
fn a_repeated_request_number_gives_the_same_outcome_and_changes_nothing() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let mut session = world.session()?;
    let seat = |answer| match answer {
        Body::Granted(granted) => terms(granted.lease).map(|terms| terms.seat),
        other => anyhow::bail!("not granted: {other:?}"),
    };
    let first = seat(session.ask_as(2, checkout(FEATURE, 0))?)?;
    let again = seat(session.ask_as(2, checkout(FEATURE, 0))?)?;
    assert_eq!(first, again);
    assert_eq!(held(&world)?, [first]);
    let release = Ask::Release(octroi_proto::licensing::v1::Release { seat: first });
    assert!(matches!(
        session.ask_as(3, release.clone())?,
        Body::Released(_)
    ));
    assert!(
        matches!(session.ask_as(3, release)?, Body::Released(_)),
        "the answer was lost"
    );
    assert!(held(&world)?.is_empty());
    Ok(())
}

#[test]
fn goodbye_gives_back_every_seat_of_the_session() -> anyhow::Result<()> {
    let world = World::with(&Order::of(3))?;
    let mut session = world.session()?;
    for _ in 0..3 {
        session.checkout(FEATURE)?;
    }
    let answer = session.ask(Ask::Goodbye(Goodbye {}))?;
    assert!(matches!(answer, Body::Closed(_)), "{answer:?}");
    assert!(held(&world)?.is_empty());
    Ok(())
}

#[test]
fn an_application_is_told_what_is_in_use() -> anyhow::Result<()> {
    let world = World::with(&Order::of(3).feature("viewer", 5, "user"))?;
    let mut session = world.session()?;
    let seat = session.checkout(FEATURE)?.seat;
    let listed = session.list()?;
    let use_of = |name: &str| {
        let found = listed.features.iter().find(|one| one.feature == name);
        found.map(|one| (one.limit, one.in_use))
    };
    assert_eq!(use_of(FEATURE), Some((3, 1)));
    assert_eq!(use_of("viewer"), Some((5, 0)));
    let own: Vec<u64> = listed
        .seats
        .into_iter()
        .map(|lease| terms(Some(lease)).unwrap().seat)
        .collect();
    assert_eq!(own, [seat]);
    Ok(())
}

#[test]
fn a_feature_that_is_not_licensed_is_refused() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let mut session = world.session()?;
    for unknown in ["optimiser", "Solver", "", "a b", &"x".repeat(200)] {
        let answer = session.ask(checkout(unknown, 0))?;
        assert_eq!(code_of(&answer), "FEATURE_NOT_LICENSED", "{unknown:?}");
    }
    session.checkout(FEATURE).map(drop)
}

#[test]
fn more_units_than_are_licensed_are_refused_at_once() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let asking = world.asking().with(&["--units", "3", "--wait", "30"]);
    let mut application = Application::start(&asking, world.folder())?;
    // No seat that is given back can ever satisfy it: to wait would be in vain.
    assert_eq!(application.refused()?.code, "SEATS_EXHAUSTED");
    let mut two = Application::start(&world.asking().with(&["--units", "2"]), world.folder())?;
    two.granted()?;
    let mut one = Application::start(&world.asking(), world.folder())?;
    assert_eq!(one.refused()?.code, "SEATS_EXHAUSTED");
    Ok(())
}

#[test]
fn one_user_takes_one_seat_where_the_licence_counts_users() -> anyhow::Result<()> {
    let world = World::with(&Order::empty().feature(FEATURE, 1, "user"))?;
    let (first, second) = (world.holder()?, world.holder()?);
    first.finish()?;
    assert_eq!(held(&world)?.len(), 1, "the user still sits");
    second.finish()?;
    assert!(held(&world)?.is_empty());
    Ok(())
}

#[test]
fn one_process_takes_one_seat_where_the_licence_counts_processes() -> anyhow::Result<()> {
    let world = World::with(&Order::empty().feature(FEATURE, 1, "process"))?;
    let mut session = world.session()?;
    session.checkout(FEATURE)?;
    session.checkout(FEATURE)?;
    let mut other = Application::start(&world.asking(), world.folder())?;
    assert_eq!(other.refused()?.code, "SEATS_EXHAUSTED");
    Ok(())
}

#[test]
fn a_seat_lingers_with_its_user_where_the_licence_says_so() -> anyhow::Result<()> {
    let order = Order::empty()
        .feature(FEATURE, 1, "process")
        .with("linger = \"3s\"");
    let world = World::with(&order)?;
    world.holder()?.finish()?;
    let seats = world.machine.seats()?;
    assert_eq!(seats[0]["state"], "lingering", "{seats:?}");
    let mut other = Application::start(&world.asking(), world.folder())?;
    assert_eq!(other.refused()?.code, "SEATS_EXHAUSTED");
    soon("the end of the linger", || {
        Ok(held(&world)?.is_empty().then_some(()))
    })?;
    world.holder()?.finish()
}

#[test]
fn without_a_daemon_an_application_is_told_at_once() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    world.stop_daemon()?;
    let mut application = Application::start(&world.asking(), world.folder())?;
    assert_eq!(application.refused()?.code, "DAEMON_ABSENT");
    assert_eq!(application.exit()?, Some(11));
    Ok(())
}

#[test]
fn a_daemon_that_hangs_is_told_from_one_that_is_absent() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    world.daemon()?.suspend()?;
    let mut application = Application::start(&world.asking(), world.folder())?;
    let refused = application.refused();
    world.daemon()?.signal(rustix::process::Signal::CONT)?;
    assert_eq!(refused?.code, "DAEMON_NOT_ANSWERING");
    Ok(())
}
