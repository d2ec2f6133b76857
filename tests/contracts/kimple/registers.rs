//! Announced operations and blocked accounts, by the administrator's own tool.

use octroi_vendor::order::Template;
use serde_json::Value;

use super::FEATURE;
use crate::stage::{
    Site,
    registers::{day, entries},
};

fn operation(site: &Site, name: &str) -> anyhow::Result<Value> {
    let status = site.world.machine.status()?;
    let operations = status["realms"][0]["registers"]["operations"]
        .as_array()
        .cloned();
    let found = operations
        .into_iter()
        .flatten()
        .find(|one| one["operation"] == name);
    Ok(found.unwrap_or_default())
}

#[test]
fn k4_an_operation_is_announced_with_its_size_and_date_and_listed_in_the_status()
-> anyhow::Result<()> {
    let site = Site::signed(Template::Kimple, &[])?;
    let feature = ["--licence", site.licence(), "--feature", "participants"];
    let until = day(30);
    let sized = ["--size", "80000", "--until", &until];
    site.must(&[&["announce", "summer draw"][..], &feature, &sized].concat())?;
    let announced = operation(&site, "summer draw")?;
    assert_eq!(
        (&announced["announced"], &announced["used"]),
        (&80_000.into(), &0.into())
    );

    site.consumes("participants", "summer draw", 70_000)?;
    assert!(site.recorded("OperationUnannounced")?.is_empty());
    site.consumes("participants", "autumn draw", 60_000)?;
    assert_eq!(site.recorded("OperationUnannounced")?.len(), 1);
    assert_eq!(operation(&site, "summer draw")?["used"], 70_000);
    assert_eq!(operation(&site, "autumn draw")?["unannounced"], true);

    let book = site.logbook()?;
    let of = |event: &str| book.iter().find(|one| one["event"] == event).cloned();
    let announcement = of("OperationAnnounced").unwrap();
    assert_eq!(announcement["texts"]["operation"], "summer draw");
    assert!(announcement["by"].is_string());
    assert_eq!(
        of("OperationUnannounced").unwrap()["texts"]["operation"],
        "autumn draw"
    );
    assert!(!site.ledger_names("summer draw")?);

    // What passed in time was told; what is over cannot be announced, nor what the licence has not.
    let past = day(-2);
    let late = [
        &["announce", "spring draw"][..],
        &feature,
        &["--size", "9", "--until", &past],
    ];
    assert_eq!(site.octroi(&late.concat())?.status, 3);
    let other = ["--licence", site.licence(), "--feature", FEATURE];
    let none = site.octroi(&[&["announce", "x"][..], &other, &sized].concat())?;
    assert_eq!((none.status, none.code()), (3, "USE_NOT_OFFERED"));
    Ok(())
}

#[test]
fn k1_an_account_that_applications_declare_is_blocked_and_unblocked_here() -> anyhow::Result<()> {
    let site = Site::signed(Template::Kimple, &[])?;
    let mut lost = site.holds(FEATURE, "alice")?;
    let whom = ["alice", "--kind", "account"];
    site.must(&[&["users", "block"][..], &whom, &["--reason", "lost"]].concat())?;
    assert_eq!(lost.event("seat_ended")?["cause"], "USER_BLOCKED");
    assert_eq!(site.runs(FEATURE, "alice")?.refused()?.code, "USER_BLOCKED");
    site.holds(FEATURE, "bruno")?.finish()?;
    let users = site.must(&["users", "list"])?["users"].clone();
    let alice = users
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["user"] == "alice")
        .unwrap();
    assert_eq!(alice["kind"], "account");
    assert_eq!(alice["blocked_by_administrator"], true);
    assert_eq!(
        alice["assignments"].as_array().unwrap().len(),
        1,
        "the seat stays counted"
    );
    // An account of the machine that has the same name is somebody else.
    let other = site.octroi(&["users", "unblock", "alice"])?;
    assert_ne!(other.status, 0);
    site.must(&[&["users", "unblock"][..], &whom].concat())?;
    site.holds(FEATURE, "alice")?.finish()
}

#[test]
fn k1_a_named_user_erased_while_holding_a_seat_loses_it_and_stays_counted_until_reassigned()
-> anyhow::Result<()> {
    let site = Site::signed(Template::Kimple, &[("features.count", "2")])?;
    let mut holder = site.holds(FEATURE, "alice")?;
    let erase = ["users", "erase", "alice", "--kind", "account", "--yes"];
    assert_eq!(site.must(&erase)?["assignments_kept"], 1);
    assert_eq!(holder.event("seat_ended")?["cause"], "USER_ERASED");
    assert!(
        !site.identities_name("alice")?,
        "nobody knows the name any more"
    );

    // The seat is nobody else's: of two there is one.
    site.holds(FEATURE, "bruno")?.finish()?;
    assert_eq!(
        site.runs(FEATURE, "chloe")?.refused()?.code,
        "NO_ASSIGNMENT_LEFT"
    );
    let users = site.must(&["users", "list"])?["users"].clone();
    let erased = users
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["user"] == "erased");
    let kept = &erased.unwrap()["assignments"][0];
    assert_eq!(kept["erased"], true);

    // Whoever comes back under that name has the seat that stayed, and no second one.
    site.holds(FEATURE, "alice")?.finish()?;
    let users = site.must(&["users", "list"])?["users"].clone();
    assert_eq!(users.as_array().map(Vec::len), Some(2));
    let acts = entries(&site.must(&["logbook"])?)?;
    assert!(acts.iter().any(|one| one["event"] == "UserErased"));
    Ok(())
}
