//! The end of use, and its certificate.

use octroi_licence::EndOfUseChoice;
use octroi_vendor::order::Template;

use super::FEATURE;
use crate::stage::Site;

#[test]
fn z9_use_stops_at_once_and_a_signed_certificate_says_so_to_the_vendor() -> anyhow::Result<()> {
    let site = Site::signed(Template::Zenlocassur, &[])?;
    let mut holder = site.holds(FEATURE, "alice")?;
    let certificate = site.removed("return", &[])?;
    assert_eq!(holder.event("seat_ended")?["cause"], "LICENCE_ENDED");
    assert_eq!(site.runs(FEATURE, "alice")?.refused()?.code, "USE_ENDED");
    assert_eq!(certificate.licence.as_str(), site.licence());
    assert_eq!(certificate.choice, EndOfUseChoice::Returned);
    let status = site.status()?;
    assert_eq!(
        status["life"]["end_of_use_certificate"],
        certificate.digest().to_string()
    );
    assert_eq!(site.recorded("EndOfUseCertified")?.len(), 1);
    // What was certified is not certified otherwise; the same is handed out again.
    assert_eq!(site.removed("return", &[])?.digest(), certificate.digest());
    let line = [
        "remove",
        site.licence(),
        "--choice",
        "destroy",
        "--yes",
        "--output",
        "-",
    ];
    let other = site.octroi(&line)?;
    assert_eq!((other.status, other.code()), (3, "CHOICE_NOT_OFFERED"));
    Ok(())
}
