//! The activation server as a daemon meets it: over TLS on a real socket, with a real database, keys
//! and a ledger that grows.
#![allow(
    clippy::large_futures,
    clippy::large_enum_variant,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stderr,
    clippy::missing_panics_doc,
    reason = "tests"
)]

mod activation;
mod bad_input;
mod client;
mod command_line;
mod continuity;
mod daemon;
mod database;
mod declared;
mod delivery;
mod desk;
mod in_force;
mod privacy;
mod rehosts;
mod renewal;
mod reporting;
mod restored;
mod running;
mod shares;
mod vendor;
