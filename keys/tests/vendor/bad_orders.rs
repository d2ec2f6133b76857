//! Orders with mistakes, as files. Each says itself, in comments `# mistake: KIND key; …`, what must
//! be found on that line; nothing else may be found.

use std::{collections::BTreeSet, fs, path::Path};

use octroi_vendor::{
    LicenceOrder,
    order::{EXAMPLE, MistakeKind, ORDER_BYTES_MAX},
};

use crate::support::{NOW, order_with};

/// Line, kind and key of each mistake that the file announces.
fn announced(text: &str) -> BTreeSet<(usize, String)> {
    let mut announced = BTreeSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let Some((_, mistakes)) = line.split_once("# mistake: ") else {
            continue;
        };
        for mistake in mistakes.split("; ") {
            announced.insert((number, mistake.trim().to_owned()));
        }
    }
    announced
}

fn found(text: &str) -> BTreeSet<(usize, String)> {
    let mistakes = LicenceOrder::check(text, NOW).unwrap_err();
    mistakes
        .as_slice()
        .iter()
        .map(|mistake| {
            let found = format!("{} {}", mistake.kind.name(), mistake.at);
            (mistake.line, found.trim().to_owned())
        })
        .collect()
}

#[test]
fn every_mistake_of_an_order_is_found_at_its_line_and_no_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/orders");
    let mut orders = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let text = fs::read_to_string(&file).unwrap();
        let announced = announced(&text);
        assert!(
            !announced.is_empty(),
            "{} announces nothing",
            file.display()
        );
        assert_eq!(found(&text), announced, "{}", file.display());
        orders += 1;
    }
    assert!(orders >= 20, "only {orders} orders were read");
}

#[test]
fn the_example_order_is_without_mistakes() {
    let order = LicenceOrder::check(EXAMPLE, NOW).unwrap();
    assert_eq!(order.licence().as_str(), "example-solver-0001");
    assert_eq!(order.time_zone(), "Europe/Paris");
}

#[test]
fn the_example_order_names_every_key() {
    // What the example leaves commented out is tried here.
    let order = order_with(&[
        ("#sequence = 1", "sequence = 1"),
        ("ends = 2029-01-31\n", ""),
        ("#perpetual = true", "perpetual = true"),
        ("#[renewal]", "[renewal]"),
        ("#mode = \"tacit\"", "mode = \"none\""),
        ("#period", "period"),
        ("#client", "client"),
        ("#vendor", "vendor"),
        ("#notice_address", "notice_address"),
        ("#[ending]", "[ending]"),
        ("#export_features", "export_features"),
        ("#choices", "choices"),
        ("#[precedence]", "[precedence]"),
        ("#general_terms", "general_terms"),
        ("#wins", "wins"),
        ("[[sites]]\nid = \"geneva\"\ncountry = \"CH\"\n", ""),
        ("#[reporting]", "[reporting]"),
        ("#interval_days", "interval_days"),
        ("#warn_days", "warn_days"),
        ("#degrade_days", "degrade_days"),
        ("#stop_days", "stop_days"),
        ("#approval_required", "approval_required"),
        ("#billed_features", "billed_features"),
    ]);
    LicenceOrder::check(&order, NOW).unwrap();
    let renewed = order_with(&[
        ("#[renewal]", "[renewal]"),
        ("#mode", "mode"),
        ("#period", "period"),
        ("#notice_growth", "notice_growth"),
    ]);
    LicenceOrder::check(&renewed, NOW).unwrap();
    let length = order_with(&[("ends = 2029-01-31\n", ""), ("#length", "length")]);
    let length = LicenceOrder::check(&length, NOW).unwrap();
    let end = LicenceOrder::check(EXAMPLE, NOW).unwrap();
    assert_eq!(length.content_digest(), end.content_digest());
}

#[test]
fn a_slip_of_the_keyboard_is_answered_with_the_word_that_was_meant() {
    let order = order_with(&[
        ("grouping = \"process\"", "gruoping = \"process\""),
        ("metric = \"host\"", "metric = \"hosst\""),
    ]);
    let mistakes = LicenceOrder::check(&order, NOW).unwrap_err();
    let helps: Vec<_> = mistakes
        .as_slice()
        .iter()
        .filter_map(|mistake| mistake.help.clone())
        .collect();
    assert_eq!(helps, ["did you mean `grouping`?", "did you mean `host`?"]);
}

#[test]
fn an_order_of_no_end_is_not_read() {
    let endless = "#".repeat(ORDER_BYTES_MAX + 1);
    let mistakes = LicenceOrder::check(&endless, NOW).unwrap_err();
    assert_eq!(mistakes.as_slice()[0].kind, MistakeKind::OutOfRange);
}

#[test]
fn two_orders_that_mean_the_same_have_the_same_content() {
    let one = LicenceOrder::check(EXAMPLE, NOW).unwrap();
    let other = order_with(&[
        ("\"2m\"", "\"120s\""),
        ("2029-01-31", "2029-02-01T00:00:00+01:00"),
    ]);
    let other = LicenceOrder::check(&other, NOW).unwrap();
    assert_eq!(one.content_digest(), other.content_digest());
    let third = LicenceOrder::check(&order_with(&[("count = 2", "count = 3")]), NOW).unwrap();
    assert_ne!(one.content_digest(), third.content_digest());
}
