//! The service on the client's machine: the shell around the engine. Sockets, ledger, hardware keys,
//! host identity, clocks and administration live here; decisions do not (they are the engine's), and
//! neither does any of the vendor's issuing code.

pub mod cli;
pub mod config;
pub mod host;
pub mod identities;
pub mod ledger;
pub mod manager;
pub mod paths;
pub mod peer;
pub mod roster;

mod clock;
mod daemon_key;
mod desk;
mod documents;
mod hardware;
mod marking;
mod realm;
mod realms;
mod reporting;
mod server;
mod service;
mod settings_file;
mod text;

pub use reporting::{Proxy, ProxyError};
pub use service::{ServiceError, serve};
pub use settings_file::SettingsFileError;
