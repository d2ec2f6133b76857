//! The daemon's "no", typed: a stable code and what stands in the way. Programs match on the code;
//! people are told in the language of the session by the sentences of `octroi-licence`, which the
//! administrator's tools show too.

use std::{fmt, sync::LazyLock};

use jiff::tz::TimeZone;
use octroi_licence::{
    CivilMillis, FeatureName, LicenceId,
    explain::{Explained, Language, Texts},
};
use octroi_proto::licensing::v1 as wire;

use crate::{FullWindow, WindowSpan, socket::Environment};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident;)+) => {
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

            /// The stable number.
            pub fn number(self) -> i32 {
                match self {
                    $(Self::$variant => wire::RefusalCode::$variant.into(),)+
                    Self::Unknown(number) => number,
                }
            }
        }
    };
}

codes! {
    /// Every seat of the feature is in use.
    SeatsExhausted;
    /// The daemon's activation gives it no share of the feature.
    NoShareLeft;
    /// No installed licence names the feature.
    FeatureNotLicensed;
    /// The term is over.
    LicenceExpired;
    /// The term has not begun.
    LicenceNotYetValid;
    /// The daemon's site is not among the licence's.
    SiteNotLicensed;
    /// The host is not the one that was activated.
    HostNotLicensed;
    /// Too few of the host's components can be read.
    HostIdentityWeak;
    /// The hardware key is away and its absence budget is spent.
    HardwareKeyAbsent;
    /// No activation certificate is installed.
    NotActivated;
    /// The application's version lies outside the licensed range.
    VersionNotCovered;
    /// The vendor suspended the licence or the feature.
    Suspended;
    /// A document states terms that the daemon does not know.
    DaemonTooOld;
    /// The daemon's ledger cannot be written.
    LedgerUnwritable;
    /// The user or the daemon has as many sessions as it may.
    TooManySessions;
    /// The kernel does not say who asks, and the feature counts users.
    CallerUnidentified;
    /// The licence stands on the vendor's revocation list.
    LicenceRevoked;
    /// The vendor ended the licence or the feature.
    LicenceTerminated;
    /// The session has as many seats, queue places or open requests as it may.
    TooManySeats;
    /// The session does not hold the seat.
    SeatNotHeld;
    /// Nothing was opened on the stream.
    SessionNotOpen;
    /// The session has ended or never was.
    SessionUnknown;
    /// A newer stream serves the session.
    SessionSuperseded;
    /// Malformed, or of a later protocol.
    RequestNotUnderstood;
    /// The request's number was forgotten or lies too far ahead.
    RequestOutOfOrder;
    /// The named holder is not a living process of the caller's user.
    HolderNotAllowed;
    /// The daemon trusts no vendor with that root.
    VendorUnknown;
    /// No protocol version in common.
    ProtocolNotSupported;
    /// The place in the queue was not reached in time.
    QueueDeadlinePassed;
    /// The application gave its place in the queue up.
    QueueCancelled;
    /// The hardware key's counter fell behind.
    HardwareKeySuspect;
    /// A newer document of the same sequence is installed.
    DocumentSequenceOld;
    /// Documents before this one are missing.
    DocumentSequenceGap;
    /// The document names another daemon, licence or client.
    DocumentNotForThisDaemon;
    /// The daemon is stopping.
    ShuttingDown;
    /// A usage report is overdue; seats that are held stay.
    ReportOverdue;
    /// The licence counts declared accounts or end users, and the check-out names none.
    UserNotNamed;
    /// Every seat is assigned to a named user.
    NoAssignmentLeft;
    /// As many seats were assigned today as the licence allows.
    AssignmentsPerDayReached;
    /// Every seat is in use, and nothing is granted over the limit any more.
    OverdraftEnded;
    /// The user belongs to no company that the licence lists.
    EntityNotListed;
    /// The user is of no kind that the licence lists.
    CategoryNotListed;
    /// The user's kind has as many seats as it may.
    CategoryLimitReached;
    /// The vendor or an administrator blocked the user.
    UserBlocked;
    /// The administrator has not listed this program's user as one that may name whom it asks for.
    CallerNotListed;
    /// A window has not so much left of the feature's amount.
    AmountExhausted;
    /// The feature is not granted at this time of day.
    OutsideAllowedTimes;
    /// The version was released after maintenance ended.
    MaintenanceEnded;
    /// The application does not state when its version was released.
    ReleaseDateMissing;
    /// The site lies outside the territory.
    TerritoryNotLicensed;
    /// Nobody sits before the application.
    AutomationForbidden;
    /// The application runs in a container.
    ContainerNotAllowed;
    /// The feature is not offered for such use.
    UseNotOffered;
    /// As much is borrowed, or for so long, as the licence allows.
    BorrowLimitReached;
    /// The activation server stands where it must not.
    ServerRegionNotAllowed;
    /// The licence passed to another client.
    LicenceTransferred;
    /// Non-renewal is given by letter to the vendor.
    NonRenewalByLetter;
    /// The deadline for a notice of non-renewal has passed.
    NonRenewalTooLate;
    /// The licence is not renewed by itself.
    NothingToRenew;
    /// The licence excludes termination for convenience.
    ConvenienceExcluded;
    /// The client declared the end of its use.
    UseEnded;
    /// The evaluation is over, or was used before.
    EvaluationOver;
    /// No document with this digest waits for acceptance.
    NothingToAccept;
    /// No such licence is installed.
    LicenceUnknown;
    /// The licence does not offer this choice.
    ChoiceNotOffered;
    /// No receipt brought an announcement of this number.
    AnnouncementUnknown;
    /// The announcement awaits no answer.
    AnswerNotAwaited;
    /// The day until which an objection could be made is over.
    AnswerTooLate;
    /// An activation certificate that is not in force would replace one that is.
    CertificateNotInForce;
    /// A proof by the hardware key is asked for at each check-out, and none was asked of it.
    HardwareProofNotAsked;
    /// The hardware key is there and gave no proof in time.
    HardwareKeyBusy;
    /// The end of use cannot be certified yet: a borrowed seat can still be used.
    SeatStillBorrowed;
    /// No such intervention is open.
    InterventionNotOpen;
    /// As many interventions are open as are kept open at one time.
    TooManyInterventions;
    /// The vendor revoked the hardware key as lost.
    HardwareKeyRevoked;
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
    /// The term of the licence that refused, such as `count`; may be empty.
    pub rule: String,
    /// The contract's clause that the term carries out, as the licence quotes it; may be empty.
    pub clause: String,
    /// The vendor's words, where an order of the vendor's stands in the way; may be empty.
    pub reason: String,
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
    /// In which it is shown.
    language: Language,
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

    /// The same for readers of another language.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// What happened, and why.
    pub fn what(&self) -> String {
        self.explained().what
    }

    /// Which rule of which licence, the contract's clause, what stands in the way, when it may change:
    /// part by part, as far as the daemon told.
    pub fn facts(&self) -> Vec<String> {
        self.explained().facts
    }

    /// What to do next.
    pub fn next_step(&self) -> String {
        self.explained().next
    }

    fn explained(&self) -> Explained {
        Texts::of(self.language).refusal(&self.to_wire(), &zone())
    }

    /// As the daemon sent it, but for what is not shown to people.
    fn to_wire(&self) -> wire::Refusal {
        let text = |value: Option<String>| value.unwrap_or_default();
        wire::Refusal {
            code: self.code.number(),
            rule: self.rule.clone(),
            clause: self.clause.clone(),
            reason: self.reason.clone(),
            feature: text(self.feature.as_ref().map(ToString::to_string)),
            licence_id: text(self.licence.as_ref().map(ToString::to_string)),
            limit: self.limit,
            in_use: self.in_use,
            waiting: self.waiting,
            requested: self.requested,
            may_change_at_ms: self.may_change_at.map_or(0, |at| at.0),
            expected: self.expected.clone(),
            found: self.found.clone(),
        }
    }

    /// `locale` is a language tag.
    pub(crate) fn from_wire(wire: &wire::Refusal, locale: &str) -> Self {
        Self {
            language: Language::of_locale(locale),
            clause: printable(&wire.clause),
            reason: printable(&wire.reason),
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

/// The zone of this machine's people; UTC in a process with added rights, which heeds no environment.
fn zone() -> TimeZone {
    static ZONE: LazyLock<TimeZone> = LazyLock::new(|| {
        if Environment::of_process().is_secure() {
            TimeZone::UTC
        } else {
            TimeZone::system()
        }
    });
    ZONE.clone()
}

/// What happened, what stands in the way and what to do, on one line; in the language of
/// [`ClientBuilder::locale`](crate::ClientBuilder::locale).
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = Texts::of(self.language);
        f.write_str(&texts.refusal_line(&self.to_wire(), &zone()))
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
        let refusal = Refusal::from_wire(
            &wire::Refusal {
                code: 4711,
                ..Default::default()
            },
            "en",
        );
        assert_eq!(refusal.code, RefusalCode::Unknown(4711));
        assert!(
            refusal.to_string().contains("REFUSED, code 4711"),
            "{refusal}"
        );
    }

    #[test]
    fn a_refusal_says_what_stands_in_the_way() {
        let refusal = Refusal::from_wire(
            &wire::Refusal {
                code: wire::RefusalCode::SeatsExhausted.into(),
                feature: "solver".into(),
                licence_id: "lic-1".into(),
                rule: "count".into(),
                clause: "art. 2.1".into(),
                limit: 2,
                in_use: 2,
                ..Default::default()
            },
            "en",
        );
        assert_eq!(
            refusal.to_string(),
            "every seat is in use (feature solver, licence lic-1, rule count, clause art. 2.1, 2 of 2 \
             in use): see who holds them with octroi seats; wait in the queue, take one back with \
             octroi release, or order more"
        );
        assert_eq!(refusal.what(), "every seat is in use");
        let french = refusal.in_language(Language::French);
        assert!(
            french.to_string().contains("2 sur 2 en usage) : "),
            "{french}"
        );
    }

    #[test]
    fn a_full_window_is_named_with_when_it_opens_again() {
        let refusal = Refusal::from_wire(
            &wire::Refusal {
                code: wire::RefusalCode::AmountExhausted.into(),
                expected: "hour 500".into(),
                found: "499".into(),
                may_change_at_ms: 3_600_000,
                ..Default::default()
            },
            "en",
        );
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
