//! Revocation: keys and licences that are no longer trusted, and the documents that stand all the
//! same. A revoked key's documents are refused whatever date they state, since whoever has the key
//! can date them as he likes; only a digest in `honoured` stands.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    CivilSeconds, DocumentDigest, DocumentKind, DocumentType, Frame, KeyId, KeyRole, LicenceId,
    TermError, Verified,
    fields::{array, instant, list, name, range, text_of, unique},
    message,
};

/// The most entries in each part of a list.
pub const REVOKED_MAX: usize = 10_000;

/// A vendor's list; the newest version replaces all older ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationList {
    /// From 1, rising.
    pub version: u64,
    /// Keys no longer trusted.
    pub keys: Vec<RevokedKey>,
    /// Licences no longer honoured.
    pub licences: Vec<RevokedLicence>,
}

/// A key no longer trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedKey {
    /// Which.
    pub key: KeyId,
    /// Since when, as evidence for people.
    pub untrusted_after: CivilSeconds,
    /// Documents of that key which stand.
    pub honoured: Vec<DocumentDigest>,
}

/// A licence no longer honoured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedLicence {
    /// Which.
    pub licence: LicenceId,
    /// Up to and including this serial.
    pub serial_max: u64,
    /// For people.
    pub reason: String,
}

impl DocumentType for RevocationList {
    const KIND: DocumentKind = DocumentKind::RevocationList;
    const ROLE: KeyRole = KeyRole::Issuing;
    type Message = message::RevocationList;

    fn read(wire: Self::Message, frame: &Frame) -> Result<Self, TermError> {
        let keys = list("keys", wire.keys, 0, REVOKED_MAX, revoked_key)?;
        unique("keys", keys.iter().map(|key| key.key))?;
        let licences = list("licences", wire.licences, 0, REVOKED_MAX, revoked_licence)?;
        unique("licences", licences.iter().map(|one| one.licence.as_str()))?;
        Ok(Self {
            version: frame.in_sequence()?,
            keys,
            licences,
        })
    }
}

fn revoked_key(wire: message::RevokedKey) -> Result<RevokedKey, TermError> {
    Ok(RevokedKey {
        key: KeyId::from_bytes(array("key_id", &wire.key_id)?),
        untrusted_after: instant("untrusted_after", wire.untrusted_after_s)?,
        honoured: list("honoured", wire.honoured, 0, REVOKED_MAX, |digest| {
            array("honoured", &digest).map(DocumentDigest::from_bytes)
        })?,
    })
}

fn revoked_licence(wire: message::RevokedLicence) -> Result<RevokedLicence, TermError> {
    Ok(RevokedLicence {
        licence: name("licence_id", &wire.licence_id)?,
        serial_max: range("serial_max", wire.serial_max, 1, u64::MAX)?,
        reason: text_of("reason", wire.reason)?,
    })
}

/// What the newest list of a vendor says, ready to be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revocations {
    version: u64,
    keys: BTreeMap<KeyId, (CivilSeconds, BTreeSet<DocumentDigest>)>,
    licences: BTreeMap<LicenceId, u64>,
}

impl Revocations {
    /// What a verified list says.
    pub fn of(list: &Verified<RevocationList>) -> Self {
        let list = list.document();
        Self {
            version: list.version,
            keys: list
                .keys
                .iter()
                .map(|key| {
                    (
                        key.key,
                        (key.untrusted_after, key.honoured.iter().copied().collect()),
                    )
                })
                .collect(),
            licences: list
                .licences
                .iter()
                .map(|licence| (licence.licence.clone(), licence.serial_max))
                .collect(),
        }
    }

    /// The list's version; 0: none was received yet.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Since when the key is untrusted, unless this very document is still honoured.
    pub fn revoked(&self, key: KeyId, document: DocumentDigest) -> Option<CivilSeconds> {
        self.keys
            .get(&key)
            .filter(|(_, honoured)| !honoured.contains(&document))
            .map(|(untrusted_after, _)| *untrusted_after)
    }

    /// Says whether this serial of the licence is revoked.
    pub fn licence_revoked(&self, licence: &LicenceId, serial: u64) -> bool {
        self.licences
            .get(licence)
            .is_some_and(|serial_max| serial <= *serial_max)
    }
}
