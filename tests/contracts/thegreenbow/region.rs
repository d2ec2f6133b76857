//! Where the vendor's server stands.

use octroi_vendor::order::Template;

use super::{FEATURE, FILL};
use crate::stage::Site;

#[test]
fn t14_a_server_outside_the_union_is_refused_with_that_reason() -> anyhow::Result<()> {
    let mut site = Site::served(Template::TheGreenBow, FILL)?;
    site.sold()?;
    site.server_moves(Some("FR"), Some("CH"))?;
    let refused = site.activated_online()?;
    assert_eq!(
        (refused.status, refused.code()),
        (3, "SERVER_REGION_NOT_ALLOWED")
    );
    let said = &refused.complaint;
    assert!(said.contains("server CH, regions allowed EU"), "{said}");
    assert_eq!(site.status()?["activated"], false);
    // Nor is one that does not say where it stands.
    site.server_moves(Some("CH"), None)?;
    let refused = site.activated_online()?;
    assert_eq!(refused.code(), "SERVER_REGION_NOT_ALLOWED");
    site.server_moves(None, Some("LU"))?;
    site.activated_online()?.ok()?;
    site.holds(FEATURE, "alice")?.finish()
}

#[test]
fn t14_a_server_that_moves_away_renews_nothing() -> anyhow::Result<()> {
    let mut site = Site::online(Template::TheGreenBow, FILL)?;
    site.server_moves(Some("FR"), Some("US"))?;
    let said = site.must(&["report", "send"])?;
    assert!(
        said.to_string().contains("SERVER_REGION_NOT_ALLOWED"),
        "{said}"
    );
    // What was activated within the Union stands until the certificate ends.
    site.holds(FEATURE, "alice")?.finish()
}
