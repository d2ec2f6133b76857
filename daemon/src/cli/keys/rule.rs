//! The udev rule that lets the daemon's group open keys: installed, and saying what it must.

use std::{fs, path::Path};

/// Where udev looks; what stands in an earlier folder hides a file of the same name in a later one.
const FOLDERS: [&str; 4] = [
    "/etc/udev/rules.d",
    "/run/udev/rules.d",
    "/usr/lib/udev/rules.d",
    "/lib/udev/rules.d",
];
const NAME: &str = "70-octroi-key.rules";

/// How the rule stands on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum RuleFile {
    /// Nowhere.
    Missing,
    /// There, and it gives another group or mode than the daemon needs.
    Other(String),
    /// There.
    Installed(String),
}

impl RuleFile {
    /// As udev finds it.
    pub(in super::super) fn find() -> Self {
        let folders = FOLDERS.iter().map(Path::new);
        Self::under(folders)
    }

    fn under<'a>(mut folders: impl Iterator<Item = &'a Path>) -> Self {
        let found = folders.find_map(|folder| {
            let path = folder.join(NAME);
            Some((fs::read_to_string(&path).ok()?, path.display().to_string()))
        });
        match found {
            None => Self::Missing,
            Some((text, path)) if lets_the_group_in(&text) => Self::Installed(path),
            Some((_, path)) => Self::Other(path),
        }
    }
}

/// Whether every rule in the file gives the node to the daemon's group, readable and writable.
fn lets_the_group_in(text: &str) -> bool {
    let rules: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let good = |rule: &&str| {
        rule.contains("GROUP=\"octroi\"") && ["0660", "0666"].iter().any(|mode| rule.contains(mode))
    };
    !rules.is_empty() && rules.iter().all(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_that_we_ship_lets_the_daemon_in() {
        assert!(lets_the_group_in(include_str!(
            "../../../../systemd/70-octroi-key.rules"
        )));
    }

    #[test]
    fn a_rule_is_missing_other_or_installed() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("etc"), folder.path().join("lib"));
        let find = || RuleFile::under([first.as_path(), second.as_path()].into_iter());
        assert_eq!(find(), RuleFile::Missing);
        fs::create_dir_all(&first).unwrap();
        fs::create_dir_all(&second).unwrap();
        let good = "SUBSYSTEM==\"hidraw\", GROUP=\"octroi\", MODE=\"0660\"\n";
        fs::write(second.join(NAME), good).unwrap();
        assert!(matches!(find(), RuleFile::Installed(_)));
        fs::write(first.join(NAME), good.replace("0660", "0600")).unwrap();
        assert!(matches!(find(), RuleFile::Other(_)));
        // An empty file in /etc is udev's way of switching a rule off.
        fs::write(first.join(NAME), "").unwrap();
        assert!(matches!(find(), RuleFile::Other(_)));
    }
}
