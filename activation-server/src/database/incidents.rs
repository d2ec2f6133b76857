//! What speaks of tampering: refused reports by what they showed. Bounded for each daemon, so that
//! whoever holds a daemon's key cannot fill the database with them.

use octroi_licence::{Checkpoint, CivilSeconds, PublicKey};

use super::{
    Connection, DatabaseError,
    value::{Columns as _, millis, number},
};

/// Incidents of one daemon that are told apart; more only count on the last.
const INCIDENTS_MAX: i64 = 64;

/// Something that the vendor should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incident {
    /// A stable code, such as `LEDGER_FORKED`.
    pub(crate) code: String,
    /// The ledger that showed it.
    pub(crate) checkpoint: Checkpoint,
    pub(crate) first_at: CivilSeconds,
    pub(crate) last_at: CivilSeconds,
    pub(crate) times: u64,
}

/// Records an incident, or that it happened again.
pub(crate) async fn add(
    connection: &mut Connection,
    daemon_key: &PublicKey,
    code: &str,
    checkpoint: &Checkpoint,
    now: CivilSeconds,
) -> Result<(), DatabaseError> {
    let daemon_key = daemon_key.as_bytes().as_slice();
    let again = sqlx::query(
        "UPDATE incidents SET last_at_ms = $5, times = times + 1
         WHERE daemon_key = $1 AND code = $2 AND checkpoint_size = $3 AND checkpoint_root = $4",
    )
    .bind(daemon_key)
    .bind(code)
    .bind(number(checkpoint.size)?)
    .bind(checkpoint.root.as_slice())
    .bind(millis(now))
    .execute(&mut *connection)
    .await?;
    if again.rows_affected() > 0 {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO incidents (daemon_key, code, checkpoint_size, checkpoint_root, first_at_ms,
             last_at_ms, times, told)
         SELECT $1, $2, $3, $4, $5, $5, 1, 0
         WHERE (SELECT COUNT(*) FROM incidents WHERE daemon_key = $1) < $6",
    )
    .bind(daemon_key)
    .bind(code)
    .bind(number(checkpoint.size)?)
    .bind(checkpoint.root.as_slice())
    .bind(millis(now))
    .bind(INCIDENTS_MAX)
    .execute(connection)
    .await?;
    Ok(())
}

/// Every incident of a daemon, oldest first.
pub(crate) async fn of_daemon(
    connection: &mut Connection,
    daemon_key: &PublicKey,
) -> Result<Vec<Incident>, DatabaseError> {
    let rows =
        sqlx::query("SELECT * FROM incidents WHERE daemon_key = $1 ORDER BY first_at_ms, code")
            .bind(daemon_key.as_bytes().as_slice())
            .fetch_all(connection)
            .await?;
    rows.iter()
        .map(|row| {
            Ok(Incident {
                code: row.text("code")?,
                checkpoint: Checkpoint {
                    size: row.unsigned("checkpoint_size")?,
                    root: row.array("checkpoint_root")?,
                },
                first_at: row.instant("first_at_ms")?,
                last_at: row.instant("last_at_ms")?,
                times: row.unsigned("times")?,
            })
        })
        .collect()
}

/// Takes up to `most` ledger states under `code` that the daemon's other branch was not told of yet.
pub(crate) async fn tell(
    connection: &mut Connection,
    daemon_key: &PublicKey,
    code: &str,
    most: usize,
) -> Result<Vec<Checkpoint>, DatabaseError> {
    let daemon_key = daemon_key.as_bytes().as_slice();
    let rows = sqlx::query(
        "SELECT checkpoint_size, checkpoint_root FROM incidents
         WHERE daemon_key = $1 AND code = $2 AND told = 0 ORDER BY first_at_ms LIMIT $3",
    )
    .bind(daemon_key)
    .bind(code)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(&mut *connection)
    .await?;
    let mut checkpoints = Vec::with_capacity(rows.len());
    for row in &rows {
        let checkpoint = Checkpoint {
            size: row.unsigned("checkpoint_size")?,
            root: row.array("checkpoint_root")?,
        };
        sqlx::query(
            "UPDATE incidents SET told = 1
             WHERE daemon_key = $1 AND code = $2 AND checkpoint_size = $3 AND checkpoint_root = $4",
        )
        .bind(daemon_key)
        .bind(code)
        .bind(number(checkpoint.size)?)
        .bind(checkpoint.root.as_slice())
        .execute(&mut *connection)
        .await?;
        checkpoints.push(checkpoint);
    }
    Ok(checkpoints)
}
