//! The tables of an order that say what must be present (hardware keys, the host) and where the
//! vendor's activation server is.

use octroi_licence::{
    CredentialId, Fido2PublicKey, HARDWARE_KEYS_MAX, HOST_COMPONENTS_MAX, KEY_PINS_MAX, KeySerial,
    message,
};

use super::{
    fields::{Field, Table, report_duplicates},
    mistake::MistakeKind,
    sections::country,
};

pub(super) fn binding(table: &Table<'_>) -> message::Binding {
    use message::KeyRule;
    let keys = table.get("hardware_keys");
    let hardware_keys = keys.as_ref().map(hardware_keys).unwrap_or_default();
    let rule = table.get("key_rule");
    let interval = table.get("proof_interval");
    let absence = table.get("absence");
    if keys.is_none() {
        for field in [&rule, &interval, &absence].into_iter().flatten() {
            let what = "has no effect: the order names no hardware keys";
            field.mistake(MistakeKind::Contradiction, what);
        }
    }
    let key_rule =
        rule.and_then(|field| field.choice(&[("any", KeyRule::Any), ("all", KeyRule::All)]));
    let (budget, window) = absence
        .map(|field| absence_budget(&field))
        .unwrap_or_default();
    let components_max = u32::try_from(HOST_COMPONENTS_MAX).unwrap_or(u32::MAX);
    let required = table
        .get("host_components_required")
        .and_then(|field| field.count(1, components_max));
    message::Binding {
        hardware_keys,
        key_rule: key_rule.unwrap_or_default().into(),
        proof_interval_s: interval
            .and_then(|field| field.duration(1))
            .unwrap_or_default(),
        absence_budget_s: budget,
        absence_window_s: window,
        host: required.map(|components_required| message::HostBinding {
            components_required,
        }),
    }
}

fn absence_budget(field: &Field<'_>) -> (u32, u32) {
    let Some(table) = field.table() else {
        return (0, 0);
    };
    let span = |key, what| table.require(key, what).and_then(|field| field.duration(1));
    let budget = span("budget", "how much absence is tolerated");
    let window = span("window", "the time over which absence is summed");
    if let (Some(budget), Some(window)) = (budget, window)
        && budget > window
    {
        field.mistake(
            MistakeKind::Contradiction,
            "the budget is longer than its window",
        );
    }
    table.close();
    (budget.unwrap_or_default(), window.unwrap_or_default())
}

fn hardware_keys(field: &Field<'_>) -> Vec<message::HardwareKey> {
    use message::HardwareKeyKind;
    let mut serials = Vec::new();
    let mut keys = Vec::new();
    for table in field.tables(HARDWARE_KEYS_MAX) {
        let kind = table
            .require("kind", "\"dongle\" or \"fido2\"")
            .and_then(|field| {
                field.choice(&[
                    ("dongle", HardwareKeyKind::Dongle),
                    ("fido2", HardwareKeyKind::Fido2),
                ])
            });
        let found = match kind {
            Some(HardwareKeyKind::Fido2) => fido2_key(&table),
            _ => dongle(&table),
        };
        serials.extend(found.named);
        let emulator = table
            .get("emulator_accepted")
            .and_then(|field| field.boolean());
        let revoked = table.get("revoked").and_then(|field| field.boolean());
        keys.push(message::HardwareKey {
            kind: kind.unwrap_or_default().into(),
            serial: found.serial,
            public_key: found.public_key,
            emulator_accepted: emulator.unwrap_or(false),
            credential_id: found.credential_id,
            revoked: revoked.unwrap_or(false),
        });
        table.close();
    }
    if !keys.is_empty() && keys.iter().all(|key| key.revoked) {
        let what = "every key is revoked: name the one that stands in their place";
        field.mistake(MistakeKind::Contradiction, what);
    }
    report_duplicates(serials.into_iter());
    keys
}

/// What an order says of one key.
#[derive(Default)]
struct StatedKey<'a> {
    /// Its serial number, by which an order may name it once, and where it stands.
    named: Option<(String, Field<'a>)>,
    serial: Vec<u8>,
    public_key: Vec<u8>,
    credential_id: Vec<u8>,
}

fn dongle<'a>(table: &Table<'a>) -> StatedKey<'a> {
    let serial_field = table.require("serial", "16 bytes in hexadecimal");
    let serial = serial_field.as_ref().and_then(Field::hex::<16>);
    let public_key = table.require("public_key", "32 bytes in hexadecimal");
    let public_key = public_key.and_then(|field| field.public_key());
    StatedKey {
        named: serial
            .map(|serial| KeySerial(serial).to_string())
            .zip(serial_field),
        serial: serial.map(Vec::from).unwrap_or_default(),
        public_key: public_key
            .map(|key| key.as_bytes().to_vec())
            .unwrap_or_default(),
        credential_id: Vec::new(),
    }
}

/// A FIDO2 key has no serial number: its credential stands for it.
fn fido2_key<'a>(table: &Table<'a>) -> StatedKey<'a> {
    let id_field = table.require(
        "credential_id",
        "the id in hexadecimal that enrol-key prints",
    );
    let id = id_field.as_ref().and_then(|field| {
        field.parse("hexadecimal in quotes", MistakeKind::BadHex, |text| {
            hex::decode(text.trim())
                .ok()
                .and_then(|bytes| CredentialId::from_bytes(&bytes))
                .ok_or("must be 1 to 1023 bytes in hexadecimal")
        })
    });
    let public_key = table.require("public_key", "32 or 33 bytes in hexadecimal");
    let public_key = public_key.and_then(|field| {
        field.parse("hexadecimal in quotes", MistakeKind::BadHex, |text| {
            hex::decode(text.trim())
                .ok()
                .and_then(|bytes| Fido2PublicKey::from_bytes(&bytes))
                .ok_or("must be an Ed25519 key (32 bytes) or a compressed point of P-256 (33)")
        })
    });
    StatedKey {
        named: id.as_ref().map(|id| id.serial().to_string()).zip(id_field),
        serial: Vec::new(),
        public_key: public_key
            .map(|key| key.as_bytes().to_vec())
            .unwrap_or_default(),
        credential_id: id.map(|id| id.as_bytes().to_vec()).unwrap_or_default(),
    }
}

pub(super) fn server(table: &Table<'_>) -> message::ActivationServer {
    let address_field = table.require("address", "https://host or https://host:port");
    let address = address_field.as_ref().and_then(|field| {
        field.parse("a text in quotes", MistakeKind::BadName, |text| {
            if is_https_authority(text) {
                Ok(text.to_owned())
            } else {
                Err("must be https://host or https://host:port, without a path")
            }
        })
    });
    let pins = table.get("key_pins");
    let key_pins: Vec<Vec<u8>> = pins
        .map(|field| field.list(KEY_PINS_MAX))
        .unwrap_or_default()
        .iter()
        .filter_map(Field::hex::<32>)
        .map(Vec::from)
        .collect();
    let web_pki = table
        .get("web_pki")
        .and_then(|field| field.boolean())
        .unwrap_or(false);
    let pins_stated = table
        .get("key_pins")
        .is_some_and(|field| !field.list(KEY_PINS_MAX).is_empty());
    if let Some(field) = &address_field
        && !pins_stated
        && !web_pki
    {
        field.mistake(
            MistakeKind::Contradiction,
            "the server could not be recognised: state `key_pins`, or `web_pki = true`",
        );
    }
    let region = table.get("region").and_then(|field| {
        match field.parse("a text in quotes", MistakeKind::BadName, |text| {
            Ok::<bool, String>(text == "EEA")
        }) {
            Some(true) => Some("EEA".to_owned()),
            Some(false) => country(&field),
            None => None,
        }
    });
    message::ActivationServer {
        address: address.unwrap_or_default(),
        key_pins,
        web_pki,
        region: region.unwrap_or_default(),
    }
}

/// `https://host[:port]` and nothing behind it.
fn is_https_authority(text: &str) -> bool {
    let Some(authority) = text.strip_prefix("https://") else {
        return false;
    };
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of an IPv6 address stand inside its brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let host = if let Some(address) = host.strip_prefix('[') {
        address
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
    } else {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        !host.is_empty() && host.len() <= 190 && host.bytes().all(letter)
    };
    host && port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}
