//! Each environment apart from the others.

use octroi_tests::{Application, Vendor, application::Asking};
use octroi_vendor::order::Template;

use super::FEATURE;
use crate::stage::{Site, order};

#[test]
fn b5_two_vendors_in_one_daemon_cannot_see_one_another() -> anyhow::Result<()> {
    let site = Site::signed(Template::BoostMyMail, &[("features.count", "1")])?;
    let world = &site.world;
    let other = Vendor::new(world.folder(), "apex-timing")?;
    let text = order::filled(Template::ApexTiming, &[]);
    let text = text.replace(
        "host_components_required = 3",
        "host_components_required = 1",
    );
    let issued = other.issue_text(&text, "client-0001")?;
    world.machine.trust(&other)?;
    world.machine.install(&issued.licence)?.ok()?;

    let _holder = site.holds(FEATURE, "alice@example.fr")?;
    let realms = world.machine.status()?["realms"].clone();
    assert_eq!(realms.as_array().map(Vec::len), Some(2));
    assert_ne!(realms[0]["daemon_key"], realms[1]["daemon_key"]);

    // Same licence id, same machine: the other vendor's program finds nothing of it.
    let asking = Asking::new(&site.world.socket(), other.root_public_key(), FEATURE)
        .of_product("signatures")
        .with(&["--declared-account", "alice@example.fr"]);
    let mut stranger = Application::start(&asking, world.folder())?;
    assert_eq!(stranger.refused()?.code, "FEATURE_NOT_LICENSED");
    let ledger = world.machine.realm(&other)?.ledger();
    let ledger = octroi_tests::vendor::text(&ledger)?;
    let records = site.printed(&["ledger", "export", "--folder", ledger])?;
    assert!(records.contains("CheckoutRefused") && !records.contains("SeatGranted"));
    let own: Vec<_> = site.recorded("SessionOpened")?;
    let user = own[0]["fields"]["user"].as_str().unwrap();
    assert!(!records.contains(user), "one person, two pseudonyms");
    Ok(())
}
