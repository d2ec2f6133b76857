//! The register of moves to another host (clause A8).

use octroi_licence::{CivilSeconds, DocumentDigest, LicenceId, PublicKey};

use super::{
    Connection, DatabaseError,
    value::{Columns as _, millis},
};

/// One move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rehost {
    /// The request that moved the licence.
    pub(crate) request: DocumentDigest,
    /// Who serves since.
    pub(crate) daemon_key: PublicKey,
    /// Whose place it took; the same, where a daemon was activated anew on another host.
    pub(crate) replaced: PublicKey,
    pub(crate) at: CivilSeconds,
    /// Beyond what the contract year includes.
    pub(crate) billed: bool,
}

pub(crate) async fn add(
    connection: &mut Connection,
    licence: &LicenceId,
    rehost: &Rehost,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO rehosts (licence, request, daemon_key, replaced, at_ms, billed)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(licence.as_str())
    .bind(rehost.request.as_bytes().as_slice())
    .bind(rehost.daemon_key.as_bytes().as_slice())
    .bind(rehost.replaced.as_bytes().as_slice())
    .bind(millis(rehost.at))
    .bind(i64::from(rehost.billed))
    .execute(connection)
    .await?;
    Ok(())
}

/// Every move of a licence, oldest first.
pub(crate) async fn of_licence(
    connection: &mut Connection,
    licence: &LicenceId,
) -> Result<Vec<Rehost>, DatabaseError> {
    // Times are whole seconds: of several moves in one, those that are included came first.
    let rows =
        sqlx::query("SELECT * FROM rehosts WHERE licence = $1 ORDER BY at_ms, billed, request")
            .bind(licence.as_str())
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| {
            let key = |column| {
                let bytes: [u8; 32] = row.array(column)?;
                PublicKey::from_bytes(&bytes).ok_or(DatabaseError::Unreadable { what: column })
            };
            Ok(Rehost {
                request: DocumentDigest::from_bytes(row.array("request")?),
                daemon_key: key("daemon_key")?,
                replaced: key("replaced")?,
                at: row.instant("at_ms")?,
                billed: row.flag("billed")?,
            })
        })
        .collect()
}
