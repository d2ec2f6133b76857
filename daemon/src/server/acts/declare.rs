//! What the administrator declares for the client: acceptance, reserves, the end of an evaluation
//! (clauses A18, T4). Whether it is still in time is the engine's to say.

use octroi_engine::{Command, Declaration, Outcome};
use octroi_licence::LicenceId;
use octroi_proto::admin::v1::{self as wire, Declared};
use tonic::Status;

use super::{bad_name, install, keep_reason, refused_by, unfitting};
use crate::realm::Realm;

pub(super) async fn declare(
    realm: &Realm,
    request: wire::DeclareRequest,
    uid: u32,
) -> Result<wire::DeclareResponse, Status> {
    let parsed = request.licence_id.parse();
    let licence: LicenceId = parsed.map_err(|error| bad_name(&error))?;
    let fact = match request.declared() {
        Declared::Accepted => Declaration::Accepted,
        Declared::Reserves => {
            let text = keep_reason(realm, &request.text).await?;
            if text.is_none() {
                return Err(Status::invalid_argument("reserves say what is wrong"));
            }
            Declaration::Reserves { text }
        }
        Declared::Ended => Declaration::Ended,
        Declared::Unspecified => return Err(Status::invalid_argument("nothing was declared")),
    };
    let actor = install::actor(realm, uid).await;
    let command = Command::Declare {
        licence,
        fact,
        actor,
    };
    let unchanged = match realm.ask(command).await {
        Outcome::Done => false,
        Outcome::AlreadyInstalled => true,
        Outcome::Refused(refusal) => return Err(refused_by(realm, refusal).await),
        _ => return Err(unfitting()),
    };
    Ok(wire::DeclareResponse {
        vendor: realm.vendor().to_string(),
        licence_id: request.licence_id,
        unchanged,
    })
}
