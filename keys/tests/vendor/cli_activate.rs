//! `octroi-vendor activate`, `register` and vendor's orders on real files.

use octroi_licence::{
    ActivationCertificate, Order, Revocations, Scope, TrustedRoot, Verified, read_armoured, verify,
    verify_self_signed,
};

use crate::support::{Desk, order_with};

const ACTIVATE: [&str; 4] = ["activate", "request.req", "-o", "response.crt"];

fn read<T: octroi_licence::DocumentType>(desk: &Desk, file: &str) -> Verified<T> {
    let (_, root) = read_armoured(desk.read("vendor-keys/root.pub").as_bytes()).unwrap();
    let root = TrustedRoot::accepted(&verify_self_signed(&root).unwrap());
    let (kind, signed) = read_armoured(desk.read(file).as_bytes()).unwrap();
    assert_eq!(kind, T::KIND);
    verify(&signed, &root, &Revocations::default()).unwrap()
}

#[test]
fn a_request_is_answered_and_answered_again_with_the_same_bytes() {
    let desk = Desk::with_licence();
    let asker = desk.asker(20);
    desk.write("request.req", &asker.armoured());
    let (exit, said) = desk.json(&ACTIVATE);
    assert_eq!((exit, &said["repeated"]), (0, &false.into()));
    assert_eq!(said["activation"]["shares"]["solver"], 2);
    let certificate = read::<ActivationCertificate>(&desk, "response.crt");
    assert_eq!(certificate.request_digest, asker.request().digest());

    let (exit, said) = desk.json(&[
        "activate",
        "request.req",
        "-o",
        "again.crt",
        "--valid-days",
        "3",
    ]);
    assert_eq!((exit, &said["repeated"]), (0, &true.into()));
    assert_eq!(desk.read("again.crt"), desk.read("response.crt"));
}

#[test]
fn a_refusal_has_its_code_and_its_exit_code_and_writes_nothing() {
    let desk = Desk::with_licence();
    desk.write("first.req", &desk.asker(20).armoured());
    desk.tool(&["activate", "first.req", "-o", "first.crt"])
        .assert()
        .success();
    desk.write(
        "request.req",
        &desk.asker(21).asks_for(&[("solver", 1)]).armoured(),
    );
    let output = desk.tool(&ACTIVATE).output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    let said = String::from_utf8(output.stderr).unwrap();
    insta::assert_snapshot!(
        "activation_refused",
        said.lines().skip(1).collect::<Vec<_>>().join("\n")
    );
    assert!(!desk.path("response.crt").exists());
    let (exit, said) = desk.json(&ACTIVATE);
    assert_eq!((exit, &said["code"]), (5, &"NO_SHARE_LEFT".into()));
}

#[test]
fn wrong_codes_are_counted_over_processes_and_unlocked_by_hand() {
    let desk = Desk::with_licence();
    let mut guesser = desk.asker(20);
    guesser.code = crate::support::code(50).expose().to_owned();
    desk.write("request.req", &guesser.armoured());
    for _ in 0..10 {
        assert_eq!(desk.json(&ACTIVATE).1["code"], "ACTIVATION_CODE_WRONG");
    }
    desk.write("honest.req", &desk.asker(21).armoured());
    let honest = ["activate", "honest.req", "-o", "honest.crt"];
    assert_eq!(desk.json(&honest).1["code"], "ACTIVATION_LOCKED");
    let (exit, said) = desk.json(&["activate", "--unlock", "example-solver-0001"]);
    assert_eq!((exit, &said["failed_attempts"]), (0, &10.into()));
    desk.tool(&honest).assert().success();
}

#[test]
fn what_is_no_request_is_refused_as_a_document() {
    let desk = Desk::with_licence();
    desk.write("request.req", &desk.read("client.lic"));
    let (exit, said) = desk.json(&ACTIVATE);
    assert_eq!(
        (exit, &said["code"]),
        (3, &"DOCUMENT_OF_ANOTHER_KIND".into())
    );
    desk.write("request.req", "hello");
    assert_eq!(desk.json(&ACTIVATE).0, 3);
}

#[test]
fn the_register_shows_who_holds_what_and_writes_off_who_is_gone() {
    let desk = Desk::with_licence();
    let asker = desk.asker(20);
    desk.write("request.req", &asker.armoured());
    desk.tool(&ACTIVATE).assert().success();
    let (_, shown) = desk.json(&["register", "show", "example-solver-0001"]);
    let daemon_key = shown["live"][0]["daemon_key"].as_str().unwrap().to_owned();
    assert_eq!(shown["live"][0]["shares"]["viewer"], 10);
    desk.tool(&["register", "write-off", "example-solver-0001", &daemon_key])
        .assert()
        .success();
    let (_, list) = desk.json(&["register", "list"]);
    assert_eq!(list["licences"][0]["active"], 0);
    desk.tool(&["register", "show", "no-such-licence"])
        .assert()
        .code(1);
}

#[test]
fn requests_at_the_same_time_never_get_more_than_there_is() {
    let desk = Desk::with_licence_of(&order_with(&[("hosts_max = 2", "hosts_max = 9")]));
    let children: Vec<_> = (20..26_u8)
        .map(|seed| {
            let asker = desk
                .asker(seed)
                .asks_for(&[("solver", 1), ("viewer", 2), ("batch", 0)]);
            let (request, response) = (format!("{seed}.req"), format!("{seed}.crt"));
            desk.write(&request, &asker.armoured());
            std::process::Command::new(env!("CARGO_BIN_EXE_octroi-vendor"))
                .current_dir(desk.root())
                .args(["activate", &request, "-o", &response, "--json"])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    let exits: Vec<_> = children
        .into_iter()
        .map(|mut child| child.wait().unwrap().code().unwrap())
        .collect();
    assert_eq!(
        exits.iter().filter(|exit| **exit == 0).count(),
        2,
        "{exits:?}"
    );
    assert_eq!(
        exits.iter().filter(|exit| **exit == 5).count(),
        4,
        "{exits:?}"
    );
}

#[test]
fn a_suspension_of_a_feature_is_an_order_in_the_licences_sequence() {
    let desk = Desk::with_licence();
    let (exit, said) = desk.json(&[
        "suspend",
        "example-solver-0001",
        "--feature",
        "viewer",
        "--effective",
        "2027-03-01",
        "--ground",
        "late-payment",
        "-o",
        "suspend.ord",
    ]);
    assert_eq!((exit, &said["sequence"]), (0, &2.into()));
    let order = read::<Order>(&desk, "suspend.ord");
    assert_eq!(order.scope, Scope::Feature("viewer".parse().unwrap()));
    // Midnight in the time zone of the licence's order.
    assert_eq!(order.effective_at.unwrap().0, 1_803_855_600);
    let (_, said) = desk.json(&["resume", "example-solver-0001", "-o", "resume.ord"]);
    assert_eq!(said["sequence"], 3);
    let (exit, said) = desk.json(&[
        "clock-reset",
        "example-solver-0001",
        "--daemon-key",
        &octroi_licence::Signer::public_key(&desk.asker(20).key).to_string(),
        "--anomaly",
        "17",
        "--new-time",
        "2026-11-22T12:00:00Z",
        "-o",
        "reset.ord",
    ]);
    assert_eq!((exit, &said["sequence"]), (0, &4.into()));
    let (_, said) = desk.json(&["terminate", "example-solver-0001", "-o", "end.ord"]);
    assert_eq!(said["sequence"], 5);
    desk.tool(&["resume", "example-solver-0001", "-o", "late.ord"])
        .assert()
        .code(1);
    assert!(!desk.path("late.ord").exists());
}

#[test]
fn a_date_that_cannot_be_is_named() {
    let desk = Desk::with_licence();
    let output = desk
        .tool(&[
            "suspend",
            "example-solver-0001",
            "--effective",
            "soon",
            "-o",
            "suspend.ord",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with("error: --effective: `soon` is no date such as"),
        "{said}"
    );
}
