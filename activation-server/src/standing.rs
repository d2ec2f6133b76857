//! How a licence stands: its documents and what was recorded of it. Read in one go,
//! inside the transaction that decides on it.

use std::sync::Arc;

use octroi_licence::{
    Amendment, DocumentDigest, DocumentError, DocumentKind, Licence, LicenceId, Order, Revocations,
    Verified, message,
};
use octroi_vendor::{
    Activation, Clearance, GivenAmendment, GivenOrder, IssuedSerial, LicenceRecord, VendorSequence,
};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use crate::{
    Vendor,
    database::{
        Connection, DatabaseError,
        documents::{self, StoredDocument},
        licences::{self, LicenceRow},
    },
    verified::VerifiedDocuments,
};

/// Everything about one licence.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) row: LicenceRow,
    /// The vendor sequence as it was issued, ascending.
    pub(crate) documents: Vec<StoredDocument>,
    /// Serials that stand, ascending.
    pub(crate) serials: Vec<Arc<Verified<Licence>>>,
    /// Orders that stand, ascending.
    pub(crate) orders: Vec<Arc<Verified<Order>>>,
    /// Amendments that stand, ascending.
    pub(crate) amendments: Vec<Arc<Verified<Amendment>>>,
    /// Why the newest serial does not stand, if it does not.
    pub(crate) refused: Option<DocumentError>,
}

impl Standing {
    /// Reads a licence; `None` where the books do not have it.
    pub(crate) async fn read(
        connection: &mut Connection,
        licence: &LicenceId,
        vendor: &Vendor,
        known: &VerifiedDocuments,
        revocations: &Revocations,
    ) -> Result<Option<Self>, DatabaseError> {
        let Some(row) = licences::get(connection, licence).await? else {
            return Ok(None);
        };
        let documents = documents::of_licence(connection, licence).await?;
        let (mut serials, mut orders, mut refused) = (Vec::new(), Vec::new(), None);
        let mut amendments = Vec::new();
        for document in &documents {
            match document.kind {
                DocumentKind::Licence => match known.licence(document, vendor, revocations) {
                    Ok(licence) => {
                        refused = None;
                        serials.push(licence);
                    }
                    Err(error) => refused = Some(error),
                },
                // An order whose key was revoked is none any more.
                DocumentKind::Order => orders.extend(known.order(document, vendor, revocations)),
                DocumentKind::Amendment => {
                    amendments.extend(known.amendment(document, vendor, revocations));
                }
                _ => {}
            }
        }
        Ok(Some(Self {
            row,
            documents,
            serials,
            orders,
            amendments,
            refused,
        }))
    }

    /// The serial that counts.
    pub(crate) fn newest(&self) -> Option<&Arc<Verified<Licence>>> {
        self.serials.last()
    }

    /// The newest serial whose place in the vendor sequence is not above `sequence`.
    pub(crate) fn serial_within(&self, sequence: u64) -> Option<&Arc<Verified<Licence>>> {
        self.serials
            .iter()
            .rfind(|serial| serial.frame().sequence <= sequence)
    }

    /// A serial with what was said of the licence since.
    pub(crate) fn sequence_of<'a>(&'a self, serial: &'a Verified<Licence>) -> VendorSequence<'a> {
        VendorSequence {
            serial,
            amendments: self.amendments.iter().map(AsRef::as_ref).collect(),
            orders: self.orders.iter().map(AsRef::as_ref).collect(),
        }
    }

    /// The serial whose text has this digest, as it was issued or as it was amended.
    pub(crate) fn serial_with_text(&self, digest: DocumentDigest) -> Option<&Verified<Licence>> {
        let amendment = self.amendments.iter().find(|one| one.digest() == digest);
        let amended = amendment.map(|one| one.outcome.serial);
        let mut serials = self.serials.iter().map(AsRef::as_ref);
        serials
            .find(|one: &&Verified<Licence>| one.digest() == digest || Some(one.serial) == amended)
    }

    /// Number of the last document in the vendor sequence.
    pub(crate) fn last_sequence(&self) -> u64 {
        self.documents.last().map_or(0, |last| last.sequence)
    }

    pub(crate) fn clearance(&self) -> Clearance {
        Clearance {
            terms_accepted: self.row.accepted_at.is_some(),
            paid: self.row.paid_at.is_some(),
        }
    }

    /// The same as the record that the vendor's library decides on, with what its daemons were
    /// allotted.
    pub(crate) fn record(&self, activations: Vec<Activation>) -> LicenceRecord {
        LicenceRecord::restore(
            self.row.licence.clone(),
            self.serials.iter().map(|one| issued(one)).collect(),
            self.orders.iter().map(|one| GivenOrder::of(one)).collect(),
            self.amendments.iter().map(|one| amended(one)).collect(),
            activations,
            self.row.failed_attempts,
        )
    }
}

fn issued(licence: &Verified<Licence>) -> IssuedSerial {
    IssuedSerial {
        serial: licence.serial,
        sequence: licence.frame().sequence,
        digest: licence.digest(),
        content: content(licence),
        issued_at: licence.frame().issued_at,
        // Only who wrote the order knows the zone of its dates; instants are the same in all.
        time_zone: "UTC".to_owned(),
    }
}

fn amended(amendment: &Verified<Amendment>) -> GivenAmendment {
    let signed = octroi_licence::decode_signed(DocumentKind::Amendment, amendment.bytes());
    let payload = signed.map(|signed| signed.payload).unwrap_or_default();
    let terms = message::Amendment::decode(payload.as_slice()).unwrap_or_default();
    GivenAmendment {
        sequence: amendment.frame().sequence,
        digest: amendment.digest(),
        serial: amendment.outcome.serial,
        content: of_terms(terms.outcome.unwrap_or_default()),
        effective_at: amendment.effective_at,
        issued_at: amendment.frame().issued_at,
    }
}

/// What `LicenceOrder::content_digest` says: the terms without frame and code.
fn content(licence: &Verified<Licence>) -> [u8; 32] {
    let signed = octroi_licence::decode_signed(DocumentKind::Licence, licence.bytes());
    let payload = signed.map(|signed| signed.payload).unwrap_or_default();
    of_terms(message::Licence::decode(payload.as_slice()).unwrap_or_default())
}

fn of_terms(mut terms: message::Licence) -> [u8; 32] {
    terms.frame = None;
    terms.activation_code_digest.clear();
    Sha256::digest(terms.encode_to_vec()).into()
}

/// The digest of a stored document of the licence, if it is there.
pub(crate) fn holds(standing: &Standing, digest: DocumentDigest) -> bool {
    standing
        .documents
        .iter()
        .any(|document| document.digest == digest)
}
