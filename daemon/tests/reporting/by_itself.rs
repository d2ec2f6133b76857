//! What the daemon does by itself once a report is due: here two days after it was.

use crate::world::{World, until};

/// Activated three days ago, with a report due each day.
fn overdue(configuration: &str) -> World {
    let world = World::installed(configuration);
    world.vendor.books().made_days_ago = 3;
    assert_eq!(world.activate().code, 0);
    world
}

#[test]
fn a_report_that_is_due_is_sent_by_itself() {
    let mut world = overdue("");
    world.restart();
    until("the receipt", || {
        let history = world.json(&["report", "history"]);
        history["exchanges"][0]["server_time"]
            .is_string()
            .then_some(())
    });
    assert_eq!(world.vendor.books().reports.len(), 1);
    let preview = world.json(&["report", "preview"]);
    assert_eq!(preview["report"]["report_number"], 2);
}

#[test]
fn a_report_that_needs_approval_is_fixed_and_waits() {
    let mut world = overdue("[reporting]\napproval = true");
    world.restart();
    let preview = until("the report that waits", || {
        let preview = world.json(&["report", "preview"]);
        (preview["waiting"] == true).then_some(preview)
    });
    assert_eq!(preview["approval_needed"], true);
    assert!(world.vendor.books().reports.is_empty(), "{}", world.log());
    let warnings = world.json(&["status"])["warnings"].to_string();
    assert!(warnings.contains("octroi report send"), "{warnings}");

    world.succeed(&["report", "send"]);
    let history = world.json(&["report", "history"]);
    assert_eq!(history["exchanges"][0]["report"], preview["report"]);
}

#[test]
fn status_says_that_a_report_is_overdue_and_when_the_certificate_ends() {
    let world = overdue("[network]\nenabled = true\n[reporting]\napproval = true");
    let warnings = world.json(&["status"])["warnings"].to_string();
    assert!(warnings.contains("a usage report was due"), "{warnings}");
}
