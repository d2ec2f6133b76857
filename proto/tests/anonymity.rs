//! A usage report can hold no name of a person, a host or an application's making: this walks its
//! descriptor and fails on every field that could. A new field must be a number, an enumeration, or
//! be named here with the reason why it tells nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use octroi_proto::FILE_DESCRIPTOR_SET;
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

/// What a daemon signs and sends of itself.
const REPORTS: [&str; 2] = [
    "octroi.documents.v1.UsageReport",
    "octroi.documents.v1.EndOfUseCertificate",
];

/// Texts and bytes that a report may hold, and why none can name a person or a machine.
const ALLOWED: &[(&str, &str)] = &[
    (
        "DocumentFrame.vendor",
        "the vendor's own id, read back as one",
    ),
    ("DocumentFrame.requires_version", "refused unless empty"),
    (
        "DocumentFrame.licence_id",
        "in a report refused unless empty, in a certificate stated by the vendor's licence",
    ),
    (
        "EndOfUseCertificate.licence_digest",
        "digest of the vendor's own document",
    ),
    (
        "EndOfUseCertificate.daemon_key",
        "a public key, made at random for this vendor alone",
    ),
    (
        "UsageReport.daemon_key",
        "a public key, made at random for this vendor alone",
    ),
    ("UsageReport.nonce", "16 random bytes"),
    ("UsageReport.consistency", "hashes over many records"),
    (
        "UsageReport.last_receipt",
        "the vendor's own document, as it came",
    ),
    ("LedgerCheckpoint.root", "a hash over all records"),
    ("LedgerCheckpoint.signature", "a signature"),
    ("LicenceUsage.licence_id", "stated by the vendor's licence"),
    (
        "LicenceUsage.licence_digest",
        "digest of the vendor's own document",
    ),
    (
        "LicenceUsage.certificate",
        "the vendor's own document, as it came",
    ),
    (
        "LicenceUsage.end_of_use_certificate",
        "the daemon's own certificate, whose fields are walked here too; read back as one or refused",
    ),
    ("FeatureUsage.feature", "stated by the vendor's licence"),
];

/// Instants finer than a day; read back as whole days or refused.
const DAYS_IN_SECONDS: &[&str] = &["DocumentFrame.issued_at_s"];

fn report(name: &str) -> MessageDescriptor {
    DescriptorPool::decode(FILE_DESCRIPTOR_SET)
        .expect("the built-in descriptors decode")
        .get_message_by_name(name)
        .expect("the report is described")
}

fn fields(message: &MessageDescriptor, found: &mut BTreeMap<String, FieldDescriptor>) {
    for field in message.fields() {
        let name = format!("{}.{}", message.name(), field.name());
        if found.insert(name, field.clone()).is_none()
            && let Kind::Message(inner) = field.kind()
        {
            fields(&inner, found);
        }
    }
}

fn report_fields() -> BTreeMap<String, FieldDescriptor> {
    let mut found = BTreeMap::new();
    for name in REPORTS {
        fields(&report(name), &mut found);
    }
    found
}

#[test]
fn a_report_holds_numbers_enumerations_and_listed_ids_digests_keys_and_nonces_only() {
    let allowed: BTreeSet<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    let telling: Vec<String> = report_fields()
        .into_iter()
        .filter(|(name, field)| match field.kind() {
            Kind::Uint32 | Kind::Uint64 | Kind::Enum(_) | Kind::Message(_) => false,
            Kind::Int64 => !DAYS_IN_SECONDS.contains(&name.as_str()),
            Kind::String | Kind::Bytes => !allowed.contains(name.as_str()),
            _ => true,
        })
        .map(|(name, _)| name)
        .collect();
    assert!(
        telling.is_empty(),
        "these could name somebody: {telling:#?}"
    );
}

#[test]
fn nothing_is_allowed_that_is_not_there() {
    let found = report_fields();
    let names = ALLOWED.iter().map(|(name, _)| *name);
    let gone: Vec<&str> = names
        .chain(DAYS_IN_SECONDS.iter().copied())
        .filter(|name| !found.contains_key(*name))
        .collect();
    assert!(gone.is_empty(), "{gone:#?}");
}

#[test]
fn no_report_field_is_a_map_or_of_an_unbounded_kind() {
    for (name, field) in report_fields() {
        assert!(!field.is_map(), "{name}: keys of a map could be names");
        assert!(
            !matches!(field.kind(), Kind::Message(inner) if inner.package_name() == "google.protobuf"),
            "{name}: `Any` and `Struct` could hold everything"
        );
    }
}
