//! Hardware keys that were lost: revoked by the document that names another in their place, and refused
//! from then on, whatever else names them. Keys that two machines share.

use octroi_engine::{Command, CounterAnomaly, Event, Notice, Outcome, RefusalCode};
use octroi_licence::message;

use crate::support::{
    Site,
    site::{id, refused},
    vendor::{self, bound, feature, reissued, serial, terms},
};

const BUDGET_S: u32 = 60;
const WINDOW_S: u32 = 6_000;

fn keyed(licence: &str, serials: &[u8], lost: &[u8]) -> message::Licence {
    let mut licence = terms(licence, vec![feature("cad", 2)]);
    let mut binding = bound(serials, BUDGET_S, WINDOW_S);
    let mut revoked = bound(lost, 0, 0).hardware_keys;
    for key in &mut revoked {
        key.revoked = true;
    }
    binding.hardware_keys.extend(revoked);
    licence.binding = Some(binding);
    licence
}

fn answered(site: &mut Site, key: u8, counter: u64) -> Outcome {
    let key = serial(key);
    site.send(Command::KeyIntent { key });
    site.outcome(Command::KeyProven {
        key,
        counter,
        emulated: false,
    })
}

fn absent(site: &mut Site, key: u8) {
    site.send(Command::KeyAbsent { key: serial(key) });
}

/// Key 1 of licence `wb-1` was lost, and the vendor's second serial names key 2 in its place.
fn replaced() -> Site {
    let first = keyed("wb-1", &[1], &[]);
    let mut site = Site::licensed(&first);
    answered(&mut site, 1, 10);
    absent(&mut site, 1);
    let second = vendor::licence(&reissued(&keyed("wb-1", &[2], &[1]), 2, 2));
    assert_eq!(site.install(&second), Outcome::Installed);
    site
}

#[test]
fn the_document_that_names_another_key_revokes_the_lost_one_and_that_is_recorded() {
    let mut site = replaced();
    let revoked = site.ledger.iter().find_map(|record| match &record.event {
        Event::HardwareKeyRevoked { key, licence, .. } => Some((*key, licence.clone())),
        _ => None,
    });
    assert_eq!(revoked, Some((serial(1), id("wb-1"))));
    assert_eq!(answered(&mut site, 2, 1), Outcome::Done);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let duties = site.engine.hardware_keys();
    assert_eq!(duties.len(), 1);
    assert_eq!(duties[0].enrolled.serial, serial(2));
}

#[test]
fn a_lost_key_that_is_plugged_in_again_is_refused_and_recorded_once() {
    let mut site = replaced();
    let from = site.ledger.len();
    for counter in [11, 12] {
        let refusal = refused(answered(&mut site, 1, counter));
        assert_eq!(refusal.code, RefusalCode::HardwareKeyRevoked);
        assert_eq!(refusal.licence, Some(id("wb-1")));
        assert_eq!(refusal.found, serial(1).to_string());
    }
    assert_eq!(site.events(from), ["RevokedKeyAnswered"]);
    assert!(site.engine.revoked_keys()[0].present);
    absent(&mut site, 1);
    assert!(!site.engine.revoked_keys()[0].present);
    refused(answered(&mut site, 1, 13));
    assert_eq!(
        site.events(from),
        ["RevokedKeyAnswered", "KeyAbsent", "RevokedKeyAnswered"]
    );
}

#[test]
fn the_absence_of_the_licence_goes_on_while_the_lost_key_answers() {
    let mut site = replaced();
    let mut app = site.open(1, 100);
    site.later(30_000);
    refused(answered(&mut site, 1, 11));
    site.later(30_000);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::HardwareKeyAbsent);
    answered(&mut site, 2, 1);
    site.seat(&mut app, "cad");
}

#[test]
fn the_old_document_is_refused_and_changes_nothing_about_the_lost_key() {
    let mut site = replaced();
    let old = vendor::licence(&keyed("wb-1", &[1], &[]));
    assert_eq!(site.install(&old), Outcome::AlreadyInstalled);
    let other = vendor::licence(&reissued(&keyed("wb-1", &[1], &[]), 1, 2));
    assert_eq!(
        refused(site.install(&other)).code,
        RefusalCode::DocumentSequenceOld
    );
    site.restart(&[]);
    assert_eq!(
        refused(answered(&mut site, 1, 11)).code,
        RefusalCode::HardwareKeyRevoked
    );
}

#[test]
fn another_licence_that_still_names_the_lost_key_lacks_it_and_says_why() {
    let mut site = Site::licensed(&keyed("wb-1", &[1], &[]));
    let mut other = keyed("wb-2", &[1], &[]);
    other.features = vec![feature("mesh", 1)];
    site.activate(&other);
    answered(&mut site, 1, 10);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "mesh");
    site.install(&vendor::licence(&reissued(
        &keyed("wb-1", &[2], &[1]),
        2,
        2,
    )));
    assert!(site.told(&app).contains(&Notice::KeyAway {
        licence: id("wb-2"),
        budget_left_ms: 60_000,
    }));
    refused(answered(&mut site, 1, 11));
    site.later(60_000);
    assert_eq!(site.code(&mut app, "mesh"), RefusalCode::HardwareKeyRevoked);
    let lost = &site.engine.revoked_keys()[0];
    assert_eq!(
        (lost.by.clone(), lost.named_by.clone()),
        (id("wb-1"), vec![id("wb-2")])
    );
}

#[test]
fn a_lost_key_stays_lost_when_later_documents_are_silent_about_it() {
    let mut site = replaced();
    site.install(&vendor::licence(&reissued(&keyed("wb-1", &[2], &[]), 3, 3)));
    assert_eq!(
        refused(answered(&mut site, 1, 11)).code,
        RefusalCode::HardwareKeyRevoked
    );
}

#[test]
fn a_key_that_was_found_counts_again_when_the_licence_that_revoked_it_names_it() {
    let mut site = replaced();
    let mut other = keyed("wb-2", &[1], &[]);
    other.features = vec![feature("mesh", 1)];
    site.activate(&other);
    refused(answered(&mut site, 1, 11));
    site.install(&vendor::licence(&reissued(
        &keyed("wb-1", &[1, 2], &[]),
        3,
        3,
    )));
    assert_eq!(answered(&mut site, 1, 12), Outcome::Done);
    assert_eq!(site.engine.revoked_keys(), []);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "mesh");
}

#[test]
fn of_two_machines_that_swap_one_key_both_run_dry() {
    let mut sites = [
        Site::licensed(&keyed("wb-1", &[1], &[])),
        Site::licensed(&keyed("wb-2", &[1], &[])),
    ];
    let mut apps = [sites[0].open(1, 100), sites[1].open(1, 100)];
    let mut counter = 1;
    // Ten seconds here, ten seconds there, well within what either licence tolerates at a time.
    for turn in 0..12 {
        let here = turn % 2;
        let there = 1 - here;
        absent(&mut sites[there], 1);
        counter += 1;
        answered(&mut sites[here], 1, counter);
        if turn < 6 {
            for (site, app) in sites.iter_mut().zip(&mut apps) {
                let seat = site.seat(app, "cad").seat;
                site.release(app, seat);
            }
        }
        for site in &mut sites {
            site.later(10_000);
        }
    }
    for (site, app) in sites.iter_mut().zip(&mut apps) {
        absent(site, 1);
        assert_eq!(site.code(app, "cad"), RefusalCode::HardwareKeyAbsent);
        let left = site.engine.licences()[0].key.clone().unwrap();
        assert_eq!(left.budget_left_ms, 0);
        // The key's counter shows, too, that it signed elsewhere meanwhile.
        let ahead = site.ledger.iter().any(|record| {
            let Event::KeyCounterAnomalous { anomaly, .. } = record.event else {
                return false;
            };
            anomaly == CounterAnomaly::Ahead
        });
        assert!(ahead);
    }
}

/// A key that is lost, answers in vain, and is found.
pub(crate) fn history() -> Site {
    let mut site = replaced();
    answered(&mut site, 2, 1);
    answered(&mut site, 1, 11);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    absent(&mut site, 1);
    absent(&mut site, 2);
    site.later(60_000);
    site.refusal(&mut app, "cad");
    site.install(&vendor::licence(&reissued(
        &keyed("wb-1", &[1, 2], &[]),
        3,
        3,
    )));
    answered(&mut site, 1, 12);
    site.seat(&mut app, "cad");
    site
}
