//! Documents that state something of every term and every kind, those that this version only reads
//! included.

use octroi_licence::{DocumentKind, message, message::order::Kind};
use prost::Message as _;

use super::{
    ISSUED_AT, LICENCE_ID, VALID_UNTIL, frame, licence, licence_digest, order, public, reports,
};

const DAY: i64 = 86_400;

fn zone() -> message::Zone {
    message::Zone {
        posix: "CET-1CEST,M3.5.0,M10.5.0/3".to_owned(),
        iana: "Europe/Paris".to_owned(),
    }
}

/// Monday to Friday.
fn times(from_minute: u32, until_minute: u32) -> message::WeeklyTimes {
    message::WeeklyTimes {
        weekdays: 0b1_1111,
        from_minute,
        until_minute,
    }
}

pub(crate) fn window(unit: message::WindowUnit, amount: u64) -> message::MeterWindow {
    message::MeterWindow {
        unit: unit.into(),
        amount,
    }
}

/// Named users who may be end users of an application server.
pub(crate) fn named() -> message::Feature {
    message::Feature {
        name: "mail".to_owned(),
        metric: message::Metric::NamedUser.into(),
        count: 40,
        named_user: Some(message::NamedUser {
            assignments_per_day_max: 20,
        }),
        overdraft: Some(message::Overdraft {
            kind: Some(message::overdraft::Kind::Billed(message::OverdraftBilled {
                unit: message::OverdraftUnit::UsersInExcess.into(),
            })),
        }),
        identity: message::Identity::EndUserRequired.into(),
        automation_forbidden: true,
        queue_max_s: 60,
        borrow: Some(message::Borrow {
            longest_s: 604_800,
            lease_s: 86_400,
            units_max: 5,
        }),
        category_limits: vec![message::CategoryLimit {
            category: "contractors".to_owned(),
            count: 10,
        }],
        soft_percents: vec![80, 100],
        maintenance_ends_at_s: VALID_UNTIL,
        checkout_proof: message::CheckoutProof::Application.into(),
        ..message::Feature::default()
    }
}

/// Messages, so many an hour and a month, at some times of the day.
pub(crate) fn metered() -> message::Feature {
    message::Feature {
        name: "campaign".to_owned(),
        metric: message::Metric::Metered.into(),
        count: 1,
        metered: Some(message::Metered {
            windows: vec![
                window(message::WindowUnit::Hour, 1_000),
                window(message::WindowUnit::Month, 25_000),
            ],
            approval: Some(message::Approval { deadline_s: 86_400 }),
            counted: "messages".to_owned(),
            announce_above: 50_000,
            soft_thresholds: vec![message::SoftThreshold {
                unit: message::WindowUnit::Month.into(),
                amount: 20_000,
            }],
        }),
        allowed_times: vec![times(8 * 60, 21 * 60)],
        overdraft: Some(message::Overdraft {
            kind: Some(message::overdraft::Kind::Percent(
                message::OverdraftPercent {
                    percent: 10,
                    days: 30,
                },
            )),
        }),
        ..message::Feature::default()
    }
}

fn support() -> message::Support {
    let delay = |amount, unit: message::DelayUnit| {
        Some(message::Delay {
            amount,
            unit: unit.into(),
        })
    };
    message::Support {
        zone: Some(zone()),
        levels: vec![message::SupportLevel {
            level: 2,
            hours: vec![message::SupportHours {
                times: Some(times(9 * 60, 17 * 60)),
                holidays: message::HolidayRule::Closed.into(),
                severities: vec!["critical".to_owned()],
            }],
            administrators_only: true,
        }],
        severities: vec![message::Severity {
            id: "critical".to_owned(),
            name: "Critique".to_owned(),
            respond: delay(1, message::DelayUnit::SupportHours),
            restore: delay(4, message::DelayUnit::SupportHours),
        }],
        holidays: vec![20_454],
        contact: "support@acme.example".to_owned(),
    }
}

/// A licence that states something of every term.
pub(crate) fn full_licence() -> message::Licence {
    let mut full = message::Licence {
        reporting: reports::reporting_licence().reporting,
        zone: Some(zone()),
        eligibility: Some(message::Eligibility {
            entities: vec![message::Entity {
                id: "atelier".to_owned(),
                name: "Atelier Brisé & Fils".to_owned(),
            }],
            categories: vec![message::Category {
                id: "contractors".to_owned(),
                name: "Prestataires".to_owned(),
            }],
        }),
        containers: message::Containers::Refuse.into(),
        territory: Some(message::Territory {
            kind: Some(message::territory::Kind::Allowed(message::CountryList {
                countries: vec!["FR".to_owned(), "LU".to_owned()],
            })),
        }),
        renewal: Some(message::Renewal {
            kind: message::RenewalKind::Tacit.into(),
            periods: vec![message::RenewalPeriod {
                ends_at_s: VALID_UNTIL + 365 * DAY,
                notice_until_s: VALID_UNTIL - 90 * DAY,
            }],
            non_renewal_form: message::NonRenewalForm::Letter.into(),
            notice_basis: message::NoticeBasis::Period.into(),
            notice_address: "Acme Software, 1 rue Basse, Lyon".to_owned(),
        }),
        post_term: Some(message::PostTerm {
            export_days: 45,
            features: vec!["render".to_owned()],
        }),
        end_notice_s: 3_600,
        acceptance: Some(message::Acceptance {
            evaluation_ends_at_s: ISSUED_AT + 30 * DAY,
            reserves_until_s: ISSUED_AT + 5 * DAY,
            guarantee_ends_at_s: ISSUED_AT + 90 * DAY,
        }),
        end_of_use: Some(message::EndOfUse {
            deadline_days: 30,
            choices: vec![
                message::EndOfUseChoice::Destroyed.into(),
                message::EndOfUseChoice::Returned.into(),
            ],
            ..message::EndOfUse::default()
        }),
        on_tamper: message::Reaction::Suspend.into(),
        on_fork: message::Reaction::Report.into(),
        countersign_required: true,
        precedence: message::Precedence::GeneralTerms.into(),
        retention: Some(message::Retention {
            ledger_days: 730,
            identities_days: 1_095,
        }),
        support: Some(support()),
        rehosts: Some(message::Rehosts {
            per_year: 2,
            over: message::RehostOver::Bill.into(),
        }),
        server_regions: vec!["EU".to_owned()],
        maintenance_ends_at_s: VALID_UNTIL,
        operations: Some(message::Operations {
            backup_copies: 1,
            vendor_access: message::VendorAccess::OnRequest.into(),
            maintenance_notice_hours: 48,
        }),
        clauses: vec![message::ClauseReference {
            subject: "count".to_owned(),
            feature: "mail".to_owned(),
            clause: "art. 2".to_owned(),
        }],
        convenience_excluded: true,
        ..licence()
    };
    full.sites[0].zone = Some(zone());
    full.features.extend([named(), metered()]);
    full
}

/// An order of every kind, in the scope that fits it.
pub(crate) fn orders() -> Vec<message::Order> {
    let assignment = || vec![7; 16];
    let from = ISSUED_AT + DAY;
    let of_licence = [
        Kind::Suspend(message::Suspend {}),
        Kind::Resume(message::Resume {}),
        Kind::Terminate(message::Terminate {}),
        Kind::ClockReset(message::ClockReset {
            daemon_key: public("daemon").as_bytes().to_vec(),
            anomaly: 17,
            new_time_s: ISSUED_AT,
        }),
        Kind::Audit(message::Audit { urgent: true }),
        Kind::CureNotice(message::CureNotice {
            clause: "art. 7.2".to_owned(),
            started_at_s: ISSUED_AT,
            ends_at_s: from + 42 * DAY,
            outcome: message::CureOutcome::Terminates.into(),
            suspended_meanwhile: true,
        }),
        Kind::LiftCureNotice(message::LiftCureNotice {
            notice_digest: vec![8; 32],
        }),
        Kind::Reassign(message::Reassign {
            assignment: assignment(),
        }),
        Kind::BlockUser(message::BlockUser {
            assignment: assignment(),
        }),
        Kind::UnblockUser(message::UnblockUser {
            assignment: assignment(),
        }),
        Kind::Transfer(message::Transfer {
            new_client_id: "C-2001".to_owned(),
            new_client_name: "Nouvel Atelier SARL".to_owned(),
            new_licence_id: "acme-2027-0007".to_owned(),
        }),
        Kind::Renew(message::Renew {
            ends_at_s: VALID_UNTIL + DAY,
        }),
        Kind::NonRenewal(message::NonRenewal {
            ends_at_s: VALID_UNTIL,
            received_at_s: ISSUED_AT,
            by_client: true,
        }),
        Kind::OverdraftNotice(message::OverdraftNotice {}),
        Kind::ForceMajeure(message::ForceMajeure {
            ends_at_s: from + 30 * DAY,
            terminates: true,
        }),
    ];
    let of_feature = [
        Kind::WriteOff(message::WriteOff {
            borrowed: vec![9; 16],
        }),
        Kind::LimitChange(message::LimitChange {
            count: 12,
            windows: vec![window(message::WindowUnit::Day, 3_000)],
            until_s: from + DAY,
        }),
        Kind::HostList(message::HostList {
            hosts: vec![super::host()],
        }),
        Kind::DecideReservation(message::DecideReservation {
            reservation: vec![5; 16],
            decision: message::ReservationDecision::Approved.into(),
        }),
    ];
    let scoped = |scope, kind| message::Order {
        scope: Some(message::Scope { kind: Some(scope) }),
        ..order(Some(kind))
    };
    let whole = || message::scope::Kind::WholeLicence(message::WholeLicence {});
    let feature = || message::scope::Kind::Feature("mail".to_owned());
    let maintenance = message::scope::Kind::Maintenance(message::Maintenance {});
    let mut all: Vec<message::Order> = of_licence.map(|kind| scoped(whole(), kind)).into();
    all.extend(of_feature.map(|kind| scoped(feature(), kind)));
    all.push(scoped(maintenance, Kind::Suspend(message::Suspend {})));
    all
}

pub(crate) fn amendment() -> message::Amendment {
    let mut outcome = full_licence();
    outcome.frame = None;
    outcome.features[0].count = 3;
    message::Amendment {
        frame: Some(frame(2)),
        predecessor_digest: licence_digest().to_vec(),
        effective_at_s: ISSUED_AT + DAY,
        outcome: Some(outcome),
        changes: vec!["cad: 3 instead of 2".to_owned()],
        countersign_required: true,
    }
}

pub(crate) fn release() -> message::EscrowRelease {
    message::EscrowRelease {
        frame: Some(frame(0)),
        escrow_key: public("escrow").as_bytes().to_vec(),
        escrow_case: message::EscrowCase::Liquidation.into(),
        versions: Some(message::VersionRange {
            minimum: String::new(),
            maximum: "2026.1".to_owned(),
        }),
    }
}

pub(crate) fn end_of_use() -> message::EndOfUseCertificate {
    message::EndOfUseCertificate {
        frame: Some(frame(0)),
        licence_digest: licence_digest().to_vec(),
        daemon_key: public("daemon").as_bytes().to_vec(),
        removed_day: u32::try_from(ISSUED_AT / DAY).unwrap(),
        checkpoint: Some(message::LedgerCheckpoint {
            size: 70,
            root: vec![4; 32],
            signature: Vec::new(),
        }),
        choice: message::EndOfUseChoice::Destroyed.into(),
    }
}

/// Payloads of the documents above, with the keys that sign them.
pub(crate) fn payloads() -> Vec<(DocumentKind, Vec<u8>, &'static str)> {
    assert_eq!(LICENCE_ID, frame(0).licence_id);
    let mut all = vec![
        (
            DocumentKind::Licence,
            full_licence().encode_to_vec(),
            "issuing",
        ),
        (
            DocumentKind::Amendment,
            amendment().encode_to_vec(),
            "issuing",
        ),
        (
            DocumentKind::EscrowRelease,
            release().encode_to_vec(),
            "escrow",
        ),
        (
            DocumentKind::EndOfUseCertificate,
            end_of_use().encode_to_vec(),
            "daemon",
        ),
    ];
    let orders = orders().into_iter();
    all.extend(orders.map(|order| (DocumentKind::Order, order.encode_to_vec(), "issuing")));
    all
}
