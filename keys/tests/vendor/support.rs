//! What the tests share: a vendor with fixed keys, daemons that ask, and the tool as a process.

use std::{
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::Command;
use octroi_licence::{
    CivilSeconds, DocumentDigest, DocumentKind, HostComponentKind, KeyRole, Licence, LicenceId,
    Revocations, Signer as _, TermSet, TrustedRoot, VendorId, VendorRoot, Verified,
    activation_code_proof, armour, digest_of, message, message::SignedDocument, read_armoured,
    sign, verify_self_signed, verify_with,
};
use octroi_vendor::{
    ActivationCode, Authority, Certification, Issue, LicenceOrder, LicenceRecord, PrivateKey,
    Request, certify, issue, order::EXAMPLE, vendor_root,
};
use prost::Message as _;
use tempfile::TempDir;
use zeroize::Zeroizing;

/// 2026-11-22T12:00:00Z.
pub(crate) const NOW: CivilSeconds = CivilSeconds(1_795_348_800);
pub(crate) const YEAR_S: i64 = 31_557_600;

pub(crate) fn later(seconds: i64) -> CivilSeconds {
    CivilSeconds(NOW.0 + seconds)
}

pub(crate) fn key(seed: u8) -> PrivateKey {
    PrivateKey::from_entropy(&Zeroizing::new([seed; 32]))
}

pub(crate) fn code(seed: u8) -> ActivationCode {
    ActivationCode::from_entropy(&Zeroizing::new([seed; 16]))
}

/// A vendor with keys from fixed seeds, certified for a year.
pub(crate) struct Vendor {
    pub(crate) id: VendorId,
    pub(crate) root_key: PrivateKey,
    pub(crate) root: Verified<VendorRoot>,
    issuing: PrivateKey,
    issuing_certificate: SignedDocument,
    activation: PrivateKey,
    activation_certificate: SignedDocument,
    pub(crate) revocations: Revocations,
}

impl Vendor {
    pub(crate) fn new() -> Self {
        Self::for_products(&[])
    }

    pub(crate) fn for_products(products: &[&str]) -> Self {
        let id: VendorId = "acme".parse().unwrap();
        let (root_key, issuing, activation) = (key(1), key(2), key(3));
        let root_signed = vendor_root(&id, "Acme SA", &root_key, NOW).unwrap();
        let certificate = |role, key: &PrivateKey| {
            let certification = Certification {
                role,
                public_key: key.public_key(),
                products: products.iter().map(|name| name.parse().unwrap()).collect(),
                valid_from: NOW,
                valid_until: later(YEAR_S),
            };
            certify(&id, &certification, &root_key, NOW).unwrap()
        };
        Self {
            root: verify_self_signed(&root_signed).unwrap(),
            issuing_certificate: certificate(KeyRole::Issuing, &issuing),
            activation_certificate: certificate(KeyRole::Activation, &activation),
            id,
            root_key,
            issuing,
            activation,
            revocations: Revocations::default(),
        }
    }

    pub(crate) fn trusted(&self) -> TrustedRoot {
        TrustedRoot::accepted(&self.root)
    }

    fn authority<'a>(
        &self,
        key: &'a PrivateKey,
        certificate: &SignedDocument,
    ) -> Authority<'a, PrivateKey> {
        Authority {
            vendor: self.id.clone(),
            signer: key,
            chain: vec![certificate.clone()],
            root: self.trusted(),
            revocations: self.revocations.clone(),
        }
    }

    pub(crate) fn issuing(&self) -> Authority<'_, PrivateKey> {
        self.authority(&self.issuing, &self.issuing_certificate)
    }

    pub(crate) fn activation(&self) -> Authority<'_, PrivateKey> {
        self.authority(&self.activation, &self.activation_certificate)
    }

    /// Issues an order that must be good; gives the licence as a client reads it that carries out
    /// every term.
    pub(crate) fn issue(&self, order: &str, record: &mut LicenceRecord) -> Verified<Licence> {
        let order = LicenceOrder::check(order, NOW).unwrap();
        let seed = u8::try_from(order.serial()).unwrap();
        match issue(&order, &code(seed), record, &self.issuing(), NOW).unwrap() {
            Issue::New { signed, licence } => {
                let known = TermSet::KNOWN;
                let read = verify_with(&signed, &self.trusted(), &self.revocations, known).unwrap();
                assert_eq!(*licence, read);
                read
            }
            Issue::Repeated { .. } => panic!("the order was issued before"),
        }
    }
}

pub(crate) fn record() -> LicenceRecord {
    let id: LicenceId = "example-solver-0001".parse().unwrap();
    LicenceRecord::new(id)
}

/// The example order with some of its lines replaced; every replacement must fit.
pub(crate) fn order_with(replacements: &[(&str, &str)]) -> String {
    let mut order = EXAMPLE.to_owned();
    for (from, to) in replacements {
        assert!(order.contains(from), "the example has no line {from:?}");
        order = order.replacen(from, to, 1);
    }
    order
}

/// A daemon that asks to be activated.
pub(crate) struct Asker {
    pub(crate) key: PrivateKey,
    pub(crate) licence: LicenceId,
    pub(crate) digest: DocumentDigest,
    pub(crate) code: String,
    pub(crate) site: &'static str,
    pub(crate) components: Vec<(HostComponentKind, u8)>,
    pub(crate) shares: Vec<(&'static str, u32)>,
    pub(crate) nonce: u8,
}

impl Asker {
    /// A daemon of the site `lyon` that knows the licence's code and shows three components.
    pub(crate) fn new(seed: u8, licence: &Verified<Licence>) -> Self {
        Self {
            key: key(seed),
            licence: licence.id.clone(),
            digest: licence.digest(),
            code: code(u8::try_from(licence.serial).unwrap())
                .expose()
                .to_owned(),
            site: "lyon",
            components: vec![
                (HostComponentKind::MachineId, 1),
                (HostComponentKind::NetworkCard, 2),
                (HostComponentKind::Disk, 3),
            ],
            shares: Vec::new(),
            nonce: 1,
        }
    }

    pub(crate) fn asks_for(mut self, shares: &[(&'static str, u32)]) -> Self {
        self.shares = shares.to_vec();
        self
    }

    pub(crate) fn nonce(mut self, nonce: u8) -> Self {
        self.nonce = nonce;
        self
    }

    pub(crate) fn at(mut self, site: &'static str) -> Self {
        self.site = site;
        self
    }

    pub(crate) fn signed(&self) -> SignedDocument {
        let public_key = self.key.public_key();
        let nonce = [self.nonce; 16];
        let proof = activation_code_proof(&self.code, self.digest, &public_key, &nonce);
        let request = message::ActivationRequest {
            frame: Some(message::DocumentFrame {
                requires: Vec::new(),
                requires_version: "0.1.0".to_owned(),
                vendor: "acme".to_owned(),
                issued_at_s: NOW.0,
                licence_id: self.licence.to_string(),
                sequence: 0,
            }),
            licence_digest: self.digest.as_bytes().to_vec(),
            daemon_key: public_key.as_bytes().to_vec(),
            site: self.site.to_owned(),
            host: Some(message::HostIdentity {
                salt: vec![9; 16],
                components: self
                    .components
                    .iter()
                    .map(|(kind, digest)| message::HostComponent {
                        kind: kind.wire().into(),
                        digest: vec![*digest; 32],
                    })
                    .collect(),
            }),
            code_proof: proof.to_vec(),
            nonce: nonce.to_vec(),
            shares: self
                .shares
                .iter()
                .map(|(feature, units)| message::Share {
                    feature: (*feature).to_owned(),
                    units: *units,
                })
                .collect(),
            daemon_version: "0.1.0".to_owned(),
        };
        let payload = request.encode_to_vec();
        sign(
            DocumentKind::ActivationRequest,
            payload,
            &self.key,
            Vec::new(),
        )
        .unwrap()
    }

    pub(crate) fn request(&self) -> Request {
        Request::read(&self.signed()).unwrap()
    }

    pub(crate) fn armoured(&self) -> String {
        armour(DocumentKind::ActivationRequest, &self.signed(), "")
    }
}

/// A folder in which the tool is run; removed at the end.
pub(crate) struct Desk {
    folder: TempDir,
}

impl Desk {
    pub(crate) fn empty() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    /// With the keys of vendor `acme`, unencrypted.
    pub(crate) fn with_keys() -> Self {
        let desk = Self::empty();
        desk.tool(&[
            "keys",
            "init",
            "--vendor",
            "acme",
            "--name",
            "Acme SA",
            "--insecure-plaintext",
        ])
        .assert()
        .success();
        desk
    }

    /// With keys and the example order issued as `client.lic`, `client.code`.
    pub(crate) fn with_licence() -> Self {
        Self::with_licence_of(EXAMPLE)
    }

    pub(crate) fn with_licence_of(order: &str) -> Self {
        let desk = Self::with_keys();
        desk.write("order.toml", order);
        desk.tool(&["issue", "order.toml", "-o", "client.lic"])
            .assert()
            .success();
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// The tool, in this folder, with an environment of its own.
    pub(crate) fn tool(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("octroi-vendor").unwrap();
        command
            .current_dir(self.folder.path())
            .env("COLUMNS", "100")
            .env_remove("OCTROI_PASSPHRASE")
            .env_remove("OCTROI_VENDOR_KEYS")
            .args(arguments);
        command
    }

    /// Runs the tool with `--json`; gives its exit code and the object that it printed.
    pub(crate) fn json(&self, arguments: &[&str]) -> (i32, serde_json::Value) {
        let output = self.tool(arguments).arg("--json").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let object = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{arguments:?} printed {text:?}: {error}"));
        (output.status.code().unwrap(), object)
    }

    /// A daemon with the licence and code of this folder.
    pub(crate) fn asker(&self, seed: u8) -> Asker {
        let (kind, signed) = read_armoured(self.read("client.lic").as_bytes()).unwrap();
        Asker {
            key: key(seed),
            licence: "example-solver-0001".parse().unwrap(),
            digest: digest_of(kind, &signed.payload),
            code: self.read("client.code").trim().to_owned(),
            site: "lyon",
            components: vec![
                (HostComponentKind::MachineId, 1),
                (HostComponentKind::Disk, 3),
            ],
            shares: Vec::new(),
            nonce: 1,
        }
    }
}
