//! What late payment suspends, what happens over the limit, and who may change the contract.

use octroi_engine::{Outcome, RefusalCode};
use octroi_licence::{OrderKind, Scope, message::Ground};
use octroi_vendor::{ActivationRefusal, VendorOrder, order::Template};

use super::{apex_timing, boost_my_mail, kimple, thegreenbow, zenlocassur};
use crate::stage::{Contract, Says, Who, order, refused, vendor_order};

fn late_payment(scope: Scope, effective_at: Option<octroi_licence::CivilSeconds>) -> VendorOrder {
    VendorOrder {
        scope,
        effective_at,
        ..vendor_order(OrderKind::Suspend, Ground::LatePayment)
    }
}

fn feature(name: &str) -> Scope {
    Scope::Feature(name.parse().unwrap())
}

#[test]
fn suspension_z_is_the_vendors_choice_and_needs_its_document() {
    let mut contract = zenlocassur();
    contract.go_to("2026-12-31 09:00");
    assert!(
        contract.would_grant("alice", "zenlocassur"),
        "nothing by itself"
    );
    contract.ordered(&late_payment(Scope::WholeLicence, None));
    let code = contract.would_refuse("alice", "zenlocassur");
    assert_eq!(code, Some(RefusalCode::Suspended));
}

#[test]
fn suspension_a_of_everything_from_the_due_date() {
    let mut contract = apex_timing();
    let due = contract.instant("2026-04-16 00:00");
    contract.ordered(&late_payment(Scope::WholeLicence, Some(due)));
    contract.go_to("2026-04-15 23:59");
    assert!(contract.would_grant("alice", "timing"));
    contract.go_to("2026-04-16 10:00");
    let mut app = contract.open("alice");
    assert_eq!(contract.code(&mut app, "timing"), RefusalCode::Suspended);
    let refusal = refused(contract.consume(&mut app, "mailing", 1, None));
    assert_eq!(refusal.code, RefusalCode::Suspended);
}

#[test]
fn suspension_k_of_a_part_with_notice_or_of_all_without() {
    let mut contract = kimple();
    let notified = contract.instant("2026-04-01 00:00");
    contract.ordered(&late_payment(feature("promotions"), Some(notified)));
    let mut app = contract.open("alice");
    let promoted = contract.consume(&mut app, "promotions", 1, None);
    assert!(matches!(promoted, Outcome::Consumed { .. }), "{promoted:?}");
    contract.go_to("2026-04-01 00:00");
    let refusal = refused(contract.consume(&mut app, "promotions", 1, None));
    assert_eq!(refusal.code, RefusalCode::Suspended);
    contract.seat(&mut app, "operations");
    contract.ordered(&late_payment(Scope::WholeLicence, None));
    assert_eq!(
        contract.code(&mut app, "operations"),
        RefusalCode::Suspended
    );
}

#[test]
fn suspension_b_until_it_is_paid() {
    let mut contract = boost_my_mail();
    contract.ordered(&late_payment(Scope::WholeLicence, None));
    contract.go_to("2026-06-01 09:00");
    let code = contract.would_refuse("alice", "signatures");
    assert_eq!(code, Some(RefusalCode::Suspended));
    contract.ordered(&vendor_order(OrderKind::Resume, Ground::Other));
    assert!(contract.would_grant("alice", "signatures"));
}

#[test]
fn suspension_t_of_licence_and_maintenance_without_notice() {
    let mut contract = thegreenbow();
    contract.go_to("2026-06-01 09:00");
    for scope in [Scope::WholeLicence, Scope::Maintenance] {
        contract.ordered(&late_payment(scope, None));
    }
    let code = contract.would_refuse("alice", "vpn-client");
    assert_eq!(code, Some(RefusalCode::Suspended));
    // The licence alone resumes: what was released meanwhile is not covered.
    contract.ordered(&vendor_order(OrderKind::Resume, Ground::Other));
    let says = |released| Says {
        released: Some(released),
        ..Says::default()
    };
    let mut old = contract.open_saying("alice", &says("2026-05-31"));
    contract.seat(&mut old, "vpn-client");
    let mut new = contract.open_saying("bruno", &says("2026-06-02"));
    let code = contract.code(&mut new, "vpn-client");
    assert_eq!(code, RefusalCode::MaintenanceEnded);
}

#[test]
fn over_the_limit_z_is_billed_audited_and_may_end_it() {
    let mut contract = Contract::signed(Template::Zenlocassur, &[("features.count", "1")]);
    assert!(contract.would_grant("alice", "zenlocassur"));
    let mut app = contract.open("bruno");
    assert_eq!(contract.seat(&mut app, "zenlocassur").overdrawn, 1);
    contract.ordered(&vendor_order(
        OrderKind::Audit { urgent: true },
        Ground::Breach,
    ));
    contract.go_to("2026-04-01 00:00");
    let march = contract.instant("2026-03-01 00:00");
    assert_eq!(contract.overdraft_months().first(), Some(&(march, 1)));
    contract.ordered(&vendor_order(OrderKind::Terminate, Ground::Breach));
    assert!(!contract.would_grant("alice", "zenlocassur"));
}

#[test]
fn over_the_limit_a_is_denied_until_a_new_order() {
    let fill = [("features.count", "1"), ("sites.hosts_max", "2")];
    let text = order::filled(Template::ApexTiming, &fill);
    let mut contract = Contract::issued(&text);
    let share = [("timing", 1), ("mailing", 0)];
    contract.activate(&share).unwrap();
    let over = contract.another_host(31, Some("site-1"), &share);
    assert!(
        matches!(over, Err(ActivationRefusal::NoShareLeft { .. })),
        "{over:?}"
    );
    let more = [("features.count", "2"), ("sites.hosts_max", "2")];
    let more = order::filled(Template::ApexTiming, &more);
    contract.issue(&order::with(&more, "serial = 1", "serial = 2"));
    assert!(contract.another_host(31, Some("site-1"), &share).is_ok());
}

#[test]
fn over_the_limit_k_operations_have_none_and_are_announced() {
    let mut contract = kimple();
    let mut app = contract.open("alice");
    let counted = contract.consume(&mut app, "participants", 500_000, Some(1));
    assert!(matches!(counted, Outcome::Consumed { .. }), "{counted:?}");
    let unannounced = contract.ledger.iter();
    let unannounced = unannounced.filter(|one| one.event.name().contains("Unannounced"));
    assert_eq!(unannounced.count(), 1);
}

#[test]
fn over_the_limit_b_is_counted_by_the_month_and_without_right_until_paid() {
    let fill = [("features.count", "1")];
    let mut contract = Contract::signed(Template::BoostMyMail, &fill);
    assert!(contract.would_grant("alice", "signatures"));
    assert!(
        contract.would_grant("bruno", "signatures"),
        "billed at the monthly rate"
    );
    let notice = VendorOrder {
        scope: feature("signatures"),
        ..vendor_order(OrderKind::OverdraftNotice, Ground::Breach)
    };
    contract.ordered(&notice);
    let code = contract.would_refuse("chloe", "signatures");
    assert_eq!(code, Some(RefusalCode::OverdraftEnded));
    // Paid: the subscription covers them.
    let paid = order::filled(Template::BoostMyMail, &[("features.count", "3")]);
    contract.issue(&order::with(&paid, "serial = 1", "serial = 2"));
    contract.activate(&[]).unwrap();
    assert!(contract.would_grant("chloe", "signatures"));
}

#[test]
fn over_the_limit_t_terminals_are_counted_and_invoiced() {
    let mut contract = Contract::signed(Template::TheGreenBow, &[("features.count", "1")]);
    assert!(contract.would_grant("alice", "vpn-client"));
    let reporting = contract.vendor.licence().reporting.clone().unwrap();
    let billed = reporting.billed.iter().map(ToString::to_string);
    assert_eq!(
        billed.collect::<Vec<_>>(),
        ["vpn-client"],
        "reported exactly"
    );
}

#[test]
fn precedence_z_a_t_the_order_prevails_at_issue() {
    for (template, agreed) in [
        (Template::Zenlocassur, "cure = \"30 business days\""),
        (Template::ApexTiming, "cure = \"30 calendar days\""),
        (Template::TheGreenBow, "cure = \"30 calendar days\""),
    ] {
        let text = order::filled(template, &[]);
        let text = order::with(&text, agreed, "cure = \"20 calendar days\"");
        let contract = Contract::issued(&text);
        let differences = contract.order.differences();
        let told = differences[0].to_string();
        assert_eq!(differences.len(), 1, "{differences:?}");
        assert!(told.contains("the order prevails"), "{told}");
    }
}

#[test]
fn precedence_b_the_general_terms_prevail_over_what_was_agreed() {
    let text = order::filled(Template::BoostMyMail, &[]);
    let text = order::with(&text, "length = \"1 year\"", "length = \"2 years\"");
    let mut contract = Contract::of(&text);
    let told = contract.order.differences()[0].to_string();
    assert!(told.contains("the general terms prevail"), "{told}");
    contract.go_to("2027-02-28 12:00");
    let licences = contract.engine.licences();
    let end = contract.instant("2027-03-01 00:00");
    assert_eq!(
        licences[0].life.next_notice.as_ref().map(|one| one.ends_at),
        Some(end)
    );
}

#[test]
fn precedence_k_data_protection_prevails_over_the_order_and_nothing_else() {
    let text = order::filled(Template::Kimple, &[]);
    let text = order::with(&text, "region = \"EEA\"", "region = \"FR\"");
    let text = order::with(
        &text,
        "cure = \"30 working days\"",
        "cure = \"10 working days\"",
    );
    let contract = Contract::issued(&text);
    let differences = contract.order.differences().iter();
    let told: Vec<String> = differences.map(ToString::to_string).collect();
    let about = |key: &str| told.iter().find(|one| one.contains(key)).unwrap().clone();
    assert!(
        about("server.region").contains("the general terms prevail"),
        "{told:?}"
    );
    assert!(
        about("delays.cure").contains("the order prevails"),
        "{told:?}"
    );
}

/// Five seats instead of three.
fn enlarged(template: Template) -> (Contract, String) {
    let fill = [("features.count", "3")];
    let more = order::filled(template, &[("features.count", "5")]);
    (Contract::signed(template, &fill), more)
}

fn licensed(contract: &Contract) -> u32 {
    let features = contract.engine.features();
    features.iter().map(|one| one.licensed).max().unwrap()
}

#[test]
fn amendment_z_k_b_t_waits_until_both_have_signed() {
    for template in [
        Template::Zenlocassur,
        Template::Kimple,
        Template::BoostMyMail,
        Template::TheGreenBow,
    ] {
        let (mut contract, more) = enlarged(template);
        let amendment = contract.amended(&more, None);
        assert_eq!(licensed(&contract), 3, "{template:?}");
        contract.accepts(amendment);
        assert_eq!(licensed(&contract), 5, "{template:?}");
    }
}

#[test]
fn amendment_a_by_the_vendor_alone_holds_at_once() {
    let (mut contract, more) = enlarged(Template::ApexTiming);
    contract.amended(&more, None);
    assert_eq!(licensed(&contract), 5);
}

#[test]
fn seats_over_the_limit_are_denied_where_the_order_says_nothing_of_them() {
    let mut contract = kimple();
    for user in ["alice", "bruno", "chloe"] {
        assert!(contract.would_grant(user, "operations"));
    }
    let mut platform = contract.open("platform");
    let fourth = Who {
        account: Some("denis"),
        entity: Some("client"),
        ..Who::default()
    };
    let refusal = refused(contract.ask_for(&mut platform, "operations", &fourth));
    assert_eq!(refusal.code, RefusalCode::NoAssignmentLeft);
}
