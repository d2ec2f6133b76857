//! `octroi-vendor issue` on real files.

use std::{fs, os::unix::fs::PermissionsExt as _};

use octroi_licence::{DocumentKind, read_armoured};
use octroi_vendor::{ActivationCode, order::EXAMPLE};

use crate::support::{Desk, order_with};

#[test]
fn a_licence_is_issued_and_verifies_under_the_root() {
    let desk = Desk::with_licence();
    let (kind, _) = read_armoured(desk.read("client.lic").as_bytes()).unwrap();
    assert_eq!(kind, DocumentKind::Licence);
    let (exit, verified) = desk.json(&["verify", "client.lic", "--root", "vendor-keys/root.pub"]);
    assert_eq!(exit, 0);
    assert_eq!(verified["licence"], "example-solver-0001");
    assert_eq!(verified["verified"], true);
}

#[test]
fn the_activation_code_lies_in_a_file_of_its_own_and_never_in_the_licence() {
    let desk = Desk::with_licence();
    let text = desk.read("client.code");
    let code: ActivationCode = text.parse().unwrap();
    let mode = fs::metadata(desk.path("client.code"))
        .unwrap()
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(mode, 0o600);
    let licence = desk.read("client.lic");
    let (_, signed) = read_armoured(licence.as_bytes()).unwrap();
    let secret = code.expose().replace('-', "");
    let inside = octroi_licence::encode_signed(&signed);
    for needle in [text.trim().as_bytes(), secret.as_bytes()] {
        assert!(
            !licence
                .as_bytes()
                .windows(needle.len())
                .any(|bytes| bytes == needle)
        );
        assert!(!inside.windows(needle.len()).any(|bytes| bytes == needle));
    }
}

#[test]
fn no_private_key_leaves_the_vendors_folder() {
    let desk = Desk::with_licence();
    let (_, signed) = read_armoured(desk.read("client.lic").as_bytes()).unwrap();
    let inside = octroi_licence::encode_signed(&signed);
    for name in ["root.key", "issuing.key", "activation.key"] {
        let pem = desk.read(&format!("vendor-keys/{name}"));
        let (_, der) = pkcs8::SecretDocument::from_pem(&pem).unwrap();
        let secret = &der.as_bytes()[der.as_bytes().len() - 32..];
        assert!(!inside.windows(32).any(|bytes| bytes == secret), "{name}");
    }
    assert!(!desk.read("client.lic").contains("PRIVATE"));
}

#[test]
fn an_order_with_mistakes_is_not_issued() {
    let desk = Desk::with_keys();
    desk.write("order.toml", &EXAMPLE.replace("count = 2", "count = -2"));
    let (exit, said) = desk.json(&["issue", "order.toml", "-o", "client.lic"]);
    assert_eq!((exit, &said["code"]), (4, &"ORDER_HAS_MISTAKES".into()));
    assert!(!desk.path("client.lic").exists() && !desk.path("client.code").exists());
}

#[test]
fn the_same_order_again_gives_the_same_bytes() {
    let desk = Desk::with_licence();
    let (exit, said) = desk.json(&[
        "issue",
        "order.toml",
        "-o",
        "again.lic",
        "--code-file",
        "again.txt",
    ]);
    assert_eq!((exit, &said["repeated"]), (0, &true.into()));
    assert_eq!(desk.read("again.lic"), desk.read("client.lic"));
    assert_eq!(desk.read("again.txt"), desk.read("client.code"));
    // Also under the same names, as after a lost answer.
    desk.tool(&["issue", "order.toml", "-o", "client.lic"])
        .assert()
        .success();
}

#[test]
fn the_same_serial_with_other_content_is_refused() {
    let desk = Desk::with_licence();
    desk.write("other.toml", &order_with(&[("count = 2", "count = 20")]));
    let output = desk
        .tool(&["issue", "other.toml", "-o", "other.lic"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("help: a change needs a new serial: write serial = 2"),
        "{said}"
    );
    assert!(!desk.path("other.lic").exists());
}

#[test]
fn a_new_serial_has_a_code_of_its_own() {
    let desk = Desk::with_licence();
    desk.write(
        "second.toml",
        &order_with(&[("serial = 1", "serial = 2"), ("count = 2", "count = 20")]),
    );
    let (exit, said) = desk.json(&["issue", "second.toml", "-o", "second.lic"]);
    assert_eq!((exit, &said["sequence"]), (0, &2.into()));
    assert_ne!(desk.read("second.code"), desk.read("client.code"));
}

#[test]
fn a_name_that_is_taken_costs_no_serial() {
    let desk = Desk::with_keys();
    desk.write("order.toml", EXAMPLE);
    desk.write("client.code", "somebody's file");
    desk.tool(&["issue", "order.toml", "-o", "client.lic"])
        .assert()
        .code(1);
    assert_eq!(desk.read("client.code"), "somebody's file");
    let (_, register) = desk.json(&["register", "list"]);
    assert_eq!(register["licences"].as_array().unwrap().len(), 0);
}

#[test]
fn licence_and_code_are_never_the_same_file() {
    let desk = Desk::with_keys();
    desk.write("order.toml", EXAMPLE);
    desk.tool(&["issue", "order.toml", "-o", "client.code"])
        .assert()
        .code(1);
    assert!(!desk.path("client.code").exists());
}

#[test]
fn without_a_vendors_folder_it_is_told_how_to_make_one() {
    let desk = Desk::empty();
    desk.write("order.toml", EXAMPLE);
    let output = desk
        .tool(&["issue", "order.toml", "-o", "client.lic"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("vendor-keys/root.pub") && said.contains("keys init"),
        "{said}"
    );
}
