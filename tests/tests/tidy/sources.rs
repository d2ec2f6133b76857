//! The form of files: their length, words that mean unfinished, secrets that must not lie about.

use super::house::{House, hold, text};

/// Lines of a file of one idea; beyond, it holds two.
const LINES_MAX: usize = 500;
/// What is read as code.
const EXTENSIONS_OF_CODE: [&str; 5] = ["rs", "proto", "py", "sh", "toml"];

/// The words, cut in two so that this file does not hold them.
const UNFINISHED: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("to", "do!("),
    concat!("unimplemen", "ted!("),
    concat!("HA", "CK:"),
];

/// Begins every private key in PEM.
const PRIVATE_KEY: &str = concat!("PRIVATE ", "KEY-----");
/// A key that protects nothing says so in its own file.
const TEST_KEY: &str = concat!("TEST ", "KEY");

#[test]
fn no_file_of_code_is_longer_than_five_hundred_lines() {
    let house = House::read();
    let mut faults = Vec::new();
    for path in house.files(&EXTENSIONS_OF_CODE) {
        let lines = text(&path).lines().count();
        if lines > LINES_MAX {
            faults.push(format!("{} has {lines} lines", house.shown(&path)));
        }
    }
    hold("a file of more than one idea", faults);
}

#[test]
fn nothing_is_marked_as_unfinished() {
    let house = House::read();
    let mut faults = Vec::new();
    for path in house.files(&EXTENSIONS_OF_CODE) {
        for (number, line) in (1..).zip(text(&path).lines()) {
            if UNFINISHED.iter().any(|word| line.contains(word)) {
                faults.push(format!("{}:{number}: {}", house.shown(&path), line.trim()));
            }
        }
    }
    hold("a mark of something unfinished", faults);
}

#[test]
fn no_private_key_lies_in_the_tree_but_marked_test_keys() {
    let house = House::read();
    let everything = [
        "rs", "proto", "py", "sh", "toml", "md", "key", "pem", "pub", "lic", "json", "snap", "txt",
    ];
    let mut faults = Vec::new();
    for path in house.files(&everything) {
        let text = text(&path);
        let keys = text.lines().filter(|line| line.starts_with("-----BEGIN"));
        if keys.filter(|line| line.contains(PRIVATE_KEY)).count() > 0 && !text.contains(TEST_KEY) {
            faults.push(house.shown(&path).to_string());
        }
    }
    hold("a private key that is not marked as a test key", faults);
}

#[test]
fn no_line_of_code_ends_in_blanks_or_holds_tabs() {
    let house = House::read();
    let mut faults = Vec::new();
    for path in house.files(&EXTENSIONS_OF_CODE) {
        for (number, line) in (1..).zip(text(&path).lines()) {
            if line.ends_with(' ') || line.contains('\t') {
                faults.push(format!("{}:{number}", house.shown(&path)));
            }
        }
    }
    hold("blanks at the end of a line, or a tab", faults);
}
