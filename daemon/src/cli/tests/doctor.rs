//! `octroi doctor`, as far as the daemon's answers decide it; files and sockets are looked at end to
//! end.

use std::{fs, os::unix::fs::PermissionsExt as _};

use octroi_proto::{
    admin::v1::{
        ClockDiagnosis, ClockStatus, DiagnoseResponse, KeyDiagnosis, LedgerStatus, LicenceStatus,
        PendingDocument, RealmDiagnosis, RealmStatus, ReportDuty, ServerDiagnosis, StatusResponse,
    },
    licensing::v1::{Refusal, RefusalCode},
};
use tonic::Status;

use super::{
    Ran,
    daemon::{Daemon, answer},
    octroi,
};

const NEW_YEAR_2026_S: i64 = 1_767_225_600;
const DAY_S: i64 = 86_400;
const NOW_S: i64 = NEW_YEAR_2026_S + 60 * DAY_S;

fn status() -> StatusResponse {
    let licence = LicenceStatus {
        licence_id: "acme-42".to_owned(),
        serial: 3,
        product: "solver-suite".to_owned(),
        starts_at_s: NEW_YEAR_2026_S,
        ends_at_s: NEW_YEAR_2026_S + 365 * DAY_S,
        activated: true,
        certificate_ends_at_s: NOW_S + 20 * DAY_S,
        server: "https://licences.acme.example".to_owned(),
        ..LicenceStatus::default()
    };
    StatusResponse {
        daemon_version: env!("CARGO_PKG_VERSION").to_owned(),
        realms: vec![RealmStatus {
            vendor: "acme".to_owned(),
            vendor_name: "Acme Solvers SAS".to_owned(),
            root_fingerprint: "5f".repeat(32),
            licences: vec![licence],
            ledger: Some(LedgerStatus {
                records: 12_034,
                synced: 12_030,
                writable: true,
                ..LedgerStatus::default()
            }),
            ..RealmStatus::default()
        }],
        clock: Some(ClockStatus {
            civil_ms: NOW_S * 1000,
            confidence: "trusted".to_owned(),
            evidence: String::new(),
        }),
        ..StatusResponse::default()
    }
}

fn diagnosis() -> DiagnoseResponse {
    DiagnoseResponse {
        started_at_s: NEW_YEAR_2026_S + DAY_S,
        uid: rustix::process::geteuid().as_raw(),
        network: true,
        usb_keys: true,
        realms: vec![RealmDiagnosis {
            vendor: "acme".to_owned(),
            clock: Some(ClockDiagnosis {
                confidence: "trusted".to_owned(),
                ..ClockDiagnosis::default()
            }),
            keys: vec![KeyDiagnosis {
                licence_id: "acme-42".to_owned(),
                serial: "00112233".to_owned(),
                present: true,
                proven: true,
                proven_ago_ms: 12_000,
                budget_left_ms: 72 * 3_600_000,
                ..KeyDiagnosis::default()
            }],
            servers: vec![ServerDiagnosis {
                address: "https://licences.acme.example".to_owned(),
                licence_ids: vec!["acme-42".to_owned()],
                key_pins: 2,
                probed: true,
                reached: true,
                took_ms: 23,
                ..ServerDiagnosis::default()
            }],
            reports: vec![ReportDuty {
                licence_id: "acme-42".to_owned(),
                due_at_s: NOW_S + 6 * DAY_S,
                warn_at_s: NOW_S + 8 * DAY_S,
                degrade_at_s: NOW_S + 13 * DAY_S,
                stop_at_s: NOW_S + 20 * DAY_S,
                step: "current".to_owned(),
            }],
            last_report: 2,
            server_time_s: NOW_S - DAY_S,
            sent_at_s: NOW_S - DAY_S,
            ..RealmDiagnosis::default()
        }],
        ..DiagnoseResponse::default()
    }
}

/// Everything that the daemon can tell of, gone wrong at once.
fn troubled() -> (StatusResponse, DiagnoseResponse) {
    let (mut status, mut diagnosis) = (status(), diagnosis());
    let realm = &mut status.realms[0];
    realm.pending.push(PendingDocument {
        kind: "order".to_owned(),
        licence_id: "acme-42".to_owned(),
        sequence: 7,
        expected: 6,
        ..PendingDocument::default()
    });
    let suspended = LicenceStatus {
        licence_id: "acme-41".to_owned(),
        activated: false,
        certificate_ends_at_s: 0,
        blocked: Some(Refusal {
            code: RefusalCode::Suspended.into(),
            licence_id: "acme-41".to_owned(),
            ..Refusal::default()
        }),
        ..realm.licences[0].clone()
    };
    realm.licences.push(suspended);
    let ledger = realm.ledger.as_mut().unwrap();
    (ledger.writable, ledger.error) = (false, "no space left on device".to_owned());
    diagnosis.hidraw_devices = 3;
    diagnosis.hidraw_closed = 3;
    diagnosis.proxy = "http://proxy:3128".to_owned();
    let realm = &mut diagnosis.realms[0];
    realm.clock = Some(ClockDiagnosis {
        confidence: "provisional".to_owned(),
        anomaly: 77,
        confirmed_in_ms: 3_600_000,
        mark_ms: NEW_YEAR_2026_S * 1000,
    });
    let key = &mut realm.keys[0];
    (key.present, key.licence_without_key) = (false, true);
    (key.absent_ms, key.budget_left_ms) = (600_000, 3 * 3_600_000);
    let mut emulated = diagnosis_key("44556677");
    emulated.emulator_accepted = true;
    realm.keys.push(emulated);
    let server = &mut realm.servers[0];
    server.reached = false;
    server.code = "SERVER_ANOTHER_KEY".to_owned();
    server.problem = "whoever answers has none of the keys\u{1b}[2J".to_owned();
    realm.reports[0].step = "degrade".to_owned();
    (realm.waiting_report, realm.approval_needed) = (3, true);
    (status, diagnosis)
}

fn diagnosis_key(serial: &str) -> KeyDiagnosis {
    KeyDiagnosis {
        serial: serial.to_owned(),
        ..diagnosis().realms[0].keys[0].clone()
    }
}

fn doctor(
    status: StatusResponse,
    diagnosis: Result<DiagnoseResponse, Status>,
    more: &[&str],
) -> Ran {
    let daemon = Daemon::start();
    let socket = daemon.root().join("run/octroi/admin.sock");
    fs::set_permissions(socket, fs::Permissions::from_mode(0o660)).unwrap();
    let state = daemon.root().join("var/lib/octroi");
    fs::create_dir_all(&state).unwrap();
    fs::set_permissions(state, fs::Permissions::from_mode(0o700)).unwrap();
    answer(&daemon.script.status, Ok(status));
    answer(&daemon.script.diagnose, diagnosis);
    let mut line = vec!["doctor"];
    line.extend(more);
    octroi(daemon.root(), &line).run()
}

/// What the daemon's answers decide: from the trusted roots on, without the sum.
fn asked(ran: &Ran, first: &str) -> String {
    let from = ran.output.find(first).unwrap_or_else(|| panic!("{ran:?}"));
    let start = ran.output[..from].rfind('\n').unwrap() + 1;
    let end = ran.output.trim_end().rfind('\n').unwrap() + 1;
    ran.output[start..end].to_owned()
}

#[test]
fn a_daemon_in_good_order_is_told_with_its_evidence() {
    let ran = doctor(status(), Ok(diagnosis()), &[]);
    insta::assert_snapshot!("doctor", asked(&ran, "trusted root"));
}

#[test]
fn every_trouble_is_told_with_what_mends_it() {
    let (status, diagnosis) = troubled();
    let ran = doctor(status, Ok(diagnosis), &[]);
    assert_eq!(ran.status, 9);
    insta::assert_snapshot!("doctor-troubled", asked(&ran, "trusted root"));
}

#[test]
fn every_trouble_is_told_in_french() {
    let (status, diagnosis) = troubled();
    let ran = doctor(status, Ok(diagnosis), &["--lang", "fr"]);
    insta::assert_snapshot!("doctor-troubled-french", asked(&ran, "racine approuvée"));
}

#[test]
fn scripts_read_one_object_for_each_check() {
    let (status, diagnosis) = troubled();
    let ran = doctor(status, Ok(diagnosis), &["--json", "--offline"]);
    let all = ran.json();
    for check in all.as_array().unwrap() {
        let state = check["state"].as_str().unwrap();
        assert!(["ok", "warning", "failed", "not_checked"].contains(&state));
        assert!(!check["evidence"].as_str().unwrap().is_empty(), "{check}");
        if state == "failed" || state == "warning" {
            assert!(check["mend"].is_string(), "{check}");
        }
    }
    let server = all.as_array().unwrap().iter();
    let mut server = server.filter(|check| check["check"] == "server");
    assert_eq!(server.next().unwrap()["state"], "not_checked");
}

#[test]
fn an_older_daemon_is_diagnosed_as_far_as_it_answers() {
    let ran = doctor(
        status(),
        Err(Status::unimplemented("no such call")),
        &["--json"],
    );
    let all = ran.json();
    let all = all.as_array().unwrap();
    let of = |kind: &str| all.iter().find(|check| check["check"] == kind);
    assert_eq!(of("daemon").unwrap()["state"], "failed");
    assert_eq!(of("licence").unwrap()["state"], "ok");
    assert!(
        of("server").is_none(),
        "nothing is claimed that was not seen"
    );
}

#[test]
fn where_there_is_no_daemon_nothing_of_it_is_claimed() {
    let folder = tempfile::TempDir::with_prefix("octroi-").unwrap();
    let ran = octroi(folder.path(), &["doctor", "--json"]).run();
    assert_eq!(ran.status, 9);
    let all = ran.json();
    for check in all.as_array().unwrap() {
        let kind = check["check"].as_str().unwrap();
        let state = check["state"].as_str().unwrap();
        match kind {
            "application_socket" | "admin_socket" | "state_folder" => assert_eq!(state, "failed"),
            "disk" => {}
            _ => assert_eq!(state, "not_checked", "{check}"),
        }
    }
}
