//! Names of security keys' models, for people. A model number is no secret and proves nothing.

/// Models by AAGUID: those whose behaviour is known (`hardware-key/KEYS.md`), from their makers'
/// lists.
const MODELS: &[(&str, &str)] = &[
    (
        "149a2021-8ef6-4133-96b8-81f8d5b7f1f5",
        "Security Key NFC by Yubico",
    ),
    ("2cd2f727-f6ca-44da-8f48-5c2e5da000a2", "Nitrokey 3 AM"),
    ("2fc0579f-8113-47ea-b116-bb5a8db9202a", "YubiKey 5 NFC"),
    (
        "42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3",
        "Google Titan Security Key v2",
    ),
    (
        "6d44ba9b-f6ec-2e49-b930-0c8fe920cb73",
        "Security Key NFC by Yubico",
    ),
    (
        "833b721a-ff5f-4d00-bb2e-bdda3ec01e29",
        "Feitian ePass FIDO2",
    ),
    ("8876631b-d4a0-427f-5773-0ec71c9e0279", "Solo"),
    ("8976631b-d4a0-427f-5773-0ec71c9e0279", "Solo Tap"),
    ("9a03e537-4cbe-4a01-b2e2-242e0dd9a59b", "Nitrokey Passkey"),
    (
        "b92c3f9a-c014-4056-887f-140a2501163b",
        "Security Key by Yubico",
    ),
    ("c39efba6-fcf4-4c3e-828b-fc4a6115a0ff", "Nitrokey FIDO2"),
    ("c5ef55ff-ad9a-4b9f-b580-adebafe026d0", "YubiKey 5Ci"),
    ("cb69481e-8ff7-4039-93ec-0a2729a154a8", "YubiKey 5"),
    ("ec99db19-cd1f-4c06-a2a9-940f17a6a30b", "Nitrokey 3 xN"),
    (
        "ee041bce-25e5-4cdb-8f86-897fd6418464",
        "Feitian ePass FIDO2 NFC",
    ),
    ("ee882879-721c-4913-9775-3dfcce97072a", "YubiKey 5"),
    (
        "f8a011f3-8c0a-4d15-8006-17111f9edc7d",
        "Security Key by Yubico",
    ),
    ("fa2b99dc-9e39-4257-8f92-4a30d23c4118", "YubiKey 5 NFC"),
];

/// A model's name, where it is known.
pub(super) fn name(model: &[u8; 16]) -> Option<&'static str> {
    let wanted = uuid(model);
    MODELS
        .iter()
        .find_map(|(uuid, name)| (*uuid == wanted).then_some(*name))
}

/// An AAGUID as makers write it (RFC 9562).
pub(super) fn uuid(model: &[u8; 16]) -> String {
    let hex = hex::encode(model);
    let parts: Vec<&str> = [0..8, 8..12, 12..16, 16..20, 20..32]
        .into_iter()
        .filter_map(|part| hex.get(part))
        .collect();
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_known_by_the_number_that_its_maker_publishes() {
        let nitrokey = hex::decode("2cd2f727f6ca44da8f485c2e5da000a2").unwrap();
        assert_eq!(name(&nitrokey.try_into().unwrap()), Some("Nitrokey 3 AM"));
        assert_eq!(name(&[7; 16]), None);
        assert_eq!(uuid(&[7; 16]), "07070707-0707-0707-0707-070707070707");
    }

    #[test]
    fn every_number_is_written_as_it_is_looked_up() {
        for (number, _) in MODELS {
            let bytes = hex::decode(number.replace('-', "")).unwrap();
            assert_eq!(uuid(&bytes.try_into().unwrap()), *number);
        }
        assert!(MODELS.is_sorted());
    }
}
