//! A session spoken by hand, without the SDK: for what no honest application says. Messages go out
//! as they are given, and what comes back is shown as it came; nothing is verified.

use std::{io, os::unix::net::UnixStream, path::Path, sync::Mutex, time::Duration};

use anyhow::{Context as _, bail};
use hyper_util::rt::TokioIo;
use octroi_licence::PublicKey;
use octroi_proto::licensing::v1::{
    Checkout, ClientMessage, DaemonMessage, Goodbye, Hello, Lease, LeaseTerms, List, Listed, Open,
    Opened, ProtocolRange, Refusal, RefusalCode, Release, Resume, client_message::Body as Ask,
    daemon_message::Body as Answer, event::Kind, licensing_client::LicensingClient,
};
use prost::Message as _;
use tokio::{runtime::Runtime, sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Streaming, transport::Endpoint};

use crate::{deadline::patiently, order::PRODUCT};

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(20);
/// Messages on their way out.
const OUTGOING: usize = 1_024;

/// One stream to a daemon.
#[derive(Debug)]
pub struct RawSession {
    // Declared first: tasks of the transport end before the stream is dropped with them.
    asks: Option<mpsc::Sender<ClientMessage>>,
    answers: Streaming<DaemonMessage>,
    runtime: Runtime,
    /// The last request's number.
    pub number: u64,
    /// Events that came while an answer was waited for.
    pub events: Vec<Kind>,
}

impl RawSession {
    /// Connects and opens a stream; nothing is said yet.
    ///
    /// # Errors
    /// Nobody listens.
    pub fn connect(socket: &Path) -> anyhow::Result<Self> {
        Self::over(UnixStream::connect(socket).context("no connection to the daemon")?)
    }

    /// Opens a stream over a connection that is there already.
    ///
    /// # Errors
    /// The daemon does not answer.
    pub fn over(connection: UnixStream) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let (asks, outgoing) = mpsc::channel(OUTGOING);
        let answers = runtime.block_on(stream(connection, outgoing))?;
        Ok(Self {
            asks: Some(asks),
            answers,
            runtime,
            number: 0,
            events: Vec::new(),
        })
    }

    /// Connects, greets and opens a session.
    ///
    /// # Errors
    /// The daemon refuses it.
    pub fn open(socket: &Path, root_key: &str) -> anyhow::Result<(Self, Opened)> {
        let mut session = Self::connect(socket)?;
        session.greet()?;
        match session.ask(Ask::Open(opening(root_key)?))? {
            Answer::Opened(opened) => Ok((session, opened)),
            other => bail!("the session was not opened: {other:?}"),
        }
    }

    /// Connects, greets and asks for a session back.
    ///
    /// # Errors
    /// Nobody listens. That the daemon refuses is an answer.
    pub fn resume(socket: &Path, root_key: &str, token: &[u8]) -> anyhow::Result<(Self, Answer)> {
        let mut session = Self::connect(socket)?;
        session.greet()?;
        let opening = opening(root_key)?;
        // Numbers of requests go on where they were; far above them is allowed.
        session.number = 100;
        let answer = session.ask(Ask::Resume(Resume {
            vendor_root: opening.vendor_root,
            resume_token: token.to_vec(),
            client_nonce: opening.client_nonce,
            client_public: opening.client_public,
            holder_pid: None,
        }))?;
        Ok((session, answer))
    }

    /// Says Hello and hears Welcome.
    ///
    /// # Errors
    /// Another answer.
    pub fn greet(&mut self) -> anyhow::Result<()> {
        self.say(0, Ask::Hello(hello(1, 1)))?;
        match self.hear()?.body {
            Some(Answer::Welcome(_)) => Ok(()),
            other => bail!("Hello was answered by {other:?}"),
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn say(&mut self, number: u64, body: Ask) -> anyhow::Result<()> {
        self.send(ClientMessage {
            number,
            answered_below: 0,
            body: Some(body),
        })
    }

    fn send(&mut self, message: ClientMessage) -> anyhow::Result<()> {
        let asks = self.asks.as_ref().context("the stream was closed here")?;
        self.runtime
            .block_on(async { timeout(patiently(ANSWER), asks.send(message)).await })??;
        Ok(())
    }

    /// The next message, an event or not.
    ///
    /// # Errors
    /// The stream ends, or nothing comes in time.
    pub fn hear(&mut self) -> anyhow::Result<DaemonMessage> {
        self.hear_or_end()?.context("the daemon ended the stream")
    }

    /// The next message, or the stream's end.
    ///
    /// # Errors
    /// Nothing comes in time, or the stream ends with an error.
    pub fn hear_or_end(&mut self) -> anyhow::Result<Option<DaemonMessage>> {
        let answers = &mut self.answers;
        let heard = self
            .runtime
            .block_on(async { timeout(patiently(ANSWER), answers.message()).await });
        Ok(heard.context("the daemon said nothing")??)
    }

    /// Sends a request under the next number and gives back its answer; events before it are kept.
    /// Every answer before it counts as read.
    ///
    /// # Errors
    /// The stream ends, or nothing comes in time.
    pub fn ask(&mut self, body: Ask) -> anyhow::Result<Answer> {
        self.number += 1;
        let (number, answered_below) = (self.number, self.number);
        self.send(ClientMessage {
            number,
            answered_below,
            body: Some(body),
        })?;
        self.answer_to(number)
    }

    /// As [`Self::ask`], under this number: a retry repeats it.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn ask_as(&mut self, number: u64, body: Ask) -> anyhow::Result<Answer> {
        self.say(number, body)?;
        self.answer_to(number)
    }

    /// Waits for the answer to a request that was sent before.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn answer_to(&mut self, number: u64) -> anyhow::Result<Answer> {
        loop {
            let heard = self.hear()?;
            match heard.body {
                Some(Answer::Event(event)) => self.events.extend(event.kind),
                Some(answer) if heard.number == number => return Ok(answer),
                other => bail!("request {number} is answered by {} {other:?}", heard.number),
            }
        }
    }

    /// Checks a seat out and gives back its lease's terms.
    ///
    /// # Errors
    /// It is refused, with the code.
    pub fn checkout(&mut self, feature: &str) -> anyhow::Result<LeaseTerms> {
        match self.ask(checkout(feature, 0))? {
            Answer::Granted(granted) => terms(granted.lease),
            Answer::Refused(refusal) => bail!("refused: {}", code(&refusal)),
            other => bail!("a check-out was answered by {other:?}"),
        }
    }

    /// Gives a seat back and gives back the answer.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn release(&mut self, seat: u64) -> anyhow::Result<Answer> {
        self.ask(Ask::Release(Release { seat }))
    }

    /// What is in use, and this session's seats.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn list(&mut self) -> anyhow::Result<Listed> {
        match self.ask(Ask::List(List {}))? {
            Answer::Listed(listed) => Ok(listed),
            other => bail!("List was answered by {other:?}"),
        }
    }

    /// Ends the session in good order.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn goodbye(mut self) -> anyhow::Result<()> {
        match self.ask(Ask::Goodbye(Goodbye {}))? {
            Answer::Closed(_) => Ok(()),
            other => bail!("Goodbye was answered by {other:?}"),
        }
    }

    /// Repeats a request under new numbers until the daemon takes none for so long, and reads
    /// nothing meanwhile. Gives back how many were handed over.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn flood(&mut self, body: &Ask, at_most: u32, patience: Duration) -> anyhow::Result<u32> {
        let asks = self.asks.as_ref().context("the stream was closed here")?;
        let mut asked = 0;
        while asked < at_most {
            let number = self.number + 1;
            let message = ClientMessage {
                number,
                answered_below: 0,
                body: Some(body.clone()),
            };
            let sent = self
                .runtime
                .block_on(async { timeout(patience, asks.send(message)).await });
            let Ok(sent) = sent else { break };
            sent?;
            self.number = number;
            asked += 1;
        }
        Ok(asked)
    }

    /// Cuts the transport without a word; the process lives on.
    pub fn cut(self) {
        let Self {
            asks,
            answers,
            runtime,
            ..
        } = self;
        // Without its runtime nothing of the connection is left.
        runtime.shutdown_timeout(Duration::from_millis(100));
        drop((asks, answers));
    }
}

async fn stream(
    connection: UnixStream,
    outgoing: mpsc::Receiver<ClientMessage>,
) -> anyhow::Result<Streaming<DaemonMessage>> {
    connection.set_nonblocking(true)?;
    let connection = Mutex::new(Some(tokio::net::UnixStream::from_std(connection)?));
    let connector = tower::service_fn(move |_| {
        let once = connection
            .lock()
            .ok()
            .and_then(|mut connection| connection.take());
        async move {
            once.map(TokioIo::new)
                .ok_or(io::Error::from(io::ErrorKind::NotConnected))
        }
    });
    // The address stands in the requests' headers only; the socket is the connector's.
    let channel = Endpoint::from_static("http://octroid.local")
        .connect_with_connector(connector)
        .await
        .context("no connection to the daemon")?;
    let mut client = LicensingClient::new(channel).max_decoding_message_size(4 << 20);
    let answer = timeout(
        patiently(ANSWER),
        client.session(ReceiverStream::new(outgoing)),
    )
    .await;
    Ok(answer.context("the daemon opens no stream")??.into_inner())
}

/// A greeting for a range of protocols.
pub fn hello(minimum: u32, maximum: u32) -> Hello {
    Hello {
        protocol: Some(ProtocolRange { minimum, maximum }),
        capabilities: Vec::new(),
        sdk: "by hand".to_owned(),
        locale: "en".to_owned(),
    }
}

/// A request for a session of this process with a vendor's realm. What makes the proof fresh is
/// fixed: nobody verifies it here.
///
/// # Errors
/// The vendor's root key is none.
pub fn opening(root_key: &str) -> anyhow::Result<Open> {
    let root: PublicKey = root_key.parse().context("the vendor's root key")?;
    Ok(Open {
        vendor_root: root.id().as_bytes().to_vec(),
        product: PRODUCT.to_owned(),
        version: "4.2".to_owned(),
        released_at_s: 0,
        client_nonce: vec![7; 32],
        client_public: vec![9; 32],
        holder_pid: None,
        unattended: false,
    })
}

/// A request for one seat.
pub fn checkout(feature: &str, wait_ms: u32) -> Ask {
    Ask::Checkout(Checkout {
        feature: feature.to_owned(),
        units: 1,
        wait_ms,
        beneficiary: None,
        hardware_nonce: Vec::new(),
    })
}

/// What a lease says.
///
/// # Errors
/// It does not decode.
pub fn terms(lease: Option<Lease>) -> anyhow::Result<LeaseTerms> {
    let lease = lease.context("a grant without a lease")?;
    Ok(LeaseTerms::decode(lease.terms.as_slice())?)
}

/// A refusal's stable code.
pub fn code(refusal: &Refusal) -> &'static str {
    RefusalCode::try_from(refusal.code).map_or("UNKNOWN", |code| code.as_str_name())
}

/// The code of an answer that is a refusal; empty of any other.
pub fn code_of(answer: &Answer) -> &'static str {
    if let Answer::Refused(refusal) = answer {
        code(refusal)
    } else {
        ""
    }
}
