//! What follows the status of a security key's answers: CBOR that the device made. What is accepted is
//! written again from what was understood, and must be understood in the same way.

use ciborium::value::{Integer, Value};
use octroi_hardware_key::ctap::{
    Assertion, AuthenticatorInfo, MadeCredential, PinExchange, PinProtocol, read_response,
};
use octroi_licence::{Fido2PublicKey, P256Key, PublicKey};

/// The first byte says which answer the rest is.
pub fn check(input: &[u8]) -> bool {
    let Some((which, answer)) = input.split_first() else {
        return false;
    };
    match which % 6 {
        0 => info(answer),
        1 => credential(answer),
        2 => assertion(answer),
        3 => agreement(PinProtocol::One, answer),
        4 => agreement(PinProtocol::Two, answer),
        _ => token(answer),
    }
}

fn number(number: i64) -> Value {
    Value::Integer(Integer::from(number))
}

fn map(members: Vec<(i64, Value)>) -> Vec<u8> {
    written(&numbered(members))
}

fn numbered(members: Vec<(i64, Value)>) -> Value {
    let members = members.into_iter().map(|(key, value)| (number(key), value));
    Value::Map(members.collect())
}

fn written(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("memory takes what is written");
    bytes
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
}

fn info(answer: &[u8]) -> bool {
    let Ok(info) = AuthenticatorInfo::from_answer(answer) else {
        return false;
    };
    let text = |text: &String| Value::Text(text.clone());
    let numbers = |numbers: &[i64]| Value::Array(numbers.iter().copied().map(number).collect());
    let mut members = vec![
        (1, Value::Array(info.versions.iter().map(text).collect())),
        (3, Value::Bytes(info.aaguid.to_vec())),
        (4, {
            let options = info.options.iter();
            Value::Map(
                options
                    .map(|(name, on)| (text(name), Value::Bool(*on)))
                    .collect(),
            )
        }),
        (6, numbers(&info.pin_protocols)),
        (10, {
            let algorithm = |alg: &i64| Value::Map(vec![(Value::Text("alg".into()), number(*alg))]);
            Value::Array(info.algorithms.iter().map(algorithm).collect())
        }),
    ];
    if let Some(version) = info.firmware_version {
        members.push((14, Value::Integer(version.into())));
    }
    assert_eq!(
        AuthenticatorInfo::from_answer(&map(members)),
        Ok(info.clone())
    );
    assert!(info.versions.iter().any(|name| name.starts_with("FIDO_2")));
    assert!(info.versions.len() <= 32 && info.options.len() <= 32);
    let names = info
        .versions
        .iter()
        .chain(info.options.iter().map(|(name, _)| name));
    for name in names {
        assert!(name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_graphic()));
    }
    let _on = info.has("clientPin");
    let _protocol = PinProtocol::of(&info.pin_protocols);
    true
}

fn credential(answer: &[u8]) -> bool {
    let Ok(made) = MadeCredential::from_answer(answer) else {
        return false;
    };
    let id = made.credential.id.as_bytes();
    assert!(holds(answer, id));
    let key = match &made.credential.public_key {
        Fido2PublicKey::Ed25519(key) => {
            assert_eq!(PublicKey::from_bytes(key.as_bytes()), Some(*key));
            numbered(vec![
                (1, number(1)),
                (3, number(-8)),
                (-1, number(6)),
                (-2, Value::Bytes(key.as_bytes().to_vec())),
            ])
        }
        Fido2PublicKey::Es256(key) => {
            assert_eq!(P256Key::from_bytes(key.as_bytes()), Some(*key));
            let (x, y) = coordinates(key);
            numbered(vec![
                (1, number(2)),
                (3, number(-7)),
                (-1, number(1)),
                (-2, Value::Bytes(x)),
                (-3, Value::Bytes(y)),
            ])
        }
    };
    let length = u16::try_from(id.len()).expect("a credential id has at most 1023 bytes");
    let data = [
        &[0; 32][..],
        &[0x40],
        &made.counter.to_be_bytes(),
        &[0; 16],
        &length.to_be_bytes(),
        id,
        &written(&key),
    ]
    .concat();
    let again = MadeCredential::from_answer(&map(vec![(2, Value::Bytes(data))]));
    let again = again.expect("it was written soundly");
    assert_eq!(
        (again.credential, again.counter),
        (made.credential.clone(), made.counter)
    );
    attestation(made);
    true
}

/// The whole, written with what the key said of it.
fn attestation(made: MadeCredential) {
    let said = &made.attestation;
    let text = |text: &str| Value::Text(text.to_owned());
    let mut statement = Vec::new();
    if let Some(signature) = &said.signature {
        statement.push((text("sig"), Value::Bytes(signature.clone())));
    }
    if let Some(certificate) = &said.certificate {
        let chain = Value::Array(vec![Value::Bytes(certificate.clone())]);
        statement.push((text("x5c"), chain));
    }
    let again = map(vec![
        (1, text(&said.format)),
        (2, Value::Bytes(said.authenticator_data.clone())),
        (3, Value::Map(statement)),
    ]);
    assert_eq!(MadeCredential::from_answer(&again), Ok(made));
}

fn coordinates(key: &P256Key) -> (Vec<u8>, Vec<u8>) {
    halves(&p256::PublicKey::from_sec1_bytes(key.as_bytes()).expect("it was read as a point"))
}

fn halves(point: &p256::PublicKey) -> (Vec<u8>, Vec<u8>) {
    use p256::elliptic_curve::sec1::ToSec1Point as _;
    let point = point.to_sec1_point(false);
    let coordinate = |bytes: Option<&[u8]>| bytes.expect("it is not compressed").to_vec();
    (
        coordinate(point.x().map(AsRef::as_ref)),
        coordinate(point.y().map(AsRef::as_ref)),
    )
}

fn assertion(answer: &[u8]) -> bool {
    // What precedes it: the status.
    let _read = read_response(answer);
    let Ok(Assertion(proof)) = Assertion::from_answer(answer) else {
        return false;
    };
    assert_eq!(proof.authenticator_data().len(), 37);
    assert!(proof.signature().len() <= 72);
    assert!(holds(answer, proof.authenticator_data()) && holds(answer, proof.signature()));
    let again = Assertion::from_answer(&map(vec![
        (2, Value::Bytes(proof.authenticator_data().to_vec())),
        (3, Value::Bytes(proof.signature().to_vec())),
    ]));
    assert_eq!(again, Ok(Assertion(proof)));
    true
}

fn agreement(protocol: PinProtocol, answer: &[u8]) -> bool {
    match PinExchange::new(protocol, answer, &[0x22; 32]) {
        Ok(Some(exchange)) => {
            let request = exchange.token_request("4711", &[0x33; 16]);
            let request = request.expect("a request can be written");
            assert!(request.len() < 256);
            // Whatever comes back for a token: no panic.
            let _proof = exchange.proof(answer, &[9; 32]);
            true
        }
        Ok(None) => panic!("22 22 … is a secret of the curve"),
        Err(_) => false,
    }
}

fn token(answer: &[u8]) -> bool {
    let mut accepted = false;
    for (protocol, bytes) in [(PinProtocol::One, 16), (PinProtocol::Two, 32)] {
        let exchange = PinExchange::new(protocol, &agreed(), &[0x22; 32]);
        let exchange = exchange
            .expect("the answer is sound")
            .expect("so is the secret");
        if let Ok(proof) = exchange.proof(answer, &[9; 32]) {
            assert_eq!(proof.proof.len(), bytes);
            accepted = true;
        }
    }
    accepted
}

/// A device's half of the PIN exchange: the point of the secret 11 11 ….
pub fn agreed() -> Vec<u8> {
    use std::sync::OnceLock;
    static ANSWER: OnceLock<Vec<u8>> = OnceLock::new();
    let made = ANSWER.get_or_init(|| {
        let secret = p256::SecretKey::from_slice(&[0x11; 32]).expect("it is a secret");
        let (x, y) = halves(&secret.public_key());
        let key = numbered(vec![
            (1, number(2)),
            (3, number(-25)),
            (-1, number(1)),
            (-2, Value::Bytes(x)),
            (-3, Value::Bytes(y)),
        ]);
        map(vec![(1, key)])
    });
    made.clone()
}
