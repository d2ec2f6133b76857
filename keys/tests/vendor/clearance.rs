//! Clause T3, and certificates that only a receipt renews: what is asked beside the code.

use octroi_licence::{CivilSeconds, Seconds};
use octroi_vendor::{Clearance, order::EXAMPLE};

use crate::{
    office::Office,
    support::{NOW, later, order_with},
};

const DAY_S: i64 = 86_400;
const REPORTING: &str = "[reporting]\ninterval_days = 30\nstop_days = 14\n\n[sessions]\n";

#[test]
fn nothing_is_activated_before_the_payment_is_recorded() {
    let mut office = Office::new(EXAMPLE);
    office.clearance.paid = false;
    let asker = office.asker(20);
    assert_eq!(office.refused(&asker).code(), "PAYMENT_NOT_RECORDED");
    office.clearance.paid = true;
    office.granted(&asker);
}

#[test]
fn terms_accepted_after_the_issue_count_if_the_licence_states_them() {
    let accepted = Clearance {
        terms_accepted: true,
        paid: true,
    };
    let mut office = Office::new(&order_with(&[("accepted = 2026-01-15\n", "")]));
    let asker = office.asker(20);
    assert_eq!(office.refused(&asker).code(), "TERMS_NOT_ACCEPTED");
    office.clearance = accepted;
    office.granted(&asker);

    let terms = EXAMPLE
        .lines()
        .find(|line| line.starts_with("digest = "))
        .unwrap();
    let without = order_with(&[("accepted = 2026-01-15\n", ""), (terms, "")]);
    let mut office = Office::new(&without);
    office.clearance = accepted;
    let asker = office.asker(20);
    assert_eq!(
        office.refused(&asker).code(),
        "TERMS_NOT_ACCEPTED",
        "which terms?"
    );
}

#[test]
fn a_wrong_code_learns_nothing_of_terms_and_payment() {
    let mut office = Office::new(&order_with(&[("accepted = 2026-01-15\n", "")]));
    office.clearance.paid = false;
    let mut asker = office.asker(20);
    asker.code = "22222-22222-22222-22222-222222".to_owned();
    assert_eq!(office.refused(&asker).code(), "ACTIVATION_CODE_WRONG");
}

#[test]
fn where_reports_are_due_the_certificate_ends_with_their_stop_limit() {
    let mut office = Office::new(&order_with(&[("[sessions]\n", REPORTING)]));
    let asker = office.asker(20);
    let end = later(44 * DAY_S);
    assert_eq!(office.granted(&asker).1.valid_until, Some(end));
    office.validity = Some(Seconds(60));
    let (_, shorter) = office.granted(&asker.nonce(2));
    assert_eq!(shorter.valid_until, Some(CivilSeconds(NOW.0 + 60)));
    office.validity = Some(Seconds(315_576_000));
    let (_, longer) = office.granted(&office.asker(20).nonce(3));
    assert_eq!(longer.valid_until, Some(end));
}
