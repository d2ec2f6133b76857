//! What a daemon keeps of each count when its certificate is renewed. Pure. The shares of all daemons
//! never sum above the licence: whoever comes late gets what is left.

use std::collections::BTreeMap;

use octroi_licence::{CivilSeconds, FeatureName, Licence, Metric, PublicKey, Seats, Share};
use octroi_vendor::{Activation, LicenceRecord};

/// Why a certificate is not renewed, as a stable code.
pub(crate) type NotRenewed = &'static str;

/// Decides on the shares of a renewed certificate: those held, as far as they are left. A daemon that
/// had all of a count has all of it in a new serial too; a feature that is new goes to a daemon that
/// has the licence for itself.
///
/// # Errors
/// `HOST_NOT_LICENSED` where its place on the site went to another host meanwhile, `NO_SHARE_LEFT`
/// where nothing is left of what it held.
pub(crate) fn renewed_shares(
    licence: &Licence,
    previous: Option<&Licence>,
    held: &Activation,
    record: &LicenceRecord,
    now: CivilSeconds,
) -> Result<Vec<Share>, NotRenewed> {
    let others: Vec<&Activation> = record
        .live(now)
        .filter(|other| other.daemon_key != held.daemon_key)
        .collect();
    let is_live = record
        .live(now)
        .any(|live| live.daemon_key == held.daemon_key);
    if !is_live && site_is_full(licence, held, &others) {
        return Err("HOST_NOT_LICENSED");
    }
    let shares: Vec<Share> = licence
        .features
        .iter()
        .map(|feature| {
            let taken = others
                .iter()
                .filter_map(|other| other.shares.get(&feature.name))
                .fold(0_u32, |sum, units| sum.saturating_add(units.0));
            let left = feature.count.0.saturating_sub(taken);
            let most = match feature.metric {
                Metric::Host => left.min(1),
                _ => left,
            };
            let wanted = match held.shares.get(&feature.name) {
                Some(units) if whole(previous, &feature.name, *units) => most,
                Some(units) => units.0,
                None if others.is_empty() => most,
                None => 0,
            };
            Share {
                feature: feature.name.clone(),
                units: Seats(wanted.min(most)),
            }
        })
        .collect();
    let held_some = held.shares.values().any(|units| units.0 > 0);
    if held_some && shares.iter().all(|share| share.units.0 == 0) {
        return Err("NO_SHARE_LEFT");
    }
    Ok(shares)
}

/// Says whether `units` were all that the previous serial had.
fn whole(previous: Option<&Licence>, feature: &FeatureName, units: Seats) -> bool {
    previous
        .and_then(|licence| licence.features.iter().find(|one| one.name == *feature))
        .is_some_and(|one| one.count == units)
}

fn site_is_full(licence: &Licence, held: &Activation, others: &[&Activation]) -> bool {
    let site = held
        .site
        .as_ref()
        .and_then(|site| licence.sites.iter().find(|one| one.id == *site));
    let Some(limit) = site.and_then(|site| site.hosts_max) else {
        return false;
    };
    let hosts = others
        .iter()
        .filter(|other| other.site == held.site)
        .count();
    usize::try_from(limit).is_ok_and(|limit| hosts >= limit)
}

/// Units of each feature that live daemons hold together.
pub(crate) fn allotted(record: &LicenceRecord, now: CivilSeconds) -> BTreeMap<FeatureName, u64> {
    let mut sums = BTreeMap::new();
    for activation in record.live(now) {
        for (feature, units) in &activation.shares {
            *sums.entry(feature.clone()).or_default() += u64::from(units.0);
        }
    }
    sums
}

/// The daemons that hold shares.
pub(crate) fn live_daemons(record: &LicenceRecord, now: CivilSeconds) -> Vec<PublicKey> {
    record.live(now).map(|live| live.daemon_key).collect()
}
