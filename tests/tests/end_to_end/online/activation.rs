//! Activation at the vendor's server: clause T3, codes, shares, and the same again.

use octroi_tests::{
    Order,
    order::FEATURE,
    server_clock::ByAnotherClock,
    vendor::{Issued, text},
};

use super::{DAY_S, Online};
use crate::licence_status;

#[test]
fn a_licence_is_activated_over_the_network_and_used() -> anyhow::Result<()> {
    let online = Online::installed(Order::of(2))?;
    let said = online.activate()?.ok()?;
    assert_eq!(said["server"], online.server.address());
    assert_eq!(said["installed"]["outcome"], "applied");
    assert!(licence_status(&online.world)?["blocked"].is_null());
    online.work()?;
    let shown = online.show()?;
    assert_eq!(shown["features"][0]["allotted"], 2, "{shown}");
    let key = &online.world.machine.status()?["realms"][0]["daemon_key"];
    assert_eq!(&shown["activations"][0]["daemon_key"], key);
    Ok(())
}

#[test]
fn nothing_is_activated_before_terms_and_payment_are_recorded() -> anyhow::Result<()> {
    let online = Online::unpaid(Order::of(2).accepted_later())?;
    let said = online.activate()?;
    assert_eq!((said.status, said.code()), (3, "TERMS_NOT_ACCEPTED"));
    online.server.must(&["order", "accept", online.licence()])?;
    let said = online.activate()?;
    assert_eq!((said.status, said.code()), (3, "PAYMENT_NOT_RECORDED"));
    assert_eq!(licence_status(&online.world)?["activated"], false);
    online.server.paid(online.licence())?;
    online.activate()?.ok()?;
    online.work()
}

#[test]
fn wrong_codes_are_limited_until_the_vendor_unlocks_the_licence() -> anyhow::Result<()> {
    let online = Online::installed(Order::of(2))?;
    let vendor = &online.world.vendor;
    let other = vendor.issue(&Order::of(1).licence("licence-0002"))?;
    let wrong = Issued {
        code: other.code,
        ..online.world.issued.clone()
    };
    for attempt in 1..=10 {
        let said = online.world.machine.activate_online(&wrong)?;
        assert_eq!((said.status, said.code()), (3, "ACTIVATION_CODE_WRONG"));
        let counted = format!("attempts {attempt}");
        assert!(said.complaint.contains(&counted), "{}", said.complaint);
    }
    // Now not even the right one.
    let said = online.activate()?;
    assert_eq!((said.status, said.code()), (3, "ACTIVATION_LOCKED"));
    let shown = online.show()?;
    assert_eq!(
        (&shown["locked"], &shown["failed_attempts"]),
        (&true.into(), &10.into())
    );
    online.server.must(&["unlock", online.licence()])?;
    online.activate()?.ok()?;
    online.work()
}

#[test]
fn of_three_hosts_on_a_count_of_two_the_third_gets_what_another_leaves() -> anyhow::Result<()> {
    let order = Order::empty()
        .hosts("installed", 2)
        .feature(FEATURE, 5, "checkout");
    let online = Online::activated(order)?;
    let (_second_daemon, second) = online.further_machine("n")?;
    let (_third_daemon, third) = online.further_machine("o")?;
    second.activate_online(&online.world.issued)?.ok()?;
    let allotted = |feature: usize| -> anyhow::Result<_> {
        Ok(online.show()?["features"][feature]["allotted"].clone())
    };
    assert_eq!((allotted(0)?, allotted(1)?), (2.into(), 5.into()));
    let said = third.activate_online(&online.world.issued)?;
    assert_eq!((said.status, said.code()), (3, "NO_SHARE_LEFT"));
    assert_eq!(allotted(0)?, 2);
    // The vendor writes the second host off; its place goes to the third, and no seat twice.
    let key = second.status()?["realms"][0]["daemon_key"].clone();
    let key = key.as_str().unwrap_or_default();
    online
        .server
        .must(&["write-off", online.licence(), "--daemon", key])?;
    third.activate_online(&online.world.issued)?.ok()?;
    assert_eq!((allotted(0)?, allotted(1)?), (2.into(), 5.into()));
    let status = third.status()?;
    let features = &status["realms"][0]["licences"][0]["features"];
    assert_eq!(features[0]["share"], 1, "{status}");
    assert_eq!(features[1]["share"], 0, "{status}");
    Ok(())
}

#[test]
fn a_second_host_gets_nothing_of_a_count_that_the_first_has() -> anyhow::Result<()> {
    let online = Online::activated(Order::of(2))?;
    let (_daemon, second) = online.further_machine("n")?;
    let said = second.activate_online(&online.world.issued)?;
    assert_eq!((said.status, said.code()), (3, "NO_SHARE_LEFT"));
    let status = second.status()?;
    assert_eq!(status["realms"][0]["licences"][0]["activated"], false);
    online.work()
}

#[test]
fn activating_again_takes_no_second_share() -> anyhow::Result<()> {
    let online = Online::activated(Order::of(2))?;
    let holder = online.world.holder()?;
    online.activate()?.ok()?;
    let shown = online.show()?;
    assert_eq!(shown["features"][0]["allotted"], 2, "{shown}");
    assert_eq!(shown["activations"].as_array().map(Vec::len), Some(1));
    // The seat that was held is held.
    assert_eq!(crate::held(&online.world)?.len(), 1);
    holder.finish()
}

#[test]
fn the_same_request_by_file_gets_the_same_certificate() -> anyhow::Result<()> {
    let online = Online::installed(Order::of(2))?;
    let request = online.path("request.req");
    online
        .world
        .machine
        .request(&online.world.issued, &request)?
        .ok()?;
    let (first, second) = (online.path("answer.crt"), online.path("again.crt"));
    for answer in [&first, &second] {
        let said = online.server.answer(&request, answer)?;
        assert_eq!(said.status, 0, "{} {}", said.json, said.complaint);
    }
    assert_eq!(std::fs::read(&first)?, std::fs::read(&second)?);
    let machine = &online.world.machine;
    let said = machine.octroi(&["activate", "--response", text(&first)?])?;
    said.ok()?;
    online.work()
}

#[test]
fn a_certificate_of_tomorrow_does_not_replace_the_one_in_force() -> anyhow::Result<()> {
    let mut online = Online::activated(Order::of(2))?;
    let holder = online.world.holder()?;
    online.server.stop()?;
    // Two clocks may differ by a day; this is two days more.
    let ahead = ByAnotherClock::serve(&online.server, 3 * DAY_S)?;
    let refused = online.activate()?;
    assert_eq!(
        (refused.status, refused.code()),
        (3, "CERTIFICATE_NOT_IN_FORCE"),
        "{} {}",
        refused.json,
        refused.complaint
    );
    drop(ahead);
    assert!(licence_status(&online.world)?["blocked"].is_null());
    online.work()?;
    holder.finish()
}
