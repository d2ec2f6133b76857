//! The documents for people: the change log's form, and that the read-me tells the commands that
//! are tested.

use super::house::{House, hold, text};

/// The kinds of change (keepachangelog.com, 1.1.0).
const KINDS: [&str; 6] = [
    "Added",
    "Changed",
    "Deprecated",
    "Removed",
    "Fixed",
    "Security",
];

/// What is wrong with the form of a change log.
fn faults(log: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !log.starts_with("# Changelog\n") {
        faults.push("it does not begin with `# Changelog`".to_owned());
    }
    let sections: Vec<&str> = log
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    if sections.first() != Some(&"[Unreleased]") {
        faults.push("its first section is not `## [Unreleased]`".to_owned());
    }
    for section in sections
        .iter()
        .skip(1)
        .filter(|section| !is_release(section))
    {
        faults.push(format!("`## {section}` is not `## [1.2.3] - 2027-01-31`"));
    }
    for kind in log.lines().filter_map(|line| line.strip_prefix("### ")) {
        if !KINDS.contains(&kind) {
            faults.push(format!("`### {kind}` is none of {KINDS:?}"));
        }
    }
    faults
}

/// `[1.2.3] - 2027-01-31`.
fn is_release(section: &str) -> bool {
    let Some((version, date)) = section.split_once(" - ") else {
        return false;
    };
    let version = version
        .strip_prefix('[')
        .and_then(|version| version.strip_suffix(']'));
    let numbers = |text: &str, between| {
        let parts: Vec<&str> = text.split(between).collect();
        parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok())
    };
    version.is_some_and(|version| numbers(version, '.')) && date.len() == 10 && numbers(date, '-')
}

#[test]
fn the_change_log_has_the_form_that_tools_read() {
    let log = text(&House::read().workspace_root.join("CHANGELOG.md"));
    hold(
        "CHANGELOG.md is not as keepachangelog.com says",
        faults(&log),
    );
}

#[test]
fn the_read_me_tells_the_two_commands_that_do_everything() {
    let read_me = text(&House::read().workspace_root.join("README.md"));
    for command in [
        "cargo run --release --bin octroi-tour",
        "cargo test --workspace",
    ] {
        assert!(
            read_me.contains(command),
            "README.md does not tell `{command}`"
        );
    }
}

#[test]
fn a_change_log_of_another_form_is_recognised() {
    let sound = "# Changelog\n\n## [Unreleased]\n\n### Added\n- A.\n\n## [0.1.0] - 2026-11-22\n";
    assert_eq!(faults(sound), Vec::<String>::new());
    assert_eq!(faults(&sound.replace("### Added", "### News")).len(), 1);
    assert_eq!(faults(&sound.replace(" - 2026-11-22", "")).len(), 1);
    assert_eq!(faults("## Unreleased\n").len(), 2);
}
