//! What a daemon keeps of each count when its certificate is renewed. Pure. The shares of all daemons
//! never sum above the licence: whoever comes late gets what is left.

use octroi_licence::{FeatureName, Licence, Metric, Seats, Share};
use octroi_vendor::{Activation, InForce};

use crate::database::allotments::Others;

/// Why a certificate is not renewed, as a stable code.
pub(crate) type NotRenewed = &'static str;

/// The shares of a daemon that holds them still and whose counts did not change: they are counted
/// already, so nobody else need be asked.
pub(crate) fn kept_shares(held: &Activation) -> Vec<Share> {
    let shares = held.shares.iter();
    shares
        .map(|(feature, units)| Share {
            feature: feature.clone(),
            units: *units,
        })
        .collect()
}

/// Decides on the shares of a renewed certificate: those held, as far as the others leave them. A
/// daemon that had all of a count has all of it in a new serial, after an amendment or an order that
/// changes it too; a feature that is new goes to a daemon that has the licence for itself. `counted` says whether the shares that it held are among
/// those that the others had to leave.
///
/// # Errors
/// For a daemon whose shares were not counted: `HOST_NOT_LICENSED` where its place on the site went
/// to another host meanwhile, `NO_SHARE_LEFT` where nothing is left of what it held.
pub(crate) fn renewed_shares(
    stands: &InForce<'_>,
    before: Option<&InForce<'_>>,
    held: &Activation,
    others: &Others,
    counted: bool,
) -> Result<Vec<Share>, NotRenewed> {
    let licence = stands.text();
    let alone = others.daemons == 0;
    if !counted && site_is_full(licence, held, others) {
        return Err("HOST_NOT_LICENSED");
    }
    let shares: Vec<Share> = licence
        .features
        .iter()
        .map(|feature| {
            let taken = others.units.get(&feature.name).copied().unwrap_or_default();
            let left = u64::from(stands.count(feature, alone).0).saturating_sub(taken);
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            let most = match feature.metric {
                // One daemon is one host.
                Metric::Host => left.min(1),
                Metric::Concurrent(_) | _ => left,
            };
            let wanted = match held.shares.get(&feature.name) {
                Some(units) if whole(before, &feature.name, *units) => most,
                Some(units) => units.0,
                None if alone => most,
                None => 0,
            };
            Share {
                feature: feature.name.clone(),
                units: Seats(wanted.min(most)),
            }
        })
        .collect();
    let held_some = held.shares.values().any(|units| units.0 > 0);
    if !counted && held_some && shares.iter().all(|share| share.units.0 == 0) {
        return Err("NO_SHARE_LEFT");
    }
    Ok(shares)
}

/// Says whether `units` were all that there was when they were allotted.
fn whole(before: Option<&InForce<'_>>, feature: &FeatureName, units: Seats) -> bool {
    before.is_some_and(|before| {
        let mut features = before.text().features.iter();
        let feature = features.find(|one| one.name == *feature);
        feature.is_some_and(|one| {
            before.count(one, true) == units || before.count(one, false) == units
        })
    })
}

fn site_is_full(licence: &Licence, held: &Activation, others: &Others) -> bool {
    let site = held
        .site
        .as_ref()
        .and_then(|site| licence.sites.iter().find(|one| one.id == *site));
    site.and_then(|site| site.hosts_max)
        .is_some_and(|limit| others.at_site >= u64::from(limit))
}
