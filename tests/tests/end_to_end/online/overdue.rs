//! What happens without a receipt, step by step, while the vendor's server is away: warned, no new
//! seats, the end; and that a receipt mends it. What was certified some time ago was certified by the
//! server's own code under another clock.

use std::time::Instant;

use octroi_tests::{Application, Order, deadline::SOON, server_clock::ByAnotherClock, until};

use super::{DAY_S, Online, REPORTING, reports::activated_days_ago, served};
use crate::licence_status;

fn warnings(online: &Online) -> anyhow::Result<String> {
    Ok(online.world.machine.status()?["warnings"].to_string())
}

#[test]
fn before_a_report_is_due_nothing_is_said() -> anyhow::Result<()> {
    let online = activated_days_ago(29, "")?;
    let said = warnings(&online)?;
    assert!(!said.contains("report"), "{said}");
    online.work()
}

#[test]
fn the_administrator_is_warned_first_and_seats_are_granted_on() -> anyhow::Result<()> {
    let online = activated_days_ago(32, "")?;
    let said = warnings(&online)?;
    assert!(said.contains("a usage report was due"), "{said}");
    assert!(said.contains("its certificate ends on"), "{said}");
    online.work()
}

#[test]
fn then_no_more_seats_are_granted_and_those_held_stay_until_a_receipt_comes() -> anyhow::Result<()>
{
    let mut online = Online::since_days(Order::of(2), "", 60)?;
    online.activate()?.ok()?;
    let mut holder = online.world.holder()?;
    // Certified anew, 38 days ago by that clock.
    online.server.stop()?;
    let then = ByAnotherClock::serve(&online.server, -38 * DAY_S)?;
    online.activate()?.ok()?;
    drop(then);
    let mut other = Application::start(&online.world.asking(), online.world.folder())?;
    assert_eq!(other.refused()?.code, "REPORT_OVERDUE");
    holder.must_live()?;
    assert_eq!(crate::held(&online.world)?.len(), 1);
    assert_eq!(online.send()?.code(), "SERVER_NOT_REACHED");
    online.server.start_again()?;
    online.sends()?;
    online.work()?;
    holder.finish()
}

#[test]
fn at_the_stop_limit_the_certificate_ends_and_a_receipt_begins_it_anew() -> anyhow::Result<()> {
    let (folder, vendor, server) = served(60)?;
    // Seats are granted until the end.
    let reporting = REPORTING.replace("degrade_days = 7", "degrade_days = 14");
    let order = Order::of(2).server(&server).reporting(&reporting);
    let mut online = Online::of(folder, vendor, server, &order, "")?;
    online.server.paid(online.licence())?;
    online.server.stop()?;
    let then = ByAnotherClock::serve(&online.server, -44 * DAY_S + 15)?;
    online.activate()?.ok()?;
    drop(then);
    let mut holder = online.world.holder()?;
    // The certificate outlives a slow start of the holder, and so the usual patience.
    until(
        Instant::now() + 2 * SOON,
        "the end of the certificate",
        || {
            let mut other = Application::start(&online.world.asking(), online.world.folder())?;
            match other.granted() {
                Ok(_) => other.finish().map(|()| None),
                Err(_) => Ok(Some(())),
            }
        },
    )?;
    let blocked = licence_status(&online.world)?["blocked"].clone();
    assert_eq!(blocked["code"], "LICENCE_EXPIRED", "{blocked}");
    assert!(blocked.to_string().contains("certificate"), "{blocked}");
    assert_eq!(holder.event("seat_ended")?["cause"], "LICENCE_ENDED");
    online.server.start_again()?;
    online.sends()?;
    assert!(licence_status(&online.world)?["blocked"].is_null());
    online.work()
}
