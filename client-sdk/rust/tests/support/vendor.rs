//! Real keys and documents, with every term that a test wants to turn.

use ed25519_dalek::SigningKey;
use octroi_licence::{
    DocumentDigest, DocumentKind, PublicKey, Signer as _, digest_of, message, sign,
};
use octroi_proto::licensing::v1::LicenceDocuments;

/// The civil time at which everything happens: 2027-01-15.
pub const NOW_S: i64 = 1_800_000_000;
const DAY_S: i64 = 86_400;

pub struct Vendor {
    root: SigningKey,
    issuing: SigningKey,
    activation: SigningKey,
}

/// A licence and its certificate, sound as they stand.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "switches, each on its own")]
pub struct LicenceSpec {
    pub id: &'static str,
    pub product: &'static str,
    pub serial: u64,
    pub requires: Vec<u32>,
    pub count: u32,
    pub share: u32,
    pub feature: &'static str,
    pub versions: (&'static str, &'static str),
    pub term: (i64, i64),
    pub feature_term: (i64, i64),
    pub certificate_term: (i64, i64),
    pub with_certificate: bool,
    /// Signed by the vendor's activation key, as it must be.
    pub certificate_by_activation_key: bool,
    /// The certificate names another licence document of this id.
    pub certificate_for: Option<&'static str>,
    pub certificate_for_older_serial: bool,
    /// Counted by host, not by check-out.
    pub per_host: bool,
    pub resume_window_s: u32,
    /// Longest and lease, seconds; 0: not lent.
    pub borrow: (u32, u32),
    pub maintenance_ends_at: i64,
    pub automation_forbidden: bool,
    /// Each check-out is to be proven by the dongle.
    pub proven: bool,
    pub escrow: Option<SigningKey>,
}

/// What leases name: the licence, or the amendment that it became.
pub fn text_of(documents: &LicenceDocuments) -> Option<DocumentDigest> {
    let licence = documents.licence.as_ref();
    let amendment = documents.amendment.as_ref();
    let licence = licence.map(|one| digest_of(DocumentKind::Licence, &one.payload));
    amendment
        .map(|one| digest_of(DocumentKind::Amendment, &one.payload))
        .or(licence)
}

impl Default for LicenceSpec {
    fn default() -> Self {
        Self {
            id: "lic-1",
            product: "suite",
            serial: 1,
            requires: Vec::new(),
            count: 10,
            share: 10,
            feature: "solver",
            versions: ("", ""),
            term: (NOW_S - DAY_S, NOW_S + DAY_S),
            feature_term: (0, 0),
            certificate_term: (NOW_S - DAY_S, 0),
            with_certificate: true,
            certificate_by_activation_key: true,
            certificate_for: None,
            certificate_for_older_serial: false,
            per_host: false,
            resume_window_s: 0,
            borrow: (0, 0),
            maintenance_ends_at: 0,
            automation_forbidden: false,
            proven: false,
            escrow: None,
        }
    }
}

impl Vendor {
    /// Another seed is another vendor.
    pub fn new(seed: u8) -> Self {
        let key =
            |role: u8| SigningKey::from_bytes(&[seed.wrapping_mul(16).wrapping_add(role); 32]);
        Self {
            root: key(1),
            issuing: key(2),
            activation: key(3),
        }
    }

    pub fn root(&self) -> PublicKey {
        self.root.public_key()
    }

    pub fn root_bytes(&self) -> [u8; 32] {
        *self.root().as_bytes()
    }

    pub fn documents(&self, spec: &LicenceSpec, daemon_key: &PublicKey) -> LicenceDocuments {
        let licence = self.licence(spec);
        let certified = if spec.certificate_for_older_serial {
            let serial = spec.serial - 1;
            self.licence(&LicenceSpec {
                serial,
                ..spec.clone()
            })
        } else {
            licence.clone()
        };
        let certificate = spec
            .with_certificate
            .then(|| self.certificate(spec, &certified, daemon_key));
        LicenceDocuments {
            licence: Some(licence),
            certificate,
            ..LicenceDocuments::default()
        }
    }

    pub fn licence(&self, spec: &LicenceSpec) -> message::SignedDocument {
        let payload = Self::stated(spec);
        let key = self.key_certificate(message::KeyRole::Issuing, &self.issuing);
        signed(DocumentKind::Licence, &payload, &self.issuing, vec![key])
    }

    /// The licence as it stands after a change.
    pub fn amendment(&self, spec: &LicenceSpec) -> message::SignedDocument {
        let mut outcome = Self::stated(spec);
        outcome.frame = None;
        let payload = message::Amendment {
            frame: Some(frame(spec.id, spec.serial + 1, spec.requires.clone())),
            predecessor_digest: vec![5; 32],
            outcome: Some(outcome),
            ..Default::default()
        };
        let key = self.key_certificate(message::KeyRole::Issuing, &self.issuing);
        signed(DocumentKind::Amendment, &payload, &self.issuing, vec![key])
    }

    /// A release by an escrow agent for these versions.
    pub fn release(
        agent: &SigningKey,
        spec: &LicenceSpec,
        maximum: &str,
    ) -> message::SignedDocument {
        let payload = message::EscrowRelease {
            frame: Some(frame(spec.id, 0, Vec::new())),
            escrow_key: agent.public_key().as_bytes().to_vec(),
            escrow_case: message::EscrowCase::Liquidation.into(),
            versions: Some(message::VersionRange {
                minimum: String::new(),
                maximum: maximum.into(),
            }),
        };
        signed(DocumentKind::EscrowRelease, &payload, agent, Vec::new())
    }

    fn stated(spec: &LicenceSpec) -> message::Licence {
        let term = |(starts_at_s, ends_at_s)| {
            Some(message::Term {
                starts_at_s,
                ends_at_s,
            })
        };
        message::Licence {
            escrow_key: spec
                .escrow
                .as_ref()
                .map_or_else(Vec::new, |agent| agent.public_key().as_bytes().to_vec()),
            frame: Some(frame(spec.id, spec.serial, spec.requires.clone())),
            serial: spec.serial,
            product: spec.product.into(),
            client_id: "c-1".into(),
            features: vec![message::Feature {
                name: spec.feature.into(),
                metric: if spec.per_host {
                    message::Metric::Host.into()
                } else {
                    message::Metric::Concurrent.into()
                },
                count: spec.count,
                grouping: if spec.per_host {
                    message::Grouping::Unspecified.into()
                } else {
                    message::Grouping::Checkout.into()
                },
                versions: Some(message::VersionRange {
                    minimum: spec.versions.0.into(),
                    maximum: spec.versions.1.into(),
                }),
                term: term(spec.feature_term),
                borrow: (spec.borrow.0 > 0).then_some(message::Borrow {
                    longest_s: spec.borrow.0,
                    lease_s: spec.borrow.1,
                    units_max: 0,
                }),
                automation_forbidden: spec.automation_forbidden,
                checkout_proof: if spec.proven {
                    message::CheckoutProof::Application.into()
                } else {
                    message::CheckoutProof::Unspecified.into()
                },
                ..Default::default()
            }],
            term: term(spec.term),
            binding: spec.proven.then(super::proving::binding),
            activation_code_digest: vec![7; 32],
            resume_window_s: spec.resume_window_s,
            maintenance_ends_at_s: spec.maintenance_ends_at,
            ..Default::default()
        }
    }

    fn certificate(
        &self,
        spec: &LicenceSpec,
        licence: &message::SignedDocument,
        daemon_key: &PublicKey,
    ) -> message::SignedDocument {
        let digest = digest_of(DocumentKind::Licence, &licence.payload);
        let id = spec.certificate_for.unwrap_or(spec.id);
        let payload = message::ActivationCertificate {
            frame: Some(frame(id, spec.serial, Vec::new())),
            licence_digest: digest.as_bytes().to_vec(),
            certificate_number: 1,
            daemon_key: daemon_key.as_bytes().to_vec(),
            valid_from_s: spec.certificate_term.0,
            valid_until_s: spec.certificate_term.1,
            shares: vec![message::Share {
                feature: spec.feature.into(),
                units: spec.share,
            }],
            request_digest: vec![9; 32],
            ..Default::default()
        };
        let (role, key) = if spec.certificate_by_activation_key {
            (message::KeyRole::Activation, &self.activation)
        } else {
            (message::KeyRole::Issuing, &self.issuing)
        };
        let chain = vec![self.key_certificate(role, key)];
        signed(DocumentKind::ActivationCertificate, &payload, key, chain)
    }

    fn key_certificate(&self, role: message::KeyRole, key: &SigningKey) -> message::SignedDocument {
        let payload = message::KeyCertificate {
            frame: Some(frame("", 1, Vec::new())),
            role: role.into(),
            public_key: key.public_key().as_bytes().to_vec(),
            products: Vec::new(),
            valid_from_s: NOW_S - 400 * DAY_S,
            valid_until_s: NOW_S + 400 * DAY_S,
        };
        signed(
            DocumentKind::KeyCertificate,
            &payload,
            &self.root,
            Vec::new(),
        )
    }
}

fn frame(licence: &str, sequence: u64, requires: Vec<u32>) -> message::DocumentFrame {
    message::DocumentFrame {
        requires,
        requires_version: "9.9".into(),
        vendor: "acme".into(),
        issued_at_s: NOW_S - DAY_S,
        licence_id: licence.into(),
        sequence,
    }
}

fn signed(
    kind: DocumentKind,
    payload: &impl prost::Message,
    key: &SigningKey,
    chain: Vec<message::SignedDocument>,
) -> message::SignedDocument {
    let Ok(signed) = sign(kind, payload.encode_to_vec(), key, chain);
    signed
}
