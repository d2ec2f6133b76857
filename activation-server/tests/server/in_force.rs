//! What the server allots and renews follows amendments, changed limits, the licence's ends, and the place
//! where the server stands (clauses A5, A22, Z16, Z18, T14).

use octroi_licence::{OrderKind, Scope, Seats};
use octroi_proto::activation::v1::RefusalCode;

use crate::{
    daemon::Daemon,
    reporting::activated,
    running::Running,
    vendor::{DAY_S, PLAIN, Staff, later, order_with, reporting_order},
};

fn five() -> String {
    reporting_order().replace("count = 2", "count = 5")
}

fn limit(count: u32, until_days: Option<i64>) -> OrderKind {
    OrderKind::LimitChange {
        count: Some(Seats(count)),
        windows: Vec::new(),
        until: until_days.map(|days| later(days * DAY_S)),
    }
}

fn solver() -> Scope {
    Scope::Feature("solver".parse().unwrap())
}

fn limited(
    staff: &mut Staff,
    count: u32,
    until_days: Option<i64>,
) -> octroi_licence::message::SignedDocument {
    staff.order_of(limit(count, until_days), solver())
}

#[tokio::test]
async fn a5_an_amendment_comes_with_a_certificate_that_allots_what_it_adds() {
    let (mut server, mut daemon) = activated().await;
    let amendment = server.staff.amend(&five(), false);
    server.add(&amendment).await.unwrap();
    let receipt = daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(receipt.documents.len(), 1);
    assert_eq!(daemon.share("solver"), 5);
    assert_eq!(daemon.held().licence_digest, daemon.licence.digest());
    assert_eq!(server.allotted("solver").await, 5);
    daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(daemon.share("solver"), 5, "and so it stays");
}

#[tokio::test]
async fn z16_what_an_amendment_adds_is_allotted_once_the_client_has_accepted_it() {
    let (mut server, mut daemon) = activated().await;
    let amendment = server.staff.amend(&five(), true);
    server.add(&amendment).await.unwrap();
    let client = server.client().await;
    daemon.reports(&client).await.unwrap();
    assert_eq!(daemon.share("solver"), 2, "it waits");
    daemon.accept();
    daemon.reports(&client).await.unwrap();
    assert_eq!(daemon.share("solver"), 5);
}

#[tokio::test]
async fn a_daemon_with_the_amended_text_is_activated() {
    let mut server = Running::new().await;
    let mut issued = server.sell(&reporting_order()).await;
    let amendment = server.staff.amend(&five(), true);
    server.add(&amendment).await.unwrap();
    let client = server.client().await;
    // One that has not accepted it gets what the serial states.
    let mut early = Daemon::new(20, &issued, &server.staff);
    early.vendor_sequence = 2;
    early.activate(&client).await.unwrap();
    assert_eq!(early.share("solver"), 2);
    let root = server.staff.trusted();
    let none = octroi_licence::Revocations::default();
    let amended: octroi_licence::Verified<octroi_licence::Amendment> =
        octroi_licence::verify(&amendment, &root, &none).unwrap();
    issued.licence = amended.amended();
    let mut daemon = Daemon::new(21, &issued, &server.staff);
    daemon.activate(&client).await.unwrap();
    assert_eq!(daemon.share("solver"), 3, "what the other leaves");
}

#[tokio::test]
async fn a22_a_changed_limit_comes_with_a_certificate_and_goes_again() {
    let (mut server, mut daemon) = activated().await;
    let raised = limited(&mut server.staff, 7, Some(60));
    server.add(&raised).await.unwrap();
    daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(daemon.share("solver"), 7);
    server.wait(40 * DAY_S);
    daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(daemon.share("solver"), 7, "until it is over");
    server.wait(20 * DAY_S);
    daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(daemon.share("solver"), 2);
}

#[tokio::test]
async fn a_limit_that_was_changed_before_is_allotted_at_the_activation() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let lowered = limited(&mut server.staff, 1, None);
    server.add(&lowered).await.unwrap();
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    daemon.activate(&server.client().await).await.unwrap();
    assert_eq!(daemon.share("solver"), 1);
}

#[tokio::test]
async fn shares_never_sum_above_a_limit_that_was_raised_for_two() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    let mut daemons = [20, 21].map(|seed| {
        Daemon::new(seed, &issued, &server.staff).asks_for(&[
            ("solver", 1),
            ("viewer", 1),
            ("batch", 0),
        ])
    });
    for daemon in &mut daemons {
        daemon.activate(&client).await.unwrap();
        daemon.work(1);
    }
    let raised = limited(&mut server.staff, 5, None);
    server.add(&raised).await.unwrap();
    for daemon in &mut daemons {
        daemon.reports(&client).await.unwrap();
        assert_eq!(daemon.share("solver"), 1, "each keeps what it asked for");
    }
    let mut third = Daemon::new(22, &issued, &server.staff).asks_for(&[("solver", 3)]);
    third.vendor_sequence = 2;
    third.activate(&client).await.unwrap();
    assert_eq!(server.allotted("solver").await, 5);
}

#[tokio::test]
async fn z18_a_licence_that_passed_to_another_client_is_not_renewed_and_not_activated() {
    let (mut server, mut daemon) = activated().await;
    let transfer = server.staff.order(OrderKind::Transfer {
        new_client_id: "C-43".to_owned(),
        new_client_name: "Another SA".to_owned(),
        new_licence: None,
    });
    server.add(&transfer).await.unwrap();
    let client = server.client().await;
    let receipt = daemon.reports(&client).await.unwrap();
    assert_eq!(receipt.not_renewed[0].1, "LICENCE_TRANSFERRED");
    daemon.nonce = 9;
    let refused = daemon.activate(&client).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::LicenceTransferred);
}

#[tokio::test]
async fn a_notice_of_non_renewal_ends_activations_with_the_term() {
    let mut server = Running::new().await;
    let tacit = reporting_order()
        .replace("ends = 2028-12-31\n", "")
        .replace("ends = 2029-01-31", "ends = 2026-12-31")
        .replace(
            "[price]\n",
            "[renewal]\nmode = \"tacit\"\nperiod = \"1 year\"\n\n[price]\n",
        );
    let issued = server.sell(&tacit).await;
    let end = issued.licence.term.ends_at.unwrap();
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    let client = server.client().await;
    daemon.activate(&client).await.unwrap();
    daemon.work(1);
    let non_renewal = server.staff.order(OrderKind::NonRenewal {
        ends_at: end,
        received_at: None,
        by_client: true,
    });
    server.add(&non_renewal).await.unwrap();
    daemon.reports(&client).await.unwrap();
    assert_eq!(daemon.held().valid_until, Some(end));
    server.wait(end.0 - server.now().0);
    let receipt = daemon.reports(&client).await.unwrap();
    assert_eq!(receipt.not_renewed[0].1, "LICENCE_EXPIRED");
}

#[tokio::test]
async fn t14_a_server_says_where_it_stands_and_renews_only_there() {
    let regional =
        order_with(PLAIN).replace("[price]\n", "[use]\nserver_regions = [\"EU\"]\n\n[price]\n");
    let mut server = Running::new().await;
    let issued = server.sell(&regional).await;
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    let refused = daemon.activate(&server.client().await).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::ServerRegionNotAllowed);
    server.moves("FR").await;
    daemon.activate(&server.client().await).await.unwrap();
    let france = Some("FR".parse().unwrap());
    assert_eq!(daemon.held().server_country, france);
    daemon.work(1);
    let receipt = daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(receipt.server_country, france);
    assert_eq!(daemon.held().server_country, france);
    server.moves("CH").await;
    let receipt = daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(receipt.not_renewed[0].1, "SERVER_REGION_NOT_ALLOWED");
    assert_eq!(daemon.held().server_country, france);
}
