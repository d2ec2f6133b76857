//! Answers to activation requests: what is granted, what is refused and why.

use octroi_licence::{
    ActivationCertificate, DocumentError, HostComponentKind, Revocations, Seconds, Signer as _,
    Verified, verify,
};
use octroi_vendor::{
    ActivationRefusal, Answer, FAILED_ATTEMPTS_MAX, Request, Revoke, VendorOrder, give_order,
    order::EXAMPLE, revoke,
};

use crate::office::Office;
use crate::support::{NOW, YEAR_S, code, key, later, order_with};

/// Units of the features solver, viewer and batch.
fn units(certificate: &ActivationCertificate) -> Vec<u32> {
    certificate
        .shares
        .iter()
        .map(|share| share.units.0)
        .collect()
}

#[test]
fn a_certificate_answers_the_request_and_holds_under_the_root() {
    let mut office = Office::new(EXAMPLE);
    let asker = office.asker(20);
    let (signed, certificate) = office.granted(&asker);
    let trusted = office.vendor.trusted();
    let read: Verified<ActivationCertificate> =
        verify(&signed, &trusted, &Revocations::default()).unwrap();
    read.belongs_to(&office.licence).unwrap();
    assert_eq!(read, certificate);
    assert_eq!(read.daemon_key, asker.key.public_key());
    assert_eq!(read.licence_digest, office.licence.digest());
    assert_eq!(read.request_digest, asker.request().digest());
    assert_eq!(read.site.as_ref().unwrap().as_str(), "lyon");
    assert_eq!(read.host.as_ref().unwrap().components.len(), 3);
    assert_eq!((read.number, read.frame().sequence), (1, 1));
    assert_eq!(read.valid_until, None, "as long as the licence");
}

#[test]
fn a_daemon_that_does_not_say_how_much_gets_what_is_left_and_one_host() {
    let mut office = Office::new(EXAMPLE);
    let first = office.asker(20).asks_for(&[("viewer", 4)]);
    assert_eq!(units(&office.granted(&first).1), [2, 4, 1]);
    let second = office.asker(21);
    assert_eq!(units(&office.granted(&second).1), [0, 6, 1]);
}

#[test]
fn more_than_is_left_is_refused_and_says_who_holds_how_much() {
    let mut office = Office::new(EXAMPLE);
    let first = office.asker(20).asks_for(&[("viewer", 7)]);
    office.granted(&first);
    let second = office.asker(21).asks_for(&[("solver", 0), ("viewer", 4)]);
    let refusal = office.refused(&second);
    assert_eq!(refusal.code(), "NO_SHARE_LEFT");
    assert_eq!(
        refusal,
        ActivationRefusal::NoShareLeft {
            feature: "viewer".parse().unwrap(),
            limit: 10,
            allotted: 7,
            daemons: 1,
            requested: 4,
            most: 3,
        }
    );
}

#[test]
fn when_nothing_is_left_of_anything_there_is_no_certificate() {
    let mut office = Office::new(&order_with(&[("count = 3", "count = 1")]));
    let first = office.asker(20);
    office.granted(&first);
    let second = office.asker(21);
    assert_eq!(office.refused(&second).code(), "NO_SHARE_LEFT");
}

#[test]
fn a_share_that_is_given_back_can_be_had_by_another_daemon() {
    let mut office = Office::new(EXAMPLE);
    let first = office.asker(20);
    office.granted(&first);
    let nothing = office
        .asker(20)
        .nonce(2)
        .asks_for(&[("solver", 0), ("viewer", 0), ("batch", 0)]);
    assert_eq!(office.granted(&nothing).1.number, 2);
    let second = office.asker(21).asks_for(&[("solver", 2), ("viewer", 10)]);
    office.granted(&second);
    assert_eq!(
        office.record.live(NOW).count(),
        1,
        "its host counts no more"
    );
}

#[test]
fn one_daemon_is_one_host() {
    let mut office = Office::new(EXAMPLE);
    let greedy = office.asker(20).asks_for(&[("batch", 2)]);
    let refusal = office.refused(&greedy);
    assert!(
        matches!(refusal, ActivationRefusal::NoShareLeft { most: 1, .. }),
        "{refusal}"
    );
}

#[test]
fn the_same_request_gets_the_same_answer() {
    let mut office = Office::new(EXAMPLE);
    let asker = office.asker(20);
    let (_, certificate) = office.granted(&asker);
    let before = office.record.clone();
    office.now = later(3600);
    let Answer::Repeated {
        certificate: digest,
    } = office.answer(&asker).unwrap()
    else {
        panic!("the request was answered twice");
    };
    assert_eq!(digest, certificate.digest());
    assert_eq!(office.record, before);
}

#[test]
fn a_new_request_of_the_same_daemon_replaces_its_share() {
    let mut office = Office::new(EXAMPLE);
    let first = office.asker(20).asks_for(&[("solver", 2)]);
    office.granted(&first);
    let again = office.asker(20).nonce(2).asks_for(&[("solver", 1)]);
    assert_eq!(office.granted(&again).1.number, 2);
    let second = office.asker(21).asks_for(&[("solver", 1)]);
    assert_eq!(units(&office.granted(&second).1)[0], 1);
}

#[test]
fn a_wrong_code_is_refused_and_the_tenth_locks_the_licence() {
    let mut office = Office::new(EXAMPLE);
    let mut guesser = office.asker(20);
    guesser.code = code(77).expose().to_owned();
    for attempt in 1..=FAILED_ATTEMPTS_MAX {
        let refusal = office.refused(&guesser);
        assert_eq!(refusal, ActivationRefusal::CodeWrong { attempts: attempt });
    }
    let honest = office.asker(21);
    assert_eq!(office.refused(&honest).code(), "ACTIVATION_LOCKED");
    office.record.unlock();
    office.granted(&honest);
    assert_eq!(office.record.failed_attempts(), 0);
}

#[test]
fn a_code_may_be_typed_carelessly() {
    let mut office = Office::new(EXAMPLE);
    let mut asker = office.asker(20);
    asker.code = asker.code.to_lowercase().replace('-', " ");
    office.granted(&asker);
}

#[test]
fn terms_that_were_not_accepted_stop_an_activation() {
    let mut office = Office::new(&order_with(&[("accepted = 2026-01-15\n", "")]));
    let asker = office.asker(20);
    assert_eq!(office.refused(&asker).code(), "TERMS_NOT_ACCEPTED");
}

#[test]
fn a_site_that_the_licence_does_not_name_is_refused() {
    let mut office = Office::new(EXAMPLE);
    let elsewhere = office.asker(20).at("paris");
    assert_eq!(office.refused(&elsewhere).code(), "SITE_NOT_LICENSED");
    let nowhere = office.asker(20).at("");
    let refusal = office.refused(&nowhere);
    assert_eq!(
        refusal.to_string(),
        "the request states no site; it must be one of those that the licence names (lyon, geneva)"
    );
}

#[test]
fn a_site_has_no_more_hosts_than_the_licence_says() {
    let mut office = Office::new(&order_with(&[("count = 2", "count = 9")]));
    for seed in [20, 21] {
        let asker = office.asker(seed).asks_for(&[("solver", 1), ("viewer", 1)]);
        office.granted(&asker);
    }
    let third = office.asker(22).asks_for(&[("solver", 1), ("viewer", 1)]);
    assert_eq!(office.refused(&third).code(), "HOST_NOT_LICENSED");
    office.granted(&third.at("geneva"));
    let again = office
        .asker(20)
        .nonce(2)
        .asks_for(&[("solver", 1), ("viewer", 1)]);
    office.granted(&again);
}

#[test]
fn a_host_that_shows_too_little_is_refused() {
    let mut office = Office::new(EXAMPLE);
    let mut weak = office.asker(20);
    // The same component twice does not make it stronger.
    weak.components = vec![(HostComponentKind::Disk, 3), (HostComponentKind::Disk, 3)];
    let refusal = office.refused(&weak);
    assert_eq!(
        refusal,
        ActivationRefusal::HostIdentityWeak {
            required: 2,
            found: 1
        }
    );
    assert_eq!(refusal.code(), "HOST_IDENTITY_WEAK");
}

#[test]
fn a_licence_that_is_not_bound_to_a_host_keeps_nothing_of_it() {
    let mut office = Office::new(&order_with(&[("host_components_required = 2\n", "")]));
    let asker = office.asker(20);
    assert_eq!(office.granted(&asker).1.host, None);
}

#[test]
fn a_feature_that_is_not_licensed_is_refused() {
    let mut office = Office::new(EXAMPLE);
    let asker = office.asker(20).asks_for(&[("optimiser", 1)]);
    assert_eq!(office.refused(&asker).code(), "FEATURE_NOT_LICENSED");
}

#[test]
fn a_document_that_was_never_issued_is_unknown() {
    let mut office = Office::new(EXAMPLE);
    let mut asker = office.asker(20);
    asker.digest = octroi_licence::DocumentDigest::from_bytes([5; 32]);
    assert_eq!(office.refused(&asker).code(), "LICENCE_UNKNOWN");
}

#[test]
fn an_older_serial_is_not_activated_any_more_and_its_shares_still_count() {
    let mut office = Office::new(EXAMPLE);
    let (first, second) = (office.asker(20), office.asker(21));
    office.granted(&first);
    let next = order_with(&[("serial = 1", "serial = 2"), ("count = 2", "count = 3")]);
    office.licence = office.vendor.issue(&next, &mut office.record);
    assert_eq!(office.refused(&second).code(), "LICENCE_SUPERSEDED");
    let second = office.asker(21);
    assert_eq!(units(&office.granted(&second).1), [1, 0, 1]);
    let first = office.asker(20).nonce(2);
    assert_eq!(units(&office.granted(&first).1), [2, 10, 1]);
}

#[test]
fn a_certificate_with_an_end_frees_its_share_then_and_never_outlives_the_licence() {
    let mut office = Office::new(EXAMPLE);
    office.validity = Some(Seconds(86_400));
    let first = office.asker(20);
    let (_, certificate) = office.granted(&first);
    assert_eq!(certificate.valid_until, Some(later(86_400)));
    let second = office.asker(21).asks_for(&[("solver", 2)]);
    assert_eq!(office.refused(&second).code(), "NO_SHARE_LEFT");
    office.now = later(86_400);
    office.validity = Some(Seconds(10 * 31_557_600));
    let (_, certificate) = office.granted(&second);
    assert_eq!(certificate.valid_until, office.licence.term.ends_at);
}

#[test]
fn a_daemon_that_was_written_off_frees_its_share_and_asks_anew() {
    let mut office = Office::new(EXAMPLE);
    let first = office.asker(20);
    office.granted(&first);
    assert_eq!(office.record.write_off(&first.key.public_key()), 1);
    let second = office.asker(21).asks_for(&[("solver", 2)]);
    office.granted(&second);
    // Even its old request is judged anew.
    assert_eq!(units(&office.granted(&first).1), [0, 0, 1]);
}

#[test]
fn a_licence_that_has_ended_is_not_activated() {
    let mut office = Office::new(&order_with(&[
        ("ends = 2028-12-31\n", ""),
        ("ends = 2029-01-31", "ends = 2026-12-31"),
    ]));
    office.now = later(YEAR_S / 2);
    let asker = office.asker(20);
    assert_eq!(office.refused(&asker).code(), "LICENCE_EXPIRED");
}

#[test]
fn a_terminated_or_revoked_licence_is_not_activated() {
    let mut office = Office::new(EXAMPLE);
    let asker = office.asker(20);
    let order = VendorOrder {
        kind: octroi_licence::OrderKind::Terminate,
        scope: octroi_licence::Scope::WholeLicence,
        ground: octroi_licence::message::Ground::LatePayment,
        effective_at: Some(later(60)),
        reason: String::new(),
    };
    let issuing = office.vendor.issuing();
    give_order(
        &order,
        &office.licence,
        &office.licence,
        &mut office.record,
        &issuing,
        NOW,
    )
    .unwrap();
    office.now = later(60);
    assert_eq!(office.refused(&asker).code(), "LICENCE_TERMINATED");

    let mut office = Office::new(EXAMPLE);
    let licence = Revoke::Licence {
        licence: office.licence.id.clone(),
        serial_max: 1,
        reason: String::new(),
    };
    let (_, list) = revoke(&licence, None, &office.vendor.issuing(), NOW).unwrap();
    office.vendor.revocations = Revocations::of(&list);
    assert_eq!(office.refused(&asker).code(), "LICENCE_REVOKED");
}

#[test]
fn a_request_that_was_altered_is_not_read() {
    let office = Office::new(EXAMPLE);
    let mut signed = office.asker(20).signed();
    let last = signed.payload.len() - 1;
    signed.payload[last] ^= 1;
    let refused = Request::read(&signed).unwrap_err();
    assert!(
        matches!(refused, DocumentError::SignatureInvalid { .. }),
        "{refused}"
    );
}

#[test]
fn a_request_in_the_name_of_another_daemon_is_not_read() {
    let office = Office::new(EXAMPLE);
    let honest = office.asker(20);
    let thief = octroi_licence::sign(
        octroi_licence::DocumentKind::ActivationRequest,
        honest.signed().payload,
        &key(66),
        Vec::new(),
    );
    assert!(Request::read(&thief.unwrap()).is_err());
}
