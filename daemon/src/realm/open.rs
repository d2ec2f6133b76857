//! Opening a realm: its root, its key, its ledger replayed into an engine, its documents verified
//! again, and the sessions whose processes still live.

use std::{io, path::PathBuf, sync::Arc};

use octroi_engine::{Engine, Policy, SessionId};
use octroi_licence::{
    ArmourError, DocumentError, DocumentKind, TrustedRoot, VendorRoot, Verified, read_armoured,
    verify_self_signed,
};
use tokio::{runtime::Handle, sync::mpsc};

use super::{Inner, QUEUE_MAX, Realm, owner::Owner};
use crate::{
    clock::Clock,
    config::Configuration,
    daemon_key::{self, DaemonKeyError},
    documents::{DocumentStore, StoredDocumentError},
    hardware::KeyThread,
    identities::{Identities, IdentitiesError},
    ledger::{FolderDisk, Ledger, LedgerError, LedgerIdentity, LedgerOptions},
    paths::RealmPaths,
    peer::{self, LivingProcess},
    realms::make_private_folder,
    text::sentence,
};

/// Why a realm did not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RealmError {
    /// A file or folder cannot be used.
    #[error("{path} cannot be used")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The vendor's root is damaged.
    #[error("the vendor's root {path} cannot be read; trust the vendor again")]
    Root {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: ArmourError,
    },
    /// The vendor's root is not what it says.
    #[error("the vendor's root {path} does not verify; trust the vendor again")]
    RootForged {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: DocumentError,
    },
    /// The daemon's key.
    #[error("the daemon has no key")]
    Key(#[from] DaemonKeyError),
    /// The store of pseudonyms.
    #[error("the store of pseudonyms cannot be opened")]
    Identities(#[source] IdentitiesError),
    /// The ledger.
    #[error("the ledger in {path} cannot be opened")]
    Ledger {
        /// Its folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: LedgerError,
    },
    /// Documents are there, and the ledger that names them is not.
    #[error(
        "the ledger in {path} is gone, although documents were installed under it: put it back, or move {realm} away, trust the vendor again and activate anew"
    )]
    LedgerGone {
        /// Its folder.
        path: PathBuf,
        /// The realm's folder.
        realm: PathBuf,
    },
    /// A document that the ledger names.
    #[error("a document that the ledger names is not there")]
    Document(#[from] StoredDocumentError),
}

/// Opens the realm and starts its owner on `desk`.
pub(crate) fn open(
    paths: RealmPaths,
    configuration: &Configuration,
    clock: Clock,
    desk: &Handle,
    keys: &KeyThread,
) -> Result<Realm, RealmError> {
    let root_document = read_root(&paths)?;
    let root = TrustedRoot::accepted(&root_document);
    let vendor = root_document.frame().vendor.clone();
    let daemon_key = daemon_key::read_or_create(&paths.daemon_key())?;
    for folder in [paths.documents(), paths.ledger()] {
        make_private_folder(&folder).map_err(|source| RealmError::Io {
            path: folder.clone(),
            source,
        })?;
    }
    let identities = Identities::open(&paths.identities()).map_err(RealmError::Identities)?;
    let policy = Policy {
        sessions_max: configuration.limits.sessions_max,
        sessions_per_user_max: configuration.limits.sessions_per_user_max,
        ..Policy::default()
    };
    let documents = DocumentStore::new(paths.documents());
    let inner = Arc::new(Inner {
        vendor,
        root,
        root_document,
        daemon_key,
        documents,
        identities,
        policy,
        paths,
    });
    let options = LedgerOptions {
        segment_bytes_max: configuration.ledger.segment_bytes_max,
        ..LedgerOptions::default()
    };
    let ledger_error = |source| RealmError::Ledger {
        path: inner.paths.ledger(),
        source,
    };
    let identity = LedgerIdentity {
        vendor_root: inner.root.id(),
        daemon_key: inner.daemon_key.verifying_key().into(),
    };
    let ledger_folder = Arc::new(FolderDisk::new(&inner.paths.ledger()));
    let mut engine = empty_engine(&inner);
    let ledger = Ledger::open(ledger_folder, identity, options, &mut |_, record| {
        engine.apply(&record);
    })
    .map_err(ledger_error)?;
    // A new ledger would forget suspensions and what was used: nobody gets one by removing the old.
    if ledger.is_new() && !inner.documents.is_empty() {
        return Err(RealmError::LedgerGone {
            path: inner.paths.ledger(),
            realm: inner.paths.folder().to_path_buf(),
        });
    }
    add_documents(&inner, &mut engine)?;
    let living = living(&engine, clock);
    let (owner, incoming) = mpsc::channel(QUEUE_MAX);
    let task = Owner::new(
        inner.clone(),
        engine,
        ledger,
        clock,
        incoming,
        owner.downgrade(),
        keys.clone(),
    );
    desk.spawn(task.run(living));
    Ok(Realm { inner, owner })
}

/// Reads the ledger anew into a fresh engine, after a failure to write.
pub(super) fn rebuild(inner: &Inner, ledger: &mut Ledger) -> Result<Engine, RealmError> {
    let mut engine = empty_engine(inner);
    ledger
        .reopen(&mut |_, record| engine.apply(&record))
        .map_err(|source| RealmError::Ledger {
            path: inner.paths.ledger(),
            source,
        })?;
    add_documents(inner, &mut engine)?;
    Ok(engine)
}

fn empty_engine(inner: &Inner) -> Engine {
    Engine::new(
        inner.policy.clone(),
        inner.daemon_key.verifying_key().into(),
    )
}

fn add_documents(inner: &Inner, engine: &mut Engine) -> Result<(), RealmError> {
    for (code, digest) in engine.documents_needed() {
        engine.add_document(inner.documents.load(code, digest, &inner.root)?);
    }
    for (code, digest) in engine.documents_told() {
        match inner.documents.load(code, digest, &inner.root) {
            Ok(document) => engine.add_document(document),
            Err(error) => {
                let error = sentence(&error);
                tracing::warn!(error, %digest, "an order's words cannot be read; it holds");
            }
        }
    }
    Ok(())
}

/// Sessions whose process still lives, each with a fresh hold on it. Sessions of another boot are the
/// engine's to end: it knows which boot the ledger was written in.
fn living(engine: &Engine, clock: Clock) -> Vec<(SessionId, LivingProcess)> {
    engine
        .sessions()
        .filter_map(|session| {
            let process = session.process?;
            match peer::living(process, clock.boot_id(), clock.boot_id()) {
                Ok(living) => Some((session.session, living?)),
                Err(error) => {
                    let error = sentence(&error);
                    tracing::warn!(
                        error,
                        pid = process.pid,
                        "a session's process cannot be held"
                    );
                    None
                }
            }
        })
        .collect()
}

fn read_root(paths: &RealmPaths) -> Result<Verified<VendorRoot>, RealmError> {
    let path = paths.root();
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(source) => return Err(RealmError::Io { path, source }),
    };
    let (kind, signed) = match read_armoured(&text) {
        Ok(document) => document,
        Err(source) => return Err(RealmError::Root { path, source }),
    };
    if kind != DocumentKind::VendorRoot {
        let (expected, actual) = (DocumentKind::VendorRoot, kind);
        let source = DocumentError::AnotherKind { expected, actual };
        return Err(RealmError::RootForged { path, source });
    }
    verify_self_signed(&signed).map_err(|source| RealmError::RootForged { path, source })
}
