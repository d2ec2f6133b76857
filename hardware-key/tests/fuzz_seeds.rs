//! The seeds of the fuzz targets (`fuzz/`), each through its property, whole, cut short and with wrong
//! bytes: what the fuzzer begins with holds without it. The seeds come out of real code;
//! `OCTROI_WRITE_SEEDS=1` writes them anew.
#![cfg(all(feature = "emulator", feature = "enrolment"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    missing_debug_implementations,
    reason = "a test fails by panicking; the properties are shared with the fuzzer"
)]

#[path = "../fuzz/properties/mod.rs"]
mod properties;
#[path = "fuzz_seeds/writer.rs"]
mod writer;

use std::{fs, path::PathBuf, time::Duration};

use properties::{TARGETS, Target};

/// Long enough for a busy machine; a scripted key answers at once.
const WITHIN: Duration = Duration::from_secs(1);
/// What the mutated seeds give a key, whose scripts may wait for ever.
const SHORT: Duration = Duration::from_millis(1);

fn folder(target: &Target) -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    match target.name {
        // The hostile documents are seeds already.
        "documents" => here.join("../tests/vectors"),
        name => here.join("fuzz/seeds").join(name),
    }
}

fn seeds(target: &Target) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder(target)).unwrap();
    let mut seeds: Vec<_> = files
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    seeds.sort();
    seeds
}

#[test]
fn every_seed_keeps_its_property_and_some_are_accepted() {
    if std::env::var("OCTROI_WRITE_SEEDS").is_ok_and(|value| value == "1") {
        writer::write();
    }
    for target in &TARGETS {
        let seeds = seeds(target);
        assert!(seeds.len() > 3, "{} has seeds", target.name);
        let accepted = seeds
            .iter()
            .filter(|(_, bytes)| (target.check)(bytes, WITHIN));
        assert!(accepted.count() > 0, "{}: nothing accepted", target.name);
    }
}

#[test]
fn a_seed_cut_short_or_with_a_wrong_byte_keeps_the_property_too() {
    for target in &TARGETS {
        for (name, seed) in seeds(target) {
            // Some forty places a seed, whatever its length.
            let step = (seed.len() / 40).max(1);
            for at in (0..seed.len()).step_by(step) {
                let mut bent = seed.clone();
                bent[at] = bent[at].wrapping_add(1);
                for input in [&seed[..at], &bent] {
                    let held = std::panic::catch_unwind(|| (target.check)(input, SHORT));
                    assert!(held.is_ok(), "{name}, byte {at}");
                }
            }
        }
    }
}
