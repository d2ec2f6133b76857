//! Between the types of documents and the three types of the database.

use octroi_licence::{CivilMillis, CivilSeconds};
use sqlx::{Row as _, sqlite::SqliteRow};

use super::DatabaseError;

/// A number that documents bound, as the database holds it.
pub(super) fn number(number: u64) -> Result<i64, DatabaseError> {
    i64::try_from(number).map_err(|_| DatabaseError::Unreadable {
        what: "a number beyond 2^63",
    })
}

pub(super) fn millis(at: CivilSeconds) -> i64 {
    at.millis().0
}

/// Columns by name, as the types that were written.
pub(super) trait Columns {
    fn unsigned(&self, column: &'static str) -> Result<u64, DatabaseError>;
    fn small(&self, column: &'static str) -> Result<u32, DatabaseError>;
    fn flag(&self, column: &'static str) -> Result<bool, DatabaseError>;
    fn instant(&self, column: &'static str) -> Result<CivilSeconds, DatabaseError>;
    fn optional_instant(&self, column: &'static str)
    -> Result<Option<CivilSeconds>, DatabaseError>;
    fn text(&self, column: &'static str) -> Result<String, DatabaseError>;
    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, DatabaseError>;
    fn array<const N: usize>(&self, column: &'static str) -> Result<[u8; N], DatabaseError>;
    /// A name that was written as its text.
    fn name<T: std::str::FromStr>(&self, column: &'static str) -> Result<T, DatabaseError>;
}

impl Columns for SqliteRow {
    fn unsigned(&self, column: &'static str) -> Result<u64, DatabaseError> {
        let number: i64 = self.try_get(column)?;
        u64::try_from(number).map_err(|_| DatabaseError::Unreadable { what: column })
    }

    fn small(&self, column: &'static str) -> Result<u32, DatabaseError> {
        u32::try_from(self.unsigned(column)?)
            .map_err(|_| DatabaseError::Unreadable { what: column })
    }

    fn flag(&self, column: &'static str) -> Result<bool, DatabaseError> {
        Ok(self.unsigned(column)? != 0)
    }

    fn instant(&self, column: &'static str) -> Result<CivilSeconds, DatabaseError> {
        let millis: i64 = self.try_get(column)?;
        Ok(CivilMillis(millis).seconds())
    }

    fn optional_instant(
        &self,
        column: &'static str,
    ) -> Result<Option<CivilSeconds>, DatabaseError> {
        let millis: Option<i64> = self.try_get(column)?;
        Ok(millis.map(|millis| CivilMillis(millis).seconds()))
    }

    fn text(&self, column: &'static str) -> Result<String, DatabaseError> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, DatabaseError> {
        Ok(self.try_get(column)?)
    }

    fn array<const N: usize>(&self, column: &'static str) -> Result<[u8; N], DatabaseError> {
        self.bytes(column)?
            .try_into()
            .map_err(|_| DatabaseError::Unreadable { what: column })
    }

    fn name<T: std::str::FromStr>(&self, column: &'static str) -> Result<T, DatabaseError> {
        self.text(column)?
            .parse()
            .map_err(|_| DatabaseError::Unreadable { what: column })
    }
}
