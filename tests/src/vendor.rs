//! A vendor: keys of its own in a folder of its own, and the tool that signs with them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use octroi_licence::{
    CivilSeconds, KeyCertificate, Revocations, TrustedRoot, VendorRoot, Verified, armour,
    read_armoured, verify, verify_self_signed,
};
use octroi_vendor::{Certification, PrivateKey, certify};
use serde_json::Value;

use crate::{
    Binaries, Order,
    process::{Ended, run, succeed},
};

/// A vendor's keys and papers.
#[derive(Debug)]
pub struct Vendor {
    tool: PathBuf,
    folder: PathBuf,
    id: String,
    root_public_key: String,
}

/// What `issue` wrote.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The licence.
    pub licence: PathBuf,
    /// Its activation code.
    pub code: PathBuf,
    /// Its identity.
    pub id: String,
    /// Whose licence it is.
    pub vendor: String,
}

impl Vendor {
    /// Makes a vendor's keys in a new folder below `folder`. They protect nothing.
    ///
    /// # Errors
    /// The tool fails.
    pub fn new(folder: &Path, id: &str) -> anyhow::Result<Self> {
        let folder = folder.join(id);
        fs::create_dir(&folder).with_context(|| format!("{}", folder.display()))?;
        let mut vendor = Self {
            tool: Binaries::get()?.vendor.clone(),
            folder,
            id: id.to_owned(),
            root_public_key: String::new(),
        };
        let name = format!("{id} software");
        vendor.must(&[
            "keys",
            "init",
            "--vendor",
            id,
            "--name",
            &name,
            "--insecure-plaintext",
        ])?;
        let shown = vendor.must(&["keys", "show"])?;
        shown
            .get("root_public_key")
            .and_then(Value::as_str)
            .context("`keys show` names no root key")?
            .clone_into(&mut vendor.root_public_key);
        Ok(vendor)
    }

    /// Certifies the vendor's keys anew as of so many days ago, so that documents of those days stand:
    /// what a vendor has that did not begin today.
    ///
    /// # Errors
    /// A key or certificate cannot be read or written.
    pub fn since_days(&self, days: i64) -> anyhow::Result<()> {
        let pem = fs::read_to_string(self.keys().join("root.key"))?;
        let root = PrivateKey::from_pem(&pem, None)?;
        let (_, document) = read_armoured(&fs::read(self.root())?)?;
        let trusted: Verified<VendorRoot> = verify_self_signed(&document)?;
        let trusted = TrustedRoot::accepted(&trusted);
        for name in ["issuing.crt", "activation.crt"] {
            let file = self.keys().join(name);
            let (kind, signed) = read_armoured(&fs::read(&file)?)?;
            let now: Verified<KeyCertificate> = verify(&signed, &trusted, &Revocations::default())?;
            let then = CivilSeconds(now.valid_from.0 - days * 86_400);
            let certification = Certification {
                role: now.role,
                public_key: now.public_key,
                products: now.products.clone(),
                valid_from: then,
                valid_until: now.valid_until,
            };
            let signed = certify(&self.id.parse()?, &certification, &root, then)?;
            fs::write(&file, armour(kind, &signed, ""))?;
        }
        Ok(())
    }

    /// The vendor's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where keys and papers lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The root document that administrators trust.
    pub fn root(&self) -> PathBuf {
        self.keys().join("root.pub")
    }

    /// The root's public key in hexadecimal, as applications pin it.
    pub fn root_public_key(&self) -> &str {
        &self.root_public_key
    }

    /// Where its keys lie.
    pub fn keys(&self) -> PathBuf {
        self.folder.join("keys")
    }

    /// A command line of the tool.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.tool);
        command
            .arg("--json")
            .arg("--keys")
            .arg(self.keys())
            .args(arguments);
        command
    }

    /// Runs the tool.
    ///
    /// # Errors
    /// It cannot be run. That it fails is an answer.
    pub fn tool(&self, arguments: &[&str]) -> anyhow::Result<Ended> {
        run(&mut self.command(arguments))
    }

    /// Runs the tool, which must succeed, and gives back what it said.
    ///
    /// # Errors
    /// It fails.
    pub fn must(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let said = succeed(&mut self.command(arguments))?;
        serde_json::from_str(&said).with_context(|| format!("this is no JSON: {said}"))
    }

    /// A name for a paper that is not taken yet.
    pub fn paper(&self, name: &str) -> PathBuf {
        let mut number = 1;
        loop {
            let path = self.folder.join(format!("{number}-{name}"));
            if !path.exists() {
                return path;
            }
            number += 1;
        }
    }

    /// Writes an order and issues its licence.
    ///
    /// # Errors
    /// The tool refuses the order.
    pub fn issue(&self, order: &Order) -> anyhow::Result<Issued> {
        let order = order.clone().vendor(&self.id);
        self.issue_text(&order.to_toml(), order.id())
    }

    /// The same of an order's text as it is, for the licence of this identity.
    ///
    /// # Errors
    /// The tool refuses the order.
    pub fn issue_text(&self, order: &str, id: &str) -> anyhow::Result<Issued> {
        let file = self.paper("order.toml");
        fs::write(&file, order)?;
        let licence = self.paper("client.lic");
        let code = licence.with_extension("code");
        self.must(&["issue", text(&file)?, "-o", text(&licence)?])?;
        let (id, vendor) = (id.to_owned(), self.id.clone());
        Ok(Issued {
            licence,
            code,
            id,
            vendor,
        })
    }

    /// Answers a daemon's request.
    ///
    /// # Errors
    /// The tool refuses it.
    pub fn answer(&self, request: &Path) -> anyhow::Result<PathBuf> {
        let certificate = self.paper("answer.crt");
        let (request, to) = (text(request)?, text(&certificate)?);
        self.must(&["activate", request, "-o", to, "--country", "FR"])?;
        Ok(certificate)
    }

    /// Writes one of the vendor's orders (`suspend`, `resume`, `terminate`) about a licence.
    ///
    /// # Errors
    /// The tool refuses it.
    pub fn order(&self, what: &str, licence: &str) -> anyhow::Result<PathBuf> {
        let file = self.paper(&format!("{what}.ord"));
        self.must(&[what, licence, "-o", text(&file)?])?;
        Ok(file)
    }
}

/// A path as an argument; those of tests are UTF-8.
///
/// # Errors
/// It is not UTF-8.
pub fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))
}
