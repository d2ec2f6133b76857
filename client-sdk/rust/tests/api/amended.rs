//! Leases under an amended licence, and under one that an escrow agent released: the application verifies
//! both itself.

use ed25519_dalek::SigningKey;

use crate::support::{FakeDaemon, LicenceSpec, NOW_S, Vendor};

const DAY_S: i64 = 86_400;

fn agent() -> SigningKey {
    SigningKey::from_bytes(&[77; 32])
}

fn code(daemon: &FakeDaemon, version: &str) -> &'static str {
    let client = daemon.client().version(version).build().unwrap();
    let checked_out = match client.open() {
        Ok(session) => session.checkout("solver").err().map(|error| error.code()),
        Err(error) => Some(error.code()),
    };
    checked_out.unwrap_or("granted")
}

/// Activated until yesterday.
fn run_out() -> LicenceSpec {
    LicenceSpec {
        certificate_term: (NOW_S - 3 * DAY_S, NOW_S - DAY_S),
        escrow: Some(agent()),
        ..Default::default()
    }
}

#[test]
fn a_lease_under_an_amendment_is_believed_by_what_the_amendment_states() {
    let daemon = FakeDaemon::start();
    let amended = LicenceSpec {
        feature: "render",
        ..Default::default()
    };
    daemon.world(|world| {
        world.documents[0].licence = None;
        world.documents[0].amendment = Some(Vendor::new(1).amendment(&LicenceSpec::default()));
    });
    let seat = daemon.open().checkout("solver").unwrap();
    assert_eq!(seat.lease().licence.as_str(), "lic-1");
    daemon.world(|world| {
        world.documents[0].amendment = Some(Vendor::new(1).amendment(&amended));
    });
    assert_eq!(code(&daemon, "2026.1"), "UNTRUSTED_FEATURE");
}

#[test]
fn an_amendment_that_another_vendor_signed_is_not_believed() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| {
        world.documents[0].licence = None;
        world.documents[0].amendment = Some(Vendor::new(2).amendment(&LicenceSpec::default()));
    });
    assert_eq!(code(&daemon, "2026.1"), "UNTRUSTED_DOCUMENT");
}

#[test]
fn an_escrow_release_lifts_the_certificates_end_for_the_versions_that_it_covers() {
    let spec = run_out();
    let daemon = FakeDaemon::with_licence(&spec);
    assert_eq!(code(&daemon, "2026.1"), "UNTRUSTED_TERM");
    daemon.world(|world| {
        world.documents[0].escrow_release = Some(Vendor::release(&agent(), &spec, "2026.1"));
    });
    assert_eq!(code(&daemon, "2026.1"), "granted");
    assert_eq!(code(&daemon, "2027.1"), "UNTRUSTED_TERM");
}

#[test]
fn a_release_by_a_key_that_the_licence_does_not_name_lifts_nothing() {
    let spec = run_out();
    let daemon = FakeDaemon::with_licence(&spec);
    let stranger = SigningKey::from_bytes(&[78; 32]);
    daemon.world(|world| {
        world.documents[0].escrow_release = Some(Vendor::release(&stranger, &spec, ""));
    });
    assert_eq!(code(&daemon, "2026.1"), "UNTRUSTED_DOCUMENT");
}
