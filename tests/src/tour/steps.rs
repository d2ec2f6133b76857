//! The steps: what is done, what must hold then, what was measured.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::{
    report::{Report, ms},
    scene::{SEATS, Scene},
    teller::Teller,
};
use crate::{Daemon, soon};

/// Two seats are granted, the third is refused and told why.
pub(super) fn seats(
    scene: &mut Scene,
    teller: &mut Teller,
    report: &mut Report,
) -> anyhow::Result<()> {
    teller.step("Applications ask for seats, each a process of its own");
    for _ in 0..SEATS {
        let mut application = scene.start(&scene.asking())?;
        let granted = application.granted()?;
        let what = format!("process {} holds seat {}", application.pid(), granted.seat);
        teller.took(what, application.asked_for());
        report.grant_ms.push(ms(application.asked_for()));
        report.granted += 1;
        scene.applications.push(application);
    }
    let mut third = scene.start(&scene.asking())?;
    let refused = third.refused()?;
    teller.took(
        format!("process {} is refused: {}", third.pid(), refused.code),
        third.asked_for(),
    );
    teller.say(&refused.message);
    teller.show(&scene.seats_shown()?);
    ensure!(
        refused.code == "SEATS_EXHAUSTED",
        "the third is refused with {}",
        refused.code
    );
    report.refused_code = Some(refused.code);
    report.metrics.push("concurrent");
    Ok(())
}

/// An application dies without a word; its seat goes to the next in the queue.
pub(super) fn reclaim(
    scene: &mut Scene,
    teller: &mut Teller,
    report: &mut Report,
) -> anyhow::Result<()> {
    teller.step("One application waits in the queue; another one is killed with SIGKILL");
    let mut waiting = scene.start(&scene.asking().waiting(30_000))?;
    waiting.event("waiting")?;
    teller.say(format_args!("process {} waits", waiting.pid()));
    let mut victim = scene.applications.remove(0);
    let pid = victim.pid();
    let began = Instant::now();
    victim.kill()?;
    let granted = waiting.granted()?;
    let took = granted.at.duration_since(began);
    let what = format!(
        "process {pid} is dead; seat {} goes to {}",
        granted.seat,
        waiting.pid()
    );
    teller.took(what, took);
    report.reclaim_ms = Some(ms(took));
    scene.applications.push(waiting);
    held_by_all(scene)?;
    Ok(())
}

/// The daemon is killed and started anew: the same processes keep the same seats.
pub(super) fn restart(
    scene: &mut Scene,
    teller: &mut Teller,
    report: &mut Report,
) -> anyhow::Result<()> {
    teller.step("The daemon itself is killed with SIGKILL and started anew");
    let before = held_by_all(scene)?;
    let daemon = scene.daemon.take().context("no daemon runs")?;
    let pid = daemon.pid();
    let began = Instant::now();
    daemon.kill()?;
    let daemon = Daemon::start(&scene.machine)?;
    teller.took(
        format!("octroid {pid} is dead; octroid {} is ready", daemon.pid()),
        daemon.ready_after,
    );
    scene.daemon = Some(daemon);
    for application in &mut scene.applications {
        application.event("resumed")?;
    }
    let took = began.elapsed();
    teller.took(
        "both applications resumed; they held their seats all the time",
        took,
    );
    report.restart_ms = Some(ms(took));
    let after = held_by_all(scene)?;
    ensure!(before == after, "seats were {before:?} and are {after:?}");
    report.seats_kept = Some(after.len());
    let mut third = scene.start(&scene.asking())?;
    let refused = third.refused()?;
    ensure!(
        refused.code == "SEATS_EXHAUSTED",
        "after the restart: {}",
        refused.code
    );
    teller.say("a third application is still refused: SEATS_EXHAUSTED");
    Ok(())
}

/// Seat and process of every seat held, each by one of our living applications.
fn held_by_all(scene: &mut Scene) -> anyhow::Result<Vec<(u64, u64)>> {
    let number = |seat: &Value, name: &str| seat.get(name).and_then(Value::as_u64);
    let mut held = Vec::new();
    for seat in scene.machine.seats()? {
        let (id, pid) = (number(&seat, "seat"), number(&seat, "pid"));
        held.push((
            id.context("a seat has a number")?,
            pid.context("a seat has a process")?,
        ));
    }
    held.sort_unstable();
    ensure!(
        held.len() == scene.applications.len(),
        "seats in use: {held:?}"
    );
    for application in &mut scene.applications {
        application.must_live()?;
        let pid = u64::from(application.pid());
        ensure!(
            held.iter().any(|(_, holder)| *holder == pid),
            "process {pid} holds no seat: {held:?}"
        );
    }
    Ok(held)
}

/// The hardware key is pulled and put back.
pub(super) fn key(
    scene: &mut Scene,
    teller: &mut Teller,
    report: &mut Report,
) -> anyhow::Result<()> {
    teller.step("The hardware key is pulled out, and put back");
    // The daemon was just started: the key has to prove itself first.
    scene.key_is_present()?;
    let began = Instant::now();
    scene.key.pull_out()?;
    let away = scene
        .application(0)?
        .event_since("hardware_key_away", began)?;
    let took = began.elapsed();
    let left = away
        .get("budget_left_ms")
        .and_then(Value::as_u64)
        .context("no budget was told")?;
    teller.took(
        format!(
            "applications are told; {} s of absence are tolerated",
            left / 1_000
        ),
        took,
    );
    report.key_away_ms = Some(ms(took));
    ensure!(left > 0, "no absence is tolerated");
    let absent = soon("the key's absence in `octroi status`", || {
        Ok(scene.hardware_key()?.filter(|key| {
            key.get("absent")
                .is_some_and(|absent| *absent != Value::Array(Vec::new()))
        }))
    })?;
    teller.say(format_args!(
        "octroi status: absent {}",
        absent.get("absent").unwrap_or(&Value::Null)
    ));
    held_by_all(scene)?;
    teller.say("both seats are kept meanwhile");
    let began = Instant::now();
    scene.key.put_in()?;
    scene
        .application(0)?
        .event_since("hardware_key_back", began)?;
    let took = began.elapsed();
    teller.took(
        "the key is back and has proven itself; applications are told",
        took,
    );
    report.key_back_ms = Some(ms(took));
    Ok(())
}

/// The ledger is verified, by the tool, from its first byte to its last.
pub(super) fn ledger(
    scene: &mut Scene,
    teller: &mut Teller,
    report: &mut Report,
) -> anyhow::Result<()> {
    teller.step("The ledger is verified, without asking the daemon");
    let began = Instant::now();
    let said = scene.machine.octroi(&["ledger", "verify"])?.ok()?;
    let records = said
        .get("records")
        .and_then(Value::as_u64)
        .context("no count of records")?;
    teller.took(
        format!("{records} records, chained and checksummed"),
        began.elapsed(),
    );
    ensure!(
        said.get("ledger_ok") == Some(&Value::Bool(true)),
        "verify said {said}"
    );
    ensure!(records > 0, "an empty ledger");
    report.ledger_ok = true;
    report.ledger_records = Some(records);
    Ok(())
}
