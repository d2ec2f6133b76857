//! The administrators' service for acts beside installing and releasing: users, past refusals, notices
//! of non-renewal. Each act is decided by the engine and recorded with its actor; names and free texts
//! go into the store of identities alone. No rule is decided here.

mod accept;
mod declare;
mod erase;
pub(super) mod history;
mod remove;
mod users;

use std::sync::Arc;

use octroi_engine::{Command, Outcome, TextId};
use octroi_proto::admin::v1::{self as wire, acts_server::Acts};
use tonic::{Request, Response, Status};

use super::{
    admin::{bad_name, realm_of, refused_by},
    caller, install, registers, view,
};
use crate::{realm::Realm, realms::Realms, text::sentence};

/// Bytes of a reason.
const REASON_BYTES_MAX: usize = 1_000;

/// The service on the administrators' socket.
pub(super) struct ActsService {
    realms: Arc<Realms>,
}

impl ActsService {
    pub(super) fn new(realms: Arc<Realms>) -> Self {
        Self { realms }
    }

    fn realm(&self, vendor: &str) -> Result<Realm, Status> {
        realm_of(&self.realms, vendor)
    }

    fn ledger_of(&self, realm: &Realm) -> std::path::PathBuf {
        self.realms.paths_of(realm.vendor()).ledger()
    }
}

/// Keeps a reason beside the ledger; an empty one is none.
pub(super) async fn keep_reason(realm: &Realm, text: &str) -> Result<Option<TextId>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > REASON_BYTES_MAX {
        return Err(Status::invalid_argument("a reason has at most 1,000 bytes"));
    }
    let kept = crate::identities::keep_text(realm.identities(), text.to_owned()).await;
    kept.map(Some)
        .map_err(|error| Status::internal(sentence(&error)))
}

#[tonic::async_trait]
impl Acts for ActsService {
    async fn list_users(
        &self,
        request: Request<wire::ListUsersRequest>,
    ) -> Result<Response<wire::ListUsersResponse>, Status> {
        let vendor = request.into_inner().vendor;
        let realms = match vendor.as_str() {
            "" => self.realms.all(),
            named => vec![self.realm(named)?],
        };
        let mut response = wire::ListUsersResponse::default();
        for realm in realms {
            response.users.extend(users::list(&realm).await);
        }
        Ok(Response::new(response))
    }

    async fn block_user(
        &self,
        request: Request<wire::BlockUserRequest>,
    ) -> Result<Response<wire::UserActed>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let kind = users::named_as(request.kind)?;
        let user = users::met(&realm, kind, &request.user).await?;
        let reason = keep_reason(&realm, &request.reason).await?;
        let unchanged = users::is_blocked(&realm, user).await;
        let actor = install::actor(&realm, uid).await;
        let command = Command::BlockUser {
            user,
            actor,
            reason,
        };
        users::acted(&realm, request.user, unchanged, command).await
    }

    async fn unblock_user(
        &self,
        request: Request<wire::UnblockUserRequest>,
    ) -> Result<Response<wire::UserActed>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let kind = users::named_as(request.kind)?;
        let user = users::met(&realm, kind, &request.user).await?;
        let unchanged = !users::is_blocked(&realm, user).await;
        let actor = install::actor(&realm, uid).await;
        let command = Command::UnblockUser { user, actor };
        users::acted(&realm, request.user, unchanged, command).await
    }

    async fn export_user(
        &self,
        request: Request<wire::ExportUserRequest>,
    ) -> Result<Response<wire::ExportUserResponse>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let extract = erase::extract(&realm, self.ledger_of(&realm), &request, uid).await?;
        Ok(Response::new(extract))
    }

    async fn erase_user(
        &self,
        request: Request<wire::EraseUserRequest>,
    ) -> Result<Response<wire::EraseUserResponse>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let actor = install::actor(&realm, uid).await;
        let ledger = self.ledger_of(&realm);
        let whom = (request.kind, request.user.as_str());
        let erased = erase::erase(&realm, ledger, whom, actor).await?;
        Ok(Response::new(erased))
    }

    async fn sync_users(
        &self,
        request: Request<wire::SyncUsersRequest>,
    ) -> Result<Response<wire::SyncUsersResponse>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let actor = install::actor(&realm, uid).await;
        let synced = users::sync(&realm, request, actor).await?;
        Ok(Response::new(synced))
    }

    async fn past_refusals(
        &self,
        request: Request<wire::PastRefusalsRequest>,
    ) -> Result<Response<wire::PastRefusalsResponse>, Status> {
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let refusals = history::refusals(&realm, self.ledger_of(&realm), &request).await?;
        Ok(Response::new(wire::PastRefusalsResponse { refusals }))
    }

    async fn record_non_renewal(
        &self,
        request: Request<wire::RecordNonRenewalRequest>,
    ) -> Result<Response<wire::RecordNonRenewalResponse>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let licence = request.licence_id.parse();
        let licence = licence.map_err(|error| bad_name(&error))?;
        let actor = install::actor(&realm, uid).await;
        match realm
            .ask(Command::RecordNonRenewal { licence, actor })
            .await
        {
            Outcome::NonRenewal { ends_at } => Ok(Response::new(wire::RecordNonRenewalResponse {
                vendor: realm.vendor().to_string(),
                licence_id: request.licence_id,
                ends_at_s: ends_at.0,
            })),
            Outcome::Refused(refusal) => Err(refused_by(&realm, refusal).await),
            _ => Err(unfitting()),
        }
    }

    async fn declare(
        &self,
        request: Request<wire::DeclareRequest>,
    ) -> Result<Response<wire::DeclareResponse>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let declared = declare::declare(&realm, request, uid).await?;
        Ok(Response::new(declared))
    }

    async fn accept_document(
        &self,
        request: Request<wire::AcceptDocumentRequest>,
    ) -> Result<Response<wire::AcceptDocumentResponse>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let licence = request.licence_id.parse();
        let licence = licence.map_err(|error| bad_name(&error))?;
        let actor = install::actor(&realm, uid).await;
        let accepted = accept::document(&realm, &licence, &request.digest, actor).await?;
        Ok(Response::new(accepted))
    }

    async fn remove(
        &self,
        request: Request<wire::RemoveRequest>,
    ) -> Result<Response<wire::RemoveResponse>, Status> {
        let uid = caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let ledger = self.ledger_of(&realm);
        let removed = remove::remove(&realm, ledger, request, uid).await?;
        Ok(Response::new(removed))
    }
}

/// An answer of the realm that its command cannot have.
pub(super) fn unfitting() -> Status {
    Status::internal("the realm gave an answer that fits no such act")
}
