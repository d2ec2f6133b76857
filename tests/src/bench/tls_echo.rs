//! The reference of the activation server: bare gRPC over TLS 1.3 that answers each report with bytes
//! of a receipt's length, a process of its own; and the connections that ask both.

use std::{
    fs, io,
    io::Write as _,
    net::IpAddr,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use anyhow::Context as _;
use hyper_util::rt::TokioIo;
use octroi_licence::message::SignedDocument;
use octroi_proto::activation::v1::{
    ActivateRequest, ActivateResponse, ReportRequest, ReportResponse,
    activation_client::ActivationClient,
    activation_server::{Activation, ActivationServer},
    report_response,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
        version::TLS13,
    },
    server::TlsStream,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request, Response, Status,
    transport::{Channel, Endpoint, Server, server::Connected},
};

const ALPN: &[u8] = b"h2";

/// TLS for whoever asks a server with this certificate.
pub(super) fn client(certificate: &[u8]) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(certificate)?)?;
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// An open connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) client: ActivationClient<Channel>,
}

impl Link {
    /// Connects to `host:port`.
    pub(super) async fn open(config: &Arc<ClientConfig>, address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::from(stream.peer_addr()?.ip());
        let stream = TlsConnector::from(Arc::clone(config))
            .connect(name, stream)
            .await?;
        let mut stream = Some(TokioIo::new(stream));
        let connector = tower::service_fn(move |_| {
            let stream = stream.take();
            std::future::ready(stream.ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected)))
        });
        let channel = Endpoint::from_static("http://server")
            .connect_with_connector(connector)
            .await?;
        Ok(Self {
            client: ActivationClient::new(channel),
        })
    }
}

struct Echo {
    answer: SignedDocument,
}

#[tonic::async_trait]
impl Activation for Echo {
    async fn activate(
        &self,
        _: Request<ActivateRequest>,
    ) -> Result<Response<ActivateResponse>, Status> {
        Err(Status::unimplemented("an echo of reports only"))
    }

    async fn report(
        &self,
        request: Request<ReportRequest>,
    ) -> Result<Response<ReportResponse>, Status> {
        drop(request.into_inner());
        let outcome = Some(report_response::Outcome::Receipt(self.answer.clone()));
        Ok(Response::new(ReportResponse { outcome }))
    }
}

/// Serves until killed, under the key and certificate in the folder of an activation server.
pub(super) fn serve(folder: &Path, address: IpAddr, answer_bytes: usize) -> anyhow::Result<()> {
    let certificate = fs::read(folder.join("tls.crt"))?;
    let key = fs::read(folder.join("tls.key"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(&certificate)?],
            PrivateKeyDer::from_pem_slice(&key)?,
        )?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.send_tls13_tickets = 0;
    let answer = SignedDocument {
        payload: vec![7; answer_bytes],
        ..SignedDocument::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((address, 0))
            .await
            .context("the echo's listener")?;
        writeln!(io::stdout(), "{}", listener.local_addr()?)?;
        let (accepted, incoming) = mpsc::channel(1);
        tokio::spawn(accept(
            listener,
            TlsAcceptor::from(Arc::new(config)),
            accepted,
        ));
        Server::builder()
            .add_service(ActivationServer::new(Echo { answer }))
            .serve_with_incoming(ReceiverStream::new(incoming))
            .await?;
        Ok(())
    })
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    to: mpsc::Sender<io::Result<Connection>>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, to) = (acceptor.clone(), to.clone());
        tokio::spawn(async move {
            if stream.set_nodelay(true).is_ok()
                && let Ok(stream) = acceptor.accept(stream).await
            {
                // Nobody takes it where the server has ended.
                drop(to.send(Ok(Connection(stream))).await);
            }
        });
    }
}

struct Connection(TlsStream<TcpStream>);

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
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
