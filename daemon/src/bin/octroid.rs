//! The daemon. `octroid --root DIR` runs it as any user with all its files under one folder.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::Parser;
use octroid::{
    config::Configuration,
    manager::{self, PassedSockets},
    paths::Paths,
};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Octroi's licence daemon: checks licences and hardware keys, grants seats, keeps the ledger.
///
/// Sockets named octroi and octroi-admin that systemd passes are used; others are opened.
///
/// Exit codes: 0 stopped in good order, 1 failed (the reason stands on the last line), 2 usage.
#[derive(Debug, Parser)]
#[command(name = "octroid", version, about)]
struct Arguments {
    /// Keep everything (configuration, sockets, state) under this folder instead of the system's.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The configuration file [default: etc/octroi/octroid.toml under the root].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Log as JSON lines.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("OCTROID_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if arguments.json {
        log.json().init();
    } else {
        log.with_target(false).init();
    }
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let paths = arguments
        .root
        .as_deref()
        .map_or_else(Paths::system, Paths::under);
    let file = arguments.config.unwrap_or_else(|| paths.configuration());
    let configuration = Configuration::read(&file)?;
    // Before any thread is started.
    let passed = PassedSockets::take()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime could not be started")?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            manager::stopping();
        };
        let socket = paths.socket();
        let ready = move || {
            tracing::info!(socket = %socket.display(), "ready");
            manager::ready();
        };
        octroid::serve(paths, configuration, passed, ready, stop).await?;
        Ok(())
    })
}
