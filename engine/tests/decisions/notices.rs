//! Orders about a licence's life: cure notices, audits, transfer, force majeure, and what a licence
//! excludes (clauses Z5, Z18, Z19, A12, A23, T17).

use octroi_engine::{Command, Event, OrderStanding, Outcome, RefusalCode};
use octroi_licence::{CivilSeconds, message, message::order::Kind};

use crate::{
    renewal::tacit,
    support::{
        Site,
        site::{ADMINISTRATOR, id, refused},
        vendor::{self, DAY, TODAY, feature, ordered, resume, suspend, terminate, terms},
    },
};

fn cad() -> message::Licence {
    terms("wb-1", vec![feature("cad", 2), feature("render", 2)])
}

fn site() -> Site {
    Site::licensed(&cad())
}

fn days(site: &mut Site, days: i64) {
    site.later(u64::try_from(days * DAY * 1000).unwrap());
}

fn at(mut order: message::Order, date_s: i64) -> message::Order {
    order.effective_at_s = date_s;
    order
}

fn cure(
    sequence: u64,
    ends_at_s: i64,
    outcome: message::CureOutcome,
    suspends: bool,
) -> message::Order {
    let notice = message::CureNotice {
        clause: "art. 11".to_owned(),
        ends_at_s,
        outcome: outcome.into(),
        suspended_meanwhile: suspends,
        ..message::CureNotice::default()
    };
    let mut order = ordered("wb-1", sequence, Kind::CureNotice(notice));
    "invoice 17 is not paid".clone_into(&mut order.reason);
    order
}

fn lift(sequence: u64, notice: &message::Order) -> message::Order {
    let notice_digest = vendor::order(notice).digest().as_bytes().to_vec();
    ordered(
        "wb-1",
        sequence,
        Kind::LiftCureNotice(message::LiftCureNotice { notice_digest }),
    )
}

fn force_majeure(sequence: u64, ends_at_s: i64, terminates: bool) -> message::Order {
    let notice = message::ForceMajeure {
        ends_at_s,
        terminates,
    };
    ordered("wb-1", sequence, Kind::ForceMajeure(notice))
}

fn audit(sequence: u64, urgent: bool) -> message::Order {
    let order = ordered("wb-1", sequence, Kind::Audit(message::Audit { urgent }));
    at(order, TODAY + 21 * DAY)
}

fn transfer(sequence: u64) -> message::Order {
    let transfer = message::Transfer {
        new_client_id: "C-2".to_owned(),
        new_client_name: "Nouvel atelier".to_owned(),
        new_licence_id: "wb-2".to_owned(),
    };
    at(
        ordered("wb-1", sequence, Kind::Transfer(transfer)),
        TODAY + DAY,
    )
}

fn give(site: &mut Site, order: &message::Order) {
    assert_eq!(site.order(&vendor::order(order)), Outcome::Installed);
}

pub(crate) fn standings(site: &Site) -> Vec<OrderStanding> {
    let orders = &site.engine.licences()[0].orders;
    orders.iter().map(|order| order.standing).collect()
}

fn code(site: &mut Site) -> Option<RefusalCode> {
    let mut app = site.open(9, 900);
    match site.checkout(&mut app, "cad", 1) {
        Outcome::Refused(refusal) => Some(refusal.code),
        Outcome::Granted(grant) => {
            site.release(&mut app, grant.seat);
            None
        }
        other => panic!("{other:?}"),
    }
}

/// Every order about a licence's life; committed as a golden ledger.
pub(crate) fn life() -> Site {
    use message::{CureOutcome, NonRenewalForm};
    let mut licence = tacit(NonRenewalForm::Local);
    licence.end_notice_s = 60;
    licence.convenience_excluded = true;
    licence.post_term = Some(message::PostTerm {
        export_days: 45,
        features: vec!["cad".to_owned()],
    });
    let mut site = Site::licensed(&licence);
    give(&mut site, &audit(2, false));
    let notice = cure(3, TODAY + 5 * DAY, CureOutcome::Terminates, true);
    give(&mut site, &notice);
    give(&mut site, &lift(4, &notice));
    give(&mut site, &force_majeure(5, TODAY + 30 * DAY, false));
    give(
        &mut site,
        &cure(6, TODAY + 8 * DAY, CureOutcome::SecondDocument, false),
    );
    days(&mut site, 40);
    site.send(Command::RecordNonRenewal {
        licence: id("wb-1"),
        actor: ADMINISTRATOR,
    });
    let end = TODAY + 100 * DAY;
    give(
        &mut site,
        &ordered(
            "wb-1",
            7,
            Kind::Renew(message::Renew {
                ends_at_s: end + 10 * DAY,
            }),
        ),
    );
    let mut convenience = ordered("wb-1", 8, terminate());
    convenience.ground = message::Ground::Convenience.into();
    site.order(&vendor::order(&convenience));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    days(&mut site, 75);
    days(&mut site, 45);
    let other = message::Licence {
        renewal: tacit(NonRenewalForm::Letter).renewal,
        term: tacit(NonRenewalForm::Letter).term,
        ..terms("wb-3", vec![feature("render", 1)])
    };
    site.activate(&other);
    let non_renewal = message::NonRenewal {
        ends_at_s: end,
        received_at_s: TODAY,
        by_client: true,
    };
    give(
        &mut site,
        &ordered("wb-3", 2, Kind::NonRenewal(non_renewal)),
    );
    let transfer = message::Transfer {
        new_client_id: "C-2".to_owned(),
        ..message::Transfer::default()
    };
    give(&mut site, &ordered("wb-3", 3, Kind::Transfer(transfer)));
    site
}

#[test]
fn an_uncured_breach_ends_the_licence_by_itself() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let ends_at = TODAY + 30 * DAY;
    give(
        &mut site,
        &cure(2, ends_at, message::CureOutcome::Terminates, false),
    );
    assert_eq!(
        standings(&site),
        [OrderStanding::Running(CivilSeconds(ends_at))]
    );
    let shown = &site.engine.licences()[0].orders[0].order;
    assert_eq!(shown.reason, "invoice 17 is not paid");
    days(&mut site, 29);
    assert_eq!(site.in_use("cad"), 1);
    days(&mut site, 1);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(code(&mut site), Some(RefusalCode::LicenceTerminated));
    assert_eq!(standings(&site), [OrderStanding::Over]);
}

#[test]
fn one_document_suspends_from_its_date_and_terminates_at_its_end() {
    let mut site = site();
    let order = cure(2, TODAY + 40 * DAY, message::CureOutcome::Terminates, true);
    give(&mut site, &at(order, TODAY + 10 * DAY));
    let date = CivilSeconds(TODAY + 10 * DAY);
    assert_eq!(standings(&site), [OrderStanding::Scheduled(date)]);
    assert_eq!(code(&mut site), None);
    days(&mut site, 10);
    assert_eq!(code(&mut site), Some(RefusalCode::Suspended));
    days(&mut site, 30);
    assert_eq!(code(&mut site), Some(RefusalCode::LicenceTerminated));
}

#[test]
fn a_cured_breach_ends_nothing() {
    let mut site = site();
    let notice = cure(2, TODAY + 30 * DAY, message::CureOutcome::Terminates, true);
    give(&mut site, &notice);
    assert_eq!(code(&mut site), Some(RefusalCode::Suspended));
    give(&mut site, &lift(3, &notice));
    assert_eq!(code(&mut site), None);
    assert_eq!(standings(&site)[0], OrderStanding::Lifted);
    days(&mut site, 31);
    assert_eq!(code(&mut site), None);
}

#[test]
fn a_cure_that_comes_after_the_end_undoes_no_termination() {
    let mut site = site();
    let notice = cure(2, TODAY + DAY, message::CureOutcome::Terminates, false);
    give(&mut site, &notice);
    days(&mut site, 2);
    give(&mut site, &lift(3, &notice));
    assert_eq!(code(&mut site), Some(RefusalCode::LicenceTerminated));
}

#[test]
fn a_cure_notice_that_wants_a_second_document_waits_for_it() {
    let mut site = site();
    give(
        &mut site,
        &cure(2, TODAY + DAY, message::CureOutcome::SecondDocument, false),
    );
    days(&mut site, 2);
    assert_eq!(standings(&site), [OrderStanding::Over]);
    assert_eq!(code(&mut site), None);
    give(&mut site, &ordered("wb-1", 3, terminate()));
    assert_eq!(code(&mut site), Some(RefusalCode::LicenceTerminated));
}

#[test]
fn a_cure_notice_about_a_feature_leaves_the_others() {
    let mut site = site();
    let mut order = cure(2, TODAY + DAY, message::CureOutcome::Terminates, false);
    let kind = message::scope::Kind::Feature("cad".to_owned());
    order.scope = Some(message::Scope { kind: Some(kind) });
    give(&mut site, &order);
    days(&mut site, 2);
    assert_eq!(code(&mut site), Some(RefusalCode::LicenceTerminated));
    let mut app = site.open(1, 100);
    site.seat(&mut app, "render");
}

#[test]
fn an_audit_is_shown_at_once_and_opens_at_its_date() {
    let mut site = site();
    give(&mut site, &audit(2, false));
    let shown = site.engine.audit(&id("wb-1")).unwrap();
    assert_eq!(
        (shown.opens_at, shown.open),
        (Some(CivilSeconds(TODAY + 21 * DAY)), false)
    );
    days(&mut site, 21);
    assert!(site.engine.audit(&id("wb-1")).unwrap().open);
    assert_eq!(code(&mut site), None);
}

#[test]
fn an_urgent_audit_is_open_from_its_arrival() {
    let mut site = site();
    give(&mut site, &audit(2, true));
    assert!(site.engine.audit(&id("wb-1")).unwrap().open);
    site.restart(&[]);
    assert!(site.engine.audit(&id("wb-1")).unwrap().open);
}

#[test]
fn a_transferred_licence_grants_nothing_here_from_its_date_on() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    give(&mut site, &transfer(2));
    assert_eq!(code(&mut site), None);
    days(&mut site, 1);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(code(&mut site), Some(RefusalCode::LicenceTransferred));
    assert!(site.engine.licences()[0].life.transferred);
}

#[test]
fn force_majeure_stops_the_count_to_the_end_of_a_cure_notice_and_not_the_term() {
    let mut site = site();
    give(
        &mut site,
        &cure(2, TODAY + 10 * DAY, message::CureOutcome::Terminates, false),
    );
    give(&mut site, &force_majeure(3, TODAY + 20 * DAY, false));
    let put_off = OrderStanding::Running(CivilSeconds(TODAY + 30 * DAY));
    assert_eq!(standings(&site)[0], put_off);
    let until = site.engine.licences()[0].life.standstill_until;
    assert_eq!(until, Some(CivilSeconds(TODAY + 20 * DAY)));
    days(&mut site, 29);
    assert_eq!(code(&mut site), None);
    days(&mut site, 1);
    assert_eq!(code(&mut site), Some(RefusalCode::LicenceTerminated));
    assert_eq!(
        site.engine.licences()[0].term.ends_at,
        Some(CivilSeconds(TODAY + 365 * DAY))
    );
}

#[test]
fn force_majeure_stops_the_count_to_a_late_report() {
    let mut licence = cad();
    licence.reporting = Some(message::Reporting {
        interval_days: 10,
        warn_days: 2,
        degrade_days: 5,
        stop_days: 10,
        ..message::Reporting::default()
    });
    let mut site = Site::new();
    let licence = vendor::licence(&licence);
    site.install(&licence);
    let mut activation = vendor::activation(&licence);
    activation.valid_until_s = TODAY + 20 * DAY;
    site.certify(&vendor::certificate(&activation));
    give(&mut site, &force_majeure(2, TODAY + 30 * DAY, false));
    days(&mut site, 44);
    assert_eq!(code(&mut site), None);
    days(&mut site, 1);
    assert_eq!(code(&mut site), Some(RefusalCode::ReportOverdue));
    days(&mut site, 5);
    assert_eq!(code(&mut site), Some(RefusalCode::LicenceExpired));
}

#[test]
fn force_majeure_that_lasts_ends_the_licence_where_the_notice_says_so() {
    let mut site = site();
    give(&mut site, &force_majeure(2, TODAY + 30 * DAY, true));
    days(&mut site, 10);
    assert_eq!(code(&mut site), None);
    days(&mut site, 20);
    assert_eq!(code(&mut site), Some(RefusalCode::LicenceTerminated));
}

#[test]
fn a_later_notice_of_force_majeure_replaces_an_earlier_one() {
    let mut site = site();
    give(&mut site, &force_majeure(2, TODAY + 30 * DAY, true));
    give(&mut site, &force_majeure(3, TODAY + DAY, false));
    days(&mut site, 31);
    assert_eq!(code(&mut site), None);
}

#[test]
fn where_convenience_is_excluded_a_termination_for_it_is_refused_and_does_nothing() {
    let mut site = Site::licensed(&message::Licence {
        convenience_excluded: true,
        ..cad()
    });
    let mut order = ordered("wb-1", 2, terminate());
    order.ground = message::Ground::Convenience.into();
    let refusal = refused(site.order(&vendor::order(&order)));
    assert_eq!(refusal.code, RefusalCode::ConvenienceExcluded);
    assert_eq!(code(&mut site), None);
    // It took its number, so that the vendor's next order is not waited for in vain.
    order.frame.as_mut().unwrap().sequence = 3;
    order.ground = message::Ground::Breach.into();
    give(&mut site, &order);
    assert_eq!(code(&mut site), Some(RefusalCode::LicenceTerminated));
}

#[test]
fn orders_of_one_date_take_effect_together_and_the_later_number_decides() {
    let date = TODAY + DAY;
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    give(&mut site, &at(ordered("wb-1", 2, suspend()), date));
    give(&mut site, &at(ordered("wb-1", 3, resume()), date));
    let from = site.ledger.len();
    days(&mut site, 1);
    assert_eq!(site.events(from), ["OrderApplied", "OrderApplied"]);
    assert_eq!(
        site.in_use("cad"),
        1,
        "lifted at the instant at which it began"
    );
    give(&mut site, &at(ordered("wb-1", 4, resume()), date + DAY));
    give(&mut site, &at(ordered("wb-1", 5, suspend()), date + DAY));
    days(&mut site, 1);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn what_a_clock_ahead_made_due_is_taken_back_with_the_clock() {
    let mut site = site();
    give(
        &mut site,
        &cure(2, TODAY + 30 * DAY, message::CureOutcome::Terminates, false),
    );
    give(&mut site, &transfer(3));
    site.now.civil_ms.0 += 40 * DAY * 1000;
    site.later(1_000);
    assert_eq!(code(&mut site), Some(RefusalCode::LicenceTransferred));
    site.now.civil_ms.0 -= 40 * DAY * 1000;
    site.later(1_000);
    assert_eq!(code(&mut site), None);
    let count = |site: &Site| {
        let ledger = site.ledger.iter();
        ledger
            .filter(|record| matches!(record.event, Event::CureNoticeEnded { .. }))
            .count()
    };
    assert_eq!(count(&site), 1);
    days(&mut site, 31);
    assert_eq!(count(&site), 2);
}
