//! What an administrator does next, said with the answer to what was just done. Decides nothing.

use octroi_engine::LicenceView;
use octroi_proto::admin::v1 as wire;

use crate::{hardware::KeyThread, realm::Realm};

/// What an administrator does after installing a document. Keys that it names are looked for first.
pub(super) async fn add_next_steps(
    keys: &KeyThread,
    realm: &Realm,
    response: &mut wire::InstallResponse,
) {
    let absent = |view: &LicenceView| view.key.as_ref().is_some_and(|key| !key.absent.is_empty());
    let Some((mut view, online)) = installed(realm, &response.licence_id).await else {
        return;
    };
    if absent(&view) {
        keys.look().await;
        let again = installed(realm, &response.licence_id).await;
        view = again.map_or(view, |(view, _)| view);
    }
    if view.certificate.is_none() {
        let licence = &view.licence;
        let online = if online {
            format!("octroi activate --online --licence {licence}, or by file: ")
        } else {
            String::new()
        };
        response.notes.push(format!(
            "not activated yet: {online}octroi activate --request FILE --licence {licence}"
        ));
    }
    if let Some(key) = view.key
        && !key.absent.is_empty()
    {
        let absent: Vec<String> = key.absent.iter().map(ToString::to_string).collect();
        response.notes.push(format!(
            "hardware keys that are not here: {}; octroi key probe says why",
            absent.join(", ")
        ));
    }
}

/// A licence, and whether it names a server.
async fn installed(realm: &Realm, licence: &str) -> Option<(LicenceView, bool)> {
    let licence = licence.to_owned();
    let found = realm.read(move |reading| {
        let mut licences = reading.engine.licences().into_iter();
        let view = licences.find(|view| view.licence.as_str() == licence)?;
        let documents = reading.engine.documents(&view.licence);
        let online = documents.is_some_and(|documents| documents.licence.server.is_some());
        Some((view, online))
    });
    found.await.flatten()
}
