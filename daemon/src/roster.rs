//! What the administrator says of people: which programs' users may name for whom they ask, and which
//! company and kind each user belongs to (`users.toml`, read at the start and again on SIGHUP). Names
//! stay here and in the store of pseudonyms; whether an entity or kind may have a seat, the engine
//! decides.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use octroi_licence::{CategoryId, EntityId};
use serde::Deserialize;

use crate::settings_file::{self, SettingsFileError};

/// The largest list of users that is read, in bytes.
pub const USERS_BYTES_MAX: u64 = 16 << 20;

/// A user of the operating system: an account's name, or a uid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
pub enum Account {
    /// By number.
    Uid(u32),
    /// By name.
    Name(String),
}

impl Account {
    fn is(&self, uid: u32, name: Option<&str>) -> bool {
        match self {
            Self::Uid(listed) => *listed == uid,
            Self::Name(listed) => Some(listed.as_str()) == name,
        }
    }
}

/// What a listed caller may say of those for whom it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Naming {
    /// Name an end user behind it.
    OnBehalfOf,
    /// Declare an account.
    DeclaredAccount,
}

/// A caller that may name others: `[[callers]]` in `octroid.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedCaller {
    /// As whom it runs.
    pub user: Account,
    /// What it may do.
    pub may: BTreeSet<Naming>,
}

/// Company and kind of a user, as the administrator assigned them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Assigned {
    /// The company.
    pub entity: Option<EntityId>,
    /// The kind of person.
    pub category: Option<CategoryId>,
}

/// `users.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct UsersFile {
    entity: Option<EntityId>,
    category: Option<CategoryId>,
    users: Vec<UserEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct UserEntry {
    user: Option<Account>,
    declared_account: Option<String>,
    end_user: Option<String>,
    entity: Option<EntityId>,
    category: Option<CategoryId>,
}

/// A user of `users.toml`, under the name by which it is met.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListedName {
    /// A user of the operating system.
    OperatingSystemUser(Account),
    /// An account that a program declares.
    DeclaredAccount(String),
    /// An end user behind a program.
    EndUser(String),
}

/// Every user that the administrator lists, with company and kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    others: Assigned,
    listed: BTreeMap<ListedName, Assigned>,
}

impl Users {
    /// Reads the file; without one, nobody is listed.
    ///
    /// # Errors
    /// [`SettingsFileError`], naming the file.
    pub fn read(path: &Path) -> Result<Self, SettingsFileError> {
        settings_file::read(path, USERS_BYTES_MAX, Self::parse)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: UsersFile = settings_file::from_toml(text)?;
        let mut listed = BTreeMap::new();
        for (place, entry) in file.users.into_iter().enumerate() {
            let name = match (entry.user, entry.declared_account, entry.end_user) {
                (Some(user), None, None) => ListedName::OperatingSystemUser(user),
                (None, Some(account), None) => ListedName::DeclaredAccount(account),
                (None, None, Some(user)) => ListedName::EndUser(user),
                _ => {
                    let place = place + 1;
                    return Err(format!(
                        "entry {place} of users names not exactly one of user, declared-account, end-user"
                    ));
                }
            };
            let assigned = Assigned {
                entity: entry.entity,
                category: entry.category,
            };
            if listed.insert(name.clone(), assigned).is_some() {
                return Err(format!("{name:?} is listed twice"));
            }
        }
        Ok(Self {
            others: Assigned {
                entity: file.entity,
                category: file.category,
            },
            listed,
        })
    }

    /// Everybody who is listed.
    pub fn listed(&self) -> impl Iterator<Item = (&ListedName, &Assigned)> {
        self.listed.iter()
    }

    /// Nobody belongs to anything.
    fn says_nothing(&self) -> bool {
        self.listed.is_empty() && self.others == Assigned::default()
    }

    fn of(&self, name: &ListedName) -> Option<&Assigned> {
        self.listed.get(name)
    }

    fn of_account(&self, uid: u32, name: Option<&str>) -> Assigned {
        let by_name =
            name.map(|name| ListedName::OperatingSystemUser(Account::Name(name.to_owned())));
        let by_uid = ListedName::OperatingSystemUser(Account::Uid(uid));
        let found = self.of(&by_uid).or_else(|| self.of(&by_name?));
        found.unwrap_or(&self.others).clone()
    }
}

/// The administrator's lists in the running daemon.
#[derive(Debug)]
pub(crate) struct Roster {
    callers: Vec<ListedCaller>,
    path: PathBuf,
    users: RwLock<Arc<Users>>,
}

impl Roster {
    /// Reads the list of users beside the configuration that was read before.
    pub(crate) fn read(
        path: PathBuf,
        callers: Vec<ListedCaller>,
    ) -> Result<Self, SettingsFileError> {
        let users = RwLock::new(Arc::new(Users::read(&path)?));
        Ok(Self {
            callers,
            path,
            users,
        })
    }

    /// Reads the list of users again. One that cannot be used leaves the former in force.
    pub(crate) fn read_again(&self) -> Result<Arc<Users>, SettingsFileError> {
        let users = Arc::new(Users::read(&self.path)?);
        let mut current = self.users.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::clone(&users);
        Ok(users)
    }

    fn users(&self) -> Arc<Users> {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&users)
    }

    /// Nothing is to be looked up for an operating-system user.
    pub(crate) fn says_nothing_of_users(&self) -> bool {
        self.users().says_nothing()
    }

    /// Company and kind of an operating-system user.
    pub(crate) fn of_account(&self, uid: u32, name: Option<&str>) -> Assigned {
        self.users().of_account(uid, name)
    }

    /// Company and kind of somebody whom a program names.
    pub(crate) fn of_name(&self, name: &ListedName) -> Assigned {
        let users = self.users();
        users.of(name).unwrap_or(&users.others).clone()
    }

    /// What a user's programs may say of those for whom they ask.
    pub(crate) fn may(&self, uid: u32, name: Option<&str>) -> BTreeSet<Naming> {
        let listed = self.callers.iter();
        listed
            .filter(|caller| caller.user.is(uid, name))
            .flat_map(|caller| caller.may.iter().copied())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(text: &str) -> Users {
        Users::parse(text).unwrap()
    }

    fn entity(assigned: &Assigned) -> &str {
        assigned
            .entity
            .as_ref()
            .map_or("", |entity| entity.as_str())
    }

    #[test]
    fn a_user_is_listed_by_name_or_number_and_others_have_the_default() {
        let users = users(
            "entity = \"acme\"\n\
             [[users]]\nuser = \"alice\"\nentity = \"acme-fr\"\n\
             [[users]]\nuser = 1007\nentity = \"acme-lu\"\n",
        );
        assert_eq!(entity(&users.of_account(1000, Some("alice"))), "acme-fr");
        assert_eq!(entity(&users.of_account(1007, Some("bob"))), "acme-lu");
        assert_eq!(entity(&users.of_account(1008, None)), "acme");
    }

    #[test]
    fn a_declared_account_is_no_operating_system_user_of_that_name() {
        let users = users("[[users]]\ndeclared-account = \"alice\"\nentity = \"acme\"\n");
        assert_eq!(entity(&users.of_account(1000, Some("alice"))), "");
        let account = ListedName::DeclaredAccount("alice".to_owned());
        assert_eq!(users.of(&account).map(entity), Some("acme"));
    }

    #[test]
    fn an_entry_that_names_two_kinds_of_users_is_refused() {
        let text = "[[users]]\nuser = \"alice\"\nend-user = \"alice\"\n";
        let message = Users::parse(text).unwrap_err();
        assert!(message.contains("entry 1"), "{message}");
    }

    #[test]
    fn a_user_who_is_listed_twice_is_refused() {
        let text = "[[users]]\nuser = \"alice\"\n[[users]]\nuser = \"alice\"\n";
        let message = Users::parse(text).unwrap_err();
        assert!(message.contains("twice"), "{message}");
    }

    #[test]
    fn only_listed_callers_may_name_others() {
        let callers = vec![ListedCaller {
            user: Account::Name("svc-app".to_owned()),
            may: BTreeSet::from([Naming::OnBehalfOf]),
        }];
        let roster = Roster {
            callers,
            path: PathBuf::new(),
            users: RwLock::default(),
        };
        assert_eq!(
            roster.may(7, Some("svc-app")),
            BTreeSet::from([Naming::OnBehalfOf])
        );
        assert_eq!(roster.may(7, Some("alice")), BTreeSet::new());
        assert_eq!(roster.may(7, None), BTreeSet::new());
    }
}
