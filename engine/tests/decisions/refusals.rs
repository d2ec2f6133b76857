//! Refusals in the ledger: the first of each user and minute singly, the rest counted.

use octroi_engine::{Command, Event, RefusalCode};

use crate::support::{
    Site,
    site::user,
    vendor::{feature, terms},
};

fn counted(site: &Site) -> Vec<Vec<(RefusalCode, u32)>> {
    let counts = site.ledger.iter().filter_map(|record| match &record.event {
        Event::RefusalsCounted { counts, .. } => Some(counts.clone()),
        _ => None,
    });
    counts.collect()
}

fn recorded(site: &Site) -> usize {
    site.events(0)
        .iter()
        .filter(|name| **name == "CheckoutRefused")
        .count()
}

fn site() -> Site {
    Site::licensed(&terms("wb-1", vec![feature("cad", 1)]))
}

#[test]
fn beyond_twenty_a_minute_refusals_are_counted() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    for _ in 0..25 {
        assert_eq!(site.code(&mut app, "cad"), RefusalCode::SeatsExhausted);
        assert_eq!(
            site.code(&mut app, "render"),
            RefusalCode::FeatureNotLicensed
        );
    }
    assert_eq!(recorded(&site), 20);
    let deadline = site.engine.next_deadline().unwrap().boottime_ms.unwrap();
    assert_eq!(deadline, site.now.boottime_ms + 60_000);
    site.later(60_000);
    assert_eq!(
        counted(&site),
        [[
            (RefusalCode::SeatsExhausted, 15),
            (RefusalCode::FeatureNotLicensed, 15)
        ]]
    );
    site.refusal(&mut app, "cad");
    assert_eq!(recorded(&site), 21);
}

#[test]
fn each_user_has_a_minute_of_his_own() {
    let mut site = site();
    let (mut one, mut two) = (site.open(1, 100), site.open(2, 200));
    for _ in 0..21 {
        site.refusal(&mut one, "render");
    }
    site.refusal(&mut two, "render");
    assert_eq!(recorded(&site), 21);
    site.later(60_000);
    assert!(site.ledger.iter().any(|record| matches!(
        &record.event,
        Event::RefusalsCounted { user: of, .. } if *of == user(1)
    )));
    assert_eq!(counted(&site).len(), 1);
}

#[test]
fn a_refusal_that_was_only_counted_is_asked_anew() {
    let mut site = site();
    let (mut holder, mut app) = (site.open(1, 100), site.open(2, 200));
    let seat = site.seat(&mut holder, "cad").seat;
    for _ in 0..21 {
        site.refusal(&mut app, "cad");
    }
    site.release(&mut holder, seat);
    let again = site.checkout_again(&app, "cad", 1, 0);
    assert!(
        matches!(again, octroi_engine::Outcome::Granted(_)),
        "{again:?}"
    );
}

#[test]
fn requests_without_standing_are_counted_and_never_recorded() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let old = app.clone();
    site.resume(&mut app);
    let before = site.ledger.len();
    for _ in 0..3 {
        site.refusal(&mut old.clone(), "cad");
    }
    assert_eq!(site.ledger.len(), before);
    site.later(60_000);
    assert_eq!(counted(&site), [[(RefusalCode::SessionSuperseded, 3)]]);
}

#[test]
fn counts_are_not_lost_when_the_daemon_stops_in_good_order() {
    let mut site = site();
    let mut app = site.open(1, 100);
    for _ in 0..23 {
        site.refusal(&mut app, "render");
    }
    site.send(Command::Stop);
    assert!(
        site.events(0)
            .ends_with(&["RefusalsCounted", "DaemonStopped"])
    );
}

#[test]
fn notes_are_only_what_the_shell_alone_can_know() {
    let mut site = site();
    let note = |event| Command::Note { event };
    let synced = site.send(note(Event::Synced { up_to: 3 }));
    assert_eq!(synced.records.len(), 1);
    let forged = site.send(note(Event::LingerEnded {
        seat: octroi_engine::SeatId(1),
    }));
    assert_eq!(forged.records, []);
    assert_eq!(
        crate::support::site::refused(forged.outcome).code,
        RefusalCode::RequestNotUnderstood
    );
}
