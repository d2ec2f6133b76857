//! What only this machine can tell: its system, the software on it, the journal. Where something cannot
//! be told, that is said in its place.

use std::{fs, io, process::Command};

use serde_json::{Value, json};

/// Lines of the journal.
const JOURNAL_LINES: &str = "2000";
/// The dependencies that the product is built from, as its build locks them.
const LOCKED: &str = include_str!("../../../../Cargo.lock");

/// The system and its kernel.
pub(super) fn system() -> Value {
    let read = |path: &str| {
        fs::read_to_string(path)
            .ok()
            .map(|text| text.trim().to_owned())
    };
    let release = read("/etc/os-release").unwrap_or_default();
    let field = |name: &str| {
        let value = release.lines().find_map(|line| line.strip_prefix(name));
        value.map(|value| value.trim_matches('"').to_owned())
    };
    json!({
        "octroi": env!("CARGO_PKG_VERSION"),
        "system": field("PRETTY_NAME="),
        "system_id": field("ID="),
        "system_version": field("VERSION_ID="),
        "kernel": read("/proc/sys/kernel/osrelease"),
        "kernel_build": read("/proc/sys/kernel/version"),
        "architecture": std::env::consts::ARCH,
        "host": host_name(),
    })
}

/// This machine's name; empty where it cannot be read.
pub(super) fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

/// Accounts of people: those with a number from 1000 on.
pub(super) fn people() -> Vec<String> {
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let person = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let uid: u32 = fields.nth(1)?.parse().ok()?;
        (1_000..65_534).contains(&uid).then(|| name.to_owned())
    };
    accounts.lines().filter_map(person).collect()
}

/// Every piece of software that the machine's package manager installed, and every library that the product
/// is built from.
pub(super) fn third_party() -> Value {
    let (source, packages) = installed();
    json!({
        "installed_by": source,
        "installed": packages,
        "product_built_from": built_from(),
        "note": "installed: what the package manager of this machine lists; software that was put there without it is not. product_built_from: the libraries locked for the whole product, vendor's tools included.",
    })
}

fn installed() -> (&'static str, Vec<Value>) {
    if let Ok(status) = fs::read_to_string("/var/lib/dpkg/status") {
        return ("dpkg", debian(&status));
    }
    let format = "%{NAME} %{VERSION}-%{RELEASE} %{ARCH}\n";
    match run("rpm", &["-qa", "--qf", format]) {
        Ok(listed) => ("rpm", listed.lines().filter_map(of_line).collect()),
        Err(_) => ("none: neither dpkg nor rpm tells", Vec::new()),
    }
}

fn of_line(line: &str) -> Option<Value> {
    let mut words = line.split(' ');
    let (name, version) = (words.next()?, words.next()?);
    Some(json!({ "name": name, "version": version, "architecture": words.next() }))
}

fn debian(status: &str) -> Vec<Value> {
    let package = |stanza: &str| {
        let field = |name: &str| stanza.lines().find_map(|line| line.strip_prefix(name));
        let installed = field("Status: ")?.ends_with(" installed");
        installed.then(|| {
            json!({
                "name": field("Package: "),
                "version": field("Version: "),
                "architecture": field("Architecture: "),
            })
        })
    };
    status.split("\n\n").filter_map(package).collect()
}

fn built_from() -> Vec<Value> {
    let locked: toml::Table = LOCKED.parse().unwrap_or_default();
    let packages = locked.get("package").and_then(toml::Value::as_array);
    let text = |package: &toml::Value, name: &str| {
        let value = package.get(name).and_then(toml::Value::as_str);
        value.map(str::to_owned)
    };
    packages
        .into_iter()
        .flatten()
        // Without a source it is the product's own.
        .filter(|package| package.get("source").is_some())
        .map(|package| {
            json!({
                "name": text(package, "name"),
                "version": text(package, "version"),
                "sha256": text(package, "checksum"),
            })
        })
        .collect()
}

/// The daemon's last lines in the journal.
pub(super) fn journal() -> String {
    let line = [
        "--unit",
        "octroid.service",
        "--lines",
        JOURNAL_LINES,
        "--output",
        "short-iso",
        "--no-pager",
    ];
    run("journalctl", &line)
        .unwrap_or_else(|error| format!("the journal cannot be read: {error}\n"))
}

fn run(program: &str, arguments: &[&str]) -> io::Result<String> {
    let ended = Command::new(program).args(arguments).output()?;
    if !ended.status.success() {
        return Err(io::Error::other(format!(
            "{program} ended with {}",
            ended.status
        )));
    }
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_that_are_installed_are_listed_and_removed_ones_not() {
        let status = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2\n\n\
                      Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n";
        let found = debian(status);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["name"], "bash");
    }

    #[test]
    fn the_products_libraries_are_listed_with_version_and_checksum() {
        let all = built_from();
        let tokio = all.iter().find(|one| one["name"] == "tokio").unwrap();
        assert!(tokio["version"].is_string() && tokio["sha256"].is_string());
        assert!(
            all.iter().all(|one| one["name"] != "octroid"),
            "not its own"
        );
    }
}
