//! Free texts whose digest stands in the ledger: log book, interventions, reasons of a dispute. The
//! digest is taken with a fresh salt that lies beside the text and is forgotten with it: until then
//! whoever is shown both can prove the text, afterwards nobody can try texts out.

use octroi_engine::{KeptText, TextDigest, TextId};
use redb::ReadableDatabase as _;
use sha2::{Digest as _, Sha256};

use super::{
    Identities, IdentitiesError, blocking, random,
    store::{SALTS, TEXTS},
};

/// Separates these digests from any other.
const CONTEXT: &[u8] = b"octroi kept text 1\0";

/// A text with what its digest was taken with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProvenText {
    pub(crate) text: String,
    pub(crate) salt: [u8; 32],
}

impl Identities {
    /// Keeps a text under a fresh id and with a fresh salt. Blocks.
    ///
    /// # Errors
    /// [`IdentitiesError::NotFresh`] where the id was used before.
    pub fn keep_proven(
        &self,
        id: TextId,
        salt: [u8; 32],
        text: &str,
    ) -> Result<KeptText, IdentitiesError> {
        let fresh = self.run(|database| {
            let write = database.begin_write()?;
            let taken = write.open_table(TEXTS)?.insert(id.0, text)?.is_some();
            if taken {
                write.abort()?;
            } else {
                write.open_table(SALTS)?.insert(id.0, salt)?;
                write.commit()?;
            }
            Ok(!taken)
        })?;
        let digest = digest(&salt, text);
        fresh
            .then_some(KeptText { id, digest })
            .ok_or(IdentitiesError::NotFresh)
    }

    /// A text whose digest stands in the ledger; `None` where it was forgotten. Blocks.
    pub(crate) fn proven(&self, id: TextId) -> Result<Option<ProvenText>, IdentitiesError> {
        self.run(|database| {
            let read = database.begin_read()?;
            let text = read.open_table(TEXTS)?.get(id.0)?;
            let salt = read.open_table(SALTS)?.get(id.0)?;
            Ok(text.zip(salt).map(|(text, salt)| ProvenText {
                text: text.value().to_owned(),
                salt: salt.value(),
            }))
        })
    }
}

/// SHA-256 over context, salt and text.
fn digest(salt: &[u8; 32], text: &str) -> TextDigest {
    let mut hash = Sha256::new();
    hash.update(CONTEXT);
    hash.update(salt);
    hash.update(text.as_bytes());
    TextDigest(hash.finalize().into())
}

/// Keeps a text; gives what the ledger holds of it.
pub(crate) async fn keep_proven(
    identities: &Identities,
    text: String,
) -> Result<KeptText, IdentitiesError> {
    let identities = identities.clone();
    blocking(move || identities.keep_proven(TextId(random()?), random()?, &text)).await
}
