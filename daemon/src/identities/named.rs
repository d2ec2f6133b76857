//! Pseudonyms of people whom programs name: declared accounts, and end users behind an application
//! server. As with users of the system, the mapping is on the disk before its first use.

use octroi_engine::UserPseudonym;
use redb::{Database, ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _};

use super::{
    Identities, IdentitiesError, KNOWN_MAX, Known, Who, erasing,
    store::{NAMED, NAMES, TAGS},
};

/// People whom programs may have named, in one realm.
const NAMES_MAX: u64 = 1 << 20;

/// As what somebody is named. The same name as another is another person. The numbers are in the
/// store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamedAs {
    /// An account that a program declares.
    DeclaredAccount = 1,
    /// An end user behind a program.
    EndUser = 2,
    /// Nobody: an operation of a metered feature, such as one campaign.
    Operation = 3,
    /// A user inside a container, where such users count each by himself.
    InContainer = 4,
}

impl NamedAs {
    pub(super) fn number(self) -> u8 {
        match self {
            Self::DeclaredAccount => 1,
            Self::EndUser => 2,
            Self::Operation => 3,
            Self::InContainer => 4,
        }
    }

    fn of_number(number: u8) -> Option<Self> {
        let all = [
            Self::DeclaredAccount,
            Self::EndUser,
            Self::Operation,
            Self::InContainer,
        ];
        all.into_iter().find(|one| one.number() == number)
    }
}

impl Identities {
    /// The pseudonym of somebody whom a program names, made and kept with `fresh` where there is none
    /// yet. Blocks.
    ///
    /// # Errors
    /// [`IdentitiesError::Full`] for a new name where a realm holds more than a million.
    pub fn of_name(
        &self,
        named_as: NamedAs,
        name: &str,
        fresh: UserPseudonym,
    ) -> Result<UserPseudonym, IdentitiesError> {
        if let Some(known) = self.known_name(named_as, name) {
            return Ok(known);
        }
        let user = self.run(|database| pseudonym(database, named_as, name, fresh))??;
        let mut known = self.known_names_mut();
        if known.len() < KNOWN_MAX {
            known.insert((named_as, name.to_owned()), user);
        }
        Ok(user)
    }

    /// The name of somebody whom a program named; `None`: no such pseudonym, or erased. Blocks.
    pub fn named(&self, user: UserPseudonym) -> Result<Option<String>, IdentitiesError> {
        self.run(|database| {
            let table = database.begin_read()?.open_table(NAMES)?;
            Ok(table.get(user.0)?.map(|found| found.value().1.to_owned()))
        })
    }

    /// As what a program named somebody; `None`: no such pseudonym, or erased. Blocks.
    pub(crate) fn named_as(&self, user: UserPseudonym) -> Result<Option<NamedAs>, IdentitiesError> {
        self.run(|database| {
            let table = database.begin_read()?.open_table(NAMES)?;
            let found = table.get(user.0)?;
            Ok(found.and_then(|found| NamedAs::of_number(found.value().0)))
        })
    }

    /// Whom a program named so, where the store knows it. Blocks.
    pub(crate) fn known_as(
        &self,
        named_as: NamedAs,
        name: &str,
    ) -> Result<Option<Known>, IdentitiesError> {
        self.run(|database| {
            let table = database.begin_read()?.open_table(NAMED)?;
            let found = table.get((named_as.number(), name))?;
            Ok(found.map(|found| Known {
                user: UserPseudonym(found.value()),
                who: Who::Named(named_as),
                name: name.to_owned(),
            }))
        })
    }

    /// Everybody whom programs named. Blocks.
    pub(crate) fn known_named(&self) -> Result<Vec<Known>, IdentitiesError> {
        self.run(|database| {
            let table = database.begin_read()?.open_table(NAMED)?;
            let mut found = Vec::new();
            for entry in table.iter()? {
                let (key, user) = entry?;
                let (number, name) = key.value();
                let person = NamedAs::of_number(number).filter(|one| *one != NamedAs::Operation);
                if let Some(named_as) = person {
                    found.push(Known {
                        user: UserPseudonym(user.value()),
                        who: Who::Named(named_as),
                        name: name.to_owned(),
                    });
                }
            }
            Ok(found)
        })
    }

    /// Takes a name out of the tables. `false`: there was none.
    pub(super) fn forget_name(&self, user: UserPseudonym) -> Result<bool, IdentitiesError> {
        let forgotten = self.run(|database| {
            let write = database.begin_write()?;
            let forgotten = {
                let mut by_pseudonym = write.open_table(NAMES)?;
                let mut by_name = write.open_table(NAMED)?;
                let found = by_pseudonym.remove(user.0)?.map(|found| {
                    let (named_as, name) = found.value();
                    (named_as, name.to_owned())
                });
                if let Some((named_as, name)) = &found {
                    by_name.remove((*named_as, name.as_str()))?;
                }
                found.is_some()
            };
            write.commit()?;
            Ok(forgotten)
        })?;
        if forgotten {
            self.known_names_mut().retain(|_, known| *known != user);
        }
        Ok(forgotten)
    }
}

fn pseudonym(
    database: &Database,
    named_as: NamedAs,
    name: &str,
    mut fresh: UserPseudonym,
) -> Result<Result<UserPseudonym, IdentitiesError>, redb::Error> {
    let key = (named_as.number(), name);
    let kept = {
        let table = database.begin_read()?.open_table(NAMED)?;
        table.get(key)?.map(|found| found.value())
    };
    if let Some(kept) = kept {
        return Ok(Ok(UserPseudonym(kept)));
    }
    let write = database.begin_write()?;
    {
        let mut by_name = write.open_table(NAMED)?;
        // Between the look and the write another task may have kept it.
        if let Some(kept) = by_name.get(key)?.map(|found| found.value()) {
            return Ok(Ok(UserPseudonym(kept)));
        }
        if by_name.len()? >= NAMES_MAX {
            return Ok(Err(IdentitiesError::Full { max: NAMES_MAX }));
        }
        // Who was erased and comes back is known under the tag that stayed.
        let tag = erasing::tag(&write, Who::Named(named_as), name)?;
        let tags = write.open_table(TAGS)?;
        if let Some(tag) = tag
            && tags.get(tag)?.is_some()
        {
            fresh = UserPseudonym(tag);
        }
        let mut by_pseudonym = write.open_table(NAMES)?;
        if by_pseudonym.insert(fresh.0, key)?.is_some() {
            return Ok(Err(IdentitiesError::NotFresh));
        }
        by_name.insert(key, fresh.0)?;
    }
    write.commit()?;
    Ok(Ok(fresh))
}
