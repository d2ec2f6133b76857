//! Reports and receipts: what a receipt says, that it is given once for each report, and who gets
//! none.

use octroi_licence::{Checkpoint, CivilDay, Count, DocumentKind, encode_signed};
use octroi_proto::activation::v1::RefusalCode;

use crate::{
    daemon::{Daemon, report_digest},
    running::Running,
    vendor::{DAY_S, NOW, Staff, reporting_order},
};

/// A server with a licence, and a daemon that it activated.
pub(crate) async fn activated() -> (Running, Daemon) {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    daemon.activate(&server.client().await).await.unwrap();
    daemon.work(5);
    (server, daemon)
}

#[tokio::test]
async fn a_receipt_answers_the_report_with_time_checkpoint_and_a_renewed_certificate() {
    let (server, mut daemon) = activated().await;
    server.wait(30 * DAY_S);
    let report = daemon.report();
    let receipt = server.client().await.report(report.clone()).await.unwrap();
    let receipt = daemon.take(&report, &receipt);
    assert_eq!(receipt.report_digest, report_digest(&report));
    assert_eq!(receipt.server_time, server.now());
    assert_eq!(receipt.checkpoint, daemon.checkpoint());
    assert!(receipt.not_renewed.is_empty() && !receipt.more);
    let renewed = daemon.held();
    assert_eq!(renewed.number, 2);
    let end = renewed.valid_until.unwrap();
    assert_eq!(
        end.0,
        server.now().0 + 44 * DAY_S,
        "interval and stop limit from now"
    );
    assert_eq!(daemon.share("viewer"), 10);
}

#[tokio::test]
async fn the_same_report_gets_the_same_bytes_whatever_happened_since() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    let report = daemon.report();
    let first = client.report(report.clone()).await.unwrap();
    daemon.take(&report, &first);
    server.wait(DAY_S);
    daemon.work(3);
    daemon.reports(&client).await.unwrap();
    let again = client.report(report).await.unwrap();
    assert_eq!(encode_signed(&first), encode_signed(&again));
}

#[tokio::test]
async fn reports_follow_one_another_over_a_growing_ledger() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    for round in 1..=12_u64 {
        let receipt = daemon.reports(&client).await.unwrap();
        assert_eq!(receipt.report_number, round);
        daemon.work(round * 7 % 5);
        server.wait(DAY_S);
    }
    let overview = server.overview().await;
    let last = overview.activations[0].last_report.as_ref().unwrap();
    assert_eq!(last.number, 12);
    assert!(overview.activations[0].incidents.is_empty());
}

#[tokio::test]
async fn the_vendor_sees_the_counts_as_they_were_reported() {
    let (server, mut daemon) = activated().await;
    daemon.reports(&server.client().await).await.unwrap();
    let overview = server.overview().await;
    let report = overview.activations[0].last_report.as_ref().unwrap();
    assert_eq!(report.first_day, CivilDay::of(NOW).unwrap());
    let solver = &report.features[0];
    assert_eq!(solver.feature.as_str(), "solver");
    assert_eq!(
        (solver.peak.at_least, solver.peak.at_most),
        (1, 4),
        "banded"
    );
    assert_eq!(solver.grants.at_most, 470);
    assert_eq!(solver.refusals[0].name, "SEATS_EXHAUSTED");
    assert_eq!(report.evidence[0].name, "CLOCK_SET_BACK");
}

#[tokio::test]
async fn a_daemon_that_was_never_activated_gets_no_receipt() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    daemon.work(1);
    let refused = daemon.reports(&server.client().await).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::NotActivated);
}

#[tokio::test]
async fn a_certificate_of_another_daemon_is_no_activation() {
    let (server, activated) = activated().await;
    let mut thief = activated.under_key(66);
    let refused = thief.reports(&server.client().await).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::CertificateNotOurs);
}

#[tokio::test]
async fn another_vendors_report_is_refused() {
    let (server, _) = activated().await;
    let mut other = Staff::of("zenith", 100);
    let issued = other.issue(&reporting_order().replace("\"acme\"", "\"zenith\""));
    let mut daemon = Daemon::new(20, &issued, &other);
    let refused = daemon.reports(&server.client().await).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::VendorUnknown);
}

#[tokio::test]
async fn a_report_that_was_altered_is_refused() {
    let (server, mut daemon) = activated().await;
    let mut report = daemon.report();
    let last = report.payload.len() - 1;
    report.payload[last] ^= 1;
    let refusal = server
        .client()
        .await
        .report(report)
        .await
        .unwrap_err()
        .refusal();
    assert_eq!(refusal.code(), RefusalCode::DocumentRefused);
}

#[tokio::test]
async fn a_signature_by_another_key_is_named_as_altered() {
    let (server, mut daemon) = activated().await;
    let report = daemon.report();
    let forged = daemon
        .clone()
        .under_key(66)
        .sign(DocumentKind::UsageReport, report.payload);
    let refusal = server
        .client()
        .await
        .report(forged)
        .await
        .unwrap_err()
        .refusal();
    assert_eq!(refusal.code(), RefusalCode::DocumentRefused);
    assert_eq!(refusal.document_code, "DOCUMENT_ALTERED");
}

#[tokio::test]
async fn a_checkpoint_that_the_daemon_did_not_sign_is_refused() {
    let (server, mut daemon) = activated().await;
    let mut report = daemon.next_report();
    report.checkpoint = Checkpoint {
        size: 6,
        ..report.checkpoint
    };
    let report = daemon.signed_report(&report);
    let refused = server.client().await.report(report).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::CheckpointSignature);
}

#[tokio::test]
async fn a_nonce_serves_one_report() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    let first = daemon.next_report();
    let report = daemon.signed_report(&first);
    let receipt = client.report(report.clone()).await.unwrap();
    daemon.take(&report, &receipt);
    let mut second = daemon.next_report();
    second.nonce = first.nonce;
    let refused = client
        .report(daemon.signed_report(&second))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), RefusalCode::NonceReused);
    let overview = server.overview().await;
    assert_eq!(overview.activations[0].incidents[0].code, "NONCE_REUSED");
    second.nonce = [99; 16];
    client.report(daemon.signed_report(&second)).await.unwrap();
}

#[tokio::test]
async fn a_report_for_a_licence_that_the_books_do_not_have_still_gets_its_receipt() {
    let (server, mut daemon) = activated().await;
    let mut report = daemon.next_report();
    let mut unknown = report.licences[0].clone();
    unknown.licence = "example-solver-0002".parse().unwrap();
    unknown.features[0].peak = Count::Exact(7);
    unknown.certificate = Vec::new();
    report.licences.push(unknown);
    let report = daemon.signed_report(&report);
    let receipt = server.client().await.report(report.clone()).await.unwrap();
    let receipt = daemon.take(&report, &receipt);
    assert_eq!(receipt.certificates.len(), 1);
    let (licence, reason) = &receipt.not_renewed[0];
    assert_eq!(
        (licence.as_str(), reason.as_str()),
        ("example-solver-0002", "LICENCE_UNKNOWN")
    );
}

#[tokio::test]
async fn a_licence_without_reporting_gets_a_receipt_and_keeps_its_certificate() {
    let mut server = Running::new().await;
    let order = reporting_order();
    let end = order.find("[sessions]").unwrap();
    let start = order.find("[reporting]\ninterval").unwrap();
    let plain = [&order[..start], &order[end..]].concat();
    let issued = server.sell(&plain).await;
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    let client = server.client().await;
    daemon.activate(&client).await.unwrap();
    daemon.work(2);
    let receipt = daemon.reports(&client).await.unwrap();
    assert!(receipt.certificates.is_empty() && receipt.not_renewed.is_empty());
    assert_eq!(daemon.held().number, 1);
}
