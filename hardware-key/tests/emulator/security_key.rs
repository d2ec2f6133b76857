//! A FIDO2 security key in another process, over its real socket: enrolled, proven, misbehaving.

use std::time::{Duration, Instant};

use octroi_hardware_key::{
    FoundKey, KeyError, PRESENCE_WITHIN, PROOF_WITHIN, SourceError, ctap::CtapStatus, enrol,
    try_out,
};
use octroi_licence::{
    Fido2PublicKey, HardwareCredential, HardwareKey, HardwareKeyKind, HardwareProofError,
    verify_hardware_proof,
};

use crate::bench::{Bench, PROMPT, challenge};

const FIDO2: [&str; 2] = ["--kind", "fido2"];

fn plugged(more: &[&str]) -> Bench {
    Bench::plugged(&[&FIDO2, more].concat())
}

/// Enrols the key, then plugs it in again with a fault.
fn enrolled_then(fault: &[&str]) -> (Bench, HardwareKey) {
    let mut bench = plugged(&[]);
    let enrolled = enrol(bench.found().key.as_mut(), None)
        .unwrap()
        .enrolled
        .key;
    bench.plug(&[&FIDO2, fault].concat());
    (bench, enrolled)
}

fn proves(found: &mut FoundKey, enrolled: &HardwareKey, nonce: u8) -> u64 {
    let challenge = challenge(nonce);
    let proof = found.key.prove(enrolled, &challenge, PROOF_WITHIN).unwrap();
    verify_hardware_proof(enrolled, &challenge, &proof).unwrap()
}

#[test]
fn an_enrolled_security_key_proves_itself_silently_after_replugging() {
    let (bench, enrolled) = enrolled_then(&[]);
    assert_eq!(enrolled.kind(), HardwareKeyKind::Fido2);
    let mut found = bench.found();
    assert!(found.emulated);
    assert_eq!(found.key.description().kind, HardwareKeyKind::Fido2);
    assert_eq!(found.key.check_presence(PRESENCE_WITHIN).unwrap(), None);
    let first = proves(&mut found, &enrolled, 1);
    assert_eq!(proves(&mut found, &enrolled, 2), first + 1);
}

#[test]
fn a_key_that_knows_no_ed25519_is_enrolled_with_p256() {
    let bench = plugged(&["--algorithm", "es256"]);
    let mut found = bench.found();
    let enrolled = enrol(found.key.as_mut(), None).unwrap().enrolled.key;
    assert!(matches!(
        &enrolled.credential,
        HardwareCredential::Fido2(credential)
            if matches!(credential.public_key, Fido2PublicKey::Es256(_))
    ));
    proves(&mut found, &enrolled, 1);
}

#[test]
fn a_proof_is_worth_nothing_for_another_challenge() {
    let (bench, enrolled) = enrolled_then(&[]);
    let proof = bench
        .found()
        .key
        .prove(&enrolled, &challenge(1), PROOF_WITHIN)
        .unwrap();
    assert_eq!(
        verify_hardware_proof(&enrolled, &challenge(2), &proof),
        Err(HardwareProofError::Signature {
            serial: enrolled.serial
        })
    );
}

#[test]
fn another_security_key_says_that_the_credential_is_not_its_own_and_counts_nothing() {
    let (_bench, enrolled) = enrolled_then(&[]);
    let other = plugged(&[]);
    let mut found = other.found();
    assert!(found.key.may_be(&enrolled), "nobody can tell before asking");
    let answer = found.key.prove(&enrolled, &challenge(1), PROOF_WITHIN);
    assert!(matches!(answer, Err(KeyError::NotEnrolled)), "{answer:?}");
    assert_eq!(other.stored_counter(), 0);
}

#[test]
fn a_dongle_may_not_be_a_security_key() {
    let (_bench, enrolled) = enrolled_then(&[]);
    let dongle = Bench::plugged(&[]);
    assert!(!dongle.found().key.may_be(&enrolled));
    let security_key = plugged(&[]);
    assert!(!security_key.found().key.may_be(&dongle.enrolled));
}

#[test]
fn a_security_key_that_answers_garbage_is_named_and_its_handle_dropped() {
    // getInfo at the opening is answered soundly.
    let (bench, enrolled) = enrolled_then(&["--fault", "garbage", "--fault-after", "1"]);
    let mut found = bench.found();
    let asked = Instant::now();
    let answer = found
        .key
        .prove(&enrolled, &challenge(1), Duration::from_mins(1));
    assert!(
        matches!(answer, Err(KeyError::MalformedCtap { .. })),
        "{answer:?}"
    );
    assert!(asked.elapsed() < PROMPT);
    let after = found.key.prove(&enrolled, &challenge(1), PROOF_WITHIN);
    assert!(matches!(after, Err(KeyError::Absent)), "{after:?}");
}

#[test]
fn a_security_key_that_answers_garbage_from_the_start_is_a_problem_and_no_key() {
    let bench = plugged(&["--fault", "garbage"]);
    let looked = bench.look();
    assert!(
        matches!(
            looked.as_slice(),
            [Err(SourceError::Silent {
                error: KeyError::MalformedCtap { .. },
                ..
            })]
        ),
        "{looked:?}"
    );
}

#[test]
fn a_silent_security_key_costs_no_more_than_the_time_that_it_was_given() {
    let (bench, enrolled) = enrolled_then(&["--fault", "silent", "--fault-after", "1"]);
    let mut found = bench.found();
    let given = Duration::from_millis(100);
    let asked = Instant::now();
    let answer = found.key.prove(&enrolled, &challenge(1), given);
    assert!(
        matches!(answer, Err(KeyError::Timeout { .. })),
        "{answer:?}"
    );
    assert!(asked.elapsed() >= given && asked.elapsed() < PROMPT);
}

#[test]
fn a_security_key_that_another_program_uses_is_asked_again() {
    let (bench, enrolled) = enrolled_then(&["--fault", "busy=3", "--fault-after", "1"]);
    proves(&mut bench.found(), &enrolled, 1);
}

#[test]
fn a_security_key_that_stays_busy_is_told_from_an_absent_one() {
    let (bench, enrolled) = enrolled_then(&["--fault", "busy", "--fault-after", "1"]);
    let mut found = bench.found();
    let answer = found.key.prove(&enrolled, &challenge(1), PRESENCE_WITHIN);
    assert!(matches!(answer, Err(KeyError::Busy { .. })), "{answer:?}");
}

#[test]
fn the_late_answer_of_a_slow_security_key_is_not_taken_for_the_next() {
    let (bench, enrolled) = enrolled_then(&["--fault", "slow-ms=300", "--fault-after", "1"]);
    let mut found = bench.found();
    let late = found
        .key
        .prove(&enrolled, &challenge(1), Duration::from_millis(50));
    assert!(matches!(late, Err(KeyError::Timeout { .. })), "{late:?}");
    let answer = found.key.prove(&enrolled, &challenge(2), PROOF_WITHIN);
    // The late answer has the same channel and command: only its signature tells it apart.
    let proof = answer.unwrap();
    let verified = verify_hardware_proof(&enrolled, &challenge(2), &proof);
    assert!(verified.is_ok(), "{verified:?}");
}

#[test]
fn a_security_key_pulled_out_in_the_middle_is_absent_at_once() {
    let (mut bench, enrolled) = enrolled_then(&[]);
    let mut found = bench.found();
    proves(&mut found, &enrolled, 1);
    bench.unplug();
    let pulled = Instant::now();
    let answer = found
        .key
        .prove(&enrolled, &challenge(2), Duration::from_mins(1));
    assert!(matches!(answer, Err(KeyError::Absent)), "{answer:?}");
    assert!(pulled.elapsed() < PROMPT);
}

#[test]
fn a_key_whose_counter_has_come_to_its_end_cannot_be_enrolled() {
    let mut bench = Bench::new();
    bench.set_counter(u64::from(u32::MAX) + 1);
    bench.plug(&FIDO2);
    let mut found = bench.found();
    let enrolled = found.key.enrol(None, PROOF_WITHIN).unwrap().key;
    let error = try_out(found.key.as_mut(), &enrolled).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the key's counter went from 0 to 0; one that does not rise cannot tell a copy: take another \
         key"
    );
}

#[test]
fn what_a_security_key_refuses_is_said_with_its_meaning() {
    let error = KeyError::RefusedCtap {
        command: "authenticatorGetAssertion",
        status: CtapStatus::NO_CREDENTIALS,
    };
    assert_eq!(
        error.to_string(),
        "the security key refused authenticatorGetAssertion: it does not hold the credential (CTAP \
         status 0x2e)"
    );
}
