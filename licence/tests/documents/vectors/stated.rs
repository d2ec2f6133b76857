//! Well signed documents that state what no reader may honour: unknown to this version, senseless,
//! or not decodable.

use octroi_licence::{DocumentKind, message};
use prost::Message as _;

use super::{Vector, licence_with, written};
use crate::vendor::{
    activation_certificate, activation_chain, issued_payload, issuing_chain, licence, order,
    public, revocation_list, revoked_key, signed, signed_list, suspension,
};

const UNKNOWN_VALUE: i32 = 99;
const LATER: &str = "2.3.0";
const TOO_OLD: &str = "DAEMON_TOO_OLD";
const INVALID: &str = "DOCUMENT_TERM_INVALID";

pub(super) fn vectors() -> Vec<Vector> {
    let mut all = too_new();
    all.extend(counts_and_dates());
    all.extend(names());
    all.extend(undecodable());
    all.extend(other_kinds());
    all
}

fn payload(payload: Vec<u8>) -> String {
    written(DocumentKind::Licence, &issued_payload(payload))
}

fn ordered(payload: Vec<u8>) -> String {
    let kind = DocumentKind::Order;
    written(kind, &signed(kind, payload, "issuing", issuing_chain()))
}

fn activated(change: impl FnOnce(&mut message::ActivationCertificate)) -> String {
    let mut certificate = activation_certificate();
    change(&mut certificate);
    let kind = DocumentKind::ActivationCertificate;
    let payload = certificate.encode_to_vec();
    written(
        kind,
        &signed(kind, payload, "activation", activation_chain()),
    )
}

/// A licence that a later version issued.
fn later(change: impl FnOnce(&mut message::Licence)) -> String {
    licence_with(|licence| {
        licence.frame.as_mut().unwrap().requires_version = LATER.to_owned();
        change(licence);
    })
}

fn later_order(mut order: message::Order) -> message::Order {
    order.frame.as_mut().unwrap().requires_version = LATER.to_owned();
    order
}

fn too_new() -> Vec<Vector> {
    let requiring =
        |terms: Vec<u32>| later(|licence| licence.frame.as_mut().unwrap().requires.extend(terms));
    let mut order_kind = later_order(order(None)).encode_to_vec();
    // Field 99, length-delimited, empty: a kind of order that only a later version knows.
    order_kind.extend([0x9a, 0x06, 0]);
    let mut order_scope = later_order(suspension());
    order_scope.scope = Some(message::Scope { kind: None });
    let mut order_ground = later_order(suspension());
    order_ground.ground = UNKNOWN_VALUE;
    vec![
        Vector::refused(
            "licence-critical-term-unknown.lic",
            TOO_OLD,
            "a critical term that only version 2.3.0 knows",
            requiring(vec![4_000_000]),
        ),
        Vector::refused(
            "licence-critical-terms-many.lic",
            TOO_OLD,
            "a thousand unknown critical terms: the refusal stays short",
            requiring((5_000..6_000).collect()),
        ),
        Vector::refused(
            "licence-metric-unknown.lic",
            TOO_OLD,
            "a metric of a later version",
            later(|licence| licence.features[0].metric = UNKNOWN_VALUE),
        ),
        Vector::refused(
            "licence-grouping-unknown.lic",
            TOO_OLD,
            "a grouping of a later version",
            later(|licence| licence.features[0].grouping = UNKNOWN_VALUE),
        ),
        Vector::refused(
            "licence-key-rule-unknown.lic",
            TOO_OLD,
            "a rule for hardware keys of a later version",
            later(|licence| licence.binding.as_mut().unwrap().key_rule = UNKNOWN_VALUE),
        ),
        Vector::refused(
            "licence-key-kind-unknown.lic",
            TOO_OLD,
            "a kind of hardware key of a later version",
            later(|licence| {
                licence.binding.as_mut().unwrap().hardware_keys[0].kind = UNKNOWN_VALUE;
            }),
        ),
        Vector::refused(
            "activation-certificate-component-unknown.octroi",
            TOO_OLD,
            "a kind of host component of a later version",
            activated(|certificate| {
                certificate.frame.as_mut().unwrap().requires_version = LATER.to_owned();
                certificate.host.as_mut().unwrap().components[0].kind = UNKNOWN_VALUE;
            }),
        )
        .of(DocumentKind::ActivationCertificate),
        Vector::refused(
            "order-kind-unknown.octroi",
            TOO_OLD,
            "an order of a later kind",
            ordered(order_kind),
        )
        .of(DocumentKind::Order),
        Vector::refused(
            "order-kind-missing.octroi",
            TOO_OLD,
            "an order without a kind cannot be told from one of a later kind",
            ordered(order(None).encode_to_vec()),
        )
        .of(DocumentKind::Order),
        Vector::refused(
            "order-scope-unknown.octroi",
            TOO_OLD,
            "an order over a scope of a later kind",
            ordered(order_scope.encode_to_vec()),
        )
        .of(DocumentKind::Order),
        Vector::refused(
            "order-ground-unknown.octroi",
            TOO_OLD,
            "an order on a ground of a later version",
            ordered(order_ground.encode_to_vec()),
        )
        .of(DocumentKind::Order),
    ]
}

fn counts_and_dates() -> Vec<Vector> {
    vec![
        Vector::refused(
            "licence-count-zero.lic",
            INVALID,
            "a count of 0",
            licence_with(|licence| licence.features[0].count = 0),
        ),
        Vector::refused(
            "licence-count-four-billion.lic",
            INVALID,
            "a count of 4,294,967,295",
            licence_with(|licence| licence.features[0].count = u32::MAX),
        ),
        Vector::refused(
            "licence-span-absurd.lic",
            INVALID,
            "seats that linger for 136 years",
            licence_with(|licence| licence.features[0].linger_s = u32::MAX),
        ),
        Vector::refused(
            "licence-ends-before-start.lic",
            INVALID,
            "a term that ends before it starts",
            licence_with(|licence| {
                let term = licence.term.as_mut().unwrap();
                std::mem::swap(&mut term.starts_at_s, &mut term.ends_at_s);
            }),
        ),
        Vector::refused(
            "licence-date-absurd.lic",
            INVALID,
            "an end in the year 292,277,026,596",
            licence_with(|licence| licence.term.as_mut().unwrap().ends_at_s = i64::MAX),
        ),
        Vector::refused(
            "licence-versions-reversed.lic",
            INVALID,
            "a range of versions that ends before it starts",
            licence_with(|licence| {
                let versions = licence.features[0].versions.as_mut().unwrap();
                std::mem::swap(&mut versions.minimum, &mut versions.maximum);
            }),
        ),
        Vector::refused(
            "licence-no-features.lic",
            INVALID,
            "a licence of nothing",
            licence_with(|licence| licence.features.clear()),
        ),
        Vector::refused(
            "licence-too-many-features.lic",
            INVALID,
            "1,001 features",
            licence_with(|licence| {
                let feature = licence.features[1].clone();
                licence.features = (0..=1_000)
                    .map(|number| message::Feature {
                        name: format!("f{number}"),
                        ..feature.clone()
                    })
                    .collect();
            }),
        ),
        Vector::refused(
            "licence-feature-twice.lic",
            INVALID,
            "one feature stated twice",
            licence_with(|licence| licence.features.push(licence.features[0].clone())),
        ),
        Vector::refused(
            "licence-serial-zero.lic",
            INVALID,
            "serials count from 1",
            licence_with(|licence| licence.serial = 0),
        ),
    ]
}

fn names() -> Vec<Vector> {
    vec![
        Vector::refused(
            "licence-product-name-oversized.lic",
            INVALID,
            "a product name of 64 bytes",
            licence_with(|licence| licence.product = "p".repeat(64)),
        ),
        Vector::refused(
            "licence-client-name-oversized.lic",
            INVALID,
            "a client name of 201 bytes",
            licence_with(|licence| licence.client_name = "c".repeat(201)),
        ),
        Vector::refused(
            "licence-feature-name-control.lic",
            INVALID,
            "a feature name that would clear the terminal",
            licence_with(|licence| licence.features[0].name = "cad\u{1b}[2J".to_owned()),
        ),
        Vector::refused(
            "licence-client-name-control.lic",
            INVALID,
            "a client name with a line break, which would forge a line of the summary",
            licence_with(|licence| licence.client_name = "Atelier\nSeats: 900".to_owned()),
        ),
        Vector::refused(
            "licence-client-name-reordered.lic",
            INVALID,
            "a client name that overrides the direction of writing",
            licence_with(|licence| licence.client_name = "Atelier \u{202e}005 :staeS".to_owned()),
        ),
        Vector::refused(
            "licence-vendor-name-path.lic",
            INVALID,
            "a vendor name that would leave its realm's folder",
            licence_with(|licence| {
                licence.frame.as_mut().unwrap().vendor = "../globex".to_owned();
            }),
        ),
    ]
}

fn undecodable() -> Vec<Vector> {
    let whole = licence().encode_to_vec();
    let product = whole
        .windows(crate::vendor::PRODUCT.len())
        .position(|window| window == crate::vendor::PRODUCT.as_bytes())
        .unwrap();
    let mut latin = whole.clone();
    latin[product] = 0xff;
    vec![
        Vector::refused(
            "licence-payload-truncated.lic",
            "DOCUMENT_MALFORMED",
            "a truncated payload, signed as it stands",
            payload(whole[..whole.len() - 9].to_vec()),
        ),
        Vector::refused(
            "licence-not-utf-8.lic",
            "DOCUMENT_MALFORMED",
            "a name that is not UTF-8",
            payload(latin),
        ),
        Vector::refused(
            "licence-payload-empty.lic",
            INVALID,
            "an empty payload, signed as it stands",
            payload(Vec::new()),
        ),
    ]
}

fn other_kinds() -> Vec<Vector> {
    let mut reset = order(Some(message::order::Kind::ClockReset(
        message::ClockReset {
            daemon_key: public("daemon").as_bytes().to_vec(),
            anomaly: 17,
            new_time_s: crate::vendor::ISSUED_AT,
        },
    )));
    reset.scope = Some(message::Scope {
        kind: Some(message::scope::Kind::Feature("cad".to_owned())),
    });
    let mut twice = revocation_list(1);
    twice.keys = vec![
        revoked_key("issuing", &[]),
        revoked_key("issuing", &[crate::vendor::licence_digest()]),
    ];
    let certificate = DocumentKind::ActivationCertificate;
    vec![
        Vector::refused(
            "order-clock-reset-of-feature.octroi",
            INVALID,
            "a clock reset that concerns one feature",
            ordered(reset.encode_to_vec()),
        )
        .of(DocumentKind::Order),
        Vector::refused(
            "activation-certificate-share-absurd.octroi",
            INVALID,
            "a share of 4,294,967,295 seats",
            activated(|certificate| certificate.shares[0].units = u32::MAX),
        )
        .of(certificate),
        Vector::refused(
            "activation-certificate-share-twice.octroi",
            INVALID,
            "two shares of one feature",
            activated(|certificate| certificate.shares.push(certificate.shares[0].clone())),
        )
        .of(certificate),
        Vector::refused(
            "activation-certificate-short-digest.octroi",
            INVALID,
            "a licence digest of 31 bytes",
            activated(|certificate| {
                certificate.licence_digest.pop();
            }),
        )
        .of(certificate),
        Vector::refused(
            "revocations-key-twice.octroi",
            INVALID,
            "one key revoked twice, the second time with an exception",
            written(DocumentKind::RevocationList, &signed_list(&twice)),
        )
        .of(DocumentKind::RevocationList),
    ]
}
