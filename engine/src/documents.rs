//! Verified documents by digest: what decisions look into, and what replay never needs. The shell
//! hands them over; only those in force, scheduled or pending are kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use octroi_licence::{
    ActivationCertificate, Amendment, DocumentDigest, EscrowRelease, Licence, Order,
    RevocationList, Revocations, Verified,
};

use crate::{DocumentCode, Effect, State, state::Taken};

/// A document that was verified before, as the shell hands it over at start.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum InstalledDocument {
    /// A licence.
    Licence(Arc<Verified<Licence>>),
    /// An activation certificate.
    Certificate(Arc<Verified<ActivationCertificate>>),
    /// An order.
    Order(Arc<Verified<Order>>),
    /// An amendment.
    Amendment(Arc<Verified<Amendment>>),
    /// An escrow release.
    EscrowRelease(Arc<Verified<EscrowRelease>>),
    /// A revocation list.
    Revocations(Arc<Verified<RevocationList>>),
}

/// A licence in force and the certificate that serves it here.
#[derive(Debug, Clone)]
pub struct LicenceDocuments {
    /// The licence.
    pub licence: Arc<Verified<Licence>>,
    /// Its activation certificate, which may have been made for an older serial of the licence.
    pub certificate: Option<Arc<Verified<ActivationCertificate>>>,
    /// The amendment that the licence's bytes are, where it was amended since its serial.
    pub amendment: Option<Arc<Verified<Amendment>>>,
    /// The escrow release in force.
    pub release: Option<Arc<Verified<EscrowRelease>>>,
}

/// The documents at hand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Documents {
    pub(crate) licences: BTreeMap<DocumentDigest, Arc<Verified<Licence>>>,
    pub(crate) certificates: BTreeMap<DocumentDigest, Arc<Verified<ActivationCertificate>>>,
    pub(crate) orders: BTreeMap<DocumentDigest, Arc<Verified<Order>>>,
    /// What they leave of their licences stands among the licences, under the same digest.
    pub(crate) amendments: BTreeMap<DocumentDigest, Arc<Verified<Amendment>>>,
    pub(crate) releases: BTreeMap<DocumentDigest, Arc<Verified<EscrowRelease>>>,
    pub(crate) revocations: BTreeMap<DocumentDigest, Revocations>,
}

impl Documents {
    pub(crate) fn add(&mut self, document: InstalledDocument) {
        match document {
            InstalledDocument::Licence(licence) => {
                self.licences.insert(licence.digest(), licence);
            }
            InstalledDocument::Certificate(certificate) => {
                self.certificates.insert(certificate.digest(), certificate);
            }
            InstalledDocument::Order(order) => {
                self.orders.insert(order.digest(), order);
            }
            InstalledDocument::Amendment(amendment) => {
                let digest = amendment.digest();
                self.licences.insert(digest, Arc::new(amendment.amended()));
                self.amendments.insert(digest, amendment);
            }
            InstalledDocument::EscrowRelease(release) => {
                self.releases.insert(release.digest(), release);
            }
            InstalledDocument::Revocations(list) => {
                self.revocations
                    .insert(list.digest(), Revocations::of(&list));
            }
        }
    }

    /// Forgets what the state no longer needs.
    pub(crate) fn prune(&mut self, state: &State) {
        let needed: BTreeSet<_> = needed(state)
            .into_iter()
            .chain(told(state))
            .map(|(_, digest)| digest)
            .collect();
        self.licences.retain(|digest, _| needed.contains(digest));
        self.certificates
            .retain(|digest, _| needed.contains(digest));
        self.amendments.retain(|digest, _| needed.contains(digest));
        self.releases.retain(|digest, _| needed.contains(digest));
        self.orders.retain(|digest, _| needed.contains(digest));
        self.revocations.retain(|digest, _| needed.contains(digest));
    }
}

/// Orders that did what they say and whose words people still read: what suspends and terminates.
pub(crate) fn told(state: &State) -> Vec<(DocumentCode, DocumentDigest)> {
    let orders = state.licences.values().flat_map(|one| &one.orders);
    let told = orders.filter(|order| {
        matches!(
            order.taken,
            Some(Taken::Effect(_, Effect::Suspend | Effect::Terminate))
        )
    });
    told.map(|order| (DocumentCode::Order, order.digest))
        .collect()
}

/// Documents in force, scheduled or pending. A dated order stays among them after it took effect:
/// civil time may be set back before its date; so does one whose limits hold.
pub(crate) fn needed(state: &State) -> Vec<(DocumentCode, DocumentDigest)> {
    let mut needed = Vec::new();
    for licence in state.licences.values() {
        let released = licence.lifecycle.released;
        needed.extend(released.map(|digest| (DocumentCode::EscrowRelease, digest)));
        let amendments = &licence.lifecycle.amendments;
        let base = amendments.first().map(|first| first.predecessor);
        needed.push((DocumentCode::Licence, base.unwrap_or(licence.digest)));
        let amendments = amendments.iter().map(|one| one.digest);
        needed.extend(amendments.map(|digest| (DocumentCode::Amendment, digest)));
        if let Some(certificate) = &licence.certificate {
            needed.push((DocumentCode::ActivationCertificate, certificate.digest));
        }
        for order in &licence.orders {
            let states_limits = matches!(order.taken, Some(Taken::Effect(_, Effect::LimitChange)));
            let read = states_limits || order.shown();
            if order.taken.is_none() || order.effective_at.is_some() || read {
                needed.push((DocumentCode::Order, order.digest));
            }
        }
        for ((_, code), pending) in &licence.pending {
            needed.push((*code, pending.digest));
        }
    }
    for ((_, code), pending) in state.orphans.values().flatten() {
        needed.push((*code, pending.digest));
    }
    if let Some((_, digest)) = state.revocations {
        needed.push((DocumentCode::RevocationList, digest));
    }
    needed
}
