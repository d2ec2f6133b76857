//! Where the vendor's server stands.

use octroi_vendor::order::Template;

use crate::stage::Site;

#[test]
fn k14_a_server_outside_the_economic_area_and_adequate_countries_is_refused() -> anyhow::Result<()>
{
    let mut site = Site::served(Template::Kimple, &[])?;
    site.sold()?;
    site.server_moves(Some("FR"), Some("RU"))?;
    let refused = site.activated_online()?;
    assert_eq!(
        (refused.status, refused.code()),
        (3, "SERVER_REGION_NOT_ALLOWED")
    );
    // Iceland is in the economic area and not in the union; Japan was found adequate.
    site.server_moves(Some("RU"), Some("IS"))?;
    site.activated_online()?.ok()?;
    site.server_moves(Some("IS"), Some("JP"))?;
    site.activated_online()?.ok().map(drop)
}
