//! Every path that the daemon and its tools read or write, in one place. Nothing else on the machine
//! is written.

use std::path::{Path, PathBuf};

use octroi_licence::VendorId;

/// Bytes that a Unix socket's path may have on Linux, the final zero byte included.
pub const SOCKET_PATH_BYTES_MAX: usize = 108;

/// Where things are: system-wide, or all under one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    prefix: PathBuf,
}

impl Paths {
    /// The system's own places.
    pub fn system() -> Self {
        Self {
            prefix: PathBuf::from("/"),
        }
    }

    /// All under one folder, as `--root DIR` asks; any user can run a daemon so.
    pub fn under(root: &Path) -> Self {
        Self {
            prefix: root.to_path_buf(),
        }
    }

    /// `/etc/octroi/octroid.toml`.
    pub fn configuration(&self) -> PathBuf {
        self.prefix.join("etc/octroi/octroid.toml")
    }

    /// `/etc/octroi/users.toml`: company and kind of each user.
    pub fn users(&self) -> PathBuf {
        self.prefix.join("etc/octroi/users.toml")
    }

    /// `/run/octroi`: the sockets' folder.
    pub fn run(&self) -> PathBuf {
        self.prefix.join("run/octroi")
    }

    /// `/run/octroi/octroi.sock`: for applications.
    pub fn socket(&self) -> PathBuf {
        self.run().join("octroi.sock")
    }

    /// `/run/octroi/admin.sock`: for administrators, group `octroi`.
    pub fn admin_socket(&self) -> PathBuf {
        self.run().join("admin.sock")
    }

    /// `/var/lib/octroi`: the state, locked by the one daemon that uses it.
    pub fn state(&self) -> PathBuf {
        self.prefix.join("var/lib/octroi")
    }

    /// `/var/lib/octroi/realms`.
    pub fn realms(&self) -> PathBuf {
        self.state().join("realms")
    }

    /// One vendor's realm.
    pub fn realm(&self, vendor: &VendorId) -> RealmPaths {
        RealmPaths {
            folder: self.realms().join(vendor.as_str()),
        }
    }
}

/// Where one realm's things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealmPaths {
    folder: PathBuf,
}

impl RealmPaths {
    /// The realm in this folder.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// `realms/<vendor>`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The vendor's root, as the administrator trusted it.
    pub fn root(&self) -> PathBuf {
        self.folder.join("root.pub")
    }

    /// The daemon's key in this realm: PKCS#8, readable by the daemon alone.
    pub fn daemon_key(&self) -> PathBuf {
        self.folder.join("daemon.key")
    }

    /// The ledger's segments.
    pub fn ledger(&self) -> PathBuf {
        self.folder.join("ledger")
    }

    /// Documents by digest.
    pub fn documents(&self) -> PathBuf {
        self.folder.join("documents")
    }

    /// Usage reports and their receipts, as they were exchanged.
    pub fn reports(&self) -> PathBuf {
        self.folder.join("reports")
    }

    /// Who the pseudonyms are; the one erasable place.
    pub fn identities(&self) -> PathBuf {
        self.folder.join("identities.redb")
    }
}
