//! What follows the term: tacit and express renewal, notices in time and too late (clauses Z7, B6, K12,
//! T5).

use octroi_engine::{Command, Event, Outcome, RefusalCode};
use octroi_licence::{CivilSeconds, NonRenewalForm, message};

use crate::support::{
    Site,
    site::{ADMINISTRATOR, id, refused},
    vendor::{self, DAY, ISSUED_AT, TODAY, feature, ordered, reissued, resume, suspend, terms},
};

const END: i64 = TODAY + 100 * DAY;
const YEAR: i64 = 365 * DAY;

/// Ends in 100 days; two periods of a year behind, 30 days' notice for each.
pub(crate) fn tacit(form: message::NonRenewalForm) -> message::Licence {
    let period = |from: i64| message::RenewalPeriod {
        ends_at_s: from + YEAR,
        notice_until_s: from - 30 * DAY,
    };
    message::Licence {
        term: Some(message::Term {
            starts_at_s: ISSUED_AT,
            ends_at_s: END,
        }),
        renewal: Some(message::Renewal {
            kind: message::RenewalKind::Tacit.into(),
            periods: vec![period(END), period(END + YEAR)],
            non_renewal_form: form.into(),
            notice_address: "1 rue de l'Octroi, Paris".to_owned(),
            ..message::Renewal::default()
        }),
        ..terms("wb-1", vec![feature("cad", 2)])
    }
}

fn local() -> Site {
    Site::licensed(&tacit(message::NonRenewalForm::Local))
}

fn days(site: &mut Site, days: i64) {
    site.later(u64::try_from(days * DAY * 1000).unwrap());
}

fn notice(site: &mut Site) -> Outcome {
    site.outcome(Command::RecordNonRenewal {
        licence: id("wb-1"),
        actor: ADMINISTRATOR,
    })
}

fn end(site: &Site) -> i64 {
    site.engine.licences()[0].term.ends_at.unwrap().0
}

fn renew(sequence: u64, ends_at_s: i64) -> message::Order {
    let kind = message::order::Kind::Renew(message::Renew { ends_at_s });
    ordered("wb-1", sequence, kind)
}

fn non_renewal(sequence: u64, ends_at_s: i64) -> message::Order {
    let notice = message::NonRenewal {
        ends_at_s,
        received_at_s: TODAY,
        by_client: true,
    };
    ordered("wb-1", sequence, message::order::Kind::NonRenewal(notice))
}

#[test]
fn a_tacit_renewal_begins_by_itself_and_takes_no_seat() {
    let mut site = local();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    assert_eq!(end(&site), END);
    assert_eq!(
        site.engine.next_deadline().unwrap().civil_ms.unwrap().0,
        END * 1000
    );
    let from = site.ledger.len();
    days(&mut site, 101);
    assert!(site.events(from).contains(&"PeriodBegan"));
    assert_eq!(end(&site), END + YEAR);
    assert_eq!(site.in_use("cad"), 1);
    let grant = site.seat(&mut app, "cad");
    assert_eq!(grant.ends_at, Some(CivilSeconds(END + YEAR)));
}

#[test]
fn periods_that_passed_while_the_daemon_was_off_begin_one_by_one() {
    let mut site = local();
    site.crash();
    site.pass(u64::try_from((100 * DAY + YEAR + DAY) * 1000).unwrap());
    site.start(&[]);
    let begun: Vec<_> = site
        .ledger
        .iter()
        .filter_map(|record| match record.event {
            Event::PeriodBegan {
                starts_at, ends_at, ..
            } => Some((starts_at.0, ends_at.0)),
            _ => None,
        })
        .collect();
    assert_eq!(begun, [(END, END + YEAR), (END + YEAR, END + 2 * YEAR)]);
}

#[test]
fn after_the_last_period_the_licence_is_over() {
    let mut site = local();
    days(&mut site, 101);
    days(&mut site, 2 * 365);
    let mut app = site.open(1, 100);
    let refusal = site.refusal(&mut app, "cad");
    assert_eq!(refusal.code, RefusalCode::LicenceExpired);
    assert_eq!(refusal.expected, (END + 2 * YEAR).to_string());
}

#[test]
fn a_notice_recorded_in_time_ends_the_licence_with_its_term() {
    let mut site = local();
    let ends_at = CivilSeconds(END);
    assert_eq!(notice(&mut site), Outcome::NonRenewal { ends_at });
    assert_eq!(site.engine.licences()[0].life.non_renewal, Some(ends_at));
    days(&mut site, 101);
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
}

#[test]
fn a_notice_recorded_twice_stands_once() {
    let mut site = local();
    let first = notice(&mut site);
    let from = site.ledger.len();
    assert_eq!(notice(&mut site), first);
    assert!(site.events(from).is_empty());
}

#[test]
fn a_notice_too_late_for_the_next_period_holds_for_the_one_behind() {
    let mut site = local();
    days(&mut site, 70);
    let ends_at = CivilSeconds(END + YEAR);
    assert_eq!(notice(&mut site), Outcome::NonRenewal { ends_at });
    days(&mut site, 40);
    assert_eq!(end(&site), END + YEAR);
    days(&mut site, 365);
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
}

#[test]
fn a_notice_behind_the_last_deadline_is_refused() {
    let mut site = local();
    days(&mut site, 101);
    days(&mut site, 340);
    let refusal = refused(notice(&mut site));
    assert_eq!(refusal.code, RefusalCode::NonRenewalTooLate);
    assert_eq!(refusal.expected, (END + YEAR - 30 * DAY).to_string());
}

#[test]
fn where_a_letter_is_wanted_the_local_notice_is_refused_with_address_and_deadline() {
    let mut site = Site::licensed(&tacit(message::NonRenewalForm::Letter));
    let from = site.ledger.len();
    let refusal = refused(notice(&mut site));
    assert_eq!(refusal.code, RefusalCode::NonRenewalByLetter);
    assert_eq!(refusal.expected, "1 rue de l'Octroi, Paris");
    assert_eq!(refusal.found, (END - 30 * DAY).to_string());
    assert!(site.events(from).is_empty());
    let shown = site.engine.licences()[0].life.next_notice.clone().unwrap();
    assert_eq!(shown.until.0, END - 30 * DAY);
    assert_eq!(shown.form, NonRenewalForm::Letter);
}

#[test]
fn a_licence_that_is_not_renewed_by_itself_takes_no_notice() {
    let mut site = Site::licensed(&terms("wb-1", vec![feature("cad", 1)]));
    assert_eq!(refused(notice(&mut site)).code, RefusalCode::NothingToRenew);
}

#[test]
fn the_vendor_records_a_letter_by_order() {
    let mut site = Site::licensed(&tacit(message::NonRenewalForm::Letter));
    site.order(&vendor::order(&non_renewal(2, END)));
    days(&mut site, 101);
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
}

#[test]
fn a_letter_in_time_that_the_vendor_records_late_ends_the_period_that_had_begun() {
    let mut site = Site::licensed(&tacit(message::NonRenewalForm::Letter));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    days(&mut site, 101);
    assert_eq!(site.in_use("cad"), 1);
    site.order(&vendor::order(&non_renewal(2, END)));
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
}

#[test]
fn an_express_renewal_begins_by_order_alone() {
    let mut express = tacit(message::NonRenewalForm::Letter);
    express.renewal = Some(message::Renewal {
        kind: message::RenewalKind::Express.into(),
        ..message::Renewal::default()
    });
    let mut site = Site::licensed(&express);
    let mut app = site.open(1, 100);
    days(&mut site, 101);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::LicenceExpired);
    site.order(&vendor::order(&renew(2, END + YEAR)));
    site.seat(&mut app, "cad");
    assert_eq!(end(&site), END + YEAR);
}

#[test]
fn an_order_renews_once_more_although_notice_was_given() {
    let mut site = local();
    notice(&mut site);
    site.order(&vendor::order(&renew(2, END + 10 * DAY)));
    days(&mut site, 105);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    days(&mut site, 10);
    assert_eq!(
        site.code(&mut app, "cad"),
        RefusalCode::LicenceExpired,
        "no tacit period follows a notice"
    );
}

#[test]
fn a_period_begins_during_a_suspension_and_lifts_nothing() {
    let mut site = local();
    site.order(&vendor::order(&ordered("wb-1", 2, suspend())));
    days(&mut site, 101);
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::Suspended);
    assert_eq!(end(&site), END + YEAR);
    site.order(&vendor::order(&ordered("wb-1", 3, resume())));
    site.seat(&mut app, "cad");
}

#[test]
fn no_period_begins_after_a_termination() {
    let mut site = local();
    site.order(&vendor::order(&ordered("wb-1", 2, vendor::terminate())));
    let from = site.ledger.len();
    days(&mut site, 101);
    assert!(!site.events(from).contains(&"PeriodBegan"));
}

#[test]
fn under_a_new_serial_the_periods_are_begun_anew() {
    let mut site = local();
    days(&mut site, 101);
    let mut shorter = reissued(&tacit(message::NonRenewalForm::Local), 2, 2);
    shorter.renewal.as_mut().unwrap().periods.truncate(1);
    let from = site.ledger.len();
    site.install(&vendor::licence(&shorter));
    assert!(site.events(from).contains(&"PeriodBegan"));
    assert_eq!(end(&site), END + YEAR);
}

#[test]
fn a_period_that_a_clock_ahead_let_begin_is_taken_back_with_the_clock() {
    let mut site = local();
    site.now.civil_ms.0 += 101 * DAY * 1000;
    site.later(1_000);
    assert_eq!(end(&site), END + YEAR);
    site.now.civil_ms.0 -= 101 * DAY * 1000;
    site.later(1_000);
    assert_eq!(end(&site), END);
    let ends_at = CivilSeconds(END);
    assert_eq!(notice(&mut site), Outcome::NonRenewal { ends_at });
}
