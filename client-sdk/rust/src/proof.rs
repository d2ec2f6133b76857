//! The beginning of a session: what the application offers, and what it demands of the answer before
//! it believes a word. Pure but for the entropy of the offer.

use octroi_licence::{DocumentDigest, KeyId, PublicKey, SessionKey, session_proof_verifies};
use octroi_proto::licensing::v1 as wire;
use prost::Message as _;
use std::time::Duration;
use x25519_dalek::{PublicKey as AgreementKey, StaticSecret};
use zeroize::Zeroizing;

use crate::{
    Error, Untrusted,
    client::Settings,
    documents::{Documents, Reader},
    lease::LeaseRules,
};

/// 32 random bytes.
pub(crate) fn nonce() -> Result<[u8; 32], Error> {
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(no_random_bytes)?;
    Ok(nonce)
}

fn no_random_bytes(why: getrandom::Error) -> Error {
    Error::System {
        what: "random bytes",
        why: why.to_string(),
    }
}

/// What one Open or Resume offers: fresh for each, so that no answer fits twice.
pub(crate) struct Offer {
    pub(crate) nonce: [u8; 32],
    secret: StaticSecret,
}

impl Offer {
    pub(crate) fn new() -> Result<Self, Error> {
        let nonce = nonce()?;
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(secret.as_mut()).map_err(no_random_bytes)?;
        Ok(Self {
            nonce,
            secret: StaticSecret::from(*secret),
        })
    }

    pub(crate) fn public(&self) -> [u8; 32] {
        AgreementKey::from(&self.secret).to_bytes()
    }

    /// Believes the daemon's answer, or says why not. `before` is what the session knew when it was
    /// opened or last resumed.
    pub(crate) fn answered(
        &self,
        mut opened: wire::Opened,
        settings: &Settings,
        before: Option<&Before>,
    ) -> Result<Proven, Untrusted> {
        let token = Zeroizing::new(std::mem::take(&mut opened.resume_token));
        let proof = wire::SessionProof::decode(opened.proof.as_slice())
            .map_err(|_| Untrusted::ProofMalformed { what: "encoding" })?;
        let daemon_key = PublicKey::from_bytes(&proof.daemon_key)
            .ok_or(Untrusted::ProofMalformed { what: "daemon key" })?;
        if !session_proof_verifies(&opened.proof, &opened.signature, &daemon_key) {
            return Err(Untrusted::ProofSignature);
        }
        self.same_conversation(&proof, settings)?;
        if let Some(before) = before {
            if before.daemon_key != daemon_key {
                return Err(Untrusted::ProofMismatch {
                    field: "daemon key",
                });
            }
            if proof.epoch <= before.epoch {
                return Err(Untrusted::ProofMismatch { field: "epoch" });
            }
        }
        let listed = proof
            .licence_digests
            .iter()
            .map(|digest| Ok(DocumentDigest::from_bytes(array("licence digest", digest)?)))
            .collect::<Result<Vec<_>, _>>()?;
        let documents = Documents::read(
            &opened.documents,
            &listed,
            before
                .map(|before| before.documents.clone())
                .unwrap_or_default(),
            &Reader {
                root: &settings.root,
                product: &settings.product,
                daemon_key: Some(&daemon_key),
            },
        )?;
        documents.judge()?;
        let daemon_public: [u8; 32] = array("daemon public key", &proof.daemon_public)?;
        array::<32>("daemon nonce", &proof.daemon_nonce)?;
        let shared = self
            .secret
            .diffie_hellman(&AgreementKey::from(daemon_public));
        let key =
            SessionKey::derive(shared.as_bytes(), &opened.proof).ok_or(Untrusted::KeyAgreement)?;
        let token = match token.as_slice() {
            [] => None,
            token => Some(Zeroizing::new(array::<32>("resume token", token)?)),
        };
        Ok(Proven {
            rules: LeaseRules {
                key,
                documents,
                newest: 0,
            },
            daemon_key,
            epoch: proof.epoch,
            token,
            resume_window: Duration::from_millis(proof.resume_window_ms.into()),
            seats: opened.seats,
        })
    }

    fn same_conversation(
        &self,
        proof: &wire::SessionProof,
        settings: &Settings,
    ) -> Result<(), Untrusted> {
        let root: KeyId = settings.root.id();
        let fields: [(&'static str, bool); 4] = [
            ("nonce", proof.client_nonce == self.nonce),
            ("public key", proof.client_public == self.public()),
            ("vendor root", proof.vendor_root == root.as_bytes()),
            ("product", proof.product == settings.product.as_str()),
        ];
        match fields.into_iter().find(|(_, same)| !same) {
            Some((field, _)) => Err(Untrusted::ProofMismatch { field }),
            None => Ok(()),
        }
    }
}

/// What a resumed session must go on from.
#[derive(Debug, Clone)]
pub(crate) struct Before {
    pub(crate) daemon_key: PublicKey,
    pub(crate) epoch: u64,
    pub(crate) documents: Documents,
}

/// A session, or its next epoch, that was proven.
pub(crate) struct Proven {
    pub(crate) rules: LeaseRules,
    pub(crate) daemon_key: PublicKey,
    pub(crate) epoch: u64,
    /// `None`: the session cannot be resumed.
    pub(crate) token: Option<Zeroizing<[u8; 32]>>,
    pub(crate) resume_window: Duration,
    /// Resumed only: the seats still held, not yet believed.
    pub(crate) seats: Vec<wire::Lease>,
}

fn array<const N: usize>(what: &'static str, bytes: &[u8]) -> Result<[u8; N], Untrusted> {
    bytes
        .try_into()
        .map_err(|_| Untrusted::ProofMalformed { what })
}
