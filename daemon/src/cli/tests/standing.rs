//! How far features are used, and what a licence states: in `status`, `seats` and `licence show`.

use octroi_proto::{
    admin::v1::{
        ExplainLicenceResponse, FeatureOfLicence, FeatureStatus, LicenceStatus, OverdraftStatus,
        RealmStatus, SeatsResponse, StatusResponse, TermSentence,
    },
    licensing::v1::{Window, WindowSpan},
};

use super::{daemon::Daemon, daemon::answer, octroi};

const NEW_YEAR_2026_S: i64 = 1_767_225_600;
const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;

/// Amounts: an hour that is nearly full, and the month.
fn messages() -> FeatureStatus {
    let window = |span: WindowSpan, limit, used, ends_at_s| Window {
        span: span.into(),
        limit: Some(limit),
        used,
        held: 50,
        starts_at_s: NEW_YEAR_2026_S,
        ends_at_s,
    };
    FeatureStatus {
        feature: "messages".to_owned(),
        metric: "metered".to_owned(),
        counted: "e-mails".to_owned(),
        windows: vec![
            window(WindowSpan::Hour, 1_000, 950, NEW_YEAR_2026_S + HOUR_S),
            window(
                WindowSpan::Month,
                25_000,
                24_000,
                NEW_YEAR_2026_S + 31 * DAY_S,
            ),
        ],
        opens_at_s: NEW_YEAR_2026_S + 8 * HOUR_S,
        soft_limits_crossed: vec![80, 90],
        ..FeatureStatus::default()
    }
}

/// Named users, two of them over the limit.
fn portal() -> FeatureStatus {
    FeatureStatus {
        feature: "portal".to_owned(),
        metric: "named-user".to_owned(),
        grouping: "user".to_owned(),
        licensed: 10,
        share: 10,
        in_use: 12,
        assigned: 12,
        overdraft: Some(OverdraftStatus {
            open: true,
            excess: 2,
            since_s: NEW_YEAR_2026_S,
            until_s: NEW_YEAR_2026_S + 30 * DAY_S,
            month_starts_at_s: NEW_YEAR_2026_S,
            month_users_in_excess: 3,
            month_seat_seconds: 45_000,
        }),
        ..FeatureStatus::default()
    }
}

fn licence() -> LicenceStatus {
    LicenceStatus {
        licence_id: "acme-42".to_owned(),
        serial: 3,
        product: "solver-suite".to_owned(),
        client_name: "Client SA".to_owned(),
        starts_at_s: NEW_YEAR_2026_S,
        activated: true,
        features: vec![portal(), messages()],
        ..LicenceStatus::default()
    }
}

fn status() -> StatusResponse {
    StatusResponse {
        daemon_version: "0.1.0".to_owned(),
        realms: vec![RealmStatus {
            vendor: "acme".to_owned(),
            vendor_name: "Acme Solvers SAS".to_owned(),
            licences: vec![licence()],
            ..RealmStatus::default()
        }],
        ..StatusResponse::default()
    }
}

fn explained() -> ExplainLicenceResponse {
    let sentence = |term: &str, feature: &str, clause: &str, text: &str| TermSentence {
        term: term.to_owned(),
        feature: feature.to_owned(),
        clause: clause.to_owned(),
        message: "count-named".to_owned(),
        text: text.to_owned(),
    };
    ExplainLicenceResponse {
        vendor: "acme".to_owned(),
        licence_id: "acme-42".to_owned(),
        language: "en".to_owned(),
        amendment: "ab".repeat(32),
        sentences: vec![
            sentence("zone", "", "", "Times are meant in Europe/Paris."),
            sentence(
                "count",
                "portal",
                "art. 2.1",
                "portal: 10 users have a seat\u{1b}[2J.",
            ),
        ],
    }
}

#[test]
fn the_overview_counts_named_users_use_over_the_limit_and_what_windows_leave() {
    for lang in ["en", "fr"] {
        let daemon = Daemon::start();
        answer(&daemon.script.status, Ok(status()));
        let ran = octroi(daemon.root(), &["--lang", lang, "status"]).run();
        insta::assert_snapshot!(format!("standing-{lang}"), ran.output);
    }
    let daemon = Daemon::start();
    answer(&daemon.script.status, Ok(status()));
    let ran = octroi(daemon.root(), &["--json", "status"]).run();
    let features = &ran.json()["realms"][0]["licences"][0]["features"];
    assert_eq!(features[0]["assigned"], 12);
    assert_eq!(features[0]["overdraft"]["month_users_in_excess"], 3);
    assert_eq!(features[0]["overdraft"]["since"], "2026-01-01T00:00:00Z");
    assert_eq!(features[1]["windows"][0]["remaining"], 0);
    assert_eq!(features[1]["windows"][1]["remaining"], 950);
    assert_eq!(features[1]["opens_at"], "2026-01-01T08:00:00Z");
}

#[test]
fn seats_are_followed_by_how_far_their_features_are_used() {
    let daemon = Daemon::start();
    let seats = SeatsResponse {
        features: vec![FeatureOfLicence {
            vendor: "acme".to_owned(),
            licence_id: "acme-42".to_owned(),
            feature: Some(portal()),
        }],
        ..SeatsResponse::default()
    };
    answer(&daemon.script.seats, Ok(seats));
    let ran = octroi(daemon.root(), &["seats"]).run();
    insta::assert_snapshot!("seats-standing", ran.output);
}

#[test]
fn a_licence_is_shown_with_its_terms_as_sentences_and_their_clauses() {
    let daemon = Daemon::start();
    for _ in 0..2 {
        answer(&daemon.script.status, Ok(status()));
        answer(&daemon.script.explain, Ok(explained()));
    }
    let ran = octroi(daemon.root(), &["licence", "show"]).run();
    insta::assert_snapshot!("licence-terms", ran.output);
    let json = octroi(
        daemon.root(),
        &["--json", "--lang", "fr", "licence", "show"],
    )
    .run();
    let terms = &json.json()["licences"][0]["terms"];
    assert_eq!(terms["sentences"][1]["clause"], "art. 2.1");
    assert!(daemon.asked()[3].contains(r#"locale: "fr""#));
}
