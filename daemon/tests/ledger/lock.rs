//! One daemon to a folder.

use octroid::ledger::{LockError, lock_folder};

#[test]
fn a_second_daemon_on_a_folder_is_refused_and_told_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let first = lock_folder(folder.path()).unwrap();
    let refused = lock_folder(folder.path()).unwrap_err();
    let own = std::process::id();
    assert!(matches!(refused, LockError::Held { pid: Some(pid), .. } if pid == own));
    assert_eq!(
        refused.to_string(),
        format!("{} is in use by process {own}", folder.path().display())
    );
    drop(first);
    drop(lock_folder(folder.path()).unwrap());
}

#[test]
fn a_folder_that_is_not_there_is_not_locked() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    assert!(matches!(lock_folder(&missing), Err(LockError::Io { .. })));
}
