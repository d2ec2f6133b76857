//! From when, for how long, and how it goes on or does not.

use octroi_engine::{Command, Outcome, RefusalCode};
use octroi_licence::{NonRenewalForm, OrderKind, message::Ground};
use octroi_vendor::{
    dates::{GivenForm, NonRenewal, NonRenewalRefused, Party},
    order::Template,
};

use super::{apex_timing, boost_my_mail, granted_until, kimple, thegreenbow, zenlocassur};
use crate::stage::{ADMINISTRATOR, Contract, vendor_order};

/// What makes the term start, in the order's words.
fn starts(contract: &Contract) -> String {
    contract.order.dates(None).unwrap().start.unwrap().how
}

/// Until when notice can be given of the term's end, and how.
fn notice(contract: &Contract) -> (octroi_licence::CivilSeconds, NonRenewalForm) {
    let licences = contract.engine.licences();
    let notice = licences[0].life.next_notice.clone().expect("it renews");
    (notice.until, notice.form)
}

fn record_non_renewal(contract: &mut Contract) -> Outcome {
    contract.outcome(Command::RecordNonRenewal {
        licence: contract.vendor.licence().id.clone(),
        actor: ADMINISTRATOR,
    })
}

/// What the vendor's tool says to a notice of one side, given on a day of 2027 or before.
fn judged(
    contract: &Contract,
    by: Party,
    form: GivenForm,
    on: &str,
) -> Result<bool, NonRenewalRefused> {
    let on = on.parse().unwrap();
    let said = NonRenewal { by, form, on };
    let judged = contract.order.term_rules().judge(&said);
    judged.map(|judged| judged.late.is_none())
}

#[test]
fn term_z_36_months_from_signature_renewed_by_36_by_letter_of_either_side() {
    let mut contract = zenlocassur();
    assert!(starts(&contract).contains("signed"));
    let until = contract.instant("2029-01-01 00:00");
    assert_eq!(notice(&contract), (until, NonRenewalForm::Letter));
    for party in [Party::Client, Party::Vendor] {
        assert_eq!(
            judged(&contract, party, GivenForm::RegisteredLetter, "2028-12-31"),
            Ok(true)
        );
        assert!(judged(&contract, party, GivenForm::Writing, "2028-12-31").is_err());
    }
    contract.go_to("2029-03-01 00:00");
    assert!(contract.would_grant("alice", "zenlocassur"));
    // Of the second period the notice is longer: six months for six years.
    let until = contract.instant("2031-09-01 00:00");
    assert_eq!(notice(&contract).0, until);
}

#[test]
fn term_a_a_year_from_the_quotes_receipt_renewed_by_a_year_by_letter_three_months_before() {
    let mut contract = apex_timing();
    assert!(starts(&contract).contains("receives the accepted quote"));
    let until = contract.instant("2026-12-01 00:00");
    assert_eq!(notice(&contract), (until, NonRenewalForm::Letter));
    let Outcome::Refused(refusal) = record_non_renewal(&mut contract) else {
        panic!("the client's tool records no letter");
    };
    assert_eq!(refusal.code, RefusalCode::NonRenewalByLetter);
    contract.go_to("2027-03-01 00:00");
    assert!(contract.would_grant("alice", "timing"));
}

#[test]
fn term_k_goes_on_unless_the_clients_letter_came_three_months_before() {
    let contract = kimple();
    assert!(starts(&contract).contains("signed"));
    let until = contract.instant("2026-12-01 00:00");
    assert_eq!(notice(&contract), (until, NonRenewalForm::Letter));
    let client = |form, on| judged(&contract, Party::Client, form, on);
    assert_eq!(client(GivenForm::RegisteredLetter, "2026-11-30"), Ok(true));
    assert_eq!(client(GivenForm::RegisteredLetter, "2026-12-01"), Ok(false));
    assert!(client(GivenForm::Writing, "2026-11-30").is_err());
}

#[test]
fn term_b_a_year_from_the_subscription_ended_by_closing_the_account_on_any_day() {
    let mut contract = boost_my_mail();
    assert!(starts(&contract).contains("subscribes online"));
    assert_eq!(notice(&contract).1, NonRenewalForm::Local);
    contract.go_to("2027-02-28 23:00");
    assert!(matches!(
        record_non_renewal(&mut contract),
        Outcome::NonRenewal { .. }
    ));
    granted_until(
        &mut contract,
        "signatures",
        "2027-03-01",
        RefusalCode::LicenceExpired,
    );
}

#[test]
fn term_b_the_vendor_gives_a_months_notice_in_writing() {
    let mut contract = boost_my_mail();
    let vendor = |on| judged(&contract, Party::Vendor, GivenForm::Writing, on);
    assert_eq!(vendor("2027-01-31"), Ok(true));
    assert_eq!(vendor("2027-02-01"), Ok(false));
    contract.go_to("2027-01-31 10:00");
    let ends_at = contract.instant("2027-03-01 00:00");
    contract.ordered(&vendor_order(
        OrderKind::NonRenewal {
            ends_at,
            received_at: None,
            by_client: false,
        },
        Ground::TermEnded,
    ));
    granted_until(
        &mut contract,
        "signatures",
        "2027-03-01",
        RefusalCode::LicenceExpired,
    );
}

#[test]
fn term_t_from_the_cashing_of_the_fee_renewed_tacitly_where_the_order_says_so() {
    let mut contract = thegreenbow();
    assert!(starts(&contract).contains("fee is cashed"));
    contract.go_to("2027-03-01 00:00");
    assert!(contract.would_grant("alice", "vpn-client"));
}

#[test]
fn term_t_renewed_expressly_where_the_order_says_so() {
    let fill = [("renewal.mode", "\"express\"")];
    let mut contract = Contract::signed(Template::TheGreenBow, &fill);
    granted_until(
        &mut contract,
        "vpn-client",
        "2027-03-01",
        RefusalCode::LicenceExpired,
    );
}
