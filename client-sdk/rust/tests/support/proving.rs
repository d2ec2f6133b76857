//! The vendor's dongle beside the fake daemon: proofs for check-outs, honest or made for something else.

use ed25519_dalek::SigningKey;
use octroi_licence::{
    CheckoutNonces, DongleProof, HardwareChallenge, HardwareProof, KeyEvidence, KeySerial,
    PublicKey, Signer as _, dongle_message,
};
use octroi_proto::documents::v1 as message;

use super::daemon::daemon_public_key;

pub const SERIAL: KeySerial = KeySerial([7; 16]);
const CHECKPOINT: [u8; 32] = [0xc0; 32];

fn dongle() -> SigningKey {
    SigningKey::from_bytes(&[0xd0; 32])
}

/// What a licence says of its dongle.
pub fn binding() -> message::Binding {
    message::Binding {
        hardware_keys: vec![message::HardwareKey {
            kind: message::HardwareKeyKind::Dongle.into(),
            serial: SERIAL.0.to_vec(),
            public_key: dongle().verifying_key().as_bytes().to_vec(),
            ..Default::default()
        }],
        key_rule: message::KeyRule::Any.into(),
        ..Default::default()
    }
}

/// What a proof is made of.
pub struct Proof {
    pub licence: &'static str,
    pub daemon: PublicKey,
    pub signer: SigningKey,
    pub place: usize,
}

impl Default for Proof {
    fn default() -> Self {
        Self {
            licence: "lic-1",
            daemon: daemon_public_key(),
            signer: dongle(),
            place: 2,
        }
    }
}

impl Proof {
    /// For the third of four check-outs, of which the others are somebody else's.
    pub fn of(&self, nonce: &[u8; 32]) -> Vec<u8> {
        let nonces = CheckoutNonces::new(&[[1; 32], [2; 32], *nonce, [3; 32]]).unwrap();
        let licence = self.licence.parse().unwrap();
        let challenge = HardwareChallenge::new(&licence, &self.daemon, &CHECKPOINT, &nonces.root());
        let Ok(signature) = self.signer.sign(&dongle_message(&SERIAL, 5, &challenge));
        let proof = HardwareProof::Dongle(DongleProof {
            serial: SERIAL,
            counter: 5,
            signature,
        });
        let evidence = KeyEvidence {
            key: SERIAL,
            checkpoint: CHECKPOINT,
            proof,
        };
        nonces.proofs(&[evidence]).swap_remove(self.place)
    }
}

pub fn honest(nonce: &[u8; 32]) -> Vec<u8> {
    Proof::default().of(nonce)
}

pub fn other_daemon(nonce: &[u8; 32]) -> Vec<u8> {
    let daemon = SigningKey::from_bytes(&[1; 32]).public_key();
    let proof = Proof::default();
    Proof { daemon, ..proof }.of(nonce)
}

pub fn other_licence(nonce: &[u8; 32]) -> Vec<u8> {
    let licence = "lic-2";
    let proof = Proof::default();
    Proof { licence, ..proof }.of(nonce)
}

pub fn other_key(nonce: &[u8; 32]) -> Vec<u8> {
    let signer = SigningKey::from_bytes(&[2; 32]);
    let proof = Proof::default();
    Proof { signer, ..proof }.of(nonce)
}

pub fn of_a_neighbour(nonce: &[u8; 32]) -> Vec<u8> {
    let place = 1;
    let proof = Proof::default();
    Proof { place, ..proof }.of(nonce)
}

pub fn replayed(_: &[u8; 32]) -> Vec<u8> {
    honest(&[9; 32])
}
