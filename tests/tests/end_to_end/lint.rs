//! `octroi lint` with real documents, with the daemon and without.

use anyhow::Context as _;
use octroi_tests::{Order, Said, Vendor, World, vendor::text, world::seconds_from_now};
use serde_json::Value;

fn codes(said: &Said, file: usize) -> anyhow::Result<Vec<String>> {
    let findings = said.json[file]["findings"].as_array();
    let findings = findings.with_context(|| format!("no findings in {}", said.json))?;
    let code = |one: &Value| one["code"].as_str().map(str::to_owned);
    findings
        .iter()
        .map(|one| code(one).context("a finding has a code"))
        .collect()
}

#[test]
fn a_renewal_is_sound_and_what_is_installed_is_known() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(2))?;
    let next = world.vendor.issue(&Order::of(3).serial(2))?;
    let line = ["lint", text(&next.licence)?, text(&world.issued.licence)?];
    let said = world.machine.octroi(&line)?;
    assert_eq!(said.status, 0, "{}", said.json);
    assert!(codes(&said, 0)?.is_empty(), "{}", said.json);
    assert_eq!(said.json[0]["verified"], true);
    assert_eq!(codes(&said, 1)?, ["ALREADY_INSTALLED"]);
    // The root in the realm's folder serves where no daemon runs.
    world.stop_daemon()?;
    let said = world.machine.octroi(&["lint", text(&next.licence)?])?;
    assert_eq!((said.status, &said.json[0]["verified"]), (0, &true.into()));
    Ok(())
}

#[test]
fn seats_that_would_be_lost_ends_and_strangers_are_told() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let (one, two) = (world.holder()?, world.holder()?);
    let soon = Order::of(1).serial(2).ends_at(seconds_from_now(86_400)?);
    let smaller = world.vendor.issue(&soon)?;
    let stranger = Vendor::new(world.folder(), "mallory")?.issue(&Order::of(9))?;
    let line = ["lint", text(&smaller.licence)?, text(&stranger.licence)?];
    let said = world.machine.octroi(&line)?;
    assert_eq!(said.status, 9, "{}", said.json);
    let found = codes(&said, 0)?;
    for code in ["ENDS_SOON", "TAKES_SEATS"] {
        assert!(found.iter().any(|one| one == code), "{code} in {found:?}");
    }
    assert_eq!(codes(&said, 1)?, ["DOCUMENT_NOT_TRUSTED"]);
    let root = world
        .machine
        .octroi(&["lint", text(&world.vendor.root())?])?;
    assert_eq!(
        (root.status, codes(&root, 0)?.len()),
        (0, 0),
        "{}",
        root.json
    );
    drop(two);
    one.finish()
}
