//! What the vendor announces, and moves to another workstation, between the real programs.

use octroi_tests::{Application, Said};
use octroi_vendor::order::Template;
use serde_json::json;

use crate::stage::Site;

/// A day long over.
const OVER: &str = "2026-01-31";

#[test]
fn a8_the_third_move_of_a_year_to_another_workstation_is_granted_and_billed() -> anyhow::Result<()>
{
    let site = Site::online(Template::ApexTiming, &[("features.count", "5")])?;
    let mut said = json!(null);
    for name in ["second", "third", "fourth"] {
        said = moved(&site, name)?.ok()?["rehosts"].clone();
    }
    assert_eq!(
        (&said["per_year"], &said["used"], &said["remaining"]),
        (&json!(2), &json!(3), &json!(0))
    );
    assert_eq!(
        (&said["rehosted"], &said["billed"]),
        (&json!(true), &json!(true))
    );
    let register = site.books()?["rehosts"].clone();
    assert_eq!(register["used_this_year"], 3, "{register}");
    let billed: Vec<_> = register["moves"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one["billed"].clone())
        .collect();
    assert_eq!(
        billed,
        [json!(false), json!(false), json!(true)],
        "included twice a year"
    );
    Ok(())
}

#[test]
fn a8_where_the_licence_refuses_them_there_is_no_third_move() -> anyhow::Result<()> {
    let fill = [("features.count", "5")];
    let refuse = Some(("over = \"bill\"", "over = \"refuse\""));
    let site = Site::served_otherwise(Template::ApexTiming, &fill, 0, refuse)?;
    site.sold()?;
    site.activated_online()?.ok()?;
    for name in ["second", "third"] {
        moved(&site, name)?.ok()?;
    }
    let refused = moved(&site, "fourth")?;
    assert_eq!((refused.status, refused.code()), (3, "REHOSTS_USED_UP"));
    assert_eq!(site.books()?["rehosts"]["used_this_year"], 2);
    Ok(())
}

/// The vendor writes the workstation that served last off; a new one takes its place.
fn moved(site: &Site, name: &str) -> anyhow::Result<Said> {
    let books = site.books()?;
    let activations = books["activations"].as_array().cloned().unwrap_or_default();
    for one in activations.iter().filter(|one| one["written_off"] == false) {
        let daemon = one["daemon_key"].as_str().unwrap_or_default();
        site.server()?
            .must(&["write-off", site.licence(), "--daemon", daemon])?;
    }
    let (_daemon, machine) = site.further(name)?;
    site.activated_on(&machine, &["--online"])
}

#[test]
fn a17_new_versions_are_announced_with_the_reports_answer_and_shown() -> anyhow::Result<()> {
    let site = Site::online(Template::ApexTiming, &[])?;
    let text = "Version 4 brings the new timing loop.";
    let line = ["announce", "release", text, "--version", "4"];
    site.server()?.must(&line)?;
    let said = site.reports()?;
    assert_eq!(said["announcements"][0]["text"], text, "{said}");
    let listed = site.must(&["announcement", "list"])?;
    let one = &listed["announcements"][0];
    assert_eq!((&one["text"], &one["version"]), (&json!(text), &json!("4")));
    assert_eq!(one["answerable"], false, "a release cannot be refused");
    assert_eq!(site.status()?["releases"]["latest"], "4");
    Ok(())
}

#[test]
fn a21_versions_older_than_one_to_install_are_counted_reported_and_shown_not_refused()
-> anyhow::Result<()> {
    let site = Site::online(Template::ApexTiming, &[("features.count", "5")])?;
    let line = [
        "announce",
        "release",
        "Install version 4.",
        "--version",
        "4",
        "--due",
        OVER,
    ];
    site.server()?.must(&line)?;
    site.reports()?;
    for version in ["3.9", "4"] {
        let asking = site.asking("timing", "alice")?.with_version(version);
        let mut application = Application::start(&asking, site.world.folder())?;
        application.granted()?;
        if version == "3.9" {
            let releases = site.status()?["releases"].clone();
            assert_eq!(releases["out_of_maintenance_below"], "4", "{releases}");
            assert_eq!(releases["outdated_seats"], 1);
            let shown = site.printed(&["status"])?;
            assert!(
                shown.contains("Out of maintenance: versions before 4"),
                "{shown}"
            );
        }
        application.finish()?;
    }
    assert_eq!(site.recorded("OutdatedVersionServed")?.len(), 1);
    site.reports()?;
    let report = site.books()?["activations"][0]["last_report"].clone();
    let features = report["features"].as_array().cloned().unwrap_or_default();
    let timing = features.iter().find(|one| one["feature"] == "timing");
    let outdated = timing.map(|one| one["outdated"]["at_most"].clone());
    assert!(
        outdated.is_some_and(|most| most.as_u64() > Some(0)),
        "{report}"
    );
    Ok(())
}
