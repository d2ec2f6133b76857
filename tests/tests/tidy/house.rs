//! The workspace as the rules see it: its crates from `cargo metadata`, its files from the disk.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde::Deserialize;

/// What `cargo metadata --no-deps` says of the workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct House {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_root: PathBuf,
}

/// One of our crates.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) license: Option<String>,
    /// An empty list: never published.
    pub(crate) publish: Option<Vec<String>>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
}

/// A dependency as the manifest declares it.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None`: normal; else `dev` or `build`.
    pub(crate) kind: Option<String>,
    /// Where it comes from; `None`: a path.
    pub(crate) source: Option<String>,
}

/// A library, program, test or example.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) src_path: PathBuf,
}

impl House {
    /// Asks cargo, once.
    pub(crate) fn read() -> &'static Self {
        static HOUSE: OnceLock<House> = OnceLock::new();
        HOUSE.get_or_init(|| {
            let said = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
            serde_json::from_str(&said).expect("cargo metadata prints JSON")
        })
    }

    /// Where the targets begin of the crates below the root that are workspaces of their own.
    pub(crate) fn outlying_targets(&self) -> Vec<PathBuf> {
        let manifest: toml::Table = text(&self.workspace_root.join("Cargo.toml"))
            .parse()
            .expect("the workspace's manifest is TOML");
        let excluded = manifest["workspace"].get("exclude");
        let folders = excluded.and_then(toml::Value::as_array);
        let mut targets = Vec::new();
        for folder in folders.into_iter().flatten() {
            let folder = folder.as_str().expect("a folder is excluded");
            let path = self.workspace_root.join(folder).join("Cargo.toml");
            let path = path.to_str().expect("a path is UTF-8");
            let said = cargo(&[
                "metadata",
                "--no-deps",
                "--format-version",
                "1",
                "--manifest-path",
                path,
            ]);
            let house: Self = serde_json::from_str(&said).expect("cargo metadata prints JSON");
            let found = house.packages.into_iter().flat_map(|one| one.targets);
            targets.extend(found.map(|target| target.src_path));
        }
        targets
    }

    /// The crate of that name.
    pub(crate) fn package(&self, name: &str) -> &Package {
        let found = self.packages.iter().find(|package| package.name == name);
        found.unwrap_or_else(|| panic!("the workspace has no crate {name}"))
    }

    /// A file's path as people write it.
    pub(crate) fn shown<'p>(&self, path: &'p Path) -> std::path::Display<'p> {
        path.strip_prefix(&self.workspace_root)
            .unwrap_or(path)
            .display()
    }

    /// Every file of the workspace with one of these extensions.
    pub(crate) fn files(&self, extensions: &[&str]) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.workspace_root, &mut found);
        found.retain(|path| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            extension.is_some_and(|extension| extensions.contains(&extension))
        });
        found.sort();
        found
    }
}

impl Package {
    /// The crate's folder.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path
            .parent()
            .expect("a manifest lies in a folder")
    }

    /// The Rust files under the crate's `src`, its programs apart where `library_only`.
    pub(crate) fn sources(&self, library_only: bool) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let src = self.folder().join("src");
        walk(&src, &mut found);
        found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
        if library_only {
            found.retain(|path| !path.starts_with(src.join("bin")));
        }
        found
    }
}

/// Runs cargo in the workspace and gives back what it printed.
pub(crate) fn cargo(arguments: &[&str]) -> String {
    let said = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo can be started");
    let complaint = String::from_utf8_lossy(&said.stderr);
    assert!(
        said.status.success(),
        "cargo {arguments:?} failed: {complaint}"
    );
    String::from_utf8(said.stdout).expect("cargo prints UTF-8")
}

/// All files below a folder. Build folders carry a `CACHEDIR.TAG`; hidden ones are no sources, but
/// for the one of continuous integration.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    {
        let entry = entry.expect("a folder can be listed");
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if !entry.file_type().expect("a file has a type").is_dir() {
            found.push(path);
        } else if (!name.starts_with('.') || name == ".ci") && !path.join("CACHEDIR.TAG").exists() {
            walk(&path, found);
        }
    }
}

/// A file's text; what is no UTF-8 has none.
pub(crate) fn text(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    String::from_utf8(bytes).unwrap_or_default()
}

/// Fails with every fault that a rule found.
pub(crate) fn hold(rule: &str, faults: impl IntoIterator<Item = String>) {
    let faults: BTreeSet<String> = faults.into_iter().collect();
    let list: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
    assert!(faults.is_empty(), "{rule}:\n{}", list.join("\n"));
}
