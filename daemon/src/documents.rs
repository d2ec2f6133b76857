//! Documents on the disk, one file each, named by digest and kind. They are durable before the
//! ledger names them. A file that does not verify, or whose digest is not its name, is not used.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use octroi_engine::{DocumentCode, InstalledDocument};
use octroi_licence::{
    DocumentDigest, DocumentError, DocumentKind, DocumentType, EndOfUseCertificate, Revocations,
    TrustedRoot, Verified, decode_signed, message::SignedDocument, verify, verify_self_signed,
};

/// Why a stored document cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoredDocumentError {
    /// The file cannot be read or written.
    #[error("document {path} cannot be used; install it again")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not what it was when it was installed.
    #[error("document {path} no longer verifies; install it again")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: DocumentError,
    },
    /// The file holds another document than its name says.
    #[error("document {path} holds another document ({found}); install the right one again")]
    Swapped {
        /// Which file.
        path: PathBuf,
        /// The digest found.
        found: DocumentDigest,
    },
    /// The ledger names a document of a kind that this version keeps no file of.
    #[error("documents of kind {code:?} are not kept by this version")]
    Kind {
        /// The kind.
        code: DocumentCode,
    },
}

/// The folder of one realm's documents.
#[derive(Debug, Clone)]
pub(crate) struct DocumentStore {
    folder: PathBuf,
}

impl DocumentStore {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Says whether a document was ever kept here; a folder that cannot be read is as good as full.
    pub(crate) fn is_empty(&self) -> bool {
        fs::read_dir(&self.folder).is_ok_and(|mut entries| entries.next().is_none())
    }

    fn path(&self, kind: DocumentKind, digest: DocumentDigest) -> PathBuf {
        self.folder.join(format!("{digest}.{}", kind.name()))
    }

    /// Keeps a document; it is on the disk when this returns.
    pub(crate) fn keep<T: DocumentType>(
        &self,
        document: &Verified<T>,
    ) -> Result<(), StoredDocumentError> {
        let path = self.path(T::KIND, document.digest());
        if path.exists() {
            return Ok(());
        }
        write_durably(&path, document.bytes())
            .map_err(|source| StoredDocumentError::Io { path, source })
    }

    /// Reads what the ledger names.
    pub(crate) fn load(
        &self,
        code: DocumentCode,
        digest: DocumentDigest,
        root: &TrustedRoot,
    ) -> Result<InstalledDocument, StoredDocumentError> {
        match code {
            DocumentCode::Licence => self
                .verified(digest, root)
                .map(|one| InstalledDocument::Licence(Arc::new(one))),
            DocumentCode::ActivationCertificate => self
                .verified(digest, root)
                .map(|one| InstalledDocument::Certificate(Arc::new(one))),
            DocumentCode::Order => self
                .verified(digest, root)
                .map(|one| InstalledDocument::Order(Arc::new(one))),
            DocumentCode::Amendment => self
                .verified(digest, root)
                .map(|one| InstalledDocument::Amendment(Arc::new(one))),
            // The vendor's root has no say about it. That its licence named this key when it came, the
            // ledger says by its digest.
            DocumentCode::EscrowRelease => self
                .read(digest, verify_self_signed)
                .map(|one| InstalledDocument::EscrowRelease(Arc::new(one))),
            DocumentCode::RevocationList => self
                .verified(digest, root)
                .map(|one| InstalledDocument::Revocations(Arc::new(one))),
            other => Err(StoredDocumentError::Kind { code: other }),
        }
    }

    /// A certificate of the end of use that this daemon made, as it was signed.
    pub(crate) fn end_of_use(
        &self,
        digest: DocumentDigest,
    ) -> Result<SignedDocument, StoredDocumentError> {
        let kind = DocumentKind::EndOfUseCertificate;
        let path = self.path(kind, digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(StoredDocumentError::Io { path, source }),
        };
        let read = decode_signed(kind, &bytes).and_then(|signed| {
            let found = verify_self_signed::<EndOfUseCertificate>(&signed)?.digest();
            Ok((signed, found))
        });
        match read {
            Ok((signed, found)) if found == digest => Ok(signed),
            Ok((_, found)) => Err(StoredDocumentError::Swapped { path, found }),
            Err(source) => Err(StoredDocumentError::Damaged { path, source }),
        }
    }

    fn verified<T: DocumentType>(
        &self,
        digest: DocumentDigest,
        root: &TrustedRoot,
    ) -> Result<Verified<T>, StoredDocumentError> {
        // Revocations are the engine's to judge for what is already installed: it knows which
        // documents a list still honours.
        let none = Revocations::default();
        self.read(digest, |signed| verify(signed, root, &none))
    }

    fn read<T: DocumentType>(
        &self,
        digest: DocumentDigest,
        verify: impl FnOnce(&SignedDocument) -> Result<Verified<T>, DocumentError>,
    ) -> Result<Verified<T>, StoredDocumentError> {
        let path = self.path(T::KIND, digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(StoredDocumentError::Io { path, source }),
        };
        let document = decode_signed(T::KIND, &bytes)
            .and_then(|signed| verify(&signed))
            .map_err(|source| StoredDocumentError::Damaged {
                path: path.clone(),
                source,
            })?;
        if document.digest() == digest {
            Ok(document)
        } else {
            Err(StoredDocumentError::Swapped {
                path,
                found: document.digest(),
            })
        }
    }
}

/// Writes a file so that a crash leaves either nothing or all of it.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let temporary = folder.join(name);
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}
