//! Session keys, lease codes and session proofs. The expected bytes were computed with Python's
//! standard library, independently of this crate.

use octroi_licence::{SessionKey, session_proof_verifies, sign_session_proof};

use crate::vendor::{key, public};

const SECRET: [u8; 32] = [0x42; 32];
const PROOF: &[u8] = b"the encoded session proof";

fn session() -> SessionKey {
    SessionKey::derive(&SECRET, PROOF).expect("the secret is not zero")
}

#[test]
fn the_code_of_a_lease_is_hmac_under_the_hkdf_of_secret_and_proof() {
    assert_eq!(
        hex::encode(session().mac(b"terms")),
        "d0d92ed78719299387431ac7994fc843cf217f8608b0de40b5d84190d2bf38c3"
    );
}

#[test]
fn a_lease_verifies_under_the_key_that_made_its_code() {
    let code = session().mac(b"terms");
    assert!(session().verifies(b"terms", &code));
}

#[test]
fn other_terms_do_not_verify() {
    let code = session().mac(b"terms");
    assert!(!session().verifies(b"term", &code));
    assert!(!session().verifies(b"", &code));
}

#[test]
fn a_shortened_or_altered_code_does_not_verify() {
    let mut code = session().mac(b"terms");
    assert!(!session().verifies(b"terms", &code[..31]));
    assert!(!session().verifies(b"terms", &[]));
    code[0] ^= 1;
    assert!(!session().verifies(b"terms", &code));
}

#[test]
fn another_proof_or_secret_gives_another_key() {
    let code = session().mac(b"terms");
    let other_proof = SessionKey::derive(&SECRET, b"another proof").unwrap();
    let other_secret = SessionKey::derive(&[0x43; 32], PROOF).unwrap();
    assert!(!other_proof.verifies(b"terms", &code));
    assert!(!other_secret.verifies(b"terms", &code));
}

#[test]
fn an_all_zero_secret_is_refused() {
    assert!(SessionKey::derive(&[0; 32], PROOF).is_none());
}

#[test]
fn a_session_key_does_not_show_itself() {
    assert_eq!(format!("{:?}", session()), "SessionKey(secret)");
}

#[test]
fn a_session_proof_verifies_under_the_daemons_key_alone() {
    let Ok(signature) = sign_session_proof(PROOF, &key("daemon"));
    assert!(session_proof_verifies(PROOF, &signature, &public("daemon")));
    assert!(!session_proof_verifies(PROOF, &signature, &public("root")));
    assert!(!session_proof_verifies(b"", &signature, &public("daemon")));
}

#[test]
fn a_signature_over_the_bare_proof_is_no_session_proof() {
    let bare = ed25519_dalek::Signer::sign(&key("daemon"), PROOF).to_bytes();
    assert!(!session_proof_verifies(PROOF, &bare, &public("daemon")));
}
