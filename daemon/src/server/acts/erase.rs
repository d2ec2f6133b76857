//! What this machine holds about a user: handed out, and forgotten. The ledger's records stay, under
//! pseudonyms that read as erased; what is counted for the user stays counted under a keyed tag.

use std::{collections::BTreeSet, path::PathBuf};

use octroi_engine::{Actor, Command, ExportKind, Outcome, TextId, UserPseudonym};
use octroi_proto::admin::v1 as wire;
use tonic::Status;

use super::{
    history::{self, Trace},
    refused_by, unfitting,
    users::{internal, named_as, unknown},
};
use crate::{
    identities::{IdentitiesError, Known, Who, blocking, random, uid_of},
    realm::Realm,
    server::registers::record_export,
};

/// Bytes of records in one answer.
const EXTRACT_BYTES_MAX: usize = 4 << 20;

/// Everybody whom the store knows under this name or number: an account that was given to somebody
/// else is somebody else.
async fn known(realm: &Realm, kind: i32, named: &str) -> Result<Vec<Known>, Status> {
    let (identities, name) = (realm.identities().clone(), named.to_owned());
    let named_as = named_as(kind)?;
    let found = blocking(move || {
        if let Some(named_as) = named_as {
            let known = identities.known_as(named_as, &name)?;
            return Ok(known.into_iter().collect());
        }
        let number: Option<u32> = name.parse().ok();
        // An account whose name was never known is found by its number alone.
        let nameless = uid_of(&name);
        identities.known_where(|uid, known| {
            known == name || number == Some(uid) || (known.is_empty() && nameless == Some(uid))
        })
    });
    let found = found.await.map_err(|error| internal(&error))?;
    if found.is_empty() {
        return Err(unknown(named));
    }
    Ok(found)
}

async fn trace(folder: PathBuf, known: &[Known]) -> Result<Trace, Status> {
    let users: BTreeSet<UserPseudonym> = known.iter().map(|known| known.user).collect();
    history::trace(folder, users).await
}

/// A part of what is held about a user.
pub(super) async fn extract(
    realm: &Realm,
    folder: PathBuf,
    request: &wire::ExportUserRequest,
    uid: u32,
) -> Result<wire::ExportUserResponse, Status> {
    let known = known(realm, request.kind, &request.user).await?;
    // What leaves the daemon's keeping is in the ledger before it does.
    let mark = match (request.after, known.first()) {
        (0, Some(first)) => {
            let (what, about) = (ExportKind::User, Some(first.user));
            Some(record_export(realm, uid, (what, about), &request.purpose).await?)
        }
        _ => None,
    };
    let Trace { records, about, by } = trace(folder, &known).await?;
    let mut response = wire::ExportUserResponse {
        vendor: realm.vendor().to_string(),
        user: request.user.clone(),
        uids: known
            .iter()
            .filter_map(|known| match known.who {
                Who::Account(uid) => Some(uid),
                Who::Named(_) => None,
            })
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        pseudonyms: known.iter().map(|known| known.user.to_string()).collect(),
        mark,
        ..Default::default()
    };
    let (mut bytes, mut last) = (0, request.after);
    for (seq, line) in records {
        if seq <= request.after {
            continue;
        }
        bytes += line.len();
        if bytes > EXTRACT_BYTES_MAX && last > request.after {
            response.next_after = last;
            break;
        }
        response.records.push(line);
        last = seq;
    }
    let in_part = |seq: u64| seq > request.after && seq <= last;
    for (record, id) in about.into_iter().chain(by) {
        if !in_part(record) {
            continue;
        }
        let identities = realm.identities().clone();
        let text = blocking(move || identities.text(id)).await;
        if let Some(text) = text.map_err(|error| internal(&error))? {
            response.texts.push(wire::RecordedText { record, text });
        }
    }
    Ok(response)
}

/// Forgets a user. The ledger's word comes first: what could not be recorded is not forgotten.
pub(super) async fn erase(
    realm: &Realm,
    folder: PathBuf,
    (kind, named): (i32, &str),
    actor: Actor,
) -> Result<wire::EraseUserResponse, Status> {
    let known = known(realm, kind, named).await?;
    let texts: Vec<TextId> = {
        let trace = trace(folder, &known).await?;
        trace.about.into_iter().map(|(_, text)| text).collect()
    };
    let mut response = wire::EraseUserResponse {
        vendor: realm.vendor().to_string(),
        ..Default::default()
    };
    response.texts = u32::try_from(texts.len()).unwrap_or(u32::MAX);
    for one in known {
        response.assignments_kept += erase_one(realm, one, &texts, actor).await?;
        response.pseudonyms += 1;
    }
    forget_tags(realm).await?;
    Ok(response)
}

/// Forgets everybody; gives how many. The end of the vendor's last licence.
pub(super) async fn erase_everybody(
    realm: &Realm,
    folder: PathBuf,
    actor: Actor,
) -> Result<u32, Status> {
    let identities = realm.identities().clone();
    let known = blocking(move || {
        let mut known = identities.known_where(|_, _| true)?;
        known.extend(identities.known_named()?);
        Ok::<_, IdentitiesError>(known)
    });
    let known = known.await.map_err(|error| internal(&error))?;
    let trace = trace(folder, &known).await?;
    let texts: Vec<TextId> = trace.about.into_iter().map(|(_, text)| text).collect();
    let mut forgotten = 0;
    for one in known {
        erase_one(realm, one, &texts, actor).await?;
        forgotten += 1;
    }
    forget_tags(realm).await?;
    Ok(forgotten)
}

/// Forgets one pseudonym; gives the number of assignments that stay counted.
async fn erase_one(
    realm: &Realm,
    known: Known,
    texts: &[TextId],
    actor: Actor,
) -> Result<u32, Status> {
    let user = known.user;
    let identities = realm.identities().clone();
    let fresh = random().map_err(|error| internal(&error))?;
    let tag = blocking(move || identities.tag_of(&known, fresh)).await;
    let tag = tag.map_err(|error| internal(&error))?;
    let command = Command::EraseUser { user, tag, actor };
    record(realm, command.clone()).await?;
    let kept = realm.read(move |reading| {
        let assignments = reading.engine.assignments().into_iter();
        let assigned = assignments.filter(|one| one.user == tag).count();
        (reading.engine.outlives_erasure(tag), assigned)
    });
    let (stays, assigned) = kept.await.unwrap_or((true, 0));
    let identities = realm.identities().clone();
    let texts = texts.to_vec();
    let erased = blocking(move || identities.erase_all(user, stays.then_some(tag), &texts));
    erased.await.map_err(|error| internal(&error))?;
    // Whoever opened a session in between did so under a pseudonym that is nobody's any more.
    let met = realm.read(move |reading| reading.engine.sessions().any(|one| one.user == user));
    if user != tag && met.await.unwrap_or(false) {
        record(realm, command).await?;
    }
    Ok(u32::try_from(assigned).unwrap_or(u32::MAX))
}

async fn record(realm: &Realm, command: Command) -> Result<(), Status> {
    match realm.ask(command).await {
        Outcome::Done => Ok(()),
        Outcome::Refused(refusal) => Err(refused_by(realm, refusal).await),
        _ => Err(unfitting()),
    }
}

/// Tags of users for whom nothing is counted any more name nobody to nobody.
async fn forget_tags(realm: &Realm) -> Result<(), Status> {
    let identities = realm.identities().clone();
    let tags = blocking(move || identities.tags()).await;
    let tags = tags.map_err(|error| internal(&error))?;
    let counted = realm.read(move |reading| {
        let counted = tags.into_iter();
        counted
            .filter(|tag| reading.engine.outlives_erasure(*tag))
            .collect::<BTreeSet<UserPseudonym>>()
    });
    let Some(counted) = counted.await else {
        return Ok(());
    };
    let identities = realm.identities().clone();
    let kept = blocking(move || identities.keep_tags(|tag| counted.contains(&tag)));
    kept.await.map_err(|error| internal(&error))
}
