//! The administrator's acts on users, past refusals and renewal, with a real daemon: each is recorded,
//! and names stay out of the ledger.

use std::{
    fs,
    process::{Command, Stdio},
};

use anyhow::Context as _;
use octroi_tests::{
    Application, Order, World,
    order::FEATURE,
    process::{run, succeed},
    raw::{checkout, code_of},
};
use serde_json::Value;

use super::{held, licence_status};

/// The user who runs the tests, by number: an account that every machine knows.
fn me() -> String {
    rustix::process::geteuid().as_raw().to_string()
}

fn users(world: &World) -> anyhow::Result<Vec<Value>> {
    let said = world.machine.octroi(&["users", "list"])?.ok()?;
    Ok(said["users"].as_array().cloned().unwrap_or_default())
}

fn asked(world: &World) -> anyhow::Result<String> {
    let mut session = world.session()?;
    let answer = session.ask(checkout(FEATURE, 0))?;
    Ok(code_of(&answer).to_owned())
}

fn named() -> Order {
    Order::empty().named_users(FEATURE, 2)
}

#[test]
fn a_blocked_user_loses_the_seat_and_gets_another_once_unblocked() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let mut holder = world.holder()?;
    let block = ["users", "block", &me(), "--reason", "a lost login"];
    let said = world.machine.octroi(&block)?.ok()?;
    assert_eq!(said["unchanged"], false);
    holder.exit()?;
    assert!(held(&world)?.is_empty());
    let mut refused = Application::start(&world.asking(), world.folder())?;
    assert_eq!(refused.refused()?.code, "USER_BLOCKED");
    let list = users(&world)?;
    assert_eq!(list[0]["blocked_by_administrator"], true);
    let again = world.machine.octroi(&block)?.ok()?;
    assert_eq!(again["unchanged"], true);
    world.machine.octroi(&["users", "unblock", &me()])?.ok()?;
    assert!(users(&world)?.is_empty());
    world.holder()?.finish()
}

#[test]
fn a_synced_list_assigns_seats_flags_leavers_and_names_who_has_none() -> anyhow::Result<()> {
    let world = World::with(&named())?;
    let list = world.folder().join("staff.csv");
    let sync = |lines: &str| {
        fs::write(&list, lines)?;
        let path = list.to_string_lossy().into_owned();
        let licence = ["--licence", "licence-0001", "--feature", FEATURE];
        let mut line = vec!["users", "sync", &path];
        line.extend(licence);
        world.machine.octroi(&line)
    };
    let result = |said: &Value, user: &str| {
        let all = said["users"].as_array().cloned().unwrap_or_default();
        let found = all.iter().find(|one| one["user"] == user);
        found.map_or(Value::Null, |one| one["result"].clone())
    };
    let said = sync("root\n54321\n54322\nno-such-account-here\n")?;
    assert_eq!(said.status, 8, "{}", said.complaint);
    assert_eq!(result(&said.json, "root"), "assigned");
    assert_eq!(result(&said.json, "54321"), "assigned");
    assert_eq!(result(&said.json, "54322"), "no_room");
    assert_eq!(result(&said.json, "no-such-account-here"), "unknown");
    let said = sync("54321\n")?;
    assert_eq!(result(&said.json, "54321"), "kept");
    assert_eq!(result(&said.json, "root"), "leaver");
    let list = users(&world)?;
    assert_eq!(list.len(), 2);
    let leaver = list.iter().find(|one| one["user"] == "root");
    assert_eq!(
        leaver.map(|one| &one["assignments"][0]["leaver"]),
        Some(&Value::Bool(true))
    );
    Ok(())
}

#[test]
fn an_erased_user_is_named_nowhere_and_has_the_same_seat_on_coming_back() -> anyhow::Result<()> {
    let mut world = World::with(&named())?;
    world.holder()?.finish()?;
    let reason = "told-by-the-works-council";
    world
        .machine
        .octroi(&["users", "block", &me(), "--reason", reason])?
        .ok()?;
    world.machine.octroi(&["users", "unblock", &me()])?.ok()?;

    let extract = world.machine.octroi(&["users", "export", &me()])?.ok()?;
    assert_eq!(extract["texts"][0]["text"], reason);
    let records = extract["records"].as_array().cloned().unwrap_or_default();
    for event in [
        "SessionOpened",
        "SeatGranted",
        "UserAssigned",
        "UserBlocked",
    ] {
        let found = records.iter().any(|one| one["event"] == event);
        assert!(found, "{event} is not in {records:?}");
    }

    let said = world
        .machine
        .octroi(&["users", "erase", &me(), "--yes"])?
        .ok()?;
    assert_eq!(said["assignments_kept"], 1);
    let list = users(&world)?;
    assert_eq!(list.len(), 1);
    assert_eq!(
        (&list[0]["user"], &list[0]["assignments"][0]["erased"]),
        (&"erased".into(), &true.into())
    );
    let again = world.machine.octroi(&["users", "export", &me()])?;
    // Who erased is an administrator, and was met again by that.
    assert!(again.status == 1 || again.json["texts"] == Value::Array(Vec::new()));
    let identities = world.machine.realm(&world.vendor)?.identities();
    world.stop_daemon()?;
    let bytes = fs::read(identities)?;
    let holds = |text: &str| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(!holds(reason));

    world.start_daemon()?;
    world.holder()?.finish()?;
    assert_eq!(
        users(&world)?[0]["assignments"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(
        users(&world)?.len(),
        1,
        "the seat that stayed is the same user's"
    );
    Ok(())
}

#[test]
fn a_refusal_is_explained_later_with_the_clause_that_the_licence_quotes() -> anyhow::Result<()> {
    let clause = "[[clauses]]\nterm = \"count\"\nfeature = \"solver\"\nclause = \"art. 3.2\"";
    let mut world = World::with(&Order::of(1).with(clause))?;
    let holder = world.holder()?;
    assert_eq!(asked(&world)?, "SEATS_EXHAUSTED");
    world.stop_daemon()?;
    drop(holder);
    world.start_daemon()?;
    let said = world.machine.octroi(&["why", "--last"])?.ok()?;
    let last = &said["refusals"][0];
    assert_eq!(last["refusal"]["code"], "SEATS_EXHAUSTED");
    assert_eq!(last["clause"], "art. 3.2");
    let number = last["record"].to_string();
    let one = world.machine.octroi(&["why", &number])?.ok()?;
    assert_eq!(one["refusals"][0], *last);
    let english = succeed(&mut world.machine.command(&["why", &number])?)?;
    assert!(english.contains("art. 3.2"), "{english}");
    let mut french = world.machine.command(&["--lang", "fr", "why", &number])?;
    let french = succeed(french.stdin(Stdio::null()))?;
    assert!(french.contains("Pourquoi"), "{french}");
    let none = world.machine.octroi(&["why", "1"])?;
    assert_eq!((none.status, none.code()), (1, "NO_SUCH_REFUSAL"));
    Ok(())
}

#[test]
fn no_name_and_no_reason_stands_in_the_ledger() -> anyhow::Result<()> {
    let world = World::with(&named())?;
    let reason = "told-by-the-works-council";
    world
        .machine
        .octroi(&["users", "block", "nobody", "--reason", reason])?
        .ok()?;
    let mut export: Command = world.machine.command(&["ledger", "export"])?;
    let exported = run(&mut export)?.output;
    assert!(exported.contains("UserBlocked"));
    // The first line is no record: it says who exported it, and for whom.
    let (_marked, records) = exported.split_once('\n').context("one line alone")?;
    assert!(!records.contains(reason) && !records.contains("nobody"));
    Ok(())
}

#[test]
fn a_licence_that_does_not_renew_itself_has_nothing_to_give_notice_of() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let said = world.machine.octroi(&["licence", "end", "licence-0001"])?;
    assert_eq!((said.status, said.code()), (3, "NOTHING_TO_RENEW"));
    let shown = world
        .machine
        .octroi(&["licence", "show", "licence-0001"])?
        .ok()?;
    assert_eq!(shown["licences"][0]["life"]["notice"], Value::Null);
    Ok(())
}

#[test]
fn notice_of_non_renewal_is_recorded_where_the_licence_lets_it_be_given_here() -> anyhow::Result<()>
{
    let world = World::with(&Order::of(1).renewing("account-closed"))?;
    let shown = licence_status(&world)?;
    let notice = &shown["life"]["notice"];
    assert_ne!(notice["form"], "letter");
    let said = world
        .machine
        .octroi(&["licence", "end", "licence-0001"])?
        .ok()?;
    assert_eq!(said["ends_at"], notice["ends_at"]);
    let life = licence_status(&world)?["life"].clone();
    assert_eq!(life["non_renewal_ends_at"], said["ends_at"]);
    let ledger = run(&mut world.machine.command(&["ledger", "export"])?)?.output;
    assert!(ledger.contains("NonRenewalRecorded"));
    Ok(())
}

#[test]
fn notice_of_non_renewal_by_letter_is_refused_here_with_the_deadline() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1).renewing("letter"))?;
    let said = world.machine.octroi(&["licence", "end", "licence-0001"])?;
    assert_eq!((said.status, said.code()), (3, "NON_RENEWAL_BY_LETTER"));
    assert!(said.complaint.contains("By letter"), "{}", said.complaint);
    let life = licence_status(&world)?["life"].clone();
    assert_eq!(life["non_renewal_ends_at"], Value::Null);
    Ok(())
}
