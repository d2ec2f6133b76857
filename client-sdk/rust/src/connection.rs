//! One stream to the daemon: HTTP/2 over a Unix socket, opened or resumed, proven before it is handed
//! on. What is said on it afterwards is the state's and the driver's.

use std::collections::BTreeSet;

use hyper_util::rt::TokioIo;
use octroi_proto::licensing::v1::{
    self as wire, ClientMessage, DaemonMessage, client_message::Body as Ask,
    daemon_message::Body as Answer, licensing_client::LicensingClient,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{
    Status, Streaming,
    transport::{Channel, Endpoint},
};
use zeroize::Zeroizing;

use crate::{
    Error, Refusal,
    client::Settings,
    proof::{Before, Offer, Proven},
    refusal::printable,
    socket,
};

/// Bytes of one message from the daemon: Opened carries the licence's documents.
const DAEMON_MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Bytes of one message to the daemon.
const CLIENT_MESSAGE_BYTES_MAX: usize = 1 << 16;
/// The stream may send a whole Opened without waiting for window updates.
const WINDOW_BYTES: u32 = 1 << 21;
/// Messages that may overtake the answer to Open or Resume.
const EARLY_MAX: usize = 2048;
/// Capabilities of a daemon that are looked at.
const CAPABILITIES_MAX: usize = 256;
/// The only version of the protocol.
const PROTOCOL: u32 = 1;

/// Asking outwards; the number of messages in it is bounded by the requests that may be unanswered.
pub(crate) type Outgoing = UnboundedSender<ClientMessage>;

/// An open stream.
pub(crate) struct Connection {
    pub(crate) incoming: Streaming<DaemonMessage>,
    pub(crate) outgoing: Outgoing,
    pub(crate) daemon: Daemon,
    /// What overtook the answer to Open or Resume: it is about the session all the same.
    pub(crate) early: Vec<DaemonMessage>,
    /// Keeps the transport.
    _channel: Channel,
}

/// What the daemon says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Daemon {
    pub(crate) version: String,
    capabilities: BTreeSet<String>,
}

impl Daemon {
    fn welcomed(welcome: &wire::Welcome) -> Self {
        let capabilities = welcome.capabilities.iter().take(CAPABILITIES_MAX);
        Self {
            version: printable(&welcome.daemon_version),
            capabilities: capabilities.map(|one| printable(one)).collect(),
        }
    }

    /// What a daemon does not announce it would pass over in silence.
    pub(crate) fn must_know(&self, capability: &'static str) -> Result<(), Error> {
        if self.capabilities.contains(capability) {
            return Ok(());
        }
        Err(Error::DaemonTooOld {
            version: self.version.clone(),
            capability,
        })
    }
}

/// What a stream begins with.
pub(crate) enum Beginning<'a> {
    Open,
    Resume {
        token: &'a Zeroizing<[u8; 32]>,
        number: u64,
        before: &'a Before,
    },
}

/// Connects, opens or resumes, and verifies the answer, all within the deadline.
pub(crate) async fn begin(
    settings: &Settings,
    beginning: Beginning<'_>,
) -> Result<(Connection, Proven), Error> {
    let waited = settings.deadline;
    tokio::time::timeout(waited, converse(settings, beginning))
        .await
        .unwrap_or_else(|_| {
            Err(Error::DaemonNotAnswering {
                socket: settings.socket.clone(),
                waited,
            })
        })
}

async fn converse(
    settings: &Settings,
    beginning: Beginning<'_>,
) -> Result<(Connection, Proven), Error> {
    let offer = Offer::new()?;
    let (outgoing, messages) = unbounded_channel();
    let (number, ask, before) = match beginning {
        Beginning::Open => (1, Ask::Open(open(settings, &offer)), None),
        Beginning::Resume {
            token,
            number,
            before,
        } => (
            number,
            Ask::Resume(wire::Resume {
                vendor_root: settings.root.id().as_bytes().to_vec(),
                resume_token: token.to_vec(),
                client_nonce: offer.nonce.to_vec(),
                client_public: offer.public().to_vec(),
                holder_pid: settings.holder_pid,
            }),
            Some(before),
        ),
    };
    // Both go out with the stream's first frames: there is only one protocol version, so nothing in
    // Welcome could change what is asked.
    for (number, body) in [(0, Ask::Hello(hello(settings))), (number, ask)] {
        let message = ClientMessage {
            number,
            answered_below: 0,
            body: Some(body),
        };
        outgoing.send(message).map_err(|_| closed(settings))?;
    }
    let (mut incoming, channel) = stream(settings, messages).await?;
    let mut early = Vec::new();
    let (daemon, opened) = opened(settings, &mut incoming, number, &mut early).await?;
    let proven = offer.answered(opened, settings, before)?;
    let connection = Connection {
        incoming,
        outgoing,
        daemon,
        early,
        _channel: channel,
    };
    Ok((connection, proven))
}

fn hello(settings: &Settings) -> wire::Hello {
    wire::Hello {
        protocol: Some(wire::ProtocolRange {
            minimum: PROTOCOL,
            maximum: PROTOCOL,
        }),
        capabilities: Vec::new(),
        sdk: concat!("rust ", env!("CARGO_PKG_VERSION")).to_owned(),
        locale: settings.locale.clone(),
    }
}

fn open(settings: &Settings, offer: &Offer) -> wire::Open {
    wire::Open {
        vendor_root: settings.root.id().as_bytes().to_vec(),
        product: settings.product.as_str().to_owned(),
        version: settings
            .version
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        released_at_s: settings.released_at.map_or(0, |at| at.0),
        client_nonce: offer.nonce.to_vec(),
        client_public: offer.public().to_vec(),
        holder_pid: settings.holder_pid,
        unattended: settings.unattended,
    }
}

async fn stream(
    settings: &Settings,
    messages: UnboundedReceiver<ClientMessage>,
) -> Result<(Streaming<DaemonMessage>, Channel), Error> {
    let mut socket = Some(TokioIo::new(socket::connect(settings).await?));
    // The channel asks for one connection; were it to ask again, the driver resumes instead.
    let connector = tower::service_fn(move |_| {
        let socket = socket.take().ok_or(std::io::ErrorKind::NotConnected);
        std::future::ready(socket.map_err(std::io::Error::from))
    });
    let channel = Endpoint::from_static("http://octroi")
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .connect_with_connector(connector)
        .await
        .map_err(|error| misbehaved(settings, chain(&error)))?;
    let answer = LicensingClient::new(channel.clone())
        .max_decoding_message_size(DAEMON_MESSAGE_BYTES_MAX)
        .max_encoding_message_size(CLIENT_MESSAGE_BYTES_MAX)
        .session(UnboundedReceiverStream::new(messages))
        .await
        .map_err(|status| misbehaved(settings, status_text(&status)))?;
    Ok((answer.into_inner(), channel))
}

/// Reads Welcome, then the answer to Open or Resume, which were asked under `number`.
async fn opened(
    settings: &Settings,
    incoming: &mut Streaming<DaemonMessage>,
    number: u64,
    early: &mut Vec<DaemonMessage>,
) -> Result<(Daemon, wire::Opened), Error> {
    let mut daemon = None;
    loop {
        let message = incoming
            .message()
            .await
            .map_err(|status| misbehaved(settings, status_text(&status)))?
            .ok_or_else(|| closed(settings))?;
        match message.body {
            Some(Answer::Welcome(welcome)) if daemon.is_none() => {
                if welcome.protocol != PROTOCOL {
                    let what = format!("it chose protocol {}", welcome.protocol);
                    return Err(misbehaved(settings, what));
                }
                daemon = Some(Daemon::welcomed(&welcome));
            }
            Some(Answer::Opened(opened)) => {
                let daemon = daemon
                    .ok_or_else(|| misbehaved(settings, "no welcome came first".to_owned()))?;
                return Ok((daemon, opened));
            }
            Some(Answer::Refused(refusal)) if [0, number].contains(&message.number) => {
                return Err(Refusal::from_wire(&refusal, &settings.locale).into());
            }
            None => {}
            Some(_) if daemon.is_some() && early.len() < EARLY_MAX => early.push(message),
            Some(_) => {
                let what = "it answered what was not asked".to_owned();
                return Err(misbehaved(settings, what));
            }
        }
    }
}

fn closed(settings: &Settings) -> Error {
    misbehaved(settings, "it closed the stream before answering".to_owned())
}

fn misbehaved(settings: &Settings, what: String) -> Error {
    Error::DaemonMisbehaved {
        socket: settings.socket.clone(),
        what,
    }
}

/// A status in words: text that came from the socket is bounded and printable.
pub(crate) fn status_text(status: &Status) -> String {
    printable(&format!("{:?}: {}", status.code(), status.message()))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    printable(&text)
}
