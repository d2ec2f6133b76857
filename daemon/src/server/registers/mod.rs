//! The service for the registers that the client's administrator keeps: log book, interventions,
//! announced operations, contested invoices, and what was written out. Texts are kept beside the ledger
//! before the engine records what finds and proves them; no rule is decided here.

mod logbook;
mod proof;
mod seen;

use std::{path::PathBuf, sync::Arc};

use octroi_engine::{Command, ExportKind, KeptText, Outcome, RegisterEntry, TextId, UserPseudonym};
use octroi_licence::{CivilSeconds, FeatureName, LicenceId};
use octroi_proto::admin::v1::{self as wire, registers_server::Registers};
use tokio::sync::oneshot;
use tonic::{Request, Response, Status};

pub(super) use self::seen::written;
use super::{
    acts::unfitting,
    admin::{bad_name, realm_of, refused_by},
    asking::NAME_BYTES_MAX,
    caller, install,
};
use crate::{
    clock::civil_now,
    identities::{self, NamedAs, blocking},
    realm::{Message, Realm},
    realms::Realms,
    text::sentence,
};

/// Bytes of a line of the log book, or of the reasons of a dispute.
const LONG_BYTES_MAX: usize = 4_000;
/// Bytes of what is to be done, was done, or something is for.
const SHORT_BYTES_MAX: usize = 1_000;
/// Bytes of a name or number.
const LABEL_BYTES_MAX: usize = 200;

/// The service on the administrators' socket.
pub(super) struct RegistersService {
    realms: Arc<Realms>,
}

impl RegistersService {
    pub(super) fn new(realms: Arc<Realms>) -> Self {
        Self { realms }
    }

    fn realm(&self, vendor: &str) -> Result<Realm, Status> {
        realm_of(&self.realms, vendor)
    }

    fn ledger_of(&self, realm: &Realm) -> PathBuf {
        self.realms.paths_of(realm.vendor()).ledger()
    }
}

/// Keeps a text beside the ledger; `what` names it where it is refused.
async fn keep(realm: &Realm, what: &str, text: &str, most: usize) -> Result<KeptText, Status> {
    let odd = |one: char| one.is_control() && one != '\n' && one != '\t';
    if text.trim().is_empty() || text.len() > most || text.chars().any(odd) {
        return Err(Status::invalid_argument(format!(
            "{what} has 1 to {most} bytes and no control characters but ends of lines"
        )));
    }
    let kept = identities::keep_proven(realm.identities(), text.to_owned()).await;
    kept.map_err(|error| Status::internal(sentence(&error)))
}

async fn keep_optional(
    realm: &Realm,
    what: &str,
    text: &str,
    most: usize,
) -> Result<Option<KeptText>, Status> {
    match text {
        "" => Ok(None),
        text => keep(realm, what, text, most).await.map(Some),
    }
}

/// Has an entry recorded; gives the record's number, and whether it came late.
async fn enter(realm: &Realm, uid: u32, entry: RegisterEntry) -> Result<(u64, bool), Status> {
    let actor = install::actor(realm, uid).await;
    match realm.ask(Command::Enter { entry, actor }).await {
        Outcome::Entered { record, late } => Ok((record, late)),
        Outcome::Refused(refusal) => Err(refused_by(realm, refusal).await),
        _ => Err(unfitting()),
    }
}

/// Records that something leaves the daemon's keeping; gives what the file is marked with.
pub(super) async fn record_export(
    realm: &Realm,
    uid: u32,
    (what, about): (ExportKind, Option<UserPseudonym>),
    purpose: &str,
) -> Result<wire::ExportMark, Status> {
    let kept = keep_optional(realm, "what it is for", purpose, SHORT_BYTES_MAX).await?;
    let entry = RegisterEntry::Export {
        what,
        about,
        purpose: kept,
    };
    let (record, _) = enter(realm, uid, entry).await?;
    let by = match identities::of_uid(realm.identities(), uid).await {
        Ok(user) => realm.user_name(user).await,
        Err(error) => return Err(Status::internal(sentence(&error))),
    };
    Ok(wire::ExportMark {
        vendor: realm.vendor().to_string(),
        record,
        by,
        at_ms: civil_now().millis().0,
        purpose: purpose.to_owned(),
    })
}

/// Has a checkpoint signed and synced that covers everything recorded before.
async fn checkpoint(realm: &Realm) -> Result<(), Status> {
    let (answer, checkpoint) = oneshot::channel();
    realm.send(Message::Checkpoint { answer }).await;
    match checkpoint.await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Status::internal("no checkpoint could be signed")),
        Err(_) => Err(Status::unavailable("the daemon is stopping")),
    }
}

fn entered(realm: &Realm, record: u64) -> Response<wire::Entered> {
    let vendor = realm.vendor().to_string();
    Response::new(wire::Entered { vendor, record })
}

#[tonic::async_trait]
impl Registers for RegistersService {
    async fn list_logbook(
        &self,
        request: Request<wire::ListLogbookRequest>,
    ) -> Result<Response<wire::ListLogbookResponse>, Status> {
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let listed = logbook::list(&realm, self.ledger_of(&realm), &request).await?;
        Ok(Response::new(listed))
    }

    async fn add_to_logbook(
        &self,
        request: Request<wire::AddToLogbookRequest>,
    ) -> Result<Response<wire::Entered>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let text = keep(
            &realm,
            "a line of the log book",
            &request.text,
            LONG_BYTES_MAX,
        )
        .await?;
        let (record, _) = enter(&realm, uid, RegisterEntry::Note(text)).await?;
        Ok(entered(&realm, record))
    }

    async fn erase_text(
        &self,
        request: Request<wire::EraseTextRequest>,
    ) -> Result<Response<wire::EraseTextResponse>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let ids = logbook::texts_of_record(self.ledger_of(&realm), request.record).await?;
        if ids.is_empty() {
            return Err(Status::not_found(format!(
                "record {} of the ledger has no texts",
                request.record
            )));
        }
        let record = request.record;
        enter(&realm, uid, RegisterEntry::EraseText { record }).await?;
        let identities = realm.identities().clone();
        let erased = blocking(move || {
            let mut erased = 0;
            for id in ids {
                erased += u32::from(identities.erase_text(id)?);
            }
            Ok(erased)
        });
        let texts = erased
            .await
            .map_err(|error| Status::internal(sentence(&error)))?;
        let vendor = realm.vendor().to_string();
        Ok(Response::new(wire::EraseTextResponse { vendor, texts }))
    }

    async fn export_logbook(
        &self,
        request: Request<wire::ExportLogbookRequest>,
    ) -> Result<Response<wire::ProvenExport>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let what = (ExportKind::Logbook, None);
        let mark = record_export(&realm, uid, what, &request.purpose).await?;
        checkpoint(&realm).await?;
        let proven = proof::logbook(&realm, self.ledger_of(&realm), mark).await?;
        Ok(Response::new(proven))
    }

    async fn open_intervention(
        &self,
        request: Request<wire::OpenInterventionRequest>,
    ) -> Result<Response<wire::Entered>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let author = keep(&realm, "the author", &request.author, LABEL_BYTES_MAX).await?;
        let nature = keep(&realm, "the nature", &request.nature, SHORT_BYTES_MAX).await?;
        let entry = RegisterEntry::InterventionOpened {
            author,
            nature,
            backed_up: request.backed_up,
        };
        let (record, _) = enter(&realm, uid, entry).await?;
        Ok(entered(&realm, record))
    }

    async fn close_intervention(
        &self,
        request: Request<wire::CloseInterventionRequest>,
    ) -> Result<Response<wire::Entered>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let result = keep_optional(&realm, "what was done", &request.result, SHORT_BYTES_MAX);
        let entry = RegisterEntry::InterventionClosed {
            opened: request.intervention,
            result: result.await?,
        };
        let (record, _) = enter(&realm, uid, entry).await?;
        Ok(entered(&realm, record))
    }

    async fn announce_operation(
        &self,
        request: Request<wire::AnnounceOperationRequest>,
    ) -> Result<Response<wire::AnnounceOperationResponse>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let licence: LicenceId = request
            .licence_id
            .parse()
            .map_err(|error| bad_name(&error))?;
        let feature: FeatureName = request.feature.parse().map_err(|error| bad_name(&error))?;
        let command = Command::Announce {
            licence,
            feature,
            operation: operation(&realm, &request.operation).await?,
            amount: request.amount,
            until: CivilSeconds(request.until_s),
            actor: install::actor(&realm, uid).await,
        };
        let vendor = realm.vendor().to_string();
        match realm.ask(command).await {
            Outcome::Done => Ok(Response::new(wire::AnnounceOperationResponse { vendor })),
            Outcome::Refused(refusal) => Err(refused_by(&realm, refusal).await),
            _ => Err(unfitting()),
        }
    }

    async fn dispute_invoice(
        &self,
        request: Request<wire::DisputeInvoiceRequest>,
    ) -> Result<Response<wire::ProvenExport>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let licence = match request.licence_id.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|error| bad_name(&error))?),
        };
        let invoice = keep(
            &realm,
            "an invoice's number",
            &request.invoice,
            LABEL_BYTES_MAX,
        );
        let invoice = invoice.await?;
        let reasons = keep(&realm, "the reasons", &request.reasons, LONG_BYTES_MAX).await?;
        let entry = RegisterEntry::Dispute {
            licence,
            invoice,
            reasons,
            contest_until: CivilSeconds(request.contest_until_s),
            records: request.records.clone(),
        };
        let (record, late) = enter(&realm, uid, entry).await?;
        // The excerpt is for the vendor, and leaves by it.
        let what = (ExportKind::Excerpt, None);
        let mark = record_export(&realm, uid, what, "").await?;
        checkpoint(&realm).await?;
        let ledger = self.ledger_of(&realm);
        let proven = proof::records(&realm, ledger, (record, request.records), mark).await?;
        Ok(Response::new(wire::ProvenExport {
            record,
            late,
            ..proven
        }))
    }

    async fn record_export(
        &self,
        request: Request<wire::RecordExportRequest>,
    ) -> Result<Response<wire::ExportMark>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let what = match request.what() {
            wire::ExportedThing::Ledger => ExportKind::Ledger,
            wire::ExportedThing::Excerpt => ExportKind::Excerpt,
            wire::ExportedThing::Diagnosis => ExportKind::Diagnosis,
            // These are recorded by the acts that give them out.
            wire::ExportedThing::User
            | wire::ExportedThing::Logbook
            | wire::ExportedThing::Unspecified => {
                return Err(Status::invalid_argument(
                    "nothing of this kind is exported so",
                ));
            }
        };
        let mark = record_export(&realm, uid, (what, None), &request.purpose).await?;
        if what == ExportKind::Excerpt {
            // A proof needs a signed checkpoint that covers the record.
            checkpoint(&realm).await?;
        }
        Ok(Response::new(mark))
    }
}

/// The id under which applications' consumption for an operation counts.
async fn operation(realm: &Realm, name: &str) -> Result<Option<TextId>, Status> {
    if name.is_empty() {
        return Ok(None);
    }
    if name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
        return Err(Status::invalid_argument(
            "an operation's name has 1 to 256 bytes and no control characters",
        ));
    }
    let id = identities::of_name(realm.identities(), NamedAs::Operation, name).await;
    let id = id.map_err(|error| Status::internal(sentence(&error)))?;
    Ok(Some(TextId(id.0)))
}

/// What is open or expected, for status.
pub(super) async fn open(realm: &Realm) -> wire::OpenRegisters {
    let read = realm.read(|reading| {
        let engine = reading.engine;
        let civil = engine.civil_now(reading.now);
        let open: Vec<_> = engine.open_interventions().collect();
        (engine.operations(civil), open)
    });
    let Some((operations, interventions)) = read.await else {
        return wire::OpenRegisters::default();
    };
    let mut told = Vec::with_capacity(operations.len());
    for one in operations {
        let identities = realm.identities().clone();
        let id = UserPseudonym(one.operation.0);
        let name = match one.month {
            Some(_) => None,
            None => blocking(move || identities.named(id)).await.ok().flatten(),
        };
        let (announced, announced_until) = one.announced.unwrap_or((0, CivilSeconds(0)));
        told.push(wire::OperationStatus {
            licence_id: one.licence.to_string(),
            feature: one.feature.to_string(),
            operation: match one.month {
                Some(_) => String::new(),
                None => name.unwrap_or_else(|| identities::ERASED.to_owned()),
            },
            month_s: one.month.map_or(0, |month| month.0),
            used: one.used,
            announced,
            announced_until_s: announced_until.0,
            announce_above: one.announce_above,
            unannounced: one.unannounced,
        });
    }
    wire::OpenRegisters {
        operations: told,
        interventions: interventions
            .into_iter()
            .map(|(record, since)| wire::OpenIntervention {
                record,
                since_ms: since.0,
            })
            .collect(),
    }
}
