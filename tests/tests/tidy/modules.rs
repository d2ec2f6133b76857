//! The modules: each is reachable from a target's root and opens by saying what it is.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::house::{House, hold, text};

/// The name in a line such as `pub(crate) mod name;`.
fn declared(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(')')?.1.trim_start(),
        Some(rest) => rest.trim_start(),
        None => line,
    };
    let name = line.strip_prefix("mod ")?.split(';').next()?;
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (plain && line.contains(';')).then_some(name)
}

/// Follows the modules that a file declares.
fn follow(file: &Path, is_root: bool, reached: &mut BTreeSet<PathBuf>) {
    let Ok(file) = &file.canonicalize() else {
        return;
    };
    if !reached.insert(file.clone()) {
        return;
    }
    let folder = file.parent().expect("a file lies in a folder");
    let stem = file.file_stem().expect("a file has a name");
    let below = if is_root || stem == "mod" {
        folder.to_path_buf()
    } else {
        folder.join(stem)
    };
    let source = text(file);
    let mut explicit = None;
    for line in source.lines() {
        if let Some(path) = line.trim().strip_prefix("#[path = \"") {
            explicit = path.split('"').next().map(|path| folder.join(path));
        }
        let Some(name) = declared(line) else { continue };
        if let Some(path) = explicit.take() {
            follow(&path, false, reached);
        } else {
            follow(&below.join(format!("{name}.rs")), false, reached);
            follow(&below.join(name).join("mod.rs"), false, reached);
        }
    }
}

#[test]
fn every_rust_file_is_reached_from_some_target() {
    let house = House::read();
    let mut reached = BTreeSet::new();
    for target in house.packages.iter().flat_map(|package| &package.targets) {
        follow(&target.src_path, true, &mut reached);
    }
    for target in house.outlying_targets() {
        follow(&target, true, &mut reached);
    }
    let dead = house.files(&["rs"]).into_iter().filter(|path| {
        let path = path.canonicalize();
        path.is_ok_and(|path| !reached.contains(&path))
    });
    hold(
        "a file that nothing compiles",
        dead.map(|path| house.shown(&path).to_string()),
    );
}

#[test]
fn every_module_opens_by_saying_what_lives_in_it() {
    let house = House::read();
    let silent = house
        .files(&["rs"])
        .into_iter()
        .filter(|path| !text(path).starts_with("//! "));
    hold(
        "its first line is no //! comment",
        silent.map(|path| house.shown(&path).to_string()),
    );
}

#[test]
fn every_proto_file_opens_by_saying_what_lives_in_it() {
    let house = House::read();
    let silent = house
        .files(&["proto"])
        .into_iter()
        .filter(|path| !text(path).starts_with("// "));
    hold(
        "its first line is no comment",
        silent.map(|path| house.shown(&path).to_string()),
    );
}

#[test]
fn module_declarations_are_recognised() {
    assert_eq!(declared("mod codec;"), Some("codec"));
    assert_eq!(declared("    pub(in crate::a) mod codec;"), Some("codec"));
    assert_eq!(declared("pub mod codec; // why"), Some("codec"));
    assert_eq!(declared("mod tests {"), None);
    assert_eq!(declared("model;"), None);
}
