//! Verification: chains, roles, vendors and products, where the hostile vectors do not reach.

use octroi_licence::{
    ActivationCertificate, ActivationRequest, DocumentError, DocumentKind, KeyCertificate, Licence,
    Order, ProductId, PublicKey, Revocations, TrustedRoot, VendorRoot, Verified,
    activation_code_digest, activation_code_proof, decode_signed, message, verify,
    verify_self_signed,
};
use prost::Message as _;

use crate::vendor::{
    LICENCE_ID, VENDOR, activation_certificate, activation_chain, activation_request,
    certificate_by, certified, issued, issuing_chain, key_certificate, key_id, licence,
    one_of_each, public, root, sample, signed, suspension, vendor_root, verified,
};

fn certificate(wire: &message::ActivationCertificate) -> Verified<ActivationCertificate> {
    let payload = wire.encode_to_vec();
    let kind = DocumentKind::ActivationCertificate;
    verified(&signed(kind, payload, "activation", activation_chain())).expect("it is valid")
}

/// A licence signed by an issuing key whose certificate is changed first.
fn under(
    change: impl FnOnce(&mut message::KeyCertificate),
) -> Result<Verified<Licence>, DocumentError> {
    let mut certificate = key_certificate(message::KeyRole::Issuing, "issuing");
    change(&mut certificate);
    let mut signed = issued(&licence());
    signed.chain = vec![certificate_by("root", &certificate)];
    verified(&signed)
}

#[test]
fn one_document_of_each_kind_is_honoured() {
    for (kind, payload, signer, chain) in one_of_each() {
        let document = signed(kind, payload.clone(), signer, chain);
        let judged = crate::vendor::judged(kind, &document, &root("root"), &Revocations::default());
        assert_eq!(
            judged,
            Ok(octroi_licence::digest_of(kind, &payload)),
            "{kind}"
        );
    }
}

#[test]
fn a_document_under_every_other_kinds_signature_is_named_as_that_kind() {
    for (actual, payload, signer, chain) in one_of_each() {
        let document = signed(actual, payload, signer, chain);
        for expected in [DocumentKind::Licence, DocumentKind::Order] {
            if expected == actual || matches!(signer, "root" | "activation" | "daemon" | "escrow") {
                continue;
            }
            let error =
                crate::vendor::judged(expected, &document, &root("root"), &Revocations::default());
            assert_eq!(error, Err(DocumentError::AnotherKind { expected, actual }));
        }
    }
}

#[test]
fn what_was_verified_says_who_signed_it_and_keeps_its_bytes() {
    let document = issued(&licence());
    let verified: Verified<Licence> = verified(&document).unwrap();
    assert_eq!(verified.signed_by(), key_id("issuing"));
    assert_eq!(verified.frame().vendor.as_str(), VENDOR);
    assert_eq!(verified.frame().sequence, 1);
    let stored = decode_signed(DocumentKind::Licence, verified.bytes()).unwrap();
    assert_eq!(stored, document);
}

#[test]
fn signatures_and_chain_do_not_change_the_digest() {
    let mut more = issued(&licence());
    more.chain.push(certified(
        message::KeyRole::Activation,
        "activation",
        "root",
    ));
    more.signatures
        .insert(0, message::DocumentSignature::default());
    assert_eq!(
        verified::<Licence>(&more).unwrap().digest(),
        sample().digest()
    );
}

#[test]
fn a_key_with_several_certificates_is_covered_by_any_of_them() {
    let mut expired = key_certificate(message::KeyRole::Issuing, "issuing");
    expired.valid_until_s = expired.valid_from_s + 1;
    let mut document = issued(&licence());
    document.chain = vec![
        certified(message::KeyRole::Activation, "issuing", "root"),
        certificate_by("root", &expired),
        certified(message::KeyRole::Issuing, "issuing", "root"),
    ];
    assert!(verified::<Licence>(&document).is_ok());
}

#[test]
fn dates_are_covered_from_the_first_instant_to_before_the_last() {
    let issued_at = crate::vendor::ISSUED_AT;
    assert!(under(|certificate| certificate.valid_from_s = issued_at).is_ok());
    assert!(under(|certificate| certificate.valid_until_s = issued_at + 1).is_ok());
    for refused in [
        under(|certificate| certificate.valid_from_s = issued_at + 1),
        under(|certificate| certificate.valid_until_s = issued_at),
    ] {
        assert_eq!(refused.unwrap_err().code(), "DOCUMENT_OUTSIDE_CERTIFICATE");
    }
}

#[test]
fn a_certificate_for_some_products_covers_those_alone() {
    let products = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    assert!(under(|one| one.products = products(&["other", "workbench"])).is_ok());
    assert_eq!(
        under(|one| one.products = products(&["other"]))
            .unwrap_err()
            .code(),
        "DOCUMENT_PRODUCT_NOT_COVERED"
    );
}

#[test]
fn a_root_for_some_products_hands_on_no_others() {
    let chain = |root_products: &[&str], issuing_products: &[&str]| {
        let names = |products: &[&str]| products.iter().map(|&name| name.to_owned()).collect();
        let mut second = key_certificate(message::KeyRole::Root, "root-2");
        second.products = names(root_products);
        let mut issuing = key_certificate(message::KeyRole::Issuing, "issuing");
        issuing.products = names(issuing_products);
        let mut document = issued(&licence());
        document.chain = vec![
            certificate_by("root", &second),
            certificate_by("root-2", &issuing),
        ];
        verified::<Licence>(&document)
            .map(|_| ())
            .map_err(|error| error.code())
    };
    let refused = Err("DOCUMENT_PRODUCT_NOT_COVERED");
    assert_eq!(chain(&["workbench"], &[]), Ok(()));
    assert_eq!(chain(&["workbench", "other"], &["workbench"]), Ok(()));
    assert_eq!(chain(&["other"], &[]), refused);
    assert_eq!(chain(&["other"], &["workbench"]), refused);
}

#[test]
fn a_realm_accepts_its_own_vendor_only() {
    let handed_out = signed(
        DocumentKind::VendorRoot,
        vendor_root("root").encode_to_vec(),
        "root",
        Vec::new(),
    );
    let handed_out: Verified<VendorRoot> = verify_self_signed(&handed_out).unwrap();
    let accepted = TrustedRoot::accepted(&handed_out);
    assert_eq!(accepted.id(), key_id("root"));
    let none = Revocations::default();
    assert!(verify::<Licence>(&issued(&licence()), &accepted, &none).is_ok());

    let mut certificate = key_certificate(message::KeyRole::Issuing, "issuing");
    certificate.frame.as_mut().unwrap().vendor = "other".to_owned();
    let mut licence = licence();
    licence.frame.as_mut().unwrap().vendor = "other".to_owned();
    let mut foreign = issued(&licence);
    foreign.chain = vec![certificate_by("root", &certificate)];
    let error = verify::<Licence>(&foreign, &accepted, &none).unwrap_err();
    assert_eq!(error.code(), "DOCUMENT_OF_ANOTHER_VENDOR");
}

#[test]
fn a_refused_certificate_is_named_rather_than_an_unknown_signer() {
    let error = under(|certificate| {
        let frame = certificate.frame.as_mut().unwrap();
        frame.requires = vec![4_000_000];
        frame.requires_version = "9.1".to_owned();
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the key certificate states terms that this version does not know (term 4000000); version \
         9.1 or later is needed"
    );
}

#[test]
fn a_document_that_needs_a_later_version_is_recognised_though_its_terms_changed_shape() {
    // Field 2 of a licence as a later version might write it: no longer a number.
    let frame = message::DocumentFrame {
        requires: vec![4_000_000],
        ..crate::vendor::frame(1)
    };
    let payload = message::VendorRoot {
        frame: Some(frame),
        vendor_name: "another shape".to_owned(),
        public_key: Vec::new(),
    };
    let error = verified::<Licence>(&crate::vendor::issued_payload(payload.encode_to_vec()));
    assert_eq!(error.unwrap_err().code(), "DAEMON_TOO_OLD");
}

#[test]
fn an_order_belongs_to_its_licence_only() {
    let order = |change: fn(&mut message::Order)| -> Verified<Order> {
        let mut order = suspension();
        change(&mut order);
        let payload = order.encode_to_vec();
        verified(&signed(
            DocumentKind::Order,
            payload,
            "issuing",
            issuing_chain(),
        ))
        .unwrap()
    };
    assert_eq!(order(|_| {}).belongs_to(&sample()), Ok(()));
    let other = order(|order| order.frame.as_mut().unwrap().licence_id = "other".to_owned());
    let error = other.belongs_to(&sample()).unwrap_err();
    assert_eq!(error.code(), "DOCUMENT_OF_ANOTHER_LICENCE");
}

#[test]
fn an_order_by_a_key_for_other_products_does_not_reach_the_licence() {
    let mut certificate = key_certificate(message::KeyRole::Issuing, "issuing");
    certificate.products = vec!["other".to_owned()];
    let chain = vec![certificate_by("root", &certificate)];
    let payload = suspension().encode_to_vec();
    let order: Verified<Order> =
        verified(&signed(DocumentKind::Order, payload, "issuing", chain)).unwrap();
    assert_eq!(
        order.belongs_to(&sample()),
        Err(DocumentError::ProductNotCovered {
            key: key_id("issuing"),
            product: "workbench".parse::<ProductId>().unwrap(),
        })
    );
}

#[test]
fn a_certificate_serves_the_licence_document_it_names_and_no_other_serial() {
    let certificate = certificate(&activation_certificate());
    assert_eq!(certificate.serves(&sample()), Ok(()));
    let mut next = licence();
    next.serial = 2;
    next.frame.as_mut().unwrap().sequence = 2;
    let next: Verified<Licence> = verified(&issued(&next)).unwrap();
    assert_eq!(
        certificate.serves(&next),
        Err(DocumentError::AnotherSerial {
            kind: DocumentKind::ActivationCertificate,
            licence: LICENCE_ID.parse().unwrap(),
            serial: 2,
        })
    );
}

#[test]
fn a_request_is_its_daemons_own() {
    let payload = activation_request().encode_to_vec();
    let kind = DocumentKind::ActivationRequest;
    let request: Verified<ActivationRequest> =
        verify_self_signed(&signed(kind, payload.clone(), "daemon", Vec::new())).unwrap();
    assert_eq!(request.signed_by(), key_id("daemon"));
    let forged = verify_self_signed::<ActivationRequest>(&signed(kind, payload, "root", vec![]));
    assert_eq!(forged.unwrap_err().code(), "DOCUMENT_ALTERED");
}

#[test]
fn a_request_proves_the_code_that_it_was_made_with() {
    let code = "7KQF-M2XA 9dwe";
    let mut wire = activation_request();
    let digest = sample().digest();
    wire.code_proof = activation_code_proof(code, digest, &public("daemon"), &[2; 16]).to_vec();
    let payload = wire.encode_to_vec();
    let request: Verified<ActivationRequest> = verify_self_signed(&signed(
        DocumentKind::ActivationRequest,
        payload,
        "daemon",
        Vec::new(),
    ))
    .unwrap();
    assert!(request.proves(code));
    assert!(request.proves("7kqfm2xa9DWE"));
    assert!(!request.proves("7KQF-M2XA-9DWF"));
    assert_eq!(
        activation_code_digest(code),
        activation_code_digest("7kqf m2xa-9dwe")
    );
}

#[test]
fn a_bare_envelope_of_a_hundred_megabytes_is_refused_unread() {
    let error = decode_signed(DocumentKind::Licence, &vec![0; 100 << 20]).unwrap_err();
    assert_eq!(error.code(), "DOCUMENT_TOO_LARGE");
}

#[test]
fn a_document_larger_than_any_file_is_refused_however_it_arrived() {
    let mut large = issued(&licence());
    large.signatures[0].signature = vec![0; octroi_licence::DOCUMENT_BYTES_MAX];
    assert_eq!(
        verified::<Licence>(&large).unwrap_err().code(),
        "DOCUMENT_TOO_LARGE"
    );
}

#[test]
fn a_public_key_has_one_encoding_and_is_not_of_small_order() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert!(PublicKey::from_bytes(&identity).is_none(), "small order");
    // y = p + 3 encodes the same point as y = 3, where that is one.
    let mut canonical = [0; 32];
    canonical[0] = 3;
    let mut beyond = [0xff; 32];
    beyond[0] = 0xf0;
    beyond[31] = 0x7f;
    assert!(PublicKey::from_bytes(&canonical).is_some());
    assert!(PublicKey::from_bytes(&beyond).is_none(), "not canonical");
    assert!(PublicKey::from_bytes(&[1; 31]).is_none(), "too short");
    assert!(PublicKey::from_bytes(&[2; 32]).is_none(), "no point");
}

#[test]
fn a_key_certificate_verifies_on_its_own() {
    let certified: Verified<KeyCertificate> =
        verified(&certified(message::KeyRole::Issuing, "issuing", "root")).unwrap();
    assert_eq!(certified.public_key, public("issuing"));
}
