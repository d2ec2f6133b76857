//! Why the server refuses, and how that travels: a stable code and typed parameters. Text is made by
//! whoever shows it.

use octroi_licence::{Checkpoint, DocumentError, LicenceId};
use octroi_proto::{
    activation::v1::{Refusal, RefusalCode},
    documents::v1::LedgerCheckpoint,
};
use octroi_vendor::{ActivationRefusal, FAILED_ATTEMPTS_MAX};

/// Why a report gets no receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportRefusal {
    /// Not a report, altered, or damaged.
    #[error("the report is refused")]
    Document(#[source] DocumentError),
    /// Another vendor's report.
    #[error("the report is for another vendor")]
    VendorUnknown,
    /// No certificate of this vendor's for the daemon.
    #[error("the daemon has no activation certificate of this vendor")]
    NotActivated,
    /// A certificate in the report was made for another daemon.
    #[error("the report shows a certificate of another daemon or licence")]
    CertificateNotOurs {
        /// Under which licence it stood.
        licence: LicenceId,
    },
    /// The daemon's key did not sign the checkpoint.
    #[error("the daemon's key did not sign the report's checkpoint")]
    CheckpointSignature,
    /// The receipt in the report is not one that this vendor gave this daemon.
    #[error("the report carries a receipt that is not this daemon's")]
    ReceiptNotOurs,
    /// An older report had the same nonce.
    #[error("the report's nonce was used before")]
    NonceReused,
    /// Not the next number.
    #[error("the report does not follow report {last}, whose receipt it carries")]
    ReportNumber {
        /// The number of the receipt that it carries.
        last: u64,
    },
    /// History was changed.
    #[error("the ledger did not grow out of the one of {} records", known.size)]
    Rewritten {
        /// What was countersigned.
        known: Checkpoint,
        /// By the receipt with this number.
        number: u64,
    },
    /// Another branch of the ledger went on.
    #[error("another branch of the ledger has receipt {number}")]
    Forked {
        /// What was countersigned last.
        known: Checkpoint,
        /// By the receipt with this number.
        number: u64,
    },
}

impl ReportRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        name(self.wire_code())
    }

    fn wire_code(&self) -> RefusalCode {
        match self {
            Self::Document(error) => document_code(error),
            Self::VendorUnknown => RefusalCode::VendorUnknown,
            Self::NotActivated => RefusalCode::NotActivated,
            Self::CertificateNotOurs { .. } => RefusalCode::CertificateNotOurs,
            Self::CheckpointSignature => RefusalCode::CheckpointSignature,
            Self::ReceiptNotOurs => RefusalCode::ReceiptNotOurs,
            Self::NonceReused => RefusalCode::NonceReused,
            Self::ReportNumber { .. } => RefusalCode::ReportNumber,
            Self::Rewritten { .. } => RefusalCode::LedgerRewritten,
            Self::Forked { .. } => RefusalCode::LedgerForked,
        }
    }

    /// Says whether it speaks of tampering, so that the vendor should see it.
    pub(crate) fn is_incident(&self) -> bool {
        matches!(
            self,
            Self::Rewritten { .. } | Self::Forked { .. } | Self::NonceReused
        )
    }
}

/// The code without its prefix, as it is shown and stored.
fn name(code: RefusalCode) -> &'static str {
    let name = code.as_str_name();
    name.strip_prefix("REFUSAL_CODE_").unwrap_or(name)
}

fn document_code(error: &DocumentError) -> RefusalCode {
    match error {
        DocumentError::TooNew { .. } => RefusalCode::ServerTooOld,
        _ => RefusalCode::DocumentRefused,
    }
}

fn of(code: RefusalCode) -> Refusal {
    Refusal {
        code: code.into(),
        ..Refusal::default()
    }
}

impl From<&ReportRefusal> for Refusal {
    fn from(refusal: &ReportRefusal) -> Self {
        let mut wire = of(refusal.wire_code());
        match refusal {
            ReportRefusal::Document(error) => error.code().clone_into(&mut wire.document_code),
            ReportRefusal::CertificateNotOurs { licence } => {
                wire.licence_id = licence.to_string();
            }
            ReportRefusal::ReportNumber { last } => wire.known_number = *last,
            ReportRefusal::Rewritten { known, number }
            | ReportRefusal::Forked { known, number } => {
                wire.known = Some(LedgerCheckpoint {
                    size: known.size,
                    root: known.root.to_vec(),
                    signature: Vec::new(),
                });
                wire.known_number = *number;
            }
            ReportRefusal::VendorUnknown
            | ReportRefusal::NotActivated
            | ReportRefusal::CheckpointSignature
            | ReportRefusal::ReceiptNotOurs
            | ReportRefusal::NonceReused => {}
        }
        wire
    }
}

/// Why a request gets no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActivateRefusal {
    /// Not a request, altered, or damaged.
    #[error("the request is refused")]
    Document(#[source] DocumentError),
    /// Another vendor's.
    #[error("the request is for another vendor")]
    VendorUnknown,
    /// The licence's own document no longer stands.
    #[error("the licence is refused")]
    Licence(#[source] DocumentError),
    /// The code was not given to the server.
    #[error("the activation code of licence {licence} is not known to the server")]
    CodeUnknown {
        /// The licence.
        licence: LicenceId,
    },
    /// As many moves to another host as the contract year includes were made, and the licence has no
    /// more (clause A8).
    #[error("the licence's {per_year} moves to another host of this contract year are used up")]
    RehostsUsedUp {
        /// Included in each contract year.
        per_year: u32,
        /// First instant of the next contract year.
        again_at: Option<octroi_licence::CivilSeconds>,
    },
    /// The vendor's rules say no.
    #[error(transparent)]
    Refused(#[from] ActivationRefusal),
}

impl ActivateRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        name(Refusal::from(self).code())
    }

    /// What to do about it, as far as the vendor's rules say.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refusal) => Some(refusal.help()),
            Self::CodeUnknown { .. } => {
                Some("import the licence again with --code-file, as octroi-vendor issue wrote it")
            }
            Self::RehostsUsedUp { .. } => {
                Some("amend the licence to include more, or wait for the next contract year")
            }
            Self::Document(_) | Self::VendorUnknown | Self::Licence(_) => None,
        }
    }
}

impl From<&ActivateRefusal> for Refusal {
    fn from(refusal: &ActivateRefusal) -> Self {
        match refusal {
            ActivateRefusal::Document(error) | ActivateRefusal::Licence(error) => Self {
                document_code: error.code().to_owned(),
                ..of(document_code(error))
            },
            ActivateRefusal::VendorUnknown => of(RefusalCode::VendorUnknown),
            ActivateRefusal::CodeUnknown { licence } => Self {
                licence_id: licence.to_string(),
                ..of(RefusalCode::ActivationCodeUnknown)
            },
            ActivateRefusal::RehostsUsedUp { per_year, again_at } => Self {
                limit: *per_year,
                at_s: again_at.map_or(0, |at| at.0),
                ..of(RefusalCode::RehostsUsedUp)
            },
            ActivateRefusal::Refused(refusal) => by_rule(refusal),
        }
    }
}

/// A refusal by the vendor's rules, with what each has to say.
fn by_rule(refusal: &ActivationRefusal) -> Refusal {
    use ActivationRefusal as Rule;
    match refusal {
        Rule::LicenceUnknown { licence } => Refusal {
            licence_id: licence.to_string(),
            ..of(RefusalCode::LicenceUnknown)
        },
        Rule::LicenceSuperseded { serial, newest } => Refusal {
            serial: *serial,
            newest_serial: *newest,
            ..of(RefusalCode::LicenceSuperseded)
        },
        Rule::CodeWrong { attempts } => Refusal {
            attempts: *attempts,
            limit: FAILED_ATTEMPTS_MAX,
            ..of(RefusalCode::ActivationCodeWrong)
        },
        Rule::Locked { attempts } => Refusal {
            attempts: *attempts,
            limit: FAILED_ATTEMPTS_MAX,
            ..of(RefusalCode::ActivationLocked)
        },
        Rule::LicenceRevoked => of(RefusalCode::LicenceRevoked),
        Rule::LicenceTerminated { since } => Refusal {
            at_s: since.0,
            ..of(RefusalCode::LicenceTerminated)
        },
        Rule::LicenceTransferred { since } => Refusal {
            at_s: since.0,
            ..of(RefusalCode::LicenceTransferred)
        },
        Rule::ServerRegionNotAllowed { found, regions } => Refusal {
            server_country: found.map(|one| one.to_string()).unwrap_or_default(),
            server_regions: regions.iter().map(ToString::to_string).collect(),
            ..of(RefusalCode::ServerRegionNotAllowed)
        },
        Rule::LicenceExpired { ended_at } => Refusal {
            at_s: ended_at.0,
            ..of(RefusalCode::LicenceExpired)
        },
        Rule::TermsNotAccepted => of(RefusalCode::TermsNotAccepted),
        Rule::PaymentNotRecorded => of(RefusalCode::PaymentNotRecorded),
        Rule::SiteNotLicensed { found, .. } => Refusal {
            site: found.as_ref().map(ToString::to_string).unwrap_or_default(),
            ..of(RefusalCode::SiteNotLicensed)
        },
        Rule::HostNotLicensed { site, limit } => Refusal {
            site: site.to_string(),
            limit: *limit,
            ..of(RefusalCode::HostNotLicensed)
        },
        Rule::HostIdentityWeak { required, found } => Refusal {
            requested: *required,
            possible: *found,
            ..of(RefusalCode::HostIdentityWeak)
        },
        Rule::FeatureNotLicensed { feature } => Refusal {
            feature: feature.to_string(),
            ..of(RefusalCode::FeatureNotLicensed)
        },
        Rule::NoShareLeft {
            feature,
            limit,
            allotted,
            requested,
            most,
            ..
        } => Refusal {
            feature: feature.to_string(),
            limit: *limit,
            allotted: *allotted,
            requested: *requested,
            possible: *most,
            ..of(RefusalCode::NoShareLeft)
        },
        _ => of(RefusalCode::Unspecified),
    }
}
