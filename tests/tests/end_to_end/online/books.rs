//! What happens to the vendor's books while daemons report: locked, full, set back to yesterday's
//! copy, the process killed. A daemon is told to come again, and nothing is half done.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use anyhow::Context as _;
use octroi_tests::{Order, Running, require, server_clock::ByAnotherClock, vendor::text};

use super::{DAY_S, Online, bytes_of};
use crate::disk::Mounted;

/// Locks the database of a server, as a copy by hand might, until it is dropped.
fn locked(online: &Online) -> anyhow::Result<Running> {
    const LOCK: &str = "import sqlite3, sys\n\
        books = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
        books.execute('BEGIN IMMEDIATE')\n\
        print('locked', flush=True)\n\
        sys.stdin.read()\n";
    let mut command = Command::new("python3");
    command
        .args(["-c", LOCK])
        .arg(online.server.database())
        .stdout(Stdio::piped());
    let log = online.world.folder().join("lock.log");
    let mut running = Running::start("a lock", &mut command, &log)?;
    let output = running.child().stdout.take().context("its output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    assert_eq!(line, "locked\n", "{}", running.log());
    Ok(running)
}

#[test]
fn while_the_books_are_locked_the_report_waits() -> anyhow::Result<()> {
    let mut online = Online::activated(Order::of(2))?;
    online.server.stop()?;
    online
        .server
        .reconfigure("busy_timeout_ms = 5000", "busy_timeout_ms = 200")?;
    online.server.start_again()?;
    let fixed = online.fixed()?;
    let lock = locked(&online)?;
    let said = online.send()?;
    assert_eq!((said.status, said.code()), (1, "SERVER_UNAVAILABLE"));
    assert!(
        said.complaint.contains("nothing changed"),
        "{}",
        said.complaint
    );
    let staff = online.server.tool(&["order", "paid", online.licence()])?;
    assert_eq!(
        (staff.status, &staff.json["code"]),
        (5, &"DATABASE_UNAVAILABLE".into())
    );
    drop(lock);
    online.sends()?;
    assert_eq!(bytes_of(&online.history()?[0]["armoured_report"])?, fixed);
    Ok(())
}

#[test]
fn a_full_disk_at_the_server_answers_nothing_by_halves() -> anyhow::Result<()> {
    let mut online = Online::installed(Order::of(2))?;
    let disk = Mounted::tmpfs(&online.world.folder().join("disk"), 4 << 20)?;
    require!(
        disk.is_some(),
        "a small file system can be mounted by root alone"
    );
    let disk = disk.context("just looked")?;
    online.server.stop()?;
    let books = disk.0.join("books.db");
    fs::copy(online.server.database(), &books)?;
    online.server.reconfigure(
        "file = \"octroi-server.db\"",
        &format!("file = \"{}\"", text(&books)?),
    )?;
    online.server.start_again()?;
    online.activate()?.ok()?;
    let filler = disk.0.join("filler");
    let mut file = fs::File::create(&filler)?;
    while file.write_all(&[7; 4096]).is_ok() {}
    drop(file);
    // What SQLite has allocated already may take some more.
    let mut accepted = 0;
    let said = loop {
        online.work()?;
        let said = online.send()?;
        if said.status != 0 {
            break said;
        }
        accepted += 1;
        assert!(accepted < 500, "the disk never got full");
    };
    assert_eq!((said.status, said.code()), (1, "SERVER_UNAVAILABLE"));
    let waiting = online.fixed()?;
    online.work()?;
    fs::remove_file(&filler)?;
    assert_eq!(online.sends()?["number"], accepted + 1);
    let history = online.history()?;
    let last = history.last().context("a history")?;
    assert_eq!(bytes_of(&last["armoured_report"])?, waiting);
    let activation = &online.show()?["activations"][0];
    assert_eq!(activation["last_report"]["number"], accepted + 1);
    assert_eq!(activation["certificate_number"], accepted + 2);
    online.server.stop()
}

#[test]
fn a_server_set_back_to_yesterday_heals_with_the_next_report() -> anyhow::Result<()> {
    let mut online = Online::since_days(Order::of(2), "", 10)?;
    online.server.stop()?;
    let yesterday = ByAnotherClock::serve(&online.server, -DAY_S)?;
    online.activate()?.ok()?;
    online.sends()?;
    let copy = online.path("yesterday.db");
    online.server.must(&["backup", text(&copy)?])?;
    drop(yesterday);
    online.server.start_again()?;
    for _ in 0..3 {
        online.work()?;
        online.sends()?;
    }
    online.server.set_back(&copy)?;
    assert_eq!(online.show()?["activations"][0]["certificate_number"], 2);
    online.work()?;
    let said = online.sends()?;
    assert_eq!(
        (&said["number"], said["installed"][0]["outcome"].as_str()),
        (&5.into(), Some("applied"))
    );
    let activation = &online.show()?["activations"][0];
    assert_eq!(activation["certificate_number"], 6, "numbers rise on");
    assert_eq!(activation["incidents"][0]["code"], "SERVER_WAS_BEHIND");
    assert_eq!(online.show()?["features"][0]["allotted"], 2);
    online.sends()?;
    assert_eq!(online.show()?["activations"][0]["incidents"][0]["times"], 1);
    online.work()
}

#[test]
fn a_server_set_back_to_before_the_activation_learns_of_it_from_the_report() -> anyhow::Result<()> {
    let mut online = Online::installed(Order::of(2))?;
    let copy = online.path("before.db");
    online.server.must(&["backup", text(&copy)?])?;
    online.activate()?.ok()?;
    online.work()?;
    online.server.set_back(&copy)?;
    assert_eq!(online.show()?["activations"], serde_json::json!([]));
    online.sends()?;
    let shown = online.show()?;
    assert_eq!(shown["features"][0]["allotted"], 2, "{shown}");
    assert_eq!(shown["activations"][0]["certificate_number"], 2);
    // So that no second host gets what the first has.
    let (_daemon, second) = online.further_machine("n")?;
    let said = second.activate_online(&online.world.issued)?;
    assert_eq!(said.code(), "NO_SHARE_LEFT");
    Ok(())
}

#[test]
fn a_killed_server_goes_on_with_what_it_answered() -> anyhow::Result<()> {
    let mut online = Online::activated(Order::of(2))?;
    online.sends()?;
    online.server.kill()?;
    online.server.start_again()?;
    online.work()?;
    assert_eq!(online.sends()?["number"], 2);
    assert_eq!(
        online.show()?["activations"][0]["incidents"],
        serde_json::json!([])
    );
    Ok(())
}
