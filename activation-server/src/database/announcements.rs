//! Announcements to the clients' administrators, numbered over all clients, and their answers.

use octroi_licence::{
    Announcement, AnnouncementAnswer, CivilDay, CivilSeconds, LicenceId, Numbered, ProductId,
    PublicKey, message::AnnouncementVerdict,
};
use sqlx::sqlite::SqliteRow;

use super::{
    Connection, DatabaseError,
    value::{Columns as _, millis, number},
};

/// An announcement and whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredAnnouncement {
    pub(crate) announcement: Announcement,
    /// `None`: every client.
    pub(crate) licence: Option<LicenceId>,
    pub(crate) added_at: CivilSeconds,
}

impl StoredAnnouncement {
    /// When it comes about; where that is not stated, when it was written.
    pub(crate) fn effective(&self) -> CivilSeconds {
        let stated = self.announcement.effective.map(CivilDay::start);
        stated.unwrap_or(self.added_at)
    }

    /// Says whether it concerns a licence of a product.
    pub(crate) fn concerns(&self, licence: &LicenceId, product: &ProductId) -> bool {
        let of_product = self.announcement.product.as_ref();
        self.licence.as_ref().is_none_or(|one| one == licence)
            && of_product.is_none_or(|one| one == product)
    }
}

/// One administrator's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredAnswer {
    pub(crate) daemon_key: PublicKey,
    pub(crate) answer: AnnouncementAnswer,
    pub(crate) received_at: CivilSeconds,
}

/// Adds an announcement under the next number, which it gives back; its own number is not looked at.
pub(crate) async fn add(
    connection: &mut Connection,
    announcement: &Announcement,
    licence: Option<&LicenceId>,
    now: CivilSeconds,
) -> Result<u64, DatabaseError> {
    let row = sqlx::query(
        "INSERT INTO announcements (number, kind, text, due_day, licence, added_at_ms, version,
             product, effective_day)
         SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8 FROM announcements
         RETURNING number",
    )
    .bind(announcement.kind.as_str())
    .bind(announcement.text.as_str())
    .bind(announcement.due.map_or(0, |day| i64::from(day.0)))
    .bind(licence.map_or("", LicenceId::as_str))
    .bind(millis(now))
    .bind(
        announcement
            .version
            .clone()
            .map_or_else(String::new, String::from),
    )
    .bind(announcement.product.as_ref().map_or("", ProductId::as_str))
    .bind(announcement.effective.map_or(0, |day| i64::from(day.0)))
    .fetch_one(connection)
    .await?;
    row.unsigned("number")
}

/// Every announcement above a number, ascending.
pub(crate) async fn above(
    connection: &mut Connection,
    known: u64,
) -> Result<Vec<StoredAnnouncement>, DatabaseError> {
    sqlx::query("SELECT * FROM announcements WHERE number > $1 ORDER BY number")
        .bind(number(known)?)
        .fetch_all(connection)
        .await?
        .iter()
        .map(stored)
        .collect()
}

fn stored(row: &SqliteRow) -> Result<StoredAnnouncement, DatabaseError> {
    let day = |column| {
        Ok::<_, DatabaseError>(match row.small(column)? {
            0 => None,
            day => Some(CivilDay(day)),
        })
    };
    let announcement = Announcement {
        number: row.unsigned("number")?,
        kind: row.text("kind")?,
        text: row.text("text")?,
        due: day("due_day")?,
        version: match row.text("version")?.as_str() {
            "" => None,
            _ => Some(row.name("version")?),
        },
        product: match row.text("product")?.as_str() {
            "" => None,
            _ => Some(row.name("product")?),
        },
        effective: day("effective_day")?,
    };
    Ok(StoredAnnouncement {
        announcement,
        licence: match row.text("licence")?.as_str() {
            "" => None,
            _ => Some(row.name("licence")?),
        },
        added_at: row.instant("added_at_ms")?,
    })
}

/// Stores a daemon's answer in place of an earlier one; one to an announcement that was never made
/// counts for nothing.
pub(crate) async fn put_answer(
    connection: &mut Connection,
    daemon_key: &PublicKey,
    answer: &AnnouncementAnswer,
    now: CivilSeconds,
) -> Result<(), DatabaseError> {
    sqlx::query(
        "INSERT INTO announcement_answers (number, daemon_key, verdict, day, received_at_ms)
         SELECT number, $2, $3, $4, $5 FROM announcements WHERE number = $1
         ON CONFLICT (number, daemon_key) DO UPDATE SET verdict = $3, day = $4,
             received_at_ms = $5",
    )
    .bind(number(answer.number)?)
    .bind(daemon_key.as_bytes().as_slice())
    .bind(i64::from(answer.verdict.number()))
    .bind(i64::from(answer.day.0))
    .bind(millis(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// The answers to an announcement, in the order in which they came.
pub(crate) async fn answers(
    connection: &mut Connection,
    announcement: u64,
) -> Result<Vec<StoredAnswer>, DatabaseError> {
    let rows = sqlx::query(
        "SELECT * FROM announcement_answers WHERE number = $1
         ORDER BY received_at_ms, daemon_key",
    )
    .bind(number(announcement)?)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let key: [u8; 32] = row.array("daemon_key")?;
            let unreadable = DatabaseError::Unreadable { what: "an answer" };
            let verdict = i32::try_from(row.small("verdict")?).map_err(|_| unreadable)?;
            Ok(StoredAnswer {
                daemon_key: PublicKey::from_bytes(&key)
                    .ok_or(DatabaseError::Unreadable { what: "daemon_key" })?,
                answer: AnnouncementAnswer {
                    number: announcement,
                    verdict: AnnouncementVerdict::try_from(verdict)
                        .map_or(Numbered::Later(verdict), Numbered::Known),
                    day: CivilDay(row.small("day")?),
                },
                received_at: row.instant("received_at_ms")?,
            })
        })
        .collect()
}
