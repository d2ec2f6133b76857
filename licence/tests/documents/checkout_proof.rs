//! The proof by hardware keys in a lease: one answer of a key for many check-outs, of which each
//! finds its own.

use ed25519_dalek::{Signer as _, SigningKey};
use octroi_licence::{
    CHECKOUTS_PER_PROOF_MAX, CheckoutNonces, CheckoutProofError, CredentialId, DongleProof,
    FIDO2_RELYING_PARTY, Fido2Credential, Fido2Proof, Fido2PublicKey, HardwareChallenge,
    HardwareCredential, HardwareKey, HardwareProof, HardwareProofError, KeyEvidence, KeyRule,
    KeySerial, Licence, PublicKey, dongle_message, verify_checkout_proof,
};
use octroi_proto::licensing::v1 as wire;
use proptest::prelude::*;
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use crate::vendor::{key, public, sample};

const CHECKPOINT: [u8; 32] = [0xc0; 32];

/// A licence that names two dongles and a security key, of which one suffices.
fn licence() -> Licence {
    let mut licence = (*sample()).clone();
    let id = CredentialId::from_bytes(&[7; 64]).unwrap();
    let named = |serial, credential| HardwareKey {
        serial,
        credential,
        emulator_accepted: false,
    };
    let dongle = |serial, public_key| named(serial, HardwareCredential::Dongle { public_key });
    licence.binding.key_rule = KeyRule::Any;
    licence.binding.hardware_keys = vec![
        dongle(FIRST, public("dongle")),
        dongle(SECOND, secret(2).verifying_key().into()),
        named(
            id.serial(),
            HardwareCredential::Fido2(Fido2Credential {
                id,
                public_key: Fido2PublicKey::Ed25519(secret(3).verifying_key().into()),
            }),
        ),
    ];
    licence
}

const FIRST: KeySerial = KeySerial([1; 16]);
const SECOND: KeySerial = KeySerial([2; 16]);

fn security_key() -> KeySerial {
    licence().binding.hardware_keys[2].serial
}

fn secret(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn daemon() -> PublicKey {
    public("daemon")
}

fn challenge(nonces: &CheckoutNonces) -> HardwareChallenge {
    HardwareChallenge::new(&licence().id, &daemon(), &CHECKPOINT, &nonces.root())
}

fn dongle(serial: KeySerial, secret: &SigningKey, challenge: &HardwareChallenge) -> KeyEvidence {
    let signature = secret.sign(&dongle_message(&serial, 41, challenge));
    KeyEvidence {
        key: serial,
        checkpoint: CHECKPOINT,
        proof: HardwareProof::Dongle(DongleProof {
            serial,
            counter: 41,
            signature: signature.to_bytes(),
        }),
    }
}

fn assertion(challenge: &HardwareChallenge) -> KeyEvidence {
    let data = [
        Sha256::digest(FIDO2_RELYING_PARTY).as_slice(),
        &[0, 0, 0, 3, 9],
    ]
    .concat();
    let signature = secret(3).sign(&[data.as_slice(), challenge.as_bytes()].concat());
    KeyEvidence {
        key: security_key(),
        checkpoint: CHECKPOINT,
        proof: HardwareProof::Fido2(Fido2Proof::new(&data, &signature.to_bytes()).unwrap()),
    }
}

fn nonces(count: usize) -> Vec<[u8; 32]> {
    let nonce = |at: usize| Sha256::digest(at.to_be_bytes()).into();
    (0..count).map(nonce).collect()
}

/// What the first dongle's answer gives each of so many check-outs.
fn proofs(nonces: &[[u8; 32]]) -> Vec<Vec<u8>> {
    let tree = CheckoutNonces::new(nonces).unwrap();
    tree.proofs(&[dongle(FIRST, &key("dongle"), &challenge(&tree))])
}

fn verify(proof: &[u8], nonce: &[u8; 32]) -> Result<Vec<KeySerial>, CheckoutProofError> {
    verify_checkout_proof(proof, &licence(), &daemon(), nonce)
}

/// The proof of the second of five check-outs, changed, against its own nonce.
fn changed(change: impl FnOnce(&mut wire::HardwareProof)) -> Result<(), CheckoutProofError> {
    let nonces = nonces(5);
    let mut proof = wire::HardwareProof::decode(proofs(&nonces)[1].as_slice()).unwrap();
    change(&mut proof);
    verify(&proof.encode_to_vec(), &nonces[1]).map(|_| ())
}

#[test]
fn one_answer_proves_each_of_the_check_outs_that_waited_for_it() {
    for count in [1, 2, 3, 50, CHECKOUTS_PER_PROOF_MAX] {
        let nonces = nonces(count);
        for (proof, nonce) in proofs(&nonces).iter().zip(&nonces).step_by(97) {
            assert_eq!(verify(proof, nonce), Ok(vec![FIRST]), "of {count}");
        }
    }
}

#[test]
fn a_proof_serves_no_more_check_outs_than_its_bound_and_at_least_one() {
    assert_eq!(CheckoutNonces::new(&[]), None);
    assert_eq!(
        CheckoutNonces::new(&nonces(CHECKOUTS_PER_PROOF_MAX + 1)),
        None
    );
}

#[test]
fn a_security_keys_assertion_proves_a_check_out_too() {
    let nonces = nonces(4);
    let tree = CheckoutNonces::new(&nonces).unwrap();
    let proofs = tree.proofs(&[assertion(&challenge(&tree))]);
    assert_eq!(verify(&proofs[3], &nonces[3]), Ok(vec![security_key()]));
}

#[test]
fn the_largest_proof_is_within_its_bound() {
    let nonces = nonces(CHECKOUTS_PER_PROOF_MAX);
    let tree = CheckoutNonces::new(&nonces).unwrap();
    let evidence = vec![assertion(&challenge(&tree)); octroi_licence::HARDWARE_KEYS_MAX];
    let longest = tree.proofs(&evidence).iter().map(Vec::len).max().unwrap();
    // A signature in DER is eight bytes longer.
    assert!(
        longest + 8 * octroi_licence::HARDWARE_KEYS_MAX < octroi_licence::CHECKOUT_PROOF_BYTES_MAX
    );
}

#[test]
fn a_proof_says_nothing_of_a_nonce_that_was_drawn_afterwards() {
    let proofs = proofs(&nonces(5));
    let replayed = verify(&proofs[1], &[9; 32]);
    assert_eq!(replayed, Err(CheckoutProofError::AnotherCheckout));
}

#[test]
fn the_proof_of_a_neighbour_is_refused() {
    let nonces = nonces(5);
    let proofs = proofs(&nonces);
    let error = Err(CheckoutProofError::AnotherCheckout);
    assert_eq!(verify(&proofs[0], &nonces[1]), error);
}

#[test]
fn a_way_that_was_changed_does_not_lead_to_the_root() {
    let another = Err(CheckoutProofError::AnotherCheckout);
    assert_eq!(changed(|proof| proof.path[0][0] ^= 1), another);
    assert_eq!(changed(|proof| proof.place = 2), another);
    assert_eq!(changed(|proof| proof.place = 5), another);
    assert_eq!(changed(|proof| proof.path.push(vec![0; 32])), another);
    assert_eq!(changed(|proof| drop(proof.path.pop())), another);
    assert_eq!(changed(|proof| proof.root[0] ^= 1), another);
    assert_eq!(changed(|proof| proof.checkouts = 0), another);
}

#[test]
fn what_is_longer_than_any_honest_proof_is_not_looked_at() {
    let malformed = |what| Err(CheckoutProofError::Malformed { what });
    assert_eq!(
        changed(|proof| proof.path = vec![vec![0; 32]; 11]),
        malformed("tree")
    );
    assert_eq!(changed(|proof| proof.checkouts = 1025), malformed("tree"));
    assert_eq!(
        changed(|proof| proof.path[0] = vec![0; 31]),
        malformed("path")
    );
    assert_eq!(
        changed(|proof| proof.keys = vec![proof.keys[0].clone(); 17]),
        malformed("keys")
    );
    assert_eq!(
        changed(|proof| proof.root = vec![0; 4096]),
        malformed("too long")
    );
    assert_eq!(verify(&[0xff], &[0; 32]).map(|_| ()), malformed("encoding"));
}

#[test]
fn a_lease_without_a_proof_is_named_as_such() {
    assert_eq!(verify(&[], &[0; 32]), Err(CheckoutProofError::Missing));
}

#[test]
fn a_proof_of_a_later_version_is_not_guessed_at() {
    let error = Err(CheckoutProofError::Version { found: 2 });
    assert_eq!(changed(|proof| proof.version = 2), error);
}

#[test]
fn a_key_that_the_licence_does_not_name_proves_nothing() {
    let serial = KeySerial([9; 16]);
    let error = Err(CheckoutProofError::KeyNotNamed { serial });
    assert_eq!(changed(|proof| proof.keys[0].serial = vec![9; 16]), error);
}

#[test]
fn another_of_the_licences_keys_did_not_give_this_answer() {
    let forged = HardwareProofError::Signature { serial: SECOND };
    let error = Err(CheckoutProofError::Key(forged));
    assert_eq!(changed(|proof| proof.keys[0].serial = vec![2; 16]), error);
}

#[test]
fn an_answer_that_was_changed_is_refused() {
    let forged = Err(CheckoutProofError::Key(HardwareProofError::Signature {
        serial: FIRST,
    }));
    assert_eq!(changed(|proof| proof.keys[0].checkpoint[0] ^= 1), forged);
    let counted_on = changed(|proof| {
        let Some(wire::key_answer::Answer::Dongle(dongle)) = &mut proof.keys[0].answer else {
            panic!("a dongle answered");
        };
        dongle.counter += 1;
    });
    assert_eq!(counted_on, forged);
    let malformed = Err(CheckoutProofError::Malformed { what: "answer" });
    assert_eq!(changed(|proof| proof.keys[0].answer = None), malformed);
}

#[test]
fn what_was_proven_to_another_daemon_or_for_another_licence_is_worth_nothing_here() {
    let nonces = nonces(1);
    let proof = &proofs(&nonces)[0];
    let forged = Err(CheckoutProofError::Key(HardwareProofError::Signature {
        serial: FIRST,
    }));
    let other_daemon = verify_checkout_proof(proof, &licence(), &public("root"), &nonces[0]);
    assert_eq!(other_daemon, forged);
    let mut other = licence();
    other.id = "acme-2026-999".parse().unwrap();
    let other_licence = verify_checkout_proof(proof, &other, &daemon(), &nonces[0]);
    assert_eq!(other_licence, forged);
}

#[test]
fn where_all_keys_are_demanded_each_must_have_answered_once() {
    let mut all = licence();
    all.binding.key_rule = KeyRule::All;
    let nonces = nonces(2);
    let tree = CheckoutNonces::new(&nonces).unwrap();
    let challenge = challenge(&tree);
    let first = dongle(FIRST, &key("dongle"), &challenge);
    let second = dongle(SECOND, &secret(2), &challenge);
    let third = assertion(&challenge);
    let verify = |evidence: &[KeyEvidence]| {
        let proof = &tree.proofs(evidence)[0];
        verify_checkout_proof(proof, &all, &daemon(), &nonces[0])
    };
    let whole = [first.clone(), second.clone(), third];
    assert_eq!(verify(&whole), Ok(vec![FIRST, SECOND, security_key()]));
    let error = |needed, found| Err(CheckoutProofError::TooFewKeys { needed, found });
    assert_eq!(verify(&[first.clone(), second]), error(3, 2));
    let twice = Err(CheckoutProofError::KeyNotNamed { serial: FIRST });
    assert_eq!(verify(&[first.clone(), first.clone(), first]), twice);
}

#[test]
fn without_any_answer_or_any_named_key_nothing_is_proven() {
    let error = |needed, found| Err(CheckoutProofError::TooFewKeys { needed, found });
    assert_eq!(changed(|proof| proof.keys.clear()), error(1, 0));
    let mut unbound = licence();
    unbound.binding.hardware_keys.clear();
    let nonces = nonces(1);
    let tree = CheckoutNonces::new(&nonces).unwrap();
    let proof = &tree.proofs(&[])[0];
    let verified = verify_checkout_proof(proof, &unbound, &daemon(), &nonces[0]);
    assert_eq!(verified.map(|_| ()), error(1, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_check_out_is_proven_by_its_own_proof_and_no_other(
        nonces in proptest::collection::hash_set(any::<[u8; 32]>(), 1..40),
        one in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
    ) {
        let nonces: Vec<[u8; 32]> = nonces.into_iter().collect();
        let proofs = proofs(&nonces);
        let (one, other) = (one.index(nonces.len()), other.index(nonces.len()));
        prop_assert_eq!(verify(&proofs[one], &nonces[one]), Ok(vec![FIRST]));
        if one != other {
            prop_assert!(verify(&proofs[one], &nonces[other]).is_err());
        }
    }

    #[test]
    fn a_proof_of_any_bytes_is_refused_without_harm(bytes: Vec<u8>) {
        prop_assert!(verify(&bytes, &[0; 32]).is_err());
    }

    #[test]
    fn no_bit_of_a_proof_can_be_changed(at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let nonces = nonces(3);
        let mut proof = proofs(&nonces)[1].clone();
        let at = at.index(proof.len());
        proof[at] ^= 1 << bit;
        prop_assert!(verify(&proof, &nonces[1]).is_err());
    }
}
