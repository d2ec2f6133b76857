//! The administrators' service: whoever may open the socket (group `octroi`) is one. It shows what
//! stands and hands acts to the realms; each act is recorded with its actor.

use std::sync::Arc;

use octroi_engine::{Command, Event, LicenceDocuments, Outcome, Refusal, RefusalCode, SeatId};
use octroi_licence::{
    ActivationRequest, CivilSeconds, DocumentKind, HostComponentKind, LicenceId, NameError,
    VendorId, VendorRoot, activation_code_proof, armour, digest_of, message, read_armoured, sign,
    verify_self_signed,
};
use octroi_proto::admin::v1::{self as wire, admin_server::Admin};
use prost::Message as _;
use tokio::sync::oneshot;
use tonic::{Code, Request, Response, Status};

use super::{
    acts, diagnosis, dry_run, explaining, install, keys, next_steps::add_next_steps, view,
};
use crate::{
    host::HostFacts,
    realm::{Message, Realm, wire_refusal},
    realms::{Realms, TrustError},
    reporting::{Clerk, warnings},
    text::sentence,
};

/// The service on the administrators' socket.
pub(crate) struct AdminService {
    realms: Arc<Realms>,
    clerk: Clerk,
    started_at: CivilSeconds,
}

impl AdminService {
    pub(crate) fn new(realms: Arc<Realms>, clerk: Clerk) -> Self {
        let started_at = crate::clock::civil_now();
        Self {
            realms,
            clerk,
            started_at,
        }
    }

    fn realm(&self, vendor: &str) -> Result<Realm, Status> {
        realm_of(&self.realms, vendor)
    }

    fn realms_named(&self, vendor: &str) -> Result<Vec<Realm>, Status> {
        if vendor.is_empty() {
            Ok(self.realms.all())
        } else {
            Ok(vec![self.realm(vendor)?])
        }
    }
}

/// The realm of the vendor named, or the only one.
pub(super) fn realm_of(realms: &Realms, vendor: &str) -> Result<Realm, Status> {
    if vendor.is_empty() {
        let mut all = realms.all();
        return match (all.pop(), all.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(Status::not_found("no vendor is trusted yet")),
            (Some(_), false) => Err(Status::invalid_argument(
                "several vendors are trusted: name one",
            )),
        };
    }
    let vendor: VendorId = vendor.parse().map_err(|error| bad_name(&error))?;
    realms
        .by_vendor(&vendor)
        .ok_or_else(|| Status::not_found(format!("vendor {vendor} is not trusted here")))
}

#[tonic::async_trait]
impl Admin for AdminService {
    async fn trust_vendor(
        &self,
        request: Request<wire::TrustVendorRequest>,
    ) -> Result<Response<wire::TrustVendorResponse>, Status> {
        let uid = super::caller(&request)?.uid();
        let request = request.into_inner();
        let (kind, signed) = read_armoured(request.armoured.as_bytes())
            .map_err(|error| Status::invalid_argument(sentence(&error)))?;
        if kind != DocumentKind::VendorRoot {
            return Err(Status::invalid_argument(format!(
                "this is a {kind}, not a vendor root"
            )));
        }
        let root = verify_self_signed::<VendorRoot>(&signed)
            .map_err(|error| Status::unauthenticated(sentence(&error)))?;
        let fingerprint = root.document().public_key.id().to_string();
        let expected = request.expected_fingerprint.to_lowercase();
        if !expected.is_empty() && expected != fingerprint {
            return Err(Status::unauthenticated(format!(
                "the root's fingerprint is {fingerprint}, not the one that was compared"
            )));
        }
        let (realm, already_trusted) = self
            .realms
            .trust(&root, &request.armoured, uid)
            .await
            .map_err(|error| {
                let text = sentence(&error);
                match error {
                    TrustError::AnotherRoot { .. } => Status::unauthenticated(text),
                    _ => Status::internal(text),
                }
            })?;
        Ok(Response::new(wire::TrustVendorResponse {
            vendor: realm.vendor().to_string(),
            vendor_name: root.document().vendor_name.clone(),
            fingerprint,
            already_trusted,
        }))
    }

    async fn install(
        &self,
        request: Request<wire::InstallRequest>,
    ) -> Result<Response<wire::InstallResponse>, Status> {
        let uid = super::caller(&request)?.uid();
        let armoured = request.into_inner().armoured;
        let mut response = install::install(&self.realms, &armoured, uid).await?;
        if let Ok(realm) = self.realm(&response.vendor) {
            crate::service::compare_hosts(&realm).await;
            add_next_steps(self.realms.keys(), &realm, &mut response).await;
        }
        Ok(Response::new(response))
    }

    async fn preview_install(
        &self,
        request: Request<wire::PreviewInstallRequest>,
    ) -> Result<Response<wire::PreviewInstallResponse>, Status> {
        let documents = request.into_inner().armoured;
        let preview = dry_run::preview(&self.realms, &documents).await?;
        Ok(Response::new(preview))
    }

    async fn diagnose(
        &self,
        request: Request<wire::DiagnoseRequest>,
    ) -> Result<Response<wire::DiagnoseResponse>, Status> {
        let probe = request.into_inner().probe_servers;
        let diagnosis = diagnosis::diagnose(&self.clerk, self.started_at, probe).await;
        Ok(Response::new(diagnosis))
    }

    async fn hardware_keys(
        &self,
        request: Request<wire::HardwareKeysRequest>,
    ) -> Result<Response<wire::HardwareKeysResponse>, Status> {
        let look = request.into_inner().look;
        Ok(Response::new(keys::seen(&self.realms, look).await))
    }

    async fn create_activation_request(
        &self,
        request: Request<wire::CreateActivationRequestRequest>,
    ) -> Result<Response<wire::CreateActivationRequestResponse>, Status> {
        let uid = super::caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let response = recorded_request(&self.realms, &realm, &request, uid).await?;
        Ok(Response::new(response))
    }

    async fn status(
        &self,
        _: Request<wire::StatusRequest>,
    ) -> Result<Response<wire::StatusResponse>, Status> {
        let mut response = view::status(&self.realms).await;
        for realm in self.realms.all() {
            warnings::add(&self.clerk, &realm, &mut response.warnings).await;
        }
        Ok(Response::new(response))
    }

    async fn seats(
        &self,
        request: Request<wire::SeatsRequest>,
    ) -> Result<Response<wire::SeatsResponse>, Status> {
        let request = request.into_inner();
        let mut response = wire::SeatsResponse::default();
        for realm in self.realms_named(&request.vendor)? {
            view::seats(&realm, &request.feature, &mut response).await;
        }
        Ok(Response::new(response))
    }

    async fn release_seat(
        &self,
        request: Request<wire::ReleaseSeatRequest>,
    ) -> Result<Response<wire::ReleaseSeatResponse>, Status> {
        let uid = super::caller(&request)?.uid();
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let reason = acts::keep_reason(&realm, &request.reason).await?;
        let actor = install::actor(&realm, uid).await;
        let seat = SeatId(request.seat);
        match realm
            .ask(Command::RevokeSeat {
                seat,
                actor,
                reason,
            })
            .await
        {
            Outcome::Revoked { freed, hold_ms } => {
                let hold_ms = u32::try_from(hold_ms).unwrap_or(u32::MAX);
                Ok(Response::new(wire::ReleaseSeatResponse { freed, hold_ms }))
            }
            Outcome::Refused(refusal) if refusal.code == RefusalCode::SeatNotHeld => {
                Err(Status::not_found(format!("seat {seat} is not held")))
            }
            Outcome::Refused(refusal) => Err(refused_by(&realm, refusal).await),
            _ => Err(Status::internal(
                "the realm gave an answer that fits no release",
            )),
        }
    }

    async fn host_id(
        &self,
        _: Request<wire::HostIdRequest>,
    ) -> Result<Response<wire::HostIdResponse>, Status> {
        let facts = host_facts().await?;
        Ok(Response::new(wire::HostIdResponse {
            components: view::host_components(&facts),
        }))
    }

    async fn explain_licence(
        &self,
        request: Request<wire::ExplainLicenceRequest>,
    ) -> Result<Response<wire::ExplainLicenceResponse>, Status> {
        let request = request.into_inner();
        let realm = self.realm(&request.vendor)?;
        let explained = explaining::licence(&realm, &request).await?;
        Ok(Response::new(explained))
    }

    async fn checkpoint(
        &self,
        request: Request<wire::CheckpointRequest>,
    ) -> Result<Response<wire::CheckpointResponse>, Status> {
        let realm = self.realm(&request.into_inner().vendor)?;
        let (answer, checkpoint) = oneshot::channel();
        realm.send(Message::Checkpoint { answer }).await;
        match checkpoint.await {
            Ok(Some((size, root))) => {
                let root = hex::encode(root);
                Ok(Response::new(wire::CheckpointResponse { size, root }))
            }
            Ok(None) => Err(refused(Refusal::of(RefusalCode::LedgerUnwritable))),
            Err(_) => Err(Status::unavailable("the daemon is stopping")),
        }
    }
}

/// Makes a request and records it, before it can leave the machine.
pub(super) async fn recorded_request(
    realms: &Realms,
    realm: &Realm,
    request: &wire::CreateActivationRequestRequest,
    uid: u32,
) -> Result<wire::CreateActivationRequestResponse, Status> {
    let site = match request.site.as_str() {
        "" => realms.configuration().site.clone(),
        site => Some(site.parse().map_err(|error| bad_name(&error))?),
    };
    let (armoured, digest, licence, preview) = activation_request(realm, request, site).await?;
    let actor = install::actor(realm, uid).await;
    let event = Event::ActivationRequested {
        licence,
        digest,
        actor,
    };
    if let Outcome::Refused(refusal) = realm.note(event).await {
        return Err(refused(refusal));
    }
    Ok(wire::CreateActivationRequestResponse { armoured, preview })
}

/// Makes, signs and armours a request; also what leaves the machine, in plain lines.
async fn activation_request(
    realm: &Realm,
    request: &wire::CreateActivationRequestRequest,
    site: Option<octroi_licence::SiteId>,
) -> Result<
    (
        String,
        octroi_licence::DocumentDigest,
        LicenceId,
        Vec<String>,
    ),
    Status,
> {
    let licence: LicenceId = request
        .licence_id
        .parse()
        .map_err(|error| bad_name(&error))?;
    let wanted = licence.clone();
    let found = realm
        .read(move |reading| reading.engine.documents(&wanted))
        .await
        .flatten();
    let Some(LicenceDocuments {
        licence: document,
        certificate: held,
        ..
    }) = found
    else {
        return Err(Status::not_found(format!(
            "licence {licence} is not installed; install it first"
        )));
    };
    let mut nonce = [0; 16];
    let mut salt = [0; 16];
    for bytes in [&mut nonce, &mut salt] {
        getrandom::fill(bytes).map_err(|_| Status::internal("the system gave no entropy"))?;
    }
    // The same machine hashes as before: so the vendor sees whether the licence moved to another.
    if let Some(host) = held.as_ref().and_then(|held| held.host.as_ref()) {
        salt = host.salt;
    }
    let mut preview = vec![
        format!("licence {licence}, serial {}", document.serial),
        format!("this daemon's public key {}", realm.public_key()),
    ];
    let host = if document.binding.host_components_required.is_some() {
        let facts = host_facts().await?;
        let identity = tokio::task::spawn_blocking(move || facts.hash(&salt))
            .await
            .map_err(|_| Status::internal("the host's components could not be hashed"))?;
        for component in &identity.components {
            preview.push(format!("{} (Argon2id hash only)", component.kind.name()));
        }
        Some(wire_host(&identity))
    } else {
        None
    };
    if let Some(site) = &site {
        preview.push(format!("site {site}"));
    }
    preview.push("a proof of the activation code (not the code)".to_owned());
    preview.push(format!(
        "version of the daemon {}",
        env!("CARGO_PKG_VERSION")
    ));
    let key = realm.public_key();
    let payload = message::ActivationRequest {
        frame: Some(message::DocumentFrame {
            vendor: realm.vendor().to_string(),
            licence_id: licence.to_string(),
            issued_at_s: crate::clock::civil_now().0,
            ..Default::default()
        }),
        licence_digest: document.digest().as_bytes().to_vec(),
        daemon_key: key.as_bytes().to_vec(),
        site: site.map(String::from).unwrap_or_default(),
        host,
        code_proof: activation_code_proof(
            &request.activation_code,
            document.digest(),
            &key,
            &nonce,
        )
        .to_vec(),
        nonce: nonce.to_vec(),
        shares: Vec::new(),
        daemon_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
    .encode_to_vec();
    let kind = DocumentKind::ActivationRequest;
    let digest = digest_of(kind, &payload);
    let Ok(signed) = sign(kind, payload, realm.daemon_key(), Vec::new());
    // What does not verify here would be refused there.
    verify_self_signed::<ActivationRequest>(&signed)
        .map_err(|error| Status::internal(sentence(&error)))?;
    let summary = format!("Activation request for licence {licence}\nSend it to the vendor.");
    Ok((armour(kind, &signed, &summary), digest, licence, preview))
}

fn wire_host(identity: &octroi_licence::HostIdentity) -> message::HostIdentity {
    message::HostIdentity {
        salt: identity.salt.to_vec(),
        components: identity
            .components
            .iter()
            .map(|component| message::HostComponent {
                kind: HostComponentKind::wire(component.kind).into(),
                digest: component.digest.to_vec(),
            })
            .collect(),
    }
}

async fn host_facts() -> Result<HostFacts, Status> {
    tokio::task::spawn_blocking(HostFacts::read)
        .await
        .map_err(|_| Status::internal("the host's components could not be read"))
}

pub(super) fn bad_name(error: &NameError) -> Status {
    Status::invalid_argument(error.to_string())
}

pub(super) fn refused(refusal: Refusal) -> Status {
    let name = format!("{:?}", refusal.code);
    with_details(&name, &wire_refusal(refusal))
}

/// The same, with the clause on which it rests.
pub(super) async fn refused_by(realm: &Realm, refusal: Refusal) -> Status {
    let name = format!("{:?}", refusal.code);
    with_details(&name, &realm.explained(refusal).await)
}

/// A refusal told as an error's sentence.
pub(super) fn refused_with(error: &dyn std::error::Error, refusal: Refusal) -> Status {
    with_details(&sentence(error), &wire_refusal(refusal))
}

fn with_details(text: &str, refusal: &octroi_proto::licensing::v1::Refusal) -> Status {
    let details = refusal.encode_to_vec();
    Status::with_details(Code::FailedPrecondition, text, details.into())
}
