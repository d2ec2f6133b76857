//! What the daemon shows is believed only under the pinned root.

use octroi::{Client, DocumentError, Error, Untrusted};
use octroi_proto::licensing::v1::LicenceDocuments;

use crate::support::{FakeDaemon, LicenceSpec, Misbehaviour, Vendor, daemon::daemon_public_key};

fn opened(daemon: &FakeDaemon) -> Result<octroi::Session, Error> {
    daemon.client().build().unwrap().open()
}

fn untrusted(daemon: &FakeDaemon) -> Untrusted {
    match opened(daemon).unwrap_err() {
        Error::Untrusted(why) => *why,
        other => panic!("{other:?}"),
    }
}

fn misbehaving(misbehaviour: Misbehaviour) -> Untrusted {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.misbehaviour = misbehaviour);
    untrusted(&daemon)
}

fn document_code(why: Untrusted) -> &'static str {
    match why {
        Untrusted::Document { source, .. } => source.code(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_proof_with_a_wrong_signature_is_refused() {
    let why = misbehaving(Misbehaviour {
        bad_signature: true,
        ..Default::default()
    });
    assert_eq!(why, Untrusted::ProofSignature);
}

#[test]
fn a_proof_of_an_earlier_conversation_is_refused() {
    let daemon = FakeDaemon::start();
    let _genuine = daemon.open();
    daemon.world(|world| world.misbehaviour.replays_proof = true);
    let field = "nonce";
    assert_eq!(untrusted(&daemon), Untrusted::ProofMismatch { field });
}

#[test]
fn a_proof_for_another_product_is_refused() {
    let why = misbehaving(Misbehaviour {
        proof_product: Some("other".into()),
        ..Default::default()
    });
    assert_eq!(why, Untrusted::ProofMismatch { field: "product" });
}

#[test]
fn a_key_agreement_that_anybody_could_know_is_refused() {
    let daemon = FakeDaemon::start();
    // The fake daemon derives its own half all the same; only the application must refuse.
    daemon.world(|world| world.misbehaviour.no_key_agreement = true);
    assert_eq!(untrusted(&daemon), Untrusted::KeyAgreement);
}

#[test]
fn a_daemon_of_another_vendor_is_refused() {
    let daemon = FakeDaemon::start();
    let client = Client::builder(Vendor::new(2).root_bytes())
        .product("suite")
        .socket(&daemon.socket)
        .build()
        .unwrap();
    let Error::Untrusted(why) = client.open().unwrap_err() else {
        panic!("trusted");
    };
    assert_eq!(document_code(*why), "DOCUMENT_UNTRUSTED");
}

#[test]
fn a_certificate_for_another_daemons_key_is_refused() {
    let daemon = FakeDaemon::start();
    let other = Vendor::new(9).root();
    daemon.world(|world| {
        world.documents = vec![daemon.vendor.documents(&LicenceSpec::default(), &other)];
    });
    assert!(matches!(
        untrusted(&daemon),
        Untrusted::AnotherDaemon { .. }
    ));
}

#[test]
fn a_licence_with_a_critical_term_that_the_application_does_not_know_asks_for_a_newer_one() {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        requires: vec![899],
        ..Default::default()
    });
    let error = opened(&daemon).unwrap_err();
    assert_eq!(error.code(), "APPLICATION_TOO_OLD");
    let Error::ApplicationTooOld { source } = error else {
        panic!("{error:?}");
    };
    assert!(matches!(*source, DocumentError::TooNew { .. }), "{source}");
    assert!(source.to_string().contains("9.9"), "{source}");
}

#[test]
fn a_licence_whose_bytes_were_altered_is_refused() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| {
        let payload = &mut world.documents[0].licence.as_mut().unwrap().payload;
        *payload.last_mut().unwrap() ^= 1;
    });
    assert_eq!(document_code(untrusted(&daemon)), "DOCUMENT_ALTERED");
}

#[test]
fn a_certificate_that_an_issuing_key_signed_is_refused() {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        certificate_by_activation_key: false,
        ..Default::default()
    });
    assert_eq!(document_code(untrusted(&daemon)), "DOCUMENT_KEY_ROLE");
}

#[test]
fn a_certificate_of_another_licence_is_refused() {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        certificate_for: Some("lic-2"),
        ..Default::default()
    });
    let code = document_code(untrusted(&daemon));
    assert_eq!(code, "DOCUMENT_OF_ANOTHER_LICENCE");
}

#[test]
fn a_licence_of_another_product_is_refused() {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        product: "other",
        ..Default::default()
    });
    assert!(matches!(
        untrusted(&daemon),
        Untrusted::AnotherProduct { .. }
    ));
}

#[test]
fn a_certificate_of_an_older_serial_serves_the_newer_one() {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        serial: 2,
        certificate_for_older_serial: true,
        ..Default::default()
    });
    drop(daemon.open().checkout("solver").unwrap());
}

#[test]
fn a_licence_that_is_not_honoured_does_not_stand_in_the_way_of_one_that_is() {
    let good = LicenceSpec::default();
    let too_new = LicenceSpec {
        id: "lic-2",
        requires: vec![899],
        ..Default::default()
    };
    let daemon = FakeDaemon::with_licences(&[good, too_new]);
    let session = daemon.open();
    drop(session.checkout("solver").unwrap());

    // A lease on the other one says why it is not believed.
    daemon.world(|world| world.documents.swap(0, 1));
    let error = session.checkout("solver").unwrap_err();
    assert_eq!(error.code(), "APPLICATION_TOO_OLD");
}

#[test]
fn more_licences_than_are_looked_at_are_refused() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.documents = vec![LicenceDocuments::default(); 300]);
    assert!(matches!(
        untrusted(&daemon),
        Untrusted::TooManyLicences { found: 300, .. }
    ));
}

#[test]
fn without_licences_a_session_opens_so_that_the_daemon_can_say_what_is_missing() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| {
        world.documents.clear();
        world.misbehaviour.refuses = Some(octroi_proto::licensing::v1::RefusalCode::NotActivated);
    });
    let error = daemon.open().checkout("solver").unwrap_err();
    assert_eq!(error.code(), "NOT_ACTIVATED");
}

#[test]
fn no_lease_is_believed_under_a_licence_without_an_activation_certificate() {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        with_certificate: false,
        ..Default::default()
    });
    let error = daemon.open().checkout("solver").unwrap_err();
    assert_eq!(error.code(), "UNTRUSTED_NOT_ACTIVATED");
    assert_eq!(daemon_public_key(), daemon.open().daemon_key());
}
