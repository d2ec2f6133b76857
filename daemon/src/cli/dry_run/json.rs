//! `octroi install --dry-run --json`: everything that the daemon answered, under its own names.

use octroi_proto::admin::v1::{
    Changes, FeatureChange, LicenceChange, PreviewInstallResponse, PreviewedDocument, SeatLoss,
    WaiterChange,
};
use serde_json::{Value, json};

use super::super::{
    document::DocumentFile, failure::refusal_json, format, install, seats, status::json as status,
};

/// The whole answer.
pub(super) fn preview(files: &[DocumentFile], answer: &PreviewInstallResponse) -> Value {
    let documents = files.iter().zip(&answer.documents);
    json!({
        "dry_run": true,
        "documents": documents.map(|(file, one)| document(file, one)).collect::<Vec<_>>(),
        "changes": changes(&answer.changes.clone().unwrap_or_default()),
        "later": answer.later.iter().map(|later| json!({
            "at": format::rfc3339_of_seconds(later.at_s),
            "at_s": later.at_s,
            "changes": changes(&later.changes.clone().unwrap_or_default()),
        })).collect::<Vec<_>>(),
    })
}

fn document(file: &DocumentFile, one: &PreviewedDocument) -> Value {
    let problem = (!one.problem_code.is_empty())
        .then(|| json!({ "code": one.problem_code, "message": one.problem }));
    let effective_at = (one.effective_at_s != 0).then_some(one.effective_at_s);
    let mut value = json!({
        "outcome": "refused",
        "refusal": one.refusal.as_ref().map(refusal_json),
        "problem": problem,
    });
    if let (Value::Object(fields), Some(installed)) = (&mut value, &one.installed)
        && let Value::Object(more) = install::answer_json(installed)
    {
        fields.extend(more);
    }
    if let Value::Object(fields) = &mut value {
        let date = effective_at.and_then(format::rfc3339_of_seconds);
        fields.insert("effective_at".to_owned(), date.into());
        fields.insert("effective_at_s".to_owned(), effective_at.into());
        fields.insert("file".to_owned(), file.name.clone().into());
    }
    value
}

fn changes(changes: &Changes) -> Value {
    json!({
        "licences": changes.licences.iter().map(licence).collect::<Vec<_>>(),
        "features": changes.features.iter().map(feature).collect::<Vec<_>>(),
        "seats_lost": changes.seats.iter().map(seat).collect::<Vec<_>>(),
        "waiters": changes.waiters.iter().map(waiter).collect::<Vec<_>>(),
    })
}

fn licence(change: &LicenceChange) -> Value {
    json!({
        "vendor": change.vendor,
        "before": change.before.as_ref().map(status::licence),
        "after": change.after.as_ref().map(status::licence),
    })
}

fn feature(change: &FeatureChange) -> Value {
    json!({
        "vendor": change.vendor,
        "licence_id": change.licence_id,
        "before": change.before.as_ref().map(status::feature),
        "after": change.after.as_ref().map(status::feature),
        "limit_before": change.limit_before,
        "limit_after": change.limit_after,
    })
}

fn seat(loss: &SeatLoss) -> Value {
    let cause = loss.cause().as_str_name();
    json!({
        "seat": loss.seat.as_ref().map(seats::seat_json),
        "cause": cause.strip_prefix("SEAT_END_CAUSE_").unwrap_or(cause),
    })
}

fn waiter(change: &WaiterChange) -> Value {
    json!({
        "waiter": change.waiter.as_ref().map(seats::waiter_json),
        "refusal": change.refusal.as_ref().map(refusal_json),
    })
}
