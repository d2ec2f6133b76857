//! Documents that are here and not yet in force: how they are installed, shown and accepted.

use octroi_licence::DocumentKind;
use octroi_proto::{
    admin::v1::{
        AcceptDocumentResponse, AmendmentStatus, InstallOutcome, InstallResponse, LicenceLife,
        LicenceStatus, PendingDocument, RealmStatus, StatusResponse,
    },
    licensing::v1::RefusalCode,
};

use super::{
    daemon::{Daemon, answer, refused},
    octroi,
};

const MARCH_2026_S: i64 = 1_772_323_200;

fn digest(byte: &str) -> String {
    byte.repeat(32)
}

fn waiting() -> StatusResponse {
    let licence = LicenceStatus {
        licence_id: "acme-42".to_owned(),
        serial: 1,
        product: "solver-suite".to_owned(),
        activated: true,
        life: Some(LicenceLife {
            escrow_released: true,
            ..LicenceLife::default()
        }),
        amendments: vec![
            AmendmentStatus {
                digest: digest("0a"),
                sequence: 2,
                awaits_acceptance: true,
                changes: vec!["now: solver: 5 seats".to_owned()],
                ..AmendmentStatus::default()
            },
            AmendmentStatus {
                digest: digest("0b"),
                sequence: 3,
                effective_at_s: MARCH_2026_S,
                ..AmendmentStatus::default()
            },
        ],
        ..LicenceStatus::default()
    };
    let orphan = PendingDocument {
        kind: "amendment".to_owned(),
        licence_id: "acme-43".to_owned(),
        sequence: 2,
        expected: 1,
        digest: digest("0c"),
        effective_at_s: MARCH_2026_S,
        reason: "now: solver: 9 seats".to_owned(),
        without_licence: true,
    };
    StatusResponse {
        realms: vec![RealmStatus {
            vendor: "acme".to_owned(),
            licences: vec![licence],
            pending: vec![orphan],
            ..RealmStatus::default()
        }],
        ..StatusResponse::default()
    }
}

#[test]
fn what_waits_is_shown_with_its_date_its_changes_and_how_to_accept_it() {
    let daemon = Daemon::start();
    for _ in 0..4 {
        answer(&daemon.script.status, Ok(waiting()));
    }
    insta::assert_snapshot!(octroi(daemon.root(), &["status"]).run().output);
    insta::assert_snapshot!(
        octroi(daemon.root(), &["--lang", "fr", "status"])
            .run()
            .output
    );
    let json = octroi(daemon.root(), &["--json", "status"]).run().json();
    let realm = &json["realms"][0];
    let amendments = &realm["licences"][0]["amendments"];
    assert_eq!(amendments[0]["awaits_acceptance"], true);
    assert_eq!(amendments[1]["effective_at_s"], MARCH_2026_S);
    assert_eq!(realm["licences"][0]["life"]["escrow_released"], true);
    assert_eq!(realm["pending"][0]["without_licence"], true);
    assert_eq!(realm["pending"][0]["reason"], "now: solver: 9 seats");
    let shown = octroi(daemon.root(), &["licence", "show", "acme-42"]).run();
    assert!(
        shown.output.contains("octroi licence accept acme-42"),
        "{shown:?}"
    );
}

#[test]
fn a_document_that_waits_is_accepted_by_its_digest() {
    let daemon = Daemon::start();
    let accepted = AcceptDocumentResponse {
        vendor: "acme".to_owned(),
        licence_id: "acme-42".to_owned(),
        digest: digest("0a"),
        unchanged: false,
        effective_at_s: MARCH_2026_S,
    };
    for _ in 0..3 {
        answer(&daemon.script.accept_document, Ok(accepted.clone()));
    }
    let digest = digest("0a");
    let line = |more: &[&str]| {
        let mut line = more.to_vec();
        line.extend(["licence", "accept", "acme-42", "--document", &digest]);
        line.extend(["--vendor", "acme"]);
        octroi(daemon.root(), &line).run()
    };
    insta::assert_snapshot!(line(&[]).output, @"The amendment of licence acme-42 is accepted and takes effect on 2026-03-01 00:00 UTC.");
    insta::assert_snapshot!(line(&["--lang", "fr"]).output, @"L'avenant de la licence acme-42 est accepté et prend effet le 2026-03-01 00:00 UTC.");
    let json = line(&["--json"]).json();
    assert_eq!(json["effective_at"], "2026-03-01T00:00:00Z");
    assert!(daemon.asked()[0].contains(&digest));
}

#[test]
fn what_does_not_wait_is_not_accepted() {
    let daemon = Daemon::start();
    answer(
        &daemon.script.accept_document,
        Err(refused(RefusalCode::NothingToAccept)),
    );
    let digest = digest("0a");
    let line = [
        "--json",
        "licence",
        "accept",
        "acme-42",
        "--document",
        &digest,
        "--vendor",
        "acme",
    ];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 3, "{ran:?}");
    assert_eq!(ran.json()["error"]["code"], "NOTHING_TO_ACCEPT");
    let malformed = octroi(
        daemon.root(),
        &["licence", "accept", "acme-42", "--document", "zz"],
    );
    assert_eq!(malformed.run().status, 2);
}

#[test]
fn an_amendment_that_waits_says_how_to_accept_it_when_it_is_installed() {
    let daemon = Daemon::start();
    let answered = || InstallResponse {
        kind: "amendment".to_owned(),
        vendor: "acme".to_owned(),
        licence_id: "acme-42".to_owned(),
        digest: digest("0a"),
        outcome: InstallOutcome::AwaitsAcceptance.into(),
        effective_at_s: MARCH_2026_S,
        ..InstallResponse::default()
    };
    answer(&daemon.script.install, Ok(answered()));
    answer(&daemon.script.install, Ok(answered()));
    let amendment = super::documents::document(DocumentKind::Amendment, vec![1, 2, 3], "");
    let file = daemon.file("change.amd", &amendment);
    let path = file.to_str().unwrap();
    let ran = octroi(daemon.root(), &["install", path]).run();
    assert_eq!(ran.status, 0, "{}", ran.error);
    insta::assert_snapshot!(ran.output);
    let json = octroi(daemon.root(), &["--json", "install", path])
        .run()
        .json();
    assert_eq!(json["documents"][0]["outcome"], "awaits_acceptance");
    assert_eq!(json["documents"][0]["effective_at_s"], MARCH_2026_S);
}
