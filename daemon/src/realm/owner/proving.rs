//! Check-outs that wait for a proof by hardware keys. Whoever asks while the keys of a licence are busy
//! goes into the next proof together with all others who do, so that one signature serves them all. What
//! a key proved is kept only until it is handed out. Which check-outs need a proof, the engine says.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use octroi_engine::{Command, Event, Grant, KeyAnswer, Outcome, RequestNumber, SessionId};
use octroi_licence::{CHECKOUTS_PER_PROOF_MAX, CheckoutNonces, KeyEvidence, LicenceId};
use tokio::sync::oneshot;

use super::{Owner, Waiting};
use crate::{
    hardware::{NoProof, ProofJob},
    realm::Message,
};

/// Check-outs of a realm that may wait for keys at one time.
const WAITING_MAX: usize = 4_096;
/// How long the keys of a licence may take. A check-out waits for two proofs at most, the one that is
/// under way and its own.
const PROOF_WITHIN: Duration = Duration::from_secs(5);

/// What an application sent to be proven, and what was proven of it.
pub(super) struct Slip {
    pub(super) nonce: [u8; 32],
    proofs: Vec<(LicenceId, Vec<u8>)>,
}

impl Slip {
    pub(super) fn new(nonce: [u8; 32]) -> Self {
        let proofs = Vec::new();
        Self { nonce, proofs }
    }

    /// What goes with a seat of this licence; nothing where it asks for no proof.
    pub(super) fn proof(&self, licence: &LicenceId) -> Vec<u8> {
        let mut all = self.proofs.iter();
        all.find(|(of, _)| of == licence)
            .map(|(_, proof)| proof.clone())
            .unwrap_or_default()
    }
}

/// A check-out whose keys are to be asked.
struct Asked {
    nonce: [u8; 32],
    command: Command,
    waiting: Waiting,
}

/// Those whose nonces the keys of one licence are signing.
struct UnderWay {
    nonces: CheckoutNonces,
    asked: Vec<Asked>,
}

#[derive(Default)]
pub(super) struct Proving {
    waiting: BTreeMap<LicenceId, VecDeque<Asked>>,
    under_way: BTreeMap<LicenceId, UnderWay>,
    /// The proofs of check-outs that stand in the line for a seat.
    kept: BTreeMap<(SessionId, RequestNumber), (LicenceId, Vec<u8>)>,
}

impl Proving {
    /// As many wait as may.
    fn is_full(&self) -> bool {
        let waiting = self.waiting.values().map(VecDeque::len);
        let under_way = self.under_way.values().map(|one| one.asked.len());
        waiting.chain(under_way).sum::<usize>() >= WAITING_MAX
    }

    /// A check-out joins those that wait.
    fn join(&mut self, licence: LicenceId, asked: Asked) {
        self.waiting.entry(licence).or_default().push_back(asked);
    }

    /// What to ask the keys of each licence that has no proof under way.
    fn next(&mut self) -> Vec<(LicenceId, [u8; 32])> {
        let mut begun = Vec::new();
        for (licence, waiting) in &mut self.waiting {
            if self.under_way.contains_key(licence) {
                continue;
            }
            let most = waiting.len().min(CHECKOUTS_PER_PROOF_MAX);
            let asked: Vec<Asked> = waiting.drain(..most).collect();
            let all: Vec<[u8; 32]> = asked.iter().map(|one| one.nonce).collect();
            if let Some(nonces) = CheckoutNonces::new(&all) {
                begun.push((licence.clone(), nonces.root()));
                let under_way = UnderWay { nonces, asked };
                self.under_way.insert(licence.clone(), under_way);
            }
        }
        self.waiting.retain(|_, waiting| !waiting.is_empty());
        begun
    }

    /// Whoever gives up its place in the line does not want one after the proof either.
    pub(super) fn cancel_wait(&mut self, session: SessionId, checkout: RequestNumber) {
        let under_way = self.under_way.values_mut().flat_map(|one| &mut one.asked);
        for asked in self.waiting.values_mut().flatten().chain(under_way) {
            if let Command::Checkout {
                session: of,
                number,
                wait_ms,
                ..
            } = &mut asked.command
                && (*of, *number) == (session, checkout)
            {
                *wait_ms = 0;
            }
        }
    }

    /// A check-out that stands in the line has its proof already.
    pub(super) fn keep(&mut self, session: SessionId, number: RequestNumber, slip: &Slip) {
        if let Some(proof) = slip.proofs.last() {
            self.kept.insert((session, number), proof.clone());
        }
    }

    /// The proof of a check-out that leaves the line; empty where there is none for this licence.
    pub(super) fn granted(&mut self, session: SessionId, grant: &Grant) -> Vec<u8> {
        let kept = self.kept.remove(&(session, grant.number));
        let kept = kept.filter(|(licence, _)| *licence == grant.licence);
        kept.map(|(_, proof)| proof).unwrap_or_default()
    }

    /// What needs its proof no longer.
    pub(super) fn follow(&mut self, event: &Event) {
        if self.kept.is_empty() {
            return;
        }
        match event {
            Event::WaitEnded {
                session, number, ..
            } => {
                self.kept.remove(&(*session, *number));
            }
            Event::SessionEnded { session, .. } => self.kept.retain(|(of, _), _| of != session),
            _ => {}
        }
    }
}

impl Owner {
    /// A check-out for which keys must be asked first.
    pub(super) fn prove_first(
        &mut self,
        licence: LicenceId,
        mut command: Command,
        waiting: Waiting,
    ) {
        let Some(nonce) = waiting.nonce() else {
            // Only a stream's check-out brings a nonce.
            self.answer(waiting, Outcome::ProofNeeded { licence });
            return;
        };
        if self.proving.is_full() {
            add(&mut command, &licence, KeyAnswer::Busy);
            self.decide(command, waiting);
            return;
        }
        let asked = Asked {
            nonce,
            command,
            waiting,
        };
        self.proving.join(licence, asked);
    }

    /// Asks the keys of every licence for which somebody waits and no proof is under way.
    pub(super) fn begin_proofs(&mut self) {
        if self.proving.waiting.is_empty() {
            return;
        }
        for (licence, nonce) in self.proving.next() {
            let (answer, answered) = oneshot::channel();
            let job = ProofJob {
                vendor: self.inner.vendor.clone(),
                licence: licence.clone(),
                nonce,
                answer,
            };
            let taken = self.keys.prove(job);
            let to_self = self.to_self.clone();
            tokio::spawn(async move {
                let outcome = match tokio::time::timeout(PROOF_WITHIN, answered).await {
                    Ok(Ok(outcome)) if taken => outcome,
                    // The key thread takes too long, takes no more, or has ended.
                    _ => Err(NoProof::Busy),
                };
                if let Some(owner) = to_self.upgrade() {
                    // A realm that has stopped answers nobody.
                    drop(owner.send(Message::KeysAnswered { licence, outcome }).await);
                }
            });
        }
    }

    /// The keys of a licence answered, or did not: whoever waited for them is decided.
    pub(super) fn keys_answered(
        &mut self,
        licence: &LicenceId,
        outcome: Result<Vec<KeyEvidence>, NoProof>,
    ) {
        let Some(UnderWay { nonces, asked }) = self.proving.under_way.remove(licence) else {
            return;
        };
        let (answer, proofs) = match outcome {
            Ok(evidence) => {
                let keys = evidence.iter().map(|one| one.key).collect();
                (KeyAnswer::Proven(keys), nonces.proofs(&evidence))
            }
            Err(NoProof::Absent) => (KeyAnswer::Absent, Vec::new()),
            Err(NoProof::Busy) => (KeyAnswer::Busy, Vec::new()),
        };
        let mut proofs = proofs.into_iter();
        for Asked {
            mut command,
            mut waiting,
            ..
        } in asked
        {
            add(&mut command, licence, answer.clone());
            if let (Some(slip), Some(proof)) = (waiting.slip(), proofs.next()) {
                slip.proofs.push((licence.clone(), proof));
            }
            self.decide(command, waiting);
        }
    }
}

fn add(command: &mut Command, licence: &LicenceId, answer: KeyAnswer) {
    if let Command::Checkout {
        proofs: Some(proofs),
        ..
    } = command
    {
        proofs.add(licence.clone(), answer);
    }
}

impl Waiting {
    fn nonce(&self) -> Option<[u8; 32]> {
        match self {
            Self::Stream { slip, .. } => slip.as_ref().map(|slip| slip.nonce),
            _ => None,
        }
    }

    fn slip(&mut self) -> Option<&mut Slip> {
        match self {
            Self::Stream { slip, .. } => slip.as_deref_mut(),
            _ => None,
        }
    }
}
