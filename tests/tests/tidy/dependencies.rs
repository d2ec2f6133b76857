//! What may enter the dependency tree, as `deny.toml` says. `cargo deny` checks the same; here it
//! is checked where cargo-deny is not installed, from the same file, so that the two cannot differ.

use super::house::{House, hold, text};

/// A TOML file of the workspace's root.
fn table(file: &str) -> toml::Table {
    let path = House::read().workspace_root.join(file);
    text(&path)
        .parse()
        .unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The list that stands in `deny.toml` under `section` and `key`.
fn list(section: &str, key: &str) -> Vec<toml::Value> {
    let table = table("deny.toml");
    let list = table.get(section).and_then(|section| section.get(key));
    list.and_then(toml::Value::as_array)
        .cloned()
        .unwrap_or_default()
}

/// A string under `key`.
fn field<'v>(value: &'v toml::Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(toml::Value::as_str)
}

/// Name, version and source of every package in `Cargo.lock`.
fn locked() -> Vec<(String, String, Option<String>)> {
    let table = table("Cargo.lock");
    let packages = table["package"]
        .as_array()
        .expect("Cargo.lock lists packages");
    let of = |package: &toml::Value, key| field(package, key).map(str::to_owned);
    packages
        .iter()
        .map(|package| {
            let name = of(package, "name").expect("a package has a name");
            let version = of(package, "version").expect("a package has a version");
            (name, version, of(package, "source"))
        })
        .collect()
}

/// Says whether deny.toml lets this version stand beside another.
fn skipped(name: &str, version: &str) -> bool {
    list("bans", "skip")
        .iter()
        .filter_map(|entry| field(entry, "crate")?.split_once('@'))
        .any(|(skipped, range)| {
            let inside = version.strip_prefix(range);
            name == skipped && inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
}

#[test]
fn no_banned_crate_is_in_the_lock_file() {
    let locked = locked();
    let mut banned = 0;
    let mut faults = Vec::new();
    for ban in list("bans", "deny") {
        let name = field(&ban, "crate").expect("a ban names a crate");
        let versions: Vec<&String> = locked
            .iter()
            .filter(|(found, version, _)| found == name && !skipped(found, version))
            .map(|(_, version, _)| version)
            .collect();
        let one_allowed = ban
            .get("deny-multiple-versions")
            .and_then(toml::Value::as_bool);
        if one_allowed == Some(true) {
            if versions.len() > 1 {
                faults.push(format!("{name} is there in several versions: {versions:?}"));
            }
        } else {
            banned += 1;
            faults.extend(
                versions
                    .first()
                    .map(|version| format!("{name} {version} is there")),
            );
        }
    }
    assert!(banned >= 4, "deny.toml bans {banned} crates only");
    hold("deny.toml bans it", faults);
}

#[test]
fn every_ban_and_every_exception_says_why() {
    let mut faults = Vec::new();
    for (section, key) in [("bans", "deny"), ("bans", "skip"), ("advisories", "ignore")] {
        for entry in list(section, key) {
            if field(&entry, "reason").is_none_or(|reason| reason.trim().is_empty()) {
                faults.push(format!("{section}.{key}: {entry}"));
            }
        }
    }
    hold("deny.toml gives no reason", faults);
}

#[test]
fn every_locked_package_is_ours_or_from_an_allowed_registry() {
    let allowed: Vec<String> = list("sources", "allow-registry")
        .iter()
        .filter_map(|registry| registry.as_str().map(|url| format!("registry+{url}")))
        .collect();
    assert!(!allowed.is_empty(), "deny.toml allows no registry");
    let ours: Vec<&str> = House::read()
        .packages
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    let strange = locked()
        .into_iter()
        .filter(|(name, _, source)| match source {
            None => !ours.contains(&name.as_str()),
            Some(source) => !allowed.contains(source),
        });
    hold(
        "it comes from elsewhere",
        strange.map(|(name, _, source)| format!("{name}: {source:?}")),
    );
}
