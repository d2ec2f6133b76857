//! Rules about where and when a feature is used, by whom not, and in which versions.

use octroi_licence::{
    ActivationCertificate, CivilSeconds, Containers, Country, Licence, Territory, WeeklyTimes,
};

use super::{Asker, Obstacle, World, lasting, rank, told};
use crate::{
    Refusal, RefusalCode,
    catalogue::{Offer, Terms},
};

/// The certificate in force comes from a server that stands where a newer licence does not allow it.
pub(super) fn server(terms: &Terms) -> Option<Obstacle> {
    let refusal = elsewhere(&terms.licence, terms.certificate.as_ref()?)?;
    Some(lasting(rank::ACTIVATED, refusal))
}

/// A certificate of a server that stands where the licence does not allow it, or does not say where
/// (clauses K14, T14).
pub(crate) fn elsewhere(licence: &Licence, certificate: &ActivationCertificate) -> Option<Refusal> {
    let country = certificate.server_country;
    if licence.server_may_stand_in(country) {
        return None;
    }
    let regions = licence.server_regions.iter();
    let regions: Vec<String> = regions.map(ToString::to_string).collect();
    let found = country.map(|one| one.to_string()).unwrap_or_default();
    let code = RefusalCode::ServerRegionNotAllowed;
    Some(told(code, &regions.join(", "), &found))
}

/// The site's country (clauses K2, T11). A site without one lies nowhere.
pub(super) fn territory(terms: &Terms) -> Option<Obstacle> {
    let territory = terms.licence.territory.as_ref()?;
    if territory.covers(terms.country) {
        return None;
    }
    let (countries, sign) = match territory {
        Territory::Allowed(countries) => (countries, ""),
        Territory::Denied(countries) => (countries, "not "),
    };
    let countries: Vec<&str> = countries.iter().map(Country::as_str).collect();
    let expected = format!("{sign}{}", countries.join(", "));
    let found = terms.country.map(|one| one.to_string()).unwrap_or_default();
    let refusal = told(RefusalCode::TerritoryNotLicensed, &expected, &found);
    Some(lasting(rank::SITE, refusal))
}

/// The release date against the end of maintenance (clauses Z14, A10, T10).
pub(super) fn maintenance(offer: &Offer, asker: &Asker) -> Option<Obstacle> {
    let end = offer.maintenance_ends_at?;
    let refusal = match asker.released_at {
        Some(released) if released < end => return None,
        Some(released) => told(RefusalCode::MaintenanceEnded, &end.0, &released.0),
        None => told(RefusalCode::ReleaseDateMissing, &end.0, &""),
    };
    Some(lasting(rank::VERSION, refusal))
}

/// Who is not served whatever is free: nobody before the screen (clause K3), or in a container.
pub(super) fn callers(offer: &Offer, asker: &Asker) -> Option<Obstacle> {
    let refused = |code| Some(lasting(rank::IDENTIFIED, Refusal::of(code)));
    if offer.feature.automation_forbidden && asker.unattended {
        return refused(RefusalCode::AutomationForbidden);
    }
    if asker.container.is_some() && offer.terms.licence.containers == Containers::Refuse {
        return refused(RefusalCode::ContainerNotAllowed);
    }
    None
}

/// The time of day in the site's zone (clause A15). Seats that are held stay when the time is over;
/// whoever waits goes on waiting and is served when it comes.
pub(super) fn times_of_day(world: World<'_>, offer: &Offer) -> Option<Obstacle> {
    let times = &offer.feature.allowed_times;
    if times.is_empty() {
        return None;
    }
    let (zone, now) = (&offer.terms.zone, world.civil.seconds());
    if WeeklyTimes::allow(times, zone, now) {
        return None;
    }
    let opens = WeeklyTimes::next(times, zone, now);
    let expected = opens.map(|at| at.0.to_string()).unwrap_or_default();
    let mut refusal = told(RefusalCode::OutsideAllowedTimes, &expected, &now.0);
    refusal.may_change_at = opens.map(CivilSeconds::millis);
    Some(Obstacle {
        rank: rank::TIMES,
        lasting: false,
        refusal,
    })
}
