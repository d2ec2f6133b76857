//! What the store needs of the system — entropy, account names, a thread that may wait for the disk —
//! for the daemon's tasks.

use octroi_engine::{TextId, UserPseudonym};

use super::{ERASED, Identities, IdentitiesError, NamedAs};

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

/// The pseudonym of somebody whom a program names; a known one is answered without leaving the task.
pub(crate) async fn of_name(
    identities: &Identities,
    named_as: NamedAs,
    name: &str,
) -> Result<UserPseudonym, IdentitiesError> {
    if let Some(known) = identities.known_name(named_as, name) {
        return Ok(known);
    }
    let (identities, name) = (identities.clone(), name.to_owned());
    blocking(move || identities.of_name(named_as, &name, UserPseudonym(random()?))).await
}

/// The name of an account now; `None` where the system knows none.
pub(crate) async fn account(uid: u32) -> Option<String> {
    let asked = blocking(move || Ok(account_name(uid))).await;
    asked.ok().flatten()
}

/// The name of a pseudonym, for administrators of this machine; the number of an account whose name
/// the system does not know.
pub(crate) async fn name(identities: &Identities, user: UserPseudonym) -> String {
    let identities = identities.clone();
    let found = move || match identities.who(user)? {
        Some((uid, name)) => {
            // A directory may have come to know the account since.
            let name = name.or_else(|| account_name(uid));
            Ok(Some(name.unwrap_or_else(|| uid.to_string())))
        }
        None => identities.named(user),
    };
    match blocking(found).await {
        Ok(name) => name.unwrap_or_else(|| ERASED.to_owned()),
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

/// Runs what waits for the disk on a thread of its own.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IdentitiesError> + Send + 'static,
) -> Result<T, IdentitiesError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| IdentitiesError::Interrupted)?
}

/// Fresh bytes of the system's.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], IdentitiesError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| IdentitiesError::Entropy)?;
    Ok(bytes)
}

/// The account's name now; `None` where the system knows none.
fn account_name(uid: u32) -> Option<String> {
    let found = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid));
    found.ok().flatten().map(|user| user.name)
}

/// The number of an account, as the system's directories know it now; `None` where they do not.
pub(crate) fn uid_of(name: &str) -> Option<u32> {
    let found = nix::unistd::User::from_name(name).ok().flatten();
    found.map(|user| user.uid.as_raw())
}
