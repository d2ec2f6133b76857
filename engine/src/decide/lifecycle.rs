//! The dates of a licence's life: tacit periods, notices before the end, the window for export, cure
//! notices, force majeure, and the orders about them.
//!
//! Holders of seats are told so long before the end of the term as the licence's `end_notice` says, and
//! lose their seats at the end: nothing is used after it (clause Z9). The same holds for a termination
//! whose date is known before. One that takes effect at once grants nothing more, and whoever holds a
//! seat keeps it for the time of that notice; where the licence states none, it is lost at once.

use std::sync::Arc;

use octroi_licence::{
    CivilSeconds, CureOutcome, DocumentDigest, Ground, LicenceId, NonRenewalForm, Order, OrderKind,
    Renewal, Scope, Verified,
};

use super::{Turn, certificates::named};
use crate::{
    Actor, Event, Notice, Outcome, Refusal, RefusalCode, ScopeRecord, SessionId,
    catalogue::{Offer, Terms},
    life,
    state::{Ordered, PoolIndex},
};

impl Turn<'_> {
    /// The judged civil time in whole seconds.
    pub(super) fn civil_s(&self) -> CivilSeconds {
        self.civil.seconds()
    }

    fn terms_of(&mut self, licence: &LicenceId) -> Option<Arc<Terms>> {
        self.engine.draw_up();
        let terms = self.engine.catalogue().licences.get(licence);
        terms.map(Arc::clone)
    }

    /// The term of a licence is over: the next tacit period begins.
    pub(super) fn begin_period(&mut self, licence: &LicenceId) {
        let Some(terms) = self.terms_of(licence) else {
            return;
        };
        let state = self.engine.state.licences.get(licence);
        let next = state.and_then(|state| {
            let end = life::term_end(&terms.licence, state)?;
            Some((end, life::next_period(&terms.licence, state)?))
        });
        if let Some((starts_at, period)) = next {
            self.emit(Event::PeriodBegan {
                licence: licence.clone(),
                digest: terms.licence.digest(),
                starts_at,
                ends_at: period.ends_at,
            });
            self.touch_all();
        }
    }

    /// The client's notice of non-renewal, where the licence takes it here (clauses B6, K12). Given too
    /// late for the next period, it holds for the one behind; given twice, it changes nothing.
    pub(super) fn record_non_renewal(&mut self, licence: &LicenceId, actor: Actor) -> Outcome {
        let refused = |refusal| Outcome::Refused(named(refusal, licence));
        let Some(terms) = self.terms_of(licence) else {
            return refused(Refusal::of(RefusalCode::LicenceUnknown));
        };
        let Some(state) = self.engine.state.licences.get(licence) else {
            return refused(Refusal::of(RefusalCode::LicenceUnknown));
        };
        let Renewal::Tacit {
            form,
            notice_address,
            periods,
            ..
        } = &terms.licence.renewal
        else {
            return refused(Refusal::of(RefusalCode::NothingToRenew));
        };
        if let Some(ends_at) = state.non_renewal() {
            return Outcome::NonRenewal { ends_at };
        }
        let next = life::next_notice(&terms.licence, state, self.civil_s());
        if *form == NonRenewalForm::Letter {
            let deadline = next.map(|(period, _)| period.notice_until.0.to_string());
            return refused(Refusal {
                expected: crate::rules::cut(notice_address.clone()),
                found: deadline.unwrap_or_default(),
                ..Refusal::of(RefusalCode::NonRenewalByLetter)
            });
        }
        let Some((_, ends_at)) = next else {
            let last = periods
                .last()
                .map(|period| period.notice_until.0.to_string());
            return refused(Refusal {
                expected: last.unwrap_or_default(),
                ..Refusal::of(RefusalCode::NonRenewalTooLate)
            });
        };
        self.emit(Event::NonRenewalRecorded {
            licence: licence.clone(),
            ends_at,
            actor,
        });
        self.reach_dates();
        Outcome::NonRenewal { ends_at }
    }

    /// Orders about a licence's life take effect.
    pub(super) fn take_life_order(
        &mut self,
        licence: &LicenceId,
        digest: DocumentDigest,
        order: &Verified<Order>,
    ) {
        let since = order.effective_at.unwrap_or_else(|| self.civil_s());
        let licence = licence.clone();
        let event = match &order.kind {
            OrderKind::Renew { ends_at } => Event::RenewalOrdered {
                licence,
                digest,
                ends_at: *ends_at,
            },
            OrderKind::NonRenewal {
                ends_at, by_client, ..
            } => Event::NonRenewalOrdered {
                licence,
                digest,
                ends_at: *ends_at,
                by_client: *by_client,
            },
            OrderKind::CureNotice {
                ends_at,
                outcome,
                suspended_meanwhile,
                ..
            } => match scope_of(&order.scope) {
                Some(scope) => Event::CureNoticeGiven {
                    licence,
                    digest,
                    scope,
                    since,
                    ends_at: *ends_at,
                    terminates: *outcome == CureOutcome::Terminates,
                    suspends: *suspended_meanwhile,
                },
                None => Event::MaintenanceCureNoticeGiven {
                    licence,
                    digest,
                    since,
                    ends_at: *ends_at,
                    terminates: *outcome == CureOutcome::Terminates,
                    suspends: *suspended_meanwhile,
                },
            },
            OrderKind::LiftCureNotice { notice } => Event::CureNoticeLifted {
                licence,
                digest,
                notice: *notice,
            },
            OrderKind::Audit { .. } => Event::AuditOpened { licence, digest },
            OrderKind::Transfer { new_licence, .. } => Event::LicenceTransferred {
                licence,
                digest,
                successor: new_licence.clone(),
            },
            OrderKind::ForceMajeure {
                ends_at,
                terminates,
            } => Event::ForceMajeureBegan {
                licence,
                digest,
                since,
                ends_at: *ends_at,
                terminates: *terminates,
            },
            _ => return,
        };
        self.emit(event);
    }

    /// The delay of a cure notice, or a force majeure, is over.
    pub(super) fn delay_over(
        &mut self,
        licence: &LicenceId,
        digest: DocumentDigest,
        at: CivilSeconds,
    ) {
        let taken = self.engine.state.licences.get(licence).and_then(|state| {
            let mut orders = state.orders.iter();
            orders.find(|order| order.digest == digest)?.taken.clone()
        });
        let licence = licence.clone();
        self.emit(match taken {
            Some(crate::state::Taken::StandsStill(_)) => Event::ForceMajeureEnded {
                licence: licence.clone(),
                digest,
                at,
            },
            _ => Event::CureNoticeEnded {
                licence: licence.clone(),
                digest,
                at,
            },
        });
        self.enforce(&licence);
    }

    /// Holders of seats are told of the end of the term.
    pub(super) fn give_notice(
        &mut self,
        licence: &LicenceId,
        scope: ScopeRecord,
        seats_until: CivilSeconds,
    ) {
        let pools: Vec<PoolIndex> = match self.engine.state.licences.get(licence) {
            Some(state) => state
                .pools
                .iter()
                .filter(|(name, _)| scope.0.as_ref().is_none_or(|feature| feature == *name))
                .map(|(_, pool)| *pool)
                .collect(),
            None => Vec::new(),
        };
        let mut told: Vec<SessionId> = self
            .engine
            .state
            .seats
            .iter()
            .filter(|(_, seat)| pools.contains(&seat.pool))
            .filter_map(|(_, seat)| seat.session)
            .collect();
        told.sort_unstable();
        told.dedup();
        for session in told {
            self.notify(
                session,
                Notice::LicenceEnding {
                    licence: licence.clone(),
                    feature: scope.0.clone(),
                    ends_at: seats_until,
                },
            );
        }
        self.emit(Event::EndNoticeGiven {
            licence: licence.clone(),
            scope,
            seats_until,
        });
    }

    /// What follows at once when a licence is over: its window for export opens, and holders of seats
    /// have their notice.
    pub(super) fn settle_end(&mut self, licence: &LicenceId) {
        let Some(terms) = self.terms_of(licence) else {
            return;
        };
        self.open_export(licence, &terms);
        self.open_ending(licence, &terms);
        let notice = terms.licence.end_notice;
        if notice.0 == 0 || terms.transferred {
            return;
        }
        let mut scopes = Vec::new();
        if terms.ordered == Ordered::Terminated {
            scopes.push(ScopeRecord(None));
        } else {
            for feature in &terms.licence.features {
                let offer = self.engine.catalogue().offer(licence, &feature.name);
                if offer.is_some_and(|offer| offer.ordered == Ordered::Terminated) {
                    scopes.push(ScopeRecord(Some(feature.name.clone())));
                }
            }
        }
        for scope in scopes {
            let told = self
                .engine
                .state
                .licences
                .get(licence)
                .is_some_and(|state| {
                    state.lifecycle.notices.contains_key(&scope) || state.ended.contains(&scope)
                });
            if !told {
                self.give_notice(licence, scope, life::later(self.civil_s(), notice));
            }
        }
    }

    fn open_export(&mut self, licence: &LicenceId, terms: &Terms) {
        let Some(post_term) = terms.licence.post_term.as_ref() else {
            return;
        };
        if terms.export.is_some() || terms.transferred {
            return;
        }
        let since = match (terms.ordered, terms.term.ends_at) {
            (Ordered::Terminated, end) => {
                let now = self.civil_s();
                end.map_or(now, |end| end.min(now))
            }
            (_, Some(end)) if end.millis() <= self.civil => end,
            _ => return,
        };
        self.emit(Event::ExportOpened {
            licence: licence.clone(),
            since,
            until: terms.zone.days_later(since, post_term.export),
        });
        self.engine.draw_up();
        self.touch_all();
    }

    pub(super) fn close_export(&mut self, licence: &LicenceId) {
        self.emit(Event::ExportClosed {
            licence: licence.clone(),
        });
        self.enforce(licence);
    }

    /// Says whether holders of a terminated offer's seats still have their notice's time.
    pub(super) fn on_notice(&self, offer: &Offer) -> bool {
        let Some(state) = self.engine.state.licences.get(offer.licence()) else {
            return false;
        };
        let notices = &state.lifecycle.notices;
        let whole = notices.get(&ScopeRecord(None));
        let until = whole.or_else(|| notices.get(&ScopeRecord(Some(offer.feature.name.clone()))));
        until.is_some_and(|until| until.millis() > self.civil)
    }

    /// What whoever installed an order is told: one that the licence excludes is refused.
    pub(super) fn installed_or_void(&self, licence: &LicenceId, order: &Order) -> Outcome {
        self.excluded(licence, order)
            .map_or(Outcome::Installed, |code| {
                Outcome::Refused(named(Refusal::of(code), licence))
            })
    }

    /// Why an order that is in order has no effect under this licence.
    pub(super) fn excluded(&self, licence: &LicenceId, order: &Order) -> Option<RefusalCode> {
        let state = self.engine.state.licences.get(licence)?;
        let document = self.engine.documents.licences.get(&state.digest)?;
        let ends = matches!(order.kind, OrderKind::Terminate);
        (ends && order.ground == Ground::Convenience && document.convenience_excluded)
            .then_some(RefusalCode::ConvenienceExcluded)
    }
}

/// The scope of an order that says what may be granted; `None`: it is about maintenance.
fn scope_of(scope: &Scope) -> Option<ScopeRecord> {
    match scope {
        Scope::WholeLicence => Some(ScopeRecord(None)),
        Scope::Feature(feature) => Some(ScopeRecord(Some(feature.clone()))),
        _ => None,
    }
}

/// Says whether an order's kind is about a licence's life, and so is carried out here.
pub(super) fn about_life(kind: &OrderKind) -> bool {
    matches!(
        kind,
        OrderKind::Renew { .. }
            | OrderKind::NonRenewal { .. }
            | OrderKind::CureNotice { .. }
            | OrderKind::LiftCureNotice { .. }
            | OrderKind::Audit { .. }
            | OrderKind::Transfer { .. }
            | OrderKind::ForceMajeure { .. }
    )
}
