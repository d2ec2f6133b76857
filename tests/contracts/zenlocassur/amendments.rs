//! Z16: only a dated amendment that both sides signed changes the contract.

use octroi_vendor::order::Template;
use serde_json::Value;

use super::FEATURE;
use crate::stage::Site;

fn signed() -> anyhow::Result<Site> {
    Site::signed(Template::Zenlocassur, &[("features.count", "2")])
}

fn licensed(site: &Site) -> anyhow::Result<Value> {
    Ok(site.status()?["features"][0]["licensed"].clone())
}

#[test]
fn z16_an_amendment_waits_shown_until_the_administrator_accepts_it_and_survives_restarts()
-> anyhow::Result<()> {
    let mut site = signed()?;
    let mut alice = site.holds(FEATURE, "alice")?;
    let paper = site.amended("count = 2", "count = 5", &[])?;

    let said = site.install(&paper)?;
    assert_eq!(
        said["documents"][0]["outcome"], "awaits_acceptance",
        "{said}"
    );
    let digest = said["documents"][0]["digest"].as_str().unwrap().to_owned();
    let waits = |site: &Site| -> anyhow::Result<()> {
        let status = site.status()?;
        let waiting = &status["amendments"][0];
        assert_eq!(waiting["digest"], digest);
        assert_eq!(waiting["awaits_acceptance"], true);
        assert!(
            !waiting["changes"].as_array().unwrap().is_empty(),
            "{waiting}"
        );
        assert_eq!(licensed(site)?, 2, "it does nothing before");
        Ok(())
    };
    waits(&site)?;
    let accept = format!(
        "octroi licence accept {} --document {digest}",
        site.licence()
    );
    assert!(site.printed(&["status"])?.contains(&accept));

    // A restart neither loses nor accepts it; who works goes on.
    site.world.kill_daemon()?;
    site.world.start_daemon()?;
    waits(&site)?;
    alice.must_live()?;

    // Nothing else is accepted in its place.
    let other = "ab".repeat(32);
    let licence = site.licence().to_owned();
    let wrong = site.octroi(&["licence", "accept", &licence, "--document", &other])?;
    assert_eq!((wrong.status, wrong.code()), (3, "NOTHING_TO_ACCEPT"));

    let accepted = site.must(&["licence", "accept", &licence, "--document", &digest])?;
    assert_eq!(accepted["unchanged"], false);
    assert_eq!(licensed(&site)?, 5);
    assert_eq!(site.status()?["digest"], digest);
    let again = site.must(&["licence", "accept", &licence, "--document", &digest])?;
    assert_eq!(again["unchanged"], true);
    let records = site.recorded("DocumentAccepted")?;
    assert_eq!(
        records.len(),
        1,
        "date, digest and who accepted stand in the ledger"
    );
    assert!(records[0]["time"]["civil_ms"].is_i64(), "{}", records[0]);
    assert!(
        records[0].to_string().contains("Administrator"),
        "{}",
        records[0]
    );

    site.world.kill_daemon()?;
    site.world.start_daemon()?;
    assert_eq!(licensed(&site)?, 5);
    // An application believes a lease under the amended licence: the vendor signed the whole.
    site.holds(FEATURE, "alice")?.finish()?;
    alice.finish()
}

#[test]
fn z16_a_dry_run_says_what_accepting_would_change_and_changes_nothing() -> anyhow::Result<()> {
    let mut site = signed()?;
    let paper = site.amended("count = 2", "count = 1", &[])?;
    let file = octroi_tests::vendor::text(&paper)?.to_owned();
    let linted = site.octroi(&["lint", &file])?;
    assert!(
        linted.json.to_string().contains("AWAITS_ACCEPTANCE"),
        "{}",
        linted.json
    );
    let said = site.must(&["install", "--dry-run", &file])?;
    assert_eq!(
        said["documents"][0]["outcome"], "awaits_acceptance",
        "{said}"
    );
    let feature = &said["changes"]["features"][0];
    assert_eq!(feature["after"]["licensed"], 1, "{said}");
    assert!(site.status()?["amendments"].as_array().unwrap().is_empty());
    assert_eq!(licensed(&site)?, 2);
    Ok(())
}

#[test]
fn z16_an_amendment_before_its_base_licence_waits_and_of_two_with_one_number_one_is_refused()
-> anyhow::Result<()> {
    let mut site = signed()?;
    // Two members of the vendor's staff amend from the same state of the register.
    let register = site.world.vendor.keys().join("register");
    let before = site.world.vendor.folder().join("register-before");
    copy(&register, &before)?;
    let one = site.amended("count = 2", "count = 5", &[])?;
    std::fs::remove_dir_all(&register)?;
    copy(&before, &register)?;
    let other = site.amended("count = 5", "count = 7", &[])?;

    // A machine that does not have the licence yet.
    let machine = octroi_tests::Machine::new(&site.world.folder().join("n"))?;
    machine.configure("[hardware_key]\nusb = false\n")?;
    let mut daemon = octroi_tests::Daemon::start(&machine)?;
    machine.trust(&site.world.vendor)?;
    let said = machine.install(&one)?.ok()?;
    assert_eq!(said["documents"][0]["outcome"], "pending", "{said}");
    let second = machine.install(&other)?;
    assert_eq!((second.status, second.code()), (3, "DOCUMENT_SEQUENCE_OLD"));
    daemon.kill()?;
    daemon = octroi_tests::Daemon::start(&machine)?;
    let pending = machine.status()?["realms"][0]["pending"][0].clone();
    assert_eq!(pending["without_licence"], true, "{pending}");
    assert_eq!(pending["kind"], "amendment");

    machine.install(&site.world.issued.licence)?.ok()?;
    let status = machine.status()?["realms"][0].clone();
    assert_eq!(status["pending"].as_array().unwrap().len(), 0, "{status}");
    let waiting = &status["licences"][0]["amendments"][0];
    assert_eq!(
        waiting["awaits_acceptance"], true,
        "it still needs the client's word"
    );
    let late = machine.install(&other)?;
    assert_eq!((late.status, late.code()), (3, "DOCUMENT_SEQUENCE_OLD"));
    daemon.stop()
}

#[test]
fn z16_an_amendment_that_comes_with_a_receipt_waits_too() -> anyhow::Result<()> {
    let mut site = Site::online(Template::Zenlocassur, &[("features.count", "2")])?;
    let paper = site.amended("count = 2", "count = 5", &["--effective", "2099-01-01"])?;
    let file = octroi_tests::vendor::text(&paper)?.to_owned();
    site.server()?.must(&["import", &file])?;
    let said = site.reports()?;
    let installed = said["installed"].as_array().unwrap();
    let amendment = installed.iter().find(|one| one["kind"] == "amendment");
    let amendment = amendment.unwrap_or_else(|| panic!("{said}"));
    assert_eq!(amendment["outcome"], "awaits_acceptance");
    let digest = amendment["digest"].as_str().unwrap();
    let licence = site.licence().to_owned();
    let accepted = site.must(&["licence", "accept", &licence, "--document", digest])?;
    assert!(
        accepted["effective_at"]
            .as_str()
            .unwrap()
            .starts_with("2098-12-31T23:00")
    );
    // Both sides agreed; its date has not come.
    let status = site.status()?;
    assert_eq!(status["amendments"][0]["awaits_acceptance"], false);
    assert_eq!(
        status["amendments"][0]["effective_at"],
        accepted["effective_at"]
    );
    assert_eq!(licensed(&site)?, 2);
    Ok(())
}

#[test]
fn z16_an_amendment_that_was_altered_on_the_disk_is_told_and_nothing_starts_without_it()
-> anyhow::Result<()> {
    let mut site = signed()?;
    let paper = site.amended("count = 2", "count = 5", &[])?;
    let said = site.install(&paper)?;
    let digest = said["documents"][0]["digest"].as_str().unwrap().to_owned();
    site.world.stop_daemon()?;
    let documents = site.world.machine.realm(&site.world.vendor)?.documents();
    let file = documents.join(format!("{digest}.amendment"));
    let mut bytes = std::fs::read(&file)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, &bytes)?;
    let (status, log) = octroi_tests::Daemon::refused(&site.world.machine)?;
    assert!(!status.success());
    assert!(
        log.contains(&digest) && log.contains("no longer verifies"),
        "{log}"
    );
    Ok(())
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
