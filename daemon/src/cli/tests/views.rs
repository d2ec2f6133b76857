//! What `status`, `seats`, `release` and `hostid` show, in both forms and both languages.

use octroi_proto::{
    admin::v1::{
        ClockStatus, FeatureStatus, HostIdComponent, HostIdResponse, KeyStatus, LedgerStatus,
        LicenceStatus, Loan, PendingDocument, RealmStatus, ReleaseSeatResponse, Seat,
        SeatsResponse, StatusResponse, Waiter,
    },
    licensing::v1::{Refusal, RefusalCode},
};

use super::{
    daemon::{Daemon, answer},
    octroi,
};

const NEW_YEAR_2026_S: i64 = 1_767_225_600;
const DAY_S: i64 = 86_400;

fn feature(feature: &str, grouping: &str, licensed: u32, in_use: u32) -> FeatureStatus {
    FeatureStatus {
        feature: feature.to_owned(),
        metric: "concurrent".to_owned(),
        grouping: grouping.to_owned(),
        licensed,
        share: licensed,
        in_use,
        lingering: 0,
        waiting: 1,
        ..FeatureStatus::default()
    }
}

/// A licence in good order.
fn licence() -> LicenceStatus {
    LicenceStatus {
        licence_id: "acme-42".to_owned(),
        serial: 3,
        product: "solver-suite".to_owned(),
        client_name: "Client SA".to_owned(),
        digest: "ab".repeat(32),
        starts_at_s: NEW_YEAR_2026_S,
        ends_at_s: NEW_YEAR_2026_S + 365 * DAY_S,
        activated: true,
        certificate_ends_at_s: NEW_YEAR_2026_S + 90 * DAY_S,
        site: "lyon".to_owned(),
        features: vec![
            feature("solver", "user", 2, 2),
            feature("viewer-pro", "host", 1200, 14),
        ],
        hardware_key: Some(KeyStatus {
            required: true,
            present: vec!["00112233".to_owned()],
            absent: vec!["44556677".to_owned()],
            budget_left_ms: 72 * 3_600_000,
        }),
        blocked: None,
        sequence: 5,
        ..LicenceStatus::default()
    }
}

fn realm(licences: Vec<LicenceStatus>) -> RealmStatus {
    RealmStatus {
        vendor: "acme".to_owned(),
        vendor_name: "Acme Solvers SAS".to_owned(),
        root_fingerprint: "5f".repeat(32),
        daemon_key: "c0".repeat(32),
        licences,
        ledger: Some(LedgerStatus {
            records: 12_034,
            synced: 12_030,
            head: "11".repeat(32),
            writable: true,
            error: String::new(),
        }),
        state_digest: "22".repeat(32),
        ..RealmStatus::default()
    }
}

fn status(realms: Vec<RealmStatus>) -> StatusResponse {
    StatusResponse {
        daemon_version: "0.1.0".to_owned(),
        realms,
        clock: Some(ClockStatus {
            civil_ms: (NEW_YEAR_2026_S + 60 * DAY_S) * 1000,
            confidence: "trusted".to_owned(),
            evidence: String::new(),
        }),
        sessions: 3,
        warnings: Vec::new(),
    }
}

/// Everything that can stand in the way, at once.
fn troubled() -> StatusResponse {
    let expired = LicenceStatus {
        licence_id: "acme-41".to_owned(),
        ends_at_s: NEW_YEAR_2026_S + 50 * DAY_S,
        hardware_key: None,
        blocked: Some(Refusal {
            code: RefusalCode::LicenceExpired.into(),
            licence_id: "acme-41".to_owned(),
            expected: (NEW_YEAR_2026_S + 50 * DAY_S).to_string(),
            ..Refusal::default()
        }),
        ..licence()
    };
    let new = LicenceStatus {
        licence_id: "acme-43".to_owned(),
        ends_at_s: 0,
        activated: false,
        certificate_ends_at_s: 0,
        site: String::new(),
        features: Vec::new(),
        hardware_key: None,
        ..licence()
    };
    let mut acme = realm(vec![expired, new]);
    acme.ledger = Some(LedgerStatus {
        records: 7,
        synced: 7,
        writable: false,
        error: "No space left on device".to_owned(),
        ..LedgerStatus::default()
    });
    acme.pending = vec![PendingDocument {
        kind: "order".to_owned(),
        licence_id: "acme-41".to_owned(),
        sequence: 7,
        expected: 6,
        ..PendingDocument::default()
    }];
    let mut bare = realm(Vec::new());
    bare.vendor = "other".to_owned();
    bare.vendor_name = "\u{1b}[31mOther Ltd".to_owned();
    let mut status = status(vec![acme, bare]);
    status.clock = Some(ClockStatus {
        civil_ms: (NEW_YEAR_2026_S + 60 * DAY_S) * 1000,
        confidence: "provisional".to_owned(),
        evidence: "the wall clock leapt 40 days ahead".to_owned(),
    });
    status.warnings = vec!["the hardware key 44556677 was last seen 3 days ago".to_owned()];
    status
}

fn shown(status: StatusResponse, arguments: &[&str]) -> String {
    let daemon = Daemon::start();
    answer(&daemon.script.status, Ok(status));
    let ran = octroi(daemon.root(), arguments).run();
    assert_eq!((ran.status, ran.error.as_str()), (0, ""), "{ran:?}");
    ran.output
}

#[test]
fn a_licence_in_good_order_is_shown_with_its_term_activation_and_seats() {
    insta::assert_snapshot!(
        "status",
        shown(status(vec![realm(vec![licence()])]), &["status"])
    );
}

#[test]
fn the_overview_reads_in_french() {
    let french = shown(
        status(vec![realm(vec![licence()])]),
        &["status", "--lang", "fr"],
    );
    insta::assert_snapshot!("status-french", french);
}

#[test]
fn whatever_stands_in_the_way_is_named_with_what_to_do() {
    insta::assert_snapshot!("status-troubled", shown(troubled(), &["status"]));
}

#[test]
fn whatever_stands_in_the_way_is_named_in_french() {
    insta::assert_snapshot!(
        "status-troubled-french",
        shown(troubled(), &["status", "--lang=fr"])
    );
}

#[test]
fn a_new_daemon_is_told_where_to_begin() {
    insta::assert_snapshot!("status-new", shown(status(Vec::new()), &["status"]));
}

#[test]
fn the_overview_as_json_holds_every_field() {
    let mut all = status(vec![realm(vec![licence()])]);
    all.realms.append(&mut troubled().realms);
    insta::assert_snapshot!("status-json", shown(all, &["status", "--json"]));
}

fn seats() -> SeatsResponse {
    let seat = Seat {
        vendor: "acme".to_owned(),
        licence_id: "acme-42".to_owned(),
        product: "solver-suite".to_owned(),
        feature: "solver".to_owned(),
        seat: 7,
        units: 1,
        user: "alice".to_owned(),
        pid: 4711,
        since_ms: NEW_YEAR_2026_S * 1000 + 250,
        state: "held".to_owned(),
        version: "2026.1".to_owned(),
        loan: None,
    };
    let away = Seat {
        seat: 1012,
        units: 12,
        user: "erased".to_owned(),
        pid: 0,
        state: "lingering".to_owned(),
        version: String::new(),
        ..seat.clone()
    };
    let waiter = Waiter {
        vendor: "acme".to_owned(),
        feature: "solver".to_owned(),
        user: "bob\u{202e}".to_owned(),
        pid: 99,
        units: 2,
        place: 1,
    };
    SeatsResponse {
        seats: vec![seat, away],
        waiters: vec![waiter],
        features: Vec::new(),
    }
}

fn shown_seats(seats: SeatsResponse, arguments: &[&str]) -> (String, Vec<String>) {
    let daemon = Daemon::start();
    answer(&daemon.script.seats, Ok(seats));
    let ran = octroi(daemon.root(), arguments).run();
    assert_eq!((ran.status, ran.error.as_str()), (0, ""), "{ran:?}");
    (ran.output, daemon.asked())
}

#[test]
fn seats_are_shown_with_their_holders_and_the_queue() {
    insta::assert_snapshot!("seats", shown_seats(seats(), &["seats"]).0);
    insta::assert_snapshot!(
        "seats-french",
        shown_seats(seats(), &["seats", "--lang", "fr"]).0
    );
    insta::assert_snapshot!("seats-json", shown_seats(seats(), &["seats", "--json"]).0);
}

/// Alice's seat, borrowed for a day.
fn lent(returned: bool) -> SeatsResponse {
    let mut seats = seats();
    seats.waiters.clear();
    seats.seats.truncate(1);
    for seat in &mut seats.seats {
        seat.state = "borrowed".to_owned();
        seat.loan = Some(Loan {
            borrow: "5a".repeat(16),
            until_s: NEW_YEAR_2026_S + 86_400,
            longest_s: NEW_YEAR_2026_S + 7 * 86_400,
            returned,
        });
    }
    seats
}

#[test]
fn a_borrowed_seat_is_shown_with_the_end_of_its_period_and_its_id() {
    let id = "5a".repeat(16);
    let (output, _) = shown_seats(lent(false), &["seats"]);
    assert!(output.contains("borrowed until 2026-01-02"), "{output}");
    assert!(output.contains(&format!("({id})")), "{output}");
    let (output, _) = shown_seats(lent(true), &["seats", "--lang", "fr"]);
    assert!(output.contains("emprunté jusqu'au 2026-01-02"), "{output}");
    assert!(output.contains(", rendu ("), "{output}");
    let (output, _) = shown_seats(lent(true), &["seats", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&output).unwrap();
    let loan = json.pointer("/seats/0/loan").unwrap();
    assert_eq!(loan["borrow"], id.as_str());
    assert_eq!(loan["until"], "2026-01-02T00:00:00Z");
    assert_eq!(loan["longest_s"], NEW_YEAR_2026_S + 7 * 86_400);
    assert_eq!(loan["returned"], true);
}

#[test]
fn seats_of_one_feature_are_asked_for_by_it() {
    let line = ["seats", "--feature", "solver", "--vendor", "acme"];
    let (output, asked) = shown_seats(SeatsResponse::default(), &line);
    assert_eq!(output, "No seat is held.\n");
    assert_eq!(
        asked,
        [r#"SeatsRequest { vendor: "acme", feature: "solver" }"#]
    );
}

#[test]
fn a_seat_is_released_with_its_reason() {
    let daemon = Daemon::start();
    answer(
        &daemon.script.release,
        Ok(ReleaseSeatResponse {
            freed: true,
            hold_ms: 0,
        }),
    );
    let line = [
        "release",
        "7",
        "--vendor",
        "acme",
        "--reason",
        "left for the day",
    ];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(
        (ran.status, ran.output.as_str()),
        (0, "Seat 7 is free.\n"),
        "{ran:?}"
    );
    let asked = r#"ReleaseSeatRequest { vendor: "acme", seat: 7, reason: "left for the day" }"#;
    assert_eq!(daemon.asked(), [asked]);
}

#[test]
fn a_holder_that_must_be_waited_for_is_told_of() {
    let daemon = Daemon::start();
    answer(
        &daemon.script.release,
        Ok(ReleaseSeatResponse {
            freed: false,
            hold_ms: 90_000,
        }),
    );
    let ran = octroi(daemon.root(), &["release", "7", "--vendor", "acme"]).run();
    assert!(ran.output.contains("within 1 min"), "{ran:?}");
}

#[test]
fn the_only_vendor_need_not_be_named_and_one_of_several_must() {
    let daemon = Daemon::start();
    answer(&daemon.script.status, Ok(status(vec![realm(Vec::new())])));
    answer(
        &daemon.script.release,
        Ok(ReleaseSeatResponse {
            freed: true,
            hold_ms: 0,
        }),
    );
    let ran = octroi(daemon.root(), &["release", "7", "--json"]).run();
    assert_eq!(ran.json()["vendor"], "acme");

    answer(&daemon.script.status, Ok(troubled()));
    let ran = octroi(daemon.root(), &["release", "7"]).run();
    assert_eq!(ran.status, 2);
    assert!(ran.error.contains("acme, other"), "{ran:?}");
}

#[test]
fn a_host_is_shown_with_what_cannot_be_read_of_it() {
    let daemon = Daemon::start();
    let component = |kind: &str, value: &str, problem: &str| HostIdComponent {
        kind: kind.to_owned(),
        readable: problem.is_empty(),
        value: value.to_owned(),
        problem: problem.to_owned(),
    };
    let answered = HostIdResponse {
        components: vec![
            component("machine-id", "0123456789abcdef", ""),
            component("board-serial", "", "permission denied"),
        ],
    };
    answer(&daemon.script.hostid, Ok(answered.clone()));
    let ran = octroi(daemon.root(), &["hostid"]).run();
    insta::assert_snapshot!("hostid", ran.output);
    answer(&daemon.script.hostid, Ok(answered));
    let json = octroi(daemon.root(), &["hostid", "--vendor", "acme", "--json"])
        .run()
        .json();
    assert_eq!(json["components"][0]["value"], "0123456789abcdef");
    assert_eq!(json["components"][1]["problem"], "permission denied");
    assert!(json["components"][1]["value"].is_null());
}
