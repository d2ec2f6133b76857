//! The vendor's books in a database: opening and migrating it, transactions, and what can go wrong.
//! One transaction at a time changes anything; what an exchange decided is there whole or not at
//! all. Queries stand in the modules below, one for each subject; nothing is decided here.

pub(crate) mod allotments;
pub(crate) mod announcements;
pub(crate) mod daemons;
pub(crate) mod documents;
pub(crate) mod incidents;
pub(crate) mod licences;
pub(crate) mod rehosts;
mod value;

use std::{fs::OpenOptions, io, os::unix::fs::OpenOptionsExt as _, path::Path, time::Duration};

use octroi_licence::{KeyId, VendorId};
use sqlx::{
    Row as _, SqlSafeStr as _, Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// One change of the books, whole or not at all.
pub(crate) type Change = Transaction<'static, Sqlite>;

/// Bytes of one page of the file.
const PAGE_BYTES: u64 = 4096;
/// The migrations for `SQLite`; numbers are given once for ever.
const MIGRATIONS: [(i64, &str, &str); 2] = [
    (
        1,
        "books",
        include_str!("../../migrations/sqlite/0001_books.sql"),
    ),
    (
        2,
        "news",
        include_str!("../../migrations/sqlite/0002_news.sql"),
    ),
];

/// How the database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseOptions {
    /// How long to wait for whoever holds the database.
    pub busy_timeout: Duration,
    /// The most that the file may grow to, in MiB; `None`: as the disk allows.
    pub mib_max: Option<u32>,
}

/// Why the books could not be read or written. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// Somebody else held the database for longer than the timeout.
    #[error("the database is busy")]
    Busy(#[source] sqlx::Error),
    /// The disk, or the file's limit, is full.
    #[error("the database is full")]
    Full(#[source] sqlx::Error),
    /// The file cannot be used at all.
    #[error("the database cannot be opened")]
    Open(#[source] sqlx::Error),
    /// The tables are of a later version, or somebody changed them.
    #[error("the database's tables are not those of this version")]
    Migration(#[source] MigrateError),
    /// The books are another vendor's, or stand under another root.
    #[error("the database belongs to {found}, not to {expected}")]
    AnotherVendor {
        /// The vendor of the configuration.
        expected: VendorId,
        /// What the database says.
        found: String,
    },
    /// What stands there cannot be what was written.
    #[error("the database holds {what} that cannot be read")]
    Unreadable {
        /// What.
        what: &'static str,
    },
    /// Anything else that the database says.
    #[error("the database failed")]
    Other(#[source] sqlx::Error),
}

impl DatabaseError {
    /// Says whether the same may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Full(_))
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Busy(_) => "try again; another command or a back-up program holds the file",
            Self::Full(_) => "make room on the disk, or raise database.mib_max",
            Self::Open(_) => "does the folder exist, and may this user write there?",
            Self::Migration(_) => "use the version of octroi-server that wrote it, or a later one",
            Self::AnotherVendor { .. } => "choose the configuration with --config",
            Self::Unreadable { .. } | Self::Other(_) => "restore the database from a back-up",
        }
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        // SQLite's primary result code is in the low byte of the extended one.
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .and_then(|code| code.parse::<u32>().ok())
            .map(|code| code & 0xff);
        match (code, &error) {
            (Some(5 | 6), _) | (_, sqlx::Error::PoolTimedOut) => Self::Busy(error),
            (Some(13), _) => Self::Full(error),
            (Some(8 | 14), _) => Self::Open(error),
            (_, sqlx::Error::ColumnDecode { .. }) => Self::Unreadable { what: "a value" },
            _ => Self::Other(error),
        }
    }
}

/// The open database.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pool: SqlitePool,
}

impl Database {
    /// Opens the file, which is made where it is not there, and brings its tables up to date.
    pub(crate) async fn open(
        path: &Path,
        options: DatabaseOptions,
        vendor: &VendorId,
        root: KeyId,
    ) -> Result<Self, DatabaseError> {
        ensure_private_file(path).map_err(|error| DatabaseError::Open(error.into()))?;
        let mut connect = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // An answer that left must survive a power failure.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(options.busy_timeout);
        if let Some(mib) = options.mib_max {
            let pages = u64::from(mib) * (1 << 20) / PAGE_BYTES;
            connect = connect.pragma("max_page_count", pages.to_string());
        }
        // SQLite writes one change at a time; more connections would only wait for one another.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(options.busy_timeout)
            // `SQLite` ends a change by itself when the disk is full; sqlx does not notice and would
            // never begin another on that connection.
            .before_acquire(|connection, _| {
                let usable = !sqlx::Connection::is_in_transaction(connection);
                Box::pin(async move { Ok(usable) })
            })
            .connect_with(connect)
            .await?;
        let database = Self { pool };
        database.migrate().await?;
        database.belongs_to(vendor, root).await?;
        Ok(database)
    }

    async fn migrate(&self) -> Result<(), DatabaseError> {
        let migrations = MIGRATIONS.map(|(version, name, sql)| {
            Migration::new(
                version,
                name.into(),
                MigrationType::Simple,
                sql.into_sql_str(),
                false,
            )
        });
        match Migrator::with_migrations(migrations.to_vec())
            .run(&self.pool)
            .await
        {
            Ok(()) => Ok(()),
            Err(MigrateError::Execute(error)) => Err(error.into()),
            Err(error) => Err(DatabaseError::Migration(error)),
        }
    }

    /// Writes on the first page whose books these are, and never serves another's.
    async fn belongs_to(&self, vendor: &VendorId, root: KeyId) -> Result<(), DatabaseError> {
        let owner = format!("{vendor} (root {})", root.short());
        let mut change = self.begin().await?;
        sqlx::query(
            "INSERT INTO settings (name, value) VALUES ('owner', $1) ON CONFLICT DO NOTHING",
        )
        .bind(owner.as_bytes())
        .execute(&mut *change)
        .await?;
        let row = sqlx::query("SELECT value FROM settings WHERE name = 'owner'")
            .fetch_one(&mut *change)
            .await?;
        let found: Vec<u8> = row.try_get("value")?;
        change.commit().await?;
        if found == owner.as_bytes() {
            return Ok(());
        }
        Err(DatabaseError::AnotherVendor {
            expected: vendor.clone(),
            found: String::from_utf8_lossy(&found).into_owned(),
        })
    }

    /// Begins a change and keeps others out until it is committed or dropped.
    pub(crate) async fn begin(&self) -> Result<Change, DatabaseError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Writes a copy of the database as it stands into a new file.
    pub(crate) async fn copy_to(&self, path: &Path) -> Result<(), DatabaseError> {
        sqlx::query("VACUUM INTO $1")
            .bind(path.to_string_lossy().into_owned())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Closes the file; what is in the write-ahead log goes into it.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// The books hold activation codes: a new file is for its owner only. `SQLite` gives the files beside
/// it the same permissions.
fn ensure_private_file(path: &Path) -> io::Result<()> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map(drop)
}

/// What queries run on.
pub(crate) type Connection = SqliteConnection;
