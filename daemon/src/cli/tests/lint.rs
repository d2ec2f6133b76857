//! `octroi lint`.

use std::collections::BTreeSet;

use ed25519_dalek::SigningKey;
use octroi_licence::{DocumentKind, Signer as _, armour, message, sign};
use octroi_proto::admin::v1::{
    InstallOutcome, InstallResponse, PreviewInstallResponse, PreviewedDocument, StatusResponse,
};
use prost::Message as _;
use tempfile::TempDir;

use super::{
    super::{
        doctor::State,
        lint::Code,
        text::{Language, lint::texts},
    },
    Ran,
    daemon::{Daemon, answer},
    documents, octroi,
};

const NEW_YEAR_2026_S: i64 = 1_767_225_600;
const YEAR_S: i64 = 365 * 86_400;

fn issuing() -> SigningKey {
    SigningKey::from_bytes(&[8; 32])
}

fn frame(licence: &str, issued_at_s: i64) -> message::DocumentFrame {
    message::DocumentFrame {
        vendor: "acme".to_owned(),
        licence_id: licence.to_owned(),
        issued_at_s,
        sequence: 1,
        ..message::DocumentFrame::default()
    }
}

/// Signed by the vendor's issuing key, which the root certified for 2026.
fn issued(kind: DocumentKind, payload: Vec<u8>) -> String {
    let certificate = message::KeyCertificate {
        frame: Some(frame("", NEW_YEAR_2026_S)),
        role: message::KeyRole::Issuing.into(),
        public_key: issuing().public_key().as_bytes().to_vec(),
        products: Vec::new(),
        valid_from_s: NEW_YEAR_2026_S,
        valid_until_s: NEW_YEAR_2026_S + YEAR_S,
    };
    let Ok(link) = sign(
        DocumentKind::KeyCertificate,
        certificate.encode_to_vec(),
        &documents::root_key(),
        Vec::new(),
    );
    let Ok(signed) = sign(kind, payload, &issuing(), vec![link]);
    armour(kind, &signed, "")
}

/// A licence with nothing to remark.
fn sound() -> message::Licence {
    message::Licence {
        frame: Some(frame("acme-42", NEW_YEAR_2026_S + 86_400)),
        serial: 1,
        product: "suite".to_owned(),
        client_id: "C-1".to_owned(),
        client_name: "Client SA".to_owned(),
        order_number: "O-1".to_owned(),
        terms_acceptance: Some(message::TermsAcceptance {
            terms_digest: vec![7; 32],
            accepted_at_s: NEW_YEAR_2026_S,
            reference: "R-1".to_owned(),
        }),
        features: vec![message::Feature {
            name: "solver".to_owned(),
            metric: message::Metric::Concurrent.into(),
            grouping: message::Grouping::Checkout.into(),
            count: 3,
            ..message::Feature::default()
        }],
        term: Some(message::Term {
            starts_at_s: NEW_YEAR_2026_S,
            ends_at_s: NEW_YEAR_2026_S + 50 * YEAR_S,
        }),
        activation_code_digest: vec![9; 32],
        ..message::Licence::default()
    }
}

/// Lints one licence with no daemon, under the vendor's root.
fn lint(licence: &message::Licence, more: &[&str]) -> Ran {
    let folder = TempDir::with_prefix("octroi-").unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let root = write("root.pub", documents::root_document());
    let file = issued(DocumentKind::Licence, licence.encode_to_vec());
    let file = write("client.lic", file);
    let mut line = vec!["lint", "--vendor-root", &root, &file];
    line.extend(more);
    let mut ran = octroi(folder.path(), &line).run();
    let shown = folder.path().display().to_string();
    ran.output = ran.output.replace(&shown, "ROOT");
    ran
}

fn codes(ran: &Ran) -> Vec<String> {
    let findings = ran.json()[0]["findings"].clone();
    let findings = findings.as_array().unwrap().iter();
    findings
        .map(|one| one["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_sound_licence_has_nothing_to_remark_even_without_a_daemon() {
    let ran = lint(&sound(), &[]);
    assert_eq!(ran.status, 0, "{ran:?}");
    insta::assert_snapshot!("lint-sound", ran.output);
}

fn odd() -> message::Licence {
    let mut licence = sound();
    licence.frame = Some(frame("acme-42", NEW_YEAR_2026_S + 60 * YEAR_S));
    licence.term.as_mut().unwrap().ends_at_s = NEW_YEAR_2026_S + 86_400;
    licence.terms_acceptance = None;
    licence.features[0].count = 0;
    licence.sites = vec![message::Site {
        id: "lyon".to_owned(),
        ..message::Site::default()
    }];
    licence.server = Some(message::ActivationServer {
        address: "https://licences.acme.example".to_owned(),
        web_pki: true,
        ..message::ActivationServer::default()
    });
    licence.reporting = Some(message::Reporting {
        interval_days: 30,
        stop_days: 14,
        degrade_days: 7,
        billed_features: vec!["slover".to_owned()],
        ..message::Reporting::default()
    });
    licence.binding = Some(message::Binding {
        hardware_keys: vec![message::HardwareKey {
            kind: message::HardwareKeyKind::Dongle.into(),
            serial: vec![1; 16],
            public_key: documents::root_key().public_key().as_bytes().to_vec(),
            emulator_accepted: true,
            credential_id: Vec::new(),
            revoked: false,
        }],
        key_rule: message::KeyRule::Any.into(),
        ..message::Binding::default()
    });
    licence
}

#[test]
fn every_oddity_is_told_with_its_place_why_it_matters_and_what_to_do() {
    let ran = lint(&odd(), &[]);
    assert_eq!(ran.status, 9, "{ran:?}");
    insta::assert_snapshot!("lint-odd", ran.output);
    let found: BTreeSet<String> = codes(&lint(&odd(), &["--json"])).into_iter().collect();
    for code in [
        "ENDED",
        "FEATURE_WITHOUT_SEATS",
        "TERMS_NOT_ACCEPTED",
        "BILLED_FEATURE_UNKNOWN",
        "SERVER_WITHOUT_PINS",
        "SITE_ELSEWHERE",
        "EMULATOR_ACCEPTED",
        "ISSUED_IN_FUTURE",
        "SIGNER_OUTSIDE_CERTIFICATE",
    ] {
        assert!(found.contains(code), "{code} not in {found:?}");
    }
}

#[test]
fn oddities_are_told_in_french() {
    let ran = lint(&odd(), &["--lang", "fr"]);
    insta::assert_snapshot!("lint-odd-french", ran.output);
}

#[test]
fn terms_of_a_later_version_are_named() {
    let mut licence = sound();
    licence.frame.as_mut().unwrap().requires = vec![60_001];
    licence.frame.as_mut().unwrap().requires_version = "9.1".to_owned();
    let ran = lint(&licence, &["--json"]);
    assert_eq!(ran.status, 9);
    assert!(
        codes(&ran).contains(&"DAEMON_TOO_OLD".to_owned()),
        "{ran:?}"
    );
    assert!(ran.output.contains("60001 (9.1)"), "{ran:?}");
}

#[test]
fn what_nobody_can_verify_is_read_and_said_to_be_unverified() {
    let folder = TempDir::with_prefix("octroi-").unwrap();
    let file = folder.path().join("client.lic");
    let licence = issued(DocumentKind::Licence, sound().encode_to_vec());
    std::fs::write(&file, licence).unwrap();
    let file = file.display().to_string();
    let ran = octroi(folder.path(), &["lint", &file, "--json"]).run();
    assert_eq!(
        ran.status, 0,
        "nothing is wrong with what can be seen: {ran:?}"
    );
    assert_eq!(codes(&ran), ["NOT_VERIFIED"]);
    assert_eq!(ran.json()[0]["verified"], false);
}

#[test]
fn a_forged_document_is_told_from_a_damaged_one() {
    let folder = TempDir::with_prefix("octroi-").unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let root = write("root.pub", documents::root_document());
    let stranger = SigningKey::from_bytes(&[66; 32]);
    let Ok(signed) = sign(
        DocumentKind::Licence,
        sound().encode_to_vec(),
        &stranger,
        Vec::new(),
    );
    let forged = write("forged.lic", armour(DocumentKind::Licence, &signed, ""));
    let cut = documents::licence().replace("-----END OCTROI LICENCE-----\n", "");
    let cut = write("cut.lic", cut);
    let line = ["lint", "--json", "--vendor-root", &root, &forged, &cut];
    let ran = octroi(folder.path(), &line).run();
    assert_eq!(ran.status, 9);
    assert_eq!(
        codes(&ran),
        ["SIGNER_WITHOUT_CERTIFICATE", "DOCUMENT_NOT_TRUSTED"]
    );
    assert_eq!(ran.json()[1]["findings"][0]["code"], "DOCUMENT_DAMAGED");
}

#[test]
fn the_daemon_says_whether_it_would_take_it_and_is_asked_for_nothing_else() {
    let daemon = Daemon::start();
    let licence = issued(DocumentKind::Licence, sound().encode_to_vec());
    let file = daemon.file("client.lic", licence).display().to_string();
    let pending = PreviewedDocument {
        installed: Some(InstallResponse {
            kind: "licence".to_owned(),
            vendor: "acme".to_owned(),
            licence_id: "acme-42".to_owned(),
            outcome: InstallOutcome::Pending.into(),
            notes: vec!["document 4 is missing".to_owned()],
            ..InstallResponse::default()
        }),
        ..PreviewedDocument::default()
    };
    let preview = PreviewInstallResponse {
        documents: vec![pending],
        ..PreviewInstallResponse::default()
    };
    answer(&daemon.script.status, Ok(StatusResponse::default()));
    answer(&daemon.script.preview, Ok(preview));
    let ran = octroi(daemon.root(), &["lint", &file, "--json"]).run();
    assert_eq!(ran.status, 8, "{ran:?}");
    assert_eq!(codes(&ran), ["SEQUENCE_GAP"]);
    assert_eq!(ran.json()[0]["verified"], true);
    let asked = daemon.asked();
    assert_eq!(asked.len(), 2, "{asked:?}");
}

#[test]
fn every_finding_has_its_words_in_both_languages() {
    let mut names = BTreeSet::new();
    for code in Code::ALL {
        let (name, state) = code.about();
        assert!(names.insert(name), "{name} stands twice");
        let english = (texts(Language::English).finding)(code);
        let french = (texts(Language::French).finding)(code);
        for told in [english, french] {
            assert!(!told.what.is_empty() && !told.why.is_empty() && !told.next.is_empty());
            assert!(
                !told.what.ends_with('.') && !told.next.ends_with('.'),
                "{told:?}"
            );
        }
        assert_ne!(english.what, french.what);
        assert!(
            state != State::Failed || english.next != "nothing",
            "{name}"
        );
    }
}
