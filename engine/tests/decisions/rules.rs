//! Every reason for which a check-out is refused, and that it is the true one.

use octroi_engine::{Caller, Command, Outcome, RefusalCode};
use octroi_licence::{CivilMillis, message, message::Grouping};

use crate::support::{
    Site,
    site::{caller, id},
    vendor::{
        self, DAY, TODAY, bound, feature, grouped, ordered, serial, suspend, terminate, terms,
    },
};

fn cad() -> message::Licence {
    terms("wb-1", vec![feature("cad", 1)])
}

fn hosted(required: u32) -> message::Licence {
    let mut terms = cad();
    terms.binding = Some(message::Binding {
        host: Some(message::HostBinding {
            components_required: required,
        }),
        ..message::Binding::default()
    });
    terms
}

fn compared(site: &mut Site, matched: u32, readable: u32) {
    site.send(Command::HostCompared {
        licence: id("wb-1"),
        matched,
        readable,
    });
}

/// The one refusal, which is also what the licence's view says where it concerns everybody.
fn told(site: &mut Site) -> octroi_engine::Refusal {
    let mut app = site.open(1, 100);
    site.refusal(&mut app, "cad")
}

fn blocked(site: &Site) -> Option<RefusalCode> {
    site.engine.licences()[0]
        .blocked
        .as_ref()
        .map(|refusal| refusal.code)
}

#[test]
fn a_feature_that_no_licence_names_is_not_licensed() {
    let mut site = Site::licensed(&cad());
    let mut app = site.open(1, 100);
    let refusal = site.refusal(&mut app, "render");
    assert_eq!(refusal.code, RefusalCode::FeatureNotLicensed);
    assert_eq!(refusal.feature.unwrap().as_str(), "render");
    assert_eq!(refusal.licence, None);
}

#[test]
fn a_licence_without_a_certificate_is_not_activated() {
    let mut site = Site::new();
    site.install(&vendor::licence(&cad()));
    assert_eq!(told(&mut site).code, RefusalCode::NotActivated);
    assert_eq!(blocked(&site), Some(RefusalCode::NotActivated));
}

#[test]
fn a_licence_whose_term_has_not_begun_says_when_it_will() {
    let mut later = cad();
    later.term.as_mut().unwrap().starts_at_s = TODAY + DAY;
    let mut site = Site::licensed(&later);
    let refusal = told(&mut site);
    assert_eq!(refusal.code, RefusalCode::LicenceNotYetValid);
    assert_eq!(
        refusal.may_change_at,
        Some(CivilMillis((TODAY + DAY) * 1000))
    );
    assert_eq!(
        site.engine.next_deadline().unwrap().civil_ms,
        refusal.may_change_at
    );
    site.later(86_400_000);
    let mut app = site.open(1, 101);
    site.seat(&mut app, "cad");
}

#[test]
fn a_licence_is_over_at_its_end_and_not_before() {
    let mut short = cad();
    short.term.as_mut().unwrap().ends_at_s = TODAY + 10;
    let mut site = Site::licensed(&short);
    let mut app = site.open(1, 100);
    site.later(9_999);
    assert_eq!(site.seat(&mut app, "cad").ends_at.unwrap().0, TODAY + 10);
    site.later(1);
    assert_eq!(site.in_use("cad"), 0);
    let refusal = site.refusal(&mut app, "cad");
    assert_eq!(refusal.code, RefusalCode::LicenceExpired);
    assert_eq!(
        (refusal.expected, refusal.found),
        ((TODAY + 10).to_string(), "licence".to_owned())
    );
    assert_eq!(blocked(&site), Some(RefusalCode::LicenceExpired));
}

#[test]
fn a_features_own_dates_stop_that_feature_alone() {
    let mut short = cad();
    short.features.push(feature("render", 1));
    short.features[0].term = Some(message::Term {
        starts_at_s: 0,
        ends_at_s: TODAY + 10,
    });
    let mut site = Site::licensed(&short);
    site.later(10_000);
    let refusal = told(&mut site);
    assert_eq!(
        (refusal.code, refusal.found.as_str()),
        (RefusalCode::LicenceExpired, "feature")
    );
    let mut app = site.open(1, 101);
    site.seat(&mut app, "render");
    assert_eq!(blocked(&site), None);
}

#[test]
fn a_certificate_that_is_over_is_named() {
    let mut site = Site::new();
    let licence = vendor::licence(&cad());
    site.install(&licence);
    let mut short = vendor::activation(&licence);
    short.valid_until_s = TODAY + 10;
    site.certify(&vendor::certificate(&short));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.later(10_000);
    let refusal = site.refusal(&mut app, "cad");
    assert_eq!(
        (refusal.code, refusal.found.as_str()),
        (RefusalCode::LicenceExpired, "certificate")
    );
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_site_that_the_licence_does_not_name_is_refused() {
    let mut sited = cad();
    sited.sites = vec![message::Site {
        id: "lyon".to_owned(),
        ..message::Site::default()
    }];
    let mut site = Site::new();
    let licence = vendor::licence(&sited);
    site.install(&licence);
    let mut elsewhere = vendor::activation(&licence);
    elsewhere.site = "nantes".to_owned();
    site.certify(&vendor::certificate(&elsewhere));
    let refusal = told(&mut site);
    assert_eq!(refusal.code, RefusalCode::SiteNotLicensed);
    assert_eq!(
        (refusal.expected.as_str(), refusal.found.as_str()),
        ("lyon", "nantes")
    );
}

#[test]
fn the_host_must_be_compared_and_match() {
    let mut site = Site::licensed(&hosted(3));
    assert_eq!(told(&mut site).code, RefusalCode::HostNotLicensed);
    compared(&mut site, 2, 4);
    let refusal = told(&mut site);
    assert_eq!(refusal.code, RefusalCode::HostNotLicensed);
    assert_eq!(
        (refusal.expected.as_str(), refusal.found.as_str()),
        ("3", "2")
    );
    compared(&mut site, 2, 2);
    let refusal = told(&mut site);
    assert_eq!(refusal.code, RefusalCode::HostIdentityWeak);
    assert_eq!(
        (refusal.expected.as_str(), refusal.found.as_str()),
        ("3", "2")
    );
    compared(&mut site, 3, 4);
    let mut app = site.open(1, 101);
    site.seat(&mut app, "cad");
}

#[test]
fn a_comparison_that_says_nothing_new_is_not_recorded() {
    let mut site = Site::licensed(&hosted(3));
    compared(&mut site, 3, 4);
    let before = site.ledger.len();
    compared(&mut site, 3, 4);
    assert_eq!(site.ledger.len(), before);
}

#[test]
fn a_new_certificate_must_be_compared_with_the_host_anew() {
    let mut site = Site::new();
    let licence = site.activate(&hosted(3));
    compared(&mut site, 3, 4);
    let mut renewed = vendor::activation(&licence);
    renewed.certificate_number = 2;
    site.certify(&vendor::certificate(&renewed));
    assert_eq!(told(&mut site).code, RefusalCode::HostNotLicensed);
}

#[test]
fn a_version_outside_the_range_is_not_covered() {
    let mut ranged = cad();
    ranged.features[0].versions = Some(message::VersionRange {
        minimum: "2025".to_owned(),
        maximum: "2026.1".to_owned(),
    });
    let mut site = Site::licensed(&ranged);
    for (version, found) in [
        (Some("2024.9"), "2024.9"),
        (Some("2026.2"), "2026.2"),
        (None, ""),
    ] {
        let mut app = site.open_as(caller(1, 100), version);
        let refusal = site.refusal(&mut app, "cad");
        assert_eq!(refusal.code, RefusalCode::VersionNotCovered);
        assert_eq!(
            (refusal.expected.as_str(), refusal.found.as_str()),
            ("2025..2026.1", found)
        );
    }
    let mut app = site.open_as(caller(1, 100), Some("2026.1.9"));
    site.seat(&mut app, "cad");
}

#[test]
fn a_caller_whom_the_kernel_does_not_name_cannot_count_as_a_user() {
    for grouping in [Grouping::User, Grouping::UserHost] {
        let mut site = Site::licensed(&terms("wb-1", vec![grouped("cad", 1, grouping)]));
        let nobody = Caller {
            identified: false,
            ..caller(9, 100)
        };
        let mut app = site.open_as(nobody, None);
        assert_eq!(site.code(&mut app, "cad"), RefusalCode::CallerUnidentified);
    }
    let mut site = Site::licensed(&cad());
    let mut app = site.open_as(
        Caller {
            identified: false,
            ..caller(9, 100)
        },
        None,
    );
    site.seat(&mut app, "cad");
}

#[test]
fn a_share_of_nothing_is_no_share() {
    let mut site = Site::new();
    let licence = vendor::licence(&cad());
    site.install(&licence);
    let mut nothing = vendor::activation(&licence);
    nothing.shares[0].units = 0;
    site.certify(&vendor::certificate(&nothing));
    assert_eq!(told(&mut site).code, RefusalCode::NoShareLeft);
}

#[test]
fn the_limit_is_the_lesser_of_share_and_count() {
    let mut site = Site::new();
    let licence = vendor::licence(&terms("wb-1", vec![feature("cad", 5)]));
    site.install(&licence);
    let mut part = vendor::activation(&licence);
    part.shares[0].units = 2;
    site.certify(&vendor::certificate(&part));
    let view = &site.engine.features()[0];
    assert_eq!((view.licensed, view.share, view.limit), (5, 2, 2));
    let mut more = vendor::activation(&licence);
    more.certificate_number = 2;
    more.shares[0].units = 9;
    site.certify(&vendor::certificate(&more));
    assert_eq!(site.engine.features()[0].limit, 5);
}

#[test]
fn of_several_licences_the_refusal_that_got_furthest_is_told() {
    let mut over = terms("wb-0", vec![feature("cad", 1)]);
    over.term.as_mut().unwrap().ends_at_s = TODAY - DAY;
    let mut site = Site::licensed(&over);
    assert_eq!(told(&mut site).code, RefusalCode::LicenceExpired);
    site.activate(&cad());
    let mut app = site.open(1, 101);
    site.seat(&mut app, "cad");
    let refusal = site.refusal(&mut app, "cad");
    assert_eq!(refusal.code, RefusalCode::SeatsExhausted);
    assert_eq!(refusal.licence.unwrap().as_str(), "wb-1");
}

#[test]
fn the_rules_are_asked_in_their_order() {
    // Everything is wrong with this licence; what is put right uncovers the next reason.
    let mut wrong = hosted(2);
    wrong.sites = vec![message::Site {
        id: "lyon".to_owned(),
        ..message::Site::default()
    }];
    wrong.features = vec![message::Feature {
        versions: Some(message::VersionRange {
            minimum: "2027".to_owned(),
            ..Default::default()
        }),
        ..grouped("cad", 1, Grouping::User)
    }];
    wrong.binding.as_mut().unwrap().hardware_keys = bound(&[1], 0, 0).hardware_keys;
    let mut site = Site::new();
    let first = vendor::licence(&wrong);
    site.install(&first);
    let nobody = Caller {
        identified: false,
        ..caller(9, 100)
    };
    let mut app = site.open_as(nobody.clone(), Some("2026"));
    let mut new = site.open_as(nobody, Some("2027"));
    let mut named = site.open_as(caller(1, 101), Some("2027"));
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::NotActivated);
    let mut certificate = vendor::activation(&first);
    certificate.site = String::new();
    certificate.shares[0].units = 0;
    site.certify(&vendor::certificate(&certificate));
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::SiteNotLicensed);
    certificate.site = "lyon".to_owned();
    certificate.certificate_number = 2;
    site.certify(&vendor::certificate(&certificate));
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::HostNotLicensed);
    compared(&mut site, 2, 2);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::VersionNotCovered);
    assert_eq!(site.code(&mut new, "cad"), RefusalCode::CallerUnidentified);
    assert_eq!(site.code(&mut named, "cad"), RefusalCode::HardwareKeyAbsent);
    site.send(Command::KeyProven {
        key: serial(1),
        counter: 1,
        emulated: false,
    });
    assert_eq!(site.code(&mut named, "cad"), RefusalCode::NoShareLeft);
    site.order(&vendor::order(&ordered("wb-1", 2, suspend())));
    assert_eq!(site.code(&mut named, "cad"), RefusalCode::Suspended);
    site.order(&vendor::order(&ordered("wb-1", 3, terminate())));
    assert_eq!(site.code(&mut named, "cad"), RefusalCode::LicenceTerminated);
    assert_eq!(
        site.revoke_documents(&vendor::revocations(1, &[("wb-1", 1)], &[])),
        Outcome::Installed
    );
    assert_eq!(site.code(&mut named, "cad"), RefusalCode::LicenceRevoked);
}
