//! What a licence states, as types in which nothing senseless can stand: every count is bounded,
//! every name is of its alphabet, every term ends after it starts. Reading does not judge whether
//! a licence applies now; that is the engine's work.

mod read;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    CivilSeconds, FeatureName, LicenceId, NameError, ProductId, PublicKey, Reporting, Seconds,
    SiteId, VersionRange,
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
/// How often a hardware key's presence is proven where the licence does not say.
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
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Metric {
    /// Seats held at one time; the grouping says who counts as one.
    Concurrent(Grouping),
    /// Hosts that have it; within one daemon a switch.
    Host,
}

impl Metric {
    /// What counts as one within a daemon.
    pub fn grouping(self) -> Grouping {
        match self {
            Self::Concurrent(grouping) => grouping,
            Self::Host => Grouping::Host,
        }
    }

    /// The metric's name in files and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Concurrent(_) => "concurrent",
            Self::Host => "host",
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
    /// ISO 3166-1 alpha-2, or empty.
    pub country: String,
    /// Hosts that may be activated there; `None`: no limit.
    pub hosts_max: Option<u32>,
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
    /// Which protocol it speaks.
    pub kind: HardwareKeyKind,
    /// Its serial number.
    pub serial: KeySerial,
    /// Its public key.
    pub public_key: PublicKey,
    /// A software emulator may answer for it.
    pub emulator_accepted: bool,
}

/// Which protocol a key speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HardwareKeyKind {
    /// The dedicated dongle's report protocol.
    Dongle,
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
    /// Country, `EU` or `EEA`; may be empty.
    pub region: String,
}
