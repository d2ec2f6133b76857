//! `users`, `why` and `licence`: what is sent, and what is said in both forms and both languages.

use octroi_proto::{
    admin::v1::{
        AssignmentStatus, ClauseStatus, EraseUserResponse, ExportUserResponse, LicenceLife,
        LicenceStatus, ListUsersResponse, NonRenewalNotice, OrderStatus, PastRefusal,
        PastRefusalsResponse, RealmStatus, RecordNonRenewalResponse, RecordedText, StatusResponse,
        SupportStatus, SyncResult, SyncUsersResponse, SyncedUser, UserActed, UserStatus,
    },
    licensing::v1::{Refusal, RefusalCode},
};
use tonic::Status;

use super::{
    daemon::{Daemon, answer, refused},
    octroi,
};

const NEW_YEAR_2026_S: i64 = 1_767_225_600;
const DAY_S: i64 = 86_400;

fn standing(licences: Vec<LicenceStatus>) -> StatusResponse {
    StatusResponse {
        daemon_version: "0.1.0".to_owned(),
        realms: vec![RealmStatus {
            vendor: "acme".to_owned(),
            vendor_name: "Acme Solvers SAS".to_owned(),
            licences,
            ..RealmStatus::default()
        }],
        ..StatusResponse::default()
    }
}

/// A licence that renews itself, with a notice by letter, an order to come and a closed desk.
fn licence() -> LicenceStatus {
    LicenceStatus {
        licence_id: "acme-42".to_owned(),
        serial: 3,
        product: "solver-suite".to_owned(),
        client_name: "Client SA".to_owned(),
        starts_at_s: NEW_YEAR_2026_S,
        ends_at_s: NEW_YEAR_2026_S + 365 * DAY_S,
        activated: true,
        life: Some(LicenceLife {
            next_period_ends_at_s: NEW_YEAR_2026_S + 730 * DAY_S,
            notice: Some(NonRenewalNotice {
                until_s: NEW_YEAR_2026_S + 275 * DAY_S,
                ends_at_s: NEW_YEAR_2026_S + 365 * DAY_S,
                form: "letter".to_owned(),
                address: "Acme, 1 rue de Paris, Lyon".to_owned(),
            }),
            evaluation_ends_at_s: NEW_YEAR_2026_S + 30 * DAY_S,
            silence_accepts_at_s: NEW_YEAR_2026_S + 30 * DAY_S,
            guarantee_ends_at_s: NEW_YEAR_2026_S + 90 * DAY_S,
            ..LicenceLife::default()
        }),
        orders: vec![OrderStatus {
            kind: "suspend".to_owned(),
            scope: "solver".to_owned(),
            reason: "invoice 17".to_owned(),
            standing: "scheduled".to_owned(),
            at_s: NEW_YEAR_2026_S + 30 * DAY_S,
            ..OrderStatus::default()
        }],
        support: vec![
            SupportStatus {
                level: 1,
                open: true,
                opens_at_s: 0,
                contact: "desk@acme.example".to_owned(),
            },
            SupportStatus {
                level: 2,
                open: false,
                opens_at_s: NEW_YEAR_2026_S + DAY_S,
                contact: String::new(),
            },
        ],
        clauses: vec![ClauseStatus {
            subject: "count".to_owned(),
            feature: "solver".to_owned(),
            clause: "art. 3.2".to_owned(),
        }],
        ..LicenceStatus::default()
    }
}

fn two_users() -> ListUsersResponse {
    ListUsersResponse {
        users: vec![
            UserStatus {
                vendor: "acme".to_owned(),
                user: "alice".to_owned(),
                blocked_by_administrator: true,
                assignments: vec![AssignmentStatus {
                    assignment: "0a".repeat(16),
                    licence_id: "acme-42".to_owned(),
                    feature: "solver".to_owned(),
                    since_ms: NEW_YEAR_2026_S * 1000,
                    leaver: true,
                    ..AssignmentStatus::default()
                }],
                ..UserStatus::default()
            },
            UserStatus {
                vendor: "acme".to_owned(),
                user: "bob".to_owned(),
                blocked_by_administrator: true,
                ..UserStatus::default()
            },
        ],
    }
}

fn past() -> PastRefusalsResponse {
    PastRefusalsResponse {
        refusals: vec![PastRefusal {
            vendor: "acme".to_owned(),
            record: 117,
            at_ms: NEW_YEAR_2026_S * 1000,
            asked: "checkout".to_owned(),
            user: "alice".to_owned(),
            pid: 4711,
            product: "solver-suite".to_owned(),
            refusal: Some(Refusal {
                code: RefusalCode::SeatsExhausted.into(),
                feature: "solver".to_owned(),
                licence_id: "acme-42".to_owned(),
                limit: 2,
                in_use: 2,
                requested: 1,
                ..Refusal::default()
            }),
            clause: "art. 3.2".to_owned(),
        }],
    }
}

#[test]
fn named_users_are_listed_with_their_assignments_and_blocks() {
    let daemon = Daemon::start();
    answer(&daemon.script.users, Ok(two_users()));
    answer(&daemon.script.users, Ok(two_users()));
    answer(&daemon.script.users, Ok(two_users()));
    let shown = octroi(daemon.root(), &["users", "list"]).run();
    insta::assert_snapshot!(shown.output);
    let french = octroi(daemon.root(), &["--lang", "fr", "users", "list"]).run();
    insta::assert_snapshot!(french.output);
    let json = octroi(daemon.root(), &["--json", "users", "list"]).run();
    assert_eq!(json.json()["users"][0]["assignments"][0]["leaver"], true);
}

#[test]
fn a_block_is_asked_for_with_its_reason_and_told() {
    let daemon = Daemon::start();
    answer(&daemon.script.status, Ok(standing(Vec::new())));
    let acted = UserActed {
        vendor: "acme".to_owned(),
        user: "alice".to_owned(),
        unchanged: false,
    };
    answer(&daemon.script.block, Ok(acted));
    let ran = octroi(
        daemon.root(),
        &["users", "block", "alice", "--reason", "lost login"],
    )
    .run();
    assert_eq!(ran.status, 0, "{}", ran.error);
    insta::assert_snapshot!(ran.output, @"alice is blocked: sessions and seats ended; what is assigned stays counted.");
    let asked = daemon.asked().pop().unwrap();
    assert!(
        asked.contains("alice") && asked.contains("lost login"),
        "{asked}"
    );
}

#[test]
fn a_user_whom_nobody_knows_is_an_error_with_a_code_of_its_own() {
    let daemon = Daemon::start();
    answer(
        &daemon.script.unblock,
        Err(Status::not_found("this machine knows no account zoe")),
    );
    let ran = octroi(
        daemon.root(),
        &["--json", "users", "unblock", "zoe", "--vendor", "acme"],
    )
    .run();
    assert_eq!(ran.status, 1);
    assert_eq!(ran.json()["error"]["code"], "USER_UNKNOWN");
}

#[test]
fn an_extract_is_written_for_its_owner_alone_and_put_together_from_its_parts() {
    use std::os::unix::fs::PermissionsExt as _;
    let daemon = Daemon::start();
    let part = |record: &str, next_after| ExportUserResponse {
        vendor: "acme".to_owned(),
        user: "alice".to_owned(),
        uids: vec![1000],
        pseudonyms: vec!["07".repeat(16)],
        records: vec![record.to_owned()],
        texts: vec![RecordedText {
            record: 9,
            text: "lost login".to_owned(),
        }],
        next_after,
        ..ExportUserResponse::default()
    };
    answer(&daemon.script.extract, Ok(part("{\"seq\":9}", 9)));
    answer(&daemon.script.extract, Ok(part("{\"seq\":12}", 0)));
    let file = daemon.root().join("alice.json");
    let path = file.to_str().unwrap();
    let ran = octroi(
        daemon.root(),
        &["users", "export", "alice", "--vendor", "acme", "-o", path],
    )
    .run();
    assert_eq!(ran.status, 0, "{}", ran.error);
    let mode = file.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let extract: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(extract["records"][1]["seq"], 12);
    assert_eq!(extract["texts"][0]["text"], "lost login");
    assert!(daemon.asked()[1].contains("after: 9"));
}

#[test]
fn nobody_is_erased_without_a_word() {
    let daemon = Daemon::start();
    let line = ["users", "erase", "alice", "--vendor", "acme"];
    let silent = octroi(daemon.root(), &line).run();
    assert_eq!(silent.status, 2);
    let declined = octroi(daemon.root(), &line).typing("n\n").run();
    assert_eq!(declined.status, 1);
    assert!(daemon.asked().is_empty());
    let erased = EraseUserResponse {
        vendor: "acme".to_owned(),
        pseudonyms: 1,
        texts: 2,
        assignments_kept: 1,
    };
    answer(&daemon.script.erase, Ok(erased));
    let ran = octroi(daemon.root(), &line).typing("y\n").run();
    assert_eq!(ran.status, 0, "{}", ran.error);
    insta::assert_snapshot!(ran.output);
}

#[test]
fn a_sync_tells_who_joined_who_left_and_who_has_no_seat() {
    let daemon = Daemon::start();
    let results = [
        ("alice", SyncResult::Kept),
        ("bob", SyncResult::Assigned),
        ("carol", SyncResult::NoRoom),
        ("dan", SyncResult::Unknown),
        ("eve", SyncResult::Leaver),
    ];
    let users = results.map(|(user, result)| SyncedUser {
        user: user.to_owned(),
        result: result.into(),
    });
    for _ in 0..2 {
        let synced = SyncUsersResponse {
            vendor: "acme".to_owned(),
            users: users.to_vec(),
        };
        answer(&daemon.script.sync, Ok(synced));
    }
    let list = daemon.file("staff.csv", "alice\nbob,subsidiary\ncarol\ndan\n");
    let line = |lang| {
        let list = list.to_str().unwrap();
        let line = [
            "--lang",
            lang,
            "users",
            "sync",
            list,
            "--licence",
            "acme-42",
            "--feature",
            "solver",
            "--vendor",
            "acme",
        ];
        octroi(daemon.root(), &line).run()
    };
    let english = line("en");
    assert_eq!(english.status, 8, "{}", english.error);
    insta::assert_snapshot!(english.output);
    insta::assert_snapshot!(line("fr").output);
    assert!(daemon.asked()[0].contains("subsidiary"));
}

#[test]
fn a_list_that_is_none_is_refused_before_anybody_is_asked() {
    let daemon = Daemon::start();
    let list = daemon.file("staff.csv", "alice\n\"bob\"\n");
    let line = [
        "--json",
        "users",
        "sync",
        list.to_str().unwrap(),
        "--licence",
        "acme-42",
        "--feature",
        "solver",
    ];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 5);
    assert_eq!(ran.json()["error"]["code"], "LIST_MALFORMED");
    assert!(daemon.asked().is_empty());
}

#[test]
fn a_past_refusal_is_explained_with_rule_clause_and_what_to_do() {
    let daemon = Daemon::start();
    for _ in 0..3 {
        answer(&daemon.script.refusals, Ok(past()));
    }
    let why = |arguments: &[&str]| {
        let mut line = arguments.to_vec();
        line.extend(["--vendor", "acme"]);
        octroi(daemon.root(), &line).run()
    };
    insta::assert_snapshot!(why(&["why", "117"]).output);
    insta::assert_snapshot!(why(&["--lang", "fr", "why", "117"]).output);
    insta::assert_snapshot!(why(&["why", "--last"]).output);
    assert!(daemon.asked()[0].contains("record: 117"));
    assert!(daemon.asked()[2].contains("latest: 20"));
}

#[test]
fn a_record_that_is_no_refusal_is_an_error_with_a_code_of_its_own() {
    let daemon = Daemon::start();
    let none = Status::not_found("record 3 of the ledger is no refusal");
    answer(&daemon.script.refusals, Err(none));
    let ran = octroi(daemon.root(), &["--json", "why", "3", "--vendor", "acme"]).run();
    assert_eq!(ran.status, 1);
    assert_eq!(ran.json()["error"]["code"], "NO_SUCH_REFUSAL");
}

#[test]
fn a_licence_is_shown_with_renewal_notice_orders_support_and_clauses() {
    let daemon = Daemon::start();
    for _ in 0..4 {
        answer(&daemon.script.status, Ok(standing(vec![licence()])));
    }
    let show = |lang| octroi(daemon.root(), &["--lang", lang, "licence", "show"]).run();
    insta::assert_snapshot!(show("en").output);
    insta::assert_snapshot!(show("fr").output);
    let json = octroi(daemon.root(), &["--json", "licence", "show", "acme-42"]).run();
    insta::assert_snapshot!(json.output);
    let other = octroi(daemon.root(), &["--json", "licence", "show", "acme-7"]).run();
    assert_eq!(other.status, 1);
    assert_eq!(other.json()["error"]["code"], "LICENCE_UNKNOWN");
}

#[test]
fn notice_that_goes_by_letter_is_refused_with_deadline_and_address() {
    let daemon = Daemon::start();
    answer(
        &daemon.script.non_renewal,
        Err(refused(RefusalCode::NonRenewalByLetter)),
    );
    answer(&daemon.script.status, Ok(standing(vec![licence()])));
    let ran = octroi(
        daemon.root(),
        &["licence", "end", "acme-42", "--vendor", "acme"],
    )
    .run();
    assert_eq!(ran.status, 3);
    insta::assert_snapshot!(ran.error);
}

#[test]
fn notice_that_is_recorded_is_told_with_the_end() {
    let daemon = Daemon::start();
    let recorded = RecordNonRenewalResponse {
        vendor: "acme".to_owned(),
        licence_id: "acme-42".to_owned(),
        ends_at_s: NEW_YEAR_2026_S,
    };
    answer(&daemon.script.non_renewal, Ok(recorded));
    let ran = octroi(
        daemon.root(),
        &["licence", "end", "acme-42", "--vendor", "acme"],
    )
    .run();
    assert_eq!(ran.status, 0, "{}", ran.error);
    insta::assert_snapshot!(ran.output);
}
