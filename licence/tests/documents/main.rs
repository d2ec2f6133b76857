//! Signed documents through the crate's public interface: what is honoured, what is refused, and
//! how it is named.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::assigning_clones,
    clippy::format_collect,
    reason = "tests"
)]

mod armour;
mod borrowed;
mod checkout_proof;
mod contracts;
#[cfg(feature = "explain")]
mod explain;
mod hardware;
mod properties;
mod reporting;
mod reports;
mod revocation;
mod session;
mod terms;
mod unknown;
mod vectors;
mod vendor;
mod verification;
