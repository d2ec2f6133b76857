//! For whom a seat is asked: end users behind a service (clause Z2), companies and kinds of persons
//! (clauses Z17, T6).

use octroi_engine::{Caller, Outcome, Policy, RefusalCode, Whom};
use octroi_licence::message::{self, CategoryLimit, Grouping, Identity};

use crate::support::{
    App, Site,
    site::{granted, name, refused, user, waits},
    vendor::{eligible, feature, grouped, terms},
};

fn users(count: u32, identity: Identity) -> message::Feature {
    message::Feature {
        identity: identity.into(),
        ..grouped("web", count, Grouping::User)
    }
}

fn site(feature: message::Feature) -> (Site, App) {
    let mut site = Site::licensed(&terms("wb-1", vec![feature]));
    let service = site.open(9, 900);
    (site, service)
}

fn of_company(feature: message::Feature) -> (Site, App) {
    let mut licence = terms("wb-1", vec![feature]);
    licence.eligibility = Some(eligible("acme", &["employee", "contractor"]));
    let mut site = Site::licensed(&licence);
    let service = site.open(9, 900);
    (site, service)
}

fn ask(site: &mut Site, app: &mut App, whom: Whom) -> Outcome {
    let beneficiary = site.beneficiary(whom);
    site.checkout_for(app, "web", beneficiary, 0)
}

#[test]
fn end_users_are_counted_and_not_the_service_account() {
    let (mut site, mut service) = site(users(2, Identity::EndUserRequired));
    for of in [1, 1, 2, 2] {
        granted(ask(&mut site, &mut service, Whom::EndUser(user(of))));
    }
    assert_eq!(site.in_use("web"), 2);
    let refusal = refused(ask(&mut site, &mut service, Whom::EndUser(user(3))));
    assert_eq!(refusal.code, RefusalCode::SeatsExhausted);
    let of: Vec<_> = site.engine.seats().map(|seat| seat.user).collect();
    assert_eq!(of, [1, 1, 2, 2].map(user));
}

#[test]
fn a_check_out_without_an_end_user_is_refused_where_one_is_required() {
    let (mut site, mut service) = site(users(2, Identity::EndUserRequired));
    for whom in [Whom::OperatingSystemUser, Whom::DeclaredAccount(user(1))] {
        let refusal = refused(ask(&mut site, &mut service, whom));
        assert_eq!(refusal.code, RefusalCode::UserNotNamed);
        assert_eq!(refusal.expected, "end user");
    }
}

#[test]
fn without_an_end_user_the_processs_user_counts_where_none_is_required() {
    let (mut site, mut service) = site(users(2, Identity::EndUser));
    granted(ask(&mut site, &mut service, Whom::EndUser(user(1))));
    granted(ask(&mut site, &mut service, Whom::OperatingSystemUser));
    let of: Vec<_> = site.engine.seats().map(|seat| seat.user).collect();
    assert_eq!(of, [1, 9].map(user));
}

#[test]
fn a_licence_that_counts_operating_system_users_counts_no_other() {
    let (mut site, mut service) = site(users(1, Identity::Unspecified));
    granted(ask(&mut site, &mut service, Whom::EndUser(user(1))));
    granted(ask(&mut site, &mut service, Whom::DeclaredAccount(user(2))));
    assert_eq!(site.in_use("web"), 1);
    assert_eq!(
        site.ledger
            .iter()
            .filter(|one| one.event.name() == "SeatFor")
            .count(),
        0
    );
}

#[test]
fn a_declared_account_is_required_where_accounts_are_counted() {
    let (mut site, mut service) = site(users(1, Identity::DeclaredAccount));
    let refusal = refused(ask(&mut site, &mut service, Whom::OperatingSystemUser));
    assert_eq!(refusal.code, RefusalCode::UserNotNamed);
    assert_eq!(refusal.expected, "declared account");
    granted(ask(&mut site, &mut service, Whom::DeclaredAccount(user(1))));
}

#[test]
fn an_end_user_is_known_even_where_the_kernel_does_not_know_the_process() {
    let mut site = Site::licensed(&terms("wb-1", vec![users(1, Identity::EndUserRequired)]));
    let nobody = Caller {
        user: user(0xff),
        identified: false,
        process: None,
        container: None,
    };
    let mut service = site.open_as(nobody, None);
    granted(ask(&mut site, &mut service, Whom::EndUser(user(1))));
}

#[test]
fn an_end_user_who_waits_is_served_as_that_end_user() {
    let (mut site, mut service) = site(users(1, Identity::EndUserRequired));
    let seat = granted(ask(&mut site, &mut service, Whom::EndUser(user(1)))).seat;
    let whom = site.beneficiary(Whom::EndUser(user(2)));
    waits(site.checkout_for(&mut service, "web", whom, 60_000));
    site.crash();
    site.release(&mut service, seat);
    let of: Vec<_> = site.engine.seats().map(|seat| seat.user).collect();
    assert_eq!(of, [user(2)]);
}

#[test]
fn a_lingering_seat_stays_with_its_end_user() {
    let web = message::Feature {
        linger_s: 60,
        identity: Identity::EndUserRequired.into(),
        ..feature("web", 1)
    };
    let (mut site, mut service) = site(web);
    let seat = granted(ask(&mut site, &mut service, Whom::EndUser(user(1)))).seat;
    site.release(&mut service, seat);
    let refusal = refused(ask(&mut site, &mut service, Whom::EndUser(user(2))));
    assert_eq!(refusal.code, RefusalCode::SeatsExhausted);
    granted(ask(&mut site, &mut service, Whom::EndUser(user(1))));
}

#[test]
fn seats_of_end_users_stand_under_the_bound_of_a_session() {
    let policy = Policy {
        seats_per_session_max: 2,
        ..Policy::default()
    };
    let mut site = Site::with(policy);
    site.activate(&terms("wb-1", vec![users(5, Identity::EndUserRequired)]));
    let mut service = site.open(9, 900);
    for of in [1, 2] {
        granted(ask(&mut site, &mut service, Whom::EndUser(user(of))));
    }
    let refusal = refused(ask(&mut site, &mut service, Whom::EndUser(user(3))));
    assert_eq!(refusal.code, RefusalCode::TooManySeats);
}

#[test]
fn who_is_of_no_listed_company_or_kind_is_refused() {
    let (mut site, mut service) = of_company(users(5, Identity::EndUserRequired));
    for (entity, category, code) in [
        ("", "employee", RefusalCode::EntityNotListed),
        ("rival", "employee", RefusalCode::EntityNotListed),
        ("acme", "", RefusalCode::CategoryNotListed),
        ("acme", "visitor", RefusalCode::CategoryNotListed),
    ] {
        let whom = site.end_user(1, entity, category);
        let refusal = refused(site.checkout_for(&mut service, "web", whom, 0));
        assert_eq!(refusal.code, code, "{entity} {category}");
    }
    let refusal = {
        let whom = site.end_user(1, "acme", "visitor");
        refused(site.checkout_for(&mut service, "web", whom, 0))
    };
    assert_eq!(refusal.expected, "employee, contractor");
    assert_eq!(refusal.found, "visitor");
    let whom = site.end_user(1, "acme", "contractor");
    granted(site.checkout_for(&mut service, "web", whom, 0));
}

#[test]
fn seats_are_counted_per_kind_of_person() {
    let (mut site, mut service) = of_company(users(5, Identity::EndUserRequired));
    let mut seats = Vec::new();
    for (of, category) in [
        (1, "employee"),
        (1, "employee"),
        (2, "employee"),
        (3, "contractor"),
    ] {
        let whom = site.end_user(of, "acme", category);
        seats.push(granted(site.checkout_for(&mut service, "web", whom, 0)).seat);
    }
    let counts = |site: &Site| -> Vec<u32> {
        let categories = site.engine.categories();
        categories.iter().map(|view| view.in_use).collect()
    };
    assert_eq!(counts(&site), [2, 1]);
    site.release(&mut service, seats[0]);
    assert_eq!(counts(&site), [2, 1]);
    site.release(&mut service, seats[1]);
    site.release(&mut service, seats[3]);
    assert_eq!(counts(&site), [1, 0]);
}

#[test]
fn a_kind_of_person_has_no_more_than_its_limit() {
    let limit = CategoryLimit {
        category: "contractor".to_owned(),
        count: 1,
    };
    let web = message::Feature {
        category_limits: vec![limit],
        ..users(3, Identity::EndUserRequired)
    };
    let (mut site, mut service) = of_company(web);
    for (of, category) in [(1, "contractor"), (1, "contractor"), (2, "employee")] {
        let whom = site.end_user(of, "acme", category);
        granted(site.checkout_for(&mut service, "web", whom, 0));
    }
    let whom = site.end_user(3, "acme", "contractor");
    let refusal = refused(site.checkout_for(&mut service, "web", whom, 0));
    assert_eq!(refusal.code, RefusalCode::CategoryLimitReached);
    assert_eq!((refusal.limit, refusal.in_use), (1, 1));
    let whom = site.end_user(3, "acme", "employee");
    granted(site.checkout_for(&mut service, "web", whom, 0));
}

#[test]
fn a_plain_licence_records_nothing_about_whom() {
    let mut site = Site::licensed(&terms("wb-1", vec![feature("cad", 1)]));
    let mut app = site.open(1, 100);
    let whom = site.end_user(4, "acme", "employee");
    let from = site.ledger.len();
    granted(site.checkout_for(&mut app, "cad", whom, 0));
    let whom = site.end_user(5, "acme", "employee");
    waits(site.checkout_for(&mut app, "cad", whom, 1_000));
    assert_eq!(site.events(from), ["SeatGranted", "CheckoutQueued"]);
    assert_eq!(site.engine.seats().next().unwrap().feature, name("cad"));
}
