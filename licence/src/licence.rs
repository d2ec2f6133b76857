//! What a licence states, as types in which nothing senseless can stand: every count is bounded,
//! every name is of its alphabet, every term ends after it starts. Reading does not judge whether
//! a licence applies now; that is the engine's work.

mod feature;
mod read;

pub(crate) use feature::version_range;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    Acceptance, Borrow, CategoryLimit, CheckoutProof, CivilSeconds, Clause, Containers, Country,
    Eligibility, EndOfUse, FeatureName, Fido2Credential, Identity, LicenceId, Metered, NameError,
    NamedUsers, Operations, Overdraft, PostTerm, Precedence, ProductId, PublicKey, Reaction,
    Region, Rehosts, Renewal, Reporting, Retention, Seconds, SiteId, Support, Territory,
    VersionRange, WeeklyTimes, Zone,
};

/// The most seats or hosts that one feature may state; the least is 1.
pub const SEATS_MAX: u32 = 1_000_000;
/// The most features in one licence; the least is 1.
pub const FEATURES_MAX: usize = 1_000;
/// The most sites in one licence.
pub const SITES_MAX: usize = 1_000;
/// The most hardware keys in one licence.
pub const HARDWARE_KEYS_MAX: usize = 16;
/// The most key pins of an activation server.
pub const KEY_PINS_MAX: usize = 16;
/// The longest span that a term may state, in seconds: ten years of 365.25 days.
pub const SPAN_MAX_S: u32 = 315_576_000;
/// How long seats wait for a lost transport where the licence does not say.
pub const RESUME_WINDOW_DEFAULT: Seconds = Seconds(5);
/// How often a hardware key's presence is proven where the licence does not say. A proof writes into
/// the key's flash: at this pace 105,000 times a year.
pub const PROOF_INTERVAL_DEFAULT: Seconds = Seconds(300);
/// How long a revoked seat stays with its holder where the licence does not say.
pub const MINIMUM_HOLD_DEFAULT: Seconds = Seconds(30);

/// A number of seats, hosts or units; at most [`SEATS_MAX`].
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Seats(pub u32);

/// Who may run what, where and how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// The same over all serials.
    pub id: LicenceId,
    /// From 1; the newest states the whole.
    pub serial: u64,
    /// What may be run.
    pub product: ProductId,
    /// The vendor's number of the client.
    pub client_id: String,
    /// For people.
    pub client_name: String,
    /// The order that the licence carries out.
    pub order_number: String,
    /// Clause T3.
    pub terms_acceptance: TermsAcceptance,
    /// At least one, no name twice.
    pub features: Vec<Feature>,
    /// Empty: any site.
    pub sites: Vec<Site>,
    /// When it may be used.
    pub term: Term,
    /// What must be present.
    pub binding: Binding,
    /// Where it is activated, if online.
    pub server: Option<ActivationServer>,
    /// Digest of the activation code.
    pub activation_code_digest: [u8; 32],
    /// How long seats wait for an application whose transport was lost.
    pub resume_window: Seconds,
    /// How long a seat taken by an administrator stays with its holder at least.
    pub minimum_hold: Seconds,
    /// When reports are due; `None`: never.
    pub reporting: Option<Reporting>,
    /// The key that may sign an escrow release.
    pub escrow_key: Option<PublicKey>,
    /// In which windows and allowed times are meant where a site has none of its own; UTC by default.
    pub zone: Zone,
    /// Which companies and kinds of persons may use it.
    pub eligibility: Eligibility,
    /// What processes in containers count as.
    pub containers: Containers,
    /// Where it may be used; `None`: anywhere.
    pub territory: Option<Territory>,
    /// What follows the term.
    pub renewal: Renewal,
    /// What may be used after the end; `None`: nothing.
    pub post_term: Option<PostTerm>,
    /// Holders of seats are told so long before they lose them at the end.
    pub end_notice: Seconds,
    /// Evaluation, reserves, guarantee.
    pub acceptance: Acceptance,
    /// What is due after the end; `None`: not stated.
    pub end_of_use: Option<EndOfUse>,
    /// When somebody tampered (clause T8).
    pub on_tamper: Reaction,
    /// When a copy of the daemon's state ran beside the original.
    pub on_fork: Reaction,
    /// An amendment waits until an administrator has accepted it (clause Z16).
    pub countersign_required: bool,
    /// Which text decides.
    pub precedence: Precedence,
    /// How long ledger and identities are kept at least.
    pub retention: Retention,
    /// The support promised; `None`: none.
    pub support: Option<Support>,
    /// New activations after hardware failures; `None`: not stated.
    pub rehosts: Option<Rehosts>,
    /// Where the activation server may stand; empty: anywhere (clauses K14, T14).
    pub server_regions: Vec<Region>,
    /// Versions released from then on are not covered; `None`: all are.
    pub maintenance_ends_at: Option<CivilSeconds>,
    /// Facts about the operation; `None`: not stated.
    pub operations: Option<Operations>,
    /// The clauses that the terms carry out.
    pub clauses: Vec<Clause>,
    /// An order to terminate for convenience has no effect (clause T17).
    pub convenience_excluded: bool,
}

impl Licence {
    /// The zone of a site, or the licence's where it has none of its own or `site` is `None`.
    pub fn zone_at(&self, site: Option<&SiteId>) -> &Zone {
        let stated = self.sites.iter().find(|one| Some(&one.id) == site);
        stated
            .and_then(|site| site.zone.as_ref())
            .unwrap_or(&self.zone)
    }

    /// The clause that a term carries out, such as `count` of a feature; `None` where none is quoted.
    pub fn clause(&self, subject: &str, feature: Option<&FeatureName>) -> Option<&str> {
        let mut clauses = self.clauses.iter();
        let of = |one: &&Clause, wanted: Option<&FeatureName>| {
            one.subject == subject && one.feature.as_ref() == wanted
        };
        clauses
            .clone()
            .find(|one| of(one, feature))
            .or_else(|| clauses.find(|one| of(one, None)))
            .map(|one| one.clause.as_str())
    }

    /// Until when maintenance of a feature runs; `None`: without an end (clauses Z14, T10).
    pub fn maintenance_of(&self, feature: &Feature) -> Option<CivilSeconds> {
        feature.maintenance_ends_at.or(self.maintenance_ends_at)
    }

    /// When the licence ends, tacit renewals included, if non-renewal was recorded at `notice`.
    pub fn ends_at(&self, notice: Option<CivilSeconds>) -> Option<CivilSeconds> {
        self.renewal.ends_at(self.term, notice)
    }

    /// From when its contract years are counted: its start, or where that is not stated, its issuing.
    pub fn contract_start(&self, issued_at: CivilSeconds) -> CivilSeconds {
        self.term.starts_at.unwrap_or(issued_at)
    }

    /// The last instant, exclusive, at which anything of the licence may be used, as far as the licence
    /// alone tells: tacit renewals and the export after the end included. `None`: no such instant, or
    /// only an order tells it (express renewal).
    pub fn usable_until(&self) -> Option<CivilSeconds> {
        let end = match self.renewal {
            Renewal::Express => return None,
            Renewal::None | Renewal::Tacit { .. } => self.ends_at(None)?,
        };
        let export = self
            .post_term
            .as_ref()
            .map_or(0, |post| post.export.seconds().0);

        Some(CivilSeconds(end.0.saturating_add(export.into())))
    }

    /// Says whether a server that states this country may serve the licence; one that states none may
    /// only where any may.
    pub fn server_may_stand_in(&self, country: Option<Country>) -> bool {
        let covers = |country| self.server_regions.iter().any(|one| one.covers(country));
        self.server_regions.is_empty() || country.is_some_and(covers)
    }
}

/// Whether and when the client accepted the vendor's terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TermsAcceptance {
    /// SHA-256 of their text.
    pub digest: Option<[u8; 32]>,
    /// `None`: not yet.
    pub accepted_at: Option<CivilSeconds>,
    /// The vendor's reference of the acceptance.
    pub reference: String,
}

/// One feature and its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// The name that applications ask for.
    pub name: FeatureName,
    /// What is counted.
    pub metric: Metric,
    /// How many over all daemons; each daemon has its share in its activation certificate.
    pub count: Seats,
    /// Versions of the application that are covered.
    pub versions: VersionRange,
    /// How long a released seat stays with its last group.
    pub linger: Seconds,
    /// The feature's own dates inside the licence's.
    pub term: Term,
    /// Instead of the licence's; `None`: the licence's.
    pub maintenance_ends_at: Option<CivilSeconds>,
    /// When check-outs and consumption are allowed, in the site's zone; empty: always.
    pub allowed_times: Vec<WeeklyTimes>,
    /// What happens over the limit.
    pub overdraft: Overdraft,
    /// The longest that an application may wait for a seat; `None`: as long as it likes.
    pub queue_max: Option<Seconds>,
    /// Unattended check-outs are refused (clause K3).
    pub automation_forbidden: bool,
    /// Seats that outlive their session; `None`: not allowed.
    pub borrow: Option<Borrow>,
    /// How a check-out's user is told.
    pub identity: Identity,
    /// A proof by the hardware key for each check-out; `None`: none.
    pub checkout_proof: Option<CheckoutProof>,
    /// Limits within the count for kinds of persons.
    pub category_limits: Vec<CategoryLimit>,
    /// Percentages of the count, or of each window's amount, at which a crossing is recorded.
    pub soft_percents: Vec<u32>,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Metric {
    /// Seats held at one time; the grouping says who counts as one.
    Concurrent(Grouping),
    /// Hosts that have it; within one daemon a switch.
    Host,
    /// Users to whom a seat was assigned; it stays assigned until a signed order frees it.
    NamedUser(NamedUsers),
    /// Amounts that are consumed; the count says into how many equal parts they may be split between
    /// daemons.
    Metered(Metered),
}

impl Metric {
    /// What counts as one within a daemon.
    pub fn grouping(&self) -> Grouping {
        match self {
            Self::Concurrent(grouping) => *grouping,
            Self::Host => Grouping::Host,
            Self::NamedUser(_) => Grouping::User,
            Self::Metered(_) => Grouping::Checkout,
        }
    }

    /// The metric's name in files and answers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Concurrent(_) => "concurrent",
            Self::Host => "host",
            Self::NamedUser(_) => "named-user",
            Self::Metered(_) => "metered",
        }
    }
}

/// Who counts as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grouping {
    /// Every check-out.
    Checkout,
    /// All check-outs of one user.
    User,
    /// All check-outs of one user on one host.
    UserHost,
    /// All check-outs on one host.
    Host,
    /// All check-outs of one process.
    Process,
}

impl Grouping {
    /// The grouping's name in files and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Checkout => "checkout",
            Self::User => "user",
            Self::UserHost => "user-host",
            Self::Host => "host",
            Self::Process => "process",
        }
    }
}

/// A place that the licence names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Short name.
    pub id: SiteId,
    /// For people.
    pub name: String,
    /// `None`: not stated.
    pub country: Option<Country>,
    /// Hosts that may be activated there; `None`: no limit.
    pub hosts_max: Option<u32>,
    /// Instead of the licence's.
    pub zone: Option<Zone>,
}

/// From when (inclusive) to when (exclusive); `None` is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Term {
    /// First instant.
    pub starts_at: Option<CivilSeconds>,
    /// First instant after the end.
    pub ends_at: Option<CivilSeconds>,
}

/// What must be present for the licence to be honoured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Binding {
    /// Keys that may prove presence; empty: none is needed.
    pub hardware_keys: Vec<HardwareKey>,
    /// Keys that are lost: no proof of theirs counts any more under any licence of this vendor. Empty
    /// where `hardware_keys` is.
    pub revoked_keys: Vec<HardwareKey>,
    /// How many of them must be there.
    pub key_rule: KeyRule,
    /// How often presence is proven.
    pub proof_interval: Seconds,
    /// How much absence is tolerated.
    pub absence: AbsenceBudget,
    /// Components of the activated host that must match (k of n); `None`: not bound to a host.
    pub host_components_required: Option<u32>,
}

/// Any or all of the keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum KeyRule {
    /// One suffices.
    #[default]
    Any,
    /// Every one must be there.
    All,
}

/// At most `budget` of absence in any window of `window`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbsenceBudget {
    /// Tolerated absence.
    pub budget: Seconds,
    /// Window over which it is summed.
    pub window: Seconds,
}

/// A hardware key's serial number, 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeySerial(pub [u8; 16]);

impl fmt::Display for KeySerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeySerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for KeySerial {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NameError::Hex {
            what: "key serial",
            bytes: 16,
        })?;
        Ok(Self(bytes))
    }
}

/// A key that the vendor enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HardwareKey {
    /// Its serial number; of a FIDO2 key, what stands for one ([`CredentialId::serial`](crate::CredentialId::serial)).
    pub serial: KeySerial,
    /// What it answers with.
    pub credential: HardwareCredential,
    /// A software emulator may answer for it.
    pub emulator_accepted: bool,
}

impl HardwareKey {
    /// Which protocol it speaks.
    pub const fn kind(&self) -> HardwareKeyKind {
        match self.credential {
            HardwareCredential::Dongle { .. } => HardwareKeyKind::Dongle,
            HardwareCredential::Fido2(_) => HardwareKeyKind::Fido2,
        }
    }
}

/// What a key answers with, and how the answer is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HardwareCredential {
    /// A dongle's own key.
    Dongle {
        /// Its public half.
        public_key: PublicKey,
    },
    /// A credential on a FIDO2 security key.
    Fido2(Fido2Credential),
}

/// Which protocol a key speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HardwareKeyKind {
    /// The dedicated dongle's report protocol.
    Dongle,
    /// CTAP2 over USB: a security key that anyone can buy.
    Fido2,
}

impl fmt::Display for HardwareKeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dongle => "dongle",
            Self::Fido2 => "FIDO2 key",
        })
    }
}

/// The vendor's activation server, as the licence fixes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationServer {
    /// `https://host[:port]`.
    pub address: String,
    /// SHA-256 over `SubjectPublicKeyInfo`.
    pub key_pins: Vec<[u8; 32]>,
    /// Certificates of public authorities count too.
    pub web_pki: bool,
    /// Where it stands; `None`: not stated.
    pub region: Option<Region>,
}
