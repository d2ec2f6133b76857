//! Kimple: a platform for promotional games.

mod announcements;
mod records;
mod region;
mod registers;

use octroi_engine::{Command, Event, Outcome, RefusalCode, TextId};
use octroi_licence::{OrderKind, Scope, message::Ground};
use octroi_vendor::{VendorOrder, order::Template};

use crate::stage::{ADMINISTRATOR, Contract, Says, pseudonym, refused, vendor_order};

const FEATURE: &str = "operations";

/// Three users for a year from 2026-03-01, in France and Belgium.
fn signed() -> Contract {
    Contract::signed(Template::Kimple, &[])
}

#[test]
fn k1_a_lost_login_is_blocked_and_its_seat_stays_counted() {
    let mut contract = signed();
    let mut app = contract.open("alice");
    contract.seat(&mut app, FEATURE);
    contract.send(Command::BlockUser {
        user: pseudonym("alice"),
        actor: ADMINISTRATOR,
        reason: None,
    });
    assert_eq!(contract.in_use(FEATURE), 1, "the assignment counts");
    assert!(contract.would_grant("bruno", FEATURE) && contract.would_grant("chloe", FEATURE));
    assert!(!contract.would_grant("denis", FEATURE));
    contract.send(Command::UnblockUser {
        user: pseudonym("alice"),
        actor: ADMINISTRATOR,
    });
    assert!(contract.would_grant("alice", FEATURE));
}

#[test]
fn k1_the_vendor_too_blocks_a_user_by_the_assignments_id() {
    let mut contract = signed();
    assert!(contract.would_grant("alice", FEATURE));
    let assignment = contract.assignment("alice");
    let block = vendor_order(OrderKind::BlockUser(assignment), Ground::Breach);
    contract.ordered(&block);
    let mut app = contract.open("bruno");
    contract.seat(&mut app, FEATURE);
    assert!(!would_serve(&mut contract, "alice"));
    let unblock = vendor_order(OrderKind::UnblockUser(assignment), Ground::Other);
    contract.ordered(&unblock);
    assert!(would_serve(&mut contract, "alice"));
}

/// Says whether a user gets a seat, where even opening may be refused.
fn would_serve(contract: &mut Contract, user: &str) -> bool {
    let mut app = contract.open("platform");
    let who = crate::stage::Who {
        account: Some(user),
        entity: Some("client"),
        ..crate::stage::Who::default()
    };
    let outcome = contract.ask_for(&mut app, FEATURE, &who);
    contract.goodbye(&app);
    matches!(outcome, Outcome::Granted(_))
}

#[test]
fn k2_the_right_holds_in_the_territory_that_the_quote_names() {
    let mut within = Contract::signed(Template::Kimple, &[("sites.country", "\"BE\"")]);
    assert!(within.would_grant("alice", FEATURE));
    let mut outside = Contract::signed(Template::Kimple, &[("sites.country", "\"CH\"")]);
    let code = outside.would_refuse("alice", FEATURE);
    assert_eq!(code, Some(RefusalCode::TerritoryNotLicensed));
}

#[test]
fn k3_robots_are_refused_with_that_reason() {
    let mut contract = signed();
    let robot = Says {
        unattended: true,
        ..Says::default()
    };
    let mut app = contract.open_saying("alice", &robot);
    assert_eq!(
        contract.code(&mut app, FEATURE),
        RefusalCode::AutomationForbidden
    );
}

#[test]
fn k4_an_operation_that_was_announced_passes_and_one_that_was_not_is_recorded() {
    let mut contract = signed();
    let operation = TextId([1; 16]);
    let until = contract.instant("2026-12-31 00:00");
    contract.send(Command::Announce {
        licence: contract.vendor.licence().id.clone(),
        feature: "participants".parse().unwrap(),
        operation: Some(operation),
        amount: 80_000,
        until,
        actor: ADMINISTRATOR,
    });
    let mut app = contract.open("alice");
    let unannounced = |contract: &Contract| {
        let events = contract.ledger.iter().map(|record| record.event.name());
        events.filter(|name| name.contains("Unannounced")).count()
    };
    contract.consume(&mut app, "participants", 70_000, Some(1));
    assert_eq!(unannounced(&contract), 0);
    let counted = contract.consume(&mut app, "participants", 50_001, Some(2));
    assert!(
        matches!(counted, Outcome::Consumed { .. }),
        "it is counted all the same"
    );
    assert_eq!(unannounced(&contract), 1);
}

#[test]
fn k5_part_of_it_is_suspended_for_late_payment() {
    let mut contract = signed();
    let order = VendorOrder {
        scope: Scope::Feature("promotions".parse().unwrap()),
        ..vendor_order(OrderKind::Suspend, Ground::LatePayment)
    };
    contract.ordered(&order);
    let mut app = contract.open("alice");
    let refusal = refused(contract.consume(&mut app, "promotions", 1, None));
    assert_eq!(refusal.code, RefusalCode::Suspended);
    contract.seat(&mut app, FEATURE);
}

#[test]
fn k7_after_the_end_data_can_be_exported_for_45_days() {
    let mut contract = signed();
    contract.go_to("2026-09-01 09:00");
    let ends_at = contract.instant("2027-03-01 00:00");
    contract.ordered(&vendor_order(
        OrderKind::NonRenewal {
            ends_at,
            received_at: None,
            by_client: true,
        },
        Ground::ClientRequest,
    ));
    contract.go_to("2027-03-01 00:00");
    let mut app = contract.open("alice");
    assert!(matches!(
        contract.consume(&mut app, "participants", 1, None),
        Outcome::Refused(_)
    ));
    assert!(contract.would_grant("alice", FEATURE));
    contract.go_to("2027-04-14 23:59");
    assert!(contract.would_grant("alice", FEATURE));
    // The days are counted in hours: summer time has begun meanwhile.
    contract.go_to("2027-04-15 01:00");
    let code = contract.would_refuse("alice", FEATURE);
    assert_eq!(code, Some(RefusalCode::LicenceExpired));
}

#[test]
fn k9_the_ledger_holds_no_name() {
    let mut contract = signed();
    contract.would_grant("alice", FEATURE);
    assert!(!format!("{:?}", contract.ledger).contains("alice"));
    let named = contract.ledger.iter().any(|record| {
        matches!(&record.event, Event::SessionOpened { user, .. } if *user == pseudonym("alice"))
    });
    assert!(named, "but her pseudonym is there");
}

#[test]
fn k12_the_clients_tool_refuses_to_record_non_renewal_and_says_until_when_a_letter_is_in_time() {
    let mut contract = signed();
    let recorded = contract.outcome(Command::RecordNonRenewal {
        licence: contract.vendor.licence().id.clone(),
        actor: ADMINISTRATOR,
    });
    let refusal = refused(recorded);
    assert_eq!(refusal.code, RefusalCode::NonRenewalByLetter);
    let licences = contract.engine.licences();
    let notice = licences[0].life.next_notice.as_ref().unwrap();
    // Three months before 2027-03-01, at the latest.
    assert_eq!(notice.until, contract.instant("2026-12-01 00:00"));
}
