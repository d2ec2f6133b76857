//! Every field of a usage report, for people and for `--json`: the same tree, so that nothing that
//! leaves can be missing in one of them. Bytes that the vendor itself signed (certificates, the last
//! receipt), and the daemon's own certificate of an end of use, are named by length and SHA-256.

use octroi_licence::{
    CivilDay, Count, CountedKind, FeatureUsage, LicenceUsage, Numbered, ReportedDeclaration,
    UsageReport, Verified,
};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::format::{plain, rfc3339_of_seconds};

/// The report's fields under the names that its `.proto` file gives them.
pub(super) fn json(report: &Verified<UsageReport>) -> Value {
    let evidence = report
        .evidence
        .iter()
        .map(|(kind, count)| json!({ "kind": name(*kind), "count": count }));
    let ends = report
        .session_ends
        .iter()
        .map(|(cause, ends)| json!({ "cause": name(*cause), "count": count(*ends) }));
    let answers = report.announcement_answers.iter().map(|one| {
        json!({
            "number": one.number,
            "verdict": name(one.verdict),
            "day": day(one.day.0),
        })
    });
    json!({
        "frame": {
            "vendor": report.frame().vendor.as_str(),
            "issued_on": CivilDay::of(report.frame().issued_at).and_then(|one| day(one.0)),
        },
        "report_number": report.number,
        "daemon_key": report.daemon_key.to_string(),
        "nonce": hex::encode(report.nonce),
        "first_day": day(report.first_day.0),
        "last_day": day(report.last_day.0),
        "checkpoint": {
            "size": report.checkpoint.size,
            "root": hex::encode(report.checkpoint.root),
            "signature": hex::encode(report.checkpoint_signature),
        },
        "consistency": report.consistency.iter().map(hex::encode).collect::<Vec<_>>(),
        "last_receipt": bytes(&report.last_receipt),
        "licences": report.licences.iter().map(licence).collect::<Vec<_>>(),
        "evidence": evidence.collect::<Vec<_>>(),
        "session_ends": ends.collect::<Vec<_>>(),
        "revocation_version": report.revocation_version,
        "announcement_number": report.announcement_number,
        "announcement_answers": answers.collect::<Vec<_>>(),
    })
}

fn licence(usage: &LicenceUsage) -> Value {
    json!({
        "licence_id": usage.licence.as_str(),
        "serial": usage.serial,
        "licence_digest": usage.licence_digest.to_string(),
        "certificate_number": usage.certificate_number,
        "certificate": bytes(&usage.certificate),
        "vendor_sequence": usage.vendor_sequence,
        "features": usage.features.iter().map(feature).collect::<Vec<_>>(),
        "declarations": usage.declarations.iter().map(declaration).collect::<Vec<_>>(),
        "end_of_use_certificate": bytes(&usage.end_of_use_certificate),
    })
}

fn declaration(declared: &ReportedDeclaration) -> Value {
    json!({
        "kind": name(declared.kind),
        "day": day(declared.day.0),
        "ends_day": declared.ends_on.and_then(|one| day(one.0)),
    })
}

fn feature(usage: &FeatureUsage) -> Value {
    let refusals = usage
        .refusals
        .iter()
        .map(|(code, refusals)| json!({ "code": name(*code), "count": count(*refusals) }));
    json!({
        "feature": usage.feature.as_str(),
        "peak": count(usage.peak),
        "seat_days": count(usage.seat_days),
        "grants": count(usage.grants),
        "refusals": refusals.collect::<Vec<_>>(),
        "outdated": count(usage.outdated),
    })
}

fn count(count: Count) -> Value {
    match count {
        Count::Exact(count) => json!(count),
        Count::Few => json!(format!("{} to {}", count.at_least(), count.at_most())),
    }
}

fn name<K: CountedKind>(kind: Numbered<K>) -> Value {
    kind.name()
        .map_or_else(|| json!(kind.number()), |name| json!(name))
}

fn bytes(bytes: &[u8]) -> Value {
    match bytes {
        [] => Value::Null,
        bytes => json!({
            "bytes": bytes.len(),
            "sha256": hex::encode(Sha256::digest(bytes)),
        }),
    }
}

/// A day as `2026-11-22`; `None` beyond the calendar.
pub(super) fn day(day: u32) -> Option<String> {
    let text = rfc3339_of_seconds(CivilDay(day).start().0)?;
    text.split_once('T').map(|(date, _)| date.to_owned())
}

/// The period that a report covers.
pub(super) fn days(report: &UsageReport) -> String {
    let day = |one: CivilDay| day(one.0).unwrap_or_else(|| one.0.to_string());
    match (report.first_day, report.last_day) {
        (first, last) if first == last => day(first),
        (first, last) => format!("{}/{}", day(first), day(last)),
    }
}

/// The tree as indented lines, one for each value.
pub(super) fn lines(fields: &Value, indent: &str) -> String {
    let mut text = String::new();
    if let Value::Object(fields) = fields {
        object(fields, indent, &mut text);
    }
    text
}

fn object(fields: &Map<String, Value>, indent: &str, text: &mut String) {
    for (name, value) in fields {
        field(name, value, indent, text);
    }
}

fn field(name: &str, value: &Value, indent: &str, text: &mut String) {
    let inner = format!("{indent}  ");
    match value {
        Value::Object(fields) => {
            text.extend([indent, name, "\n"]);
            object(fields, &inner, text);
        }
        Value::Array(values) if values.is_empty() => {
            text.extend([indent, name, "  -\n"]);
        }
        Value::Array(values) => {
            for value in values {
                field(name, value, indent, text);
            }
        }
        Value::Null => text.extend([indent, name, "  -\n"]),
        Value::String(value) => text.extend([indent, name, "  ", &plain(value), "\n"]),
        other => text.extend([indent, name, "  ", &other.to_string(), "\n"]),
    }
}

#[cfg(test)]
mod tests {
    use octroi_licence::{
        AnnouncementAnswer, Checkpoint, DocumentDigest, DocumentKind, RefusalCode, message, sign,
        verify_self_signed,
    };
    use prost_reflect::DescriptorPool;

    use super::*;

    fn report() -> Verified<UsageReport> {
        let key = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
        let report = UsageReport {
            number: 3,
            daemon_key: key.verifying_key().into(),
            nonce: [1; 16],
            first_day: CivilDay(20_000),
            last_day: CivilDay(20_030),
            checkpoint: Checkpoint {
                size: 9,
                root: [2; 32],
            },
            checkpoint_signature: [3; 64],
            consistency: vec![[4; 32]],
            last_receipt: vec![1, 2],
            licences: vec![LicenceUsage {
                licence: "acme-1".parse().unwrap(),
                serial: 1,
                licence_digest: DocumentDigest::from_bytes([6; 32]),
                certificate_number: 2,
                certificate: vec![7],
                vendor_sequence: 4,
                declarations: vec![ReportedDeclaration {
                    kind: Numbered::Known(message::DeclarationKind::NonRenewal),
                    day: CivilDay(20_010),
                    ends_on: Some(CivilDay(20_300)),
                }],
                end_of_use_certificate: Vec::new(),
                features: vec![FeatureUsage {
                    feature: "solver".parse().unwrap(),
                    peak: Count::Few,
                    seat_days: Count::Exact(80),
                    grants: Count::Exact(700),
                    refusals: vec![(Numbered::Known(RefusalCode::SeatsExhausted), Count::Few)],
                    outdated: Count::Few,
                }],
            }],
            evidence: vec![(Numbered::Known(message::EvidenceKind::ClockSetBack), 1)],
            session_ends: vec![(
                Numbered::Known(message::SessionEndCause::Goodbye),
                Count::Exact(70),
            )],
            revocation_version: 5,
            announcement_number: 8,
            announcement_answers: vec![AnnouncementAnswer {
                number: 7,
                verdict: Numbered::Known(message::AnnouncementVerdict::Objected),
                day: CivilDay(20_029),
            }],
        };
        let payload = report.payload(&"acme".parse().unwrap(), CivilDay(20_030));
        let Ok(signed) = sign(DocumentKind::UsageReport, payload, &key, Vec::new());
        verify_self_signed(&signed).unwrap()
    }

    /// Every name in the tree.
    fn names(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    found.push(name.clone());
                    names(value, found);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| names(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_field_of_the_document_is_shown() {
        let pool = DescriptorPool::decode(octroi_proto::FILE_DESCRIPTOR_SET).unwrap();
        let mut shown = Vec::new();
        names(&json(&report()), &mut shown);
        for message in [
            "UsageReport",
            "LedgerCheckpoint",
            "LicenceUsage",
            "FeatureUsage",
            "FeatureRefusalCount",
            "EvidenceCount",
            "SessionEndCount",
            "AnnouncementAnswer",
            "Declaration",
        ] {
            let name = format!("octroi.documents.v1.{message}");
            for field in pool.get_message_by_name(&name).unwrap().fields() {
                let name = field.name().to_owned();
                assert!(shown.contains(&name), "{message}.{name} is not shown");
            }
        }
    }

    #[test]
    fn a_report_reads_as_plain_lines() {
        insta::assert_snapshot!("report-fields", lines(&json(&report()), "  "));
    }
}
