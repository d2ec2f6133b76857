//! `octroi install --dry-run`.

use octroi_licence::DocumentKind;
use octroi_proto::{
    admin::v1::{
        Changes, DatedChanges, FeatureChange, FeatureStatus, InstallOutcome, InstallResponse,
        LicenceChange, LicenceStatus, PreviewInstallResponse, PreviewedDocument, Seat, SeatLoss,
        Waiter, WaiterChange,
    },
    licensing::v1::{Refusal, RefusalCode, SeatEndCause},
};

use super::{
    daemon::{Daemon, answer},
    documents::{self, document},
    octroi,
};

const NEW_YEAR_2026_S: i64 = 1_767_225_600;

fn accepted(kind: &str, outcome: InstallOutcome) -> PreviewedDocument {
    PreviewedDocument {
        installed: Some(InstallResponse {
            kind: kind.to_owned(),
            vendor: "acme".to_owned(),
            licence_id: "acme-42".to_owned(),
            digest: "ab".repeat(32),
            outcome: outcome.into(),
            notes: Vec::new(),
            ..InstallResponse::default()
        }),
        ..PreviewedDocument::default()
    }
}

fn counted(licensed: u32, in_use: u32) -> FeatureStatus {
    FeatureStatus {
        feature: "solver".to_owned(),
        metric: "concurrent".to_owned(),
        grouping: "user".to_owned(),
        licensed,
        share: licensed,
        in_use,
        lingering: 0,
        waiting: 0,
        ..FeatureStatus::default()
    }
}

fn licence(serial: u64, ends_at_s: i64) -> LicenceStatus {
    LicenceStatus {
        licence_id: "acme-42".to_owned(),
        serial,
        product: "solver-suite".to_owned(),
        starts_at_s: NEW_YEAR_2026_S,
        ends_at_s,
        activated: true,
        ..LicenceStatus::default()
    }
}

fn suspended() -> Refusal {
    Refusal {
        code: RefusalCode::Suspended.into(),
        licence_id: "acme-42".to_owned(),
        ..Refusal::default()
    }
}

/// A licence of fewer seats, and an order that waits for its date.
fn smaller() -> PreviewInstallResponse {
    let seat = Seat {
        vendor: "acme".to_owned(),
        licence_id: "acme-42".to_owned(),
        feature: "solver".to_owned(),
        seat: 7,
        units: 1,
        user: "alice\u{1b}[2J".to_owned(),
        pid: 4711,
        state: "held".to_owned(),
        ..Seat::default()
    };
    let waiter = Waiter {
        vendor: "acme".to_owned(),
        feature: "solver".to_owned(),
        user: "bob".to_owned(),
        pid: 4712,
        units: 1,
        place: 1,
    };
    let mut order = accepted("order", InstallOutcome::Applied);
    order.effective_at_s = NEW_YEAR_2026_S + 86_400;
    PreviewInstallResponse {
        documents: vec![accepted("licence", InstallOutcome::Applied), order],
        changes: Some(Changes {
            licences: vec![LicenceChange {
                vendor: "acme".to_owned(),
                before: Some(licence(1, NEW_YEAR_2026_S + 1_000)),
                after: Some(licence(2, 0)),
            }],
            features: vec![FeatureChange {
                vendor: "acme".to_owned(),
                licence_id: "acme-42".to_owned(),
                before: Some(counted(3, 2)),
                after: Some(counted(1, 1)),
                limit_before: 3,
                limit_after: 1,
            }],
            seats: vec![SeatLoss {
                seat: Some(seat),
                cause: SeatEndCause::ShareReduced.into(),
            }],
            waiters: vec![WaiterChange {
                waiter: Some(waiter),
                refusal: Some(suspended()),
            }],
        }),
        later: vec![DatedChanges {
            at_s: NEW_YEAR_2026_S + 86_400,
            changes: Some(Changes {
                licences: vec![LicenceChange {
                    vendor: "acme".to_owned(),
                    before: Some(licence(2, 0)),
                    after: Some(LicenceStatus {
                        blocked: Some(suspended()),
                        ..licence(2, 0)
                    }),
                }],
                ..Changes::default()
            }),
        }],
    }
}

fn dry_run(answers: PreviewInstallResponse, more: &[&str]) -> (super::Ran, Vec<String>) {
    let daemon = Daemon::start();
    let licence = daemon.file("client.lic", documents::licence());
    let order = daemon.file("order", document(DocumentKind::Order, vec![1], ""));
    answer(&daemon.script.preview, Ok(answers));
    let (licence, order) = (licence.display().to_string(), order.display().to_string());
    let mut line = vec!["install", "--dry-run", &licence, &order];
    line.extend(more);
    let mut ran = octroi(daemon.root(), &line).run();
    let root = daemon.root().display().to_string();
    ran.output = ran.output.replace(&root, "ROOT");
    (ran, daemon.asked())
}

#[test]
fn a_dry_run_says_who_would_lose_what_and_when() {
    let (ran, asked) = dry_run(smaller(), &[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(asked.len() == 1 && asked[0].starts_with("PreviewInstallRequest"));
    insta::assert_snapshot!("dry-run", ran.output);
}

#[test]
fn a_dry_run_speaks_french_too() {
    let (ran, _) = dry_run(smaller(), &["--lang", "fr"]);
    insta::assert_snapshot!("dry-run-french", ran.output);
}

#[test]
fn scripts_read_what_a_dry_run_found() {
    let (ran, _) = dry_run(smaller(), &["--json"]);
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!("dry-run-json", ran.output);
}

#[test]
fn a_dry_run_ends_as_installing_would() {
    let mut answers = smaller();
    answers.changes = Some(Changes::default());
    answers.later.clear();
    let refused = Refusal {
        code: RefusalCode::DocumentSequenceOld.into(),
        expected: "3".to_owned(),
        found: "2".to_owned(),
        ..Refusal::default()
    };
    answers.documents = vec![PreviewedDocument {
        refusal: Some(refused),
        ..PreviewedDocument::default()
    }];
    let (ran, _) = dry_run(answers.clone(), &[]);
    assert_eq!(ran.status, 3, "{ran:?}");
    insta::assert_snapshot!("dry-run-refused", ran.output);
    answers.documents = vec![PreviewedDocument {
        problem_code: "DOCUMENT_NOT_TRUSTED".to_owned(),
        problem: "no trusted vendor vouches for this licence".to_owned(),
        ..PreviewedDocument::default()
    }];
    let (ran, _) = dry_run(answers, &["--json"]);
    assert_eq!(ran.status, 5, "{ran:?}");
    let document = &ran.json()["documents"][0];
    assert_eq!(document["outcome"], "refused");
    assert_eq!(document["problem"]["code"], "DOCUMENT_NOT_TRUSTED");
}

#[test]
fn a_dry_run_needs_the_daemon() {
    let folder = tempfile::TempDir::with_prefix("octroi-").unwrap();
    let file = folder.path().join("client.lic");
    std::fs::write(&file, documents::licence()).unwrap();
    let file = file.display().to_string();
    let ran = octroi(folder.path(), &["install", "--dry-run", &file]).run();
    assert_eq!(ran.status, 4, "{ran:?}");
}
