//! `octroi licence accept --document`: the client's acceptance of a document that waits for it, and how
//! documents that are not yet in force are shown. What waits is the daemon's word.

use jiff::tz::TimeZone;
use octroi_licence::DocumentDigest;
use octroi_proto::admin::v1::{AcceptDocumentRequest, AmendmentStatus, LicenceStatus};
use serde_json::{Value, json};

use super::{
    Context, Done,
    args_acts::LicenceNamed,
    client::Admin,
    failure::Failure,
    format::{self, plain},
    text::amendments::{AmendmentTexts, texts},
};

/// Accepts the document.
pub(super) async fn document(
    arguments: &LicenceNamed,
    digest: DocumentDigest,
    context: &mut Context<'_, '_>,
) -> Result<Done, Failure> {
    let texts = texts(context.language);
    let mut admin = Admin::connect(context).await?;
    let vendor = admin
        .vendor(arguments.whose.vendor.as_ref(), context)
        .await?;
    let mut client = admin.acts();
    let request = AcceptDocumentRequest {
        vendor,
        licence_id: arguments.licence.to_string(),
        digest: digest.to_string(),
    };
    let answer = admin
        .call(
            context,
            async |_| client.accept_document(request).await,
            |_| None,
        )
        .await?;
    let licence = plain(&answer.licence_id);
    let said = match (answer.unchanged, answer.effective_at_s) {
        (true, _) => (texts.accepted_before)(&licence),
        (false, 0) => (texts.accepted)(&licence),
        (false, at) => (texts.accepted_from)(&licence, &format::local_seconds(&context.zone, at)),
    };
    let effective_at = (answer.effective_at_s != 0).then_some(answer.effective_at_s);
    Ok(Done::Answer {
        text: format!("{said}\n"),
        json: json!({
            "vendor": answer.vendor,
            "licence_id": answer.licence_id,
            "digest": answer.digest,
            "unchanged": answer.unchanged,
            "effective_at": effective_at.and_then(format::rfc3339_of_seconds),
            "effective_at_s": effective_at,
        }),
    })
}

/// Amendments that are not yet in force, with what they change; lines.
pub(super) fn amendments(
    licence: &LicenceStatus,
    texts: &AmendmentTexts,
    zone: &TimeZone,
) -> Vec<String> {
    let mut lines = Vec::new();
    for one in &licence.amendments {
        let date = match one.effective_at_s {
            0 => String::new(),
            at => format::local_seconds(zone, at),
        };
        lines.push((texts.amendment)(one.sequence, &date));
        lines.extend(one.changes.iter().map(|change| format!("  · {change}")));
        if one.awaits_acceptance {
            let awaits = (texts.awaits)(&licence.licence_id, &one.digest);
            lines.push(format!("  {awaits}"));
        }
    }
    if licence
        .life
        .as_ref()
        .is_some_and(|life| life.escrow_released)
    {
        lines.push(texts.escrow_released.to_owned());
    }
    lines
}

/// The same for `--json`.
pub(super) fn amendments_json(licence: &LicenceStatus) -> Vec<Value> {
    let json = |one: &AmendmentStatus| {
        let at = (one.effective_at_s != 0).then_some(one.effective_at_s);
        json!({
            "digest": one.digest,
            "sequence": one.sequence,
            "awaits_acceptance": one.awaits_acceptance,
            "effective_at": at.and_then(format::rfc3339_of_seconds),
            "effective_at_s": at,
            "changes": one.changes,
        })
    };
    licence.amendments.iter().map(json).collect()
}
