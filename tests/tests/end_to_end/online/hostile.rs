//! Whoever stands where the vendor's server should: with its TLS key, which is the worst that can be,
//! but not with the key that signs. It answers in bad manners, or with documents of others.

use std::sync::Arc;

use octroi_licence::message::SignedDocument;
use octroi_proto::activation::v1::{
    ActivateRequest, ActivateResponse, ReportRequest, ReportResponse, activate_response,
    activation_server::{Activation, ActivationServer as Protocol},
    report_response,
};
use octroi_tests::{ActivationServer, server_clock::tls_identity};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    sync::mpsc,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, async_trait, transport::Server};

use super::recorder::{Kept, Tap};

/// What it does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// Says what is no protocol.
    Garbage,
    /// Sends the daemon elsewhere.
    Redirect { to: String },
    /// Begins an answer and never ends it, as fast as it may.
    Endless,
    /// Begins an answer and says no more.
    StalledMidAnswer,
    /// Closes in the middle of an answer.
    BrokenOff,
    /// Answers whatever is asked with this document.
    Replay(Box<SignedDocument>),
}

/// It ends with its value, and its address is free again.
pub(crate) struct Hostile {
    _runtime: Runtime,
}

impl Hostile {
    /// Takes the place of a server that is stopped.
    pub(crate) fn instead_of(server: &ActivationServer, manner: Manner) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let acceptor = TlsAcceptor::from(tls_identity(server)?.server_config()?);
        let listener = runtime.block_on(TcpListener::bind(server.socket_address()?))?;
        let (to, incoming) = mpsc::channel::<std::io::Result<Tap<TlsStream<TcpStream>>>>(1);
        if let Manner::Replay(document) = &manner {
            let replays = Protocol::new(Replays(Arc::new(document.as_ref().clone())));
            let incoming = ReceiverStream::new(incoming);
            runtime.spawn(
                Server::builder()
                    .add_service(replays)
                    .serve_with_incoming(incoming),
            );
        }
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(stream) = acceptor.accept(stream).await else {
                    continue;
                };
                if let Manner::Replay(_) = manner {
                    drop(to.send(Ok(Tap::of(stream, Kept::default()))).await);
                } else {
                    tokio::spawn(misbehave(stream, manner.clone()));
                }
            }
        });
        Ok(Self { _runtime: runtime })
    }
}

/// An HTTP/2 frame (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const END_HEADERS: u8 = 4;
const END_STREAM: u8 = 1;

/// A header field without indexing, by its number in the static table (RFC 7541, appendix A).
fn field(name: u8, value: &str) -> Vec<u8> {
    let name = if name < 15 {
        vec![name]
    } else {
        vec![15, name - 15]
    };
    let length = u8::try_from(value.len()).unwrap();
    [&name, &[length][..], value.as_bytes()].concat()
}

const STATUS: u8 = 8;
const CONTENT_TYPE: u8 = 31;
const LOCATION: u8 = 46;

async fn misbehave(mut stream: TlsStream<TcpStream>, manner: Manner) -> std::io::Result<()> {
    if let Manner::Garbage = manner {
        stream.write_all(&[0x2a; 4096]).await?;
        return stream.shutdown().await;
    }
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
    let asked = request(&mut stream).await?;
    let status = match &manner {
        Manner::Redirect { .. } => field(STATUS, "302"),
        _ => field(STATUS, "200"),
    };
    let more = match &manner {
        Manner::Redirect { to } => field(LOCATION, to),
        _ => field(CONTENT_TYPE, "application/grpc"),
    };
    let elsewhere = matches!(manner, Manner::Redirect { .. });
    let flags = if elsewhere {
        END_HEADERS | END_STREAM
    } else {
        END_HEADERS
    };
    let headers = frame(HEADERS, flags, asked, &[status, more].concat());
    stream.write_all(&headers).await?;
    // A message of a megabyte, of which a part comes.
    let begun = [&[0, 0, 16, 0, 0][..], &[7; 100]].concat();
    match manner {
        Manner::Endless => {
            let begun = [&[0, 255, 255, 255, 255][..], &[7; 100]].concat();
            stream.write_all(&frame(DATA, 0, asked, &begun)).await?;
            loop {
                stream
                    .write_all(&frame(DATA, 0, asked, &[7; 1 << 14]))
                    .await?;
            }
        }
        Manner::BrokenOff => stream.write_all(&frame(DATA, 0, asked, &begun)).await?,
        _ => {
            if !elsewhere {
                stream.write_all(&frame(DATA, 0, asked, &begun)).await?;
            }
            // Whatever it says, until it goes.
            let mut buffer = [0; 1024];
            while stream.read(&mut buffer).await? > 0 {}
        }
    }
    stream.shutdown().await
}

/// Reads until a request has come; gives its stream.
async fn request(stream: &mut TlsStream<TcpStream>) -> std::io::Result<u32> {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut payload).await?;
        if head[3] == HEADERS {
            return Ok(u32::from_be_bytes([head[5], head[6], head[7], head[8]]));
        }
    }
}

struct Replays(Arc<SignedDocument>);

#[async_trait]
impl Activation for Replays {
    async fn activate(
        &self,
        _: Request<ActivateRequest>,
    ) -> Result<Response<ActivateResponse>, Status> {
        let document = self.0.as_ref().clone();
        Ok(Response::new(ActivateResponse {
            outcome: Some(activate_response::Outcome::Certificate(document)),
            rehosts: None,
        }))
    }

    async fn report(&self, _: Request<ReportRequest>) -> Result<Response<ReportResponse>, Status> {
        let document = self.0.as_ref().clone();
        Ok(Response::new(ReportResponse {
            outcome: Some(report_response::Outcome::Receipt(document)),
        }))
    }
}
