//! Notices of a breach that concern maintenance alone: the licence goes on, what is released later is not
//! covered (clauses T7, T17, Z19).

use octroi_engine::{Event, OrderStanding, RefusalCode};
use octroi_licence::{
    CivilSeconds,
    message::{self, CureOutcome, order::Kind},
};

use crate::{
    notices::standings,
    support::{
        Site,
        usage::about_maintenance,
        vendor::{self, DAY, TODAY, feature, ordered, terms},
    },
    versions::released,
};

fn notice(sequence: u64, outcome: CureOutcome, suspends: bool) -> message::Order {
    let notice = message::CureNotice {
        clause: "art. 9.3.1".to_owned(),
        ends_at_s: TODAY + 30 * DAY,
        outcome: outcome.into(),
        suspended_meanwhile: suspends,
        ..message::CureNotice::default()
    };
    about_maintenance("wb-1", sequence, Kind::CureNotice(notice))
}

fn lift(sequence: u64, notice: &message::Order) -> message::Order {
    let notice_digest = vendor::order(notice).digest().as_bytes().to_vec();
    let lift = message::LiftCureNotice { notice_digest };
    ordered("wb-1", sequence, Kind::LiftCureNotice(lift))
}

fn site() -> Site {
    Site::licensed(&terms("wb-1", vec![feature("cad", 9)]))
}

#[test]
fn a_breach_of_maintenance_that_is_not_cured_ends_maintenance_and_not_the_licence() {
    let mut site = site();
    let mut old = released(&mut site, 1, Some(TODAY + 29 * DAY));
    let mut new = released(&mut site, 2, Some(TODAY + 31 * DAY));
    site.order(&vendor::order(&notice(2, CureOutcome::Terminates, false)));
    let running = OrderStanding::Running(CivilSeconds(TODAY + 30 * DAY));
    assert_eq!(standings(&site), [running]);
    site.until(TODAY + 30 * DAY - 1);
    site.seat(&mut new, "cad");
    site.until(TODAY + 30 * DAY);
    assert_eq!(standings(&site), [OrderStanding::Over]);
    let refusal = site.refusal(&mut new, "cad");
    assert_eq!(refusal.code, RefusalCode::MaintenanceEnded);
    assert_eq!(refusal.expected, (TODAY + 30 * DAY).to_string());
    site.seat(&mut old, "cad");
}

#[test]
fn a_notice_that_suspends_meanwhile_covers_only_what_was_released_before() {
    let mut site = site();
    let mut new = released(&mut site, 1, Some(TODAY + DAY));
    let given = notice(2, CureOutcome::SecondDocument, true);
    site.order(&vendor::order(&given));
    assert_eq!(site.code(&mut new, "cad"), RefusalCode::MaintenanceEnded);
    site.order(&vendor::order(&lift(3, &given)));
    site.seat(&mut new, "cad");
}

#[test]
fn a_notice_that_was_lifted_ends_nothing() {
    let mut site = site();
    let given = notice(2, CureOutcome::Terminates, false);
    site.order(&vendor::order(&given));
    site.order(&vendor::order(&lift(3, &given)));
    site.until(TODAY + 60 * DAY);
    let mut new = released(&mut site, 1, Some(TODAY + 40 * DAY));
    site.seat(&mut new, "cad");
}

#[test]
fn a_notice_that_waits_for_a_second_letter_ends_nothing_by_itself() {
    let mut site = site();
    site.order(&vendor::order(&notice(
        2,
        CureOutcome::SecondDocument,
        false,
    )));
    site.until(TODAY + 60 * DAY);
    let mut new = released(&mut site, 1, Some(TODAY + 40 * DAY));
    site.seat(&mut new, "cad");
}

/// A notice about maintenance that runs out.
pub(crate) fn history() -> Site {
    let mut site = site();
    site.order(&vendor::order(&notice(2, CureOutcome::Terminates, true)));
    site.until(TODAY + 30 * DAY);
    let given = |event: &Event| matches!(event, Event::MaintenanceCureNoticeGiven { .. });
    assert!(site.ledger.iter().any(|record| given(&record.event)));
    site
}
