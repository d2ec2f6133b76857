//! Reports and receipts between the real daemon and the real server: read before they leave, the
//! same bytes sent, answered, kept; and what a receipt brings.

use octroi_tests::{Order, server_clock::ByAnotherClock, soon};

use super::{DAY_S, Online, bytes_of, recorder::Recorder, search};
use crate::licence_status;

#[test]
fn what_is_previewed_is_what_is_sent_byte_for_byte() -> anyhow::Result<()> {
    let (online, recorder) = Recorder::activated(Order::of(2))?;
    online.work()?;
    let draft = online.preview()?;
    assert_eq!(
        (&draft["waiting"], &draft["report"]["report_number"]),
        (&false.into(), &1.into())
    );
    assert_eq!(draft["server"], recorder.url());
    // From here on the report is fixed: what is read now is what leaves.
    let fixed = online.fixed()?;
    let read = online.preview()?;
    assert_eq!(read["waiting"], true);
    online.work()?;
    assert!(
        !search::stands(&recorder.sent(), &fixed),
        "nothing is sent before it is asked for"
    );
    let said = online.sends()?;
    assert_eq!(said["number"], 1);
    assert!(
        search::stands(&recorder.sent(), &fixed),
        "the fixed bytes are the ones that were sent"
    );
    let history = online.history()?;
    assert_eq!(history.len(), 1);
    assert_eq!(history[0]["report"], read["report"]);
    assert_eq!(bytes_of(&history[0]["armoured_report"])?, fixed);
    assert!(history[0]["sent_at"].is_string() && history[0]["server_time"].is_string());
    Ok(())
}

#[test]
fn a_receipt_renews_the_certificate_and_the_vendor_sees_banded_counts() -> anyhow::Result<()> {
    let online = Online::activated(Order::of(2))?;
    online.work()?;
    let said = online.sends()?;
    assert_eq!(said["installed"][0]["outcome"], "applied", "{said}");
    assert!(
        said["notes"].as_array().is_some_and(Vec::is_empty),
        "{said}"
    );
    let shown = online.show()?;
    let activation = &shown["activations"][0];
    assert_eq!(activation["certificate_number"], 2);
    let report = &activation["last_report"];
    assert_eq!(report["number"], 1);
    let peak = &report["features"][0]["peak"];
    assert_eq!(
        (&peak["at_least"], &peak["at_most"]),
        (&1.into(), &4.into()),
        "{report}"
    );
    // The next one grows out of it and carries its receipt.
    online.work()?;
    let next = online.preview()?;
    assert_eq!(next["report"]["licences"][0]["certificate_number"], 2);
    assert_eq!(online.sends()?["number"], 2);
    let activation = &online.show()?["activations"][0];
    assert_eq!(activation["certificate_number"], 3);
    assert_eq!(activation["incidents"], serde_json::json!([]));
    Ok(())
}

#[test]
fn announcements_are_shown_once() -> anyhow::Result<()> {
    let online = Online::activated(Order::of(2))?;
    let text = "Version 5 is out; version 4 is maintained until 2028.";
    online.server.announce("release", text)?;
    let said = online.sends()?;
    assert_eq!(said["announcements"][0]["text"], text);
    assert_eq!(said["announcements"][0]["kind"], "release");
    let said = online.sends()?;
    assert_eq!(said["announcements"], serde_json::json!([]));
    Ok(())
}

#[test]
fn a_suspension_in_a_receipt_is_applied_and_the_application_told() -> anyhow::Result<()> {
    let online = Online::activated(Order::of(2))?;
    let mut holder = online.world.holder()?;
    let order = online.world.vendor.order("suspend", online.licence())?;
    online.server.deliver(&order)?;
    let said = online.sends()?;
    let installed = said["installed"].as_array().cloned().unwrap_or_default();
    assert_eq!(installed[0]["kind"], "order", "{said}");
    assert_eq!(installed[0]["outcome"], "applied", "{said}");
    assert_eq!(holder.event("seat_ended")?["cause"], "SUSPENDED");
    let mut other =
        octroi_tests::Application::start(&online.world.asking(), online.world.folder())?;
    assert_eq!(other.refused()?.code, "SUSPENDED");
    // A suspended licence reports on, and so it learns that it is resumed.
    let order = online.world.vendor.order("resume", online.licence())?;
    online.server.deliver(&order)?;
    online.sends()?;
    assert!(licence_status(&online.world)?["blocked"].is_null());
    online.work()
}

#[test]
fn a_new_serial_comes_with_a_receipt_and_its_certificate_with_it() -> anyhow::Result<()> {
    let online = Online::activated(Order::of(2))?;
    let order = Order::of(5)
        .serial(2)
        .server(&online.server)
        .reporting(super::REPORTING);
    let issued = online.world.vendor.issue(&order)?;
    online.server.import(&issued)?;
    online.sends()?;
    let status = licence_status(&online.world)?;
    assert_eq!(status["features"][0]["licensed"], 5, "{status}");
    assert_eq!(status["features"][0]["share"], 5, "{status}");
    assert!(status["blocked"].is_null(), "{status}");
    online.work()
}

/// Activated by a server whose clock stood so many days back; the server itself runs on.
pub(super) fn activated_days_ago(days: i64, configuration: &str) -> anyhow::Result<Online> {
    let mut online = Online::since_days(Order::of(2), configuration, days + 1)?;
    online.server.stop()?;
    let then = ByAnotherClock::serve(&online.server, -days * DAY_S)?;
    online.activate()?.ok()?;
    drop(then);
    Ok(online)
}

#[test]
fn a_report_that_is_due_leaves_by_itself() -> anyhow::Result<()> {
    let mut online = activated_days_ago(31, "")?;
    online.server.start_again()?;
    // At its start the daemon looks at once.
    online.world.stop_daemon()?;
    online.world.start_daemon()?;
    soon("the receipt", || {
        let history = online.history()?;
        Ok(history
            .first()
            .and_then(|first| first["server_time"].as_str().map(drop)))
    })?;
    let shown = online.show()?;
    assert_eq!(shown["activations"][0]["last_report"]["number"], 1);
    assert_eq!(shown["activations"][0]["certificate_number"], 2);
    assert_eq!(online.preview()?["report"]["report_number"], 2);
    Ok(())
}

#[test]
fn a_report_that_needs_approval_waits_until_it_is_read_and_sent() -> anyhow::Result<()> {
    let mut online = activated_days_ago(31, "[reporting]\napproval = true")?;
    online.server.start_again()?;
    online.world.stop_daemon()?;
    online.world.start_daemon()?;
    let preview = soon("the report that waits", || {
        let preview = online.preview()?;
        Ok((preview["waiting"] == true).then_some(preview))
    })?;
    assert_eq!(preview["approval_needed"], true);
    assert!(online.show()?["activations"][0]["last_report"].is_null());
    let warnings = online.world.machine.status()?["warnings"].to_string();
    assert!(warnings.contains("waits for your approval"), "{warnings}");
    online.sends()?;
    let history = online.history()?;
    assert_eq!(history[0]["report"], preview["report"]);
    assert_eq!(online.show()?["activations"][0]["last_report"]["number"], 1);
    Ok(())
}
