//! The dates of the five contracts, with their own numbers: what an order says, and what follows.

use jiff::{
    Timestamp,
    civil::{Date, date},
};
use octroi_licence::CivilSeconds;
use octroi_vendor::{
    LicenceOrder,
    dates::{
        DelayKind, GivenForm, LicenceDates, NonRenewal, NonRenewalForm, NonRenewalRefused,
        NoticeBasis, Party,
    },
};

use crate::support::NOW;

/// An order of one contract: its dates, and what every order has.
pub(crate) fn order(dates: &str) -> LicenceOrder {
    order_in("Europe/Paris", dates)
}

fn order_in(zone: &str, dates: &str) -> LicenceOrder {
    let text = format!(
        "[licence]\nid = \"l-1\"\nserial = 1\nvendor = \"acme\"\nproduct = \"p\"\n\
         time_zone = \"{zone}\"\n[client]\nid = \"c-1\"\nname = \"Client SA\"\n\
         [[features]]\nname = \"f\"\nmetric = \"host\"\ncount = 1\n{dates}"
    );
    LicenceOrder::check(&text, NOW).unwrap_or_else(|mistakes| panic!("{:?}", mistakes.as_slice()))
}

pub(crate) fn dates_of(order: &LicenceOrder) -> LicenceDates {
    order.dates(None).unwrap()
}

pub(crate) fn at(text: &str) -> CivilSeconds {
    CivilSeconds(text.parse::<Timestamp>().unwrap().as_second())
}

fn until(order: &LicenceOrder, kind: DelayKind, event: Date) -> Date {
    let dates = order.dates(Some(event)).unwrap();
    let delay = dates
        .delays
        .iter()
        .find(|delay| delay.kind == kind)
        .unwrap();
    delay.until.unwrap().0
}

const ZENLOCASSUR: &str = r#"
[calendar]
holidays = "lu"
runs_from = "receipt-or-first-presentation"
[term]
starts = 2026-03-01
start_event = "signed"
length = "36 months"
[renewal]
mode = "tacit"
notice_growth = { basis = "total", months_max = 12 }
client = { notice = "2 months", form = "letter" }
vendor = { notice = "2 months", form = "letter" }
[price]
revision = "yearly"
[delays]
cure = "30 business days"
listed_breach = "8 business days"
audit_notice = "15 business days"
"#;

#[test]
fn z7_thirty_six_months_end_with_the_day_before_the_third_anniversary() {
    let dates = dates_of(&order_in("Europe/Luxembourg", ZENLOCASSUR));
    let end = dates.end.unwrap();
    assert_eq!(end.day, date(2029, 2, 28));
    assert_eq!(end.at, at("2029-03-01T00:00:00+01:00"));
    assert_eq!(end.how, "36 months from 2026-03-01, last day included");
}

#[test]
fn z7_the_first_notice_is_two_months_before_the_end() {
    let dates = dates_of(&order(ZENLOCASSUR));
    let notice = dates.periods[0].client_notice.unwrap();
    assert_eq!(notice.governing.last_day, date(2028, 12, 31));
    assert_eq!(notice.governing.deadline, at("2029-01-01T00:00:00+01:00"));
    assert_eq!(notice.other, None);
}

#[test]
fn z7_notice_then_grows_and_both_readings_are_given() {
    let dates = dates_of(&order(ZENLOCASSUR));
    // The first renewal ends with February 2032: six years in all, three of the period.
    let notice = dates.periods[1].client_notice.unwrap();
    assert_eq!(notice.governing.basis, Some(NoticeBasis::Total));
    assert_eq!(notice.governing.length.unwrap().to_string(), "6 months");
    assert_eq!(notice.governing.last_day, date(2031, 8, 31));
    let other = notice.other.unwrap();
    assert_eq!(other.basis, Some(NoticeBasis::Period));
    assert_eq!(other.length.unwrap().to_string(), "3 months");
    assert_eq!(other.last_day, date(2031, 11, 30));
}

#[test]
fn z7_the_reading_by_the_period_governs_where_the_order_says_so() {
    let order = order(&ZENLOCASSUR.replace("\"total\"", "\"period\""));
    let notice = dates_of(&order).periods[1].client_notice.unwrap();
    assert_eq!(notice.governing.length.unwrap().to_string(), "3 months");
    assert_eq!(
        notice.other.unwrap().length.unwrap().to_string(),
        "6 months"
    );
}

#[test]
fn z7_notice_never_grows_beyond_twelve_months() {
    let dates = dates_of(&order(ZENLOCASSUR));
    let lengths: Vec<u16> = dates.periods[1..]
        .iter()
        .map(|period| {
            period
                .client_notice
                .unwrap()
                .governing
                .length
                .unwrap()
                .length()
        })
        .collect();
    assert_eq!(lengths, [6, 9, 12, 12, 12, 12, 12, 12, 12, 12]);
}

#[test]
fn z7_equal_periods_follow_one_another() {
    let dates = dates_of(&order(ZENLOCASSUR));
    assert_eq!(dates.periods.len(), 11);
    for pair in dates.periods.windows(2) {
        assert_eq!(Some(pair[0].ends), pair[1].starts);
    }
    assert_eq!(dates.periods[10].last_day, date(2059, 2, 28));
}

#[test]
fn z12_delays_count_in_business_days_of_luxembourg() {
    let order = order(ZENLOCASSUR);
    // 23 June 2027, a Wednesday, is a holiday in Luxembourg only.
    let event = date(2027, 6, 14);
    assert_eq!(
        until(&order, DelayKind::ListedBreach, event),
        date(2027, 6, 25)
    );
    assert_eq!(
        until(&order, DelayKind::AuditNotice, event),
        date(2027, 7, 6)
    );
    assert_eq!(until(&order, DelayKind::Cure, event), date(2027, 7, 27));
}

#[test]
fn z10_the_price_may_be_revised_at_each_anniversary() {
    let revisions = dates_of(&order(ZENLOCASSUR)).price_revisions;
    assert_eq!(revisions[..2], [date(2027, 3, 1), date(2028, 3, 1)]);
}

pub(crate) const APEX: &str = r#"
[calendar]
holidays = "apex"
[term]
starts = 2026-09-15
start_event = "quote-received"
length = "1 year"
delivered = 2026-09-20
[renewal]
mode = "tacit"
client = { notice = "3 months" }
vendor = { notice = "3 months" }
[delays]
return = "30 calendar days"
guarantee = "3 months"
defects = "5 calendar days"
invoice_ahead = "60 calendar days"
payment = "45 calendar days"
unpaid_end = "30 calendar days"
force_majeure = "30 calendar days"
"#;

#[test]
fn a11_a_year_renews_by_a_year_with_three_months_notice() {
    let dates = dates_of(&order(APEX));
    assert_eq!(dates.end.unwrap().day, date(2027, 9, 14));
    let notice = dates.periods[0].client_notice.unwrap().governing;
    assert_eq!(notice.last_day, date(2027, 6, 14));
    let next = dates.periods[1].client_notice.unwrap();
    assert_eq!(next.governing.last_day, date(2028, 6, 14));
    assert_eq!(next.other, None, "notice does not grow here");
}

#[test]
fn a12_an_unpaid_invoice_has_two_effects_at_two_dates() {
    let order = order(APEX);
    let due = date(2027, 8, 31);
    assert_eq!(until(&order, DelayKind::UnpaidEnd, due), date(2027, 9, 30));
}

#[test]
fn a20_a_renewal_is_invoiced_sixty_days_ahead_and_payable_for_forty_five() {
    let dates = dates_of(&order(APEX));
    let first = &dates.invoices[0];
    assert_eq!(first.period, 1);
    // 60 whole days, 17 July to 14 September, lie before the renewal on 15 September.
    assert_eq!(first.issued, date(2027, 7, 16));
    assert_eq!(first.due, date(2027, 8, 30));
    assert_eq!(first.suspendable, at("2027-08-31T00:00:00+02:00"));
    assert_eq!(
        first.ends,
        Some((date(2027, 9, 29), at("2027-09-30T00:00:00+02:00")))
    );
}

#[test]
fn a14_everything_is_returned_within_thirty_days_of_the_end() {
    let dates = dates_of(&order(APEX));
    let back = dates
        .delays
        .iter()
        .find(|delay| delay.kind == DelayKind::Return);
    assert_eq!(back.unwrap().until.unwrap().0, date(2027, 10, 14));
}

#[test]
fn a18_defects_and_guarantee_run_from_delivery() {
    let dates = dates_of(&order(APEX));
    let until = |kind| {
        let delay = dates.delays.iter().find(|delay| delay.kind == kind);
        delay.unwrap().until.unwrap().0
    };
    assert_eq!(until(DelayKind::Defects), date(2026, 9, 25));
    assert_eq!(until(DelayKind::Guarantee), date(2026, 12, 20));
}

pub(crate) const KIMPLE: &str = r#"
[calendar]
holidays = "fr"
runs_from = "first-presentation"
[term]
starts = 2026-01-31
length = "1 year"
[renewal]
mode = "tacit"
client = { notice = "3 months", form = "letter" }
vendor = { notice = "3 months", form = "letter" }
[delays]
export = "45 calendar days"
cure = { length = "30 working days", runs_from = "receipt" }
price_notice = "3 months"
"#;

pub(crate) fn said(by: Party, form: GivenForm, on: Date) -> NonRenewal {
    NonRenewal { by, form, on }
}

#[test]
fn k6_the_last_day_of_three_months_notice_leaves_three_whole_months() {
    let dates = dates_of(&order(KIMPLE));
    // The term ends with 30 January 2027; 31 October to 30 January are the three months.
    assert_eq!(dates.end.unwrap().day, date(2027, 1, 30));
    let notice = dates.periods[0].client_notice.unwrap().governing;
    assert_eq!(notice.last_day, date(2026, 10, 30));
}

#[test]
fn k7_data_can_be_exported_for_forty_five_days_after_the_end() {
    let dates = dates_of(&order(KIMPLE));
    let export = dates
        .delays
        .iter()
        .find(|delay| delay.kind == DelayKind::Export);
    assert_eq!(export.unwrap().until.unwrap().0, date(2027, 3, 16));
}

#[test]
fn k11_a_breach_is_cured_within_thirty_working_days_saturdays_counted() {
    let order = order(KIMPLE);
    // 14 July 2026 is a holiday.
    let until = until(&order, DelayKind::Cure, date(2026, 7, 1));
    assert_eq!(until, date(2026, 8, 6));
    let dates = order.dates(None).unwrap();
    let cure = dates
        .delays
        .iter()
        .find(|delay| delay.kind == DelayKind::Cure);
    assert!(cure.unwrap().how.contains("counted from its receipt"));
}

#[test]
fn k12_only_a_registered_letter_ends_the_term() {
    let order = order(KIMPLE);
    let on = date(2026, 6, 1);
    for form in [GivenForm::Writing, GivenForm::AccountClosed] {
        let refused = order.term_rules().judge(&said(Party::Client, form, on));
        let reason = NonRenewalRefused::Form(NonRenewalForm::Letter);
        assert_eq!(refused, Err(reason));
    }
    let letter = said(Party::Client, GivenForm::RegisteredLetter, on);
    let judged = order.term_rules().judge(&letter).unwrap();
    assert_eq!((judged.period, judged.late), (0, None));
}

#[test]
fn k13_the_renewals_price_is_told_three_months_before() {
    let dates = dates_of(&order(KIMPLE));
    let notice = dates
        .delays
        .iter()
        .find(|delay| delay.kind == DelayKind::PriceNotice);
    assert_eq!(notice.unwrap().until.unwrap().0, date(2026, 10, 30));
}

const BOOST_MY_MAIL: &str = r#"
[calendar]
holidays = "fr"
[term]
starts = 2028-02-29
start_event = "subscribed"
length = "1 year"
[renewal]
mode = "tacit"
client = { form = "account-closed" }
vendor = { notice = "1 month", form = "writing" }
[delays]
cure = "15 calendar days"
"#;

#[test]
fn b6_a_year_from_29_february_ends_with_28_february() {
    let dates = dates_of(&order(BOOST_MY_MAIL));
    let days: Vec<Date> = dates.periods[..5]
        .iter()
        .map(|period| period.last_day)
        .collect();
    let expected = [
        date(2029, 2, 28),
        date(2030, 2, 28),
        date(2031, 2, 28),
        date(2032, 2, 28),
        date(2033, 2, 28),
    ];
    assert_eq!(days, expected);
}

#[test]
fn b6_the_client_closes_its_account_until_the_last_day_the_vendor_writes_a_month_before() {
    let order = order(BOOST_MY_MAIL);
    let rules = order.term_rules();
    let last = date(2029, 2, 28);
    let closed = said(Party::Client, GivenForm::AccountClosed, last);
    assert_eq!(rules.judge(&closed).unwrap().period, 0);
    let vendor = said(Party::Vendor, GivenForm::Writing, date(2029, 1, 31));
    assert_eq!(rules.judge(&vendor).unwrap().period, 0);
    let late = said(Party::Vendor, GivenForm::Writing, date(2029, 2, 1));
    let judged = rules.judge(&late).unwrap();
    assert_eq!(judged.period, 1);
    assert_eq!(judged.late.unwrap().last_day, date(2029, 1, 31));
    let letter = said(Party::Client, GivenForm::RegisteredLetter, last);
    assert!(rules.judge(&letter).is_err(), "K12 is the opposite");
}

pub(crate) const THEGREENBOW: &str = r#"
[calendar]
holidays = "fr"
runs_from = "postmark"
[term]
starts = 2026-11-30
start_event = "fee-cashed"
length = "12 months"
evaluation = "30 calendar days"
[renewal]
mode = "express"
period = "12 months"
[delays]
cure = "30 calendar days"
"#;

#[test]
fn t4_the_first_thirty_days_are_an_evaluation_inside_the_term() {
    let dates = dates_of(&order(THEGREENBOW));
    let evaluation = dates.evaluation.unwrap();
    assert_eq!(evaluation.day, date(2026, 12, 29));
    assert_eq!(evaluation.at, at("2026-12-30T00:00:00+01:00"));
    assert!(evaluation.at < dates.end.unwrap().at);
}

#[test]
fn a_term_over_a_change_of_clocks_ends_at_midnight_of_its_zone() {
    let order = order("[term]\nstarts = 2026-01-31\nlength = \"2 months\"\n");
    let dates = dates_of(&order);
    assert_eq!(dates.start.unwrap().at, at("2026-01-31T00:00:00+01:00"));
    assert_eq!(dates.end.unwrap().at, at("2026-03-31T00:00:00+02:00"));
}

#[test]
fn a_length_makes_the_same_licence_as_the_end_that_follows_from_it() {
    let length = order("[term]\nstarts = 2026-03-01\nlength = \"36 months\"\n");
    let end = order("[term]\nstarts = 2026-03-01\nends = 2029-02-28\n");
    assert_eq!(length.content_digest(), end.content_digest());
}
