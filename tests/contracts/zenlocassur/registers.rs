//! The client's registers: interventions, and what is held about people.

use std::fs;

use octroi_tests::vendor::text;
use octroi_vendor::order::Template;
use serde_json::Value;

use super::FEATURE;
use crate::stage::{Site, registers::entries};

fn signed() -> anyhow::Result<Site> {
    Site::signed(Template::Zenlocassur, &[("features.count", "3")])
}

#[test]
fn z22_the_register_of_interventions_holds_dates_nature_author_and_whether_a_back_up_was_made()
-> anyhow::Result<()> {
    let site = signed()?;
    let (author, nature) = ("Jean Martin", "update of the tariff tables");
    let open = [
        "intervention",
        "open",
        "--author",
        author,
        "--nature",
        nature,
    ];

    // The client backs up first: without a word about it nothing is opened.
    let asked = site.octroi(&open)?;
    assert_eq!(asked.status, 2, "{}", asked.complaint);
    assert!(asked.complaint.contains("back-up"), "{}", asked.complaint);
    assert!(site.recorded("InterventionOpened")?.is_empty());

    let opened = site.must(&[&open[..], &["--backed-up"]].concat())?;
    let number = opened["intervention"].to_string();
    let status = site.world.machine.status()?;
    let standing = &status["realms"][0]["registers"]["interventions"];
    assert_eq!(standing[0]["intervention"].to_string(), number);

    let close = ["intervention", "close", &number, "--result", "done, tested"];
    site.must(&close)?;
    let again = site.octroi(&close)?;
    assert_eq!((again.status, again.code()), (3, "INTERVENTION_NOT_OPEN"));

    let register = entries(&site.must(&["intervention", "list"])?)?;
    assert_eq!(register.len(), 2);
    let (opening, closing) = (&register[0], &register[1]);
    assert_eq!(opening["texts"]["author"], author);
    assert_eq!(opening["texts"]["nature"], nature);
    assert_eq!(opening["fields"]["backed_up"], true);
    assert_eq!(closing["fields"]["opened"].to_string(), number);
    assert_eq!(closing["texts"]["result"], "done, tested");
    assert!(opening["at_ms"].as_i64() <= closing["at_ms"].as_i64());
    assert!(opening["by"].is_string() && closing["by"].is_string());
    Ok(())
}

#[test]
fn z22_the_authors_name_lies_beside_the_chain_and_can_be_erased_without_breaking_it()
-> anyhow::Result<()> {
    let mut site = signed()?;
    let author = "Jean-Baptiste Martin-Lenoir";
    let open = [
        "intervention",
        "open",
        "--author",
        author,
        "--nature",
        "update",
    ];
    let opened = site.must(&[&open[..], &["--backed-up"]].concat())?;
    assert!(!site.ledger_names(author)?);
    let number = opened["intervention"].to_string();
    let erased = site.must(&["logbook", "erase", &number, "--yes"])?;
    assert_eq!(erased["texts"], 2);
    let register = entries(&site.must(&["intervention", "list"])?)?;
    assert_eq!(register[0]["texts"]["author"], Value::Null);
    let again = site.octroi(&["logbook", "erase", "1", "--yes"])?;
    assert_eq!((again.status, again.code()), (1, "NO_TEXTS"));
    assert_eq!(site.must(&["ledger", "verify"])?["ledger_ok"], true);
    assert_eq!(site.recorded("TextErased")?.len(), 1);
    site.world.stop_daemon()?;
    assert!(!site.identities_name(author)?);
    Ok(())
}

#[test]
fn z15_nothing_of_the_vendors_reaches_in_unless_the_client_asks_and_then_it_is_traced()
-> anyhow::Result<()> {
    let mut site = signed()?;
    site.holds(FEATURE, "alice")?.finish()?;
    let pid = site.world.daemon()?.pid();
    assert_eq!(
        listening(pid)?,
        Vec::<String>::new(),
        "nothing listens on a network"
    );

    // What the vendor writes does nothing until the client's administrator takes it.
    let order = site.world.vendor.order("suspend", site.licence())?;
    assert!(site.recorded("OrderInstalled")?.is_empty());
    site.holds(FEATURE, "alice")?.finish()?;
    site.install(&order)?;
    let taken = site.recorded("OrderInstalled")?;
    assert_eq!(taken.len(), 1);
    assert!(
        taken[0].pointer("/fields/actor/Administrator").is_some(),
        "{taken:?}"
    );

    // Nor does anybody of the vendor's come in but by the client's word, which names who asked.
    let open = [
        "intervention",
        "open",
        "--author",
        "the vendor's desk",
        "--nature",
        "look at it",
    ];
    site.must(&[&open[..], &["--without-backup"]].concat())?;
    let opened = site.recorded("InterventionOpened")?;
    assert!(
        opened[0].pointer("/fields/actor/Administrator").is_some(),
        "{opened:?}"
    );
    assert_eq!(opened[0]["fields"]["backed_up"], false);
    Ok(())
}

/// Network sockets of a process that wait for others to connect or send.
fn listening(pid: u32) -> anyhow::Result<Vec<String>> {
    let mut own = Vec::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fd"))? {
        // One that was closed since is no socket of the process.
        let target = entry.and_then(|entry| fs::read_link(entry.path()));
        let target = target.unwrap_or_default().display().to_string();
        let inode = target
            .strip_prefix("socket:[")
            .and_then(|rest| rest.strip_suffix(']'));
        own.extend(inode.map(str::to_owned));
    }
    let mut found = Vec::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        // A machine without the protocol has no table of it.
        let lines = fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for line in lines.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let waits = fields
                .get(3)
                .is_some_and(|state| ["0A", "07"].contains(state));
            let mine = fields
                .get(9)
                .is_some_and(|inode| own.iter().any(|one| one == inode));
            if waits && mine {
                found.push(line.to_owned());
            }
        }
    }
    assert!(!own.is_empty(), "the daemon has its local sockets");
    Ok(found)
}

#[test]
fn z13_accesses_are_logged_under_pseudonyms_and_extracted_or_erased_for_one_person()
-> anyhow::Result<()> {
    let mut site = signed()?;
    let (alice, bruno) = (
        "alice.lefevre@client.example",
        "bruno.mercier@client.example",
    );
    site.holds(FEATURE, alice)?.finish()?;
    site.holds(FEATURE, bruno)?.finish()?;
    assert!(!site.ledger_names(alice)?, "actions stand under pseudonyms");
    assert!(site.recorded("SeatGranted")?.len() >= 2);

    let whom = ["--kind", "end-user"];
    let what_for = ["--purpose", "her request of access"];
    let line = [&["users", "export", alice][..], &whom, &what_for].concat();
    let said = site.writes_out(&line, "alice.json")?;
    assert_eq!(said["file"], text(&site.paper("alice.json"))?);
    let extract = site.read("alice.json")?;
    let records = extract["records"].as_array().cloned().unwrap_or_default();
    assert!(
        records.iter().any(|one| one["event"] == "SeatGranted"),
        "{records:?}"
    );
    assert_eq!(extract["confidential"]["purpose"], "her request of access");
    let of_bruno = site.must(&[&["users", "export", bruno][..], &whom].concat())?;
    assert_ne!(of_bruno["pseudonyms"], extract["pseudonyms"]);
    assert_eq!(site.exports()?, ["User", "User"]);

    let erased = site.must(&[&["users", "erase", alice, "--yes"][..], &whom].concat())?;
    assert_eq!(erased["pseudonyms"], 1);
    assert_eq!(
        erased["assignments_kept"], 1,
        "what is counted stays counted"
    );
    let again = site.octroi(&line)?;
    assert_eq!((again.status, again.code()), (1, "USER_UNKNOWN"));
    assert_eq!(site.must(&["ledger", "verify"])?["ledger_ok"], true);
    site.world.stop_daemon()?;
    assert!(!site.identities_name(alice)?);
    assert!(site.identities_name(bruno)?);
    Ok(())
}
