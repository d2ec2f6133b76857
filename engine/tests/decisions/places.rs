//! Where, and who not: territory, the server's region, automation, containers, the longest wait.

use octroi_engine::{Caller, Command, Contained, ContainerId, Outcome, RefusalCode, UserPseudonym};
use octroi_licence::{message, message::Grouping, message::territory};

use crate::support::{
    App, Site,
    site::{caller, open_command, refused, session, waits},
    vendor::{self, feature, grouped, reissued, terms},
};

fn countries(countries: &[&str]) -> message::CountryList {
    message::CountryList {
        countries: countries.iter().map(|one| (*one).to_owned()).collect(),
    }
}

/// A licence for one site in `country`, within `territory`.
fn at(country: &str, territory: territory::Kind) -> message::Licence {
    let mut licence = terms("wb-1", vec![feature("cad", 2)]);
    licence.sites = vec![message::Site {
        id: "here".to_owned(),
        country: country.to_owned(),
        ..message::Site::default()
    }];
    licence.territory = Some(message::Territory {
        kind: Some(territory),
    });
    licence
}

#[test]
fn a_licence_is_used_in_its_territory_alone() {
    let allowed = || territory::Kind::Allowed(countries(&["FR", "LU"]));
    let denied = || territory::Kind::Denied(countries(&["IR"]));
    for licence in [at("FR", allowed()), at("FR", denied())] {
        let mut site = Site::licensed(&licence);
        let mut app = site.open(1, 100);
        site.seat(&mut app, "cad");
    }
    for (licence, expected, found) in [
        (at("BE", allowed()), "FR, LU", "BE"),
        (at("IR", denied()), "not IR", "IR"),
        // Nobody knows where such a site lies.
        (at("", allowed()), "FR, LU", ""),
        (at("", denied()), "not IR", ""),
    ] {
        let mut site = Site::licensed(&licence);
        let mut app = site.open(1, 100);
        let refusal = site.refusal(&mut app, "cad");
        assert_eq!(refusal.code, RefusalCode::TerritoryNotLicensed);
        assert_eq!(
            (refusal.expected.as_str(), refusal.found.as_str()),
            (expected, found)
        );
    }
}

#[test]
fn a_certificate_of_a_server_elsewhere_is_refused() {
    let mut licence = terms("wb-1", vec![feature("cad", 2)]);
    licence.server_regions = vec!["EEA".to_owned(), "CH".to_owned()];
    let licence = vendor::licence(&licence);
    let mut site = Site::new();
    site.install(&licence);
    let mut certificate = vendor::activation(&licence);
    for country in ["US", ""] {
        certificate.server_country = country.to_owned();
        let refusal = refused(site.certify(&vendor::certificate(&certificate)));
        assert_eq!(refusal.code, RefusalCode::ServerRegionNotAllowed);
        assert_eq!(
            (refusal.expected.as_str(), refusal.found.as_str()),
            ("EEA, CH", country)
        );
    }
    certificate.server_country = "NO".to_owned();
    assert_eq!(
        site.certify(&vendor::certificate(&certificate)),
        Outcome::Installed
    );
}

#[test]
fn a_newer_licence_may_no_longer_allow_the_server_that_certified() {
    let licence = terms("wb-1", vec![feature("cad", 2)]);
    let mut site = Site::licensed(&licence);
    let mut newer = reissued(&licence, 2, 2);
    newer.server_regions = vec!["EU".to_owned()];
    site.install(&vendor::licence(&newer));
    let mut app = site.open(1, 100);
    assert_eq!(
        site.code(&mut app, "cad"),
        RefusalCode::ServerRegionNotAllowed
    );
}

fn open(site: &mut Site, number: u64, caller: Caller, alone: bool) -> App {
    let session = session(1_000 + number);
    let mut open = open_command(session, &caller, None);
    if let Command::Open { unattended, .. } = &mut open {
        *unattended = alone;
    }
    let Outcome::Session { epoch, .. } = site.outcome(open) else {
        panic!("a session was expected");
    };
    App {
        session,
        epoch,
        caller,
        number: 1,
        below: 1,
    }
}

#[test]
fn unattended_check_outs_are_refused_where_automation_is_forbidden() {
    let mut game = feature("game", 2);
    game.automation_forbidden = true;
    let mut site = Site::licensed(&terms("wb-1", vec![game, feature("batch", 2)]));
    let mut robot = open(&mut site, 1, caller(1, 100), true);
    assert_eq!(
        site.code(&mut robot, "game"),
        RefusalCode::AutomationForbidden
    );
    site.seat(&mut robot, "batch");
    let mut person = open(&mut site, 2, caller(1, 101), false);
    site.seat(&mut person, "game");
}

fn inside(of: u8, pid: u32, container: u8, user: u8) -> Caller {
    Caller {
        container: Some(Contained {
            container: ContainerId([container; 16]),
            user: UserPseudonym([user; 16]),
        }),
        ..caller(of, pid)
    }
}

fn contained(rule: message::Containers) -> Site {
    let mut licence = terms("wb-1", vec![grouped("cad", 3, Grouping::User)]);
    licence.containers = rule.into();
    Site::licensed_knowing(&licence)
}

#[test]
fn containers_are_refused_where_the_licence_says_so() {
    let mut site = contained(message::Containers::Refuse);
    let mut app = open(&mut site, 1, inside(1, 100, 7, 70), false);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::ContainerNotAllowed);
    let mut host = open(&mut site, 2, caller(1, 101), false);
    site.seat(&mut host, "cad");
}

#[test]
fn users_in_containers_count_as_the_host_user_or_each_by_himself() {
    for (rule, counted) in [
        (message::Containers::Unspecified, 1),
        (message::Containers::AsHostUser, 1),
        (message::Containers::EachAsUser, 3),
    ] {
        let mut site = contained(rule);
        let mut host = open(&mut site, 1, caller(1, 100), false);
        let mut one = open(&mut site, 2, inside(1, 101, 7, 70), false);
        let mut again = open(&mut site, 3, inside(1, 102, 7, 70), false);
        let mut other = open(&mut site, 4, inside(1, 103, 8, 80), false);
        for app in [&mut host, &mut one, &mut again, &mut other] {
            site.seat(app, "cad");
        }
        assert_eq!(site.in_use("cad"), counted, "{rule:?}");
        site.restart(&[&host, &one, &again, &other]);
        assert_eq!(site.in_use("cad"), counted, "{rule:?}");
    }
}

#[test]
fn nobody_waits_longer_than_the_feature_allows() {
    let mut cad = feature("cad", 1);
    cad.queue_max_s = 60;
    let mut site = Site::licensed(&terms("wb-1", vec![cad]));
    let (mut holder, mut waiting) = (site.open(1, 100), site.open(2, 200));
    site.seat(&mut holder, "cad");
    waits(site.checkout_waiting(&mut waiting, "cad", 1, 3_600_000));
    site.later(59_999);
    assert_eq!(site.engine.waiters().count(), 1);
    site.later(1);
    assert_eq!(site.engine.waiters().count(), 0);
}
