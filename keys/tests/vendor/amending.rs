//! `octroi-vendor amend`: an order that states the whole becomes an amendment of the licence.

use octroi_licence::{
    Amendment, Revocations, TermSet, TrustedRoot, VendorRoot, Verified, read_armoured,
    verify_self_signed, verify_with,
};
use octroi_vendor::order::Template;

use crate::{
    support::Desk,
    templates::{filled, of_template},
};

fn read(desk: &Desk, file: &str) -> Verified<Amendment> {
    let (_, signed) = read_armoured(desk.read("vendor-keys/root.pub").as_bytes()).unwrap();
    let root: Verified<VendorRoot> = verify_self_signed(&signed).unwrap();
    let (_, signed) = read_armoured(desk.read(file).as_bytes()).unwrap();
    let root = TrustedRoot::accepted(&root);
    verify_with(&signed, &root, &Revocations::default(), TermSet::KNOWN).unwrap()
}

fn amend(desk: &Desk, order: &str, more: &[&str]) -> (i32, serde_json::Value) {
    desk.write("amended.toml", order);
    let mut arguments = vec!["amend", "amended.toml", "-o", "amended.amd"];
    arguments.extend(more);
    desk.json(&arguments)
}

#[test]
fn a5_an_amendment_states_the_whole_and_says_what_changes() {
    let desk = of_template(Template::ApexTiming);
    let order = filled(Template::ApexTiming);
    let more = order.replace("count = 5", "count = 8");
    let (exit, said) = amend(&desk, &more, &["--effective", "2026-12-01"]);
    assert_eq!(exit, 0, "{said}");
    let changes = [
        "no longer: timing: at most 5 hosts have it, running or not.",
        "now: timing: at most 8 hosts have it, running or not.",
    ];
    assert_eq!(said["changes"], serde_json::json!(changes));
    let amendment = read(&desk, "amended.amd");
    assert_eq!(amendment.outcome.features[0].count.0, 8);
    assert_eq!(
        (amendment.frame().sequence, amendment.outcome.serial),
        (2, 1)
    );
    assert!(
        desk.read("amended.amd")
            .contains(&format!("change:   {}", changes[1]))
    );
    let (exit, said) = desk.json(&["suspend", "x-0001", "-o", "next.ord"]);
    assert_eq!(
        (exit, &said["sequence"]),
        (0, &3.into()),
        "numbers stay contiguous"
    );
}

#[test]
fn a_second_amendment_names_the_first() {
    let desk = of_template(Template::ApexTiming);
    let order = filled(Template::ApexTiming);
    assert_eq!(
        amend(&desk, &order.replace("count = 5", "count = 8"), &[]).0,
        0
    );
    let first = read(&desk, "amended.amd");
    std::fs::remove_file(desk.path("amended.amd")).unwrap();
    let (exit, said) = amend(
        &desk,
        &order.replace("count = 5", "count = 9"),
        &["--countersign"],
    );
    assert_eq!(exit, 0, "{said}");
    let second = read(&desk, "amended.amd");
    assert_eq!(second.predecessor, first.digest());
    assert!(second.countersign_required && !first.countersign_required);
    assert!(
        said["changes"][0]
            .as_str()
            .unwrap()
            .contains("at most 8 hosts")
    );
}

#[test]
fn a19_a_licence_becomes_perpetual_only_for_one_site() {
    let desk = of_template(Template::ApexTiming);
    let order = filled(Template::ApexTiming);
    let renewal = order.split("\n[renewal]\n").nth(1).unwrap();
    let renewal = renewal.split("[price]\n").next().unwrap();
    let perpetual = order
        .replace("length = \"1 year\"", "perpetual = true")
        .replace(&format!("\n[renewal]\n{renewal}"), "\n")
        .replace("invoice_ahead = \"60 calendar days\"\n", "");
    let second_site = "\n[[sites]]\nid = \"site-2\"\ncountry = \"FR\"\n";
    let (exit, said) = amend(&desk, &(perpetual.clone() + second_site), &[]);
    assert_eq!(exit, 4, "{said}");
    let (exit, said) = amend(&desk, &perpetual, &[]);
    assert_eq!(exit, 0, "{said}");
    assert_eq!(read(&desk, "amended.amd").outcome.term.ends_at, None);
}

#[test]
fn what_is_no_amendment_is_refused() {
    let desk = of_template(Template::ApexTiming);
    let order = filled(Template::ApexTiming);
    let other_client = order.replacen("[client]\nid = \"x-0001\"", "[client]\nid = \"C-9\"", 1);
    assert_ne!(other_client, order);
    for (order, says) in [
        (order.clone(), "changes nothing"),
        (order.replace("serial = 1", "serial = 2"), "serial 2"),
        (other_client, "client"),
    ] {
        let (exit, said) = amend(&desk, &order, &[]);
        assert_eq!(exit, 1, "{said}");
        assert!(said["error"].as_str().unwrap().contains(says), "{said}");
    }
}
