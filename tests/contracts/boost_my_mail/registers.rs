//! Administrators and users, mailboxes from an export file, and invoices that are contested.

use std::fs;

use octroi_tests::{require, skip::is_root, vendor::text};
use octroi_vendor::order::Template;

use super::FEATURE;
use crate::stage::{
    Site,
    registers::{NOT_ROOT, STRANGER, day, entries},
};

fn signed() -> anyhow::Result<Site> {
    Site::signed(Template::BoostMyMail, &[])
}

#[test]
fn b12_an_invoice_is_contested_with_reasons_and_the_proof_is_made_in_the_same_act()
-> anyhow::Result<()> {
    let site = signed()?;
    site.holds(FEATURE, "alice@example.fr")?.finish()?;
    let granted = site.recorded("SeatGranted")?[0]["seq"].to_string();
    let (number, reasons) = ("F-2026-118", "Three mailboxes were billed, one was used.");
    let until = day(14);
    let about = ["--invoice", number, "--reasons", reasons, "--until", &until];
    let of = ["--licence", site.licence(), "--record", &granted];
    let line = [&["dispute", "open"][..], &about, &of].concat();
    let said = site.writes_out(&line, "dispute.json")?;
    assert_eq!(
        (&said["late"], &said["entries"]),
        (&false.into(), &2.into())
    );

    // The vendor reads what was contested, why, and when, and can check it without the client.
    let audited = site.audited_excerpt(&site.paper("dispute.json"))?;
    assert_eq!(audited.status, 0, "{}", audited.complaint);
    for told in [number, reasons, "InvoiceDisputed", "SeatGranted"] {
        assert!(audited.output.contains(told), "{told}: {}", audited.output);
    }
    let file = site.paper("dispute.json");
    let altered = fs::read_to_string(&file)?.replacen("one was used", "two were used", 1);
    fs::write(&file, altered)?;
    assert_eq!(site.audited_excerpt(&file)?.status, 1);

    assert!(!site.ledger_names(reasons)?);
    let list = entries(&site.must(&["dispute", "list"])?)?;
    assert_eq!(list[0]["texts"]["invoice"], number);
    assert_eq!(list[0]["record"], said["record"]);
    assert_eq!(site.exports()?, ["Excerpt"]);
    Ok(())
}

#[test]
fn b12_after_fifteen_days_it_counts_as_agreed_and_a_dispute_is_marked_late() -> anyhow::Result<()> {
    let site = signed()?;
    let (file, until) = (site.paper("late.json"), day(-1));
    let about = [
        "--invoice",
        "F-7",
        "--reasons",
        "too much",
        "--until",
        &until,
    ];
    let late = site.octroi(&[&["dispute", "open", "-o", text(&file)?][..], &about].concat())?;
    assert_eq!((late.status, &late.json["late"]), (8, &true.into()));
    let recorded = site.recorded("InvoiceDisputed")?;
    assert_eq!(recorded[0]["fields"]["late"], true);
    assert_eq!(site.audited_excerpt(&file)?.status, 0);
    Ok(())
}

#[test]
fn b13_mailboxes_come_from_an_export_file_and_nothing_of_them_leaves_the_machine()
-> anyhow::Result<()> {
    let site = signed()?;
    let (alice, bruno) = ("alice@example.fr", "bruno@example.fr");
    let list = site.paper("directory.csv");
    let sync = |lines: &str| {
        fs::write(&list, lines)?;
        let of = ["--licence", site.licence(), "--feature", FEATURE];
        site.octroi(&[&["users", "sync", text(&list)?][..], &of].concat())
    };
    let both = sync(&format!("{alice}\n{bruno}\n"))?;
    assert_eq!(
        (both.status, &both.json["assigned"]),
        (0, &2.into()),
        "{}",
        both.complaint
    );
    // The program finds the mailbox's own seat and takes no second one.
    site.holds(FEATURE, alice)?.finish()?;
    assert_eq!(site.recorded("UserAssigned")?.len(), 2);
    let left = sync(&format!("{alice}\n"))?;
    assert_eq!((left.status, &left.json["leavers"]), (8, &1.into()));
    let users = site.must(&["users", "list"])?["users"].clone();
    let of_bruno = users
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["user"] == bruno)
        .unwrap();
    assert_eq!(of_bruno["kind"], "account");
    assert_eq!(of_bruno["assignments"][0]["leaver"], true);
    let report = site.printed(&["report", "preview", "--json"])?;
    for name in [alice, bruno] {
        assert!(
            !site.ledger_names(name)? && !report.contains(name),
            "{name}"
        );
    }
    Ok(())
}

#[test]
fn b4_administrators_manage_and_users_only_use() -> anyhow::Result<()> {
    require!(is_root(), NOT_ROOT);
    let site = signed()?;
    let list = site.paper("list");
    fs::write(&list, "alice@example.fr\n")?;
    let (of, file) = (["--licence", site.licence()], text(&list)?);
    let feature = [&of[..], &["--feature", FEATURE]].concat();
    let until = day(3);
    for line in [
        &["status"][..],
        &["seats"],
        &["release", "1"],
        &["users", "list"],
        &["users", "block", "root"],
        &["users", "erase", "root", "--yes"],
        &["users", "export", "root"],
        &[&["users", "sync", file][..], &feature].concat(),
        &["licence", "show"],
        &["why", "--last"],
        &["logbook"],
        &["logbook", "add", "nothing"],
        &[
            "intervention",
            "open",
            "--author",
            "me",
            "--nature",
            "curious",
            "--backed-up",
        ],
        &[
            &["announce", "x", "--size", "1", "--until", &until][..],
            &feature,
        ]
        .concat(),
        &[
            "dispute",
            "open",
            "--invoice",
            "1",
            "--reasons",
            "1",
            "--until",
            &until,
            "-o",
            "/tmp/x",
        ],
        &["report", "preview"],
        &["ledger", "export"],
    ] {
        let refused = site.stranger(line)?;
        assert_eq!(
            refused.status, 7,
            "{line:?}: {} {}",
            refused.output, refused.complaint
        );
    }
    // The same user uses the software.
    let asking = site
        .asking("signatures", "alice@example.fr")?
        .as_user(STRANGER);
    let mut app = octroi_tests::Application::start(&asking, site.world.folder())?;
    // It may not name mailboxes: only callers that the administrator lists may.
    assert_eq!(app.refused()?.code, "CALLER_NOT_LISTED");
    site.holds(FEATURE, "alice@example.fr")?.finish()
}
