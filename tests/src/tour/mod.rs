//! The tour: everything for real in one temporary folder, told as it happens. Vendor, daemon, key
//! and applications are processes of their own; each step says what must hold and fails where it
//! does not.

mod contracts;
mod forgery;
mod keep;
mod online;
mod report;
mod scene;
mod steps;
mod teller;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Parser;

pub use report::Report;

use self::{report::ms, scene::Scene, teller::Teller};
use crate::Binaries;

/// Shows Octroi at work, with real programs in a temporary folder.
///
/// Two seats are granted and a third refused; an application is killed and its seat granted again;
/// the daemon is killed and the seats are kept; the hardware key is pulled and put back; forged
/// licences are refused; a licence is activated at the vendor's server, reports to it, and is
/// suspended by an order in a receipt; the ledger is verified; two real contracts count
/// named users, amounts and terminals. Exit status 0: every step held.
#[derive(Debug, Clone, Parser)]
#[command(name = "octroi-tour", version)]
pub struct Options {
    /// Print what was measured as one JSON object on the last line.
    #[arg(long)]
    pub json: bool,
    /// Leave everything running to look around, until Ctrl-C.
    #[arg(long)]
    pub stay: bool,
    /// Keep what was made in this folder, which must be new or empty.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// Takes the tour and gives back what was measured. Every failure is in the report.
pub fn take(options: &Options) -> Report {
    let mut report = Report::default();
    let teller = Teller::new();
    match told(options, &mut report, teller) {
        Ok(()) => report.ok = true,
        Err(error) => report.error = Some(format!("{error:#}")),
    }
    report
}

fn told(options: &Options, report: &mut Report, mut teller: Teller) -> anyhow::Result<()> {
    if let Some(folder) = &options.keep {
        keep::must_be_empty(folder)?;
    }
    teller.plain("Octroi: from a signed licence to a seat. First the programs, built by cargo:");
    Binaries::get()?;
    let began = Instant::now();
    let mut scene = Scene::set(&mut teller, report)?;
    let held = all(&mut scene, &mut teller, report);
    report.total_ms = Some(ms(began.elapsed()));
    if let Err(error) = held {
        let kept = scene.keep_folder();
        teller.say(format_args!(
            "this did not hold; everything is left in {}",
            kept.display()
        ));
        return Err(error);
    }
    if options.stay {
        keep::stay(&scene, &teller)?;
        // Ctrl-C reached them all: nobody is left to end in good order.
        return Ok(());
    }
    scene.end()?;
    if let Some(folder) = &options.keep {
        keep::copy(&scene, folder)?;
        keep::explain(folder, &teller);
    }
    teller.plain(&format!(
        "\nEvery step held, in {:.1} s.",
        began.elapsed().as_secs_f64()
    ));
    Ok(())
}

fn all(scene: &mut Scene, teller: &mut Teller, report: &mut Report) -> anyhow::Result<()> {
    steps::seats(scene, teller, report)?;
    steps::reclaim(scene, teller, report)?;
    steps::restart(scene, teller, report)?;
    steps::key(scene, teller, report)?;
    forgery::refused(scene, teller, report)?;
    online::life(scene, teller, report)?;
    steps::ledger(scene, teller, report)?;
    // Last: from now on there are several vendors, and each command has to name one.
    contracts::of_each_metric(scene, teller, report)
}

/// A path as people type it.
fn shown(path: &Path) -> std::path::Display<'_> {
    path.display()
}
