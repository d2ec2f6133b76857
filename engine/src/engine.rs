//! The machine's outside: what the shell holds, feeds and reads.

use std::sync::Arc;

use octroi_licence::{
    ActivationCertificate, CivilMillis, DocumentDigest, Licence, LicenceId, Order, ProductId,
    PublicKey, RevocationList, Verified,
};

use crate::{
    ClockView, Command, Deadline, Decision, DocumentCode, FeatureView, Grant, KeyDuty, LicenceView,
    Now, Outcome, Policy, Record, Refusal, RefusalCode, SeatView, SessionId, SessionView,
    WaiterView,
};

/// A document that was verified before, as the shell hands it over at start.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum InstalledDocument {
    /// A licence.
    Licence(Arc<Verified<Licence>>),
    /// An activation certificate.
    Certificate(Arc<Verified<ActivationCertificate>>),
    /// An order.
    Order(Arc<Verified<Order>>),
    /// A revocation list.
    Revocations(Arc<Verified<RevocationList>>),
}

/// A licence in force and the certificate that serves it here.
#[derive(Debug, Clone)]
pub struct LicenceDocuments {
    /// The licence.
    pub licence: Arc<Verified<Licence>>,
    /// Its activation certificate, which may name an older serial of the same licence.
    pub certificate: Option<Arc<Verified<ActivationCertificate>>>,
}

/// The fold of the records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {}

/// The decisions of one realm.
#[derive(Debug)]
pub struct Engine {
    state: State,
    policy: Policy,
    daemon_key: PublicKey,
}

impl Engine {
    /// An empty ledger's engine.
    pub fn new(policy: Policy, daemon_key: PublicKey) -> Self {
        Self { state: State::default(), policy, daemon_key }
    }

    /// Folds one record of the ledger.
    pub fn apply(&mut self, _record: &Record) {}

    /// Hands over a document that [`Self::documents_needed`] names.
    pub fn add_document(&mut self, _document: InstalledDocument) {}

    /// Documents in force, scheduled or pending.
    pub fn documents_needed(&self) -> Vec<(DocumentCode, DocumentDigest)> {
        Vec::new()
    }

    /// Decides one command.
    pub fn decide(&mut self, _command: Command, _now: Now) -> Decision {
        let _ = (&self.policy, &self.daemon_key);
        Decision {
            records: Vec::new(),
            outcome: Outcome::Refused(Refusal::of(RefusalCode::LedgerUnwritable)),
            notices: Vec::new(),
        }
    }

    /// When the shell must send the next tick.
    pub fn next_deadline(&self) -> Option<Deadline> {
        None
    }

    /// The state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// SHA-256 over the state.
    pub fn digest(&self) -> [u8; 32] {
        [0; 32]
    }

    /// Every open session.
    pub fn sessions(&self) -> impl Iterator<Item = SessionView> {
        std::iter::empty()
    }

    /// One session.
    pub fn session(&self, _session: SessionId) -> Option<SessionView> {
        None
    }

    /// How long the session's seats wait after its transport is lost, in milliseconds.
    pub fn resume_window_ms(&self, _session: SessionId) -> u64 {
        0
    }

    /// Every seat that counts.
    pub fn seats(&self) -> impl Iterator<Item = SeatView> {
        std::iter::empty()
    }

    /// The seats that a session holds.
    pub fn seats_of(&self, _session: SessionId) -> Vec<SeatView> {
        Vec::new()
    }

    /// The same as grants, for the leases of a resumed session.
    pub fn grants_of(&self, _session: SessionId) -> Vec<Grant> {
        Vec::new()
    }

    /// Every check-out that waits.
    pub fn waiters(&self) -> impl Iterator<Item = WaiterView> {
        std::iter::empty()
    }

    /// Every feature of every licence in force.
    pub fn features(&self) -> Vec<FeatureView> {
        Vec::new()
    }

    /// Every licence in force.
    pub fn licences(&self) -> Vec<LicenceView> {
        Vec::new()
    }

    /// The features of the session's product.
    pub fn list(&self, _session: SessionId) -> Vec<FeatureView> {
        Vec::new()
    }

    /// The licences in force that cover a product.
    pub fn licences_for_product(&self, _product: &ProductId) -> Vec<LicenceId> {
        Vec::new()
    }

    /// The documents of a licence in force.
    pub fn documents(&self, _licence: &LicenceId) -> Option<LicenceDocuments> {
        None
    }

    /// The keys that the shell must prove.
    pub fn hardware_keys(&self) -> Vec<KeyDuty> {
        Vec::new()
    }

    /// The judged civil time.
    pub fn civil_now(&self, now: Now) -> CivilMillis {
        now.civil_ms
    }

    /// The clocks as judged.
    pub fn clock(&self, _now: Now) -> Option<ClockView> {
        None
    }
}
