//! Revocation: of keys, of the keys they vouched for, and of licences.

use octroi_licence::{
    DocumentDigest, DocumentError, DocumentKind, Licence, RevocationList, Revocations, Verified,
    message, verify,
};
use prost::Message as _;

use crate::vendor::{
    certified, issued, key_id, licence, licence_digest, revocation_list, revoked_key, root, signed,
    signed_list, verified,
};

fn revocations(list: &message::RevocationList) -> Revocations {
    let list: Verified<RevocationList> = verified(&signed_list(list)).expect("the list is valid");
    Revocations::of(&list)
}

fn revoking(name: &str, honoured: &[[u8; 32]]) -> Revocations {
    let mut list = revocation_list(1);
    list.keys = vec![revoked_key(name, honoured)];
    revocations(&list)
}

/// The sample licence under a new root that the old one cross-signed.
fn cross_signed() -> message::SignedDocument {
    signed(
        DocumentKind::Licence,
        licence().encode_to_vec(),
        "issuing-3",
        vec![
            certified(message::KeyRole::Issuing, "issuing-3", "root-2"),
            certified(message::KeyRole::Root, "root-2", "root"),
        ],
    )
}

fn judged(
    signed: &message::SignedDocument,
    revocations: &Revocations,
) -> Result<DocumentDigest, DocumentError> {
    verify::<Licence>(signed, &root("root"), revocations).map(|verified| verified.digest())
}

#[test]
fn a_revoked_keys_licence_is_refused_whatever_its_date() {
    let mut old = licence();
    old.frame.as_mut().unwrap().issued_at_s -= 86_400;
    let error = judged(&issued(&old), &revoking("issuing", &[])).unwrap_err();
    assert!(matches!(error, DocumentError::KeyRevoked { key, .. } if key == key_id("issuing")));
}

#[test]
fn a_digest_still_honoured_stands_and_no_other() {
    let revocations = revoking("issuing", &[licence_digest()]);
    assert!(judged(&issued(&licence()), &revocations).is_ok());
    let mut other = licence();
    other.serial = 2;
    assert_eq!(
        judged(&issued(&other), &revocations).unwrap_err().code(),
        "DOCUMENT_KEY_REVOKED"
    );
}

#[test]
fn a_second_signature_by_a_good_key_carries_the_document() {
    let mut twice = issued(&licence());
    let payload = licence().encode_to_vec();
    let good = signed(DocumentKind::Licence, payload, "issuing-2", Vec::new());
    twice.signatures.extend(good.signatures);
    twice
        .chain
        .push(certified(message::KeyRole::Issuing, "issuing-2", "root"));
    let verified = verify::<Licence>(&twice, &root("root"), &revoking("issuing", &[])).unwrap();
    assert_eq!(verified.signed_by(), key_id("issuing-2"));
}

#[test]
fn a_revoked_root_vouches_for_nobody() {
    assert!(judged(&cross_signed(), &Revocations::default()).is_ok());
    let error = judged(&cross_signed(), &revoking("root-2", &[])).unwrap_err();
    assert!(matches!(error, DocumentError::KeyRevoked { key, .. } if key == key_id("root-2")));
}

#[test]
fn a_list_cannot_take_away_the_trusted_root_under_which_it_is_signed() {
    assert!(judged(&issued(&licence()), &revoking("root", &[])).is_ok());
}

#[test]
fn a_revoked_key_cannot_sign_the_next_list() {
    let list = revocation_list(2);
    let error = verify::<RevocationList>(
        &signed_list(&list),
        &root("root"),
        &revoking("issuing-2", &[]),
    )
    .unwrap_err();
    assert_eq!(error.code(), "DOCUMENT_KEY_REVOKED");
}

#[test]
fn serials_up_to_the_stated_one_are_revoked() {
    let mut list = revocation_list(7);
    list.licences = vec![message::RevokedLicence {
        licence_id: "acme-2026-0042".to_owned(),
        serial_max: 3,
        reason: "replaced".to_owned(),
    }];
    let revocations = revocations(&list);
    let id = "acme-2026-0042".parse().unwrap();
    assert_eq!(revocations.version(), 7);
    assert!(revocations.licence_revoked(&id, 3));
    assert!(!revocations.licence_revoked(&id, 4));
    assert!(!revocations.licence_revoked(&"another".parse().unwrap(), 1));
}

#[test]
fn before_any_list_nothing_is_revoked() {
    let none = Revocations::default();
    assert_eq!(none.version(), 0);
    assert_eq!(
        none.revoked(key_id("issuing"), DocumentDigest::from_bytes([0; 32])),
        None
    );
}
