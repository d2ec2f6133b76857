//! Activation and reports at the vendor's server.

use octroi_vendor::order::Template;

use super::{FEATURE, FILL};
use crate::stage::Site;

#[test]
fn t1_terminals_are_activated_online_by_the_vendors_server() -> anyhow::Result<()> {
    let site = Site::served(Template::TheGreenBow, FILL)?;
    site.sold()?;
    let before = site.runs(FEATURE, "alice")?.refused()?;
    assert_eq!(before.code, "NOT_ACTIVATED");
    site.activated_online()?.ok()?;
    site.holds(FEATURE, "alice")?.finish()?;
    let books = site.books()?;
    assert_eq!(books["activations"].as_array().map(Vec::len), Some(1));
    assert_eq!(books["activations"][0]["site"], "main");
    Ok(())
}

#[test]
fn t3_the_vendors_server_activates_nothing_before_acceptance_and_payment_are_recorded()
-> anyhow::Result<()> {
    let site = Site::served(Template::TheGreenBow, FILL)?;
    let refused = site.activated_online()?;
    assert_eq!(
        (refused.status, refused.code()),
        (3, "PAYMENT_NOT_RECORDED")
    );
    site.sold()?;
    site.activated_online()?.ok()?;
    site.holds(FEATURE, "alice")?.finish()
}
