//! Reports and receipts: what they state reads back, what is too much or says too much is refused,
//! and a receipt answers one report alone.

use octroi_licence::{
    CivilDay, CivilSeconds, Count, DocumentError, DocumentKind, Numbered, Receipt, TermError,
    UsageReport, Verified, message, verify_self_signed,
};

use crate::vendor::{
    ISSUED_AT, public,
    reports::{
        LAST_DAY, checkpoint, leaves, realm, receipt, report, signed_receipt, signed_report,
        usage_report,
    },
    verified,
};

fn read(report: &message::UsageReport) -> Result<Verified<UsageReport>, DocumentError> {
    verify_self_signed(&signed_report(report))
}

/// The error of the sample report after a change.
fn refused(change: impl FnOnce(&mut message::UsageReport)) -> TermError {
    let mut wire = usage_report();
    change(&mut wire);
    match read(&wire) {
        Err(DocumentError::Term { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

fn frame(wire: &mut message::UsageReport) -> &mut message::DocumentFrame {
    wire.frame.as_mut().unwrap()
}

#[test]
fn a_report_reads_as_it_was_made() {
    let read = read(&usage_report()).unwrap();
    assert_eq!(*read.document(), report());
    assert_eq!(read.frame().issued_at, LAST_DAY.start());
    assert!(
        read.checkpoint
            .verifies(&realm(), &public("daemon"), &read.checkpoint_signature)
    );
    assert!(octroi_licence::merkle::verify_consistency(
        3,
        &checkpoint(3).root,
        read.checkpoint.size,
        &read.checkpoint.root,
        &read.consistency
    ));
    assert_eq!(leaves(7).len(), 7);
}

#[test]
fn a_report_that_another_key_signed_is_refused() {
    let wire = message::UsageReport {
        daemon_key: public("another").as_bytes().to_vec(),
        ..usage_report()
    };
    let error = read(&wire).unwrap_err();
    assert_eq!(error.code(), "DOCUMENT_ALTERED");
}

#[test]
fn a_report_states_nothing_finer_than_a_day() {
    for offset in [1, 3_600, 86_399] {
        let error = refused(|wire| frame(wire).issued_at_s += offset);
        assert!(matches!(error, TermError::Contradiction { .. }), "{error}");
    }
}

#[test]
fn a_reports_frame_has_no_room_for_more_than_vendor_and_day() {
    let changes: [fn(&mut message::DocumentFrame); 4] = [
        |frame| frame.requires_version = "alice".to_owned(),
        |frame| frame.licence_id = "alice".to_owned(),
        |frame| frame.sequence = 1_767_225_601,
        |frame| frame.requires = vec![101],
    ];
    for change in changes {
        let error = refused(|wire| change(frame(wire)));
        assert!(matches!(error, TermError::Contradiction { .. }), "{error}");
    }
}

#[test]
fn a_report_is_bounded() {
    let changes: [fn(&mut message::UsageReport); 9] = [
        |wire| wire.report_number = 0,
        |wire| wire.checkpoint.as_mut().unwrap().size = u64::MAX,
        |wire| wire.licences[0].vendor_sequence = u64::MAX,
        |wire| wire.last_day = CivilDay::LATEST.0 + 1,
        |wire| wire.consistency = vec![vec![0; 32]; 66],
        |wire| wire.last_receipt = vec![0; octroi_licence::RECEIPT_BYTES_MAX + 1],
        |wire| wire.licences = vec![wire.licences[0].clone(); 257],
        |wire| wire.licences[0].certificate = vec![0; (64 << 10) + 1],
        |wire| wire.evidence[0].count = octroi_licence::COUNT_MAX + 1,
    ];
    for change in changes {
        let error = refused(change);
        assert!(
            matches!(error, TermError::Range { .. } | TermError::TooMany { .. }),
            "{error}"
        );
    }
}

#[test]
fn what_is_counted_stands_once() {
    let changes: [fn(&mut message::UsageReport); 4] = [
        |wire| wire.evidence = vec![wire.evidence[0]; 2],
        |wire| wire.session_ends = vec![wire.session_ends[0]; 2],
        |wire| wire.licences = vec![wire.licences[0].clone(); 2],
        |wire| {
            let features = &mut wire.licences[0].features;
            *features = vec![features[0].clone(); 2];
        },
    ];
    for change in changes {
        let error = refused(change);
        assert!(matches!(error, TermError::Twice { .. }), "{error}");
    }
}

#[test]
fn days_that_end_before_they_start_are_refused() {
    let error = refused(|wire| wire.last_day = wire.first_day - 1);
    assert!(
        matches!(error, TermError::EndsBeforeStart { .. }),
        "{error}"
    );
}

#[test]
fn a_banded_count_is_not_stated_exactly_too() {
    let error = refused(|wire| {
        wire.licences[0].features[0].peak = Some(message::UsageCount {
            exact: 3,
            band: message::CountBand::Few.into(),
        });
    });
    assert!(matches!(error, TermError::Contradiction { .. }), "{error}");
}

#[test]
fn a_refusal_code_of_a_later_version_keeps_its_number() {
    let mut wire = usage_report();
    wire.licences[0].features[0].refusals[0].code = 4_242;
    let read = read(&wire).unwrap();
    let (code, count) = read.licences[0].features[0].refusals[0];
    assert_eq!((code, count), (Numbered::Later(4_242), Count::Exact(12)));
}

#[test]
fn a_receipt_reads_as_it_was_made_and_answers_its_report() {
    let read: Verified<Receipt> = verified(&signed_receipt(&receipt())).unwrap();
    assert_eq!(
        read.message(),
        message::Receipt {
            frame: None,
            ..receipt()
        }
    );
    assert_eq!(read.server_time, CivilSeconds(ISSUED_AT + 31 * 86_400));
    assert_eq!(read.documents[0].kind(), Some(DocumentKind::Order));
    assert_eq!(read.announcements[0].due, Some(CivilDay(20_600)));
    assert_eq!(read.answers(&self::read(&usage_report()).unwrap()), Ok(()));
}

#[test]
fn a_receipt_answers_no_other_report() {
    type Change = fn(&mut message::Receipt);
    let report = read(&usage_report()).unwrap();
    let changes: [(&str, Change); 5] = [
        ("report", |wire| wire.report_digest = vec![0; 32]),
        ("report", |wire| wire.nonce = vec![0; 16]),
        ("report", |wire| wire.report_number = 3),
        ("daemon", |wire| {
            wire.daemon_key = public("another").as_bytes().to_vec();
        }),
        ("checkpoint", |wire| {
            wire.checkpoint.as_mut().unwrap().size = 8;
        }),
    ];
    for (what, change) in changes {
        let mut wire = receipt();
        change(&mut wire);
        let read: Verified<Receipt> = verified(&signed_receipt(&wire)).unwrap();
        let mismatch = read.answers(&report).unwrap_err();
        assert_eq!(mismatch.what, what);
    }
}

#[test]
fn a_receipt_by_an_issuing_key_is_refused() {
    let by_issuing = crate::vendor::signed(
        DocumentKind::Receipt,
        prost::Message::encode_to_vec(&receipt()),
        "issuing",
        crate::vendor::issuing_chain(),
    );
    let error = verified::<Receipt>(&by_issuing).unwrap_err();
    assert_eq!(error.code(), "DOCUMENT_KEY_ROLE");
}

#[test]
fn a_pending_document_of_a_later_kind_leaves_the_receipt_standing() {
    let mut wire = receipt();
    wire.documents[0].kind = "transfer-of-business".to_owned();
    let read: Verified<Receipt> = verified(&signed_receipt(&wire)).unwrap();
    assert_eq!(read.documents[0].kind(), None);
}

#[test]
fn an_announcement_is_plain_text_of_bounded_length() {
    let most = octroi_licence::ANNOUNCEMENT_BYTES_MAX;
    for text in ["a".repeat(most + 1), "\u{1b}[2J".to_owned()] {
        let mut wire = receipt();
        wire.announcements[0].text = text;
        let error = verified::<Receipt>(&signed_receipt(&wire)).unwrap_err();
        assert_eq!(error.code(), "DOCUMENT_TERM_INVALID");
    }
}
