//! Showing documents: every field, nothing believed, nothing that could hurt a terminal.

use octroi_licence::{DocumentKind, armour};
use octroi_vendor::{Issue, LicenceOrder, inspect, issue, licence_summary, order::EXAMPLE};

use crate::support::{Desk, NOW, Vendor, code, record};

fn example_licence() -> (octroi_licence::message::SignedDocument, String) {
    let vendor = Vendor::new();
    let order = LicenceOrder::check(EXAMPLE, NOW).unwrap();
    match issue(&order, &code(1), &mut record(), &vendor.issuing(), NOW).unwrap() {
        Issue::New { signed, licence } => (signed, licence_summary(&licence)),
        Issue::Repeated { .. } => panic!("the record was empty"),
    }
}

#[test]
fn a_licence_is_shown_whole_with_its_summary_above() {
    let (signed, summary) = example_licence();
    let desk = Desk::empty();
    desk.write(
        "client.lic",
        &armour(DocumentKind::Licence, &signed, &summary),
    );
    insta::assert_snapshot!("licence_file", desk.read("client.lic"));
    let shown = desk.tool(&["inspect", "client.lic"]).output().unwrap();
    insta::assert_snapshot!("inspect_licence", String::from_utf8(shown.stdout).unwrap());
}

#[test]
fn the_tree_for_machines_says_that_nothing_is_verified() {
    let (signed, _) = example_licence();
    let desk = Desk::empty();
    desk.write("client.lic", &armour(DocumentKind::Licence, &signed, ""));
    let (exit, shown) = desk.json(&["inspect", "client.lic"]);
    assert_eq!((exit, &shown["verified"]), (0, &false.into()));
    let payload = &shown["document"]["payload"];
    assert_eq!(payload["features"][0]["metric"], "concurrent");
    assert_eq!(payload["term"]["ends_at_s"], 1_864_594_800);
    assert_eq!(shown["document"]["chain"][0]["payload"]["role"], "issuing");
}

#[test]
fn a_document_from_anybody_cannot_drive_the_terminal() {
    let (mut signed, _) = example_licence();
    let evil = "Example Industries\u{1b}[2J\u{7}";
    let mut licence: octroi_licence::message::Licence =
        prost::Message::decode(signed.payload.as_slice()).unwrap();
    licence.client_name = evil.to_owned();
    signed.payload = prost::Message::encode_to_vec(&licence);
    let text = inspect(DocumentKind::Licence, &signed).unwrap().to_text();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'));
    assert!(text.contains("Example Industries\\u{1b}[2J"));
}

#[test]
fn a_payload_of_another_kind_is_named() {
    let (mut signed, _) = example_licence();
    signed.payload = vec![0xff; 20];
    let refused = inspect(DocumentKind::Licence, &signed).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("the licence does not decode"),
        "{refused}"
    );
}
