//! Licences: what was recorded of each since its import.

use octroi_licence::{CivilSeconds, LicenceId, ProductId};

use super::{
    Connection, DatabaseError,
    value::{Columns as _, millis},
};

/// What the books say of a licence beside its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LicenceRow {
    pub(crate) licence: LicenceId,
    pub(crate) product: ProductId,
    pub(crate) accepted_at: Option<CivilSeconds>,
    pub(crate) paid_at: Option<CivilSeconds>,
    pub(crate) failed_attempts: u32,
}

/// Adds a licence; one that is there stays as it is.
pub(crate) async fn add(
    connection: &mut Connection,
    licence: &LicenceId,
    product: &ProductId,
    now: CivilSeconds,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO licences (licence, product, failed_attempts, imported_at_ms)
         VALUES ($1, $2, 0, $3) ON CONFLICT DO NOTHING",
    )
    .bind(licence.as_str())
    .bind(product.as_str())
    .bind(millis(now))
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn get(
    connection: &mut Connection,
    licence: &LicenceId,
) -> Result<Option<LicenceRow>, DatabaseError> {
    let row = sqlx::query("SELECT * FROM licences WHERE licence = $1")
        .bind(licence.as_str())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(LicenceRow {
        licence: row.name("licence")?,
        product: row.name("product")?,
        accepted_at: row.optional_instant("accepted_at_ms")?,
        paid_at: row.optional_instant("paid_at_ms")?,
        failed_attempts: row.small("failed_attempts")?,
    }))
}

/// The ids of all licences, in order.
pub(crate) async fn all(connection: &mut Connection) -> Result<Vec<LicenceId>, DatabaseError> {
    sqlx::query("SELECT licence FROM licences ORDER BY licence")
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| row.name("licence"))
        .collect()
}

/// Records when the terms were accepted; the first record stands.
pub(crate) async fn accept(
    connection: &mut Connection,
    licence: &LicenceId,
    at: CivilSeconds,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "UPDATE licences SET accepted_at_ms = COALESCE(accepted_at_ms, $2) WHERE licence = $1",
    )
    .bind(licence.as_str())
    .bind(millis(at))
    .execute(connection)
    .await?;
    Ok(())
}

/// Records when the payment was validated; the first record stands.
pub(crate) async fn pay(
    connection: &mut Connection,
    licence: &LicenceId,
    at: CivilSeconds,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE licences SET paid_at_ms = COALESCE(paid_at_ms, $2) WHERE licence = $1")
        .bind(licence.as_str())
        .bind(millis(at))
        .execute(connection)
        .await?;
    Ok(())
}

/// Stores how many wrong codes were met since the last right one.
pub(crate) async fn set_failed_attempts(
    connection: &mut Connection,
    licence: &LicenceId,
    attempts: u32,
) -> Result<(), DatabaseError> {
    sqlx::query("UPDATE licences SET failed_attempts = $2 WHERE licence = $1")
        .bind(licence.as_str())
        .bind(i64::from(attempts))
        .execute(connection)
        .await?;
    Ok(())
}
