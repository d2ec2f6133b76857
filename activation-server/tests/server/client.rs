//! The daemon's side of the network: gRPC over TLS 1.3 to a server that is known by its key's pin
//! alone.

use std::{io, net::SocketAddr, sync::Arc};

use hyper_util::rt::TokioIo;
use octroi_licence::message::SignedDocument;
use octroi_proto::activation::v1::{
    ActivateRequest, Refusal, RefusalCode, ReportRequest, activate_response,
    activation_client::ActivationClient, report_response,
};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme, SupportedProtocolVersion,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    server::ParsedCertificate,
    version::TLS13,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::{
    Status,
    transport::{Channel, Endpoint},
};

/// A daemon's connection.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) grpc: ActivationClient<Channel>,
}

/// What an exchange came to.
#[derive(Debug)]
pub(crate) enum Failed {
    Refused(Refusal),
    Status(Status),
}

impl Failed {
    /// The refusal's code; anything else is no refusal.
    pub(crate) fn code(&self) -> RefusalCode {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Status(status) => panic!("not refused, but: {status}"),
        }
    }

    pub(crate) fn refusal(self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Status(status) => panic!("not refused, but: {status}"),
        }
    }

    pub(crate) fn status(self) -> Status {
        match self {
            Self::Status(status) => status,
            Self::Refused(refusal) => panic!("refused: {refusal:?}"),
        }
    }
}

impl Client {
    pub(crate) async fn connect(
        address: SocketAddr,
        pin: [u8; 32],
    ) -> Result<Self, tonic::transport::Error> {
        let connector = tower::service_fn(move |_| async move {
            Ok::<_, io::Error>(TokioIo::new(tls(address, pin, &TLS13).await?))
        });
        let channel = Endpoint::from_static("http://octroi.test")
            .connect_with_connector(connector)
            .await?;
        Ok(Self {
            grpc: ActivationClient::new(channel),
        })
    }

    pub(crate) async fn activate(&self, request: SignedDocument) -> Result<SignedDocument, Failed> {
        let request = ActivateRequest {
            request: Some(request),
        };
        let response = self.grpc.clone().activate(request).await;
        match response.map_err(Failed::Status)?.into_inner().outcome {
            Some(activate_response::Outcome::Certificate(certificate)) => Ok(certificate),
            Some(activate_response::Outcome::Refusal(refusal)) => Err(Failed::Refused(refusal)),
            None => panic!("the answer is empty"),
        }
    }

    pub(crate) async fn report(&self, report: SignedDocument) -> Result<SignedDocument, Failed> {
        let request = ReportRequest {
            report: Some(report),
        };
        let response = self.grpc.clone().report(request).await;
        match response.map_err(Failed::Status)?.into_inner().outcome {
            Some(report_response::Outcome::Receipt(receipt)) => Ok(receipt),
            Some(report_response::Outcome::Refusal(refusal)) => Err(Failed::Refused(refusal)),
            None => panic!("the answer is empty"),
        }
    }
}

/// A TLS connection to whoever holds the pinned key.
pub(crate) async fn tls(
    address: SocketAddr,
    pin: [u8; 32],
    version: &'static SupportedProtocolVersion,
) -> io::Result<TlsStream<TcpStream>> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned { pin, provider }))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("octroi.test").unwrap();
    let stream = TcpStream::connect(address).await?;
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

#[derive(Debug)]
struct Pinned {
    pin: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let parsed = ParsedCertificate::try_from(end_entity)?;
        let found: [u8; 32] = Sha256::digest(parsed.subject_public_key_info()).into();
        if found == self.pin {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::General("another key than the pinned one".to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let schemes = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, schemes)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let schemes = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, schemes)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
