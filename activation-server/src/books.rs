//! The vendor's books as its staff keeps them: licences and documents come in, terms and payment are
//! recorded, announcements written, activations unlocked and written off. Needs no private key.

use std::path::Path;

use octroi_licence::{
    ANNOUNCEMENT_BYTES_MAX, Amendment, Announcement, CivilDay, CivilSeconds, Days, DocumentDigest,
    DocumentKind, Licence, LicenceId, Order, PublicKey, RevocationList, Verified,
    message::SignedDocument, verify,
};
use octroi_vendor::ActivationCode;

use crate::{
    EntryError, Vendor,
    database::{
        Change, Database, DatabaseError, DatabaseOptions, allotments, announcements,
        documents::{self, StoredDocument},
        licences::{self, LicenceRow},
    },
    delivered_bytes_max,
    verified::VerifiedDocuments,
};

/// Clause K14; other contracts differ.
const DATA_PROCESSING_NOTICE: Days = Days(60);
pub(crate) const RELEASE: &str = "release";
const DATA_PROCESSING: &str = "data-processing";

/// The vendor's books.
#[derive(Debug)]
pub struct Books {
    vendor: Vendor,
    pub(crate) database: Database,
    pub(crate) verified: VerifiedDocuments,
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: DocumentKind,
    /// Its digest.
    pub digest: DocumentDigest,
    /// The licence concerned; `None`: the vendor as a whole.
    pub licence: Option<LicenceId>,
    /// Its number in the licence's sequence, or the list's version.
    pub sequence: u64,
    /// It was there before.
    pub repeated: bool,
    /// A receipt can bring it; else it is handed over by file.
    pub deliverable: bool,
}

impl Books {
    /// Opens the database, which is made where it is not there.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn open(
        path: &Path,
        options: DatabaseOptions,
        vendor: Vendor,
    ) -> Result<Self, DatabaseError> {
        Ok(Self {
            database: Database::open(path, options, vendor.id(), vendor.realm()).await?,
            vendor,
            verified: VerifiedDocuments::default(),
        })
    }

    /// Whose books they are.
    pub fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    /// Closes the database file.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Writes a copy of the database into a new file. It holds activation codes: keep it as safe as
    /// the database itself.
    ///
    /// # Errors
    /// [`DatabaseError`], also where the file is there already.
    pub async fn back_up(&self, path: &Path) -> Result<(), DatabaseError> {
        self.database.copy_to(path).await
    }

    /// Takes in a document of the vendor's: a licence (with its activation code, where the server is
    /// to answer activations), an order or a revocation list.
    ///
    /// # Errors
    /// [`EntryError`].
    pub async fn add(
        &self,
        kind: DocumentKind,
        signed: &SignedDocument,
        code: Option<&ActivationCode>,
        now: CivilSeconds,
    ) -> Result<Entry, EntryError> {
        let mut change = self.database.begin().await?;
        let revocations = self.verified.revocations(&mut change, &self.vendor).await?;
        let root = self.vendor.root();
        let entry = match kind {
            DocumentKind::Licence => {
                let licence: Verified<Licence> = verify(signed, root, &revocations)?;
                add_licence(&mut change, &licence, code, now).await?
            }
            DocumentKind::Order => {
                let order: Verified<Order> = verify(signed, root, &revocations)?;
                known(&mut change, &order.licence).await?;
                let place = Place::of(&order, Some(&order.licence));
                place.fill(&mut change, now).await?
            }
            DocumentKind::Amendment => {
                let amendment: Verified<Amendment> = verify(signed, root, &revocations)?;
                known(&mut change, &amendment.outcome.id).await?;
                let place = Place::of(&amendment, Some(&amendment.outcome.id));
                place.fill(&mut change, now).await?
            }
            DocumentKind::RevocationList => {
                let list: Verified<RevocationList> = verify(signed, root, &revocations)?;
                let newest = revocations.version();
                if list.version < newest {
                    let found = list.version;
                    return Err(EntryError::ListOld { found, newest });
                }
                Place::of(&list, None).fill(&mut change, now).await?
            }
            kind => return Err(EntryError::Kind { kind }),
        };
        change.commit().await?;
        Ok(entry)
    }

    /// Records that the client accepted the terms that the licence states (clause T3).
    ///
    /// # Errors
    /// [`EntryError`].
    pub async fn accept(&self, licence: &LicenceId, at: CivilSeconds) -> Result<(), EntryError> {
        let mut change = self.database.begin().await?;
        known(&mut change, licence).await?;
        let revocations = self.verified.revocations(&mut change, &self.vendor).await?;
        let documents = documents::of_licence(&mut change, licence).await?;
        let newest = documents
            .iter()
            .rfind(|document| document.kind == DocumentKind::Licence)
            .ok_or_else(|| EntryError::LicenceUnknown {
                licence: licence.clone(),
            })?;
        let newest = self.verified.licence(newest, &self.vendor, &revocations)?;
        if newest.terms_acceptance.digest.is_none() {
            return Err(EntryError::NoTerms {
                licence: licence.clone(),
            });
        }
        licences::accept(&mut change, licence, at).await?;
        Ok(change.commit().await?)
    }

    /// Records that the payment was validated (clause T3).
    ///
    /// # Errors
    /// [`EntryError`].
    pub async fn pay(&self, licence: &LicenceId, at: CivilSeconds) -> Result<(), EntryError> {
        let mut change = self.database.begin().await?;
        known(&mut change, licence).await?;
        licences::pay(&mut change, licence, at).await?;
        Ok(change.commit().await?)
    }

    /// Lets activation codes be tried again; gives how many wrong ones were met.
    ///
    /// # Errors
    /// [`EntryError`].
    pub async fn unlock(&self, licence: &LicenceId) -> Result<u32, EntryError> {
        let mut change = self.database.begin().await?;
        let row = known(&mut change, licence).await?;
        licences::set_failed_attempts(&mut change, licence, 0).await?;
        change.commit().await?;
        Ok(row.failed_attempts)
    }

    /// Takes the share of a daemon back that is gone, without its consent.
    ///
    /// # Errors
    /// [`EntryError`].
    pub async fn write_off(
        &self,
        licence: &LicenceId,
        daemon: &PublicKey,
    ) -> Result<(), EntryError> {
        let mut change = self.database.begin().await?;
        known(&mut change, licence).await?;
        if allotments::write_off(&mut change, licence, daemon).await? == 0 {
            return Err(EntryError::NothingAllotted {
                licence: licence.clone(),
                daemon: *daemon,
            });
        }
        Ok(change.commit().await?)
    }

    /// Writes an announcement, which receipts bring from now on; gives its number. The announcement's
    /// own number is not looked at.
    ///
    /// # Errors
    /// [`EntryError`].
    pub async fn announce(
        &self,
        announcement: &Announcement,
        licence: Option<&LicenceId>,
        now: CivilSeconds,
    ) -> Result<u64, EntryError> {
        self.announce_ahead(announcement, licence, DATA_PROCESSING_NOTICE, now)
            .await
    }

    /// The same, where the contract asks for another notice of changes in who processes data (clause
    /// K14): so many days between now and the day on which it comes about.
    ///
    /// # Errors
    /// [`EntryError`].
    pub async fn announce_ahead(
        &self,
        announcement: &Announcement,
        licence: Option<&LicenceId>,
        notice: Days,
        now: CivilSeconds,
    ) -> Result<u64, EntryError> {
        let text = &announcement.text;
        let readable = (1..=ANNOUNCEMENT_BYTES_MAX).contains(&text.len())
            && !text.chars().any(char::is_control)
            // Kinds have the alphabet of ids.
            && announcement.kind.parse::<LicenceId>().is_ok();
        if !readable {
            return Err(EntryError::Announcement);
        }
        dated(announcement, notice, now)?;
        let mut announcement = announcement.clone();
        if announcement.kind == RELEASE && announcement.effective.is_none() {
            announcement.effective = CivilDay::of(now);
        }
        let mut change = self.database.begin().await?;
        if let Some(licence) = licence {
            known(&mut change, licence).await?;
        }
        let number = announcements::add(&mut change, &announcement, licence, now).await?;
        change.commit().await?;
        Ok(number)
    }
}

/// What is announced can be acted upon: a version to install is named, a change can be objected to
/// before it comes about.
fn dated(announcement: &Announcement, notice: Days, now: CivilSeconds) -> Result<(), EntryError> {
    let Announcement {
        due,
        effective,
        version,
        ..
    } = announcement;
    match announcement.kind.as_str() {
        RELEASE if due.is_some() && version.is_none() => Err(EntryError::ReleaseWithoutVersion),
        DATA_PROCESSING => {
            let (Some(due), Some(effective)) = (due, effective) else {
                return Err(EntryError::ChangeWithoutDates);
            };
            let earliest = CivilDay::of(now).map_or(CivilDay::LATEST, |today| {
                CivilDay(today.0.saturating_add(notice.0))
            });
            if *effective < earliest {
                return Err(EntryError::NoticeTooShort { notice, earliest });
            }
            if due > effective || due.start() <= now {
                return Err(EntryError::ChangeWithoutDates);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn known(change: &mut Change, licence: &LicenceId) -> Result<LicenceRow, EntryError> {
    licences::get(change, licence)
        .await?
        .ok_or_else(|| EntryError::LicenceUnknown {
            licence: licence.clone(),
        })
}

async fn add_licence(
    change: &mut Change,
    licence: &Verified<Licence>,
    code: Option<&ActivationCode>,
    now: CivilSeconds,
) -> Result<Entry, EntryError> {
    if let Some(code) = code
        && code.digest() != licence.activation_code_digest
    {
        return Err(EntryError::AnotherCode {
            licence: licence.id.clone(),
            serial: licence.serial,
        });
    }
    licences::add(change, &licence.id, &licence.product, now).await?;
    let entry = Place::of(licence, Some(&licence.id))
        .fill(change, now)
        .await?;
    if let Some(code) = code {
        documents::set_code(change, licence.digest(), code).await?;
    }
    Ok(entry)
}

/// A document and where it belongs.
struct Place<'a> {
    licence: Option<&'a LicenceId>,
    document: StoredDocument,
}

impl<'a> Place<'a> {
    fn of<T: octroi_licence::DocumentType>(
        document: &Verified<T>,
        licence: Option<&'a LicenceId>,
    ) -> Self {
        Self {
            licence,
            document: StoredDocument {
                kind: T::KIND,
                digest: document.digest(),
                sequence: document.frame().sequence,
                bytes: document.bytes().to_vec(),
            },
        }
    }

    /// Puts the document in its place, which must be free and, in a licence's sequence, the next.
    async fn fill(self, change: &mut Change, now: CivilSeconds) -> Result<Entry, EntryError> {
        let Self { licence, document } = self;
        let stored = match licence {
            Some(licence) => documents::of_licence(change, licence).await?,
            None => documents::newest_revocation_list(change)
                .await?
                .into_iter()
                .collect(),
        };
        let sequence = document.sequence;
        let taken = stored.iter().find(|one| one.sequence == sequence);
        let repeated = match taken {
            Some(taken) if taken.digest == document.digest => true,
            Some(_) => return Err(EntryError::SequenceTaken { sequence }),
            None => false,
        };
        if let (Some(licence), Some(last), false) = (licence, stored.last(), repeated)
            && sequence != last.sequence.saturating_add(1)
        {
            return Err(EntryError::SequenceGap {
                licence: licence.clone(),
                expected: last.sequence.saturating_add(1),
                found: sequence,
            });
        }
        if !repeated {
            documents::add(change, licence, &document, now).await?;
        }
        Ok(Entry {
            kind: document.kind,
            digest: document.digest,
            licence: licence.cloned(),
            sequence,
            repeated,
            deliverable: document.bytes.len() <= delivered_bytes_max(),
        })
    }
}
