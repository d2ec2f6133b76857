//! Users above the licences, as the administrator sees them.

use octroi_vendor::order::Template;

use super::FEATURE;
use crate::stage::Site;

#[test]
fn b2_users_in_excess_of_this_month_are_counted_in_the_overview() -> anyhow::Result<()> {
    let site = Site::signed(Template::BoostMyMail, &[("features.count", "1")])?;
    site.holds(FEATURE, "alice@example.fr")?.finish()?;
    site.holds(FEATURE, "bruno@example.fr")?.finish()?;
    let feature = site.status()?["features"][0].clone();
    assert_eq!(feature["assigned"], 2);
    assert_eq!(feature["overdraft"]["excess"], 1);
    assert_eq!(feature["overdraft"]["month_users_in_excess"], 1);
    let printed = site.printed(&["--lang", "en", "status"])?;
    assert!(
        printed.contains("2 of 1 seats are assigned to named users"),
        "{printed}"
    );
    assert!(!printed.contains("bruno"), "{printed}");
    Ok(())
}
