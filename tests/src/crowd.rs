//! Very many sessions of one process at once, to see where the daemon stops them.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context as _;
use octroi_proto::licensing::v1::{
    ClientMessage, DaemonMessage, Open, client_message::Body as Ask,
    daemon_message::Body as Answer, licensing_client::LicensingClient,
};
use tokio::{net::UnixStream, runtime::Runtime, sync::mpsc, task::JoinSet};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Streaming, transport::Endpoint};

use crate::raw::{code, hello, opening};

/// Streams on one connection.
const STREAMS: u32 = 50;

/// Sessions that are open, and what was said to those that are not.
#[derive(Debug)]
pub struct Crowd {
    /// How many were opened.
    pub opened: u32,
    /// The others, by the code of their refusal.
    pub refused: BTreeMap<&'static str, u32>,
    /// The streams, which live as long as the crowd.
    _streams: Vec<Session>,
    _runtime: Runtime,
}

type Session = (mpsc::Sender<ClientMessage>, Streaming<DaemonMessage>);

impl Crowd {
    /// Asks for so many sessions.
    ///
    /// # Errors
    /// A stream breaks without an answer.
    pub fn open(socket: &Path, root_key: &str, asked: u32) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let opening = opening(root_key)?;
        let answers = runtime.block_on(async {
            let mut connections = JoinSet::new();
            let mut left = asked;
            while left > 0 {
                let streams = left.min(STREAMS);
                left -= streams;
                connections.spawn(connection(socket.to_path_buf(), opening.clone(), streams));
            }
            let mut answers = Vec::new();
            while let Some(connected) = connections.join_next().await {
                answers.extend(connected??);
            }
            anyhow::Ok(answers)
        })?;
        let (mut opened, mut refused, mut streams) = (0, BTreeMap::new(), Vec::new());
        for (session, answer) in answers {
            match answer {
                Answer::Opened(_) => opened += 1,
                Answer::Refused(refusal) => *refused.entry(code(&refusal)).or_insert(0) += 1,
                other => anyhow::bail!("Open was answered by {other:?}"),
            }
            streams.push(session);
        }
        Ok(Self {
            opened,
            refused,
            _streams: streams,
            _runtime: runtime,
        })
    }
}

async fn connection(
    socket: std::path::PathBuf,
    opening: Open,
    streams: u32,
) -> anyhow::Result<Vec<(Session, Answer)>> {
    let connector = tower::service_fn(move |_| {
        let socket = socket.clone();
        async move {
            UnixStream::connect(socket)
                .await
                .map(hyper_util::rt::TokioIo::new)
        }
    });
    let channel = Endpoint::from_static("http://octroid.local")
        .connect_with_connector(connector)
        .await
        .context("no connection to the daemon")?;
    let mut answers = Vec::new();
    for _ in 0..streams {
        let mut client = LicensingClient::new(channel.clone()).max_decoding_message_size(4 << 20);
        let (asks, outgoing) = mpsc::channel(4);
        for (number, body) in [
            (0, Ask::Hello(hello(1, 1))),
            (1, Ask::Open(opening.clone())),
        ] {
            asks.send(ClientMessage {
                number,
                answered_below: 0,
                body: Some(body),
            })
            .await?;
        }
        let mut heard = client
            .session(ReceiverStream::new(outgoing))
            .await?
            .into_inner();
        heard.message().await?.context("no Welcome")?;
        let answer = heard.message().await?.and_then(|message| message.body);
        answers.push(((asks, heard), answer.context("no answer to Open")?));
    }
    Ok(answers)
}
