//! What the vendor says about a licence after its issue: suspend, resume, terminate, reset a clock,
//! in the licence's vendor sequence; and the revocation list, in a sequence of its own.

use octroi_licence::{
    CivilSeconds, DocumentDigest, FeatureName, KeyId, Licence, LicenceId, Order, PublicKey,
    RevocationList, Signer, Verified,
    message::{self, SignedDocument, order::Kind, scope},
};

use crate::{
    Authority, AuthorityError, DraftFrame, GivenOrder, GivenOrderKind, LicenceRecord,
    authority::may_speak_of,
};

/// What to order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VendorOrderKind {
    /// Nothing is granted until resumed; seats end.
    Suspend,
    /// The suspension of the same scope ends.
    Resume,
    /// Nothing is granted ever again.
    Terminate,
    /// A daemon's civil time goes back once, for one recorded anomaly.
    ClockReset {
        /// The daemon.
        daemon_key: PublicKey,
        /// Ledger sequence of the record that reports the anomaly.
        anomaly: u64,
        /// The time to go back to.
        new_time: CivilSeconds,
    },
}

/// An order to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorOrder {
    /// What is ordered.
    pub kind: VendorOrderKind,
    /// One feature, or the whole licence.
    pub feature: Option<FeatureName>,
    /// Why.
    pub ground: message::Ground,
    /// It does nothing before; `None`: at once.
    pub effective_at: Option<CivilSeconds>,
    /// For people, at most 200 bytes; never names a person.
    pub reason: String,
}

/// Why an order was not given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VendorOrderError {
    /// The licence is not the newest serial in the record.
    #[error("the register does not know this document of licence {licence}")]
    LicenceUnknown {
        /// The licence.
        licence: LicenceId,
    },
    /// After a termination nothing more is said.
    #[error("licence {licence} was terminated")]
    Terminated {
        /// The licence.
        licence: LicenceId,
    },
    /// A clock belongs to a daemon, not to a feature.
    #[error("a clock reset concerns the whole licence, not one feature")]
    ClockResetOfFeature,
    /// Daemons take no order about a feature that the licence does not have.
    #[error("licence {licence} has no feature `{feature}`")]
    FeatureNotLicensed {
        /// The licence.
        licence: LicenceId,
        /// The feature.
        feature: FeatureName,
    },
    /// Signing failed, or daemons would refuse the result.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// Signs an order as the next document in the licence's vendor sequence and enters it. `licence` is
/// the newest serial: the order must be one that a daemon with that licence honours.
///
/// # Errors
/// [`VendorOrderError`]; the record is unchanged then.
pub fn give_order<S>(
    order: &VendorOrder,
    licence: &Verified<Licence>,
    record: &mut LicenceRecord,
    authority: &Authority<'_, S>,
    now: CivilSeconds,
) -> Result<(SignedDocument, Verified<Order>), VendorOrderError>
where
    S: Signer,
    S::Error: std::error::Error + Send + Sync + 'static,
{
    let id = record.licence().clone();
    if record.newest().map(|issued| issued.digest) != Some(licence.digest()) {
        return Err(VendorOrderError::LicenceUnknown { licence: id });
    }
    if record.terminated_at().is_some() {
        return Err(VendorOrderError::Terminated { licence: id });
    }
    if let Some(feature) = &order.feature
        && !licence
            .features
            .iter()
            .any(|licensed| licensed.name == *feature)
    {
        let feature = feature.clone();
        return Err(VendorOrderError::FeatureNotLicensed {
            licence: id,
            feature,
        });
    }
    let (kind, wire) = match &order.kind {
        VendorOrderKind::Suspend => (GivenOrderKind::Suspend, Kind::Suspend(message::Suspend {})),
        VendorOrderKind::Resume => (GivenOrderKind::Resume, Kind::Resume(message::Resume {})),
        VendorOrderKind::Terminate => (
            GivenOrderKind::Terminate,
            Kind::Terminate(message::Terminate {}),
        ),
        VendorOrderKind::ClockReset { .. } if order.feature.is_some() => {
            return Err(VendorOrderError::ClockResetOfFeature);
        }
        VendorOrderKind::ClockReset {
            daemon_key,
            anomaly,
            new_time,
        } => (
            GivenOrderKind::ClockReset,
            Kind::ClockReset(message::ClockReset {
                daemon_key: daemon_key.as_bytes().to_vec(),
                anomaly: *anomaly,
                new_time_s: new_time.0,
            }),
        ),
    };
    let scope = match &order.feature {
        None => scope::Kind::WholeLicence(message::WholeLicence {}),
        Some(feature) => scope::Kind::Feature(feature.to_string()),
    };
    let draft = message::Order {
        frame: None,
        scope: Some(message::Scope { kind: Some(scope) }),
        ground: order.ground.into(),
        effective_at_s: order.effective_at.unwrap_or_default().0,
        reason: order.reason.clone(),
        kind: Some(wire),
    };
    let frame = DraftFrame {
        vendor: authority.vendor.clone(),
        issued_at: now,
        licence: Some(id),
        sequence: record.next_sequence(),
    };
    let (signed, verified) = authority.sign::<_, Order>(draft, &frame)?;
    may_speak_of(&verified, licence)?;
    record.add_order(GivenOrder {
        sequence: frame.sequence,
        digest: verified.digest(),
        kind,
        feature: order.feature.clone(),
        effective_at: order.effective_at,
        issued_at: now,
    });
    Ok((signed, verified))
}

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
