//! The machine's outside: what the shell holds, feeds and asks.

use octroi_licence::{CivilMillis, DocumentDigest, PublicKey};

use crate::{
    ClockView, Command, Deadline, Decision, DocumentCode, Event, InstalledDocument, Now, Policy,
    Record, State,
    catalogue::Catalogue,
    decide::{self, Agenda, Sources, Tallies},
    documents::{self, Documents},
};

/// The decisions of one realm: the state, the verified documents that decisions look into, and the
/// bounds. At start the shell folds the ledger with [`Self::apply`], hands over what
/// [`Self::documents_needed`] names and decides [`Command::Start`].
#[derive(Debug)]
pub struct Engine {
    pub(crate) state: State,
    pub(crate) documents: Documents,
    pub(crate) policy: Policy,
    pub(crate) daemon_key: PublicKey,
    /// Refusals beyond those that are recorded singly; no part of the state.
    pub(crate) tallies: Tallies,
    /// The judged civil time of the last decision.
    pub(crate) last_civil: Option<CivilMillis>,
    catalogue: Catalogue,
    /// How often it was drawn up.
    drawn: u64,
    agenda: Agenda,
    stale: Stale,
}

/// What a record or document has made out of date.
#[derive(Debug, Clone, Copy, Default)]
struct Stale {
    catalogue: bool,
    agenda: bool,
    documents: bool,
}

impl Engine {
    /// The engine of an empty ledger. Only certificates for `daemon_key` are accepted.
    pub fn new(policy: Policy, daemon_key: PublicKey) -> Self {
        Self {
            state: State::default(),
            documents: Documents::default(),
            policy,
            daemon_key,
            tallies: Tallies::default(),
            last_civil: None,
            catalogue: Catalogue::default(),
            drawn: 0,
            agenda: Agenda::default(),
            stale: Stale::default(),
        }
    }

    /// Folds one record of the ledger. No document is looked into, so documents may be added before
    /// or after.
    pub fn apply(&mut self, record: &Record) {
        self.state.apply(record);
        self.stale.note(&record.event);
    }

    /// Hands over a verified document that [`Self::documents_needed`] names.
    pub fn add_document(&mut self, document: InstalledDocument) {
        self.documents.add(document);
        self.stale.catalogue = true;
        self.stale.agenda = true;
    }

    /// The documents in force, scheduled or pending. Without one of them nothing is granted under
    /// its licence.
    pub fn documents_needed(&self) -> Vec<(DocumentCode, DocumentDigest)> {
        documents::needed(&self.state)
    }

    /// Documents whose words people read though no decision looks into them. Without one of them only
    /// its words are missing.
    pub fn documents_told(&self) -> Vec<(DocumentCode, DocumentDigest)> {
        documents::told(&self.state)
    }

    /// Decides one command at `now`: first whatever time has made due, then the command, then what
    /// follows from it. Every record is folded as it is emitted; if the shell cannot write them, it
    /// must build the engine anew from the ledger.
    pub fn decide(&mut self, command: Command, now: Now) -> Decision {
        decide::decide(self, command, now)
    }

    /// A copy on which commands can be tried out: it decides as this engine would, and what it decides
    /// is lost with it. Costs as much as the state is large: some hundred bytes for each seat.
    #[must_use]
    pub fn preview(&self) -> Self {
        Self {
            state: self.state.clone(),
            documents: self.documents.clone(),
            policy: self.policy.clone(),
            daemon_key: self.daemon_key,
            tallies: self.tallies.clone(),
            last_civil: self.last_civil,
            catalogue: Catalogue::default(),
            drawn: self.drawn,
            agenda: Agenda::default(),
            stale: Stale {
                catalogue: true,
                agenda: true,
                documents: self.stale.documents,
            },
        }
    }

    /// A number that is another one after a decision by which what the documents in force offer, or
    /// need, may have become another; for a shell that looks after it.
    pub fn terms_version(&self) -> u64 {
        self.drawn
    }

    /// When the shell must come back with [`Command::Tick`] at the latest; `None`: only when
    /// something happens. What is named may already have passed, never without being due.
    pub fn next_deadline(&self) -> Option<Deadline> {
        if self.stale.catalogue || self.stale.agenda {
            let catalogue = Catalogue::draw_up(&self.state, &self.documents);
            return decide::next_deadline(self, &Agenda::draw_up(&self.sources(&catalogue)));
        }
        decide::next_deadline(self, &self.agenda)
    }

    /// The fold of the records.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// SHA-256 over a canonical walk of the state.
    pub fn digest(&self) -> [u8; 32] {
        self.state.digest()
    }

    /// The judged civil time: the wall clock, but never behind the confirmed time.
    pub fn civil_now(&self, now: Now) -> CivilMillis {
        self.clock(now).map_or(now.civil_ms, |clock| clock.civil)
    }

    /// The clocks as judged; `None` before the first record.
    pub fn clock(&self, now: Now) -> Option<ClockView> {
        self.state
            .clock
            .as_ref()
            .map(|clock| decide::clock_view(clock, &now))
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub(crate) fn agenda(&self) -> &Agenda {
        &self.agenda
    }

    /// The catalogue as the state stands now, for views that are asked between folding and deciding.
    pub(crate) fn fresh<T>(&self, read: impl FnOnce(&Catalogue) -> T) -> T {
        if self.stale.catalogue {
            read(&Catalogue::draw_up(&self.state, &self.documents))
        } else {
            read(&self.catalogue)
        }
    }

    /// Brings catalogue and agenda up to date.
    pub(crate) fn draw_up(&mut self) {
        if self.stale.catalogue {
            self.catalogue = Catalogue::draw_up(&self.state, &self.documents);
            self.stale.catalogue = false;
            self.drawn = self.drawn.wrapping_add(1);
            self.stale.agenda = true;
        }
        if self.stale.agenda {
            self.agenda = Agenda::draw_up(&self.sources(&self.catalogue));
            self.stale.agenda = false;
        }
    }

    /// Ends a decision.
    pub(crate) fn settle(&mut self) {
        self.draw_up();
        if self.stale.documents {
            self.documents.prune(&self.state);
            self.stale.documents = false;
        }
    }

    fn sources<'a>(&'a self, catalogue: &'a Catalogue) -> Sources<'a> {
        Sources {
            state: &self.state,
            documents: &self.documents,
            catalogue,
            daemon_key: &self.daemon_key,
        }
    }
}

impl Stale {
    fn note(&mut self, event: &Event) {
        match event {
            Event::LicenceInstalled { .. }
            | Event::CertificateInstalled { .. }
            | Event::OrderInstalled { .. }
            | Event::OrderApplied { .. }
            | Event::MaintenanceOrdered { .. }
            | Event::RevocationsInstalled { .. }
            | Event::DocumentRefused { .. }
            | Event::OrderCarriedOut { .. }
            | Event::LimitChangeEnded { .. }
            | Event::ClockReset { .. }
            | Event::PeriodBegan { .. }
            | Event::RenewalOrdered { .. }
            | Event::NonRenewalOrdered { .. }
            | Event::NonRenewalRecorded { .. }
            | Event::ExportOpened { .. }
            | Event::ExportClosed { .. }
            | Event::CureNoticeGiven { .. }
            | Event::MaintenanceCureNoticeGiven { .. }
            | Event::CureNoticeLifted { .. }
            | Event::CureNoticeEnded { .. }
            | Event::AuditOpened { .. }
            | Event::LicenceTransferred { .. }
            | Event::ForceMajeureBegan { .. }
            | Event::ForceMajeureEnded { .. }
            | Event::OrderVoid { .. }
            | Event::AmendmentReceived { .. }
            | Event::DocumentAccepted { .. }
            | Event::AmendmentApplied { .. }
            | Event::EscrowReleased { .. }
            | Event::TamperingSuspended { .. }
            | Event::EvaluationOpened { .. }
            | Event::SoftwareAccepted { .. }
            | Event::ReservesRecorded { .. }
            | Event::EndedByClient { .. }
            | Event::EndOfUseDeclared { .. }
            | Event::EndOfUseDue { .. }
            | Event::EndOfUseReminded { .. }
            | Event::EndOfUseOverdue { .. }
            | Event::EndOfUseCertified { .. }
            | Event::DocumentPending { .. } => {
                *self = Self {
                    catalogue: true,
                    agenda: true,
                    documents: true,
                };
            }
            Event::ClockLeapt { .. }
            | Event::ClockConfirmed { .. }
            | Event::ClockBehind { .. }
            | Event::ClockSteady { .. } => {
                self.catalogue = true;
                self.agenda = true;
            }
            Event::DaemonStarted { .. }
            | Event::KeyProven { .. }
            | Event::KeyAbsent { .. }
            | Event::KeyCounterAnomalous { .. }
            | Event::HardwareKeyRevoked { .. }
            | Event::HardwareKeyReinstated { .. }
            | Event::RevokedKeyAnswered { .. }
            | Event::AbsenceStarted { .. }
            | Event::AbsenceEnded { .. }
            | Event::AbsenceBudgetSpent { .. }
            | Event::OverdraftBegan { .. }
            | Event::OverdraftSettled { .. }
            | Event::OverdraftCounted { .. }
            | Event::EndNoticeGiven { .. }
            | Event::ReservationDecided { .. }
            | Event::BorrowEnded { .. }
            | Event::LicenceEnded { .. } => self.agenda = true,
            _ => {}
        }
    }
}
