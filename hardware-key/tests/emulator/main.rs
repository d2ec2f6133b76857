//! A key in another process, over its real socket: what a daemon sees when it proves, is slow,
//! misbehaves, is pulled out and comes back.
#![cfg(feature = "emulator")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod bench;
mod files;
mod security_key;

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    os::unix::net::UnixListener,
    thread,
    time::{Duration, Instant},
};

use octroi_hardware_key::{
    KeyError, KeySource, PRESENCE_WITHIN, PROOF_WITHIN, SourceError, discover, emulator,
};
use octroi_licence::{DongleProof, HardwareKey, HardwareProofError, KeySerial};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use bench::{Bench, PROMPT, challenge, dongle, until, verify_dongle};

#[test]
fn a_proof_verifies_under_the_enrolled_key_and_for_its_challenge_alone() {
    let bench = Bench::plugged(&[]);
    let mut found = bench.found();
    assert_eq!(found.key.description().serial, Some(bench.enrolled.serial));
    assert!(found.key.may_be(&bench.enrolled));
    assert_eq!(
        found.key.enrol(None, PRESENCE_WITHIN).unwrap().key,
        HardwareKey {
            emulator_accepted: false,
            ..bench.enrolled.clone()
        }
    );
    let proof = dongle(
        found
            .key
            .prove(&bench.enrolled, &challenge(1), PROOF_WITHIN)
            .unwrap(),
    );
    assert_eq!(verify_dongle(&bench.enrolled, &challenge(1), &proof), Ok(1));
    assert_eq!(
        verify_dongle(&bench.enrolled, &challenge(2), &proof),
        Err(HardwareProofError::Signature {
            serial: bench.enrolled.serial
        })
    );
    let raised = DongleProof {
        counter: 2,
        ..proof
    };
    assert!(verify_dongle(&bench.enrolled, &challenge(1), &raised).is_err());
}

#[test]
fn the_counter_rises_by_exactly_one_over_replugging() {
    let mut bench = Bench::new();
    for expected in 1..=4 {
        bench.plug(&[]);
        assert_eq!(
            bench.found().key.check_presence(PRESENCE_WITHIN).unwrap(),
            Some(expected - 1),
            "asking who it is costs nothing"
        );
        assert_eq!(bench.proves(9), expected);
        assert_eq!(bench.stored_counter(), expected);
    }
}

#[test]
fn a_key_pulled_out_in_the_middle_of_a_proof_is_absent_at_once_and_never_reuses_the_number() {
    let mut bench = Bench::plugged(&["--fault", "slow-ms=600000", "--fault-after", "1"]);
    let mut found = bench.found();
    let enrolled = bench.enrolled.clone();
    let asked = thread::spawn(move || {
        let answer = found
            .key
            .prove(&enrolled, &challenge(1), Duration::from_mins(1));
        (answer, found)
    });
    until("the number is taken", || bench.stored_counter() == 1);
    let pulled = Instant::now();
    bench.unplug();
    let (answer, mut found) = asked.join().unwrap();
    assert!(matches!(answer, Err(KeyError::Absent)), "{answer:?}");
    assert!(pulled.elapsed() < PROMPT, "{:?}", pulled.elapsed());
    bench.plug(&[]);
    let old = found.key.check_presence(PRESENCE_WITHIN);
    assert!(matches!(old, Err(KeyError::Absent)), "{old:?}");
    assert_eq!(bench.proves(2), 2);
}

#[test]
fn an_idle_key_that_is_pulled_out_is_noticed_at_once() {
    let mut bench = Bench::plugged(&[]);
    let mut found = bench.found();
    found.key.check_presence(PRESENCE_WITHIN).unwrap();
    bench.unplug();
    let pulled = Instant::now();
    let answer = found.key.check_presence(Duration::from_mins(1));
    assert!(matches!(answer, Err(KeyError::Absent)), "{answer:?}");
    assert!(pulled.elapsed() < PROMPT, "{:?}", pulled.elapsed());
    assert!(bench.look().is_empty(), "the left socket is no key");
}

#[test]
fn a_key_that_answers_garbage_is_named_and_its_handle_dropped() {
    let bench = Bench::plugged(&["--fault", "garbage", "--fault-after", "1"]);
    let mut found = bench.found();
    let asked = Instant::now();
    let answer = found
        .key
        .prove(&bench.enrolled, &challenge(1), Duration::from_mins(1));
    assert!(
        matches!(answer, Err(KeyError::Malformed { .. })),
        "{answer:?}"
    );
    assert!(asked.elapsed() < PROMPT);
    let after = found
        .key
        .prove(&bench.enrolled, &challenge(1), Duration::from_mins(1));
    assert!(matches!(after, Err(KeyError::Absent)), "{after:?}");
}

#[test]
fn a_key_that_answers_garbage_from_the_start_is_a_problem_and_no_key() {
    let bench = Bench::plugged(&["--fault", "garbage"]);
    let looked = bench.look();
    assert!(
        matches!(
            looked.as_slice(),
            [Err(SourceError::Silent {
                error: KeyError::Malformed { .. },
                ..
            })]
        ),
        "{looked:?}"
    );
}

#[test]
fn a_silent_key_costs_no_more_than_the_time_that_it_was_given() {
    let bench = Bench::plugged(&["--fault", "silent", "--fault-after", "1"]);
    let mut found = bench.found();
    let given = Duration::from_millis(100);
    let asked = Instant::now();
    let answer = found.key.prove(&bench.enrolled, &challenge(1), given);
    assert!(
        matches!(answer, Err(KeyError::Timeout { .. })),
        "{answer:?}"
    );
    assert!(asked.elapsed() >= given && asked.elapsed() < PROMPT);
    assert_eq!(
        bench.stored_counter(),
        1,
        "the number is taken although no answer came"
    );
}

#[test]
fn a_stopped_emulator_is_silent_and_not_absent() {
    let bench = Bench::plugged(&[]);
    let mut found = bench.found();
    let id = bench.process.as_ref().unwrap().id();
    let pid = Pid::from_raw(id.try_into().unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    waitid(
        WaitId::Pid(pid),
        WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT,
    )
    .unwrap();
    let given = Duration::from_millis(100);
    let answer = found.key.check_presence(given);
    assert!(
        matches!(answer, Err(KeyError::Timeout { .. })),
        "{answer:?}"
    );
    kill_process(pid, Signal::CONT).unwrap();
    assert_eq!(found.key.check_presence(PROOF_WITHIN).unwrap(), Some(0));
}

#[test]
fn the_late_answer_of_a_slow_key_is_not_taken_for_the_next() {
    let bench = Bench::plugged(&["--fault", "slow-ms=300", "--fault-after", "1"]);
    let mut found = bench.found();
    let late = found
        .key
        .prove(&bench.enrolled, &challenge(1), Duration::from_millis(50));
    assert!(matches!(late, Err(KeyError::Timeout { .. })), "{late:?}");
    let proof = dongle(
        found
            .key
            .prove(&bench.enrolled, &challenge(2), PROOF_WITHIN)
            .unwrap(),
    );
    assert_eq!(verify_dongle(&bench.enrolled, &challenge(2), &proof), Ok(2));
}

#[test]
fn a_busy_key_is_asked_again_and_counts_once() {
    let bench = Bench::plugged(&["--fault", "busy=3", "--fault-after", "1"]);
    let mut found = bench.found();
    let proof = dongle(
        found
            .key
            .prove(&bench.enrolled, &challenge(1), PROOF_WITHIN)
            .unwrap(),
    );
    assert_eq!(verify_dongle(&bench.enrolled, &challenge(1), &proof), Ok(1));
}

#[test]
fn a_key_that_stays_busy_is_told_from_an_absent_one() {
    let bench = Bench::plugged(&["--fault", "busy", "--fault-after", "1"]);
    let mut found = bench.found();
    let asked = Instant::now();
    let answer = found
        .key
        .prove(&bench.enrolled, &challenge(1), PROOF_WITHIN);
    assert!(matches!(answer, Err(KeyError::Busy { .. })), "{answer:?}");
    assert!(asked.elapsed() < PROOF_WITHIN);
    assert_eq!(bench.stored_counter(), 0);
}

#[test]
fn another_key_proves_nothing_nor_does_one_that_copies_the_serial() {
    let enrolled = Bench::new().enrolled.clone();
    let other = Bench::plugged(&[]);
    let proof = dongle(
        other
            .found()
            .key
            .prove(&other.enrolled, &challenge(1), PROOF_WITHIN)
            .unwrap(),
    );
    let asked = other
        .found()
        .key
        .prove(&enrolled, &challenge(1), PROOF_WITHIN);
    assert!(matches!(asked, Err(KeyError::NotEnrolled)), "{asked:?}");
    assert_eq!(
        verify_dongle(&enrolled, &challenge(1), &proof),
        Err(HardwareProofError::AnotherKey {
            expected: enrolled.serial,
            found: other.enrolled.serial
        })
    );

    let mut copy = Bench::new();
    let state = fs::read_to_string(copy.state()).unwrap();
    let serial = |bench: &HardwareKey| bench.serial.to_string();
    let state = state.replace(&serial(&copy.enrolled), &serial(&enrolled));
    fs::write(copy.state(), state).unwrap();
    copy.enrolled.serial = enrolled.serial;
    copy.plug(&[]);
    let proof = dongle(
        copy.found()
            .key
            .prove(&copy.enrolled, &challenge(1), PROOF_WITHIN)
            .unwrap(),
    );
    assert_eq!(
        verify_dongle(&enrolled, &challenge(1), &proof),
        Err(HardwareProofError::Signature {
            serial: enrolled.serial
        })
    );
}

#[test]
fn two_clients_on_one_key_never_see_the_same_number() {
    const EACH: u64 = 20;
    let bench = Bench::plugged(&[]);
    let clients: Vec<_> = [1, 2]
        .into_iter()
        .map(|nonce| {
            let mut found = bench.found();
            let enrolled = bench.enrolled.clone();
            thread::spawn(move || {
                (0..EACH)
                    .map(|_| {
                        let proof = found
                            .key
                            .prove(&enrolled, &challenge(nonce), PROOF_WITHIN)
                            .unwrap();
                        verify_dongle(&enrolled, &challenge(nonce), &dongle(proof)).unwrap()
                    })
                    .collect::<Vec<u64>>()
            })
        })
        .collect();
    let counters: Vec<u64> = clients
        .into_iter()
        .flat_map(|client| client.join().unwrap())
        .collect();
    let distinct: BTreeSet<u64> = counters.iter().copied().collect();
    assert_eq!(counters.len(), distinct.len());
    assert_eq!(distinct, (1..=2 * EACH).collect());
}

#[test]
fn a_crowd_of_clients_does_not_stop_the_key() {
    let bench = Bench::plugged(&[]);
    let mut crowd = Vec::new();
    until("the emulator turns one away", || match bench.look().pop() {
        Some(Ok(found)) => {
            crowd.push(found);
            assert!(crowd.len() < 100);
            false
        }
        Some(Err(_)) => true,
        None => panic!("the key is there"),
    });
    let first = crowd.first_mut().unwrap();
    first.key.check_presence(PRESENCE_WITHIN).unwrap();
    crowd.clear();
    until("there is room again", || {
        matches!(bench.look().as_slice(), [Ok(_)])
    });
}

#[test]
fn every_place_is_looked_at_and_a_simulated_key_is_marked() {
    let (one, two, away) = (Bench::plugged(&[]), Bench::plugged(&[]), Bench::new());
    let mut sources: Vec<Box<dyn KeySource>> = [&one, &away, &two]
        .into_iter()
        .map(|bench| -> Box<dyn KeySource> {
            Box::new(emulator::EmulatorSource::new(bench.socket()))
        })
        .collect();
    let discovery = discover(&mut sources, PRESENCE_WITHIN);
    assert!(discovery.problems.is_empty(), "{:?}", discovery.problems);
    assert!(discovery.keys.iter().all(|found| found.emulated));
    let serials: Vec<KeySerial> = discovery
        .keys
        .iter()
        .filter_map(|found| found.key.description().serial)
        .collect();
    assert_eq!(serials, [one.enrolled.serial, two.enrolled.serial]);
}

#[test]
fn a_socket_that_floods_costs_no_more_than_the_time_that_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    let flood = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        while stream.write_all(&[0xa5; 6400]).is_ok() {}
    });
    let asked = Instant::now();
    let found = emulator::EmulatorSource::new(socket).look(Duration::from_millis(200));
    assert!(asked.elapsed() < PROMPT, "{:?}", asked.elapsed());
    assert!(
        matches!(
            found.as_slice(),
            [Err(SourceError::Silent {
                error: KeyError::Timeout { .. },
                ..
            })]
        ),
        "{found:?}"
    );
    flood.join().unwrap();
}
