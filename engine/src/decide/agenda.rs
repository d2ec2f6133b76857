//! What documents make due, beside the timers that stand in the state: keys whose last proof grows
//! old, absence budgets, ends of licences, features and certificates, orders' dates. Drawn up anew
//! when something of it changes, so that a decision which changes none of it only looks at the first
//! entries.

use std::collections::BTreeSet;

use octroi_licence::{
    CivilSeconds, DocumentDigest, KeySerial, LicenceId, Order, OrderKind, PublicKey, Scope,
    Seconds, WeeklyTimes,
};

use super::{
    clock::{confirmed_at, reached_after_ms},
    endings,
    lifecycle::about_life,
    orders::{effect_of, once, reset_applies},
    overdraft::recounted_at,
    usage_orders,
};
use crate::{
    Deadline, Effect, ElapsedMs, Engine, ScopeRecord, State,
    catalogue::{Catalogue, Terms, since_issue},
    documents::Documents,
    life,
    rules::budget_spent_at,
    state::{Clock, LicenceState, Ordered, Presence, Taken},
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
    /// The term of a licence is over, and the next tacit period begins.
    Period(LicenceId),
    /// Holders of seats are told of the end at which they lose them.
    Notice(LicenceId, ScopeRecord, CivilSeconds),
    /// A licence, a feature or a certificate is over.
    End(LicenceId, ScopeRecord),
    /// An order takes effect; of one instant the lower number of the sequence first.
    Order(LicenceId, u64, DocumentDigest),
    /// A changed limit no longer holds.
    LimitOver(LicenceId, DocumentDigest),
    /// The delay of a cure notice, or a force majeure, is over.
    Delay(LicenceId, DocumentDigest),
    /// The window for export is over.
    Export(LicenceId),
    /// What is due after the end falls due, is near its deadline, or has passed it.
    EndOfUse(LicenceId),
    /// Nobody made reserves in time.
    Silence(LicenceId),
    /// An amendment comes into force.
    Amendment(LicenceId, DocumentDigest),
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
                agenda.life(id, licence, terms);
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
            if state.revoked_keys.contains_key(serial) {
                continue;
            }
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
        let until = terms
            .certificate_ends_at
            .filter(|_| terms.released.is_none());
        if let Some(end) = terms.term.ends_at.into_iter().chain(until).min() {
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

    /// Periods, notices, delays and the window for export.
    fn life(&mut self, id: &LicenceId, licence: &LicenceState, terms: &Terms) {
        let next = life::next_period(&terms.licence, licence);
        if let (Some(end), Some(_)) = (terms.term.ends_at, next) {
            self.dates.insert((end, Date::Period(id.clone())));
        }
        if let Some(at) = life::silence_accepts(&terms.licence, licence) {
            self.dates.insert((at, Date::Silence(id.clone())));
        }
        if let Some(next) = licence.next_amendment()
            && let Some(date) = next.effective_at.filter(|_| next.accepted)
        {
            self.dates
                .insert((date, Date::Amendment(id.clone(), next.digest)));
        }
        let open = licence.lifecycle.export.filter(|export| !export.closed);
        self.dates
            .extend(open.map(|export| (export.until, Date::Export(id.clone()))));
        let ending = endings::next_date(licence, terms, next.is_some());
        self.dates
            .extend(ending.map(|at| (at, Date::EndOfUse(id.clone()))));
        if let Some((digest, standstill)) = licence.standstill()
            && standstill.over.is_none()
        {
            let date = Date::Delay(id.clone(), digest);
            self.dates.insert((standstill.ends_at, date));
        }
        let standstills = licence.standstills();
        for order in &licence.orders {
            if let Some(Taken::Cure(cure)) = &order.taken
                && cure.over.is_none()
                && !licence.cure_lifted(order.digest)
            {
                let end = life::postponed(cure.since, cure.ends_at, &standstills);
                let date = Date::Delay(id.clone(), order.digest);
                self.dates.insert((end, date));
            }
        }
        if terms.licence.end_notice.0 > 0 {
            self.notices(id, licence, terms, next.is_some());
        }
    }

    /// Notices of ends that are known, and the ends of notices after a termination.
    fn notices(&mut self, id: &LicenceId, licence: &LicenceState, terms: &Terms, renewed: bool) {
        let whole = ScopeRecord(None);
        let given = |scope: &ScopeRecord| licence.lifecycle.notices.get(scope).copied();
        let ended =
            |scope: &ScopeRecord| licence.ended.contains(scope) || licence.ended.contains(&whole);
        let features = terms.licence.features.iter();
        let features = features.map(|feature| {
            let scope = ScopeRecord(Some(feature.name.clone()));
            (scope, feature.term.ends_at, false)
        });
        let ends = std::iter::once((whole.clone(), terms.term.ends_at, renewed)).chain(features);
        for (scope, end, renewed) in ends.filter(|(scope, ..)| !ended(scope)) {
            let terminated = licence.ordered(&scope) == Ordered::Terminated;
            match (given(&scope), end) {
                (Some(until), _) if terminated => {
                    self.dates.insert((until, Date::End(id.clone(), scope)));
                }
                (None, Some(end)) if !renewed && !terminated => {
                    let told = life::earlier(end, terms.licence.end_notice);
                    self.dates
                        .insert((told, Date::Notice(id.clone(), scope, end)));
                }
                _ => {}
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

    /// Holders of seats are told of a termination whose date is known.
    fn termination(
        &mut self,
        id: &LicenceId,
        licence: &LicenceState,
        catalogue: &Catalogue,
        date: CivilSeconds,
        order: &Order,
    ) {
        let scope = match (&order.kind, &order.scope) {
            (OrderKind::Terminate, Scope::WholeLicence) => ScopeRecord(None),
            (OrderKind::Terminate, Scope::Feature(feature)) => ScopeRecord(Some(feature.clone())),
            _ => return,
        };
        let terms = catalogue.licences.get(id);
        let notice = terms.map_or(Seconds(0), |terms| terms.licence.end_notice);
        if notice.0 > 0 && !licence.lifecycle.notices.contains_key(&scope) {
            let told = life::earlier(date, notice);
            let notice = Date::Notice(id.clone(), scope, date);
            self.dates.insert((told, notice));
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
                    || about_life(&document.kind)
                    || usage_orders::applies(state, id, document)
                    || reset_applies(state, daemon_key, order, document))
            {
                self.dates
                    .insert((date, Date::Order(id.clone(), order.sequence, order.digest)));
                self.termination(id, licence, from.catalogue, date, document);
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
        .chain(opening(engine, begun))
        .min()
        .map(CivilSeconds::millis);
    let elapsed_ms = elapsed
        .into_iter()
        .flatten()
        .min()
        .map(|at| at.0.saturating_sub(clock.elapsed.0))
        .into_iter()
        .chain(civil.map(|date| reached_after_ms(clock, date)))
        .chain(period_over_after_ms(engine, clock))
        .min();
    if elapsed_ms.is_none() && civil.is_none() {
        return None;
    }
    Some(Deadline {
        boottime_ms: elapsed_ms.map(|after| clock.boottime_ms.saturating_add(after)),
        civil_ms: civil,
    })
}

/// Milliseconds of elapsed time after the last record at which the first period of a borrowed seat is
/// over: periods follow the confirmed time, which elapsed time carries on.
fn period_over_after_ms(engine: &Engine, clock: &Clock) -> Option<u64> {
    let (end, _) = engine.state.borrows.first_end()?;
    Some(u64::try_from(end.millis().0.saturating_sub(clock.mark.0)).unwrap_or(0))
}

/// When a feature opens for which somebody waits outside its times of day.
fn opening(engine: &Engine, now: CivilSeconds) -> Option<CivilSeconds> {
    if engine.state.queue.is_empty() {
        return None;
    }
    let catalogue = engine.catalogue();
    let lines = engine.state.queue.lines();
    lines
        .into_iter()
        .flat_map(|line| catalogue.offers(&line.product, &line.feature).to_vec())
        .filter(|offer| !offer.feature.allowed_times.is_empty())
        .filter_map(|offer| WeeklyTimes::next(&offer.feature.allowed_times, &offer.terms.zone, now))
        .min()
}
