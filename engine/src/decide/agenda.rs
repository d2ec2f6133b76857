//! What documents make due, beside the timers that stand in the state: keys whose last proof grows
//! old, absence budgets, ends of licences, features and certificates, orders' dates. Drawn up anew
//! when something of it changes, so that a decision which changes none of it only looks at the first
//! entries.

use std::collections::BTreeSet;

use octroi_licence::{CivilSeconds, DocumentDigest, KeySerial, LicenceId, OrderKind, PublicKey};

use super::{
    clock::{confirmed_at, reached_after_ms},
    orders::{effect_of, once, reset_applies},
    overdraft::recounted_at,
};
use crate::{
    Deadline, Effect, ElapsedMs, Engine, ScopeRecord, State,
    catalogue::{Catalogue, Terms, since_issue},
    documents::Documents,
    rules::budget_spent_at,
    state::{LicenceState, Presence},
};

/// Proof intervals after which a key that was not heard of counts as away.
const PROOFS_MISSED_MAX: u64 = 2;

/// Something that elapsed time makes due. The order of the variants breaks ties.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Duty {
    /// A key was not proven for too long.
    Lapse(KeySerial),
    /// The absence budget of a licence is spent.
    Spend(LicenceId),
}

/// Something that a date makes due. The order of the variants breaks ties.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Date {
    /// A licence, a feature or a certificate is over.
    End(LicenceId, ScopeRecord),
    /// An order takes effect.
    Order(LicenceId, DocumentDigest),
    /// A changed limit no longer holds.
    LimitOver(LicenceId, DocumentDigest),
}

/// What is due next.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    pub(super) duties: BTreeSet<(ElapsedMs, Duty)>,
    pub(super) dates: BTreeSet<(CivilSeconds, Date)>,
    /// Instants at which something begins; nothing is recorded then, but whoever waits is served.
    starts: BTreeSet<CivilSeconds>,
}

/// What an agenda is drawn up from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sources<'a> {
    pub(crate) state: &'a State,
    pub(crate) documents: &'a Documents,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) daemon_key: &'a PublicKey,
}

impl Agenda {
    pub(crate) fn draw_up(from: &Sources<'_>) -> Self {
        let Sources {
            state, catalogue, ..
        } = *from;
        let mut agenda = Self::default();
        agenda.lapses(state, catalogue);
        for (id, licence) in &state.licences {
            agenda.orders(id, licence, from);
            if let Some(terms) = catalogue.licences.get(id) {
                agenda.ends(id, licence, terms);
                agenda.begins(terms);
                agenda.limits(id, licence, terms, from.documents);
                if let Some(at) = budget_spent_at(state, &terms.licence, licence) {
                    agenda.duties.insert((at, Duty::Spend(id.clone())));
                }
            }
        }
        // Months whose use over the limit is counted, and the last instants of such use.
        for overdrawn in state.overdrafts.pools.values() {
            let open = overdrawn.open.filter(|open| open.excess > 0);
            agenda.starts.extend(open.map(|open| open.ends_at));
            agenda.starts.extend(overdrawn.until);
        }
        agenda
    }

    /// When the absence budget of a licence is spent, if nothing changes before.
    pub(super) fn spends(&self, licence: &LicenceId) -> Option<ElapsedMs> {
        self.duties.iter().find_map(|(at, duty)| match duty {
            Duty::Spend(of) if of == licence => Some(*at),
            Duty::Spend(_) | Duty::Lapse(_) => None,
        })
    }

    /// A key counts as present for two of the shortest proof intervals that any licence states.
    fn lapses(&mut self, state: &State, catalogue: &Catalogue) {
        for (serial, key) in &state.keys {
            let Presence::Present { at, .. } = key.presence else {
                continue;
            };
            let interval = catalogue
                .keys
                .get(serial)
                .into_iter()
                .flatten()
                .filter_map(|licence| catalogue.licences.get(licence))
                .map(|terms| terms.licence.binding.proof_interval.millis())
                .min();
            if let Some(interval) = interval {
                let lapses = at.after(interval.saturating_mul(PROOFS_MISSED_MAX));
                self.duties.insert((lapses, Duty::Lapse(*serial)));
            }
        }
    }

    fn ends(&mut self, id: &LicenceId, licence: &LicenceState, terms: &Terms) {
        let whole = ScopeRecord(None);
        if licence.ended.contains(&whole) {
            return;
        }
        let certificate = terms.certificate.as_ref();
        let until = certificate.and_then(|certificate| certificate.valid_until);
        if let Some(end) = terms.licence.term.ends_at.into_iter().chain(until).min() {
            self.dates.insert((end, Date::End(id.clone(), whole)));
        }
        for feature in &terms.licence.features {
            let scope = ScopeRecord(Some(feature.name.clone()));
            if let Some(end) = feature.term.ends_at
                && !licence.ended.contains(&scope)
            {
                self.dates.insert((end, Date::End(id.clone(), scope)));
            }
        }
    }

    fn begins(&mut self, terms: &Terms) {
        let features = terms
            .licence
            .features
            .iter()
            .filter_map(|feature| feature.term.starts_at);
        self.starts.extend(features);
        self.starts.extend(terms.licence.term.starts_at);
        self.starts.extend(
            terms
                .certificate
                .as_ref()
                .map(|certificate| certificate.valid_from),
        );
    }

    fn limits(
        &mut self,
        id: &LicenceId,
        licence: &LicenceState,
        terms: &Terms,
        documents: &Documents,
    ) {
        for (order, _) in since_issue(licence, terms, Effect::LimitChange) {
            let kind = documents.orders.get(&order.digest).map(|one| &one.kind);
            if let Some(OrderKind::LimitChange {
                until: Some(until), ..
            }) = kind
                && !licence.limits_over.contains(&order.digest)
            {
                let over = Date::LimitOver(id.clone(), order.digest);
                self.dates.insert((*until, over));
            }
        }
    }

    fn orders(&mut self, id: &LicenceId, licence: &LicenceState, from: &Sources<'_>) {
        let Sources {
            state,
            documents,
            daemon_key,
            ..
        } = *from;
        let open = licence.orders.iter().filter(|order| order.taken.is_none());
        for order in open {
            let known = documents.orders.get(&order.digest);
            if let (Some(date), Some(document)) = (order.effective_at, known)
                && (effect_of(&document.kind).is_some()
                    || once(&document.kind)
                    || reset_applies(state, daemon_key, order, document))
            {
                self.dates
                    .insert((date, Date::Order(id.clone(), order.digest)));
            }
        }
    }
}

/// When the shell must come back.
pub(crate) fn next_deadline(engine: &Engine, agenda: &Agenda) -> Option<Deadline> {
    let clock = engine.state.clock.as_ref()?;
    let timer = engine.state.timers.first().map(|(at, _)| *at);
    let duty = agenda.duties.first().map(|(at, _)| *at);
    let overdrafts = engine.state.overdrafts.pools.values();
    let recounted = overdrafts
        .filter_map(|overdrawn| recounted_at(overdrawn.open?))
        .min();
    let elapsed = [
        timer,
        duty,
        recounted,
        confirmed_at(clock),
        engine.tallies.flushed_at(),
    ];
    let begun = engine.last_civil.unwrap_or(clock.mark).seconds();
    let start = agenda
        .starts
        .range((std::ops::Bound::Excluded(begun), std::ops::Bound::Unbounded));
    let civil = agenda
        .dates
        .first()
        .map(|(date, _)| *date)
        .into_iter()
        .chain(start.copied().next())
        .min()
        .map(CivilSeconds::millis);
    let elapsed_ms = elapsed
        .into_iter()
        .flatten()
        .min()
        .map(|at| at.0.saturating_sub(clock.elapsed.0))
        .into_iter()
        .chain(civil.map(|date| reached_after_ms(clock, date)))
        .min();
    if elapsed_ms.is_none() && civil.is_none() {
        return None;
    }
    Some(Deadline {
        boottime_ms: elapsed_ms.map(|after| clock.boottime_ms.saturating_add(after)),
        civil_ms: civil,
    })
}
