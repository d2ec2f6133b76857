//! What can go wrong, typed so that an application can tell "no seat" from "no daemon" from "not to
//! be trusted". Every error has a stable code for programs and one line for people.

use std::{path::PathBuf, time::Duration};

use octroi_licence::{
    BorrowedLeaseError, CheckoutProofError, CivilMillis, CivilSeconds, DocumentDigest,
    DocumentError, FeatureName, LicenceId, ProductId,
};

use crate::{Refusal, RefusalCode};

/// Why there is no seat, or no session any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nobody listens on the socket. Said at once. The administrator's to mend.
    #[error(
        "no licence daemon listens on {} ({reason}): install or start octroid", socket.display()
    )]
    DaemonAbsent {
        /// Where it was looked for.
        socket: PathBuf,
        /// What the kernel said.
        reason: std::io::ErrorKind,
    },
    /// The socket may not be used by this user. The administrator's to mend.
    #[error(
        "this user may not connect to the licence daemon at {}: check the permissions of the socket and its folder",
        socket.display()
    )]
    SocketForbidden {
        /// Which socket.
        socket: PathBuf,
    },
    /// Somebody listens and did not answer in time.
    #[error(
        "the licence daemon at {} did not answer within {waited:?}: check octroid's log",
        socket.display()
    )]
    DaemonNotAnswering {
        /// Which socket.
        socket: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// What answered does not speak the protocol, or broke it off.
    #[error(
        "what answers at {} does not speak octroid's protocol ({what}): check what listens there",
        socket.display()
    )]
    DaemonMisbehaved {
        /// Which socket.
        socket: PathBuf,
        /// What was wrong.
        what: String,
    },
    /// The daemon said no, and why.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The daemon, or what it showed, is not what the vendor vouches for.
    #[error(transparent)]
    Untrusted(Box<Untrusted>),
    /// The vendor's documents state terms that this build of the application cannot honour.
    #[error("this application is too old for the installed licence: install a newer version of it")]
    ApplicationTooOld {
        /// The document and the terms.
        #[source]
        source: Box<DocumentError>,
    },
    /// The session is over and its seats are gone. Open a new one.
    #[error("the session was lost ({why}), its seats are gone: open a new session")]
    SessionLost {
        /// What ended it.
        why: Loss,
    },
    /// The application closed the session itself.
    #[error("the session was closed by the application: open a new session")]
    SessionClosed,
    /// The calling process is a fork of the one that opened the session.
    #[error(
        "the session belongs to process {opened_by}, not to its fork {caller}: open a session of its own in the child"
    )]
    Forked {
        /// Who opened it.
        opened_by: u32,
        /// Who calls.
        caller: u32,
    },
    /// As many requests as the SDK keeps open are unanswered.
    #[error("{max} requests are unanswered: wait for some of them")]
    TooManyRequests {
        /// The bound.
        max: usize,
    },
    /// The daemon does not know what is asked of it. The administrator's to mend.
    #[error("the licence daemon, version {version}, does not know {capability}: update octroid")]
    DaemonTooOld {
        /// Its version.
        version: String,
        /// What it does not know, by the name under which newer ones announce it.
        capability: &'static str,
    },
    /// The present period of a borrowed seat is over, by elapsed time or by this machine's clock.
    #[error("the borrowed seat's period is over since {until}: borrow a seat anew")]
    BorrowOver {
        /// First instant after it.
        until: CivilSeconds,
    },
    /// The file of a borrowed seat could not be read or written.
    #[error("the borrowed seat's file {} could not be used ({why})", path.display())]
    BorrowFile {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: std::io::ErrorKind,
    },
    /// The application's own mistake.
    #[error("{what} is not valid: {why}")]
    InvalidArgument {
        /// Which argument.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The operating system refused something that every session needs.
    #[error("the operating system refused {what} ({why})")]
    System {
        /// What was asked of it.
        what: &'static str,
        /// What it said.
        why: String,
    },
}

impl Error {
    /// The stable code, such as `DAEMON_ABSENT` or `SEATS_EXHAUSTED`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DaemonAbsent { .. } => "DAEMON_ABSENT",
            Self::SocketForbidden { .. } => "SOCKET_FORBIDDEN",
            Self::DaemonNotAnswering { .. } => "DAEMON_NOT_ANSWERING",
            Self::DaemonMisbehaved { .. } => "DAEMON_MISBEHAVED",
            Self::Refused(refusal) => refusal.code.as_str(),
            Self::Untrusted(why) => why.code(),
            Self::ApplicationTooOld { .. } => "APPLICATION_TOO_OLD",
            Self::SessionLost { .. } => "SESSION_LOST",
            Self::SessionClosed => "SESSION_CLOSED",
            Self::Forked { .. } => "FORKED",
            Self::TooManyRequests { .. } => "TOO_MANY_REQUESTS",
            Self::DaemonTooOld { .. } => "DAEMON_TOO_OLD",
            Self::BorrowOver { .. } => "BORROW_OVER",
            Self::BorrowFile { .. } => "BORROW_FILE",
            Self::InvalidArgument { .. } => "INVALID_ARGUMENT",
            Self::System { .. } => "SYSTEM",
        }
    }

    /// The daemon's code, where the daemon refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl From<Untrusted> for Error {
    fn from(why: Untrusted) -> Self {
        match why {
            Untrusted::Document { source, .. }
                if matches!(*source, DocumentError::TooNew { .. }) =>
            {
                Self::ApplicationTooOld { source }
            }
            why => Self::Untrusted(Box::new(why)),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// What ended a session that the application did not close.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Loss {
    /// The daemon does not know it any more: it was away for too long, or started anew without it.
    #[error("the daemon no longer knows it")]
    Unknown,
    /// The daemon did not come back in time.
    #[error("the daemon did not come back within {window:?}, last: {last}")]
    DaemonGone {
        /// How long was tried.
        window: Duration,
        /// Code of the last failure.
        last: &'static str,
    },
    /// The daemon would not take the session back.
    #[error("the daemon refused to resume it: {code}")]
    Refused {
        /// Its code.
        code: RefusalCode,
    },
    /// The connection broke and the daemon gave no means to resume.
    #[error("the connection broke and the session cannot be resumed")]
    NotResumable,
    /// Another connection of this process took it over.
    #[error("another connection of this process took it over")]
    Superseded,
    /// The runtime that served it was shut down.
    #[error("the runtime that served it was shut down")]
    RuntimeStopped,
}

/// Why the daemon, or what it showed, is not trusted. Either the daemon was tampered with, or
/// something else answers in its place, or the application pins another root than the vendor uses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Untrusted {
    /// The session's proof does not decode.
    #[error("the daemon's proof of the session is malformed ({what})")]
    ProofMalformed {
        /// Which part.
        what: &'static str,
    },
    /// The daemon's key did not sign the proof.
    #[error("the daemon's proof of the session is not signed by the key that it names")]
    ProofSignature,
    /// A valid proof, but of another conversation: replayed or relayed.
    #[error("the daemon's proof belongs to another conversation: its {field} differs")]
    ProofMismatch {
        /// What differs.
        field: &'static str,
    },
    /// The daemon's key-agreement value gives no secret.
    #[error("the daemon's key agreement gives no secret")]
    KeyAgreement,
    /// A licence or certificate that the daemon showed is not honoured.
    #[error("the daemon shows a licence that this application does not honour")]
    Document {
        /// The licence as its certificate or payload names it, where that could be read.
        licence: Option<LicenceId>,
        /// Why not.
        #[source]
        source: Box<DocumentError>,
    },
    /// The licence is for another product.
    #[error("licence {licence} is for product {found}, not for {expected}")]
    AnotherProduct {
        /// Which licence.
        licence: LicenceId,
        /// The application's product.
        expected: ProductId,
        /// The licence's.
        found: ProductId,
    },
    /// The licence is activated for another daemon.
    #[error("licence {licence} is activated for another daemon: activate it for this one")]
    AnotherDaemon {
        /// Which licence.
        licence: LicenceId,
    },
    /// The daemon showed no activation certificate for the licence.
    #[error("the daemon grants from licence {licence} without an activation certificate")]
    NotActivated {
        /// Which licence.
        licence: LicenceId,
    },
    /// More licences than are looked at.
    #[error("the daemon shows {found} licences, at most {max} are looked at")]
    TooManyLicences {
        /// Shown.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// The lease's code does not fit: forged, altered, or of another session.
    #[error("the lease is forged: its code does not fit this session")]
    LeaseForged,
    /// The lease's terms do not decode.
    #[error("the lease is malformed ({what})")]
    LeaseMalformed {
        /// Which part.
        what: &'static str,
    },
    /// A lease that was shown before.
    #[error("the lease numbered {number} is not newer than {newest}: replayed")]
    LeaseReplayed {
        /// Its number.
        number: u64,
        /// The newest seen.
        newest: u64,
    },
    /// A genuine lease, but not what was asked for.
    #[error("the lease is not what was asked for: its {field} differs")]
    LeaseMismatch {
        /// What differs.
        field: &'static str,
    },
    /// The lease rests on a licence that the daemon has not shown.
    #[error("the lease rests on a licence that the daemon did not show ({digest})")]
    LicenceNotShown {
        /// Its digest.
        digest: DocumentDigest,
    },
    /// The licence does not name the feature.
    #[error("licence {licence} does not name feature {feature}")]
    FeatureNotInLicence {
        /// Which licence.
        licence: LicenceId,
        /// Which feature.
        feature: FeatureName,
    },
    /// More units than the daemon's share.
    #[error("the lease is for {units} of {feature}, but the daemon's share is {share}")]
    AboveShare {
        /// Which feature.
        feature: FeatureName,
        /// Units leased.
        units: u32,
        /// Units that the certificate allots to this daemon.
        share: u32,
    },
    /// By the lease's own time, a term it rests on has not begun or is over.
    #[error("licence {licence}: the {what} does not cover {} (milliseconds since 1970)", at.0)]
    OutsideTerm {
        /// Which licence.
        licence: LicenceId,
        /// Whose term.
        what: &'static str,
        /// The lease's civil time.
        at: CivilMillis,
        /// First instant covered.
        starts_at: Option<CivilSeconds>,
        /// First instant no longer covered.
        ends_at: Option<CivilSeconds>,
    },
    /// The licence does not cover the application's version.
    #[error("licence {licence} does not cover this version for feature {feature}")]
    VersionNotCovered {
        /// Which licence.
        licence: LicenceId,
        /// Which feature.
        feature: FeatureName,
    },
    /// The application was released after maintenance ended, or states no date.
    #[error(
        "licence {licence} covers of feature {feature} only versions released before {ends_at}"
    )]
    MaintenanceEnded {
        /// Which licence.
        licence: LicenceId,
        /// Which feature.
        feature: FeatureName,
        /// First instant without maintenance.
        ends_at: CivilSeconds,
    },
    /// Nobody sits before the application, and the licence forbids that.
    #[error("licence {licence} does not allow feature {feature} to be used unattended")]
    AutomationForbidden {
        /// Which licence.
        licence: LicenceId,
        /// Which feature.
        feature: FeatureName,
    },
    /// The lease of a borrowed seat is not honoured.
    #[error("the borrowed seat is not honoured")]
    BorrowedLease {
        /// Why.
        #[source]
        source: BorrowedLeaseError,
    },
    /// The licence demands a proof by its hardware key for each check-out, and what came with the lease
    /// is none.
    #[error(
        "licence {licence} demands a proof by its hardware key for each check-out of {feature}, and the lease's does not hold"
    )]
    HardwareProof {
        /// Which licence.
        licence: LicenceId,
        /// Which feature.
        feature: FeatureName,
        /// What is wrong with the proof.
        #[source]
        source: CheckoutProofError,
    },
    /// The licence lends no seats of the feature, or not for so long.
    #[error("licence {licence} does not lend seats of feature {feature} like this")]
    NotLent {
        /// Which licence.
        licence: LicenceId,
        /// Which feature.
        feature: FeatureName,
    },
}

impl Untrusted {
    /// Says whether documents that the application has not fetched yet could make it right: the licence
    /// or its activation may just have been replaced.
    pub(crate) const fn may_be_outdated(&self) -> bool {
        matches!(
            self,
            Self::LicenceNotShown { .. }
                | Self::NotActivated { .. }
                | Self::AboveShare { .. }
                | Self::OutsideTerm { .. }
        )
    }

    /// The stable code; all begin with `UNTRUSTED_`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ProofMalformed { .. } => "UNTRUSTED_PROOF_MALFORMED",
            Self::ProofSignature => "UNTRUSTED_PROOF_SIGNATURE",
            Self::ProofMismatch { .. } => "UNTRUSTED_PROOF_MISMATCH",
            Self::KeyAgreement => "UNTRUSTED_KEY_AGREEMENT",
            Self::Document { .. } => "UNTRUSTED_DOCUMENT",
            Self::AnotherProduct { .. } => "UNTRUSTED_PRODUCT",
            Self::AnotherDaemon { .. } => "UNTRUSTED_DAEMON_KEY",
            Self::NotActivated { .. } => "UNTRUSTED_NOT_ACTIVATED",
            Self::TooManyLicences { .. } => "UNTRUSTED_TOO_MANY_LICENCES",
            Self::LeaseForged => "UNTRUSTED_LEASE_FORGED",
            Self::LeaseMalformed { .. } => "UNTRUSTED_LEASE_MALFORMED",
            Self::LeaseReplayed { .. } => "UNTRUSTED_LEASE_REPLAYED",
            Self::LeaseMismatch { .. } => "UNTRUSTED_LEASE_MISMATCH",
            Self::LicenceNotShown { .. } => "UNTRUSTED_LICENCE_NOT_SHOWN",
            Self::FeatureNotInLicence { .. } => "UNTRUSTED_FEATURE",
            Self::AboveShare { .. } => "UNTRUSTED_ABOVE_SHARE",
            Self::OutsideTerm { .. } => "UNTRUSTED_TERM",
            Self::VersionNotCovered { .. } => "UNTRUSTED_VERSION",
            Self::MaintenanceEnded { .. } => "UNTRUSTED_MAINTENANCE",
            Self::AutomationForbidden { .. } => "UNTRUSTED_AUTOMATION",
            Self::BorrowedLease { .. } => "UNTRUSTED_BORROWED_LEASE",
            Self::HardwareProof { .. } => "UNTRUSTED_HARDWARE_PROOF",
            Self::NotLent { .. } => "UNTRUSTED_NOT_LENT",
        }
    }
}
