//! `octroi-server`: the shell around the library. It reads and writes files, looks at the clock, asks
//! for the passphrase and prints; every decision is the library's.

mod answer;
mod cli;
mod commands;
mod failure;
mod files;
mod init;
mod listen;
mod output;
mod text;
mod world;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    cli::{Cli, Command, OrderCommand},
    failure::Failure,
    output::Report,
    world::World,
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(error).context("no runtime"))
        .and_then(|runtime| runtime.block_on(run(cli)));
    output::print(&result, json);
    match result {
        Ok(_) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure.exit.code()),
    }
}

async fn run(cli: Cli) -> Result<Report, Failure> {
    let world = World::new(cli.config);
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => listen::run(&world, cli.json).await,
        Command::Init(args) => init::run(&args, world.now()),
        Command::Pin => commands::pin(&world),
        Command::Import(args) => commands::import(&world, &args).await,
        Command::Order(OrderCommand::Accept(args)) => commands::accept(&world, &args).await,
        Command::Order(OrderCommand::Paid(args)) => commands::paid(&world, &args).await,
        Command::Show { licence } => commands::show(&world, licence.as_ref()).await,
        Command::Documents(command) => commands::documents(&world, command).await,
        Command::Announce(args) => commands::announce(&world, args).await,
        Command::Announcements => commands::announcements(&world).await,
        Command::Answer { file, output } => answer::run(&world, &file, &output).await,
        Command::Unlock { licence } => commands::unlock(&world, &licence).await,
        Command::WriteOff { licence, daemon } => {
            commands::write_off(&world, &licence, &daemon).await
        }
        Command::Backup { file } => commands::backup(&world, &file).await,
    }
}
