//! Servers that behave, and those that do not, on real sockets over real TLS.

#[path = "../../../tests/reporting/tls_server.rs"]
mod tls_server;

use octroi_proto::activation::v1::{
    ActivateResponse, RefusalCode, ReportResponse, activation_server::Activation,
};
use tokio_rustls::{rustls::version, server::TlsStream as ServerStream};
use tonic::{Request, Response};

use self::tls_server::TlsServer;
use super::*;

/// What the service answers.
#[derive(Debug, Clone, Copy)]
enum Says {
    Refused,
    Nothing,
    Busy,
    TooMuch,
    Later,
}

struct Service(Says);

#[tonic::async_trait]
impl Activation for Service {
    async fn activate(
        &self,
        _: Request<ActivateRequest>,
    ) -> Result<Response<ActivateResponse>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    async fn report(&self, _: Request<ReportRequest>) -> Result<Response<ReportResponse>, Status> {
        let outcome = match self.0 {
            Says::Refused => Some(report_response::Outcome::Refusal(Refusal {
                code: RefusalCode::NotActivated.into(),
                ..Refusal::default()
            })),
            Says::Nothing => None,
            Says::Busy => return Err(Status::unavailable("\u{1b}[2Jthe database is busy")),
            Says::TooMuch => Some(report_response::Outcome::Receipt(SignedDocument {
                payload: vec![0; 2 << 20],
                ..SignedDocument::default()
            })),
            Says::Later => std::future::pending().await,
        };
        Ok(Response::new(ReportResponse { outcome }))
    }
}

/// How a server that speaks no gRPC behaves once TLS stands.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// Says what is no HTTP/2.
    Garbage,
    /// Says something without end.
    Endless,
    /// Says nothing and stays.
    Stalled,
    /// Speaks TLS 1.2 at most, where nothing of the above matters.
    OldTls,
    /// Closes at once.
    Closed,
}

/// A server that behaves badly.
fn misbehaving(manner: Manner) -> TlsServer {
    let version = match manner {
        Manner::OldTls => &version::TLS12,
        _ => &version::TLS13,
    };
    TlsServer::start(version, move |listener, acceptor| async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    misbehave(stream, manner).await;
                }
            });
        }
    })
}

async fn misbehave(mut stream: ServerStream<TcpStream>, manner: Manner) {
    match manner {
        Manner::Garbage => drop(stream.write_all(b"HTTP/1.1 302 Found\r\n\r\n").await),
        Manner::Endless => while stream.write_all(&[0x2a; 16 << 10]).await.is_ok() {},
        Manner::Stalled => std::future::pending().await,
        Manner::Closed | Manner::OldTls => {}
    }
    drop(stream.shutdown().await);
}

/// Short, so that a test of silence is short; long enough for a slow machine to connect.
const DEADLINES: Deadlines = Deadlines {
    connect: Duration::from_secs(5),
    exchange: Duration::from_secs(6),
};

fn report_to(
    address: String,
    key_pins: Vec<[u8; 32]>,
    deadlines: Deadlines,
) -> Result<Answer, TransportError> {
    let server = ActivationServer {
        address,
        web_pki: key_pins.is_empty(),
        key_pins,
        region: None,
    };
    let link = ServerLink {
        server: &server,
        proxy: None,
        deadlines,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(link.report(SignedDocument::default()))
}

fn report(server: &TlsServer) -> Result<Answer, TransportError> {
    report_to(server.address(), vec![server.pin()], DEADLINES)
}

/// The stable code of a failure.
fn code(server: &TlsServer) -> &'static str {
    report(server).unwrap_err().code()
}

#[test]
fn a_server_with_a_pinned_key_is_heard() {
    let server = TlsServer::serving(Service(Says::Refused));
    match report(&server).unwrap() {
        Answer::Refused(refusal) => assert_eq!(refusal.code(), RefusalCode::NotActivated),
        other @ Answer::Document(_) => panic!("{other:?}"),
    }
}

#[test]
fn any_of_several_pins_counts() {
    let server = TlsServer::serving(Service(Says::Refused));
    let pins = vec![[1; 32], server.pin(), [2; 32]];
    assert!(report_to(server.address(), pins, DEADLINES).is_ok());
}

#[test]
fn a_server_with_another_key_is_told_nothing() {
    let server = TlsServer::serving(Service(Says::Refused));
    let mut near = server.pin();
    near[31] ^= 1;
    let error = report_to(server.address(), vec![near], DEADLINES).unwrap_err();
    assert_eq!(error.code(), "SERVER_ANOTHER_KEY");
}

#[test]
fn a_server_without_pins_is_refused_before_it_is_asked() {
    let server = TlsServer::serving(Service(Says::Refused));
    let error = report_to(server.address(), Vec::new(), DEADLINES).unwrap_err();
    assert_eq!(error.code(), "SERVER_WITHOUT_PINS");
}

#[test]
fn a_server_that_speaks_tls_1_2_only_is_refused() {
    let server = misbehaving(Manner::OldTls);
    assert_eq!(code(&server), "SERVER_TLS");
}

#[test]
fn garbage_redirects_and_endless_talk_are_garbled_answers() {
    for manner in [Manner::Garbage, Manner::Endless, Manner::Closed] {
        let server = misbehaving(manner);
        assert_eq!(code(&server), "SERVER_GARBLED", "{manner:?}");
    }
    for says in [Says::Nothing, Says::TooMuch] {
        let server = TlsServer::serving(Service(says));
        assert_eq!(code(&server), "SERVER_GARBLED", "{says:?}");
    }
}

#[test]
fn a_busy_server_is_asked_again_and_its_words_are_not_shown() {
    let server = TlsServer::serving(Service(Says::Busy));
    let error = report(&server).unwrap_err();
    assert_eq!(error.code(), "SERVER_UNAVAILABLE");
    assert!(!error.to_string().contains("database"), "{error}");
}

#[test]
fn silence_ends_at_the_deadline() {
    let short = Deadlines {
        exchange: Duration::from_millis(700),
        ..DEADLINES
    };
    let stalled = misbehaving(Manner::Stalled);
    let thinking = TlsServer::serving(Service(Says::Later));
    for server in [stalled, thinking] {
        let error = report_to(server.address(), vec![server.pin()], short).unwrap_err();
        assert_eq!(error.code(), "SERVER_NOT_ANSWERING");
    }
}

#[test]
fn nobody_there_is_said_so() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", free.local_addr().unwrap());
    drop(free);
    let error = report_to(address, vec![[0; 32]], DEADLINES).unwrap_err();
    assert_eq!(error.code(), "SERVER_NOT_REACHED");
}
