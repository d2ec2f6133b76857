//! The PIN of a security key, against a device's side written from the standard (CTAP 2.1, sections
//! 6.5.5 to 6.5.7) with the primitives alone.
#![cfg(feature = "enrolment")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use aes::Aes256;
use cbc::cipher::{
    BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, block_padding::NoPadding,
};
use ciborium::value::{Integer, Value};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use octroi_hardware_key::ctap::{
    CtapFault, PinExchange, PinProof, PinProtocol, key_agreement_request,
};
use p256::{PublicKey, SecretKey, ecdh::diffie_hellman, elliptic_curve::sec1::ToSec1Point as _};
use sha2::{Digest as _, Sha256};

const PIN: &str = "4711-é";
const TOKEN: [u8; 32] = [0x5a; 32];
const CLIENT_DATA_HASH: [u8; 32] = [9; 32];

fn number(number: i64) -> Value {
    Value::Integer(Integer::from(number))
}

fn map(members: Vec<(i64, Value)>) -> Value {
    Value::Map(
        members
            .into_iter()
            .map(|(key, value)| (number(key), value))
            .collect(),
    )
}

fn member(map: &Value, key: i64) -> Value {
    let found = map.as_map().unwrap().iter();
    found
        .filter(|(name, _)| *name == number(key))
        .map(|(_, value)| value.clone())
        .next()
        .unwrap()
}

fn written(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// The device's half of the exchange.
fn device() -> SecretKey {
    SecretKey::from_slice(&[0x11; 32]).unwrap()
}

fn agreement() -> Vec<u8> {
    let point = device().public_key().to_sec1_point(false);
    written(&map(vec![(
        1,
        map(vec![
            (1, number(2)),
            (3, number(-25)),
            (-1, number(1)),
            (-2, Value::Bytes(point.x().unwrap().to_vec())),
            (-3, Value::Bytes(point.y().unwrap().to_vec())),
        ]),
    )]))
}

fn shared_key(protocol: PinProtocol, theirs: &Value) -> [u8; 32] {
    let coordinate = |key| member(theirs, key).into_bytes().unwrap();
    let point = [vec![4], coordinate(-2), coordinate(-3)].concat();
    let theirs = PublicKey::from_sec1_bytes(&point).unwrap();
    let shared = diffie_hellman(device().to_nonzero_scalar(), theirs.as_affine());
    let shared = shared.raw_secret_bytes();
    match protocol {
        PinProtocol::One => Sha256::digest(shared).into(),
        PinProtocol::Two => {
            let mut key = [0; 32];
            Hkdf::<Sha256>::new(Some(&[0; 32]), shared)
                .expand(b"CTAP2 AES key", &mut key)
                .unwrap();
            key
        }
    }
}

/// What a device with [`PIN`] answers to the request for a token.
fn token(protocol: PinProtocol, request: &[u8]) -> Vec<u8> {
    let (command, parameters) = request.split_first().unwrap();
    assert_eq!(*command, 6);
    let parameters: Value = ciborium::from_reader(parameters).unwrap();
    assert_eq!(member(&parameters, 2), number(5));
    let key = shared_key(protocol, &member(&parameters, 3));
    let sealed = member(&parameters, 6).into_bytes().unwrap();
    let (first, sealed) = match protocol {
        PinProtocol::One => ([0; 16], sealed.as_slice()),
        PinProtocol::Two => {
            let (first, sealed) = sealed.split_first_chunk::<16>().unwrap();
            (*first, sealed)
        }
    };
    let hash = cbc::Decryptor::<Aes256>::new(&key.into(), &first.into())
        .decrypt_padded_vec::<NoPadding>(sealed)
        .unwrap();
    assert_eq!(hash.as_slice(), Sha256::digest(PIN).get(..16).unwrap());
    let first = match protocol {
        PinProtocol::One => [0; 16],
        PinProtocol::Two => [0x77; 16],
    };
    let sealed = cbc::Encryptor::<Aes256>::new(&key.into(), &first.into())
        .encrypt_padded_vec::<NoPadding>(&TOKEN);
    let answer = match protocol {
        PinProtocol::One => sealed,
        PinProtocol::Two => [first.to_vec(), sealed].concat(),
    };
    written(&map(vec![(2, Value::Bytes(answer))]))
}

fn exchange(protocol: PinProtocol) -> PinExchange {
    PinExchange::new(protocol, &agreement(), &[0x22; 32])
        .unwrap()
        .unwrap()
}

fn proof(protocol: PinProtocol) -> PinProof {
    let exchange = exchange(protocol);
    let request = exchange.token_request(PIN, &[0x33; 16]).unwrap();
    exchange
        .proof(&token(protocol, &request), &CLIENT_DATA_HASH)
        .unwrap()
}

fn code_of_token() -> Vec<u8> {
    let mut code = Hmac::<Sha256>::new_from_slice(&TOKEN).unwrap();
    code.update(&CLIENT_DATA_HASH);
    code.finalize().into_bytes().to_vec()
}

#[test]
fn protocol_one_proves_the_pin_by_half_a_code_under_the_token() {
    let proof = proof(PinProtocol::One);
    assert_eq!(
        (proof.protocol, proof.proof.as_slice()),
        (1, code_of_token().get(..16).unwrap())
    );
}

#[test]
fn protocol_two_proves_the_pin_by_the_whole_code() {
    let proof = proof(PinProtocol::Two);
    assert_eq!((proof.protocol, proof.proof), (2, code_of_token()));
}

#[test]
fn the_exchange_is_asked_for_under_the_keys_own_protocol() {
    assert_eq!(PinProtocol::of(&[2, 1]), Some(PinProtocol::Two));
    assert_eq!(PinProtocol::of(&[]), Some(PinProtocol::One));
    assert_eq!(PinProtocol::of(&[7]), None);
    let request = key_agreement_request(PinProtocol::Two).unwrap();
    assert_eq!(request, [6, 0xa2, 1, 2, 2, 2]);
}

#[test]
fn an_answer_that_is_no_point_or_no_token_is_refused() {
    let nonsense = written(&map(vec![(1, map(vec![(-2, Value::Bytes(vec![1; 32]))]))]));
    assert!(PinExchange::new(PinProtocol::One, &nonsense, &[0x22; 32]).is_err());
    let off_curve = map(vec![
        (-2, Value::Bytes(vec![1; 32])),
        (-3, Value::Bytes(vec![1; 32])),
    ]);
    let off_curve = written(&map(vec![(1, off_curve)]));
    let refused = PinExchange::new(PinProtocol::One, &off_curve, &[0x22; 32]);
    assert_eq!(refused.unwrap_err(), CtapFault::PublicKey);
    for sealed in [vec![], vec![0; 15], vec![0; 48], vec![0; 64]] {
        let answer = written(&map(vec![(2, Value::Bytes(sealed))]));
        for protocol in [PinProtocol::One, PinProtocol::Two] {
            let proof = exchange(protocol).proof(&answer, &CLIENT_DATA_HASH);
            if let Ok(proof) = proof {
                // 48 bytes are a first block and a token for the second protocol: a wrong one.
                assert_ne!(proof.proof, code_of_token());
            }
        }
    }
}
