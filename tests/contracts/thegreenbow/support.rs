//! What comes with maintenance: updates, and the vendor's support.

use std::fs;

use octroi_vendor::order::Template;
use serde_json::{Value, json};

use super::{FEATURE, FILL};
use crate::stage::Site;

#[test]
fn t18_updates_of_the_contract_year_are_counted_and_shown_to_both_sides() -> anyhow::Result<()> {
    let site = Site::online(Template::TheGreenBow, FILL)?;
    for version in ["7.1", "7.2", "7.2"] {
        let line = ["announce", "release", "An update.", "--version", version];
        site.server()?.must(&line)?;
    }
    let other = [
        "announce",
        "release",
        "Another.",
        "--version",
        "9",
        "--product",
        "another",
    ];
    site.server()?.must(&other)?;
    site.reports()?;
    let releases = site.status()?["releases"].clone();
    assert_eq!(
        (&releases["this_contract_year"], &releases["latest"]),
        (&json!(2), &json!("7.2")),
        "each version once, of this product"
    );
    assert_eq!(site.books()?["releases"]["this_year"], 2);
    let shown = site.printed(&["licence", "show"])?;
    assert!(shown.contains("Releases this contract year"), "{shown}");
    Ok(())
}

#[test]
fn t15_a_bundle_for_support_is_reviewed_redacted_written_by_administrators_and_recorded()
-> anyhow::Result<()> {
    let site = Site::online(Template::TheGreenBow, FILL)?;
    let holder = site.holds(FEATURE, "alice")?;
    let described = [
        "--description",
        "The tunnel of 192.0.2.7 drops; ask bob@example.com.",
    ];
    let preview = site.must(&[&["diagnose", "--preview"], &described[..]].concat())?;
    assert_eq!(preview["recorded"], false);
    assert_eq!(site.recorded("DiagnosisWritten")?.len(), 0);

    let folder = site.paper("bundle");
    let place = folder.display().to_string();
    let said = site.must(&[&["diagnose", "--output", &place], &described[..]].concat())?;
    assert_eq!(
        said["files"], preview["files"],
        "what was reviewed is what is written"
    );
    let text = |name: &str| fs::read_to_string(folder.join(name));
    let manifest: Value = serde_json::from_str(&text("manifest.json")?)?;
    assert_eq!(manifest["confidential"], true);
    assert_eq!(
        text("description.txt")?,
        "The tunnel of host-1 drops; ask user-1.\n",
        "redacted by default"
    );
    let parties: Value = serde_json::from_str(&text("third-party.json")?)?;
    let libraries = parties["product_built_from"].as_array().map_or(0, Vec::len);
    assert!(libraries > 50, "{libraries}");
    assert!(text("logs/ledger.jsonl")?.contains("SeatGranted"));
    let checks: Value = serde_json::from_str(&text("doctor.json")?)?;
    let checked = checks.as_array().cloned().unwrap_or_default();
    assert!(
        checked.iter().any(|one| one["check"] == "ledger_chain"),
        "{checks}"
    );
    assert!(text("configuration/octroid.toml").is_ok());
    let seats = text("seats.json")?;
    assert!(
        seats.contains("user-") && seats.contains(FEATURE),
        "{seats}"
    );

    let recorded = site.recorded("DiagnosisWritten")?;
    assert_eq!(recorded.len(), 1);
    let fields = &recorded[0]["fields"];
    assert_ne!(fields["actor"], "Daemon", "with its actor");
    assert_eq!(
        (&fields["users"], &fields["hosts"], &fields["paths"]),
        (&json!(false), &json!(false), &json!(false))
    );
    let unknown = site.octroi(
        &[
            &[
                "diagnose",
                "--output",
                &format!("{place}-2"),
                "--severity",
                "no-such",
            ],
            &described[..],
        ]
        .concat(),
    )?;
    assert_ne!(
        unknown.status, 0,
        "a severity that the licence does not know"
    );
    assert!(!site.paper("bundle-2").exists(), "and nothing was written");
    holder.finish()
}
