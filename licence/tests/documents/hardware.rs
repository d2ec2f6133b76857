//! Proofs by hardware keys. The expected challenge was computed with Python's standard library.

use ed25519_dalek::SigningKey;
use octroi_licence::{
    CredentialId, DongleProof, FIDO2_RELYING_PARTY, Fido2Credential, Fido2Proof, Fido2PublicKey,
    HardwareChallenge, HardwareCredential, HardwareKey, HardwareKeyKind, HardwareProof,
    HardwareProofError, KeySerial, P256Key, dongle_message, verify_hardware_proof,
};
use p256::ecdsa::signature::Signer as _;
use sha2::{Digest as _, Sha256};

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

fn verify_dongle(
    key: &HardwareKey,
    challenge: &HardwareChallenge,
    proof: &DongleProof,
) -> Result<u64, HardwareProofError> {
    verify_hardware_proof(key, challenge, &HardwareProof::Dongle(proof.clone()))
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

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// A security key's credential, and what it answers with.
struct Credential {
    enrolled: HardwareKey,
    sign: Sign,
}

fn security_key(public_key: Fido2PublicKey, sign: Sign) -> Credential {
    let id = CredentialId::from_bytes(&[7; 64]).unwrap();
    Credential {
        enrolled: HardwareKey {
            serial: id.serial(),
            credential: HardwareCredential::Fido2(Fido2Credential { id, public_key }),
            emulator_accepted: false,
        },
        sign,
    }
}

fn ed25519_key() -> Credential {
    let sign = |message: &[u8]| key("dongle").sign(message).to_bytes().to_vec();
    security_key(Fido2PublicKey::Ed25519(public("dongle")), Box::new(sign))
}

fn p256_key() -> Credential {
    let key = p256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
    let point = key.verifying_key().to_sec1_point(true);
    let public_key = P256Key::from_bytes(point.as_bytes()).unwrap();
    let sign = move |message: &[u8]| {
        let signature: p256::ecdsa::DerSignature = key.sign(message);
        signature.as_bytes().to_vec()
    };
    security_key(Fido2PublicKey::Es256(public_key), Box::new(sign))
}

fn assertion(
    key: &Credential,
    relying_party: &str,
    flags: u8,
    counter: u32,
    challenge: &HardwareChallenge,
) -> HardwareProof {
    let data = [
        Sha256::digest(relying_party).as_slice(),
        &[flags],
        &counter.to_be_bytes(),
    ]
    .concat();
    let signature = (key.sign)(&[data.as_slice(), challenge.as_bytes()].concat());
    HardwareProof::Fido2(Fido2Proof::new(&data, &signature).unwrap())
}

#[test]
fn a_security_keys_silent_assertion_gives_its_counter_with_either_algorithm() {
    for key in [ed25519_key(), p256_key()] {
        let proof = assertion(&key, FIDO2_RELYING_PARTY, 0, 900, &challenge(1));
        assert_eq!(
            verify_hardware_proof(&key.enrolled, &challenge(1), &proof),
            Ok(900)
        );
        let serial = key.enrolled.serial;
        assert_eq!(
            verify_hardware_proof(&key.enrolled, &challenge(2), &proof),
            Err(HardwareProofError::Signature { serial })
        );
    }
}

#[test]
fn a_touch_says_nothing_against_an_assertion() {
    let key = ed25519_key();
    let proof = assertion(&key, FIDO2_RELYING_PARTY, 0x05, 3, &challenge(1));
    assert_eq!(
        verify_hardware_proof(&key.enrolled, &challenge(1), &proof),
        Ok(3)
    );
}

#[test]
fn an_assertion_for_another_use_of_the_key_proves_nothing() {
    let key = ed25519_key();
    let proof = assertion(&key, "example.com", 1, 3, &challenge(1));
    let serial = key.enrolled.serial;
    assert_eq!(
        verify_hardware_proof(&key.enrolled, &challenge(1), &proof),
        Err(HardwareProofError::AnotherPurpose { serial })
    );
}

#[test]
fn an_assertion_that_announces_more_than_it_may_hold_is_refused() {
    let key = ed25519_key();
    let serial = key.enrolled.serial;
    for flags in [0x40, 0x80] {
        let proof = assertion(&key, FIDO2_RELYING_PARTY, flags, 3, &challenge(1));
        assert_eq!(
            verify_hardware_proof(&key.enrolled, &challenge(1), &proof),
            Err(HardwareProofError::Flags { serial })
        );
    }
    assert_eq!(Fido2Proof::new(&[0; 38], &[0; 64]), None);
    assert_eq!(Fido2Proof::new(&[0; 37], &[0; 73]), None);
}

#[test]
fn a_key_of_another_kind_proves_nothing() {
    let dongle = HardwareProof::Dongle(answer(&key("dongle"), 41, &challenge(1)));
    let key = ed25519_key();
    assert_eq!(
        verify_hardware_proof(&key.enrolled, &challenge(1), &dongle),
        Err(HardwareProofError::AnotherKind {
            serial: key.enrolled.serial,
            expected: HardwareKeyKind::Fido2,
            found: HardwareKeyKind::Dongle,
        })
    );
}

#[test]
fn a_point_given_by_coordinates_is_the_same_key() {
    let key = p256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
    let whole = key.verifying_key().to_sec1_point(false);
    let (x, y) = (whole.x().unwrap(), whole.y().unwrap());
    let by_coordinates = P256Key::from_coordinates(&(*x).into(), &(*y).into()).unwrap();
    let compressed = key.verifying_key().to_sec1_point(true);
    assert_eq!(by_coordinates.as_bytes().as_slice(), compressed.as_bytes());
    assert_eq!(P256Key::from_coordinates(&[1; 32], &[2; 32]), None);
}
