//! The terms of a licence as sentences, as the daemon tells them in the reader's language: the same that
//! the vendor's `explain` prints.

use octroi_proto::admin::v1::{ExplainLicenceRequest, ExplainLicenceResponse};
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::{Context, client::Admin, failure::Failure, format::plain, text::standing};

/// Asks the daemon; `None` where it is too old to tell.
pub(super) async fn asked(
    admin: &mut Admin,
    vendor: &str,
    licence: &str,
    context: &Context<'_, '_>,
) -> Result<Option<ExplainLicenceResponse>, Failure> {
    let request = ExplainLicenceRequest {
        vendor: vendor.to_owned(),
        licence_id: licence.to_owned(),
        locale: context.language.tag().to_owned(),
    };
    let mut too_old = false;
    let answer = admin
        .call(
            context,
            async |client| client.explain_licence(request).await,
            |status: &Status| {
                too_old = status.code() == Code::Unimplemented;
                None
            },
        )
        .await;
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(_) if too_old => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Line by line; a feature's stand apart.
pub(super) fn lines(explained: &ExplainLicenceResponse, context: &Context<'_, '_>) -> Vec<String> {
    let texts = standing::texts(context.language);
    let mut heading = texts.terms.to_owned();
    if !explained.amendment.is_empty() {
        heading.extend([", ", &(texts.amended)(&explained.amendment)]);
    }
    let mut lines = vec![heading];
    for sentence in &explained.sentences {
        let mut line = format!("  {}", sentence.text);
        if !sentence.clause.is_empty() {
            line.push_str(&(texts.clause)(&sentence.clause));
        }
        lines.push(plain(&line));
    }
    lines
}

/// The same for `--json`.
pub(super) fn json(explained: &ExplainLicenceResponse) -> Value {
    let sentences = explained.sentences.iter();
    let sentences: Vec<Value> = sentences
        .map(|one| {
            json!({
                "term": one.term,
                "feature": (!one.feature.is_empty()).then_some(&one.feature),
                "clause": (!one.clause.is_empty()).then_some(&one.clause),
                "message": one.message,
                "text": one.text,
            })
        })
        .collect();
    json!({
        "language": explained.language,
        "amendment": (!explained.amendment.is_empty()).then_some(&explained.amendment),
        "sentences": sentences,
    })
}
