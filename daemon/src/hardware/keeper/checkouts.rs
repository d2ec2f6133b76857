//! Proofs for check-outs: the keys of one licence are asked with a nonce that stands for all the
//! check-outs which wait, and their answers go back to the realm, which hands them to the applications.

use std::time::Instant;

use octroi_engine::KeyDuty;
use octroi_licence::{KeyEvidence, LicenceId, VendorId};
use tokio::sync::oneshot;

use super::{KeyKeeper, named};
use crate::realm::Realm;

/// Keys to be asked for check-outs.
pub(crate) struct ProofJob {
    pub(crate) vendor: VendorId,
    pub(crate) licence: LicenceId,
    /// What stands for the check-outs in the challenges.
    pub(crate) nonce: [u8; 32],
    /// Answered once; whoever asked may have given up.
    pub(crate) answer: oneshot::Sender<Result<Vec<KeyEvidence>, NoProof>>,
}

/// Why there is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoProof {
    /// Fewer of the keys are here than the licence demands.
    Absent,
    /// They are here, and did not answer in time.
    Busy,
}

impl KeyKeeper {
    /// Does the job, unless nobody waits for it any more.
    pub(super) fn do_job(&mut self, job: ProofJob) {
        if job.answer.is_closed() {
            return;
        }
        let outcome = self.prove_checkouts(&job);
        // Whoever asked may have given up meanwhile.
        drop(job.answer.send(outcome));
    }

    fn prove_checkouts(&mut self, job: &ProofJob) -> Result<Vec<KeyEvidence>, NoProof> {
        let realm = self.realms.by_vendor(&job.vendor).ok_or(NoProof::Busy)?;
        let licence = job.licence.clone();
        let demanded = realm.read(move |reading| {
            let keys = reading.engine.hardware_keys().into_iter();
            let duties: Vec<KeyDuty> = keys.filter(|duty| duty.licence == licence).collect();
            let documents = reading.engine.documents(&licence);
            let needed = documents.map(|one| one.licence.binding.hardware_keys_needed());
            (duties, needed.unwrap_or(0))
        });
        let (mut duties, needed) = self.runtime.block_on(demanded).ok_or(NoProof::Busy)?;
        // Any of several keys suffices: one that is known to be here is asked first.
        duties.sort_by_key(|duty| !self.held.iter().any(|held| held.serves(duty)));
        let mut evidence = Vec::with_capacity(needed);
        let mut failure = NoProof::Absent;
        for duty in &duties {
            if evidence.len() == needed {
                break;
            }
            match self.prove_now(&realm, duty, job.nonce) {
                Ok(proven) => evidence.push(proven),
                Err(NoProof::Busy) => failure = NoProof::Busy,
                Err(NoProof::Absent) => {}
            }
        }
        if evidence.is_empty() || evidence.len() < needed {
            return Err(failure);
        }
        Ok(evidence)
    }

    /// Proves a key for check-outs, as long as it did not fail just before.
    fn prove_now(
        &mut self,
        realm: &Realm,
        duty: &KeyDuty,
        nonce: [u8; 32],
    ) -> Result<KeyEvidence, NoProof> {
        let standing = self.named.entry(named(realm, duty)).or_default();
        if standing
            .again
            .is_some_and(|again| Instant::now() < again.at())
        {
            return Err(NoProof::Busy);
        }
        self.prove_and_tell(realm, duty, nonce)
    }
}
