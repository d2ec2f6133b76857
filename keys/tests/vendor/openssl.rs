//! Key files are standard ones: OpenSSL reads ours and we read OpenSSL's.

use std::{env, process::Command};

use octroi_licence::{DocumentKind, KeyCertificate, PublicKey, Revocations, TrustedRoot, verify};

use crate::support::Desk;

const PASSPHRASE: &str = "correct horse battery";

/// Says whether OpenSSL is there; where it is not, the test is skipped, visibly, unless all tests
/// are required.
fn is_here() -> bool {
    if Command::new("openssl")
        .arg("version")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        return true;
    }
    assert!(
        env::var_os("OCTROI_REQUIRE_ALL").is_none_or(|value| value != "1"),
        "openssl is not installed and OCTROI_REQUIRE_ALL=1 allows no skipped test"
    );
    eprintln!("SKIPPED: openssl is not installed");
    false
}

fn openssl(desk: &Desk, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl")
        .current_dir(desk.root())
        .env("PASSPHRASE", PASSPHRASE)
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "openssl {arguments:?}: {said}");
    output.stdout
}

fn desk_with_encrypted_keys() -> Desk {
    let desk = Desk::empty();
    desk.tool(&["keys", "init", "--vendor", "acme", "--name", "Acme SA"])
        .env("OCTROI_PASSPHRASE", PASSPHRASE)
        .assert()
        .success();
    desk
}

/// The raw key of an Ed25519 `SubjectPublicKeyInfo` (RFC 8410): its last 32 bytes.
fn raw_public_key(spki: &[u8]) -> PublicKey {
    assert_eq!(spki.len(), 44);
    PublicKey::from_bytes(&spki[12..]).unwrap()
}

#[test]
fn openssl_reads_an_encrypted_key_and_derives_the_same_public_key() {
    if !is_here() {
        return;
    }
    let desk = desk_with_encrypted_keys();
    let file = "vendor-keys/issuing.key";
    assert!(desk.read(file).starts_with("-----BEGIN ENCRYPTED PRIVATE"));
    let arguments = [
        "pkey",
        "-in",
        file,
        "-passin",
        "env:PASSPHRASE",
        "-pubout",
        "-outform",
        "DER",
    ];
    let derived = raw_public_key(&openssl(&desk, &arguments));

    let (kind, root) =
        octroi_licence::read_armoured(desk.read("vendor-keys/root.pub").as_bytes()).unwrap();
    assert_eq!(kind, DocumentKind::VendorRoot);
    let root = octroi_licence::verify_self_signed(&root).unwrap();
    let (_, certificate) =
        octroi_licence::read_armoured(desk.read("vendor-keys/issuing.crt").as_bytes()).unwrap();
    let certificate = verify::<KeyCertificate>(
        &certificate,
        &TrustedRoot::accepted(&root),
        &Revocations::default(),
    );
    assert_eq!(certificate.unwrap().public_key, derived);
}

#[test]
fn the_key_file_is_protected_by_scrypt_and_aes_256() {
    if !is_here() {
        return;
    }
    let desk = desk_with_encrypted_keys();
    let shown = openssl(&desk, &["asn1parse", "-in", "vendor-keys/root.key"]);
    let shown = String::from_utf8(shown).unwrap();
    for expected in ["PBES2", "scrypt", ":4000", "aes-256-cbc"] {
        assert!(
            shown.contains(expected),
            "{expected} is missing in\n{shown}"
        );
    }
}

#[test]
fn a_key_that_openssl_encrypted_anew_still_issues() {
    if !is_here() {
        return;
    }
    let desk = desk_with_encrypted_keys();
    // OpenSSL's own choice: PBKDF2 instead of scrypt.
    let recrypt = [
        "pkcs8",
        "-topk8",
        "-in",
        "vendor-keys/issuing.key",
        "-passin",
        "env:PASSPHRASE",
        "-out",
        "recrypted.key",
        "-passout",
        "env:PASSPHRASE",
    ];
    openssl(&desk, &recrypt);
    std::fs::rename(
        desk.path("recrypted.key"),
        desk.path("vendor-keys/issuing.key"),
    )
    .unwrap();
    desk.write("order.toml", octroi_vendor::order::EXAMPLE);
    desk.tool(&["issue", "order.toml", "-o", "client.lic"])
        .env("OCTROI_PASSPHRASE", PASSPHRASE)
        .assert()
        .success();
}
