//! `logbook`, `intervention`, `announce` and `dispute`: what is sent, and what is said in both forms and
//! both languages.

use octroi_proto::{
    admin::v1::{
        AnnounceOperationResponse, Entered, EntryText, EraseTextResponse, ListLogbookResponse,
        LogbookEntry, OpenIntervention, OpenRegisters, OperationStatus, ProvenExport, RealmStatus,
        StatusResponse,
    },
    licensing::v1::RefusalCode,
};

use super::{
    daemon::{Daemon, answer, refused},
    octroi,
};

const NEW_YEAR_2026_S: i64 = 1_767_225_600;

fn entry(record: u64, event: &str, fields: &str, texts: &[(&str, &str)]) -> LogbookEntry {
    LogbookEntry {
        record,
        at_ms: NEW_YEAR_2026_S * 1000,
        event: event.to_owned(),
        fields: fields.to_owned(),
        by: "alice".to_owned(),
        texts: texts
            .iter()
            .map(|(field, text)| EntryText {
                field: (*field).to_owned(),
                text: (*text).to_owned(),
                erased: text.is_empty(),
            })
            .collect(),
        ..LogbookEntry::default()
    }
}

fn book() -> ListLogbookResponse {
    let refused = "{\"refusal\":{\"code\":\"SeatsExhausted\",\"feature\":\"solver\"}}";
    ListLogbookResponse {
        vendor: "acme".to_owned(),
        entries: vec![
            LogbookEntry {
                unclean: true,
                by: String::new(),
                ..entry(4, "DaemonStarted", "{\"version\":\"0.1.0\"}", &[])
            },
            LogbookEntry {
                user: "bob".to_owned(),
                by: String::new(),
                ..entry(9, "CheckoutRefused", refused, &[])
            },
            entry(12, "LogbookEntered", "{}", &[("text", "the key\u{202e}")]),
            entry(
                13,
                "InterventionOpened",
                "{\"backed_up\":true}",
                &[("author", ""), ("nature", "update")],
            ),
            entry(14, "OfALaterVersion", "{}", &[]),
        ],
        left_out: 3,
    }
}

#[test]
fn the_log_book_is_told_in_sentences_and_says_what_is_left_out() {
    let daemon = Daemon::start();
    for _ in 0..3 {
        answer(&daemon.script.logbook, Ok(book()));
    }
    let line = ["logbook", "--vendor", "acme"];
    insta::assert_snapshot!(octroi(daemon.root(), &line).run().output);
    let french = [&["--lang", "fr"], &line[..]].concat();
    insta::assert_snapshot!(octroi(daemon.root(), &french).run().output);
    let json = [&["--json"], &line[..]].concat();
    let said = octroi(daemon.root(), &json).run().json();
    assert_eq!(
        said["entries"][3]["texts"]["author"],
        serde_json::Value::Null
    );
    assert_eq!(said["entries"][3]["texts"]["nature"], "update");
    assert_eq!(said["left_out"], 3);
}

#[test]
fn nobody_is_let_in_before_a_back_up_without_saying_so() {
    let daemon = Daemon::start();
    let line = [
        "intervention",
        "open",
        "--vendor",
        "acme",
        "--author",
        "Jean",
        "--nature",
        "update",
    ];
    let silent = octroi(daemon.root(), &line).run();
    assert_eq!(silent.status, 2, "{silent:?}");
    let no = octroi(daemon.root(), &line).typing("n\n").run();
    assert_eq!(no.status, 1);
    assert!(no.error.contains("make a back-up"), "{no:?}");
    assert!(daemon.asked().is_empty());
    let open = |extra: &[&str], typed: &str| {
        let vendor = "acme".to_owned();
        answer(&daemon.script.entered, Ok(Entered { vendor, record: 41 }));
        let line = [&line[..], extra].concat();
        let asking = octroi(daemon.root(), &line);
        let ran = if typed.is_empty() {
            asking
        } else {
            asking.typing(typed)
        };
        ran.run()
    };
    let opened = open(&[], "y\n");
    insta::assert_snapshot!(opened.output);
    open(&["--backed-up"], "");
    open(&["--without-backup"], "");
    let asked = daemon.asked();
    assert!(asked[0].contains("backed_up: true") && asked[1].contains("backed_up: true"));
    assert!(asked[2].contains("backed_up: false"));
}

#[test]
fn an_intervention_that_is_not_open_is_told_with_what_to_do() {
    let daemon = Daemon::start();
    let refusal = refused(RefusalCode::InterventionNotOpen);
    answer(&daemon.script.entered, Err(refusal));
    let line = ["intervention", "close", "7", "--vendor", "acme"];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 3);
    insta::assert_snapshot!(ran.error);
}

#[test]
fn an_announcement_holds_through_the_day_that_is_named() {
    let daemon = Daemon::start();
    let vendor = "acme".to_owned();
    let announced = AnnounceOperationResponse { vendor };
    answer(&daemon.script.announced, Ok(announced));
    let line = [
        "announce",
        "summer",
        "--licence",
        "acme-42",
        "--feature",
        "participants",
        "--size",
        "80000",
        "--until",
        "2026-06-30",
        "--vendor",
        "acme",
        "--json",
    ];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["until"], "2026-07-01T00:00:00Z");
    assert!(
        daemon.asked()[0].contains("until_s: 1782864000"),
        "{:?}",
        daemon.asked()
    );
}

#[test]
fn a_late_dispute_is_said_to_be_late_and_its_proof_is_written_all_the_same() {
    let daemon = Daemon::start();
    let proven = |late| ProvenExport {
        vendor: "acme".to_owned(),
        json: "{}\n".to_owned(),
        record: 50,
        late,
        entries: 2,
        ..ProvenExport::default()
    };
    let file = daemon.root().join("proof.json");
    let path = file.to_str().unwrap();
    let line = [
        "dispute",
        "open",
        "--invoice",
        "F-17",
        "--reasons",
        "twice",
        "--until",
        "2026-06-30",
        "-o",
        path,
        "--record",
        "12",
        "--vendor",
        "acme",
    ];
    answer(&daemon.script.proven, Ok(proven(true)));
    let late = octroi(daemon.root(), &line).run();
    assert_eq!(late.status, 8, "{late:?}");
    assert!(late.output.contains("as late"), "{late:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{}\n");
    let again = octroi(daemon.root(), &line).run();
    assert_eq!(again.status, 1);
    assert_eq!(
        daemon.asked().len(),
        1,
        "nothing is recorded for a file that exists"
    );
    std::fs::remove_file(&file).unwrap();
    answer(&daemon.script.proven, Ok(proven(false)));
    let in_time = octroi(daemon.root(), &line).run();
    assert_eq!(in_time.status, 0);
    assert!(in_time.output.contains("Contested in time"), "{in_time:?}");
}

#[test]
fn texts_are_not_erased_without_a_word() {
    let daemon = Daemon::start();
    let line = ["logbook", "erase", "12", "--vendor", "acme"];
    assert_eq!(octroi(daemon.root(), &line).run().status, 2);
    let vendor = "acme".to_owned();
    let erased = EraseTextResponse { vendor, texts: 1 };
    answer(&daemon.script.texts, Ok(erased));
    let ran = octroi(daemon.root(), &line).typing("y\n").run();
    assert_eq!(ran.output, "1 texts of record 12 are forgotten.\n");
}

#[test]
fn status_shows_open_interventions_and_operations() {
    let daemon = Daemon::start();
    let operation = |operation: &str, announced| OperationStatus {
        licence_id: "acme-42".to_owned(),
        feature: "participants".to_owned(),
        operation: operation.to_owned(),
        month_s: NEW_YEAR_2026_S,
        used: 60_000,
        announced,
        announced_until_s: NEW_YEAR_2026_S + 86_400,
        announce_above: 50_000,
        unannounced: announced == 0,
    };
    let status = StatusResponse {
        daemon_version: "0.1.0".to_owned(),
        realms: vec![RealmStatus {
            vendor: "acme".to_owned(),
            vendor_name: "Acme Solvers SAS".to_owned(),
            registers: Some(OpenRegisters {
                operations: vec![operation("summer", 80_000), operation("", 0)],
                interventions: vec![OpenIntervention {
                    record: 41,
                    since_ms: NEW_YEAR_2026_S * 1000,
                }],
            }),
            ..RealmStatus::default()
        }],
        ..StatusResponse::default()
    };
    answer(&daemon.script.status, Ok(status.clone()));
    insta::assert_snapshot!(octroi(daemon.root(), &["status"]).run().output);
    answer(&daemon.script.status, Ok(status));
    let json = octroi(daemon.root(), &["status", "--json"]).run().json();
    let registers = &json["realms"][0]["registers"];
    assert_eq!(registers["interventions"][0]["intervention"], 41);
    assert_eq!(registers["operations"][1]["unannounced"], true);
}
