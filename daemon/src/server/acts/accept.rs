//! Acceptance, for the client, of a document that waits for it (`countersign = required`, clause Z16).
//! Which one is meant is found here; whether it may be accepted, the engine says.

use octroi_engine::{Actor, Command, Outcome, Refusal, RefusalCode};
use octroi_licence::{DocumentDigest, LicenceId};
use octroi_proto::admin::v1 as wire;
use tonic::Status;

use super::{refused_by, unfitting};
use crate::realm::Realm;

/// Accepts the document of this digest, or the only one of the licence that waits.
pub(super) async fn document(
    realm: &Realm,
    licence: &LicenceId,
    digest: &str,
    actor: Actor,
) -> Result<wire::AcceptDocumentResponse, Status> {
    let of = licence.clone();
    let waiting = realm.read(move |reading| {
        let mut licences = reading.engine.licences().into_iter();
        let view = licences.find(|view| view.licence == of)?;
        let waits = view.amendments.iter().filter(|one| one.awaits_acceptance);
        Some(
            waits
                .map(|one| one.amendment.digest())
                .collect::<Vec<DocumentDigest>>(),
        )
    });
    let Some(waiting) = waiting.await.flatten() else {
        return Err(refusal(realm, RefusalCode::LicenceUnknown, licence).await);
    };
    let digest = match (digest, waiting.as_slice()) {
        ("", [only]) => *only,
        ("", []) => return Err(refusal(realm, RefusalCode::NothingToAccept, licence).await),
        ("", several) => {
            let digests: Vec<String> = several.iter().map(ToString::to_string).collect();
            return Err(Status::invalid_argument(format!(
                "several documents of licence {licence} wait for acceptance, name one: {}",
                digests.join(", ")
            )));
        }
        (named, _) => named
            .parse()
            .map_err(|_| Status::invalid_argument("a digest is 64 hexadecimal digits"))?,
    };
    let unchanged = match realm.ask(Command::AcceptDocument { digest, actor }).await {
        Outcome::Installed => false,
        Outcome::AlreadyInstalled => true,
        Outcome::Refused(refusal) => return Err(refused_by(realm, refusal).await),
        _ => return Err(unfitting()),
    };
    let of = licence.clone();
    let effective_at = realm.read(move |reading| {
        let now = reading.engine.civil_now(reading.now).seconds();
        let mut licences = reading.engine.licences().into_iter();
        let view = licences.find(|view| view.licence == of)?;
        let mut ahead = view.amendments.into_iter();
        let one = ahead.find(|one| one.amendment.digest() == digest)?;
        one.effective_at.filter(|date| *date > now)
    });
    let effective_at = effective_at.await.flatten();
    Ok(wire::AcceptDocumentResponse {
        vendor: realm.vendor().to_string(),
        licence_id: licence.to_string(),
        digest: digest.to_string(),
        unchanged,
        effective_at_s: effective_at.map_or(0, |date| date.0),
    })
}

async fn refusal(realm: &Realm, code: RefusalCode, licence: &LicenceId) -> Status {
    let licence = Some(licence.clone());
    let refusal = Refusal {
        licence,
        ..Refusal::of(code)
    };
    refused_by(realm, refusal).await
}
