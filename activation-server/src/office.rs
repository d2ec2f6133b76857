//! The vendor's office: its books, its activation key and its clock. It answers activation requests
//! and reports, each in one transaction; how they reach it is not known here.

use octroi_licence::{CivilSeconds, Country};
use octroi_vendor::AuthorityError;

use crate::{ActivationKey, Books, Clock, DatabaseError};

/// Whoever answers daemons.
#[derive(Debug)]
pub struct Office {
    pub(crate) books: Books,
    pub(crate) key: ActivationKey,
    clock: Clock,
    /// Where the server stands; `None`: not stated.
    pub(crate) country: Option<Country>,
}

/// Why nothing was decided; nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The books could not be read or written.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The server's own document would not stand: its key's certificate ended, or was revoked.
    #[error("the server cannot sign for the vendor")]
    Authority(#[from] AuthorityError),
}

impl From<sqlx::Error> for ExchangeError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Office {
    /// Opens the office.
    pub fn new(books: Books, key: ActivationKey, clock: Clock) -> Self {
        Self {
            books,
            key,
            clock,
            country: None,
        }
    }

    /// The same, in a country that certificates and receipts state (clauses K14, T14). A licence that
    /// fixes the server's region is served by an office that states one in it alone.
    #[must_use]
    pub fn in_country(self, country: Option<Country>) -> Self {
        Self { country, ..self }
    }

    /// The vendor's books.
    pub fn books(&self) -> &Books {
        &self.books
    }

    pub(crate) fn now(&self) -> CivilSeconds {
        self.clock.now()
    }
}
