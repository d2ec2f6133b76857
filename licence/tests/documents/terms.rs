//! Terms: what a licence states reads back as stated, and what makes no sense is refused.

use octroi_licence::{
    AbsenceBudget, CREDENTIAL_ID_BYTES_MAX, CivilSeconds, CredentialId, DocumentError,
    DocumentKind, Grouping, HOST_COMPONENTS_MAX, HardwareKey, HardwareKeyKind, KeySerial, Licence,
    Metric, Order, SEATS_MAX, SPAN_MAX_S, Scope, Seats, Seconds, Term, TermError, Verified,
    message,
};
use prost::Message as _;

use crate::vendor::{
    self, ISSUED_AT, VALID_UNTIL, hardware_key, issued, issued_payload, issuing_chain, licence,
    order, sample, signed, suspension, verified,
};

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
    assert_eq!((&render.metric, render.count), (&Metric::Host, Seats(4)));
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

fn stating_fido2(
    change: impl FnOnce(&mut message::HardwareKey),
) -> impl FnOnce(&mut message::Licence) {
    |licence| {
        let key = &mut licence.binding.as_mut().unwrap().hardware_keys[0];
        key.kind = message::HardwareKeyKind::Fido2.into();
        key.serial.clear();
        key.credential_id = vec![5; 64];
        change(key);
        licence.frame.as_mut().unwrap().requires.push(135);
    }
}

#[test]
fn a_fido2_key_is_named_by_its_credential() {
    let mut wire = licence();
    stating_fido2(|_| {})(&mut wire);
    let licence = verified::<Licence>(&issued(&wire)).unwrap();
    let key = &licence.document().binding.hardware_keys[0];
    let id = CredentialId::from_bytes(&[5; 64]).unwrap();
    assert_eq!(
        (key.kind(), key.serial),
        (HardwareKeyKind::Fido2, id.serial())
    );
}

#[test]
fn a_fido2_key_has_a_credential_of_bounded_length_a_key_of_its_algorithms_and_no_serial() {
    let serial = term_error(stating_fido2(|key| key.serial = vec![3; 16]));
    assert!(
        matches!(serial, TermError::Contradiction { .. }),
        "{serial}"
    );
    for length in [0, CREDENTIAL_ID_BYTES_MAX + 1] {
        let error = term_error(stating_fido2(|key| key.credential_id = vec![5; length]));
        assert!(matches!(error, TermError::Range { .. }), "{error}");
    }
    for bytes in [Vec::new(), vec![2; 31], vec![5; 33], vec![0; 32]] {
        let error = term_error(stating_fido2(|key| key.public_key = bytes));
        assert!(matches!(error, TermError::PublicKey { .. }), "{error}");
    }
}

#[test]
fn a_dongle_has_no_credential() {
    let error = term_error(|licence| {
        licence.binding.as_mut().unwrap().hardware_keys[0].credential_id = vec![5; 64];
        licence.frame.as_mut().unwrap().requires.push(135);
    });
    assert!(matches!(error, TermError::Contradiction { .. }), "{error}");
}

fn losing(keys: &[bool]) -> impl FnOnce(&mut message::Licence) {
    let keys: Vec<message::HardwareKey> = (1..)
        .zip(keys)
        .map(|(byte, revoked)| message::HardwareKey {
            serial: vec![byte; 16],
            revoked: *revoked,
            ..hardware_key()
        })
        .collect();
    |licence| {
        licence.binding.as_mut().unwrap().hardware_keys = keys;
        licence.frame.as_mut().unwrap().requires.push(136);
    }
}

#[test]
fn a_key_that_is_revoked_is_none_of_those_that_must_be_there() {
    let mut wire = licence();
    losing(&[true, false])(&mut wire);
    let licence = verified::<Licence>(&issued(&wire)).unwrap();
    let binding = &licence.document().binding;
    let serials = |keys: &[HardwareKey]| keys.iter().map(|key| key.serial).collect::<Vec<_>>();
    assert_eq!(serials(&binding.revoked_keys), [KeySerial([1; 16])]);
    assert_eq!(serials(&binding.hardware_keys), [KeySerial([2; 16])]);
}

#[test]
fn a_licence_whose_keys_are_all_revoked_is_refused_instead_of_needing_none() {
    let error = term_error(losing(&[true, true]));
    assert!(matches!(error, TermError::Contradiction { .. }), "{error}");
}
