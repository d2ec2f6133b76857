//! The vendor's activation server: activates licences, takes in anonymous counts, answers with
//! receipts that renew. The vendor's rules are those of `octroi-vendor`, the documents those of
//! `octroi-licence`; here are the books (a database), the exchanges that decide on them in one
//! transaction each, and the listener. The server keeps no address of anybody who asks, and holds no
//! key but the activation key: who breaks in cannot issue a licence.

mod books;
mod clock;
mod config;
mod continuity;
mod database;
mod entry_error;
mod exchange;
mod office;
mod overview;
mod refusal;
mod rehosts;
mod renewal;
mod serve;
mod service;
mod standing;
mod tls;
mod vendor;
mod verified;

pub use books::{Books, Entry};
pub use clock::Clock;
pub use config::{CONFIG_BYTES_MAX, Config, ConfigError, DEFAULT_PORT};
pub use database::{DatabaseError, DatabaseOptions};
pub use entry_error::EntryError;
pub use exchange::{ActivateError, Activated, ReportError};
pub use office::{ExchangeError, Office};
pub use overview::{
    ActivationOverview, AnnouncementOverview, AnswerOverview, CountOverview, FeatureCounts,
    FeatureOverview, IncidentOverview, LicenceOverview, MoveOverview, NamedCount, RehostsOverview,
    ReleasesOverview, ReportOverview,
};
pub use refusal::{ActivateRefusal, ReportRefusal};
pub use serve::{Limits, serve};
pub use service::MESSAGE_BYTES_MAX;
pub use tls::{TlsError, TlsIdentity};
pub use vendor::{ActivationKey, ActivationKeyError, Vendor};

use exchange::delivered_bytes_max;
