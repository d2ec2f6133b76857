//! The ledger through its public interface: on a faulty disk, on a real one, and in the eyes of an
//! auditor who has none of its code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests"
)]

mod auditor;
mod checkpoints;
mod crashes;
mod damage;
mod fault_disk;
mod format;
mod full_disk;
mod lock;
mod real_disk;
mod samples;
mod syncing;
mod tampering;
mod world;
