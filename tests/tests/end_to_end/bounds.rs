//! What a hostile or broken application can make the daemon do: nothing without a bound.

use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use octroi_proto::licensing::v1::{
    Checkout, Hello, List, client_message::Body as Ask, daemon_message::Body, event::Kind,
};
use octroi_tests::{
    Application, Crowd, Order, RawSession, World,
    order::FEATURE,
    raw::{checkout, code_of, hello, opening, terms},
    soon,
};

use super::held;

const NO_USB: &str = "[hardware_key]\nusb = false\n";

/// Resident memory of the daemon, in bytes.
fn memory(world: &mut World) -> anyhow::Result<u64> {
    let pid = world.daemon()?.pid();
    let pages = fs::read_to_string(format!("/proc/{pid}/statm"))?;
    let resident = pages.split(' ').nth(1).unwrap_or_default().parse::<u64>()?;
    Ok(resident * 4_096)
}

#[test]
fn ten_thousand_sessions_of_one_user_are_bounded_and_clearly_refused() -> anyhow::Result<()> {
    const ASKED: u32 = 10_000;
    const ALLOWED: u32 = 500;
    let limits = format!("[limits]\nsessions_per_user_max = {ALLOWED}\n{NO_USB}");
    let mut world = World::configured(&Order::of(2), &limits)?;
    let before = memory(&mut world)?;
    let crowd = Crowd::open(&world.socket(), world.vendor.root_public_key(), ASKED)?;
    assert_eq!(crowd.opened, ALLOWED);
    let refused: Vec<_> = crowd
        .refused
        .iter()
        .map(|(code, count)| (*code, *count))
        .collect();
    assert_eq!(refused, [("TOO_MANY_SESSIONS", ASKED - ALLOWED)]);
    let grown = memory(&mut world)?.saturating_sub(before);
    assert!(grown < 400 << 20, "the daemon grew by {grown} bytes");
    // Nobody is locked out for longer than the crowd stays.
    drop(crowd);
    soon("room for an application", || {
        let mut application = Application::start(&world.asking(), world.folder())?;
        Ok(application.granted().ok())
    })
    .map(drop)
}

#[test]
fn a_message_over_the_size_limit_ends_its_stream_and_nothing_else() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    let mut holder = world.holder()?;
    let mut session = RawSession::connect(&world.socket())?;
    let greeting = Hello {
        sdk: "x".repeat(100_000),
        ..hello(1, 1)
    };
    session.say(0, Ask::Hello(greeting))?;
    assert!(
        !matches!(session.hear_or_end(), Ok(Some(_))),
        "it was answered"
    );
    let mut other = Application::start(&world.asking(), world.folder())?;
    assert_eq!(other.refused()?.code, "SEATS_EXHAUSTED");
    world.daemon()?.must_live()?;
    holder.must_live()
}

#[test]
fn without_hello_nothing_is_understood() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let root_key = world.vendor.root_public_key();
    let mut session = RawSession::connect(&world.socket())?;
    let answer = session.ask(Ask::Open(opening(root_key)?))?;
    assert_eq!(code_of(&answer), "REQUEST_NOT_UNDERSTOOD");
    let mut session = RawSession::connect(&world.socket())?;
    assert_eq!(
        code_of(&session.ask(checkout(FEATURE, 0))?),
        "SESSION_NOT_OPEN"
    );
    session.greet()?;
    assert_eq!(
        code_of(&session.ask(checkout(FEATURE, 0))?),
        "SESSION_NOT_OPEN"
    );
    assert!(matches!(
        session.ask(Ask::Open(opening(root_key)?))?,
        Body::Opened(_)
    ));
    let again = session.ask(Ask::Open(opening(root_key)?))?;
    assert_eq!(
        code_of(&again),
        "REQUEST_NOT_UNDERSTOOD",
        "one stream, one session"
    );
    session.checkout(FEATURE).map(drop)
}

#[test]
fn a_protocol_that_the_daemon_does_not_speak_is_refused() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    for (minimum, maximum) in [(2, 9), (0, 0), (9, 2)] {
        let mut session = RawSession::connect(&world.socket())?;
        session.say(1, Ask::Hello(hello(minimum, maximum)))?;
        let answer = session.answer_to(1)?;
        assert_eq!(
            code_of(&answer),
            "PROTOCOL_NOT_SUPPORTED",
            "{minimum} to {maximum}"
        );
    }
    let mut session = RawSession::connect(&world.socket())?;
    session.say(0, Ask::Hello(hello(1, 99)))?;
    assert!(matches!(session.hear()?.body, Some(Body::Welcome(welcome)) if welcome.protocol == 1));
    Ok(())
}

#[test]
fn malformed_openings_are_refused() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let sound = opening(world.vendor.root_public_key())?;
    let mut openings = vec![sound.clone(); 5];
    openings[0].client_nonce.pop();
    openings[1].client_public.push(0);
    openings[2].version = "four".to_owned();
    openings[3].product = "a b".to_owned();
    // A key agreement without a secret.
    openings[4].client_public = vec![0; 32];
    for opening in openings {
        let mut session = RawSession::connect(&world.socket())?;
        session.greet()?;
        let answer = session.ask(Ask::Open(opening.clone()))?;
        assert_eq!(code_of(&answer), "REQUEST_NOT_UNDERSTOOD", "{opening:?}");
    }
    Ok(())
}

#[test]
fn what_is_no_grpc_is_dropped_and_harms_nobody() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    for noise in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0xff; 4_096],
        b"",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = UnixStream::connect(world.socket())?;
        stream.write_all(noise)?;
        stream.shutdown(std::net::Shutdown::Write)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        // Whatever is answered, it ends.
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            Ok(_) => {}
            Err(error) => assert_eq!(
                error.kind(),
                std::io::ErrorKind::ConnectionReset,
                "{noise:?}"
            ),
        }
    }
    world.daemon()?.must_live()?;
    world.holder()?.finish()
}

#[test]
fn connections_that_say_nothing_keep_nobody_out() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let silent: Vec<UnixStream> = (0..200)
        .map(|_| Ok(UnixStream::connect(world.socket())?))
        .collect::<anyhow::Result<_>>()?;
    let mut application = Application::start(&world.asking(), world.folder())?;
    application.granted()?;
    assert!(
        application.asked_for() < Duration::from_secs(2),
        "{:?}",
        application.asked_for()
    );
    drop(silent);
    application.finish()
}

#[test]
fn an_application_that_never_reads_is_stopped_from_asking_and_told_to_look_again()
-> anyhow::Result<()> {
    let mut world = World::with(&Order::of(2).sessions("minimum_hold = \"600s\""))?;
    let before = memory(&mut world)?;
    let mut deaf = world.session()?;
    let seat = deaf.checkout(FEATURE)?.seat;
    // It asks until the daemon takes no more, and reads nothing.
    let asked = deaf.flood(&Ask::List(List {}), 200_000, Duration::from_secs(2))?;
    assert!(asked < 200_000, "the daemon took every request");
    // Others are served as before, and what the daemon keeps for the deaf one is bounded.
    let mut other = world.holder()?;
    let grown = memory(&mut world)?.saturating_sub(before);
    assert!(grown < 200 << 20, "the daemon grew by {grown} bytes");
    // An event for which there is no room is dropped, and that is said when there is room again.
    world
        .machine
        .octroi(&["release", &seat.to_string()])?
        .ok()?;
    let (mut answered, mut resync) = (0, false);
    let deadline = Instant::now() + Duration::from_mins(1);
    while (answered < asked || !resync) && Instant::now() < deadline {
        match deaf.hear()?.body {
            Some(Body::Listed(_)) => answered += 1,
            Some(Body::Event(event)) => match event.kind {
                Some(Kind::Resync(dropped)) => resync = dropped.dropped > 0,
                Some(Kind::SeatRevoked(_)) => resync = true,
                _ => {}
            },
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(answered, asked, "every request that was taken is answered");
    assert!(
        resync,
        "neither the event nor the word that one was dropped came"
    );
    other.must_live()
}

#[test]
fn a_session_that_confirms_no_answer_is_stopped_from_asking() -> anyhow::Result<()> {
    let world = World::with(&Order::of(100_000))?;
    let mut session = world.session()?;
    let mut answers = Vec::new();
    // Each answer must be kept for a repetition until it is confirmed.
    for number in 2..5_000 {
        let answer = session.ask_as(number, checkout(FEATURE, 0))?;
        answers.push(code_of(&answer));
        if answers.last() != Some(&"") {
            break;
        }
    }
    assert_eq!(
        answers.last(),
        Some(&"TOO_MANY_SEATS"),
        "after {}",
        answers.len()
    );
    assert_eq!(held(&world)?.len(), answers.len() - 1);
    session.number = 10_000;
    session.checkout(FEATURE).map(drop)
}

#[test]
fn absurd_units_are_refused() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let mut session = world.session()?;
    for units in [3, 1_000_001, u32::MAX] {
        let feature = FEATURE.to_owned();
        let answer = session.ask(Ask::Checkout(Checkout {
            feature,
            units,
            wait_ms: u32::MAX,
            beneficiary: None,
            hardware_nonce: Vec::new(),
        }))?;
        assert_eq!(code_of(&answer), "SEATS_EXHAUSTED", "{units}");
    }
    session.checkout(FEATURE).map(drop)
}

#[test]
fn a_request_number_out_of_order_is_refused() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let mut session = world.session()?;
    for _ in 0..3 {
        let Body::Granted(granted) = session.ask(checkout(FEATURE, 0))? else {
            break;
        };
        session.release(terms(granted.lease)?.seat)?;
    }
    let old = session.ask_as(2, checkout(FEATURE, 0))?;
    assert_eq!(
        code_of(&old),
        "REQUEST_OUT_OF_ORDER",
        "its answer was confirmed and forgotten"
    );
    let zero = session.ask_as(0, checkout(FEATURE, 0))?;
    assert!(!matches!(zero, Body::Granted(_)), "{zero:?}");
    assert!(held(&world)?.is_empty());
    Ok(())
}
