//! Hardware keys: proofs, counters, absence and its budget.

use octroi_engine::{Command, CounterAnomaly, Event, Notice, RefusalCode, SeatEnd};
use octroi_licence::message;

use crate::support::{
    Site,
    site::{id, waits},
    vendor::{bound, feature, serial, terms},
};

const BUDGET_S: u32 = 60;
const WINDOW_S: u32 = 600;

fn keyed(serials: &[u8], budget_s: u32, window_s: u32) -> message::Licence {
    let mut licence = terms("wb-1", vec![feature("cad", 2)]);
    licence.binding = Some(bound(serials, budget_s, window_s));
    licence
}

/// A site whose key 1 is there, with the usual budget.
fn present() -> Site {
    let mut site = Site::licensed(&keyed(&[1], BUDGET_S, WINDOW_S));
    proven(&mut site, 1, 10);
    site
}

fn intent(site: &mut Site, key: u8) {
    site.send(Command::KeyIntent { key: serial(key) });
}

fn proven(site: &mut Site, key: u8, counter: u64) {
    intent(site, key);
    site.send(Command::KeyProven {
        key: serial(key),
        counter,
        emulated: false,
    });
}

fn absent(site: &mut Site, key: u8) {
    site.send(Command::KeyAbsent { key: serial(key) });
}

fn anomalies(site: &Site) -> Vec<CounterAnomaly> {
    let found = site.ledger.iter().filter_map(|record| match record.event {
        Event::KeyCounterAnomalous { anomaly, .. } => Some(anomaly),
        _ => None,
    });
    found.collect()
}

fn budget_left_ms(site: &Site) -> u64 {
    site.engine.licences()[0]
        .key
        .as_ref()
        .unwrap()
        .budget_left_ms
}

#[test]
fn with_its_key_a_licence_grants() {
    let mut site = present();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    let view = site.engine.licences()[0].key.clone().unwrap();
    assert_eq!((view.present, view.absent), (vec![serial(1)], vec![]));
    assert_eq!(view.absent_since, None);
}

#[test]
fn an_absence_within_the_budget_hurts_nobody() {
    let mut site = present();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    absent(&mut site, 1);
    let licence = id("wb-1");
    let away = Notice::KeyAway {
        licence: licence.clone(),
        budget_left_ms: 60_000,
    };
    assert_eq!(site.told(&app), [away]);
    site.later(59_999);
    site.seat(&mut app, "cad");
    proven(&mut site, 1, 11);
    assert_eq!(site.told(&app), [Notice::KeyBack { licence }]);
    assert_eq!(site.in_use("cad"), 2);
}

#[test]
fn when_the_budget_is_spent_seats_end_and_nothing_is_granted_until_the_key_is_back() {
    let mut site = present();
    let mut app = site.open(1, 100);
    let seat = site.seat(&mut app, "cad").seat;
    absent(&mut site, 1);
    site.told(&app);
    let deadline = site.engine.next_deadline().unwrap().boottime_ms.unwrap();
    assert_eq!(deadline, site.now.boottime_ms + 60_000);
    site.later(60_000);
    assert_eq!(
        site.told(&app),
        [Notice::SeatEnded {
            seat,
            cause: SeatEnd::HardwareKeyAbsent
        }]
    );
    let refusal = site.refusal(&mut app, "cad");
    assert_eq!(refusal.code, RefusalCode::HardwareKeyAbsent);
    assert_eq!(
        (refusal.expected.as_str(), refusal.found.as_str()),
        ("1", "0")
    );
    proven(&mut site, 1, 11);
    site.seat(&mut app, "cad");
}

#[test]
fn the_return_of_a_key_does_not_refill_the_budget() {
    let mut site = present();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    absent(&mut site, 1);
    site.later(50_000);
    proven(&mut site, 1, 11);
    assert_eq!(budget_left_ms(&site), 10_000);
    site.later(1_000);
    absent(&mut site, 1);
    site.later(9_999);
    assert_eq!(site.in_use("cad"), 1);
    site.later(1);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn while_old_absence_leaves_the_window_new_absence_uses_nothing() {
    let mut site = present();
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    // Away for 25 s from second 0 and from second 300.
    let mut counter = 10;
    for (away_ms, there_ms) in [
        (25_000, 137_500),
        (0, 137_500),
        (25_000, 135_000),
        (0, 135_000),
    ] {
        if away_ms > 0 {
            absent(&mut site, 1);
            site.later(away_ms);
        }
        counter += 1;
        proven(&mut site, 1, counter);
        site.later(there_ms);
    }
    assert_eq!(budget_left_ms(&site), 10_000);
    // Second 595: five seconds until the first leaves the window, which takes 25, and five more.
    absent(&mut site, 1);
    let deadline = site.engine.next_deadline().unwrap().boottime_ms.unwrap();
    assert_eq!(deadline, site.now.boottime_ms + 35_000);
    site.later(34_999);
    assert_eq!(site.in_use("cad"), 1);
    site.later(1);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn without_a_budget_an_absence_ends_seats_at_once() {
    let mut site = Site::licensed(&keyed(&[1], 0, 0));
    proven(&mut site, 1, 1);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    absent(&mut site, 1);
    assert_eq!(site.in_use("cad"), 0);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::HardwareKeyAbsent);
}

#[test]
fn those_who_wait_are_told_that_the_key_is_away() {
    let mut site = present();
    let (mut one, mut two) = (site.open(1, 100), site.open(2, 200));
    site.checkout(&mut one, "cad", 2);
    waits(site.checkout_waiting(&mut two, "cad", 1, 600_000));
    absent(&mut site, 1);
    site.later(60_000);
    assert!(matches!(
        site.told(&two).as_slice(),
        [Notice::WaitRefused { refusal, .. }] if refusal.code == RefusalCode::HardwareKeyAbsent
    ));
}

#[test]
fn a_key_that_is_not_heard_of_counts_as_away() {
    let mut site = present();
    site.later(199_999);
    assert!(site.engine.hardware_keys()[0].present);
    site.later(1);
    let duty = &site.engine.hardware_keys()[0];
    assert_eq!((duty.present, duty.last_proof), (false, None));
    assert_eq!(
        site.events(site.ledger.len() - 2),
        ["KeyAbsent", "AbsenceStarted"]
    );
}

#[test]
fn news_of_an_absent_key_are_recorded_once() {
    let mut site = present();
    absent(&mut site, 1);
    let before = site.ledger.len();
    absent(&mut site, 1);
    assert_eq!(site.ledger.len(), before);
}

#[test]
fn keys_that_no_licence_names_are_ignored() {
    let mut site = present();
    let before = site.ledger.len();
    proven(&mut site, 9, 1);
    absent(&mut site, 9);
    assert_eq!(site.ledger.len(), before);
}

#[test]
fn any_of_several_keys_suffices() {
    let mut site = Site::licensed(&keyed(&[1, 2], 0, 0));
    let mut app = site.open(1, 100);
    proven(&mut site, 2, 5);
    site.seat(&mut app, "cad");
    proven(&mut site, 1, 7);
    absent(&mut site, 2);
    assert_eq!(site.in_use("cad"), 1);
}

#[test]
fn of_several_keys_a_copy_of_one_harms_nobody_while_another_is_there_unless_all_are_needed() {
    for (rule, harmed) in [
        (message::KeyRule::Any, false),
        (message::KeyRule::All, true),
    ] {
        let mut two = keyed(&[1, 2], 0, 0);
        two.binding.as_mut().unwrap().key_rule = rule.into();
        let mut site = Site::licensed(&two);
        proven(&mut site, 1, 10);
        proven(&mut site, 2, 20);
        proven(&mut site, 1, 5);
        let mut app = site.open(1, 100);
        if harmed {
            assert_eq!(site.code(&mut app, "cad"), RefusalCode::HardwareKeySuspect);
        } else {
            site.seat(&mut app, "cad");
        }
    }
}

#[test]
fn where_all_keys_are_needed_one_does_not_suffice() {
    let mut both = keyed(&[1, 2], 0, 0);
    both.binding.as_mut().unwrap().key_rule = message::KeyRule::All.into();
    let mut site = Site::licensed(&both);
    let mut app = site.open(1, 100);
    proven(&mut site, 1, 5);
    let refusal = site.refusal(&mut app, "cad");
    assert_eq!(refusal.code, RefusalCode::HardwareKeyAbsent);
    assert_eq!(
        (refusal.expected.as_str(), refusal.found.as_str()),
        ("2", "1")
    );
    proven(&mut site, 2, 5);
    site.seat(&mut app, "cad");
}

#[test]
fn a_counter_that_falls_behind_makes_a_key_suspect_until_a_proof_ahead() {
    for behind in [10, 9, 0] {
        let mut site = present();
        let mut app = site.open(1, 100);
        site.seat(&mut app, "cad");
        proven(&mut site, 1, behind);
        assert_eq!(anomalies(&site), [CounterAnomaly::Behind]);
        assert_eq!(site.code(&mut app, "cad"), RefusalCode::HardwareKeySuspect);
        assert_eq!(
            site.in_use("cad"),
            1,
            "what is held lives on the absence budget"
        );
        proven(&mut site, 1, 11);
        site.seat(&mut app, "cad");
    }
}

#[test]
fn a_gap_up_to_the_open_intents_is_innocent() {
    let mut site = present();
    for _ in 0..3 {
        intent(&mut site, 1);
    }
    // The fourth intent is that of the proof itself.
    proven(&mut site, 1, 14);
    assert_eq!(anomalies(&site), []);
    proven(&mut site, 1, 16);
    assert_eq!(anomalies(&site), [CounterAnomaly::Ahead]);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    assert_eq!(site.engine.hardware_keys()[0].counter, Some(16));
}

#[test]
fn intents_survive_a_crash() {
    let mut site = present();
    intent(&mut site, 1);
    intent(&mut site, 1);
    site.restart(&[]);
    proven(&mut site, 1, 13);
    assert_eq!(anomalies(&site), []);
}

#[test]
fn an_emulator_speaks_only_for_a_licence_that_says_so() {
    let mut site = Site::licensed(&keyed(&[1], 0, 0));
    let emulated = Command::KeyProven {
        key: serial(1),
        counter: 1,
        emulated: true,
    };
    site.send(emulated.clone());
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::HardwareKeyAbsent);
    assert!(!site.engine.hardware_keys()[0].present);

    let mut accepting = keyed(&[1], 0, 0);
    accepting.binding.as_mut().unwrap().hardware_keys[0].emulator_accepted = true;
    let mut site = Site::licensed(&accepting);
    site.send(emulated);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
}

#[test]
fn presence_does_not_survive_a_restart() {
    let mut site = present();
    site.restart(&[]);
    assert!(!site.engine.hardware_keys()[0].present);
    assert!(
        site.events(0)
            .ends_with(&["DaemonStarted", "AbsenceStarted"])
    );
}

#[test]
fn a_restart_ends_no_seat_before_the_key_could_answer() {
    let mut site = Site::licensed(&keyed(&[1], 0, 0));
    proven(&mut site, 1, 1);
    let mut app = site.open(1, 100);
    site.seat(&mut app, "cad");
    site.restart(&[&app]);
    assert_eq!(site.in_use("cad"), 1);
    site.resume(&mut app);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::HardwareKeyAbsent);
    site.later(20_000);
    proven(&mut site, 1, 2);
    site.later(20_000);
    assert_eq!(site.in_use("cad"), 1);
    // A key that was away already gets no such time again.
    site.restart(&[&app]);
    site.later(20_000);
    site.restart(&[&app]);
    site.later(10_000);
    assert_eq!(site.in_use("cad"), 0);
}

#[test]
fn a_licence_that_needs_no_key_any_more_is_not_away() {
    let mut site = Site::licensed(&keyed(&[1], 0, 0));
    let mut app = site.open(1, 100);
    assert_eq!(site.code(&mut app, "cad"), RefusalCode::HardwareKeyAbsent);
    let mut free = keyed(&[1], 0, 0);
    free.binding = None;
    site.activate(&crate::support::vendor::reissued(&free, 2, 2));
    site.seat(&mut app, "cad");
    assert_eq!(site.engine.hardware_keys(), []);
}

#[test]
fn the_shell_is_told_which_keys_to_prove_and_how_often() {
    let site = present();
    let duties = site.engine.hardware_keys();
    assert_eq!(duties.len(), 1);
    assert_eq!(
        (duties[0].licence.as_str(), duties[0].enrolled.serial),
        ("wb-1", serial(1))
    );
    assert_eq!(
        (
            duties[0].proof_interval_ms,
            duties[0].enrolled.emulator_accepted
        ),
        (100_000, false)
    );
    assert!(duties[0].last_proof.is_some());
}

#[test]
fn many_short_absences_are_summed_however_many_they_are() {
    let mut site = Site::licensed(&keyed(&[1], 3_600, 86_400));
    proven(&mut site, 1, 1);
    for counter in 2..702 {
        absent(&mut site, 1);
        site.later(5_000);
        proven(&mut site, 1, counter);
        site.later(1_000);
    }
    assert_eq!(budget_left_ms(&site), 3_600_000 - 3_500_000);
}
