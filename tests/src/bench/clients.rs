//! What asks: the real SDK against the daemon, a bare stream against the reference.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream as StdStream,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use hyper_util::rt::TokioIo;
use octroi::{Client, asynchronous::Session};
use octroi_proto::licensing::v1::{
    Checkout, ClientMessage, DaemonMessage, Release, client_message::Body as Ask,
    licensing_client::LicensingClient,
};
use tokio::{net::UnixStream, sync::mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Streaming, transport::Endpoint};

use super::{figures::Samples, reference::PING_BYTES};
use crate::{
    World,
    order::{FEATURE, PRODUCT},
};

/// Requests under way at one time where throughput is measured.
pub(super) const IN_FLIGHT: usize = 64;

/// A runtime as an application has it.
pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// Opens a session with the SDK.
pub(super) async fn session(world: &World) -> anyhow::Result<Session> {
    let client = Client::builder(world.vendor.root_public_key())
        .product(PRODUCT)
        .version("4.2")
        .socket(world.socket())
        .build()?;
    Ok(client.open_async().await?)
}

/// Check-out and release, one after the other.
pub(super) async fn pairs(session: &Session, pairs: usize) -> anyhow::Result<Samples> {
    let mut samples = Samples::default();
    for _ in 0..pairs {
        let begun = Instant::now();
        let seat = session.checkout(FEATURE).await?;
        seat.release().await?;
        samples.add(begun.elapsed());
    }
    Ok(samples)
}

/// Pairs with many in flight on one session; the time that all of them took.
pub(super) async fn pairs_in_flight(session: &Session, pairs: usize) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let each = pairs / IN_FLIGHT;
    let tasks: Vec<_> = (0..IN_FLIGHT)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { self::pairs(&session, each).await.map(drop) })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(begun.elapsed())
}

/// A bare stream.
pub(super) struct Bare {
    asks: mpsc::Sender<ClientMessage>,
    answers: Streaming<DaemonMessage>,
    number: u64,
}

impl Bare {
    pub(super) async fn open(socket: &Path) -> anyhow::Result<Self> {
        let socket: PathBuf = socket.to_path_buf();
        let connector = tower::service_fn(move |_| {
            let socket = socket.clone();
            async move { UnixStream::connect(socket).await.map(TokioIo::new) }
        });
        let channel = Endpoint::from_static("http://localhost")
            .connect_with_connector(connector)
            .await?;
        let (asks, outgoing) = mpsc::channel(1_024);
        let mut client = LicensingClient::new(channel);
        let answers = client
            .session(ReceiverStream::new(outgoing))
            .await?
            .into_inner();
        Ok(Self {
            asks,
            answers,
            number: 0,
        })
    }

    async fn say(&mut self, body: Ask) -> anyhow::Result<()> {
        self.number += 1;
        let message = ClientMessage {
            number: self.number,
            answered_below: self.number,
            body: Some(body),
        };
        self.asks
            .send(message)
            .await
            .context("the reference is gone")
    }

    async fn hear(&mut self) -> anyhow::Result<DaemonMessage> {
        self.answers
            .message()
            .await?
            .context("the reference ended the stream")
    }

    /// Two echoes, as long as a check-out and a release, one after the other.
    pub(super) async fn pairs(&mut self, pairs: usize) -> anyhow::Result<Samples> {
        let mut samples = Samples::default();
        for _ in 0..pairs {
            let begun = Instant::now();
            for body in [checkout(), release()] {
                self.say(body).await?;
                let answer = self.hear().await?;
                ensure!(answer.number == self.number, "an answer to something else");
            }
            samples.add(begun.elapsed());
        }
        Ok(samples)
    }

    /// Pairs of echoes with many in flight; the time that all of them took.
    pub(super) async fn pairs_in_flight(&mut self, pairs: usize) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let echoes = pairs / IN_FLIGHT * IN_FLIGHT * 2;
        for _ in 0..IN_FLIGHT {
            self.say(checkout()).await?;
        }
        for echo in IN_FLIGHT..echoes {
            self.hear().await?;
            self.say(if echo % 2 == 0 { checkout() } else { release() })
                .await?;
        }
        for _ in 0..IN_FLIGHT {
            self.hear().await?;
        }
        Ok(begun.elapsed())
    }
}

fn checkout() -> Ask {
    Ask::Checkout(Checkout {
        feature: FEATURE.to_owned(),
        units: 1,
        wait_ms: 0,
        beneficiary: None,
        hardware_nonce: Vec::new(),
    })
}

fn release() -> Ask {
    Ask::Release(Release { seat: 1 })
}

/// Two ping-pongs on a raw socket, one after the other.
pub(super) fn raw_pairs(socket: &Path, pairs: usize) -> anyhow::Result<Samples> {
    let mut connection = StdStream::connect(socket)?;
    let mut bytes = [1; PING_BYTES];
    let mut samples = Samples::default();
    for _ in 0..pairs {
        let begun = Instant::now();
        for _ in 0..2 {
            connection.write_all(&bytes)?;
            connection.read_exact(&mut bytes)?;
        }
        samples.add(begun.elapsed());
    }
    Ok(samples)
}

/// Connects, asks once, and ends: the floor of a cold start.
pub(super) fn ask_once(socket: &Path) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        Bare::open(socket).await?.pairs(1).await?;
        Ok(())
    })
}
