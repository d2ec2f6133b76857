//! What follows the end, what the client may keep, where the vendor's server stands, how long records
//! are kept.

use octroi_engine::{Command, Declaration, Outcome, RefusalCode};
use octroi_licence::{Country, EndOfUseChoice as Choice, OrderKind, VendorAccess, message::Ground};

use super::{CONTRACTS, apex_timing, boost_my_mail, kimple, thegreenbow, zenlocassur};
use crate::stage::{ADMINISTRATOR, Contract, vendor_order};

/// Ended at once; what the client then declares is accepted or not.
fn ended(contract: &mut Contract, choice: Choice) -> Option<RefusalCode> {
    let declared = contract.outcome(Command::Declare {
        licence: contract.vendor.licence().id.clone(),
        fact: Declaration::EndOfUse(choice),
        actor: ADMINISTRATOR,
    });
    match declared {
        Outcome::Refused(refusal) => Some(refusal.code),
        _ => None,
    }
}

fn days_to_return(contract: &Contract) -> u32 {
    let end = contract.vendor.licence().end_of_use.clone();
    end.expect("the contract states an end").deadline.0
}

fn terminated(mut contract: Contract) -> Contract {
    contract.ordered(&vendor_order(OrderKind::Terminate, Ground::TermEnded));
    contract
}

#[test]
fn end_of_use_z_stops_at_once_and_everything_is_returned() {
    let mut contract = terminated(zenlocassur());
    assert!(!contract.would_grant("alice", "zenlocassur"));
    assert_eq!(days_to_return(&contract), 1);
    assert_eq!(ended(&mut contract, Choice::Returned), None);
}

#[test]
fn end_of_use_a_returned_in_thirty_days_or_destruction_certified() {
    for choice in [Choice::Returned, Choice::Destroyed] {
        let mut contract = terminated(apex_timing());
        assert_eq!(days_to_return(&contract), 30);
        assert_eq!(ended(&mut contract, choice), None);
    }
    let refused = ended(&mut terminated(apex_timing()), Choice::BackupHandedOver);
    assert_eq!(refused, Some(RefusalCode::ChoiceNotOffered));
}

#[test]
fn end_of_use_k_stops_but_for_the_export_of_45_days() {
    let mut contract = kimple();
    contract.go_to("2026-05-01 00:00");
    contract.ordered(&vendor_order(OrderKind::Terminate, Ground::TermEnded));
    assert!(
        contract.would_grant("alice", "operations"),
        "for the export"
    );
    let mut app = contract.open("alice");
    let used = contract.consume(&mut app, "participants", 1, None);
    assert!(matches!(used, Outcome::Refused(_)), "{used:?}");
    contract.go_to("2026-06-14 23:59");
    assert!(contract.would_grant("alice", "operations"));
    contract.go_to("2026-06-15 00:00");
    assert!(!contract.would_grant("alice", "operations"));
}

#[test]
fn end_of_use_b_destruction_or_a_copy_chosen_in_thirty_days() {
    for choice in [Choice::Destroyed, Choice::BackupHandedOver] {
        let mut contract = terminated(boost_my_mail());
        assert_eq!(days_to_return(&contract), 30);
        assert_eq!(ended(&mut contract, choice), None);
    }
}

#[test]
fn end_of_use_t_is_erased_at_once_and_nothing_else() {
    let mut contract = terminated(thegreenbow());
    assert!(!contract.would_grant("alice", "vpn-client"));
    assert_eq!(days_to_return(&contract), 1);
    let refused = ended(&mut contract, Choice::Returned);
    assert_eq!(refused, Some(RefusalCode::ChoiceNotOffered));
    assert_eq!(ended(&mut contract, Choice::Destroyed), None);
}

/// Back-up copies, who of the vendor's staff may reach the machine, hours ahead of an intervention.
fn operations(contract: &Contract) -> (u32, VendorAccess, Option<u32>) {
    let operations = contract.vendor.licence().operations.expect("stated");
    let hours = operations.maintenance_notice_hours;
    (operations.backup_copies, operations.vendor_access, hours)
}

#[test]
fn operations_z_no_copy_and_access_on_request() {
    let stated = operations(&zenlocassur());
    assert_eq!(stated, (0, VendorAccess::OnRequest, None));
}

#[test]
fn operations_a_one_copy_and_remote_access_of_which_the_client_is_told() {
    let stated = operations(&apex_timing());
    assert_eq!(stated, (1, VendorAccess::Informed, None));
}

#[test]
fn operations_k_no_copy_and_reasonable_access() {
    let stated = operations(&kimple());
    assert_eq!(stated, (0, VendorAccess::Reasonable, None));
}

#[test]
fn operations_b_interventions_are_announced_48_hours_ahead() {
    let stated = operations(&boost_my_mail());
    assert_eq!(stated, (0, VendorAccess::None, Some(48)));
}

#[test]
fn operations_t_remote_access_or_a_bundle() {
    let stated = operations(&thegreenbow());
    assert_eq!(stated, (0, VendorAccess::RemoteOrBundle, None));
}

/// Whether the contract lets the vendor's server stand in a country.
fn may_stand_in(contract: &Contract, country: &str) -> bool {
    let country: Country = country.parse().unwrap();
    contract.vendor.licence().server_may_stand_in(Some(country))
}

#[test]
fn region_z_b_t_in_the_union() {
    for signed in [zenlocassur, boost_my_mail, thegreenbow] {
        let contract = signed();
        assert!(may_stand_in(&contract, "FR"));
        assert!(!may_stand_in(&contract, "NO") && !may_stand_in(&contract, "US"));
    }
}

#[test]
fn region_a_outside_the_union_too() {
    assert!(may_stand_in(&apex_timing(), "US"));
}

#[test]
fn region_k_in_the_economic_area() {
    let contract = kimple();
    assert!(may_stand_in(&contract, "FR") && may_stand_in(&contract, "NO"));
    assert!(!may_stand_in(&contract, "US"));
}

#[test]
fn the_ledger_is_kept_a_two_years_k_and_b_one_t_five() {
    let kept = CONTRACTS.map(|(template, _)| {
        let contract = Contract::signed(template, &[]);
        let days = contract.vendor.licence().retention.ledger;
        days.map(|days| days.0)
    });
    assert_eq!(kept, [None, Some(731), Some(366), Some(366), Some(1_827)]);
}
