//! Activation by file between two real programs: who may, where, how much, and with what code.

use std::fs;

use octroi_tests::{
    Application, Daemon, Machine, Order, World,
    order::FEATURE,
    raw::{checkout, code_of},
    vendor::{Issued, text},
};
use serde_json::Value;

use super::licence_status;

const NO_USB: &str = "[hardware_key]\nusb = false\n";

/// A second machine of the same client, with its daemon and the same licence installed.
fn second_machine(world: &World, issued: &Issued) -> anyhow::Result<(Daemon, Machine)> {
    let machine = Machine::new(&world.folder().join("n"))?;
    machine.configure(NO_USB)?;
    let daemon = Daemon::start(&machine)?;
    machine.trust(&world.vendor)?;
    machine.install(&issued.licence)?.ok()?;
    Ok((daemon, machine))
}

/// What the vendor's tool answers to a request that it refuses.
fn refused_by_vendor(world: &World, machine: &Machine, issued: &Issued) -> anyhow::Result<Value> {
    let request = world.vendor.paper("request.req");
    machine.request(issued, &request)?.ok()?;
    let answer = world.vendor.paper("answer.crt");
    let said = world
        .vendor
        .tool(&["activate", text(&request)?, "-o", text(&answer)?])?;
    assert_eq!(said.status, 5, "{} {}", said.output, said.complaint);
    assert!(!answer.exists(), "an answer was written all the same");
    Ok(serde_json::from_str(&said.output)?)
}

#[test]
fn nothing_is_granted_before_the_licence_is_activated() -> anyhow::Result<()> {
    let world = World::installed(&Order::of(2), NO_USB)?;
    assert_eq!(licence_status(&world)?["blocked"]["code"], "NOT_ACTIVATED");
    let mut session = world.session()?;
    assert_eq!(
        code_of(&session.ask(checkout(FEATURE, 0))?),
        "NOT_ACTIVATED"
    );
    world.machine.activate(&world.vendor, &world.issued)?;
    assert!(licence_status(&world)?["blocked"].is_null());
    world.session()?.checkout(FEATURE).map(drop)
}

#[test]
fn a_wrong_activation_code_is_refused_and_attempts_are_limited() -> anyhow::Result<()> {
    let world = World::installed(&Order::of(2), NO_USB)?;
    let right = fs::read_to_string(&world.issued.code)?;
    let other = world.vendor.issue(&Order::of(1).licence("licence-0002"))?;
    let wrong = Issued {
        code: other.code,
        ..world.issued.clone()
    };
    for _ in 0..10 {
        let said = refused_by_vendor(&world, &world.machine, &wrong)?;
        assert!(
            said["code"]
                .as_str()
                .is_some_and(|code| code.contains("CODE")),
            "{said}"
        );
    }
    let said = refused_by_vendor(&world, &world.machine, &world.issued)?;
    assert!(
        said["code"]
            .as_str()
            .is_some_and(|code| code.contains("LOCKED")),
        "{said}"
    );
    world
        .vendor
        .must(&["activate", "--unlock", &world.issued.id])?;
    assert_eq!(fs::read_to_string(&world.issued.code)?, right);
    world.machine.activate(&world.vendor, &world.issued)?;
    Ok(())
}

#[test]
fn a_second_machine_gets_what_is_left_and_a_third_nothing() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let (_daemon, machine) = second_machine(&world, &world.issued)?;
    let said = refused_by_vendor(&world, &machine, &world.issued)?;
    assert_eq!(said["code"], "NO_SHARE_LEFT", "{said}");
    // The vendor writes the first machine off: its share is free again.
    let key = world.machine.status()?["realms"][0]["daemon_key"].clone();
    let key = key.as_str().unwrap_or_default().to_owned();
    world
        .vendor
        .must(&["register", "write-off", &world.issued.id, &key])?;
    machine.activate(&world.vendor, &world.issued)?;
    Ok(())
}

#[test]
fn a_certificate_of_another_machine_is_refused() -> anyhow::Result<()> {
    let world = World::installed(&Order::of(2), NO_USB)?;
    let (_daemon, machine) = second_machine(&world, &world.issued)?;
    let request = world.vendor.paper("request.req");
    machine.request(&world.issued, &request)?.ok()?;
    let answer = world.vendor.answer(&request)?;
    let said = world
        .machine
        .octroi(&["activate", "--response", text(&answer)?])?;
    assert_eq!(
        (said.status, said.code()),
        (3, "DOCUMENT_NOT_FOR_THIS_DAEMON"),
        "{}",
        said.complaint
    );
    assert_eq!(licence_status(&world)?["activated"], false);
    machine
        .octroi(&["activate", "--response", text(&answer)?])?
        .ok()
        .map(drop)
}

#[test]
fn the_same_request_gets_the_same_answer() -> anyhow::Result<()> {
    let world = World::installed(&Order::of(2), NO_USB)?;
    let request = world.vendor.paper("request.req");
    world.machine.request(&world.issued, &request)?.ok()?;
    let (first, second) = (
        world.vendor.answer(&request)?,
        world.vendor.answer(&request)?,
    );
    assert_eq!(fs::read(&first)?, fs::read(second)?);
    world
        .machine
        .octroi(&["activate", "--response", text(&first)?])?
        .ok()?;
    let again = world
        .machine
        .octroi(&["activate", "--response", text(&first)?])?
        .ok()?;
    assert_eq!(again["outcome"], "already_installed");
    Ok(())
}

#[test]
fn terms_that_were_not_accepted_are_not_activated() -> anyhow::Result<()> {
    let world = World::installed(&Order::of(2).not_accepted(), NO_USB)?;
    let said = refused_by_vendor(&world, &world.machine, &world.issued)?;
    assert!(
        said["code"]
            .as_str()
            .is_some_and(|code| code.contains("ACCEPTED")),
        "{said}"
    );
    Ok(())
}

#[test]
fn a_site_that_is_not_licensed_is_refused() -> anyhow::Result<()> {
    let order = Order::of(2).site("lyon", 1);
    let world = World::installed(&order, &format!("site = \"geneva\"\n{NO_USB}"))?;
    let request = world.vendor.paper("request.req");
    let said = world.machine.request(&world.issued, &request)?;
    let code = if said.status == 0 {
        refused_by_vendor(&world, &world.machine, &world.issued)?["code"].clone()
    } else {
        said.code().into()
    };
    assert_eq!(code, "SITE_NOT_LICENSED");
    Ok(())
}

#[test]
fn a_further_host_on_a_full_site_is_refused() -> anyhow::Result<()> {
    let order = Order::of(4).site("lyon", 1);
    let world = World::configured(&order, &format!("site = \"lyon\"\n{NO_USB}"))?;
    assert_eq!(licence_status(&world)?["site"], "lyon");
    let machine = Machine::new(&world.folder().join("n"))?;
    machine.configure(&format!("site = \"lyon\"\n{NO_USB}"))?;
    let _daemon = Daemon::start(&machine)?;
    machine.trust(&world.vendor)?;
    machine.install(&world.issued.licence)?.ok()?;
    let said = refused_by_vendor(&world, &machine, &world.issued)?;
    assert_eq!(said["code"], "HOST_NOT_LICENSED", "{said}");
    Ok(())
}

#[test]
fn a_licence_bound_to_the_host_runs_on_the_host_that_was_activated() -> anyhow::Result<()> {
    let world = World::installed(&Order::of(1).bound_to_host(1), NO_USB)?;
    let readable = world.machine.octroi(&["hostid"])?.ok()?;
    let readable = readable["components"].as_array().map_or(0, |components| {
        components
            .iter()
            .filter(|component| component["readable"] == true)
            .count()
    });
    if readable == 0 {
        // This machine shows nothing of itself: that is said, and never a silent 1-of-1.
        let said = refused_by_vendor(&world, &world.machine, &world.issued)?;
        assert_eq!(said["code"], "HOST_IDENTITY_WEAK", "{said}");
        return Ok(());
    }
    world.machine.activate(&world.vendor, &world.issued)?;
    world.holder()?.finish()
}

#[test]
fn more_host_components_than_the_machine_shows_are_refused_as_weak() -> anyhow::Result<()> {
    let world = World::installed(&Order::of(1).bound_to_host(8), NO_USB)?;
    let readable = world.machine.octroi(&["hostid"])?.ok()?;
    let components = readable["components"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if components
        .iter()
        .filter(|component| component["readable"] == true)
        .count()
        >= 8
    {
        return world
            .machine
            .activate(&world.vendor, &world.issued)
            .map(drop);
    }
    let request = world.vendor.paper("request.req");
    let said = world.machine.request(&world.issued, &request)?;
    let code = if said.status == 0 {
        refused_by_vendor(&world, &world.machine, &world.issued)?["code"].clone()
    } else {
        said.code().into()
    };
    assert_eq!(code, "HOST_IDENTITY_WEAK");
    Ok(())
}

#[test]
fn an_application_that_pins_another_root_is_not_served() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let elsewhere = world.folder().join("elsewhere");
    fs::create_dir(&elsewhere)?;
    let other = octroi_tests::Vendor::new(&elsewhere, "other")?;
    let asking =
        octroi_tests::application::Asking::new(&world.socket(), other.root_public_key(), FEATURE);
    let mut application = Application::start(&asking, world.folder())?;
    assert_eq!(application.refused()?.code, "VENDOR_UNKNOWN");
    Ok(())
}
