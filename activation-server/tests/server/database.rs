//! The database locked, full, another vendor's, or of a later version: a clear error, and nothing
//! half done.

use octroi_licence::DocumentKind;
use octroi_licence::OrderKind;
use octroi_server::{Books, DatabaseError, DatabaseOptions, EntryError, Limits};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tonic::Code;

use crate::{
    daemon::Daemon,
    reporting::activated,
    running::{OPTIONS, Running},
    vendor::{Staff, reporting_order},
};

async fn connection(server: &Running) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(server.database());
    SqliteConnection::connect_with(&options).await.unwrap()
}

#[tokio::test]
async fn while_the_database_is_locked_daemons_are_told_to_come_again() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    let mut other = connection(&server).await;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let report = daemon.report();
    let status = client.report(report.clone()).await.unwrap_err().status();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    daemon.nonce = 2;
    let status = client
        .activate(daemon.request())
        .await
        .unwrap_err()
        .status();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    let receipt = client.report(report.clone()).await.unwrap();
    assert_eq!(daemon.take(&report, &receipt).report_number, 1);
}

#[tokio::test]
async fn a_locked_database_is_named_to_the_vendors_staff() {
    let server = Running::new().await;
    let mut other = connection(&server).await;
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let licence = "example-solver-0001".parse().unwrap();
    let refused = server
        .books()
        .pay(&licence, server.now())
        .await
        .unwrap_err();
    assert!(
        matches!(refused, EntryError::Database(DatabaseError::Busy(_))),
        "{refused}"
    );
    assert_eq!(refused.code(), Some("DATABASE_UNAVAILABLE"));
}

#[tokio::test]
async fn a_full_database_answers_nothing_by_halves() {
    let options = DatabaseOptions {
        mib_max: Some(1),
        ..OPTIONS
    };
    let mut server = Running::with(options, Limits::default()).await;
    let issued = server.sell(&reporting_order()).await;
    let client = server.client().await;
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    daemon.activate(&client).await.unwrap();
    daemon.work(1);
    // Most of the room is taken already.
    sqlx::query("INSERT INTO settings (name, value) VALUES ('filler', zeroblob(750000))")
        .execute(&mut connection(&server).await)
        .await
        .unwrap();
    let mut answered = 0;
    let status = loop {
        let before = daemon.clone();
        match daemon.reports(&client).await {
            Ok(_) => answered += 1,
            Err(failed) => {
                daemon = before;
                break failed.status();
            }
        }
        daemon.work(1);
        assert!(answered < 2_000, "the database never got full");
    };
    assert_eq!(status.code(), Code::Unavailable, "{status}");
    let overview = server.overview().await;
    let activation = &overview.activations[0];
    assert_eq!(activation.last_report.as_ref().unwrap().number, answered);
    assert_eq!(activation.certificate_number, answered + 1);
    assert_eq!(activation.certificate_number, daemon.held().number);

    let order = server.staff.order(OrderKind::Suspend);
    let mut refused = server.add(&order).await;
    while refused.is_ok() {
        let order = server.staff.order(OrderKind::Resume);
        refused = server.add(&order).await;
    }
    assert!(
        matches!(refused, Err(EntryError::Database(DatabaseError::Full(_)))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_was_answered_survives_a_restart() {
    let (mut server, mut daemon) = activated().await;
    let report = daemon.report();
    let receipt = server.client().await.report(report.clone()).await.unwrap();
    server.stopped(|_| {}).await;
    let again = server.client().await.report(report.clone()).await.unwrap();
    assert_eq!(again, receipt);
    daemon.take(&report, &again);
    daemon.work(1);
    daemon.reports(&server.client().await).await.unwrap();
}

#[tokio::test]
async fn another_vendors_books_are_not_served() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("server.db");
    let books = Books::open(&file, OPTIONS, Staff::new().vendor())
        .await
        .unwrap();
    books.close().await;
    let other = Staff::of("zenith", 100).vendor();
    let refused = Books::open(&file, OPTIONS, other).await.unwrap_err();
    assert!(
        matches!(refused, DatabaseError::AnotherVendor { .. }),
        "{refused}"
    );
    let other_root = Staff::of("acme", 100).vendor();
    let refused = Books::open(&file, OPTIONS, other_root).await.unwrap_err();
    assert!(
        matches!(refused, DatabaseError::AnotherVendor { .. }),
        "{refused}"
    );
}

#[tokio::test]
async fn tables_of_a_later_version_are_left_alone() {
    let server = Running::new().await;
    let mut other = connection(&server).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'later', 1, X'00', 0)",
    )
    .execute(&mut other)
    .await
    .unwrap();
    let vendor = server.staff.vendor();
    let refused = Books::open(&server.database(), OPTIONS, vendor)
        .await
        .unwrap_err();
    assert!(matches!(refused, DatabaseError::Migration(_)), "{refused}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("server.db");
    std::fs::write(&file, "my notes\n".repeat(1_000)).unwrap();
    let refused = Books::open(&file, OPTIONS, Staff::new().vendor())
        .await
        .unwrap_err();
    assert!(!refused.is_passing(), "{refused}");
    let missing = folder.path().join("nowhere").join("server.db");
    let refused = Books::open(&missing, OPTIONS, Staff::new().vendor())
        .await
        .unwrap_err();
    assert!(matches!(refused, DatabaseError::Open(_)), "{refused}");
}

#[tokio::test]
async fn the_books_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut server = Running::new().await;
    server.sell(&reporting_order()).await;
    for entry in std::fs::read_dir(server.folder()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", entry.path().display());
    }
}

#[tokio::test]
async fn a_document_that_was_changed_in_the_database_is_not_honoured() {
    let mut server = Running::new().await;
    let issued = server.staff.issue(&reporting_order());
    let kind = DocumentKind::Licence;
    let (code, now) = (Some(&issued.code), server.now());
    server
        .books()
        .add(kind, &issued.signed, code, now)
        .await
        .unwrap();
    server.books().pay(&issued.licence.id, now).await.unwrap();
    let larger = server
        .staff
        .issue(&reporting_order().replace("serial = 1", "serial = 2"));
    let mut other = connection(&server).await;
    // Another of the vendor's own documents, in this one's place.
    sqlx::query("UPDATE documents SET document = $1")
        .bind(octroi_licence::encode_signed(&larger.signed))
        .execute(&mut other)
        .await
        .unwrap();
    other.close().await.unwrap();
    server.stopped(|_| {}).await;
    let mut daemon = Daemon::new(20, &issued, &server.staff);
    let refusal = daemon
        .activate(&server.client().await)
        .await
        .unwrap_err()
        .refusal();
    assert_eq!(refusal.document_code, "DOCUMENT_MALFORMED");
}
