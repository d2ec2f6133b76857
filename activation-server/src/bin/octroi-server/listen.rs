//! `serve`: everything is opened, then said, then daemons are answered until the process is told to
//! stop.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use octroi_server::{Office, serve};
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

use crate::{failure::Failure, output::Report, world::World};

pub(crate) async fn run(world: &World, as_json: bool) -> Result<Report, Failure> {
    let filter = EnvFilter::try_from_env("OCTROI_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
    let config = world.config()?;
    let vendor = World::vendor(&config)?;
    let tls = World::tls(&config)?;
    let (pin, tls) = (hex::encode(tls.pin()?), tls.server_config()?);
    let key = World::activation_key(&config, &vendor)?;
    let books = World::open_books(&config, vendor).await?;
    let office = Arc::new(Office::new(books, key, world.clock()).in_country(config.country));
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        Failure::new(error)
            .context(format!("cannot listen on {}", config.listen))
            .help("choose another address: listen in the configuration")
    })?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::new(error).context("the listener has no address"))?;
    say(as_json, &address.to_string(), &pin);
    let stop = stopped().map_err(|error| Failure::new(error).context("cannot wait for signals"))?;
    let answered = Arc::clone(&office);
    serve(answered, listener, tls, config.limits, stop)
        .await
        .map_err(|error| Failure::new(error).context("the server cannot go on"))?;
    office.books().close().await;
    Ok(Report {
        text: "stopped".to_owned(),
        json: json!({ "stopped": true }),
    })
}

/// Says that daemons are answered from now on.
fn say(as_json: bool, address: &str, pin: &str) {
    let line = if as_json {
        json!({ "listening": address, "key_pin": pin }).to_string()
    } else {
        format!("listening on {address}, key pin {pin}")
    };
    let mut out = io::stdout();
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// Done when the process is told to stop.
fn stopped() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
