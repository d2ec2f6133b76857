//! The counter of the bulk e-mail module: what an application and its administrator read of it.

use octroi::{Client, Consumption, FeatureUse, RefusalCode, WindowSpan};
use octroi_tests::{soon, world::seconds_from_now};
use octroi_vendor::order::Template;

use crate::stage::{Site, order};

/// The plan Pro at any time of day, without validation of each campaign.
fn mailing() -> anyhow::Result<Site> {
    let text = order::filled(Template::ApexTiming, &[]);
    let text = order::with(&text, "approval_within = \"24h\"\n", "");
    let text = order::with(&text, "allowed_times = [\"Mon-Sun 08:00-21:00\"]\n", "");
    Site::of(&text)
}

fn session(site: &Site, locale: &str) -> anyhow::Result<octroi::Session> {
    let client = Client::builder(site.world.vendor.root_public_key())
        .product(site.product()?)
        .version("3")
        .released_at(octroi::CivilSeconds(1_740_787_200))
        .locale(locale)
        .socket(site.world.socket())
        .build()?;
    Ok(client.open()?)
}

fn counter(session: &octroi::Session) -> anyhow::Result<FeatureUse> {
    let mut uses = session.list()?.into_iter();
    let mailing = uses.find(|one| one.feature.as_str() == "mailing");
    mailing.ok_or_else(|| anyhow::anyhow!("the module is not listed"))
}

#[test]
fn a15_application_and_administrator_read_what_each_window_leaves_and_when_it_reopens()
-> anyhow::Result<()> {
    let site = mailing()?;
    soon("an hour that does not turn during the test", || {
        Ok((seconds_from_now(0)? % 3_600 < 3_570).then_some(()))
    })?;
    let session = session(&site, "fr_FR")?;
    assert_eq!(counter(&session)?.remaining(), Some(1_000));
    let sent = session.consume("mailing", 400)?;
    assert!(matches!(sent, Consumption::Consumed(_)), "{sent:?}");
    let counter = counter(&session)?;
    assert_eq!(counter.remaining(), Some(600));
    let windows = counter.windows.iter();
    let left: Vec<_> = windows.map(|one| (one.span, one.remaining())).collect();
    assert_eq!(
        left,
        [
            (WindowSpan::Hour, Some(600)),
            (WindowSpan::Month, Some(24_600))
        ]
    );
    let reopens = counter.windows[0].ends_at.0;
    let now = seconds_from_now(0)?;
    assert!((now..=now + 3_600).contains(&reopens), "{reopens} {now}");

    // The administrator's counter is the same.
    let features = site.status()?["features"].clone();
    let of_status = features
        .as_array()
        .and_then(|all| all.iter().find(|one| one["feature"] == "mailing"))
        .cloned()
        .unwrap_or_default();
    assert_eq!(of_status["windows"][0]["remaining"], 600);
    assert_eq!(of_status["windows"][1]["remaining"], 24_600);
    let printed = site.printed(&["--lang", "en", "seats", "--feature", "mailing"])?;
    assert!(
        printed.contains("mailing: 400 of 1000 messages used this hour, 600 left"),
        "{printed}"
    );

    // What is too much is refused in the application's language, with the rule and the clause.
    let error = session.consume("mailing", 700).unwrap_err();
    let refusal = error.refusal().expect("the daemon refused");
    assert_eq!(refusal.code, RefusalCode::AmountExhausted);
    assert_eq!(
        (refusal.rule.as_str(), refusal.clause.as_str()),
        ("meter", "annex 2")
    );
    let said = error.to_string();
    for part in [
        "400 sur 1\u{202f}000 consommés cette heure",
        "règle meter",
        "clause annex 2",
        "peut changer le",
    ] {
        assert!(said.contains(part), "{said}");
    }

    // Later the ledger tells the same, and the log did.
    let past = site.must(&["why", "--last"])?;
    let refused = &past["refusals"][0];
    assert_eq!(refused["asked"], "consume");
    assert_eq!(refused["clause"], "annex 2");
    assert_eq!(refused["refusal"]["rule"], "meter");
    let log = std::fs::read_to_string(site.world.machine.root().join("octroid.log"))?;
    assert!(
        log.contains("AMOUNT_EXHAUSTED") && log.contains("clause annex 2"),
        "{log}"
    );
    Ok(())
}
