//! What a hostile or broken client may send: it is bounded, refused, and hurts nobody else.

use std::{io, time::Duration};

use octroi_licence::{DOCUMENT_BYTES_MAX, DocumentKind, message::SignedDocument};
use octroi_proto::activation::v1::{ActivateRequest, RefusalCode, ReportRequest};
use octroi_server::Limits;
use prost::Message as _;
use rustls::version::{TLS12, TLS13};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tonic::Code;

use crate::{
    client::{Client, tls},
    daemon::Daemon,
    reporting::activated,
    running::{OPTIONS, Running},
    vendor::reporting_order,
};

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_message_without_its_document_is_no_request() {
    let server = Running::new().await;
    let client = server.client().await;
    let status = client
        .grpc
        .clone()
        .activate(ActivateRequest::default())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let status = client
        .grpc
        .clone()
        .report(ReportRequest::default())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn garbage_in_place_of_a_document_is_named() {
    let server = Running::new().await;
    let client = server.client().await;
    for payload in [vec![], vec![0xff; 500], b"GET / HTTP/1.1".to_vec()] {
        let garbage = SignedDocument {
            payload,
            ..SignedDocument::default()
        };
        let refusal = client
            .activate(garbage.clone())
            .await
            .unwrap_err()
            .refusal();
        assert_eq!(refusal.code(), RefusalCode::DocumentRefused);
        assert!(!refusal.document_code.is_empty());
        let refused = client.report(garbage).await.unwrap_err();
        assert_eq!(refused.code(), RefusalCode::DocumentRefused);
    }
}

#[tokio::test]
async fn a_document_of_another_kind_is_named() {
    let (server, mut daemon) = activated().await;
    let client = server.client().await;
    let refusal = client.report(daemon.request()).await.unwrap_err().refusal();
    assert_eq!(refusal.code(), RefusalCode::DocumentRefused);
    let refusal = client
        .activate(daemon.report())
        .await
        .unwrap_err()
        .refusal();
    assert_eq!(refusal.code(), RefusalCode::DocumentRefused);
}

#[tokio::test]
async fn a_request_of_a_later_version_is_told_that_the_server_is_too_old() {
    let mut server = Running::new().await;
    let issued = server.sell(&reporting_order()).await;
    let daemon = Daemon::new(20, &issued, &server.staff);
    let mut request = daemon.request_message();
    request.frame.as_mut().unwrap().requires = vec![9_999];
    let request = daemon.sign(DocumentKind::ActivationRequest, request.encode_to_vec());
    let refused = server.client().await.activate(request).await.unwrap_err();
    assert_eq!(refused.code(), RefusalCode::ServerTooOld);
}

#[tokio::test]
async fn a_document_of_a_hundred_megabytes_is_not_read() {
    let server = Running::new().await;
    let client = server.client().await;
    for bytes in [DOCUMENT_BYTES_MAX + (1 << 20), 100 << 20] {
        let huge = SignedDocument {
            payload: vec![0; bytes],
            ..SignedDocument::default()
        };
        let status = client.report(huge).await.unwrap_err().status();
        // Refused by its stated length, or cut off while it was still being sent.
        assert!(
            matches!(
                status.code(),
                Code::OutOfRange
                    | Code::ResourceExhausted
                    | Code::Unknown
                    | Code::Internal
                    | Code::Cancelled
                    | Code::Unavailable
            ),
            "{status}"
        );
    }
    let still = client
        .activate(SignedDocument::default())
        .await
        .unwrap_err();
    assert_eq!(
        still.code(),
        RefusalCode::DocumentRefused,
        "others are answered"
    );
}

#[tokio::test]
async fn many_signatures_and_certificates_are_refused_before_they_are_checked() {
    let (server, mut daemon) = activated().await;
    let mut report = daemon.report();
    report.signatures = vec![report.signatures[0].clone(); 5_000];
    let refusal = server
        .client()
        .await
        .report(report)
        .await
        .unwrap_err()
        .refusal();
    assert_eq!(refusal.document_code, "DOCUMENT_TOO_MANY_PARTS");
    let mut request = daemon.request();
    request.chain = vec![SignedDocument::default(); 5_000];
    let refusal = server
        .client()
        .await
        .activate(request)
        .await
        .unwrap_err()
        .refusal();
    assert_eq!(refusal.document_code, "DOCUMENT_TOO_MANY_PARTS");
}

#[tokio::test]
async fn a_server_with_another_key_is_not_talked_to() {
    let server = Running::new().await;
    assert!(Client::connect(server.address, [0; 32]).await.is_err());
    assert!(Client::connect(server.address, server.pin).await.is_ok());
}

#[tokio::test]
async fn nothing_older_than_tls_1_3_is_spoken() {
    let server = Running::new().await;
    tls(server.address, server.pin, &TLS13).await.unwrap();
    let refused = tls(server.address, server.pin, &TLS12).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::InvalidData, "{refused}");
}

#[tokio::test]
async fn what_is_not_tls_gets_no_answer_and_hurts_nobody() {
    let server = Running::new().await;
    for bytes in [
        b"GET / HTTP/1.1\r\n\r\n".as_slice(),
        &[0; 10_000],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // The server may hang up while this is being sent.
        drop(stream.write_all(bytes).await);
        let mut answer = Vec::new();
        drop(
            timeout(SOON, stream.read_to_end(&mut answer))
                .await
                .unwrap(),
        );
        assert!(answer.len() < 100, "an alert at most");
    }
    let client = server.client().await;
    assert!(client.activate(SignedDocument::default()).await.is_err());
}

#[tokio::test]
async fn garbage_within_tls_ends_the_connection() {
    let server = Running::new().await;
    let mut stream = tls(server.address, server.pin, &TLS13).await.unwrap();
    drop(stream.write_all(&vec![0xa5; 20_000]).await);
    let mut answer = Vec::new();
    drop(
        timeout(SOON, stream.read_to_end(&mut answer))
            .await
            .unwrap(),
    );
    server.client().await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_ends_with_its_time() {
    let limits = Limits {
        connection: Duration::from_millis(300),
        ..Limits::default()
    };
    let server = Running::with(OPTIONS, limits).await;
    let mut silent = tls(server.address, server.pin, &TLS13).await.unwrap();
    let mut answer = Vec::new();
    // Settings may come, then the end.
    drop(
        timeout(SOON, silent.read_to_end(&mut answer))
            .await
            .unwrap(),
    );
}

#[tokio::test]
async fn more_connections_than_there_are_places_wait_for_one() {
    let limits = Limits {
        connections: 1,
        connection: Duration::from_millis(500),
        ..Limits::default()
    };
    let server = Running::with(OPTIONS, limits).await;
    let holder = tls(server.address, server.pin, &TLS13).await.unwrap();
    let waiting = timeout(SOON, server.client()).await.unwrap();
    assert!(waiting.activate(SignedDocument::default()).await.is_err());
    drop(holder);
}

#[tokio::test]
async fn more_requests_at_once_than_the_server_takes_are_told_to_come_again() {
    let limits = Limits {
        requests_at_once: 1,
        ..Limits::default()
    };
    let mut server = Running::with(OPTIONS, limits).await;
    let issued = server.sell(&reporting_order()).await;
    let daemon = Daemon::new(20, &issued, &server.staff);
    // The first request waits for the database, which somebody holds.
    let options = SqliteConnectOptions::new().filename(server.database());
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let client = server.client().await;
    let (first, second) = tokio::join!(
        client.activate(daemon.request()),
        client.activate(daemon.request()),
    );
    let mut codes = [first, second].map(|one| one.unwrap_err().status().code());
    codes.sort_by_key(|code| i32::from(*code));
    assert_eq!(codes, [Code::ResourceExhausted, Code::Unavailable]);
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    client.activate(daemon.request()).await.unwrap();
}

/// Type and stream of each HTTP/2 frame; headers have type 1.
fn frames(mut bytes: &[u8]) -> Vec<(u8, u8)> {
    let mut frames = Vec::new();
    while let [high, middle, low, kind, _, _, _, _, stream, ..] = *bytes {
        frames.push((kind, stream));
        let body = u32::from_be_bytes([0, high, middle, low]);
        bytes = bytes.get(9 + body as usize..).unwrap_or_default();
    }
    frames
}

#[tokio::test]
async fn a_request_that_never_ends_is_given_up() {
    let limits = Limits {
        request: Duration::from_millis(300),
        connection: Duration::from_millis(1_500),
        ..Limits::default()
    };
    let server = Running::with(OPTIONS, limits).await;
    let mut stream = tls(server.address, server.pin, &TLS13).await.unwrap();
    // HTTP/2 by hand: preface, settings, the headers of a call, and of its message the beginning.
    let path = "/octroi.activation.v1.Activation/Report";
    let mut headers = vec![0x83, 0x87, 0x04, u8::try_from(path.len()).unwrap()];
    headers.extend_from_slice(path.as_bytes());
    for (name, value) in [("te", "trailers"), ("content-type", "application/grpc")] {
        headers.extend_from_slice(&[0x00, u8::try_from(name.len()).unwrap()]);
        headers.extend_from_slice(name.as_bytes());
        headers.push(u8::try_from(value.len()).unwrap());
        headers.extend_from_slice(value.as_bytes());
    }
    let frame = |kind: u8, flags: u8, id: u8, body: &[u8]| {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags, 0, 0, 0, id], body].concat()
    };
    let sent = [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        frame(4, 0, 0, &[]),
        frame(1, 4, 1, &headers),
        frame(0, 0, 1, &[0, 0, 0, 4, 0, 1, 2, 3]),
    ]
    .concat();
    stream.write_all(&sent).await.unwrap();
    let mut answer = Vec::new();
    drop(
        timeout(SOON, stream.read_to_end(&mut answer))
            .await
            .unwrap(),
    );
    assert!(
        frames(&answer).contains(&(1, 1)),
        "the call is answered although its message never ended"
    );
    server.client().await;
}
