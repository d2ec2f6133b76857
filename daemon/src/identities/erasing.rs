//! Whom the store knows, for administrators, and the keyed tag that stays where an erased user has
//! something that is counted. A tag names nobody: it is recognised only by who holds the store and the
//! same account's name and number.

use hmac::{Hmac, KeyInit as _, Mac as _};
use octroi_engine::UserPseudonym;
use redb::{ReadableDatabase as _, ReadableTable as _, WriteTransaction};
use sha2::Sha256;

use super::{
    Identities, IdentitiesError, NamedAs,
    store::{PSEUDONYMS, TAG_KEY, TAGS},
};

/// Separates this use of the key from any other.
const CONTEXT: &[u8] = b"octroi user tag 1";

/// The same for those whom programs name.
const CONTEXT_NAMED: &[u8] = b"octroi named user tag 1";

/// As what the store knows somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// An account of this machine, by its number.
    Account(u32),
    /// Somebody whom programs name.
    Named(NamedAs),
}

/// Somebody whom the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// As the ledger knows the user.
    pub(crate) user: UserPseudonym,
    /// As what.
    pub(crate) who: Who,
    /// The name; empty where it is an account for which the system knew none.
    pub(crate) name: String,
}

impl Identities {
    /// Every account that the store knows and that fits. Blocks.
    pub(crate) fn known_where(
        &self,
        fits: impl Fn(u32, &str) -> bool,
    ) -> Result<Vec<Known>, IdentitiesError> {
        self.run(|database| {
            let table = database.begin_read()?.open_table(PSEUDONYMS)?;
            let mut found = Vec::new();
            for entry in table.iter()? {
                let (user, who) = entry?;
                let (uid, name) = who.value();
                if fits(uid, name) {
                    let (user, name) = (UserPseudonym(user.value()), name.to_owned());
                    let who = Who::Account(uid);
                    found.push(Known { user, who, name });
                }
            }
            Ok(found)
        })
    }

    /// The tag of somebody whom the store knows; `fresh` becomes the key of all tags where there is
    /// none yet. Blocks.
    pub(crate) fn tag_of(
        &self,
        known: &Known,
        fresh: [u8; 32],
    ) -> Result<UserPseudonym, IdentitiesError> {
        self.run(|database| {
            let write = database.begin_write()?;
            {
                let mut keys = write.open_table(TAG_KEY)?;
                if keys.get(())?.is_none() {
                    keys.insert((), fresh)?;
                }
            }
            let tag = tag(&write, known.who, &known.name)?;
            write.commit()?;
            Ok(UserPseudonym(tag.unwrap_or(known.user.0)))
        })
    }

    /// Every tag. Blocks.
    pub(crate) fn tags(&self) -> Result<Vec<UserPseudonym>, IdentitiesError> {
        self.run(|database| {
            let table = database.begin_read()?.open_table(TAGS)?;
            let tags = table.iter()?;
            tags.map(|entry| Ok(UserPseudonym(entry?.0.value())))
                .collect()
        })
    }

    /// Forgets the tags for which nothing is counted any more. Blocks.
    pub(crate) fn keep_tags(
        &self,
        kept: impl Fn(UserPseudonym) -> bool,
    ) -> Result<(), IdentitiesError> {
        self.run(|database| {
            let write = database.begin_write()?;
            write
                .open_table(TAGS)?
                .retain(|tag, ()| kept(UserPseudonym(tag)))?;
            write.commit()?;
            Ok(())
        })
    }
}

/// The tag of a user; `None` where nobody was erased yet.
pub(super) fn tag(
    write: &WriteTransaction,
    who: Who,
    name: &str,
) -> Result<Option<[u8; 16]>, redb::Error> {
    let Some(key) = write.open_table(TAG_KEY)?.get(())?.map(|key| key.value()) else {
        return Ok(None);
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else {
        return Ok(None);
    };
    match who {
        Who::Account(uid) => {
            mac.update(CONTEXT);
            mac.update(&uid.to_be_bytes());
        }
        Who::Named(named_as) => {
            mac.update(CONTEXT_NAMED);
            mac.update(&[named_as.number()]);
        }
    }
    mac.update(name.as_bytes());
    let tag = mac.finalize().into_bytes();
    Ok(tag.first_chunk().copied())
}
