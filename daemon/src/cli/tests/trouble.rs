//! Daemons that are absent, silent, closed, or say no.

use std::{
    os::unix::net::UnixListener,
    path::Path,
    time::{Duration, Instant},
};

use octroi_proto::licensing::v1::{Refusal, RefusalCode};
use prost::Message as _;
use tempfile::TempDir;
use tonic::{Code, Status};

use super::{
    super::exit::Exit,
    daemon::{Daemon, answer, refused},
    octroi,
};

#[test]
fn an_absent_daemon_is_told_at_once_with_how_to_start_it() {
    let folder = TempDir::with_prefix("octroi-").unwrap();
    let started = Instant::now();
    let ran = octroi(folder.path(), &["status", "--json"]).run();
    assert!(started.elapsed().as_secs() < 1);
    assert_eq!(ran.status, Exit::DaemonAbsent.code());
    let root = folder.path().display().to_string();
    assert!(
        ran.error.contains(&format!("{root}/run/octroi/admin.sock")),
        "{ran:?}"
    );
    assert!(
        ran.error
            .contains(&format!("help: start it: octroid --root {root}")),
        "{ran:?}"
    );
    assert_eq!(ran.json()["error"]["code"], "DAEMON_ABSENT");
    assert_eq!(ran.json()["error"]["exit"], 4);
}

#[test]
fn a_socket_that_a_killed_daemon_left_behind_is_an_absent_daemon() {
    let folder = TempDir::with_prefix("octroi-").unwrap();
    let socket = folder.path().join("a.sock");
    drop(UnixListener::bind(&socket).unwrap());
    let line = [
        "status",
        "--socket",
        &socket.display().to_string(),
        "--json",
    ];
    let ran = octroi(folder.path(), &line).run();
    assert_eq!(ran.status, Exit::DaemonAbsent.code());
    assert_eq!(ran.json()["error"]["code"], "DAEMON_ABSENT");
}

#[test]
fn a_silent_daemon_is_given_up_after_the_deadline() {
    let folder = TempDir::with_prefix("octroi-").unwrap();
    let socket = folder.path().join("a.sock");
    // Connections are taken by the kernel; nobody reads them.
    let _listener = UnixListener::bind(&socket).unwrap();
    let line = [
        "status",
        "--socket",
        &socket.display().to_string(),
        "--json",
    ];
    let ran = octroi(folder.path(), &line)
        .waiting_at_most(Duration::from_millis(100))
        .run();
    assert!(ran.error.contains("within 0.1 seconds"), "{ran:?}");
    assert_eq!(ran.status, Exit::DaemonAbsent.code());
    assert_eq!(ran.json()["error"]["code"], "DAEMON_NOT_ANSWERING");
}

#[test]
fn what_does_not_speak_the_protocol_is_no_answering_daemon() {
    let folder = TempDir::with_prefix("octroi-").unwrap();
    let socket = folder.path().join("a.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let closer = std::thread::spawn(move || drop(listener.accept()));
    let line = [
        "status",
        "--socket",
        &socket.display().to_string(),
        "--json",
    ];
    let ran = octroi(folder.path(), &line).run();
    closer.join().unwrap();
    assert_eq!(ran.status, Exit::DaemonAbsent.code(), "{ran:?}");
    assert_eq!(ran.json()["error"]["code"], "DAEMON_NOT_ANSWERING");
}

#[test]
fn a_user_outside_the_group_is_told_of_the_group() {
    let daemon = Daemon::start();
    answer(
        &daemon.script.status,
        Err(Status::permission_denied("uid 1000 is no administrator")),
    );
    let ran = octroi(daemon.root(), &["status", "--json"]).run();
    assert_eq!(ran.status, Exit::NotPermitted.code());
    assert!(ran.error.contains("group octroi"), "{ran:?}");
    assert_eq!(ran.json()["error"]["code"], "NOT_PERMITTED");
}

#[test]
fn a_path_that_no_socket_can_have_is_a_mistake_on_the_command_line() {
    let long = format!("/{}", "x".repeat(120));
    let ran = octroi(Path::new(&long), &["status"]).run();
    assert_eq!(ran.status, Exit::Usage.code());
    assert!(ran.error.contains("--root"), "{ran:?}");
}

#[test]
fn a_refusal_says_its_code_what_stands_in_the_way_and_what_to_do() {
    let daemon = Daemon::start();
    let refusal = Refusal {
        code: RefusalCode::LicenceExpired.into(),
        feature: "solver".to_owned(),
        licence_id: "acme-42".to_owned(),
        limit: 2,
        in_use: 1,
        expected: "1767225600".to_owned(),
        may_change_at_ms: 1_767_225_600_000,
        ..Refusal::default()
    };
    let status = Status::with_details(
        Code::FailedPrecondition,
        "no",
        refusal.encode_to_vec().into(),
    );
    answer(&daemon.script.seats, Err(status));
    let ran = octroi(daemon.root(), &["seats", "--json"]).run();
    assert_eq!(ran.status, Exit::Refused.code());
    insta::assert_snapshot!("refused", ran.error);
    insta::assert_snapshot!("refused-json", ran.output);
}

#[test]
fn a_refusal_of_a_later_daemon_still_reads_as_one() {
    let daemon = Daemon::start();
    let refusal = Refusal {
        code: 4711,
        ..Refusal::default()
    };
    let status = Status::with_details(
        Code::FailedPrecondition,
        "no",
        refusal.encode_to_vec().into(),
    );
    answer(&daemon.script.seats, Err(status));
    let ran = octroi(daemon.root(), &["seats"]).run();
    assert_eq!(ran.status, Exit::Refused.code());
    assert!(ran.error.contains("does not know"), "{ran:?}");
}

#[test]
fn every_kind_of_failure_has_its_status() {
    for (status, exit) in [
        (refused(RefusalCode::SeatNotHeld), Exit::Refused),
        (Status::failed_precondition("no"), Exit::Refused),
        (Status::unavailable("stopping"), Exit::DaemonAbsent),
        (
            Status::data_loss("record 7 was altered"),
            Exit::LedgerTampered,
        ),
        (Status::not_found("no such seat"), Exit::Failed),
        (Status::internal("a bug"), Exit::Failed),
        (Status::unimplemented("later"), Exit::Failed),
    ] {
        let daemon = Daemon::start();
        let said = status.message().to_owned();
        answer(&daemon.script.release, Err(status));
        let ran = octroi(daemon.root(), &["release", "7", "--vendor", "acme"]).run();
        assert_eq!(ran.status, exit.code(), "{ran:?}");
        assert!(
            exit == Exit::Refused || ran.error.contains(&said),
            "{ran:?}"
        );
    }
}

#[test]
fn text_of_the_daemon_cannot_steer_the_terminal() {
    let daemon = Daemon::start();
    answer(
        &daemon.script.seats,
        Err(Status::internal("\u{1b}]0;owned\u{7}")),
    );
    let ran = octroi(daemon.root(), &["seats"]).run();
    assert!(
        !ran.error.contains('\u{1b}') && !ran.error.contains('\u{7}'),
        "{ran:?}"
    );
}

#[test]
fn help_and_version_succeed_and_nonsense_does_not() {
    let nowhere = Path::new("/nonexistent");
    let ran = octroi(nowhere, &["--help"]).run();
    assert_eq!(ran.status, 0);
    assert!(ran.output.contains("Exit status:"), "{ran:?}");
    assert_eq!(octroi(nowhere, &["--version"]).run().status, 0);
    for line in [
        &["frobnicate"][..],
        &["release"],
        &["release", "-3"],
        &["install"],
        &["run"],
    ] {
        assert_eq!(octroi(nowhere, line).run().status, 2, "{line:?}");
    }
}
