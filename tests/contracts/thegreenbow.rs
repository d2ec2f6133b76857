//! `TheGreenBow`: a VPN client for terminals, on the client's premises.

mod endings;
mod online;
mod records;
mod region;
mod registers;
mod support;
mod tampering;

use octroi_engine::{Command, RefusalCode};
use octroi_licence::{OrderKind, Scope, message::Ground};
use octroi_vendor::{ActivationRefusal, Clearance, VendorOrder, VendorOrderError, order::Template};

use crate::stage::{ADMINISTRATOR, Contract, Says, order, vendor_order};

const FEATURE: &str = "vpn-client";

/// Terminals for a year from 2026-03-01, renewed expressly, versions released until 2027-12-31.
const FILL: &[(&str, &str)] = &[
    ("features.count", "10"),
    ("renewal.mode", "\"express\""),
    ("maintenance.ends", "2027-12-31"),
];

fn signed() -> Contract {
    Contract::signed(Template::TheGreenBow, FILL)
}

#[test]
fn t3_nothing_is_activated_without_a_validated_payment() {
    let text = order::filled(Template::TheGreenBow, FILL);
    let mut contract = Contract::issued(&text);
    contract.vendor.clearance = Clearance {
        terms_accepted: true,
        paid: false,
    };
    let refused = contract.activate(&[]);
    assert!(
        matches!(refused, Err(ActivationRefusal::PaymentNotRecorded)),
        "{refused:?}"
    );
    contract.vendor.clearance.paid = true;
    contract.activate(&[]).unwrap();
    assert!(contract.would_grant("alice", FEATURE));
}

#[test]
fn t4_grants_do_not_stop_with_the_evaluation() {
    let mut contract = signed();
    contract.go_to("2026-04-01 00:00");
    assert!(contract.would_grant("alice", FEATURE));
}

#[test]
fn t5_an_express_renewal_needs_an_order() {
    let mut contract = signed();
    contract.go_to("2027-02-01 09:00");
    let ends_at = contract.instant("2028-03-01 00:00");
    contract.ordered(&vendor_order(OrderKind::Renew { ends_at }, Ground::Other));
    contract.go_to("2027-03-01 00:00");
    assert!(contract.would_grant("alice", FEATURE));
    contract.go_to("2028-03-01 00:00");
    let code = contract.would_refuse("alice", FEATURE);
    assert_eq!(code, Some(RefusalCode::LicenceExpired));
}

#[test]
fn t5_a_tacit_renewal_needs_none() {
    let mut fill = FILL.to_vec();
    fill[1] = ("renewal.mode", "\"tacit\"");
    let mut contract = Contract::signed(Template::TheGreenBow, &fill);
    contract.go_to("2027-03-01 00:00");
    assert!(contract.would_grant("alice", FEATURE));
}

#[test]
fn t6_each_terminal_counts_once_and_the_client_alone_pays() {
    let mut contract = signed();
    let mut first = contract.open("alice");
    let mut second = contract.open("bruno");
    contract.seat(&mut first, FEATURE);
    contract.seat(&mut second, FEATURE);
    assert_eq!(contract.in_use(FEATURE), 1, "one terminal, two users");
}

#[test]
fn t7_late_payment_suspends_licence_or_maintenance_alone() {
    let mut contract = signed();
    let maintenance = VendorOrder {
        scope: Scope::Maintenance,
        effective_at: Some(contract.instant("2026-06-01 00:00")),
        ..vendor_order(OrderKind::Suspend, Ground::LatePayment)
    };
    contract.ordered(&maintenance);
    contract.go_to("2026-07-01 09:00");
    let released = |day| Says {
        released: Some(day),
        ..Says::default()
    };
    let mut old = contract.open_saying("alice", &released("2026-05-31"));
    contract.seat(&mut old, FEATURE);
    let mut new = contract.open_saying("bruno", &released("2026-06-02"));
    assert_eq!(
        contract.code(&mut new, FEATURE),
        RefusalCode::MaintenanceEnded
    );
    contract.ordered(&vendor_order(OrderKind::Suspend, Ground::LatePayment));
    let mut old = contract.open_saying("chloe", &released("2026-05-31"));
    assert_eq!(contract.code(&mut old, FEATURE), RefusalCode::Suspended);
}

#[test]
fn t9_the_right_ends_at_term_without_any_document() {
    let mut contract = signed();
    contract.go_to("2027-02-28 23:59");
    assert!(contract.would_grant("alice", FEATURE));
    contract.go_to("2027-03-01 00:00");
    let code = contract.would_refuse("alice", FEATURE);
    assert_eq!(code, Some(RefusalCode::LicenceExpired));
}

#[test]
fn t10_versions_released_after_the_maintenance_end_are_refused_with_that_reason() {
    let mut contract = signed();
    let says = |released| Says {
        released,
        ..Says::default()
    };
    let mut newer = contract.open_saying("alice", &says(Some("2028-01-01")));
    assert_eq!(
        contract.code(&mut newer, FEATURE),
        RefusalCode::MaintenanceEnded
    );
    let mut silent = contract.open_saying("alice", &says(None));
    assert_eq!(
        contract.code(&mut silent, FEATURE),
        RefusalCode::ReleaseDateMissing
    );
    let mut older = contract.open_saying("alice", &says(Some("2027-12-31")));
    contract.seat(&mut older, FEATURE);
}

#[test]
fn t11_no_use_in_embargoed_countries() {
    let mut fill = FILL.to_vec();
    fill.push(("sites.country", "\"KP\""));
    let mut contract = Contract::signed(Template::TheGreenBow, &fill);
    let code = contract.would_refuse("alice", FEATURE);
    assert_eq!(code, Some(RefusalCode::TerritoryNotLicensed));
}

#[test]
fn t17_an_ending_for_convenience_is_not_given() {
    let mut contract = signed();
    let now = contract.today();
    let order = vendor_order(OrderKind::Terminate, Ground::Convenience);
    let given = contract.vendor.order(&order, now);
    assert!(
        matches!(given, Err(VendorOrderError::ConvenienceExcluded { .. })),
        "{given:?}"
    );
    assert!(contract.would_grant("alice", FEATURE));
}

#[test]
fn t5_an_express_renewal_leaves_nothing_to_give_notice_of() {
    let mut contract = signed();
    let recorded = contract.outcome(Command::RecordNonRenewal {
        licence: contract.vendor.licence().id.clone(),
        actor: ADMINISTRATOR,
    });
    let refusal = crate::stage::refused(recorded);
    assert_eq!(refusal.code, RefusalCode::NothingToRenew);
}
