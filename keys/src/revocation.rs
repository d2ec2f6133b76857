//! The vendor's revocation list: keys and licences that are no longer trusted, in a sequence of its own.

use octroi_licence::{
    CivilSeconds, DocumentDigest, KeyId, LicenceId, RevocationList, Signer, Verified,
    message::{self, SignedDocument},
};

use crate::{Authority, AuthorityError, DraftFrame};

/// One more thing that is no longer trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revoke {
    /// A key, with the documents of it that stand.
    Key {
        /// Which key.
        key: KeyId,
        /// Since when, as evidence for people.
        untrusted_after: CivilSeconds,
        /// Its documents that stand.
        honoured: Vec<DocumentDigest>,
    },
    /// A licence.
    Licence {
        /// Which licence.
        licence: LicenceId,
        /// Up to and including this serial.
        serial_max: u64,
        /// For people; never names a person.
        reason: String,
    },
}

/// Why a revocation list was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevokeError {
    /// Nobody would believe the list.
    #[error("key {key} cannot revoke itself")]
    OwnKey {
        /// The key.
        key: KeyId,
    },
    /// Signing failed, or daemons would refuse the result.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// Signs the next version of the vendor's revocation list: all that `previous` says, and `revoke`.
/// What is revoked again replaces its entry.
///
/// # Errors
/// [`RevokeError`].
pub fn revoke<S>(
    revoke: &Revoke,
    previous: Option<&RevocationList>,
    authority: &Authority<'_, S>,
    now: CivilSeconds,
) -> Result<(SignedDocument, Verified<RevocationList>), RevokeError>
where
    S: Signer,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let mut draft = message::RevocationList::default();
    for key in previous
        .map(|list| list.keys.as_slice())
        .unwrap_or_default()
    {
        draft
            .keys
            .push(revoked_key(key.key, key.untrusted_after, &key.honoured));
    }
    for licence in previous
        .map(|list| list.licences.as_slice())
        .unwrap_or_default()
    {
        draft.licences.push(message::RevokedLicence {
            licence_id: licence.licence.to_string(),
            serial_max: licence.serial_max,
            reason: licence.reason.clone(),
        });
    }
    match revoke {
        Revoke::Key {
            key,
            untrusted_after,
            honoured,
        } => {
            if *key == authority.signer.public_key().id() {
                return Err(RevokeError::OwnKey { key: *key });
            }
            draft.keys.retain(|entry| entry.key_id != key.as_bytes());
            draft
                .keys
                .push(revoked_key(*key, *untrusted_after, honoured));
        }
        Revoke::Licence {
            licence,
            serial_max,
            reason,
        } => {
            draft
                .licences
                .retain(|entry| entry.licence_id != licence.as_str());
            draft.licences.push(message::RevokedLicence {
                licence_id: licence.to_string(),
                serial_max: *serial_max,
                reason: reason.clone(),
            });
        }
    }
    let frame = DraftFrame {
        vendor: authority.vendor.clone(),
        issued_at: now,
        licence: None,
        sequence: previous.map_or(1, |list| list.version.saturating_add(1)),
    };
    Ok(authority.sign(draft, &frame)?)
}

fn revoked_key(
    key: KeyId,
    untrusted_after: CivilSeconds,
    honoured: &[DocumentDigest],
) -> message::RevokedKey {
    message::RevokedKey {
        key_id: key.as_bytes().to_vec(),
        untrusted_after_s: untrusted_after.0,
        honoured: honoured
            .iter()
            .map(|digest| digest.as_bytes().to_vec())
            .collect(),
    }
}
