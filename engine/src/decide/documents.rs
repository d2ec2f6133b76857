//! Documents that arrive. A licence has one vendor sequence over its serials and orders: applied
//! once and contiguously; what comes too early is kept and follows by itself, what comes too late is
//! refused. A new serial states the whole, but does not jump a gap: an order that suspends might
//! stand in it. The first licence document that is seen may have any number.

use std::sync::Arc;

use octroi_licence::{Amendment, DocumentDigest, Licence, LicenceId, Order, OrderKind, Verified};

use super::{
    Turn,
    certificates::{by_number, named, not_for_this, without_licence},
    requests::reached,
};
use crate::{
    Actor, DocumentCode, Event, InstalledDocument, Notice, Outcome, Refusal, RefusalCode,
    SessionId, state::LicenceState,
};

/// Where a document stands in its licence's sequence.
enum Admission {
    /// It is the next one, or the first.
    Next,
    /// It was installed before.
    Known,
    /// It waits already.
    Waits { expected: u64 },
    /// Documents before it are missing.
    Early { expected: u64 },
    /// Another document of this number, or a later one, is installed.
    Late { expected: u64 },
}

/// A document of the vendor sequence.
pub(super) enum Sequenced {
    Licence(Arc<Verified<Licence>>),
    Order(Arc<Verified<Order>>),
    Amendment(Arc<Verified<Amendment>>),
}

impl Turn<'_> {
    pub(super) fn install_licence(
        &mut self,
        licence: Arc<Verified<Licence>>,
        actor: Actor,
    ) -> Outcome {
        let id = licence.id.clone();
        self.install_sequenced(&id, Sequenced::Licence(licence), actor)
    }

    pub(super) fn install_order(&mut self, order: Arc<Verified<Order>>, actor: Actor) -> Outcome {
        let id = order.licence.clone();
        if !self.engine.state.licences.contains_key(&id) {
            let refusal = without_licence(&id);
            return self.refuse_document(DocumentCode::Order, order.digest(), refusal, actor);
        }
        self.install_sequenced(&id, Sequenced::Order(order), actor)
    }

    pub(super) fn install_sequenced(
        &mut self,
        id: &LicenceId,
        document: Sequenced,
        actor: Actor,
    ) -> Outcome {
        let (code, digest, number) = document.parts();
        let admission = self
            .engine
            .state
            .licences
            .get(id)
            .map_or(Admission::Next, |state| {
                admission(state, code, digest, number)
            });
        match admission {
            Admission::Known => Outcome::AlreadyInstalled,
            Admission::Waits { expected } => Outcome::Pending { expected },
            Admission::Late { expected } => {
                let refusal = by_number(RefusalCode::DocumentSequenceOld, expected, number);
                self.refuse_document(code, digest, named(refusal, id), actor)
            }
            Admission::Early { expected } => {
                self.keep(id, (code, digest, number), expected, document.into(), actor)
            }
            Admission::Next => {
                if let Err(refusal) = self.put_in_force(id, &document, actor) {
                    return self.refuse_document(code, digest, refusal, actor);
                }
                self.follow_up(id, actor);
                self.changed(id);
                // It keeps its place in the sequence, so that what follows it can come.
                match &document {
                    Sequenced::Order(order) => self.installed_or_void(id, order),
                    Sequenced::Amendment(amendment) => self.installed_or_waits(id, amendment),
                    Sequenced::Licence(_) => Outcome::Installed,
                }
            }
        }
    }

    /// Keeps a document until the ones before it arrive.
    pub(super) fn keep(
        &mut self,
        id: &LicenceId,
        (document, digest, sequence): (DocumentCode, DocumentDigest, u64),
        expected: u64,
        kept: InstalledDocument,
        actor: Actor,
    ) -> Outcome {
        let waiting = self
            .engine
            .state
            .licences
            .get(id)
            .map_or(0, |state| state.pending.len());
        if reached(waiting, self.engine.policy.pending_max) {
            let refusal = by_number(RefusalCode::DocumentSequenceGap, expected, sequence);
            return self.refuse_document(document, digest, named(refusal, id), actor);
        }
        self.engine.documents.add(kept);
        let licence = id.clone();
        self.emit(Event::DocumentPending {
            document,
            licence,
            digest,
            sequence,
            expected,
            actor,
        });
        Outcome::Pending { expected }
    }

    /// Puts the next document of a sequence in force, or says why it cannot be.
    fn put_in_force(
        &mut self,
        id: &LicenceId,
        document: &Sequenced,
        actor: Actor,
    ) -> Result<(), Refusal> {
        match document {
            Sequenced::Licence(licence) => {
                self.fits(id, licence)?;
                self.engine
                    .documents
                    .add(InstalledDocument::Licence(Arc::clone(licence)));
                self.emit(Event::LicenceInstalled {
                    licence: id.clone(),
                    serial: licence.serial,
                    digest: licence.digest(),
                    sequence: licence.frame().sequence,
                    actor,
                });
                self.open_evaluation(id);
            }
            Sequenced::Amendment(amendment) => self.receive_amendment(id, amendment, actor)?,
            Sequenced::Order(order) => {
                self.signed_for(order)?;
                self.engine
                    .documents
                    .add(InstalledDocument::Order(Arc::clone(order)));
                self.emit(Event::OrderInstalled {
                    licence: id.clone(),
                    digest: order.digest(),
                    sequence: order.frame().sequence,
                    effective_at: order.effective_at,
                    actor,
                });
                if let Some(reason) = self.excluded(id, order) {
                    self.emit(Event::OrderVoid {
                        licence: id.clone(),
                        digest: order.digest(),
                        reason,
                    });
                } else if order
                    .effective_at
                    .is_none_or(|date| date.millis() <= self.civil)
                    || matches!(order.kind, OrderKind::Audit { urgent: true })
                {
                    self.take_order(id, order.digest());
                }
            }
        }
        Ok(())
    }

    /// A licence keeps its product and its client, and its serial rises.
    fn fits(&self, id: &LicenceId, licence: &Licence) -> Result<(), Refusal> {
        let Some(state) = self.engine.state.licences.get(id) else {
            return Ok(());
        };
        if licence.serial <= state.serial {
            let code = RefusalCode::DocumentSequenceOld;
            return Err(named(by_number(code, state.serial + 1, licence.serial), id));
        }
        let installed = self.engine.documents.licences.get(&state.digest);
        if let Some(installed) = installed.filter(|one| one.product != licence.product) {
            return Err(named(
                not_for_this(&installed.product, &licence.product),
                id,
            ));
        }
        if let Some(installed) = installed.filter(|one| one.client_id != licence.client_id) {
            let refusal = not_for_this(&installed.client_id, &licence.client_id);
            return Err(named(refusal, id));
        }
        Ok(())
    }

    /// Documents that waited for the one that was just put in force.
    fn follow_up(&mut self, id: &LicenceId, actor: Actor) {
        while let Some((code, digest)) = self.engine.state.licences.get(id).and_then(ready) {
            let documents = &self.engine.documents;
            let next = match code {
                DocumentCode::ActivationCertificate => {
                    let certificate = documents.certificates.get(&digest).map(Arc::clone);
                    certificate.map(|certificate| self.certify(&certificate, actor))
                }
                DocumentCode::Licence => {
                    let licence = documents.licences.get(&digest).map(Arc::clone);
                    licence.map(|one| self.put_in_force(id, &Sequenced::Licence(one), actor))
                }
                DocumentCode::Amendment => {
                    let amendment = documents.amendments.get(&digest).map(Arc::clone);
                    amendment.map(|one| self.put_in_force(id, &Sequenced::Amendment(one), actor))
                }
                _ => {
                    let order = documents.orders.get(&digest).map(Arc::clone);
                    order.map(|one| self.put_in_force(id, &Sequenced::Order(one), actor))
                }
            };
            let refusal = match next {
                Some(Ok(())) => continue,
                Some(Err(refusal)) => refusal,
                // It was kept and is gone: whoever sent it must send it again.
                None => named(Refusal::of(RefusalCode::DocumentSequenceGap), id),
            };
            self.refuse_document(code, digest, refusal, actor);
        }
    }

    /// What follows when documents of a licence changed: what they have no room for ends, whoever
    /// waits is served or told, sessions of the product hear of it.
    pub(super) fn changed(&mut self, id: &LicenceId) {
        self.review_revoked_keys(id);
        self.review_keys(id);
        self.reach_dates();
        self.changed_by(id);
    }

    /// The same where dates are being reached already.
    pub(super) fn changed_by(&mut self, id: &LicenceId) {
        self.review_revoked_keys(id);
        self.review_keys(id);
        self.enforce(id);
        self.touch_all();
        let Some(terms) = self.engine.catalogue().licences.get(id) else {
            return;
        };
        let product = terms.licence.product.clone();
        let sessions: Vec<SessionId> = self
            .engine
            .state
            .sessions
            .iter()
            .filter(|(_, session)| session.product == product)
            .map(|(session, _)| session)
            .collect();
        for session in sessions {
            self.notify(
                session,
                Notice::DocumentsChanged {
                    licence: id.clone(),
                },
            );
        }
    }

    pub(super) fn refuse_document(
        &mut self,
        document: DocumentCode,
        digest: DocumentDigest,
        refusal: Refusal,
        actor: Actor,
    ) -> Outcome {
        let reason = format!("{:?}", refusal.code);
        self.emit(Event::DocumentRefused {
            document,
            digest: *digest.as_bytes(),
            reason,
            actor,
        });
        Outcome::Refused(refusal)
    }
}

impl Sequenced {
    fn parts(&self) -> (DocumentCode, DocumentDigest, u64) {
        match self {
            Self::Licence(one) => (DocumentCode::Licence, one.digest(), one.frame().sequence),
            Self::Order(one) => (DocumentCode::Order, one.digest(), one.frame().sequence),
            Self::Amendment(one) => (DocumentCode::Amendment, one.digest(), one.frame().sequence),
        }
    }
}

impl From<Sequenced> for InstalledDocument {
    fn from(document: Sequenced) -> Self {
        match document {
            Sequenced::Licence(licence) => Self::Licence(licence),
            Sequenced::Order(order) => Self::Order(order),
            Sequenced::Amendment(amendment) => Self::Amendment(amendment),
        }
    }
}

fn admission(
    state: &LicenceState,
    code: DocumentCode,
    digest: DocumentDigest,
    number: u64,
) -> Admission {
    let expected = state.sequence.saturating_add(1);
    if state.installed.get(&number) == Some(&digest) {
        return Admission::Known;
    }
    if number < expected {
        return Admission::Late { expected };
    }
    if number == expected {
        return Admission::Next;
    }
    let mut waiting = [
        DocumentCode::Licence,
        DocumentCode::Order,
        DocumentCode::Amendment,
    ]
    .into_iter()
    .filter_map(|kind| {
        state
            .pending
            .get(&(number, kind))
            .map(|pending| (kind, pending.digest))
    });
    match waiting.next() {
        None => Admission::Early { expected },
        Some(known) if known == (code, digest) => Admission::Waits { expected },
        Some(_) => Admission::Late { expected },
    }
}

/// The first pending document whose time has come.
fn ready(state: &LicenceState) -> Option<(DocumentCode, DocumentDigest)> {
    let expected = state.sequence.saturating_add(1);
    state
        .pending
        .iter()
        .find(|((number, code), _)| match code {
            DocumentCode::ActivationCertificate => *number < expected,
            _ => *number <= expected,
        })
        .map(|((_, code), pending)| (*code, pending.digest))
}
