//! The decisions: a deterministic state machine over licences, seats, sessions, keys and time.
//! State is the fold of [`Record`]s; a [`Command`] with the present [`Now`] becomes records and
//! answers. Nothing here reads a clock, a file or a source of randomness, and nothing here runs
//! asynchronously: the shell brings time, ids and entropy as values, and writes the records down
//! before it answers.

mod command;
mod engine;
#[macro_use]
mod ids;
mod policy;
mod record;
mod refusal;
mod time;
mod views;

pub use command::{Caller, Command, Decision, Grant, Notice, Outcome};
pub use engine::{Engine, InstalledDocument, LicenceDocuments, State};
pub use ids::{
    Actor, BootId, Epoch, GroupKey, ProcessIdentity, RequestNumber, SeatId, SessionId, TextId,
    TokenHash, UserPseudonym,
};
pub use policy::Policy;
pub use record::{
    ClockConfirmation, CounterAnomaly, DocumentCode, Effect, Event, Record, ScopeRecord, SeatEnd,
    SessionEnd, WaitEnd,
};
pub use refusal::{Refusal, RefusalCode};
pub use time::{Confidence, ElapsedMs, Now, Time};
pub use views::{
    CertificateView, ClockView, Deadline, FeatureView, KeyDuty, KeyView, LicenceView, PendingView,
    SeatStatus, SeatView, SessionView, WaiterView,
};
