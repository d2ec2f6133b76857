//! `octroi-vendor enrol-key` against simulated keys, each a process of its own.
#![cfg(feature = "enrolment")]

use std::{
    path::{Path, PathBuf},
    thread,
};

use octroi_hardware_key::emulator::{Algorithm, FaultSwitch, KeyFile, Simulated, create, serve};
use octroi_licence::{Fido2PublicKey, KeySerial};
use octroi_vendor::order::EXAMPLE;

use crate::support::Desk;

/// Serves a simulated key until the tests end.
fn plug<D: Simulated + 'static>(desk: &Desk, device: impl FnOnce(KeyFile) -> D) -> PathBuf {
    let state = desk.path("key");
    create(&state, KeySerial([4; 16]), &[8; 32]).unwrap();
    let device = device(KeyFile::open(&state).unwrap());
    let socket = desk.path("socket");
    let (ready, plugged) = std::sync::mpsc::channel();
    let path = socket.clone();
    thread::spawn(move || {
        serve(device, &path, &FaultSwitch::new(None, 0), || {
            ready.send(()).unwrap();
        })
    });
    plugged.recv().unwrap();
    socket
}

fn enrolled(desk: &Desk, socket: &Path) -> serde_json::Value {
    let output = desk
        .tool(&["--json", "enrol-key", "--emulator"])
        .arg(socket)
        .assert()
        .success();
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

fn text<'a>(told: &'a serde_json::Value, name: &str) -> &'a str {
    told.get(name).and_then(|value| value.as_str()).unwrap()
}

#[test]
fn a_dongle_says_who_it_is_and_proves_it() {
    let desk = Desk::empty();
    let socket = plug(&desk, KeyFile::into_device);
    let told = enrolled(&desk, &socket);
    assert_eq!(text(&told, "kind"), "dongle");
    assert_eq!(text(&told, "serial"), "04".repeat(16));
}

#[test]
fn a_security_key_makes_a_credential_that_an_order_can_name() {
    for (algorithm, digits) in [(Algorithm::Ed25519, 64), (Algorithm::Es256, 66)] {
        let desk = Desk::empty();
        let socket = plug(&desk, |key| key.into_authenticator(algorithm));
        let told = enrolled(&desk, &socket);
        assert_eq!(text(&told, "kind"), "fido2");
        let public_key = hex::decode(text(&told, "public_key")).unwrap();
        assert!(Fido2PublicKey::from_bytes(&public_key).is_some());
        assert_eq!(text(&told, "public_key").len(), digits);

        let printed = desk
            .tool(&["enrol-key", "--emulator"])
            .arg(&socket)
            .assert()
            .success();
        let printed = String::from_utf8(printed.get_output().stdout.clone()).unwrap();
        let first = EXAMPLE.find("[[binding.hardware_keys]]").unwrap();
        let end = EXAMPLE.find("# Your activation server").unwrap();
        let order = [&EXAMPLE[..first], &printed, &EXAMPLE[end..]].concat();
        desk.write("order.toml", &order);
        desk.tool(&["order", "check", "order.toml"])
            .assert()
            .success();
    }
}

#[test]
fn where_no_key_is_plugged_in_it_says_so() {
    let desk = Desk::empty();
    let output = desk
        .tool(&["enrol-key", "--emulator", "nowhere"])
        .assert()
        .failure();
    let told = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(told.contains("no hardware key is plugged in"), "{told}");
}
