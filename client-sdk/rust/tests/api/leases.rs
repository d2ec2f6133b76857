//! A lease is believed only if this session's key made it, it is fresh, it is what was asked for, and
//! the vendor's documents allow it at the lease's own time.

use octroi::{Error, Untrusted};
use octroi_proto::licensing::v1 as wire;

use crate::support::{FakeDaemon, LicenceSpec, NOW_S};

fn refused_with(daemon: &FakeDaemon) -> Untrusted {
    match daemon.open().checkout("solver").unwrap_err() {
        Error::Untrusted(why) => *why,
        other => panic!("{other:?}"),
    }
}

fn altered(alter: fn(&mut wire::LeaseTerms)) -> Untrusted {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.misbehaviour.lease = Some(alter));
    refused_with(&daemon)
}

fn under(spec: &LicenceSpec) -> Untrusted {
    refused_with(&FakeDaemon::with_licence(spec))
}

#[test]
fn a_lease_says_what_the_seat_rests_on() {
    let daemon = FakeDaemon::start();
    let seat = daemon.open().checkout("solver").unwrap();
    let lease = seat.lease();
    assert_eq!(lease.seat, seat.id());
    assert_eq!(lease.feature.as_str(), "solver");
    assert_eq!(lease.licence.as_str(), "lic-1");
    assert_eq!(lease.units, 1);
    assert_eq!(lease.granted_at.0, NOW_S * 1000);
    assert_eq!(lease.ends_at.unwrap().0, NOW_S + 86_400);
}

#[test]
fn a_forged_code_is_refused_and_no_seat_is_given_back_on_its_word() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.misbehaviour.forges_mac = true);
    let session = daemon.open();
    let error = session.checkout("solver").unwrap_err();
    assert_eq!(error.code(), "UNTRUSTED_LEASE_FORGED");
    session.list().unwrap();
    daemon.world(|world| assert_eq!(world.held(), 1));
}

#[test]
fn a_replayed_lease_is_refused() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    session
        .checkout("solver")
        .unwrap()
        .release()
        .wait()
        .unwrap();
    daemon.world(|world| world.misbehaviour.replays_lease = true);
    let error = session.checkout("solver").unwrap_err();
    assert_eq!(error.code(), "UNTRUSTED_LEASE_REPLAYED");
}

#[test]
fn a_genuine_lease_for_something_else_is_refused() {
    let field = |why| match why {
        Untrusted::LeaseMismatch { field } => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        field(altered(|terms| terms.checkout_number += 1)),
        "request number"
    );
    assert_eq!(field(altered(|terms| terms.units = 2)), "units");
}

#[test]
fn a_lease_for_a_feature_that_the_licence_does_not_name_is_refused() {
    let why = altered(|terms| terms.feature = "mesher".into());
    assert!(
        matches!(why, Untrusted::FeatureNotInLicence { .. }),
        "{why:?}"
    );
}

#[test]
fn a_lease_on_a_licence_that_is_never_shown_is_refused() {
    let why = altered(|terms| terms.licence_digest = vec![5; 32]);
    assert!(matches!(why, Untrusted::LicenceNotShown { .. }), "{why:?}");
}

#[test]
fn a_malformed_lease_is_refused() {
    let why = altered(|terms| terms.licence_digest = vec![5; 31]);
    let what = "licence digest";
    assert_eq!(why, Untrusted::LeaseMalformed { what });
}

#[test]
fn a_seat_that_is_refused_here_does_not_stay_taken_there() {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        versions: ("2027", ""),
        ..Default::default()
    });
    let session = daemon.open();
    let error = session.checkout("solver").unwrap_err();
    assert_eq!(error.code(), "UNTRUSTED_VERSION");
    daemon.until("the seat is free again", |world| world.held() == 0);
}

#[test]
fn the_licences_term_is_judged_by_the_leases_own_time() {
    // By this machine's clock the term is long over, or far ahead; the lease says otherwise.
    for year in [2_000_i64, 2_400] {
        let at = (year - 1970) * 31_557_600;
        let daemon = FakeDaemon::with_licence(&LicenceSpec {
            term: (at - 10, at + 10),
            certificate_term: (at - 10, 0),
            ..Default::default()
        });
        daemon.world(|world| world.civil_ms = at * 1000);
        let session = daemon.open();
        drop(session.checkout("solver").unwrap());

        daemon.world(|world| world.civil_ms = (at + 10) * 1000);
        let error = session.checkout("solver").unwrap_err();
        assert_eq!(error.code(), "UNTRUSTED_TERM", "{error}");
    }
}

#[test]
fn every_term_that_a_lease_rests_on_counts() {
    let what = |why| match why {
        Untrusted::OutsideTerm { what, .. } => what,
        other => panic!("{other:?}"),
    };
    let licence = under(&LicenceSpec {
        term: (NOW_S + 1, 0),
        ..Default::default()
    });
    assert_eq!(what(licence), "licence's term");
    let feature = under(&LicenceSpec {
        feature_term: (0, NOW_S),
        ..Default::default()
    });
    assert_eq!(what(feature), "feature's term");
    let certificate = under(&LicenceSpec {
        certificate_term: (NOW_S - 10, NOW_S),
        ..Default::default()
    });
    assert_eq!(what(certificate), "activation certificate");
    assert_eq!(what(altered(|terms| terms.ends_at_s = NOW_S)), "lease");
}

#[test]
fn a_perpetual_licence_gives_a_lease_without_end() {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        term: (0, 0),
        ..Default::default()
    });
    let seat = daemon.open().checkout("solver").unwrap();
    assert_eq!(seat.lease().ends_at, None);
}

#[test]
fn the_applications_version_must_lie_in_the_range() {
    let spec = LicenceSpec {
        versions: ("2025", "2026.1"),
        ..Default::default()
    };
    let daemon = FakeDaemon::with_licence(&spec);
    drop(daemon.open().checkout("solver").unwrap());

    let later = daemon.client().version("2026.2").build().unwrap();
    let error = later.open().unwrap().checkout("solver").unwrap_err();
    assert_eq!(error.code(), "UNTRUSTED_VERSION");
}

#[test]
fn an_application_that_states_no_version_gets_only_what_every_version_gets() {
    let open = |versions| {
        let daemon = FakeDaemon::with_licence(&LicenceSpec {
            versions,
            ..Default::default()
        });
        let client = octroi::Client::builder(daemon.vendor.root_bytes())
            .product("suite")
            .socket(&daemon.socket)
            .build()
            .unwrap();
        client.open().unwrap().checkout("solver").map(drop)
    };
    open(("", "")).unwrap();
    assert_eq!(open(("1", "")).unwrap_err().code(), "UNTRUSTED_VERSION");
}

#[test]
fn no_lease_is_greater_than_the_daemons_share() {
    let why = under(&LicenceSpec {
        share: 0,
        ..Default::default()
    });
    let Untrusted::AboveShare { units, share, .. } = why else {
        panic!("{why:?}");
    };
    assert_eq!((units, share), (1, 0));
}

#[test]
fn a_feature_that_is_counted_by_host_takes_one_unit_whatever_was_asked_for() {
    let daemon = FakeDaemon::with_licence(&LicenceSpec {
        per_host: true,
        share: 1,
        ..Default::default()
    });
    daemon.world(|world| world.misbehaviour.lease = Some(|terms| terms.units = 1));
    let two = octroi::CheckoutOptions::default().units(2);
    let session = daemon.open();
    let seat = session.checkout_with("solver", two).unwrap();
    assert_eq!(seat.lease().units, 1);
}
