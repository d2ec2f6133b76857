//! The hostile vectors that all readers of documents share, handed to a real daemon.

use std::{collections::BTreeMap, fs};

use octroi_tests::{Daemon, Machine, binaries::workspace, vendor::text, world::short_folder};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Index {
    vectors: Vec<Vector>,
}

#[derive(Debug, Deserialize)]
struct Vector {
    file: String,
    root: Option<String>,
    revocations: Option<String>,
    outcome: String,
    why: String,
}

#[test]
fn no_hostile_document_is_installed() -> anyhow::Result<()> {
    let vectors = workspace().join("tests/vectors");
    let index: Index = serde_json::from_slice(&fs::read(vectors.join("index.json"))?)?;
    let folder = short_folder()?;
    let machine = Machine::new(&folder.path().join("m"))?;
    machine.configure("[hardware_key]\nusb = false\n")?;
    let mut daemon = Daemon::start(&machine)?;
    machine
        .octroi(&[
            "vendor",
            "trust",
            "--yes",
            text(&vectors.join("root.octroi"))?,
        ])?
        .ok()?;
    let mut refused = BTreeMap::new();
    for vector in index.vectors {
        let under_root = vector.root.as_deref() == Some("root.octroi");
        if vector.outcome == "honoured" || !under_root || vector.revocations.is_some() {
            continue;
        }
        let said = machine.install(&vectors.join(&vector.file))?;
        assert!(
            matches!(said.status, 3 | 5),
            "{} ({}) ended with {}: {}",
            vector.file,
            vector.why,
            said.status,
            said.complaint
        );
        daemon.must_live()?;
        *refused.entry(said.code().to_owned()).or_insert(0_u32) += 1;
    }
    assert!(refused.values().sum::<u32>() > 70, "{refused:?}");
    let realms = machine.status()?["realms"].clone();
    assert_eq!(
        realms[0]["licences"].as_array().map(Vec::len),
        Some(0),
        "{realms}"
    );
    assert_eq!(
        realms[0]["pending"].as_array().map(Vec::len),
        Some(0),
        "{realms}"
    );
    Ok(())
}

#[test]
fn what_must_be_honoured_is_installed() -> anyhow::Result<()> {
    let vectors = workspace().join("tests/vectors");
    for file in [
        "licence.lic",
        "licence-crlf.lic",
        "licence-mail-quoted.lic",
        "licence-blanks.lic",
    ] {
        let folder = short_folder()?;
        let machine = Machine::new(&folder.path().join("m"))?;
        machine.configure("[hardware_key]\nusb = false\n")?;
        let _daemon = Daemon::start(&machine)?;
        machine
            .octroi(&[
                "vendor",
                "trust",
                "--yes",
                text(&vectors.join("root.octroi"))?,
            ])?
            .ok()?;
        let said = machine.install(&vectors.join(file))?.ok()?;
        let outcome = said["documents"][0]["outcome"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            matches!(outcome.as_str(), "applied" | "pending"),
            "{file}: {outcome}"
        );
    }
    Ok(())
}
