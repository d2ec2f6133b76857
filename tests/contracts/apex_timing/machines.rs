//! Workstations, unlocking keys and the one back-up copy.

use octroi_engine::{Outcome, RefusalCode};
use octroi_tests::soon;
use octroi_vendor::{ActivationRefusal, order::Template};

use crate::stage::{Contract, Says, Site, order, refused};

#[test]
fn a3_the_software_is_installed_on_the_authorised_workstations_of_the_named_sites() {
    let text = order::filled(
        Template::ApexTiming,
        &[("sites.hosts_max", "1"), ("features.count", "5")],
    );
    let second = "\n[[sites]]\nid = \"site-2\"\ncountry = \"FR\"\nhosts_max = 1\n";
    let mut contract = Contract::issued(&(text + second));
    let share = [("timing", 1), ("mailing", 0)];
    contract.activate(&share).unwrap();
    let full = contract.another_host(31, Some("site-1"), &share);
    assert!(
        matches!(full, Err(ActivationRefusal::HostNotLicensed { .. })),
        "{full:?}"
    );
    assert!(contract.another_host(32, Some("site-2"), &share).is_ok());
    let unnamed = contract.another_host(33, Some("site-3"), &share);
    assert!(
        matches!(unnamed, Err(ActivationRefusal::SiteNotLicensed { .. })),
        "{unnamed:?}"
    );
    assert!(contract.would_grant("alice", "timing"));
}

#[test]
fn a6_the_unlocking_key_that_comes_with_delivery_activates_by_file() -> anyhow::Result<()> {
    let site = Site::signed(Template::ApexTiming, &[])?;
    let code = std::fs::read_to_string(&site.world.issued.code)?;
    assert!(code.len() > 16);
    let licence = std::fs::read_to_string(&site.world.issued.licence)?;
    assert!(!licence.contains(code.trim()), "it is never in the licence");
    site.holds("timing", "alice")?.finish()
}

#[test]
fn a6_the_unlocking_key_may_be_a_hardware_key() -> anyhow::Result<()> {
    let (site, mut key) = Site::keyed(Template::ApexTiming, &[])?;
    let before = site.runs("timing", "alice")?.refused()?;
    assert_eq!(before.code, "NOT_ACTIVATED");
    site.activated_by_file()?;
    soon("the key's proof", || {
        Ok((site.status()?["hardware_key"]["present"][0] == key.serial()).then_some(()))
    })?;
    site.holds("timing", "alice")?.finish()?;
    key.pull_out()?;
    soon("a refusal without the key", || {
        let refused = site.runs("timing", "alice")?.refused();
        Ok(refused
            .is_ok_and(|one| one.code == "HARDWARE_KEY_ABSENT")
            .then_some(()))
    })
}

#[test]
fn a7_the_back_up_copy_replaces_a_destroyed_original() -> anyhow::Result<()> {
    let mut site = Site::online(Template::ApexTiming, &[])?;
    site.holds("timing", "alice")?.finish()?;
    let copy = site.backed_up()?;
    site.restored(&copy)?;
    // No new activation, no new document: it is the same daemon.
    site.holds("timing", "alice")?.finish()?;
    site.reports()?;
    assert_eq!(
        site.books()?["activations"].as_array().map(Vec::len),
        Some(1)
    );
    Ok(())
}

#[test]
fn a7_a_restored_copy_that_runs_beside_the_original_is_detected() -> anyhow::Result<()> {
    let mut site = Site::online(Template::ApexTiming, &[])?;
    site.reports()?;
    let copy = site.backed_up()?;
    let (_daemon, twin) = site.twin(&copy)?;
    site.holds("timing", "alice")?.finish()?;
    site.reports()?;
    let refused = twin.octroi(&["report", "send"])?;
    assert_eq!((refused.status, refused.code()), (3, "LEDGER_FORKED"));
    let told = site.reports()?["notes"].to_string();
    assert!(told.contains("two machines run from one copy"), "{told}");
    assert_eq!(
        site.recorded("ForkFound")?.len(),
        1,
        "it is recorded here too"
    );
    let incidents = site.books()?["activations"][0]["incidents"].to_string();
    assert!(incidents.contains("LEDGER_FORKED"), "{incidents}");
    Ok(())
}

#[test]
fn a10_the_version_of_the_order_and_those_supplied_during_the_contract() {
    let fill = [("maintenance.ends", "2027-02-28")];
    let mut contract = Contract::signed(Template::ApexTiming, &fill);
    let mut asks = |version, released| {
        let says = Says {
            version: Some(version),
            released: Some(released),
            unattended: false,
        };
        let mut app = contract.open_saying("alice", &says);
        match contract.ask(&mut app, "timing") {
            Outcome::Granted(_) => None,
            other => Some(refused(other).code),
        }
    };
    assert_eq!(asks("3", "2026-01-15"), None, "the version of the order");
    assert_eq!(asks("4", "2027-02-28"), None, "supplied meanwhile");
    let later = asks("5", "2027-03-01");
    assert_eq!(later, Some(RefusalCode::MaintenanceEnded));
    assert_eq!(
        asks("2", "2025-01-01"),
        Some(RefusalCode::VersionNotCovered)
    );
}
