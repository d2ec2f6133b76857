//! `octroi vendor trust`.

use octroi_licence::DocumentKind;
use octroi_proto::admin::v1::TrustVendorResponse;
use tonic::Status;

use super::{
    daemon::{Daemon, answer},
    documents::{self, document, root_document},
    octroi,
};

fn trusted() -> TrustVendorResponse {
    TrustVendorResponse {
        vendor: "acme".to_owned(),
        vendor_name: "Acme Solvers SAS".to_owned(),
        fingerprint: documents::fingerprint().to_string(),
        already_trusted: false,
    }
}

fn daemon_with_root() -> (Daemon, String) {
    let daemon = Daemon::start();
    let root = daemon
        .file("root.pub", root_document())
        .display()
        .to_string();
    answer(&daemon.script.trust, Ok(trusted()));
    (daemon, root)
}

#[test]
fn the_fingerprint_is_shown_and_sent_once_the_administrator_confirms_it() {
    let (daemon, root) = daemon_with_root();
    let ran = octroi(daemon.root(), &["vendor", "trust", &root])
        .typing("y\n")
        .run();
    assert_eq!(ran.status, 0, "{ran:?}");
    insta::assert_snapshot!("trust", format!("{}\n{}", ran.error, ran.output));
    assert!(daemon.asked()[0].contains(&documents::fingerprint().to_string()));
}

#[test]
fn any_other_answer_trusts_nothing_and_asks_the_daemon_nothing() {
    for typed in ["n\n", "\n", "", "yess\n"] {
        let (daemon, root) = daemon_with_root();
        let ran = octroi(daemon.root(), &["vendor", "trust", &root])
            .typing(typed)
            .run();
        assert_eq!(ran.status, 1, "{ran:?}");
        assert!(daemon.asked().is_empty());
    }
}

#[test]
fn without_a_terminal_the_fingerprint_must_be_given_or_waived() {
    let (daemon, root) = daemon_with_root();
    let ran = octroi(daemon.root(), &["vendor", "trust", &root])
        .piping("y\n")
        .run();
    assert_eq!(ran.status, 2);
    assert!(ran.error.contains("--fingerprint"), "{ran:?}");
    assert!(daemon.asked().is_empty());
}

#[test]
fn a_fingerprint_is_compared_whatever_way_it_was_copied() {
    let (daemon, root) = daemon_with_root();
    let plain = documents::fingerprint().to_string().to_uppercase();
    let pairs: Vec<&str> = (0..32).map(|at| &plain[at * 2..at * 2 + 2]).collect();
    let ran = octroi(
        daemon.root(),
        &[
            "vendor",
            "trust",
            &root,
            "--fingerprint",
            &pairs.join(":"),
            "--json",
        ],
    )
    .run();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json()["vendor"], "acme");
    assert!(daemon.asked()[0].contains(&documents::fingerprint().to_string()));
}

#[test]
fn another_fingerprint_is_refused_before_the_daemon_is_asked() {
    let (daemon, root) = daemon_with_root();
    let other = "ab".repeat(32);
    let line = ["vendor", "trust", &root, "--fingerprint", &other, "--json"];
    let ran = octroi(daemon.root(), &line).run();
    assert_eq!(ran.status, 5);
    assert_eq!(ran.json()["error"]["code"], "FINGERPRINT_DIFFERS");
    assert!(daemon.asked().is_empty());
}

#[test]
fn what_is_no_fingerprint_is_a_mistake_on_the_command_line() {
    let (daemon, root) = daemon_with_root();
    let ran = octroi(
        daemon.root(),
        &["vendor", "trust", &root, "--fingerprint", "abcd"],
    )
    .run();
    assert_eq!(ran.status, 2);
}

#[test]
fn trust_without_comparing_says_so_to_the_daemon() {
    let (daemon, root) = daemon_with_root();
    let ran = octroi(daemon.root(), &["vendor", "trust", &root, "--yes"]).run();
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        daemon.asked()[0].contains("expected_fingerprint: \"\""),
        "{:?}",
        daemon.asked()
    );
}

#[test]
fn the_text_around_the_root_does_not_reach_the_daemon() {
    let (daemon, root) = daemon_with_root();
    octroi(daemon.root(), &["vendor", "trust", &root, "--yes"]).run();
    assert!(
        !daemon.asked()[0].contains("for its clients"),
        "{:?}",
        daemon.asked()
    );
}

#[test]
fn a_licence_is_no_root() {
    let daemon = Daemon::start();
    let file = daemon
        .file("client.lic", documents::licence())
        .display()
        .to_string();
    let ran = octroi(daemon.root(), &["vendor", "trust", &file, "--yes"]).run();
    assert_eq!(ran.status, 5);
    assert!(ran.error.contains("not a vendor root"), "{ran:?}");
}

#[test]
fn a_root_that_did_not_sign_itself_is_not_shown_as_one() {
    let daemon = Daemon::start();
    let forged = document(DocumentKind::VendorRoot, vec![0x12, 0x01, b'x'], "");
    let file = daemon.file("root.pub", forged).display().to_string();
    let ran = octroi(
        daemon.root(),
        &["vendor", "trust", &file, "--yes", "--json"],
    )
    .run();
    assert_eq!(ran.status, 5);
    assert_eq!(ran.json()["error"]["code"], "DOCUMENT_NOT_TRUSTED");
    assert!(daemon.asked().is_empty());
}

#[test]
fn a_daemon_that_does_not_accept_the_root_says_why() {
    let daemon = Daemon::start();
    let file = daemon
        .file("root.pub", root_document())
        .display()
        .to_string();
    let why = Status::unauthenticated("the fingerprint is another");
    answer(&daemon.script.trust, Err(why));
    let ran = octroi(daemon.root(), &["vendor", "trust", &file, "--yes"]).run();
    assert_eq!(ran.status, 5);
    assert!(ran.error.contains("the fingerprint is another"), "{ran:?}");
}
