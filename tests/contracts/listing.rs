//! `README.md` is complete and true: each clause that bears on the client's machine has a row, each
//! row names scenarios of that clause, each test that is named exists, and each test here is named.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use octroi_tests::binaries::workspace;

/// The clauses that bear on the client's machine: by contract, their numbers.
const CLAUSES: [(char, &[u8]); 5] = [
    (
        'Z',
        &[
            1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 15, 16, 17, 18, 19, 21, 22,
        ],
    ),
    (
        'A',
        &[
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22,
        ],
    ),
    ('K', &[1, 2, 3, 4, 5, 7, 9, 10, 12, 14]),
    ('B', &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13]),
    (
        'T',
        &[
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19,
        ],
    ),
];

/// Clauses without a scenario of their own yet, one a line; this list only shrinks.
const OPEN: &str = "
";

fn open() -> BTreeSet<&'static str> {
    OPEN.split_whitespace().collect()
}

fn clauses() -> BTreeSet<String> {
    let all = CLAUSES.iter();
    let all = all
        .flat_map(|(contract, numbers)| numbers.iter().map(move |one| format!("{contract}{one}")));
    all.collect()
}

/// A row of a table: its first cell, and what stands in backquotes in its last one.
struct Row {
    first: String,
    names: Vec<String>,
}

fn readme() -> String {
    fs::read_to_string(here().join("README.md")).unwrap()
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("contracts")
}

fn rows(text: &str) -> Vec<Row> {
    let lines = text.lines().filter(|line| line.starts_with("| "));
    let rows = lines.map(|line| {
        let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
        let first = cells.next().unwrap().to_owned();
        let last = cells.last().unwrap_or_default();
        let names = last.split('`').skip(1).step_by(2).map(str::to_owned);
        Row {
            first,
            names: names.collect(),
        }
    });
    rows.collect()
}

/// Tests of the scenarios, each with the file that it stands in.
fn scenarios() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut folders = vec![here()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("listing.rs")
            {
                for name in tests_in(&fs::read_to_string(&path).unwrap()) {
                    let before = found.insert(name.clone(), path.clone());
                    assert_eq!(before, None, "{name} stands twice");
                }
            }
        }
    }
    found
}

fn tests_in(source: &str) -> Vec<String> {
    let parts = source.split("#[test]\n").skip(1);
    let names = parts.filter_map(|part| part.split_once("fn ")?.1.split_once('('));
    names.map(|(name, _)| name.to_owned()).collect()
}

/// The clause in a scenario's name: `A7` of `a7_one_back_up_copy`.
fn clause_of(name: &str) -> Option<String> {
    let (clause, _) = name.split_once('_')?;
    let (contract, number) = clause.split_at_checked(1)?;
    let numbered = number.bytes().all(|digit| digit.is_ascii_digit()) && !number.is_empty();
    ("zakbt".contains(contract) && numbered).then(|| clause.to_uppercase())
}

/// Says whether a test elsewhere exists: a file, or a module below `tests/tests` or `engine/tests`,
/// or a test in such a module.
fn stands_elsewhere(name: &str) -> bool {
    if name.contains('/') {
        return workspace().join(name).exists();
    }
    let path = name.replace("::", "/");
    let (module, test) = path.rsplit_once('/').unwrap_or((&path, ""));
    let roots = ["tests/tests", "engine/tests", "keys/tests"];
    roots.iter().any(|root| {
        let root = workspace().join(root);
        let source = fs::read_to_string(root.join(module).with_extension("rs"));
        root.join(&path).with_extension("rs").exists()
            || source.is_ok_and(|source| tests_in(&source).iter().any(|one| one == test))
    })
}

#[test]
fn the_clauses_are_those_of_the_contracts() {
    let contracts = workspace().join("../shared/contracts.md");
    let Ok(contracts) = fs::read_to_string(contracts) else {
        octroi_tests::process::say("the contracts do not lie beside the project");
        return;
    };
    let on_the_clients_machine = contracts.lines().filter_map(|line| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let clause = cells.next()?;
        let place = cells.next_back()?;
        let known = clause_of(&format!("{}_", clause.to_lowercase())).is_some();
        (known && place.split(' ').any(|one| one == "C")).then(|| clause.to_owned())
    });
    assert_eq!(on_the_clients_machine.collect::<BTreeSet<_>>(), clauses());
}

#[test]
fn every_clause_has_a_row_with_a_scenario_named_by_it() {
    let text = readme();
    let rows = rows(&text);
    for clause in clauses() {
        let mut of_it = rows.iter().filter(|row| row.first == clause);
        let row = of_it.next();
        let row = row.unwrap_or_else(|| panic!("README.md has no row for {clause}"));
        assert!(of_it.next().is_none(), "{clause} has two rows");
        let named = |name: &String| clause_of(name).as_deref() == Some(clause.as_str());
        assert!(
            open().contains(clause.as_str()) || row.names.iter().any(named),
            "no scenario of {clause} in its row"
        );
    }
    assert!(open().iter().all(|clause| clauses().contains(*clause)));
    if open().is_empty() {
        assert!(!text.contains("none yet"));
    }
}

#[test]
fn every_test_that_a_row_names_exists() {
    let scenarios = scenarios();
    for row in rows(&readme()) {
        if open().contains(row.first.as_str()) {
            continue;
        }
        for name in &row.names {
            assert!(
                scenarios.contains_key(name) || stands_elsewhere(name),
                "{} names {name}, which does not exist",
                row.first
            );
        }
    }
}

#[test]
fn every_scenario_stands_in_the_row_of_its_clause() {
    let rows = rows(&readme());
    for (name, path) in scenarios() {
        let path = path.display();
        let stands = |row: &&Row| row.names.contains(&name);
        let Some(clause) = clause_of(&name) else {
            assert!(
                rows.iter().any(|row| stands(&row)),
                "no row names {name} of {path}"
            );
            continue;
        };
        let own = rows.iter().find(|row| row.first == clause);
        assert!(
            own.as_ref().is_some_and(stands),
            "the row of {clause} does not name {name} of {path}"
        );
        assert!(
            !open().contains(clause.as_str()),
            "{clause} has a scenario, {name}: take it from the list of open clauses in listing.rs"
        );
    }
}
