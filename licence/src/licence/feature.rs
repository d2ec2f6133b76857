//! Reads a feature from its message: what is counted, how much, and the terms that fit what is
//! counted.

use super::{Feature, Grouping, Metric};
use crate::{
    ALLOWED_TIMES_MAX, CheckoutProof, Identity, Overdraft, Seconds, TermError, VersionRange,
    fields::{count, list, name, optional_instant, range, span, term},
    message, terms,
};

const SOFT_PERCENTS_MAX: usize = 16;

pub(super) fn feature(mut wire: message::Feature) -> Result<Feature, TermError> {
    use message::{Grouping as Wire, Metric as WireMetric};
    let grouping = match Wire::try_from(wire.grouping) {
        Ok(Wire::Unspecified) => None,
        Ok(Wire::Checkout) => Some(Grouping::Checkout),
        Ok(Wire::User) => Some(Grouping::User),
        Ok(Wire::UserHost) => Some(Grouping::UserHost),
        Ok(Wire::Host) => Some(Grouping::Host),
        Ok(Wire::Process) => Some(Grouping::Process),
        Err(_) => return Err(TermError::Unknown { field: "grouping" }),
    };
    let metric = match WireMetric::try_from(wire.metric) {
        Ok(WireMetric::Unspecified) => return Err(TermError::Missing { field: "metric" }),
        Ok(WireMetric::Concurrent) => {
            Metric::Concurrent(grouping.ok_or(TermError::Missing { field: "grouping" })?)
        }
        Ok(WireMetric::Host) => Metric::Host,
        Ok(WireMetric::NamedUser) => {
            let field = "named_user";
            let wire = wire.named_user.ok_or(TermError::Missing { field })?;
            Metric::NamedUser(terms::named_users(wire)?)
        }
        Ok(WireMetric::Metered) => {
            let field = "metered";
            let wire = wire.metered.clone().ok_or(TermError::Missing { field })?;
            Metric::Metered(terms::metered(wire)?)
        }
        Err(_) => return Err(TermError::Unknown { field: "metric" }),
    };
    let versions = version_range(&wire.versions.take().unwrap_or_default())?;
    fits_its_metric(&metric, &wire)?;
    let field = "soft_percents";
    let soft_percents = list(field, wire.soft_percents, 0, SOFT_PERCENTS_MAX, |percent| {
        range(field, percent.into(), 1, 1_000).map(|_| percent)
    })?;
    let field = "allowed_times";
    Ok(Feature {
        name: name("feature", &wire.name)?,
        metric,
        count: count("count", wire.count)?,
        versions,
        linger: span("linger_s", wire.linger_s, Seconds(0))?,
        term: term("feature term", wire.term.unwrap_or_default())?,
        maintenance_ends_at: optional_instant(
            "feature maintenance_ends_at",
            wire.maintenance_ends_at_s,
        )?,
        allowed_times: list(
            field,
            wire.allowed_times,
            0,
            ALLOWED_TIMES_MAX,
            terms::weekly_times,
        )?,
        overdraft: match wire.overdraft {
            None => Overdraft::Deny,
            Some(wire) => terms::overdraft(wire)?,
        },
        queue_max: match span("queue_max_s", wire.queue_max_s, Seconds(0))? {
            Seconds(0) => None,
            span => Some(span),
        },
        automation_forbidden: wire.automation_forbidden,
        borrow: wire.borrow.map(terms::borrow).transpose()?,
        identity: Identity::read("identity", wire.identity)?,
        checkout_proof: match wire.checkout_proof {
            0 => None,
            proof => Some(CheckoutProof::read("checkout_proof", proof)?),
        },
        category_limits: terms::category_limits(wire.category_limits)?,
        soft_percents,
    })
}

/// Refuses what a metric gives no meaning to, so that nobody takes it for enforced.
fn fits_its_metric(metric: &Metric, wire: &message::Feature) -> Result<(), TermError> {
    let (named, metered) = match metric {
        Metric::NamedUser(_) => (true, false),
        Metric::Metered(_) => (false, true),
        Metric::Concurrent(_) | Metric::Host => (false, false),
    };
    if wire.named_user.is_some() && !named {
        return terms::contradiction("named_user stands in a feature of another metric");
    }
    if wire.metered.is_some() && !metered {
        return terms::contradiction("metered stands in a feature of another metric");
    }
    if (named || metered) && wire.grouping != 0 {
        return terms::contradiction("grouping stands in a feature that is not concurrent");
    }
    for (what, set) in [
        ("borrow", wire.borrow.is_some()),
        ("linger_s", wire.linger_s > 0),
        ("queue_max_s", wire.queue_max_s > 0),
        ("category_limits", !wire.category_limits.is_empty()),
    ] {
        if set && metered {
            return terms::contradiction(format!("{what} stands in a metered feature"));
        }
    }
    let billed = wire.overdraft.as_ref().and_then(|one| match &one.kind {
        Some(message::overdraft::Kind::Billed(billed)) => Some(billed.unit),
        _ => None,
    });
    let amounts = i32::from(message::OverdraftUnit::AmountInExcess);
    match billed {
        Some(unit) if unit != 0 && metered != (unit == amounts) => {
            // A unit of a later version is named as such where the overdraft is read.
            message::OverdraftUnit::try_from(unit).map_or(Ok(()), |_| {
                terms::contradiction("amounts in excess are billed of metered features alone")
            })
        }
        _ => Ok(()),
    }
}

/// Reads a range of versions.
pub(crate) fn version_range(wire: &message::VersionRange) -> Result<VersionRange, TermError> {
    let version = |field, text: &str| match text {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|source| TermError::Version { field, source }),
    };
    let versions = VersionRange {
        minimum: version("versions.minimum", &wire.minimum)?,
        maximum: version("versions.maximum", &wire.maximum)?,
    };
    if let (Some(minimum), Some(_)) = (&versions.minimum, &versions.maximum)
        && !versions.covers(minimum)
    {
        return Err(TermError::EndsBeforeStart { field: "versions" });
    }
    Ok(versions)
}
