//! What a security key says of itself (CTAP 2.1, section 6.4). Nothing of it is proof.

use ciborium::value::Value;

use super::{
    CborFault, CtapFault,
    cbor::{bytes, decode, member, number, optional},
};

/// Entries of a list that are read; what follows is passed over.
const ENTRIES_MAX: usize = 32;
/// Bytes of a version's or option's name that are kept.
const NAME_BYTES_MAX: usize = 64;

/// What is needed of `authenticatorGetInfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatorInfo {
    /// Versions of the protocol that it knows, such as `FIDO_2_0`.
    pub versions: Vec<String>,
    /// The model, by its maker's word.
    pub aaguid: [u8; 16],
    /// Options that it names, with whether they are on.
    pub options: Vec<(String, bool)>,
    /// PIN protocols that it knows, its preferred first.
    pub pin_protocols: Vec<i64>,
    /// COSE algorithms that it knows; empty where it does not say.
    pub algorithms: Vec<i64>,
    /// Its maker's number for its firmware; `None` where it does not say.
    pub firmware_version: Option<u64>,
}

impl AuthenticatorInfo {
    pub(super) fn read(answer: &[u8]) -> Result<Self, CtapFault> {
        let map = decode(answer)?;
        let versions = texts(member(&map, 1)?);
        if !versions.iter().any(|version| version.starts_with("FIDO_2")) {
            return Err(CtapFault::NoCtap2);
        }
        let aaguid = bytes(&map, 3)?
            .try_into()
            .map_err(|_| CborFault::Member { member: 3 })?;
        let options = optional(&map, 4)
            .and_then(Value::as_map)
            .into_iter()
            .flatten()
            .take(ENTRIES_MAX)
            .filter_map(|(name, on)| Some((name_of(name)?, on.as_bool()?)))
            .collect();
        let algorithms = list(optional(&map, 10))
            .filter_map(|entry| {
                let members = entry.as_map()?;
                let (_, algorithm) = members
                    .iter()
                    .find(|(name, _)| name.as_text() == Some("alg"))?;
                number(algorithm)
            })
            .collect();
        Ok(Self {
            versions,
            aaguid,
            options,
            pin_protocols: list(optional(&map, 6)).filter_map(number).collect(),
            algorithms,
            firmware_version: optional(&map, 14)
                .and_then(number)
                .and_then(|version| version.try_into().ok()),
        })
    }

    /// Whether an option is on.
    pub fn has(&self, option: &str) -> bool {
        self.options.iter().any(|(name, on)| *on && name == option)
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .take(ENTRIES_MAX)
}

fn texts(value: &Value) -> Vec<String> {
    list(Some(value)).filter_map(name_of).collect()
}

/// A name that may be shown: printable ASCII.
fn name_of(value: &Value) -> Option<String> {
    let name = value.as_text()?;
    let shown = name.len() <= NAME_BYTES_MAX && name.bytes().all(|byte| byte.is_ascii_graphic());
    shown.then(|| name.to_owned())
}
