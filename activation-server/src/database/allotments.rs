//! What each daemon was allotted of each licence, and the answers that activation requests got.

use std::collections::BTreeMap;

use octroi_licence::{
    CivilSeconds, DocumentDigest, FeatureName, LicenceId, PublicKey, Seats, SiteId,
};
use octroi_vendor::Activation;
use sqlx::sqlite::SqliteRow;

use super::{
    Connection, DatabaseError,
    value::{Columns as _, millis, number},
};

/// A daemon's newest certificate and what it grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allotment {
    pub(crate) activation: Activation,
    /// The certificate's encoded envelope.
    pub(crate) certificate: Vec<u8>,
    /// A daemon showed it to books that had lost it: until it is renewed its shares may overlap
    /// others'.
    pub(crate) adopted: bool,
}

/// What the other live daemons of a licence hold together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Others {
    pub(crate) daemons: u64,
    /// How many of them stand on the same site.
    pub(crate) at_site: u64,
    pub(crate) units: BTreeMap<FeatureName, u64>,
}

/// The certificate that answered this request, if it was answered.
pub(crate) async fn answer(
    connection: &mut Connection,
    request: DocumentDigest,
) -> Result<Option<Vec<u8>>, DatabaseError> {
    sqlx::query("SELECT certificate FROM answers WHERE request = $1")
        .bind(request.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?
        .map(|row| row.bytes("certificate"))
        .transpose()
}

/// Stores the certificate that answers a request.
pub(crate) async fn add_answer(
    connection: &mut Connection,
    licence: &LicenceId,
    allotment: &Allotment,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO answers (request, licence, daemon_key, certificate) VALUES ($1, $2, $3, $4)",
    )
    .bind(allotment.activation.request.as_bytes().as_slice())
    .bind(licence.as_str())
    .bind(allotment.activation.daemon_key.as_bytes().as_slice())
    .bind(allotment.certificate.as_slice())
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores what a daemon was allotted, in place of what it had.
pub(crate) async fn put(
    connection: &mut Connection,
    licence: &LicenceId,
    allotment: &Allotment,
) -> Result<(), DatabaseError> {
    let activation = &allotment.activation;
    let daemon_key = activation.daemon_key.as_bytes().as_slice();
    let site = activation.site.as_ref().map_or("", SiteId::as_str);
    sqlx::query(
        "INSERT INTO allotments (licence, daemon_key, number, serial, site, request, certificate,
             digest, answered_at_ms, ends_at_ms, written_off, adopted)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT (licence, daemon_key) DO UPDATE SET number = $3, serial = $4, site = $5,
             request = $6, certificate = $7, digest = $8, answered_at_ms = $9, ends_at_ms = $10,
             written_off = $11, adopted = $12",
    )
    .bind(licence.as_str())
    .bind(daemon_key)
    .bind(number(activation.number)?)
    .bind(number(activation.serial)?)
    .bind(site)
    .bind(activation.request.as_bytes().as_slice())
    .bind(allotment.certificate.as_slice())
    .bind(activation.certificate.as_bytes().as_slice())
    .bind(millis(activation.answered_at))
    .bind(activation.ends_at.map(millis))
    .bind(i64::from(activation.written_off))
    .bind(i64::from(allotment.adopted))
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM shares WHERE licence = $1 AND daemon_key = $2")
        .bind(licence.as_str())
        .bind(daemon_key)
        .execute(&mut *connection)
        .await?;
    for (feature, units) in &activation.shares {
        sqlx::query(
            "INSERT INTO shares (licence, daemon_key, feature, units) VALUES ($1, $2, $3, $4)",
        )
        .bind(licence.as_str())
        .bind(daemon_key)
        .bind(feature.as_str())
        .bind(i64::from(units.0))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// What every daemon of a licence was allotted last, oldest answer first.
pub(crate) async fn of_licence(
    connection: &mut Connection,
    licence: &LicenceId,
) -> Result<Vec<Activation>, DatabaseError> {
    let rows = sqlx::query(
        "SELECT daemon_key, number, serial, site, request, digest, answered_at_ms, ends_at_ms,
             written_off
         FROM allotments WHERE licence = $1 ORDER BY answered_at_ms, daemon_key",
    )
    .bind(licence.as_str())
    .fetch_all(&mut *connection)
    .await?;
    let mut shares = shares_of_licence(connection, licence).await?;
    rows.iter()
        .map(|row| {
            let daemon_key: [u8; 32] = row.array("daemon_key")?;
            activation(row, shares.remove(&daemon_key).unwrap_or_default())
        })
        .collect()
}

/// What one daemon was allotted last.
pub(crate) async fn of_daemon(
    connection: &mut Connection,
    licence: &LicenceId,
    daemon_key: &PublicKey,
) -> Result<Option<Allotment>, DatabaseError> {
    let row = sqlx::query("SELECT * FROM allotments WHERE licence = $1 AND daemon_key = $2")
        .bind(licence.as_str())
        .bind(daemon_key.as_bytes().as_slice())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let held = sqlx::query("SELECT * FROM shares WHERE licence = $1 AND daemon_key = $2")
        .bind(licence.as_str())
        .bind(daemon_key.as_bytes().as_slice())
        .fetch_all(connection)
        .await?;
    let shares = held
        .iter()
        .map(|row| Ok((row.name("feature")?, Seats(row.small("units")?))))
        .collect::<Result<Shares, DatabaseError>>()?;
    Ok(Some(Allotment {
        activation: activation(&row, shares)?,
        certificate: row.bytes("certificate")?,
        adopted: row.flag("adopted")?,
    }))
}

/// The licences of which a daemon was allotted something, in order.
pub(crate) async fn licences_of(
    connection: &mut Connection,
    daemon_key: &PublicKey,
) -> Result<Vec<LicenceId>, DatabaseError> {
    sqlx::query("SELECT licence FROM allotments WHERE daemon_key = $1 ORDER BY licence")
        .bind(daemon_key.as_bytes().as_slice())
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| row.name("licence"))
        .collect()
}

/// What the other daemons hold that are live at `now`.
pub(crate) async fn others(
    connection: &mut Connection,
    licence: &LicenceId,
    of: &Activation,
    now: CivilSeconds,
) -> Result<Others, DatabaseError> {
    let daemon_key = of.daemon_key.as_bytes().as_slice();
    let site = of.site.as_ref().map_or("", SiteId::as_str);
    let row = sqlx::query(
        "SELECT COUNT(*) AS daemons,
             COALESCE(SUM(CASE WHEN site = $4 THEN 1 ELSE 0 END), 0) AS at_site
         FROM allotments
         WHERE licence = $1 AND daemon_key <> $2 AND written_off = 0
             AND (ends_at_ms IS NULL OR ends_at_ms > $3)",
    )
    .bind(licence.as_str())
    .bind(daemon_key)
    .bind(millis(now))
    .bind(site)
    .fetch_one(&mut *connection)
    .await?;
    let sums = sqlx::query(
        "SELECT feature, SUM(units) AS units
         FROM shares JOIN allotments USING (licence, daemon_key)
         WHERE licence = $1 AND daemon_key <> $2 AND written_off = 0
             AND (ends_at_ms IS NULL OR ends_at_ms > $3)
         GROUP BY feature",
    )
    .bind(licence.as_str())
    .bind(daemon_key)
    .bind(millis(now))
    .fetch_all(connection)
    .await?;
    Ok(Others {
        daemons: row.unsigned("daemons")?,
        at_site: row.unsigned("at_site")?,
        units: sums
            .iter()
            .map(|row| Ok((row.name("feature")?, row.unsigned("units")?)))
            .collect::<Result<_, DatabaseError>>()?,
    })
}

fn activation(row: &SqliteRow, shares: Shares) -> Result<Activation, DatabaseError> {
    Ok(Activation {
        number: row.unsigned("number")?,
        serial: row.unsigned("serial")?,
        daemon_key: key(&row.array("daemon_key")?)?,
        site: match row.text("site")?.as_str() {
            "" => None,
            _ => Some(row.name("site")?),
        },
        shares,
        request: DocumentDigest::from_bytes(row.array("request")?),
        certificate: DocumentDigest::from_bytes(row.array("digest")?),
        answered_at: row.instant("answered_at_ms")?,
        ends_at: row.optional_instant("ends_at_ms")?,
        written_off: row.flag("written_off")?,
    })
}

type Shares = BTreeMap<FeatureName, Seats>;

async fn shares_of_licence(
    connection: &mut Connection,
    licence: &LicenceId,
) -> Result<BTreeMap<[u8; 32], Shares>, DatabaseError> {
    let rows = sqlx::query("SELECT * FROM shares WHERE licence = $1")
        .bind(licence.as_str())
        .fetch_all(connection)
        .await?;
    let mut shares: BTreeMap<[u8; 32], Shares> = BTreeMap::new();
    for row in &rows {
        shares
            .entry(row.array("daemon_key")?)
            .or_default()
            .insert(row.name("feature")?, Seats(row.small("units")?));
    }
    Ok(shares)
}

fn key(bytes: &[u8; 32]) -> Result<PublicKey, DatabaseError> {
    PublicKey::from_bytes(bytes).ok_or(DatabaseError::Unreadable { what: "daemon_key" })
}

/// Takes a daemon's share back; gives how many licences' shares it was (0 or 1). Its old requests
/// get no more answers.
pub(crate) async fn write_off(
    connection: &mut Connection,
    licence: &LicenceId,
    daemon_key: &PublicKey,
) -> Result<u64, DatabaseError> {
    let daemon_key = daemon_key.as_bytes().as_slice();
    sqlx::query("DELETE FROM answers WHERE licence = $1 AND daemon_key = $2")
        .bind(licence.as_str())
        .bind(daemon_key)
        .execute(&mut *connection)
        .await?;
    let done = sqlx::query(
        "UPDATE allotments SET written_off = 1
         WHERE licence = $1 AND daemon_key = $2 AND written_off = 0",
    )
    .bind(licence.as_str())
    .bind(daemon_key)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
