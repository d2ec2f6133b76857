//! What the ledger tells of one user, and of what was refused. Reads the ledger's files beside their
//! writer, on a thread that may wait for the disk; changes nothing.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::PathBuf,
};

use octroi_engine::{Event, Record, Refusal, SessionId, TextId, UserPseudonym};
use octroi_licence::ProductId;
use octroi_proto::admin::v1 as wire;
use serde_json::Value;
use tonic::Status;

use super::{registers::written, view};
use crate::{
    ledger::{FolderDisk, LedgerError, read, read_described},
    realm::Realm,
    text::sentence,
};

/// Past refusals in one answer.
const LATEST_MAX: u32 = 1_000;

pub(in crate::server) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LedgerError> + Send + 'static,
) -> Result<T, Status> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error @ LedgerError::Tampered { .. })) => Err(Status::data_loss(sentence(&error))),
        Ok(Err(error)) => Err(Status::internal(sentence(&error))),
        Err(_) => Err(Status::internal("reading the ledger was interrupted")),
    }
}

/// What the ledger holds about a user.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// Sequence number and line of each record.
    pub(super) records: Vec<(u64, String)>,
    /// Texts about the user: reasons of blocks, and of seats that were taken back.
    pub(super) about: Vec<(u64, TextId)>,
    /// Texts that the user gave as an administrator.
    pub(super) by: Vec<(u64, TextId)>,
}

/// Follows a user through the ledger.
pub(super) async fn trace(
    folder: PathBuf,
    users: BTreeSet<UserPseudonym>,
) -> Result<Trace, Status> {
    on_disk(move || {
        let mut follower = Follower {
            names: users.iter().map(ToString::to_string).collect(),
            users,
            held: BTreeMap::new(),
            trace: Trace::default(),
        };
        read_described(&FolderDisk::new(&folder), &mut |seq, record, described| {
            follower.meet(seq.0, record, &described());
        })?;
        Ok(follower.trace)
    })
    .await
}

struct Follower {
    users: BTreeSet<UserPseudonym>,
    /// The same in hexadecimal.
    names: BTreeSet<String>,
    /// By the name of the field: sessions, seats and assignments of the user.
    held: BTreeMap<&'static str, BTreeSet<String>>,
    trace: Trace,
}

impl Follower {
    fn meet(&mut self, seq: u64, record: &Record, line: &Value) {
        let fields = line.get("fields").unwrap_or(&Value::Null);
        let holds = |field: &str, ids: &BTreeSet<String>| {
            fields
                .get(field)
                .is_some_and(|id| ids.contains(&key_of(id)))
        };
        let named = names_one(fields, &self.names);
        let mine = self.held.iter().any(|(field, ids)| holds(field, ids));
        if !named && !mine {
            return;
        }
        let begins: &[&'static str] = match &record.event {
            Event::SessionOpened { user, .. } if self.users.contains(user) => &["session"],
            Event::SeatFor { user, .. } if self.users.contains(user) => &["seat"],
            Event::UserAssigned { user, .. } if self.users.contains(user) => &["assignment"],
            // Of a session of the user's, or under the user's group.
            Event::SeatGranted { .. } => &["seat"],
            _ => &[],
        };
        for field in begins {
            if let Some(id) = fields.get(field) {
                self.held.entry(field).or_default().insert(key_of(id));
            }
        }
        if let Event::UserBlocked {
            reason: Some(text), ..
        }
        | Event::SeatRevoked {
            reason: Some(text), ..
        } = &record.event
        {
            let about = mine
                || matches!(&record.event, Event::UserBlocked { user, .. } if self.users.contains(user));
            let texts = if about {
                &mut self.trace.about
            } else {
                &mut self.trace.by
            };
            texts.push((seq, *text));
        }
        // What an administrator wrote into the registers.
        self.trace.by.extend(
            written(&record.event)
                .into_iter()
                .map(|text| (seq, text.id)),
        );
        self.trace.records.push((seq, line.to_string()));
    }
}

/// An id as it is compared: numbers and hexadecimal alike.
fn key_of(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// Whether one of the pseudonyms stands anywhere in it.
fn names_one(value: &Value, names: &BTreeSet<String>) -> bool {
    match value {
        Value::String(text) => names.contains(text),
        Value::Array(items) => items.iter().any(|item| names_one(item, names)),
        Value::Object(fields) => fields.values().any(|field| names_one(field, names)),
        _ => false,
    }
}

/// A refusal as the ledger tells it.
struct Past {
    record: u64,
    at_ms: i64,
    asked: &'static str,
    who: Option<Who>,
    refusal: Refusal,
}

#[derive(Clone)]
struct Who {
    user: UserPseudonym,
    pid: u32,
    product: Option<ProductId>,
}

/// One refusal, or the latest.
pub(super) async fn refusals(
    realm: &Realm,
    folder: PathBuf,
    request: &wire::PastRefusalsRequest,
) -> Result<Vec<wire::PastRefusal>, Status> {
    let (wanted, latest) = (request.record, request.latest.clamp(1, LATEST_MAX));
    let latest = usize::try_from(latest).unwrap_or(1);
    let past = on_disk(move || past(&folder, wanted, latest)).await?;
    if past.is_empty() && wanted > 0 {
        return Err(Status::not_found(format!(
            "record {wanted} of the ledger is no refusal"
        )));
    }
    let mut names = BTreeMap::new();
    let mut told = Vec::with_capacity(past.len());
    for one in past {
        let user = match &one.who {
            Some(who) => view::name(realm, who.user, &mut names).await,
            None => String::new(),
        };
        let refusal = realm.explained(one.refusal).await;
        let who = one.who.as_ref();
        told.push(wire::PastRefusal {
            vendor: realm.vendor().to_string(),
            record: one.record,
            at_ms: one.at_ms,
            asked: one.asked.to_owned(),
            user,
            pid: who.map_or(0, |who| who.pid),
            product: who
                .and_then(|who| who.product.as_ref())
                .map(ToString::to_string)
                .unwrap_or_default(),
            clause: refusal.clause.clone(),
            refusal: Some(refusal),
        });
    }
    Ok(told)
}

fn past(folder: &std::path::Path, wanted: u64, latest: usize) -> Result<Vec<Past>, LedgerError> {
    let mut sessions: BTreeMap<SessionId, Who> = BTreeMap::new();
    let mut found: VecDeque<Past> = VecDeque::new();
    read(&FolderDisk::new(folder), &mut |seq, _, record| {
        let (asked, who, refusal) = match &record.event {
            Event::SessionOpened {
                session,
                user,
                process,
                product,
                ..
            } => {
                let who = Who {
                    user: *user,
                    pid: process.as_ref().map_or(0, |process| process.pid),
                    product: Some(product.clone()),
                };
                sessions.insert(*session, who);
                return;
            }
            Event::SessionEnded { session, .. } => {
                sessions.remove(session);
                return;
            }
            Event::OpenRefused { user, refusal } => {
                let who = Who {
                    user: *user,
                    pid: 0,
                    product: None,
                };
                ("open", Some(who), refusal)
            }
            Event::CheckoutRefused {
                session, refusal, ..
            } => ("checkout", sessions.get(session).cloned(), refusal),
            Event::WaitEnded {
                session, refusal, ..
            } => ("wait", sessions.get(session).cloned(), refusal),
            Event::ReleaseRefused {
                session, refusal, ..
            } => ("release", sessions.get(session).cloned(), refusal),
            Event::ConsumptionRefused {
                session, refusal, ..
            } => ("consume", sessions.get(session).cloned(), refusal),
            Event::BorrowRefused {
                session, refusal, ..
            } => ("borrow", sessions.get(session).cloned(), refusal),
            _ => return,
        };
        if wanted != 0 && wanted != seq.0 {
            return;
        }
        if found.len() == latest {
            found.pop_front();
        }
        found.push_back(Past {
            record: seq.0,
            at_ms: record.time.civil_ms.0,
            asked,
            who,
            refusal: refusal.clone(),
        });
    })?;
    Ok(found.into())
}
