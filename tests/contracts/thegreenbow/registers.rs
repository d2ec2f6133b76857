//! What is confidential: terms, diagnostics, and whatever is written out.

use std::{fs, os::unix::fs::PermissionsExt as _};

use octroi_tests::{require, skip::is_root};
use octroi_vendor::order::Template;
use serde_json::Value;

use super::{FEATURE, FILL};
use crate::stage::{
    Site,
    registers::{NOT_ROOT, me},
};

#[test]
fn t19_whatever_is_exported_is_recorded_with_its_actor_and_the_file_is_marked() -> anyhow::Result<()>
{
    let site = Site::signed(Template::TheGreenBow, FILL)?;
    site.holds(FEATURE, "alice")?.finish()?;
    let purpose = ["--purpose", "our auditor's visit"];
    let mut marks = Vec::new();
    for (line, name) in [
        (&["ledger", "export"][..], "ledger.jsonl"),
        (&["ledger", "export", "--excerpt", "1"], "one.json"),
        (&["users", "export", &me()], "user.json"),
        (&["logbook", "export"], "book.json"),
    ] {
        site.writes_out(&[line, &purpose].concat(), name)?;
        let file = site.paper(name);
        let mode = file.metadata()?.permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name} is for its owner alone");
        let text = fs::read_to_string(&file)?;
        let first = text.lines().next().unwrap_or_default();
        let whole: Value = serde_json::from_str(&text).or_else(|_| serde_json::from_str(first))?;
        let mark = &whole["confidential"];
        assert!(
            mark["notice"]
                .as_str()
                .is_some_and(|notice| notice.starts_with("confidential"))
        );
        assert_eq!(mark["purpose"], "our auditor's visit", "{name}");
        assert!(mark["exported_by"].is_string() && mark["exported_at"].is_string());
        marks.push(mark["record"].clone());
    }
    assert_eq!(site.exports()?, ["Ledger", "Excerpt", "User", "Logbook"]);
    let recorded = site.recorded("Exported")?;
    let numbers: Vec<Value> = recorded.iter().map(|one| one["seq"].clone()).collect();
    assert_eq!(marks, numbers, "each mark names the record of its export");
    assert!(
        !site.ledger_names("our auditor's visit")?,
        "what for lies beside the ledger"
    );
    Ok(())
}

#[test]
fn t19_an_export_that_no_daemon_recorded_says_so() -> anyhow::Result<()> {
    let mut site = Site::signed(Template::TheGreenBow, FILL)?;
    site.world.stop_daemon()?;
    let said = site.writes_out(&["ledger", "export"], "ledger.jsonl")?;
    assert_eq!(said["export_record"], Value::Null);
    let text = fs::read_to_string(site.paper("ledger.jsonl"))?;
    let mark: Value = serde_json::from_str(text.lines().next().unwrap_or_default())?;
    assert_eq!(mark["confidential"]["record"], Value::Null);
    assert!(mark["confidential"]["exported_by"].is_string());
    Ok(())
}

#[test]
fn t19_terms_are_read_by_administrators_only() -> anyhow::Result<()> {
    require!(is_root(), NOT_ROOT);
    let site = Site::signed(Template::TheGreenBow, FILL)?;
    assert!(site.must(&["licence", "show"])?["licences"].is_array());
    for line in [&["licence", "show"][..], &["status"], &["ledger", "export"]] {
        let refused = site.stranger(line)?;
        assert_eq!(refused.status, 7, "{line:?}: {}", refused.complaint);
        assert!(
            !refused.output.contains(site.licence()),
            "{}",
            refused.output
        );
    }
    // Nor in the files: the realm's folder lets nobody else in.
    let realm = site.ledger_folder()?;
    let realm = realm.parent().unwrap();
    let mode = realm.metadata()?.permissions().mode() & 0o077;
    assert_eq!(mode, 0, "{}", realm.display());
    Ok(())
}

#[test]
fn t12_only_administrators_reach_what_diagnoses_the_software() -> anyhow::Result<()> {
    require!(is_root(), NOT_ROOT);
    let site = Site::signed(Template::TheGreenBow, FILL)?;
    let whole = site
        .printed(&["doctor", "--json", "--offline"])
        .or_else(|_| {
            // It exits with 8 or 9 where a test's machine is not a client's.
            Ok::<_, anyhow::Error>(site.octroi(&["doctor", "--offline"])?.json.to_string())
        })?;
    assert!(
        whole.contains(site.licence()),
        "an administrator reads of the licence: {whole}"
    );
    let theirs = site.stranger(&["doctor", "--offline"])?;
    assert_ne!(theirs.status, 0);
    assert!(!theirs.output.contains(site.licence()), "{}", theirs.output);
    for line in [&["why", "--last"][..], &["logbook"], &["hostid"]] {
        assert_eq!(site.stranger(line)?.status, 7, "{line:?}");
    }
    Ok(())
}
