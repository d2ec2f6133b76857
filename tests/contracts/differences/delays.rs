//! In which days a delay is counted and from when, and what a breach comes to.

use octroi_engine::{Outcome, RefusalCode};
use octroi_licence::{CureOutcome, OrderKind, message::Ground};
use octroi_vendor::dates::DelayKind;

use super::{apex_timing, boost_my_mail, granted_until, kimple, thegreenbow, zenlocassur};
use crate::stage::{Contract, vendor_order};

/// A Monday; from it on Ascension (14 May) and Whit Monday (25 May) are holidays in both countries.
const PRESENTED: &str = "2026-05-11 10:00";

/// A notice of breach that the client gets on that Monday, counted as its contract counts it. Gives
/// how that is said.
fn breach(contract: &mut Contract, kind: DelayKind, outcome: CureOutcome) -> String {
    contract.go_to(PRESENTED);
    let (day, started_at) = (PRESENTED[..10].parse().unwrap(), Some(contract.today()));
    let dates = contract.order.dates(Some(day)).unwrap();
    let delay = dates.delays.iter().find(|delay| delay.kind == kind);
    let delay = delay.expect("the contract states the delay");
    let (_, ends_at) = delay.until.unwrap();
    let notice = OrderKind::CureNotice {
        clause: "the clause".to_owned(),
        started_at,
        ends_at,
        outcome,
        suspended_meanwhile: false,
    };
    contract.ordered(&vendor_order(notice, Ground::Breach));
    delay.how.clone()
}

/// Nothing ends by itself when the delay is over; a second letter ends it.
#[track_caller]
fn ends_by_a_second_letter(contract: &mut Contract, feature: &str, day: &str) {
    contract.go_to(&format!("{day} 00:00"));
    assert!(
        contract.would_grant("alice", feature),
        "the first letter ends nothing"
    );
    contract.ordered(&vendor_order(OrderKind::Terminate, Ground::Breach));
    let code = contract.would_refuse("alice", feature);
    assert_eq!(code, Some(RefusalCode::LicenceTerminated));
}

#[test]
fn day_unit_z_business_days_from_receipt_or_first_presentation() {
    let mut contract = zenlocassur();
    let how = breach(
        &mut contract,
        DelayKind::ListedBreach,
        CureOutcome::Terminates,
    );
    assert!(how.contains("business days"), "{how}");
    assert!(how.contains("receipt or first presentation"), "{how}");
    // Without Saturdays, Sundays and Ascension: the eighth is Friday, 22 May.
    let end = RefusalCode::LicenceTerminated;
    granted_until(&mut contract, "zenlocassur", "2026-05-23", end);
}

#[test]
fn day_unit_a_calendar_days_from_receipt() {
    let mut contract = apex_timing();
    let how = breach(&mut contract, DelayKind::Cure, CureOutcome::Terminates);
    assert!(how.contains("calendar days"), "{how}");
    assert!(how.contains("from its receipt,"), "{how}");
    granted_until(
        &mut contract,
        "timing",
        "2026-06-11",
        RefusalCode::LicenceTerminated,
    );
}

#[test]
fn day_unit_k_working_days_to_cure_from_the_first_delivery_attempt() {
    let mut contract = kimple();
    let how = breach(&mut contract, DelayKind::Cure, CureOutcome::Terminates);
    assert!(how.contains("working days"), "{how}");
    assert!(how.contains("from its first presentation"), "{how}");
    // Saturdays count, Sundays and two holidays do not: the thirtieth is Wednesday, 17 June.
    contract.go_to("2026-06-17 23:59");
    assert!(plays(&mut contract));
    contract.go_to("2026-06-18 00:00");
    assert!(!plays(&mut contract));
}

/// Whether a participant may play; after the end nothing is left but the export.
fn plays(contract: &mut Contract) -> bool {
    let mut app = contract.open("alice");
    let played = contract.consume(&mut app, "participants", 1, None);
    contract.goodbye(&app);
    matches!(played, Outcome::Consumed { .. })
}

#[test]
fn day_unit_k_calendar_days_otherwise() {
    let contract = kimple();
    let dates = contract
        .order
        .dates(Some("2026-05-11".parse().unwrap()))
        .unwrap();
    let delays = dates.delays.iter();
    let calendar = delays.filter(|delay| delay.how.contains("calendar days"));
    assert!(calendar.count() >= 2, "export and announcements");
}

#[test]
fn day_unit_b_calendar_days_from_receipt() {
    let mut contract = boost_my_mail();
    let how = breach(&mut contract, DelayKind::Cure, CureOutcome::Terminates);
    assert!(
        how.contains("calendar days") && how.contains("from its receipt,"),
        "{how}"
    );
    granted_until(
        &mut contract,
        "signatures",
        "2026-05-27",
        RefusalCode::LicenceTerminated,
    );
}

#[test]
fn day_unit_t_calendar_days_from_the_postmark() {
    let mut contract = thegreenbow();
    let how = breach(&mut contract, DelayKind::Cure, CureOutcome::Terminates);
    assert!(
        how.contains("calendar days") && how.contains("from its postmark"),
        "{how}"
    );
    granted_until(
        &mut contract,
        "vpn-client",
        "2026-06-11",
        RefusalCode::LicenceTerminated,
    );
}

#[test]
fn breach_z_ends_by_a_letter_after_thirty_business_days() {
    let mut contract = zenlocassur();
    breach(&mut contract, DelayKind::Cure, CureOutcome::SecondDocument);
    ends_by_a_second_letter(&mut contract, "zenlocassur", "2026-06-26");
}

#[test]
fn breach_a_unpaid_over_thirty_days_ends_by_itself() {
    let mut contract = apex_timing();
    let how = breach(&mut contract, DelayKind::UnpaidEnd, CureOutcome::Terminates);
    assert!(how.starts_with("30 calendar days"), "{how}");
    granted_until(
        &mut contract,
        "timing",
        "2026-06-11",
        RefusalCode::LicenceTerminated,
    );
}

#[test]
fn breach_a_of_integrity_ends_it_at_once() {
    let mut contract = apex_timing();
    let mut app = contract.open("alice");
    contract.seat(&mut app, "timing");
    contract.ordered(&vendor_order(OrderKind::Terminate, Ground::Tampering));
    assert_eq!(contract.in_use("timing"), 0, "the seat is gone with it");
    assert_eq!(
        contract.code(&mut app, "timing"),
        RefusalCode::LicenceTerminated
    );
}

#[test]
fn breach_k_is_ended_at_once_when_thirty_working_days_have_passed() {
    let mut contract = kimple();
    breach(&mut contract, DelayKind::Cure, CureOutcome::SecondDocument);
    contract.go_to("2026-06-18 00:00");
    assert!(plays(&mut contract));
    contract.ordered(&vendor_order(OrderKind::Terminate, Ground::Breach));
    assert!(!plays(&mut contract));
}

#[test]
fn breach_b_ends_by_a_letter_after_fifteen_calendar_days() {
    let mut contract = boost_my_mail();
    breach(&mut contract, DelayKind::Cure, CureOutcome::SecondDocument);
    ends_by_a_second_letter(&mut contract, "signatures", "2026-05-27");
}

#[test]
fn breach_t_ends_by_itself_after_thirty_days() {
    let mut contract = thegreenbow();
    breach(&mut contract, DelayKind::Cure, CureOutcome::Terminates);
    granted_until(
        &mut contract,
        "vpn-client",
        "2026-06-11",
        RefusalCode::LicenceTerminated,
    );
}
