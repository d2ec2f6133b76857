//! The rules that the compiler does not hold, each a test: the arrows between our crates, what pure
//! crates must not touch, the form of files, what may enter the dependency tree. It reads files and
//! `cargo metadata`; it starts nothing else and needs no network.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod arrows;
mod changelog;
mod dependencies;
mod house;
mod manifests;
mod modules;
mod purity;
mod sources;
