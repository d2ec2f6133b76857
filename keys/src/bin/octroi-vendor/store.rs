//! The register as a folder, held by one process at a time:
//!
//! ```text
//! register/lock                         held while anything is read or changed
//! register/licences/ID/record.json      what was issued, ordered, activated
//! register/licences/ID/code-SERIAL      the serial's activation code, in clear, for its owner only
//! register/licences/ID/order-SERIAL.toml the order that the serial was issued from
//! register/documents/DIGEST.octroi      every document, armoured, exactly as it was handed out
//! register/revocations.octroi           the newest revocation list
//! ```
//!
//! Documents and codes are written first, the record that names them last: what a crash leaves
//! behind is a file that no record names.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use octroi_licence::{
    Amendment, DocumentDigest, DocumentKind, DocumentType, KeyId, Licence, LicenceId, Order,
    RevocationList, Revocations, TermSet, TrustedRoot, Verified, digest_of,
    message::SignedDocument, verify, verify_with,
};
use octroi_vendor::{ActivationCode, LicenceRecord, order::ORDER_BYTES_MAX};
use zeroize::Zeroizing;

use crate::{
    failure::Failure,
    files::{self, Readers},
    folder::{expect_kind, read_document},
};

const RECORD_BYTES_MAX: usize = 256 << 20;
const CODE_BYTES_MAX: usize = 1024;

/// A licence's amendments and its orders.
pub(crate) type Said = (Vec<Verified<Amendment>>, Vec<Verified<Order>>);

/// The register, locked until it is dropped.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    _lock: File,
}

impl Store {
    /// Makes an empty register.
    pub(crate) fn create(path: &Path) -> Result<(), Failure> {
        for folder in [path, &path.join("licences"), &path.join("documents")] {
            files::make_private_folder(folder)?;
        }
        Ok(())
    }

    /// Opens the register, waiting for whoever holds it.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let lock = files::lock(&path.join("lock"))?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    fn licence_folder(&self, licence: &LicenceId) -> PathBuf {
        // An id is of a-z, 0-9 and hyphens: no path can hide in it.
        self.path.join("licences").join(licence.as_str())
    }

    /// The record of a licence, if it has one.
    pub(crate) fn record(&self, licence: &LicenceId) -> Result<Option<LicenceRecord>, Failure> {
        let file = self.licence_folder(licence).join("record.json");
        if !file.exists() {
            return Ok(None);
        }
        let text = files::read(&file, RECORD_BYTES_MAX)?;
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| Failure::from(error).context(file.display().to_string()))
    }

    /// The record of a licence that must have one.
    pub(crate) fn known(&self, licence: &LicenceId) -> Result<LicenceRecord, Failure> {
        self.record(licence)?.ok_or_else(|| {
            Failure::words(format!("the register knows no licence {licence}"))
                .help("octroi-vendor register list shows those it knows; --keys chooses another")
        })
    }

    /// Stores a record; from now on it counts.
    pub(crate) fn put_record(&self, record: &LicenceRecord) -> Result<(), Failure> {
        let folder = self.licence_folder(record.licence());
        files::ensure_private_folder(&folder)?;
        let mut text = serde_json::to_vec_pretty(record)?;
        text.push(b'\n');
        Ok(files::replace(&folder.join("record.json"), &text)?)
    }

    /// The ids of the licences with a record.
    pub(crate) fn licences(&self) -> Result<Vec<LicenceId>, Failure> {
        let names = files::names_in(&self.path.join("licences"))?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    fn code_file(&self, licence: &LicenceId, serial: u64) -> PathBuf {
        self.licence_folder(licence).join(format!("code-{serial}"))
    }

    /// A serial's activation code.
    pub(crate) fn code(&self, licence: &LicenceId, serial: u64) -> Result<ActivationCode, Failure> {
        let file = self.code_file(licence, serial);
        let text = Zeroizing::new(files::read_text(&file, CODE_BYTES_MAX)?);
        text.parse()
            .map_err(|error| Failure::new(error).context(file.display().to_string()))
    }

    /// Stores the code of a serial that is not in the record yet.
    pub(crate) fn put_code(
        &self,
        licence: &LicenceId,
        serial: u64,
        code: &ActivationCode,
    ) -> Result<(), Failure> {
        files::ensure_private_folder(&self.licence_folder(licence))?;
        let text = Zeroizing::new(format!("{}\n", code.expose()));
        Ok(files::replace(
            &self.code_file(licence, serial),
            text.as_bytes(),
        )?)
    }

    fn order_file(&self, licence: &LicenceId, serial: u64) -> PathBuf {
        self.licence_folder(licence)
            .join(format!("order-{serial}.toml"))
    }

    /// The order that a serial was issued from, where the register has it.
    pub(crate) fn order(
        &self,
        licence: &LicenceId,
        serial: u64,
    ) -> Result<Option<String>, Failure> {
        let file = self.order_file(licence, serial);
        if !file.exists() {
            return Ok(None);
        }
        Ok(Some(files::read_text(&file, ORDER_BYTES_MAX)?))
    }

    /// Stores the order that a serial is issued from.
    pub(crate) fn put_order(
        &self,
        licence: &LicenceId,
        serial: u64,
        text: &str,
    ) -> Result<(), Failure> {
        files::ensure_private_folder(&self.licence_folder(licence))?;
        let file = self.order_file(licence, serial);
        Ok(files::replace(&file, text.as_bytes())?)
    }

    fn document_file(&self, digest: DocumentDigest) -> PathBuf {
        self.path.join("documents").join(format!("{digest}.octroi"))
    }

    /// Stores a document as it will be handed out.
    pub(crate) fn put_document(&self, digest: DocumentDigest, text: &str) -> Result<(), Failure> {
        let file = self.document_file(digest);
        Ok(files::write_new(&file, text.as_bytes(), Readers::Owner)?)
    }

    /// A document as it was handed out.
    pub(crate) fn document_text(&self, digest: DocumentDigest) -> Result<Vec<u8>, Failure> {
        let file = self.document_file(digest);
        Ok(files::read(&file, octroi_licence::ARMOURED_BYTES_MAX)?)
    }

    /// A document, verified anew: the register's files are not trusted more than others.
    pub(crate) fn document<T: DocumentType>(
        &self,
        digest: DocumentDigest,
        root: &TrustedRoot,
        revocations: &Revocations,
    ) -> Result<Verified<T>, Failure> {
        let file = self.document_file(digest);
        let (kind, signed) = read_document(&file)?;
        expect_kind(kind, T::KIND, &file)?;
        Ok(verify_with(&signed, root, revocations, TermSet::KNOWN)?)
    }

    /// What holds of a licence: the outcome of its newest amendment, else the newest serial itself.
    pub(crate) fn terms_of(
        &self,
        record: &LicenceRecord,
        newest: &Verified<Licence>,
        root: &TrustedRoot,
        revocations: &Revocations,
    ) -> Result<Licence, Failure> {
        let Some(given) = record.newest_amendment() else {
            return Ok(newest.document().clone());
        };
        let amendment: Verified<Amendment> = self.document(given.digest, root, revocations)?;
        Ok(amendment.document().outcome.clone())
    }

    /// Everything that was said of a licence: its amendments and its orders, ascending.
    pub(crate) fn said(
        &self,
        record: &LicenceRecord,
        root: &TrustedRoot,
        revocations: &Revocations,
    ) -> Result<Said, Failure> {
        let amendments = record.amendments().iter();
        let amendments = amendments.map(|one| self.document(one.digest, root, revocations));
        let orders = record.orders().iter();
        let orders = orders.map(|one| self.document(one.digest, root, revocations));
        Ok((
            amendments.collect::<Result<_, _>>()?,
            orders.collect::<Result<_, _>>()?,
        ))
    }

    /// Digests of every document in the register that this key signed.
    pub(crate) fn documents_signed_by(&self, key: &KeyId) -> Result<Vec<DocumentDigest>, Failure> {
        let folder = self.path.join("documents");
        let mut digests = Vec::new();
        for name in files::names_in(&folder)? {
            if !name.ends_with(".octroi") {
                continue;
            }
            let (kind, signed): (DocumentKind, SignedDocument) = read_document(&folder.join(name))?;
            if signed
                .signatures
                .iter()
                .any(|one| one.key_id == key.as_bytes())
            {
                digests.push(digest_of(kind, &signed.payload));
            }
        }
        Ok(digests)
    }

    fn revocations_file(&self) -> PathBuf {
        self.path.join("revocations.octroi")
    }

    /// The newest revocation list, if there is one.
    pub(crate) fn revocation_list(
        &self,
        root: &TrustedRoot,
    ) -> Result<Option<Verified<RevocationList>>, Failure> {
        let file = self.revocations_file();
        if !file.exists() {
            return Ok(None);
        }
        let (kind, signed) = read_document(&file)?;
        expect_kind(kind, DocumentKind::RevocationList, &file)?;
        Ok(Some(verify(&signed, root, &Revocations::default())?))
    }

    /// What is revoked.
    pub(crate) fn revocations(&self, root: &TrustedRoot) -> Result<Revocations, Failure> {
        let list = self.revocation_list(root)?;
        Ok(list.as_ref().map(Revocations::of).unwrap_or_default())
    }

    pub(crate) fn put_revocation_list(&self, text: &str) -> Result<(), Failure> {
        Ok(files::replace(&self.revocations_file(), text.as_bytes())?)
    }
}
