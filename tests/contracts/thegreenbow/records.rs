//! What the vendor's system records of terminals, and what it can prove.

use std::fs;

use octroi_vendor::order::Template;

use super::{FEATURE, FILL};
use crate::stage::Site;

#[test]
fn t2_installed_terminals_are_counted_not_running_ones_without_personal_data() -> anyhow::Result<()>
{
    let site = Site::online(Template::TheGreenBow, FILL)?;
    let (_daemon, second) = site.further("second")?;
    site.activated_on(&second, &["--online"])?.ok()?;
    // The software runs on one of the two for a moment, on neither now.
    site.holds(FEATURE, "alice")?.finish()?;
    assert_eq!(site.books()?["features"][0]["allotted"], 2);

    let preview = site.must(&["report", "preview"])?["report"].to_string();
    let exported = site.must(&["report", "export", "-"])?["armoured"].clone();
    site.reports()?;
    let history = site.must(&["report", "history"])?["exchanges"][0].clone();
    assert_eq!(
        history["armoured_report"], exported,
        "what was read is what left"
    );
    let host = fs::read_to_string("/proc/sys/kernel/hostname")?;
    let user = site.recorded("SessionOpened")?[0]["fields"]["user"].clone();
    for personal in ["alice", host.trim(), user.as_str().unwrap()] {
        for readable in [&preview, &history["report"].to_string()] {
            assert!(!readable.contains(personal), "{personal} in {readable}");
        }
    }
    let books = site.books()?;
    let daemons = books["activations"].as_array().unwrap().iter();
    let reported: Vec<_> = daemons
        .map(|daemon| &daemon["last_report"])
        .filter(|report| !report.is_null())
        .collect();
    let peak = &reported[0]["features"][0]["peak"];
    assert_eq!(
        (&peak["at_least"], &peak["at_most"]),
        (&1.into(), &1.into())
    );
    Ok(())
}

#[test]
fn t13_the_vendors_records_agree_with_the_clients_and_neither_can_be_rewritten()
-> anyhow::Result<()> {
    let mut site = Site::online(Template::TheGreenBow, FILL)?;
    let copy = site.backed_up()?;
    for _ in 0..2 {
        site.holds(FEATURE, "alice")?.finish()?;
    }
    site.reports()?;
    let recorded = site.books()?["activations"][0]["last_report"].clone();
    assert_eq!(recorded["features"][0]["grants"]["at_least"], 2);
    assert_eq!(site.recorded("SeatGranted")?.len(), 2);
    assert_eq!(site.must(&["ledger", "verify"])?["ledger_ok"], true);
    // A client that sets its records back to before is found out by the next report.
    site.restored(&copy)?;
    site.holds(FEATURE, "alice")?.finish()?;
    let refused = site.octroi(&["report", "send"])?;
    assert_eq!((refused.status, refused.code()), (3, "LEDGER_FORKED"));
    assert_eq!(site.books()?["activations"][0]["last_report"], recorded);
    Ok(())
}
