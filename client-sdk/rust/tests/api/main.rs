//! The SDK through its public interface, against a fake daemon that speaks the real protocol over a
//! real Unix socket, with real keys and proofs, and that misbehaves on demand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

#[path = "../support/mod.rs"]
mod support;

mod amended;
mod asynchronous;
mod borrow;
mod cover;
mod events;
mod example;
mod hardware_proofs;
mod leases;
mod loss;
mod open;
mod resume;
mod seats;
mod trust;
