//! `octroi-vendor verify` and `revoke`: damage is named, and so is what is no longer trusted.

use crate::support::Desk;

const VERIFY: [&str; 4] = ["verify", "client.lic", "--root", "vendor-keys/root.pub"];

#[test]
fn what_happened_to_a_document_on_its_way_is_told_by_a_code() {
    let desk = Desk::with_licence();
    let whole = desk.read("client.lic");
    let lines: Vec<&str> = whole.lines().collect();
    let begin = lines
        .iter()
        .position(|line| line.starts_with("-----BEGIN"))
        .unwrap();
    let cut_short = lines[..begin + 5].join("\n");
    let mut swapped = lines.clone();
    swapped.swap(begin + 2, begin + 3);
    let twice = format!("{whole}\n{whole}");
    for (text, code) in [
        ("hello", "ARMOUR_MISSING"),
        (&cut_short, "ARMOUR_CUT_SHORT"),
        (&swapped.join("\n"), "ARMOUR_CHECKSUM"),
        (&twice, "ARMOUR_TWO_DOCUMENTS"),
    ] {
        desk.write("client.lic", text);
        let (exit, said) = desk.json(&VERIFY);
        assert_eq!((exit, &said["code"]), (3, &code.into()));
    }
    desk.write("client.lic", &whole.replace('\n', "\r\n"));
    assert_eq!(desk.json(&VERIFY).0, 0, "CR/LF does no harm");
}

#[test]
fn a_document_of_another_vendor_is_not_trusted() {
    let (desk, other) = (Desk::with_licence(), Desk::with_keys());
    let root = other.path("vendor-keys/root.pub");
    let (exit, said) = desk.json(&["verify", "client.lic", "--root", root.to_str().unwrap()]);
    assert_eq!((exit, &said["code"]), (3, &"DOCUMENT_UNTRUSTED".into()));
    let (exit, said) = desk.json(&[
        "verify",
        "vendor-keys/root.pub",
        "--root",
        root.to_str().unwrap(),
    ]);
    assert_eq!((exit, &said["code"]), (3, &"DOCUMENT_UNTRUSTED".into()));
}

#[test]
fn every_document_of_the_tool_verifies() {
    let desk = Desk::with_licence();
    desk.write("request.req", &desk.asker(20).armoured());
    desk.tool(&["activate", "request.req", "-o", "response.crt"])
        .assert()
        .success();
    desk.tool(&["suspend", "example-solver-0001", "-o", "suspend.ord"])
        .assert()
        .success();
    let revoke = [
        "revoke",
        "licence",
        "another-licence",
        "--serial-max",
        "1",
        "-o",
        "list.rvl",
    ];
    desk.tool(&revoke).assert().success();
    for (file, kind) in [
        ("vendor-keys/root.pub", "vendor-root"),
        ("vendor-keys/issuing.crt", "key-certificate"),
        ("client.lic", "licence"),
        ("request.req", "activation-request"),
        ("response.crt", "activation-certificate"),
        ("suspend.ord", "order"),
        ("list.rvl", "revocation-list"),
    ] {
        let (exit, said) = desk.json(&["verify", file, "--root", "vendor-keys/root.pub"]);
        assert_eq!((exit, &said["kind"]), (0, &kind.into()), "{file}: {said}");
        desk.tool(&["inspect", file]).assert().success();
    }
}

#[test]
fn a_revoked_licence_is_named() {
    let desk = Desk::with_licence();
    let (exit, said) = desk.json(&["revoke", "licence", "example-solver-0001", "-o", "list.rvl"]);
    assert_eq!((exit, &said["version"]), (0, &1.into()));
    let mut verify = VERIFY.to_vec();
    verify.extend(["--revocations", "list.rvl"]);
    let (exit, said) = desk.json(&verify);
    assert_eq!((exit, &said["code"]), (3, &"LICENCE_REVOKED".into()));
}

#[test]
fn a_stolen_issuing_key_is_revoked_and_the_registers_licences_stand() {
    let desk = Desk::with_licence();
    let (_, shown) = desk.json(&["keys", "show"]);
    let stolen = shown["certificates"]["issuing"]["key_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let revoke = [
        "revoke",
        "key",
        &stolen,
        "--untrusted-after",
        "2026-11-01",
        "--honour-registered",
        "-o",
        "list.rvl",
    ];
    let refused = desk.tool(&revoke).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.contains("cannot revoke itself") && said.contains("--new-key"),
        "{said}"
    );

    desk.tool(&[
        "keys",
        "certify",
        "issuing",
        "--new-key",
        "--insecure-plaintext",
    ])
    .assert()
    .success();
    desk.tool(&revoke).assert().success();
    let mut verify = VERIFY.to_vec();
    verify.extend(["--revocations", "list.rvl"]);
    assert_eq!(desk.json(&verify).0, 0, "the register honours it");
    // The same list a second time names no document twice, and versions rise.
    let again: Vec<&str> = revoke[..7].iter().copied().chain(["list2.rvl"]).collect();
    let (exit, said) = desk.json(&again);
    assert_eq!((exit, &said["version"]), (0, &2.into()), "{said}");
    desk.write("request.req", &desk.asker(20).armoured());
    desk.tool(&["activate", "request.req", "-o", "response.crt"])
        .assert()
        .success();
}
