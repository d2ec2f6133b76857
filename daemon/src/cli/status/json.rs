//! `octroi status --json`: every field of the daemon's answer under its own name; times in RFC 3339
//! beside the raw number, and null where there is none.

use octroi_proto::admin::v1::{
    FeatureStatus, KeyStatus, LicenceStatus, PendingDocument, RealmStatus, StatusResponse,
};
use serde_json::{Value, json};

use super::super::{failure::refusal_json, format, licence as life, releases, standing};

/// The whole answer.
pub(in super::super) fn status(status: &StatusResponse) -> Value {
    json!({
        "daemon_version": status.daemon_version,
        "sessions": status.sessions,
        "clock": status.clock.as_ref().map(|clock| json!({
            "civil": format::rfc3339_of_millis(clock.civil_ms),
            "civil_ms": clock.civil_ms,
            "confidence": clock.confidence,
            "evidence": clock.evidence,
        })),
        "realms": status.realms.iter().map(realm).collect::<Vec<_>>(),
        "warnings": status.warnings,
    })
}

fn realm(realm: &RealmStatus) -> Value {
    json!({
        "vendor": realm.vendor,
        "vendor_name": realm.vendor_name,
        "root_fingerprint": realm.root_fingerprint,
        "daemon_key": realm.daemon_key,
        "state_digest": realm.state_digest,
        "licences": realm.licences.iter().map(licence).collect::<Vec<_>>(),
        "ledger": realm.ledger.as_ref().map(|ledger| json!({
            "records": ledger.records,
            "synced": ledger.synced,
            "head": ledger.head,
            "writable": ledger.writable,
            "error": (!ledger.error.is_empty()).then_some(&ledger.error),
        })),
        "registers": realm.registers.as_ref().map(super::registers::json),
        "pending": realm.pending.iter().map(pending).collect::<Vec<_>>(),
    })
}

/// A licence as it stands.
pub(in super::super) fn licence(licence: &LicenceStatus) -> Value {
    let ends = (licence.ends_at_s != 0).then_some(licence.ends_at_s);
    let certificate_ends =
        (licence.certificate_ends_at_s != 0).then_some(licence.certificate_ends_at_s);
    let mut json = json!({
        "licence_id": licence.licence_id,
        "serial": licence.serial,
        "sequence": licence.sequence,
        "product": licence.product,
        "client_name": licence.client_name,
        "digest": licence.digest,
        "starts_at": format::rfc3339_of_seconds(licence.starts_at_s),
        "starts_at_s": licence.starts_at_s,
        "ends_at": ends.and_then(format::rfc3339_of_seconds),
        "ends_at_s": ends,
        "activated": licence.activated,
        "certificate_ends_at": certificate_ends.and_then(format::rfc3339_of_seconds),
        "certificate_ends_at_s": certificate_ends,
        "site": (!licence.site.is_empty()).then_some(&licence.site),
        "features": licence.features.iter().map(feature).collect::<Vec<_>>(),
        "hardware_key": licence.hardware_key.as_ref().map(key),
        "server": (!licence.server.is_empty()).then_some(&licence.server),
        "blocked": licence.blocked.as_ref().map(refusal_json),
        "releases": licence.releases.as_ref().map(releases::json),
    });
    if let (Value::Object(fields), Value::Object(life)) = (&mut json, life::life_json(licence)) {
        fields.extend(life);
    }
    json
}

/// A feature's counts.
pub(in super::super) fn feature(feature: &FeatureStatus) -> Value {
    let mut json = json!({
        "feature": feature.feature,
        "metric": feature.metric,
        "grouping": feature.grouping,
        "licensed": feature.licensed,
        "share": feature.share,
        "in_use": feature.in_use,
        "lingering": feature.lingering,
        "waiting": feature.waiting,
    });
    if let (Value::Object(fields), Value::Object(more)) = (&mut json, standing::json(feature)) {
        fields.extend(more);
    }
    json
}

fn key(key: &KeyStatus) -> Value {
    json!({
        "required": key.required,
        "present": key.present,
        "absent": key.absent,
        "budget_left_ms": key.budget_left_ms,
    })
}

fn pending(document: &PendingDocument) -> Value {
    let effective_at = (document.effective_at_s != 0).then_some(document.effective_at_s);
    json!({
        "kind": document.kind,
        "licence_id": document.licence_id,
        "sequence": document.sequence,
        "expected": document.expected,
        "digest": document.digest,
        "effective_at": effective_at.and_then(format::rfc3339_of_seconds),
        "effective_at_s": effective_at,
        "reason": (!document.reason.is_empty()).then_some(&document.reason),
        "without_licence": document.without_licence,
    })
}
