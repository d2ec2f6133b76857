//! `octroi` as a program: against the real daemon, with real processes and real signals.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod run;
mod run_signals;
mod socket;
mod vendor;
mod world;
