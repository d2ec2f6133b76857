//! `octroi-vendor`: the shell around the library. It reads and writes files, looks at the clock, asks
//! for passphrases and takes entropy from the system; every decision is the library's.

mod activate;
mod amend;
mod calendars;
mod cli;
mod dates;
mod documents;
#[cfg(feature = "enrolment")]
mod enrol;
mod escrow;
mod explain;
mod failure;
mod files;
mod folder;
mod issue;
mod keys;
mod order_args;
mod orders;
mod output;
mod revocations;
mod secrets;
mod store;
mod vendor_orders;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser as _;
use octroi_licence::CivilSeconds;

use crate::{
    cli::{Cli, Command},
    failure::Failure,
    folder::{KeyFolder, REGISTER},
    output::Report,
    secrets::PassphraseSource,
    store::Store,
};

/// What the commands are given of the world.
#[derive(Debug)]
struct World {
    keys: PathBuf,
    passphrases: PassphraseSource,
    now: CivilSeconds,
}

impl World {
    fn folder(&self) -> Result<KeyFolder, Failure> {
        KeyFolder::open(&self.keys)
    }

    /// The register, locked until it is dropped.
    fn store(&self) -> Result<Store, Failure> {
        Store::open(&self.keys.join(REGISTER))
            .map_err(|failure| failure.help("choose the vendor's folder with --keys"))
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let world = World {
        keys: cli.common.keys,
        passphrases: PassphraseSource {
            file: cli.common.passphrase_file,
        },
        now: CivilSeconds(jiff::Timestamp::now().as_second()),
    };
    let result = run(&world, cli.command);
    output::print(&result, cli.common.json);
    match result {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure.exit.code()),
    }
}

fn run(world: &World, command: Command) -> Result<Report, Failure> {
    match command {
        Command::Keys(command) => keys::run(world, command),
        Command::Order(command) => orders::run(world, command),
        Command::Issue(args) => issue::run(world, &args),
        Command::Amend(args) => amend::run(world, &args),
        Command::Activate(args) => activate::run(world, &args),
        Command::Inspect(args) => documents::inspect(&args),
        Command::EscrowRelease(args) => escrow::run(world, &args),
        #[cfg(feature = "enrolment")]
        Command::EnrolKey(args) => enrol::run(&args),
        Command::Explain(args) => explain::run(world, &args),
        Command::Verify(args) => documents::verify(&args),
        Command::Give(command) => vendor_orders::run(world, &command),
        Command::Revoke(command) => revocations::revoke(world, command),
        Command::Register(command) => activate::register(world, command),
    }
}
