//! Reports that were answered, and how far each daemon's ledger was countersigned.

use octroi_licence::{Checkpoint, CivilSeconds, DocumentDigest, PublicKey};

use super::{
    Connection, DatabaseError,
    value::{Columns as _, millis, number},
};

/// The last receipt that a daemon was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Countersigned {
    /// The report's and the receipt's number.
    pub(crate) number: u64,
    pub(crate) receipt: DocumentDigest,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) answered_at: CivilSeconds,
}

/// A report that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnsweredReport {
    pub(crate) digest: DocumentDigest,
    pub(crate) daemon_key: PublicKey,
    pub(crate) number: u64,
    pub(crate) nonce: [u8; 16],
    /// Encoded envelopes.
    pub(crate) report: Vec<u8>,
    pub(crate) receipt: Vec<u8>,
}

pub(crate) async fn countersigned(
    connection: &mut Connection,
    daemon_key: &PublicKey,
) -> Result<Option<Countersigned>, DatabaseError> {
    let row = sqlx::query("SELECT * FROM daemons WHERE daemon_key = $1")
        .bind(daemon_key.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(Countersigned {
        number: row.unsigned("number")?,
        receipt: DocumentDigest::from_bytes(row.array("receipt_digest")?),
        checkpoint: Checkpoint {
            size: row.unsigned("checkpoint_size")?,
            root: row.array("checkpoint_root")?,
        },
        answered_at: row.instant("answered_at_ms")?,
    }))
}

pub(crate) async fn put_countersigned(
    connection: &mut Connection,
    daemon_key: &PublicKey,
    state: &Countersigned,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO daemons (daemon_key, number, receipt_digest, checkpoint_size,
             checkpoint_root, answered_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (daemon_key) DO UPDATE SET number = $2, receipt_digest = $3,
             checkpoint_size = $4, checkpoint_root = $5, answered_at_ms = $6",
    )
    .bind(daemon_key.as_bytes().as_slice())
    .bind(number(state.number)?)
    .bind(state.receipt.as_bytes().as_slice())
    .bind(number(state.checkpoint.size)?)
    .bind(state.checkpoint.root.as_slice())
    .bind(millis(state.answered_at))
    .execute(connection)
    .await?;
    Ok(())
}

/// The receipt that this very report got.
pub(crate) async fn receipt_of(
    connection: &mut Connection,
    report: DocumentDigest,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    sqlx::query("SELECT receipt FROM reports WHERE digest = $1")
        .bind(report.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?
        .map(|row| row.bytes("receipt"))
        .transpose()
}

/// Says whether another report of the daemon had this nonce.
pub(crate) async fn nonce_is_used(
    connection: &mut Connection,
    daemon_key: &PublicKey,
    nonce: &[u8; 16],
) -> Result<bool, DatabaseError> {
    let row = sqlx::query("SELECT digest FROM reports WHERE daemon_key = $1 AND nonce = $2")
        .bind(daemon_key.as_bytes().as_slice())
        .bind(nonce.as_slice())
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

pub(crate) async fn add_report(
    connection: &mut Connection,
    report: &AnsweredReport,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO reports (digest, daemon_key, number, nonce, report, receipt)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(report.digest.as_bytes().as_slice())
    .bind(report.daemon_key.as_bytes().as_slice())
    .bind(number(report.number)?)
    .bind(report.nonce.as_slice())
    .bind(report.report.as_slice())
    .bind(report.receipt.as_slice())
    .execute(connection)
    .await?;
    Ok(())
}

/// The daemon's last report, as it came.
pub(crate) async fn last_report(
    connection: &mut Connection,
    daemon_key: &PublicKey,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    sqlx::query("SELECT report FROM reports WHERE daemon_key = $1 ORDER BY number DESC LIMIT 1")
        .bind(daemon_key.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?
        .map(|row| row.bytes("report"))
        .transpose()
}
