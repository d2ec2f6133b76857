//! Proofs by hardware keys. The expected challenge was computed with Python's standard library.

use ed25519_dalek::{Signer as _, SigningKey};
use octroi_licence::{
    DongleProof, HardwareChallenge, HardwareKey, HardwareProofError, KeySerial, dongle_message,
    verify_dongle,
};

use crate::vendor::{LICENCE_ID, key, public, sample};

fn enrolled() -> HardwareKey {
    sample().binding.hardware_keys[0].clone()
}

fn challenge(nonce: u8) -> HardwareChallenge {
    HardwareChallenge::new(
        &LICENCE_ID.parse().unwrap(),
        &public("daemon"),
        &[0xc0; 32],
        &[nonce; 32],
    )
}

fn answer(signer: &SigningKey, counter: u64, challenge: &HardwareChallenge) -> DongleProof {
    let serial = enrolled().serial;
    DongleProof {
        serial,
        counter,
        signature: signer
            .sign(&dongle_message(&serial, counter, challenge))
            .to_bytes(),
    }
}

#[test]
fn a_challenge_binds_licence_daemon_checkpoint_and_nonce() {
    assert_eq!(
        hex::encode(challenge(1).as_bytes()),
        "76a2c5c1b1e958813d8b8d50374dc9fef6caee4e3e12cba84fad09ce54efe581"
    );
}

#[test]
fn a_change_of_any_part_gives_another_challenge() {
    let licence = LICENCE_ID.parse().unwrap();
    let (daemon, other) = (public("daemon"), public("root"));
    let same = challenge(1);
    for changed in [
        HardwareChallenge::new(
            &"acme-2026-004".parse().unwrap(),
            &daemon,
            &[0xc0; 32],
            &[1; 32],
        ),
        HardwareChallenge::new(&licence, &other, &[0xc0; 32], &[1; 32]),
        HardwareChallenge::new(&licence, &daemon, &[0xc1; 32], &[1; 32]),
        HardwareChallenge::new(&licence, &daemon, &[0xc0; 32], &[2; 32]),
    ] {
        assert_ne!(changed, same);
    }
}

#[test]
fn what_a_dongle_signs_is_context_serial_counter_and_challenge() {
    let mut expected = b"octroi/dongle-proof/v1\0".to_vec();
    expected.extend([3; 16]);
    expected.extend([0, 0, 0, 0, 0, 0, 1, 2]);
    expected.extend(challenge(1).as_bytes());
    assert_eq!(
        dongle_message(&KeySerial([3; 16]), 258, &challenge(1)),
        expected
    );
}

#[test]
fn the_enrolled_keys_answer_gives_its_counter() {
    let proof = answer(&key("dongle"), 41, &challenge(1));
    assert_eq!(verify_dongle(&enrolled(), &challenge(1), &proof), Ok(41));
}

#[test]
fn another_keys_answer_under_the_same_serial_is_refused() {
    let proof = answer(&key("root"), 41, &challenge(1));
    assert_eq!(
        verify_dongle(&enrolled(), &challenge(1), &proof),
        Err(HardwareProofError::Signature {
            serial: enrolled().serial
        })
    );
}

#[test]
fn a_key_with_another_serial_is_named() {
    let mut proof = answer(&key("dongle"), 41, &challenge(1));
    proof.serial = KeySerial([4; 16]);
    assert_eq!(
        verify_dongle(&enrolled(), &challenge(1), &proof),
        Err(HardwareProofError::AnotherKey {
            expected: enrolled().serial,
            found: KeySerial([4; 16]),
        })
    );
}

#[test]
fn an_answer_to_an_earlier_challenge_is_refused() {
    let proof = answer(&key("dongle"), 41, &challenge(1));
    assert!(verify_dongle(&enrolled(), &challenge(2), &proof).is_err());
}

#[test]
fn an_altered_counter_is_refused() {
    let mut proof = answer(&key("dongle"), 41, &challenge(1));
    proof.counter = 42;
    assert!(verify_dongle(&enrolled(), &challenge(1), &proof).is_err());
}
