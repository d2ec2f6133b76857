//! Zenlocassur: an insurance package on the client's premises, under the law of Luxembourg.

mod amendments;
mod endings;
mod overdraft;
mod records;
mod registers;
mod support;

use octroi_engine::{Command, Notice, Outcome, RefusalCode, SeatEnd};
use octroi_licence::{CureOutcome, OrderKind, message::Ground};
use octroi_vendor::{
    VendorOrder,
    calendar::{Calendar, Delay},
    order::Template,
};

use crate::stage::{ADMINISTRATOR, Contract, Says, Who, granted, refused, vendor_order};

const FEATURE: &str = "zenlocassur";

/// Three users for 36 months from 2026-03-01.
fn signed() -> Contract {
    Contract::signed(Template::Zenlocassur, &[("features.count", "3")])
}

fn employee(user: &str) -> Who<'_> {
    Who {
        end_user: Some(user),
        entity: Some("client"),
        category: Some("employees"),
        ..Who::default()
    }
}

#[test]
fn z1_one_user_on_many_instances_counts_once() {
    let mut contract = signed();
    let mut instances: Vec<_> = (0..5).map(|_| contract.open("alice")).collect();
    for instance in &mut instances {
        assert_eq!(contract.seat(instance, FEATURE).overdrawn, 0);
    }
    assert_eq!(contract.engine.assignments().len(), 1);
}

#[test]
fn z2_end_users_behind_an_application_server_are_counted_not_its_account() {
    let mut contract = signed();
    let mut server = contract.open("application-server");
    for user in ["alice", "bruno"] {
        granted(contract.ask_for(&mut server, FEATURE, &employee(user)));
    }
    assert_eq!(contract.engine.assignments().len(), 2);
    let nobody = Who {
        end_user: None,
        ..employee("")
    };
    let refusal = refused(contract.ask_for(&mut server, FEATURE, &nobody));
    assert_eq!(refusal.code, RefusalCode::UserNotNamed);
}

#[test]
fn z3_access_is_not_lent_it_passes_on_only_by_the_vendors_order() {
    let mut contract = signed();
    for user in ["alice", "bruno", "chloe"] {
        assert!(contract.would_grant(user, FEATURE));
    }
    // Nobody uses it now; yet a fourth user is one in excess.
    let mut app = contract.open("denis");
    assert_eq!(contract.seat(&mut app, FEATURE).overdrawn, 1);
    contract.goodbye(&app);
    let assignment = contract.assignment("alice");
    contract.ordered(&vendor_order(
        OrderKind::Reassign(assignment),
        Ground::ClientRequest,
    ));
    let mut app = contract.open("denis");
    assert_eq!(contract.seat(&mut app, FEATURE).overdrawn, 0);
}

#[test]
fn z3_a_restart_frees_nobodys_seat() {
    let mut contract = signed();
    assert!(contract.would_grant("alice", FEATURE));
    let assignment = contract.assignment("alice");
    contract.restart();
    assert!(contract.would_grant("alice", FEATURE));
    assert_eq!(contract.assignment("alice"), assignment);
    assert_eq!(contract.engine.assignments().len(), 1);
}

#[test]
fn z4_use_over_the_count_is_granted_marked_and_recorded() {
    let mut contract = signed();
    for user in ["alice", "bruno", "chloe"] {
        assert!(contract.would_grant(user, FEATURE));
    }
    let mut app = contract.open("denis");
    assert_eq!(contract.seat(&mut app, FEATURE).overdrawn, 1);
    contract.go_to("2026-04-01 00:00");
    let march = contract.instant("2026-03-01 00:00");
    assert_eq!(contract.overdraft_months().first(), Some(&(march, 1)));
}

#[test]
fn z5_an_audit_is_shown_at_once_and_opens_fifteen_business_days_later() {
    let mut contract = signed();
    let notified = contract.today();
    let opens = business_days(15, &contract, notified);
    // From Monday 2026-03-02 to Friday 2026-03-20.
    assert_eq!(opens, contract.instant("2026-03-21 00:00"));
    let order = VendorOrder {
        effective_at: Some(opens),
        ..vendor_order(OrderKind::Audit { urgent: false }, Ground::Other)
    };
    contract.ordered(&order);
    let audit = |contract: &Contract| {
        let licences = contract.engine.licences();
        format!("{:?}", licences[0].orders[0].standing)
    };
    assert_eq!(audit(&contract), format!("Scheduled({opens:?})"));
    contract.go_to("2026-03-21 00:00");
    assert_eq!(audit(&contract), "InForce");
}

#[test]
fn z6_another_machine_is_noticed_and_recorded() {
    let mut contract = signed();
    contract.host_shows(1);
    let code = contract.would_refuse("alice", FEATURE);
    assert_eq!(code, Some(RefusalCode::HostNotLicensed));
    assert!(contract.recorded("HostCompared") >= 2);
}

#[test]
fn z7_the_contract_goes_on_by_36_months_unless_notice_came_in_time() {
    let mut contract = signed();
    contract.go_to("2029-03-01 00:00");
    assert!(contract.would_grant("alice", FEATURE));
    contract.go_to("2032-02-29 23:00");
    assert!(contract.would_grant("alice", FEATURE));
}

#[test]
fn z7_a_letter_that_came_in_time_ends_it_with_the_term() {
    let mut contract = signed();
    contract.go_to("2028-12-15 10:00");
    let ends_at = contract.instant("2029-03-01 00:00");
    contract.ordered(&vendor_order(
        OrderKind::NonRenewal {
            ends_at,
            received_at: Some(contract.today()),
            by_client: true,
        },
        Ground::ClientRequest,
    ));
    contract.go_to("2029-02-28 23:59");
    assert!(contract.would_grant("alice", FEATURE));
    contract.go_to("2029-03-01 00:00");
    let code = contract.would_refuse("alice", FEATURE);
    assert_eq!(code, Some(RefusalCode::LicenceExpired));
}

#[test]
fn z7_the_clients_own_tool_records_no_letter() {
    let mut contract = signed();
    let recorded = contract.outcome(Command::RecordNonRenewal {
        licence: contract.vendor.licence().id.clone(),
        actor: ADMINISTRATOR,
    });
    assert_eq!(refused(recorded).code, RefusalCode::NonRenewalByLetter);
}

#[test]
fn z8_late_payment_suspends_and_a_listed_breach_ends_it_after_eight_business_days() {
    let mut contract = signed();
    let mut app = contract.open("alice");
    contract.seat(&mut app, FEATURE);
    contract.go_to("2026-06-01 10:00");
    let presented = contract.today();
    let ends_at = business_days(8, &contract, presented);
    contract.ordered(&vendor_order(
        OrderKind::CureNotice {
            clause: "art. 7.1".to_owned(),
            started_at: Some(presented),
            ends_at,
            outcome: CureOutcome::Terminates,
            suspended_meanwhile: true,
        },
        Ground::LatePayment,
    ));
    assert_eq!(contract.code(&mut app, FEATURE), RefusalCode::Suspended);
    contract.go_to("2026-06-12 00:00");
    assert_eq!(ends_at, contract.today());
    let code = contract.would_refuse("alice", FEATURE);
    assert_eq!(code, Some(RefusalCode::LicenceTerminated));
}

#[test]
fn z9_at_the_end_every_holder_is_told_and_nothing_is_granted() {
    let mut contract = signed();
    let mut app = contract.open("alice");
    let seat = contract.seat(&mut app, FEATURE).seat;
    contract.go_to("2028-12-01 00:00");
    let ends_at = contract.instant("2029-03-01 00:00");
    contract.ordered(&vendor_order(
        OrderKind::NonRenewal {
            ends_at,
            received_at: None,
            by_client: true,
        },
        Ground::ClientRequest,
    ));
    contract.told(&app);
    contract.go_to("2029-03-01 00:00");
    let cause = SeatEnd::LicenceEnded;
    assert!(
        contract
            .told(&app)
            .contains(&Notice::SeatEnded { seat, cause })
    );
    assert_eq!(contract.engine.seats().count(), 0);
    assert!(!contract.would_grant("alice", FEATURE));
}

#[test]
fn z14_versions_from_the_first_on_that_maintenance_covers() {
    let mut contract =
        Contract::signed(Template::Zenlocassur, &[("maintenance.ends", "2027-12-31")]);
    let mut asks = |version, released| {
        let says = Says {
            version: Some(version),
            released: Some(released),
            unattended: false,
        };
        let mut app = contract.open_saying("alice", &says);
        match contract.ask(&mut app, FEATURE) {
            Outcome::Granted(_) => None,
            other => Some(refused(other).code),
        }
    };
    assert_eq!(asks("3.1", "2027-12-31"), None);
    assert_ne!(asks("4.0", "2028-01-01"), None);
    assert_eq!(
        asks("0.9", "2026-01-01"),
        Some(RefusalCode::VersionNotCovered)
    );
}

#[test]
fn z17_nobody_but_the_clients_own_people_and_its_contractors() {
    let mut contract = signed();
    let mut server = contract.open("application-server");
    let contractor = Who {
        category: Some("contractors"),
        ..employee("carl")
    };
    granted(contract.ask_for(&mut server, FEATURE, &contractor));
    granted(contract.ask_for(&mut server, FEATURE, &employee("alice")));
    let stranger = Who {
        entity: Some("competitor"),
        ..employee("sam")
    };
    let refusal = refused(contract.ask_for(&mut server, FEATURE, &stranger));
    assert_eq!(refusal.code, RefusalCode::EntityNotListed);
    let mut counts: Vec<_> = contract.engine.categories();
    counts.retain(|one| one.in_use > 0);
    assert_eq!(counts.len(), 2, "each kind is counted apart");
}

#[test]
fn z18_a_transfer_closes_the_old_clients_daemon() {
    let mut contract = signed();
    contract.ordered(&vendor_order(
        OrderKind::Transfer {
            new_client_id: "C-18".to_owned(),
            new_client_name: "Successor SA".to_owned(),
            new_licence: None,
        },
        Ground::Transfer,
    ));
    let code = contract.would_refuse("alice", FEATURE);
    assert_eq!(code, Some(RefusalCode::LicenceTransferred));
}

#[test]
fn z19_a_serious_breach_runs_thirty_business_days_then_waits_for_a_second_letter() {
    let mut contract = signed();
    let presented = contract.today();
    let ends_at = business_days(30, &contract, presented);
    contract.ordered(&vendor_order(
        OrderKind::CureNotice {
            clause: "art. 7.2".to_owned(),
            started_at: Some(presented),
            ends_at,
            outcome: CureOutcome::SecondDocument,
            suspended_meanwhile: false,
        },
        Ground::Breach,
    ));
    assert!(contract.would_grant("alice", FEATURE));
    contract.go_to("2026-06-01 00:00");
    assert!(ends_at < contract.today());
    assert!(
        contract.would_grant("alice", FEATURE),
        "nothing ends by itself"
    );
    contract.ordered(&vendor_order(OrderKind::Terminate, Ground::Breach));
    assert!(!contract.would_grant("alice", FEATURE));
}

/// First instant after so many business days from an event, on the contract's calendar.
fn business_days(
    length: u32,
    contract: &Contract,
    event: octroi_licence::CivilSeconds,
) -> octroi_licence::CivilSeconds {
    let delay: Delay = format!("{length} business days").parse().unwrap();
    let calendar: &Calendar = &contract.order.term_rules().calendar;
    calendar.end_after(delay, event).unwrap()
}
