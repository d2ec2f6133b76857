//! Who the pseudonyms in the ledger are: the one place on the machine that holds names, and the one
//! that can forget them. A pseudonym is on the disk before its first use, so that the ledger never
//! names somebody whom this store does not know; where an entry is gone, it reads as erased.
//!
//! Nothing random is made here: fresh pseudonyms and ids come in as values. What asks the system for
//! them, and for account names, is in `system`.

mod erasing;
mod named;
mod proven;
mod store;
mod system;

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockWriteGuard},
};

use octroi_engine::{TextId, UserPseudonym};
use redb::{Database, ReadableDatabase as _, ReadableTable as _};

pub(crate) use erasing::{Known, Who};
pub use named::NamedAs;
pub(crate) use proven::keep_proven;
use store::{PSEUDONYMS, SALTS, TAGS, TEXTS, USERS};
pub(crate) use system::{account, blocking, keep_text, name, of_name, of_uid, random, uid_of};

/// What is shown for whoever was erased.
pub const ERASED: &str = "erased";

/// The longest account name that is kept, in characters; of a longer one its beginning.
const NAME_CHARS_MAX: usize = 256;

/// Users whose pseudonyms are remembered without a look at the disk.
const KNOWN_MAX: usize = 65_536;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentitiesError {
    /// The database.
    #[error("the store of pseudonyms {path} cannot be used")]
    Store {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<redb::Error>,
    },
    /// What should be fresh stands for somebody or something already.
    #[error("the system's entropy is not to be trusted: it gave the same pseudonym twice")]
    NotFresh,
    /// Programs have named as many people as are kept.
    #[error("programs have named {max} people in this realm, and no more are kept")]
    Full {
        /// The bound.
        max: u64,
    },
    /// The system gave no entropy.
    #[error("the system gave no entropy for a pseudonym")]
    Entropy,
    /// The thread that wrote was lost.
    #[error("writing a pseudonym was interrupted")]
    Interrupted,
}

/// The store of one realm. Cheap to copy.
#[derive(Debug, Clone)]
pub struct Identities {
    store: Arc<Store>,
}

#[derive(Debug)]
struct Store {
    path: PathBuf,
    /// Locked for writing only while its file is replaced.
    database: RwLock<Database>,
    /// Users met since the start: a known one costs no look at the disk.
    known: RwLock<HashMap<u32, UserPseudonym>>,
    /// The same for people whom programs named.
    known_names: RwLock<HashMap<(NamedAs, String), UserPseudonym>>,
}

impl Identities {
    /// Opens the store, or makes it, for its owner alone.
    pub fn open(path: &Path) -> Result<Self, IdentitiesError> {
        let database = store::open(path).map_err(|source| IdentitiesError::Store {
            path: path.to_path_buf(),
            source: Box::new(source),
        })?;
        Ok(Self {
            store: Arc::new(Store {
                path: path.to_path_buf(),
                database: RwLock::new(database),
                known: RwLock::default(),
                known_names: RwLock::default(),
            }),
        })
    }

    /// The pseudonym of a user, made and kept with `fresh` where there is none yet. Blocks.
    ///
    /// `name` is asked for when a user is first met since the start; it gives `None` where the system
    /// knows no such account at the moment. A uid that comes back under another name was given to
    /// somebody else, who gets another pseudonym; the earlier one keeps its name.
    pub fn of_uid(
        &self,
        uid: u32,
        fresh: UserPseudonym,
        name: impl FnOnce() -> Option<String>,
    ) -> Result<UserPseudonym, IdentitiesError> {
        if let Some(known) = self.known(uid) {
            return Ok(known);
        }
        let name: String = name()
            .unwrap_or_default()
            .chars()
            .take(NAME_CHARS_MAX)
            .collect();
        let user = self
            .run(|database| pseudonym(database, uid, fresh, &name))?
            .ok_or(IdentitiesError::NotFresh)?;
        let mut known = self.known_mut();
        if known.len() < KNOWN_MAX {
            known.insert(uid, user);
        }
        Ok(user)
    }

    fn known(&self, uid: u32) -> Option<UserPseudonym> {
        let known = self.store.known.read();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        known.get(&uid).copied()
    }

    fn known_mut(&self) -> RwLockWriteGuard<'_, HashMap<u32, UserPseudonym>> {
        let known = self.store.known.write();
        known.unwrap_or_else(PoisonError::into_inner)
    }

    fn known_name(&self, named_as: NamedAs, name: &str) -> Option<UserPseudonym> {
        let known = self.store.known_names.read();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        known.get(&(named_as, name.to_owned())).copied()
    }

    fn known_names_mut(&self) -> RwLockWriteGuard<'_, HashMap<(NamedAs, String), UserPseudonym>> {
        let known = self.store.known_names.write();
        known.unwrap_or_else(PoisonError::into_inner)
    }

    /// Uid and account name of a pseudonym, the name where the system knew one; `None` where it was
    /// erased. Blocks.
    pub fn who(
        &self,
        user: UserPseudonym,
    ) -> Result<Option<(u32, Option<String>)>, IdentitiesError> {
        self.run(|database| {
            let table = database.begin_read()?.open_table(PSEUDONYMS)?;
            let found = table.get(user.0)?;
            Ok(found.map(|found| {
                let (uid, name) = found.value();
                (uid, (!name.is_empty()).then(|| name.to_owned()))
            }))
        })
    }

    /// Forgets who a pseudonym is: afterwards neither table nor file holds the name. `false`: nothing
    /// was known of it. The user gets another pseudonym when next met. Blocks.
    pub fn erase(&self, user: UserPseudonym) -> Result<bool, IdentitiesError> {
        self.erase_all(user, None, &[])
    }

    /// The same, and the texts with it. Where something stays counted for the user, `tag` does too: who
    /// comes back gets it as the pseudonym. Blocks.
    pub fn erase_all(
        &self,
        user: UserPseudonym,
        tag: Option<UserPseudonym>,
        texts: &[TextId],
    ) -> Result<bool, IdentitiesError> {
        let erased = self.run(|database| {
            let write = database.begin_write()?;
            if let Some(tag) = tag {
                write.open_table(TAGS)?.insert(tag.0, ())?;
            }
            {
                let mut table = write.open_table(TEXTS)?;
                let mut salts = write.open_table(SALTS)?;
                for text in texts {
                    table.remove(text.0)?;
                    salts.remove(text.0)?;
                }
            }
            let uid = {
                let mut pseudonyms = write.open_table(PSEUDONYMS)?;
                let mut users = write.open_table(USERS)?;
                let uid = pseudonyms.remove(user.0)?.map(|found| found.value().0);
                if let Some(uid) = uid {
                    let newest = users.get(uid)?.map(|found| found.value());
                    if newest == Some(user.0) {
                        users.remove(uid)?;
                    }
                }
                uid
            };
            write.commit()?;
            Ok(uid)
        })?;
        if let Some(uid) = erased {
            self.known_mut().remove(&uid);
        }
        let name_erased = self.forget_name(user)?;
        self.rewrite()?;
        Ok(erased.is_some() || name_erased)
    }

    /// Keeps a text under a fresh id. Blocks.
    pub fn keep_text(&self, id: TextId, text: &str) -> Result<(), IdentitiesError> {
        let fresh = self.run(|database| {
            let write = database.begin_write()?;
            let taken = write.open_table(TEXTS)?.insert(id.0, text)?.is_some();
            if taken {
                write.abort()?;
            } else {
                write.commit()?;
            }
            Ok(!taken)
        })?;
        fresh.then_some(()).ok_or(IdentitiesError::NotFresh)
    }

    /// The text of an id; `None` where it was erased. Blocks.
    pub fn text(&self, id: TextId) -> Result<Option<String>, IdentitiesError> {
        self.run(|database| {
            let table = database.begin_read()?.open_table(TEXTS)?;
            Ok(table.get(id.0)?.map(|found| found.value().to_owned()))
        })
    }

    /// Forgets a text: afterwards neither table nor file holds it. `false`: there was none. Blocks.
    pub fn erase_text(&self, id: TextId) -> Result<bool, IdentitiesError> {
        let erased = self.run(|database| {
            let write = database.begin_write()?;
            let erased = write.open_table(TEXTS)?.remove(id.0)?.is_some();
            write.open_table(SALTS)?.remove(id.0)?;
            write.commit()?;
            Ok(erased)
        })?;
        self.rewrite()?;
        Ok(erased)
    }

    /// Puts a file in the store's place that holds nothing but what it should.
    fn rewrite(&self) -> Result<(), IdentitiesError> {
        let database = self.store.database.write();
        let mut database = database.unwrap_or_else(PoisonError::into_inner);
        let path = &self.store.path;
        *database = store::rewrite(&database, path).map_err(|source| self.failed(source))?;
        Ok(())
    }

    fn run<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, IdentitiesError> {
        let database = self.store.database.read();
        let database = database.unwrap_or_else(PoisonError::into_inner);
        work(&database).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: redb::Error) -> IdentitiesError {
        IdentitiesError::Store {
            path: self.store.path.clone(),
            source: Box::new(source),
        }
    }
}

/// Looks a user up by uid and name (empty: not known at the moment), or keeps it under `fresh`;
/// `None` where that is not fresh.
fn pseudonym(
    database: &Database,
    uid: u32,
    fresh: UserPseudonym,
    name: &str,
) -> Result<Option<UserPseudonym>, redb::Error> {
    let write = database.begin_write()?;
    let tags: BTreeSet<[u8; 16]> = {
        let table = write.open_table(TAGS)?;
        let tags = table.iter()?.map(|entry| Ok(entry?.0.value()));
        tags.collect::<Result<_, redb::Error>>()?
    };
    let user = {
        let mut users = write.open_table(USERS)?;
        let mut pseudonyms = write.open_table(PSEUDONYMS)?;
        let newest = users.get(uid)?.map(|found| found.value());
        let kept = match newest {
            None => None,
            Some(newest) => pseudonyms
                .get(newest)?
                .map(|found| (newest, found.value().1.to_owned())),
        };
        match kept {
            Some((user, kept)) if name.is_empty() || kept == name => user,
            // Its name was not known until now.
            Some((user, kept)) if kept.is_empty() => {
                pseudonyms.insert(user, (uid, name))?;
                user
            }
            _ => {
                // Who was erased and comes back is known under the tag that stayed.
                let user = erasing::tag(&write, Who::Account(uid), name)?
                    .filter(|tag| tags.contains(tag))
                    .unwrap_or(fresh.0);
                if pseudonyms.insert(user, (uid, name))?.is_some() {
                    return Ok(None);
                }
                users.insert(uid, user)?;
                user
            }
        }
    };
    write.commit()?;
    Ok(Some(UserPseudonym(user)))
}

#[cfg(test)]
mod tests;
