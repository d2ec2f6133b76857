//! The realms of this daemon: one for each vendor that the administrator trusts, found by the root
//! that an application pins or by the vendor's name.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::PathBuf,
    sync::{Arc, RwLock},
};

use octroi_engine::{Actor, Event, Outcome};
use octroi_licence::{VendorId, VendorRoot, Verified};
use tokio::runtime::Handle;

use crate::{
    clock::Clock,
    config::Configuration,
    documents::write_durably,
    hardware::KeyThread,
    paths::{Paths, RealmPaths},
    realm::{self, Realm, RealmError},
    roster::Roster,
};

/// Why a vendor could not be trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TrustError {
    /// Another root is trusted under this name.
    #[error(
        "vendor {vendor} is trusted with another root ({trusted}); a new root must be cross-signed by the old one, or the old realm removed"
    )]
    AnotherRoot {
        /// The vendor.
        vendor: VendorId,
        /// The fingerprint trusted now.
        trusted: String,
    },
    /// The realm's folder could not be made.
    #[error("the realm's folder {path} cannot be made")]
    Folder {
        /// Which folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The realm did not open.
    #[error("the realm cannot be opened")]
    Realm(#[from] RealmError),
}

/// All realms. Looked up once a session; changed when a vendor is trusted.
pub(crate) struct Realms {
    paths: Paths,
    configuration: Configuration,
    clock: Clock,
    desk: Handle,
    roster: Arc<Roster>,
    keys: KeyThread,
    open: RwLock<BTreeMap<VendorId, Realm>>,
}

impl Realms {
    /// Opens every realm on the disk; their owners run on `desk`. One that cannot be opened stops
    /// the start: to serve without its ledger would be to forget it.
    pub(crate) fn open(
        paths: Paths,
        configuration: Configuration,
        clock: Clock,
        desk: Handle,
        roster: Roster,
        keys: KeyThread,
    ) -> Result<Self, RealmError> {
        let mut open = BTreeMap::new();
        let folder = paths.realms();
        let unreadable = |source| RealmError::Io {
            path: folder.clone(),
            source,
        };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let realm_paths = RealmPaths::at(entry.path());
            // A folder without a root is a realm whose making was interrupted before it held anything.
            if !realm_paths.root().exists() {
                continue;
            }
            let realm = realm::open(realm_paths, &configuration, clock, &desk, &keys)?;
            open.insert(realm.vendor().clone(), realm);
        }
        Ok(Self {
            paths,
            configuration,
            clock,
            desk,
            roster: Arc::new(roster),
            keys,
            open: RwLock::new(open),
        })
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<VendorId, Realm>> {
        self.open
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The realm of a root fingerprint.
    pub(crate) fn by_root(&self, root: &[u8]) -> Option<Realm> {
        self.read()
            .values()
            .find(|realm| realm.root().id().as_bytes() == root)
            .cloned()
    }

    /// The realm of a vendor.
    pub(crate) fn by_vendor(&self, vendor: &VendorId) -> Option<Realm> {
        self.read().get(vendor).cloned()
    }

    /// Every realm, by vendor.
    pub(crate) fn all(&self) -> Vec<Realm> {
        self.read().values().cloned().collect()
    }

    /// Where a vendor's realm keeps its things.
    pub(crate) fn paths_of(&self, vendor: &VendorId) -> RealmPaths {
        self.paths.realm(vendor)
    }

    /// What the administrator says of people.
    pub(crate) fn roster(&self) -> &Arc<Roster> {
        &self.roster
    }

    /// The thread that speaks to hardware keys.
    pub(crate) fn keys(&self) -> &KeyThread {
        &self.keys
    }

    pub(crate) fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Trusts a vendor: makes its realm. `true`: it was trusted before.
    pub(crate) async fn trust(
        &self,
        root: &Verified<VendorRoot>,
        armoured: &str,
        uid: u32,
    ) -> Result<(Realm, bool), TrustError> {
        let vendor = root.frame().vendor.clone();
        let fingerprint = root.document().public_key.id();
        if let Some(realm) = self.by_vendor(&vendor) {
            if realm.root().id() == fingerprint {
                return Ok((realm, true));
            }
            let trusted = realm.root().id().to_string();
            return Err(TrustError::AnotherRoot { vendor, trusted });
        }
        let paths = self.paths.realm(&vendor);
        let folder_error = |source| TrustError::Folder {
            path: paths.folder().to_path_buf(),
            source,
        };
        make_private_folder(paths.folder()).map_err(folder_error)?;
        write_durably(&paths.root(), armoured.as_bytes()).map_err(folder_error)?;
        let realm = realm::open(
            paths,
            &self.configuration,
            self.clock,
            &self.desk,
            &self.keys,
        )?;
        let actor = match crate::identities::of_uid(realm.identities(), uid).await {
            Ok(user) => Actor::Administrator(user),
            Err(source) => return Err(RealmError::Identities(source).into()),
        };
        let trusted = Event::VendorTrusted {
            vendor_root: fingerprint,
            actor,
        };
        if let Outcome::Refused(refusal) = realm.note(trusted).await {
            tracing::warn!(?refusal, %vendor, "the ledger did not take the vendor's trust");
        } else {
            tracing::info!(%vendor, %fingerprint, "a vendor is trusted");
        }
        self.open
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(vendor, realm.clone());
        Ok((realm, false))
    }
}

/// Makes a folder that only the daemon reads.
pub(crate) fn make_private_folder(path: &std::path::Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Shared by the services.
pub(crate) type SharedRealms = Arc<Realms>;
