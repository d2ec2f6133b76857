//! Terms: what a licence states reads back as stated; what a reader cannot know is refused, what it
//! may ignore passes. The rules on unknown values are tried on every field that the descriptors
//! know, so that a field added later is held to them too.

use std::collections::BTreeSet;

use octroi_licence::{
    AbsenceBudget, CivilSeconds, DocumentError, DocumentKind, Grouping, HOST_COMPONENTS_MAX,
    Licence, Metric, Order, Revocations, SEATS_MAX, SPAN_MAX_S, Scope, Seats, Seconds, Term,
    TermError, Verified, message,
};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, ReflectMessage as _, Value};

use crate::vendor::{
    self, ISSUED_AT, VALID_UNTIL, issued, issued_payload, issuing_chain, judged, licence,
    one_of_each, order, root, sample, signed, suspension, verified,
};

const UNKNOWN_VALUE: i32 = 99;
/// Field 2000, length-delimited, three bytes: of a later version.
const UNKNOWN_FIELD: &[u8] = &[0x82, 0x7d, 3, b'n', b'e', b'w'];

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
            changed.set_field(&field, Value::EnumNumber(UNKNOWN_VALUE));
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
fn an_unknown_value_of_any_enumeration_is_refused_as_too_new() {
    let judged = judge_variants(with_unknown_value);
    for (field, outcome) in &judged {
        let refused =
            matches!(outcome, Err(DocumentError::TooNew { needed, .. }) if needed == "0.1.0");
        assert!(refused, "{field}: {outcome:?}");
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
    ] {
        assert!(tried.contains(&format!("octroi.documents.v1.{message}")));
    }
}

#[test]
fn a_licence_reads_as_it_was_stated() {
    let licence = sample();
    assert_eq!(licence.id.as_str(), vendor::LICENCE_ID);
    assert_eq!(licence.product.as_str(), vendor::PRODUCT);
    assert_eq!(licence.client_name, "Atelier Brisé & Fils");
    let [cad, render] = licence.features.as_slice() else {
        panic!("two features");
    };
    assert_eq!(cad.metric, Metric::Concurrent(Grouping::UserHost));
    assert_eq!((cad.count, cad.linger), (Seats(2), Seconds(300)));
    assert!(cad.versions.covers(&"2026.1.9".parse().unwrap()));
    assert_eq!((render.metric, render.count), (Metric::Host, Seats(4)));
    assert_eq!(render.term, Term::default());
    let binding = &licence.binding;
    let (budget, window) = (Seconds(600), Seconds(86_400));
    assert_eq!(binding.absence, AbsenceBudget { budget, window });
    assert_eq!(binding.proof_interval, Seconds(60));
    assert_eq!(binding.host_components_required, Some(3));
    assert_eq!(licence.resume_window, Seconds(10));
    assert_eq!(licence.term.ends_at, Some(CivilSeconds(VALID_UNTIL)));
    assert_eq!(licence.sites[0].hosts_max, Some(3));
}

#[test]
fn what_a_licence_leaves_out_has_the_documented_default() {
    let mut wire = licence();
    wire.sites.clear();
    wire.binding = None;
    wire.term = None;
    wire.server = None;
    wire.terms_acceptance = None;
    wire.escrow_key.clear();
    (wire.resume_window_s, wire.minimum_hold_s) = (0, 0);
    let licence: Verified<Licence> = verified(&issued(&wire)).unwrap();
    assert_eq!(licence.resume_window, octroi_licence::RESUME_WINDOW_DEFAULT);
    assert_eq!(licence.minimum_hold, octroi_licence::MINIMUM_HOLD_DEFAULT);
    assert_eq!(licence.term, Term::default());
    assert!(licence.sites.is_empty() && licence.server.is_none() && licence.escrow_key.is_none());
    assert!(licence.binding.hardware_keys.is_empty());
    assert_eq!(licence.terms_acceptance.accepted_at, None);
}

#[test]
fn an_order_reads_as_it_was_stated() {
    let mut wire = suspension();
    wire.scope = Some(message::Scope {
        kind: Some(message::scope::Kind::Feature("cad".to_owned())),
    });
    let payload = wire.encode_to_vec();
    let order: Verified<Order> = verified(&signed(
        DocumentKind::Order,
        payload,
        "issuing",
        issuing_chain(),
    ))
    .unwrap();
    assert_eq!(order.scope, Scope::Feature("cad".parse().unwrap()));
    assert_eq!(order.kind, octroi_licence::OrderKind::Suspend);
    assert_eq!(order.effective_at, Some(CivilSeconds(ISSUED_AT + 86_400)));
}

/// The error of the sample licence after a change.
fn term_error(change: impl FnOnce(&mut message::Licence)) -> TermError {
    let mut wire = licence();
    change(&mut wire);
    match verified::<Licence>(&issued(&wire)) {
        Err(DocumentError::Term { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

#[test]
fn counts_lie_between_one_and_the_documented_most() {
    for count in [0, SEATS_MAX + 1, u32::MAX] {
        let error = term_error(|licence| licence.features[0].count = count);
        assert!(
            matches!(error, TermError::Range { field: "count", .. }),
            "{error}"
        );
    }
    let mut most = licence();
    most.features[0].count = SEATS_MAX;
    assert!(verified::<Licence>(&issued(&most)).is_ok());
}

#[test]
fn spans_are_bounded() {
    let changes: [fn(&mut message::Licence, u32); 5] = [
        |licence, span| licence.resume_window_s = span,
        |licence, span| licence.minimum_hold_s = span,
        |licence, span| licence.features[0].linger_s = span,
        |licence, span| licence.binding.as_mut().unwrap().absence_window_s = span,
        |licence, span| licence.binding.as_mut().unwrap().proof_interval_s = span,
    ];
    for change in changes {
        let error = term_error(|licence| change(licence, SPAN_MAX_S + 1));
        assert!(matches!(error, TermError::Range { .. }), "{error}");
        let mut most = licence();
        change(&mut most, SPAN_MAX_S);
        assert!(verified::<Licence>(&issued(&most)).is_ok());
    }
}

#[test]
fn instants_lie_within_the_calendar() {
    for instant in [-1, i64::MIN, CivilSeconds::LATEST.0 + 1, i64::MAX] {
        let error = term_error(|licence| {
            licence.term = Some(message::Term {
                starts_at_s: 0,
                ends_at_s: instant,
            });
        });
        assert_eq!(
            error,
            TermError::Instant {
                field: "term",
                found: instant
            }
        );
    }
}

#[test]
fn lists_are_bounded_and_name_nothing_twice() {
    let error = term_error(|licence| licence.features.clear());
    assert_eq!(error, TermError::Missing { field: "features" });
    let error = term_error(|licence| {
        let site = licence.sites[0].clone();
        licence.sites = vec![site; octroi_licence::SITES_MAX + 1];
    });
    assert!(matches!(error, TermError::TooMany { field: "sites", .. }));
    let error = term_error(|licence| {
        let keys = &mut licence.binding.as_mut().unwrap().hardware_keys;
        keys.push(keys[0].clone());
    });
    assert!(matches!(
        error,
        TermError::Twice {
            field: "hardware_keys",
            ..
        }
    ));
}

#[test]
fn a_host_binding_asks_for_at_least_one_and_at_most_all_components() {
    for components_required in [0, u32::try_from(HOST_COMPONENTS_MAX).unwrap() + 1] {
        let host = Some(message::HostBinding {
            components_required,
        });
        let error = term_error(|licence| licence.binding.as_mut().unwrap().host = host);
        assert!(matches!(error, TermError::Range { .. }), "{error}");
    }
}

#[test]
fn terms_that_cannot_both_hold_are_refused() {
    let absence = term_error(|licence| {
        licence.binding.as_mut().unwrap().absence_window_s = 60;
    });
    let server = term_error(|licence| licence.server.as_mut().unwrap().key_pins.clear());
    for error in [absence, server] {
        assert!(matches!(error, TermError::Contradiction { .. }), "{error}");
    }
}

#[test]
fn a_clock_reset_of_one_feature_is_refused() {
    let reset = message::ClockReset {
        daemon_key: vendor::public("daemon").as_bytes().to_vec(),
        anomaly: 17,
        new_time_s: ISSUED_AT,
    };
    let mut wire = order(Some(message::order::Kind::ClockReset(reset)));
    let judge = |wire: &message::Order| {
        let payload = wire.encode_to_vec();
        verified::<Order>(&signed(
            DocumentKind::Order,
            payload,
            "issuing",
            issuing_chain(),
        ))
    };
    assert!(judge(&wire).is_ok());
    wire.scope = Some(message::Scope {
        kind: Some(message::scope::Kind::Feature("cad".to_owned())),
    });
    assert_eq!(judge(&wire).unwrap_err().code(), "DOCUMENT_TERM_INVALID");
}

#[test]
fn addresses_and_countries_are_of_their_form() {
    for address in [
        "http://a.example",
        "https://",
        "https://a.example/path",
        "https://a b",
    ] {
        let error = term_error(|licence| {
            licence.server.as_mut().unwrap().address = address.to_owned();
        });
        assert!(
            matches!(error, TermError::Name { .. }),
            "{address}: {error}"
        );
    }
    for country in ["fr", "FRA", "EEA", "F\u{e9}"] {
        let error = term_error(|licence| licence.sites[0].country = country.to_owned());
        assert!(
            matches!(error, TermError::Name { .. }),
            "{country}: {error}"
        );
    }
}

#[test]
fn text_can_neither_move_the_cursor_nor_reorder_what_is_shown() {
    for name in [
        "a\u{1b}[2J",
        "a\nb",
        "a\u{202e}b",
        "a\u{2028}b",
        "a\u{2066}b",
    ] {
        let error = term_error(|licence| licence.client_name = name.to_owned());
        let TermError::Name { source, .. } = error else {
            panic!("{error}");
        };
        let shown = source.to_string();
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
        assert!(
            !shown.contains(['\u{202e}', '\u{2028}', '\u{2066}']),
            "{shown:?}"
        );
    }
}

#[test]
fn a_document_outside_its_sequence_numbers_is_refused() {
    let error = term_error(|licence| licence.frame.as_mut().unwrap().sequence = 0);
    assert!(matches!(
        error,
        TermError::Range {
            field: "frame.sequence",
            ..
        }
    ));
    let error = term_error(|licence| licence.serial = 0);
    assert!(matches!(
        error,
        TermError::Range {
            field: "serial",
            ..
        }
    ));
}

#[test]
fn a_licence_without_a_frame_is_refused() {
    let error = term_error(|licence| licence.frame = None);
    assert_eq!(error, TermError::Missing { field: "frame" });
    let error = term_error(|licence| licence.frame.as_mut().unwrap().licence_id.clear());
    assert_eq!(
        error,
        TermError::Missing {
            field: "frame.licence_id"
        }
    );
}

#[test]
fn an_empty_payload_is_refused_though_it_is_signed() {
    assert!(verified::<Licence>(&issued_payload(Vec::new())).is_err());
}
