//! A hostile or broken network between the real programs: the daemon says what happened, keeps the
//! fixed report and goes on granting seats; once the real server is back it gets those very bytes.

use std::{fs, net::TcpListener, process::Stdio};

use octroi_licence::read_armoured;
use octroi_tests::{Daemon, Machine, Order, server_clock::ByAnotherClock, soon, vendor::text};

use super::{
    DAY_S, Online, REPORTING, bytes_of,
    hostile::{Hostile, Manner},
    recorder::Recorder,
    served,
};
use crate::licence_status;

/// A report meets this manner, is kept, and is answered by the real server afterwards.
fn survives(manner: Manner, code: &str) -> anyhow::Result<()> {
    let mut online = Online::activated(Order::of(2))?;
    let fixed = online.fixed()?;
    online.server.stop()?;
    let hostile = Hostile::instead_of(&online.server, manner)?;
    let said = online.send()?;
    assert_eq!((said.status, said.code()), (1, code), "{}", said.complaint);
    assert!(said.complaint.contains("help"), "{}", said.complaint);
    online.work()?;
    drop(hostile);
    online.server.start_again()?;
    assert_eq!(online.sends()?["number"], 1);
    let history = online.history()?;
    assert_eq!(bytes_of(&history[0]["armoured_report"])?, fixed);
    Ok(())
}

#[test]
fn garbage_is_no_answer() -> anyhow::Result<()> {
    survives(Manner::Garbage, "SERVER_GARBLED")
}

#[test]
fn an_endless_answer_is_not_read_to_its_end() -> anyhow::Result<()> {
    survives(Manner::Endless, "SERVER_GARBLED")
}

#[test]
fn an_answer_that_breaks_off_is_none() -> anyhow::Result<()> {
    survives(Manner::BrokenOff, "SERVER_GARBLED")
}

#[test]
fn an_answer_that_stalls_in_the_middle_ends_at_the_deadline() -> anyhow::Result<()> {
    survives(Manner::StalledMidAnswer, "SERVER_NOT_ANSWERING")
}

#[test]
fn a_redirect_is_not_followed() -> anyhow::Result<()> {
    let elsewhere = TcpListener::bind("127.0.0.1:0")?;
    let to = format!("https://{}/", elsewhere.local_addr()?);
    survives(Manner::Redirect { to }, "SERVER_GARBLED")?;
    elsewhere.set_nonblocking(true)?;
    let asked = elsewhere.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(asked, Err(std::io::ErrorKind::WouldBlock));
    Ok(())
}

#[test]
fn a_server_that_cannot_be_reached_is_named() -> anyhow::Result<()> {
    let mut online = Online::activated(Order::of(2))?;
    online.server.stop()?;
    let said = online.send()?;
    assert_eq!((said.status, said.code()), (1, "SERVER_NOT_REACHED"));
    assert!(
        said.complaint.contains(online.server.address()),
        "{}",
        said.complaint
    );
    online.work()?;
    online.server.start_again()?;
    online.sends().map(drop)
}

#[test]
fn the_real_server_under_another_key_than_the_licence_names_is_told_nothing() -> anyhow::Result<()>
{
    let (folder, vendor, server) = served(0)?;
    let order = Order::of(2)
        .server_at(server.address(), &"ab".repeat(32))
        .reporting(REPORTING);
    let online = Online::of(folder, vendor, server, &order, "")?;
    online.server.paid(online.licence())?;
    let said = online.activate()?;
    assert_eq!((said.status, said.code()), (1, "SERVER_ANOTHER_KEY"));
    assert_eq!(online.show()?["activations"], serde_json::json!([]));
    assert_eq!(licence_status(&online.world)?["activated"], false);
    Ok(())
}

#[test]
fn the_receipt_of_another_report_is_refused() -> anyhow::Result<()> {
    let mut online = Online::activated(Order::of(2))?;
    online.sends()?;
    let receipt = online.history()?[0]["armoured_receipt"].clone();
    let (_, receipt) = read_armoured(receipt.as_str().unwrap_or_default().as_bytes())?;
    online.work()?;
    online.server.stop()?;
    let hostile = Hostile::instead_of(&online.server, Manner::Replay(Box::new(receipt)))?;
    let said = online.send()?;
    assert_eq!(
        said.code(),
        "RECEIPT_OF_ANOTHER_REPORT",
        "{}",
        said.complaint
    );
    drop(hostile);
    online.server.start_again()?;
    assert_eq!(online.sends()?["number"], 2);
    Ok(())
}

#[test]
fn a_certificate_of_another_machine_is_not_installed() -> anyhow::Result<()> {
    let mut online = Online::installed(Order::empty().hosts("installed", 2))?;
    let (_daemon, second) = online.further_machine("n")?;
    let (request, answer) = (online.path("request.req"), online.path("answer.crt"));
    second.request(&online.world.issued, &request)?.ok()?;
    online.server.answer(&request, &answer)?;
    let (_, certificate) = read_armoured(&fs::read(&answer)?)?;
    online.server.stop()?;
    let hostile = Hostile::instead_of(&online.server, Manner::Replay(Box::new(certificate)))?;
    let said = online.activate()?;
    assert_eq!(
        said.code(),
        "DOCUMENT_NOT_FOR_THIS_DAEMON",
        "{}",
        said.complaint
    );
    assert_eq!(licence_status(&online.world)?["activated"], false);
    drop(hostile);
    second
        .octroi(&["activate", "--response", text(&answer)?])?
        .ok()?;
    Ok(())
}

#[test]
fn an_answer_that_was_lost_is_given_again_for_the_same_bytes() -> anyhow::Result<()> {
    let (online, recorder) = Recorder::activated(Order::of(2))?;
    recorder.loses_answers(true);
    assert_eq!(online.send()?.code(), "SERVER_UNAVAILABLE");
    // The vendor has it; the daemon does not know. Both go on.
    assert_eq!(online.show()?["activations"][0]["last_report"]["number"], 1);
    online.work()?;
    recorder.loses_answers(false);
    assert_eq!(online.sends()?["number"], 1);
    assert_eq!(online.sends()?["number"], 2);
    let activation = &online.show()?["activations"][0];
    assert_eq!(activation["incidents"], serde_json::json!([]));
    assert_eq!(activation["certificate_number"], 3);
    Ok(())
}

#[test]
fn a_server_whose_clock_is_wrong_by_a_year_stops_no_application() -> anyhow::Result<()> {
    for ahead_s in [365 * DAY_S, -365 * DAY_S] {
        let mut online = Online::since_days(Order::of(2), "", 400)?;
        online.activate()?.ok()?;
        online.server.stop()?;
        let wrong = ByAnotherClock::serve(&online.server, ahead_s)?;
        let said = online.sends()?;
        drop(wrong);
        assert!(said["notes"].to_string().contains("differ by"), "{said}");
        let status = online.world.machine.status()?;
        assert_eq!(status["clock"]["confidence"], "trusted", "{status}");
        online.work()?;
        // Once the clock is mended everything is as before.
        online.server.start_again()?;
        online.sends()?;
        online.work()?;
    }
    Ok(())
}

#[test]
fn a_proxy_that_is_not_there_is_named_and_nothing_goes_around_it() -> anyhow::Result<()> {
    let free = TcpListener::bind("127.0.0.1:0")?;
    let proxy = format!("http://{}", free.local_addr()?);
    drop(free);
    let online = Online::configured(Order::of(2), &format!("[network]\nproxy = \"{proxy}\""))?;
    let said = online.activate()?;
    assert_eq!(said.code(), "SERVER_NOT_REACHED");
    assert!(said.complaint.contains(&proxy), "{}", said.complaint);
    assert_eq!(online.show()?["activations"], serde_json::json!([]));
    Ok(())
}

#[test]
fn a_daemon_killed_between_storing_and_sending_sends_the_same_bytes() -> anyhow::Result<()> {
    let (mut online, recorder) = Recorder::activated(Order::of(2))?;
    online.work()?;
    let fixed = online.fixed()?;
    online.world.kill_daemon()?;
    online.world.start_daemon()?;
    online.work()?;
    assert_eq!(online.sends()?["number"], 1);
    assert!(super::search::stands(&recorder.sent(), &fixed));
    Ok(())
}

#[test]
fn a_daemon_killed_while_it_waits_for_the_answer_sends_the_same_bytes() -> anyhow::Result<()> {
    let mut online = Online::activated(Order::of(2))?;
    let fixed = online.fixed()?;
    online.server.stop()?;
    let hostile = Hostile::instead_of(&online.server, Manner::StalledMidAnswer)?;
    let mut sending = online
        .world
        .machine
        .command(&["--json", "report", "send"])?;
    let mut sending = sending
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let sent = online.world.machine.realm(&online.world.vendor)?.reports();
    let sent = sent.join("0000000001.sent");
    soon("the sending", || Ok(sent.exists().then_some(())))?;
    online.world.kill_daemon()?;
    sending.wait()?;
    drop(hostile);
    online.server.start_again()?;
    online.world.start_daemon()?;
    online.sends()?;
    assert_eq!(bytes_of(&online.history()?[0]["armoured_report"])?, fixed);
    Ok(())
}

#[test]
fn of_four_machines_that_ask_at_once_three_get_the_three_places() -> anyhow::Result<()> {
    let online = Online::installed(Order::empty().hosts("installed", 3))?;
    let machines = ["n", "o", "p", "q"].map(|name| online.further_machine(name));
    let machines: Vec<(Daemon, Machine)> = machines.into_iter().collect::<anyhow::Result<_>>()?;
    let outcomes: Vec<i32> = std::thread::scope(|scope| {
        let asked: Vec<_> = machines
            .iter()
            .map(|(_, machine)| scope.spawn(|| machine.activate_online(&online.world.issued)))
            .collect();
        let outcomes = asked.into_iter().map(|one| match one.join() {
            Ok(Ok(said)) => said.status,
            other => panic!("{other:?}"),
        });
        outcomes.collect()
    });
    let granted = outcomes.iter().filter(|status| **status == 0).count();
    assert_eq!(granted, 3, "{outcomes:?}");
    assert_eq!(online.show()?["features"][0]["allotted"], 3);
    Ok(())
}
