//! The listener: TLS connections, each bounded in number, handshake and life, handed to gRPC. Where a
//! connection comes from is never asked and never kept.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{Sleep, sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Server, server::Connected};

use crate::{Office, service::Service};

/// A handshake that takes longer is given up.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long nothing is accepted after the system refused to.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Requests that one connection may have under way.
const STREAMS_PER_CONNECTION: u32 = 4;

/// What the listener may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at one time; more wait.
    pub connections: usize,
    /// Requests answered at one time; more are told to come again.
    pub requests_at_once: usize,
    /// How long one request may take, its sending included.
    pub request: Duration,
    /// How long one connection may last.
    pub connection: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            requests_at_once: 64,
            request: Duration::from_secs(30),
            connection: Duration::from_mins(5),
        }
    }
}

/// Serves until `shutdown` is done; requests under way are still answered.
///
/// # Errors
/// What gRPC says when it cannot go on.
pub async fn serve(
    office: Arc<Office>,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error> {
    let (accepted, incoming) = mpsc::channel(1);
    let accepting = tokio::spawn(accept(listener, tls, limits, accepted));
    let served = Server::builder()
        .timeout(limits.request)
        .max_concurrent_streams(STREAMS_PER_CONNECTION)
        .add_service(Service::bounded(office, limits.requests_at_once))
        .serve_with_incoming_shutdown(ReceiverStream::new(incoming), shutdown)
        .await;
    accepting.abort();
    served
}

type Accepted = mpsc::Sender<Result<Connection, io::Error>>;

async fn accept(listener: TcpListener, tls: Arc<ServerConfig>, limits: Limits, to: Accepted) {
    let acceptor = TlsAcceptor::from(tls);
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        tokio::spawn(handshake(
            acceptor.clone(),
            stream,
            place,
            limits.connection,
            to.clone(),
        ));
    }
}

async fn handshake(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    life: Duration,
    to: Accepted,
) {
    // Answers are small and awaited: nothing is gained by waiting for more to send.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended at once");
        return;
    }
    match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => {
            let connection = Connection {
                stream,
                end: Box::pin(sleep(life)),
                _place: place,
            };
            // Nobody takes it: the server is shutting down.
            drop(to.send(Ok(connection)).await);
        }
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

/// A TLS connection with a bounded life. It holds its place among the connections until it is dropped.
struct Connection {
    stream: TlsStream<TcpStream>,
    end: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    /// Whatever the other side does or leaves undone, the connection ends with its time.
    fn in_time(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.end.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }
}

/// No address: none is wanted.
impl Connected for Connection {
    type ConnectInfo = ();
    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
