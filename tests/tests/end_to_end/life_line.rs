//! When a session ends and when it does not: the stream is its life line, the process its owner.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use octroi_proto::licensing::v1::daemon_message::Body;
use octroi_tests::{
    Application, Binaries, Order, RawSession, Running, World,
    order::FEATURE,
    process::succeed,
    raw::{code_of, terms},
    require, soon,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::held;

/// Resumes a session of this process.
fn resume(world: &World, token: &[u8]) -> anyhow::Result<(RawSession, Body)> {
    RawSession::resume(&world.socket(), world.vendor.root_public_key(), token)
}

/// Opens a session of this process and keeps its token.
fn open(world: &World) -> anyhow::Result<(RawSession, Vec<u8>)> {
    let (session, opened) = RawSession::open(&world.socket(), world.vendor.root_public_key())?;
    Ok((session, opened.resume_token))
}

fn by_hand(world: &World, what: &str, with: &str) -> anyhow::Result<Value> {
    let mut command = Command::new(&Binaries::get()?.by_hand);
    command
        .arg(world.socket())
        .args([world.vendor.root_public_key(), what, with]);
    Ok(serde_json::from_str(&succeed(&mut command)?)?)
}

fn all_free(world: &World) -> anyhow::Result<()> {
    soon("the seat's end", || {
        Ok(held(world)?.is_empty().then_some(()))
    })
}

#[test]
fn a_killed_application_loses_its_seat_at_once() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let mut holder = world.holder()?;
    let began = Instant::now();
    holder.kill()?;
    all_free(&world)?;
    // Not after the resume window of 5 s: the process is known to be dead.
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "{:?}",
        began.elapsed()
    );
    Ok(())
}

#[test]
fn a_seat_ends_with_its_process_even_if_a_forked_child_holds_the_socket() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1).sessions("resume_window = \"60s\""))?;
    let mut command = Command::new(&Binaries::get()?.by_hand);
    command
        .arg(world.socket())
        .args([world.vendor.root_public_key(), "hold", FEATURE]);
    command.stdout(Stdio::piped());
    let log = world.folder().join("by_hand.log");
    let mut parent = Running::start("by_hand", &mut command, &log)?;
    let mut line = String::new();
    BufReader::new(parent.child().stdout.take().context("no output")?).read_line(&mut line)?;
    let said: Value = serde_json::from_str(&line).with_context(|| parent.log())?;
    assert_eq!(held(&world)?, [said["seat"].as_u64().unwrap()]);
    let child = said["child"]
        .as_i64()
        .and_then(|pid| i32::try_from(pid).ok());
    let child = child.and_then(Pid::from_raw).context("no child")?;
    parent.kill()?;
    let freed = all_free(&world);
    let lived = kill_process(child, Signal::KILL);
    freed?;
    lived.context("the child ended before: it proved nothing")
}

#[test]
fn a_cut_stream_leaves_the_seat_to_the_living_process_which_resumes() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1).sessions("resume_window = \"60s\""))?;
    let (mut session, token) = open(&world)?;
    let seat = session.checkout(FEATURE)?.seat;
    session.cut();
    let mut other = Application::start(&world.asking(), world.folder())?;
    assert_eq!(
        other.refused()?.code,
        "SEATS_EXHAUSTED",
        "the seat waits for its process"
    );
    let (mut session, answer) = resume(&world, &token)?;
    let Body::Opened(opened) = answer else {
        panic!("not resumed: {answer:?}")
    };
    let seats: Vec<u64> = opened
        .seats
        .into_iter()
        .map(|lease| terms(Some(lease)).unwrap().seat)
        .collect();
    assert_eq!(seats, [seat]);
    assert!(matches!(session.release(seat)?, Body::Released(_)));
    Ok(())
}

#[test]
fn a_cut_stream_that_does_not_come_back_loses_its_seat_after_the_window() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1).sessions("resume_window = \"1s\""))?;
    let (mut session, token) = open(&world)?;
    session.checkout(FEATURE)?;
    let began = Instant::now();
    session.cut();
    all_free(&world)?;
    assert!(
        began.elapsed() >= Duration::from_millis(900),
        "{:?}",
        began.elapsed()
    );
    let (_session, answer) = resume(&world, &token)?;
    assert_eq!(code_of(&answer), "SESSION_UNKNOWN");
    Ok(())
}

#[test]
fn the_newest_stream_wins_and_the_late_end_of_the_old_one_does_nothing() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1).sessions("resume_window = \"1s\""))?;
    let (mut old, token) = open(&world)?;
    let seat = old.checkout(FEATURE)?.seat;
    let (mut new, answer) = resume(&world, &token)?;
    assert!(matches!(answer, Body::Opened(_)), "{answer:?}");
    // What is said on the old stream is not the session's any more, if it is heard at all.
    if let Ok(answer) = old.release(seat) {
        assert_eq!(code_of(&answer), "SESSION_SUPERSEDED");
    }
    old.cut();
    // Longer than the resume window: the end of the old stream must not have started it.
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(1_500) {
        assert_eq!(held(&world)?, [seat]);
    }
    assert!(matches!(new.release(seat)?, Body::Released(_)));
    Ok(())
}

#[test]
fn a_resume_token_is_worth_nothing_in_another_process() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1).sessions("resume_window = \"60s\""))?;
    let (mut session, token) = open(&world)?;
    let seat = session.checkout(FEATURE)?.seat;
    session.cut();
    let stolen = by_hand(&world, "resume", &hex::encode(&token))?;
    assert_eq!(stolen["opened"], false);
    assert_eq!(stolen["code"], "SESSION_UNKNOWN");
    let (mut session, _) = resume(&world, &token)?;
    assert!(
        matches!(session.release(seat)?, Body::Released(_)),
        "its owner still resumes"
    );
    Ok(())
}

#[test]
fn a_resume_token_is_accepted_until_the_one_that_replaced_it_is_used() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1).sessions("resume_window = \"60s\""))?;
    let (session, first) = open(&world)?;
    session.cut();
    // The answer with the second token is lost on its way: the first must still do.
    let (session, _) = resume(&world, &first)?;
    session.cut();
    let (session, answer) = resume(&world, &first)?;
    let Body::Opened(opened) = answer else {
        panic!("not resumed: {answer:?}")
    };
    session.cut();
    let (session, answer) = resume(&world, &opened.resume_token)?;
    assert!(matches!(answer, Body::Opened(_)), "{answer:?}");
    session.cut();
    let (_session, answer) = resume(&world, &first)?;
    assert_eq!(
        code_of(&answer),
        "SESSION_UNKNOWN",
        "an older token was accepted"
    );
    Ok(())
}

#[test]
fn a_made_up_resume_token_is_refused() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let (_session, answer) = resume(&world, &[0; 32])?;
    assert_eq!(code_of(&answer), "SESSION_UNKNOWN");
    let (_session, answer) = resume(&world, &[0; 31])?;
    assert_eq!(code_of(&answer), "REQUEST_NOT_UNDERSTOOD");
    Ok(())
}

#[test]
fn a_seat_of_another_session_cannot_be_given_back() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let mut holder = Application::start(&world.asking(), world.folder())?;
    let seat = holder.granted()?.seat;
    let said = by_hand(&world, "release", &seat.to_string())?;
    assert_eq!(said["code"], "SEAT_NOT_HELD");
    assert_eq!(held(&world)?, [seat]);
    holder.finish()
}

#[test]
fn another_process_with_the_number_of_a_dead_one_does_not_keep_its_seat() -> anyhow::Result<()> {
    let last = "/proc/sys/kernel/ns_last_pid";
    let may = fs::read_to_string(last)
        .and_then(|pid| fs::write(last, pid))
        .is_ok();
    require!(may, "process numbers can be chosen by root alone");
    let mut world = World::with(&Order::of(1))?;
    let mut holder = world.holder()?;
    let pid = holder.pid();
    world.kill_daemon()?;
    holder.kill()?;
    // Other processes start meanwhile; after a few attempts ours gets the number.
    let mut follower = soon("a process with the same number", || {
        fs::write(last, (pid - 1).to_string())?;
        let mut sleep = Command::new("sleep");
        let sleep = Running::start("sleep", sleep.arg("120"), &world.folder().join("sleep.log"))?;
        Ok((sleep.pid() == pid).then_some(sleep))
    })?;
    world.start_daemon()?;
    all_free(&world)?;
    follower.must_live()
}
