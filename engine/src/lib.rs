//! The decisions: a deterministic state machine over licences, seats, sessions, keys and time.
//! State is the fold of [`Record`]s; a [`Command`] with the present [`Now`] becomes records and
//! answers. Nothing here reads a clock, a file or a source of randomness, and nothing here runs
//! asynchronously: the shell brings time, ids and entropy as values, and writes the records down
//! before it answers.
//!
//! [`Engine::decide`] folds each record into the state as it emits it, instead of deciding on a copy:
//! what follows from a record in the same decision — a released seat that goes to whoever waits —
//! sees it, and a state of a hundred thousand seats is never copied. The records alone give the same
//! state again; tests hold that at every prefix.
//!
//! What stands where: `state` folds records and never looks into a document; `decide` looks into
//! documents and never changes the state but by a record; `rules` says in which order a check-out is
//! judged; `catalogue` is what the documents in force offer; `read` copies views out.

mod allotment;
mod catalogue;
mod causes;
mod command;
mod decide;
mod decision;
mod documents;
mod engine;
mod entries;
mod gauges;
#[macro_use]
mod ids;
mod life;
mod policy;
mod proofs;
mod read;
mod read_life;
mod read_news;
mod record;
mod refusal;
mod rules;
mod state;
mod time;
mod usage;
mod views;
mod views_news;
mod who;

pub use allotment::Allotment;
pub use causes::{
    AcceptedBy, AnnouncementTopic, AnnouncementVerdict, BorrowEnd, ClockConfirmation,
    CounterAnomaly, DocumentCode, Effect, EndChoice, Evidence, ExportKind, ReservationVerdict,
    ScopeRecord, SeatEnd, SessionEnd, WaitEnd, WindowRecord, WindowSpan,
};
pub use command::{Caller, Command};
pub use decision::{Decision, Grant, Notice, Outcome};
pub use documents::{InstalledDocument, LicenceDocuments};
pub use engine::Engine;
pub use entries::{Declaration, RegisterEntry};
pub use ids::{
    Actor, BootId, Contained, ContainerId, Epoch, GroupKey, KeptText, ProcessIdentity,
    RequestNumber, SeatId, SessionId, TextDigest, TextId, TokenHash, UserPseudonym,
};
pub use policy::Policy;
pub use proofs::{CheckoutProofs, KeyAnswer};
pub use record::{Event, Record};
pub use refusal::{Grounds, Refusal, RefusalCode};
pub use state::State;
pub use time::{Confidence, ElapsedMs, Now, Time};
pub use usage::{
    Consumption, Loan, MeterView, OperationView, ReservationStatus, ReservationView, WindowView,
};
pub use views::{
    AmendmentView, AssignmentView, AuditView, Blocked, CategoryView, CertificateView, ClockView,
    Deadline, FactsView, FeatureView, KeyDuty, KeyView, LicenceView, LifeView, NoticeView,
    OrderStanding, OrderView, OverdraftMonth, OverdraftView, PendingView, RevokedKey, SeatStatus,
    SeatView, SessionView, WaiterView,
};
pub use views_news::{AnnouncementView, ReleasesView};
pub use who::{Beneficiary, ListedUser, SyncOutcome, Whom};
