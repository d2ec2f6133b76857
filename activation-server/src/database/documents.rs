//! Documents as they were issued: a licence's vendor sequence, revocation lists, activation codes.

use octroi_licence::{CivilSeconds, DocumentDigest, DocumentKind, LicenceId};
use octroi_vendor::ActivationCode;

use super::{
    Connection, DatabaseError,
    value::{Columns as _, millis, number},
};

/// A document of a licence's sequence, or a revocation list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredDocument {
    pub(crate) kind: DocumentKind,
    pub(crate) digest: DocumentDigest,
    pub(crate) sequence: u64,
    /// The encoded envelope.
    pub(crate) bytes: Vec<u8>,
}

/// Where revocation lists stand: no licence's sequence.
const OF_THE_VENDOR: &str = "";

fn place(licence: Option<&LicenceId>) -> &str {
    licence.map_or(OF_THE_VENDOR, LicenceId::as_str)
}

/// Adds a document whose place in the sequence is known to be free.
pub(crate) async fn add(
    connection: &mut Connection,
    licence: Option<&LicenceId>,
    document: &StoredDocument,
    now: CivilSeconds,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO documents (digest, kind, licence, sequence, document, added_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(document.digest.as_bytes().as_slice())
    .bind(document.kind.name())
    .bind(place(licence))
    .bind(number(document.sequence)?)
    .bind(document.bytes.as_slice())
    .bind(millis(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// The documents of a licence from a number of its sequence on, ascending.
pub(crate) async fn of_licence(
    connection: &mut Connection,
    licence: &LicenceId,
) -> Result<Vec<StoredDocument>, DatabaseError> {
    let rows = sqlx::query("SELECT * FROM documents WHERE licence = $1 ORDER BY sequence")
        .bind(licence.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

/// The newest revocation list.
pub(crate) async fn newest_revocation_list(
    connection: &mut Connection,
) -> Result<Option<StoredDocument>, DatabaseError> {
    let row =
        sqlx::query("SELECT * FROM documents WHERE licence = $1 ORDER BY sequence DESC LIMIT 1")
            .bind(OF_THE_VENDOR)
            .fetch_optional(connection)
            .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &sqlx::sqlite::SqliteRow) -> Result<StoredDocument, DatabaseError> {
    let kind = row.text("kind")?;
    Ok(StoredDocument {
        kind: DocumentKind::ALL
            .into_iter()
            .find(|known| known.name() == kind)
            .ok_or(DatabaseError::Unreadable { what: "kind" })?,
        digest: DocumentDigest::from_bytes(row.array("digest")?),
        sequence: row.unsigned("sequence")?,
        bytes: row.bytes("document")?,
    })
}

/// Stores the activation code of a licence document.
pub(crate) async fn set_code(
    connection: &mut Connection,
    licence: DocumentDigest,
    code: &ActivationCode,
) -> Result<(), DatabaseError> {
    sqlx::query("INSERT INTO codes (digest, code) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(licence.as_bytes().as_slice())
        .bind(code.expose())
        .execute(connection)
        .await?;
    Ok(())
}

/// The activation code of a licence document, if the vendor gave it to the server.
pub(crate) async fn code(
    connection: &mut Connection,
    licence: DocumentDigest,
) -> Result<Option<ActivationCode>, DatabaseError> {
    sqlx::query("SELECT code FROM codes WHERE digest = $1")
        .bind(licence.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?
        .map(|row| row.name("code"))
        .transpose()
}
