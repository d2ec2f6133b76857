//! `octroi-server` as a process: a folder made, keys encrypted, licences imported, daemons answered,
//! every exit code.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use octroi_licence::{DocumentKind, armour, message::SignedDocument};
use octroi_vendor::{EncryptionEntropy, Passphrase};
use serde_json::Value;
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::{
    client::Client,
    daemon::Daemon,
    vendor::{Issued, LICENCE, Staff, private_key, reporting_order},
};

const PASSPHRASE: &str = "correct horse battery";

/// A vendor's folder, and a server's folder made from it.
struct Desk {
    folder: TempDir,
    staff: Staff,
}

impl Desk {
    fn new() -> Self {
        let (folder, staff) = (TempDir::new().unwrap(), Staff::new());
        let desk = Self { folder, staff };
        fs::create_dir(desk.path("keys")).unwrap();
        let root = desk.staff.root_document().clone();
        desk.write("keys/root.pub", DocumentKind::VendorRoot, &root);
        let certificate = desk.staff.activation_certificate();
        desk.write(
            "keys/activation.crt",
            DocumentKind::KeyCertificate,
            &certificate,
        );
        let entropy = EncryptionEntropy {
            salt: [1; 16],
            iv: [2; 16],
        };
        let passphrase = Passphrase::new(Zeroizing::new(PASSPHRASE.to_owned()));
        let pem = private_key(3)
            .to_encrypted_pem(&passphrase, &entropy)
            .unwrap();
        fs::write(desk.path("keys/activation.key"), pem.as_bytes()).unwrap();
        // What must never be copied.
        fs::write(desk.path("keys/issuing.key"), "secret").unwrap();
        let (code, made) = desk.json(&[
            "init",
            "--dir",
            "server",
            "--keys",
            "keys",
            "--listen",
            "127.0.0.1:0",
        ]);
        assert_eq!(code, 0, "{made}");
        assert_eq!(made["key_pin"].as_str().unwrap().len(), 64);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, kind: DocumentKind, signed: &SignedDocument) {
        fs::write(self.path(name), armour(kind, signed, "")).unwrap();
    }

    fn issue(&mut self, order: &str) -> Issued {
        let issued = self.staff.issue(order);
        self.write("client.lic", DocumentKind::Licence, &issued.signed);
        fs::write(self.path("client.code"), issued.code.expose()).unwrap();
        issued
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let program = assert_cmd::cargo::cargo_bin("octroi-server");
        let mut command = Command::new(program);
        command
            .current_dir(self.folder.path())
            .env("OCTROI_SERVER_CONFIG", "server/octroi-server.toml")
            .env("OCTROI_PASSPHRASE", PASSPHRASE)
            .args(arguments);
        command
    }

    /// Runs the server's command with `--json`; gives its exit code and the object that it printed.
    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.command(arguments).arg("--json").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let object = serde_json::from_str(&text).unwrap_or_else(|error| {
            panic!("{arguments:?} printed {text:?}: {error}");
        });
        (output.status.code().unwrap(), object)
    }

    fn done(&self, arguments: &[&str]) -> Value {
        let (code, object) = self.json(arguments);
        assert_eq!((code, object["ok"].as_bool()), (0, Some(true)), "{object}");
        object
    }

    fn refused(&self, arguments: &[&str], exit: i32, reason: &str) {
        let (code, object) = self.json(arguments);
        assert_eq!(
            (code, object["code"].as_str()),
            (exit, Some(reason)),
            "{object}"
        );
    }
}

/// A server process; ended when dropped.
struct Serving {
    process: Child,
    address: SocketAddr,
    pin: [u8; 32],
}

impl Serving {
    fn start(desk: &Desk) -> Self {
        let mut process = desk
            .command(&["--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let mut pin = [0; 32];
        hex::decode_to_slice(said["key_pin"].as_str().unwrap(), &mut pin).unwrap();
        let address = said["listening"].as_str().unwrap().parse().unwrap();
        Self {
            process,
            address,
            pin,
        }
    }

    async fn client(&self) -> Client {
        Client::connect(self.address, self.pin).await.unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

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

#[test]
fn documents_are_added_and_refused_by_name() {
    let mut desk = Desk::new();
    desk.issue(&reporting_order());
    let order = desk.staff.order(octroi_vendor::VendorOrderKind::Suspend);
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
