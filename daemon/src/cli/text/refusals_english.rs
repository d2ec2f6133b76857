//! Every refusal in English: why, and what to do next.

use octroi_proto::licensing::v1::RefusalCode;

use super::Explained;

/// A refusal code in words.
pub(super) fn refusal(code: RefusalCode) -> Explained {
    let (what, next) = match code {
        RefusalCode::Unspecified => (
            "for a reason that this version does not know",
            "install the same version of octroi as of the daemon: octroi --version, octroi status",
        ),
        RefusalCode::SeatsExhausted => (
            "every seat is in use",
            "see who holds them with octroi seats; wait in the queue, take one back with octroi release, or order more",
        ),
        RefusalCode::NoShareLeft => (
            "this machine's activation gives it no share of the feature",
            "ask the vendor to activate this machine with a share; other machines may hold all of it",
        ),
        RefusalCode::FeatureNotLicensed => (
            "no installed licence of the product names the feature",
            "compare the feature's and the product's name with octroi status; order the module if it is missing",
        ),
        RefusalCode::LicenceExpired => (
            "the term is over",
            "install the renewed licence or certificate that the vendor sent; ask for it if there is none",
        ),
        RefusalCode::LicenceNotYetValid => (
            "the term has not begun",
            "wait for its first day; if that day is past, correct this machine's clock",
        ),
        RefusalCode::SiteNotLicensed => (
            "this machine's site is not among the licence's",
            "set `site` in octroid.toml to a site that the licence names, or order this site",
        ),
        RefusalCode::HostNotLicensed => (
            "this is not the machine that was activated",
            "activate this machine: octroi activate --request FILE --licence ID",
        ),
        RefusalCode::HostIdentityWeak => (
            "too few of the machine's identifiers can be read to recognise it",
            "octroi hostid shows which cannot be read and why",
        ),
        RefusalCode::HardwareKeyAbsent => (
            "the hardware key is away for longer than the licence allows",
            "plug the key in; octroi status names the keys that fit",
        ),
        RefusalCode::NotActivated => (
            "the licence is not activated on this machine",
            "octroi activate --request FILE --licence ID, send the file to the vendor, then octroi activate --response ANSWER",
        ),
        RefusalCode::VersionNotCovered => (
            "the licence does not cover this version of the application",
            "use a version that is covered, or renew the maintenance",
        ),
        RefusalCode::Suspended => (
            "the vendor has suspended the licence or the feature",
            "settle what the vendor named, then install the order that resumes it",
        ),
        RefusalCode::DaemonTooOld => (
            "the document states terms that this version of the daemon does not know",
            "update octroid to the version named, then install the document again",
        ),
        RefusalCode::LedgerUnwritable => (
            "the ledger cannot be written, and what is not recorded is not granted",
            "free space on its disk, or give /var/lib/octroi back to user octroi; octroi status names the error",
        ),
        RefusalCode::TooManySessions => (
            "as many sessions are open as one user or the daemon may have",
            "end programs that are no longer needed; limits stand in octroid.toml",
        ),
        RefusalCode::CallerUnidentified => (
            "the kernel does not say who asks, and the feature is counted by user",
            "run the program without a user namespace that hides its user (PrivateUsers=no, or map the user)",
        ),
        RefusalCode::LicenceRevoked => (
            "the vendor has revoked the licence",
            "ask the vendor for the licence that replaces it",
        ),
        RefusalCode::LicenceTerminated => (
            "the vendor has ended the licence or the feature",
            "ask the vendor; a new licence is needed",
        ),
        RefusalCode::TooManySeats => (
            "the session holds or waits for as many seats as it may",
            "give seats back before asking for more",
        ),
        RefusalCode::SeatNotHeld => (
            "the seat is not held, or was released before",
            "octroi seats shows what is held",
        ),
        RefusalCode::SessionNotOpen => (
            "nothing was opened on this connection",
            "open a session first; this is a fault of the application",
        ),
        RefusalCode::SessionUnknown => (
            "the session has ended, or never was this process's",
            "open a new session",
        ),
        RefusalCode::SessionSuperseded => (
            "a newer connection serves this session",
            "use the newer connection; this is a fault of the application",
        ),
        RefusalCode::RequestNotUnderstood => (
            "the daemon did not understand the request",
            "use versions of octroi and octroid that belong together",
        ),
        RefusalCode::RequestOutOfOrder => (
            "the request's number was already used, or lies too far ahead",
            "start the application again; this is a fault of the application",
        ),
        RefusalCode::HolderNotAllowed => (
            "the process named as holder is not a living process of the same user",
            "start the program as the user who asks for the seat",
        ),
        RefusalCode::VendorUnknown => (
            "no vendor with this root is trusted here",
            "octroi vendor trust root.pub, with the root that the application names",
        ),
        RefusalCode::ProtocolNotSupported => (
            "application and daemon have no protocol version in common",
            "update the older of the two",
        ),
        RefusalCode::QueueDeadlinePassed => (
            "no seat came free in time",
            "wait longer, see who holds the seats with octroi seats, or order more",
        ),
        RefusalCode::QueueCancelled => (
            "the application gave its place in the queue up",
            "ask again when a seat is needed",
        ),
        RefusalCode::HardwareKeySuspect => (
            "the hardware key's counter fell behind: it was copied or set back",
            "keep the key and tell the vendor; a replacement must be enrolled",
        ),
        RefusalCode::DocumentSequenceOld => (
            "a newer document of the same licence is already installed",
            "nothing needs to be done; octroi status shows what is in force",
        ),
        RefusalCode::DocumentSequenceGap => (
            "documents before this one are missing",
            "install the missing documents first; octroi status names their numbers",
        ),
        RefusalCode::DocumentNotForThisDaemon => (
            "the document was made for another machine, licence or client",
            "make a request on this machine: octroi activate --request FILE --licence ID",
        ),
        RefusalCode::ShuttingDown => (
            "the daemon is stopping",
            "try again when it has started: systemctl status octroid",
        ),
        RefusalCode::ReportOverdue => (
            "a usage report to the vendor is overdue; seats that are held stay, no others are granted",
            "send it: octroi report send, or by file: octroi report export FILE",
        ),
        RefusalCode::UserNotNamed => (
            "the licence counts declared accounts or end users, and the application named none",
            "let the application name the user, and list it as a caller that may",
        ),
        RefusalCode::NoAssignmentLeft => (
            "every seat is assigned to a named user",
            "ask the vendor to reassign the seat of somebody who no longer needs it, or for more seats",
        ),
        RefusalCode::AssignmentsPerDayReached => (
            "as many seats were assigned to new users today as the licence allows",
            "try again tomorrow",
        ),
        RefusalCode::OverdraftEnded => (
            "every seat is in use, and the licence grants none over its limit any more",
            "wait until a seat comes free, or ask the vendor for more",
        ),
        RefusalCode::EntityNotListed => (
            "the user belongs to no company that the licence lists",
            "check which company the administrator assigned to the user",
        ),
        RefusalCode::CategoryNotListed => (
            "the user is of no kind that the licence lists",
            "check which kind the administrator assigned to the user",
        ),
        RefusalCode::CategoryLimitReached => (
            "users of this kind have as many seats as the licence gives them",
            "wait until one of them gives a seat back, or ask the vendor for more",
        ),
        RefusalCode::UserBlocked => (
            "the user is blocked",
            "ask the administrator why, and who can lift it",
        ),
        RefusalCode::CallerNotListed => (
            "this program may not name the user that it asks for",
            "if it should, list its user under [[callers]] in octroid.toml and restart octroid",
        ),
        RefusalCode::AmountExhausted => (
            "this hour, day or month has not so much left",
            "wait until the window opens again, consume less at a time, or order more",
        ),
        RefusalCode::OutsideAllowedTimes => (
            "the licence does not allow this feature at this time of day",
            "try again when it opens; the times are meant in the site's time zone",
        ),
        RefusalCode::MaintenanceEnded => (
            "this version of the application was released after maintenance ended",
            "go on with a version released before, or renew maintenance",
        ),
        RefusalCode::ReleaseDateMissing => (
            "maintenance ends, and the application does not state when its version was released",
            "ask the vendor for a version of the application that states its release date",
        ),
        RefusalCode::TerritoryNotLicensed => (
            "the licence does not cover this site's country, or the site has none",
            "activate this machine for a site with a country that the licence covers, or ask the vendor",
        ),
        RefusalCode::AutomationForbidden => (
            "the feature is for people, and nobody sits before the application",
            "start the application yourself; order another licence for automation",
        ),
        RefusalCode::ContainerNotAllowed => (
            "the application runs in a container, which the licence forbids",
            "start it outside of containers, or ask the vendor",
        ),
        RefusalCode::UseNotOffered => (
            "the licence does not offer the feature for such use: check-out, consumption, borrowing or announcement",
            "compare what the application asks for with octroi status; order that use if it is missing",
        ),
        RefusalCode::BorrowLimitReached => (
            "no more may be borrowed, or not for longer",
            "give a borrowed seat back, or use one that is not borrowed",
        ),
        RefusalCode::ServerRegionNotAllowed => (
            "the activation server stands outside the regions that the licence allows, or does not say where",
            "ask the vendor for an activation by a server within them",
        ),
        RefusalCode::LicenceTransferred => (
            "the licence passed to another client; this machine grants nothing of it any more",
            "remove it with its end-of-use certificate: octroi remove LICENCE",
        ),
        RefusalCode::NonRenewalByLetter => (
            "the contract wants non-renewal by letter to the vendor, so it cannot be recorded here",
            "send the letter before the deadline; the vendor records its date",
        ),
        RefusalCode::NonRenewalTooLate => (
            "the last deadline for a notice of non-renewal has passed",
            "ask the vendor",
        ),
        RefusalCode::NothingToRenew => (
            "the licence is not renewed by itself, so there is nothing to give notice of",
            "nothing is to be done: it ends with its term",
        ),
        RefusalCode::ConvenienceExcluded => (
            "the licence excludes that it is terminated for convenience; the order has no effect",
            "ask the vendor for an order that states its ground",
        ),
        RefusalCode::UseEnded => (
            "the end of use of this licence was declared on this machine",
            "to use it again, ask the vendor for a new licence",
        ),
        RefusalCode::EvaluationOver => (
            "the evaluation is over, or was used before",
            "the licence goes on; to end it, give notice of non-renewal",
        ),
        RefusalCode::NothingToAccept => (
            "no document with this digest waits for acceptance",
            "see which wait: octroi licence show",
        ),
        RefusalCode::LicenceUnknown => (
            "no such licence is installed on this machine",
            "see which are: octroi licence list",
        ),
        RefusalCode::ChoiceNotOffered => (
            "the licence does not offer this choice",
            "choose one of those that the licence states",
        ),
        RefusalCode::InterventionNotOpen => (
            "no intervention of this number is open",
            "see which are: octroi intervention list",
        ),
        RefusalCode::TooManyInterventions => (
            "as many interventions are open as are kept open at one time",
            "close those that are over: octroi intervention close NUMBER",
        ),
    };
    Explained { what, next }
}
