//! What the emulator does to files that are there before it.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, symlink},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use octroi_hardware_key::emulator::KeyFile;

use crate::bench::{Bench, octroi_key_emulator, run};

#[test]
fn init_never_overwrites_a_key() {
    let bench = Bench::new();
    let before = fs::read(bench.state()).unwrap();
    let again = octroi_key_emulator(&["init", "--state"], &bench.state());
    assert!(!again.status.success());
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(said.contains("never overwritten"), "{said}");
    assert_eq!(fs::read(bench.state()).unwrap(), before);
}

#[test]
fn the_secret_is_for_its_owner_alone_before_and_after_a_proof() {
    let bench = Bench::plugged(&[]);
    let mode = || fs::metadata(bench.state()).unwrap().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    bench.proves(1);
    assert_eq!(mode(), 0o600);
}

#[test]
fn two_emulators_cannot_count_on_one_state() {
    let bench = Bench::plugged(&[]);
    let second = run(&bench.state(), &bench.folder.path().join("other"), &[]);
    let output = second.wait_with_output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("in use by another emulator"), "{said}");
}

#[test]
fn a_state_that_was_given_up_is_free_although_another_thread_starts_programs() {
    let bench = Bench::new();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                Command::new("true").status().unwrap();
            }
        });
        let opened = (0..1_000).map(|_| KeyFile::open(&bench.state()).map(drop));
        let first_refused = opened.enumerate().find(|(_, opened)| opened.is_err());
        done.store(true, Ordering::Relaxed);
        assert!(first_refused.is_none(), "{first_refused:?}");
    });
}

#[test]
fn a_socket_that_is_served_or_is_something_else_is_left_alone() {
    let bench = Bench::plugged(&[]);
    let other = Bench::new();
    let file = other.folder.path().join("file");
    fs::write(&file, "precious").unwrap();
    let link = other.folder.path().join("link");
    symlink(bench.socket(), &link).unwrap();
    for (socket, why) in [
        (bench.socket(), "another emulator serves"),
        (file.clone(), "is no socket"),
        (link, "is no socket"),
    ] {
        let output = run(&other.state(), &socket, &[])
            .wait_with_output()
            .unwrap();
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"precious");
    assert_eq!(bench.proves(1), 1);
}

#[test]
fn a_damaged_state_is_named_and_its_secret_not_printed() {
    let bench = Bench::new();
    let text = fs::read_to_string(bench.state()).unwrap();
    for damaged in [
        text.replace("\"counter\": 0", "\"counter\": -1"),
        text.replace("\"format\": 1", "\"format\": 2"),
        text.get(..text.len() / 2).unwrap().to_owned(),
        String::new(),
    ] {
        assert_ne!(damaged, text);
        fs::write(bench.state(), &damaged).unwrap();
        let output = run(&bench.state(), &bench.socket(), &[])
            .wait_with_output()
            .unwrap();
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("no emulator state"), "{said}");
        let state: Option<serde_json::Value> = serde_json::from_str(&text).ok();
        let secret = state.as_ref().and_then(|state| state.get("secret_key"));
        assert!(!said.contains(secret.unwrap().as_str().unwrap()));
    }
}
