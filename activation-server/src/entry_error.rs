//! Why the books refuse an entry: what stands against it, a stable code, and what to do.

use octroi_licence::{
    ANNOUNCEMENT_BYTES_MAX, CivilDay, Days, DocumentError, DocumentKind, LicenceId, PublicKey,
};

use crate::DatabaseError;

/// Why an entry was not made. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The books could not be read or written.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The document does not stand.
    #[error("the document is refused")]
    Document(#[from] DocumentError),
    /// A kind that the books do not hold.
    #[error("the books hold licences, orders and revocation lists, not: {kind}")]
    Kind {
        /// The document's kind.
        kind: DocumentKind,
    },
    /// Nothing was imported for the licence.
    #[error("the books have no licence {licence}")]
    LicenceUnknown {
        /// The licence.
        licence: LicenceId,
    },
    /// The code does not belong to this document.
    #[error("the activation code is not the one of licence {licence}, serial {serial}")]
    AnotherCode {
        /// The licence.
        licence: LicenceId,
        /// Its serial.
        serial: u64,
    },
    /// Documents of the licence's sequence are missing in between.
    #[error("document {expected} of licence {licence} is missing; this one is number {found}")]
    SequenceGap {
        /// The licence.
        licence: LicenceId,
        /// The next number.
        expected: u64,
        /// The document's number.
        found: u64,
    },
    /// Another document has this place.
    #[error("another document is number {sequence} already")]
    SequenceTaken {
        /// The number.
        sequence: u64,
    },
    /// An older revocation list than the one that counts.
    #[error("the revocation list has version {found}, the books have {newest}")]
    ListOld {
        /// The list's version.
        found: u64,
        /// The version that counts.
        newest: u64,
    },
    /// The licence states no terms that could be accepted.
    #[error("licence {licence} states no terms to accept")]
    NoTerms {
        /// The licence.
        licence: LicenceId,
    },
    /// The daemon holds nothing of the licence.
    #[error("daemon {daemon} holds no share of licence {licence}")]
    NothingAllotted {
        /// The licence.
        licence: LicenceId,
        /// The daemon's key.
        daemon: PublicKey,
    },
    /// Not text that can be shown everywhere.
    #[error(
        "the announcement must be 1 to {ANNOUNCEMENT_BYTES_MAX} bytes of text in one line, \
         and its kind of a-z 0-9 -"
    )]
    Announcement,
    /// Nobody would know what to install.
    #[error("a release that is to be installed by a day must state its version")]
    ReleaseWithoutVersion,
    /// Nobody could object in time.
    #[error(
        "a change in who processes data must state when it comes about, and a day until which to \
         object that lies ahead and not behind it"
    )]
    ChangeWithoutDates,
    /// Announced too late.
    #[error("the change must be announced {} days ahead: not before {}", notice.0, text(*earliest))]
    NoticeTooShort {
        /// So many days.
        notice: Days,
        /// The earliest day on which it may come about.
        earliest: CivilDay,
    },
}

/// A day as 2026-11-22.
fn text(day: CivilDay) -> String {
    let instant = jiff::Timestamp::from_second(day.start().0);
    instant.map_or_else(|_| day.0.to_string(), |at| at.strftime("%F").to_string())
}

impl From<sqlx::Error> for EntryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl EntryError {
    /// The stable code, where there is one.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Database(error) if error.is_passing() => "DATABASE_UNAVAILABLE",
            Self::Database(_) => return None,
            Self::Document(error) => error.code(),
            Self::Kind { .. } => "DOCUMENT_OF_ANOTHER_KIND",
            Self::LicenceUnknown { .. } => "LICENCE_UNKNOWN",
            Self::AnotherCode { .. } => "ACTIVATION_CODE_WRONG",
            Self::SequenceGap { .. } => "DOCUMENT_SEQUENCE_GAP",
            Self::SequenceTaken { .. } => "DOCUMENT_SEQUENCE_TAKEN",
            Self::ListOld { .. } => "DOCUMENT_SEQUENCE_OLD",
            Self::NoTerms { .. } => "TERMS_NOT_STATED",
            Self::NothingAllotted { .. } => "NOT_ACTIVATED",
            Self::Announcement | Self::ReleaseWithoutVersion | Self::ChangeWithoutDates => {
                "ANNOUNCEMENT_INVALID"
            }
            Self::NoticeTooShort { .. } => "NOTICE_TOO_SHORT",
        })
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Database(error) => Some(error.help()),
            Self::LicenceUnknown { .. } => Some("octroi-server import CLIENT.lic"),
            Self::AnotherCode { .. } => {
                Some("the code file is written beside the licence by octroi-vendor issue")
            }
            Self::SequenceGap { .. } => Some(
                "daemons apply documents in order: add the missing ones first (octroi-vendor \
                 register lists them)",
            ),
            Self::ReleaseWithoutVersion => Some("state --version"),
            Self::ChangeWithoutDates => Some("state --effective and --due"),
            Self::NoticeTooShort { .. } => {
                Some("choose a later --effective, or state the contract's own --notice-days")
            }
            Self::NoTerms { .. } => Some("issue a serial whose order states terms.digest"),
            _ => None,
        }
    }
}
