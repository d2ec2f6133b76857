//! Where a term stands: tacit renewal goes on by itself, non-renewal in time ends it, express renewal
//! needs an order.

use jiff::civil::date;
use octroi_vendor::dates::{GivenForm, History, NoticeMissed, Party, Standing};

use crate::contract_dates::{APEX, KIMPLE, THEGREENBOW, at, dates_of, order, said};

#[test]
fn t5_an_express_term_goes_on_only_by_a_new_order() {
    let order = order(THEGREENBOW);
    let rules = order.term_rules();
    let now = at("2027-12-01T00:00:00Z");
    let ended = rules.standing(&History::default(), now).unwrap();
    let at_end = at("2027-11-30T00:00:00+01:00");
    assert_eq!(ended, Standing::Ended { at: at_end });
    let renewed = History {
        non_renewals: &[],
        express_renewals: 1,
    };
    let running = rules.standing(&renewed, now).unwrap();
    let ends = Some(at("2028-11-30T00:00:00+01:00"));
    assert_eq!(
        running,
        Standing::Running {
            period: 1,
            ends,
            renews: false
        }
    );
    assert_eq!(dates_of(&order).periods[0].client_notice, None);
}

#[test]
fn t5_the_same_contract_renews_tacitly_where_the_order_says_so() {
    let order = order(&THEGREENBOW.replace("express", "tacit"));
    let running = order
        .term_rules()
        .standing(&History::default(), at("2030-01-01T00:00:00Z"));
    assert!(matches!(
        running,
        Ok(Standing::Running {
            period: 3,
            renews: true,
            ..
        })
    ));
}

#[test]
fn tacit_renewal_goes_on_by_itself() {
    let order = order(APEX);
    let standing = |text| {
        order
            .term_rules()
            .standing(&History::default(), at(text))
            .unwrap()
    };
    assert_eq!(standing("2026-09-14T12:00:00+02:00"), Standing::NotStarted);
    for (text, number) in [
        ("2026-09-15T00:00:00+02:00", 0),
        ("2027-09-14T23:59:59+02:00", 0),
        ("2027-09-15T00:00:00+02:00", 1),
        ("2036-09-15T00:00:00+02:00", 10),
    ] {
        let Standing::Running { period, renews, .. } = standing(text) else {
            panic!("{text}: does not run");
        };
        assert_eq!((period, renews), (number, true), "{text}");
    }
}

#[test]
fn a_non_renewal_in_time_ends_the_term_with_its_period() {
    let order = order(APEX);
    let said = [said(
        Party::Client,
        GivenForm::RegisteredLetter,
        date(2027, 6, 14),
    )];
    let history = History {
        non_renewals: &said,
        express_renewals: 0,
    };
    let standing = |text| order.term_rules().standing(&history, at(text)).unwrap();
    let end = at("2027-09-15T00:00:00+02:00");
    let runs = Standing::Running {
        period: 0,
        ends: Some(end),
        renews: false,
    };
    assert_eq!(standing("2027-09-14T23:59:59+02:00"), runs);
    assert_eq!(
        standing("2027-09-15T00:00:00+02:00"),
        Standing::Ended { at: end }
    );
}

#[test]
fn a_late_non_renewal_is_said_to_be_late_and_ends_the_next_period() {
    let order = order(APEX);
    let late = said(
        Party::Client,
        GivenForm::RegisteredLetter,
        date(2027, 6, 15),
    );
    let judged = order.term_rules().judge(&late).unwrap();
    let missed = NoticeMissed {
        period: 0,
        last_day: date(2027, 6, 14),
    };
    assert_eq!(judged.late, Some(missed));
    assert_eq!(judged.period, 1);
    assert_eq!(judged.ends, at("2028-09-15T00:00:00+02:00"));
}

#[test]
fn a_non_renewal_in_a_form_that_is_not_allowed_changes_nothing() {
    let order = order(KIMPLE);
    let said = [said(
        Party::Client,
        GivenForm::AccountClosed,
        date(2026, 6, 1),
    )];
    let history = History {
        non_renewals: &said,
        express_renewals: 0,
    };
    let standing = order
        .term_rules()
        .standing(&history, at("2027-06-01T00:00:00Z"));
    assert!(matches!(
        standing,
        Ok(Standing::Running {
            period: 1,
            renews: true,
            ..
        })
    ));
}

#[test]
fn a_perpetual_licence_runs_for_ever() {
    let order = order("[term]\nperpetual = true\nstarts = 2026-03-01\n");
    let standing = order
        .term_rules()
        .standing(&History::default(), at("2200-01-01T00:00:00Z"));
    assert!(matches!(standing, Ok(Standing::Running { ends: None, .. })));
    assert_eq!(dates_of(&order).end, None);
}
