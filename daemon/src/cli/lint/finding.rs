//! What `octroi lint` can find.

use super::super::doctor::State;

/// One thing found. Codes are stable; the sentences about them stand in the language tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Unreadable,
    Damaged,
    TermInvalid,
    DaemonTooOld,
    NotVerified,
    NotTrusted,
    AnotherVendor,
    NotAccepted,
    SignerUncertified,
    SignerOutsideDates,
    IssuedInFuture,
    Ended,
    EndsSoon,
    StartsLater,
    FeatureWithoutSeats,
    FeatureEnded,
    BilledUnknown,
    ReportsWithoutServer,
    ServerWithoutPins,
    SiteElsewhere,
    SiteWithoutHosts,
    EmulatorAccepted,
    TermsNotAccepted,
    ShareEmpty,
    NotYet,
    Gap,
    AlreadyInstalled,
    TakesSeats,
    RootNotTrusted,
    GoesToVendor,
    ReceiptImport,
    KindNotInstalled,
    AwaitsAcceptance,
}

impl Code {
    /// Every code.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 33] = [
        Self::Unreadable,
        Self::Damaged,
        Self::TermInvalid,
        Self::DaemonTooOld,
        Self::NotVerified,
        Self::NotTrusted,
        Self::AnotherVendor,
        Self::NotAccepted,
        Self::SignerUncertified,
        Self::SignerOutsideDates,
        Self::IssuedInFuture,
        Self::Ended,
        Self::EndsSoon,
        Self::StartsLater,
        Self::FeatureWithoutSeats,
        Self::FeatureEnded,
        Self::BilledUnknown,
        Self::ReportsWithoutServer,
        Self::ServerWithoutPins,
        Self::SiteElsewhere,
        Self::SiteWithoutHosts,
        Self::EmulatorAccepted,
        Self::TermsNotAccepted,
        Self::ShareEmpty,
        Self::NotYet,
        Self::Gap,
        Self::AlreadyInstalled,
        Self::TakesSeats,
        Self::RootNotTrusted,
        Self::GoesToVendor,
        Self::ReceiptImport,
        Self::KindNotInstalled,
        Self::AwaitsAcceptance,
    ];

    /// Its stable name, and how much it matters.
    pub(crate) const fn about(self) -> (&'static str, State) {
        use State::{Failed, NotChecked, Ok, Warning};
        match self {
            Self::Unreadable => ("UNREADABLE", Failed),
            Self::Damaged => ("DOCUMENT_DAMAGED", Failed),
            Self::TermInvalid => ("TERM_INVALID", Failed),
            Self::DaemonTooOld => ("DAEMON_TOO_OLD", Failed),
            Self::NotVerified => ("NOT_VERIFIED", NotChecked),
            Self::NotTrusted => ("DOCUMENT_NOT_TRUSTED", Failed),
            Self::AnotherVendor => ("ANOTHER_VENDOR", Failed),
            Self::NotAccepted => ("WOULD_BE_REFUSED", Failed),
            Self::SignerUncertified => ("SIGNER_WITHOUT_CERTIFICATE", Failed),
            Self::SignerOutsideDates => ("SIGNER_OUTSIDE_CERTIFICATE", Failed),
            Self::IssuedInFuture => ("ISSUED_IN_FUTURE", Warning),
            Self::Ended => ("ENDED", Failed),
            Self::EndsSoon => ("ENDS_SOON", Warning),
            Self::StartsLater => ("STARTS_LATER", Warning),
            Self::FeatureWithoutSeats => ("FEATURE_WITHOUT_SEATS", Failed),
            Self::FeatureEnded => ("FEATURE_ENDED", Warning),
            Self::BilledUnknown => ("BILLED_FEATURE_UNKNOWN", Warning),
            Self::ReportsWithoutServer => ("REPORTS_WITHOUT_SERVER", Warning),
            Self::ServerWithoutPins => ("SERVER_WITHOUT_PINS", Warning),
            Self::SiteElsewhere => ("SITE_ELSEWHERE", Warning),
            Self::SiteWithoutHosts => ("SITE_WITHOUT_LIMIT", Ok),
            Self::EmulatorAccepted => ("EMULATOR_ACCEPTED", Warning),
            Self::TermsNotAccepted => ("TERMS_NOT_ACCEPTED", Warning),
            Self::ShareEmpty => ("SHARE_EMPTY", Warning),
            Self::NotYet => ("NOT_YET", Ok),
            Self::Gap => ("SEQUENCE_GAP", Warning),
            Self::AlreadyInstalled => ("ALREADY_INSTALLED", Ok),
            Self::TakesSeats => ("TAKES_SEATS", Warning),
            Self::RootNotTrusted => ("ROOT_NOT_TRUSTED_YET", Ok),
            Self::GoesToVendor => ("GOES_TO_VENDOR", Ok),
            Self::ReceiptImport => ("RECEIPT_BY_IMPORT", Ok),
            Self::KindNotInstalled => ("KIND_NOT_INSTALLED", Failed),
            Self::AwaitsAcceptance => ("AWAITS_ACCEPTANCE", Ok),
        }
    }
}

/// A code with its place and what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) code: Code,
    /// A field's path, such as `features[solver].count`; empty: the whole document.
    pub(super) place: String,
    /// What was found there: a date, a name, a reason. May be empty.
    pub(super) found: String,
}

impl Finding {
    pub(super) fn new(code: Code, place: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            code,
            place: place.into(),
            found: found.into(),
        }
    }
}
