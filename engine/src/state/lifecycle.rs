//! What the records say about a licence's life: the periods that began, notices, what orders left of
//! it, the window for export. Each record states its outcome; no term of any document stands here.

use std::collections::BTreeMap;

use octroi_licence::{CivilMillis, CivilSeconds, DocumentDigest, LicenceId};

use super::{Ending, LicenceState, OrderState, Ordered, PendingState, State, Taken};
use crate::{AcceptedBy, EndChoice, Event, Evidence, Record, ScopeRecord};

/// The part of a licence's state that most licences never have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lifecycle {
    /// Tacit periods that began, one behind the other.
    pub(crate) periods: Vec<Period>,
    /// The end that stands by the client's own notice.
    pub(crate) non_renewal: Option<CivilSeconds>,
    pub(crate) export: Option<Export>,
    /// Until when holders keep their seats, by what they were told of.
    pub(crate) notices: BTreeMap<ScopeRecord, CivilSeconds>,
    /// Amendments since the serial, each changing the one before it.
    pub(crate) amendments: Vec<AmendmentState>,
    /// The escrow release in force.
    pub(crate) released: Option<DocumentDigest>,
    pub(crate) facts: Facts,
    /// What is due after the end.
    pub(crate) ending: Option<Ending>,
    /// The certificate of the end of use.
    pub(crate) certified: Option<DocumentDigest>,
}

/// What was found or declared here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Why the licence is suspended, and the record that shows it.
    pub(crate) tampering: Option<(Evidence, u64)>,
    pub(crate) evaluation: Option<CivilSeconds>,
    pub(crate) accepted: Option<AcceptedBy>,
    pub(crate) reserves: bool,
    pub(crate) ended_by_client: bool,
    pub(crate) end_of_use: Option<EndChoice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AmendmentState {
    pub(crate) digest: DocumentDigest,
    pub(crate) predecessor: DocumentDigest,
    pub(crate) effective_at: Option<CivilSeconds>,
    /// It was accepted, or need not be.
    pub(crate) accepted: bool,
    pub(crate) applied: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) starts_at: CivilSeconds,
    pub(crate) ends_at: CivilSeconds,
}

/// The window in which some features stay usable after the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Export {
    pub(crate) since: CivilSeconds,
    pub(crate) until: CivilSeconds,
    pub(crate) closed: bool,
}

/// A cure notice that took effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cure {
    pub(crate) scope: ScopeRecord,
    /// Maintenance alone is concerned; the scope is then the whole licence's.
    pub(crate) maintenance: bool,
    pub(crate) since: CivilSeconds,
    pub(crate) ends_at: CivilSeconds,
    pub(crate) terminates: bool,
    pub(crate) suspends: bool,
    pub(crate) over: Option<CivilSeconds>,
}

/// A notice of force majeure that took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standstill {
    pub(crate) since: CivilSeconds,
    pub(crate) ends_at: CivilSeconds,
    pub(crate) terminates: bool,
    pub(crate) over: Option<CivilSeconds>,
}

impl OrderState {
    /// An order that administrators read about as long as the licence is there: its text is needed.
    pub(crate) fn shown(&self) -> bool {
        matches!(
            self.taken,
            Some(Taken::Cure(_) | Taken::Audited | Taken::Transferred(_) | Taken::StandsStill(_))
        )
    }
}

impl Lifecycle {
    /// Another document or order says when the licence ends: who was told of the end is told anew.
    pub(super) fn revived(&mut self) {
        self.notices.clear();
    }

    fn civil_went_back(&mut self, civil: CivilMillis) {
        self.periods
            .retain(|period| period.starts_at.millis() <= civil);
        self.notices.clear();
        self.export = self.export.filter(|one| one.since.millis() <= civil);
        if let Some(export) = &mut self.export {
            export.closed &= export.until.millis() <= civil;
        }
        self.ending_went_back(civil);
    }
}

impl LicenceState {
    /// When the term ends that a document states, after renewals; `None`: without an end.
    pub(crate) fn term_end(&self, stated: Option<CivilSeconds>) -> Option<CivilSeconds> {
        let periods = self.lifecycle.periods.iter().map(|period| period.ends_at);
        let orders = self.orders.iter().filter_map(|order| match &order.taken {
            Some(Taken::Renewed(ends_at)) => Some(*ends_at),
            _ => None,
        });
        stated.map(|stated| periods.chain(orders).fold(stated, CivilSeconds::max))
    }

    /// The end that stands by a notice of non-renewal, the earliest where there are several.
    pub(crate) fn non_renewal(&self) -> Option<CivilSeconds> {
        let orders = self.orders.iter().filter_map(|order| match &order.taken {
            Some(Taken::NotRenewed(ends_at)) => Some(*ends_at),
            _ => None,
        });
        orders.chain(self.lifecycle.non_renewal).min()
    }

    pub(crate) fn cure_lifted(&self, notice: DocumentDigest) -> bool {
        let lifts = |taken: &Option<Taken>| *taken == Some(Taken::Lifts(notice));
        self.orders.iter().any(|order| lifts(&order.taken))
    }

    /// Spans in which counters of lateness stand still, one behind the other: a later notice of force
    /// majeure replaces an earlier one.
    pub(crate) fn standstills(&self) -> Vec<(CivilSeconds, CivilSeconds)> {
        let mut spans: Vec<(CivilSeconds, CivilSeconds)> = Vec::new();
        for order in &self.orders {
            let Some(Taken::StandsStill(one)) = &order.taken else {
                continue;
            };
            for earlier in &mut spans {
                earlier.1 = earlier.1.min(one.since);
            }
            spans.push((one.since, one.ends_at));
        }
        spans.retain(|(since, until)| since < until);
        spans.sort_unstable();
        spans
    }

    /// The notice of force majeure that holds, with its order: the last.
    pub(crate) fn standstill(&self) -> Option<(DocumentDigest, Standstill)> {
        let mut orders = self.orders.iter().rev();
        orders.find_map(|order| match &order.taken {
            Some(Taken::StandsStill(one)) => Some((order.digest, *one)),
            _ => None,
        })
    }

    /// To whom the licence passed: the licence that continues it.
    pub(crate) fn transferred(&self) -> bool {
        let mut orders = self.orders.iter();
        orders.any(|order| matches!(order.taken, Some(Taken::Transferred(_))))
    }

    /// What the next amendment must name as its predecessor.
    pub(crate) fn newest_text(&self) -> DocumentDigest {
        let newest = self.lifecycle.amendments.last();
        newest.map_or(self.digest, |amendment| amendment.digest)
    }

    /// The amendment that comes next into force.
    pub(crate) fn next_amendment(&self) -> Option<&AmendmentState> {
        let mut amendments = self.lifecycle.amendments.iter();
        amendments.find(|amendment| !amendment.applied)
    }

    /// Dates of the licence's life go back with civil time. Amendments whose date lies ahead again are
    /// out of force, and those behind them too.
    pub(super) fn life_went_back(&mut self, civil: CivilMillis) {
        self.lifecycle.civil_went_back(civil);
        let amendments = &mut self.lifecycle.amendments;
        let ahead = |one: &AmendmentState| one.effective_at.is_some_and(|at| at.millis() > civil);
        if let Some(first) = amendments.iter().position(|one| one.applied && ahead(one)) {
            if let Some(one) = amendments.get(first) {
                self.digest = one.predecessor;
            }
            for one in amendments.iter_mut().skip(first) {
                one.applied = false;
            }
            self.lifecycle.periods.clear();
        }
        for order in &mut self.orders {
            let over = match &mut order.taken {
                Some(Taken::Cure(one)) => &mut one.over,
                Some(Taken::StandsStill(one)) => &mut one.over,
                _ => continue,
            };
            *over = over.filter(|at| at.millis() <= civil);
        }
    }

    fn take(&mut self, digest: DocumentDigest, taken: &Taken) {
        for order in self.orders.iter_mut().filter(|one| one.digest == digest) {
            order.taken = Some(taken.clone());
        }
    }

    fn apply_to_life(&mut self, event: &Event) {
        match event {
            Event::PeriodBegan {
                starts_at, ends_at, ..
            } => {
                self.lifecycle.periods.push(Period {
                    starts_at: *starts_at,
                    ends_at: *ends_at,
                });
                self.revived();
            }
            Event::RenewalOrdered {
                digest, ends_at, ..
            } => {
                self.take(*digest, &Taken::Renewed(*ends_at));
                self.revived();
            }
            Event::NonRenewalOrdered {
                digest, ends_at, ..
            } => {
                self.take(*digest, &Taken::NotRenewed(*ends_at));
                // A letter that came in time and was recorded late ends a period that had begun.
                let periods = &mut self.lifecycle.periods;
                periods.retain(|period| period.starts_at < *ends_at);
                self.lifecycle.revived();
            }
            Event::NonRenewalRecorded { ends_at, .. } => {
                self.lifecycle.non_renewal = Some(*ends_at);
                self.lifecycle.revived();
            }
            Event::ExportOpened { since, until, .. } => {
                self.lifecycle.export = Some(Export {
                    since: *since,
                    until: *until,
                    closed: false,
                });
            }
            Event::ExportClosed { .. } => {
                if let Some(export) = &mut self.lifecycle.export {
                    export.closed = true;
                }
            }
            Event::EndNoticeGiven {
                scope, seats_until, ..
            } => {
                let notices = &mut self.lifecycle.notices;
                notices.insert(scope.clone(), *seats_until);
            }
            Event::EscrowReleased { digest, .. } => self.lifecycle.released = Some(*digest),
            Event::TamperingSuspended {
                evidence, record, ..
            } => self.lifecycle.facts.tampering = Some((*evidence, *record)),
            Event::EvaluationOpened { ends_at, .. } => {
                self.lifecycle.facts.evaluation = Some(*ends_at);
            }
            Event::SoftwareAccepted { by, .. } => self.lifecycle.facts.accepted = Some(*by),
            Event::ReservesRecorded { .. } => self.lifecycle.facts.reserves = true,
            Event::EndedByClient { .. } => self.lifecycle.facts.ended_by_client = true,
            Event::EndOfUseDeclared { choice, .. } => {
                self.lifecycle.facts.end_of_use = Some(*choice);
            }
            Event::EndOfUseDue { .. }
            | Event::EndOfUseReminded { .. }
            | Event::EndOfUseOverdue { .. }
            | Event::EndOfUseCertified { .. } => self.lifecycle.apply_ending(event),
            Event::AmendmentReceived {
                digest,
                predecessor,
                sequence,
                effective_at,
                awaits_acceptance,
                ..
            } => {
                self.advance(*sequence, *digest);
                self.lifecycle.amendments.push(AmendmentState {
                    digest: *digest,
                    predecessor: *predecessor,
                    effective_at: *effective_at,
                    accepted: !awaits_acceptance,
                    applied: false,
                });
            }
            Event::DocumentAccepted { digest, .. } => {
                for one in self
                    .lifecycle
                    .amendments
                    .iter_mut()
                    .filter(|one| one.digest == *digest)
                {
                    one.accepted = true;
                }
            }
            Event::AmendmentApplied { digest, .. } => {
                for one in self
                    .lifecycle
                    .amendments
                    .iter_mut()
                    .filter(|one| one.digest == *digest)
                {
                    one.applied = true;
                }
                self.digest = *digest;
                self.ended.clear();
                self.stated_anew();
            }
            _ => self.apply_order(event),
        }
    }

    /// What orders about a licence's life do when they take effect.
    fn apply_order(&mut self, event: &Event) {
        match event {
            Event::CureNoticeGiven {
                digest,
                scope,
                since,
                ends_at,
                terminates,
                suspends,
                ..
            } => {
                let cure = Cure {
                    scope: scope.clone(),
                    maintenance: false,
                    since: *since,
                    ends_at: *ends_at,
                    terminates: *terminates,
                    suspends: *suspends,
                    over: None,
                };
                self.take(*digest, &Taken::Cure(cure));
            }
            Event::MaintenanceCureNoticeGiven {
                digest,
                since,
                ends_at,
                terminates,
                suspends,
                ..
            } => {
                let cure = Cure {
                    scope: ScopeRecord(None),
                    maintenance: true,
                    since: *since,
                    ends_at: *ends_at,
                    terminates: *terminates,
                    suspends: *suspends,
                    over: None,
                };
                self.take(*digest, &Taken::Cure(cure));
            }
            Event::CureNoticeLifted { digest, notice, .. } => {
                self.take(*digest, &Taken::Lifts(*notice));
            }
            Event::CureNoticeEnded { digest, at, .. }
            | Event::ForceMajeureEnded { digest, at, .. } => {
                for order in self.orders.iter_mut().filter(|one| one.digest == *digest) {
                    match &mut order.taken {
                        Some(Taken::Cure(one)) => one.over = Some(*at),
                        Some(Taken::StandsStill(one)) => one.over = Some(*at),
                        _ => {}
                    }
                }
            }
            Event::AuditOpened { digest, .. } => self.take(*digest, &Taken::Audited),
            Event::LicenceTransferred {
                digest, successor, ..
            } => {
                self.take(*digest, &Taken::Transferred(successor.clone()));
            }
            Event::ForceMajeureBegan {
                digest,
                since,
                ends_at,
                terminates,
                ..
            } => {
                let standstill = Standstill {
                    since: *since,
                    ends_at: *ends_at,
                    terminates: *terminates,
                    over: None,
                };
                self.take(*digest, &Taken::StandsStill(standstill));
            }
            Event::OrderVoid { digest, .. } => self.take(*digest, &Taken::Void),
            _ => {}
        }
    }

    /// A new serial states the whole: periods that the old one let begin are begun anew under it. What
    /// orders said stands, and a window for export goes on where they ended the licence.
    pub(super) fn stated_anew(&mut self) {
        self.lifecycle.periods.clear();
        self.lifecycle.revived();
        if self.ordered(&ScopeRecord(None)) != Ordered::Terminated {
            self.lifecycle.export = None;
            self.lifecycle.ending = None;
        }
    }

    /// The term goes on: what was over may run again.
    fn revived(&mut self) {
        if self.ordered(&ScopeRecord(None)) == Ordered::Terminated {
            return;
        }
        self.lifecycle.revived();
        self.lifecycle.export = None;
        self.lifecycle.ending = None;
        self.ended.clear();
    }
}

impl State {
    /// A document came before the licence that it changes.
    pub(super) fn apply_to_orphans(&mut self, event: &Event) {
        if let Event::DocumentPending {
            document,
            licence,
            digest,
            sequence,
            expected,
            ..
        } = event
        {
            let pending = PendingState {
                digest: *digest,
                expected: *expected,
            };
            let waiting = self.orphans.entry(licence.clone()).or_default();
            waiting.insert((*sequence, *document), pending);
        }
    }

    pub(super) fn apply_to_lifecycle(&mut self, record: &Record) {
        if let Some(licence) = licence_of(&record.event)
            && let Some(state) = self.licences.get_mut(licence)
        {
            state.apply_to_life(&record.event);
        }
    }
}

fn licence_of(event: &Event) -> Option<&LicenceId> {
    match event {
        Event::PeriodBegan { licence, .. }
        | Event::RenewalOrdered { licence, .. }
        | Event::NonRenewalOrdered { licence, .. }
        | Event::NonRenewalRecorded { licence, .. }
        | Event::ExportOpened { licence, .. }
        | Event::ExportClosed { licence }
        | Event::EndNoticeGiven { licence, .. }
        | Event::CureNoticeGiven { licence, .. }
        | Event::MaintenanceCureNoticeGiven { licence, .. }
        | Event::CureNoticeLifted { licence, .. }
        | Event::CureNoticeEnded { licence, .. }
        | Event::AuditOpened { licence, .. }
        | Event::LicenceTransferred { licence, .. }
        | Event::ForceMajeureBegan { licence, .. }
        | Event::ForceMajeureEnded { licence, .. }
        | Event::OrderVoid { licence, .. }
        | Event::AmendmentReceived { licence, .. }
        | Event::DocumentAccepted { licence, .. }
        | Event::AmendmentApplied { licence, .. }
        | Event::EscrowReleased { licence, .. }
        | Event::TamperingSuspended { licence, .. }
        | Event::EvaluationOpened { licence, .. }
        | Event::SoftwareAccepted { licence, .. }
        | Event::ReservesRecorded { licence, .. }
        | Event::EndedByClient { licence, .. }
        | Event::EndOfUseDeclared { licence, .. }
        | Event::EndOfUseDue { licence, .. }
        | Event::EndOfUseReminded { licence, .. }
        | Event::EndOfUseOverdue { licence, .. }
        | Event::EndOfUseCertified { licence, .. } => Some(licence),
        _ => None,
    }
}
