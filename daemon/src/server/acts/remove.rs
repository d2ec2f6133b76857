//! The end of use (clauses Z9, A14, B10): declared, so that nothing is granted any more; names forgotten
//! where nothing else needs them; then certified under the daemon's key, over the ledger's last state.
//! Each step can be repeated after a crash and comes to the same certificate.

use std::path::PathBuf;

use octroi_engine::{Actor, Command, Declaration, Engine, Outcome, Refusal, RefusalCode};
use octroi_licence::{
    Checkpoint, CivilDay, DocumentDigest, DocumentKind, EndOfUseCertificate, EndOfUseChoice,
    LicenceId, armour, message, sign, verify_self_signed,
};
use octroi_proto::admin::v1::{self as wire, RemovalChoice};
use prost::Message as _;
use tokio::sync::oneshot;
use tonic::Status;

use super::{bad_name, erase, install, refused_by, unfitting};
use crate::{
    realm::{Message, Realm},
    text::sentence,
};

pub(super) async fn remove(
    realm: &Realm,
    ledger: PathBuf,
    request: wire::RemoveRequest,
    uid: u32,
) -> Result<wire::RemoveResponse, Status> {
    let parsed = request.licence_id.parse();
    let licence: LicenceId = parsed.map_err(|error| bad_name(&error))?;
    let choice = match request.choice() {
        RemovalChoice::Destroy => EndOfUseChoice::Destroyed,
        RemovalChoice::Return => EndOfUseChoice::Returned,
        RemovalChoice::Copy => EndOfUseChoice::BackupHandedOver,
        RemovalChoice::Unspecified => return Err(Status::invalid_argument("nothing was chosen")),
    };
    let actor = install::actor(realm, uid).await;
    let declare = Command::Declare {
        licence: licence.clone(),
        fact: Declaration::EndOfUse(choice),
        actor,
    };
    match realm.ask(declare).await {
        Outcome::Done | Outcome::AlreadyInstalled => {}
        Outcome::Refused(refusal) => return Err(refused_by(realm, refusal).await),
        _ => return Err(unfitting()),
    }
    let before = standing(realm, &licence).await?;
    let (digest, unchanged, names_forgotten) = if let Some(digest) = before.certified {
        (digest, true, 0)
    } else {
        let keeps = choice == EndOfUseChoice::Returned || before.others_in_use;
        let forgotten = if keeps {
            0
        } else {
            erase::erase_everybody(realm, ledger, actor).await?
        };
        let (digest, unchanged) = certify(realm, &licence, choice, actor).await?;
        (digest, unchanged, forgotten)
    };
    let signed = realm
        .documents()
        .end_of_use(digest)
        .map_err(|error| Status::internal(sentence(&error)))?;
    let summary = format!(
        "End of use of licence {licence}, vendor {}. Send this to the vendor.",
        realm.vendor()
    );
    Ok(wire::RemoveResponse {
        vendor: realm.vendor().to_string(),
        licence_id: request.licence_id,
        certificate: armour(DocumentKind::EndOfUseCertificate, &signed, &summary),
        unchanged,
        names_forgotten,
    })
}

/// What stands before anything is certified.
struct Standing {
    certified: Option<DocumentDigest>,
    /// Another licence of the vendor is still used, and with it the names.
    others_in_use: bool,
    licence_digest: DocumentDigest,
    today: Option<CivilDay>,
}

/// Gives how a licence stands whose end of use was declared; refuses where a borrowed seat can still be used.
async fn standing(realm: &Realm, licence: &LicenceId) -> Result<Standing, Status> {
    let of = licence.clone();
    let read = realm.read(move |reading| {
        let engine: &Engine = reading.engine;
        let licences = engine.licences();
        let view = licences.iter().find(|view| view.licence == of)?;
        let mut others = licences.iter().filter(|view| view.licence != of);
        let standing = Standing {
            certified: view.life.facts.certified,
            others_in_use: others.any(|view| view.life.facts.end_of_use.is_none()),
            licence_digest: view.digest,
            today: CivilDay::of(engine.civil_now(reading.now).seconds()),
        };
        Some((standing, engine.lent_until(&of)))
    });
    let read = read.await.flatten();
    let (standing, lent) = read.ok_or_else(|| Status::unavailable("the realm has stopped"))?;
    if let Some(until) = lent.filter(|_| standing.certified.is_none()) {
        let refusal = Refusal {
            licence: Some(licence.clone()),
            may_change_at: Some(until.millis()),
            ..Refusal::of(RefusalCode::SeatStillBorrowed)
        };
        return Err(refused_by(realm, refusal).await);
    }
    Ok(standing)
}

/// Makes the certificate, keeps it and records it; gives the one that counts, and whether another
/// came first.
async fn certify(
    realm: &Realm,
    licence: &LicenceId,
    choice: EndOfUseChoice,
    actor: Actor,
) -> Result<(DocumentDigest, bool), Status> {
    let Standing {
        licence_digest,
        today,
        ..
    } = standing(realm, licence).await?;
    let removed_on =
        today.ok_or_else(|| Status::internal("the clock stands outside any calendar"))?;
    let (answer, checkpoint) = oneshot::channel();
    realm.send(Message::Checkpoint { answer }).await;
    let Ok(Some((size, root))) = checkpoint.await else {
        return Err(Status::unavailable("the ledger could not be signed"));
    };
    let certificate = EndOfUseCertificate {
        licence: licence.clone(),
        licence_digest,
        daemon_key: realm.public_key(),
        removed_on,
        checkpoint: Checkpoint { size, root },
        choice,
    };
    let payload = message::EndOfUseCertificate {
        frame: Some(message::DocumentFrame {
            vendor: realm.vendor().to_string(),
            licence_id: licence.to_string(),
            issued_at_s: removed_on.start().0,
            ..Default::default()
        }),
        ..certificate.message()
    }
    .encode_to_vec();
    let kind = DocumentKind::EndOfUseCertificate;
    let Ok(signed) = sign(kind, payload, realm.daemon_key(), Vec::new());
    let verified = verify_self_signed::<EndOfUseCertificate>(&signed)
        .map_err(|error| Status::internal(sentence(&error)))?;
    realm
        .documents()
        .keep(&verified)
        .map_err(|error| Status::internal(sentence(&error)))?;
    let certified = Command::CertifyEndOfUse {
        licence: licence.clone(),
        digest: verified.digest(),
        actor,
    };
    match realm.ask(certified).await {
        Outcome::Done => Ok((verified.digest(), false)),
        Outcome::AlreadyInstalled => {
            let first = standing(realm, licence).await?.certified;
            first.map(|digest| (digest, true)).ok_or_else(unfitting)
        }
        Outcome::Refused(refusal) => Err(refused_by(realm, refusal).await),
        _ => Err(unfitting()),
    }
}
