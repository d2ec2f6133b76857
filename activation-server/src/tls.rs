//! Transport: TLS 1.3 and nothing older, with the server's own key and certificate. Daemons know the
//! server by its key's pin, which the signed licence states, so the certificate may be self-signed.

use std::sync::Arc;

use octroi_licence::CivilSeconds;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use rustls::{ServerConfig, crypto::ring, server::ParsedCertificate, version::TLS13};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The protocol that gRPC speaks.
const ALPN: &[u8] = b"h2";

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate's file holds none.
    #[error("the TLS certificate cannot be read")]
    Certificate(#[source] rustls_pki_types::pem::Error),
    /// The key's file holds none.
    #[error("the TLS key cannot be read")]
    Key(#[source] rustls_pki_types::pem::Error),
    /// The file has no certificate in it.
    #[error("the TLS certificate's file is empty")]
    NoCertificate,
    /// Key and certificate do not belong together, or are of a kind that is not known.
    #[error("TLS cannot be set up with this certificate and key")]
    Unusable(#[from] rustls::Error),
    /// The certificate could not be made.
    #[error("the TLS certificate cannot be made")]
    Making(#[from] rcgen::Error),
}

/// A server's certificate and key as PEM.
#[derive(Debug)]
pub struct TlsIdentity {
    /// The certificate, and any that lead to it.
    pub certificate: String,
    /// The private key.
    pub key: Zeroizing<String>,
}

impl TlsIdentity {
    /// Makes a key and a certificate signed by it, for these host names and addresses. Daemons that
    /// pin the key do not look at its dates; they are wide.
    ///
    /// # Errors
    /// [`TlsError::Making`].
    pub fn self_signed(names: Vec<String>, now: CivilSeconds) -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names)?;
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year_of(now) + 50, 1, 1);
        params
            .distinguished_name
            .push(DnType::CommonName, "Octroi activation server");
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            certificate: certificate.pem(),
            key: Zeroizing::new(key.serialize_pem()),
        })
    }

    /// SHA-256 over the certificate's `SubjectPublicKeyInfo`: what an order states in
    /// `server.key_pins`.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn pin(&self) -> Result<[u8; 32], TlsError> {
        let chain = self.chain()?;
        let first = chain.first().ok_or(TlsError::NoCertificate)?;
        let parsed = ParsedCertificate::try_from(first)?;
        Ok(Sha256::digest(parsed.subject_public_key_info()).into())
    }

    /// The TLS side of the server.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn server_config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(TlsError::Key)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13])?
            .with_no_client_auth()
            .with_single_cert(self.chain()?, key)?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        // Reports are rare: nothing is remembered of a connection for the next.
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }

    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        CertificateDer::pem_slice_iter(self.certificate.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(TlsError::Certificate)
    }
}

fn year_of(now: CivilSeconds) -> i32 {
    let year = jiff::Timestamp::from_second(now.0)
        .map_or(2026, |at| at.to_zoned(jiff::tz::TimeZone::UTC).year());
    i32::from(year)
}
