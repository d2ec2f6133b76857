//! A usage report for a receipt: who sent it, whether it continues what was countersigned, what the
//! receipt brings. All in one transaction; the same report gets the same receipt.

use octroi_licence::{
    ActivationCertificate, CivilSeconds, DocumentError, DocumentKind, LicenceUsage, Receipt,
    Revocations, UsageReport, Verified, decode_signed, digest_of, encode_signed,
    message::SignedDocument, verify, verify_self_signed,
};
use octroi_vendor::Activation;

use crate::{
    DatabaseError, ExchangeError, Office, ReportRefusal,
    continuity::{Carried, Continuity, continuity},
    database::{
        Change,
        allotments::{self, Allotment},
        announcements,
        daemons::{self, AnsweredReport, Countersigned},
        incidents,
    },
    standing::Standing,
};

/// What is recorded when the server catches up with a receipt that it had lost.
const SERVER_WAS_BEHIND: &str = "SERVER_WAS_BEHIND";

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The report is not accepted.
    #[error("the report is refused")]
    Refused(#[from] ReportRefusal),
    /// Nothing was decided.
    #[error(transparent)]
    Failed(#[from] ExchangeError),
}

impl From<DatabaseError> for ReportError {
    fn from(error: DatabaseError) -> Self {
        Self::Failed(error.into())
    }
}

/// One licence of a report, as the books know it.
#[derive(Debug)]
pub(super) struct Reported<'a> {
    pub(super) usage: &'a LicenceUsage,
    /// `None`: the books do not have the licence.
    pub(super) standing: Option<Standing>,
    /// What the daemon holds; `None`: nothing of this vendor's.
    pub(super) allotment: Option<Allotment>,
    /// The daemon certified the end of its use.
    pub(super) ended: bool,
}

impl Office {
    /// Answers a usage report. The same report gets the same bytes again.
    ///
    /// # Errors
    /// [`ReportError`].
    pub async fn report(&self, signed: &SignedDocument) -> Result<SignedDocument, ReportError> {
        let report: Verified<UsageReport> =
            verify_self_signed(signed).map_err(ReportRefusal::Document)?;
        let vendor = self.books.vendor();
        if report.frame().vendor != *vendor.id() {
            return Err(ReportRefusal::VendorUnknown.into());
        }
        let by_daemon = report.checkpoint.verifies(
            &vendor.realm(),
            &report.daemon_key,
            &report.checkpoint_signature,
        );
        if !by_daemon {
            return Err(ReportRefusal::CheckpointSignature.into());
        }
        let now = self.now();
        let mut change = self.books.database.begin().await?;
        if let Some(receipt) = daemons::receipt_of(&mut change, report.digest()).await? {
            return stored_receipt(&receipt);
        }
        let revocations = self.books.verified.revocations(&mut change, vendor).await?;
        let reported = self.reported(&mut change, &report, &revocations).await?;
        if reported.iter().all(|one| one.allotment.is_none()) {
            return Err(ReportRefusal::NotActivated.into());
        }
        match self.continues(&mut change, &report, &revocations).await? {
            Ok(Continuity::AsKnown) => {}
            Ok(Continuity::ServerWasBehind) => {
                record(&mut change, &report, SERVER_WAS_BEHIND, now).await?;
            }
            Err(refused) => {
                if refused.is_incident() {
                    record(&mut change, &report, refused.code(), now).await?;
                    change.commit().await.map_err(DatabaseError::from)?;
                }
                return Err(refused.into());
            }
        }
        for answer in &report.announcement_answers {
            announcements::put_answer(&mut change, &report.daemon_key, answer, now).await?;
        }
        let (signed_receipt, receipt) = self
            .receipt(&mut change, &report, reported, (&revocations, now))
            .await?;
        let answered = AnsweredReport {
            digest: report.digest(),
            daemon_key: report.daemon_key,
            number: report.number,
            nonce: report.nonce,
            report: report.bytes().to_vec(),
            receipt: encode_signed(&signed_receipt),
        };
        daemons::add_report(&mut change, &answered).await?;
        let state = Countersigned {
            number: receipt.report_number,
            receipt: receipt.digest(),
            checkpoint: receipt.checkpoint,
            answered_at: receipt.server_time,
        };
        daemons::put_countersigned(&mut change, &report.daemon_key, &state).await?;
        change.commit().await.map_err(DatabaseError::from)?;
        Ok(signed_receipt)
    }

    /// Looks up every licence of the report. A certificate that the books lost counts if it is the
    /// vendor's own and this daemon's.
    async fn reported<'a>(
        &self,
        change: &mut Change,
        report: &'a Verified<UsageReport>,
        revocations: &Revocations,
    ) -> Result<Vec<Reported<'a>>, ReportError> {
        let vendor = self.books.vendor();
        let verified = &self.books.verified;
        let mut reported = Vec::with_capacity(report.licences.len());
        for usage in &report.licences {
            let standing =
                Standing::read(change, &usage.licence, vendor, verified, revocations).await?;
            let known = allotments::of_daemon(change, &usage.licence, &report.daemon_key).await?;
            let suffices = known.as_ref().is_some_and(|known| {
                known.activation.number >= usage.certificate_number
                    // Who was written off does not come back by showing a certificate.
                    || known.activation.written_off
            });
            let shown = if suffices {
                None
            } else {
                self.shown(report, usage, standing.as_ref(), revocations)?
            };
            reported.push(Reported {
                usage,
                standing,
                allotment: shown.or(known),
                ended: ended(report, usage)?,
            });
        }
        Ok(reported)
    }

    /// The certificate that the report shows, as an allotment.
    fn shown(
        &self,
        report: &UsageReport,
        usage: &LicenceUsage,
        standing: Option<&Standing>,
        revocations: &Revocations,
    ) -> Result<Option<Allotment>, ReportRefusal> {
        let certificate = decode_signed(DocumentKind::ActivationCertificate, &usage.certificate)
            .and_then(|signed| self.verified_certificate(&signed, revocations));
        let Ok(certificate) = certificate else {
            return Ok(None);
        };
        if certificate.daemon_key != report.daemon_key
            || certificate.licence != usage.licence
            || certificate.number != usage.certificate_number
        {
            return Err(ReportRefusal::CertificateNotOurs {
                licence: usage.licence.clone(),
            });
        }
        let serial =
            standing.and_then(|standing| standing.serial_with_text(certificate.licence_digest));
        let licence_ends = serial.and_then(|serial| serial.usable_until());
        let ends_at = [certificate.valid_until, licence_ends];
        Ok(Some(Allotment {
            activation: Activation {
                number: certificate.number,
                serial: serial.map_or(usage.serial, |serial| serial.serial),
                daemon_key: certificate.daemon_key,
                site: certificate.site.clone(),
                shares: certificate
                    .shares
                    .iter()
                    .map(|share| (share.feature.clone(), share.units))
                    .collect(),
                request: certificate.request_digest,
                certificate: certificate.digest(),
                answered_at: certificate.frame().issued_at,
                ends_at: ends_at.into_iter().flatten().min(),
                written_off: false,
            },
            certificate: usage.certificate.clone(),
            adopted: true,
        }))
    }

    fn verified_certificate(
        &self,
        signed: &SignedDocument,
        revocations: &Revocations,
    ) -> Result<Verified<ActivationCertificate>, DocumentError> {
        verify(signed, self.books.vendor().root(), revocations)
    }

    /// Judges whether the report continues what was countersigned.
    async fn continues(
        &self,
        change: &mut Change,
        report: &Verified<UsageReport>,
        revocations: &Revocations,
    ) -> Result<Result<Continuity, ReportRefusal>, DatabaseError> {
        let known = daemons::countersigned(change, &report.daemon_key).await?;
        let carried = match self.carried(report, known.as_ref(), revocations) {
            Ok(carried) => carried,
            Err(refused) => return Ok(Err(refused)),
        };
        let continues = continuity(report, carried.as_ref(), known.as_ref());
        // A copy may well repeat its original's nonces: that it is a copy says more.
        if continues.is_ok()
            && daemons::nonce_is_used(change, &report.daemon_key, &report.nonce).await?
        {
            return Ok(Err(ReportRefusal::NonceReused));
        }
        Ok(continues)
    }

    /// The receipt that the report carries: the vendor's own, and for this daemon. The one that the
    /// books remember counts whatever became of the key that signed it.
    fn carried(
        &self,
        report: &UsageReport,
        known: Option<&Countersigned>,
        revocations: &Revocations,
    ) -> Result<Option<Carried>, ReportRefusal> {
        if report.last_receipt.is_empty() {
            return Ok(None);
        }
        let signed = decode_signed(DocumentKind::Receipt, &report.last_receipt)
            .map_err(|_| ReportRefusal::ReceiptNotOurs)?;
        let digest = digest_of(DocumentKind::Receipt, &signed.payload);
        if let Some(known) = known.filter(|known| known.receipt == digest) {
            return Ok(Some(Carried {
                number: known.number,
                digest,
                checkpoint: known.checkpoint,
            }));
        }
        verify::<Receipt>(&signed, self.books.vendor().root(), revocations)
            .ok()
            .filter(|receipt| receipt.daemon_key == report.daemon_key)
            .map(|receipt| {
                Some(Carried {
                    number: receipt.report_number,
                    digest,
                    checkpoint: receipt.checkpoint,
                })
            })
            .ok_or(ReportRefusal::ReceiptNotOurs)
    }
}

async fn record(
    change: &mut Change,
    report: &UsageReport,
    code: &str,
    now: CivilSeconds,
) -> Result<(), DatabaseError> {
    incidents::add(change, &report.daemon_key, code, &report.checkpoint, now).await
}

fn stored_receipt(bytes: &[u8]) -> Result<SignedDocument, ReportError> {
    decode_signed(DocumentKind::Receipt, bytes)
        .map_err(|_| DatabaseError::Unreadable { what: "receipt" }.into())
}

/// Says whether the report carries the daemon's own certificate of the end of use.
fn ended(report: &Verified<UsageReport>, usage: &LicenceUsage) -> Result<bool, ReportRefusal> {
    let Some(certificate) = usage.end_of_use() else {
        return Ok(false);
    };
    let ours = certificate.daemon_key == report.daemon_key
        && certificate.licence == usage.licence
        && certificate.frame().vendor == report.frame().vendor
        && certificate.checkpoint.size <= report.checkpoint.size;
    if !ours {
        return Err(ReportRefusal::CertificateNotOurs {
            licence: usage.licence.clone(),
        });
    }
    Ok(true)
}
