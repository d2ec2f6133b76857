//! `octroi-vendor keys` on real files.

use std::{fs, os::unix::fs::PermissionsExt as _};

use octroi_licence::{
    Licence, Revocations, TrustedRoot, VendorRoot, Verified, read_armoured, verify,
    verify_self_signed,
};
use octroi_vendor::order::EXAMPLE;

use crate::support::{Desk, order_with};

const INIT: [&str; 6] = ["keys", "init", "--vendor", "acme", "--name", "Acme SA"];

fn root(desk: &Desk, file: &str) -> Verified<VendorRoot> {
    let (_, signed) = read_armoured(desk.read(file).as_bytes()).unwrap();
    verify_self_signed(&signed).unwrap()
}

fn licence_under(desk: &Desk, file: &str, root: &Verified<VendorRoot>) -> bool {
    let (_, signed) = read_armoured(desk.read(file).as_bytes()).unwrap();
    verify::<Licence>(
        &signed,
        &TrustedRoot::accepted(root),
        &Revocations::default(),
    )
    .is_ok()
}

#[test]
fn private_keys_are_encrypted_and_for_their_owner_only() {
    let desk = Desk::empty();
    desk.write("passphrase", "correct horse battery\nsecond line\n");
    desk.tool(&INIT)
        .args(["--passphrase-file", "passphrase"])
        .assert()
        .success();
    let mode = |name: &str| {
        let path = desk.path(name);
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("vendor-keys"), 0o700);
    assert_eq!(mode("vendor-keys/register"), 0o700);
    for name in ["root.key", "issuing.key", "activation.key"] {
        let file = format!("vendor-keys/{name}");
        assert_eq!(mode(&file), 0o600, "{name}");
        assert!(
            desk.read(&file).starts_with("-----BEGIN ENCRYPTED PRIVATE"),
            "{name}"
        );
    }
}

#[test]
fn the_fingerprint_and_the_key_to_pin_are_told() {
    let desk = Desk::empty();
    let mut arguments = INIT.to_vec();
    arguments.push("--insecure-plaintext");
    let (exit, told) = desk.json(&arguments);
    assert_eq!(exit, 0);
    let root = root(&desk, "vendor-keys/root.pub");
    assert_eq!(told["root_public_key"], root.public_key.to_string());
    assert_eq!(told["root_fingerprint"], root.public_key.id().to_string());
    assert_eq!(root.vendor_name, "Acme SA");
    let (_, shown) = desk.json(&["keys", "show"]);
    assert_eq!(shown, told);
}

#[test]
fn nothing_is_overwritten() {
    let desk = Desk::with_keys();
    let before = desk.read("vendor-keys/root.key");
    let again = desk
        .tool(&INIT)
        .arg("--insecure-plaintext")
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(1));
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(said.contains("help: nothing was overwritten"), "{said}");
    assert_eq!(desk.read("vendor-keys/root.key"), before);
    let names: Vec<_> = fs::read_dir(desk.root()).unwrap().collect();
    assert_eq!(names.len(), 1, "the draft is gone: {names:?}");
}

#[test]
fn a_wrong_passphrase_is_named_and_nothing_is_issued() {
    let desk = Desk::empty();
    desk.tool(&INIT)
        .env("OCTROI_PASSPHRASE", "correct horse")
        .assert()
        .success();
    desk.write("order.toml", EXAMPLE);
    let issue = ["issue", "order.toml", "-o", "client.lic"];
    let wrong = desk
        .tool(&issue)
        .env("OCTROI_PASSPHRASE", "correct house")
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(
        said,
        "error: vendor-keys/issuing.key: the passphrase is wrong, or the key file is damaged\n"
    );
    assert!(!desk.path("client.lic").exists());
    desk.tool(&issue)
        .env("OCTROI_PASSPHRASE", "correct horse")
        .assert()
        .success();
}

#[test]
fn a_passphrase_too_easy_to_guess_is_refused_before_anything_is_written() {
    let desk = Desk::empty();
    desk.tool(&INIT)
        .env("OCTROI_PASSPHRASE", "short")
        .assert()
        .code(1);
    assert!(!desk.path("vendor-keys").exists());
}

#[test]
fn issuing_needs_no_root_key() {
    let desk = Desk::with_keys();
    fs::rename(desk.path("vendor-keys/root.key"), desk.path("safe.key")).unwrap();
    desk.write("order.toml", EXAMPLE);
    desk.tool(&["issue", "order.toml", "-o", "client.lic"])
        .assert()
        .success();
    let renewal = desk.tool(&["keys", "certify", "issuing"]).output().unwrap();
    let said = String::from_utf8(renewal.stderr).unwrap();
    assert!(said.contains("help: state with --root-key"), "{said}");
    desk.tool(&["keys", "certify", "issuing", "--root-key", "safe.key"])
        .assert()
        .success();
}

#[test]
fn a_key_that_is_not_the_certified_one_does_not_sign() {
    let desk = Desk::with_keys();
    fs::copy(
        desk.path("vendor-keys/root.key"),
        desk.path("vendor-keys/issuing.key"),
    )
    .unwrap();
    desk.write("order.toml", EXAMPLE);
    let output = desk
        .tool(&["issue", "order.toml", "-o", "client.lic"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("is not the private key that belongs to"),
        "{said}"
    );
}

#[test]
fn a_renewed_certificate_replaces_the_old_one_and_keeps_it() {
    let desk = Desk::with_keys();
    let before = desk.json(&["keys", "show"]).1;
    let old = desk.read("vendor-keys/issuing.crt");
    let (exit, after) = desk.json(&[
        "keys",
        "certify",
        "issuing",
        "--years",
        "9",
        "--new-key",
        "--insecure-plaintext",
    ]);
    assert_eq!(exit, 0);
    let key = |shown: &serde_json::Value| shown["certificates"]["issuing"]["key_id"].clone();
    assert_ne!(key(&before), key(&after));
    assert_eq!(
        before["certificates"]["activation"],
        after["certificates"]["activation"]
    );
    let kept: Vec<String> = fs::read_dir(desk.path("vendor-keys/superseded"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(kept.len(), 2, "certificate and key");
    assert!(kept.contains(&old));
    desk.write("order.toml", EXAMPLE);
    desk.tool(&["issue", "order.toml", "-o", "client.lic"])
        .assert()
        .success();
}

#[test]
fn a_certificate_for_other_products_signs_no_licence() {
    let desk = Desk::with_keys();
    desk.tool(&["keys", "certify", "issuing", "--product", "viewer"])
        .assert()
        .success();
    desk.write("order.toml", EXAMPLE);
    let output = desk
        .tool(&["issue", "order.toml", "-o", "client.lic"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("clients would refuse the document"), "{said}");
    assert!(!desk.path("client.lic").exists() && !desk.path("client.code").exists());
}

#[test]
fn a_new_root_is_honoured_by_those_who_trust_the_old_one() {
    let desk = Desk::with_licence();
    fs::copy(desk.path("vendor-keys/root.pub"), desk.path("old.pub")).unwrap();
    let old = root(&desk, "old.pub");
    desk.tool(&["keys", "rotate-root", "--insecure-plaintext"])
        .assert()
        .success();
    let new = root(&desk, "vendor-keys/root.pub");
    assert_ne!(old.public_key, new.public_key);
    assert_eq!(old.vendor_name, new.vendor_name);

    desk.write("order2.toml", &order_with(&[("serial = 1", "serial = 2")]));
    desk.tool(&["issue", "order2.toml", "-o", "second.lic"])
        .assert()
        .success();
    assert!(licence_under(&desk, "second.lic", &new));
    assert!(
        licence_under(&desk, "second.lic", &old),
        "through the cross-certificate"
    );
    assert!(licence_under(&desk, "client.lic", &old));
    assert!(
        !licence_under(&desk, "client.lic", &new),
        "it was issued under the old root"
    );
}

#[test]
fn a_replacement_that_was_interrupted_is_finished() {
    let desk = Desk::with_keys();
    let before = desk.read("vendor-keys/issuing.crt");
    desk.tool(&["keys", "certify", "issuing", "--years", "9"])
        .assert()
        .success();
    let renewed = desk.read("vendor-keys/issuing.crt");
    // As it stood before the renewed certificate was moved into place.
    desk.write("vendor-keys/issuing.crt", &before);
    fs::create_dir(desk.path("vendor-keys/pending")).unwrap();
    desk.write("vendor-keys/pending/issuing.crt", &renewed);
    desk.tool(&["keys", "show"]).assert().success();
    assert_eq!(desk.read("vendor-keys/issuing.crt"), renewed);
    assert!(!desk.path("vendor-keys/pending").exists());
}
