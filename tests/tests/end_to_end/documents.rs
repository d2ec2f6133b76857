//! Damaged, forged and misplaced documents, as an administrator would hand them to the daemon.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use octroi_licence::{armour, message, read_armoured};
use octroi_tests::{Order, Vendor, World, client::Said, vendor::text};
use prost::Message as _;

use super::licence_status;

/// Writes a text beside the licence and installs it.
fn install(world: &World, content: impl AsRef<[u8]>) -> anyhow::Result<Said> {
    let file: PathBuf = world.vendor.paper("altered.lic");
    fs::write(&file, content)?;
    world.machine.install(&file)
}

/// A second serial, not installed yet.
fn second_serial(world: &World) -> anyhow::Result<String> {
    let issued = world.vendor.issue(&Order::of(5).serial(2))?;
    Ok(fs::read_to_string(issued.licence)?)
}

fn licensed(world: &World) -> anyhow::Result<u64> {
    licence_status(world)?["features"][0]["licensed"]
        .as_u64()
        .context("no count")
}

fn refused_whole(world: &World, content: impl AsRef<[u8]>, what: &str) -> anyhow::Result<String> {
    let said = install(world, content)?;
    assert_eq!(said.status, 5, "{what}: {} {}", said.json, said.complaint);
    assert_eq!(licensed(world)?, 2, "{what}");
    Ok(said.complaint)
}

#[test]
fn a_licence_survives_what_mail_and_editors_do_to_it() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let licence = second_serial(&world)?;
    let lines: Vec<&str> = licence.lines().collect();
    let quoted = format!("> {}\n", lines.join("\n> "));
    let blanks = format!("  {}\n", lines.join("  \n\n  "));
    let outcomes = [
        licence.replace('\n', "\r\n"),
        rewrapped(&licence),
        blanks,
        quoted,
    ]
    .map(|text| -> anyhow::Result<_> {
        Ok(install(&world, text)?.ok()?["documents"][0]["outcome"].clone())
    });
    let outcomes = outcomes.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    assert_eq!(outcomes[0], "applied");
    assert!(
        outcomes[1..]
            .iter()
            .all(|outcome| outcome == "already_installed"),
        "{outcomes:?}"
    );
    assert_eq!(licensed(&world)?, 5);
    Ok(())
}

/// The armour's lines broken elsewhere.
fn rewrapped(licence: &str) -> String {
    let (head, rest) = licence.split_once("-----BEGIN").expect("armour");
    let (first, rest) = rest.split_once('\n').expect("a first line");
    let (body, tail) = rest.split_once("-----END").expect("a last line");
    let dense: Vec<char> = body
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    let (data, checksum) = dense.split_at(dense.iter().rposition(|one| *one == '=').map_or(
        dense.len(),
        |at| {
            if dense.len() - at < 12 {
                at
            } else {
                dense.len()
            }
        },
    ));
    let lines: Vec<String> = data.chunks(40).map(|line| line.iter().collect()).collect();
    let checksum: String = checksum.iter().collect();
    let checksum = if checksum.is_empty() {
        checksum
    } else {
        format!("{checksum}\n")
    };
    format!(
        "{head}-----BEGIN{first}\n{}\n{checksum}-----END{tail}",
        lines.join("\n")
    )
}

#[test]
fn damage_is_named_and_nothing_is_installed() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let licence = second_serial(&world)?;
    let half = &licence[..licence.len() * 2 / 3];
    let complaint = refused_whole(&world, half, "cut short")?;
    assert!(complaint.contains("cut short"), "{complaint}");
    let at = licence.find("-----\n").context("armour")? + 60;
    let flipped = format!(
        "{}{}{}",
        &licence[..at],
        if &licence[at..=at] == "A" { "B" } else { "A" },
        &licence[at + 1..]
    );
    refused_whole(&world, flipped, "a bit flipped")?;
    refused_whole(&world, licence.repeat(2), "two in one file")?;
    refused_whole(&world, "", "an empty file")?;
    refused_whole(&world, "hello", "no document")?;
    refused_whole(&world, [0xff, 0xfe, 0, 1], "binary")?;
    Ok(())
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused_before_it_is_read() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let file = world.vendor.paper("huge.lic");
    fs::File::create(&file)?.set_len(100 << 20)?;
    let said = world.machine.install(&file)?;
    assert_ne!(said.status, 0);
    assert!(said.complaint.contains("bytes"), "{}", said.complaint);
    let endless = world.machine.octroi(&["install", "/dev/zero"])?;
    assert_ne!(endless.status, 0, "a device without an end");
    assert_eq!(licensed(&world)?, 2);
    Ok(())
}

#[test]
fn a_licence_with_another_count_is_refused_whatever_its_armour_says() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let (kind, mut signed) = read_armoured(second_serial(&world)?.as_bytes())?;
    let mut terms = message::Licence::decode(signed.payload.as_slice())?;
    terms.features[0].count = 1_000;
    signed.payload = terms.encode_to_vec();
    refused_whole(&world, armour(kind, &signed, "forged"), "another count")?;
    Ok(())
}

#[test]
fn a_licence_of_a_vendor_who_only_has_the_name_is_refused() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let elsewhere = world.folder().join("elsewhere");
    fs::create_dir(&elsewhere)?;
    let impostor = Vendor::new(&elsewhere, world.vendor.id())?;
    let issued = impostor.issue(&Order::of(1_000).serial(2))?;
    let complaint = refused_whole(&world, fs::read(issued.licence)?, "another root")?;
    assert!(complaint.contains("help:"), "{complaint}");
    Ok(())
}

#[test]
fn a_signature_over_another_kind_of_document_is_refused() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let suspension = fs::read_to_string(world.vendor.order("suspend", &world.issued.id)?)?;
    let (_, signed) = read_armoured(suspension.as_bytes())?;
    let labelled = armour(
        octroi_licence::DocumentKind::Licence,
        &signed,
        "an order as licence",
    );
    refused_whole(&world, labelled, "an order labelled as a licence")?;
    Ok(())
}

#[test]
fn the_same_document_again_changes_nothing() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let said = world.machine.install(&world.issued.licence)?.ok()?;
    assert_eq!(said["documents"][0]["outcome"], "already_installed");
    Ok(())
}

#[test]
fn an_older_document_is_refused_and_a_gap_is_kept_until_it_closes() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let second = world.vendor.issue(&Order::of(3).serial(2))?;
    let third = world.vendor.issue(&Order::of(4).serial(3))?;
    let said = world.machine.install(&third.licence)?.ok()?;
    assert_eq!(said["documents"][0]["outcome"], "pending");
    let pending = world.machine.status()?["realms"][0]["pending"][0].clone();
    assert_eq!(
        (pending["sequence"].as_u64(), pending["expected"].as_u64()),
        (Some(3), Some(2))
    );
    assert_eq!(licensed(&world)?, 2);
    world.machine.install(&second.licence)?.ok()?;
    assert_eq!(
        licensed(&world)?,
        4,
        "what was kept is applied when the gap closes"
    );
    let old = world.vendor.paper("old-serial.lic");
    fs::copy(&world.issued.licence, &old)?;
    let said = world.machine.install(&old)?;
    let outcome = said.json["documents"][0]["outcome"].clone();
    let refused = said.code() == "DOCUMENT_SEQUENCE_OLD";
    assert!(
        refused || outcome == "already_installed",
        "{} {}",
        said.json,
        said.complaint
    );
    assert_eq!(licensed(&world)?, 4, "an older serial does not come back");
    Ok(())
}

#[test]
fn what_was_installed_is_there_after_a_crash() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(2))?;
    let file = world.vendor.issue(&Order::of(7).serial(2))?.licence;
    world.machine.octroi(&["install", text(&file)?])?.ok()?;
    world.kill_daemon()?;
    world.start_daemon()?;
    assert_eq!(licensed(&world)?, 7);
    Ok(())
}
