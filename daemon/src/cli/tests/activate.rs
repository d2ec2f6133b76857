//! `octroi activate`.

use std::fs;

use octroi_licence::DocumentKind;
use octroi_proto::admin::v1::{
    CreateActivationRequestResponse, InstallOutcome, InstallResponse, LicenceStatus, RealmStatus,
    StatusResponse,
};

use super::{
    daemon::{Daemon, answer},
    documents::{self, document},
    octroi,
};

fn realm(vendor: &str, licence: &str) -> RealmStatus {
    RealmStatus {
        vendor: vendor.to_owned(),
        licences: vec![LicenceStatus {
            licence_id: licence.to_owned(),
            ..LicenceStatus::default()
        }],
        ..RealmStatus::default()
    }
}

fn request() -> CreateActivationRequestResponse {
    CreateActivationRequestResponse {
        armoured: document(DocumentKind::ActivationRequest, vec![1], ""),
        preview: vec![
            "daemon key 1234".to_owned(),
            "site lyon\u{1b}[2J".to_owned(),
        ],
    }
}

fn daemon_with(realms: Vec<RealmStatus>) -> Daemon {
    let daemon = Daemon::start();
    answer(
        &daemon.script.status,
        Ok(StatusResponse {
            realms,
            ..StatusResponse::default()
        }),
    );
    answer(&daemon.script.request, Ok(request()));
    daemon
}

#[test]
fn a_request_is_written_and_what_leaves_the_machine_is_shown() {
    let daemon = daemon_with(vec![realm("other", "lic-7"), realm("acme", "acme-42")]);
    let file = daemon.root().join("request.txt").display().to_string();
    let line = [
        "activate",
        "--request",
        &file,
        "--licence",
        "acme-42",
        "--code",
        "ABCD-EFGH",
    ];
    let ran = octroi(daemon.root(), &[&line[..], &["--site", "lyon"]].concat()).run();
    assert_eq!(ran.status, 0, "{ran:?}");
    insta::assert_snapshot!("activate-request", ran.output.replace(&file, "REQUEST"));
    assert_eq!(fs::read_to_string(&file).unwrap(), request().armoured);
    assert_eq!(
        daemon.asked()[1],
        "CreateActivationRequestRequest { vendor: \"acme\", licence_id: \"acme-42\", \
         activation_code: \"ABCD-EFGH\", site: \"lyon\" }"
    );
}

#[test]
fn the_code_is_taken_from_the_file_that_came_with_the_licence() {
    let daemon = daemon_with(vec![realm("acme", "acme-42")]);
    let code = daemon
        .file("client.code", "# for acme-42\n\nABCD-EFGH\n")
        .display()
        .to_string();
    let line = [
        "activate",
        "--request",
        "-",
        "--licence",
        "acme-42",
        "--code-file",
        &code,
    ];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.output, request().armoured);
    assert!(ran.error.contains("What leaves this machine:"), "{ran:?}");
    assert!(daemon.asked()[1].contains("ABCD-EFGH"));
}

#[test]
fn without_a_code_and_without_a_terminal_nothing_is_asked() {
    let daemon = daemon_with(vec![realm("acme", "acme-42")]);
    let line = ["activate", "--request", "-", "--licence", "acme-42"];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 2);
    assert!(ran.error.contains("--code-file"), "{ran:?}");
}

#[test]
fn a_code_that_is_none_is_not_sent() {
    let daemon = daemon_with(vec![realm("acme", "acme-42")]);
    for code in ["", "not a code; at all", &"A".repeat(200)] {
        let line = [
            "activate",
            "--request",
            "-",
            "--licence",
            "acme-42",
            "--vendor",
            "acme",
        ];
        let ran = octroi(daemon.root(), &[&line[..], &["--code", code]].concat()).run();
        assert_eq!(ran.status, 2, "{ran:?}");
    }
    assert!(daemon.asked().is_empty());
}

#[test]
fn a_request_overwrites_nothing() {
    let daemon = daemon_with(vec![realm("acme", "acme-42")]);
    let file = daemon.file("client.lic", "precious").display().to_string();
    let line = [
        "activate",
        "--request",
        &file,
        "--licence",
        "acme-42",
        "--code",
        "ABCD",
    ];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 1);
    assert!(ran.error.contains("exists already"), "{ran:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    assert!(daemon.asked().is_empty());
}

#[test]
fn a_licence_that_is_not_installed_is_told_before_a_code_is_asked_for() {
    let daemon = daemon_with(vec![realm("acme", "acme-42")]);
    let line = ["activate", "--request", "-", "--licence", "acme-43"];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 1);
    assert!(ran.error.contains("acme-43 is not installed"), "{ran:?}");
}

#[test]
fn a_licence_id_of_two_vendors_needs_the_vendors_name() {
    let daemon = daemon_with(vec![realm("acme", "l-1"), realm("other", "l-1")]);
    let line = [
        "activate",
        "--request",
        "-",
        "--licence",
        "l-1",
        "--code",
        "ABCD",
    ];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 2);
    assert!(
        ran.error.contains("acme, other") && ran.error.contains("--vendor"),
        "{ran:?}"
    );
}

#[test]
fn the_answer_is_installed() {
    let daemon = Daemon::start();
    let certificate = document(DocumentKind::ActivationCertificate, vec![1], "");
    let file = daemon.file("answer", certificate).display().to_string();
    let answered = InstallResponse {
        kind: "activation-certificate".to_owned(),
        vendor: "acme".to_owned(),
        licence_id: "acme-42".to_owned(),
        outcome: InstallOutcome::Applied.into(),
        ..InstallResponse::default()
    };
    answer(&daemon.script.install, Ok(answered));
    let ran = octroi(daemon.root(), &["activate", "--response", &file]).run();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.output, "activation certificate of acme-42: installed\n");
}

#[test]
fn a_licence_is_no_answer_to_a_request() {
    let daemon = Daemon::start();
    let file = daemon
        .file("client.lic", documents::licence())
        .display()
        .to_string();
    let ran = octroi(daemon.root(), &["activate", "--response", &file]).run();
    assert_eq!(ran.status, 5);
    assert!(daemon.asked().is_empty());
}

#[test]
fn request_and_response_do_not_go_together() {
    let daemon = Daemon::start();
    for line in [
        &["activate"][..],
        &["activate", "--request", "a"],
        &[
            "activate",
            "--request",
            "a",
            "--licence",
            "l",
            "--response",
            "b",
        ],
        &["activate", "--response", "b", "--code", "ABCD"],
    ] {
        assert_eq!(octroi(daemon.root(), line).run().status, 2, "{line:?}");
    }
}
