//! The stage of every scenario: one vendor, one client's machine, simulated time. The documents are
//! real, the engine is the daemon's, only the shell around it is missing; so months pass in
//! milliseconds. Each scenario's ledger is replayed when it ends, and must give the same state.

mod amend;
mod apps;
pub(crate) mod order;
mod proof;
pub(crate) mod registers;
mod site;
pub(crate) mod vendor;

use std::sync::Arc;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use octroi_engine::{
    Actor, BootId, Command, Decision, Declaration, Engine, FactsView, InstalledDocument, Notice,
    Now, Outcome, Policy, Record, SessionId, UserPseudonym,
};
use octroi_licence::{
    ActivationCertificate, CivilMillis, CivilSeconds, DocumentDigest, Licence, Order, OrderKind,
    Scope, Signer as _, Verified, message,
};
use octroi_vendor::{LicenceOrder, PrivateKey, VendorOrder, order::Template};
use sha2::{Digest as _, Sha256};

pub(crate) use apps::{Says, Who, granted, refused};
pub(crate) use site::Site;
pub(crate) use vendor::Vendor;

/// Who administers the client's machine.
pub(crate) const ADMINISTRATOR: Actor = Actor::Administrator(UserPseudonym([0xad; 16]));

/// A contract in force.
pub(crate) struct Contract {
    pub(crate) vendor: Vendor,
    pub(crate) engine: Engine,
    pub(crate) ledger: Vec<Record>,
    pub(crate) notices: Vec<(SessionId, Notice)>,
    /// No report is answered any more: certificates run out.
    pub(crate) server_gone: bool,
    /// What the vendor's staff wrote.
    pub(crate) order: LicenceOrder,
    daemon: PrivateKey,
    zone: TimeZone,
    product: String,
    version: Option<&'static str>,
    certificate: Option<Arc<Verified<ActivationCertificate>>>,
    /// The last activation or receipt.
    reported_at: Option<CivilSeconds>,
    documents: Vec<InstalledDocument>,
    now: Now,
    sessions: u64,
    assignments: u64,
}

impl Contract {
    /// Signed, installed and activated at nine in the morning of the day on which the term starts.
    pub(crate) fn signed(template: Template, fill: &[(&str, &str)]) -> Self {
        Self::of(&order::filled(template, fill))
    }

    /// The same for an order written by hand; it must state a term that starts.
    pub(crate) fn of(text: &str) -> Self {
        let mut contract = Self::issued(text);
        contract.activate(&[]).expect("the daemon is activated");
        contract
    }

    /// Issued and installed, not activated.
    pub(crate) fn issued(text: &str) -> Self {
        // Terms cannot have been accepted in the future; everything is signed from this day on.
        let latest = CivilSeconds(4_102_444_800);
        let order = LicenceOrder::check(text, latest)
            .unwrap_or_else(|mistakes| panic!("{:#?}", mistakes.as_slice()));
        let zone = TimeZone::get(order.time_zone()).unwrap();
        let dates = order.dates(None).unwrap();
        let start = dates.start.map_or(1_772_319_600, |start| start.at.0);
        let now = Timestamp::from_second(start).unwrap();
        let nine = now.to_zoned(zone.clone()).date().at(9, 0, 0, 0);
        let nine = nine.to_zoned(zone.clone()).unwrap().timestamp();
        let daemon = vendor::key(20);
        let mut contract = Self {
            vendor: Vendor::new(order.vendor(), order.licence(), CivilSeconds(start)),
            engine: Engine::new(Policy::default(), daemon.public_key()),
            ledger: Vec::new(),
            notices: Vec::new(),
            server_gone: false,
            order,
            daemon,
            zone,
            product: String::new(),
            version: None,
            certificate: None,
            reported_at: None,
            documents: Vec::new(),
            now: Now {
                boot_id: BootId([1; 16]),
                boottime_ms: 1_000_000,
                civil_ms: CivilMillis(nine.as_millisecond()),
            },
            sessions: 0,
            assignments: 0,
        };
        contract.send(Command::Start {
            version: "0.1.0".to_owned(),
            living: Vec::new(),
        });
        let outcome = contract.issue(text);
        assert_eq!(outcome, Outcome::Installed);
        contract
    }

    /// A new serial of the licence, installed.
    pub(crate) fn issue(&mut self, text: &str) -> Outcome {
        let order = LicenceOrder::check(text, self.today())
            .unwrap_or_else(|mistakes| panic!("{:#?}", mistakes.as_slice()));
        let licence = Arc::new(self.vendor.issue(&order, self.today()));
        self.order = order;
        self.product = licence.product.to_string();
        let minimum = licence.features[0].versions.minimum.is_some();
        self.version = minimum.then_some("3");
        self.install(&licence)
    }

    pub(crate) fn install(&mut self, licence: &Arc<Verified<Licence>>) -> Outcome {
        let kept = InstalledDocument::Licence(Arc::clone(licence));
        self.documents.push(kept);
        let (licence, actor) = (Arc::clone(licence), ADMINISTRATOR);
        self.outcome(Command::InstallLicence { licence, actor })
    }

    /// The vendor amends the licence by an order that states the whole, and the daemon gets the amendment.
    pub(crate) fn amend(
        &mut self,
        text: &str,
        effective_at: Option<&str>,
    ) -> (Outcome, DocumentDigest) {
        let order = LicenceOrder::check(text, self.today())
            .unwrap_or_else(|mistakes| panic!("{:#?}", mistakes.as_slice()));
        let effective_at = effective_at.map(|at| self.instant(at));
        let amendment = Arc::new(self.vendor.amend(&order, effective_at, self.today()));
        self.order = order;
        self.documents
            .push(InstalledDocument::Amendment(Arc::clone(&amendment)));
        let (digest, actor) = (amendment.digest(), ADMINISTRATOR);
        let outcome = self.outcome(Command::InstallAmendment { amendment, actor });
        (outcome, digest)
    }

    /// Asks the vendor, who may refuse, and installs the certificate.
    pub(crate) fn activate(
        &mut self,
        shares: &[(&str, u32)],
    ) -> Result<(), octroi_vendor::ActivationRefusal> {
        let site = self.vendor.licence().sites.first();
        let site = site.map(|site| site.id.to_string());
        let now = self.today();
        let site = site.as_deref();
        let certificate = self.vendor.activate(&self.daemon, site, shares, now)?;
        self.certify(certificate);
        Ok(())
    }

    /// Another machine of the same client asks.
    pub(crate) fn another_host(
        &mut self,
        seed: u8,
        site: Option<&str>,
        shares: &[(&str, u32)],
    ) -> Result<Verified<ActivationCertificate>, octroi_vendor::ActivationRefusal> {
        let (daemon, now) = (vendor::key(seed), self.today());
        self.vendor.activate(&daemon, site, shares, now)
    }

    fn certify(&mut self, certificate: Verified<ActivationCertificate>) {
        let certificate = Arc::new(certificate);
        let bound = certificate.host.is_some();
        self.certificate = Some(Arc::clone(&certificate));
        self.reported_at = Some(self.today());
        self.documents
            .push(InstalledDocument::Certificate(Arc::clone(&certificate)));
        let licence = certificate.licence.clone();
        let actor = ADMINISTRATOR;
        let outcome = self.outcome(Command::InstallCertificate { certificate, actor });
        assert_eq!(outcome, Outcome::Installed);
        if bound {
            self.send(Command::HostCompared {
                licence,
                matched: 4,
                readable: 4,
            });
        }
    }

    /// The host now shows so many of its four components.
    pub(crate) fn host_shows(&mut self, matched: u32) {
        let licence = self.vendor.licence().id.clone();
        self.send(Command::HostCompared {
            licence,
            matched,
            readable: 4,
        });
    }

    // ---- time ----

    pub(crate) fn today(&self) -> CivilSeconds {
        CivilSeconds(self.now.civil_ms.0.div_euclid(1000))
    }

    /// An instant as the contract's zone writes it, such as `2026-03-01 09:00`.
    pub(crate) fn instant(&self, text: &str) -> CivilSeconds {
        let civil: DateTime = text.parse().unwrap();
        let zoned = civil.to_zoned(self.zone.clone()).unwrap();
        CivilSeconds(zoned.timestamp().as_second())
    }

    /// Both clocks go on to an instant; whatever falls due on the way happens at its time, reports
    /// are answered at theirs.
    pub(crate) fn go_to(&mut self, text: &str) {
        self.go_to_instant(self.instant(text));
    }

    pub(crate) fn go_to_instant(&mut self, instant: CivilSeconds) {
        let target = instant.millis();
        assert!(target >= self.now.civil_ms, "time does not go back");
        // Something that stays due for ever would keep a daemon busy for ever.
        let mut steps = 0;
        while self.now.civil_ms < target {
            steps += 1;
            let stands = (self.engine.next_deadline(), self.now, self.report_due_at());
            assert!(steps < 100_000, "time does not pass: {stands:?}");
            let due = self.next_event().filter(|due| *due < target);
            let next = due
                .unwrap_or(target)
                .max(CivilMillis(self.now.civil_ms.0 + 1));
            self.pass_ms(u64::try_from(next.0 - self.now.civil_ms.0).unwrap());
            if self.report_due_at().is_some_and(|due| due <= next) {
                self.report();
            }
            self.send(Command::Tick);
        }
    }

    pub(crate) fn pass_ms(&mut self, milliseconds: u64) {
        self.now.boottime_ms += milliseconds;
        self.now.civil_ms.0 += i64::try_from(milliseconds).unwrap();
    }

    /// Somebody sets the machine's clock back; time goes on all the same.
    pub(crate) fn clock_set_back(&mut self, milliseconds: u64) {
        self.now.boottime_ms += 1_000;
        self.now.civil_ms.0 -= i64::try_from(milliseconds).unwrap();
        self.send(Command::Tick);
    }

    fn next_event(&self) -> Option<CivilMillis> {
        let deadline = self.engine.next_deadline().unwrap_or_default();
        let elapsed = deadline.boottime_ms.map(|due| {
            let ahead = due.saturating_sub(self.now.boottime_ms);
            CivilMillis(self.now.civil_ms.0 + i64::try_from(ahead).unwrap())
        });
        [elapsed, deadline.civil_ms, self.report_due_at()]
            .into_iter()
            .flatten()
            .min()
    }

    fn report_due_at(&self) -> Option<CivilMillis> {
        let reporting = self.vendor.licence().reporting.as_ref()?;
        let due = reporting.due_at(self.reported_at?).millis();
        (!self.server_gone).then_some(due)
    }

    /// The daemon reports and the vendor renews.
    pub(crate) fn report(&mut self) {
        if let Some(before) = self.certificate.clone() {
            let renewed = self.vendor.renew(&before, self.today());
            self.certify(renewed);
        }
    }

    // ---- what the vendor and the administrator do ----

    /// The vendor signs an order and the client's daemon gets it.
    pub(crate) fn ordered(&mut self, order: &VendorOrder) -> Outcome {
        let order = self.vendor.order(order, self.today());
        self.deliver(Arc::new(order.expect("the order is given")))
    }

    pub(crate) fn deliver(&mut self, order: Arc<Verified<Order>>) -> Outcome {
        self.documents
            .push(InstalledDocument::Order(Arc::clone(&order)));
        let actor = ADMINISTRATOR;
        self.outcome(Command::InstallOrder { order, actor })
    }

    /// The daemon is killed and started anew; all applications are gone.
    pub(crate) fn restart(&mut self) {
        self.engine = self.replayed();
        for (_, digest) in self.engine.documents_needed() {
            let mut kept = self.documents.iter();
            let kept = kept.find(|document| digest_of(document) == digest);
            let kept = kept.expect("the document was kept").clone();
            self.engine.add_document(kept);
        }
        self.send(Command::Start {
            version: "0.1.0".to_owned(),
            living: Vec::new(),
        });
        if self
            .vendor
            .licence()
            .binding
            .host_components_required
            .is_some()
        {
            self.host_shows(4);
        }
    }

    // ---- the engine ----

    pub(crate) fn outcome(&mut self, command: Command) -> Outcome {
        self.send(command).outcome
    }

    pub(crate) fn send(&mut self, command: Command) -> Decision {
        let decision = self.engine.decide(command, self.now);
        self.ledger.extend(decision.records.iter().cloned());
        self.notices.extend(decision.notices.iter().cloned());
        decision
    }

    /// Names of the records made, in order.
    pub(crate) fn recorded(&self, name: &str) -> usize {
        let events = self.ledger.iter().map(|record| record.event.name());
        events.filter(|event| *event == name).count()
    }

    /// The vendor ends the licence at once; gives when.
    pub(crate) fn terminated_today(&mut self) -> CivilSeconds {
        let outcome = self.ordered(&vendor_order(OrderKind::Terminate, message::Ground::Breach));
        assert_eq!(outcome, Outcome::Installed);
        self.today()
    }

    /// The administrator declares a fact about the licence.
    pub(crate) fn declares(&mut self, fact: Declaration) -> Outcome {
        let (licence, actor) = (self.vendor.licence().id.clone(), ADMINISTRATOR);
        self.outcome(Command::Declare {
            licence,
            fact,
            actor,
        })
    }

    /// What was found or declared about the licence.
    pub(crate) fn facts(&self) -> FactsView {
        self.engine.licences()[0].life.facts
    }

    fn replayed(&self) -> Engine {
        let mut engine = Engine::new(Policy::default(), self.daemon.public_key());
        for record in &self.ledger {
            engine.apply(record);
        }
        engine
    }
}

impl Drop for Contract {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.replayed().digest(), self.engine.digest());
        }
    }
}

/// The machine's own day, for orders that the real programs play.
pub(crate) fn today() -> String {
    Timestamp::now().to_zoned(TimeZone::UTC).date().to_string()
}

/// An order about the whole licence, at once.
pub(crate) fn vendor_order(kind: OrderKind, ground: message::Ground) -> VendorOrder {
    VendorOrder {
        kind,
        scope: Scope::WholeLicence,
        ground,
        effective_at: None,
        reason: String::new(),
    }
}

/// A user is known by a random pseudonym in life; here by one that the scenario can repeat.
pub(crate) fn pseudonym(user: &str) -> UserPseudonym {
    let digest: [u8; 32] = Sha256::digest(user).into();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    UserPseudonym(id)
}

fn digest_of(document: &InstalledDocument) -> DocumentDigest {
    match document {
        InstalledDocument::Licence(one) => one.digest(),
        InstalledDocument::Certificate(one) => one.digest(),
        InstalledDocument::Order(one) => one.digest(),
        InstalledDocument::Amendment(one) => one.digest(),
        InstalledDocument::Revocations(one) => one.digest(),
        _ => panic!("a kind that the scenarios do not know"),
    }
}
