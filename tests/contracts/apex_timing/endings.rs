//! Delivery, acceptance, guarantee; what is due after the end.

use octroi_engine::{AcceptedBy, Declaration, Outcome, RefusalCode};
use octroi_licence::EndOfUseChoice;
use octroi_vendor::order::Template;

use super::signed;
use crate::stage::{Site, refused, today};

const FEATURE: &str = "timing";
const FILL: &[(&str, &str)] = &[("features.count", "5")];

#[test]
fn a14_thirty_days_after_the_end_with_a_reminder_a_week_before() {
    let mut contract = signed();
    contract.go_to("2026-11-01 09:00");
    assert_eq!(contract.facts().end_of_use_due, None);
    let end = contract.terminated_today();
    assert_eq!(
        contract.facts().end_of_use_due,
        Some(contract.instant("2026-12-01 09:00"))
    );
    assert_eq!(end, contract.instant("2026-11-01 09:00"));
    contract.go_to("2026-11-24 08:59");
    assert_eq!(contract.recorded("EndOfUseReminded"), 0);
    contract.go_to("2026-11-24 09:00");
    assert_eq!(contract.recorded("EndOfUseReminded"), 1);
    contract.go_to("2026-12-01 09:00");
    assert_eq!(contract.recorded("EndOfUseOverdue"), 1);
    // Nobody but the client chooses, however late.
    assert_eq!(contract.facts().end_of_use, None);
    let returned = Declaration::EndOfUse(EndOfUseChoice::Returned);
    assert_eq!(contract.declares(returned), Outcome::Done);
}

#[test]
fn a14_a_certificate_of_destruction_is_written_and_names_are_forgotten() -> anyhow::Result<()> {
    let site = Site::signed(Template::ApexTiming, FILL)?;
    let certificate = site.removed("destroy", &[])?;
    assert_eq!(certificate.choice, EndOfUseChoice::Destroyed);
    let me = rustix::process::geteuid().as_raw().to_string();
    let held = site.octroi(&["users", "export", &me])?;
    assert_eq!(held.code(), "USER_UNKNOWN");
    Ok(())
}

#[test]
fn a18_defects_are_notified_within_five_days_and_then_silence_accepts() {
    let mut silent = signed();
    // Delivered on 5 March.
    silent.go_to("2026-03-10 23:59");
    assert_eq!(silent.facts().accepted, None);
    silent.go_to("2026-03-12 00:00");
    assert_eq!(silent.facts().accepted, Some(AcceptedBy::Silence));
    let late = silent.declares(Declaration::Reserves { text: None });
    assert_eq!(refused(late).code, RefusalCode::EvaluationOver);
    let mut reserved = signed();
    reserved.go_to("2026-03-10 12:00");
    assert_eq!(
        reserved.declares(Declaration::Reserves { text: None }),
        Outcome::Done
    );
    reserved.go_to("2026-04-01 00:00");
    assert_eq!(reserved.facts().accepted, None);
}

#[test]
fn a18_the_guarantee_of_three_months_is_shown_and_use_accepts() -> anyhow::Result<()> {
    let delivered = today();
    let mut fill = FILL.to_vec();
    fill.push(("term.delivered", &delivered));
    let site = Site::signed(Template::ApexTiming, &fill)?;
    let life = site.status()?["life"].clone();
    assert!(life["guarantee_ends_at"].is_string(), "{life}");
    assert!(life["silence_accepts_at"].is_string(), "{life}");
    site.holds(FEATURE, "alice")?.finish()?;
    assert_eq!(site.status()?["life"]["accepted"], "use");
    Ok(())
}

#[test]
fn a18_the_administrator_records_reserves_then_accepts() -> anyhow::Result<()> {
    let delivered = today();
    let mut fill = FILL.to_vec();
    fill.push(("term.delivered", &delivered));
    let site = Site::signed(Template::ApexTiming, &fill)?;
    let words = "lap times are lost";
    site.must(&["licence", "reserve", site.licence(), "--reason", words])?;
    let life = site.status()?["life"].clone();
    assert_eq!(life["reserves"], true);
    assert!(
        life["silence_accepts_at"].is_null(),
        "silence accepts no more"
    );
    assert_eq!(site.recorded("ReservesRecorded")?.len(), 1);
    let ledger = site.ledger()?;
    assert!(
        !ledger
            .iter()
            .any(|record| record.to_string().contains(words))
    );
    let said = site.must(&["licence", "accept", site.licence()])?;
    assert_eq!(said["unchanged"], false);
    assert_eq!(site.status()?["life"]["accepted"], "word");
    Ok(())
}
