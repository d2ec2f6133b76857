//! Every field of a signed document says whether a reader must know it, and every term has one
//! number: the rule of critical terms rests on this.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

use std::collections::BTreeMap;

use octroi_proto::{FILE_DESCRIPTOR_SET, KNOWN_TERMS, knows_term};
use prost_reflect::{DescriptorPool, FieldDescriptor, Value};

const DOCUMENTS: &str = "octroi.documents.v1";
/// The annotation itself: part of no document.
const ANNOTATION: &str = "octroi.documents.v1.Meaning";

#[derive(Debug, PartialEq)]
enum Meaning {
    Term(u32),
    Informative,
    Frame,
}

fn pool() -> DescriptorPool {
    DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the built-in descriptors decode")
}

fn document_fields(pool: &DescriptorPool) -> Vec<FieldDescriptor> {
    let fields: Vec<FieldDescriptor> = pool
        .all_messages()
        .filter(|message| message.package_name() == DOCUMENTS && message.full_name() != ANNOTATION)
        .flat_map(|message| message.fields().collect::<Vec<_>>())
        .collect();
    assert!(
        fields
            .iter()
            .any(|field| field.full_name() == "octroi.documents.v1.Licence.features"),
        "the descriptors hold the documents"
    );
    fields
}

fn meaning(pool: &DescriptorPool, field: &FieldDescriptor) -> Option<Meaning> {
    let extension = pool
        .get_extension_by_name("octroi.documents.v1.meaning")
        .expect("annotations.proto defines the extension");
    let options = field.options();
    let value = options.get_extension(&extension);
    let value = value.as_message().expect("the extension is a message");
    let set: Vec<(FieldDescriptor, &Value)> = value.fields().collect();
    let [(kind, value)] = set.as_slice() else {
        return None;
    };
    match (kind.name(), value) {
        ("term", Value::U32(number)) if *number > 0 => Some(Meaning::Term(*number)),
        ("informative", Value::Bool(true)) => Some(Meaning::Informative),
        ("frame", Value::Bool(true)) => Some(Meaning::Frame),
        _ => None,
    }
}

#[test]
fn every_document_field_says_whether_a_reader_must_know_it() {
    let pool = pool();
    let silent: Vec<String> = document_fields(&pool)
        .iter()
        .filter(|field| meaning(&pool, field).is_none())
        .map(|field| field.full_name().to_owned())
        .collect();
    assert!(
        silent.is_empty(),
        "add [(meaning).term = N], [(meaning).informative = true] or [(meaning).frame = true] to \
         {silent:#?}"
    );
}

#[test]
fn no_term_number_is_used_twice() {
    let pool = pool();
    let mut users: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for field in document_fields(&pool) {
        if let Some(Meaning::Term(number)) = meaning(&pool, &field) {
            let name = field.full_name().to_owned();
            users.entry(number).or_default().push(name);
        }
    }
    users.retain(|_, fields| fields.len() > 1);
    assert!(users.is_empty(), "{users:#?}");
}

#[test]
fn the_known_terms_are_those_of_the_annotations_in_ascending_order() {
    let pool = pool();
    let mut annotated: Vec<(u32, String)> = document_fields(&pool)
        .iter()
        .filter_map(|field| match meaning(&pool, field)? {
            Meaning::Term(number) => Some((number, field.full_name().to_owned())),
            Meaning::Informative | Meaning::Frame => None,
        })
        .collect();
    annotated.sort();
    let known: Vec<(u32, String)> = KNOWN_TERMS
        .iter()
        .map(|(number, name)| (*number, (*name).to_owned()))
        .collect();
    assert_eq!(known, annotated);
    assert!(
        KNOWN_TERMS
            .iter()
            .zip(KNOWN_TERMS.iter().skip(1))
            .all(|((number, _), (next, _))| number < next)
    );
}

#[test]
fn a_term_is_known_exactly_if_a_field_carries_it() {
    assert!(KNOWN_TERMS.iter().all(|(number, _)| knows_term(*number)));
    assert!(!knows_term(0));
    assert!(!knows_term(u32::MAX));
}

#[test]
fn every_kind_of_a_choice_is_a_critical_term() {
    let pool = pool();
    let ignorable: Vec<String> = document_fields(&pool)
        .iter()
        .filter(|field| field.containing_oneof().is_some())
        .filter(|field| !matches!(meaning(&pool, field), Some(Meaning::Term(_))))
        .map(|field| field.full_name().to_owned())
        .collect();
    assert!(ignorable.is_empty(), "{ignorable:#?}");
}

#[test]
fn every_signed_payload_carries_the_frame_in_field_1() {
    let pool = pool();
    for name in [
        "VendorRoot",
        "KeyCertificate",
        "Licence",
        "Amendment",
        "Order",
        "EscrowRelease",
        "EndOfUseCertificate",
        "RevocationList",
        "ActivationCertificate",
        "ActivationRequest",
        "UsageReport",
        "Receipt",
    ] {
        let message = pool
            .get_message_by_name(&format!("{DOCUMENTS}.{name}"))
            .unwrap_or_else(|| panic!("{name} is gone"));
        let frame = message.get_field(1).expect("field 1");
        let kind = frame.kind();
        let kind = kind.as_message().expect("a message").full_name().to_owned();
        assert_eq!(kind, "octroi.documents.v1.DocumentFrame", "{name}");
    }
}
