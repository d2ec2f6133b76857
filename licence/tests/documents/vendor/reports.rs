//! A licence with reports due, a sample report over a small ledger, and the receipt that answers it.

use octroi_licence::{
    AnnouncementAnswer, Checkpoint, CivilDay, Count, DocumentKind, FeatureUsage, KeyId,
    LicenceUsage, Numbered, RefusalCode, ReportedDeclaration, UsageReport, digest_of, merkle,
    message,
};
use prost::Message as _;

use super::{
    ISSUED_AT, LICENCE_ID, VENDOR, activation_certificate, activation_chain, key, key_id, licence,
    licence_digest, public, signed, vendor_frame,
};

/// 2026-01-31.
pub(crate) const LAST_DAY: CivilDay = CivilDay(20_484);

/// The sample licence with reports due.
pub(crate) fn reporting_licence() -> message::Licence {
    let mut licence = licence();
    if let Some(frame) = &mut licence.frame {
        frame.requires.extend([105, 151, 152, 153, 154, 155, 156]);
        frame.requires.sort_unstable();
    }
    licence.reporting = Some(message::Reporting {
        interval_days: 30,
        warn_days: 1,
        degrade_days: 7,
        stop_days: 14,
        approval_required: true,
        billed_features: vec!["render".to_owned()],
    });
    licence
}

pub(crate) fn leaves(count: u8) -> Vec<[u8; 32]> {
    (0..count).map(|leaf| merkle::leaf_hash(&[leaf])).collect()
}

pub(crate) fn checkpoint(size: u8) -> Checkpoint {
    let frontier: merkle::Frontier = leaves(size).into_iter().collect();
    Checkpoint {
        size: size.into(),
        root: frontier.root(),
    }
}

/// The realm's root, as checkpoints name it.
pub(crate) fn realm() -> KeyId {
    key_id("root")
}

pub(crate) fn report() -> UsageReport {
    let certificate = signed(
        DocumentKind::ActivationCertificate,
        activation_certificate().encode_to_vec(),
        "activation",
        activation_chain(),
    );
    let Ok(checkpoint_signature) = checkpoint(7).sign(&realm(), &key("daemon"));
    UsageReport {
        number: 2,
        daemon_key: public("daemon"),
        nonce: [9; 16],
        first_day: CivilDay(20_454),
        last_day: LAST_DAY,
        checkpoint: checkpoint(7),
        checkpoint_signature,
        consistency: merkle::consistency_proof(&leaves(7), 3).unwrap(),
        last_receipt: vec![1, 2, 3],
        licences: vec![LicenceUsage {
            licence: LICENCE_ID.parse().unwrap(),
            serial: 1,
            licence_digest: octroi_licence::DocumentDigest::from_bytes(licence_digest()),
            certificate_number: 1,
            certificate: certificate.encode_to_vec(),
            vendor_sequence: 1,
            declarations: vec![ReportedDeclaration {
                kind: Numbered::Known(message::DeclarationKind::Accepted),
                day: CivilDay(20_455),
                ends_on: None,
            }],
            end_of_use_certificate: Vec::new(),
            features: vec![FeatureUsage {
                feature: "cad".parse().unwrap(),
                peak: Count::of(2, false),
                seat_days: Count::of(31, false),
                grants: Count::of(470, false),
                refusals: vec![(
                    Numbered::Known(RefusalCode::SeatsExhausted),
                    Count::of(12, false),
                )],
                outdated: Count::of(3, false),
            }],
        }],
        evidence: vec![(Numbered::Known(message::EvidenceKind::ClockSetBack), 1)],
        session_ends: vec![(
            Numbered::Known(message::SessionEndCause::Goodbye),
            Count::of(460, false),
        )],
        revocation_version: 1,
        announcement_number: 0,
        announcement_answers: vec![AnnouncementAnswer {
            number: 1,
            verdict: Numbered::Known(message::AnnouncementVerdict::Objected),
            day: LAST_DAY,
        }],
    }
}

/// The report as it travels.
pub(crate) fn usage_report() -> message::UsageReport {
    let payload = report().payload(&VENDOR.parse().unwrap(), LAST_DAY);
    message::UsageReport::decode(payload.as_slice()).unwrap()
}

pub(crate) fn signed_report(report: &message::UsageReport) -> message::SignedDocument {
    signed(
        DocumentKind::UsageReport,
        report.encode_to_vec(),
        "daemon",
        Vec::new(),
    )
}

/// The receipt that answers [`usage_report`].
pub(crate) fn receipt() -> message::Receipt {
    let report = usage_report();
    let digest = digest_of(DocumentKind::UsageReport, &report.encode_to_vec());
    message::Receipt {
        frame: Some(message::DocumentFrame {
            issued_at_s: ISSUED_AT + 31 * 86_400,
            ..vendor_frame(0)
        }),
        report_digest: digest.as_bytes().to_vec(),
        daemon_key: report.daemon_key,
        nonce: report.nonce,
        report_number: report.report_number,
        checkpoint: Some(message::LedgerCheckpoint {
            signature: Vec::new(),
            ..report.checkpoint.unwrap()
        }),
        certificates: vec![vec![4, 5, 6]],
        documents: vec![message::PendingDocument {
            kind: "order".to_owned(),
            document: vec![7, 8, 9],
        }],
        announcements: vec![message::Announcement {
            number: 1,
            kind: "release".to_owned(),
            text: "Version 2026.2 is out.".to_owned(),
            due_day: 20_600,
            version: "2026.2".to_owned(),
            product: "workbench".to_owned(),
            effective_day: 20_500,
        }],
        not_renewed: vec![message::NotRenewed {
            licence_id: "acme-2025-0001".to_owned(),
            reason: "LICENCE_TERMINATED".to_owned(),
        }],
        forks: vec![message::LedgerCheckpoint {
            size: 5,
            root: vec![3; 32],
            signature: Vec::new(),
        }],
        more: true,
        server_country: "FR".to_owned(),
    }
}

pub(crate) fn signed_receipt(receipt: &message::Receipt) -> message::SignedDocument {
    signed(
        DocumentKind::Receipt,
        receipt.encode_to_vec(),
        "activation",
        activation_chain(),
    )
}
