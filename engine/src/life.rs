//! What a licence's document and the records about its life come to together: when its term ends, which
//! period follows, what is late and by when. Pure; drawn up with the catalogue, never folded.
//!
//! The end of a term is that of the document, or of the last period that began, or that an order of
//! renewal names, whichever is latest. The next tacit period begins at that end, by itself and even while
//! the licence is suspended (never where it was terminated or passed on), unless a notice of non-renewal stands whose end is reached.

pub(crate) use octroi_licence::postponed;
use octroi_licence::{CivilSeconds, Days, Licence, RenewalPeriod, Seconds};

use crate::{
    ScopeRecord,
    state::{LicenceState, Ordered},
};

/// The end of the term as it stands; `None`: without an end.
pub(crate) fn term_end(licence: &Licence, state: &LicenceState) -> Option<CivilSeconds> {
    state.term_end(licence.term.ends_at)
}

/// The period that begins by itself when the term ends.
pub(crate) fn next_period(licence: &Licence, state: &LicenceState) -> Option<RenewalPeriod> {
    let end = term_end(licence, state)?;
    let gone = state.transferred() || state.ordered(&ScopeRecord(None)) == Ordered::Terminated;
    if gone || state.non_renewal().is_some_and(|stands| stands <= end) {
        return None;
    }
    let mut periods = licence.renewal.periods().iter();
    periods.find(|period| period.ends_at > end).copied()
}

/// The first period that a notice given at `now` keeps from beginning, and when the term would end.
pub(crate) fn next_notice(
    licence: &Licence,
    state: &LicenceState,
    now: CivilSeconds,
) -> Option<(RenewalPeriod, CivilSeconds)> {
    let end = term_end(licence, state)?;
    if state.non_renewal().is_some() {
        return None;
    }
    let mut periods = licence.renewal.periods().iter();
    let period = periods.find(|one| one.ends_at > end && now < one.notice_until)?;
    Some((*period, period.starts_at.max(end)))
}

/// Says whether the first grant accepts the software: where the licence speaks of acceptance, no evaluation
/// is open for using it, nothing was accepted yet and no reserves were made (clauses A18, T4).
pub(crate) fn use_accepts(licence: &Licence, state: &LicenceState) -> bool {
    let stated = &licence.acceptance;
    let facts = &state.lifecycle.facts;
    let spoken_of = stated.reserves_until.is_some() || stated.guarantee_ends_at.is_some();
    spoken_of && stated.evaluation_ends_at.is_none() && facts.accepted.is_none() && !facts.reserves
}

/// When silence accepts the software: no reserves were made in time; `None`: never, or no longer.
pub(crate) fn silence_accepts(licence: &Licence, state: &LicenceState) -> Option<CivilSeconds> {
    let facts = &state.lifecycle.facts;
    let stated = &licence.acceptance;
    let open = facts.accepted.is_none() && !facts.reserves && !facts.ended_by_client;
    stated.reserves_until.max(facts.evaluation).filter(|_| open)
}

/// How long before its deadline the client is reminded of what is due after the end.
const REMINDED_BEFORE: Days = Days(7);

/// When the client is reminded: before the deadline, and not before the end.
pub(crate) fn reminded_at(since: CivilSeconds, until: CivilSeconds) -> CivilSeconds {
    earlier(until, REMINDED_BEFORE.seconds()).max(since)
}

/// An instant so much later; saturates far outside any calendar.
pub(crate) fn later(instant: CivilSeconds, span: Seconds) -> CivilSeconds {
    CivilSeconds(instant.0.saturating_add(span.0.into()))
}

/// An instant so much earlier; saturates far outside any calendar.
pub(crate) fn earlier(instant: CivilSeconds, span: Seconds) -> CivilSeconds {
    CivilSeconds(instant.0.saturating_sub(span.0.into()))
}
