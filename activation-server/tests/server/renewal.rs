//! Renewal: what goes on, what does not and why, and what becomes of shares when the licence changes.

use octroi_licence::OrderKind;
use octroi_licence::encode_signed;

use crate::{
    daemon::Daemon,
    reporting::activated,
    running::Running,
    vendor::{DAY_S, order_with, reporting_order},
};

fn next_serial(order: &str, serial: u64) -> String {
    order.replace("serial = 1", &format!("serial = {serial}"))
}

#[tokio::test]
async fn a_terminated_licence_is_not_renewed_and_the_daemon_is_told() {
    let (mut server, mut daemon) = activated().await;
    let termination = server.staff.order(OrderKind::Terminate);
    server.add(&termination).await.unwrap();
    let receipt = daemon.reports(&server.client().await).await.unwrap();
    assert!(receipt.certificates.is_empty());
    let (licence, reason) = &receipt.not_renewed[0];
    assert_eq!(*licence, daemon.licence.id);
    assert_eq!(reason, "LICENCE_TERMINATED");
    assert_eq!(receipt.documents.len(), 1, "and gets the termination");
}

#[tokio::test]
async fn a_revoked_licence_is_not_renewed() {
    let (mut server, mut daemon) = activated().await;
    let list = server.staff.revoke(&daemon.licence.id, 1);
    server.add(&list).await.unwrap();
    let receipt = daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(receipt.not_renewed[0].1, "LICENCE_REVOKED");
    assert_eq!(daemon.revocation_version, 1, "and gets the list");
}

#[tokio::test]
async fn no_certificate_outlives_the_licence() {
    let mut server = Running::new().await;
    let short = reporting_order()
        .replace("ends = 2028-12-31\n", "")
        .replace("ends = 2029-01-31", "ends = 2026-12-31");
    let issued = server.sell(&short).await;
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    let client = server.client().await;
    daemon.activate(&client).await.unwrap();
    daemon.work(1);
    daemon.reports(&client).await.unwrap();
    let licence_ends = issued.licence.term.ends_at;
    assert_eq!(daemon.held().valid_until, licence_ends);
    server.wait(licence_ends.unwrap().0 - server.now().0);
    let receipt = daemon.reports(&client).await.unwrap();
    assert_eq!(receipt.not_renewed[0].1, "LICENCE_EXPIRED");
}

#[tokio::test]
async fn a_daemon_that_was_written_off_is_not_renewed() {
    let (server, mut daemon) = activated().await;
    let (licence, key) = (&daemon.licence.id, daemon.public_key());
    server.books().write_off(licence, &key).await.unwrap();
    let receipt = daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(receipt.not_renewed[0].1, "WRITTEN_OFF");
    assert_eq!(server.allotted("solver").await, 0);
}

#[tokio::test]
async fn a_daemon_that_comes_back_late_gets_what_is_left() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    let mut away =
        Daemon::new(20, &issued, &server.staff).asks_for(&[("solver", 2), ("viewer", 8)]);
    away.activate(&client).await.unwrap();
    away.work(1);
    server.wait(45 * DAY_S);
    let mut next =
        Daemon::new(21, &issued, &server.staff).asks_for(&[("solver", 1), ("viewer", 4)]);
    next.activate(&client).await.unwrap();
    away.reports(&client).await.unwrap();
    assert_eq!((away.share("solver"), away.share("viewer")), (1, 6));
    assert_eq!(server.allotted("solver").await, 2);
    assert_eq!(server.allotted("viewer").await, 10);
}

#[tokio::test]
async fn a_daemon_that_comes_back_late_to_nothing_is_told_so() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    let mut away = Daemon::new(20, &issued, &server.staff).asks_for(&[
        ("solver", 2),
        ("viewer", 0),
        ("batch", 0),
    ]);
    away.activate(&client).await.unwrap();
    away.work(1);
    server.wait(45 * DAY_S);
    let mut next = Daemon::new(21, &issued, &server.staff).asks_for(&[("solver", 2)]);
    next.activate(&client).await.unwrap();
    let receipt = away.reports(&client).await.unwrap();
    assert_eq!(receipt.not_renewed[0].1, "NO_SHARE_LEFT");
    assert_eq!(server.allotted("solver").await, 2);
}

#[tokio::test]
async fn a_new_serial_comes_with_a_certificate_and_all_of_it_for_the_only_daemon() {
    let (mut server, mut daemon) = activated().await;
    let more = next_serial(&reporting_order(), 2).replace("count = 2", "count = 5");
    let second = server.staff.issue(&more);
    server.import(&second).await.unwrap();
    let receipt = daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(receipt.documents.len(), 1);
    assert_eq!(daemon.licence.serial, 2);
    let held = daemon.held();
    assert_eq!(held.licence_digest, second.licence.digest());
    assert_eq!(held.frame().sequence, 2);
    assert_eq!(daemon.share("solver"), 5, "it had all of the old count");
    assert_eq!(daemon.share("viewer"), 10);
}

#[tokio::test]
async fn a_smaller_serial_takes_shares_back_with_the_renewal() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    let mut daemons = Vec::new();
    for seed in [20, 21] {
        let mut daemon = Daemon::new(seed, &issued, &server.staff).asks_for(&[("viewer", 5)]);
        daemon.asked.push(("solver".to_owned(), 1));
        daemon.activate(&client).await.unwrap();
        daemon.work(1);
        daemons.push(daemon);
    }
    let less = next_serial(&reporting_order(), 2).replace("count = 10", "count = 6");
    let second = server.staff.issue(&less);
    server.import(&second).await.unwrap();
    for daemon in &mut daemons {
        daemon.reports(&client).await.unwrap();
    }
    let shares: Vec<u32> = daemons.iter().map(|one| one.share("viewer")).collect();
    assert_eq!(
        shares,
        [1, 5],
        "5 + 5 became 6: the first gave back what was too much"
    );
    assert_eq!(server.allotted("viewer").await, 6);
}

#[tokio::test]
async fn a_feature_that_is_new_goes_to_the_only_daemon_and_else_to_nobody_unasked() {
    let (mut server, mut daemon) = activated().await;
    let client = server.client().await;
    let feature = "[[features]]\nname = \"mesher\"\nmetric = \"concurrent\"\ngrouping = \"user\"\n\
                   count = 4\n\n[[features]]\nname = \"viewer\"";
    let with_mesher = |serial| {
        next_serial(&reporting_order(), serial).replace("[[features]]\nname = \"viewer\"", feature)
    };
    let second = server.staff.issue(&with_mesher(2));
    server.import(&second).await.unwrap();
    daemon.reports(&client).await.unwrap();
    assert_eq!(daemon.share("mesher"), 4);

    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    let mut daemons = [20, 21].map(|seed| {
        Daemon::new(seed, &issued, &server.staff).asks_for(&[("solver", 1), ("viewer", 5)])
    });
    for daemon in &mut daemons {
        daemon.activate(&client).await.unwrap();
        daemon.work(1);
    }
    let second = server.staff.issue(&with_mesher(2));
    server.import(&second).await.unwrap();
    for daemon in &mut daemons {
        daemon.reports(&client).await.unwrap();
        assert_eq!(daemon.share("mesher"), 0);
    }
    let mut asks = daemons[0]
        .clone()
        .asks_for(&[("solver", 1), ("viewer", 5), ("mesher", 3)]);
    asks.nonce = 2;
    asks = asks.with_code(second.code.expose());
    asks.activate(&client).await.unwrap();
    assert_eq!(asks.share("mesher"), 3);
}

#[tokio::test]
async fn the_host_as_it_was_activated_stays_in_the_certificate() {
    let mut server = Running::new().await;
    let bound = order_with(&[(
        "[sessions]\n",
        "[reporting]\ninterval_days = 30\nstop_days = 14\n\n[sessions]\n",
    )]);
    let issued = server.sell(&bound).await;
    let client = server.client().await;
    let mut daemon = Daemon::new(20, &issued, &server.staff).at("lyon");
    let before = daemon.activate(&client).await.unwrap();
    daemon.work(1);
    daemon.reports(&client).await.unwrap();
    let after = daemon.held();
    assert!(before.host.is_some());
    assert_eq!(after.host, before.host);
    assert_eq!(after.site, before.site);
    assert_eq!(after.request_digest, before.request_digest);
}

#[tokio::test]
async fn a_renewal_does_not_change_the_answer_to_the_request() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    let first = daemon.certificate.clone().unwrap();
    daemon.reports(&client).await.unwrap();
    let again = client.activate(daemon.request()).await.unwrap();
    assert_eq!(encode_signed(&again), encode_signed(&first));
    assert_eq!(server.overview().await.activations[0].certificate_number, 2);
}
