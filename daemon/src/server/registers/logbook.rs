//! The log book as it is read: records of the ledger with the texts and names that lie beside it. Reads
//! the ledger's files beside their writer; changes nothing.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
};

use octroi_engine::{Event, SessionId, TextId, UserPseudonym};
use octroi_proto::admin::v1 as wire;
use serde_json::Value;
use tonic::Status;

use super::seen;
use crate::{
    identities::{self, blocking},
    ledger::{FolderDisk, read, read_described},
    realm::Realm,
    server::{acts::history::on_disk, view},
    text::sentence,
};

/// Entries in one answer.
const LATEST_MAX: u32 = 1_000;
/// Entries where it is not said how many.
const LATEST: u32 = 100;

struct Found {
    record: u64,
    at_ms: i64,
    event: &'static str,
    fields: Value,
    user: Option<UserPseudonym>,
    texts: Vec<(&'static str, TextId)>,
    operation: Option<UserPseudonym>,
    unclean: bool,
}

/// The latest entries of a register.
pub(super) async fn list(
    realm: &Realm,
    folder: PathBuf,
    request: &wire::ListLogbookRequest,
) -> Result<wire::ListLogbookResponse, Status> {
    let register = request.register();
    let latest = match request.latest {
        0 => LATEST,
        latest => latest.min(LATEST_MAX),
    };
    let latest = usize::try_from(latest).unwrap_or(1);
    let (found, left_out) = on_disk(move || {
        let mut sessions: BTreeMap<SessionId, UserPseudonym> = BTreeMap::new();
        let mut found: VecDeque<Found> = VecDeque::new();
        let (mut left_out, mut running) = (0_u64, false);
        read_described(&FolderDisk::new(&folder), &mut |seq, record, described| {
            let event = &record.event;
            match event {
                Event::SessionOpened { session, user, .. } => {
                    sessions.insert(*session, *user);
                }
                Event::SessionEnded { session, .. } => {
                    sessions.remove(session);
                }
                _ => {}
            }
            // A daemon that starts where none stopped was killed, or the machine was.
            let unclean = running && matches!(event, Event::DaemonStarted { .. });
            running = match event {
                Event::DaemonStarted { .. } => true,
                Event::DaemonStopped {} => false,
                _ => running,
            };
            if !seen::belongs(event, register) {
                return;
            }
            if found.len() == latest {
                found.pop_front();
                left_out += 1;
            }
            let fields = described()
                .get_mut("fields")
                .map(Value::take)
                .unwrap_or_default();
            found.push_back(Found {
                record: seq.0,
                at_ms: record.time.civil_ms.0,
                event: event.name(),
                user: about(event, &sessions),
                texts: seen::texts(event),
                operation: seen::operation(event),
                fields,
                unclean,
            });
        })?;
        Ok((found, left_out))
    })
    .await?;
    let mut names = BTreeMap::new();
    let mut entries = Vec::with_capacity(found.len());
    for one in found {
        entries.push(entry(realm, one, &mut names).await?);
    }
    Ok(wire::ListLogbookResponse {
        vendor: realm.vendor().to_string(),
        entries,
        left_out,
    })
}

async fn entry(
    realm: &Realm,
    one: Found,
    names: &mut BTreeMap<UserPseudonym, String>,
) -> Result<wire::LogbookEntry, Status> {
    let by = match actor(&one.fields) {
        Some(actor) => view::name(realm, actor, names).await,
        None => String::new(),
    };
    let user = match one.user {
        Some(user) => view::name(realm, user, names).await,
        None => String::new(),
    };
    let mut texts = Vec::new();
    for (field, id) in one.texts {
        let identities = realm.identities().clone();
        let text = blocking(move || identities.text(id)).await;
        let text = text.map_err(|error| Status::internal(sentence(&error)))?;
        texts.push(wire::EntryText {
            field: field.to_owned(),
            erased: text.is_none(),
            text: text.unwrap_or_default(),
        });
    }
    if let Some(operation) = one.operation {
        let identities = realm.identities().clone();
        let name = blocking(move || identities.named(operation)).await;
        let name = name.map_err(|error| Status::internal(sentence(&error)))?;
        texts.push(wire::EntryText {
            field: "operation".to_owned(),
            erased: false,
            text: name.unwrap_or_else(|| identities::ERASED.to_owned()),
        });
    }
    Ok(wire::LogbookEntry {
        record: one.record,
        at_ms: one.at_ms,
        event: one.event.to_owned(),
        fields: one.fields.to_string(),
        by,
        user,
        texts,
        unclean: one.unclean,
    })
}

/// The administrator who did it.
fn actor(fields: &Value) -> Option<UserPseudonym> {
    let hex = fields.get("actor")?.get("Administrator")?.as_str()?;
    let bytes = hex::decode(hex).ok()?;
    Some(UserPseudonym(bytes.try_into().ok()?))
}

/// Whom it is about.
fn about(event: &Event, sessions: &BTreeMap<SessionId, UserPseudonym>) -> Option<UserPseudonym> {
    match event {
        Event::UserBlocked { user, .. }
        | Event::UserUnblocked { user, .. }
        | Event::UserErased { user, .. }
        | Event::OpenRefused { user, .. } => Some(*user),
        Event::Exported { about, .. } => *about,
        Event::CheckoutRefused { session, .. }
        | Event::ReleaseRefused { session, .. }
        | Event::ConsumptionRefused { session, .. }
        | Event::BorrowRefused { session, .. }
        | Event::WaitEnded { session, .. } => sessions.get(session).copied(),
        _ => None,
    }
}

/// The texts of one record.
pub(super) async fn texts_of_record(folder: PathBuf, wanted: u64) -> Result<Vec<TextId>, Status> {
    on_disk(move || {
        let mut found = Vec::new();
        read(&FolderDisk::new(&folder), &mut |seq, _, record| {
            if seq.0 == wanted {
                found = seen::texts(&record.event);
            }
        })?;
        Ok(found.into_iter().map(|(_, id)| id).collect())
    })
    .await
}
