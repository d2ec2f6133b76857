//! Crashes, restarts, other boots: what was recorded holds, what was not never was.

use octroi_engine::{BootId, Epoch, Event, Outcome, SessionEnd};

use crate::support::{
    Site,
    site::{granted, waits},
    vendor::{feature, grouped, terms},
};

fn site() -> Site {
    Site::licensed(&terms("wb-1", vec![feature("cad", 2)]))
}

fn ends(site: &Site) -> Vec<SessionEnd> {
    let ends = site.ledger.iter().filter_map(|record| match record.event {
        Event::SessionEnded { cause, .. } => Some(cause),
        _ => None,
    });
    ends.collect()
}

#[test]
fn a_retry_after_a_crash_between_ledger_and_answer_changes_nothing() {
    let mut site = site();
    let mut app = site.open(1, 100);
    // The grant is in the ledger, its answer was never sent.
    let grant = granted(site.checkout(&mut app, "cad", 1));
    site.restart(&[&app]);
    let asked = app.number;
    site.resume(&mut app);
    app.number = asked;
    let before = site.ledger.len();
    assert_eq!(
        site.checkout_again(&app, "cad", 1, 0),
        Outcome::Granted(grant.clone())
    );
    assert_eq!(site.ledger.len(), before);

    let released = site.release(&mut app, grant.seat);
    site.restart(&[&app]);
    let asked = app.number;
    site.resume(&mut app);
    app.number = asked;
    assert_eq!(site.release_again(&app, grant.seat), released);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_decision_whose_records_were_not_written_never_was() {
    let mut site = site();
    let mut app = site.open(1, 100);
    let written = site.ledger.len();
    granted(site.checkout(&mut app, "cad", 1));
    // The disk was full: the shell builds the engine anew from what was written.
    site.ledger.truncate(written);
    site.crash();
    assert_eq!(site.in_use("cad"), 0);
    granted(site.checkout_again(&app, "cad", 1, 0));
}

#[test]
fn living_sessions_have_thirty_seconds_to_come_back() {
    let mut site = site();
    let (mut one, mut two) = (site.open(1, 100), site.open(2, 200));
    site.seat(&mut one, "cad");
    site.seat(&mut two, "cad");
    site.restart(&[&one, &two]);
    site.later(29_999);
    let session = one.session;
    assert_eq!(
        site.resume(&mut one),
        Outcome::Session {
            session,
            epoch: Epoch(2)
        }
    );
    site.later(1);
    assert_eq!(ends(&site), [SessionEnd::ResumeWindowPassed]);
    assert_eq!(site.engine.grants_of(one.session).len(), 1);
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn a_session_that_was_detached_before_the_restart_has_thirty_seconds_too() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.detach(&app);
    site.pass(10_000);
    site.restart(&[&app]);
    site.later(29_999);
    site.resume(&mut app);
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn sessions_of_dead_processes_end_at_start() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.restart(&[]);
    assert_eq!(ends(&site), [SessionEnd::ProcessGoneAtStart]);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn sessions_of_another_boot_end_at_start_whatever_lives_now() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.now.boot_id = BootId([2; 16]);
    site.now.boottime_ms = 5_000;
    // The same process id and start time may come again in another boot.
    site.restart(&[&app]);
    assert_eq!(ends(&site), [SessionEnd::AnotherBoot]);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn sessions_of_another_boot_end_even_where_the_clock_leapt() {
    let mut site = site();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.now.boot_id = BootId([2; 16]);
    site.now.boottime_ms = 5_000;
    site.now.civil_ms.0 += 86_400_000;
    site.restart(&[&app]);
    assert_eq!(ends(&site), [SessionEnd::AnotherBoot]);
}

#[test]
fn whoever_waits_waits_on_after_a_restart() {
    let mut site = site();
    let (mut holder, mut app) = (site.open(1, 100), site.open(2, 200));
    let seat = granted(site.checkout(&mut holder, "cad", 2)).seat;
    waits(site.checkout_waiting(&mut app, "cad", 1, 60_000));
    site.restart(&[&holder, &app]);
    site.resume(&mut holder);
    let asked = app.number;
    site.resume(&mut app);
    app.number = asked;
    assert_eq!(waits(site.checkout_again(&app, "cad", 1, 60_000)), 1);
    site.release(&mut holder, seat);
    granted(site.checkout_again(&app, "cad", 1, 60_000));
}

#[test]
fn whoever_waits_for_a_bound_host_is_not_turned_away_before_it_was_compared() {
    let mut hosted = terms("wb-1", vec![feature("cad", 1)]);
    hosted.binding = Some(octroi_licence::message::Binding {
        host: Some(octroi_licence::message::HostBinding {
            components_required: 1,
        }),
        ..Default::default()
    });
    let mut site = Site::licensed(&hosted);
    let compare = |site: &mut Site| {
        let licence = crate::support::site::id("wb-1");
        site.send(octroi_engine::Command::HostCompared {
            licence,
            matched: 1,
            readable: 1,
        });
    };
    compare(&mut site);
    let (mut holder, mut app) = (site.open(1, 100), site.open(2, 200));
    site.seat(&mut holder, "cad");
    waits(site.checkout_waiting(&mut app, "cad", 1, 600_000));
    site.restart(&[&app]);
    site.later(1_000);
    assert_eq!(site.engine.waiters().count(), 1);
    compare(&mut site);
    assert_eq!(site.engine.grants_of(app.session).len(), 1);
}

#[test]
fn groups_and_lingering_seats_are_the_same_after_a_restart() {
    let mut cad = grouped("cad", 2, octroi_licence::message::Grouping::User);
    cad.linger_s = 600;
    let mut site = Site::licensed(&terms("wb-1", vec![cad]));
    let (mut one, mut two) = (site.open(1, 100), site.open(2, 200));
    let seat = site.seat(&mut one, "cad").seat;
    site.seat(&mut two, "cad");
    site.release(&mut one, seat);
    let before = site.engine.features();
    site.restart(&[&one, &two]);
    assert_eq!(site.engine.features(), before);
    site.resume(&mut one);
    site.seat(&mut one, "cad");
    assert_eq!(site.in_use("cad"), 2);
}

#[test]
fn the_clock_is_judged_the_same_after_a_restart() {
    let mut site = site();
    site.now.civil_ms.0 += 30 * 86_400_000;
    site.later(1_000);
    let before = site.engine.clock(site.now);
    site.crash();
    assert_eq!(site.engine.clock(site.now), before);
}
