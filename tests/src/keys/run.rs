//! The runner of `octroi-key-scenarios`: plays the scenarios one after the other, a line each, then
//! measures.

use std::{
    io::{self, Write},
    thread,
    time::{Duration, Instant},
};

use anyhow::bail;
use clap::Parser;

use super::{
    Kind, Stage, TABLE, Transport,
    figures::{Figure, idle, measure},
};

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
    let (mut passed, mut failed) = (0, 0);
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
            let began = Instant::now();
            match guarded(move || scenario.play(stage)) {
                Ok(()) => {
                    passed += 1;
                    writeln!(out, "PASS {name} {:.1} s", began.elapsed().as_secs_f64())?;
                }
                Err(error) => {
                    failed += 1;
                    writeln!(out, "FAIL {name}: {error:#}")?;
                }
            }
            out.flush()?;
        }
        let name = format!("{}/figures", kind.name());
        if options.wants(&name) && !options.list {
            let over = options.idle.map(Duration::from_secs);
            let measured = guarded(move || {
                let mut figures = measure(stage)?;
                if let Some(over) = over {
                    figures.push(idle(stage, over)?);
                }
                Ok(figures)
            });
            match measured {
                Ok(figures) => {
                    for Figure { name, value, unit } in figures {
                        writeln!(out, "FIGURE {}/{name} {value:.3} {unit}", kind.name())?;
                    }
                }
                Err(error) => {
                    failed += 1;
                    writeln!(out, "FAIL {name}: {error:#}")?;
                }
            }
            out.flush()?;
        }
    }
    if !options.list {
        writeln!(out, "{passed} passed, {failed} failed")?;
    }
    Ok(failed == 0)
}

/// Runs on a thread of its own, so that a panic ends one scenario and not all.
fn guarded<T: Send + 'static>(
    act: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    match thread::spawn(act).join() {
        Ok(done) => done,
        Err(panic) => match panic.downcast_ref::<String>() {
            Some(words) => bail!("panicked: {words}"),
            None => bail!("panicked"),
        },
    }
}
