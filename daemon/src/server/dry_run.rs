//! `octroi install --dry-run`: documents are verified as always and decided on a copy of each realm's
//! engine, which is then thrown away. The realm itself is only read: nothing is recorded, not even a
//! refusal, no file is kept, no pseudonym made, no application told.

use octroi_engine::{Actor, Command, Engine, Now, Outcome, Record};
use octroi_licence::{CivilMillis, CivilSeconds, DocumentError, read_armoured};
use octroi_proto::admin::v1::{self as wire, PreviewInstallResponse, PreviewedDocument};
use tonic::Status;

use super::{
    changes,
    install::{Grounds, InstallError, licence_unknown, released_licence, vouch, with_outcome},
};
use crate::{
    realm::{Realm, wire_refusal},
    realms::Realms,
    service::{bound_hosts, compared_hosts},
    text::sentence,
};

/// The most documents that are tried out together.
const DOCUMENTS_MAX: usize = 64;

/// One realm as it is, and as it would be.
struct Trial {
    realm: Realm,
    before: Engine,
    after: Engine,
    records: Vec<Record>,
    now: Now,
}

impl Trial {
    async fn begin(realm: &Realm) -> Result<Self, Status> {
        let copied = realm.read(|reading| (reading.engine.preview(), reading.now));
        let (mut before, now) = copied.await.ok_or_else(stopping)?;
        // What is due anyway is no consequence of the documents.
        before.decide(Command::Tick, now);
        let after = before.preview();
        Ok(Self {
            realm: realm.clone(),
            before,
            after,
            records: Vec::new(),
            now,
        })
    }

    fn decide(&mut self, command: Command) -> Outcome {
        let decision = self.after.decide(command, self.now);
        self.records.extend(decision.records);
        decision.outcome
    }

    async fn changes(&self) -> wire::Changes {
        changes::between(&self.realm, &self.before, &self.after, &self.records).await
    }

    /// What the documents would do on a later date that they have not done before.
    async fn changes_on(&self, date: CivilSeconds) -> wire::Changes {
        let now = later(self.now, date.millis());
        let mut without = self.before.preview();
        without.decide(Command::Tick, now);
        let mut with = self.after.preview();
        let decision = with.decide(Command::Tick, now);
        changes::between(&self.realm, &without, &with, &decision.records).await
    }
}

/// Both clocks, when the civil one will have reached `date`.
fn later(now: Now, date: CivilMillis) -> Now {
    let ahead = date.0.saturating_sub(now.civil_ms.0).max(0);
    Now {
        boottime_ms: now
            .boottime_ms
            .saturating_add(u64::try_from(ahead).unwrap_or(0)),
        civil_ms: CivilMillis(now.civil_ms.0.saturating_add(ahead)),
        ..now
    }
}

/// Tries documents out, in order, up to the first that would not be accepted.
pub(super) async fn preview(
    realms: &Realms,
    documents: &[String],
) -> Result<PreviewInstallResponse, Status> {
    if documents.len() > DOCUMENTS_MAX {
        return Err(Status::invalid_argument(format!(
            "at most {DOCUMENTS_MAX} documents are tried out together"
        )));
    }
    let mut trials: Vec<Trial> = Vec::new();
    let mut response = PreviewInstallResponse::default();
    let mut dates = Vec::new();
    for armoured in documents {
        match tried(realms, &mut trials, armoured).await? {
            Ok(previewed) => {
                dates.extend((previewed.effective_at_s != 0).then_some(previewed.effective_at_s));
                response.documents.push(previewed);
            }
            Err(error) => {
                response.documents.push(not_accepted(&error));
                break;
            }
        }
    }
    let mut all = wire::Changes::default();
    for trial in &trials {
        changes::add(&mut all, trial.changes().await);
    }
    response.changes = Some(all);
    dates.sort_unstable();
    dates.dedup();
    for at_s in dates {
        let mut on_date = wire::Changes::default();
        for trial in &trials {
            let changes = trial.changes_on(CivilSeconds(at_s)).await;
            changes::add(&mut on_date, changes);
        }
        if !changes::is_empty(&on_date) {
            response.later.push(wire::DatedChanges {
                at_s,
                changes: Some(on_date),
            });
        }
    }
    Ok(response)
}

/// Tries one document out. The outer error: the daemon is stopping.
async fn tried(
    realms: &Realms,
    trials: &mut Vec<Trial>,
    armoured: &str,
) -> Result<Result<PreviewedDocument, InstallError>, Status> {
    let (kind, signed) = match read_armoured(armoured.as_bytes()) {
        Ok(read) => read,
        Err(error) => return Ok(Err(error.into())),
    };
    let released = released_licence(kind, &signed);
    let mut known = Vec::new();
    for realm in realms.all() {
        // A list that was tried out before counts for what comes after it.
        let trial = trials
            .iter()
            .find(|trial| trial.realm.vendor() == realm.vendor());
        let of = released.clone();
        let grounds = match trial {
            Some(trial) => Grounds::of(&trial.after, of.as_ref()),
            None => realm
                .read(move |reading| Grounds::of(reading.engine, of.as_ref()))
                .await
                .ok_or_else(stopping)?,
        };
        known.push((realm, grounds));
    }
    let vouched = match vouch(&known, kind, &signed) {
        Ok(vouched) => vouched,
        Err(error) => return Ok(Err(error)),
    };
    let position = trials
        .iter()
        .position(|trial| trial.realm.vendor() == vouched.realm.vendor());
    let mut trial = match position {
        Some(position) => trials.swap_remove(position),
        None => Trial::begin(&vouched.realm).await?,
    };
    // Nobody's pseudonym is made for what leaves no trace.
    let command = (vouched.command)(Actor::Daemon);
    let effective_at = vouched.effective_at;
    let outcome = trial.decide(command);
    // What it would do is what the administrator wants to know before accepting it.
    if outcome == Outcome::AwaitsAcceptance {
        let (digest, actor) = (vouched.digest, Actor::Daemon);
        trial.decide(Command::AcceptDocument { digest, actor });
    }
    let bound = bound_hosts(&trial.after);
    let compared = compared_hosts(bound).await;
    for (licence, found) in compared {
        trial.decide(Command::HostCompared {
            licence,
            matched: found.matched,
            readable: found.readable,
        });
    }
    let civil = trial.after.civil_now(trial.now).seconds();
    trials.push(trial);
    let installed = with_outcome(vouched.response, effective_at, outcome, civil);
    Ok(installed.map(|installed| PreviewedDocument {
        effective_at_s: installed.effective_at_s,
        installed: Some(installed),
        ..PreviewedDocument::default()
    }))
}

/// Why a document would not be accepted, in the way in which `Install` tells it.
fn not_accepted(error: &InstallError) -> PreviewedDocument {
    let problem = |code: &str| PreviewedDocument {
        problem_code: code.to_owned(),
        problem: sentence(error),
        ..PreviewedDocument::default()
    };
    match error {
        InstallError::Engine(refusal) => PreviewedDocument {
            refusal: Some(wire_refusal((**refusal).clone())),
            ..PreviewedDocument::default()
        },
        InstallError::Refused {
            source: DocumentError::TooNew { needed, terms, .. },
            ..
        } => PreviewedDocument {
            refusal: Some(wire_refusal(super::install::too_old(needed, terms))),
            ..PreviewedDocument::default()
        },
        InstallError::NoLicence { licence } => PreviewedDocument {
            refusal: Some(wire_refusal(licence_unknown(licence))),
            ..PreviewedDocument::default()
        },
        InstallError::Armour(_) => problem("DOCUMENT_DAMAGED"),
        InstallError::Kind { .. } => problem("DOCUMENT_OF_ANOTHER_KIND"),
        InstallError::NoVendor { .. } | InstallError::Refused { .. } => {
            problem("DOCUMENT_NOT_TRUSTED")
        }
        InstallError::Store(_) => problem("DOCUMENT_NOT_KEPT"),
    }
}

fn stopping() -> Status {
    Status::unavailable("the daemon is stopping")
}
