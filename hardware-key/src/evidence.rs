//! What a security key answered at its enrolment, written as libfido2's tools read it, so that somebody
//! else's code can check both it and ours. Nothing of it is secret, and no licence needs it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ciborium::value::Value;
use octroi_licence::{FIDO2_RELYING_PARTY, HardwareCredential, HardwareProof};

use crate::{Enrolled, Trial};

/// The input of `fido2-cred -V` (libfido2), a line each: client data hash, relying party, format of the
/// attestation, authenticator data, credential id, signature, certificate where there is one. `None`
/// for a key that made no credential, or whose statement has no signature.
pub fn credential_evidence(enrolled: &Enrolled) -> Option<String> {
    let made = enrolled.made.as_ref()?;
    let HardwareCredential::Fido2(credential) = &enrolled.key.credential else {
        return None;
    };
    let attestation = &made.attestation;
    let mut lines = vec![
        STANDARD.encode(made.client_data_hash),
        FIDO2_RELYING_PARTY.to_owned(),
        attestation.format.clone(),
        byte_string(&attestation.authenticator_data),
        STANDARD.encode(credential.id.as_bytes()),
        STANDARD.encode(attestation.signature.as_ref()?),
    ];
    lines.extend(
        attestation
            .certificate
            .as_ref()
            .map(|one| STANDARD.encode(one)),
    );
    Some(text(&lines))
}

/// The input of `fido2-assert -V` (libfido2), a line each: client data hash, relying party,
/// authenticator data, signature. `None` for a dongle's proof.
pub fn assertion_evidence(trial: &Trial) -> Option<String> {
    let HardwareProof::Fido2(proof) = &trial.proof else {
        return None;
    };
    Some(text(&[
        STANDARD.encode(trial.challenge.as_bytes()),
        FIDO2_RELYING_PARTY.to_owned(),
        byte_string(proof.authenticator_data()),
        STANDARD.encode(proof.signature()),
    ]))
}

fn text(lines: &[String]) -> String {
    lines
        .iter()
        .flat_map(|line| [line.as_str(), "\n"])
        .collect()
}

/// Authenticator data is given as a CBOR byte string.
fn byte_string(bytes: &[u8]) -> String {
    let mut encoded = Vec::new();
    ciborium::into_writer(&Value::Bytes(bytes.to_vec()), &mut encoded)
        .unwrap_or_else(|_| unreachable!("memory takes what is written"));
    STANDARD.encode(encoded)
}

#[cfg(test)]
mod tests {
    use octroi_licence::{
        CredentialId, Fido2Credential, Fido2Proof, Fido2PublicKey, HardwareChallenge, HardwareKey,
        PublicKey,
    };

    use super::*;
    use crate::{Made, ctap::Attestation};

    fn enrolled(signature: Option<Vec<u8>>) -> Enrolled {
        let id = CredentialId::from_bytes(b"id").unwrap();
        let generator = [[0x58].as_slice(), &[0x66; 31]].concat();
        Enrolled {
            key: HardwareKey {
                serial: id.serial(),
                credential: HardwareCredential::Fido2(Fido2Credential {
                    id,
                    public_key: Fido2PublicKey::Ed25519(PublicKey::from_bytes(&generator).unwrap()),
                }),
                emulator_accepted: false,
            },
            made: Some(Made {
                client_data_hash: [0; 32],
                attestation: Attestation {
                    format: "packed".to_owned(),
                    authenticator_data: vec![0; 3],
                    signature,
                    certificate: None,
                },
            }),
        }
    }

    #[test]
    fn a_credential_is_written_line_by_line_as_libfido2_reads_it() {
        let zeros = STANDARD.encode([0; 32]);
        assert_eq!(
            credential_evidence(&enrolled(Some(b"sig".to_vec()))).unwrap(),
            format!("{zeros}\nhardware-key.octroi\npacked\nQwAAAA==\naWQ=\nc2ln\n")
        );
    }

    #[test]
    fn a_credential_without_a_signed_statement_gives_no_evidence() {
        assert_eq!(credential_evidence(&enrolled(None)), None);
    }

    #[test]
    fn a_proof_is_written_line_by_line_as_libfido2_reads_it() {
        let challenge = HardwareChallenge::for_enrolment(&[1; 32]);
        let proof = HardwareProof::Fido2(Fido2Proof::new(&[0; 37], b"sig").unwrap());
        let asked = STANDARD.encode(challenge.as_bytes());
        let data = STANDARD.encode([[0x58, 37].as_slice(), &[0; 37]].concat());
        assert_eq!(
            assertion_evidence(&Trial { challenge, proof }).unwrap(),
            format!("{asked}\nhardware-key.octroi\n{data}\nc2ln\n")
        );
    }
}
