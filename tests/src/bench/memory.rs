//! Resident memory of the daemon for each seat within one session and for each session, against what
//! the bare service takes for each of its streams.

use std::fs;

use anyhow::Context as _;

use super::{
    Effort, MANY_SEATS,
    clients::{self, Bare},
    figures::Figures,
    reference::References,
};
use crate::{World, order::FEATURE};

pub(super) fn measure(
    world: &mut World,
    references: &References,
    effort: Effort,
    figures: &mut Figures,
) -> anyhow::Result<()> {
    // A fresh process: what was freed before must not serve again.
    world.stop_daemon()?;
    world.start_daemon()?;
    let daemon = world.daemon()?.pid();
    let echo = references.echo_process.pid();
    let runtime = clients::runtime()?;
    runtime.block_on(async {
        let session = clients::session(world).await?;
        clients::pairs(&session, 2_000).await?;
        let before = resident_bytes(daemon)?;
        let mut held = Vec::new();
        for _ in 0..MANY_SEATS {
            held.push(session.checkout(FEATURE).await?);
        }
        let seats = resident_bytes(daemon)? - before;
        for seat in held {
            seat.release().await?;
        }
        session.close().await?;
        figures.value(
            "bytes_per_seat",
            "resident bytes for each seat within one session",
            "B",
            (seats / f64::from(MANY_SEATS), 0.0),
            "≤ 1024 B",
        );

        let sessions = f64::from(effort.sessions);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let (before, echo_before) = (resident_bytes(daemon)?, resident_bytes(echo)?);
        for _ in 0..effort.sessions {
            ours.push(clients::session(world).await?);
        }
        let ours_bytes = (resident_bytes(daemon)? - before) / sessions;
        for _ in 0..effort.sessions {
            let mut bare = Bare::open(&references.echo).await?;
            bare.pairs(1).await?;
            theirs.push(bare);
        }
        let theirs_bytes = (resident_bytes(echo)? - echo_before) / sessions;
        figures.value(
            "bytes_per_session",
            "resident bytes for each session (reference: each bare stream)",
            "B",
            (ours_bytes, theirs_bytes),
            "≤ 8192 B",
        );
        Ok(())
    })
}

/// Resident bytes of a process (`VmRSS` of `/proc/PID/status`).
fn resident_bytes(pid: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let kibibytes: u32 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(f64::from(kibibytes) * 1_024.0)
}
