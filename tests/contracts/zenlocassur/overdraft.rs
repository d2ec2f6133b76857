//! Use over the count, as the administrator sees it.

use octroi_vendor::order::Template;

use super::FEATURE;
use crate::stage::Site;

#[test]
fn z4_use_over_the_count_is_shown_with_the_months_excess_and_without_names() -> anyhow::Result<()> {
    let site = Site::signed(Template::Zenlocassur, &[("features.count", "1")])?;
    let _first = site.holds(FEATURE, "alice.martin")?;
    let mut second = site.runs(FEATURE, "bruno.petit")?;
    assert_eq!(second.event("granted")?["overdrawn"], 1);
    let feature = site.status()?["features"][0].clone();
    assert_eq!(feature["overdraft"]["open"], true);
    assert_eq!(feature["overdraft"]["excess"], 1);
    assert_eq!(feature["overdraft"]["month_users_in_excess"], 1);
    let printed = site.printed(&["--lang", "en", "status"])?;
    assert!(printed.contains("1 in use over the limit"), "{printed}");
    assert!(
        printed.contains("this month at most 1 over the limit at one time"),
        "{printed}"
    );
    assert!(!printed.contains("bruno"), "{printed}");
    let shown = site.printed(&["--lang", "fr", "licence", "show"])?;
    assert!(shown.contains("1 en usage au-delà de la limite"), "{shown}");
    assert!(shown.contains("[art. 2]"), "{shown}");
    Ok(())
}
