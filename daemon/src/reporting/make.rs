//! Making a report: what the owner knows of licences, and the ledger read from its folder up to a
//! checkpoint. The ledger is read whole each time, at about a million records a second, and off the
//! owner's thread; 32 bytes are kept of each record for the proof.

use std::{collections::BTreeMap, path::Path};

use octroi_engine::{Engine, Event, LicenceDocuments, LicenceView, Now, Policy};
use octroi_licence::{
    Checkpoint, CivilDay, CivilSeconds, DocumentError, DocumentKind, LicenceId, LicenceUsage,
    PublicKey, REPORTED_LICENCES_MAX, UsageReport, encode_signed,
    merkle::{Frontier, consistency_proof},
    sign, verify_self_signed,
};
use tokio::sync::oneshot;

use super::{
    counts::Counts,
    outbox::{Last, Waiting},
};
use crate::{
    ledger::{FolderDisk, LedgerError, read},
    realm::{Message, Realm},
    text::sentence,
};

/// Why no report could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum MakeError {
    /// The realm has stopped.
    #[error("the daemon is stopping")]
    Stopping,
    /// The checkpoint could not be recorded and synced.
    #[error("the ledger cannot be written, so that no report can rest on it")]
    Unwritable,
    /// The ledger cannot be read.
    #[error("the ledger cannot be read")]
    Ledger(#[from] LedgerError),
    /// What is on the disk is not what the daemon wrote.
    #[error("the ledger on the disk is not the one that this daemon wrote ({records} records)")]
    AnotherLedger { records: u64 },
    /// The ledger is shorter than the one that the vendor countersigned.
    #[error(
        "the ledger has {records} records, fewer than the {countersigned} that the vendor countersigned: it was set back"
    )]
    Shorter { records: u64, countersigned: u64 },
    /// Nothing is activated, so that there is nothing to report on.
    #[error("no licence is activated, so that there is nothing to report")]
    NothingActivated,
    /// The system gave no entropy.
    #[error("the system gave no entropy for a nonce")]
    Entropy,
    /// The clock stands outside any calendar.
    #[error("the wall clock stands outside any calendar")]
    Clock,
    /// The report does not read back.
    #[error("the report that was made cannot be read back")]
    Unreadable(#[source] DocumentError),
    /// A thread ended.
    #[error("the ledger's reader ended without a word")]
    Ended,
}

/// What the owner knows.
pub(super) struct Known {
    pub(super) licences: Vec<(LicenceView, LicenceDocuments)>,
    /// Certificates of the end of use, encoded.
    ends_of_use: BTreeMap<LicenceId, Vec<u8>>,
    pub(super) revocation_version: u64,
    pub(super) now: CivilSeconds,
}

impl Known {
    pub(super) async fn of(realm: &Realm) -> Result<Self, MakeError> {
        let known = realm.read(|reading| Self {
            ends_of_use: BTreeMap::new(),
            licences: reading
                .engine
                .licences()
                .into_iter()
                .filter_map(|view| {
                    let documents = reading.engine.documents(&view.licence)?;
                    Some((view, documents))
                })
                .collect(),
            revocation_version: reading.engine.revocations().version(),
            now: reading.engine.civil_now(reading.now).seconds(),
        });
        known.await.ok_or(MakeError::Stopping)
    }

    /// Reads the certificates of the end of use; one that cannot be read is missing in the report, not the
    /// report.
    fn read_ends_of_use(&mut self, realm: &Realm) {
        for (view, _) in &self.licences {
            let Some(digest) = view.life.facts.certified else {
                continue;
            };
            match realm.documents().end_of_use(digest) {
                Ok(signed) => {
                    let bytes = encode_signed(&signed);
                    self.ends_of_use.insert(view.licence.clone(), bytes);
                }
                Err(error) => {
                    let licence = &view.licence;
                    tracing::error!(error = sentence(&error), %licence, "the certificate of the end of use is not reported");
                }
            }
        }
    }

    pub(super) fn documents(&self) -> impl Iterator<Item = &LicenceDocuments> {
        self.licences.iter().map(|(_, documents)| documents)
    }
}

/// Makes and signs a report. A draft leaves no trace: its checkpoint is neither recorded nor signed,
/// so that no server accepts it.
pub(super) async fn make(
    realm: &Realm,
    ledger: &Path,
    last: Option<Last>,
    draft: bool,
) -> Result<Waiting, MakeError> {
    let mut known = Known::of(realm).await?;
    known.read_ends_of_use(realm);
    if !known
        .licences
        .iter()
        .any(|(view, _)| view.certificate.is_some())
    {
        return Err(MakeError::NothingActivated);
    }
    let checkpoint = if draft {
        None
    } else {
        Some(checkpoint(realm).await?)
    };
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(|_| MakeError::Entropy)?;
    let signature = checkpoint.map_or([0; 64], |checkpoint| {
        let Ok(signature) = checkpoint.sign(&realm.root().id(), realm.daemon_key());
        signature
    });
    let today = CivilDay::of(known.now).ok_or(MakeError::Clock)?;
    let (folder, daemon_key) = (ledger.to_path_buf(), realm.public_key());
    let report = tokio::task::spawn_blocking(move || {
        let ledger = ReadLedger::read(&folder, daemon_key, &known, last.as_ref(), checkpoint)?;
        ledger.report(&known, last, today, daemon_key, (nonce, signature))
    });
    let report = report.await.map_err(|_| MakeError::Ended)??;
    let payload = report.payload(realm.vendor(), today);
    let Ok(signed) = sign(
        DocumentKind::UsageReport,
        payload,
        realm.daemon_key(),
        Vec::new(),
    );
    let report = verify_self_signed(&signed).map_err(MakeError::Unreadable)?;
    Ok(Waiting { signed, report })
}

/// Has a checkpoint signed, recorded and synced: before any byte that rests on it leaves.
async fn checkpoint(realm: &Realm) -> Result<Checkpoint, MakeError> {
    let (answer, checkpoint) = oneshot::channel();
    realm.send(Message::Checkpoint { answer }).await;
    let signed = checkpoint.await.map_err(|_| MakeError::Stopping)?;
    let (size, root) = signed.ok_or(MakeError::Unwritable)?;
    Ok(Checkpoint { size, root })
}

/// The ledger up to a checkpoint.
struct ReadLedger {
    counts: Counts,
    leaves: Vec<[u8; 32]>,
    checkpoint: Checkpoint,
}

impl ReadLedger {
    /// Reads up to `checkpoint`; `None`: everything.
    fn read(
        folder: &Path,
        daemon_key: PublicKey,
        known: &Known,
        last: Option<&Last>,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Self, MakeError> {
        let required = known.documents().filter_map(|documents| {
            let licence = &documents.licence;
            let required = licence.binding.host_components_required?;
            Some((licence.frame().licence.clone()?, required))
        });
        let mut counts = Counts::new(required.collect::<BTreeMap<_, _>>());
        let from = last.map_or(0, |last| last.report.checkpoint.size);
        let to = checkpoint.map_or(u64::MAX, |checkpoint| checkpoint.size);
        let mut leaves = Vec::new();
        let mut tree = Frontier::new();
        // Replayed for its clock alone: days go by the confirmed time, not by a wall clock that leapt.
        let mut engine = Engine::new(Policy::default(), daemon_key);
        read(&FolderDisk::new(folder), &mut |seq, leaf, record| {
            if seq.0 > to {
                return;
            }
            engine.apply(record);
            let time = record.time;
            let now = Now {
                boot_id: time.boot_id,
                boottime_ms: time.boottime_ms,
                civil_ms: time.civil_ms,
            };
            let mark = engine.clock(now).map_or(time.civil_ms, |clock| clock.mark);
            let day = CivilDay::of(mark.seconds()).unwrap_or(CivilDay(0));
            // The daemon's own note of a sync says nothing of use.
            let counted = seq.0 > from && !matches!(record.event, Event::Synced { .. });
            counts.take(day, &record.event, counted);
            leaves.push(leaf);
            tree.append(leaf);
        })?;
        let found = Checkpoint {
            size: tree.size(),
            root: tree.root(),
        };
        if checkpoint.is_some_and(|checkpoint| checkpoint != found) {
            return Err(MakeError::AnotherLedger {
                records: found.size,
            });
        }
        Ok(Self {
            counts,
            leaves,
            checkpoint: found,
        })
    }

    fn report(
        &self,
        known: &Known,
        last: Option<Last>,
        today: CivilDay,
        daemon_key: PublicKey,
        (nonce, checkpoint_signature): ([u8; 16], [u8; 64]),
    ) -> Result<UsageReport, MakeError> {
        let countersigned = last.as_ref().map_or(0, |last| last.report.checkpoint.size);
        let records = self.checkpoint.size;
        let consistency = usize::try_from(countersigned)
            .ok()
            .and_then(|size| consistency_proof(&self.leaves, size))
            .ok_or(MakeError::Shorter {
                records,
                countersigned,
            })?;
        let (first_day, last_day) = self.counts.days().unwrap_or((today, today));
        let announced = last.as_ref().map_or(0, |last| {
            let numbers = last.receipt.announcements.iter().map(|one| one.number);
            numbers
                .max()
                .unwrap_or(0)
                .max(last.report.announcement_number)
        });
        let licences = known
            .licences
            .iter()
            .filter_map(|(view, documents)| self.licence(known, view, documents))
            .take(REPORTED_LICENCES_MAX)
            .collect();
        Ok(UsageReport {
            number: last.as_ref().map_or(0, |last| last.report.number) + 1,
            daemon_key,
            nonce,
            first_day,
            last_day,
            checkpoint: self.checkpoint,
            checkpoint_signature,
            consistency,
            last_receipt: last.map(|last| last.receipt_bytes).unwrap_or_default(),
            licences,
            evidence: self.counts.evidence(),
            session_ends: self.counts.session_ends(),
            revocation_version: known.revocation_version,
            announcement_number: announced,
            announcement_answers: self.counts.answers(),
        })
    }

    /// A licence that is not activated yet is the vendor's to know nothing of.
    fn licence(
        &self,
        known: &Known,
        view: &LicenceView,
        documents: &LicenceDocuments,
    ) -> Option<LicenceUsage> {
        let certificate = documents.certificate.as_ref()?;
        let licence = &documents.licence;
        let reporting = licence.reporting.as_ref();
        let features = licence.features.iter().map(|feature| {
            let billed = reporting.is_some_and(|term| term.bills(&feature.name));
            self.counts.feature(&view.licence, &feature.name, billed)
        });
        Some(LicenceUsage {
            licence: view.licence.clone(),
            serial: licence.serial,
            licence_digest: licence.digest(),
            certificate_number: certificate.number,
            certificate: certificate.bytes().to_vec(),
            vendor_sequence: view.sequence,
            features: features.collect(),
            declarations: self
                .counts
                .declarations(&view.licence, view.life.non_renewal.is_some()),
            end_of_use_certificate: known
                .ends_of_use
                .get(&view.licence)
                .cloned()
                .unwrap_or_default(),
        })
    }
}
