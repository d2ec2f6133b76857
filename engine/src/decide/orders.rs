//! Orders that take effect, and revocation lists.

use std::sync::Arc;

use octroi_licence::{
    DocumentDigest, LicenceId, Order, OrderKind, PublicKey, RevocationList, Scope, Verified,
};

use super::{Turn, lifecycle::about_life};
use crate::{
    Actor, DocumentCode, Effect, Event, InstalledDocument, Outcome, RefusalCode, ScopeRecord,
    State, state::OrderState,
};

impl Turn<'_> {
    /// An order takes effect. A clock reset for another daemon, or for an anomaly that this ledger
    /// does not hold, has none.
    pub(super) fn take_order(&mut self, licence: &LicenceId, digest: DocumentDigest) {
        let Some(document) = self.engine.documents.orders.get(&digest).map(Arc::clone) else {
            return;
        };
        if self.take_usage_order(licence, digest, &document) {
            return;
        }
        let scope = match &document.scope {
            Scope::Feature(feature) => ScopeRecord(Some(feature.clone())),
            _ => ScopeRecord(None),
        };
        if once(&document.kind) {
            self.emit(Event::OrderCarriedOut {
                licence: licence.clone(),
                digest,
            });
            self.carry_out(licence, digest, &scope, &document.kind);
            return;
        }
        if let Some(effect) = effect_of(&document.kind) {
            self.emit(Event::OrderApplied {
                licence: licence.clone(),
                digest,
                scope,
                effect,
            });
            return;
        }
        if about_life(&document.kind) {
            self.take_life_order(licence, digest, &document);
            return;
        }
        let orders = self
            .engine
            .state
            .licences
            .get(licence)
            .map(|state| &state.orders);
        let order = orders.and_then(|orders| orders.iter().find(|order| order.digest == digest));
        let applies = order.is_some_and(|order| {
            reset_applies(
                &self.engine.state,
                &self.engine.daemon_key,
                order,
                &document,
            )
        });
        if let (
            true,
            OrderKind::ClockReset {
                anomaly, new_time, ..
            },
        ) = (applies, &document.kind)
        {
            let mark = new_time.millis();
            self.emit_about_clock(Event::ClockReset {
                digest,
                anomaly: *anomaly,
                mark,
            });
            self.watch_clock();
        }
    }

    /// The newest list replaces all older ones.
    pub(super) fn install_revocations(
        &mut self,
        list: &Arc<Verified<RevocationList>>,
        actor: Actor,
    ) -> Outcome {
        let (version, digest) = (list.version, list.digest());
        if let Some((known, installed)) = self.engine.state.revocations {
            if installed == digest {
                return Outcome::AlreadyInstalled;
            }
            if version <= known {
                let code = RefusalCode::DocumentSequenceOld;
                let refusal = super::certificates::by_number(code, known + 1, version);
                return self.refuse_document(DocumentCode::RevocationList, digest, refusal, actor);
            }
        }
        self.engine
            .documents
            .add(InstalledDocument::Revocations(Arc::clone(list)));
        let licences = &self.engine.state.licences;
        let revoked = list
            .licences
            .iter()
            .filter(|entry| {
                licences
                    .get(&entry.licence)
                    .is_some_and(|state| state.serial <= entry.serial_max)
            })
            .map(|entry| entry.licence.clone())
            .collect();
        self.emit(Event::RevocationsInstalled {
            version,
            digest,
            revoked,
            actor,
        });
        let licences: Vec<_> = self.engine.state.licences.keys().cloned().collect();
        for licence in licences {
            self.enforce(&licence);
        }
        self.touch_all();
        Outcome::Installed
    }
}

/// What an order does to what may be granted; `None`: it is about something else.
pub(super) fn effect_of(kind: &OrderKind) -> Option<Effect> {
    match kind {
        OrderKind::Suspend => Some(Effect::Suspend),
        OrderKind::Resume => Some(Effect::Resume),
        OrderKind::Terminate => Some(Effect::Terminate),
        OrderKind::LimitChange { .. } => Some(Effect::LimitChange),
        OrderKind::OverdraftNotice => Some(Effect::OverdraftNotice),
        _ => None,
    }
}

/// Says whether an order does something once that no change of the clock undoes.
pub(super) fn once(kind: &OrderKind) -> bool {
    matches!(
        kind,
        OrderKind::Reassign(_) | OrderKind::BlockUser(_) | OrderKind::UnblockUser(_)
    )
}

/// Says whether a clock reset names this daemon and an anomaly that was reported before the order
/// came and was not reset since.
pub(super) fn reset_applies(
    state: &State,
    daemon_key: &PublicKey,
    order: &OrderState,
    document: &Order,
) -> bool {
    let OrderKind::ClockReset {
        daemon_key: named,
        anomaly,
        ..
    } = &document.kind
    else {
        return false;
    };
    let reported = state
        .clock
        .as_ref()
        .is_some_and(|clock| clock.anomalies.contains(anomaly));
    named == daemon_key && reported && *anomaly < order.record && order.taken.is_none()
}
