//! A daemon's request for an activation certificate, signed by the daemon key that it names.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::{
    DocumentDigest, DocumentKind, DocumentType, Frame, HostIdentity, KeyRole, LicenceId, PublicKey,
    SelfSigned, Share, SiteId, TermError, certificate,
    fields::{array, key_of, text_of},
    message,
};

/// What a daemon asks of the vendor. Nothing in it names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationRequest {
    /// The licence to serve.
    pub licence: LicenceId,
    /// The exact licence document that the daemon holds.
    pub licence_digest: DocumentDigest,
    /// The daemon's public key.
    pub daemon_key: PublicKey,
    /// Where the daemon stands.
    pub site: Option<SiteId>,
    /// The host, hashed, where the licence is bound to one.
    pub host: Option<HostIdentity>,
    /// Shows that the asker has the activation code, without telling it.
    pub code_proof: [u8; 32],
    /// Fresh for each request.
    pub nonce: [u8; 16],
    /// Shares asked for; a feature not named asks for what is left.
    pub shares: Vec<Share>,
    /// Version of the daemon.
    pub daemon_version: String,
}

impl ActivationRequest {
    /// Says whether the request was made by somebody who has `code`; takes the same time whatever
    /// the answer.
    pub fn proves(&self, code: &str) -> bool {
        code_mac(code, self.licence_digest, &self.daemon_key, &self.nonce)
            .verify_slice(&self.code_proof)
            .is_ok()
    }
}

/// The proof that goes into a request: HMAC-SHA256 keyed with the activation code.
pub fn activation_code_proof(
    code: &str,
    licence: DocumentDigest,
    daemon_key: &PublicKey,
    nonce: &[u8; 16],
) -> [u8; 32] {
    code_mac(code, licence, daemon_key, nonce)
        .finalize()
        .into_bytes()
        .into()
}

/// The digest of an activation code, as the licence carries it. The code has 128 bits of entropy, so
/// its digest tells nothing.
pub fn activation_code_digest(code: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"octroi/activation-code-digest/v1\0");
    hash.update(canonical_code(code).as_bytes());
    hash.finalize().into()
}

/// Codes are compared without case, blanks and hyphens, as people copy them.
fn canonical_code(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_uppercase())
        .collect()
}

fn code_mac(
    code: &str,
    licence: DocumentDigest,
    daemon_key: &PublicKey,
    nonce: &[u8; 16],
) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256>>::new_from_slice(canonical_code(code).as_bytes())
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(b"octroi/activation-code/v1\0");
    mac.update(licence.as_bytes());
    mac.update(daemon_key.as_bytes());
    mac.update(nonce);
    mac
}

impl DocumentType for ActivationRequest {
    const KIND: DocumentKind = DocumentKind::ActivationRequest;
    const ROLE: KeyRole = KeyRole::Daemon;
    type Message = message::ActivationRequest;

    fn read(message: Self::Message, frame: &Frame) -> Result<Self, TermError> {
        Ok(Self {
            licence: frame.of_licence()?,
            licence_digest: DocumentDigest::from_bytes(array(
                "licence_digest",
                &message.licence_digest,
            )?),
            daemon_key: key_of("daemon_key", &message.daemon_key)?,
            site: certificate::site(&message.site)?,
            host: message.host.map(certificate::host).transpose()?,
            code_proof: array("code_proof", &message.code_proof)?,
            nonce: array("nonce", &message.nonce)?,
            shares: certificate::shares(message.shares)?,
            daemon_version: text_of("daemon_version", message.daemon_version)?,
        })
    }
}

impl SelfSigned for ActivationRequest {
    fn signer(&self) -> &PublicKey {
        &self.daemon_key
    }
}
