//! The runner of `octroi-key-scenarios`: plays the scenarios one after the other, a line each, then
//! measures.

use std::{
    io::{self, Write},
    time::Duration,
};

use clap::Parser;

use super::{
    Kind, Stage, TABLE, Transport,
    figures::{Figure, idle, measure},
};
use crate::tally::Tally;

/// Plays what the daemon must make of hardware keys, with simulated keys that are really plugged in.
///
/// Meant for a virtual machine of its own: over `uhid` and `gadget` it plugs keys into the kernel that
/// it runs under. Programs lie in `OCTROI_BINARIES` and `OCTROI_VIRTUAL_KEY`; daemons run as the user
/// whose number `OCTROI_DAEMON_USER` states; deadlines are stretched by `OCTROI_PATIENCE`.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Options {
    /// How keys reach the daemon.
    #[arg(long, value_enum)]
    transport: Transport,
    /// Only what has this in its name, which is the kind of key, a slash and a sentence with
    /// underscores; `figures` for the measurements. May be repeated.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// Measure too what an idle daemon costs with a key in, over so many seconds.
    #[arg(long, value_name = "SECONDS")]
    idle: Option<u64>,
    /// Print the names of what would be played, and play nothing.
    #[arg(long)]
    list: bool,
}

impl Options {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }
}

/// Plays, writes a line for each scenario and figure, and says whether all held.
///
/// # Errors
/// Nobody reads what it writes.
pub fn run(options: &Options, out: &mut impl Write) -> io::Result<bool> {
    let transport = options.transport;
    let mut tally = Tally::default();
    for kind in [Kind::Dongle, Kind::Fido2] {
        let stage = Stage { transport, kind };
        for scenario in TABLE.iter().filter(|one| one.applies(transport)) {
            let name = format!("{}/{}", kind.name(), scenario.name);
            if !options.wants(&name) {
                continue;
            }
            if options.list {
                writeln!(out, "{name}")?;
                continue;
            }
            tally.check(out, name, move || scenario.play(stage))?;
        }
        let name = format!("{}/figures", kind.name());
        if options.wants(&name) && !options.list {
            let over = options.idle.map(Duration::from_secs);
            let figures = tally.check(out, name, move || {
                let mut figures = measure(stage)?;
                if let Some(over) = over {
                    figures.push(idle(stage, over)?);
                }
                Ok(figures)
            })?;
            for Figure { name, value, unit } in figures.unwrap_or_default() {
                writeln!(out, "FIGURE {}/{name} {value:.3} {unit}", kind.name())?;
            }
        }
    }
    if options.list {
        return Ok(true);
    }
    tally.sum(out)
}
