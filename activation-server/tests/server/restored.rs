//! A server that was set back to a copy of yesterday heals from what daemons show it: its own last
//! receipts and certificates.

use std::fs;

use octroi_licence::encode_signed;
use octroi_proto::activation::v1::RefusalCode;

use crate::{
    daemon::Daemon,
    reporting::activated,
    running::Running,
    vendor::{DAY_S, reporting_order},
};

/// Copies the database as it is now.
async fn back_up(server: &Running) {
    let copy = server.folder().join("copy.db");
    server.books().back_up(&copy).await.unwrap();
}

/// Sets the server back to the copy.
async fn restore(server: &mut Running) {
    let copy = server.folder().join("copy.db");
    server
        .stopped(|database| {
            fs::copy(copy, database).unwrap();
        })
        .await;
}

#[tokio::test]
async fn a_server_set_back_goes_on_from_the_receipt_that_the_report_carries() {
    let (mut server, mut daemon) = activated().await;
    daemon.reports(&server.client().await).await.unwrap();
    back_up(&server).await;
    for _ in 0..3 {
        daemon.work(2);
        server.wait(DAY_S);
        daemon.reports(&server.client().await).await.unwrap();
    }
    restore(&mut server).await;
    daemon.work(1);
    let receipt = daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(receipt.report_number, 5);
    assert_eq!(daemon.held().number, 6, "rising");
    let overview = server.overview().await;
    let activation = &overview.activations[0];
    assert_eq!(activation.certificate_number, 6);
    assert_eq!(activation.incidents[0].code, "SERVER_WAS_BEHIND");
    daemon.work(1);
    daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(server.overview().await.activations[0].incidents[0].times, 1);
}

#[tokio::test]
async fn a_server_set_back_before_the_activation_learns_of_it() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    back_up(&server).await;
    let mut daemon = Daemon::new(20, &issued, &server.staff).asks_for(&[("solver", 1)]);
    daemon.activate(&server.client().await).await.unwrap();
    daemon.work(3);
    restore(&mut server).await;
    assert!(server.overview().await.activations.is_empty());
    daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(server.allotted("solver").await, 1);
    assert_eq!(daemon.held().number, 2);
}

#[tokio::test]
async fn a_report_whose_receipt_was_lost_with_the_server_gets_another() {
    let (mut server, mut daemon) = activated().await;
    back_up(&server).await;
    let report = daemon.report();
    server.client().await.report(report.clone()).await.unwrap();
    restore(&mut server).await;
    let receipt = server.client().await.report(report.clone()).await.unwrap();
    daemon.take(&report, &receipt);
    let again = server.client().await.report(report).await.unwrap();
    assert_eq!(encode_signed(&receipt), encode_signed(&again));
}

#[tokio::test]
async fn rewritten_history_is_refused_by_a_server_set_back_too() {
    let (mut server, mut daemon) = activated().await;
    back_up(&server).await;
    daemon.reports(&server.client().await).await.unwrap();
    restore(&mut server).await;
    daemon.leaves[0] = [7; 32];
    daemon.work(1);
    let refused = daemon.reports(&server.client().await).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::LedgerRewritten);
}

#[tokio::test]
async fn of_two_receipts_with_one_number_the_one_that_counts_is_the_servers_last() {
    let (mut server, mut daemon) = activated().await;
    back_up(&server).await;
    let mut copy = daemon.clone();
    daemon.reports(&server.client().await).await.unwrap();
    restore(&mut server).await;
    copy.work(1);
    copy.reports(&server.client().await).await.unwrap();
    daemon.work(2);
    let refused = daemon.reports(&server.client().await).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::LedgerForked);
}

#[tokio::test]
async fn a_share_that_was_given_again_meanwhile_is_not_given_twice() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    back_up(&server).await;
    let mut first =
        Daemon::new(20, &issued, &server.staff).asks_for(&[("solver", 2), ("viewer", 1)]);
    first.activate(&server.client().await).await.unwrap();
    first.work(1);
    restore(&mut server).await;
    let mut second =
        Daemon::new(21, &issued, &server.staff).asks_for(&[("solver", 2), ("viewer", 9)]);
    second.activate(&server.client().await).await.unwrap();
    first.reports(&server.client().await).await.unwrap();
    assert_eq!((first.share("solver"), first.share("viewer")), (0, 1));
    assert_eq!(server.allotted("solver").await, 2);
}
