//! Computerised registers as proof.

use octroi_vendor::order::Template;

use super::FEATURE;
use crate::stage::Site;

#[test]
fn k10_the_register_proves_itself_and_an_altered_one_is_told_by_the_record() -> anyhow::Result<()> {
    let mut site = Site::signed(Template::Kimple, &[])?;
    site.holds(FEATURE, "alice")?.finish()?;
    let audited = site.audited()?;
    assert_eq!(audited.status, 0, "{}", audited.complaint);
    site.altered_ledger()?;
    let verified = site.octroi(&["ledger", "verify"])?;
    assert_eq!((verified.status, verified.code()), (6, "LEDGER_TAMPERED"));
    let altered = verified.json["tampered"]["seq"].as_u64();
    assert!(
        altered.is_some_and(|record| record > 1),
        "{}",
        verified.json
    );
    let audited = site.audited()?;
    assert_eq!(audited.status, 1, "{}", audited.output);
    Ok(())
}
