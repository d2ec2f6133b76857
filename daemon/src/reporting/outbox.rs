//! The realm's folder `reports`: every report as it was fixed, and every receipt as it came, by
//! number. The report after the last receipt's is the one that waits, so that a daemon killed at any
//! point sends the same bytes again. Older files may be removed by hand; the last receipt and its
//! report may not.
//!
//! `0000000001.report` and `.receipt` are encoded documents, `.approved` is empty, `.sent` holds the
//! second in which the first sending began.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use octroi_licence::{
    CivilSeconds, DocumentError, DocumentKind, UsageReport, Verified, decode_signed,
    message::{self, SignedDocument},
    verify_self_signed,
};
use prost::Message as _;

use crate::{documents::write_durably, realms::make_private_folder};

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum OutboxError {
    /// A file cannot be read or written.
    #[error("{path} cannot be used")]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A file is not what was put there.
    #[error("{path} is damaged; put it back from a back-up, or remove it to report anew")]
    Damaged {
        path: PathBuf,
        #[source]
        source: DocumentError,
    },
    /// A receipt's report was removed.
    #[error("{path} is missing beside its receipt; put it back from a back-up")]
    Missing { path: PathBuf },
}

/// A report that waits for its receipt.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) signed: SignedDocument,
    pub(crate) report: Verified<UsageReport>,
}

/// The last report that got its receipt.
#[derive(Debug, Clone)]
pub(crate) struct Last {
    pub(crate) report: Verified<UsageReport>,
    /// Verified when it came.
    pub(crate) receipt: message::Receipt,
    /// As it came.
    pub(crate) receipt_bytes: Vec<u8>,
}

/// One report and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) number: u64,
    pub(crate) report: SignedDocument,
    pub(crate) receipt: Option<SignedDocument>,
    /// When the first sending began.
    pub(crate) sent: Option<CivilSeconds>,
}

/// The folder.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, number: u64, what: &str) -> PathBuf {
        self.folder.join(format!("{number:010}.{what}"))
    }

    /// Numbers of the files of a kind, ascending.
    fn numbers(&self, what: &str) -> Result<Vec<u64>, OutboxError> {
        let unusable = |source| OutboxError::Io {
            path: self.folder.clone(),
            source,
        };
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(unusable)?,
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let name = entry.map_err(unusable)?.file_name();
            let name = Path::new(&name);
            let number = name
                .file_stem()
                .and_then(|stem| stem.to_str()?.parse().ok());
            if let Some(number) = number.filter(|_| name.extension() == Some(what.as_ref())) {
                numbers.push(number);
            }
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn read(&self, number: u64, what: &str) -> Result<Option<Vec<u8>>, OutboxError> {
        let path = self.path(number, what);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(OutboxError::Io { path, source }),
        }
    }

    fn write(&self, number: u64, what: &str, bytes: &[u8]) -> Result<(), OutboxError> {
        let path = self.path(number, what);
        make_private_folder(&self.folder)
            .and_then(|()| write_durably(&path, bytes))
            .map_err(|source| OutboxError::Io { path, source })
    }

    fn document(
        &self,
        number: u64,
        kind: DocumentKind,
    ) -> Result<Option<(Vec<u8>, SignedDocument)>, OutboxError> {
        let what = match kind {
            DocumentKind::Receipt => "receipt",
            _ => "report",
        };
        let Some(bytes) = self.read(number, what)? else {
            return Ok(None);
        };
        match decode_signed(kind, &bytes) {
            Ok(signed) => Ok(Some((bytes, signed))),
            Err(source) => Err(OutboxError::Damaged {
                path: self.path(number, what),
                source,
            }),
        }
    }

    fn report(
        &self,
        number: u64,
    ) -> Result<Option<(SignedDocument, Verified<UsageReport>)>, OutboxError> {
        let Some((_, signed)) = self.document(number, DocumentKind::UsageReport)? else {
            return Ok(None);
        };
        match verify_self_signed(&signed) {
            Ok(report) => Ok(Some((signed, report))),
            Err(source) => Err(OutboxError::Damaged {
                path: self.path(number, "report"),
                source,
            }),
        }
    }

    /// The last exchange that was completed; `None`: none yet.
    pub(crate) fn last(&self) -> Result<Option<Last>, OutboxError> {
        let Some(number) = self.numbers("receipt")?.pop() else {
            return Ok(None);
        };
        let Some((receipt_bytes, signed)) = self.document(number, DocumentKind::Receipt)? else {
            return Ok(None);
        };
        let missing = || OutboxError::Missing {
            path: self.path(number, "report"),
        };
        let (_, report) = self.report(number)?.ok_or_else(missing)?;
        let receipt = message::Receipt::decode(signed.payload.as_slice()).map_err(|source| {
            OutboxError::Damaged {
                path: self.path(number, "receipt"),
                source: DocumentError::Malformed {
                    kind: DocumentKind::Receipt,
                    what: source.to_string(),
                },
            }
        })?;
        Ok(Some(Last {
            report,
            receipt,
            receipt_bytes,
        }))
    }

    /// When the last exchange was completed: the server's time, or the report's day where that lies
    /// ahead of `now`, so that a server whose clock is wrong puts the next report off by nothing.
    pub(crate) fn last_receipt_time(
        &self,
        now: CivilSeconds,
    ) -> Result<Option<CivilSeconds>, OutboxError> {
        let Some(last) = self.last()? else {
            return Ok(None);
        };
        let server_time = CivilSeconds(last.receipt.frame.unwrap_or_default().issued_at_s);
        let made = last.report.frame().issued_at;
        Ok(Some(if server_time <= now {
            server_time
        } else {
            made
        }))
    }

    /// The report that waits; `None`: none was made since the last receipt.
    pub(crate) fn waiting(&self) -> Result<Option<Waiting>, OutboxError> {
        let answered = self.numbers("receipt")?.pop().unwrap_or(0);
        let newest = self.numbers("report")?.pop();
        let Some(number) = newest.filter(|number| *number > answered) else {
            return Ok(None);
        };
        let waiting = self.report(number)?;
        Ok(waiting.map(|(signed, report)| Waiting { signed, report }))
    }

    /// Fixes a report: its bytes are on the disk when this returns.
    pub(super) fn store(&self, number: u64, report: &[u8]) -> Result<(), OutboxError> {
        self.write(number, "report", report)
    }

    /// The administrator lets the report leave.
    pub(super) fn approve(&self, number: u64) -> Result<(), OutboxError> {
        self.write(number, "approved", &[])
    }

    pub(crate) fn is_approved(&self, number: u64) -> bool {
        self.path(number, "approved").exists()
    }

    /// The report may have left the machine from now on.
    pub(super) fn sending(&self, number: u64, now: CivilSeconds) -> Result<(), OutboxError> {
        if self.path(number, "sent").exists() {
            return Ok(());
        }
        self.write(number, "sent", now.0.to_string().as_bytes())
    }

    /// When the report was first about to leave over the network; `None`: it was not.
    pub(super) fn sent(&self, number: u64) -> Result<Option<CivilSeconds>, OutboxError> {
        let sent = self.read(number, "sent")?;
        Ok(sent.and_then(|text| {
            let second = std::str::from_utf8(&text).ok()?.trim().parse().ok()?;
            Some(CivilSeconds(second))
        }))
    }

    /// The report's receipt came, and everything in it was dealt with.
    pub(super) fn answered(&self, number: u64, receipt: &[u8]) -> Result<(), OutboxError> {
        self.write(number, "receipt", receipt)
    }

    /// Everything, oldest first.
    pub(crate) fn history(&self) -> Result<Vec<Stored>, OutboxError> {
        let mut found = Vec::new();
        for number in self.numbers("report")? {
            let Some((_, report)) = self.document(number, DocumentKind::UsageReport)? else {
                continue;
            };
            let receipt = self.document(number, DocumentKind::Receipt)?;
            let sent = self.sent(number)?;
            found.push(Stored {
                number,
                report,
                receipt: receipt.map(|(_, signed)| signed),
                sent,
            });
        }
        Ok(found)
    }
}
