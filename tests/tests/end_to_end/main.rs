//! End to end: real programs, real sockets, real files, each test in a world of its own. What a
//! process does is waited for with a deadline; nothing is assumed to have happened.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

mod activation;
mod acts;
mod administration;
mod borrowed;
mod bounds;
mod checkout_proofs;
mod containers;
mod crash;
mod disk;
mod doctor;
mod documents;
mod dry_run;
mod hardware_key;
mod life_line;
mod lint;
mod lost_key;
mod manager;
mod metered;
mod named_users;
mod namespaces;
mod online;
mod program;
mod queue;
mod seats;
mod terms;
mod tour;
mod users;
mod vectors;
mod vendors;

use anyhow::Context as _;
use octroi_tests::World;
use serde_json::Value;

/// Numbers of the seats that are held, ascending.
fn held(world: &World) -> anyhow::Result<Vec<u64>> {
    let seats = world.machine.seats()?;
    let mut numbers: Vec<u64> = seats
        .iter()
        .filter_map(|seat| seat["seat"].as_u64())
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The status of the first realm's first licence.
fn licence_status(world: &World) -> anyhow::Result<Value> {
    let status = world.machine.status()?;
    status
        .pointer("/realms/0/licences/0")
        .cloned()
        .context("no licence is installed")
}
