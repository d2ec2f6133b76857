//! `octroi-server` as a process: a vendor's folder, a server's folder made from it, commands and the
//! server itself.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use octroi_licence::{DocumentKind, armour, message::SignedDocument, read_armoured};
use octroi_vendor::{EncryptionEntropy, Passphrase};
use serde_json::Value;
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::{
    client::Client,
    vendor::{Issued, Staff, private_key},
};

const PASSPHRASE: &str = "correct horse battery";

/// A vendor's folder, and a server's folder made from it.
pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) staff: Staff,
}

impl Desk {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, kind: DocumentKind, signed: &SignedDocument) {
        fs::write(self.path(name), armour(kind, signed, "")).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> (DocumentKind, SignedDocument) {
        read_armoured(&fs::read(self.path(name)).unwrap()).unwrap()
    }

    pub(crate) fn issue(&mut self, order: &str) -> Issued {
        let issued = self.staff.issue(order);
        self.write("client.lic", DocumentKind::Licence, &issued.signed);
        fs::write(self.path("client.code"), issued.code.expose()).unwrap();
        issued
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
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
    pub(crate) fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.command(arguments).arg("--json").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let object = serde_json::from_str(&text).unwrap_or_else(|error| {
            panic!("{arguments:?} printed {text:?}: {error}");
        });
        (output.status.code().unwrap(), object)
    }

    pub(crate) fn done(&self, arguments: &[&str]) -> Value {
        let (code, object) = self.json(arguments);
        assert_eq!((code, object["ok"].as_bool()), (0, Some(true)), "{object}");
        object
    }

    pub(crate) fn refused(&self, arguments: &[&str], exit: i32, reason: &str) {
        let (code, object) = self.json(arguments);
        assert_eq!(
            (code, object["code"].as_str()),
            (exit, Some(reason)),
            "{object}"
        );
    }
}

/// A server process; ended when dropped.
pub(crate) struct Serving {
    pub(crate) process: Child,
    pub(crate) address: SocketAddr,
    pin: [u8; 32],
}

impl Serving {
    pub(crate) fn start(desk: &Desk) -> Self {
        let mut process = desk
            .command(&["--json"])
            .env("OCTROI_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(fs::File::create(desk.path("server.log")).unwrap())
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

    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.address, self.pin).await.unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
