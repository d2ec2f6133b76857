//! What every crate's manifest says.

use super::house::{House, hold, text};

/// A crate's manifest, or the workspace's.
fn manifest(path: &std::path::Path) -> toml::Table {
    text(path)
        .parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn workspace() -> toml::Table {
    manifest(&House::read().workspace_root.join("Cargo.toml"))
}

#[test]
fn every_crate_says_what_it_is_and_is_never_published() {
    let mut faults = Vec::new();
    for package in &House::read().packages {
        let name = &package.name;
        if package
            .description
            .as_ref()
            .is_none_or(|text| text.trim().is_empty())
        {
            faults.push(format!("{name} has no description"));
        }
        if package
            .publish
            .as_ref()
            .is_none_or(|registries| !registries.is_empty())
        {
            faults.push(format!("{name} could be published"));
        }
        if package.license.as_deref() != Some("Apache-2.0") {
            faults.push(format!("{name} is not under Apache-2.0"));
        }
    }
    hold("a manifest is incomplete", faults);
}

#[test]
fn every_crate_takes_the_workspaces_lints_and_adds_none() {
    let mut faults = Vec::new();
    for package in &House::read().packages {
        let lints = manifest(&package.manifest_path).get("lints").cloned();
        if lints != Some(toml::toml! { workspace = true }.into()) {
            faults.push(format!(
                "{} has other lints than the workspace",
                package.name
            ));
        }
    }
    hold(
        "[lints] must be `workspace = true` and nothing else",
        faults,
    );
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let level = workspace()["workspace"]["lints"]["rust"]["unsafe_code"].clone();
    assert_eq!(
        level,
        toml::Value::from("forbid"),
        "forbid cannot be lifted by a crate"
    );
}

#[test]
fn every_version_of_a_dependency_stands_in_the_workspaces_manifest() {
    // A few crates name a dependency of their own that is in the tree already; they must say why.
    let mut faults = Vec::new();
    for package in &House::read().packages {
        let manifest_text = text(&package.manifest_path);
        let table = manifest(&package.manifest_path);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(dependencies) = table.get(section).and_then(toml::Value::as_table) else {
                continue;
            };
            for (name, value) in dependencies {
                let from_workspace = value.get("workspace").and_then(toml::Value::as_bool);
                let reasoned = manifest_text
                    .lines()
                    .any(|line| line.starts_with(&format!("{name} ")) && line.contains(" # "));
                if from_workspace != Some(true) && !reasoned {
                    faults.push(format!("{}: {name}", package.name));
                }
            }
        }
    }
    hold(
        "a version stands in a crate's own manifest without a reason",
        faults,
    );
}

#[test]
fn every_relaxation_of_a_lint_says_why() {
    let root = House::read().workspace_root.join("Cargo.toml");
    let text = text(&root);
    let lints = text.split("[workspace.lints").skip(1).flat_map(str::lines);
    let bare = lints.filter(|line| line.contains("= \"allow\"") && !line.contains('#'));
    // `missing_errors_doc = "allow"  # ...` is the form.
    hold(
        "a lint is switched off without a reason",
        bare.map(str::to_owned),
    );
}

#[test]
fn sources_come_from_the_crate_registry_alone() {
    let mut faults = Vec::new();
    for package in &House::read().packages {
        for dependency in &package.dependencies {
            let source = dependency.source.as_deref();
            if source.is_some_and(|source| !source.starts_with("registry+")) {
                faults.push(format!(
                    "{} takes {} from {source:?}",
                    package.name, dependency.name
                ));
            }
        }
    }
    hold("a dependency comes from elsewhere", faults);
}
