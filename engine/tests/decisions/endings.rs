//! What is due after a licence's end: the deadline and its reminder, silence, the certificate; a seat
//! that is borrowed then (clauses Z9, A14, B10). Spans of days are those of the calendar.

use octroi_engine::{Command, Declaration, EndChoice, Event, Outcome, RefusalCode};
use octroi_licence::{CivilSeconds, DocumentDigest, EndOfUseChoice, message};

use crate::support::{
    Site,
    site::{ADMINISTRATOR, id, refused},
    usage::{borrowed, lent, paris},
    vendor::{self, DAY, TODAY, clock_reset, feature, ordered, reissued, terminate, terms},
};

const END: i64 = TODAY + 10 * DAY;
const CERTIFICATE: DocumentDigest = DocumentDigest::from_bytes([0xce; 32]);

/// Ends in ten days; destruction or the last back-up within thirty more, silence is destruction.
fn chosen() -> message::Licence {
    let mut licence = terms("wb-1", vec![feature("cad", 2), feature("export", 1)]);
    licence.term.as_mut().unwrap().ends_at_s = END;
    licence.end_of_use = Some(message::EndOfUse {
        deadline_days: 30,
        choices: vec![
            message::EndOfUseChoice::Destroyed.into(),
            message::EndOfUseChoice::BackupHandedOver.into(),
        ],
        silence: message::EndOfUseChoice::Destroyed.into(),
    });
    licence
}

fn declare(site: &mut Site, choice: EndOfUseChoice) -> Outcome {
    site.outcome(Command::Declare {
        licence: id("wb-1"),
        fact: Declaration::EndOfUse(choice),
        actor: ADMINISTRATOR,
    })
}

fn certify(site: &mut Site) -> Outcome {
    site.outcome(Command::CertifyEndOfUse {
        licence: id("wb-1"),
        digest: CERTIFICATE,
        actor: ADMINISTRATOR,
    })
}

fn facts(site: &Site) -> octroi_engine::FactsView {
    site.engine.licences()[0].life.facts
}

fn recorded(site: &Site, name: &str) -> usize {
    let events = site.ledger.iter().map(|record| record.event.name());
    events.filter(|event| *event == name).count()
}

/// A deadline that passed in silence, and a certificate made in time; committed as a golden ledger.
pub(crate) fn history() -> Site {
    let mut site = Site::licensed(&chosen());
    site.until(END);
    site.until(END + 23 * DAY);
    site.until(END + 30 * DAY);
    certify(&mut site);
    let mut other = chosen();
    "wb-2".clone_into(&mut other.frame.as_mut().unwrap().licence_id);
    other.term.as_mut().unwrap().ends_at_s = END + 60 * DAY;
    site.activate(&other);
    site.send(Command::Declare {
        licence: id("wb-2"),
        fact: Declaration::EndOfUse(EndOfUseChoice::BackupHandedOver),
        actor: ADMINISTRATOR,
    });
    site
}

#[test]
fn a_reminder_comes_a_week_before_the_deadline_and_nothing_after_it() {
    let mut site = Site::licensed(&chosen());
    site.until(END - 1);
    assert_eq!(facts(&site).end_of_use_due, None);
    site.until(END);
    let due = CivilSeconds(END + 30 * DAY);
    assert_eq!(facts(&site).end_of_use_due, Some(due));
    site.until(END + 23 * DAY - 1);
    assert_eq!(recorded(&site, "EndOfUseReminded"), 0);
    site.until(END + 23 * DAY);
    assert_eq!(recorded(&site, "EndOfUseReminded"), 1);
    site.restart(&[]);
    site.until(END + 30 * DAY - 1);
    assert_eq!(recorded(&site, "EndOfUseOverdue"), 0);
    site.until(END + 30 * DAY);
    site.until(END + 90 * DAY);
    assert_eq!(recorded(&site, "EndOfUseReminded"), 1);
    assert_eq!(recorded(&site, "EndOfUseOverdue"), 1);
    assert_eq!(facts(&site).end_of_use_due, Some(due), "still owed");
}

#[test]
fn a_certificate_in_time_leaves_nothing_to_be_reminded_of() {
    let mut site = Site::licensed(&chosen());
    site.until(END + DAY);
    assert!(
        matches!(certify(&mut site), Outcome::Refused(_)),
        "nothing was declared"
    );
    assert_eq!(declare(&mut site, EndOfUseChoice::Destroyed), Outcome::Done);
    assert_eq!(certify(&mut site), Outcome::Done);
    assert_eq!(certify(&mut site), Outcome::AlreadyInstalled);
    assert_eq!(facts(&site).certified, Some(CERTIFICATE));
    assert_eq!(facts(&site).end_of_use_due, None);
    site.until(END + 60 * DAY);
    assert_eq!(recorded(&site, "EndOfUseReminded"), 0);
    assert_eq!(recorded(&site, "EndOfUseOverdue"), 0);
}

#[test]
fn what_silence_chose_stays_chosen() {
    let mut site = Site::licensed(&chosen());
    site.until(END + 31 * DAY);
    assert_eq!(facts(&site).end_of_use, Some(EndChoice::Destroyed));
    let late = refused(declare(&mut site, EndOfUseChoice::BackupHandedOver));
    assert_eq!(late.code, RefusalCode::ChoiceNotOffered);
    assert_eq!(
        declare(&mut site, EndOfUseChoice::Destroyed),
        Outcome::AlreadyInstalled
    );
    assert_eq!(certify(&mut site), Outcome::Done);
}

#[test]
fn what_silence_chose_is_taken_back_with_a_clock_that_was_ahead() {
    let mut site = Site::licensed(&chosen());
    let right = site.now.civil_ms;
    site.until(END + 31 * DAY);
    assert_eq!(facts(&site).end_of_use, Some(EndChoice::Destroyed));
    let wrong = site.now.civil_ms.0 - right.0;
    site.now.civil_ms.0 -= wrong;
    site.later(1_000);
    let anomaly = site.engine.clock(site.now).and_then(|clock| clock.anomaly);
    let now = site.now.civil_ms.seconds().0;
    let reset = clock_reset(anomaly.unwrap(), now);
    site.order(&vendor::order(&ordered("wb-1", 2, reset)));
    assert_eq!(facts(&site).end_of_use, None);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
}

#[test]
fn where_the_licence_lets_silence_choose_nothing_the_deadline_passes_without_a_choice() {
    let mut licence = chosen();
    licence.end_of_use.as_mut().unwrap().silence = 0;
    let mut site = Site::licensed(&licence);
    site.until(END + 31 * DAY);
    assert_eq!(facts(&site).end_of_use, None);
    assert_eq!(
        declare(&mut site, EndOfUseChoice::BackupHandedOver),
        Outcome::Done
    );
}

#[test]
fn a_choice_that_was_made_is_not_overridden_by_silence() {
    let mut site = Site::licensed(&chosen());
    assert_eq!(
        declare(&mut site, EndOfUseChoice::BackupHandedOver),
        Outcome::Done
    );
    site.until(END + 31 * DAY);
    assert_eq!(facts(&site).end_of_use, Some(EndChoice::BackupHandedOver));
}

#[test]
fn a_termination_starts_the_deadline_too() {
    let mut site = Site::licensed(&chosen());
    site.until(TODAY + DAY);
    site.order(&vendor::order(&ordered("wb-1", 2, terminate())));
    let due = CivilSeconds(TODAY + 31 * DAY);
    assert_eq!(facts(&site).end_of_use_due, Some(due));
}

#[test]
fn a_window_for_export_puts_the_deadline_off() {
    let mut licence = chosen();
    licence.post_term = Some(message::PostTerm {
        export_days: 45,
        features: vec!["export".to_owned()],
    });
    let mut site = Site::licensed(&licence);
    site.until(END);
    let due = CivilSeconds(END + 45 * DAY);
    assert_eq!(facts(&site).end_of_use_due, Some(due));
}

#[test]
fn a_renewal_takes_the_deadline_back() {
    let mut site = Site::licensed(&chosen());
    site.until(END + DAY);
    let mut longer = reissued(&chosen(), 2, 2);
    longer.term.as_mut().unwrap().ends_at_s = END + 100 * DAY;
    site.install(&vendor::licence(&longer));
    assert_eq!(facts(&site).end_of_use_due, None);
    site.until(END + 99 * DAY);
    assert_eq!(recorded(&site, "EndOfUseReminded"), 0);
    site.until(END + 100 * DAY);
    let due = CivilSeconds(END + 130 * DAY);
    assert_eq!(facts(&site).end_of_use_due, Some(due));
}

#[test]
fn days_after_the_end_are_those_of_the_calendar_over_a_change_to_winter_time() {
    // 2026-10-01 00:00 in Paris, summer time; the clocks go back on 25 October.
    let end = TODAY + 122 * DAY - 2 * 3_600;
    let mut licence = chosen();
    licence.zone = Some(paris());
    licence.term.as_mut().unwrap().ends_at_s = end;
    licence.end_of_use.as_mut().unwrap().deadline_days = 30;
    licence.post_term = Some(message::PostTerm {
        export_days: 45,
        features: vec!["export".to_owned()],
    });
    let mut site = Site::licensed(&licence);
    site.until(end);
    // Midnight of 15 November, an hour later than 45 times 24 hours.
    let until = end + 45 * DAY + 3_600;
    let opened = site.ledger.iter().find_map(|record| match record.event {
        Event::ExportOpened { until, .. } => Some(until),
        _ => None,
    });
    assert_eq!(opened, Some(CivilSeconds(until)));
    let mut app = site.open(1, 100);
    site.until(until - 1);
    site.seat(&mut app, "export");
    site.until(until);
    assert_eq!(site.in_use("export"), 0);
}

#[test]
fn days_after_the_end_are_those_of_the_calendar_over_a_change_to_summer_time() {
    // 2027-03-01 00:00 in Paris, winter time; the clocks go ahead on 28 March.
    let end = TODAY + 273 * DAY - 3_600;
    let mut licence = chosen();
    licence.zone = Some(paris());
    licence.term.as_mut().unwrap().ends_at_s = end;
    let mut site = Site::licensed(&licence);
    site.until(end);
    let due = CivilSeconds(end + 30 * DAY - 3_600);
    assert_eq!(facts(&site).end_of_use_due, Some(due));
}

#[test]
fn a_seat_that_is_borrowed_when_the_licence_is_removed_keeps_its_certificate_from_being_made() {
    let mut licence = chosen();
    licence.features = vec![lent("cad", 2, 604_800, 86_400)];
    let mut site = Site::licensed(&licence);
    let mut app = site.open(1, 100);
    let loan = borrowed(site.borrow_seat(&mut app, "cad", 1));
    assert_eq!(declare(&mut site, EndOfUseChoice::Destroyed), Outcome::Done);
    assert_eq!(
        refused(site.renew(&mut app, loan.borrow)).code,
        RefusalCode::UseEnded
    );
    let refusal = refused(certify(&mut site));
    assert_eq!(refusal.code, RefusalCode::SeatStillBorrowed);
    assert_eq!(refusal.may_change_at, Some(loan.until.millis()));
    site.until(loan.until.0);
    assert_eq!(certify(&mut site), Outcome::Done);
}

#[test]
fn a_seat_that_is_borrowed_when_the_licence_ends_is_gone_with_it() {
    let mut licence = chosen();
    licence.features = vec![lent("cad", 2, 30 * 86_400, 86_400)];
    let mut site = Site::licensed(&licence);
    site.until(END - 3_600);
    let mut app = site.open(1, 100);
    let loan = borrowed(site.borrow_seat(&mut app, "cad", 1));
    assert_eq!(
        loan.until,
        CivilSeconds(END),
        "no lease reaches beyond the end"
    );
    site.until(END);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(declare(&mut site, EndOfUseChoice::Destroyed), Outcome::Done);
    assert_eq!(certify(&mut site), Outcome::Done);
}
