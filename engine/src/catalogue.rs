//! What the documents in force offer, ready to be asked: by licence, and by product and feature. It
//! is drawn up anew whenever a document, an order's effect or a revocation changes it.

use std::{collections::BTreeMap, sync::Arc};

use octroi_licence::{
    ActivationCertificate, CivilSeconds, Country, Days, Feature, FeatureName, Identity, KeySerial,
    Licence, LicenceId, MeterWindow, Metric, NamedUsers, OrderKind, Overdraft, ProductId, Term,
    Verified, VersionRange, WindowUnit, Zone,
};

use crate::{
    Allotment, Effect, ScopeRecord, State,
    documents::Documents,
    life,
    state::{Export, LicenceState, OrderState, Ordered, Taken},
};

/// One licence in force whose document is at hand.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that a rule asks for"
)]
pub(crate) struct Terms {
    pub(crate) licence: Arc<Verified<Licence>>,
    pub(crate) certificate: Option<Arc<Verified<ActivationCertificate>>>,
    /// The newest revocation list names the licence, or the key that signed one of its documents.
    pub(crate) revoked: bool,
    /// What orders leave of the whole licence.
    pub(crate) ordered: Ordered,
    /// It passed to another client.
    pub(crate) transferred: bool,
    /// The client declared the end of its use.
    pub(crate) use_ended: bool,
    /// Versions for which an escrow release lifts reports and the certificate's end.
    pub(crate) released: Option<VersionRange>,
    /// The first grant accepts the software.
    pub(crate) use_accepts: bool,
    /// When it may be used, renewals included.
    pub(crate) term: Term,
    /// First instant after the certificate, as put off by force majeure.
    pub(crate) certificate_ends_at: Option<CivilSeconds>,
    /// From when on no more seats are granted, for want of a report.
    pub(crate) reports_late_from: Option<CivilSeconds>,
    /// The window for export after the end.
    pub(crate) export: Option<Export>,
    /// The zone of the site, in which windows and times of day are meant.
    pub(crate) zone: Zone,
    /// The country of the site; `None`: not stated.
    pub(crate) country: Option<Country>,
}

/// One feature of one licence in force.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) terms: Arc<Terms>,
    pub(crate) feature: Feature,
    /// What orders leave of the feature, those about the whole licence included.
    pub(crate) ordered: Ordered,
    /// What the licence states, or the order that changed it.
    pub(crate) count: u32,
    /// An order said from when nothing is granted over the limit, and that was before now.
    pub(crate) noticed: bool,
    /// It matters for whom a check-out asks.
    pub(crate) asks_who: bool,
    /// When it may be used: the licence's term, or until the end of the window for export.
    pub(crate) term: Term,
    /// First instant after the certificate; `None` where it has no end, or the end is overruled.
    pub(crate) certificate_ends_at: Option<CivilSeconds>,
    /// This daemon's part; 0 where the certificate names none.
    pub(crate) share: u32,
    /// First instant at which licence, feature or certificate is over.
    pub(crate) ends_at: Option<CivilSeconds>,
    /// Versions released from then on are not covered; `None`: all are.
    pub(crate) maintenance_ends_at: Option<CivilSeconds>,
    /// The windows of a metered feature: what the licence states, or the orders that changed it.
    pub(crate) windows: Vec<MeterWindow>,
}

impl Offer {
    pub(crate) fn licence(&self) -> &LicenceId {
        &self.terms.licence.id
    }

    /// What may be in use here: the least of the licence's count and the certificate's share. Hosts
    /// are counted where they are activated: here a share is a switch.
    pub(crate) fn allotment(&self) -> Allotment {
        let certificate = self.terms.certificate.as_ref();
        let units = self.count.min(self.share);
        Allotment {
            units: match self.feature.metric {
                Metric::Host => units.min(1),
                _ => units,
            },
            fence: certificate.map_or(0, |certificate| certificate.number),
            until: certificate.and_then(|certificate| certificate.valid_until),
        }
    }

    /// Units that a check-out of `units` counts: a host and a named user count once.
    pub(crate) fn counted(&self, units: u32) -> u32 {
        match self.feature.metric {
            Metric::Host | Metric::NamedUser(_) => 1,
            _ => units.max(1),
        }
    }
}

impl Offer {
    /// Seats are assigned to users for good.
    pub(crate) fn named_users(&self) -> Option<&NamedUsers> {
        match &self.feature.metric {
            Metric::NamedUser(named) => Some(named),
            _ => None,
        }
    }

    /// Its use is counted over the limit, or shown near it.
    fn watched(&self) -> bool {
        !matches!(self.feature.metric, Metric::Metered(_))
            && (self.feature.overdraft != Overdraft::Deny || !self.feature.soft_percents.is_empty())
    }

    /// The hour, day or month in which an instant lies, in the site's zone.
    pub(crate) fn window(
        &self,
        unit: WindowUnit,
        at: CivilSeconds,
    ) -> Option<(CivilSeconds, CivilSeconds)> {
        let certificate = self.terms.certificate.as_ref();
        let site = certificate.and_then(|certificate| certificate.site.as_ref());
        self.terms.licence.zone_at(site).window(unit, at)
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
    /// Offers whose use is counted over the limit, or shown near it.
    pub(crate) watched: Vec<Arc<Offer>>,
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
            offers.extend(
                features.map(|feature| Arc::new(offer(licence, &terms, feature, documents))),
            );
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
            if offer.watched() {
                catalogue.watched.push(Arc::clone(&offer));
            }
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
    let (certificate_ends_at, reports_late_from) = certificate
        .map(|one| certified_until(document, one, licence))
        .unwrap_or_default();
    let site = certificate.and_then(|certificate| certificate.site.as_ref());
    let country = document
        .sites
        .iter()
        .find(|stated| Some(&stated.id) == site)
        .and_then(|site| site.country);
    let released = licence.lifecycle.released;
    let released = released.and_then(|digest| documents.releases.get(&digest));
    Some(Arc::new(Terms {
        zone: document.zone_at(site).clone(),
        country,
        licence: Arc::clone(document),
        certificate: certificate.map(Arc::clone),
        revoked: revoked || licence.revoked,
        ordered: licence.ordered(&ScopeRecord(None)),
        transferred: licence.transferred(),
        use_ended: licence.lifecycle.end_of_use().is_some(),
        use_accepts: life::use_accepts(document, licence),
        released: released.map(|release| release.versions.clone()),
        term: Term {
            ends_at: life::term_end(document, licence),
            ..document.term
        },
        certificate_ends_at,
        reports_late_from,
        export: licence.lifecycle.export,
    }))
}

/// When a certificate ends, and from when a report is so late that no more seats are granted. Without
/// a receipt the certificate ends at the stop limit, so both are counters of lateness, which force
/// majeure stops (clause A23); a certificate that no report renews ends when it says.
fn certified_until(
    licence: &Licence,
    certificate: &ActivationCertificate,
    state: &LicenceState,
) -> (Option<CivilSeconds>, Option<CivilSeconds>) {
    let Some((reporting, end)) = licence.reporting.as_ref().zip(certificate.valid_until) else {
        return (certificate.valid_until, None);
    };
    let before = Days(reporting.stop.0.saturating_sub(reporting.degrade.0)).seconds();
    let standstills = state.standstills();
    let put_off = |deadline| life::postponed(certificate.valid_from, deadline, &standstills);
    (
        Some(put_off(end)),
        Some(put_off(life::earlier(end, before))),
    )
}

fn offer(
    licence: &LicenceState,
    terms: &Arc<Terms>,
    feature: &Feature,
    documents: &Documents,
) -> Offer {
    let certificate = terms.certificate.as_ref();
    let share = certificate
        .and_then(|certificate| {
            certificate
                .shares
                .iter()
                .find(|one| one.feature == feature.name)
        })
        .map_or(0, |share| share.units.0);
    let of_feature = licence.ordered(&ScopeRecord(Some(feature.name.clone())));
    let eligibility = &terms.licence.eligibility;
    let maintained = [
        terms.licence.maintenance_of(feature),
        licence.maintenance_ordered(),
    ];
    let mut offer = Offer {
        maintenance_ends_at: maintained.into_iter().flatten().min(),
        windows: changed_windows(licence, terms, feature, documents),
        count: changed_count(licence, terms, feature, documents).unwrap_or(feature.count.0),
        noticed: since_issue(licence, terms, Effect::OverdraftNotice)
            .any(|(_, scope)| scope.0.as_ref().is_none_or(|of| *of == feature.name)),
        asks_who: matches!(feature.metric, Metric::NamedUser(_))
            || feature.identity != Identity::OperatingSystemUser
            || !eligibility.entities.is_empty()
            || !eligibility.categories.is_empty(),
        ordered: terms.ordered.max(of_feature),
        share,
        ends_at: None,
        term: terms.term,
        certificate_ends_at: terms
            .certificate_ends_at
            .filter(|_| terms.released.is_none()),
        feature: feature.clone(),
        terms: Arc::clone(terms),
    };
    if let Some(export) = terms.export
        && of_feature != Ordered::Terminated
    {
        exported(&mut offer, export);
    }
    let ends = [
        offer.term.ends_at,
        offer.feature.term.ends_at,
        offer.certificate_ends_at,
    ];
    offer.ends_at = ends.into_iter().flatten().min();
    offer
}

/// After the end of the licence the features of its window for export are granted until the window's
/// end: neither the end nor a termination of the whole stands in their way, nor a certificate that lasted
/// until then. A suspension does (clause K7).
fn exported(offer: &mut Offer, export: Export) {
    let named = offer.terms.licence.post_term.as_ref();
    if !named.is_some_and(|one| one.features.contains(&offer.feature.name)) {
        return;
    }
    if offer.ordered == Ordered::Terminated {
        offer.ordered = Ordered::Nothing;
    }
    offer.term.ends_at = Some(export.until);
    let lasted = |end: &mut Option<CivilSeconds>| *end = end.filter(|end| *end < export.since);
    lasted(&mut offer.certificate_ends_at);
    lasted(&mut offer.feature.term.ends_at);
}

/// Orders of one effect that stand and came after the licence's serial: a serial states the whole, so
/// what was ordered before it has gone into it or is gone. By rising sequence number.
pub(crate) fn since_issue<'a>(
    licence: &'a LicenceState,
    terms: &'a Terms,
    wanted: Effect,
) -> impl DoubleEndedIterator<Item = (&'a OrderState, &'a ScopeRecord)> {
    let issued = terms.licence.frame().sequence;
    let orders = licence.orders.iter();
    orders.filter_map(move |order| match &order.taken {
        Some(Taken::Effect(scope, effect)) if *effect == wanted && order.sequence > issued => {
            Some((order, scope))
        }
        _ => None,
    })
}

/// The windows of a metered feature: each as the newest limit change that lasts states it, otherwise
/// as the licence does.
fn changed_windows(
    licence: &LicenceState,
    terms: &Terms,
    feature: &Feature,
    documents: &Documents,
) -> Vec<MeterWindow> {
    let Metric::Metered(metered) = &feature.metric else {
        return Vec::new();
    };
    let mut stated = metered.windows.clone();
    for (order, scope) in since_issue(licence, terms, Effect::LimitChange) {
        let document = documents.orders.get(&order.digest);
        let lasts = !licence.limits_over.contains(&order.digest);
        let (true, Some(OrderKind::LimitChange { windows, .. })) = (
            lasts && scope.0.as_ref() == Some(&feature.name),
            document.map(|document| &document.kind),
        ) else {
            continue;
        };
        for window in windows {
            stated.retain(|known| known.unit != window.unit);
            stated.push(*window);
        }
    }
    stated
}

/// The count of the newest limit change of a feature, while it lasts.
fn changed_count(
    licence: &LicenceState,
    terms: &Terms,
    feature: &Feature,
    documents: &Documents,
) -> Option<u32> {
    let changes = since_issue(licence, terms, Effect::LimitChange);
    let changes = changes.filter(|(_, scope)| scope.0.as_ref() == Some(&feature.name));
    let (order, count) = changes.rev().find_map(|(order, _)| {
        let document = documents.orders.get(&order.digest)?;
        match &document.kind {
            OrderKind::LimitChange { count, .. } => count.map(|count| (order, count.0)),
            _ => None,
        }
    })?;
    (!licence.limits_over.contains(&order.digest)).then_some(count)
}
