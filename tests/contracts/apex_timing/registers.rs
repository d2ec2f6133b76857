//! The client's log book of anomalies.

use std::fs;

use octroi_vendor::order::Template;

use crate::stage::Site;

#[test]
fn a13_the_log_book_tells_what_the_daemon_saw_and_what_the_administrator_adds() -> anyhow::Result<()>
{
    let mut site = Site::signed(Template::ApexTiming, &[("features.count", "5")])?;
    site.world.machine.install(&site.edited_licence()?)?;
    let refused = site.runs("no-such-feature", "alice")?.refused()?;
    site.world.kill_daemon()?;
    site.world.start_daemon()?;
    let line = "The timing loop lost its signal from 14:02 to 14:05.";
    let added = site.must(&["logbook", "add", line])?;

    let book = site.logbook()?;
    let of = |event: &str| {
        book.iter()
            .filter(|one| one["event"] == event)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("DocumentRefused").len(), 1, "tampering");
    let refusal = of("CheckoutRefused");
    assert_eq!(refusal.len(), 1, "{}", refused.code);
    let starts: Vec<_> = of("DaemonStarted")
        .iter()
        .map(|one| one["unclean"].clone())
        .collect();
    assert_eq!(starts, [false, true], "restarts, and that it was killed");
    let written = of("LogbookEntered");
    assert_eq!(written[0]["texts"]["text"], line);
    assert_eq!(written[0]["record"], added["record"]);
    assert!(written[0]["by"].is_string(), "with its author");
    assert!(
        !site.ledger_names("timing loop")?,
        "the words lie beside the ledger"
    );
    let numbers: Vec<_> = book
        .iter()
        .filter_map(|one| one["record"].as_u64())
        .collect();
    assert!(numbers.is_sorted());
    let french = site.printed(&["--lang", "fr", "logbook"])?;
    assert!(
        french.contains("un document a été refusé") && french.contains(line),
        "{french}"
    );
    Ok(())
}

#[test]
fn a13_the_log_book_is_exported_with_proof_that_anybody_can_check() -> anyhow::Result<()> {
    let site = Site::signed(Template::ApexTiming, &[("features.count", "5")])?;
    site.must(&["logbook", "add", "Printer 2 replaced."])?;
    let forgotten = site.must(&["logbook", "add", "A word too many."])?;
    site.must(&[
        "logbook",
        "erase",
        &forgotten["record"].to_string(),
        "--yes",
    ])?;
    let line = ["logbook", "export", "--purpose", "yearly meeting"];
    let said = site.writes_out(&line, "book.json")?;
    let book = site.read("book.json")?;
    let proven = book["excerpts"].as_array().map_or(0, Vec::len);
    assert_eq!(said["entries"].as_u64(), u64::try_from(proven).ok());
    assert_eq!(book["confidential"]["purpose"], "yearly meeting");
    assert_eq!(book["confidential"]["record"], said["export_record"]);
    assert_eq!(site.exports()?, ["Logbook"]);

    let file = site.paper("book.json");
    let audited = site.audited_excerpt(&file)?;
    assert_eq!(audited.status, 0, "{}", audited.complaint);
    assert!(
        audited.output.contains("Printer 2 replaced."),
        "{}",
        audited.output
    );
    assert!(!audited.output.contains("A word too many"));

    // Neither a record nor a text of it can be changed.
    let whole = fs::read_to_string(&file)?;
    for (from, to) in [
        ("Printer 2", "Printer 3"),
        ("\"body\": \"0", "\"body\": \"1"),
    ] {
        fs::write(&file, whole.replacen(from, to, 1))?;
        assert_ne!(site.audited_excerpt(&file)?.status, 0, "{from}");
    }
    Ok(())
}
