//! What the vendor says about a licence after its issue, in the licence's vendor sequence: any kind of
//! order, of the licence, its maintenance or one of its features. What a kind means is said in
//! [`OrderKind`]; how its dates are counted, in [`crate::dates`].

mod wire;

use octroi_licence::{
    CivilSeconds, FeatureName, Licence, LicenceId, Metric, Order, OrderKind, Overdraft, Scope,
    Signer, Verified,
    message::{self, SignedDocument},
};

use crate::{
    Authority, AuthorityError, DraftFrame, GivenOrder, LicenceRecord, authority::may_speak_of,
};

/// An order to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorOrder {
    /// What is ordered.
    pub kind: OrderKind,
    /// The whole licence, its maintenance, or one feature.
    pub scope: Scope,
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
    /// Clause T17.
    #[error("licence {licence} excludes an ending for convenience")]
    ConvenienceExcluded {
        /// The licence.
        licence: LicenceId,
    },
    /// The order would do nothing with what the feature counts.
    #[error("{kind} does not fit feature `{feature}`, which {why}")]
    DoesNotFit {
        /// The kind of order.
        kind: &'static str,
        /// The feature.
        feature: FeatureName,
        /// What the feature is.
        why: &'static str,
    },
    /// No daemon carries the kind out: it would refuse the order, and every later document of the licence
    /// would wait behind the gap.
    #[error("no daemon carries out {kind} yet, and what is said later would wait behind it")]
    NotCarriedOut {
        /// Its name.
        kind: &'static str,
    },
    /// The kind is one of a later version.
    #[error("this version cannot give an order of the kind {kind}")]
    KindUnknown {
        /// Its name.
        kind: &'static str,
    },
    /// Signing failed, or daemons would refuse the result.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// Signs an order as the next document in the licence's vendor sequence and enters it. `licence` is
/// the newest serial, `terms` what holds of it now (an amendment's outcome, else itself): the order must
/// be one that a daemon with that licence honours.
///
/// # Errors
/// [`VendorOrderError`]; the record is unchanged then.
pub fn give_order<S>(
    order: &VendorOrder,
    licence: &Verified<Licence>,
    terms: &Licence,
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
    makes_sense(order, terms)?;
    let kind = order.kind.name();
    if matches!(order.kind, OrderKind::HostList(_)) {
        return Err(VendorOrderError::NotCarriedOut { kind });
    }
    let wire = wire::kind(&order.kind).ok_or(VendorOrderError::KindUnknown { kind })?;
    let scope = wire::scope(&order.scope).ok_or(VendorOrderError::KindUnknown { kind })?;
    let draft = message::Order {
        frame: None,
        scope: Some(scope),
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
    record.add_order(GivenOrder::of(&verified));
    Ok((signed, verified))
}

/// What the licence says about the order; what the kind says about the scope is read back.
fn makes_sense(order: &VendorOrder, terms: &Licence) -> Result<(), VendorOrderError> {
    if let Scope::Feature(name) = &order.scope {
        if matches!(order.kind, OrderKind::ClockReset { .. }) {
            return Err(VendorOrderError::ClockResetOfFeature);
        }
        let feature = terms.features.iter().find(|one| one.name == *name);
        let Some(feature) = feature else {
            return Err(VendorOrderError::FeatureNotLicensed {
                licence: terms.id.clone(),
                feature: name.clone(),
            });
        };
        if let Some(why) = unfit(&order.kind, feature) {
            return Err(VendorOrderError::DoesNotFit {
                kind: order.kind.name(),
                feature: name.clone(),
                why,
            });
        }
    }
    if order.kind == OrderKind::Terminate
        && order.ground == message::Ground::Convenience
        && terms.convenience_excluded
    {
        let licence = terms.id.clone();
        return Err(VendorOrderError::ConvenienceExcluded { licence });
    }
    Ok(())
}

/// Why an order would do nothing with a feature.
fn unfit(kind: &OrderKind, feature: &octroi_licence::Feature) -> Option<&'static str> {
    let metered = matches!(feature.metric, Metric::Metered(_));
    match kind {
        OrderKind::LimitChange { windows, .. } if !windows.is_empty() && !metered => {
            Some("has no windows")
        }
        OrderKind::DecideReservation { .. } if !metered => Some("reserves no amounts"),
        OrderKind::HostList(_) if feature.metric != Metric::Host => Some("does not count hosts"),
        OrderKind::OverdraftNotice if feature.overdraft == Overdraft::Deny => {
            Some("is refused over its limit already")
        }
        OrderKind::WriteOff(_) if feature.borrow.is_none() => Some("cannot be borrowed"),
        OrderKind::Reassign(_) if !matches!(feature.metric, Metric::NamedUser(_)) => {
            Some("assigns no seats")
        }
        _ => None,
    }
}
