//! What a licence states, as types in which nothing senseless can stand: every count is bounded,
//! every name is of its alphabet, every term ends after it starts. Reading does not judge whether
//! a licence applies now; that is the engine's work.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    CivilSeconds, DocumentKind, DocumentType, FeatureName, Frame, KeyRole, LicenceId, NameError,
    ProductId, PublicKey, Seconds, SiteId, TermError, VersionRange, message,
};

/// The most seats or hosts that one feature may state.
pub const SEATS_MAX: u32 = 1_000_000;
/// Features in one licence.
pub const FEATURES_MAX: usize = 1_000;
/// Sites in one licence.
pub const SITES_MAX: usize = 1_000;
/// Hardware keys in one licence.
pub const HARDWARE_KEYS_MAX: usize = 16;
/// The longest span that a term may state: ten years, in seconds.
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

impl DocumentType for Licence {
    const KIND: DocumentKind = DocumentKind::Licence;
    const ROLE: KeyRole = KeyRole::Issuing;
    type Message = message::Licence;

    fn frame(message: &Self::Message) -> Option<&message::DocumentFrame> {
        message.frame.as_ref()
    }

    fn read(message: Self::Message, frame: &Frame) -> Result<Self, TermError> {
        let features = list("features", message.features, 1, FEATURES_MAX, feature)?;
        unique(
            "features",
            features.iter().map(|feature| feature.name.as_str()),
        )?;
        let sites = list("sites", message.sites, 0, SITES_MAX, site)?;
        unique("sites", sites.iter().map(|site| site.id.as_str()))?;
        range("frame.sequence", frame.sequence, 1, u64::MAX)?;
        Ok(Self {
            id: frame.licence.clone().ok_or(TermError::Missing {
                field: "frame.licence_id",
            })?,
            serial: range("serial", message.serial, 1, u64::MAX)?,
            product: name("product", &message.product)?,
            client_id: text_of("client_id", message.client_id)?,
            client_name: text_of("client_name", message.client_name)?,
            order_number: text_of("order_number", message.order_number)?,
            terms_acceptance: acceptance(message.terms_acceptance.unwrap_or_default())?,
            features,
            sites,
            term: term("term", message.term)?,
            binding: binding(message.binding.unwrap_or_default())?,
            server: message.server.map(server).transpose()?,
            activation_code_digest: array(
                "activation_code_digest",
                &message.activation_code_digest,
            )?,
            resume_window: span(
                "resume_window_s",
                message.resume_window_s,
                RESUME_WINDOW_DEFAULT,
            )?,
            minimum_hold: span(
                "minimum_hold_s",
                message.minimum_hold_s,
                MINIMUM_HOLD_DEFAULT,
            )?,
            escrow_key: match message.escrow_key.as_slice() {
                [] => None,
                key => Some(key_of("escrow_key", key)?),
            },
        })
    }

    fn product(&self) -> Option<&ProductId> {
        Some(&self.product)
    }
}

fn feature(wire: message::Feature) -> Result<Feature, TermError> {
    use message::{Grouping as Wire, Metric as WireMetric};
    let grouping = match Wire::try_from(wire.grouping) {
        Ok(Wire::Unspecified) => None,
        Ok(Wire::Checkout) => Some(Grouping::Checkout),
        Ok(Wire::User) => Some(Grouping::User),
        Ok(Wire::UserHost) => Some(Grouping::UserHost),
        Ok(Wire::Host) => Some(Grouping::Host),
        Ok(Wire::Process) => Some(Grouping::Process),
        Err(_) => return Err(TermError::Unknown { field: "grouping" }),
    };
    let metric = match WireMetric::try_from(wire.metric) {
        Ok(WireMetric::Unspecified) => return Err(TermError::Missing { field: "metric" }),
        Ok(WireMetric::Concurrent) => {
            Metric::Concurrent(grouping.ok_or(TermError::Missing { field: "grouping" })?)
        }
        Ok(WireMetric::Host) => Metric::Host,
        Err(_) => return Err(TermError::Unknown { field: "metric" }),
    };
    let versions = wire.versions.unwrap_or_default();
    let version = |field, text: &str| match text {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|source| TermError::Version { field, source }),
    };
    let versions = VersionRange {
        minimum: version("versions.minimum", &versions.minimum)?,
        maximum: version("versions.maximum", &versions.maximum)?,
    };
    if let (Some(minimum), Some(_)) = (&versions.minimum, &versions.maximum)
        && !versions.covers(minimum)
    {
        return Err(TermError::EndsBeforeStart { field: "versions" });
    }
    Ok(Feature {
        name: name("feature", &wire.name)?,
        metric,
        count: count("count", wire.count)?,
        versions,
        linger: span("linger_s", wire.linger_s, Seconds(0))?,
        term: term("feature term", wire.term)?,
    })
}

fn site(wire: message::Site) -> Result<Site, TermError> {
    Ok(Site {
        id: name("site", &wire.id)?,
        name: text_of("site name", wire.name)?,
        country: text_of("country", wire.country)?,
        hosts_max: (wire.hosts_max > 0).then_some(wire.hosts_max),
    })
}

fn acceptance(wire: message::TermsAcceptance) -> Result<TermsAcceptance, TermError> {
    Ok(TermsAcceptance {
        digest: match wire.terms_digest.as_slice() {
            [] => None,
            digest => Some(array("terms_digest", digest)?),
        },
        accepted_at: (wire.accepted_at_s != 0).then_some(CivilSeconds(wire.accepted_at_s)),
        reference: text_of("acceptance reference", wire.reference)?,
    })
}

fn binding(wire: message::Binding) -> Result<Binding, TermError> {
    let hardware_keys = list(
        "hardware_keys",
        wire.hardware_keys,
        0,
        HARDWARE_KEYS_MAX,
        hardware_key,
    )?;
    unique(
        "hardware_keys",
        hardware_keys.iter().map(|key| key.serial.to_string()),
    )?;
    let key_rule = match message::KeyRule::try_from(wire.key_rule) {
        Ok(message::KeyRule::Unspecified | message::KeyRule::Any) => KeyRule::Any,
        Ok(message::KeyRule::All) => KeyRule::All,
        Err(_) => return Err(TermError::Unknown { field: "key_rule" }),
    };
    let absence = AbsenceBudget {
        budget: span("absence_budget_s", wire.absence_budget_s, Seconds(0))?,
        window: span("absence_window_s", wire.absence_window_s, Seconds(0))?,
    };
    if absence.budget > absence.window {
        let what = "absence_budget_s is longer than absence_window_s".to_owned();
        return Err(TermError::Contradiction { what });
    }
    let host_components_required = match wire.host {
        None => None,
        Some(host) => {
            let required = range("components_required", host.components_required.into(), 1, 8)?;
            u32::try_from(required).ok()
        }
    };
    Ok(Binding {
        hardware_keys,
        key_rule,
        proof_interval: span(
            "proof_interval_s",
            wire.proof_interval_s,
            PROOF_INTERVAL_DEFAULT,
        )?,
        absence,
        host_components_required,
    })
}

fn hardware_key(wire: message::HardwareKey) -> Result<HardwareKey, TermError> {
    let kind = match message::HardwareKeyKind::try_from(wire.kind) {
        Ok(message::HardwareKeyKind::Unspecified) => {
            return Err(TermError::Missing {
                field: "hardware key kind",
            });
        }
        Ok(message::HardwareKeyKind::Dongle) => HardwareKeyKind::Dongle,
        Err(_) => {
            return Err(TermError::Unknown {
                field: "hardware key kind",
            });
        }
    };
    Ok(HardwareKey {
        kind,
        serial: KeySerial(array("hardware key serial", &wire.serial)?),
        public_key: key_of("hardware key", &wire.public_key)?,
        emulator_accepted: wire.emulator_accepted,
    })
}

fn server(wire: message::ActivationServer) -> Result<ActivationServer, TermError> {
    Ok(ActivationServer {
        address: text_of("server address", wire.address)?,
        key_pins: list("key_pins", wire.key_pins, 0, 16, |pin| {
            array("key_pin", &pin)
        })?,
        web_pki: wire.web_pki,
        region: text_of("region", wire.region)?,
    })
}

pub(crate) fn term(field: &'static str, wire: Option<message::Term>) -> Result<Term, TermError> {
    let wire = wire.unwrap_or_default();
    let instant = |seconds: i64| (seconds != 0).then_some(CivilSeconds(seconds));
    let term = Term {
        starts_at: instant(wire.starts_at_s),
        ends_at: instant(wire.ends_at_s),
    };
    match (term.starts_at, term.ends_at) {
        (Some(start), Some(end)) if end <= start => Err(TermError::EndsBeforeStart { field }),
        _ => Ok(term),
    }
}

/// Reads a bounded list.
pub(crate) fn list<W, T>(
    field: &'static str,
    wire: Vec<W>,
    min: usize,
    max: usize,
    read: impl Fn(W) -> Result<T, TermError>,
) -> Result<Vec<T>, TermError> {
    if wire.len() > max {
        return Err(TermError::TooMany {
            field,
            found: wire.len(),
            max,
        });
    }
    if wire.len() < min {
        return Err(TermError::Missing { field });
    }
    wire.into_iter().map(read).collect()
}

pub(crate) fn unique<T: Ord + ToString>(
    field: &'static str,
    entries: impl Iterator<Item = T>,
) -> Result<(), TermError> {
    let mut seen = BTreeSet::new();
    for entry in entries {
        let text = entry.to_string();
        if !seen.insert(entry) {
            return Err(TermError::Twice { field, entry: text });
        }
    }
    Ok(())
}

pub(crate) fn name<T: FromStr<Err = NameError>>(
    field: &'static str,
    text: &str,
) -> Result<T, TermError> {
    text.parse()
        .map_err(|source| TermError::Name { field, source })
}

/// Free text for people: at most 200 bytes, no control characters.
pub(crate) fn text_of(field: &'static str, text: String) -> Result<String, TermError> {
    const TEXT_BYTES_MAX: usize = 200;
    let source = if text.len() > TEXT_BYTES_MAX {
        NameError::TooLong {
            what: field,
            length: text.len(),
            max: TEXT_BYTES_MAX,
        }
    } else if text.chars().any(char::is_control) {
        NameError::Alphabet {
            what: field,
            found: text.escape_debug().to_string(),
            allowed: "printable text",
        }
    } else {
        return Ok(text);
    };
    Err(TermError::Name { field, source })
}

pub(crate) fn array<const N: usize>(
    field: &'static str,
    bytes: &[u8],
) -> Result<[u8; N], TermError> {
    bytes.try_into().map_err(|_| TermError::Length {
        field,
        expected: N,
        found: bytes.len(),
    })
}

pub(crate) fn key_of(field: &'static str, bytes: &[u8]) -> Result<PublicKey, TermError> {
    let bytes: [u8; 32] = array(field, bytes)?;
    PublicKey::from_bytes(&bytes).ok_or(TermError::PublicKey { field })
}

pub(crate) fn range(field: &'static str, found: u64, min: u64, max: u64) -> Result<u64, TermError> {
    if (min..=max).contains(&found) {
        Ok(found)
    } else {
        Err(TermError::Range {
            field,
            found,
            min,
            max,
        })
    }
}

pub(crate) fn count(field: &'static str, found: u32) -> Result<Seats, TermError> {
    range(field, found.into(), 1, SEATS_MAX.into()).map(|_| Seats(found))
}

fn span(field: &'static str, seconds: u32, default: Seconds) -> Result<Seconds, TermError> {
    range(field, seconds.into(), 0, SPAN_MAX_S.into()).map(|_| {
        if seconds == 0 {
            default
        } else {
            Seconds(seconds)
        }
    })
}
