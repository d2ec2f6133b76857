//! Activation: what is granted, what is refused and why, and that shares never sum above a count.

use octroi_licence::OrderKind;
use octroi_licence::{Seconds, encode_signed};
use octroi_proto::activation::v1::RefusalCode;
use octroi_vendor::FAILED_ATTEMPTS_MAX;
use tokio::task::JoinSet;

use crate::{
    daemon::Daemon,
    running::Running,
    vendor::{DAY_S, LICENCE, Staff, order_with, reporting_order},
};

#[tokio::test]
async fn a_daemon_with_the_code_gets_a_certificate() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    let certificate = daemon.activate(&server.client().await).await.unwrap();
    assert_eq!((certificate.number, certificate.frame().sequence), (1, 1));
    assert_eq!(certificate.licence_digest, issued.licence.digest());
    assert_eq!(daemon.share("viewer"), 10);
    let validity = certificate.valid_until.unwrap().0 - server.now().0;
    assert_eq!(validity, 44 * DAY_S, "interval and stop limit");
}

#[tokio::test]
async fn a_licence_without_reporting_is_certified_as_long_as_it_runs() {
    let mut server = Running::new().await;
    let plain = order_with(&[("host_components_required = 2\n", "")]);
    let issued = server.sell(&plain).await;
    let mut daemon = Daemon::new(20, &issued, &server.staff).at("lyon");
    let certificate = daemon.activate(&server.client().await).await.unwrap();
    assert_eq!(certificate.valid_until, None);
}

#[tokio::test]
async fn the_same_request_gets_the_same_bytes_whatever_happened_since() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    let daemon = Daemon::new(20, &issued, &server.staff).asks_for(&[("solver", 1)]);
    let first = client.activate(daemon.request()).await.unwrap();
    let mut second = Daemon::new(21, &issued, &server.staff);
    second.activate(&client).await.unwrap();
    server.wait(DAY_S);
    let again = client.activate(daemon.request()).await.unwrap();
    assert_eq!(encode_signed(&first), encode_signed(&again));
    assert_eq!(server.overview().await.activations.len(), 2);
}

#[tokio::test]
async fn three_hosts_on_a_count_of_two_get_two_shares() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    for seed in [20, 21] {
        let mut host = Daemon::new(seed, &issued, &server.staff).asks_for(&[("solver", 1)]);
        host.activate(&client).await.unwrap();
    }
    let mut third = Daemon::new(22, &issued, &server.staff).asks_for(&[("solver", 1)]);
    let refusal = third.activate(&client).await.unwrap_err().refusal();
    assert_eq!(refusal.code(), RefusalCode::NoShareLeft);
    assert_eq!(refusal.feature, "solver");
    let (limit, allotted) = (refusal.limit, refusal.allotted);
    assert_eq!(
        (limit, allotted, refusal.requested, refusal.possible),
        (2, 2, 1, 0)
    );
    assert_eq!(server.allotted("solver").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hosts_that_ask_at_the_same_time_never_get_more_than_there_is() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let mut asking = JoinSet::new();
    for seed in 30..42 {
        let client = server.client().await;
        let mut host = Daemon::new(seed, &issued, &server.staff).asks_for(&[("solver", 1)]);
        asking.spawn(async move { host.activate(&client).await.map(drop) });
    }
    let outcomes = asking.join_all().await;
    let granted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(granted, 2);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(refused.code(), RefusalCode::NoShareLeft);
    }
    assert_eq!(server.allotted("solver").await, 2);
}

#[tokio::test]
async fn a_daemon_that_asks_anew_replaces_its_share() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    daemon.activate(&client).await.unwrap();
    daemon.nonce = 2;
    daemon = daemon.asks_for(&[("solver", 1), ("viewer", 0), ("batch", 0)]);
    let certificate = daemon.activate(&client).await.unwrap();
    assert_eq!(certificate.number, 2);
    assert_eq!(server.allotted("solver").await, 1);
    assert_eq!(server.allotted("viewer").await, 0);
}

#[tokio::test]
async fn nothing_is_activated_before_terms_and_payment_are_recorded() {
    let mut server = Running::new().await;
    let order = reporting_order().replace("accepted = 2026-01-15\n", "");
    let issued = server.staff.issue(&order);
    server.import(&issued).await.unwrap();
    let client = server.client().await;
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    let licence = &issued.licence.id;

    let refused = daemon.activate(&client).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::TermsNotAccepted);
    server.books().accept(licence, server.now()).await.unwrap();
    let refused = daemon.activate(&client).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::PaymentNotRecorded);
    server.books().pay(licence, server.now()).await.unwrap();
    daemon.activate(&client).await.unwrap();
}

#[tokio::test]
async fn wrong_codes_are_counted_and_lock_the_licence_until_it_is_unlocked() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    let mut thief =
        Daemon::new(66, &issued, &server.staff).with_code("22222-22222-22222-22222-222222");
    for attempt in 1..=FAILED_ATTEMPTS_MAX {
        let refusal = thief.activate(&client).await.unwrap_err().refusal();
        assert_eq!(refusal.code(), RefusalCode::ActivationCodeWrong);
        assert_eq!(
            (refusal.attempts, refusal.limit),
            (attempt, FAILED_ATTEMPTS_MAX)
        );
    }
    let mut honest = Daemon::new(20, &issued, &server.staff);
    let refused = honest.activate(&client).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::ActivationLocked);
    assert!(server.overview().await.locked);

    let unlocked = server.books().unlock(&issued.licence.id).await.unwrap();
    assert_eq!(unlocked, FAILED_ATTEMPTS_MAX);
    honest.activate(&client).await.unwrap();
    assert_eq!(server.overview().await.failed_attempts, 0);
}

#[tokio::test]
async fn a_site_has_no_more_hosts_than_it_may() {
    let mut server = Running::new().await;
    let plain = order_with(&[("host_components_required = 2\n", "")]);
    let issued = server.sell(&plain).await;
    let client = server.client().await;
    let asks = [("solver", 0), ("viewer", 1), ("batch", 0)];
    let host = |seed: u8, site: &str| {
        Daemon::new(seed, &issued, &server.staff)
            .at(site)
            .asks_for(&asks)
    };
    for seed in [20, 21] {
        host(seed, "lyon").activate(&client).await.unwrap();
    }
    let refusal = host(22, "lyon")
        .activate(&client)
        .await
        .unwrap_err()
        .refusal();
    assert_eq!(refusal.code(), RefusalCode::HostNotLicensed);
    assert_eq!((refusal.site.as_str(), refusal.limit), ("lyon", 2));
    let elsewhere = host(22, "paris").activate(&client).await.unwrap_err();
    assert_eq!(elsewhere.code(), RefusalCode::SiteNotLicensed);
    host(22, "geneva").activate(&client).await.unwrap();
}

#[tokio::test]
async fn a_host_that_shows_too_little_is_refused() {
    let mut server = Running::new().await;
    let strict = order_with(&[("components_required = 2", "components_required = 3")]);
    let issued = server.sell(&strict).await;
    let mut daemon = Daemon::new(20, &issued, &server.staff).at("lyon");
    let refusal = daemon
        .activate(&server.client().await)
        .await
        .unwrap_err()
        .refusal();
    assert_eq!(refusal.code(), RefusalCode::HostIdentityWeak);
    assert_eq!((refusal.requested, refusal.possible), (3, 2));
}

#[tokio::test]
async fn what_is_not_licensed_is_refused_by_name() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let mut daemon = Daemon::new(20, &issued, &server.staff).asks_for(&[("optimiser", 1)]);
    let refusal = daemon
        .activate(&server.client().await)
        .await
        .unwrap_err()
        .refusal();
    assert_eq!(refusal.code(), RefusalCode::FeatureNotLicensed);
    assert_eq!(refusal.feature, "optimiser");
}

#[tokio::test]
async fn a_licence_that_was_never_imported_is_unknown() {
    let mut server = Running::new().await;
    let issued = server.staff.issue(&reporting_order());
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    let refusal = daemon
        .activate(&server.client().await)
        .await
        .unwrap_err()
        .refusal();
    assert_eq!(refusal.code(), RefusalCode::LicenceUnknown);
    assert_eq!(refusal.licence_id, LICENCE);
}

#[tokio::test]
async fn a_licence_without_its_code_is_activated_by_file_only() {
    let mut server = Running::new().await;
    let issued = server.staff.issue(&reporting_order());
    server.add(&issued.signed).await.unwrap();
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    let refused = daemon.activate(&server.client().await).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::ActivationCodeUnknown);
}

#[tokio::test]
async fn an_older_serial_is_not_activated_any_more() {
    let mut server = Running::new().await;
    let first = server.sell(&reporting_order()).await;
    let second = server
        .staff
        .issue(&reporting_order().replace("serial = 1", "serial = 2"));
    server.import(&second).await.unwrap();
    let client = server.client().await;
    let mut late = Daemon::new(20, &first, &server.staff);
    let refusal = late.activate(&client).await.unwrap_err().refusal();
    assert_eq!(refusal.code(), RefusalCode::LicenceSuperseded);
    assert_eq!((refusal.serial, refusal.newest_serial), (1, 2));
    Daemon::new(20, &second, &server.staff)
        .activate(&client)
        .await
        .unwrap();
}

#[tokio::test]
async fn another_vendors_request_is_refused() {
    let server = Running::new().await;
    let mut other = Staff::of("zenith", 100);
    let issued = other.issue(&reporting_order().replace("\"acme\"", "\"zenith\""));
    let mut daemon = Daemon::new(20, &issued, &other);
    let refused = daemon.activate(&server.client().await).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::VendorUnknown);
}

#[tokio::test]
async fn a_terminated_a_revoked_and_an_ended_licence_are_not_activated() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    server.wait(3 * 365 * DAY_S);
    let refusal = daemon.activate(&client).await.unwrap_err().refusal();
    assert_eq!(refusal.code(), RefusalCode::LicenceExpired);
    assert_eq!(refusal.at_s, issued.licence.term.ends_at.unwrap().0);
    server.wait(-3 * 365 * DAY_S);

    let termination = server.staff.order(OrderKind::Terminate);
    server.add(&termination).await.unwrap();
    let refused = daemon.activate(&client).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::LicenceTerminated);

    let list = server.staff.revoke(&issued.licence.id, 1);
    server.add(&list).await.unwrap();
    let refused = daemon.activate(&client).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::LicenceRevoked);
}

#[tokio::test]
async fn a_daemon_that_was_written_off_frees_its_share() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    let mut gone = Daemon::new(20, &issued, &server.staff);
    gone.activate(&client).await.unwrap();
    let mut next = Daemon::new(21, &issued, &server.staff).asks_for(&[("solver", 2)]);
    let refused = next.activate(&client).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::NoShareLeft);
    let (licence, daemon) = (&issued.licence.id, gone.public_key());
    server.books().write_off(licence, &daemon).await.unwrap();
    next.activate(&client).await.unwrap();
    assert_eq!(server.allotted("solver").await, 2);
    // Its old request is judged anew.
    assert!(client.activate(gone.request()).await.is_ok());
    assert_eq!(server.allotted("solver").await, 2);
}

#[tokio::test]
async fn a_share_whose_certificate_has_ended_goes_to_the_next() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    let mut first = Daemon::new(20, &issued, &server.staff);
    let certificate = first.activate(&client).await.unwrap();
    let validity = certificate.valid_until.unwrap().0 - server.now().0;
    let mut next = Daemon::new(21, &issued, &server.staff).asks_for(&[("solver", 2)]);
    server.wait(validity - 1);
    assert!(next.activate(&client).await.is_err());
    server.wait(1);
    next.activate(&client).await.unwrap();
    assert_eq!(Seconds(44 * 86_400).0, u32::try_from(validity).unwrap());
}
