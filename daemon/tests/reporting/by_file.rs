//! The same exchange carried by hand.

use octroi_licence::read_armoured;

use crate::world::World;

#[test]
fn a_report_and_its_receipt_travel_by_file() {
    let world = World::activated("");
    let file = world.path("report.txt").display().to_string();
    let exported = world.json(&["report", "export", &file]);
    assert_eq!(exported["number"], 1);
    let text = std::fs::read(&file).unwrap();
    let (_, report) = read_armoured(&text).unwrap();
    let receipt = world.write("receipt.txt", &world.vendor.receipt_by_file(&report));

    let taken = world.json(&["receipt", "import", &receipt]);
    assert_eq!(taken["already_taken"], false);
    assert_eq!(taken["installed"][0]["kind"], "activation-certificate");
    assert!(
        world.vendor.books().reports.is_empty(),
        "nothing went over the network"
    );

    let again = world.json(&["receipt", "import", &receipt]);
    assert_eq!(again["already_taken"], true);
}

#[test]
fn an_exported_report_is_the_one_that_is_sent_later() {
    let world = World::activated("");
    let export = world.succeed(&["report", "export", "-"]).output;
    world.use_a_seat();
    world.succeed(&["report", "send"]);
    let (_, exported) = read_armoured(export.as_bytes()).unwrap();
    let exported = octroi_licence::encode_signed(&exported);
    assert_eq!(world.vendor.books().reports, [exported]);
}

#[test]
fn a_receipt_for_a_report_that_was_answered_since_is_refused() {
    let world = World::activated("");
    let export = world.succeed(&["report", "export", "-"]).output;
    let (_, report) = read_armoured(export.as_bytes()).unwrap();
    let late = world.write("receipt.txt", &world.vendor.receipt_by_file(&report));
    world.succeed(&["report", "send"]);
    assert_eq!(
        world.failure(&["receipt", "import", &late]),
        "NO_REPORT_WAITS"
    );
    world.succeed(&["report", "export", "-"]);
    assert_eq!(
        world.failure(&["receipt", "import", &late]),
        "RECEIPT_OF_ANOTHER_REPORT"
    );
}

#[test]
fn what_is_no_receipt_is_not_taken_as_one() {
    let world = World::activated("");
    let licence = world.path("client.lic").display().to_string();
    assert_eq!(
        world.failure(&["receipt", "import", &licence]),
        "DOCUMENT_OF_ANOTHER_KIND"
    );
}
