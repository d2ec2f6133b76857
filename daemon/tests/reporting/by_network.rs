//! What goes over the network because an administrator says so, and what may go wrong.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    vendor::{Deals, LICENCE, YEAR_S},
    world::{MARKED_VERSION, World},
};

#[test]
fn a_licence_is_activated_at_the_vendors_server() {
    let world = World::installed("");
    let code = world.path("client.code").display().to_string();
    let line = [
        "activate",
        "--online",
        "--licence",
        LICENCE,
        "--code-file",
        &code,
    ];
    let said = world.json(&line);
    assert_eq!(said["server"], world.server.address());
    assert_eq!(said["installed"]["outcome"], "applied");
    assert!(said["sent"].as_array().unwrap().len() > 2, "{said}");
    world.use_a_seat();
}

#[test]
fn a_wrong_code_is_refused_with_the_servers_reason() {
    let world = World::installed("");
    world.write("client.code", "AAAAA-BBBBB-CCCCC");
    let refused = world.activate();
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(
        refused.error.contains("ACTIVATION_CODE_WRONG"),
        "{refused:?}"
    );
    assert!(refused.error.contains("attempts 1"), "{refused:?}");
}

#[test]
fn whoever_has_another_key_is_told_nothing() {
    let world = World::with_pin("", |_| [7; 32]);
    let failed = world.activate();
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.error.contains("none of the keys"), "{failed:?}");
    assert!(world.vendor.books().requests.is_empty());
}

#[test]
fn a_report_is_previewed_sent_and_receipted() {
    let world = World::activated("");
    world.use_a_seat();
    let draft = world.json(&["report", "preview"]);
    assert_eq!(draft["waiting"], false);
    assert_eq!(draft["report"]["report_number"], 1);
    let usage = &draft["report"]["licences"][0]["features"][0];
    assert_eq!(usage["peak"], "1 to 4", "{draft}");
    assert!(
        world.vendor.books().reports.is_empty(),
        "a preview sends nothing"
    );

    let said = world.json(&["report", "send"]);
    assert_eq!(said["report_accepted"], true);
    assert_eq!(said["number"], 1);
    assert_eq!(said["installed"][0]["outcome"], "applied", "{said}");
    assert_eq!(said["announcements"][0]["text"], "Suite 8 is out");

    let history = world.json(&["report", "history"]);
    let exchange = &history["exchanges"][0];
    assert_eq!(exchange["number"], 1);
    assert!(exchange["sent_at"].is_string() && exchange["server_time"].is_string());

    // The next one grows out of it, and carries its receipt.
    let next = world.json(&["report", "preview"]);
    assert_eq!(next["report"]["report_number"], 2);
    assert!(next["report"]["last_receipt"]["bytes"].as_u64().unwrap() > 100);
    assert_eq!(next["report"]["announcement_number"], 1);
    assert_eq!(next["report"]["licences"][0]["certificate_number"], 2);
    world.json(&["report", "send"]);
}

#[test]
fn a_report_killed_after_it_was_fixed_goes_out_as_the_same_bytes() {
    let mut world = World::activated("");
    world.vendor.deals(Deals::Busy);
    assert_eq!(world.failure(&["report", "send"]), "SERVER_UNAVAILABLE");
    world.restart();
    world.use_a_seat();
    world.vendor.deals(Deals::Well);
    world.succeed(&["report", "send"]);
    let books = world.vendor.books();
    assert_eq!(books.reports.len(), 2);
    assert_eq!(books.reports[0], books.reports[1]);
}

#[test]
fn the_first_receipt_again_answers_no_second_report() {
    let world = World::activated("");
    world.succeed(&["report", "send"]);
    world.vendor.deals(Deals::WithTheFirstReceipt);
    assert_eq!(
        world.failure(&["report", "send"]),
        "RECEIPT_OF_ANOTHER_REPORT"
    );
    world.vendor.deals(Deals::Well);
    assert_eq!(world.json(&["report", "send"])["number"], 2);
}

#[test]
fn a_certificate_for_another_daemon_is_left_out_and_said() {
    let world = World::activated("");
    world.vendor.deals(Deals::WithAnothersCertificate);
    let said = world.json(&["report", "send"]);
    assert_eq!(said["installed"], json!([]));
    assert!(
        said["notes"][0]
            .as_str()
            .unwrap()
            .contains("DocumentNotForThisDaemon"),
        "{said}"
    );
    let evidence = &world.json(&["report", "preview"])["report"]["evidence"];
    assert_eq!(
        evidence[0],
        json!({ "kind": "DOCUMENT_OF_ANOTHER", "count": 1 })
    );
    world.use_a_seat();
}

#[test]
fn a_server_whose_clock_is_a_year_ahead_moves_no_clock_here() {
    for ahead_s in [YEAR_S, -YEAR_S] {
        let world = World::activated("");
        world.vendor.deals(Deals::ByAClockAhead(ahead_s));
        let said = world.json(&["report", "send"]);
        assert!(
            said["notes"][0].as_str().unwrap().contains("differ by"),
            "{said}"
        );
        let status = world.json(&["status"]);
        assert_eq!(status["clock"]["confidence"], "trusted", "{status}");
        world.use_a_seat();
    }
}

#[test]
fn a_refused_report_is_kept() {
    let world = World::activated("");
    world.vendor.deals(Deals::Refusing);
    let line = ["report", "send", "--json"];
    let refused = world.run(&line);
    assert_eq!(
        (refused.code, refused.failure().as_str()),
        (3, "LEDGER_FORKED")
    );
    let kept = world.json(&["report", "preview"]);
    assert_eq!(kept["waiting"], true);
}

#[test]
fn nothing_is_sent_where_the_administrator_forbids_the_network() {
    let world = World::installed("[network]\nenabled = false");
    let failed = world.activate();
    assert!(failed.error.contains("forbids the network"), "{failed:?}");
    assert_eq!(world.failure(&["report", "send"]), "NETWORK_OFF");
    assert!(world.vendor.books().requests.is_empty());
}

#[test]
fn nothing_that_was_sent_names_a_user_a_host_or_a_version() {
    let world = World::activated("");
    world.use_a_seat();
    world.succeed(&["report", "send"]);
    let books = world.vendor.books();
    let sent = &books.reports[0];
    let read = |path| {
        std::fs::read_to_string(path)
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let host = read("/proc/sys/kernel/hostname");
    let machine = read("/etc/machine-id");
    let user = std::env::var("USER").unwrap_or_else(|_| "root".to_owned());
    let folder = world.path("").display().to_string();
    for marked in [host, machine, user, folder, MARKED_VERSION.to_owned()] {
        if marked.is_empty() {
            continue;
        }
        let hash = Sha256::digest(&marked);
        for found in [
            marked.as_bytes(),
            hash.as_ref(),
            hex::encode(hash).as_bytes(),
        ] {
            let stands = sent.windows(found.len()).any(|window| window == found);
            assert!(!stands, "{marked} was sent");
        }
    }
}
