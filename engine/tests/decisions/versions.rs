//! Versions against the end of maintenance (clauses Z14, A10, T10), and orders about maintenance
//! (clauses T7, T17).

use octroi_engine::{Command, Epoch, Outcome, RefusalCode};
use octroi_licence::{CivilSeconds, message};

use crate::support::{
    App, Site,
    site::{caller, open_command, session},
    usage::about_maintenance,
    vendor::{self, DAY, TODAY, feature, resume, suspend, terminate, terms},
};

/// A licence maintained for ten more days; `render` for twenty.
fn maintained() -> message::Licence {
    let mut render = feature("render", 9);
    render.maintenance_ends_at_s = TODAY + 20 * DAY;
    let mut licence = terms("wb-1", vec![feature("cad", 9), render]);
    licence.maintenance_ends_at_s = TODAY + 10 * DAY;
    licence
}

/// An application whose version was released then.
pub(crate) fn released(site: &mut Site, number: u64, at: Option<i64>) -> App {
    let caller = caller(1, u32::try_from(number).unwrap());
    let session = session(1_000 + number);
    let mut open = open_command(session, &caller, Some("2026.1"));
    if let Command::Open { released_at, .. } = &mut open {
        *released_at = at.map(CivilSeconds);
    }
    assert!(matches!(site.outcome(open), Outcome::Session { .. }));
    App {
        session,
        epoch: Epoch(1),
        caller,
        number: 1,
        below: 1,
    }
}

#[test]
fn versions_released_after_maintenance_ended_are_refused() {
    let mut site = Site::licensed(&maintained());
    let mut old = released(&mut site, 1, Some(TODAY + 10 * DAY - 1));
    let mut new = released(&mut site, 2, Some(TODAY + 10 * DAY));
    site.seat(&mut old, "cad");
    let refusal = site.refusal(&mut new, "cad");
    assert_eq!(refusal.code, RefusalCode::MaintenanceEnded);
    assert_eq!(refusal.expected, (TODAY + 10 * DAY).to_string());
    assert_eq!(refusal.found, (TODAY + 10 * DAY).to_string());
    site.seat(&mut new, "render");
}

#[test]
fn the_end_of_maintenance_ends_no_use_of_older_versions() {
    let mut site = Site::licensed(&maintained());
    let mut old = released(&mut site, 1, Some(TODAY - DAY));
    site.later(30 * 86_400_000);
    site.seat(&mut old, "cad");
}

#[test]
fn an_application_that_does_not_state_its_release_date_is_told_so() {
    let mut site = Site::licensed(&maintained());
    let mut silent = released(&mut site, 1, None);
    assert_eq!(
        site.code(&mut silent, "cad"),
        RefusalCode::ReleaseDateMissing
    );
    let mut site = Site::licensed(&terms("wb-1", vec![feature("cad", 9)]));
    let mut silent = released(&mut site, 1, None);
    site.seat(&mut silent, "cad");
}

#[test]
fn suspended_maintenance_covers_what_was_released_before() {
    let mut site = Site::licensed(&terms("wb-1", vec![feature("cad", 9)]));
    let mut old = released(&mut site, 1, Some(TODAY - 1));
    let mut new = released(&mut site, 2, Some(TODAY + 5 * DAY));
    site.seat(&mut new, "cad");
    let mut order = about_maintenance("wb-1", 2, suspend());
    order.effective_at_s = TODAY + DAY;
    site.order(&vendor::order(&order));
    site.seat(&mut new, "cad");
    site.until(TODAY + DAY);
    assert_eq!(site.code(&mut new, "cad"), RefusalCode::MaintenanceEnded);
    site.seat(&mut old, "cad");
    assert_eq!(site.in_use("cad"), 3, "seats that are held stay");
    site.order(&vendor::order(&about_maintenance("wb-1", 3, resume())));
    site.seat(&mut new, "cad");
}

#[test]
fn terminated_maintenance_stays_terminated_and_the_licence_goes_on() {
    let mut site = Site::licensed(&terms("wb-1", vec![feature("cad", 9)]));
    let mut old = released(&mut site, 1, Some(TODAY - DAY));
    let mut new = released(&mut site, 2, Some(TODAY + DAY));
    site.order(&vendor::order(&about_maintenance("wb-1", 2, terminate())));
    site.order(&vendor::order(&about_maintenance("wb-1", 3, resume())));
    assert_eq!(site.code(&mut new, "cad"), RefusalCode::MaintenanceEnded);
    site.seat(&mut old, "cad");
}

#[test]
fn an_order_moves_the_end_of_maintenance_only_forward_in_strictness() {
    let mut site = Site::licensed(&maintained());
    let mut app = released(&mut site, 1, Some(TODAY + 15 * DAY));
    let mut order = about_maintenance("wb-1", 2, suspend());
    order.effective_at_s = TODAY + 12 * DAY;
    site.order(&vendor::order(&order));
    site.until(TODAY + 12 * DAY);
    let refusal = site.refusal(&mut app, "cad");
    assert_eq!(refusal.expected, (TODAY + 10 * DAY).to_string());
    let refusal = site.refusal(&mut app, "render");
    assert_eq!(refusal.expected, (TODAY + 12 * DAY).to_string());
}
