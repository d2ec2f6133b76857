//! The store's file: its tables, who may read it, and how it is written anew when something must be
//! gone from it.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use redb::{
    Builder, Database, Key, ReadableDatabase as _, ReadableTable as _, TableDefinition, Value,
    WriteTransaction, backends::FileBackend,
};

/// The newest pseudonym by uid.
pub(super) const USERS: TableDefinition<'_, u32, [u8; 16]> = TableDefinition::new("users");
/// Uid and name by pseudonym; an empty name where the system knew none.
pub(super) const PSEUDONYMS: TableDefinition<'_, [u8; 16], (u32, &str)> =
    TableDefinition::new("pseudonyms");
/// The pseudonym of somebody whom a program names: as what, and the name.
pub(super) const NAMED: TableDefinition<'_, (u8, &str), [u8; 16]> = TableDefinition::new("named");
/// As what somebody was named, and the name, by pseudonym.
pub(super) const NAMES: TableDefinition<'_, [u8; 16], (u8, &str)> = TableDefinition::new("names");
/// Free texts, such as an administrator's reasons.
pub(super) const TEXTS: TableDefinition<'_, [u8; 16], &str> = TableDefinition::new("texts");
/// What a text is hashed with, where the ledger holds its digest; gone with the text, so that nobody
/// can try texts out against the digest.
pub(super) const SALTS: TableDefinition<'_, [u8; 16], [u8; 32]> =
    TableDefinition::new("text-salts");
/// Keyed tags of erased users for whom something stays counted: who comes back is known under the tag.
pub(super) const TAGS: TableDefinition<'_, [u8; 16], ()> = TableDefinition::new("tags");
/// What tags are keyed with, alone in its table; made at the first erasure.
pub(super) const TAG_KEY: TableDefinition<'_, (), [u8; 32]> = TableDefinition::new("tag-key");

/// Opens the file, or makes it, for its owner alone.
pub(super) fn open(path: &Path) -> Result<Database, redb::Error> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    let database = Builder::new().create_with_backend(FileBackend::new(file)?)?;
    let write = database.begin_write()?;
    write.open_table(USERS)?;
    write.open_table(PSEUDONYMS)?;
    write.open_table(NAMED)?;
    write.open_table(NAMES)?;
    write.open_table(TEXTS)?;
    write.open_table(SALTS)?;
    write.open_table(TAGS)?;
    write.open_table(TAG_KEY)?;
    write.commit()?;
    Ok(database)
}

/// Copies what the store holds into a new file and puts that in the old one's place: what was taken
/// out of a table stays readable in its file until then.
pub(super) fn rewrite(database: &Database, path: &Path) -> Result<Database, redb::Error> {
    let fresh_path = unfinished(path);
    // A crash may have left one.
    match std::fs::remove_file(&fresh_path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let fresh = open(&fresh_path)?;
    let write = fresh.begin_write()?;
    copy(database, &write, USERS)?;
    copy(database, &write, PSEUDONYMS)?;
    copy(database, &write, NAMED)?;
    copy(database, &write, NAMES)?;
    copy(database, &write, TEXTS)?;
    copy(database, &write, SALTS)?;
    copy(database, &write, TAGS)?;
    copy(database, &write, TAG_KEY)?;
    write.commit()?;
    std::fs::rename(&fresh_path, path)?;
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(fresh)
}

fn copy<K: Key + 'static, V: Value + 'static>(
    from: &Database,
    to: &WriteTransaction,
    table: TableDefinition<'_, K, V>,
) -> Result<(), redb::Error> {
    let from = from.begin_read()?.open_table(table)?;
    let mut to = to.open_table(table)?;
    for entry in from.iter()? {
        let (key, value) = entry?;
        to.insert(key.value(), value.value())?;
    }
    Ok(())
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}
