//! What `octroi doctor` says of the vendor's server, which the daemon asks for it.

use std::net::TcpListener;

use serde_json::Value;

use crate::{vendor::LICENCE, world::World};

/// The check of this kind, and what the command exited with.
#[track_caller]
fn check(world: &World, kind: &str, more: &[&str]) -> (Value, i32) {
    let ended = world.run(&[&["doctor", "--json"], more].concat());
    let all = ended.json();
    let found = all.as_array().unwrap().iter();
    let mut found = found.filter(|one| one["check"] == kind);
    let check = found.next().unwrap_or_else(|| panic!("no {kind} in {all}"));
    (check.clone(), ended.code)
}

#[test]
fn a_server_that_answers_with_a_pinned_key_is_well_and_was_told_nothing() {
    let world = World::activated("");
    let before = world.vendor.books().requests.len();
    let (server, _) = check(&world, "server", &[]);
    assert_eq!(server["state"], "ok", "{server}");
    assert_eq!(server["subject"], world.server.address());
    let books = world.vendor.books();
    assert_eq!(books.requests.len(), before);
    assert!(books.reports.is_empty());
}

#[test]
fn somebody_else_at_the_servers_address_is_told_from_nobody() {
    let world = World::with_pin("", |_| [7; 32]);
    let (server, code) = check(&world, "server", &[]);
    assert_eq!((server["state"].as_str(), code), (Some("failed"), 9));
    let evidence = server["evidence"].as_str().unwrap();
    assert!(evidence.starts_with("SERVER_ANOTHER_KEY"), "{server}");
    assert!(world.vendor.books().requests.is_empty());
}

#[test]
fn an_absent_proxy_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let world = World::installed(&format!("[network]\nproxy = \"{address}\""));
    let (server, _) = check(&world, "server", &[]);
    assert_eq!(server["state"], "failed");
    let evidence = server["evidence"].as_str().unwrap();
    assert!(
        evidence.starts_with("SERVER_NOT_REACHED") && evidence.contains(&address),
        "{server}"
    );
    let mend = server["mend"].as_str().unwrap();
    assert!(mend.contains(&world.server.address()), "{server}");
}

#[test]
fn without_the_network_no_server_is_asked() {
    let world = World::installed("[network]\nenabled = false");
    let (server, _) = check(&world, "server", &[]);
    assert_eq!(server["state"], "not_checked", "{server}");
    let world = World::activated("");
    let (server, _) = check(&world, "server", &["--offline"]);
    assert_eq!(server["state"], "not_checked", "{server}");
}

#[test]
fn a_licence_that_waits_for_its_activation_is_told_how_to_get_it() {
    let world = World::installed("");
    let (activation, code) = check(&world, "activation", &[]);
    assert_eq!((activation["state"].as_str(), code), (Some("failed"), 9));
    let mend = activation["mend"].as_str().unwrap();
    assert!(
        mend.contains(&format!("octroi activate --online --licence {LICENCE}")),
        "{activation}"
    );
}

#[test]
fn the_last_receipt_is_evidence_for_the_clock_and_the_reports() {
    let world = World::activated("");
    world.use_a_seat();
    world.succeed(&["report", "send"]);
    let (reports, _) = check(&world, "reports", &[]);
    assert_eq!(reports["state"], "ok", "{reports}");
    assert!(reports["evidence"].as_str().unwrap().contains("report 1"));
    let (clock, _) = check(&world, "clock", &[]);
    assert_eq!(clock["state"], "ok", "{clock}");
    assert!(
        clock["evidence"].as_str().unwrap().contains("last receipt"),
        "{clock}"
    );
    let (next, _) = check(&world, "next_limit", &[]);
    assert_eq!(next["state"], "ok", "a report renews it: {next}");
    assert!(next["evidence"].as_str().unwrap().contains(LICENCE));
}

#[test]
fn installing_names_the_server_as_the_way_to_activate() {
    let world = World::installed("");
    let licence = world.path("client.lic").display().to_string();
    let said = world.json(&["install", &licence]);
    let notes = said["documents"][0]["notes"].to_string();
    assert!(
        notes.contains(&format!("octroi activate --online --licence {LICENCE}")),
        "{said}"
    );
}
