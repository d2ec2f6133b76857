//! What a daemon sends, read in the clear: a server that holds the real server's own TLS key, keeps
//! every byte and every header, and passes each request on to the real server. It decides nothing.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use hyper_util::rt::TokioIo;
use octroi_tests::{
    ActivationServer, Order, activation_server::own_address, server_clock::tls_identity,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    sync::mpsc,
};
use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Status,
    body::Body,
    codegen::{BoxFuture, Service, http},
    server::NamedService,
    transport::{Channel, Endpoint, Server, server::Connected},
};

use super::{Online, REPORTING, served};

/// Everything that came in.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    bytes: Arc<Mutex<Vec<u8>>>,
    loses: Arc<AtomicBool>,
}

impl Kept {
    fn keep(&self, bytes: &[u8]) {
        let mut kept = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
    }
}

/// A running recorder; it ends with its value.
pub(crate) struct Recorder {
    address: SocketAddr,
    kept: Kept,
    _runtime: Runtime,
}

impl Recorder {
    /// Records what is sent to a server.
    pub(crate) fn before(server: &ActivationServer) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let _within = runtime.enter();
        let identity = tls_identity(server)?;
        let acceptor = TlsAcceptor::from(identity.server_config()?);
        let listener = runtime.block_on(TcpListener::bind((own_address(), 0)))?;
        let address = listener.local_addr()?;
        let kept = Kept::default();
        let upstream = upstream(server.socket_address()?, &identity.certificate)?;
        let relay = Relay {
            upstream: Endpoint::from_static("http://server").connect_with_connector_lazy(upstream),
            kept: kept.clone(),
        };
        let incoming = accept(&runtime, listener, acceptor, kept.clone());
        runtime.spawn(
            Server::builder()
                .add_service(relay)
                .serve_with_incoming(incoming),
        );
        Ok(Self {
            address,
            kept,
            _runtime: runtime,
        })
    }

    /// The same, activated through it.
    pub(crate) fn activated(order: Order) -> anyhow::Result<(Online, Self)> {
        let (online, recorder) = Self::installed(order)?;
        online.activate()?.ok()?;
        Ok((online, recorder))
    }

    /// A licence whose server address is the recorder's, paid and not activated.
    pub(crate) fn installed(order: Order) -> anyhow::Result<(Online, Self)> {
        let (folder, vendor, server) = served(0)?;
        let recorder = Self::before(&server)?;
        let order = order
            .server_at(&recorder.url(), server.key_pin())
            .reporting(REPORTING);
        let online = Online::of(folder, vendor, server, &order, "")?;
        online.server.paid(online.licence())?;
        Ok((online, recorder))
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Everything that was sent so far: the bytes on the wire before and after TLS was taken off, and
    /// each request's line and headers as text.
    pub(crate) fn sent(&self) -> Vec<u8> {
        let kept = self.kept.bytes.lock();
        kept.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the server's answers are lost on the way back.
    pub(crate) fn loses_answers(&self, loses: bool) {
        self.kept.loses.store(loses, Ordering::SeqCst);
    }
}

/// TLS connections, both their sides kept.
fn accept(
    runtime: &Runtime,
    listener: TcpListener,
    acceptor: TlsAcceptor,
    kept: Kept,
) -> ReceiverStream<io::Result<impl AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static>> {
    let (to, incoming) = mpsc::channel(1);
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, kept, to) = (acceptor.clone(), kept.clone(), to.clone());
            tokio::spawn(async move {
                let wire = Tap {
                    inner: stream,
                    kept: kept.clone(),
                };
                if let Ok(stream) = acceptor.accept(wire).await {
                    let clear = Tap {
                        inner: stream,
                        kept,
                    };
                    drop(to.send(Ok(clear)).await);
                }
            });
        }
    });
    ReceiverStream::new(incoming)
}

type Connecting = BoxFuture<TokioIo<tokio_rustls::client::TlsStream<TcpStream>>, io::Error>;

/// The way to the real server, whose own certificate is the only one that is trusted.
fn upstream(
    address: SocketAddr,
    certificate: &str,
) -> anyhow::Result<
    impl Service<
        http::Uri,
        Response = TokioIo<tokio_rustls::client::TlsStream<TcpStream>>,
        Error = io::Error,
        Future = Connecting,
    > + Send
    + Clone
    + 'static,
> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate.as_bytes())?)?;
    let mut config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    Ok(tower::service_fn(move |_: http::Uri| -> Connecting {
        let connector = connector.clone();
        Box::pin(async move {
            let stream = TcpStream::connect(address).await?;
            let name = ServerName::from(address.ip());
            Ok(TokioIo::new(connector.connect(name, stream).await?))
        })
    }))
}

/// Passes requests on.
#[derive(Debug, Clone)]
struct Relay {
    upstream: Channel,
    kept: Kept,
}

impl NamedService for Relay {
    const NAME: &'static str = "octroi.activation.v1.Activation";
}

impl Service<http::Request<Body>> for Relay {
    type Response = http::Response<Body>;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        // The channel is asked when there is a request for it.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let line = format!(
            "{} {}\n{:?}\n",
            request.method(),
            request.uri(),
            request.headers()
        );
        self.kept.keep(line.as_bytes());
        let (mut upstream, loses) = (self.upstream.clone(), Arc::clone(&self.kept.loses));
        Box::pin(async move {
            let away = |_| Status::unavailable("the recorder did not reach the server");
            let ready = std::future::poll_fn(|context| upstream.poll_ready(context)).await;
            let answer = match ready {
                Ok(()) => upstream.call(request).await.map_err(away),
                Err(error) => Err(away(error)),
            };
            if loses.load(Ordering::SeqCst) {
                return Ok(Status::unavailable("lost on the way").into_http());
            }
            Ok(answer.unwrap_or_else(Status::into_http))
        })
    }
}

/// A stream whose incoming bytes are kept.
#[derive(Debug)]
pub(super) struct Tap<S> {
    inner: S,
    kept: Kept,
}

impl<S> Tap<S> {
    pub(super) fn of(inner: S, kept: Kept) -> Self {
        Self { inner, kept }
    }
}

impl<S> Connected for Tap<S> {
    type ConnectInfo = ();
    fn connect_info(&self) {}
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.kept.keep(&buffer.filled()[before..]);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
