//! Refusals: a stable code and typed parameters. Text is made at the edge, in the asker's language;
//! what stands here says which rule refused, what stands in the way as far as the asker may know,
//! and when it may change.

use octroi_licence::{CivilMillis, FeatureName, LicenceId};
use serde::{Deserialize, Serialize};

use crate::ids;

ids::numbered! {
    /// Why something was refused; the numbers are those of `octroi.licensing.v1.RefusalCode`.
    pub enum RefusalCode {
        /// Every seat of the feature is in use.
        SeatsExhausted = 1,
        /// The activation certificate gives this daemon no share of the feature.
        NoShareLeft = 2,
        /// No installed licence of the product names the feature.
        FeatureNotLicensed = 3,
        /// The licence's, the feature's or the certificate's term is over.
        LicenceExpired = 4,
        /// The term has not begun.
        LicenceNotYetValid = 5,
        /// The daemon's site is not among the licence's.
        SiteNotLicensed = 6,
        /// The host is not the one that was activated.
        HostNotLicensed = 7,
        /// Too few of the host's components can be read to recognise it.
        HostIdentityWeak = 8,
        /// The hardware key is away and its absence budget is spent.
        HardwareKeyAbsent = 9,
        /// No activation certificate is installed.
        NotActivated = 10,
        /// The application's version lies outside the licensed range.
        VersionNotCovered = 11,
        /// The vendor suspended the licence or the feature.
        Suspended = 12,
        /// A document states terms that this daemon does not know.
        DaemonTooOld = 13,
        /// The ledger cannot be written; nothing is granted that could not be recorded.
        LedgerUnwritable = 14,
        /// The user or the daemon has as many sessions as it may.
        TooManySessions = 15,
        /// The kernel does not say who asks, and the feature counts users.
        CallerUnidentified = 16,
        /// The licence stands on the vendor's revocation list.
        LicenceRevoked = 17,
        /// The vendor ended the licence or the feature.
        LicenceTerminated = 18,
        /// The session has as many seats, places in queues or open requests as it may.
        TooManySeats = 19,
        /// The session does not hold the seat.
        SeatNotHeld = 20,
        /// Nothing was opened on this stream.
        SessionNotOpen = 21,
        /// The resume token names no living session of this process.
        SessionUnknown = 22,
        /// A newer stream serves the session.
        SessionSuperseded = 23,
        /// Malformed, or of a later protocol.
        RequestNotUnderstood = 24,
        /// The request's number was already forgotten, or lies too far ahead.
        RequestOutOfOrder = 25,
        /// The named holder is not a living process of the caller's user.
        HolderNotAllowed = 26,
        /// No realm of that vendor root.
        VendorUnknown = 27,
        /// No protocol version in common.
        ProtocolNotSupported = 28,
        /// The place in the queue was not reached in time.
        QueueDeadlinePassed = 29,
        /// The application gave its place in the queue up.
        QueueCancelled = 30,
        /// The key's counter fell behind: cloned or rolled back.
        HardwareKeySuspect = 31,
        /// A newer document of the same sequence is installed.
        DocumentSequenceOld = 32,
        /// Documents of the sequence before this one are missing.
        DocumentSequenceGap = 33,
        /// The document names another daemon, licence or client.
        DocumentNotForThisDaemon = 34,
        /// The daemon is stopping.
        ShuttingDown = 35,
        /// A usage report is overdue by more than the licence allows: held seats stay, no others are
        /// granted.
        ReportOverdue = 36,
        /// The licence counts declared accounts or end users, and the check-out names none.
        UserNotNamed = 40,
        /// Every seat is assigned to a named user.
        NoAssignmentLeft = 41,
        /// As many seats were assigned today as the licence allows.
        AssignmentsPerDayReached = 42,
        /// Every seat is in use, and nothing is granted over the limit any more.
        OverdraftEnded = 43,
        /// The user belongs to no company that the licence lists.
        EntityNotListed = 44,
        /// The user is of no kind that the licence lists.
        CategoryNotListed = 45,
        /// The user's kind has as many seats as it may.
        CategoryLimitReached = 46,
        /// The vendor or an administrator blocked the user.
        UserBlocked = 47,
        /// The administrator has not listed the caller as one that may name whom it asks for. The
        /// shell's refusal: the engine is not asked.
        CallerNotListed = 48,
        /// A window has not so much left of the feature's amount.
        AmountExhausted = 50,
        /// The feature is not granted at this time of day.
        OutsideAllowedTimes = 51,
        /// The version was released after maintenance ended.
        MaintenanceEnded = 52,
        /// The application does not state when its version was released, and maintenance ends.
        ReleaseDateMissing = 53,
        /// The site's country is not known, or not one in which the licence may be used.
        TerritoryNotLicensed = 54,
        /// Nobody sits before the application, and the feature is for people.
        AutomationForbidden = 55,
        /// The application runs in a container, and the licence forbids that.
        ContainerNotAllowed = 56,
        /// The feature is not offered for such use: it is consumed and not checked out, or the
        /// reverse, or it may not be borrowed.
        UseNotOffered = 57,
        /// As many units are borrowed, or for so long, as the licence allows.
        BorrowLimitReached = 58,
        /// The activation server stands where the licence does not allow it to.
        ServerRegionNotAllowed = 59,
        /// The licence passed to another client.
        LicenceTransferred = 60,
        /// Non-renewal of this licence is given by letter to the vendor, not here.
        NonRenewalByLetter = 61,
        /// No later period can be kept from beginning by a notice.
        NonRenewalTooLate = 62,
        /// The licence is not renewed by itself, so there is nothing to give notice of.
        NothingToRenew = 63,
        /// The licence excludes that it is terminated for convenience.
        ConvenienceExcluded = 64,
        /// The client declared the end of its use.
        UseEnded = 65,
        /// The evaluation is over, or was used before.
        EvaluationOver = 66,
        /// No document with this digest waits for acceptance.
        NothingToAccept = 67,
        /// No such licence is installed.
        LicenceUnknown = 68,
        /// The licence does not offer this choice.
        ChoiceNotOffered = 69,
        /// No receipt brought an announcement of this number.
        AnnouncementUnknown = 70,
        /// The announcement awaits no answer.
        AnswerNotAwaited = 71,
        /// The day until which an objection could be made is over.
        AnswerTooLate = 72,
        /// The certificate is not valid by this machine's clock, and would replace one that is.
        CertificateNotInForce = 85,
        /// The licence asks for a proof by its hardware key at each check-out, and the application
        /// sent nothing to be proven.
        HardwareProofNotAsked = 86,
        /// The hardware key is here and gave no proof in time.
        HardwareKeyBusy = 87,
        /// The end of use cannot be certified: a borrowed seat can be used until its period ends.
        SeatStillBorrowed = 90,
        /// No such intervention is open.
        InterventionNotOpen = 95,
        /// As many interventions are open as are kept open at one time.
        TooManyInterventions = 96,
        /// The vendor revoked the hardware key as lost.
        HardwareKeyRevoked = 98,
    }
}

/// Why something was refused, with what the asker may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The stable code.
    pub code: RefusalCode,
    /// The feature concerned.
    pub feature: Option<FeatureName>,
    /// The licence whose rule refused.
    pub licence: Option<LicenceId>,
    /// The limit that stands, in seats; 0 where the rule has none.
    pub limit: u32,
    /// Seats in use.
    pub in_use: u32,
    /// Check-outs waiting before this one.
    pub waiting: u32,
    /// Seats asked for.
    pub requested: u32,
    /// When it may change, in civil time.
    pub may_change_at: Option<CivilMillis>,
    /// What the rule wants: a date, a version, a site. At most 128 bytes.
    pub expected: String,
    /// What stands there instead. At most 128 bytes.
    pub found: String,
}

impl RefusalCode {
    /// The term that refuses, by the name under which a licence quotes its clause
    /// ([`Licence::clause`](octroi_licence::Licence::clause)); `None` where no one term does.
    pub fn subject(self) -> Option<&'static str> {
        // Every code is named: one that is added must be given its term, or none.
        match self {
            Self::SeatsExhausted
            | Self::NoShareLeft
            | Self::NoAssignmentLeft
            | Self::AssignmentsPerDayReached
            | Self::UseNotOffered => Some("count"),
            Self::LicenceExpired | Self::LicenceNotYetValid => Some("term"),
            Self::SiteNotLicensed => Some("sites"),
            Self::HostNotLicensed
            | Self::HostIdentityWeak
            | Self::HardwareKeyAbsent
            | Self::HardwareKeySuspect
            | Self::HardwareKeyRevoked => Some("binding"),
            Self::NotActivated => Some("activation"),
            Self::VersionNotCovered => Some("versions"),
            Self::CallerUnidentified
            | Self::UserNotNamed
            | Self::UserBlocked
            | Self::CallerNotListed => Some("identity"),
            Self::QueueDeadlinePassed => Some("queue"),
            Self::ReportOverdue => Some("reporting"),
            Self::HardwareProofNotAsked | Self::HardwareKeyBusy => Some("proof"),
            Self::OverdraftEnded => Some("overdraft"),
            Self::EntityNotListed | Self::CategoryNotListed => Some("eligibility"),
            Self::CategoryLimitReached => Some("category-limits"),
            Self::AmountExhausted => Some("meter"),
            Self::OutsideAllowedTimes => Some("allowed-times"),
            Self::MaintenanceEnded | Self::ReleaseDateMissing => Some("maintenance"),
            Self::TerritoryNotLicensed => Some("territory"),
            Self::AutomationForbidden => Some("automation"),
            Self::ContainerNotAllowed => Some("containers"),
            Self::BorrowLimitReached => Some("borrow"),
            Self::ServerRegionNotAllowed => Some("server-regions"),
            Self::NonRenewalByLetter | Self::NonRenewalTooLate | Self::NothingToRenew => {
                Some("renewal")
            }
            Self::ConvenienceExcluded => Some("convenience"),
            Self::EvaluationOver => Some("acceptance"),
            Self::NothingToAccept => Some("countersign"),
            Self::UseEnded | Self::ChoiceNotOffered | Self::SeatStillBorrowed => Some("end-of-use"),
            // The vendor's orders and revocations, which give their reason themselves.
            Self::Suspended
            | Self::LicenceRevoked
            | Self::LicenceTerminated
            | Self::LicenceTransferred
            // What a licence is not asked about: documents, the protocol, the machine.
            | Self::FeatureNotLicensed
            | Self::DaemonTooOld
            | Self::LedgerUnwritable
            | Self::TooManySessions
            | Self::TooManySeats
            | Self::SeatNotHeld
            | Self::SessionNotOpen
            | Self::SessionUnknown
            | Self::SessionSuperseded
            | Self::RequestNotUnderstood
            | Self::RequestOutOfOrder
            | Self::HolderNotAllowed
            | Self::VendorUnknown
            | Self::ProtocolNotSupported
            | Self::QueueCancelled
            | Self::DocumentSequenceOld
            | Self::DocumentSequenceGap
            | Self::DocumentNotForThisDaemon
            | Self::CertificateNotInForce
            | Self::ShuttingDown
            | Self::LicenceUnknown
            | Self::AnnouncementUnknown
            | Self::AnswerNotAwaited
            | Self::AnswerTooLate
            | Self::InterventionNotOpen
            | Self::TooManyInterventions => None,
        }
    }
}

/// On what a refusal rests: what people are told beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grounds {
    /// The term that refused, by the name under which a licence quotes its clause.
    pub rule: Option<&'static str>,
    /// The contract's clause that the term carries out, or that a cure notice says was breached.
    pub clause: Option<String>,
    /// The vendor's words, or the kind of the order where it gives none; never names a person.
    pub reason: Option<String>,
}

impl Refusal {
    /// A refusal with its code alone.
    pub fn of(code: RefusalCode) -> Self {
        Self {
            code,
            feature: None,
            licence: None,
            limit: 0,
            in_use: 0,
            waiting: 0,
            requested: 0,
            may_change_at: None,
            expected: String::new(),
            found: String::new(),
        }
    }
}
