//! `octroi-server` as a process: a folder made, keys encrypted, licences imported, daemons answered,
//! every exit code.

use std::{fs, path::Path, process::Command};

use octroi_licence::{DocumentKind, message::SignedDocument};

use crate::{
    daemon::Daemon,
    desk::{Desk, Serving},
    vendor::{LICENCE, reporting_order},
};

#[tokio::test]
async fn a_licence_is_imported_paid_activated_reported_and_shown() {
    let mut desk = Desk::new();
    let issued = desk.issue(&reporting_order());
    let imported = desk.done(&["import", "client.lic"]);
    assert_eq!(imported["code_known"], true);
    let server = Serving::start(&desk);
    let client = server.client().await;
    let mut daemon = Daemon::new(20, &issued, &desk.staff);
    daemon.activate(&client).await.unwrap_err();
    desk.done(&["order", "paid", LICENCE]);
    desk.done(&["order", "accept", LICENCE, "--at", "2026-01-15T12:00:00Z"]);
    daemon.activate(&client).await.unwrap();
    daemon.work(4);
    desk.done(&[
        "announce",
        "release",
        "Version 2 is out.",
        "--version",
        "2",
        "--due",
        "2027-01-31",
    ]);
    let receipt = daemon.reports(&client).await.unwrap();
    assert_eq!(receipt.announcements[0].text, "Version 2 is out.");

    let shown = desk.done(&["show", LICENCE]);
    let licence = &shown["licences"][0];
    assert_eq!(licence["features"][0]["allotted"], 2);
    let activation = &licence["activations"][0];
    assert_eq!(activation["certificate_number"], 2);
    assert_eq!(activation["last_report"]["number"], 1);
    let solver = &activation["last_report"]["features"][0];
    assert_eq!(
        (&solver["peak"]["at_least"], &solver["peak"]["at_most"]),
        (&1.into(), &4.into())
    );
    let text = desk.command(&["show"]).output().unwrap().stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.contains("solver (concurrent): 2 of 2 allotted"),
        "{text}"
    );
    assert!(text.contains("peak 1 to 4"), "{text}");

    let key = daemon.public_key().to_string();
    desk.done(&["write-off", LICENCE, "--daemon", &key]);
    assert_eq!(
        desk.done(&["show"])["licences"][0]["features"][0]["allotted"],
        0
    );
    desk.done(&["unlock", LICENCE]);
    desk.done(&["backup", "copy.db"]);
    assert!(desk.path("copy.db").metadata().unwrap().len() > 0);
}

#[tokio::test]
async fn a_killed_server_goes_on_where_it_was() {
    let mut desk = Desk::new();
    let issued = desk.issue(&reporting_order());
    desk.done(&["import", "client.lic"]);
    desk.done(&["order", "paid", LICENCE]);
    let mut daemon = Daemon::new(20, &issued, &desk.staff);
    let server = Serving::start(&desk);
    daemon.activate(&server.client().await).await.unwrap();
    daemon.work(1);
    let report = daemon.report();
    let receipt = server.client().await.report(report.clone()).await.unwrap();
    drop(server);
    let server = Serving::start(&desk);
    let again = server.client().await.report(report).await.unwrap();
    assert_eq!(again, receipt);
}

#[tokio::test]
async fn the_log_names_no_address_even_where_it_says_everything() {
    let mut desk = Desk::new();
    let issued = desk.issue(&reporting_order());
    desk.done(&["import", "client.lic"]);
    desk.done(&["order", "paid", LICENCE]);
    let server = Serving::start(&desk);
    let client = server.client().await;
    let mut daemon = Daemon::new(20, &issued, &desk.staff);
    daemon.activate(&client).await.unwrap();
    daemon.work(1);
    daemon.reports(&client).await.unwrap();
    daemon.leaves[0] = [7; 32];
    daemon.reports(&client).await.unwrap_err();
    drop(client);
    drop(
        tokio::net::TcpStream::connect(server.address)
            .await
            .unwrap(),
    );
    drop(server);
    let log = fs::read_to_string(desk.path("server.log")).unwrap();
    assert!(log.contains("report refused"), "{log}");
    assert!(!log.contains("127.0.0.1"), "{log}");
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_answers_what_is_under_way_and_ends_well() {
    let desk = Desk::new();
    let mut server = Serving::start(&desk);
    let client = server.client().await;
    client
        .activate(SignedDocument::default())
        .await
        .unwrap_err();
    let pid = server.process.id().to_string();
    assert!(Command::new("kill").arg(pid).status().unwrap().success());
    let ended = tokio::task::spawn_blocking(move || server.process.wait().unwrap().code());
    assert_eq!(ended.await.unwrap(), Some(0));
}

#[test]
fn requests_and_reports_are_answered_by_file_too() {
    let mut desk = Desk::new();
    let issued = desk.issue(&reporting_order());
    desk.done(&["import", "client.lic"]);
    let mut daemon = Daemon::new(20, &issued, &desk.staff);
    let request = daemon.request();
    desk.write("request.octroi", DocumentKind::ActivationRequest, &request);
    let ask = ["answer", "request.octroi", "-o", "certificate.octroi"];
    desk.refused(&ask, 6, "PAYMENT_NOT_RECORDED");
    desk.done(&["order", "paid", LICENCE]);
    desk.done(&ask);
    let (_, certificate) = desk.read("certificate.octroi");
    daemon.certificate = Some(certificate);
    daemon.work(3);
    let report = daemon.report();
    desk.write("report.octroi", DocumentKind::UsageReport, &report);
    desk.done(&["answer", "report.octroi", "-o", "receipt.octroi"]);
    let (kind, receipt) = desk.read("receipt.octroi");
    assert_eq!(kind, DocumentKind::Receipt);
    let receipt = daemon.take(&report, &receipt);
    assert_eq!((receipt.report_number, daemon.held().number), (1, 2));
    desk.done(&["answer", "report.octroi", "-o", "again.octroi"]);
    assert_eq!(desk.read("again.octroi"), desk.read("receipt.octroi"));
    let (code, _) = desk.json(&["answer", "client.lic", "-o", "no.octroi"]);
    assert_eq!(code, 1);
}

#[test]
fn documents_are_added_and_refused_by_name() {
    let mut desk = Desk::new();
    desk.issue(&reporting_order());
    let order = desk.staff.order(octroi_licence::OrderKind::Suspend);
    desk.write("order.octroi", DocumentKind::Order, &order);
    desk.refused(&["documents", "add", "order.octroi"], 4, "LICENCE_UNKNOWN");
    desk.done(&["import", "client.lic"]);
    let added = desk.done(&["documents", "add", "order.octroi"]);
    assert_eq!(
        (added["kind"].as_str(), added["sequence"].as_u64()),
        (Some("order"), Some(2))
    );
    assert_eq!(
        desk.done(&["documents", "add", "order.octroi"])["repeated"],
        true
    );

    let text = fs::read_to_string(desk.path("client.lic")).unwrap();
    fs::write(desk.path("cut.lic"), &text[..text.len() / 2]).unwrap();
    desk.refused(&["import", "cut.lic"], 3, "ARMOUR_CUT_SHORT");
    desk.refused(&["order", "paid", "nobody"], 4, "LICENCE_UNKNOWN");
    desk.refused(
        &["announce", "notice", "two\nlines"],
        4,
        "ANNOUNCEMENT_INVALID",
    );
}

#[test]
fn init_copies_what_the_server_needs_and_no_other_key() {
    let desk = Desk::new();
    let mut names: Vec<String> = fs::read_dir(desk.path("server"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = [
        "activation.crt",
        "activation.key",
        "octroi-server.toml",
        "root.pub",
        "tls.crt",
        "tls.key",
    ];
    assert_eq!(names, expected);
    assert_private(&desk.path("server/tls.key"));
    assert_private(&desk.path("server/activation.key"));
    let again = desk
        .command(&["init", "--dir", "server", "--keys", "keys"])
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(1), "nothing is overwritten");
    let pin = desk.done(&["pin"]);
    assert_eq!(pin["key_pin"].as_str().unwrap().len(), 64);
}

fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = path.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{}", path.display());
}

#[test]
fn a_wrong_passphrase_is_named_before_anything_is_served() {
    let desk = Desk::new();
    let output = desk
        .command(&["serve"])
        .env("OCTROI_PASSPHRASE", "wrong")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("passphrase is wrong"), "{error}");
}

#[test]
fn a_mistake_in_the_configuration_is_named() {
    let desk = Desk::new();
    let file = desk.path("server/octroi-server.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("[limits]", "[limit]")).unwrap();
    let output = desk.command(&["show"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("limit") && error.contains("octroi-server.toml"),
        "{error}"
    );
    let none = desk
        .command(&["--config", "nowhere.toml", "show"])
        .output()
        .unwrap();
    let error = String::from_utf8(none.stderr).unwrap();
    assert!(error.contains("help: choose it with --config"), "{error}");
}
