//! What installing a document would change is said before, and nothing is changed by asking.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::Context as _;
use octroi_tests::{Application, Order, Said, World, vendor::text, world::seconds_from_now};
use serde_json::Value;

use super::{held, licence_status};

fn dry_run(world: &World, files: &[&Path]) -> anyhow::Result<Said> {
    let mut line = vec!["install", "--dry-run"];
    for file in files {
        line.push(text(file)?);
    }
    world.machine.octroi(&line)
}

/// Every file of the daemon's state by path, the ledger included.
fn state(world: &World) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![world.machine.paths().state()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

/// Longer than the daemon lets records wait for their sync (100 ms) and the sync's own record for the
/// next one: a state that stands so long has nothing more to write. Nothing can be looked at instead,
/// since what is waited for is that nothing happens.
const REST: Duration = Duration::from_millis(400);

/// What the state is once nothing is being written any more: every record on the disk.
fn at_rest(world: &World) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    octroi_tests::soon("the ledger's rest", || {
        let before = state(world)?;
        thread::sleep(REST);
        Ok((state(world)? == before).then_some(before))
    })
}

fn list<'a>(value: &'a Value, pointer: &str) -> anyhow::Result<&'a Vec<Value>> {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .with_context(|| format!("{pointer} is no list in {value}"))
}

#[test]
fn a_smaller_licence_names_who_would_lose_a_seat_and_changes_nothing() -> anyhow::Result<()> {
    let world = World::with(&Order::of(3))?;
    let (first, second) = (world.holder()?, world.holder()?);
    let before = at_rest(&world)?;
    let seats = held(&world)?;
    let digest = world.machine.status()?["realms"][0]["state_digest"].clone();

    let smaller = world.vendor.issue(&Order::of(1).serial(2))?;
    let said = dry_run(&world, &[&smaller.licence])?.ok()?;
    assert_eq!(said["documents"][0]["outcome"], "applied", "{said}");
    let feature = &list(&said, "/changes/features")?[0];
    assert_eq!(
        (&feature["limit_before"], &feature["limit_after"]),
        (&3.into(), &1.into())
    );
    let lost = list(&said, "/changes/seats_lost")?;
    assert_eq!(lost.len(), 1, "{said}");
    assert_eq!(lost[0]["cause"], "SHARE_REDUCED");
    assert_eq!(
        lost[0]["seat"]["pid"],
        second.pid(),
        "the newest goes first"
    );
    let licence = &list(&said, "/changes/licences")?[0];
    assert_eq!(
        (&licence["before"]["serial"], &licence["after"]["serial"]),
        (&1.into(), &2.into())
    );

    assert!(
        at_rest(&world)? == before,
        "a dry run wrote something below {}",
        world.machine.paths().state().display()
    );
    assert_eq!(held(&world)?, seats);
    assert_eq!(world.machine.status()?["realms"][0]["state_digest"], digest);

    // And it was right.
    world.machine.install(&smaller.licence)?.ok()?;
    let left = world.machine.seats()?;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["pid"], first.pid());
    drop(second);
    first.finish()
}

#[test]
fn an_order_to_suspend_says_who_would_lose_and_who_would_wait_in_vain() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let holder = world.holder()?;
    let mut waiting = Application::start(&world.asking().waiting(60_000), world.folder())?;
    waiting.event("waiting")?;
    let suspend = world.vendor.order("suspend", &world.issued.id)?;
    let before = at_rest(&world)?;
    let said = dry_run(&world, &[&suspend])?.ok()?;
    let lost = list(&said, "/changes/seats_lost")?;
    assert_eq!(lost[0]["cause"], "SUSPENDED", "{said}");
    assert_eq!(lost[0]["seat"]["pid"], holder.pid());
    let waiter = &list(&said, "/changes/waiters")?[0];
    assert_eq!(waiter["waiter"]["pid"], waiting.pid());
    assert_eq!(waiter["refusal"]["code"], "SUSPENDED");
    let after = &list(&said, "/changes/licences")?[0]["after"];
    assert_eq!(after["blocked"]["code"], "SUSPENDED");
    assert!(at_rest(&world)? == before);
    assert_eq!(licence_status(&world)?["blocked"], Value::Null);
    holder.finish()
}

#[test]
fn documents_are_tried_out_together_in_their_order() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let suspend = world.vendor.order("suspend", &world.issued.id)?;
    let resume = world.vendor.order("resume", &world.issued.id)?;
    // The second alone has a gap before it.
    let said = dry_run(&world, &[&resume])?.ok()?;
    assert_eq!(said["documents"][0]["outcome"], "pending", "{said}");
    assert!(list(&said, "/changes/features")?.is_empty());
    let said = dry_run(&world, &[&suspend, &resume])?.ok()?;
    assert_eq!(said["documents"][1]["outcome"], "applied", "{said}");
    assert_eq!(
        list(&said, "/changes/licences")?[0]["after"]["blocked"],
        Value::Null
    );
    // What would be refused is refused here, with the same code, and leaves no trace.
    world.machine.install(&suspend)?.ok()?;
    let other = world.vendor.issue(&Order::of(2).licence("licence-0002"))?;
    let before = at_rest(&world)?;
    let old = dry_run(&world, &[&world.issued.licence])?;
    assert_eq!(old.json["documents"][0]["outcome"], "already_installed");
    let new = dry_run(&world, &[&other.licence])?.ok()?;
    assert_eq!(
        list(&new, "/changes/licences")?[0]["before"],
        Value::Null,
        "{new}"
    );
    assert!(at_rest(&world)? == before);
    Ok(())
}

#[test]
fn a_document_that_nobody_trusted_signed_is_told_and_not_recorded() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let stranger = octroi_tests::Vendor::new(world.folder(), "mallory")?;
    let forged = stranger.issue(&Order::of(1_000))?;
    let before = at_rest(&world)?;
    let said = dry_run(&world, &[&forged.licence])?;
    assert_eq!(said.status, 5, "{}", said.json);
    assert_eq!(
        said.json["documents"][0]["problem"]["code"],
        "DOCUMENT_NOT_TRUSTED"
    );
    assert!(
        at_rest(&world)? == before,
        "an attempt by dry run is no evidence"
    );
    Ok(())
}

#[test]
fn an_end_in_the_past_would_take_every_seat() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let holder = world.holder()?;
    let over = seconds_from_now(0)? - 60;
    let ended = world.vendor.issue(&Order::of(2).serial(2).ends_at(over))?;
    let said = dry_run(&world, &[&ended.licence])?.ok()?;
    let lost = list(&said, "/changes/seats_lost")?;
    assert_eq!(lost.len(), 1, "{said}");
    assert_eq!(lost[0]["cause"], "LICENCE_ENDED");
    assert_eq!(
        said["changes"]["licences"][0]["after"]["blocked"]["code"],
        "LICENCE_EXPIRED"
    );
    holder.finish()
}
