//! Two vendors on one machine: neither can see, use or link what is the other's.

use std::fs;

use octroi_proto::licensing::v1::client_message::Body as Ask;
use octroi_tests::{
    Application, Order, RawSession, Vendor, World,
    application::Asking,
    order::FEATURE,
    raw::{code_of, opening},
    vendor::text,
};

/// A second vendor's licence for the same product and feature, on the same machine.
fn second_vendor(world: &World, order: &Order) -> anyhow::Result<Vendor> {
    let vendor = Vendor::new(world.folder(), "other")?;
    let issued = vendor.issue(order)?;
    world.machine.trust(&vendor)?;
    world.machine.install(&issued.licence)?.ok()?;
    world.machine.activate(&vendor, &issued)?;
    Ok(vendor)
}

fn asking(world: &World, vendor: &Vendor) -> Asking {
    Asking::new(&world.socket(), vendor.root_public_key(), FEATURE)
}

#[test]
fn seats_of_one_vendor_do_not_count_for_the_other() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let other = second_vendor(&world, &Order::of(1).licence("licence-b"))?;
    let _first = world.holder()?;
    let mut second = Application::start(&asking(&world, &other), world.folder())?;
    second.granted()?;
    for vendor in [&world.vendor, &other] {
        let mut third = Application::start(&asking(&world, vendor), world.folder())?;
        assert_eq!(third.refused()?.code, "SEATS_EXHAUSTED");
    }
    let seats = world.machine.seats()?;
    let mut vendors: Vec<&str> = seats
        .iter()
        .filter_map(|seat| seat["vendor"].as_str())
        .collect();
    vendors.sort_unstable();
    assert_eq!(vendors, ["acme", "other"]);
    Ok(())
}

#[test]
fn the_same_licence_id_of_two_vendors_is_two_licences() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let other = second_vendor(&world, &Order::of(3))?;
    let mut session = RawSession::open(&world.socket(), other.root_public_key())?.0;
    for _ in 0..3 {
        session.checkout(FEATURE)?;
    }
    world.holder()?.finish()
}

#[test]
fn each_vendor_sees_a_daemon_key_and_a_ledger_of_its_own() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    let other = second_vendor(&world, &Order::of(1).licence("licence-b"))?;
    world.holder()?.finish()?;
    let mut second = Application::start(&asking(&world, &other), world.folder())?;
    second.granted()?;
    second.finish()?;
    let status = world.machine.status()?;
    let realms = status["realms"].as_array().cloned().unwrap_or_default();
    assert_eq!(realms.len(), 2);
    assert_ne!(realms[0]["daemon_key"], realms[1]["daemon_key"]);
    world.stop_daemon()?;
    let mut exports = Vec::new();
    for vendor in [&world.vendor, &other] {
        let ledger = world.machine.realm(vendor)?.ledger();
        let mut command =
            world
                .machine
                .command(&["ledger", "export", "--folder", text(&ledger)?])?;
        exports.push(octroi_tests::process::succeed(&mut command)?);
    }
    // The same user, on the same machine, under pseudonyms that nobody can link.
    let users = |export: &str| -> Vec<String> {
        let records = export
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let opened =
            |record: serde_json::Value| Some(record["fields"]["user"].as_str()?.to_owned());
        records.filter_map(opened).collect()
    };
    let (first, second) = (users(&exports[0]), users(&exports[1]));
    assert!(!first.is_empty() && !second.is_empty(), "{exports:?}");
    assert!(
        first.iter().all(|user| !second.contains(user)),
        "{first:?} {second:?}"
    );
    Ok(())
}

#[test]
fn a_vendor_that_is_not_trusted_is_unknown() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let other = Vendor::new(world.folder(), "other")?;
    let issued = other.issue(&Order::of(1))?;
    let said = world.machine.install(&issued.licence)?;
    assert_eq!(said.status, 5, "{}", said.complaint);
    let mut session = RawSession::connect(&world.socket())?;
    session.greet()?;
    let answer = session.ask(Ask::Open(opening(other.root_public_key())?))?;
    assert_eq!(code_of(&answer), "VENDOR_UNKNOWN");
    Ok(())
}

#[test]
fn one_vendors_order_does_not_touch_the_others_licence_of_the_same_id() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let other = second_vendor(&world, &Order::of(1))?;
    let mut holder = world.holder()?;
    let suspension = other.order("suspend", "licence-0001")?;
    world.machine.install(&suspension)?.ok()?;
    let mut refused = Application::start(&asking(&world, &other), world.folder())?;
    assert_eq!(refused.refused()?.code, "SUSPENDED");
    holder.must_live()?;
    holder.finish()?;
    world.holder()?.finish()
}

#[test]
fn trust_under_another_fingerprint_is_refused() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let other = Vendor::new(world.folder(), "other")?;
    let (root, wrong) = (other.root(), "ab".repeat(32));
    let said = world
        .machine
        .octroi(&["vendor", "trust", text(&root)?, "--fingerprint", &wrong])?;
    assert_eq!((said.status, said.code()), (5, "FINGERPRINT_DIFFERS"));
    assert_eq!(
        world.machine.status()?["realms"].as_array().map(Vec::len),
        Some(1)
    );
    Ok(())
}

#[test]
fn another_root_under_the_name_of_a_trusted_vendor_is_refused() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let elsewhere = world.folder().join("elsewhere");
    fs::create_dir(&elsewhere)?;
    let impostor = Vendor::new(&elsewhere, world.vendor.id())?;
    let said = world
        .machine
        .octroi(&["vendor", "trust", "--yes", text(&impostor.root())?])?;
    assert_ne!(said.status, 0, "{}", said.json);
    assert_eq!(
        world.machine.status()?["realms"].as_array().map(Vec::len),
        Some(1)
    );
    world.holder()?.finish()
}
