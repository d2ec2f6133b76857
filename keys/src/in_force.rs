//! What holds of a licence at an instant, as far as the vendor's own documents tell: which text counts
//! (the serial, or the last amendment that came into force), how many of each feature, until when, and
//! whether it has ended. Daemons come to the same from the documents that they hold; here it decides
//! what is allotted. Pure.

use std::{borrow::Cow, collections::BTreeMap};

use octroi_licence::{
    Amendment, CivilSeconds, CureOutcome, DocumentDigest, Feature, FeatureName, Licence, Order,
    OrderKind, Renewal, Scope, Seats, Verified, postponed,
};

use crate::ActivationRefusal;

/// One serial of a licence and what the vendor said since, each list ascending by its place in the
/// licence's vendor sequence.
#[derive(Debug, Clone)]
pub struct VendorSequence<'a> {
    /// The serial.
    pub serial: &'a Verified<Licence>,
    /// Amendments of any serial.
    pub amendments: Vec<&'a Verified<Amendment>>,
    /// Orders.
    pub orders: Vec<&'a Verified<Order>>,
}

/// From where the vendor sequence is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The instant.
    pub at: CivilSeconds,
    /// Later documents are not looked at: the daemon does not have them.
    pub up_to: u64,
    /// The text that the daemon says is in force with it: an amendment that an administrator had to
    /// accept counts only where it, or a later one, is named.
    pub shown: Option<DocumentDigest>,
}

impl<'a> VendorSequence<'a> {
    /// A serial of which nothing was said since.
    pub fn of(serial: &'a Verified<Licence>) -> Self {
        Self {
            serial,
            amendments: Vec::new(),
            orders: Vec::new(),
        }
    }

    /// What holds.
    pub fn in_force(&self, view: View) -> InForce<'a> {
        let text = self.text(view);
        let due = |order: &&&Verified<Order>| {
            order.frame().sequence <= view.up_to && from(order) <= view.at
        };
        let orders: Vec<&Verified<Order>> = self.orders.iter().filter(due).copied().collect();
        let since = text.frame().sequence;
        let counts = text
            .features
            .iter()
            .filter_map(|feature| changed(feature, &orders, since, view.at))
            .collect();
        InForce {
            ends_at: term_end(&text, &orders),
            ended: ended(&orders, self.serial.frame().sequence, view.at),
            text,
            counts,
        }
    }

    /// The serial's text as amended: amendments come into force one behind the other.
    fn text(&self, view: View) -> Cow<'a, Verified<Licence>> {
        let serial = self.serial.serial;
        let amendments = self
            .amendments
            .iter()
            .filter(|one| one.outcome.serial == serial && one.frame().sequence <= view.up_to);
        let shown = amendments
            .clone()
            .position(|one| Some(one.digest()) == view.shown);
        let mut text = Cow::Borrowed(self.serial);
        for (place, amendment) in amendments.enumerate() {
            let accepted = shown.is_some_and(|shown| place <= shown);
            let asked = text.countersign_required || amendment.countersign_required;
            let come = amendment.effective_at.is_none_or(|date| date <= view.at);
            if !accepted && (asked || !come) {
                break;
            }
            text = Cow::Owned(amendment.amended());
        }
        text
    }
}

/// What holds of a licence at an instant.
#[derive(Debug, Clone)]
pub struct InForce<'a> {
    text: Cow<'a, Verified<Licence>>,
    counts: BTreeMap<FeatureName, Changed>,
    ends_at: Option<CivilSeconds>,
    ended: Option<ActivationRefusal>,
}

/// A count that an order changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Changed {
    now: Seats,
    /// What holds once the order is over, where it ends.
    afterwards: Option<Seats>,
}

impl InForce<'_> {
    /// The text that counts: the serial, or what an amendment made of it, under the amendment's digest.
    pub fn text(&self) -> &Verified<Licence> {
        &self.text
    }

    /// How many of a feature there are, as far as they may be shared out among several daemons: a
    /// count that was raised for a while counts only for whoever has the licence for itself (`alone`),
    /// since nobody takes back what a certificate allots.
    pub fn count(&self, feature: &Feature, alone: bool) -> Seats {
        match self.counts.get(&feature.name) {
            None => feature.count,
            Some(changed) if alone => changed.now,
            Some(changed) => changed
                .afterwards
                .map_or(changed.now, |after| changed.now.min(after)),
        }
    }

    /// The last instant, exclusive, at which anything of the licence may be used: renewals and the
    /// export after the end included. `None`: no such instant, or only a later order tells it.
    pub fn usable_until(&self) -> Option<CivilSeconds> {
        match self.text.renewal {
            Renewal::Express => None,
            Renewal::None | Renewal::Tacit { .. } => Some(self.with_export(self.ends_at?)),
        }
    }

    /// Why nothing is activated or renewed any more, if the licence has ended.
    pub fn ended(&self, at: CivilSeconds) -> Option<ActivationRefusal> {
        let over = self
            .ends_at
            .map(|end| self.with_export(end))
            .filter(|end| *end <= at)
            .map(|ended_at| ActivationRefusal::LicenceExpired { ended_at });
        self.ended.clone().or(over)
    }

    fn with_export(&self, end: CivilSeconds) -> CivilSeconds {
        let export = self.text.post_term.as_ref();
        let export = export.map_or(0, |post| post.export.seconds().0);
        CivilSeconds(end.0.saturating_add(export.into()))
    }
}

/// From when an order holds.
fn from(order: &Verified<Order>) -> CivilSeconds {
    order.effective_at.unwrap_or(order.frame().issued_at)
}

/// The newest change of a feature's count, while it lasts. A text states the whole: what was ordered
/// before it has gone into it or is gone.
fn changed(
    feature: &Feature,
    orders: &[&Verified<Order>],
    since: u64,
    at: CivilSeconds,
) -> Option<(FeatureName, Changed)> {
    let of_feature = Scope::Feature(feature.name.clone());
    let orders = orders
        .iter()
        .filter(|order| order.frame().sequence > since && order.scope == of_feature);
    let (now, until) = orders
        .filter_map(|order| match order.kind {
            OrderKind::LimitChange {
                count: Some(count),
                until,
                ..
            } => Some((count, until)),
            _ => None,
        })
        .next_back()?;
    if until.is_some_and(|until| until <= at) {
        return None;
    }
    let afterwards = until.map(|_| feature.count);
    Some((feature.name.clone(), Changed { now, afterwards }))
}

/// The end of the term with every renewal that is known, unless a notice of non-renewal stands before.
fn term_end(text: &Licence, orders: &[&Verified<Order>]) -> Option<CivilSeconds> {
    let mut end = text.term.ends_at?;
    let mut notice: Option<CivilSeconds> = None;
    for order in orders {
        match order.kind {
            OrderKind::Renew { ends_at } => end = end.max(ends_at),
            OrderKind::NonRenewal { ends_at, .. } => {
                notice = Some(notice.map_or(ends_at, |known| known.min(ends_at)));
            }
            _ => {}
        }
    }
    for period in text.renewal.periods() {
        if notice.is_some_and(|stands| stands <= end) {
            break;
        }
        end = end.max(period.ends_at);
    }
    Some(end)
}

/// What ended the whole licence: a termination, a transfer since the serial (which may itself be the new
/// client's), a notice that nobody lifted, or a force majeure that ends it.
fn ended(orders: &[&Verified<Order>], serial: u64, at: CivilSeconds) -> Option<ActivationRefusal> {
    let lifted = |digest: DocumentDigest| {
        let mut orders = orders.iter();
        orders.any(
            |order| matches!(order.kind, OrderKind::LiftCureNotice { notice } if notice == digest),
        )
    };
    let standstills = standstills(orders);
    let mut ended: Option<ActivationRefusal> = None;
    for order in orders {
        if order.scope != Scope::WholeLicence {
            continue;
        }
        let since = match &order.kind {
            OrderKind::Terminate => from(order),
            OrderKind::Transfer { .. } if order.frame().sequence > serial => {
                let since = from(order);
                ended.get_or_insert(ActivationRefusal::LicenceTransferred { since });
                continue;
            }
            OrderKind::CureNotice {
                ends_at,
                outcome: CureOutcome::Terminates,
                ..
            } if !lifted(order.digest()) => postponed(from(order), *ends_at, &standstills),
            OrderKind::ForceMajeure {
                terminates: true, ..
            } => match standstills.last() {
                // A later notice replaces an earlier one.
                Some((since, until)) if *since == from(order) => *until,
                _ => continue,
            },
            _ => continue,
        };
        if since <= at {
            ended.get_or_insert(ActivationRefusal::LicenceTerminated { since });
        }
    }
    ended
}

/// Spans in which counters of lateness stand still: a later notice of force majeure replaces an earlier
/// one (clause A23).
fn standstills(orders: &[&Verified<Order>]) -> Vec<(CivilSeconds, CivilSeconds)> {
    let mut spans: Vec<(CivilSeconds, CivilSeconds)> = Vec::new();
    for order in orders {
        let OrderKind::ForceMajeure { ends_at, .. } = order.kind else {
            continue;
        };
        let since = from(order);
        for earlier in &mut spans {
            earlier.1 = earlier.1.min(since);
        }
        spans.push((since, ends_at));
    }
    spans.retain(|(since, until)| since < until);
    spans.sort_unstable();
    spans
}
