//! Why an activation is refused: a stable code, what stands in the way, and what to do. Codes that
//! applications meet too have the names of `octroi.licensing.v1.RefusalCode`.

use octroi_licence::{CivilSeconds, Country, FeatureName, LicenceId, Region, SiteId};

use crate::order::in_words;

/// Why a request gets no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActivationRefusal {
    /// The register does not know the licence, or not this document.
    #[error("the register does not know this document of licence {licence}")]
    LicenceUnknown {
        /// The licence that the request names.
        licence: LicenceId,
    },
    /// A newer serial was issued since.
    #[error("serial {serial} was replaced by serial {newest}")]
    LicenceSuperseded {
        /// The serial that the daemon holds.
        serial: u64,
        /// The serial that counts.
        newest: u64,
    },
    /// The activation code is not the licence's.
    #[error(
        "the activation code is wrong ({attempts} of {} attempts used)",
        crate::FAILED_ATTEMPTS_MAX
    )]
    CodeWrong {
        /// Wrong codes so far, this one included.
        attempts: u32,
    },
    /// Too many wrong codes.
    #[error("the licence is locked after {attempts} wrong activation codes")]
    Locked {
        /// Wrong codes so far.
        attempts: u32,
    },
    /// The serial is on the vendor's revocation list.
    #[error("the licence was revoked")]
    LicenceRevoked,
    /// A termination is in effect.
    #[error("the licence was terminated on {}", in_words(*.since))]
    LicenceTerminated {
        /// Since when.
        since: CivilSeconds,
    },
    /// It passed to another client (clause Z18).
    #[error("the licence was transferred on {}", in_words(*.since))]
    LicenceTransferred {
        /// Since when.
        since: CivilSeconds,
    },
    /// The server stands where the licence does not allow it (clauses K14, T14).
    #[error("{}: the licence allows {}", country_in_words(*.found), regions_in_words(.regions))]
    ServerRegionNotAllowed {
        /// Where the server stands; `None`: it does not say.
        found: Option<Country>,
        /// Where it may.
        regions: Vec<Region>,
    },
    /// The term is over.
    #[error("the licence ended on {}", in_words(*.ended_at))]
    LicenceExpired {
        /// First instant after its end.
        ended_at: CivilSeconds,
    },
    /// Clause T3.
    #[error("the licence records no acceptance of the terms (clause T3)")]
    TermsNotAccepted,
    /// Clause T3.
    #[error("the payment is not recorded (clause T3)")]
    PaymentNotRecorded,
    /// The request names no site of the licence.
    #[error("{} the licence names ({})", site_in_words(.found.as_ref()), listed(.licensed))]
    SiteNotLicensed {
        /// The site in the request.
        found: Option<SiteId>,
        /// The licence's sites.
        licensed: Vec<SiteId>,
    },
    /// As many hosts as allowed are activated on the site.
    #[error("site {site} may have {limit} hosts, and as many are activated")]
    HostNotLicensed {
        /// The site.
        site: SiteId,
        /// Hosts allowed.
        limit: u32,
    },
    /// Too little to recognise the host by: it would match too easily.
    #[error("the host shows {found} components, the licence requires {required}")]
    HostIdentityWeak {
        /// Components that the binding requires.
        required: u32,
        /// Different components in the request.
        found: u32,
    },
    /// The request asks for a feature that the licence does not have.
    #[error("the licence has no feature `{feature}`")]
    FeatureNotLicensed {
        /// The feature.
        feature: FeatureName,
    },
    /// The other daemons' shares leave less than is asked for.
    #[error(
        "{allotted} of {limit} `{feature}` are allotted to {daemons} other daemon(s): asked for are {requested}, available {most}"
    )]
    NoShareLeft {
        /// The feature.
        feature: FeatureName,
        /// The licence's count.
        limit: u32,
        /// Units allotted to others.
        allotted: u32,
        /// How many others hold them.
        daemons: usize,
        /// Units asked for.
        requested: u32,
        /// The most that this daemon could have: what is left, and one where hosts are counted.
        most: u32,
    },
}

impl ActivationRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LicenceUnknown { .. } => "LICENCE_UNKNOWN",
            Self::LicenceSuperseded { .. } => "LICENCE_SUPERSEDED",
            Self::CodeWrong { .. } => "ACTIVATION_CODE_WRONG",
            Self::Locked { .. } => "ACTIVATION_LOCKED",
            Self::LicenceRevoked => "LICENCE_REVOKED",
            Self::LicenceTerminated { .. } => "LICENCE_TERMINATED",
            Self::LicenceTransferred { .. } => "LICENCE_TRANSFERRED",
            Self::ServerRegionNotAllowed { .. } => "SERVER_REGION_NOT_ALLOWED",
            Self::LicenceExpired { .. } => "LICENCE_EXPIRED",
            Self::TermsNotAccepted => "TERMS_NOT_ACCEPTED",
            Self::PaymentNotRecorded => "PAYMENT_NOT_RECORDED",
            Self::SiteNotLicensed { .. } => "SITE_NOT_LICENSED",
            Self::HostNotLicensed { .. } => "HOST_NOT_LICENSED",
            Self::HostIdentityWeak { .. } => "HOST_IDENTITY_WEAK",
            Self::FeatureNotLicensed { .. } => "FEATURE_NOT_LICENSED",
            Self::NoShareLeft { .. } => "NO_SHARE_LEFT",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::LicenceUnknown { .. } => {
                "was the licence issued with these --keys, and is the register complete?"
            }
            Self::LicenceSuperseded { .. } => {
                "the client installs the newest serial and asks again with its activation code"
            }
            Self::CodeWrong { .. } => {
                "the client asks again with the code that came with this serial of the licence"
            }
            Self::Locked { .. } => {
                "find out who tried, then: octroi-vendor activate --unlock LICENCE_ID"
            }
            Self::LicenceRevoked | Self::LicenceTerminated { .. } => {
                "a new licence with a new id is needed"
            }
            Self::LicenceTransferred { .. } => {
                "the new client activates the licence that was issued for it; the old one removes its own"
            }
            Self::ServerRegionNotAllowed { .. } => {
                "serve the licence from a server in one of these regions, and state its country: `country` in \
                 octroi-server.toml, octroi-vendor activate --country"
            }
            Self::LicenceExpired { .. } => "renew it: issue a higher serial with a later end",
            Self::TermsNotAccepted => {
                "once the client has accepted, issue a higher serial with terms.digest and terms.accepted"
            }
            Self::PaymentNotRecorded => {
                "the vendor records the payment once it is validated: octroi-server order paid LICENCE_ID"
            }
            Self::SiteNotLicensed { .. } => {
                "the client states one of these sites, or an order adds the site"
            }
            Self::HostNotLicensed { .. } | Self::NoShareLeft { .. } => {
                "a daemon gives its share back or asks for less, a lost one is written off \
                 (octroi-vendor register write-off), or an order adds more"
            }
            Self::HostIdentityWeak { .. } => {
                "the host shows too little (often a virtual machine): require fewer components, \
                 or bind to a hardware key"
            }
            Self::FeatureNotLicensed { .. } => "the client asks for the licence's features only",
        }
    }
}

fn site_in_words(found: Option<&SiteId>) -> String {
    match found {
        Some(site) => format!("site {site} is none of those that"),
        None => "the request states no site; it must be one of those that".to_owned(),
    }
}

fn country_in_words(found: Option<Country>) -> String {
    match found {
        Some(country) => format!("the server stands in {country}"),
        None => "the server does not say in which country it stands".to_owned(),
    }
}

fn regions_in_words(regions: &[Region]) -> String {
    let names: Vec<String> = regions.iter().map(ToString::to_string).collect();
    names.join(", ")
}

fn listed(sites: &[SiteId]) -> String {
    let names: Vec<&str> = sites.iter().take(10).map(SiteId::as_str).collect();
    let more = if sites.len() > names.len() {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", names.join(", "))
}
