//! A vendor's server on a real socket, over real TLS.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use octroi_proto::activation::v1::activation_server::{Activation, ActivationServer};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig, SupportedProtocolVersion,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, SubjectPublicKeyInfoDer},
        server::ParsedCertificate,
        version,
    },
    server::TlsStream,
};
use tonic::transport::{Server, server::Connected};

/// A running server; it ends with its value.
pub(crate) struct TlsServer {
    address: SocketAddr,
    pin: [u8; 32],
    _runtime: Runtime,
}

impl TlsServer {
    /// `https://127.0.0.1:port`.
    pub(crate) fn address(&self) -> String {
        format!("https://{}", self.address)
    }

    /// SHA-256 over its key's `SubjectPublicKeyInfo`.
    pub(crate) fn pin(&self) -> [u8; 32] {
        self.pin
    }

    /// Serves the protocol.
    pub(crate) fn serving(service: impl Activation) -> Self {
        Self::start(&version::TLS13, |listener, acceptor| async move {
            let service = ActivationServer::new(service)
                .max_decoding_message_size(4 << 20)
                .max_encoding_message_size(4 << 20);
            let incoming = accepted(listener, acceptor);
            Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        })
    }

    /// Runs what `serve` makes of the listener and of TLS of this version.
    pub(crate) fn start<F: Future<Output = ()> + Send + 'static>(
        version: &'static SupportedProtocolVersion,
        serve: impl FnOnce(TcpListener, TlsAcceptor) -> F,
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (config, pin) = identity(version);
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(serve(listener, TlsAcceptor::from(Arc::new(config))));
        Self {
            address,
            pin,
            _runtime: runtime,
        }
    }
}

/// A fresh key with a certificate of its own, and the key's pin.
fn identity(version: &'static SupportedProtocolVersion) -> (ServerConfig, [u8; 32]) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate = CertificateDer::from(made.cert.der().to_vec());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let parsed = ParsedCertificate::try_from(&certificate).unwrap();
    let info: SubjectPublicKeyInfoDer<'static> = parsed.subject_public_key_info();
    let pin = Sha256::digest(info.as_ref()).into();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    (config, pin)
}

fn accepted(
    listener: TcpListener,
    acceptor: TlsAcceptor,
) -> impl tokio_stream::Stream<Item = io::Result<Encrypted>> {
    let (give, take) = tokio::sync::mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, give) = (acceptor.clone(), give.clone());
            tokio::spawn(async move {
                // Whoever dislikes the server's key goes away here.
                if let Ok(stream) = acceptor.accept(stream).await {
                    drop(give.send(Ok(Encrypted(stream))).await);
                }
            });
        }
    });
    tokio_stream::wrappers::ReceiverStream::new(take)
}

/// A TLS stream as tonic serves it.
struct Encrypted(TlsStream<TcpStream>);

impl Connected for Encrypted {
    type ConnectInfo = ();
    fn connect_info(&self) {}
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Encrypted {
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
