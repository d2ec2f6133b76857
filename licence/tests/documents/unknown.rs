//! What a later version may state: an unknown value or kind refuses the document, an unknown field
//! passes. Tried on every place that the descriptors know, so that a field added later is held to
//! the rule too.

use std::collections::BTreeSet;

use octroi_licence::{DocumentError, DocumentKind, Revocations};
use prost_reflect::{
    DescriptorPool, DynamicMessage, Kind, ReflectMessage as _, Value, prost::Message as _,
};

use crate::vendor::{judged, one_of_each, root, signed};

const UNKNOWN_VALUE: i32 = 99;
/// Field 2000, length-delimited, three bytes: of a later version.
const UNKNOWN_FIELD: &[u8] = &[0x82, 0x7d, 3, b'n', b'e', b'w'];

/// What is counted may be of a later version: it grants nobody anything, so its number is kept.
const COUNTED: &[&str] = &[
    "octroi.documents.v1.AnnouncementAnswer.verdict",
    "octroi.documents.v1.Declaration.kind",
    "octroi.documents.v1.FeatureRefusalCount.code",
    "octroi.documents.v1.EvidenceCount.kind",
    "octroi.documents.v1.SessionEndCount.cause",
];
const BAND: &str = "octroi.documents.v1.UsageCount.band";

type Change = fn(&DynamicMessage) -> Vec<(String, DynamicMessage)>;

/// The message with one change at one place, for every place in it.
fn variants(message: &DynamicMessage, change: Change) -> Vec<(String, DynamicMessage)> {
    let mut all = change(message);
    for (field, value) in message.fields() {
        let rebuilt = |value| {
            let mut copy = message.clone();
            copy.set_field(&field, value);
            copy
        };
        match value {
            Value::Message(inner) => {
                for (what, inner) in variants(inner, change) {
                    all.push((what, rebuilt(Value::Message(inner))));
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let Value::Message(inner) = item else {
                        continue;
                    };
                    for (what, inner) in variants(inner, change) {
                        let mut items = items.clone();
                        items[index] = Value::Message(inner);
                        all.push((what, rebuilt(Value::List(items))));
                    }
                }
            }
            _ => {}
        }
    }
    all
}

/// Every variant of every kind of document, signed by the right key, and what becomes of it.
fn judge_variants(change: Change) -> Vec<(String, Result<(), DocumentError>)> {
    let pool = DescriptorPool::decode(octroi_proto::FILE_DESCRIPTOR_SET).unwrap();
    let mut all = Vec::new();
    for (kind, payload, signer, chain) in one_of_each() {
        let name = match kind {
            DocumentKind::VendorRoot => "VendorRoot",
            DocumentKind::KeyCertificate => "KeyCertificate",
            DocumentKind::Licence => "Licence",
            DocumentKind::Order => "Order",
            DocumentKind::RevocationList => "RevocationList",
            DocumentKind::ActivationCertificate => "ActivationCertificate",
            DocumentKind::ActivationRequest => "ActivationRequest",
            DocumentKind::UsageReport => "UsageReport",
            DocumentKind::Receipt => "Receipt",
            DocumentKind::Amendment => "Amendment",
            DocumentKind::EscrowRelease => "EscrowRelease",
            DocumentKind::EndOfUseCertificate => "EndOfUseCertificate",
            kind => panic!("no message for {kind}"),
        };
        let descriptor = pool
            .get_message_by_name(&format!("octroi.documents.v1.{name}"))
            .unwrap();
        let message = DynamicMessage::decode(descriptor, payload.as_slice()).unwrap();
        for (what, changed) in variants(&message, change) {
            let document = signed(kind, changed.encode_to_vec(), signer, chain.clone());
            let outcome = judged(kind, &document, &root("root"), &Revocations::default());
            all.push((what, outcome.map(|_| ())));
        }
    }
    all
}

fn with_unknown_value(message: &DynamicMessage) -> Vec<(String, DynamicMessage)> {
    let fields = message.descriptor();
    let choices = fields
        .fields()
        .filter(|field| matches!(field.kind(), Kind::Enum(_)));
    choices
        .map(|field| {
            let mut changed = message.clone();
            let value = Value::EnumNumber(UNKNOWN_VALUE);
            let value = if field.is_list() {
                Value::List(vec![value])
            } else {
                value
            };
            changed.set_field(&field, value);
            (field.full_name().to_owned(), changed)
        })
        .collect()
}

fn with_unknown_choice(message: &DynamicMessage) -> Vec<(String, DynamicMessage)> {
    let descriptor = message.descriptor();
    let choices: Vec<_> = descriptor.oneofs().collect();
    choices
        .iter()
        .map(|choice| {
            let mut known = message.clone();
            for field in choice.fields() {
                known.clear_field(&field);
            }
            let changed = appended(&known);
            (choice.full_name().to_owned(), changed)
        })
        .collect()
}

fn with_unknown_field(message: &DynamicMessage) -> Vec<(String, DynamicMessage)> {
    let name = message.descriptor().full_name().to_owned();
    vec![(name, appended(message))]
}

fn appended(message: &DynamicMessage) -> DynamicMessage {
    let mut bytes = message.encode_to_vec();
    bytes.extend_from_slice(UNKNOWN_FIELD);
    let changed = DynamicMessage::decode(message.descriptor(), bytes.as_slice()).unwrap();
    assert_eq!(
        changed.encode_to_vec().len(),
        bytes.len(),
        "the unknown field is kept"
    );
    changed
}

/// Names of the fields or choices of the document messages, less the annotation's own.
fn described(list: fn(&prost_reflect::MessageDescriptor) -> Vec<String>) -> BTreeSet<String> {
    DescriptorPool::decode(octroi_proto::FILE_DESCRIPTOR_SET)
        .unwrap()
        .all_messages()
        .filter(|message| message.package_name() == "octroi.documents.v1")
        .filter(|message| message.name() != "Meaning")
        .flat_map(|message| list(&message))
        .collect()
}

fn names(judged: &[(String, Result<(), DocumentError>)]) -> BTreeSet<String> {
    judged.iter().map(|(name, _)| name.clone()).collect()
}

#[test]
fn an_unknown_value_of_any_enumeration_is_refused_as_too_new_unless_it_is_only_counted() {
    let judged = judge_variants(with_unknown_value);
    for (field, outcome) in &judged {
        // A report says of itself nothing that it need not, its version neither.
        let version = if field == BAND { "" } else { "0.1.0" };
        let refused =
            matches!(outcome, Err(DocumentError::TooNew { needed, .. }) if needed == version);
        assert_eq!(
            refused,
            !COUNTED.contains(&field.as_str()),
            "{field}: {outcome:?}"
        );
        assert!(refused || outcome.is_ok(), "{field}: {outcome:?}");
    }
    let all = described(|message| {
        let fields = message
            .fields()
            .filter(|field| matches!(field.kind(), Kind::Enum(_)));
        fields.map(|field| field.full_name().to_owned()).collect()
    });
    assert_eq!(names(&judged), all, "every enumeration was tried");
}

#[test]
fn an_unknown_kind_of_any_choice_is_refused_as_too_new() {
    let judged = judge_variants(with_unknown_choice);
    for (choice, outcome) in &judged {
        assert!(
            matches!(outcome, Err(DocumentError::TooNew { .. })),
            "{choice}: {outcome:?}"
        );
    }
    let all = described(|message| {
        message
            .oneofs()
            .map(|choice| choice.full_name().to_owned())
            .collect()
    });
    assert_eq!(names(&judged), all, "every choice was tried");
}

#[test]
fn an_unknown_field_in_any_message_passes() {
    let judged = judge_variants(with_unknown_field);
    for (message, outcome) in &judged {
        assert_eq!(*outcome, Ok(()), "{message}");
    }
    let tried = names(&judged);
    for message in [
        "Licence",
        "Feature",
        "Binding",
        "HardwareKey",
        "Share",
        "HostComponent",
        "UsageReport",
        "FeatureUsage",
        "Receipt",
        "Announcement",
        "Metered",
        "RenewalPeriod",
        "Severity",
        "CureNotice",
        "Amendment",
    ] {
        assert!(tried.contains(&format!("octroi.documents.v1.{message}")));
    }
}
