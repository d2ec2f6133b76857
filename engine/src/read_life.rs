//! How a licence's life goes on, as an administrator reads it. Nothing is decided here.

use std::sync::Arc;

use octroi_licence::{CivilMillis, CivilSeconds, LicenceId, OrderKind, Renewal};

use crate::{
    AmendmentView, AuditView, DocumentCode, Engine, FactsView, LifeView, NoticeView, OrderStanding,
    OrderView, PendingView, SeatStatus,
    catalogue::Terms,
    life,
    state::{LicenceState, OrderState, PendingState, Taken},
};

impl Engine {
    pub(crate) fn life_view(terms: &Terms, state: &LicenceState, civil: CivilMillis) -> LifeView {
        let licence = &terms.licence;
        let standstills = state.standstills();
        let now = civil.seconds();
        LifeView {
            next_period: life::next_period(licence, state),
            next_notice: match &licence.renewal {
                Renewal::Tacit {
                    form,
                    notice_address,
                    ..
                } => life::next_notice(licence, state, now).map(|(period, ends_at)| NoticeView {
                    until: period.notice_until,
                    ends_at,
                    form: *form,
                    address: notice_address.clone(),
                }),
                Renewal::None | Renewal::Express => None,
            },
            non_renewal: state.non_renewal(),
            export_until: terms
                .export
                .filter(|export| !export.closed)
                .map(|export| export.until),
            standstill_until: standstills
                .iter()
                .find(|(since, until)| *since <= now && now < *until)
                .map(|(_, until)| *until),
            transferred: terms.transferred,
            facts: facts_view(terms, state),
        }
    }

    pub(crate) fn order_views(&self, state: &LicenceState) -> Vec<OrderView> {
        let orders = state.orders.iter();
        orders
            .filter_map(|order| {
                let document = self.documents.orders.get(&order.digest)?;
                Some(OrderView {
                    order: Arc::clone(document),
                    standing: standing(state, order)?,
                })
            })
            .collect()
    }

    pub(crate) fn amendment_views(&self, state: &LicenceState) -> Vec<AmendmentView> {
        let waiting = state.lifecycle.amendments.iter().filter(|one| !one.applied);
        waiting
            .filter_map(|one| {
                Some(AmendmentView {
                    amendment: Arc::clone(self.documents.amendments.get(&one.digest)?),
                    awaits_acceptance: !one.accepted,
                    effective_at: one.effective_at,
                })
            })
            .collect()
    }

    pub(crate) fn pending_view(
        &self,
        document: DocumentCode,
        sequence: u64,
        pending: &PendingState,
    ) -> PendingView {
        let order = self.documents.orders.get(&pending.digest);
        let amendment = self.documents.amendments.get(&pending.digest);
        PendingView {
            document,
            digest: pending.digest,
            sequence,
            expected: pending.expected,
            effective_at: order
                .and_then(|order| order.effective_at)
                .or(amendment.and_then(|amendment| amendment.effective_at)),
            reason: match (order, amendment) {
                (Some(order), _) => order.reason.clone(),
                (None, Some(amendment)) => amendment.changes.join("; "),
                (None, None) => String::new(),
            },
        }
    }

    /// Documents that came before the licence that they change, by licence.
    pub fn pending_without_licence(&self) -> Vec<(LicenceId, PendingView)> {
        let orphans = self.state.orphans.iter();
        orphans
            .flat_map(|(id, waiting)| {
                waiting.iter().map(|((sequence, document), pending)| {
                    (id.clone(), self.pending_view(*document, *sequence, pending))
                })
            })
            .collect()
    }

    /// Until when borrowed seats of a licence can be used; `None`: none is borrowed.
    pub fn lent_until(&self, licence: &LicenceId) -> Option<CivilSeconds> {
        let seats = self.seats().filter(|seat| seat.licence == *licence);
        let lent = seats.filter_map(|seat| match seat.status {
            SeatStatus::Borrowed { until } => Some(until),
            _ => None,
        });
        lent.max()
    }

    /// The newest audit of a licence that was announced; `None`: none was.
    pub fn audit(&self, licence: &LicenceId) -> Option<AuditView> {
        let state = self.state.licences.get(licence)?;
        let mut orders = state.orders.iter().rev();
        orders.find_map(|order| {
            let document = self.documents.orders.get(&order.digest)?;
            let OrderKind::Audit { urgent } = document.kind else {
                return None;
            };
            Some(AuditView {
                digest: order.digest,
                opens_at: order.effective_at.filter(|_| !urgent),
                open: urgent || order.taken.is_some(),
            })
        })
    }
}

fn facts_view(terms: &Terms, state: &LicenceState) -> FactsView {
    let facts = &state.lifecycle.facts;
    FactsView {
        tampering: facts.tampering,
        evaluation_ends_at: facts.evaluation,
        accepted: facts.accepted,
        reserves: facts.reserves,
        silence_accepts_at: life::silence_accepts(&terms.licence, state),
        ended_by_client: facts.ended_by_client,
        end_of_use: state.lifecycle.end_of_use(),
        guarantee_ends_at: terms.licence.acceptance.guarantee_ends_at,
        released: terms.released.is_some(),
        end_of_use_due: state
            .lifecycle
            .ending
            .filter(|_| state.lifecycle.certified.is_none())
            .map(|ending| ending.until),
        certified: state.lifecycle.certified,
    }
}

/// `None`: it did what it does, and nobody need read of it any more.
fn standing(state: &LicenceState, order: &OrderState) -> Option<OrderStanding> {
    Some(match (&order.taken, order.effective_at) {
        (None, Some(date)) => OrderStanding::Scheduled(date),
        (None, None) => return None,
        (Some(Taken::Void), _) => OrderStanding::Void,
        (Some(Taken::Cure(one)), _) if one.over.is_some() => OrderStanding::Over,
        (Some(Taken::Cure(_)), _) if state.cure_lifted(order.digest) => OrderStanding::Lifted,
        (Some(Taken::Cure(one)), _) => OrderStanding::Running(life::postponed(
            one.since,
            one.ends_at,
            &state.standstills(),
        )),
        (Some(Taken::StandsStill(one)), _) if one.over.is_some() => OrderStanding::Over,
        (Some(Taken::StandsStill(one)), _) => OrderStanding::Running(one.ends_at),
        (Some(_), _) => OrderStanding::InForce,
    })
}
