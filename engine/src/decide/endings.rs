//! What the client owes after a licence's end: to return or destroy, and to certify it, until a
//! deadline of which it is reminded (clauses Z9, A14, B10). The deadline is counted in calendar days
//! of the licence's zone, and the record states the instant. A window for export puts it off.
//!
//! Where the licence says so, silence chooses: what was not chosen until the deadline counts as
//! chosen then. Nobody but the client certifies it.

use octroi_licence::{CivilSeconds, DocumentDigest, LicenceId};

use super::{Turn, certificates::named, facts::choice_of};
use crate::{
    Actor, Event, Outcome, Refusal, RefusalCode,
    catalogue::Terms,
    life,
    state::{LicenceState, Ordered},
};

impl Turn<'_> {
    /// A licence may be over: what is due after its end falls due.
    pub(super) fn open_ending(&mut self, licence: &LicenceId, terms: &Terms) {
        let Some(stated) = terms.licence.end_of_use.as_ref() else {
            return;
        };
        let Some(state) = self.engine.state.licences.get(licence) else {
            return;
        };
        if state.lifecycle.ending.is_some() || state.lifecycle.certified.is_some() {
            return;
        }
        let end = terms.term.ends_at;
        let past = end.filter(|end| end.millis() <= self.civil);
        let over = terms.ordered == Ordered::Terminated || terms.transferred;
        let Some(since) = past.or_else(|| over.then(|| self.civil_s())) else {
            return;
        };
        let export = state.lifecycle.export.map(|export| export.until);
        let until = terms.zone.days_later(since, stated.deadline);
        self.emit(Event::EndOfUseDue {
            licence: licence.clone(),
            since,
            until: export.map_or(until, |export| export.max(until)),
        });
    }

    /// A date of what is due after the end has come.
    pub(super) fn reach_end_of_use(&mut self, licence: &LicenceId) {
        self.engine.draw_up();
        let Some(terms) = self.engine.catalogue().licences.get(licence).cloned() else {
            return;
        };
        let state = self.engine.state.licences.get(licence);
        let Some(ending) = state.and_then(|state| state.lifecycle.ending) else {
            self.settle_end(licence);
            return;
        };
        let of = licence.clone();
        if ending.until.millis() > self.civil {
            self.emit(Event::EndOfUseReminded {
                licence: of,
                until: ending.until,
            });
            return;
        }
        let declared = state.and_then(|state| state.lifecycle.end_of_use());
        let stated = terms.licence.end_of_use.as_ref();
        let silent = stated.and_then(|stated| stated.silence);
        self.emit(Event::EndOfUseOverdue {
            licence: of,
            until: ending.until,
            choice: silent.and_then(choice_of).filter(|_| declared.is_none()),
        });
        self.changed(licence);
    }

    /// The client's certificate of the end of use was made. Of two only the first counts.
    pub(super) fn certify_end_of_use(
        &mut self,
        licence: &LicenceId,
        digest: DocumentDigest,
        actor: Actor,
    ) -> Outcome {
        let lifecycle = self.engine.state.licences.get(licence);
        let Some(lifecycle) = lifecycle.map(|state| &state.lifecycle) else {
            let refusal = Refusal::of(RefusalCode::LicenceUnknown);
            return Outcome::Refused(named(refusal, licence));
        };
        if lifecycle.certified.is_some() {
            return Outcome::AlreadyInstalled;
        }
        if lifecycle.end_of_use().is_none() {
            return Outcome::Refused(Refusal::of(RefusalCode::RequestNotUnderstood));
        }
        if let Some(until) = self.engine.lent_until(licence) {
            let refusal = Refusal {
                may_change_at: Some(until.millis()),
                ..Refusal::of(RefusalCode::SeatStillBorrowed)
            };
            return Outcome::Refused(named(refusal, licence));
        }
        self.emit(Event::EndOfUseCertified {
            licence: licence.clone(),
            digest,
            actor,
        });
        Outcome::Done
    }
}

/// When something of what is due after the end comes next; `renewed`: a period begins by itself when
/// the term ends.
pub(super) fn next_date(
    licence: &LicenceState,
    terms: &Terms,
    renewed: bool,
) -> Option<CivilSeconds> {
    let life = &licence.lifecycle;
    terms.licence.end_of_use.as_ref()?;
    if life.certified.is_some() {
        return None;
    }
    let Some(ending) = life.ending else {
        return terms.term.ends_at.filter(|_| !renewed);
    };
    let reminded = life::reminded_at(ending.since, ending.until);
    match (ending.reminded, ending.overdue) {
        (_, true) => None,
        (false, _) if reminded < ending.until => Some(reminded),
        _ => Some(ending.until),
    }
}
