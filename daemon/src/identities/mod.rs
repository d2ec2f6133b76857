//! Who the pseudonyms in the ledger are: the one place on the machine that holds names, and the one
//! that can forget them. A pseudonym is on the disk before its first use, so that the ledger never
//! names somebody whom this store does not know; where an entry is gone, it reads as erased.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use octroi_engine::{TextId, UserPseudonym};
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

/// Pseudonyms by uid.
const USERS: TableDefinition<'_, u32, [u8; 16]> = TableDefinition::new("users");
/// Uid and name by pseudonym.
const PSEUDONYMS: TableDefinition<'_, [u8; 16], (u32, &str)> = TableDefinition::new("pseudonyms");
/// Free texts, such as an administrator's reasons.
const TEXTS: TableDefinition<'_, [u8; 16], &str> = TableDefinition::new("texts");

/// What is shown for whoever was erased.
pub const ERASED: &str = "erased";

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
    database: Database,
    /// Users met since the start: a known one costs no look at the disk.
    known: RwLock<HashMap<u32, UserPseudonym>>,
}

impl Identities {
    /// Opens the store, or makes it.
    pub fn open(path: &Path) -> Result<Self, IdentitiesError> {
        let fail = |source: redb::Error| IdentitiesError::Store {
            path: path.to_path_buf(),
            source: Box::new(source),
        };
        let database = Database::create(path).map_err(|error| fail(error.into()))?;
        let tables = || -> Result<(), redb::Error> {
            let write = database.begin_write()?;
            write.open_table(USERS)?;
            write.open_table(PSEUDONYMS)?;
            write.open_table(TEXTS)?;
            Ok(write.commit()?)
        };
        tables().map_err(fail)?;
        let known = RwLock::default();
        Ok(Self {
            store: Arc::new(Store {
                path: path.to_path_buf(),
                database,
                known,
            }),
        })
    }

    /// The pseudonym of a user, made and kept with `fresh` where there is none yet. Blocks.
    pub fn of_uid(
        &self,
        uid: u32,
        fresh: UserPseudonym,
        name: impl FnOnce() -> String,
    ) -> Result<UserPseudonym, IdentitiesError> {
        if let Some(known) = self.known(uid) {
            return Ok(known);
        }
        let user = self.run(|database| {
            let write = database.begin_write()?;
            let user = {
                let mut users = write.open_table(USERS)?;
                let found = users.get(uid)?.map(|found| UserPseudonym(found.value()));
                if let Some(found) = found {
                    found
                } else {
                    users.insert(uid, fresh.0)?;
                    write
                        .open_table(PSEUDONYMS)?
                        .insert(fresh.0, (uid, name().as_str()))?;
                    fresh
                }
            };
            write.commit()?;
            Ok(user)
        })?;
        let mut known = self
            .store
            .known
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        known.insert(uid, user);
        Ok(user)
    }

    fn known(&self, uid: u32) -> Option<UserPseudonym> {
        let known = self
            .store
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        known.get(&uid).copied()
    }

    /// Uid and name of a pseudonym; `None` where it was erased. Blocks.
    pub fn who(&self, user: UserPseudonym) -> Result<Option<(u32, String)>, IdentitiesError> {
        self.run(|database| {
            let table = database.begin_read()?.open_table(PSEUDONYMS)?;
            let found = table.get(user.0)?;
            Ok(found.map(|found| {
                let (uid, name) = found.value();
                (uid, name.to_owned())
            }))
        })
    }

    /// Forgets who a pseudonym is. `false`: nothing was known of it. The user gets another pseudonym
    /// when next met. Blocks.
    pub fn erase(&self, user: UserPseudonym) -> Result<bool, IdentitiesError> {
        let erased = self.run(|database| {
            let write = database.begin_write()?;
            let uid = {
                let mut pseudonyms = write.open_table(PSEUDONYMS)?;
                let uid = pseudonyms.remove(user.0)?.map(|found| found.value().0);
                if let Some(uid) = uid {
                    write.open_table(USERS)?.remove(uid)?;
                }
                uid
            };
            write.commit()?;
            Ok(uid)
        })?;
        if let Some(uid) = erased {
            let mut known = self
                .store
                .known
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            known.remove(&uid);
        }
        Ok(erased.is_some())
    }

    /// Keeps a text under a random id. Blocks.
    pub fn keep_text(&self, id: TextId, text: &str) -> Result<(), IdentitiesError> {
        self.run(|database| {
            let write = database.begin_write()?;
            write.open_table(TEXTS)?.insert(id.0, text)?;
            Ok(write.commit()?)
        })
    }

    /// The text of an id; `None` where it was erased. Blocks.
    pub fn text(&self, id: TextId) -> Result<Option<String>, IdentitiesError> {
        self.run(|database| {
            let table = database.begin_read()?.open_table(TEXTS)?;
            Ok(table.get(id.0)?.map(|found| found.value().to_owned()))
        })
    }

    fn run<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, IdentitiesError> {
        work(&self.store.database).map_err(|source| IdentitiesError::Store {
            path: self.store.path.clone(),
            source: Box::new(source),
        })
    }
}

/// The pseudonym of a user; a known one is answered without leaving the task.
pub(crate) async fn of_uid(
    identities: &Identities,
    uid: u32,
) -> Result<UserPseudonym, IdentitiesError> {
    if let Some(known) = identities.known(uid) {
        return Ok(known);
    }
    let identities = identities.clone();
    blocking(move || {
        let fresh = UserPseudonym(random()?);
        identities.of_uid(uid, fresh, || account_name(uid))
    })
    .await
}

/// The name of a pseudonym, for administrators of this machine.
pub(crate) async fn name(identities: &Identities, user: UserPseudonym) -> String {
    let identities = identities.clone();
    match blocking(move || identities.who(user)).await {
        Ok(Some((_, name))) => name,
        Ok(None) => ERASED.to_owned(),
        Err(error) => {
            tracing::error!(%error, "a pseudonym cannot be looked up");
            user.to_string()
        }
    }
}

/// Keeps a text; gives its id.
pub(crate) async fn keep_text(
    identities: &Identities,
    text: String,
) -> Result<TextId, IdentitiesError> {
    let identities = identities.clone();
    blocking(move || {
        let id = TextId(random()?);
        identities.keep_text(id, &text)?;
        Ok(id)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IdentitiesError> + Send + 'static,
) -> Result<T, IdentitiesError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| IdentitiesError::Interrupted)?
}

fn random() -> Result<[u8; 16], IdentitiesError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| IdentitiesError::Entropy)?;
    Ok(bytes)
}

/// The account's name now; the number where the system knows none.
fn account_name(uid: u32) -> String {
    let name = || {
        let users = sysinfo::Users::new_with_refreshed_list().ok()?;
        let uid = sysinfo::Uid::try_from(usize::try_from(uid).ok()?).ok()?;
        users
            .get_user_by_id(&uid)
            .map(|user| user.name().to_owned())
    };
    name().unwrap_or_else(|| uid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: UserPseudonym = UserPseudonym([7; 16]);

    fn store(folder: &tempfile::TempDir) -> Identities {
        Identities::open(&folder.path().join("identities.redb")).unwrap()
    }

    #[test]
    fn a_user_keeps_its_pseudonym_when_the_store_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = store(&folder)
            .of_uid(1000, FRESH, || "alice".to_owned())
            .unwrap();
        let other = UserPseudonym([8; 16]);
        let again = store(&folder)
            .of_uid(1000, other, || "alice".to_owned())
            .unwrap();
        assert_eq!(first, again);
        assert_eq!(
            store(&folder).who(first).unwrap(),
            Some((1000, "alice".to_owned()))
        );
    }

    #[test]
    fn an_erased_user_is_unknown_and_gets_another_pseudonym() {
        let folder = tempfile::tempdir().unwrap();
        let identities = store(&folder);
        let user = identities
            .of_uid(1000, FRESH, || "alice".to_owned())
            .unwrap();
        assert!(identities.erase(user).unwrap());
        assert!(!identities.erase(user).unwrap());
        assert_eq!(identities.who(user).unwrap(), None);
        let other = UserPseudonym([8; 16]);
        assert_eq!(
            identities
                .of_uid(1000, other, || "alice".to_owned())
                .unwrap(),
            other
        );
    }

    #[test]
    fn a_text_lies_under_its_id_until_nobody_knows_it() {
        let folder = tempfile::tempdir().unwrap();
        let identities = store(&folder);
        identities
            .keep_text(TextId([1; 16]), "left the company")
            .unwrap();
        assert_eq!(
            identities.text(TextId([1; 16])).unwrap().as_deref(),
            Some("left the company")
        );
        assert_eq!(identities.text(TextId([2; 16])).unwrap(), None);
    }
}
