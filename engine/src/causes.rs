//! Numbered words of the records: why something ended, what a document is, what an order does. Their
//! numbers are the ledger's format: only added to, never changed or reused.

use octroi_licence::{CivilSeconds, FeatureName, WindowUnit};
use serde::{Deserialize, Serialize};

use crate::ids;

ids::numbered! {
    /// Why a session ended.
    pub enum SessionEnd {
        /// The application said goodbye.
        Goodbye = 1,
        /// The kernel reported the end of its process.
        ProcessExited = 2,
        /// The transport was lost and the resume window passed.
        ResumeWindowPassed = 3,
        /// The machine was started anew since.
        AnotherBoot = 4,
        /// The process had ended when the daemon started.
        ProcessGoneAtStart = 5,
        /// Its user was blocked.
        UserBlocked = 20,
        /// Its user's identity was erased.
        UserErased = 21,
    }
}

ids::numbered! {
    /// Why a seat ended.
    pub enum SeatEnd {
        /// Its session ended.
        SessionEnded = 1,
        /// An administrator took it back and the holder acknowledged or the hold passed.
        Revoked = 2,
        /// The licence, the feature or the certificate came to its end.
        LicenceEnded = 3,
        /// The vendor suspended or terminated it.
        Suspended = 4,
        /// The hardware key stayed away beyond its budget.
        HardwareKeyAbsent = 5,
        /// A newer licence or certificate has no room for it.
        ShareReduced = 6,
        /// Its user was blocked.
        UserBlocked = 20,
        /// Its assignment was ended by an order.
        Reassigned = 21,
        /// Its user's identity was erased.
        UserErased = 22,
    }
}

ids::numbered! {
    /// Why a place in the queue was given up without a seat.
    pub enum WaitEnd {
        /// Its deadline passed.
        DeadlinePassed = 1,
        /// The application cancelled.
        Cancelled = 2,
        /// Its session ended.
        SessionEnded = 3,
        /// The feature can no longer be granted.
        Refused = 4,
    }
}

ids::numbered! {
    /// What was written out of the daemon's keeping.
    pub enum ExportKind {
        /// Every record of the ledger.
        Ledger = 1,
        /// One record with its proof.
        Excerpt = 2,
        /// Everything about one user.
        User = 3,
        /// The log book.
        Logbook = 4,
        /// A bundle for the vendor's support.
        Diagnosis = 5,
    }
}

ids::numbered! {
    /// How a key's counter disagreed with what the ledger knows.
    pub enum CounterAnomaly {
        /// At or behind the last counter: cloned or rolled back.
        Behind = 1,
        /// Further ahead than the open intents explain: used elsewhere, or this ledger was set back.
        Ahead = 2,
    }
}

ids::numbered! {
    /// What confirmed the civil time.
    pub enum ClockConfirmation {
        /// 24 hours of running since the leap.
        Running = 1,
        /// A vendor's receipt.
        Receipt = 2,
    }
}

ids::numbered! {
    /// Kinds of documents, as the ledger numbers them.
    pub enum DocumentCode {
        /// A licence.
        Licence = 1,
        /// An activation certificate.
        ActivationCertificate = 2,
        /// An order.
        Order = 3,
        /// A revocation list.
        RevocationList = 4,
        /// An amendment.
        Amendment = 5,
        /// The vendor's root.
        VendorRoot = 6,
        /// An escrow release.
        EscrowRelease = 7,
    }
}

ids::numbered! {
    /// What an order does when it takes effect.
    pub enum Effect {
        /// Nothing is granted until resumed.
        Suspend = 1,
        /// The suspension ends.
        Resume = 2,
        /// Nothing is granted any more.
        Terminate = 3,
        /// The limits of a feature are others.
        LimitChange = 20,
        /// Nothing is granted over the limit any more.
        OverdraftNotice = 21,
    }
}

ids::numbered! {
    /// The span of a window over which amounts are summed, in the site's zone.
    pub enum WindowSpan {
        /// An hour of the clock.
        Hour = 1,
        /// A day of the calendar; 23 or 25 hours where the clocks change.
        Day = 2,
        /// A month of the calendar.
        Month = 3,
    }
}

impl WindowSpan {
    /// The same span as licences state it.
    pub(crate) const fn unit(self) -> WindowUnit {
        match self {
            Self::Hour => WindowUnit::Hour,
            Self::Day => WindowUnit::Day,
            Self::Month => WindowUnit::Month,
        }
    }

    /// The span's name in refusals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// One window in which an amount counts. A window lasts until its recorded end: none begins before
/// the one before it is over, whatever becomes of the clock or of the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRecord {
    /// Over which span.
    pub span: WindowSpan,
    /// First instant.
    pub starts_at: CivilSeconds,
    /// First instant after the end.
    pub ends_at: CivilSeconds,
}

ids::numbered! {
    /// What became of a reservation.
    pub enum ReservationVerdict {
        /// The vendor approved it: it is consumed.
        Approved = 1,
        /// The vendor refused it: it is given back.
        Refused = 2,
        /// An administrator took it back.
        Withdrawn = 3,
    }
}

ids::numbered! {
    /// What was seen of tampering (clause T8).
    pub enum Evidence {
        /// A document whose text was changed after it was signed.
        DocumentAltered = 1,
        /// The wall clock was set back behind the confirmed time.
        ClockSetBack = 2,
        /// A hardware key's counter fell behind: cloned or rolled back.
        KeyRolledBack = 3,
        /// A copy of the daemon's state ran beside the original.
        LedgerForked = 4,
    }
}

ids::numbered! {
    /// Why a borrowed seat no longer counts.
    pub enum BorrowEnd {
        /// Its period was over and it was not renewed.
        PeriodOver = 1,
        /// It was given back or recalled, and its period was over.
        Returned = 2,
        /// The vendor wrote it off.
        WrittenOff = 3,
    }
}

ids::numbered! {
    /// How the software was accepted (clauses A18, T4).
    pub enum AcceptedBy {
        /// The administrator said so.
        Word = 1,
        /// It was used.
        Use = 2,
        /// No reserves were recorded in time.
        Silence = 3,
    }
}

ids::numbered! {
    /// What became of software, copies and data at the end of use.
    pub enum EndChoice {
        /// Destroyed.
        Destroyed = 1,
        /// Returned with a written guarantee.
        Returned = 2,
        /// The last back-up copied, then destroyed.
        BackupHandedOver = 3,
    }
}

/// What of a licence an order concerns; `None` is all of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ScopeRecord(pub Option<FeatureName>);

ids::numbered! {
    /// What an announcement is about.
    pub enum AnnouncementTopic {
        /// A release (clauses A17, A21, T18).
        Release = 1,
        /// Who processes data for the vendor, and where (clause K14).
        DataProcessing = 2,
        /// Something else: maintenance, prices, a notice.
        Other = 3,
    }
}

ids::numbered! {
    /// The client's answer to an announcement. The same numbers as in reports.
    pub enum AnnouncementVerdict {
        /// Accepted.
        Accepted = 1,
        /// Objected to.
        Objected = 2,
    }
}
