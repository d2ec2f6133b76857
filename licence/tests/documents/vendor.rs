//! A vendor of test keys and sample documents. The keys come from published seeds: they are worth
//! nothing and sign nothing outside tests.

use ed25519_dalek::SigningKey;
use octroi_licence::{
    DocumentError, DocumentKind, DocumentType, KeyId, Licence, PublicKey, Revocations, TrustedRoot,
    Verified, message, sign, verify,
};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

pub(crate) mod full;
mod kinds;
pub(crate) mod reports;

pub(crate) use kinds::{judged, one_of_each};

pub(crate) const VENDOR: &str = "acme";
pub(crate) const PRODUCT: &str = "workbench";
pub(crate) const LICENCE_ID: &str = "acme-2026-0042";
/// 2025-01-01T00:00:00Z.
pub(crate) const VALID_FROM: i64 = 1_735_689_600;
/// 2026-01-01T00:00:00Z.
pub(crate) const ISSUED_AT: i64 = 1_767_225_600;
/// 2030-01-01T00:00:00Z.
pub(crate) const VALID_UNTIL: i64 = 1_893_456_000;

/// The key that a name stands for; its seed is SHA-256 of this text.
pub(crate) fn seed(name: &str) -> [u8; 32] {
    Sha256::digest(format!("octroi test key, never for real use: {name}")).into()
}

pub(crate) fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(&seed(name))
}

pub(crate) fn public(name: &str) -> PublicKey {
    key(name).verifying_key().into()
}

pub(crate) fn key_id(name: &str) -> KeyId {
    public(name).id()
}

pub(crate) fn root(name: &str) -> TrustedRoot {
    TrustedRoot::pinned(public(name))
}

pub(crate) fn frame(sequence: u64) -> message::DocumentFrame {
    message::DocumentFrame {
        requires: Vec::new(),
        requires_version: "0.1.0".to_owned(),
        vendor: VENDOR.to_owned(),
        issued_at_s: ISSUED_AT,
        licence_id: LICENCE_ID.to_owned(),
        sequence,
    }
}

/// A frame of the vendor as a whole.
pub(crate) fn vendor_frame(sequence: u64) -> message::DocumentFrame {
    message::DocumentFrame {
        licence_id: String::new(),
        ..frame(sequence)
    }
}

pub(crate) fn key_certificate(role: message::KeyRole, subject: &str) -> message::KeyCertificate {
    message::KeyCertificate {
        frame: Some(vendor_frame(0)),
        role: role.into(),
        public_key: public(subject).as_bytes().to_vec(),
        products: Vec::new(),
        valid_from_s: VALID_FROM,
        valid_until_s: VALID_UNTIL,
    }
}

pub(crate) fn signed(
    kind: DocumentKind,
    payload: Vec<u8>,
    signer: &str,
    chain: Vec<message::SignedDocument>,
) -> message::SignedDocument {
    let Ok(document) = sign(kind, payload, &key(signer), chain);
    document
}

/// A certificate for `subject`, signed by `signer`.
pub(crate) fn certified(
    role: message::KeyRole,
    subject: &str,
    signer: &str,
) -> message::SignedDocument {
    certificate_by(signer, &key_certificate(role, subject))
}

pub(crate) fn certificate_by(
    signer: &str,
    certificate: &message::KeyCertificate,
) -> message::SignedDocument {
    let payload = certificate.encode_to_vec();
    signed(DocumentKind::KeyCertificate, payload, signer, Vec::new())
}

/// The usual chain: the root's word for the issuing key.
pub(crate) fn issuing_chain() -> Vec<message::SignedDocument> {
    vec![certified(message::KeyRole::Issuing, "issuing", "root")]
}

pub(crate) fn activation_chain() -> Vec<message::SignedDocument> {
    vec![certified(
        message::KeyRole::Activation,
        "activation",
        "root",
    )]
}

/// A licence that states something of everything.
pub(crate) fn licence() -> message::Licence {
    message::Licence {
        frame: Some(message::DocumentFrame {
            // Sites, binding, resume window, minimum hold and what they and the features set.
            requires: vec![
                101, 102, 103, 104, 111, 121, 122, 123, 124, 125, 126, 131, 132, 133, 141, 201,
                202, 203, 211, 212,
            ],
            ..frame(1)
        }),
        serial: 1,
        product: PRODUCT.to_owned(),
        client_id: "C-1009".to_owned(),
        client_name: "Atelier Brisé & Fils".to_owned(),
        order_number: "PO 4711/26".to_owned(),
        terms_acceptance: Some(message::TermsAcceptance {
            terms_digest: vec![7; 32],
            accepted_at_s: ISSUED_AT - 86_400,
            reference: "A-77".to_owned(),
        }),
        features: vec![
            message::Feature {
                name: "cad".to_owned(),
                metric: message::Metric::Concurrent.into(),
                count: 2,
                grouping: message::Grouping::UserHost.into(),
                versions: Some(message::VersionRange {
                    minimum: "2024".to_owned(),
                    maximum: "2026.1".to_owned(),
                }),
                linger_s: 300,
                term: Some(message::Term {
                    starts_at_s: ISSUED_AT,
                    ends_at_s: VALID_UNTIL,
                }),
                ..message::Feature::default()
            },
            message::Feature {
                name: "render".to_owned(),
                metric: message::Metric::Host.into(),
                count: 4,
                ..message::Feature::default()
            },
        ],
        sites: vec![message::Site {
            id: "lyon".to_owned(),
            name: "Lyon, rue Bât-d'Argent".to_owned(),
            country: "FR".to_owned(),
            hosts_max: 3,
            zone: None,
        }],
        term: Some(message::Term {
            starts_at_s: ISSUED_AT,
            ends_at_s: VALID_UNTIL,
        }),
        binding: Some(message::Binding {
            hardware_keys: vec![hardware_key()],
            key_rule: message::KeyRule::Any.into(),
            proof_interval_s: 60,
            absence_budget_s: 600,
            absence_window_s: 86_400,
            host: Some(message::HostBinding {
                components_required: 3,
            }),
        }),
        server: Some(message::ActivationServer {
            address: "https://licences.acme.example:8443".to_owned(),
            key_pins: vec![vec![9; 32]],
            web_pki: false,
            region: "EU".to_owned(),
        }),
        activation_code_digest: vec![5; 32],
        resume_window_s: 10,
        escrow_key: public("escrow").as_bytes().to_vec(),
        minimum_hold_s: 20,
        ..message::Licence::default()
    }
}

pub(crate) fn hardware_key() -> message::HardwareKey {
    message::HardwareKey {
        kind: message::HardwareKeyKind::Dongle.into(),
        serial: vec![3; 16],
        public_key: public("dongle").as_bytes().to_vec(),
        emulator_accepted: false,
        credential_id: Vec::new(),
        revoked: false,
    }
}

pub(crate) fn order(kind: Option<message::order::Kind>) -> message::Order {
    message::Order {
        frame: Some(message::DocumentFrame {
            requires: vec![401, 410, 421],
            ..frame(2)
        }),
        scope: Some(message::Scope {
            kind: Some(message::scope::Kind::WholeLicence(message::WholeLicence {})),
        }),
        ground: message::Ground::LatePayment.into(),
        effective_at_s: ISSUED_AT + 86_400,
        reason: "invoice 2026-17".to_owned(),
        kind,
    }
}

pub(crate) fn suspension() -> message::Order {
    order(Some(message::order::Kind::Suspend(message::Suspend {})))
}

pub(crate) fn activation_request() -> message::ActivationRequest {
    message::ActivationRequest {
        frame: Some(frame(0)),
        licence_digest: licence_digest().to_vec(),
        daemon_key: public("daemon").as_bytes().to_vec(),
        site: "lyon".to_owned(),
        host: Some(host()),
        code_proof: vec![1; 32],
        nonce: vec![2; 16],
        shares: vec![share("cad", 1)],
        daemon_version: "0.1.0".to_owned(),
    }
}

pub(crate) fn activation_certificate() -> message::ActivationCertificate {
    message::ActivationCertificate {
        frame: Some(message::DocumentFrame {
            requires: vec![301, 302],
            ..frame(1)
        }),
        licence_digest: licence_digest().to_vec(),
        certificate_number: 1,
        daemon_key: public("daemon").as_bytes().to_vec(),
        site: "lyon".to_owned(),
        host: Some(host()),
        valid_from_s: ISSUED_AT,
        valid_until_s: VALID_UNTIL,
        shares: vec![share("cad", 1), share("render", 0)],
        request_digest: vec![8; 32],
        server_country: String::new(),
    }
}

fn share(feature: &str, units: u32) -> message::Share {
    message::Share {
        feature: feature.to_owned(),
        units,
    }
}

fn host() -> message::HostIdentity {
    let component = |kind: message::HostComponentKind| message::HostComponent {
        kind: kind.into(),
        digest: vec![6; 32],
    };
    message::HostIdentity {
        salt: vec![4; 16],
        components: vec![
            component(message::HostComponentKind::MachineId),
            component(message::HostComponentKind::BoardSerial),
            component(message::HostComponentKind::Disk),
        ],
    }
}

pub(crate) fn revocation_list(version: u64) -> message::RevocationList {
    message::RevocationList {
        frame: Some(vendor_frame(version)),
        keys: Vec::new(),
        licences: Vec::new(),
    }
}

pub(crate) fn revoked_key(name: &str, honoured: &[[u8; 32]]) -> message::RevokedKey {
    message::RevokedKey {
        key_id: key_id(name).as_bytes().to_vec(),
        untrusted_after_s: ISSUED_AT + 3_600,
        honoured: honoured.iter().map(|digest| digest.to_vec()).collect(),
    }
}

/// Signed by an issuing key of its own, so that it can revoke the usual one.
pub(crate) fn signed_list(list: &message::RevocationList) -> message::SignedDocument {
    signed(
        DocumentKind::RevocationList,
        list.encode_to_vec(),
        "issuing-2",
        vec![certified(message::KeyRole::Issuing, "issuing-2", "root")],
    )
}

/// Signed by the issuing key, with its chain.
pub(crate) fn issued(licence: &message::Licence) -> message::SignedDocument {
    issued_payload(licence.encode_to_vec())
}

pub(crate) fn issued_payload(payload: Vec<u8>) -> message::SignedDocument {
    signed(DocumentKind::Licence, payload, "issuing", issuing_chain())
}

/// Digest of the sample licence.
pub(crate) fn licence_digest() -> [u8; 32] {
    let payload = licence().encode_to_vec();
    *octroi_licence::digest_of(DocumentKind::Licence, &payload).as_bytes()
}

/// Verifies under the usual root, nothing revoked.
pub(crate) fn verified<T: DocumentType>(
    signed: &message::SignedDocument,
) -> Result<Verified<T>, DocumentError> {
    verify(signed, &root("root"), &Revocations::default())
}

pub(crate) fn sample() -> Verified<Licence> {
    verified(&issued(&licence())).expect("the sample is valid")
}

pub(crate) fn vendor_root(name: &str) -> message::VendorRoot {
    message::VendorRoot {
        frame: Some(vendor_frame(0)),
        vendor_name: "Acme Software".to_owned(),
        public_key: public(name).as_bytes().to_vec(),
    }
}
