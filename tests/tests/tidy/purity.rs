//! What pure code does not touch: `licence`, `engine` and the library of `keys` take time, entropy
//! and files' contents as values, so that they can be simulated and replayed exactly.

use super::house::{House, hold, text};

/// Parts of the standard library that reach the outside.
const OUTSIDE: [&str; 7] = [
    "env",
    "fs",
    "os",
    "process",
    "thread",
    "random",
    "backtrace",
];
/// Names that reach the outside wherever they come from.
const NAMES: [&str; 13] = [
    // An address is a value, a socket is not.
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "getrandom",
    "OsRng",
    "tokio",
    "println!",
    "eprintln!",
];

/// Source text without its comments; string literals stay.
fn code(source: &str) -> String {
    let uncommented = source.lines().map(|line| match line.trim_start() {
        line if line.starts_with("//") => "",
        _ => line.split(" // ").next().unwrap_or(line),
    });
    uncommented.collect::<Vec<_>>().join("\n")
}

/// The parts of the standard library that some code names, in imports and in paths.
fn standard_parts(code: &str) -> Vec<String> {
    let dense: String = code
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    let mut parts = Vec::new();
    for rest in dense.split("std::").skip(1) {
        match rest.strip_prefix('{') {
            None => parts.push(word(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut at_start = true;
                for (at, letter) in group.char_indices() {
                    if at_start && depth == 0 {
                        parts.push(word(&group[at..]));
                    }
                    at_start = letter == ',';
                    match letter {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        _ => {}
                    }
                }
            }
        }
    }
    parts
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
        .collect()
}

#[test]
fn pure_crates_touch_no_clock_file_network_or_randomness() {
    let house = House::read();
    let mut faults = Vec::new();
    for name in ["octroi-licence", "octroi-engine", "octroi-vendor"] {
        for path in house.package(name).sources(true) {
            let code = code(&text(&path));
            let parts = standard_parts(&code);
            let outside = parts.iter().filter(|part| OUTSIDE.contains(&part.as_str()));
            faults.extend(outside.map(|part| format!("{}: std::{part}", house.shown(&path))));
            let named = NAMES.iter().filter(|name| code.contains(**name));
            faults.extend(named.map(|name| format!("{}: {name}", house.shown(&path))));
        }
    }
    hold("pure code reaches outside", faults);
}

#[test]
fn the_engine_keeps_nothing_in_an_order_that_changes_from_run_to_run() {
    let house = House::read();
    let mut faults = Vec::new();
    for path in house.package("octroi-engine").sources(true) {
        let code = code(&text(&path));
        let unordered = ["HashMap", "HashSet", "RandomState"];
        let found = unordered.iter().filter(|name| code.contains(**name));
        faults.extend(found.map(|name| format!("{}: {name}", house.shown(&path))));
    }
    hold("the order of a hash table is random: use BTreeMap", faults);
}

#[test]
fn imports_of_the_standard_library_are_recognised() {
    let found = standard_parts(
        "use std::{\n  collections::{BTreeMap, BTreeSet},\n  fs,\n};\nstd::env::var",
    );
    assert_eq!(found, ["collections", "fs", "", "env"]);
    assert_eq!(standard_parts("use std::fmt;"), ["fmt"]);
}
