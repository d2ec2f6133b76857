//! What a licence and the wire hold of a security key: credential ids, public keys, proofs. Nothing
//! but the one proof that the key made verifies.

use octroi_hardware_key::emulator::Algorithm;
use octroi_licence::{
    CREDENTIAL_ID_BYTES_MAX, CredentialId, DongleProof, FIDO2_SIGNATURE_BYTES_MAX, Fido2Proof,
    Fido2PublicKey, HardwareProof, KeySerial, P256Key, PublicKey, verify_hardware_proof,
};

use super::{
    dongle_device,
    security_key::{self},
};

/// The first byte says what the rest is.
pub fn check(input: &[u8]) -> bool {
    let Some((which, bytes)) = input.split_first() else {
        return false;
    };
    match which % 5 {
        0 => public_key(bytes),
        1 => coordinates(bytes),
        2 => credential_id(bytes),
        3 => proof(bytes),
        _ => dongle_proof(bytes),
    }
}

fn public_key(bytes: &[u8]) -> bool {
    let read = Fido2PublicKey::from_bytes(bytes);
    let single = match &read {
        Some(Fido2PublicKey::Ed25519(key)) => {
            assert_eq!(PublicKey::from_bytes(bytes), Some(*key));
            assert_eq!(key.to_string().parse(), Ok(*key));
            true
        }
        Some(Fido2PublicKey::Es256(key)) => {
            assert_eq!(P256Key::from_bytes(bytes), Some(*key));
            true
        }
        None => false,
    };
    if let Some(key) = read {
        assert_eq!(key.as_bytes(), bytes);
        // Nobody signed this.
        assert!(!key.verifies(b"fuzz", &[0; 64]));
        assert!(!key.verifies(b"fuzz", &[0x30, 6, 2, 1, 1, 2, 1, 1]));
    }
    single
}

/// A point has one name, however it is given.
fn coordinates(bytes: &[u8]) -> bool {
    let Some((x, rest)) = bytes.split_first_chunk() else {
        return false;
    };
    let Some((y, _)) = rest.split_first_chunk::<32>() else {
        return false;
    };
    let Some(key) = P256Key::from_coordinates(x, y) else {
        return false;
    };
    assert_eq!(P256Key::from_bytes(key.as_bytes()), Some(key));
    assert_eq!(key.as_bytes()[1..], *x);
    // The other half of the same x is another key.
    let mut mirrored = *key.as_bytes();
    mirrored[0] ^= 1;
    let mirrored = P256Key::from_bytes(&mirrored).expect("every x has two points");
    assert_ne!(mirrored, key);
    true
}

fn credential_id(bytes: &[u8]) -> bool {
    let Some(id) = CredentialId::from_bytes(bytes) else {
        assert!(bytes.is_empty() || bytes.len() > CREDENTIAL_ID_BYTES_MAX);
        return false;
    };
    assert_eq!(id.as_bytes(), bytes);
    let serial = id.serial();
    assert_eq!(serial.to_string().parse::<KeySerial>(), Ok(serial));
    true
}

/// Authenticator data, then the signature.
fn proof(bytes: &[u8]) -> bool {
    let Some((data, signature)) = bytes.split_at_checked(37) else {
        return false;
    };
    assert!(Fido2Proof::new(bytes, &[]).is_none() || bytes.len() == 37);
    let Some(proof) = Fido2Proof::new(data, signature) else {
        assert!(signature.len() > FIDO2_SIGNATURE_BYTES_MAX);
        return false;
    };
    assert_eq!(proof.authenticator_data(), data);
    assert_eq!(proof.signature(), signature);
    let proof = HardwareProof::Fido2(proof);
    let challenge = dongle_device::challenge();
    for algorithm in [Algorithm::Ed25519, Algorithm::Es256] {
        let enrolled = security_key::enrolled(algorithm);
        // This credential was made a moment ago and has signed nothing.
        let verified = verify_hardware_proof(enrolled, &challenge, &proof);
        assert!(verified.is_err(), "made up: {proof:?}");
    }
    true
}

/// Serial, counter, signature, as in an answer to PROVE.
fn dongle_proof(bytes: &[u8]) -> bool {
    let mut given = [0; 88];
    let many = bytes.len().min(given.len());
    given[..many].copy_from_slice(&bytes[..many]);
    let (serial, rest) = given.split_first_chunk().expect("88 bytes begin with 16");
    let (counter, signature) = rest.split_first_chunk().expect("72 bytes begin with 8");
    let proof = HardwareProof::Dongle(DongleProof {
        serial: KeySerial(*serial),
        counter: u64::from_be_bytes(*counter),
        signature: signature.try_into().expect("64 bytes are left"),
    });
    let enrolled = dongle_device::enrolled();
    // The one signature of this device that the seeds hold; Ed25519 has no second for one message.
    match verify_hardware_proof(&enrolled, &dongle_device::challenge(), &proof) {
        Ok(counter) => {
            assert_eq!(counter, 1, "made up: {proof:?}");
            true
        }
        Err(_) => false,
    }
}
