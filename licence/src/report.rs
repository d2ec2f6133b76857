//! A daemon's usage report: anonymous counts over one realm, bound to the ledger that they rest on.
//! Integers, enumerations, vendor-document ids, digests, keys and nonces only, nothing finer than a
//! day. How counts come out of a ledger is the daemon's work, what they mean for a contract the
//! vendor's.

mod count;
mod declared;

use prost::Message as _;

use crate::{
    Checkpoint, CivilDay, DocumentDigest, DocumentKind, DocumentType, EndOfUseCertificate,
    FeatureName, Frame, KeyRole, LicenceId, PublicKey, SelfSigned, TermError, VendorId, Verified,
    fields::{array, key_of, list, name, range, unique},
    licence::FEATURES_MAX,
    merkle::PROOF_HASHES_MAX,
    message,
};

pub use declared::ReportedDeclaration;

pub use count::{COUNT_MAX, Count, CountedKind, Numbered, RefusalCode};

/// The most licences in one report and certificates in one receipt.
pub const REPORTED_LICENCES_MAX: usize = 256;
/// The longest receipt, in bytes, so that the next report can carry it.
pub const RECEIPT_BYTES_MAX: usize = 512 << 10;
/// The most answers to announcements in one report.
pub const ANSWERS_MAX: usize = 64;
/// Codes, kinds and causes that one list of counts may hold.
const COUNTED_KINDS_MAX: usize = 256;
const CERTIFICATE_BYTES_MAX: usize = 64 << 10;

/// What a daemon tells its vendor, signed by the daemon key that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageReport {
    /// From 1; one more than the last receipt's.
    pub number: u64,
    /// The daemon's public key.
    pub daemon_key: PublicKey,
    /// Fresh for each report.
    pub nonce: [u8; 16],
    /// The day of the first record counted.
    pub first_day: CivilDay,
    /// The day of the last record counted.
    pub last_day: CivilDay,
    /// The ledger that the counts rest on.
    pub checkpoint: Checkpoint,
    /// The daemon's signature over it ([`Checkpoint::sign`]).
    pub checkpoint_signature: [u8; 64],
    /// Proof that the ledger grew out of the last countersigned checkpoint.
    pub consistency: Vec<[u8; 32]>,
    /// The last receipt, encoded, as it came; empty before the first.
    pub last_receipt: Vec<u8>,
    /// Each licence once; at most [`REPORTED_LICENCES_MAX`].
    pub licences: Vec<LicenceUsage>,
    /// Tampering and damage seen, each kind once.
    pub evidence: Vec<(Numbered<message::EvidenceKind>, u64)>,
    /// Sessions that ended, each cause once.
    pub session_ends: Vec<(Numbered<message::SessionEndCause>, Count)>,
    /// Version of the revocation list that the daemon holds; 0: none.
    pub revocation_version: u64,
    /// Number of the last announcement received; 0: none.
    pub announcement_number: u64,
    /// What the administrator answered, each announcement once; at most [`ANSWERS_MAX`].
    pub announcement_answers: Vec<AnnouncementAnswer>,
}

/// The client's answer to an announcement (clause K14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnnouncementAnswer {
    /// The announcement's number.
    pub number: u64,
    /// What was answered.
    pub verdict: Numbered<message::AnnouncementVerdict>,
    /// When.
    pub day: CivilDay,
}

/// One licence's counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceUsage {
    /// Which.
    pub licence: LicenceId,
    /// Its serial.
    pub serial: u64,
    /// The exact document.
    pub licence_digest: DocumentDigest,
    /// The newest certificate that the daemon holds.
    pub certificate_number: u64,
    /// That certificate, encoded, as it came.
    pub certificate: Vec<u8>,
    /// Last document of the vendor sequence that was applied.
    pub vendor_sequence: u64,
    /// Each feature once.
    pub features: Vec<FeatureUsage>,
    /// What the client declared, each kind once.
    pub declarations: Vec<ReportedDeclaration>,
    /// The certificate of the end of use, encoded; empty: none was made.
    pub end_of_use_certificate: Vec<u8>,
}

/// One feature's counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureUsage {
    /// Which.
    pub feature: FeatureName,
    /// The most units in use at one time.
    pub peak: Count,
    /// Each day's peak, summed over the days.
    pub seat_days: Count,
    /// Seats granted.
    pub grants: Count,
    /// Refusals, each code once.
    pub refusals: Vec<(Numbered<RefusalCode>, Count)>,
    /// Seats granted to versions out of maintenance (clause A21).
    pub outdated: Count,
}

impl UsageReport {
    /// The payload to sign as [`DocumentKind::UsageReport`], dated with a whole day. Fixed from then
    /// on: it is stored before it is sent and never made anew.
    pub fn payload(&self, vendor: &VendorId, made_on: CivilDay) -> Vec<u8> {
        let frame = message::DocumentFrame {
            vendor: vendor.to_string(),
            issued_at_s: made_on.start().0,
            ..message::DocumentFrame::default()
        };
        message::UsageReport {
            frame: Some(frame),
            report_number: self.number,
            daemon_key: self.daemon_key.as_bytes().to_vec(),
            nonce: self.nonce.to_vec(),
            first_day: self.first_day.0,
            last_day: self.last_day.0,
            checkpoint: Some(message::LedgerCheckpoint {
                signature: self.checkpoint_signature.to_vec(),
                ..self.checkpoint.wire()
            }),
            consistency: self.consistency.iter().map(|hash| hash.to_vec()).collect(),
            last_receipt: self.last_receipt.clone(),
            licences: self.licences.iter().map(LicenceUsage::wire).collect(),
            evidence: self
                .evidence
                .iter()
                .map(|(kind, count)| message::EvidenceCount {
                    kind: kind.number(),
                    count: *count,
                })
                .collect(),
            session_ends: self
                .session_ends
                .iter()
                .map(|(cause, count)| message::SessionEndCount {
                    cause: cause.number(),
                    count: Some(count.wire()),
                })
                .collect(),
            revocation_version: self.revocation_version,
            announcement_number: self.announcement_number,
            announcement_answers: self
                .announcement_answers
                .iter()
                .map(|one| message::AnnouncementAnswer {
                    number: one.number,
                    verdict: one.verdict.number(),
                    day: one.day.0,
                })
                .collect(),
        }
        .encode_to_vec()
    }
}

impl LicenceUsage {
    /// The certificate of the end of use, verified under the daemon key that it names; `None`: none was
    /// made.
    pub fn end_of_use(&self) -> Option<Verified<EndOfUseCertificate>> {
        declared::read(&self.end_of_use_certificate)
    }

    fn wire(&self) -> message::LicenceUsage {
        message::LicenceUsage {
            licence_id: self.licence.to_string(),
            serial: self.serial,
            licence_digest: self.licence_digest.as_bytes().to_vec(),
            certificate_number: self.certificate_number,
            certificate: self.certificate.clone(),
            vendor_sequence: self.vendor_sequence,
            features: self.features.iter().map(FeatureUsage::wire).collect(),
            declarations: self
                .declarations
                .iter()
                .map(ReportedDeclaration::wire)
                .collect(),
            end_of_use_certificate: self.end_of_use_certificate.clone(),
        }
    }
}

impl FeatureUsage {
    fn wire(&self) -> message::FeatureUsage {
        message::FeatureUsage {
            feature: self.feature.to_string(),
            peak: Some(self.peak.wire()),
            seat_days: Some(self.seat_days.wire()),
            grants: Some(self.grants.wire()),
            refusals: self
                .refusals
                .iter()
                .map(|(code, count)| message::FeatureRefusalCount {
                    code: code.number(),
                    count: Some(count.wire()),
                })
                .collect(),
            // A count that is not there is 0: reports without such use stay as they were.
            outdated: (self.outdated != Count::Exact(0)).then(|| self.outdated.wire()),
        }
    }
}

impl DocumentType for UsageReport {
    const KIND: DocumentKind = DocumentKind::UsageReport;
    const ROLE: KeyRole = KeyRole::Daemon;
    type Message = message::UsageReport;

    fn read(wire: Self::Message, frame: &Frame) -> Result<Self, TermError> {
        anonymous(&wire.frame.unwrap_or_default(), frame)?;
        let checkpoint = wire.checkpoint.ok_or(TermError::Missing {
            field: "checkpoint",
        })?;
        let first_day = CivilDay::read("first_day", wire.first_day)?;
        let last_day = CivilDay::read("last_day", wire.last_day)?;
        if last_day < first_day {
            return Err(TermError::EndsBeforeStart { field: "days" });
        }
        if wire.last_receipt.len() > RECEIPT_BYTES_MAX {
            return Err(too_long(
                "last_receipt",
                wire.last_receipt.len(),
                RECEIPT_BYTES_MAX,
            ));
        }
        let licences = list(
            "licences",
            wire.licences,
            0,
            REPORTED_LICENCES_MAX,
            licence_usage,
        )?;
        unique("licences", licences.iter().map(|one| one.licence.as_str()))?;
        let announcement_answers = list(
            "announcement_answers",
            wire.announcement_answers,
            0,
            ANSWERS_MAX,
            announcement_answer,
        )?;
        let answered = announcement_answers.iter().map(|one| one.number);
        unique("announcement_answers", answered)?;
        Ok(Self {
            number: range("report_number", wire.report_number, 1, COUNT_MAX)?,
            daemon_key: key_of("daemon_key", &wire.daemon_key)?,
            nonce: array("nonce", &wire.nonce)?,
            first_day,
            last_day,
            checkpoint_signature: array("checkpoint signature", &checkpoint.signature)?,
            checkpoint: Checkpoint::read(&checkpoint)?,
            consistency: list(
                "consistency",
                wire.consistency,
                0,
                PROOF_HASHES_MAX,
                |hash| array("consistency", &hash),
            )?,
            last_receipt: wire.last_receipt,
            licences,
            evidence: counted("evidence", wire.evidence, |one| (one.kind, one.count))?
                .into_iter()
                .map(|(kind, count)| range("evidence", count, 0, COUNT_MAX).map(|_| (kind, count)))
                .collect::<Result<_, _>>()?,
            session_ends: counts("session_ends", wire.session_ends, |one| {
                (one.cause, one.count)
            })?,
            revocation_version: number("revocation_version", wire.revocation_version)?,
            announcement_number: number("announcement_number", wire.announcement_number)?,
            announcement_answers,
        })
    }
}

impl SelfSigned for UsageReport {
    fn signer(&self) -> &PublicKey {
        &self.daemon_key
    }
}

/// A report's frame names the vendor and a day; every other place where more could stand is empty.
fn anonymous(wire: &message::DocumentFrame, frame: &Frame) -> Result<(), TermError> {
    let whole_day = CivilDay::of(frame.issued_at).is_some_and(|day| day.start() == frame.issued_at);
    let empty = wire.requires.is_empty()
        && wire.requires_version.is_empty()
        && wire.licence_id.is_empty()
        && wire.sequence == 0;
    if whole_day && empty {
        return Ok(());
    }
    let what = "a report's frame states a vendor and a whole day, and nothing else";
    Err(TermError::Contradiction {
        what: what.to_owned(),
    })
}

/// A number of which 0 means none.
fn number(field: &'static str, found: u64) -> Result<u64, TermError> {
    range(field, found, 0, COUNT_MAX)
}

fn too_long(field: &'static str, found: usize, max: usize) -> TermError {
    TermError::Range {
        field,
        found: u64::try_from(found).unwrap_or(u64::MAX),
        min: 0,
        max: u64::try_from(max).unwrap_or(u64::MAX),
    }
}

fn announcement_answer(wire: message::AnnouncementAnswer) -> Result<AnnouncementAnswer, TermError> {
    Ok(AnnouncementAnswer {
        number: range("announcement number", wire.number, 1, COUNT_MAX)?,
        verdict: Numbered::read("verdict", wire.verdict)?,
        day: CivilDay::read("day", wire.day)?,
    })
}

fn licence_usage(wire: message::LicenceUsage) -> Result<LicenceUsage, TermError> {
    if wire.certificate.len() > CERTIFICATE_BYTES_MAX {
        let found = wire.certificate.len();
        return Err(too_long("certificate", found, CERTIFICATE_BYTES_MAX));
    }
    let features = list("features", wire.features, 0, FEATURES_MAX, feature_usage)?;
    unique("features", features.iter().map(|one| one.feature.as_str()))?;
    Ok(LicenceUsage {
        licence: name("licence_id", &wire.licence_id)?,
        serial: range("serial", wire.serial, 1, COUNT_MAX)?,
        licence_digest: DocumentDigest::from_bytes(array("licence_digest", &wire.licence_digest)?),
        certificate_number: range("certificate_number", wire.certificate_number, 1, COUNT_MAX)?,
        certificate: wire.certificate,
        vendor_sequence: number("vendor_sequence", wire.vendor_sequence)?,
        features,
        declarations: declared::declarations(wire.declarations)?,
        end_of_use_certificate: declared::certificate(wire.end_of_use_certificate)?,
    })
}

fn feature_usage(wire: message::FeatureUsage) -> Result<FeatureUsage, TermError> {
    Ok(FeatureUsage {
        feature: name("feature", &wire.feature)?,
        peak: Count::read("peak", wire.peak)?,
        seat_days: Count::read("seat_days", wire.seat_days)?,
        grants: Count::read("grants", wire.grants)?,
        refusals: counts("refusals", wire.refusals, |one| (one.code, one.count))?,
        outdated: Count::read("outdated", wire.outdated)?,
    })
}

fn counted<W, K: CountedKind, C>(
    field: &'static str,
    wire: Vec<W>,
    parts: impl Fn(W) -> (i32, C),
) -> Result<Vec<(Numbered<K>, C)>, TermError> {
    let counted = list(field, wire, 0, COUNTED_KINDS_MAX, |one| {
        let (number, count) = parts(one);
        Numbered::read(field, number).map(|kind| (kind, count))
    })?;
    unique(field, counted.iter().map(|(kind, _)| kind.number()))?;
    Ok(counted)
}

fn counts<W, K: CountedKind>(
    field: &'static str,
    wire: Vec<W>,
    parts: impl Fn(W) -> (i32, Option<message::UsageCount>),
) -> Result<Vec<(Numbered<K>, Count)>, TermError> {
    counted(field, wire, parts)?
        .into_iter()
        .map(|(kind, count)| Count::read(field, count).map(|count| (kind, count)))
        .collect()
}
