//! What a licence allows this application, whatever the daemon says: its share, its dates, versions,
//! maintenance, automation, borrowing. A daemon that was altered cannot go beyond what the vendor
//! signed, because the application looks itself. Pure.

use octroi_licence::{
    ActivationCertificate, CivilMillis, CivilSeconds, Feature, FeatureName, Licence, LicenceId,
    Overdraft, VersionRange,
};

use crate::{Untrusted, client::Settings, documents::Honoured};

/// A feature of a licence that covers the application: its version, its release date, and whether
/// somebody sits before it.
pub(crate) fn feature_for<'a>(
    licence: &'a Licence,
    name: &FeatureName,
    application: &Settings,
) -> Result<&'a Feature, Untrusted> {
    let named = licence.features.iter().find(|one| one.name == *name);
    let Some(feature) = named else {
        return Err(Untrusted::FeatureNotInLicence {
            licence: licence.id.clone(),
            feature: name.clone(),
        });
    };
    if !covers_version(&feature.versions, application) {
        return Err(Untrusted::VersionNotCovered {
            licence: licence.id.clone(),
            feature: name.clone(),
        });
    }
    // The vendor's orders may have moved the end nearer: that the daemon knows.
    if let Some(ends_at) = licence.maintenance_of(feature)
        && application.released_at.is_none_or(|date| date >= ends_at)
    {
        return Err(Untrusted::MaintenanceEnded {
            licence: licence.id.clone(),
            feature: name.clone(),
            ends_at,
        });
    }
    if feature.automation_forbidden && application.unattended {
        return Err(Untrusted::AutomationForbidden {
            licence: licence.id.clone(),
            feature: name.clone(),
        });
    }
    Ok(feature)
}

/// An application that states no version is covered only where every version is.
fn covers_version(versions: &VersionRange, application: &Settings) -> bool {
    match &application.version {
        Some(version) => versions.covers(version),
        None => versions.minimum.is_none() && versions.maximum.is_none(),
    }
}

/// Says whether an escrow release lifts the certificate's end for this application (clause A16).
fn is_released_to(documents: &Honoured, application: &Settings) -> bool {
    let released = documents.released.as_ref();
    released.is_some_and(|versions| covers_version(versions, application))
}

/// No more than the daemon's share, and over it only what the licence itself allows.
pub(crate) fn within_share(
    feature: &Feature,
    certificate: &ActivationCertificate,
    units: u32,
) -> Result<(), Untrusted> {
    let share = certificate
        .shares
        .iter()
        .find(|share| share.feature == feature.name)
        .map_or(0, |share| share.units.0);
    let limit = u64::from(share.min(feature.count.0));
    let most = match feature.overdraft {
        Overdraft::Deny => limit,
        Overdraft::Percent { percent, .. } => limit + limit * u64::from(percent) / 100,
        Overdraft::Billed(_) | Overdraft::UntilNotice => u64::MAX,
    };
    if units >= 1 && u64::from(units) <= most {
        return Ok(());
    }
    Err(Untrusted::AboveShare {
        feature: feature.name.clone(),
        units,
        share,
    })
}

/// Dates between which something may be used.
pub(crate) struct Span {
    pub(crate) what: &'static str,
    pub(crate) starts_at: Option<CivilSeconds>,
    pub(crate) ends_at: Option<CivilSeconds>,
}

impl Span {
    /// What a licence, its feature and its activation allow; a certificate has no end where the escrow
    /// agent released the licence.
    pub(crate) fn all(
        documents: &Honoured,
        feature: &Feature,
        certificate: &ActivationCertificate,
        application: &Settings,
    ) -> [Self; 3] {
        let licence = &documents.licence;
        let released = is_released_to(documents, application);
        [
            Self {
                what: "licence's term",
                starts_at: licence.term.starts_at,
                // The latest that tacit renewal can bring: whether notice was given, the daemon knows.
                ends_at: licence.usable_until(),
            },
            Self {
                what: "feature's term",
                starts_at: feature.term.starts_at,
                ends_at: feature.term.ends_at,
            },
            Self {
                what: "activation certificate",
                starts_at: Some(certificate.valid_from),
                ends_at: certificate.valid_until.filter(|_| !released),
            },
        ]
    }

    /// The span's end, if it covers the instant.
    pub(crate) fn covers(
        self,
        at: CivilMillis,
        licence: &LicenceId,
    ) -> Result<Option<CivilSeconds>, Untrusted> {
        let begun = self.starts_at.is_none_or(|start| at >= start.millis());
        let over = self.ends_at.is_some_and(|end| at >= end.millis());
        if begun && !over {
            return Ok(self.ends_at);
        }
        Err(Untrusted::OutsideTerm {
            licence: licence.clone(),
            what: self.what,
            at,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        })
    }
}
