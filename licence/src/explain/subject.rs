//! The names of terms, as clauses refer to them.

use std::{fmt, str::FromStr};

macro_rules! subjects {
    ($($(#[$doc:meta])* $subject:ident $name:literal),+ $(,)?) => {
        /// What a sentence is about: a term, by the name that orders give it in `clauses`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Subject { $($(#[$doc])* $subject),+ }

        impl Subject {
            /// Every subject.
            pub const ALL: &'static [Self] = &[$(Self::$subject),+];

            /// Its name, of a-z and hyphens.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$subject => $name),+ }
            }
        }
    };
}

subjects! {
    /// Whose licence it is, and for what.
    Client "client",
    /// The order that it carries out.
    Order "order",
    /// The general terms and their acceptance.
    Terms "terms",
    /// Where it may be used.
    Sites "sites",
    /// In which zone times are meant.
    Zone "zone",
    /// From when to when.
    Term "term",
    /// What follows the term.
    Renewal "renewal",
    /// Evaluation, reserves, guarantee.
    Acceptance "acceptance",
    /// The code.
    Activation "activation",
    /// Hardware keys and host.
    Binding "binding",
    /// The activation server.
    Server "server",
    /// Where a server may stand.
    ServerRegions "server-regions",
    /// Lost connections and seats taken back.
    Sessions "sessions",
    /// Reports.
    Reporting "reporting",
    /// The escrow agent.
    Escrow "escrow",
    /// Companies and kinds of persons.
    Eligibility "eligibility",
    /// Processes in containers.
    Containers "containers",
    /// Countries.
    Territory "territory",
    /// What may be used after the end.
    Export "export",
    /// How long before the end holders are told.
    EndNotice "end-notice",
    /// What is due after the end.
    EndOfUse "end-of-use",
    /// When somebody tampers.
    OnTamper "on-tamper",
    /// When a copy runs beside the original.
    OnFork "on-fork",
    /// Amendments wait for acceptance.
    Countersign "countersign",
    /// Which text prevails.
    Precedence "precedence",
    /// How long records are kept.
    Retention "retention",
    /// Support.
    Support "support",
    /// New activations after hardware failures.
    Rehosts "rehosts",
    /// Releases that are covered.
    Maintenance "maintenance",
    /// Back-up copies, access, planned interventions.
    Operations "operations",
    /// Endings for convenience.
    Convenience "convenience",
    /// What is counted, and how many.
    Count "count",
    /// Windows of a metered feature.
    Meter "meter",
    /// Amounts that wait for approval.
    Approval "approval",
    /// Operations that are announced.
    Announce "announce",
    /// Crossings that are shown.
    SoftLimits "soft-limits",
    /// Versions.
    Versions "versions",
    /// Released seats.
    Linger "linger",
    /// Times of day and week.
    AllowedTimes "allowed-times",
    /// Over the limit.
    Overdraft "overdraft",
    /// Waiting for a seat.
    Queue "queue",
    /// Check-outs that nobody attends.
    Automation "automation",
    /// Seats taken away.
    Borrow "borrow",
    /// Who the user is.
    Identity "identity",
    /// Proofs at check-outs.
    Proof "proof",
    /// Limits for kinds of persons.
    CategoryLimits "category-limits",
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is the name of no term")]
pub struct SubjectUnknown;

impl FromStr for Subject {
    type Err = SubjectUnknown;
    fn from_str(text: &str) -> Result<Self, SubjectUnknown> {
        let mut all = Self::ALL.iter().copied();
        all.find(|one| one.name() == text).ok_or(SubjectUnknown)
    }
}
