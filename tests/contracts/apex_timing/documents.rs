//! Supplementary orders and the escrow agent's release.

use std::time::{Duration, Instant};

use octroi::{Client, Event};
use octroi_engine::Outcome;
use octroi_tests::{server_clock::ByAnotherClock, until, vendor::text, world::seconds_from_now};
use octroi_vendor::{LicenceOrder, order::Template};

use crate::stage::{Contract, Site, order};

const DAY_S: i64 = 86_400;
/// The module that the supplementary order adds.
const KARAOKE: &str = "\n[[features]]\nname = \"karaoke\"\nmetric = \"concurrent\"\n\
                       grouping = \"checkout\"\ncount = 2\n\n[server]\n";

#[test]
fn a5_a_module_more_takes_effect_without_restarting_applications() -> anyhow::Result<()> {
    let mut site = Site::signed(Template::ApexTiming, &[])?;
    let client = Client::builder(site.world.vendor.root_public_key())
        .product(site.product()?)
        .version("3")
        .released_at(octroi_licence::CivilSeconds(1_768_435_200))
        .socket(site.world.socket())
        .build()?;
    let session = client.open()?;
    let mut events = session.events();
    let timing = session.checkout("timing")?;
    let refused = session.checkout("karaoke").unwrap_err();
    assert_eq!(refused.code(), "FEATURE_NOT_LICENSED");

    let paper = site.amended("\n[server]\n", KARAOKE, &[])?;
    let said = site.install(&paper)?;
    assert_eq!(said["documents"][0]["outcome"], "applied", "{said}");
    let changed = std::iter::from_fn(|| events.next_within(Duration::from_secs(10)))
        .any(|event| matches!(event, Event::DocumentsChanged { .. }));
    assert!(changed, "the application hears of it");
    assert!(timing.is_valid());

    // The module's share comes with the next activation; the same process uses it at once.
    site.activated_by_file()?;
    let karaoke = session.checkout("karaoke")?;
    assert!(timing.is_valid() && karaoke.is_valid());
    karaoke.release().wait()?;
    timing.release().wait()?;
    session.close()?;
    Ok(())
}

/// The year becomes perpetual, without renewal.
fn perpetual(order: &str) -> String {
    let order = order::with(order, "length = \"1 year\"", "perpetual = true");
    let renewal = order.find("\n[renewal]\n").unwrap()..order.find("\n[price]\n").unwrap();
    order.replace(&order[renewal], "")
}

#[test]
fn a19_a_fixed_term_becomes_perpetual_by_amendment_once_one_site_remains() {
    let one = order::filled(Template::ApexTiming, &[]);
    let two = format!("{one}\n[[sites]]\nid = \"site-2\"\ncountry = \"FR\"\n");
    let mut contract = Contract::of(&two);
    let mut app = contract.open("alice");
    contract.seat(&mut app, "timing");
    let mistakes = LicenceOrder::check(&perpetual(&two), contract.today()).unwrap_err();
    assert!(
        format!("{mistakes:?}").contains("perpetual"),
        "{mistakes:?}"
    );
    let before = contract.engine.licences()[0].term.ends_at;
    assert!(before.is_some());

    let (outcome, digest) = contract.amend(&perpetual(&one), Some("2026-06-01 00:00"));
    assert_eq!(outcome, Outcome::Installed);
    let shown = contract.engine.licences()[0].amendments[0].clone();
    assert_eq!(
        shown.effective_at,
        Some(contract.instant("2026-06-01 00:00"))
    );
    assert!(!shown.amendment.changes.is_empty());
    contract.go_to("2026-05-31 23:59");
    assert_eq!(contract.engine.licences()[0].term.ends_at, before);
    contract.restart();
    contract.go_to("2026-06-01 00:00");
    let view = contract.engine.licences()[0].clone();
    assert_eq!((view.term.ends_at, view.digest), (None, digest));
    contract.go_to("2031-03-01 09:00");
    assert!(contract.would_grant("alice", "timing"));
}

#[test]
fn a16_the_escrow_agents_release_keeps_the_licence_alive_without_the_vendors_server()
-> anyhow::Result<()> {
    let folder = octroi_tests::world::short_folder()?;
    let key = folder.path().join("escrow.key");
    let tool = octroi_tests::Vendor::new(folder.path(), "agent")?;
    let made = tool.must(&["keys", "escrow", "-o", text(&key)?, "--insecure-plaintext"])?;
    let public = format!("{}", made["public_key"]);
    let fill = [("escrow.key", public.as_str())];
    let mut site = Site::served_since(Template::ApexTiming, &fill, 100)?;
    site.sold()?;
    // Certified almost 90 days ago, when the vendor was last heard of: thirty days between reports and
    // sixty of grace.
    site.server.as_mut().unwrap().stop()?;
    let then = ByAnotherClock::serve(site.server()?, -90 * DAY_S + 20)?;
    site.activated_online()?.ok()?;
    drop(then);
    let mut holder = site.holds("timing", "alice")?;
    let ends_at = site.status()?["certificate_ends_at_s"].as_i64().unwrap();

    let licence = site.world.issued.licence.clone();
    let root = site.world.vendor.root();
    let release = folder.path().join("release.rel");
    let line = [
        "escrow-release",
        text(&licence)?,
        "--root",
        text(&root)?,
        "--key",
        text(&key)?,
        "--case",
        "liquidation",
        "-o",
        text(&release)?,
    ];
    tool.must(&line)?;
    let dry = site.must(&["install", "--dry-run", text(&release)?])?;
    assert_eq!(dry["documents"][0]["outcome"], "applied", "{dry}");
    let said = site.install(&release)?;
    assert_eq!(said["documents"][0]["outcome"], "applied", "{said}");
    assert_eq!(said["documents"][0]["kind"], "escrow-release");
    assert_eq!(site.status()?["life"]["escrow_released"], true);

    let patience = Instant::now() + Duration::from_mins(1);
    until(patience, "the end of the certificate", || {
        Ok((seconds_from_now(0)? > ends_at).then_some(()))
    })?;
    // Nobody is told to report to a server that is gone, and everybody goes on.
    let status = site.world.machine.status()?;
    assert!(
        !status["warnings"].to_string().contains("report"),
        "{status}"
    );
    assert!(
        status["realms"][0]["licences"][0]["blocked"].is_null(),
        "{status}"
    );
    holder.must_live()?;
    holder.finish()?;
    site.holds("timing", "alice")?.finish()?;
    site.world.kill_daemon()?;
    site.world.start_daemon()?;
    site.holds("timing", "alice")?.finish()?;
    assert_eq!(site.recorded("EscrowReleased")?.len(), 1);
    Ok(())
}

#[test]
fn a16_a_release_by_another_key_or_of_a_licence_that_is_not_here_is_refused() -> anyhow::Result<()>
{
    let site = Site::signed(Template::ApexTiming, &[])?;
    let folder = octroi_tests::world::short_folder()?;
    let agent = octroi_tests::Vendor::new(folder.path(), "agent")?;
    let key = folder.path().join("escrow.key");
    let made = agent.must(&["keys", "escrow", "-o", text(&key)?, "--insecure-plaintext"])?;
    let public = format!("{}", made["public_key"]);
    // Another licence, which names this agent.
    let other = Site::signed(
        Template::ApexTiming,
        &[("escrow.key", &public), ("licence.id", "\"client-0002\"")],
    )?;
    let release = folder.path().join("release.rel");
    let other_root = other.world.vendor.root();
    let line = [
        "escrow-release",
        text(&other.world.issued.licence)?,
        "--root",
        text(&other_root)?,
        "--key",
        text(&key)?,
        "--case",
        "activity-ended",
        "-o",
        text(&release)?,
    ];
    agent.must(&line)?;
    let refused = site.world.machine.install(&release)?;
    assert_eq!((refused.status, refused.code()), (3, "LICENCE_UNKNOWN"));
    // The same licence's name, of another vendor who names another agent.
    let namesake = Site::signed(Template::ApexTiming, &[("escrow.key", &public)])?;
    let forged = folder.path().join("forged.rel");
    let licence = namesake.world.issued.licence.clone();
    let root = namesake.world.vendor.root();
    let mut line = line;
    line[1] = text(&licence)?;
    line[3] = text(&root)?;
    line[9] = text(&forged)?;
    agent.must(&line)?;
    let refused = site.world.machine.install(&forged)?;
    assert_eq!(refused.status, 5, "{}", refused.json);
    assert_eq!(site.status()?["life"]["escrow_released"], false);
    Ok(())
}
