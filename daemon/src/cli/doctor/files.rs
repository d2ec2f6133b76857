//! What can be seen of the daemon's files from outside: the state folder, the disk under it, and the
//! ledgers where this user may read them.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use rustix::fs::{StatVfsMountFlags, statvfs};

use super::{
    super::{Context, ledger, text::doctor::DoctorTexts},
    Check, Heard, Kind, State,
    words::{mode, owner, size, user_name},
};
use crate::{ledger::LedgerError, paths::RealmPaths};

/// Free space under which the daemon still works, and not for long.
const FREE_WARNING: u64 = 256 << 20;
/// Free space under which the next burst of records may find none.
const FREE_FAILED: u64 = 16 << 20;
const FOR_OTHERS: u32 = 0o077;

/// The state folder's owner and mode, and those of the daemon's keys where they can be seen.
pub(super) fn state_folder(
    words: &DoctorTexts,
    daemon_uid: Option<u32>,
    context: &Context<'_, '_>,
) -> Vec<Check> {
    let kind = Kind::StateFolder;
    let path = context.paths.state();
    let shown = path.display().to_string();
    let root = context.root.as_ref().map(|root| root.display().to_string());
    let found = match fs::metadata(&path) {
        Ok(found) => found,
        Err(error) => {
            let evidence = match error.kind() {
                io::ErrorKind::NotFound => (words.missing)(&shown),
                _ => (words.unreadable)(&shown, &error.to_string()),
            };
            let start = (context.texts.daemon.absent_help)(root.as_deref());
            return vec![Check::of(kind, State::Failed, evidence, start)];
        }
    };
    let mut checks = Vec::new();
    let owned = owner(&found);
    if let Some(uid) = daemon_uid.filter(|uid| *uid != found.uid()) {
        let mend = (words.folder_owner_mend)(&shown, &user_name(uid));
        let evidence = (words.folder_owner)(&shown, &owned);
        checks.push(Check::of(kind, State::Failed, evidence, mend));
    } else {
        let evidence = (words.folder)(&shown, &owned, &mode(&found));
        let open = found.permissions().mode() & FOR_OTHERS != 0;
        checks.push(if open {
            let mend = (words.folder_open_mend)(&shown);
            Check::of(kind, State::Warning, evidence, mend)
        } else {
            Check::ok(kind, evidence)
        });
    }
    for (vendor, realm) in realms(context).unwrap_or_default() {
        let key = realm.daemon_key();
        let Ok(found) = fs::metadata(&key) else {
            continue;
        };
        if found.permissions().mode() & FOR_OTHERS != 0 {
            let path = key.display().to_string();
            let said = (words.key_file_open)(&path, &mode(&found));
            let mend = format!("chmod 600 {path}");
            checks.push(Check::of(kind, State::Failed, said, mend).about(&vendor));
        }
    }
    checks
}

/// Free space where the ledger lies.
pub(super) fn disk(words: &DoctorTexts, context: &Context<'_, '_>) -> Check {
    let kind = Kind::Disk;
    // Before the daemon's first start the folder is not there yet.
    let state = context.paths.state();
    let path = state
        .ancestors()
        .find(|folder| folder.exists())
        .unwrap_or(Path::new("/"));
    let shown = path.display().to_string();
    let found = match statvfs(path) {
        Ok(found) => found,
        Err(error) => {
            let evidence = (words.unreadable)(&shown, &error.to_string());
            return Check::of(kind, State::NotChecked, evidence, "");
        }
    };
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    let free = bytes(found.f_bavail);
    let evidence = (words.disk)(&shown, &size(free), &size(bytes(found.f_blocks)));
    if found.f_flag.contains(StatVfsMountFlags::RDONLY) {
        let mend = (words.disk_read_only_mend)(&shown);
        return Check::of(kind, State::Failed, (words.disk_read_only)(&shown), mend);
    }
    // Some file systems have as many files as there is room for, and say 0.
    if found.f_files > 0 && found.f_favail == 0 {
        let mend = (words.disk_mend)(&shown);
        return Check::of(kind, State::Failed, (words.disk_no_files)(&shown), mend);
    }
    let state = match free {
        ..FREE_FAILED => State::Failed,
        FREE_FAILED..FREE_WARNING => State::Warning,
        _ => return Check::ok(kind, evidence),
    };
    Check::of(kind, state, evidence, (words.disk_mend)(&shown))
}

/// Verifies every ledger that this user may read, from its first record.
pub(super) fn ledger_chains(
    heard: &Heard,
    words: &DoctorTexts,
    context: &Context<'_, '_>,
    checks: &mut Vec<Check>,
) {
    let kind = Kind::LedgerChain;
    let Ok(realms) = realms(context) else {
        let known = heard.status.iter().flat_map(|status| &status.realms);
        let folder = context.paths.realms().display().to_string();
        let closed = known.map(|realm| {
            let mend = (words.ledger_closed_mend)(&realm.vendor);
            let evidence = (words.ledger_closed)(&folder);
            Check::of(kind, State::NotChecked, evidence, mend).about(&realm.vendor)
        });
        checks.extend(closed);
        return;
    };
    for (vendor, realm) in realms {
        let folder = realm.ledger();
        if !folder.is_dir() {
            continue;
        }
        let shown = folder.display().to_string();
        let check = match ledger::check(&folder, context) {
            Ok(report) => Check::ok(
                kind,
                (words.ledger_verified)(report.records.0, report.checkpoints),
            ),
            Err(error @ LedgerError::Tampered { .. }) => {
                let evidence = format!(
                    "{}{}{error}",
                    (words.ledger_tampered)(&shown),
                    context.texts.colon
                );
                let mend = context.texts.ledger.tampered_help;
                Check::of(kind, State::Failed, evidence, mend)
            }
            Err(LedgerError::Io { source, .. })
                if source.kind() == io::ErrorKind::PermissionDenied =>
            {
                let mend = (words.ledger_closed_mend)(&vendor);
                Check::of(kind, State::NotChecked, (words.ledger_closed)(&shown), mend)
            }
            Err(error) => {
                let evidence = (words.unreadable)(&shown, &error.to_string());
                Check::of(kind, State::Failed, evidence, error.help())
            }
        };
        checks.push(check.about(&vendor));
    }
}

/// The vendors' folders, by name.
fn realms(context: &Context<'_, '_>) -> io::Result<Vec<(String, RealmPaths)>> {
    let folder: PathBuf = context.paths.realms();
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut realms: Vec<(String, RealmPaths)> = entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let vendor = name.parse().ok()?;
            Some((name, context.paths.realm(&vendor)))
        })
        .collect();
    realms.sort_by(|(first, _), (second, _)| first.cmp(second));
    Ok(realms)
}
