//! The daemon's "no", typed: a stable code and what stands in the way. The text is made here, for
//! people; programs match on the code.

use std::fmt;

use octroi_licence::{CivilMillis, FeatureName, LicenceId};
use octroi_proto::licensing::v1 as wire;

use crate::{FullWindow, WindowSpan};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident, $advice:literal;)+) => {
        /// Why the daemon refused. Codes are only added, so match with a default.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum RefusalCode {
            $($(#[$doc])* $variant,)+
            /// A code that a later daemon knows and this SDK does not; its number.
            Unknown(i32),
        }

        impl RefusalCode {
            /// Every code that this version knows.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn from_wire(number: i32) -> Self {
                match wire::RefusalCode::try_from(number) {
                    $(Ok(wire::RefusalCode::$variant) => Self::$variant,)+
                    Ok(wire::RefusalCode::Unspecified) | Err(_) => Self::Unknown(number),
                }
            }

            /// The stable name, such as `SEATS_EXHAUSTED`; `REFUSED` for an unknown code.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => wire::RefusalCode::$variant.as_str_name(),)+
                    Self::Unknown(_) => "REFUSED",
                }
            }

            /// What happened and what to do, in English, without names.
            fn advice(self) -> &'static str {
                match self {
                    $(Self::$variant => $advice,)+
                    Self::Unknown(_) => "the licence daemon refused for a reason that this application does not know: update the application",
                }
            }
        }
    };
}

codes! {
    /// Every seat of the feature is in use.
    SeatsExhausted, "every seat is in use: wait for one, or ask your administrator who holds them";
    /// The daemon's activation gives it no share of the feature.
    NoShareLeft, "this host has no share of the licence: ask your administrator to activate one";
    /// No installed licence names the feature.
    FeatureNotLicensed, "no installed licence covers this feature: install one that does";
    /// The term is over.
    LicenceExpired, "the licence has expired: renew it";
    /// The term has not begun.
    LicenceNotYetValid, "the licence is not valid yet";
    /// The daemon's site is not among the licence's.
    SiteNotLicensed, "the licence does not cover this site";
    /// The host is not the one that was activated.
    HostNotLicensed, "this host is not the one that was activated: activate it again";
    /// Too few of the host's components can be read.
    HostIdentityWeak, "too little of this host's identity can be read to recognise it";
    /// The hardware key is away and its absence budget is spent.
    HardwareKeyAbsent, "the hardware key is not connected: plug it in";
    /// No activation certificate is installed.
    NotActivated, "the licence is not activated on this host: activate it";
    /// The application's version lies outside the licensed range.
    VersionNotCovered, "the licence does not cover this version of the application";
    /// The vendor suspended the licence or the feature.
    Suspended, "the vendor has suspended the licence";
    /// A document states terms that the daemon does not know.
    DaemonTooOld, "the licence states terms that the licence daemon does not know: update octroid";
    /// The daemon's ledger cannot be written.
    LedgerUnwritable, "the licence daemon cannot write its ledger: check disk and permissions";
    /// The user or the daemon has as many sessions as it may.
    TooManySessions, "too many sessions are open: end some";
    /// The kernel does not say who asks, and the feature counts users.
    CallerUnidentified, "the licence counts users and the kernel does not say who this process runs as";
    /// The licence stands on the vendor's revocation list.
    LicenceRevoked, "the vendor has revoked the licence";
    /// The vendor ended the licence or the feature.
    LicenceTerminated, "the vendor has terminated the licence";
    /// The session has as many seats, queue places or open requests as it may.
    TooManySeats, "this session holds or asks for as many seats as it may: release some";
    /// The session does not hold the seat.
    SeatNotHeld, "this session does not hold the seat";
    /// Nothing was opened on the stream.
    SessionNotOpen, "no session is open";
    /// The session has ended or never was.
    SessionUnknown, "the licence daemon no longer knows the session: open a new one";
    /// A newer stream serves the session.
    SessionSuperseded, "a newer connection of this process took the session over";
    /// Malformed, or of a later protocol.
    RequestNotUnderstood, "the licence daemon does not understand the request: update octroid";
    /// The request's number was forgotten or lies too far ahead.
    RequestOutOfOrder, "the licence daemon has forgotten the request: ask again";
    /// The named holder is not a living process of the caller's user.
    HolderNotAllowed, "the named holder is not a living process of this user";
    /// The daemon trusts no vendor with that root.
    VendorUnknown, "the licence daemon does not trust this application's vendor: run octroi vendor trust";
    /// No protocol version in common.
    ProtocolNotSupported, "application and licence daemon have no protocol version in common: update the older one";
    /// The place in the queue was not reached in time.
    QueueDeadlinePassed, "no seat became free in time";
    /// The application gave its place in the queue up.
    QueueCancelled, "the place in the queue was given up";
    /// The hardware key's counter fell behind.
    HardwareKeySuspect, "the hardware key looks copied or rolled back: ask the vendor for another";
    /// A newer document of the same sequence is installed.
    DocumentSequenceOld, "a newer document is installed already";
    /// Documents before this one are missing.
    DocumentSequenceGap, "documents before this one are missing: install them first";
    /// The document names another daemon, licence or client.
    DocumentNotForThisDaemon, "the document was made for another daemon, licence or client";
    /// The daemon is stopping.
    ShuttingDown, "the licence daemon is stopping: ask again when it is back";
    /// A usage report is overdue; seats that are held stay.
    ReportOverdue, "a usage report to the vendor is overdue: the administrator sends it";
    /// The licence counts declared accounts or end users, and the check-out names none.
    UserNotNamed, "the licence counts declared accounts or end users: name one";
    /// Every seat is assigned to a named user.
    NoAssignmentLeft, "every seat is assigned to a named user: the vendor reassigns one or sells more";
    /// As many seats were assigned today as the licence allows.
    AssignmentsPerDayReached, "no more seats are assigned to new users today: ask again tomorrow";
    /// Every seat is in use, and nothing is granted over the limit any more.
    OverdraftEnded, "every seat is in use, and none is granted over the limit any more";
    /// The user belongs to no company that the licence lists.
    EntityNotListed, "the user belongs to no company that the licence lists";
    /// The user is of no kind that the licence lists.
    CategoryNotListed, "the user is of no kind that the licence lists";
    /// The user's kind has as many seats as it may.
    CategoryLimitReached, "users of this kind have as many seats as the licence gives them";
    /// The vendor or an administrator blocked the user.
    UserBlocked, "the user is blocked: ask the administrator";
    /// The administrator has not listed this program's user as one that may name whom it asks for.
    CallerNotListed, "this program may not name the user that it asks for: the administrator lists its user under [[callers]] in octroid.toml";
    /// A window has not so much left of the feature's amount.
    AmountExhausted, "the amount of this hour, day or month is used up";
    /// The feature is not granted at this time of day.
    OutsideAllowedTimes, "the feature is not to be used at this time of day";
    /// The version was released after maintenance ended.
    MaintenanceEnded, "this version was released after maintenance ended: use an older one or renew maintenance";
    /// The application does not state when its version was released.
    ReleaseDateMissing, "the application must state when its version was released: maintenance ends";
    /// The site lies outside the territory.
    TerritoryNotLicensed, "the licence does not cover this site's country";
    /// Nobody sits before the application.
    AutomationForbidden, "the feature is for people: unattended use is forbidden";
    /// The application runs in a container.
    ContainerNotAllowed, "the licence forbids use in containers";
    /// The feature is not offered for such use.
    UseNotOffered, "the licence does not offer the feature for such use";
    /// As much is borrowed, or for so long, as the licence allows.
    BorrowLimitReached, "no more may be borrowed, or not for longer";
    /// The activation server stands where it must not.
    ServerRegionNotAllowed, "the activation server stands outside the regions that the licence allows";
    /// The licence passed to another client.
    LicenceTransferred, "the licence passed to another client: this machine may use it no more";
    /// Non-renewal is given by letter to the vendor.
    NonRenewalByLetter, "non-renewal of this licence is given by letter to the vendor";
    /// The deadline for a notice of non-renewal has passed.
    NonRenewalTooLate, "the deadline for a notice of non-renewal has passed";
    /// The licence is not renewed by itself.
    NothingToRenew, "the licence is not renewed by itself: there is nothing to give notice of";
    /// The licence excludes termination for convenience.
    ConvenienceExcluded, "the licence excludes termination for convenience: the order has no effect";
    /// The client declared the end of its use.
    UseEnded, "the client declared the end of its use of this licence";
    /// The evaluation is over, or was used before.
    EvaluationOver, "the evaluation is over, or was used before";
    /// No document with this digest waits for acceptance.
    NothingToAccept, "no document with this digest waits for acceptance";
    /// No such licence is installed.
    LicenceUnknown, "no such licence is installed";
    /// The licence does not offer this choice.
    ChoiceNotOffered, "the licence does not offer this choice";
    /// No such intervention is open.
    InterventionNotOpen, "no intervention of this number is open";
    /// As many interventions are open as are kept open at one time.
    TooManyInterventions, "as many interventions are open as are kept open at one time";
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Texts of a refusal are cut to so many bytes before anybody sees them.
const TEXT_BYTES_MAX: usize = 256;

/// Why the daemon refused, and what stands in the way as far as the asker may know.
///
/// # Security
/// A refusal is not proven: whoever answers on the socket can refuse. It never grants anything.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The stable code.
    pub code: RefusalCode,
    /// Which rule or contract clause refused; may be empty.
    pub rule: String,
    /// The feature concerned.
    pub feature: Option<FeatureName>,
    /// The licence whose rule refused.
    pub licence: Option<LicenceId>,
    /// The limit that stands, in seats; 0: none.
    pub limit: u32,
    /// Seats in use.
    pub in_use: u32,
    /// Check-outs that wait before this one.
    pub waiting: u32,
    /// Seats asked for.
    pub requested: u32,
    /// When it may change.
    pub may_change_at: Option<CivilMillis>,
    /// What the rule wants: a date, a version, a site; may be empty.
    pub expected: String,
    /// What stands there instead; may be empty.
    pub found: String,
}

impl Refusal {
    /// The window that has not so much left, where an amount was refused for it.
    pub fn full_window(&self) -> Option<FullWindow> {
        if self.code != RefusalCode::AmountExhausted {
            return None;
        }
        let (span, limit) = self.expected.split_once(' ')?;
        let spans = [WindowSpan::Hour, WindowSpan::Day, WindowSpan::Month];
        Some(FullWindow {
            span: spans.into_iter().find(|one| one.as_str() == span)?,
            limit: limit.parse().ok()?,
            used: self.found.parse().ok()?,
            reopens_at: self.may_change_at,
        })
    }

    pub(crate) fn from_wire(wire: &wire::Refusal) -> Self {
        Self {
            code: RefusalCode::from_wire(wire.code),
            rule: printable(&wire.rule),
            feature: wire.feature.parse().ok(),
            licence: wire.licence_id.parse().ok(),
            limit: wire.limit,
            in_use: wire.in_use,
            waiting: wire.waiting,
            requested: wire.requested,
            may_change_at: (wire.may_change_at_ms > 0)
                .then_some(CivilMillis(wire.may_change_at_ms)),
            expected: printable(&wire.expected),
            found: printable(&wire.found),
        }
    }
}

/// Text from the socket goes to terminals and logs: no control characters, bounded.
pub(crate) fn printable(text: &str) -> String {
    let mut kept = String::new();
    for character in text.chars().filter(|character| !character.is_control()) {
        if kept.len() + character.len_utf8() > TEXT_BYTES_MAX {
            break;
        }
        kept.push(character);
    }
    kept
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(feature) = &self.feature {
            write!(f, "no seat for {feature}: ")?;
        }
        f.write_str(self.code.advice())?;
        let mut facts = Vec::new();
        if let RefusalCode::Unknown(number) = self.code {
            facts.push(format!("code {number}"));
        }
        if let Some(licence) = &self.licence {
            facts.push(format!("licence {licence}"));
        }
        if self.limit > 0 {
            facts.push(format!("{} of {} in use", self.in_use, self.limit));
        }
        if self.waiting > 0 {
            facts.push(format!("{} waiting", self.waiting));
        }
        if !self.expected.is_empty() {
            facts.push(format!("expected {}", self.expected));
        }
        if !self.found.is_empty() {
            facts.push(format!("found {}", self.found));
        }
        if !self.rule.is_empty() {
            facts.push(format!("rule {}", self.rule));
        }
        if facts.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", facts.join(", "))
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_protocol_is_typed() {
        let known = (1..1000)
            .filter(|number| wire::RefusalCode::try_from(*number).is_ok())
            .map(RefusalCode::from_wire)
            .collect::<Vec<_>>();
        assert_eq!(known, RefusalCode::ALL);
    }

    #[test]
    fn a_code_of_a_later_daemon_keeps_its_number() {
        let refusal = Refusal::from_wire(&wire::Refusal {
            code: 4711,
            ..Default::default()
        });
        assert_eq!(refusal.code, RefusalCode::Unknown(4711));
        assert!(refusal.to_string().ends_with("(code 4711)"), "{refusal}");
    }

    #[test]
    fn a_refusal_says_what_stands_in_the_way() {
        let refusal = Refusal::from_wire(&wire::Refusal {
            code: wire::RefusalCode::SeatsExhausted.into(),
            feature: "solver".into(),
            licence_id: "lic-1".into(),
            limit: 2,
            in_use: 2,
            ..Default::default()
        });
        assert_eq!(
            refusal.to_string(),
            "no seat for solver: every seat is in use: wait for one, or ask your administrator \
             who holds them (licence lic-1, 2 of 2 in use)"
        );
    }

    #[test]
    fn a_full_window_is_named_with_when_it_opens_again() {
        let refusal = Refusal::from_wire(&wire::Refusal {
            code: wire::RefusalCode::AmountExhausted.into(),
            expected: "hour 500".into(),
            found: "499".into(),
            may_change_at_ms: 3_600_000,
            ..Default::default()
        });
        let expected = FullWindow {
            span: WindowSpan::Hour,
            limit: 500,
            used: 499,
            reopens_at: Some(CivilMillis(3_600_000)),
        };
        assert_eq!(refusal.full_window(), Some(expected));
    }

    #[test]
    fn text_from_the_socket_is_bounded_and_carries_no_control_characters() {
        let text = printable(&format!("\u{1b}[31m{}", "é".repeat(1000)));
        assert!(text.len() <= TEXT_BYTES_MAX);
        assert!(text.starts_with("[31mé"));
    }
}
