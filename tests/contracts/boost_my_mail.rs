//! Boost My Mail: e-mail signatures, with a module on the client's premises.

mod announcements;
mod endings;
mod excess;
mod isolation;
mod records;
mod registers;

use octroi_engine::{Command, Outcome, RefusalCode};
use octroi_licence::{OrderKind, Scope, message::Ground};
use octroi_vendor::{VendorOrder, order::Template};

use crate::stage::{
    ADMINISTRATOR, Contract, Who, granted, order, pseudonym, refused, vendor_order,
};

const FEATURE: &str = "signatures";

/// Three licences, signed on 2026-03-01.
fn signed() -> Contract {
    Contract::signed(Template::BoostMyMail, &[])
}

/// The service asks for a mailbox.
fn asked(contract: &mut Contract, mailbox: &str) -> Outcome {
    let mut app = contract.open("mail-service");
    let who = Who {
        account: Some(mailbox),
        ..Who::default()
    };
    let outcome = contract.ask_for(&mut app, FEATURE, &who);
    contract.goodbye(&app);
    outcome
}

#[test]
fn b1_a_licence_is_the_right_of_one_mailbox_whoever_runs_the_program() {
    let mut contract = signed();
    for _ in 0..2 {
        granted(asked(&mut contract, "alice@example.fr"));
    }
    granted(asked(&mut contract, "bruno@example.fr"));
    assert_eq!(contract.engine.assignments().len(), 2);

    let mut app = contract.open("mail-service");
    let unnamed = contract.ask_for(&mut app, FEATURE, &Who::default());
    assert_eq!(refused(unnamed).code, RefusalCode::UserNotNamed);
}

#[test]
fn b2_users_above_the_licences_are_granted_and_counted_by_the_month() {
    let mut contract = signed();
    for mailbox in ["a", "b", "c"] {
        assert_eq!(granted(asked(&mut contract, mailbox)).overdrawn, 0);
    }
    contract.go_to("2026-03-20 10:00");
    assert_eq!(granted(asked(&mut contract, "d")).overdrawn, 1);
    contract.go_to("2026-04-02 10:00");
    granted(asked(&mut contract, "d"));
    granted(asked(&mut contract, "e"));
    contract.go_to("2026-05-01 09:00");

    let months: Vec<_> = contract.overdraft_months();
    let named = |month: &str, users| (contract.instant(&format!("{month}-01 00:00")), users);
    assert_eq!(months[..2], [named("2026-03", 1), named("2026-04", 2)]);
}

#[test]
fn b2_licences_added_by_subscription_end_the_excess() {
    let mut contract = signed();
    for mailbox in ["a", "b", "c", "d"] {
        granted(asked(&mut contract, mailbox));
    }
    let text = order::filled(Template::BoostMyMail, &[("features.count", "5")]);
    let text = order::with(&text, "serial = 1", "serial = 2");
    assert_eq!(contract.issue(&text), Outcome::Installed);
    contract.activate(&[]).unwrap();
    assert!(
        contract
            .engine
            .assignments()
            .iter()
            .all(|one| !one.in_excess)
    );
}

#[test]
fn b3_use_beyond_the_licences_is_refused_only_from_the_date_in_a_signed_notice() {
    let mut contract = signed();
    for mailbox in ["a", "b", "c", "d"] {
        granted(asked(&mut contract, mailbox));
    }
    let notice = VendorOrder {
        scope: Scope::Feature(FEATURE.parse().unwrap()),
        effective_at: Some(contract.instant("2026-04-15 00:00")),
        ..vendor_order(OrderKind::OverdraftNotice, Ground::Breach)
    };
    assert_eq!(contract.ordered(&notice), Outcome::Installed);
    contract.go_to("2026-04-14 23:59");
    granted(asked(&mut contract, "e"));
    contract.go_to("2026-04-15 00:00");
    let refusal = refused(asked(&mut contract, "f"));
    assert_eq!(refusal.code, RefusalCode::OverdraftEnded);
    // Those within the count go on.
    granted(asked(&mut contract, "a"));
}

#[test]
fn b6_closing_the_account_ends_the_contract_at_its_term_whenever_it_is_done() {
    let mut contract = signed();
    contract.go_to("2027-02-28 12:00");
    let licence = contract.vendor.licence().id.clone();
    let closed = contract.outcome(Command::RecordNonRenewal {
        licence,
        actor: ADMINISTRATOR,
    });
    let ends_at = contract.instant("2027-03-01 00:00");
    assert_eq!(closed, Outcome::NonRenewal { ends_at });
    granted(asked(&mut contract, "a"));
    contract.go_to("2027-03-01 00:00");
    let refusal = refused(asked(&mut contract, "a"));
    assert_eq!(refusal.code, RefusalCode::LicenceExpired);
}

#[test]
fn b6_without_a_closed_account_the_contract_goes_on_for_a_year() {
    let mut contract = signed();
    contract.go_to("2027-03-01 00:00");
    granted(asked(&mut contract, "a"));
    contract.go_to("2029-02-28 23:59");
    granted(asked(&mut contract, "a"));
}

#[test]
fn b7_a_late_payment_suspends_until_it_is_paid() {
    let mut contract = signed();
    let mut app = contract.open("mail-service");
    contract.seat(&mut app, FEATURE);
    let suspend = vendor_order(OrderKind::Suspend, Ground::LatePayment);
    contract.ordered(&suspend);
    assert_eq!(contract.code(&mut app, FEATURE), RefusalCode::Suspended);
    contract.go_to("2026-04-01 09:00");
    contract.ordered(&vendor_order(OrderKind::Resume, Ground::Other));
    contract.seat(&mut app, FEATURE);
}

#[test]
fn b13_users_come_from_the_directory_and_leavers_are_shown_not_freed() {
    let mut contract = signed();
    contract.synced(FEATURE, &["a", "b"]);
    assert_eq!(contract.engine.assignments().len(), 2);
    contract.synced(FEATURE, &["b", "c"]);
    let assignments = contract.engine.assignments();
    let leavers: Vec<_> = assignments.iter().filter(|one| one.leaver).collect();
    assert_eq!(assignments.len(), 3);
    assert_eq!(leavers.len(), 1);
    assert_eq!(leavers[0].user, pseudonym("a"));
}
