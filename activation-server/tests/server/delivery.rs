//! What receipts bring beside certificates: documents in their order, announcements, and no more than
//! a receipt may have.

use octroi_licence::OrderKind;
use octroi_licence::{
    Announcement, AnnouncementAnswer, CivilDay, DocumentKind, Numbered, PENDING_MAX,
    RECEIPT_BYTES_MAX, encode_signed, message::AnnouncementVerdict,
};
use octroi_server::EntryError;

use crate::{
    daemon::Daemon,
    reporting::activated,
    running::Running,
    vendor::{LICENCE, reporting_order},
};

fn announcement(kind: &str, text: &str) -> Announcement {
    Announcement {
        number: 0,
        kind: kind.to_owned(),
        text: text.to_owned(),
        due: None,
        version: None,
        product: None,
        effective: None,
    }
}

#[tokio::test]
async fn orders_are_delivered_once_and_in_sequence() {
    let (mut server, mut daemon) = activated().await;
    let client = server.client().await;
    for kind in [OrderKind::Suspend, OrderKind::Resume] {
        let order = server.staff.order(kind);
        server.add(&order).await.unwrap();
    }
    let receipt = daemon.reports(&client).await.unwrap();
    let kinds: Vec<_> = receipt
        .documents
        .iter()
        .map(|one| one.kind().unwrap())
        .collect();
    assert_eq!(kinds, [DocumentKind::Order, DocumentKind::Order]);
    assert_eq!(daemon.vendor_sequence, 3);
    let next = daemon.reports(&client).await.unwrap();
    assert!(next.documents.is_empty(), "delivered once");
}

#[tokio::test]
async fn a_suspended_licence_is_renewed_all_the_same() {
    let (mut server, mut daemon) = activated().await;
    let order = server.staff.order(OrderKind::Suspend);
    server.add(&order).await.unwrap();
    daemon.reports(&server.client().await).await.unwrap();
    assert_eq!(
        daemon.held().number,
        2,
        "a resume needs a daemon with a certificate"
    );
}

#[tokio::test]
async fn more_documents_than_fit_come_with_the_next_receipts() {
    let (mut server, mut daemon) = activated().await;
    let client = server.client().await;
    let orders = PENDING_MAX + 10;
    for round in 0..orders {
        let kind = if round % 2 == 0 {
            OrderKind::Suspend
        } else {
            OrderKind::Resume
        };
        let order = server.staff.order(kind);
        server.add(&order).await.unwrap();
    }
    let first = daemon.reports(&client).await.unwrap();
    assert_eq!((first.documents.len(), first.more), (PENDING_MAX, true));
    let second = daemon.reports(&client).await.unwrap();
    assert_eq!((second.documents.len(), second.more), (10, false));
    assert_eq!(usize::try_from(daemon.vendor_sequence).unwrap(), orders + 1);
}

#[tokio::test]
async fn a_receipt_stays_small_enough_to_be_carried_by_the_next_report() {
    let (mut server, mut daemon) = activated().await;
    let client = server.client().await;
    for _ in 0..PENDING_MAX {
        let text = "x".repeat(2_000);
        let one = announcement("notice", &text);
        server
            .books()
            .announce(&one, None, server.now())
            .await
            .unwrap();
    }
    // A serial with many features is a large document.
    let mut order = reporting_order().replace("serial = 1", "serial = 2");
    for number in 0..900 {
        let feature = format!(
            "\n[[features]]\nname = \"feature-with-a-rather-long-name-{number:04}\"\n\
             metric = \"concurrent\"\ngrouping = \"user\"\ncount = 1\n"
        );
        order.push_str(&feature);
    }
    let second = server.staff.issue(&order);
    assert!(server.import(&second).await.unwrap().deliverable);
    let mut announced = 0;
    let mut more = true;
    while more {
        let receipt = daemon.reports(&client).await.unwrap();
        let bytes = encode_signed(daemon.last_receipt.as_ref().unwrap()).len();
        assert!(bytes <= RECEIPT_BYTES_MAX, "{bytes}");
        announced += receipt.announcements.len();
        more = receipt.more;
    }
    assert_eq!(announced, PENDING_MAX);
    assert_eq!(daemon.licence.serial, 2);
}

#[tokio::test]
async fn announcements_reach_those_whom_they_concern_once() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let other_order = reporting_order().replace(LICENCE, "example-solver-0002");
    let other = server.sell(&other_order).await;
    let client = server.client().await;
    let (mut daemon, mut elsewhere) = (
        Daemon::new(20, &issued, &server.staff),
        Daemon::new(21, &other, &server.staff),
    );
    for one in [&mut daemon, &mut elsewhere] {
        one.activate(&client).await.unwrap();
        one.work(1);
    }
    let release = Announcement {
        due: Some(CivilDay(21_000)),
        version: Some("2026.2".parse().unwrap()),
        ..announcement("release", "Version 2026.2 is out.")
    };
    let books = server.books();
    assert_eq!(
        books.announce(&release, None, server.now()).await.unwrap(),
        1
    );
    let private = announcement("prices", "Your renewal costs the same.");
    let licence = Some(&issued.licence.id);
    assert_eq!(
        books
            .announce(&private, licence, server.now())
            .await
            .unwrap(),
        2
    );

    let receipt = daemon.reports(&client).await.unwrap();
    let numbers: Vec<u64> = receipt.announcements.iter().map(|one| one.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(receipt.announcements[0].due, Some(CivilDay(21_000)));
    assert!(
        daemon
            .reports(&client)
            .await
            .unwrap()
            .announcements
            .is_empty()
    );
    let receipt = elsewhere.reports(&client).await.unwrap();
    assert_eq!(receipt.announcements.len(), 1);
    assert_eq!(receipt.announcements[0].text, "Version 2026.2 is out.");
}

#[tokio::test]
async fn an_announcement_is_one_readable_line() {
    let server = Running::new().await;
    let long = "x".repeat(2_001);
    for (kind, text) in [
        ("notice", ""),
        ("notice", "two\nlines"),
        ("notice", long.as_str()),
        ("No Kind", "text"),
    ] {
        let one = announcement(kind, text);
        let refused = server
            .books()
            .announce(&one, None, server.now())
            .await
            .unwrap_err();
        assert!(matches!(refused, EntryError::Announcement), "{refused}");
    }
}

#[tokio::test]
async fn the_books_take_documents_in_their_order_and_once() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let first = server.staff.order(OrderKind::Suspend);
    let second = server.staff.order(OrderKind::Resume);
    let refused = server.add(&second).await.unwrap_err();
    assert!(
        matches!(
            refused,
            EntryError::SequenceGap {
                expected: 2,
                found: 3,
                ..
            }
        ),
        "{refused}"
    );
    assert!(!server.add(&first).await.unwrap().repeated);
    assert!(server.add(&first).await.unwrap().repeated);
    server.add(&second).await.unwrap();
    assert!(server.import(&issued).await.unwrap().repeated);
}

#[tokio::test]
async fn the_books_take_no_document_that_does_not_stand() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let mut altered = server.staff.order(OrderKind::Suspend);
    let last = altered.payload.len() - 1;
    altered.payload[last] ^= 1;
    let kind = DocumentKind::Order;
    let refused = server.books().add(kind, &altered, None, server.now()).await;
    assert_eq!(refused.unwrap_err().code(), Some("DOCUMENT_ALTERED"));
    let kind = DocumentKind::ActivationRequest;
    let refused = server
        .books()
        .add(kind, &issued.signed, None, server.now())
        .await;
    assert_eq!(
        refused.unwrap_err().code(),
        Some("DOCUMENT_OF_ANOTHER_KIND")
    );
}

#[tokio::test]
async fn an_older_revocation_list_does_not_come_back() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let first = server.staff.revoke(&issued.licence.id, 1);
    let second = server.staff.revoke(&"another-licence".parse().unwrap(), 1);
    server.add(&second).await.unwrap();
    let refused = server.add(&first).await.unwrap_err();
    assert!(
        matches!(
            refused,
            EntryError::ListOld {
                found: 1,
                newest: 2
            }
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn a_code_of_another_serial_is_not_taken_in() {
    let mut server = Running::new().await;
    let first = server.staff.issue(&reporting_order());
    let second = server
        .staff
        .issue(&reporting_order().replace("serial = 1", "serial = 2"));
    let kind = DocumentKind::Licence;
    let refused = server
        .books()
        .add(kind, &first.signed, Some(&second.code), server.now())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some("ACTIVATION_CODE_WRONG"));
    let missing = server
        .books()
        .overview(Some(&first.licence.id), server.now())
        .await;
    assert!(missing.is_err(), "and nothing was kept of it");
}

#[tokio::test]
async fn a_change_in_who_processes_data_is_announced_ahead_with_a_day_to_object() {
    let (server, _) = activated().await;
    let today = CivilDay::of(server.now()).unwrap();
    let change = |effective: Option<u32>, due: Option<u32>| Announcement {
        effective: effective.map(|days| CivilDay(today.0 + days)),
        due: due.map(|days| CivilDay(today.0 + days)),
        ..announcement("data-processing", "Back-ups move.")
    };
    let books = server.books();
    for (effective, due, code) in [
        (Some(59), Some(30), "NOTICE_TOO_SHORT"),
        (Some(60), None, "ANNOUNCEMENT_INVALID"),
        (None, Some(30), "ANNOUNCEMENT_INVALID"),
        (Some(60), Some(61), "ANNOUNCEMENT_INVALID"),
    ] {
        let one = change(effective, due);
        let refused = books.announce(&one, None, server.now()).await.unwrap_err();
        assert_eq!(refused.code(), Some(code), "{effective:?} {due:?}");
    }
    let one = change(Some(60), Some(30));
    books.announce(&one, None, server.now()).await.unwrap();
    let shorter = change(Some(30), Some(20));
    let notice = octroi_licence::Days(30);
    let announced = books.announce_ahead(&shorter, None, notice, server.now());
    announced.await.unwrap();
}

#[tokio::test]
async fn answers_that_reports_carry_are_kept_by_daemon_and_the_last_one_counts() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    let notice = announcement("notice", "Prices change.");
    server
        .books()
        .announce(&notice, None, server.now())
        .await
        .unwrap();
    daemon.reports(&client).await.unwrap();

    for (number, verdict) in [
        (1, AnnouncementVerdict::Accepted),
        (1, AnnouncementVerdict::Objected),
        (99, AnnouncementVerdict::Objected),
    ] {
        daemon.answers = vec![AnnouncementAnswer {
            number,
            verdict: Numbered::Known(verdict),
            day: CivilDay(20_000),
        }];
        daemon.work(1);
        daemon.reports(&client).await.unwrap();
    }
    let told = server.books().announcements().await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].answers.len(),
        1,
        "one to an announcement that was never made is none"
    );
    assert_eq!(told[0].answers[0].verdict, "objected");
    assert_eq!(told[0].answers[0].daemon_key, daemon.public_key());
}
