//! What the vendor remembers of one licence: serials issued, vendor's orders given, activations
//! answered, wrong codes met. Plain values that the shell stores as it likes (the command-line tool:
//! a JSON file; a server: its database), together with the documents and activation codes, which
//! lie beside it. Whoever changes a record must hold it alone until it is stored.

use std::collections::BTreeMap;

use octroi_licence::{
    CivilSeconds, DocumentDigest, FeatureName, LicenceId, Order, OrderKind, PublicKey, Scope,
    Seats, SiteId, Verified,
};
use serde::{Deserialize, Serialize};

use crate::text_form;

/// Wrong activation codes after which a licence is locked until [`LicenceRecord::unlock`].
pub const FAILED_ATTEMPTS_MAX: u32 = 10;

/// Everything about one licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenceRecord {
    licence: LicenceId,
    /// Ascending by serial and by sequence.
    issued: Vec<IssuedSerial>,
    /// Ascending by sequence.
    orders: Vec<GivenOrder>,
    /// Ascending by sequence.
    #[serde(default)]
    amendments: Vec<GivenAmendment>,
    /// In the order of their answers.
    activations: Vec<Activation>,
    /// Since the last right code or unlock.
    failed_attempts: u32,
}

/// A serial of the licence that was issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedSerial {
    /// From 1.
    pub serial: u64,
    /// Its number in the licence's vendor sequence.
    pub sequence: u64,
    /// The document.
    #[serde(with = "text_form")]
    pub digest: DocumentDigest,
    /// What [`LicenceOrder::content_digest`](crate::LicenceOrder::content_digest) said.
    #[serde(with = "hex::serde")]
    pub content: [u8; 32],
    /// When.
    pub issued_at: CivilSeconds,
    /// The time zone of the order's dates.
    pub time_zone: String,
}

/// A vendor's order that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenOrder {
    /// Its number in the licence's vendor sequence.
    pub sequence: u64,
    /// The document.
    #[serde(with = "text_form")]
    pub digest: DocumentDigest,
    /// What was ordered.
    pub kind: GivenOrderKind,
    /// What of the licence is concerned.
    #[serde(with = "scope_form")]
    pub scope: Scope,
    /// From when; `None`: at once.
    pub effective_at: Option<CivilSeconds>,
    /// When it was given.
    pub issued_at: CivilSeconds,
}

impl GivenOrder {
    /// What the record keeps of an order.
    pub fn of(order: &Verified<Order>) -> Self {
        Self {
            sequence: order.frame().sequence,
            digest: order.digest(),
            kind: GivenOrderKind::from(&order.kind),
            scope: order.scope.clone(),
            effective_at: order.effective_at,
            issued_at: order.frame().issued_at,
        }
    }
}

/// An amendment that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenAmendment {
    /// Its number in the licence's vendor sequence.
    pub sequence: u64,
    /// The document.
    #[serde(with = "text_form")]
    pub digest: DocumentDigest,
    /// The serial that it changes.
    pub serial: u64,
    /// What [`LicenceOrder::content_digest`](crate::LicenceOrder::content_digest) said.
    #[serde(with = "hex::serde")]
    pub content: [u8; 32],
    /// From when; `None`: at once.
    pub effective_at: Option<CivilSeconds>,
    /// When it was given.
    pub issued_at: CivilSeconds,
}

macro_rules! given_kinds {
    ($($(#[$doc:meta])* $kind:ident),+ $(,)?) => {
        /// What was ordered, as [`OrderKind`] without its details, which stand in the document.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum GivenOrderKind {
            $($(#[$doc])* $kind,)+
            /// A kind of a later version.
            Other,
        }

        impl From<&OrderKind> for GivenOrderKind {
            fn from(kind: &OrderKind) -> Self {
                match kind {
                    $(OrderKind::$kind { .. } => Self::$kind,)+
                    _ => Self::Other,
                }
            }
        }
    };
}

given_kinds! {
    /// Nothing is granted until resumed.
    Suspend,
    /// The suspension ends.
    Resume,
    /// The end, for good.
    Terminate,
    /// A daemon's clock goes back once.
    ClockReset,
    /// The full scope statement.
    Audit,
    /// A breach is to be cured.
    CureNotice,
    /// It is cured.
    LiftCureNotice,
    /// A named user's seat is free.
    Reassign,
    /// A user is kept out.
    BlockUser,
    /// And let in again.
    UnblockUser,
    /// A borrowed seat is free.
    WriteOff,
    /// Another client takes over.
    Transfer,
    /// The term ends later.
    Renew,
    /// It is not renewed.
    NonRenewal,
    /// Other limits.
    LimitChange,
    /// Nothing over the limit.
    OverdraftNotice,
    /// Lateness is not counted.
    ForceMajeure,
    /// The hosts that have a feature.
    HostList,
    /// A reservation is approved or refused.
    DecideReservation,
}

/// A scope as text: `licence`, `maintenance`, `feature NAME`.
mod scope_form {
    use octroi_licence::Scope;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(scope: &Scope, to: S) -> Result<S::Ok, S::Error> {
        match scope {
            Scope::Feature(feature) => to.collect_str(&format_args!("feature {feature}")),
            Scope::Maintenance => to.serialize_str("maintenance"),
            Scope::WholeLicence | _ => to.serialize_str("licence"),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Scope, D::Error> {
        let text = String::deserialize(from)?;
        match text.as_str() {
            "licence" => Ok(Scope::WholeLicence),
            "maintenance" => Ok(Scope::Maintenance),
            other => {
                let feature = other.strip_prefix("feature ");
                let feature = feature.ok_or_else(|| D::Error::custom("no scope of an order"))?;
                feature
                    .parse()
                    .map(Scope::Feature)
                    .map_err(D::Error::custom)
            }
        }
    }
}

/// An activation that was answered with a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activation {
    /// The certificate's number: from 1, rising for each daemon.
    pub number: u64,
    /// The serial that was activated.
    pub serial: u64,
    /// Whose activation.
    #[serde(with = "text_form")]
    pub daemon_key: PublicKey,
    /// Where it stands.
    pub site: Option<SiteId>,
    /// What it was allotted of each feature.
    pub shares: BTreeMap<FeatureName, Seats>,
    /// The request: the same one gets the same answer.
    #[serde(with = "text_form")]
    pub request: DocumentDigest,
    /// The certificate.
    #[serde(with = "text_form")]
    pub certificate: DocumentDigest,
    /// When it was answered.
    pub answered_at: CivilSeconds,
    /// First instant at which neither certificate nor licence is valid any more; `None`: never.
    pub ends_at: Option<CivilSeconds>,
    /// The vendor took the share back although the certificate may still be there.
    pub written_off: bool,
}

impl LicenceRecord {
    /// An empty record.
    pub fn new(licence: LicenceId) -> Self {
        Self {
            licence,
            issued: Vec::new(),
            orders: Vec::new(),
            amendments: Vec::new(),
            activations: Vec::new(),
            failed_attempts: 0,
        }
    }

    /// A record as it was stored part by part: serials, orders and amendments ascending by sequence,
    /// activations in the order of their answers.
    pub fn restore(
        licence: LicenceId,
        issued: Vec<IssuedSerial>,
        orders: Vec<GivenOrder>,
        amendments: Vec<GivenAmendment>,
        activations: Vec<Activation>,
        failed_attempts: u32,
    ) -> Self {
        Self {
            licence,
            issued,
            orders,
            amendments,
            activations,
            failed_attempts,
        }
    }

    /// Whose record it is.
    pub fn licence(&self) -> &LicenceId {
        &self.licence
    }

    /// Serials issued, ascending.
    pub fn issued(&self) -> &[IssuedSerial] {
        &self.issued
    }

    /// The serial that counts.
    pub fn newest(&self) -> Option<&IssuedSerial> {
        self.issued.last()
    }

    /// Orders given, ascending.
    pub fn orders(&self) -> &[GivenOrder] {
        &self.orders
    }

    /// Amendments given, ascending.
    pub fn amendments(&self) -> &[GivenAmendment] {
        &self.amendments
    }

    /// The amendment that says what the newest serial states; `None`: the serial itself.
    pub fn newest_amendment(&self) -> Option<&GivenAmendment> {
        let serial = self.newest()?.serial;
        self.amendments.last().filter(|one| one.serial == serial)
    }

    /// Activations answered, oldest first.
    pub fn activations(&self) -> &[Activation] {
        &self.activations
    }

    /// Wrong codes since the last right one or unlock.
    pub fn failed_attempts(&self) -> u32 {
        self.failed_attempts
    }

    /// The number that the next licence or order of this licence bears.
    pub fn next_sequence(&self) -> u64 {
        self.last_sequence().saturating_add(1)
    }

    /// The number of the last document in the licence's vendor sequence; 0: none yet.
    pub fn last_sequence(&self) -> u64 {
        let serials = self.issued.iter().map(|issued| issued.sequence);
        let orders = self.orders.iter().map(|order| order.sequence);
        let amendments = self.amendments.iter().map(|one| one.sequence);
        serials.chain(orders).chain(amendments).max().unwrap_or(0)
    }

    /// Since when the whole licence is terminated, if it was ordered.
    pub fn terminated_at(&self) -> Option<CivilSeconds> {
        self.orders
            .iter()
            .find(|order| {
                order.kind == GivenOrderKind::Terminate && order.scope == Scope::WholeLicence
            })
            .map(|order| order.effective_at.unwrap_or(order.issued_at))
    }

    /// Says whether too many wrong codes were met.
    pub fn is_locked(&self) -> bool {
        self.failed_attempts >= FAILED_ATTEMPTS_MAX
    }

    /// Lets codes be tried again.
    pub fn unlock(&mut self) {
        self.failed_attempts = 0;
    }

    /// The activations that hold shares: the newest of each daemon, unless it ended, was given back
    /// or written off. Those of older serials count too, for nobody can know that they are out of use.
    pub fn live(&self, now: CivilSeconds) -> impl Iterator<Item = &Activation> {
        let mut newest: BTreeMap<[u8; 32], &Activation> = BTreeMap::new();
        for activation in &self.activations {
            newest.insert(*activation.daemon_key.as_bytes(), activation);
        }
        newest.into_values().filter(move |activation| {
            !activation.written_off
                && activation.ends_at.is_none_or(|ends_at| now < ends_at)
                && activation.shares.values().any(|units| units.0 > 0)
        })
    }

    /// Takes a daemon's share back without its consent, for a machine that is gone. Gives back how
    /// many certificates were written off.
    pub fn write_off(&mut self, daemon_key: &PublicKey) -> usize {
        let mut written_off = 0;
        for activation in &mut self.activations {
            if activation.daemon_key == *daemon_key && !activation.written_off {
                activation.written_off = true;
                written_off += 1;
            }
        }
        written_off
    }

    /// The number that the daemon's next certificate bears.
    pub(crate) fn next_certificate_number(&self, daemon_key: &PublicKey) -> u64 {
        self.activations
            .iter()
            .filter(|activation| activation.daemon_key == *daemon_key)
            .map(|activation| activation.number)
            .max()
            .unwrap_or(0)
            .saturating_add(1)
    }

    pub(crate) fn add_issued(&mut self, issued: IssuedSerial) {
        self.issued.push(issued);
    }

    pub(crate) fn add_order(&mut self, order: GivenOrder) {
        self.orders.push(order);
    }

    pub(crate) fn add_amendment(&mut self, amendment: GivenAmendment) {
        self.amendments.push(amendment);
    }

    pub(crate) fn add_activation(&mut self, activation: Activation) {
        self.failed_attempts = 0;
        self.activations.push(activation);
    }

    pub(crate) fn add_failed_attempt(&mut self) {
        self.failed_attempts = self.failed_attempts.saturating_add(1);
    }
}
