//! Forged licences: each is well made, and refused all the same.

use std::fs;

use anyhow::{Context as _, ensure};
use octroi_licence::{DocumentKind, armour, message, read_armoured};
use prost::Message as _;

use super::{report::Report, scene::Scene, teller::Teller};
use crate::{Order, Vendor, vendor::text};

/// What the forger would like.
const SEATS_WANTED: u32 = 200;

/// The count raised, by hand or by a vendor that only has the name: neither is installed.
pub(super) fn refused(
    scene: &mut Scene,
    teller: &mut Teller,
    report: &mut Report,
) -> anyhow::Result<()> {
    teller.step("Somebody forges the licence: 200 seats instead of 2");
    let raised = scene.folder().join("forged-count.lic");
    fs::write(&raised, with_more_seats(&fs::read(&scene.issued.licence)?)?)?;
    let elsewhere = scene.folder().join("forger");
    fs::create_dir(&elsewhere)?;
    let impostor = Vendor::new(&elsewhere, scene.vendor.id())?;
    let order = Order::of(SEATS_WANTED).licence(&scene.issued.id).serial(2);
    let signed_by_another = impostor.issue(&order)?.licence;
    for (what, file) in [
        ("the count changed, the armour made anew", &raised),
        (
            "signed by another who calls himself acme",
            &signed_by_another,
        ),
    ] {
        let said = scene.machine.octroi(&["install", text(file)?])?;
        ensure!(
            said.status == 5,
            "{what}: octroi install ended with {}",
            said.status
        );
        teller.say(format_args!("{what}: refused, {}", said.code()));
        teller.show(said.complaint.lines().next().unwrap_or_default());
    }
    let status = scene.machine.status()?;
    let licensed = status.pointer("/realms/0/licences/0/features/0/licensed");
    ensure!(
        licensed.and_then(serde_json::Value::as_u64) == Some(2),
        "licensed are {licensed:?}"
    );
    report.forged_refused = true;
    Ok(())
}

/// The same licence with a higher count and sound armour; the signature is the old one.
fn with_more_seats(licence: &[u8]) -> anyhow::Result<String> {
    let (kind, mut signed) = read_armoured(licence)?;
    ensure!(kind == DocumentKind::Licence, "this is a {kind}");
    let mut terms = message::Licence::decode(signed.payload.as_slice())?;
    terms
        .features
        .first_mut()
        .context("a licence has a feature")?
        .count = SEATS_WANTED;
    signed.payload = terms.encode_to_vec();
    Ok(armour(kind, &signed, "Forged"))
}
