//! The hostile vectors in `tests/vectors/`: files with their expected outcome, shared with readers in
//! other languages. They are generated here, and read back through the public interface alone.
//! `OCTROI_WRITE_VECTORS=1 cargo test -p octroi-licence` writes them anew.

mod contracts;
mod damaged;
mod distrusted;
mod honoured;
mod stated;

use std::{collections::BTreeMap, env, error::Error as _, fs, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use octroi_licence::{
    DocumentDigest, DocumentKind, RevocationList, Revocations, TrustedRoot, VendorRoot, Verified,
    message, read_armoured, verify, verify_self_signed,
};
use prost::Message as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::vendor;

const NOTE: &str = "Files that a reader of signed documents must honour or refuse. `root` is the \
    trusted root under which a file is read (self-signed kinds need none), `revocations` the list \
    that was received before. `code` is the stable code of the refusal; `error` is what this \
    implementation says, which others need not repeat. An escrow release is read with licence.lic. The \
    outcome is that of a reader that carries out every term; one that does not refuses what states \
    the term (DAEMON_TOO_OLD). All keys come from the published seeds \
    below: TEST KEYS, worth nothing.";

/// Field 2000, length-delimited: of a later version.
const UNKNOWN_FIELD: &[u8] = &[0x82, 0x7d, 3, b'n', b'e', b'w'];

/// One file and what must become of it.
struct Vector {
    file: &'static str,
    kind: DocumentKind,
    root: Option<&'static str>,
    revocations: Option<&'static str>,
    /// The code of the refusal; `None`: honoured.
    code: Option<&'static str>,
    why: &'static str,
    text: Vec<u8>,
}

impl Vector {
    /// A licence under the usual root, nothing revoked.
    fn honoured(file: &'static str, why: &'static str, text: impl Into<Vec<u8>>) -> Self {
        Self {
            file,
            kind: DocumentKind::Licence,
            root: Some("root.octroi"),
            revocations: None,
            code: None,
            why,
            text: text.into(),
        }
    }

    fn refused(
        file: &'static str,
        code: &'static str,
        why: &'static str,
        text: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            code: Some(code),
            ..Self::honoured(file, why, text)
        }
    }

    fn of(mut self, kind: DocumentKind) -> Self {
        if matches!(
            kind,
            DocumentKind::VendorRoot
                | DocumentKind::ActivationRequest
                | DocumentKind::EscrowRelease
                | DocumentKind::EndOfUseCertificate
        ) {
            self.root = None;
        }
        self.kind = kind;
        self
    }

    fn under(mut self, root: &'static str) -> Self {
        self.root = Some(root);
        self
    }

    fn revoked_by(mut self, list: &'static str) -> Self {
        self.revocations = Some(list);
        self
    }
}

/// Armour written here, not by the crate: a second opinion on the format.
fn armoured(kind: DocumentKind, bytes: &[u8]) -> String {
    let label = kind.armour_label();
    let body: Vec<String> = STANDARD
        .encode(bytes)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect();
    let sum = STANDARD.encode(&Sha256::digest(bytes)[..3]);
    format!(
        "Test vector, signed by published test keys: worth nothing.\n\n\
         -----BEGIN {label}-----\n{}\n={sum}\n-----END {label}-----\n",
        body.join("\n")
    )
}

fn written(kind: DocumentKind, signed: &message::SignedDocument) -> String {
    armoured(kind, &signed.encode_to_vec())
}

/// The sample licence after a change, signed as it should be.
fn licence_with(change: impl FnOnce(&mut message::Licence)) -> String {
    let mut licence = vendor::licence();
    change(&mut licence);
    written(DocumentKind::Licence, &vendor::issued(&licence))
}

/// The signed sample licence, its envelope changed afterwards.
fn envelope_with(change: impl FnOnce(&mut message::SignedDocument)) -> String {
    let mut signed = vendor::issued(&vendor::licence());
    change(&mut signed);
    written(DocumentKind::Licence, &signed)
}

fn vectors() -> Vec<Vector> {
    let mut all = honoured::vectors();
    all.extend(damaged::vectors());
    all.extend(distrusted::vectors());
    all.extend(stated::vectors());
    all.extend(contracts::vectors());
    all
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors")
}

/// Reads a text as an installed daemon would: the digest, or code and whole error.
fn outcome(
    text: &[u8],
    kind: DocumentKind,
    root: Option<&TrustedRoot>,
    revocations: &Revocations,
) -> Result<DocumentDigest, (&'static str, String)> {
    let (found, signed) = read_armoured(text).map_err(|error| (error.code(), error.to_string()))?;
    assert_eq!(found, kind, "the label names the kind");
    let unused = vendor::root("root");
    vendor::judged(kind, &signed, root.unwrap_or(&unused), revocations).map_err(|error| {
        let mut whole = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            whole = format!("{whole}: {cause}");
            source = cause.source();
        }
        (error.code(), whole)
    })
}

/// The files that other vectors refer to are vectors themselves.
struct Library(BTreeMap<String, Vec<u8>>);

impl Library {
    fn root(&self, file: &str) -> TrustedRoot {
        let (_, signed) = read_armoured(&self.0[file]).unwrap();
        let root: Verified<VendorRoot> = verify_self_signed(&signed).unwrap();
        TrustedRoot::accepted(&root)
    }

    fn revocations(&self, file: Option<&str>) -> Revocations {
        let Some(file) = file else {
            return Revocations::default();
        };
        let (_, signed) = read_armoured(&self.0[file]).unwrap();
        let list: Verified<RevocationList> =
            verify(&signed, &self.root("root.octroi"), &Revocations::default()).unwrap();
        Revocations::of(&list)
    }

    fn outcome(
        &self,
        file: &str,
        kind: DocumentKind,
        root: Option<&str>,
        revocations: Option<&str>,
    ) -> Result<DocumentDigest, (&'static str, String)> {
        let root = root.map(|root| self.root(root));
        outcome(
            &self.0[file],
            kind,
            root.as_ref(),
            &self.revocations(revocations),
        )
    }
}

fn generated() -> (Library, Value) {
    let vectors = vectors();
    let files: Vec<_> = vectors
        .iter()
        .map(|vector| (vector.file.to_owned(), vector.text.clone()))
        .collect();
    let library = Library(files.iter().cloned().collect());
    assert_eq!(library.0.len(), vectors.len(), "no file stands twice");
    let entries: Vec<Value> = vectors
        .iter()
        .map(|vector| {
            let Vector {
                file, kind, why, ..
            } = vector;
            let outcome = library.outcome(file, *kind, vector.root, vector.revocations);
            let mut entry = json!({
                "file": file,
                "kind": kind.name(),
                "root": vector.root,
                "revocations": vector.revocations,
                "why": why,
            });
            match (outcome, vector.code) {
                (Ok(digest), None) => {
                    entry["outcome"] = json!("honoured");
                    entry["digest"] = json!(digest.to_string());
                }
                (Err((code, error)), Some(expected)) if code == expected => {
                    entry["outcome"] = json!("refused");
                    entry["code"] = json!(code);
                    entry["error"] = json!(error);
                }
                (outcome, expected) => panic!("{file}: {outcome:?}, expected {expected:?}"),
            }
            entry
        })
        .collect();
    let keys: Vec<Value> = KEYS
        .iter()
        .map(|name| {
            json!({
                "name": name,
                "test_seed": hex::encode(vendor::seed(name)),
                "public_key": vendor::public(name).to_string(),
            })
        })
        .collect();
    (
        library,
        json!({ "note": NOTE, "test_keys": keys, "vectors": entries }),
    )
}

const KEYS: [&str; 10] = [
    "root",
    "root-2",
    "impostor",
    "issuing",
    "issuing-2",
    "issuing-3",
    "activation",
    "daemon",
    "dongle",
    "escrow",
];

#[test]
fn the_committed_vectors_are_those_generated() {
    let (library, index) = generated();
    let index_file = folder().join("index.json");
    if env::var_os("OCTROI_WRITE_VECTORS").is_some() {
        fs::create_dir_all(folder()).unwrap();
        for (file, bytes) in &library.0 {
            fs::write(folder().join(file), bytes).unwrap();
        }
        let index = serde_json::to_string_pretty(&index).unwrap() + "\n";
        fs::write(&index_file, index).unwrap();
    }
    let mut committed: BTreeMap<String, Vec<u8>> = fs::read_dir(folder())
        .expect("tests/vectors is there")
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    let committed_index = committed.remove("index.json").expect("the index is there");
    let committed_index: Value = serde_json::from_slice(&committed_index).unwrap();
    assert!(
        committed_index == index,
        "index.json differs: write the vectors anew"
    );
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&committed), names(&library.0));
    for (file, bytes) in &library.0 {
        assert!(
            committed[file] == *bytes,
            "{file} differs: write the vectors anew"
        );
    }
}

#[test]
fn every_committed_vector_has_the_outcome_that_the_index_states() {
    let read = |file: &str| fs::read(folder().join(file)).unwrap();
    let index: Value = serde_json::from_slice(&read("index.json")).unwrap();
    let entries = index["vectors"].as_array().unwrap();
    let text = |entry: &Value, key: &str| entry[key].as_str().map(str::to_owned);
    let library = Library(
        entries
            .iter()
            .map(|entry| text(entry, "file").unwrap())
            .map(|file| (file.clone(), read(&file)))
            .collect(),
    );
    assert!(entries.len() > 60, "the index is whole");
    for entry in entries {
        let file = text(entry, "file").unwrap();
        let kind = DocumentKind::ALL
            .into_iter()
            .find(|kind| entry["kind"] == kind.name())
            .unwrap();
        let (root, revocations) = (text(entry, "root"), text(entry, "revocations"));
        let outcome = library.outcome(&file, kind, root.as_deref(), revocations.as_deref());
        match outcome {
            Ok(digest) => {
                assert_eq!(entry["outcome"], "honoured", "{file}");
                assert_eq!(entry["digest"], digest.to_string(), "{file}");
            }
            Err((code, error)) => {
                assert_eq!(entry["outcome"], "refused", "{file}: {error}");
                assert_eq!(entry["code"], code, "{file}: {error}");
            }
        }
    }
}
