//! What a licence states, as sentences in the asker's language: the licence in force, as amendments have
//! left it. No rule is decided here.

use std::sync::Arc;

use octroi_engine::LicenceDocuments;
use octroi_licence::explain::{Language, Sentence, Texts, explain};
use octroi_proto::admin::v1 as wire;
use tonic::Status;

use super::admin::bad_name;
use crate::realm::Realm;

/// The sentences of one licence.
pub(super) async fn licence(
    realm: &Realm,
    request: &wire::ExplainLicenceRequest,
) -> Result<wire::ExplainLicenceResponse, Status> {
    let id: octroi_licence::LicenceId = request
        .licence_id
        .parse()
        .map_err(|error| bad_name(&error))?;
    let wanted = id.clone();
    let documents = realm.read(move |reading| reading.engine.documents(&wanted));
    let Some(documents) = documents.await.flatten() else {
        return Err(Status::not_found(format!("licence {id} is not installed")));
    };
    let LicenceDocuments {
        licence, amendment, ..
    } = documents;
    let language = Language::of_locale(&request.locale);
    // Off the desk: nobody shall wait for a seat while sentences are made.
    let made = tokio::task::spawn_blocking(move || sentences(&licence, language));
    let sentences = made
        .await
        .map_err(|_| Status::internal("the sentences could not be made"))?;
    Ok(wire::ExplainLicenceResponse {
        vendor: realm.vendor().to_string(),
        licence_id: id.to_string(),
        language: language.tag().to_owned(),
        amendment: amendment.map_or_else(String::new, |one| one.digest().to_string()),
        sentences,
    })
}

fn sentences(
    licence: &Arc<octroi_licence::Verified<octroi_licence::Licence>>,
    language: Language,
) -> Vec<wire::TermSentence> {
    let texts = Texts::of(language);
    let sentence = |one: Sentence| wire::TermSentence {
        text: texts.sentence(&one),
        term: one.subject.name().to_owned(),
        feature: one.feature.map(String::from).unwrap_or_default(),
        clause: one.clause.unwrap_or_default(),
        message: one.message.to_owned(),
    };
    explain(licence).into_iter().map(sentence).collect()
}
