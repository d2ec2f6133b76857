//! Documents of the books, verified anew when they are read: the database is not believed more than
//! any other place. What was verified is remembered until another revocation list counts.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use octroi_licence::{
    Amendment, DocumentDigest, DocumentError, DocumentKind, DocumentType, Licence, Order,
    RevocationList, Revocations, Verified, decode_signed, verify,
};

use crate::{
    Vendor,
    database::{Connection, DatabaseError, documents, documents::StoredDocument},
};

/// Documents that are remembered; beyond that all are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// What was verified before.
#[derive(Debug, Default)]
pub(crate) struct VerifiedDocuments {
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    list: Option<DocumentDigest>,
    revocations: Arc<Revocations>,
    licences: HashMap<DocumentDigest, Arc<Verified<Licence>>>,
    orders: HashMap<DocumentDigest, Arc<Verified<Order>>>,
    amendments: HashMap<DocumentDigest, Arc<Verified<Amendment>>>,
}

impl VerifiedDocuments {
    /// What the vendor revoked so far. A list that does not stand is an error: to go on without it
    /// would honour what was revoked.
    pub(crate) async fn revocations(
        &self,
        connection: &mut Connection,
        vendor: &Vendor,
    ) -> Result<Arc<Revocations>, DatabaseError> {
        let newest = documents::newest_revocation_list(connection).await?;
        let digest = newest.as_ref().map(|list| list.digest);
        {
            let memory = self.memory();
            if memory.list == digest {
                return Ok(Arc::clone(&memory.revocations));
            }
        }
        let revocations = match &newest {
            None => Revocations::default(),
            Some(list) => {
                let list: Verified<RevocationList> =
                    read(list, vendor, &Revocations::default()).map_err(|_| unreadable(list))?;
                Revocations::of(&list)
            }
        };
        let mut memory = self.memory();
        *memory = Memory {
            list: digest,
            revocations: Arc::new(revocations),
            ..Memory::default()
        };
        Ok(Arc::clone(&memory.revocations))
    }

    pub(crate) fn licence(
        &self,
        document: &StoredDocument,
        vendor: &Vendor,
        revocations: &Revocations,
    ) -> Result<Arc<Verified<Licence>>, DocumentError> {
        if let Some(licence) = self.memory().licences.get(&document.digest) {
            return Ok(Arc::clone(licence));
        }
        let licence = Arc::new(read(document, vendor, revocations)?);
        remember(&mut self.memory().licences, document.digest, &licence);
        Ok(licence)
    }

    pub(crate) fn amendment(
        &self,
        document: &StoredDocument,
        vendor: &Vendor,
        revocations: &Revocations,
    ) -> Result<Arc<Verified<Amendment>>, DocumentError> {
        if let Some(amendment) = self.memory().amendments.get(&document.digest) {
            return Ok(Arc::clone(amendment));
        }
        let amendment = Arc::new(read(document, vendor, revocations)?);
        remember(&mut self.memory().amendments, document.digest, &amendment);
        Ok(amendment)
    }

    pub(crate) fn order(
        &self,
        document: &StoredDocument,
        vendor: &Vendor,
        revocations: &Revocations,
    ) -> Result<Arc<Verified<Order>>, DocumentError> {
        if let Some(order) = self.memory().orders.get(&document.digest) {
            return Ok(Arc::clone(order));
        }
        let order = Arc::new(read(document, vendor, revocations)?);
        remember(&mut self.memory().orders, document.digest, &order);
        Ok(order)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Whatever a panic left behind is whole: entries are put in finished.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remember<T>(
    memory: &mut HashMap<DocumentDigest, Arc<T>>,
    digest: DocumentDigest,
    document: &Arc<T>,
) {
    if memory.len() >= REMEMBERED_MAX {
        memory.clear();
    }
    memory.insert(digest, Arc::clone(document));
}

fn read<T: DocumentType>(
    document: &StoredDocument,
    vendor: &Vendor,
    revocations: &Revocations,
) -> Result<Verified<T>, DocumentError> {
    let signed = decode_signed(T::KIND, &document.bytes)?;
    let verified: Verified<T> = verify(&signed, vendor.root(), revocations)?;
    if verified.digest() == document.digest {
        return Ok(verified);
    }
    Err(DocumentError::Malformed {
        kind: T::KIND,
        what: "the database names it by another digest".to_owned(),
    })
}

fn unreadable(_: &StoredDocument) -> DatabaseError {
    DatabaseError::Unreadable {
        what: DocumentKind::RevocationList.name(),
    }
}
