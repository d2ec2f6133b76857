//! The end of the contract: the client's notice, destruction or a copy.

use std::fs;

use octroi_engine::EndChoice;
use octroi_licence::EndOfUseChoice;
use octroi_vendor::order::Template;

use super::{FEATURE, signed};
use crate::stage::{Site, today};

#[test]
fn b6_the_next_report_tells_the_vendor_that_the_account_is_closed() -> anyhow::Result<()> {
    let starts = today();
    let site = Site::online(Template::BoostMyMail, &[("term.starts", &starts)])?;
    let said = site.must(&["licence", "end", site.licence()])?;
    let day = |at: &serde_json::Value| at.as_str().unwrap_or_default()[..10].to_owned();
    // What is read before is what leaves.
    let preview = site.must(&["report", "preview"])?;
    let declared = &preview["report"]["licences"][0]["declarations"];
    assert_eq!(declared[0]["kind"], "NON_RENEWAL", "{preview}");
    assert_eq!(declared[0]["ends_day"], day(&said["ends_at"]));
    // Neither a restart nor a second report loses it.
    site.must(&["report", "send"])?;
    site.must(&["report", "send"])?;
    let report = &site.books()?["activations"][0]["last_report"];
    assert_eq!(report["number"], 2);
    assert_eq!(report["declarations"][0]["name"], "NON_RENEWAL", "{report}");
    Ok(())
}

#[test]
fn b10_without_a_choice_within_thirty_days_it_is_destruction() {
    let mut contract = signed();
    contract.go_to("2026-11-01 09:00");
    contract.terminated_today();
    contract.go_to("2026-11-24 09:00");
    assert_eq!(contract.recorded("EndOfUseReminded"), 1);
    assert_eq!(contract.facts().end_of_use, None);
    contract.go_to("2026-12-01 09:00");
    assert_eq!(contract.facts().end_of_use, Some(EndChoice::Destroyed));
}

#[test]
fn b10_a_copy_is_written_then_names_are_erased_and_the_end_is_certified_and_reported()
-> anyhow::Result<()> {
    let starts = today();
    let site = Site::online(Template::BoostMyMail, &[("term.starts", &starts)])?;
    site.holds(FEATURE, "alice@example.com")?.finish()?;
    let copy = site.world.folder().join("last-back-up.jsonl");
    let copy_text = copy.to_string_lossy().into_owned();
    let certificate = site.removed("copy", &["--copy", &copy_text])?;
    assert_eq!(certificate.choice, EndOfUseChoice::BackupHandedOver);
    assert!(fs::read_to_string(&copy)?.contains("SeatGranted"));
    let me = rustix::process::geteuid().as_raw().to_string();
    assert_eq!(
        site.octroi(&["users", "export", &me])?.code(),
        "USER_UNKNOWN"
    );
    let said = site.must(&["report", "send"])?;
    assert!(said["notes"].to_string().contains("USE_ENDED"), "{said}");
    let activation = &site.books()?["activations"][0];
    let ended = &activation["last_report"]["end_of_use"];
    assert_eq!(ended["digest"], certificate.digest().to_string());
    assert!(
        ended["document"]
            .as_str()
            .is_some_and(|text| text.contains("BEGIN"))
    );
    assert_eq!(
        activation["written_off"], true,
        "its share is free for others"
    );
    Ok(())
}
