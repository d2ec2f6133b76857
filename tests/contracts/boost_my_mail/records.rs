//! Data recorded in the solution as proof.

use std::fs;

use octroi_vendor::order::Template;

use super::FEATURE;
use crate::stage::Site;

#[test]
fn b9_one_recorded_use_is_proven_without_showing_the_others() -> anyhow::Result<()> {
    let site = Site::online(Template::BoostMyMail, &[])?;
    for mailbox in ["alice@example.fr", "bruno@example.fr"] {
        site.holds(FEATURE, mailbox)?.finish()?;
    }
    site.reports()?;
    let granted = site.recorded("SeatGranted")?;
    let excerpt = site.excerpt(&granted[0])?;
    let audited = site.audited_excerpt(&excerpt)?;
    assert_eq!(audited.status, 0, "{}", audited.complaint);

    let shown = fs::read_to_string(&excerpt)?;
    let other = granted[1]["chain"].as_str().unwrap();
    assert!(!shown.contains(other) && !shown.contains("alice"));
    // An altered excerpt proves nothing.
    fs::write(
        &excerpt,
        shown.replacen("\"body\": \"0", "\"body\": \"1", 1),
    )?;
    assert_ne!(site.audited_excerpt(&excerpt)?.status, 0);
    Ok(())
}
