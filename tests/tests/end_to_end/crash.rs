//! A daemon that is killed, stopped, started: what was answered stands, what was not is asked again,
//! and there are never more seats than the licence has.

use std::time::{Duration, Instant};

use octroi_proto::licensing::v1::daemon_message::Body;
use octroi_tests::{
    Application, Daemon, Order, RawSession, World,
    order::FEATURE,
    raw::{checkout, code_of, terms},
    soon,
};

use super::held;

#[test]
fn living_applications_keep_their_seats_when_the_daemon_is_killed() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(2))?;
    let (mut first, mut second) = (world.holder()?, world.holder()?);
    let before = held(&world)?;
    world.kill_daemon()?;
    first.event("disconnected")?;
    world.start_daemon()?;
    first.event("resumed")?;
    second.event("resumed")?;
    assert_eq!(held(&world)?, before);
    let mut third = Application::start(&world.asking(), world.folder())?;
    assert_eq!(third.refused()?.code, "SEATS_EXHAUSTED");
    first.finish()?;
    second.finish()?;
    assert!(held(&world)?.is_empty());
    Ok(())
}

#[test]
fn living_applications_keep_their_seats_when_the_daemon_is_stopped_in_good_order()
-> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    let mut holder = world.holder()?;
    let before = held(&world)?;
    world.stop_daemon()?;
    holder.event("daemon_stopping")?;
    world.start_daemon()?;
    holder.event("resumed")?;
    assert_eq!(held(&world)?, before);
    holder.finish()
}

#[test]
fn seats_of_processes_that_died_meanwhile_are_free_at_once() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(2))?;
    let (mut dead, mut living) = (world.holder()?, world.holder()?);
    world.kill_daemon()?;
    dead.kill()?;
    world.start_daemon()?;
    living.event("resumed")?;
    let began = Instant::now();
    soon("the dead process's seat", || {
        Ok((held(&world)?.len() == 1).then_some(()))
    })?;
    // Not after the 30 s that living processes are given.
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    world.holder()?.finish()
}

#[test]
fn who_waited_in_the_queue_waits_on_after_a_restart() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    let mut holder = world.holder()?;
    let asking = world.asking().waiting(60_000);
    let mut waiting = Application::start(&asking, world.folder())?;
    waiting.event("waiting")?;
    world.kill_daemon()?;
    world.start_daemon()?;
    holder.event("resumed")?;
    waiting.event("resumed")?;
    holder.finish()?;
    waiting.granted()?;
    waiting.finish()
}

/// One application by hand, which repeats what was not answered.
struct Stubborn {
    session: RawSession,
    token: Vec<u8>,
    number: u64,
}

impl Stubborn {
    fn open(world: &World) -> anyhow::Result<Self> {
        let (session, opened) = RawSession::open(&world.socket(), world.vendor.root_public_key())?;
        Ok(Self {
            session,
            token: opened.resume_token,
            number: 1_000,
        })
    }

    /// Asks under a new number; the answer may never come.
    fn ask(&mut self) {
        self.number += 1;
        // The daemon may be dead already.
        drop(self.session.say(self.number, checkout(FEATURE, 0)));
    }

    /// Back on a new stream, the same request again: granted, or refused for want of a seat.
    fn ask_again(self, world: &World) -> anyhow::Result<(Self, Option<u64>)> {
        let Self {
            session,
            token,
            number,
        } = self;
        session.cut();
        let (mut session, answer) =
            RawSession::resume(&world.socket(), world.vendor.root_public_key(), &token)?;
        let Body::Opened(opened) = answer else {
            panic!("not resumed: {answer:?}")
        };
        let seat = match session.ask_as(number, checkout(FEATURE, 0))? {
            Body::Granted(granted) => Some(terms(granted.lease)?.seat),
            other => {
                assert_eq!(code_of(&other), "SEATS_EXHAUSTED");
                None
            }
        };
        Ok((
            Self {
                session,
                token: opened.resume_token,
                number,
            },
            seat,
        ))
    }
}

#[test]
fn a_request_whose_answer_was_lost_changes_nothing_when_it_is_repeated() -> anyhow::Result<()> {
    const ROUNDS: u32 = 24;
    const SEATS: u32 = 3;
    let mut world = World::with(&Order::of(SEATS))?;
    let mut applications = (0..5)
        .map(|_| Stubborn::open(&world))
        .collect::<anyhow::Result<Vec<_>>>()?;
    for round in 0..ROUNDS {
        for application in &mut applications {
            application.ask();
        }
        // The kill falls before, within and after the writes and answers: later each round.
        let until = Instant::now() + Duration::from_micros(u64::from(round) * 250);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        world.kill_daemon()?;
        world.start_daemon()?;
        let mut granted = Vec::new();
        let mut back = Vec::new();
        for application in applications {
            let (application, seat) = application.ask_again(&world)?;
            granted.extend(seat);
            back.push((application, seat));
        }
        granted.sort_unstable();
        assert_eq!(
            granted.len(),
            3,
            "round {round}: three of five are granted: {granted:?}"
        );
        assert_eq!(held(&world)?, granted, "round {round}");
        applications = Vec::new();
        for (mut application, seat) in back {
            if let Some(seat) = seat {
                application.number += 1;
                let release = octroi_proto::licensing::v1::Release { seat };
                let body = octroi_proto::licensing::v1::client_message::Body::Release(release);
                let answer = application.session.ask_as(application.number, body)?;
                assert!(matches!(answer, Body::Released(_)), "{answer:?}");
            }
            applications.push(application);
        }
        assert!(held(&world)?.is_empty(), "round {round}");
    }
    world.stop_daemon()?;
    let said = world.machine.octroi(&["ledger", "verify"])?.ok()?;
    assert_eq!(said["ledger_ok"], true);
    Ok(())
}

#[test]
fn a_second_daemon_on_the_same_folder_does_not_start() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    let holder = world.holder()?;
    let (status, said) = Daemon::refused(&world.machine)?;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(
        said.contains("another") || said.contains("in use"),
        "{said}"
    );
    world.daemon()?.must_live()?;
    assert_eq!(held(&world)?.len(), 1, "the first serves on");
    holder.finish()
}

#[test]
fn the_state_is_the_same_after_a_replay() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(2))?;
    let mut holder = world.holder()?;
    world.holder()?.finish()?;
    let licensed = |world: &World| -> anyhow::Result<_> {
        let status = world.machine.status()?;
        Ok(status["realms"][0]["licences"][0]["features"].clone())
    };
    let before = licensed(&world)?;
    world.kill_daemon()?;
    world.start_daemon()?;
    holder.event("resumed")?;
    assert_eq!(licensed(&world)?, before);
    Ok(())
}
