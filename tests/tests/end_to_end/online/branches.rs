//! A daemon's state copied, set back or rewritten: the vendor's server refuses what did not grow out
//! of what it countersigned, and both sides are told.

use std::path::PathBuf;

use octroi_tests::{Daemon, Machine, Order};

use super::{NO_USB, Online, accepted, copy_folder};

/// Copies the state of the machine's daemon, which is stopped for it.
fn backed_up(online: &mut Online) -> anyhow::Result<PathBuf> {
    online.world.stop_daemon()?;
    let copy = online.path("state");
    copy_folder(&online.world.machine.paths().state(), &copy)?;
    online.world.start_daemon()?;
    Ok(copy)
}

/// A second machine that runs from a copy of the first one's state.
fn copied(online: &Online, copy: &std::path::Path) -> anyhow::Result<(Daemon, Machine)> {
    let machine = Machine::new(&online.world.folder().join("copy"))?;
    machine.configure(NO_USB)?;
    let state = machine.paths().state();
    if let Some(parent) = state.parent() {
        std::fs::create_dir_all(parent)?;
    }
    copy_folder(copy, &state)?;
    let daemon = Daemon::start(&machine)?;
    Ok((daemon, machine))
}

/// Codes of what the vendor should look at.
fn incidents(online: &Online) -> anyhow::Result<Vec<String>> {
    let shown = online.show()?;
    let incidents = shown["activations"][0]["incidents"].as_array().cloned();
    let codes = incidents.unwrap_or_default();
    let code = |one: &serde_json::Value| one["code"].as_str().unwrap_or_default().to_owned();
    Ok(codes.iter().map(code).collect())
}

#[test]
fn of_a_daemon_and_its_copy_only_one_is_renewed_and_both_sides_are_told() -> anyhow::Result<()> {
    let mut online = Online::activated(Order::of(2))?;
    online.sends()?;
    let copy = backed_up(&mut online)?;
    let (_daemon, twin) = copied(&online, &copy)?;
    online.work()?;
    online.sends()?;
    let said = twin.octroi(&["report", "send"])?;
    assert_eq!(
        (said.status, said.code()),
        (3, "LEDGER_FORKED"),
        "{}",
        said.complaint
    );
    assert_eq!(incidents(&online)?, ["LEDGER_FORKED"]);
    // The copy's certificate stays what it was; the original learns that there is another.
    let number = twin.octroi(&["report", "preview"])?.ok()?;
    assert_eq!(number["report"]["licences"][0]["certificate_number"], 2);
    online.work()?;
    let notes = online.sends()?["notes"].to_string();
    assert!(notes.contains("other branches"), "{notes}");
    assert_eq!(online.show()?["activations"][0]["certificate_number"], 4);
    Ok(())
}

#[test]
fn a_copy_that_reports_first_is_renewed_and_the_original_is_told() -> anyhow::Result<()> {
    let mut online = Online::activated(Order::of(2))?;
    let copy = backed_up(&mut online)?;
    let (_daemon, twin) = copied(&online, &copy)?;
    accepted(&twin)?;
    online.work()?;
    let said = online.send()?;
    assert_eq!((said.status, said.code()), (3, "LEDGER_FORKED"));
    // It is not lost what was to be reported.
    assert_eq!(online.preview()?["waiting"], true);
    Ok(())
}

#[test]
fn a_daemon_set_back_to_a_copy_is_recognised_as_a_fork() -> anyhow::Result<()> {
    let mut online = Online::activated(Order::of(2))?;
    online.sends()?;
    let copy = backed_up(&mut online)?;
    online.work()?;
    online.sends()?;
    online.world.stop_daemon()?;
    let state = online.world.machine.paths().state();
    std::fs::remove_dir_all(&state)?;
    copy_folder(&copy, &state)?;
    online.world.start_daemon()?;
    online.work()?;
    let said = online.send()?;
    assert_eq!((said.status, said.code()), (3, "LEDGER_FORKED"));
    assert_eq!(incidents(&online)?, ["LEDGER_FORKED"]);
    Ok(())
}

#[test]
fn a_ledger_that_was_set_back_under_its_receipts_is_refused_as_rewritten() -> anyhow::Result<()> {
    let mut online = Online::activated(Order::of(2))?;
    let copy = backed_up(&mut online)?;
    online.work()?;
    online.sends()?;
    online.world.stop_daemon()?;
    // The ledger goes back, the receipts stay.
    let vendor = &online.world.vendor;
    let realm = online.world.machine.realm(vendor)?;
    let state = online.world.machine.paths().state();
    let inside = realm.ledger().strip_prefix(&state)?.to_path_buf();
    std::fs::remove_dir_all(realm.ledger())?;
    copy_folder(&copy.join(inside), &realm.ledger())?;
    online.world.start_daemon()?;
    let said = online.send()?;
    assert_eq!((said.status, said.code()), (1, "REPORT_NOT_MADE"));
    assert!(
        said.complaint.contains("it was set back"),
        "{}",
        said.complaint
    );
    // Grown beyond what was countersigned, and still another history.
    for _ in 0..12 {
        online.work()?;
    }
    let said = online.send()?;
    assert_eq!(
        (said.status, said.code()),
        (3, "LEDGER_REWRITTEN"),
        "{}",
        said.complaint
    );
    assert_eq!(incidents(&online)?, ["LEDGER_REWRITTEN"]);
    assert_eq!(online.show()?["activations"][0]["certificate_number"], 2);
    Ok(())
}
