//! A ledger that was rewritten gets no receipt, and of two branches only one does.

use octroi_licence::{Checkpoint, encode_signed, merkle};
use octroi_proto::activation::v1::RefusalCode;

use crate::{daemon::Daemon, reporting::activated, vendor::DAY_S};

#[tokio::test]
async fn rewritten_history_is_refused_and_recorded() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    daemon.reports(&client).await.unwrap();
    let countersigned = daemon.checkpoint();
    // The same number of records and more, but another past.
    daemon.leaves[2] = merkle::leaf_hash(b"what should have been");
    daemon.work(4);
    let refusal = daemon.reports(&client).await.unwrap_err().refusal();
    assert_eq!(refusal.code(), RefusalCode::LedgerRewritten);
    let known = refusal.known.unwrap();
    assert_eq!(
        (known.size, known.root),
        (countersigned.size, countersigned.root.to_vec())
    );
    assert_eq!(refusal.known_number, 1);
    let incidents = &server.overview().await.activations[0].incidents;
    assert_eq!(
        (incidents[0].code.as_str(), incidents[0].times),
        ("LEDGER_REWRITTEN", 1)
    );
    assert_eq!(incidents[0].ledger_size, daemon.checkpoint().size);
}

#[tokio::test]
async fn a_shorter_ledger_is_rewritten_history_too() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    daemon.reports(&client).await.unwrap();
    daemon.leaves.truncate(3);
    let refused = daemon.reports(&client).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::LedgerRewritten);
}

#[tokio::test]
async fn a_first_report_proves_nothing_but_its_own_checkpoint() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    let mut report = daemon.next_report();
    report.consistency = vec![[7; 32]];
    let refused = client
        .report(daemon.signed_report(&report))
        .await
        .unwrap_err();
    assert_eq!(
        refused.code(),
        RefusalCode::LedgerRewritten,
        "nothing to prove from"
    );
    daemon.reports(&client).await.unwrap();
}

#[tokio::test]
async fn a_rewritten_ledger_that_comes_again_and_again_is_one_incident() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    daemon.reports(&client).await.unwrap();
    daemon.leaves[0] = merkle::leaf_hash(b"another");
    for _ in 0..3 {
        daemon.reports(&client).await.unwrap_err();
        server.wait(DAY_S);
    }
    let incidents = &server.overview().await.activations[0].incidents;
    assert_eq!((incidents.len(), incidents[0].times), (1, 3));
    assert!(incidents[0].first_at < incidents[0].last_at);
}

/// A daemon and a copy of it, which have gone different ways since the last receipt.
async fn forked() -> (crate::running::Running, Daemon, Daemon) {
    let (server, mut daemon) = activated().await;
    daemon.reports(&server.client().await).await.unwrap();
    let mut copy = daemon.clone();
    daemon.work(3);
    copy.leaves.push(merkle::leaf_hash(b"on the other machine"));
    (server, daemon, copy)
}

#[tokio::test]
async fn of_two_branches_only_the_first_renews() {
    let (server, mut daemon, mut copy) = forked().await;
    let client = server.client().await;
    daemon.reports(&client).await.unwrap();
    for _ in 0..2 {
        let refused = copy.reports(&client).await.unwrap_err();
        assert_eq!(refused.code(), RefusalCode::LedgerForked);
    }
    assert_eq!(copy.held().number, 2, "what it had when it was copied");
    daemon.work(1);
    daemon.reports(&client).await.unwrap();
    assert_eq!(daemon.held().number, 4);
}

#[tokio::test]
async fn a_fork_is_named_to_the_copy_to_the_original_and_to_the_vendor() {
    let (server, mut daemon, mut copy) = forked().await;
    let client = server.client().await;
    daemon.reports(&client).await.unwrap();
    let refusal = copy.reports(&client).await.unwrap_err().refusal();
    let known = refusal.known.unwrap();
    let original = daemon.checkpoint();
    assert_eq!(
        (known.size, known.root),
        (original.size, original.root.to_vec())
    );
    assert_eq!(refusal.known_number, 2);

    let receipt = daemon.reports(&client).await.unwrap();
    assert_eq!(receipt.forks, [copy.checkpoint()]);
    let next = daemon.reports(&client).await.unwrap();
    assert_eq!(next.forks, Vec::<Checkpoint>::new(), "told once");

    let incidents = &server.overview().await.activations[0].incidents;
    assert_eq!(incidents[0].code, "LEDGER_FORKED");
    assert_eq!(
        incidents[0].ledger_root,
        hex::encode(copy.checkpoint().root)
    );
}

#[tokio::test]
async fn a_copy_that_reports_first_wins_and_the_original_is_told() {
    let (server, mut daemon, mut copy) = forked().await;
    let client = server.client().await;
    copy.reports(&client).await.unwrap();
    let refused = daemon.reports(&client).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::LedgerForked);
}

#[tokio::test]
async fn a_daemon_that_forgot_its_receipts_cannot_begin_anew() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    daemon.reports(&client).await.unwrap();
    daemon.last_receipt = None;
    daemon.work(1);
    let refused = daemon.reports(&client).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::LedgerForked);
}

#[tokio::test]
async fn a_receipt_of_another_daemon_is_not_carried() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    daemon.reports(&client).await.unwrap();
    let mut other = daemon.clone().under_key(21);
    other.nonce = 2;
    other.certificate = None;
    other = other.asks_for(&[("solver", 0), ("viewer", 0), ("batch", 1)]);
    other.activate(&client).await.unwrap();
    let mut report = other.next_report();
    report.last_receipt = encode_signed(daemon.last_receipt.as_ref().unwrap());
    let refused = client
        .report(other.signed_report(&report))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), RefusalCode::ReceiptNotOurs);
    report.last_receipt = b"no receipt at all".to_vec();
    report.nonce = [77; 16];
    let refused = client
        .report(other.signed_report(&report))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), RefusalCode::ReceiptNotOurs);
}

#[tokio::test]
async fn a_report_follows_the_receipt_that_it_carries() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    daemon.reports(&client).await.unwrap();
    let mut report = daemon.next_report();
    report.number = 7;
    let refusal = client
        .report(daemon.signed_report(&report))
        .await
        .unwrap_err()
        .refusal();
    assert_eq!(refusal.code(), RefusalCode::ReportNumber);
    assert_eq!(refusal.known_number, 1);
}
