//! `octroi install`.

use std::fs::File;

use octroi_licence::DocumentKind;
use octroi_proto::{
    admin::v1::{InstallOutcome, InstallResponse},
    licensing::v1::RefusalCode,
};
use tonic::Status;

use super::{
    daemon::{Daemon, answer, refused},
    documents::{self, document},
    octroi,
};

fn installed(kind: &str, outcome: InstallOutcome) -> InstallResponse {
    InstallResponse {
        kind: kind.to_owned(),
        vendor: "acme".to_owned(),
        licence_id: "acme-42".to_owned(),
        digest: "ab".repeat(32),
        outcome: outcome.into(),
        notes: vec!["not activated yet".to_owned()],
        ..InstallResponse::default()
    }
}

#[test]
fn a_licence_goes_to_the_daemon_without_the_text_around_it() {
    let daemon = Daemon::start();
    let file = daemon
        .file("client.lic", documents::licence())
        .display()
        .to_string();
    answer(
        &daemon.script.install,
        Ok(installed("licence", InstallOutcome::Applied)),
    );
    let ran = octroi(daemon.root(), &["install", &file]).run();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(
        ran.output,
        "licence of acme-42: installed\n  not activated yet\n"
    );
    assert!(daemon.asked()[0].contains("BEGIN OCTROI LICENCE"));
    assert!(!daemon.asked()[0].contains("jane@client.example"));
}

#[test]
fn a_document_is_read_from_standard_input() {
    let daemon = Daemon::start();
    answer(
        &daemon.script.install,
        Ok(installed("licence", InstallOutcome::AlreadyInstalled)),
    );
    let ran = octroi(daemon.root(), &["install", "-", "--json"])
        .piping(&documents::licence())
        .run();
    assert_eq!(ran.status, 0, "{ran:?}");
    let json = ran.json();
    assert_eq!(json["documents"][0]["outcome"], "already_installed");
    assert_eq!(json["documents"][0]["file"], "-");
}

#[test]
fn a_gap_in_the_sequence_is_told_and_is_no_failure() {
    let daemon = Daemon::start();
    let order = document(DocumentKind::Order, vec![1], "");
    let file = daemon.file("order", order).display().to_string();
    answer(
        &daemon.script.install,
        Ok(installed("order", InstallOutcome::Pending)),
    );
    let ran = octroi(daemon.root(), &["install", &file]).run();
    assert_eq!(ran.status, 0);
    assert!(
        ran.output
            .contains("kept until the missing documents arrive"),
        "{ran:?}"
    );
}

#[test]
fn of_several_documents_one_damaged_changes_nothing() {
    let daemon = Daemon::start();
    let good = daemon
        .file("good.lic", documents::licence())
        .display()
        .to_string();
    let cut = documents::licence().replace("-----END OCTROI LICENCE-----\n", "");
    let cut = daemon.file("cut.lic", cut).display().to_string();
    let ran = octroi(daemon.root(), &["install", &good, &cut]).run();
    assert_eq!(ran.status, 5);
    assert!(
        ran.error.contains("cut.lic") && ran.error.contains("cut short"),
        "{ran:?}"
    );
    assert!(ran.error.contains("help: "), "{ran:?}");
    assert!(daemon.asked().is_empty());
}

#[test]
fn a_refused_document_is_told_by_its_code_beside_what_went_before() {
    let daemon = Daemon::start();
    let file = daemon
        .file("client.lic", documents::licence())
        .display()
        .to_string();
    answer(
        &daemon.script.install,
        Ok(installed("licence", InstallOutcome::Applied)),
    );
    answer(
        &daemon.script.install,
        Err(refused(RefusalCode::DocumentSequenceOld)),
    );
    let ran = octroi(daemon.root(), &["install", &file, &file, "--json"]).run();
    assert_eq!(ran.status, 3);
    let json = ran.json();
    assert_eq!(json["documents"].as_array().unwrap().len(), 1);
    assert_eq!(json["error"]["code"], "DOCUMENT_SEQUENCE_OLD");
    assert_eq!(json["error"]["refusal"]["code"], "DOCUMENT_SEQUENCE_OLD");
}

#[test]
fn a_document_that_nobody_trusted_signed_is_told_from_a_damaged_one() {
    for (status, code) in [
        (
            Status::unauthenticated("not signed by acme"),
            "DOCUMENT_NOT_TRUSTED",
        ),
        (
            Status::not_found("vendor is not trusted here"),
            "DOCUMENT_NOT_TRUSTED",
        ),
        (
            Status::invalid_argument("the licence is damaged"),
            "DOCUMENT_DAMAGED",
        ),
    ] {
        let daemon = Daemon::start();
        let file = daemon
            .file("client.lic", documents::licence())
            .display()
            .to_string();
        answer(&daemon.script.install, Err(status));
        let ran = octroi(daemon.root(), &["install", &file, "--json"]).run();
        assert_eq!(ran.status, 5);
        assert_eq!(ran.json()["error"]["code"], code);
    }
}

#[test]
fn a_hundred_megabytes_are_refused_unread() {
    let daemon = Daemon::start();
    let path = daemon.root().join("huge.lic");
    // Without blocks: reading it would take memory, asking its length takes nothing.
    File::create(&path).unwrap().set_len(100 << 20).unwrap();
    let ran = octroi(
        daemon.root(),
        &["install", &path.display().to_string(), "--json"],
    )
    .run();
    assert_eq!(ran.status, 5);
    assert_eq!(ran.json()["error"]["code"], "DOCUMENT_TOO_LARGE");
}

#[test]
fn a_device_without_an_end_is_read_only_so_far() {
    let daemon = Daemon::start();
    let ran = octroi(daemon.root(), &["install", "/dev/zero", "--json"]).run();
    assert_eq!(ran.status, 5);
    assert_eq!(ran.json()["error"]["code"], "DOCUMENT_TOO_LARGE");
}

#[test]
fn a_file_that_is_not_there_and_a_folder_are_told_apart_from_damage() {
    let daemon = Daemon::start();
    let missing = daemon.root().join("missing.lic").display().to_string();
    let ran = octroi(daemon.root(), &["install", &missing]).run();
    assert_eq!(ran.status, 1);
    assert!(ran.error.contains("cannot be read"), "{ran:?}");
    let ran = octroi(
        daemon.root(),
        &["install", &daemon.root().display().to_string()],
    )
    .run();
    assert_eq!(ran.status, 1);
    assert!(ran.error.contains("is a folder"), "{ran:?}");
}

#[test]
fn a_root_and_a_request_are_sent_the_right_way() {
    let daemon = Daemon::start();
    let root = daemon
        .file("root.pub", documents::root_document())
        .display()
        .to_string();
    let ran = octroi(daemon.root(), &["install", &root]).run();
    assert_eq!(ran.status, 5);
    assert!(
        ran.error.contains(&format!("octroi vendor trust {root}")),
        "{ran:?}"
    );
    let request = document(DocumentKind::ActivationRequest, vec![1], "");
    let request = daemon.file("request", request).display().to_string();
    let ran = octroi(daemon.root(), &["install", &request]).run();
    assert_eq!(ran.status, 5);
    assert!(ran.error.contains("activate --response"), "{ran:?}");
    assert!(daemon.asked().is_empty());
}
