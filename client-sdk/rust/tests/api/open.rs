//! Finding the daemon and opening a session: absent, silent, slow, wrong, refusing.

use std::time::{Duration, Instant};

use octroi::{CivilSeconds, Client, Error, RefusalCode};
use octroi_proto::licensing::v1::{self as wire, client_message::Body as Asked};

use crate::support::{FakeDaemon, Misbehaviour, Vendor, daemon::daemon_public_key, raw::Impostor};

const SOON: Duration = Duration::from_secs(10);
const DEADLINE: Duration = Duration::from_millis(150);

fn client_of(socket: &std::path::Path) -> Client {
    Client::builder(Vendor::new(1).root_bytes())
        .product("suite")
        .version("1")
        .socket(socket)
        .deadline(DEADLINE)
        .build()
        .unwrap()
}

fn code_from(socket: &std::path::Path) -> &'static str {
    client_of(socket).open().unwrap_err().code()
}

fn misbehaving(misbehaviour: Misbehaviour) -> Error {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.misbehaviour = misbehaviour);
    let client = daemon.client().deadline(SOON).build().unwrap();
    client.open().unwrap_err()
}

#[test]
fn a_session_opens_and_names_the_proven_daemon() {
    let daemon = FakeDaemon::start();
    let session = daemon.open();
    assert_eq!(session.daemon_key(), daemon_public_key());
    assert_eq!(session.daemon_version(), "0.0-fake");
    assert_eq!(session.epoch(), 1);
}

#[test]
fn a_missing_socket_is_an_absent_daemon_said_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::builder(Vendor::new(1).root_bytes())
        .product("suite")
        .socket(folder.path().join("none"))
        .deadline(SOON)
        .build()
        .unwrap();
    let started = Instant::now();
    let error = client.open().unwrap_err();
    assert!(started.elapsed() < SOON / 2);
    assert_eq!(error.code(), "DAEMON_ABSENT");
    assert!(
        error.to_string().contains("install or start octroid"),
        "{error}"
    );
}

#[test]
fn a_socket_file_that_a_dead_daemon_left_is_an_absent_daemon() {
    let mut daemon = FakeDaemon::start();
    daemon.kill();
    assert!(daemon.socket.exists());
    assert_eq!(code_from(&daemon.socket), "DAEMON_ABSENT");
}

#[test]
fn whoever_accepts_and_says_nothing_is_not_answering_after_the_deadline() {
    let impostor = Impostor::silent();
    let started = Instant::now();
    let error = client_of(&impostor.socket).open().unwrap_err();
    assert!(started.elapsed() >= DEADLINE && started.elapsed() < SOON);
    assert_eq!(
        error,
        Error::DaemonNotAnswering {
            socket: impostor.socket.clone(),
            waited: DEADLINE
        }
    );
}

#[test]
fn whoever_never_accepts_is_not_answering() {
    assert_eq!(code_from(&Impostor::deaf().socket), "DAEMON_NOT_ANSWERING");
}

#[test]
fn garbage_is_no_daemon() {
    assert_eq!(code_from(&Impostor::garbage().socket), "DAEMON_MISBEHAVED");
}

#[test]
fn whoever_hangs_up_is_no_daemon() {
    assert_eq!(code_from(&Impostor::closing().socket), "DAEMON_MISBEHAVED");
}

#[test]
fn a_daemon_that_welcomes_and_never_opens_is_not_answering() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.misbehaviour.never_opens = true);
    assert_eq!(code_from(&daemon.socket), "DAEMON_NOT_ANSWERING");
}

#[test]
fn a_daemon_that_ends_the_stream_instead_of_opening_misbehaves() {
    let error = misbehaving(Misbehaviour {
        closes_at_open: true,
        ..Default::default()
    });
    assert_eq!(error.code(), "DAEMON_MISBEHAVED");
}

#[test]
fn a_protocol_that_was_not_offered_is_not_accepted() {
    let error = misbehaving(Misbehaviour {
        protocol: Some(2),
        ..Default::default()
    });
    assert_eq!(error.code(), "DAEMON_MISBEHAVED");
    assert!(error.to_string().contains("protocol 2"), "{error}");
}

#[test]
fn a_message_over_the_limit_is_not_read() {
    let error = misbehaving(Misbehaviour {
        sends_too_much: true,
        ..Default::default()
    });
    assert_eq!(error.code(), "DAEMON_MISBEHAVED");
}

#[test]
fn a_refused_session_says_which_rule_refused() {
    for (wire, code, name) in [
        (
            wire::RefusalCode::VendorUnknown,
            RefusalCode::VendorUnknown,
            "VENDOR_UNKNOWN",
        ),
        (
            wire::RefusalCode::TooManySessions,
            RefusalCode::TooManySessions,
            "TOO_MANY_SESSIONS",
        ),
    ] {
        let error = misbehaving(Misbehaviour {
            refuses_open: Some(wire),
            ..Default::default()
        });
        assert_eq!(error.refusal().unwrap().code, code);
        assert_eq!(error.code(), name);
    }
}

#[test]
fn the_daemon_is_told_who_asks() {
    let daemon = FakeDaemon::start();
    let client = daemon
        .client()
        .version("2026.01.3")
        .released_at(CivilSeconds(1_790_000_000))
        .holder_pid(4711)
        .unattended(true)
        .locale("fr")
        .build()
        .unwrap();
    let _session = client.open().unwrap();
    daemon.world(|world| {
        let hello = world.asked_of(|body| match body {
            Asked::Hello(hello) => Some(hello.clone()),
            _ => None,
        });
        assert_eq!(hello[0].0, 0);
        assert_eq!(hello[0].1.locale, "fr");
        assert!(hello[0].1.sdk.starts_with("rust "));
        let open = world.asked_of(|body| match body {
            Asked::Open(open) => Some(open.clone()),
            _ => None,
        });
        let (number, open) = &open[0];
        assert_eq!(*number, 1);
        assert_eq!(open.version, "2026.1.3");
        assert_eq!(open.released_at_s, 1_790_000_000);
        assert_eq!(open.holder_pid, Some(4711));
        assert!(open.unattended);
        assert_eq!(open.vendor_root, daemon.vendor.root().id().as_bytes());
    });
}

#[test]
fn two_sessions_of_one_process_offer_nothing_twice() {
    let daemon = FakeDaemon::start();
    let (_one, _two) = (daemon.open(), daemon.open());
    daemon.world(|world| {
        let opens = world.asked_of(|body| match body {
            Asked::Open(open) => Some((open.client_nonce.clone(), open.client_public.clone())),
            _ => None,
        });
        assert_ne!(opens[0].1.0, opens[1].1.0);
        assert_ne!(opens[0].1.1, opens[1].1.1);
    });
}

#[test]
fn the_applications_own_mistakes_are_named_before_anything_is_connected() {
    let root = Vendor::new(1).root_bytes();
    let what = |builder: octroi::ClientBuilder| match builder.build().unwrap_err() {
        Error::InvalidArgument { what, .. } => what,
        other => panic!("{other}"),
    };
    assert_eq!(what(Client::builder("beef").product("suite")), "root key");
    assert_eq!(what(Client::builder(root)), "product");
    assert_eq!(what(Client::builder(root).product("Suite!")), "product");
    let client = Client::builder(root).product("suite");
    assert_eq!(what(client.clone().version("2026-1")), "version");
    assert_eq!(what(client.socket("s".repeat(200))), "socket path");
}

#[test]
fn the_root_may_be_given_as_bytes_or_in_hexadecimal() {
    let daemon = FakeDaemon::start();
    let hex = daemon.vendor.root().to_string();
    let client = Client::builder(hex.as_str())
        .product("suite")
        .socket(&daemon.socket)
        .build()
        .unwrap();
    client.open().unwrap();
}
