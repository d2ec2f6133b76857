//! The whole exchange carried by hand: the daemon may use no network, the server does not even run.

use std::fs;

use octroi_tests::{Order, vendor::text};

use super::{Online, bytes_of};
use crate::licence_status;

#[test]
fn request_report_and_receipt_travel_by_file_alone() -> anyhow::Result<()> {
    let mut online = Online::configured(Order::of(2), "[network]\nenabled = false")?;
    online.server.stop()?;
    let said = online.activate()?;
    assert_eq!(said.code(), "NETWORK_OFF", "{}", said.complaint);
    let machine = &online.world.machine;

    let (request, answer) = (online.path("request.req"), online.path("answer.crt"));
    machine.request(&online.world.issued, &request)?.ok()?;
    let said = online.server.answer(&request, &answer)?;
    assert_eq!(said.status, 0, "{} {}", said.json, said.complaint);
    machine
        .octroi(&["activate", "--response", text(&answer)?])?
        .ok()?;
    online.work()?;

    let (report, receipt) = (online.path("report.rep"), online.path("receipt.rec"));
    assert_eq!(online.send()?.code(), "NETWORK_OFF");
    let exported = machine
        .octroi(&["report", "export", text(&report)?])?
        .ok()?;
    assert_eq!(exported["number"], 1);
    let said = online.server.answer(&report, &receipt)?;
    assert_eq!((said.status, &said.json["kind"]), (0, &"receipt".into()));
    let taken = machine
        .octroi(&["receipt", "import", text(&receipt)?])?
        .ok()?;
    assert_eq!(taken["report_accepted"], true);
    assert_eq!(
        taken["installed"][0]["kind"], "activation-certificate",
        "{taken}"
    );

    // Carried a second time it changes nothing; and the server answers with the same bytes.
    let again = online.path("again.rec");
    online.server.answer(&report, &again)?;
    assert_eq!(fs::read(&again)?, fs::read(&receipt)?);
    let taken = machine
        .octroi(&["receipt", "import", text(&again)?])?
        .ok()?;
    assert_eq!(taken["already_taken"], true);

    let history = online.history()?;
    assert_eq!(history.len(), 1);
    assert_eq!(
        bytes_of(&exported["armoured"])?,
        bytes_of(&history[0]["armoured_report"])?
    );
    assert_eq!(online.show()?["activations"][0]["certificate_number"], 2);
    Ok(())
}

#[test]
fn documents_and_announcements_come_with_a_receipt_by_file_too() -> anyhow::Result<()> {
    let online = Online::activated(Order::of(2))?;
    let order = online.world.vendor.order("suspend", online.licence())?;
    online.server.deliver(&order)?;
    online.server.announce("notice", "A word by file.")?;
    let (report, receipt) = (online.path("report.rep"), online.path("receipt.rec"));
    let machine = &online.world.machine;
    machine
        .octroi(&["report", "export", text(&report)?])?
        .ok()?;
    online.server.answer(&report, &receipt)?;
    let mut holder = online.world.holder()?;
    let taken = machine
        .octroi(&["receipt", "import", text(&receipt)?])?
        .ok()?;
    assert_eq!(taken["announcements"][0]["text"], "A word by file.");
    assert_eq!(holder.event("seat_ended")?["cause"], "SUSPENDED");
    assert_eq!(
        licence_status(&online.world)?["blocked"]["code"],
        "SUSPENDED"
    );
    Ok(())
}

#[test]
fn a_receipt_of_another_machines_report_is_refused() -> anyhow::Result<()> {
    let online = Online::activated(Order::empty().hosts("installed", 2))?;
    let (_daemon, second) = online.further_machine("n")?;
    second.activate_online(&online.world.issued)?.ok()?;
    let (report, receipt) = (online.path("report.rep"), online.path("receipt.rec"));
    second.octroi(&["report", "export", text(&report)?])?.ok()?;
    online.server.answer(&report, &receipt)?;
    online.fixed()?;
    let first = &online.world.machine;
    let said = first.octroi(&["receipt", "import", text(&receipt)?])?;
    assert_eq!(
        said.code(),
        "RECEIPT_OF_ANOTHER_REPORT",
        "{}",
        said.complaint
    );
    online.sends()?;
    second
        .octroi(&["receipt", "import", text(&receipt)?])?
        .ok()?;
    Ok(())
}
