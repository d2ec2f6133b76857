//! Records as proof between client and vendor.

use octroi_vendor::order::Template;

use super::FEATURE;
use crate::stage::Site;

#[test]
fn z11_what_was_used_when_and_how_long_is_proven_to_both_sides_for_the_fee() -> anyhow::Result<()> {
    let mut site = Site::online(Template::Zenlocassur, &[])?;
    site.holds(FEATURE, "alice")?.finish()?;
    site.reports()?;

    // Dates and durations stand in the client's ledger; the vendor countersigned its head.
    let (granted, released) = (
        site.recorded("SeatGranted")?,
        site.recorded("SeatReleased")?,
    );
    let at = |record: &serde_json::Value| record["time"]["civil_ms"].as_i64();
    assert_eq!((granted.len(), released.len()), (1, 1));
    assert!(at(&granted[0]) <= at(&released[0]));
    let report = &site.books()?["activations"][0]["last_report"];
    assert!(report["ledger_size"].as_u64() >= released[0]["seq"].as_u64());

    // Anybody can check the whole, or one record of it.
    assert_eq!(site.must(&["ledger", "verify"])?["ledger_ok"], true);
    let audited = site.audited()?;
    assert_eq!(audited.status, 0, "{}", audited.complaint);
    let excerpt = site.excerpt(&granted[0])?;
    assert_eq!(site.audited_excerpt(&excerpt)?.status, 0);

    // And nobody can change it unseen.
    site.altered_ledger()?;
    let verified = site.octroi(&["ledger", "verify"])?;
    assert_eq!((verified.status, verified.code()), (6, "LEDGER_TAMPERED"));
    assert_eq!(site.audited()?.status, 1);
    Ok(())
}
