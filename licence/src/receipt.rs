//! The vendor's receipt for one report of one daemon: server time, the checkpoint countersigned,
//! renewed certificates, documents that the daemon lacks, announcements. Of use to nobody else.

use crate::{
    COUNT_MAX, Checkpoint, CivilDay, CivilSeconds, Country, DocumentDigest, DocumentKind,
    DocumentType, Frame, KeyRole, LicenceId, ProductId, ProductVersion, PublicKey, TermError,
    UsageReport, Verified,
    fields::{array, key_of, list, name, range, slug, text_within},
    message,
    report::REPORTED_LICENCES_MAX,
    terms::optional_country,
};

/// The most documents, and the most announcements, in one receipt.
pub const PENDING_MAX: usize = 64;
/// The most other branches that one receipt names.
pub const FORKS_MAX: usize = 16;
/// The longest text of an announcement, in bytes.
pub const ANNOUNCEMENT_BYTES_MAX: usize = 2_000;
const REASON_BYTES_MAX: usize = 64;

/// The vendor's answer to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The report that it answers.
    pub report_digest: DocumentDigest,
    /// Whose report.
    pub daemon_key: PublicKey,
    /// The report's nonce.
    pub nonce: [u8; 16],
    /// The report's number.
    pub report_number: u64,
    /// The server's time: evidence for the daemon's clock. The frame's date, not stated twice.
    pub server_time: CivilSeconds,
    /// The report's checkpoint, countersigned.
    pub checkpoint: Checkpoint,
    /// Renewed activation certificates, encoded.
    pub certificates: Vec<Vec<u8>>,
    /// Documents that the daemon lacks, in the order in which they are to be applied.
    pub documents: Vec<PendingDocument>,
    /// For the administrator to read.
    pub announcements: Vec<Announcement>,
    /// Licences that were not renewed, with a stable code.
    pub not_renewed: Vec<(LicenceId, String)>,
    /// Other branches of this daemon's ledger, which were refused.
    pub forks: Vec<Checkpoint>,
    /// More waits than fitted.
    pub more: bool,
    /// Where the server stands, as it says; `None`: not stated (clauses K14, T14).
    pub server_country: Option<Country>,
}

/// A document that waits for a daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingDocument {
    /// The kind's name ([`DocumentKind::name`]), or that of a later version.
    pub kind: String,
    /// The document, encoded.
    pub document: Vec<u8>,
}

impl PendingDocument {
    /// The kind; `None`: of a later version, to be shown and left unapplied.
    pub fn kind(&self) -> Option<DocumentKind> {
        DocumentKind::ALL
            .into_iter()
            .find(|kind| kind.name() == self.kind)
    }
}

/// What the vendor tells its clients' administrators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// From 1, rising.
    pub number: u64,
    /// `release`, `maintenance`, `prices`, `data-processing`, `notice`; others are shown as they
    /// are.
    pub kind: String,
    /// At most [`ANNOUNCEMENT_BYTES_MAX`].
    pub text: String,
    /// By when something is to be done.
    pub due: Option<CivilDay>,
    /// Of a release: its version (clauses A17, A21).
    pub version: Option<ProductVersion>,
    /// The product released; `None`: all of the vendor's.
    pub product: Option<ProductId>,
    /// When what is announced comes about: a release comes out, a sub-processor changes (clauses
    /// T18, K14).
    pub effective: Option<CivilDay>,
}

/// Why a receipt does not answer a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receipt was made for another {what}")]
pub struct ReceiptMismatch {
    /// What differs: `vendor`, `daemon`, `report` or `checkpoint`.
    pub what: &'static str,
}

impl ReceiptMismatch {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        "RECEIPT_OF_ANOTHER_REPORT"
    }
}

impl Verified<Receipt> {
    /// Checks that this receipt answers exactly this report.
    ///
    /// # Errors
    /// [`ReceiptMismatch`], where it answers another, however alike.
    pub fn answers(&self, report: &Verified<UsageReport>) -> Result<(), ReceiptMismatch> {
        let same = |what, same: bool| {
            if same {
                Ok(())
            } else {
                Err(ReceiptMismatch { what })
            }
        };
        same("vendor", self.frame().vendor == report.frame().vendor)?;
        same("daemon", self.daemon_key == report.daemon_key)?;
        same(
            "report",
            self.report_digest == report.digest()
                && self.nonce == report.nonce
                && self.report_number == report.number,
        )?;
        same("checkpoint", self.checkpoint == report.checkpoint)
    }
}

impl Receipt {
    /// The message, still without its frame: the date that goes there is [`Self::server_time`].
    pub fn message(&self) -> message::Receipt {
        message::Receipt {
            frame: None,
            report_digest: self.report_digest.as_bytes().to_vec(),
            daemon_key: self.daemon_key.as_bytes().to_vec(),
            nonce: self.nonce.to_vec(),
            report_number: self.report_number,
            checkpoint: Some(self.checkpoint.wire()),
            certificates: self.certificates.clone(),
            documents: self
                .documents
                .iter()
                .map(|pending| message::PendingDocument {
                    kind: pending.kind.clone(),
                    document: pending.document.clone(),
                })
                .collect(),
            announcements: self
                .announcements
                .iter()
                .map(|one| message::Announcement {
                    number: one.number,
                    kind: one.kind.clone(),
                    text: one.text.clone(),
                    due_day: one.due.map(|day| day.0).unwrap_or_default(),
                    version: one.version.clone().map(String::from).unwrap_or_default(),
                    product: one.product.clone().map(String::from).unwrap_or_default(),
                    effective_day: one.effective.map(|day| day.0).unwrap_or_default(),
                })
                .collect(),
            not_renewed: self
                .not_renewed
                .iter()
                .map(|(licence, reason)| message::NotRenewed {
                    licence_id: licence.to_string(),
                    reason: reason.clone(),
                })
                .collect(),
            forks: self.forks.iter().copied().map(Checkpoint::wire).collect(),
            more: self.more,
            server_country: self
                .server_country
                .map(|country| country.to_string())
                .unwrap_or_default(),
        }
    }
}

impl DocumentType for Receipt {
    const KIND: DocumentKind = DocumentKind::Receipt;
    const ROLE: KeyRole = KeyRole::Activation;
    type Message = message::Receipt;

    fn read(wire: Self::Message, frame: &Frame) -> Result<Self, TermError> {
        let checkpoint = wire.checkpoint.ok_or(TermError::Missing {
            field: "checkpoint",
        })?;
        Ok(Self {
            report_digest: DocumentDigest::from_bytes(array("report_digest", &wire.report_digest)?),
            daemon_key: key_of("daemon_key", &wire.daemon_key)?,
            nonce: array("nonce", &wire.nonce)?,
            report_number: range("report_number", wire.report_number, 1, COUNT_MAX)?,
            server_time: frame.issued_at,
            checkpoint: Checkpoint::read(&checkpoint)?,
            certificates: list(
                "certificates",
                wire.certificates,
                0,
                REPORTED_LICENCES_MAX,
                Ok,
            )?,
            documents: list("documents", wire.documents, 0, PENDING_MAX, pending)?,
            announcements: list(
                "announcements",
                wire.announcements,
                0,
                PENDING_MAX,
                announcement,
            )?,
            not_renewed: list(
                "not_renewed",
                wire.not_renewed,
                0,
                REPORTED_LICENCES_MAX,
                |one| {
                    Ok((
                        name("licence_id", &one.licence_id)?,
                        text_within("reason", one.reason, REASON_BYTES_MAX)?,
                    ))
                },
            )?,
            forks: list("forks", wire.forks, 0, FORKS_MAX, |one| {
                Checkpoint::read(&one)
            })?,
            more: wire.more,
            server_country: optional_country("server_country", &wire.server_country)?,
        })
    }
}

fn pending(wire: message::PendingDocument) -> Result<PendingDocument, TermError> {
    Ok(PendingDocument {
        kind: slug("document kind", wire.kind)?,
        document: wire.document,
    })
}

fn announcement(wire: message::Announcement) -> Result<Announcement, TermError> {
    Ok(Announcement {
        number: range("announcement number", wire.number, 1, COUNT_MAX)?,
        kind: slug("announcement kind", wire.kind)?,
        text: text_within("announcement", wire.text, ANNOUNCEMENT_BYTES_MAX)?,
        due: match wire.due_day {
            0 => None,
            day => Some(CivilDay::read("due_day", day)?),
        },
        version: match wire.version.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|source| TermError::Version {
                field: "announcement version",
                source,
            })?),
        },
        product: match wire.product.as_str() {
            "" => None,
            product => Some(name("announcement product", product)?),
        },
        effective: match wire.effective_day {
            0 => None,
            day => Some(CivilDay::read("effective_day", day)?),
        },
    })
}
