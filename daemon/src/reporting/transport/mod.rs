//! One exchange with the vendor's server: connect (through a proxy where one is set), recognise the
//! server by its key, say one thing, hear one answer. Everything has a deadline and a bound, and
//! nothing follows a redirect. What a server says about itself is never shown as it stands.

use std::{future::Future, io, sync::Arc, time::Duration};

use hyper_util::rt::TokioIo;
use octroi_licence::{ActivationServer, message::SignedDocument};
use octroi_proto::activation::v1::{
    ActivateRequest, Refusal, RehostStanding, ReportRequest, activate_response,
    activation_client::ActivationClient, report_response,
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{self, CertificateError, pki_types::ServerName},
};
use tonic::{
    Code, Status,
    codegen::http::Uri,
    transport::{Channel, Endpoint},
};

use super::{proxy::Proxy, tls};

/// The largest answer that is read, in bytes: a receipt of 1 MiB and what frames it.
const ANSWER_BYTES_MAX: usize = (1 << 20) + (64 << 10);
const HEADER_BYTES_MAX: u32 = 16 << 10;
const HTTPS_PORT: u16 = 443;

/// How long the server may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    /// Until the connection stands, proxy and TLS included.
    pub(crate) connect: Duration,
    /// Until the answer is whole, the connection included.
    pub(crate) exchange: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            exchange: Duration::from_secs(30),
        }
    }
}

/// Why the server gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TransportError {
    /// The licence's address cannot be used.
    #[error("the licence's server address {address} cannot be used")]
    Address { address: String },
    /// The licence names no key of the server's.
    #[error(
        "the licence lets server {address} be recognised by public authorities only, which this version does not do; exchange by file, or ask the vendor for a licence with key pins"
    )]
    WebPkiOnly { address: String },
    /// TLS itself could not be set up.
    #[error("TLS cannot be used")]
    Tls(#[source] rustls::Error),
    /// No connection.
    #[error("server {address} cannot be reached{}", through(.proxy.as_ref()))]
    NotReached {
        address: String,
        proxy: Option<Proxy>,
        #[source]
        source: io::Error,
    },
    /// The machine that answered has another key.
    #[error("whoever answers at {address} has none of the keys that the licence names")]
    AnotherServer { address: String },
    /// No TLS 1.3 with it.
    #[error("server {address} could not be spoken to over TLS 1.3")]
    NoTls {
        address: String,
        #[source]
        source: io::Error,
    },
    /// Not within the deadline.
    #[error("server {address} gave no whole answer within {} seconds", .within.as_secs_f32())]
    Silent { address: String, within: Duration },
    /// It broke off, or what it said makes no sense.
    #[error("server {address} gave an answer that makes no sense ({code:?})")]
    Garbled { address: String, code: Code },
    /// It decided nothing.
    #[error("server {address} cannot answer now ({code:?}); nothing changed there")]
    Unavailable { address: String, code: Code },
}

impl TransportError {
    /// The stable code.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "SERVER_ADDRESS",
            Self::WebPkiOnly { .. } => "SERVER_WITHOUT_PINS",
            Self::Tls(_) | Self::NoTls { .. } => "SERVER_TLS",
            Self::NotReached { .. } => "SERVER_NOT_REACHED",
            Self::AnotherServer { .. } => "SERVER_ANOTHER_KEY",
            Self::Silent { .. } => "SERVER_NOT_ANSWERING",
            Self::Garbled { .. } => "SERVER_GARBLED",
            Self::Unavailable { .. } => "SERVER_UNAVAILABLE",
        }
    }
}

fn through(proxy: Option<&Proxy>) -> String {
    proxy.map_or_else(String::new, |proxy| format!(" through proxy {proxy}"))
}

/// What the server decided.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The document asked for: a certificate, or a receipt. Not verified yet.
    Document(SignedDocument),
    /// No.
    Refused(Refusal),
}

/// The way to one server.
#[derive(Debug)]
pub(crate) struct ServerLink<'a> {
    pub(crate) server: &'a ActivationServer,
    pub(crate) proxy: Option<&'a Proxy>,
    pub(crate) deadlines: Deadlines,
}

impl ServerLink<'_> {
    /// Asks for an activation certificate.
    /// The second is how the licence stands with moves to another host, where it speaks of them.
    pub(crate) async fn activate(
        &self,
        request: SignedDocument,
    ) -> Result<(Answer, Option<RehostStanding>), TransportError> {
        self.exchange(async |client| {
            let request = ActivateRequest {
                request: Some(request),
            };
            let answer = client.activate(request).await?.into_inner();
            let rehosts = answer.rehosts;
            Ok(answer.outcome.map(|outcome| match outcome {
                activate_response::Outcome::Certificate(document) => {
                    (Answer::Document(document), rehosts)
                }
                activate_response::Outcome::Refusal(refusal) => (Answer::Refused(refusal), None),
            }))
        })
        .await
    }

    /// Hands in a report.
    pub(crate) async fn report(&self, report: SignedDocument) -> Result<Answer, TransportError> {
        self.exchange(async |client| {
            let request = ReportRequest {
                report: Some(report),
            };
            let answer = client.report(request).await?.into_inner();
            Ok(answer.outcome.map(|outcome| match outcome {
                report_response::Outcome::Receipt(document) => Answer::Document(document),
                report_response::Outcome::Refusal(refusal) => Answer::Refused(refusal),
            }))
        })
        .await
    }

    /// Connects, recognises the server by its key, and lets go. Nothing is said.
    pub(crate) async fn probe(&self) -> Result<(), TransportError> {
        let probed = Box::pin(async {
            let mut stream = self.connect().await?;
            // What is known now is known, whether or not the server hears the end.
            drop(stream.shutdown().await);
            Ok(())
        });
        self.within(self.deadlines.connect, probed).await?
    }

    async fn exchange<T>(
        &self,
        call: impl AsyncFnOnce(&mut ActivationClient<Channel>) -> Result<Option<T>, Status>,
    ) -> Result<T, TransportError> {
        // HTTP/2 and TLS make it a large future.
        let said = Box::pin(async {
            let stream = self
                .within(self.deadlines.connect, self.connect())
                .await??;
            let channel = self.channel(stream).await?;
            let mut client =
                ActivationClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
            call(&mut client)
                .await
                .map_err(|status| self.failed(&status))
        });
        let answer = self.within(self.deadlines.exchange, said).await??;
        answer.ok_or_else(|| self.garbled(Code::Ok))
    }

    async fn within<F: Future>(
        &self,
        within: Duration,
        future: F,
    ) -> Result<F::Output, TransportError> {
        let address = self.address();
        timeout(within, future)
            .await
            .map_err(|_| TransportError::Silent { address, within })
    }

    async fn connect(&self) -> Result<TlsStream<TcpStream>, TransportError> {
        let address = || self.address();
        let unusable = || TransportError::Address { address: address() };
        let uri: Uri = self.server.address.parse().map_err(|_| unusable())?;
        let host = uri.host().ok_or_else(unusable)?;
        let host = host.trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or(HTTPS_PORT);
        let name = ServerName::try_from(host.to_owned()).map_err(|_| unusable())?;
        if self.server.key_pins.is_empty() {
            return Err(TransportError::WebPkiOnly { address: address() });
        }
        let config = tls::pinned(self.server.key_pins.clone()).map_err(TransportError::Tls)?;
        let connected = match self.proxy {
            Some(proxy) if host.contains(':') => proxy.connect(&format!("[{host}]:{port}")).await,
            Some(proxy) => proxy.connect(&format!("{host}:{port}")).await,
            None => TcpStream::connect((host, port)).await,
        };
        let stream = connected.map_err(|source| TransportError::NotReached {
            address: address(),
            proxy: self.proxy.cloned(),
            source,
        })?;
        let connector = TlsConnector::from(Arc::new(config));
        let mut stream = match connector.connect(name, stream).await {
            Ok(stream) => stream,
            Err(error) if of_another_key(&error) => {
                return Err(TransportError::AnotherServer { address: address() });
            }
            Err(source) => {
                let address = address();
                return Err(TransportError::NoTls { address, source });
            }
        };
        if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            // It is told and not waited for.
            drop(stream.shutdown().await);
            return Err(self.garbled(Code::Unimplemented));
        }
        Ok(stream)
    }

    async fn channel(&self, stream: TlsStream<TcpStream>) -> Result<Channel, TransportError> {
        let origin: Uri = self
            .server
            .address
            .parse()
            .map_err(|_| TransportError::Address {
                address: self.address(),
            })?;
        let mut stream = Some(TokioIo::new(stream));
        let connector = tower::service_fn(move |_| {
            let stream = stream
                .take()
                .ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected));
            std::future::ready(stream)
        });
        // The connection stands already: the scheme of this name only keeps tonic from another TLS.
        Endpoint::from_static("http://server")
            .origin(origin)
            .http2_max_header_list_size(HEADER_BYTES_MAX)
            .connect_with_connector(connector)
            .await
            .map_err(|_| self.garbled(Code::Unknown))
    }

    fn address(&self) -> String {
        self.server.address.clone()
    }

    fn garbled(&self, code: Code) -> TransportError {
        let address = self.address();
        TransportError::Garbled { address, code }
    }

    /// What a status means; the server's own words are left out.
    fn failed(&self, status: &Status) -> TransportError {
        let code = status.code();
        // Where the transport broke, the status has a source; the server's own have none.
        let own = std::error::Error::source(status).is_none();
        match code {
            Code::Unavailable | Code::ResourceExhausted | Code::Internal if own => {
                let address = self.address();
                TransportError::Unavailable { address, code }
            }
            _ => self.garbled(code),
        }
    }
}

fn of_another_key(error: &io::Error) -> bool {
    let cause = error
        .get_ref()
        .and_then(|source| source.downcast_ref::<rustls::Error>());
    matches!(
        cause,
        Some(rustls::Error::InvalidCertificate(
            CertificateError::ApplicationVerificationFailure
        ))
    )
}

#[cfg(test)]
mod tests;
