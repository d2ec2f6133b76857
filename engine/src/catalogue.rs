//! What the documents in force offer, ready to be asked: by licence, and by product and feature. It
//! is drawn up anew whenever a document, an order's effect or a revocation changes it.

use std::{collections::BTreeMap, sync::Arc};

use octroi_licence::{
    ActivationCertificate, CivilSeconds, Feature, FeatureName, KeySerial, Licence, LicenceId,
    Metric, ProductId, Verified,
};

use crate::{
    Allotment, ScopeRecord, State,
    documents::Documents,
    state::{LicenceState, Ordered},
};

/// One licence in force whose document is at hand.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) licence: Arc<Verified<Licence>>,
    pub(crate) certificate: Option<Arc<Verified<ActivationCertificate>>>,
    /// The newest revocation list names the licence, or the key that signed one of its documents.
    pub(crate) revoked: bool,
    /// What orders leave of the whole licence.
    pub(crate) ordered: Ordered,
}

/// One feature of one licence in force.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) terms: Arc<Terms>,
    pub(crate) feature: Feature,
    /// What orders leave of the feature, those about the whole licence included.
    pub(crate) ordered: Ordered,
    /// This daemon's part; 0 where the certificate names none.
    pub(crate) share: u32,
    /// First instant at which licence, feature or certificate is over.
    pub(crate) ends_at: Option<CivilSeconds>,
}

impl Offer {
    pub(crate) fn licence(&self) -> &LicenceId {
        &self.terms.licence.id
    }

    /// What may be in use here: the least of the licence's count and the certificate's share. Hosts
    /// are counted where they are activated: here a share is a switch.
    pub(crate) fn allotment(&self) -> Allotment {
        let certificate = self.terms.certificate.as_ref();
        let units = self.feature.count.0.min(self.share);
        Allotment {
            units: match self.feature.metric {
                Metric::Host => units.min(1),
                _ => units,
            },
            fence: certificate.map_or(0, |certificate| certificate.number),
            until: certificate.and_then(|certificate| certificate.valid_until),
        }
    }

    /// Units that a check-out of `units` counts: a host counts once.
    pub(crate) fn counted(&self, units: u32) -> u32 {
        match self.feature.metric {
            Metric::Host => 1,
            _ => units.max(1),
        }
    }
}

/// The offers of each feature of a product, in the order in which they are tried.
#[derive(Debug, Default)]
struct Features(BTreeMap<FeatureName, Vec<Arc<Offer>>>);

/// Everything on offer.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    pub(crate) licences: BTreeMap<LicenceId, Arc<Terms>>,
    products: BTreeMap<ProductId, Features>,
    /// Licences that name a key.
    pub(crate) keys: BTreeMap<KeySerial, Vec<LicenceId>>,
}

impl Catalogue {
    pub(crate) fn draw_up(state: &State, documents: &Documents) -> Self {
        let mut catalogue = Self::default();
        let mut offers = Vec::new();
        for (id, licence) in &state.licences {
            let Some(terms) = terms(state, licence, documents) else {
                continue;
            };
            let features = terms.licence.features.iter();
            offers.extend(features.map(|feature| Arc::new(offer(licence, &terms, feature))));
            for key in &terms.licence.binding.hardware_keys {
                catalogue
                    .keys
                    .entry(key.serial)
                    .or_default()
                    .push(id.clone());
            }
            catalogue.licences.insert(id.clone(), terms);
        }
        // What ends first is used first; what never ends, last. The sort is stable and the licences
        // came by rising id.
        offers.sort_by_key(|offer| (offer.ends_at.is_none(), offer.ends_at));
        for offer in offers {
            let product = offer.terms.licence.product.clone();
            let Features(features) = catalogue.products.entry(product).or_default();
            features
                .entry(offer.feature.name.clone())
                .or_default()
                .push(offer);
        }
        catalogue
    }

    /// Offers of a feature, in the order in which they are tried; empty where no licence names it.
    pub(crate) fn offers(&self, product: &ProductId, feature: &FeatureName) -> &[Arc<Offer>] {
        let offers = self
            .products
            .get(product)
            .and_then(|Features(features)| features.get(feature));
        offers.map(Vec::as_slice).unwrap_or_default()
    }

    /// The offer of one licence's feature.
    pub(crate) fn offer(&self, licence: &LicenceId, feature: &FeatureName) -> Option<&Arc<Offer>> {
        let product = &self.licences.get(licence)?.licence.product;
        let mut offers = self.offers(product, feature).iter();
        offers.find(|offer| offer.licence() == licence)
    }

    /// Every offer, by product and feature.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Offer>> {
        self.products.values().flat_map(Features::all)
    }

    /// Every offer of a product, by feature.
    pub(crate) fn of_product(&self, product: &ProductId) -> impl Iterator<Item = &Arc<Offer>> {
        self.products
            .get(product)
            .into_iter()
            .flat_map(Features::all)
    }
}

impl Features {
    fn all(&self) -> impl Iterator<Item = &Arc<Offer>> {
        self.0.values().flatten()
    }
}

fn terms(state: &State, licence: &LicenceState, documents: &Documents) -> Option<Arc<Terms>> {
    let document = documents.licences.get(&licence.digest)?;
    let certificate = licence
        .certificate
        .as_ref()
        .and_then(|certificate| documents.certificates.get(&certificate.digest));
    let list = state
        .revocations
        .and_then(|(_, digest)| documents.revocations.get(&digest));
    let revoked = list.is_some_and(|list| {
        let signer = |key, digest| list.revoked(key, digest).is_some();
        list.licence_revoked(&document.id, document.serial)
            || signer(document.signed_by(), document.digest())
            || certificate.is_some_and(|one| signer(one.signed_by(), one.digest()))
    });
    Some(Arc::new(Terms {
        licence: Arc::clone(document),
        certificate: certificate.map(Arc::clone),
        revoked: revoked || licence.revoked,
        ordered: licence.ordered(&ScopeRecord(None)),
    }))
}

fn offer(licence: &LicenceState, terms: &Arc<Terms>, feature: &Feature) -> Offer {
    let certificate = terms.certificate.as_ref();
    let share = certificate
        .and_then(|certificate| {
            certificate
                .shares
                .iter()
                .find(|one| one.feature == feature.name)
        })
        .map_or(0, |share| share.units.0);
    let ends = [
        terms.licence.term.ends_at,
        feature.term.ends_at,
        certificate.and_then(|certificate| certificate.valid_until),
    ];
    Offer {
        ordered: terms
            .ordered
            .max(licence.ordered(&ScopeRecord(Some(feature.name.clone())))),
        share,
        ends_at: ends.into_iter().flatten().min(),
        feature: feature.clone(),
        terms: Arc::clone(terms),
    }
}
