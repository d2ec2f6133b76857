//! A vendor of its own: real keys and documents, as little in them as a seat needs.

use std::time::{SystemTime, UNIX_EPOCH};

use ed25519_dalek::SigningKey;
use octroi_licence::{
    ActivationRequest, DocumentKind, Signer as _, activation_code_digest, armour, digest_of,
    message, read_armoured, sign, verify_self_signed,
};
use prost::Message;

pub(crate) const VENDOR: &str = "acme";
pub(crate) const LICENCE: &str = "acme-1";
pub(crate) const PRODUCT: &str = "suite";
pub(crate) const FEATURE: &str = "solver";
pub(crate) const CODE: &str = "ABCDE-FGHJK-LMNPQ";
const DAY_S: i64 = 86_400;

fn root() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn issuing() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

fn activation() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn yesterday_s() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap() - DAY_S
}

/// The root's public key, as an application pins it.
pub(crate) fn root_key() -> String {
    root().public_key().to_string()
}

/// `root.pub`.
pub(crate) fn root_document() -> String {
    let payload = message::VendorRoot {
        frame: Some(frame("", 1)),
        vendor_name: "Acme Solvers SAS".into(),
        public_key: root().public_key().as_bytes().to_vec(),
    };
    armoured(DocumentKind::VendorRoot, &payload, &root(), Vec::new())
}

/// A licence of so many seats, one to each check-out.
pub(crate) fn licence(seats: u32) -> String {
    let payload = message::Licence {
        frame: Some(frame(LICENCE, 1)),
        serial: 1,
        product: PRODUCT.into(),
        client_id: "c-1".into(),
        features: vec![message::Feature {
            name: FEATURE.into(),
            metric: message::Metric::Concurrent.into(),
            count: seats,
            grouping: message::Grouping::Checkout.into(),
            ..Default::default()
        }],
        term: Some(message::Term {
            starts_at_s: yesterday_s(),
            ends_at_s: 0,
        }),
        activation_code_digest: activation_code_digest(CODE).to_vec(),
        ..Default::default()
    };
    let chain = vec![key_certificate(message::KeyRole::Issuing, &issuing())];
    armoured(DocumentKind::Licence, &payload, &issuing(), chain)
}

/// The certificate that answers a request: all the seats for this daemon.
pub(crate) fn certificate(request: &str, seats: u32) -> String {
    let (kind, signed) = read_armoured(request.as_bytes()).unwrap();
    assert_eq!(kind, DocumentKind::ActivationRequest);
    let request = verify_self_signed::<ActivationRequest>(&signed).unwrap();
    assert!(request.proves(CODE));
    let payload = message::ActivationCertificate {
        frame: Some(frame(LICENCE, 1)),
        licence_digest: request.licence_digest.as_bytes().to_vec(),
        certificate_number: 1,
        daemon_key: request.daemon_key.as_bytes().to_vec(),
        valid_from_s: yesterday_s(),
        shares: vec![message::Share {
            feature: FEATURE.into(),
            units: seats,
        }],
        request_digest: digest_of(kind, &signed.payload).as_bytes().to_vec(),
        ..Default::default()
    };
    let chain = vec![key_certificate(message::KeyRole::Activation, &activation())];
    armoured(
        DocumentKind::ActivationCertificate,
        &payload,
        &activation(),
        chain,
    )
}

fn key_certificate(role: message::KeyRole, key: &SigningKey) -> message::SignedDocument {
    let payload = message::KeyCertificate {
        frame: Some(frame("", 1)),
        role: role.into(),
        public_key: key.public_key().as_bytes().to_vec(),
        products: Vec::new(),
        valid_from_s: yesterday_s() - DAY_S,
        valid_until_s: yesterday_s() + 400 * DAY_S,
    };
    let Ok(signed) = sign(
        DocumentKind::KeyCertificate,
        payload.encode_to_vec(),
        &root(),
        Vec::new(),
    );
    signed
}

fn frame(licence: &str, sequence: u64) -> message::DocumentFrame {
    message::DocumentFrame {
        vendor: VENDOR.into(),
        issued_at_s: yesterday_s(),
        licence_id: licence.into(),
        sequence,
        ..Default::default()
    }
}

fn armoured(
    kind: DocumentKind,
    payload: &impl Message,
    key: &SigningKey,
    chain: Vec<message::SignedDocument>,
) -> String {
    let Ok(signed) = sign(kind, payload.encode_to_vec(), key, chain);
    armour(kind, &signed, "")
}
