//! The administrators' service for what the vendor announced, and for the record that a bundle went to
//! its support. The engine decides which answers still count; texts stay in the receipts that brought them.

use std::collections::{BTreeMap, BTreeSet};

use octroi_engine::{AnnouncementVerdict, AnnouncementView, Command, Event, LicenceView, Outcome};
use octroi_licence::{Delay, DelayUnit, DocumentDigest, Support, message};
use octroi_proto::admin::v1::{self as wire, news_server::News};
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::{
    admin::{realm_of, refused},
    caller, install,
};
use crate::{
    realm::Realm,
    reporting::{Clerk, Stored},
    text::sentence,
};

/// The service on the administrators' socket.
pub(super) struct NewsService {
    clerk: Clerk,
}

impl NewsService {
    pub(super) fn new(clerk: Clerk) -> Self {
        Self { clerk }
    }

    fn realm(&self, vendor: &str) -> Result<Realm, Status> {
        realm_of(self.clerk.realms(), vendor)
    }

    async fn announcements_of(
        &self,
        realm: &Realm,
    ) -> Result<Vec<wire::AnnouncementStatus>, Status> {
        let views = realm
            .read(|reading| reading.engine.announcements(reading.now))
            .await
            .ok_or_else(|| Status::unavailable("the daemon is stopping"))?;
        let history = self.clerk.history(realm).await;
        let history = history.map_err(|error| Status::internal(sentence(&error)))?;
        let mut told = brought(&history);
        let vendor = realm.vendor().to_string();
        let status = |view: AnnouncementView| {
            let one = told.remove(&view.number).unwrap_or_default();
            let answer = view.answer;
            wire::AnnouncementStatus {
                vendor: vendor.clone(),
                number: view.number,
                kind: one.kind,
                text: one.text,
                due_day: one.due_day,
                effective_day: one.effective_day,
                version: one.version,
                product: one.product,
                received_at_ms: view.received_at.0,
                answer: answer.map(|(verdict, _)| name(verdict)).unwrap_or_default(),
                answered_at_ms: answer.map_or(0, |(_, at)| at.0),
                answerable: view.answerable_before.is_some(),
            }
        };
        Ok(views.into_iter().map(status).collect())
    }
}

fn name(verdict: AnnouncementVerdict) -> String {
    match verdict {
        AnnouncementVerdict::Objected => "objected",
        _ => "accepted",
    }
    .to_owned()
}

/// What the receipts that are still there brought, by number. They were verified when they came.
fn brought(history: &[Stored]) -> BTreeMap<u64, message::Announcement> {
    let receipts = history.iter().filter_map(|one| one.receipt.as_ref());
    receipts
        .filter_map(|signed| message::Receipt::decode(signed.payload.as_slice()).ok())
        .flat_map(|receipt| receipt.announcements)
        .map(|one| (one.number, one))
        .collect()
}

#[tonic::async_trait]
impl News for NewsService {
    async fn list_announcements(
        &self,
        request: Request<wire::ListAnnouncementsRequest>,
    ) -> Result<Response<wire::ListAnnouncementsResponse>, Status> {
        let vendor = request.into_inner().vendor;
        let realms = match vendor.as_str() {
            "" => self.clerk.realms().all(),
            named => vec![self.realm(named)?],
        };
        let mut response = wire::ListAnnouncementsResponse::default();
        for realm in realms {
            let of_realm = self.announcements_of(&realm).await?;
            response.announcements.extend(of_realm);
        }
        Ok(Response::new(response))
    }

    async fn answer_announcement(
        &self,
        request: Request<wire::AnswerAnnouncementRequest>,
    ) -> Result<Response<wire::AnswerAnnouncementResponse>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let actor = install::actor(&realm, uid).await;
        let command = Command::AnswerAnnouncement {
            number: request.number,
            verdict: if request.objects {
                AnnouncementVerdict::Objected
            } else {
                AnnouncementVerdict::Accepted
            },
            actor,
        };
        let unchanged = match realm.ask(command).await {
            Outcome::Done => false,
            Outcome::AlreadyInstalled => true,
            Outcome::Refused(refusal) => return Err(refused(refusal)),
            _ => return Err(unfitting()),
        };
        Ok(Response::new(wire::AnswerAnnouncementResponse {
            vendor: realm.vendor().to_string(),
            number: request.number,
            objects: request.objects,
            unchanged,
        }))
    }

    async fn record_diagnosis(
        &self,
        request: Request<wire::RecordDiagnosisRequest>,
    ) -> Result<Response<wire::RecordDiagnosisResponse>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let digest: [u8; 32] = request
            .digest
            .try_into()
            .map_err(|_| Status::invalid_argument("a digest has 32 bytes"))?;
        let promised = promised(&realm, &request.severity).await?;
        let actor = install::actor(&realm, uid).await;
        let event = Event::DiagnosisWritten {
            digest: DocumentDigest::from_bytes(digest),
            severity: request.severity,
            users: request.includes_users,
            hosts: request.includes_hosts,
            paths: request.includes_paths,
            actor,
        };
        match realm.ask(Command::Note { event }).await {
            Outcome::Done => Ok(Response::new(promised)),
            Outcome::Refused(refusal) => Err(refused(refusal)),
            _ => Err(unfitting()),
        }
    }
}

/// What the vendor's licences promise for a fault of a severity (clause Z21).
async fn promised(realm: &Realm, severity: &str) -> Result<wire::RecordDiagnosisResponse, Status> {
    let supports = realm.read(|reading| {
        let licences = reading.engine.licences().into_iter();
        let support = |view: LicenceView| {
            let documents = reading.engine.documents(&view.licence)?;
            documents.licence.support.clone()
        };
        licences.filter_map(support).collect::<Vec<Support>>()
    });
    let supports = supports.await.unwrap_or_default();
    let mut response = wire::RecordDiagnosisResponse {
        vendor: realm.vendor().to_string(),
        contact: supports
            .first()
            .map(|one| one.contact.clone())
            .unwrap_or_default(),
        ..wire::RecordDiagnosisResponse::default()
    };
    if severity.is_empty() {
        return Ok(response);
    }
    let known = || supports.iter().flat_map(|one| &one.severities);
    let Some(found) = known().find(|one| one.id == severity) else {
        let ids: BTreeSet<&str> = known().map(|one| one.id.as_str()).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        return Err(Status::invalid_argument(format!(
            "no licence of {} knows this severity; known: {}",
            realm.vendor(),
            if ids.is_empty() {
                "none".to_owned()
            } else {
                ids.join(", ")
            }
        )));
    };
    let delay = |one: Option<Delay>| {
        one.map(|one| format!("{} {}", one.amount, unit(one.unit)))
            .unwrap_or_default()
    };
    response.severity_name.clone_from(&found.name);
    response.respond = delay(found.respond);
    response.restore = delay(found.restore);
    Ok(response)
}

fn unit(unit: DelayUnit) -> &'static str {
    let name = unit.wire().as_str_name();
    name.strip_prefix("DELAY_UNIT_").unwrap_or(name)
}

/// An answer of the realm that its command cannot have.
fn unfitting() -> Status {
    Status::internal("the realm gave an answer that fits no such act")
}
