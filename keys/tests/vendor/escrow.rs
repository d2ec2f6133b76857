//! The escrow agent releases a licence that names its key, without the vendor.

use octroi_licence::{
    EscrowCase, Licence, Revocations, TermSet, TrustedRoot, VendorRoot, Verified, read_armoured,
    verify_release_with, verify_self_signed, verify_with,
};
use octroi_vendor::order::EXAMPLE;

use crate::support::Desk;

/// A desk whose licence names the key of the agent's file `agent.key`.
fn desk() -> Desk {
    let agent = Desk::empty();
    let make = ["keys", "escrow", "-o", "agent.key", "--insecure-plaintext"];
    let (exit, said) = agent.json(&make);
    assert_eq!(exit, 0, "{said}");
    let stated = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    let order = EXAMPLE.replace(stated, said["public_key"].as_str().unwrap());
    let desk = Desk::with_licence_of(&order);
    desk.write("agent.key", &agent.read("agent.key"));
    // The vendor is gone: only what the client and the agent have is left.
    std::fs::rename(desk.path("vendor-keys/root.pub"), desk.path("root.pub")).unwrap();
    std::fs::remove_dir_all(desk.path("vendor-keys")).unwrap();
    desk
}

const RELEASE: [&str; 8] = [
    "escrow-release",
    "client.lic",
    "--root",
    "root.pub",
    "--case",
    "liquidation",
    "-o",
    "release.esc",
];

#[test]
fn a16_the_agent_releases_a_licence_whose_vendor_is_gone() {
    let desk = desk();
    let mut release = RELEASE.to_vec();
    release.extend(["--key", "agent.key", "--maximum", "2028.4"]);
    let (exit, said) = desk.json(&release);
    assert_eq!(exit, 0, "{said}");
    let (_, signed) = read_armoured(desk.read("root.pub").as_bytes()).unwrap();
    let root: Verified<VendorRoot> = verify_self_signed(&signed).unwrap();
    let (_, signed) = read_armoured(desk.read("client.lic").as_bytes()).unwrap();
    let root = TrustedRoot::accepted(&root);
    let licence: Verified<Licence> =
        verify_with(&signed, &root, &Revocations::default(), TermSet::KNOWN).unwrap();
    let (_, signed) = read_armoured(desk.read("release.esc").as_bytes()).unwrap();
    let release = verify_release_with(&signed, &licence, TermSet::KNOWN).unwrap();
    assert_eq!(release.case, EscrowCase::Liquidation);
    assert!(release.versions.maximum.is_some());
}

#[test]
fn another_key_than_the_licence_names_releases_nothing() {
    let desk = desk();
    let make = ["keys", "escrow", "-o", "other.key", "--insecure-plaintext"];
    desk.tool(&make).assert().success();
    let mut release = RELEASE.to_vec();
    release.extend(["--key", "other.key"]);
    let (exit, said) = desk.json(&release);
    assert_eq!(exit, 1);
    assert!(
        said["help"]
            .as_str()
            .unwrap()
            .contains("names the escrow key"),
        "{said}"
    );
    assert!(!desk.path("release.esc").exists());
}
