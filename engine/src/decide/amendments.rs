//! Amendments: a licence as it stands after a change. An amendment takes its place in the vendor's
//! sequence when it arrives, so that nobody holds up what follows by not accepting it; it comes into
//! force at its date and, where the licence or the amendment asks for that, not before an administrator
//! has accepted it. Amendments come into force in their order, and a new serial, which states the whole,
//! does away with those before it. An amendment that comes before its licence waits for it; one that
//! names another predecessor, client, product or serial is refused and takes no number.

use std::sync::Arc;

use octroi_licence::{Amendment, DocumentDigest, LicenceId, Verified};

use super::{
    Turn,
    certificates::{by_number, named, not_for_this},
    documents::Sequenced,
    requests::reached,
};
use crate::{Actor, DocumentCode, Event, InstalledDocument, Outcome, Refusal, RefusalCode};

impl Turn<'_> {
    pub(super) fn install_amendment(
        &mut self,
        amendment: &Arc<Verified<Amendment>>,
        actor: Actor,
    ) -> Outcome {
        let id = amendment.outcome.id.clone();
        let amendment = Arc::clone(amendment);
        if self.engine.state.licences.contains_key(&id) {
            return self.install_sequenced(&id, Sequenced::Amendment(amendment), actor);
        }
        self.keep_orphan(id, amendment, actor)
    }

    /// Keeps an amendment until its licence comes.
    fn keep_orphan(
        &mut self,
        licence: LicenceId,
        amendment: Arc<Verified<Amendment>>,
        actor: Actor,
    ) -> Outcome {
        let (document, digest) = (DocumentCode::Amendment, amendment.digest());
        let sequence = amendment.frame().sequence;
        let orphans = &self.engine.state.orphans;
        let same = orphans
            .get(&licence)
            .and_then(|waiting| waiting.get(&(sequence, document)));
        match same.map(|pending| pending.digest) {
            Some(known) if known == digest => return Outcome::Pending { expected: 1 },
            Some(_) => {
                let code = RefusalCode::DocumentSequenceOld;
                let refusal = named(
                    by_number(code, sequence.saturating_add(1), sequence),
                    &licence,
                );
                return self.refuse_document(document, digest, refusal, actor);
            }
            None => {}
        }
        let waiting = orphans.values().map(std::collections::BTreeMap::len).sum();
        if reached(waiting, self.engine.policy.pending_max) {
            let refusal = super::certificates::without_licence(&licence);
            return self.refuse_document(document, digest, refusal, actor);
        }
        self.engine
            .documents
            .add(InstalledDocument::Amendment(amendment));
        self.emit(Event::DocumentPending {
            document,
            licence,
            digest,
            sequence,
            expected: 1,
            actor,
        });
        Outcome::Pending { expected: 1 }
    }

    /// Gives an amendment its place, and puts it in force where nothing is missing.
    pub(super) fn receive_amendment(
        &mut self,
        id: &LicenceId,
        amendment: &Arc<Verified<Amendment>>,
        actor: Actor,
    ) -> Result<(), Refusal> {
        self.amends(id, amendment)?;
        let Some(state) = self.engine.state.licences.get(id) else {
            return Err(named(Refusal::of(RefusalCode::LicenceUnknown), id));
        };
        let predecessor = self.engine.documents.licences.get(&state.newest_text());
        let asked = predecessor.is_some_and(|licence| licence.countersign_required);
        self.engine
            .documents
            .add(InstalledDocument::Amendment(Arc::clone(amendment)));
        self.emit(Event::AmendmentReceived {
            licence: id.clone(),
            digest: amendment.digest(),
            predecessor: amendment.predecessor,
            sequence: amendment.frame().sequence,
            effective_at: amendment.effective_at,
            awaits_acceptance: asked || amendment.countersign_required,
            actor,
        });
        self.apply_amendments(id);
        Ok(())
    }

    fn amends(&self, id: &LicenceId, amendment: &Verified<Amendment>) -> Result<(), Refusal> {
        let Some(state) = self.engine.state.licences.get(id) else {
            return Err(named(Refusal::of(RefusalCode::LicenceUnknown), id));
        };
        self.signed_for(amendment)?;
        let (expected, found) = (state.sequence.saturating_add(1), amendment.frame().sequence);
        if found < expected {
            let code = RefusalCode::DocumentSequenceOld;
            return Err(named(by_number(code, expected, found), id));
        }
        let newest = state.newest_text();
        if amendment.predecessor != newest {
            return Err(named(not_for_this(&newest, &amendment.predecessor), id));
        }
        let Some(before) = self.engine.documents.licences.get(&newest) else {
            return Err(named(Refusal::of(RefusalCode::DocumentSequenceGap), id));
        };
        let outcome = &amendment.outcome;
        for (known, stated) in [
            (before.client_id.as_str(), outcome.client_id.as_str()),
            (before.product.as_str(), outcome.product.as_str()),
        ] {
            if known != stated {
                return Err(named(not_for_this(&known, &stated), id));
            }
        }
        if before.serial != outcome.serial {
            return Err(named(not_for_this(&before.serial, &outcome.serial), id));
        }
        Ok(())
    }

    /// Puts in force, one behind the other, what is accepted and whose date has come.
    pub(super) fn apply_amendments(&mut self, id: &LicenceId) {
        while let Some(digest) = self.due_amendment(id) {
            self.emit(Event::AmendmentApplied {
                licence: id.clone(),
                digest,
            });
            self.engine.draw_up();
        }
    }

    fn due_amendment(&self, id: &LicenceId) -> Option<DocumentDigest> {
        let next = self.engine.state.licences.get(id)?.next_amendment()?;
        let come = next
            .effective_at
            .is_none_or(|date| date.millis() <= self.civil);
        (next.accepted && come).then_some(next.digest)
    }

    pub(super) fn installed_or_waits(
        &self,
        id: &LicenceId,
        amendment: &Verified<Amendment>,
    ) -> Outcome {
        let state = self.engine.state.licences.get(id);
        let mut received = state.into_iter().flat_map(|one| &one.lifecycle.amendments);
        let waits = received.any(|one| one.digest == amendment.digest() && !one.accepted);
        if waits {
            Outcome::AwaitsAcceptance
        } else {
            Outcome::Installed
        }
    }

    pub(super) fn accept_document(&mut self, digest: DocumentDigest, actor: Actor) -> Outcome {
        let licences = self.engine.state.licences.iter();
        let found = licences
            .flat_map(|(id, state)| state.lifecycle.amendments.iter().map(move |one| (id, one)))
            .find(|(_, one)| one.digest == digest)
            .map(|(id, one)| (id.clone(), one.accepted));
        match found {
            None => Outcome::Refused(Refusal::of(RefusalCode::NothingToAccept)),
            Some((_, true)) => Outcome::AlreadyInstalled,
            Some((licence, false)) => {
                self.emit(Event::DocumentAccepted {
                    licence: licence.clone(),
                    digest,
                    actor,
                });
                self.apply_amendments(&licence);
                self.changed(&licence);
                Outcome::Installed
            }
        }
    }
}
