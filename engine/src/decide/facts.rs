//! What is found or declared here: evidence of tampering, acceptance and reserves, the client's own
//! ending, the end of use, and the escrow release.
//!
//! A licence has one evaluation: the window that its first document states. A later document that states
//! another opens none. Within it, using the software accepts nothing; behind it, silence does.

use std::sync::Arc;

use octroi_licence::{EndOfUseChoice, EscrowRelease, LicenceId, Reaction, Verified};

use super::{
    Turn,
    certificates::{named, not_for_this, without_licence},
};
use crate::{
    AcceptedBy, Actor, CounterAnomaly, Declaration, DocumentCode, EndChoice, Event, Evidence,
    InstalledDocument, Outcome, Refusal, RefusalCode,
};

impl Turn<'_> {
    /// Records of this decision that show tampering suspend the licences that ask for it (clause T8).
    pub(super) fn judge_evidence(&mut self) {
        let made = u64::try_from(self.records.len()).unwrap_or(u64::MAX);
        let before = self.engine.state.records.saturating_sub(made);
        let numbered = (before + 1..).zip(&self.records);
        let found: Vec<_> = numbered
            .filter_map(|(number, record)| Some((number, evidence_of(&record.event)?)))
            .collect();
        for (record, evidence) in found {
            self.suspend_for(evidence, record);
        }
    }

    fn suspend_for(&mut self, evidence: Evidence, record: u64) {
        self.engine.draw_up();
        let state = &self.engine.state;
        let licences = self.engine.catalogue().licences.iter();
        let concerned: Vec<LicenceId> = licences
            .filter(|(_, terms)| {
                let reaction = match evidence {
                    Evidence::LedgerForked => terms.licence.on_fork,
                    _ => terms.licence.on_tamper,
                };
                reaction == Reaction::Suspend
            })
            .map(|(id, _)| id.clone())
            .filter(|id| {
                let known = state.licences.get(id);
                known.is_some_and(|one| one.lifecycle.facts.tampering.is_none())
            })
            .collect();
        for licence in concerned {
            self.emit(Event::TamperingSuspended {
                licence: licence.clone(),
                evidence,
                record,
            });
            self.enforce(&licence);
        }
    }

    /// The evaluation that the first document of a licence states.
    pub(super) fn open_evaluation(&mut self, licence: &LicenceId) {
        let Some(state) = self.engine.state.licences.get(licence) else {
            return;
        };
        let document = self.engine.documents.licences.get(&state.digest);
        let window = document.and_then(|document| document.acceptance.evaluation_ends_at);
        if let (Some(ends_at), 1) = (window, state.installed.len()) {
            self.emit(Event::EvaluationOpened {
                licence: licence.clone(),
                ends_at,
            });
        }
    }

    pub(super) fn accept_software(&mut self, licence: &LicenceId, by: AcceptedBy, actor: Actor) {
        self.emit(Event::SoftwareAccepted {
            licence: licence.clone(),
            by,
            actor,
        });
    }

    /// The first grant accepts the software; a second of the same decision finds it accepted.
    pub(super) fn accept_by_use(&mut self, licence: &LicenceId) {
        let state = self.engine.state.licences.get(licence);
        if state.is_some_and(|state| state.lifecycle.facts.accepted.is_none()) {
            self.accept_software(licence, AcceptedBy::Use, Actor::Daemon);
        }
    }

    pub(super) fn declare(
        &mut self,
        licence: &LicenceId,
        fact: Declaration,
        actor: Actor,
    ) -> Outcome {
        let refused = |code| Outcome::Refused(named(Refusal::of(code), licence));
        let Some(state) = self.engine.state.licences.get(licence) else {
            return refused(RefusalCode::LicenceUnknown);
        };
        let facts = state.lifecycle.facts;
        let document = self.engine.documents.licences.get(&state.digest);
        let of = licence.clone();
        match fact {
            Declaration::Accepted if facts.accepted.is_some() => Outcome::AlreadyInstalled,
            Declaration::Accepted => {
                self.accept_software(licence, AcceptedBy::Word, actor);
                Outcome::Done
            }
            Declaration::Reserves { text } => {
                let until = document.and_then(|one| one.acceptance.reserves_until);
                let until = until.max(facts.evaluation);
                let late = until.is_none_or(|until| until.millis() <= self.civil);
                if late || facts.accepted.is_some() {
                    return refused(RefusalCode::EvaluationOver);
                }
                self.emit(Event::ReservesRecorded {
                    licence: of,
                    text,
                    actor,
                });
                Outcome::Done
            }
            Declaration::Ended if facts.ended_by_client => Outcome::AlreadyInstalled,
            Declaration::Ended => {
                let open = facts
                    .evaluation
                    .is_some_and(|end| end.millis() > self.civil);
                if !open || facts.accepted.is_some() {
                    return refused(RefusalCode::EvaluationOver);
                }
                self.emit(Event::EndedByClient { licence: of, actor });
                self.changed(licence);
                Outcome::Done
            }
            Declaration::EndOfUse(choice) => {
                let stated = document.and_then(|one| one.end_of_use.as_ref());
                let offered = stated.is_none_or(|one| one.choices.contains(&choice));
                let Some(choice) = choice_of(choice).filter(|_| offered) else {
                    let offered = stated.map(|one| one.choices.as_slice());
                    return choice_refused(offered.unwrap_or_default(), licence);
                };
                match state.lifecycle.end_of_use() {
                    Some(before) if before == choice => return Outcome::AlreadyInstalled,
                    // What was chosen, by word or by silence, stays chosen.
                    Some(before) => return choice_refused(&[chosen(before)], licence),
                    None => {}
                }
                self.emit(Event::EndOfUseDeclared {
                    licence: of,
                    choice,
                    actor,
                });
                self.changed(licence);
                Outcome::Done
            }
        }
    }

    /// A release is honoured by the key that the licence names and no other: neither a vendor nor its
    /// root has a say, for they may be gone.
    pub(super) fn install_release(
        &mut self,
        release: &Arc<Verified<EscrowRelease>>,
        actor: Actor,
    ) -> Outcome {
        let (code, digest) = (DocumentCode::EscrowRelease, release.digest());
        let id = release.licence.clone();
        let Some(state) = self.engine.state.licences.get(&id) else {
            return self.refuse_document(code, digest, without_licence(&id), actor);
        };
        if state.lifecycle.released == Some(digest) {
            return Outcome::AlreadyInstalled;
        }
        let licence = self.engine.documents.licences.get(&state.digest);
        let key = licence.and_then(|licence| licence.escrow_key);
        if key != Some(release.escrow_key) {
            let expected = key.map(|key| key.to_string()).unwrap_or_default();
            let refusal = named(not_for_this(&expected, &release.escrow_key), &id);
            return self.refuse_document(code, digest, refusal, actor);
        }
        self.engine
            .documents
            .add(InstalledDocument::EscrowRelease(Arc::clone(release)));
        self.emit(Event::EscrowReleased {
            licence: id.clone(),
            digest,
            actor,
        });
        self.changed(&id);
        Outcome::Installed
    }
}

/// What a record shows of tampering. A document counts whose signature names a key of the vendor's and
/// does not fit its text; one of a stranger, or damaged beyond reading, does not.
fn evidence_of(event: &Event) -> Option<Evidence> {
    match event {
        Event::DocumentRefused { reason, .. } if ALTERED.contains(&reason.as_str()) => {
            Some(Evidence::DocumentAltered)
        }
        Event::ClockBehind { .. } => Some(Evidence::ClockSetBack),
        Event::KeyCounterAnomalous {
            anomaly: CounterAnomaly::Behind,
            ..
        } => Some(Evidence::KeyRolledBack),
        Event::ForkFound {} => Some(Evidence::LedgerForked),
        _ => None,
    }
}

/// The daemon's word for a document that was changed after it was signed, and the one before it.
const ALTERED: [&str; 2] = ["signature-invalid", "DOCUMENT_ALTERED"];

/// The choices that are left.
fn choice_refused(left: &[EndOfUseChoice], licence: &LicenceId) -> Outcome {
    let left: Vec<&str> = left
        .iter()
        .map(|choice| choice.wire().as_str_name())
        .collect();
    let refusal = Refusal {
        expected: crate::rules::cut(left.join(" ")),
        ..Refusal::of(RefusalCode::ChoiceNotOffered)
    };
    Outcome::Refused(named(refusal, licence))
}

fn chosen(choice: EndChoice) -> EndOfUseChoice {
    match choice {
        EndChoice::Returned => EndOfUseChoice::Returned,
        EndChoice::BackupHandedOver => EndOfUseChoice::BackupHandedOver,
        _ => EndOfUseChoice::Destroyed,
    }
}

/// `None`: a choice that this version has no number for.
pub(super) fn choice_of(choice: EndOfUseChoice) -> Option<EndChoice> {
    Some(match choice {
        EndOfUseChoice::Destroyed => EndChoice::Destroyed,
        EndOfUseChoice::Returned => EndChoice::Returned,
        EndOfUseChoice::BackupHandedOver => EndChoice::BackupHandedOver,
        _ => return None,
    })
}
