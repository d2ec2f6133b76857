//! A daemon without its shell: an engine, the ledger that it wrote, clocks that go when told to.
//! When a site is dropped, its ledger is replayed into a fresh engine, which must come to the same
//! digest: so every test is a test of replay too; and every command is tried out on a copy first.

use std::sync::Arc;

use octroi_engine::{
    Actor, AssignmentView, Beneficiary, BootId, Caller, Command, Decision, Engine, Epoch, Grant,
    InstalledDocument, Notice, Now, Outcome, Policy, ProcessIdentity, Record, Refusal, RefusalCode,
    RequestNumber, SeatId, SessionId, TokenHash, UserPseudonym, Whom,
};
use octroi_licence::{
    ActivationCertificate, AssignmentId, CivilMillis, FeatureName, Licence, LicenceId, Order,
    ProductVersion, RevocationList, Verified, message,
};

use super::vendor::{self, PRODUCT, TODAY};

pub(crate) const ADMINISTRATOR: Actor = Actor::Administrator(UserPseudonym([0xad; 16]));

/// An application as its stream knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct App {
    pub(crate) session: SessionId,
    pub(crate) epoch: Epoch,
    pub(crate) caller: Caller,
    /// The number of its last request.
    pub(crate) number: u64,
    /// Answers below this number were acknowledged.
    pub(crate) below: u64,
}

#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) engine: Engine,
    pub(crate) ledger: Vec<Record>,
    pub(crate) now: Now,
    pub(crate) notices: Vec<(SessionId, Notice)>,
    pub(super) documents: Vec<InstalledDocument>,
    policy: Policy,
    sessions: u64,
    assignments: u64,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(Policy::default())
    }

    pub(crate) fn with(policy: Policy) -> Self {
        let mut site = Self {
            engine: Engine::new(policy.clone(), vendor::public("daemon")),
            ledger: Vec::new(),
            now: Now {
                boot_id: BootId([1; 16]),
                boottime_ms: 1_000_000,
                civil_ms: CivilMillis(TODAY * 1000 - 1_000),
            },
            notices: Vec::new(),
            documents: Vec::new(),
            policy,
            sessions: 0,
            assignments: 0,
        };
        site.start(&[]);
        site.pass(1_000);
        site
    }

    /// A site with one activated licence.
    pub(crate) fn licensed(terms: &message::Licence) -> Self {
        let mut site = Self::new();
        site.activate(terms);
        site
    }

    pub(crate) fn send(&mut self, command: Command) -> Decision {
        let tried = self.engine.preview().decide(command.clone(), self.now);
        let decision = self.engine.decide(command, self.now);
        assert_eq!(tried, decision, "a copy decides as the engine does");
        self.ledger.extend(decision.records.iter().cloned());
        self.notices.extend(decision.notices.iter().cloned());
        for feature in self.engine.features() {
            let more = feature.overdraft.is_some() || feature.metric.name() == "named-user";
            // A borrowed seat stays until its period ends, whatever documents say meanwhile.
            let lent = self.engine.loans().next().is_some();
            assert!(
                more || lent || feature.in_use <= feature.limit,
                "{feature:?}"
            );
        }
        decision
    }

    pub(crate) fn outcome(&mut self, command: Command) -> Outcome {
        self.send(command).outcome
    }

    /// Both clocks go on.
    pub(crate) fn pass(&mut self, milliseconds: u64) {
        self.now.boottime_ms += milliseconds;
        self.now.civil_ms.0 += i64::try_from(milliseconds).unwrap();
    }

    /// Both clocks go on, and the shell sends its tick.
    pub(crate) fn later(&mut self, milliseconds: u64) -> Decision {
        self.pass(milliseconds);
        self.send(Command::Tick)
    }

    pub(crate) fn start(&mut self, living: &[&App]) -> Decision {
        self.send(Command::Start {
            version: "0.1.0".to_owned(),
            living: living.iter().map(|app| app.session).collect(),
        })
    }

    /// The daemon is killed and started anew: a fresh engine from the ledger and the documents that
    /// it asks for.
    pub(crate) fn restart(&mut self, living: &[&App]) -> Decision {
        self.crash();
        self.start(living)
    }

    pub(crate) fn crash(&mut self) {
        self.engine = self.replayed(&self.ledger);
        for (_, digest) in self.engine.documents_needed() {
            let kept = self
                .documents
                .iter()
                .find(|document| digest_of(document) == digest);
            self.engine
                .add_document(kept.expect("the document was kept").clone());
        }
    }

    /// The same from a ledger that may ask for documents which nobody has.
    pub(crate) fn crash_without_documents(&mut self) {
        self.engine = self.replayed(&self.ledger);
        for document in &self.documents {
            self.engine.add_document(document.clone());
        }
    }

    pub(crate) fn replayed(&self, records: &[Record]) -> Engine {
        let mut engine = Engine::new(self.policy.clone(), vendor::public("daemon"));
        for record in records {
            engine.apply(record);
        }
        engine
    }

    pub(crate) fn install(&mut self, licence: &Arc<Verified<Licence>>) -> Outcome {
        self.documents
            .push(InstalledDocument::Licence(Arc::clone(licence)));
        let (licence, actor) = (Arc::clone(licence), ADMINISTRATOR);
        self.outcome(Command::InstallLicence { licence, actor })
    }

    pub(crate) fn certify(
        &mut self,
        certificate: &Arc<Verified<ActivationCertificate>>,
    ) -> Outcome {
        self.documents
            .push(InstalledDocument::Certificate(Arc::clone(certificate)));
        let (certificate, actor) = (Arc::clone(certificate), ADMINISTRATOR);
        self.outcome(Command::InstallCertificate { certificate, actor })
    }

    pub(crate) fn order(&mut self, order: &Arc<Verified<Order>>) -> Outcome {
        self.documents
            .push(InstalledDocument::Order(Arc::clone(order)));
        let (order, actor) = (Arc::clone(order), ADMINISTRATOR);
        self.outcome(Command::InstallOrder { order, actor })
    }

    pub(crate) fn revoke_documents(&mut self, list: &Arc<Verified<RevocationList>>) -> Outcome {
        self.documents
            .push(InstalledDocument::Revocations(Arc::clone(list)));
        let (list, actor) = (Arc::clone(list), ADMINISTRATOR);
        self.outcome(Command::InstallRevocations { list, actor })
    }

    /// Installs a licence and a certificate for all of it.
    pub(crate) fn activate(&mut self, terms: &message::Licence) -> Arc<Verified<Licence>> {
        let licence = vendor::licence(terms);
        assert_eq!(self.install(&licence), Outcome::Installed);
        let certificate = vendor::certificate(&vendor::activation(&licence));
        assert_eq!(self.certify(&certificate), Outcome::Installed);
        licence
    }

    pub(crate) fn open(&mut self, user: u8, pid: u32) -> App {
        self.open_as(caller(user, pid), Some("2026.1"))
    }

    pub(crate) fn open_as(&mut self, caller: Caller, version: Option<&str>) -> App {
        self.sessions += 1;
        let session = session(self.sessions);
        let outcome = self.outcome(open_command(session, &caller, version));
        let epoch = Epoch(1);
        assert_eq!(outcome, Outcome::Session { session, epoch });
        App {
            session,
            epoch,
            caller,
            number: 1,
            below: 1,
        }
    }

    /// Asks under a fresh number, with everything before it acknowledged.
    pub(crate) fn checkout(&mut self, app: &mut App, feature: &str, units: u32) -> Outcome {
        self.checkout_waiting(app, feature, units, 0)
    }

    pub(crate) fn checkout_waiting(
        &mut self,
        app: &mut App,
        feature: &str,
        units: u32,
        wait_ms: u32,
    ) -> Outcome {
        app.number += 1;
        app.below = app.number;
        self.checkout_again(app, feature, units, wait_ms)
    }

    /// Asks under the number of the last request.
    pub(crate) fn checkout_again(
        &mut self,
        app: &App,
        feature: &str,
        units: u32,
        wait_ms: u32,
    ) -> Outcome {
        let beneficiary = self.beneficiary(Whom::OperatingSystemUser);
        self.outcome(Command::Checkout {
            session: app.session,
            epoch: app.epoch,
            number: RequestNumber(app.number),
            answered_below: RequestNumber(app.below),
            feature: name(feature),
            units,
            wait_ms,
            beneficiary,
            proofs: None,
        })
    }

    /// Asks under a fresh number, for somebody.
    pub(crate) fn checkout_for(
        &mut self,
        app: &mut App,
        feature: &str,
        beneficiary: Beneficiary,
        wait_ms: u32,
    ) -> Outcome {
        app.number += 1;
        app.below = app.number;
        self.outcome(Command::Checkout {
            session: app.session,
            epoch: app.epoch,
            number: RequestNumber(app.number),
            answered_below: RequestNumber(app.below),
            feature: name(feature),
            units: 1,
            wait_ms,
            beneficiary,
            proofs: None,
        })
    }

    /// Somebody of no company or kind, with a fresh assignment id.
    pub(crate) fn beneficiary(&mut self, whom: Whom) -> Beneficiary {
        Beneficiary {
            whom,
            ..Beneficiary::own(self.assignment_id())
        }
    }

    /// An end user of a company and kind.
    pub(crate) fn end_user(&mut self, of: u8, entity: &str, category: &str) -> Beneficiary {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Beneficiary {
            entity: text(entity).map(|id| id.parse().unwrap()),
            category: text(category).map(|id| id.parse().unwrap()),
            ..self.beneficiary(Whom::EndUser(user(of)))
        }
    }

    /// The assignment of a user; there is one.
    pub(crate) fn assigned_to(&self, of: u8) -> AssignmentView {
        let views = self.engine.assignments();
        let found = views.into_iter().find(|view| view.user == user(of));
        found.expect("the user has a seat assigned")
    }

    pub(crate) fn give(&mut self, order: &message::Order) {
        assert_eq!(self.order(&vendor::order(order)), Outcome::Installed);
    }

    pub(crate) fn assignment_id(&mut self) -> AssignmentId {
        self.assignments += 1;
        let mut id = [0xa5; 16];
        id[..8].copy_from_slice(&self.assignments.to_be_bytes());
        AssignmentId(id)
    }

    pub(crate) fn seat(&mut self, app: &mut App, feature: &str) -> Grant {
        granted(self.checkout(app, feature, 1))
    }

    pub(crate) fn refusal(&mut self, app: &mut App, feature: &str) -> Refusal {
        refused(self.checkout(app, feature, 1))
    }

    pub(crate) fn code(&mut self, app: &mut App, feature: &str) -> RefusalCode {
        self.refusal(app, feature).code
    }

    pub(crate) fn release(&mut self, app: &mut App, seat: SeatId) -> Outcome {
        app.number += 1;
        app.below = app.number;
        self.release_again(app, seat)
    }

    pub(crate) fn release_again(&mut self, app: &App, seat: SeatId) -> Outcome {
        self.outcome(Command::Release {
            session: app.session,
            epoch: app.epoch,
            number: RequestNumber(app.number),
            answered_below: RequestNumber(app.below),
            seat,
        })
    }

    pub(crate) fn detach(&mut self, app: &App) -> Decision {
        self.send(Command::Detach {
            session: app.session,
            epoch: app.epoch,
        })
    }

    /// Comes back with the token of the last epoch; the next one is of the next.
    pub(crate) fn resume(&mut self, app: &mut App) -> Outcome {
        app.number += 1;
        let outcome = self.outcome(Command::Resume {
            number: RequestNumber(app.number),
            caller: app.caller.clone(),
            token: token(app.session, app.epoch.0),
            next_token: token(app.session, app.epoch.0 + 1),
        });
        if let Outcome::Session { epoch, .. } = outcome {
            app.epoch = epoch;
        }
        outcome
    }

    pub(crate) fn exited(&mut self, app: &App) -> Decision {
        self.send(Command::ProcessExited {
            session: app.session,
        })
    }

    /// What an application was told since the last call.
    pub(crate) fn told(&mut self, app: &App) -> Vec<Notice> {
        let mut told = Vec::new();
        self.notices.retain(|(session, notice)| {
            let mine = *session == app.session;
            if mine {
                told.push(notice.clone());
            }
            !mine
        });
        told
    }

    pub(crate) fn in_use(&self, feature: &str) -> u32 {
        let features = self.engine.features();
        features
            .iter()
            .filter(|view| view.feature.as_str() == feature)
            .map(|view| view.in_use)
            .sum()
    }

    /// Names of the records made since `from`.
    pub(crate) fn events(&self, from: usize) -> Vec<&'static str> {
        self.ledger[from..]
            .iter()
            .map(|record| record.event.name())
            .collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.replayed(&self.ledger).digest(), self.engine.digest());
        }
    }
}

fn digest_of(document: &InstalledDocument) -> octroi_licence::DocumentDigest {
    match document {
        InstalledDocument::Licence(one) => one.digest(),
        InstalledDocument::Certificate(one) => one.digest(),
        InstalledDocument::Order(one) => one.digest(),
        InstalledDocument::EscrowRelease(one) => one.digest(),
        InstalledDocument::Amendment(one) => one.digest(),
        InstalledDocument::Revocations(one) => one.digest(),
        _ => panic!("a kind that the tests do not know"),
    }
}

pub(crate) fn open_command(session: SessionId, caller: &Caller, version: Option<&str>) -> Command {
    Command::Open {
        session,
        number: RequestNumber(1),
        caller: caller.clone(),
        product: PRODUCT.parse().unwrap(),
        version: version.map(|text| text.parse::<ProductVersion>().unwrap()),
        released_at: None,
        unattended: false,
        token: token(session, 1),
    }
}

pub(crate) fn session(number: u64) -> SessionId {
    let mut id = [0; 16];
    // Ids are random in life: spread them, so that their order is not that of opening.
    id[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    id[8..].copy_from_slice(&number.to_be_bytes());
    SessionId(id)
}

pub(crate) fn token(session: SessionId, epoch: u64) -> TokenHash {
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(&session.0);
    hash[16..24].copy_from_slice(&epoch.to_be_bytes());
    TokenHash(hash)
}

pub(crate) fn user(user: u8) -> UserPseudonym {
    UserPseudonym([user; 16])
}

pub(crate) fn caller(of: u8, pid: u32) -> Caller {
    Caller {
        user: user(of),
        identified: true,
        process: Some(ProcessIdentity {
            pid,
            start_time: 77,
        }),
        container: None,
    }
}

pub(crate) fn name(feature: &str) -> FeatureName {
    feature.parse().unwrap()
}

pub(crate) fn id(licence: &str) -> LicenceId {
    licence.parse().unwrap()
}

#[track_caller]
pub(crate) fn granted(outcome: Outcome) -> Grant {
    match outcome {
        Outcome::Granted(grant) => grant,
        other => panic!("a seat was expected, not {other:?}"),
    }
}

#[track_caller]
pub(crate) fn refused(outcome: Outcome) -> Refusal {
    match outcome {
        Outcome::Refused(refusal) => refusal,
        other => panic!("a refusal was expected, not {other:?}"),
    }
}

#[track_caller]
pub(crate) fn waits(outcome: Outcome) -> u32 {
    match outcome {
        Outcome::Waiting { place, .. } => place,
        other => panic!("a place in the queue was expected, not {other:?}"),
    }
}
