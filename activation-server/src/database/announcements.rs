//! Announcements to the clients' administrators, numbered over all clients.

use octroi_licence::{Announcement, CivilDay, CivilSeconds, LicenceId};

use super::{
    Connection, DatabaseError,
    value::{Columns as _, millis, number},
};

/// Adds an announcement under the next number, which it gives back; its own number is not looked at.
pub(crate) async fn add(
    connection: &mut Connection,
    announcement: &Announcement,
    licence: Option<&LicenceId>,
    now: CivilSeconds,
) -> Result<u64, DatabaseError> {
    let row = sqlx::query(
        "INSERT INTO announcements (number, kind, text, due_day, licence, added_at_ms)
         SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5 FROM announcements
         RETURNING number",
    )
    .bind(announcement.kind.as_str())
    .bind(announcement.text.as_str())
    .bind(announcement.due.map_or(0, |day| i64::from(day.0)))
    .bind(licence.map_or("", LicenceId::as_str))
    .bind(millis(now))
    .fetch_one(connection)
    .await?;
    row.unsigned("number")
}

/// Up to `most` announcements above a number that concern one of the licences, ascending.
pub(crate) async fn above(
    connection: &mut Connection,
    known: u64,
    licences: &[&LicenceId],
    most: usize,
) -> Result<Vec<Announcement>, DatabaseError> {
    let rows = sqlx::query("SELECT * FROM announcements WHERE number > $1 ORDER BY number")
        .bind(number(known)?)
        .fetch_all(connection)
        .await?;
    let mut announcements = Vec::new();
    for row in &rows {
        let licence = row.text("licence")?;
        let concerns = licence.is_empty() || licences.iter().any(|one| one.as_str() == licence);
        if concerns && announcements.len() < most {
            announcements.push(Announcement {
                number: row.unsigned("number")?,
                kind: row.text("kind")?,
                text: row.text("text")?,
                due: match row.small("due_day")? {
                    0 => None,
                    day => Some(CivilDay(day)),
                },
                version: None,
                product: None,
            });
        }
    }
    Ok(announcements)
}
