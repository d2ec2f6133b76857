//! `octroi key`: what is shown of keys, and what is said about one that is not accepted.

use octroi_proto::admin::v1::{
    HardwareKeysResponse, HidDevice, KeyProblem, LostKey, NamedKey, PluggedKey,
};
use serde_json::Value;

use super::{
    Ran,
    daemon::{Daemon, answer},
    octroi,
};

const NAMED: &str = "00112233445566778899aabbccddeeff";
const SPARE: &str = "ffeeddccbbaa99887766554433221100";
const LOST: &str = "0123456789abcdef0123456789abcdef";

fn named() -> NamedKey {
    NamedKey {
        vendor: "acme".to_owned(),
        licence_id: "acme-42".to_owned(),
        serial: NAMED.to_owned(),
        kind: "dongle".to_owned(),
        present: true,
        proven: true,
        proven_ago_ms: 12_000,
        proof_due_in_ms: 288_000,
        proof_interval_ms: 300_000,
        counted: true,
        counter: 4_711,
        budget_left_ms: 72 * 3_600_000,
        ..NamedKey::default()
    }
}

/// Named, and nowhere to be seen.
fn away() -> NamedKey {
    NamedKey {
        present: false,
        proven: false,
        licence_without_key: true,
        absent_ms: 7_200_000,
        ..named()
    }
}

fn device() -> HidDevice {
    HidDevice {
        place: "/dev/hidraw3".to_owned(),
        product: "Octroi Key".to_owned(),
        kind: "dongle".to_owned(),
        open: true,
    }
}

fn dongle(serial: &str) -> PluggedKey {
    PluggedKey {
        place: "/dev/hidraw3".to_owned(),
        kind: "dongle".to_owned(),
        serial: serial.to_owned(),
        ..PluggedKey::default()
    }
}

fn security_key() -> PluggedKey {
    PluggedKey {
        place: "/dev/hidraw4".to_owned(),
        kind: "fido2".to_owned(),
        model: "2fc0579f-8113-47ea-b116-bb5a8db9202a".to_owned(),
        model_name: "YubiKey 5 NFC".to_owned(),
        ..PluggedKey::default()
    }
}

/// The key that is named is here and serves.
fn good() -> HardwareKeysResponse {
    HardwareKeysResponse {
        uid: 0,
        usb_keys: true,
        watching: true,
        devices: vec![device()],
        plugged: vec![PluggedKey {
            is: vec![NAMED.to_owned()],
            ..dongle(NAMED)
        }],
        named: vec![named()],
        ..HardwareKeysResponse::default()
    }
}

/// Keys of several kinds, one of them away, one lost, one closed.
fn mixed() -> HardwareKeysResponse {
    let mut seen = good();
    seen.devices.push(HidDevice {
        place: "/dev/hidraw5".to_owned(),
        product: "A security key\u{1b}[2J".to_owned(),
        kind: "fido2".to_owned(),
        open: false,
    });
    seen.plugged.push(security_key());
    seen.plugged.push(PluggedKey {
        place: "/run/key.sock".to_owned(),
        emulated: true,
        lost: vec![LOST.to_owned()],
        ..dongle(LOST)
    });
    seen.named.push(NamedKey {
        licence_id: "acme-43".to_owned(),
        serial: SPARE.to_owned(),
        ..away()
    });
    seen.lost.push(LostKey {
        vendor: "acme".to_owned(),
        serial: LOST.to_owned(),
        kind: "dongle".to_owned(),
        revoked_by: "acme-42".to_owned(),
        present: true,
        ..LostKey::default()
    });
    seen.problems.push(KeyProblem {
        place: "/dev/hidraw5".to_owned(),
        code: "PERMISSION_DENIED".to_owned(),
        problem: "permission denied on hardware key /dev/hidraw5".to_owned(),
    });
    seen
}

fn key(seen: HardwareKeysResponse, more: &[&str]) -> Ran {
    let daemon = Daemon::start();
    answer(&daemon.script.keys, Ok(seen));
    let mut line = vec!["key"];
    line.extend(more);
    octroi(daemon.root(), &line).run()
}

/// The checks of a probe, as scripts read them.
fn probe(seen: HardwareKeysResponse, more: &[&str]) -> (u8, Vec<Value>) {
    let mut line = vec!["probe", "--json"];
    line.extend(more);
    let ran = key(seen, &line);
    let all = ran.json();
    (ran.status, all["checks"].as_array().unwrap().clone())
}

/// The first check that is not ok: its kind and what is to be done.
fn first_trouble(checks: &[Value]) -> (&str, &str, &str) {
    let bad = checks.iter().find(|check| check["state"] != "ok");
    let bad = bad.unwrap_or_else(|| panic!("all is well: {checks:?}"));
    let text = |field: &str| bad[field].as_str().unwrap_or_default();
    (text("check"), text("evidence"), text("mend"))
}

#[test]
fn keys_are_listed_with_whom_they_serve_and_what_is_missing() {
    insta::assert_snapshot!("key-list", key(mixed(), &["list"]).output);
    insta::assert_snapshot!(
        "key-list-french",
        key(mixed(), &["--lang", "fr", "list"]).output
    );
}

#[test]
fn scripts_read_everything_that_the_daemon_sees() {
    let all = key(mixed(), &["list", "--json"]).json();
    assert_eq!(all["plugged"][0]["serves"][0]["licence_id"], "acme-42");
    assert_eq!(all["plugged"][1]["model_name"], "YubiKey 5 NFC");
    assert_eq!(all["named"][0]["counter"], 4_711);
    assert_eq!(all["named"][1]["licence_without_key_ms"], 7_200_000);
    assert_eq!(all["lost"][0]["present"], true);
    assert_eq!(all["problems"][0]["code"], "PERMISSION_DENIED");
}

#[test]
fn a_machine_without_keys_or_licences_says_so() {
    let ran = key(HardwareKeysResponse::default(), &["list"]);
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!("key-list-empty", ran.output);
}

#[test]
fn a_key_that_serves_passes_every_step() {
    let (status, checks) = probe(good(), &[]);
    assert!(
        checks.iter().all(|check| check["state"] == "ok"),
        "{checks:?}"
    );
    assert_eq!(status, 0);
    let kinds: Vec<_> = checks
        .iter()
        .map(|check| check["check"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "daemon",
            "key_ports",
            "key_device",
            "key_access",
            "key_answer",
            "key_identity",
            "hardware_key"
        ]
    );
}

#[test]
fn the_steps_are_told_in_both_languages() {
    insta::assert_snapshot!("key-probe", key(good(), &["probe"]).output);
    insta::assert_snapshot!(
        "key-probe-french",
        key(good(), &["--lang", "fr", "probe"]).output
    );
}

#[test]
fn usb_that_is_switched_off_is_the_first_thing_to_mend() {
    let seen = HardwareKeysResponse {
        usb_keys: false,
        plugged: Vec::new(),
        named: vec![away()],
        ..good()
    };
    let (status, checks) = probe(seen, &[]);
    let (kind, _, mend) = first_trouble(&checks);
    assert_eq!((status, kind), (9, "key_ports"));
    assert!(mend.contains("usb = true"), "{mend}");
}

#[test]
fn a_device_that_may_not_be_opened_is_told_with_the_udev_rule_and_once() {
    let mut seen = good();
    seen.named = vec![away()];
    seen.plugged.clear();
    seen.devices[0].open = false;
    seen.problems = vec![KeyProblem {
        place: "/dev/hidraw3".to_owned(),
        code: "PERMISSION_DENIED".to_owned(),
        problem: "permission denied".to_owned(),
    }];
    let (status, checks) = probe(seen, &[]);
    let (kind, evidence, mend) = first_trouble(&checks);
    assert_eq!((status, kind), (9, "key_access"));
    assert!(evidence.contains("permission denied"), "{evidence}");
    assert!(mend.contains("udevadm trigger"), "{mend}");
    assert!(!checks.iter().any(|check| check["check"] == "key_answer"));
}

#[test]
fn without_any_device_the_cable_is_doubted_and_in_a_container_the_container() {
    let none = HardwareKeysResponse {
        devices: Vec::new(),
        plugged: Vec::new(),
        named: vec![away()],
        ..good()
    };
    let (_, checks) = probe(none.clone(), &[]);
    let (kind, _, mend) = first_trouble(&checks);
    assert_eq!(kind, "key_device");
    assert!(mend.contains("another port"), "{mend}");
    let contained = HardwareKeysResponse {
        container: "docker".to_owned(),
        ..none
    };
    let (_, checks) = probe(contained, &[]);
    let (_, _, mend) = first_trouble(&checks);
    assert!(mend.contains("--device"), "{mend}");
}

#[test]
fn a_key_that_is_busy_silent_or_talks_garbage_is_told_with_what_to_do() {
    for (code, hint) in [
        ("BUSY", "another program"),
        ("SILENT", "another port"),
        ("GARBAGE", "firmware"),
        ("WANTS_USER", "alwaysUv"),
    ] {
        let mut seen = good();
        seen.named = vec![away()];
        seen.plugged.clear();
        seen.problems = vec![KeyProblem {
            place: "/dev/hidraw3".to_owned(),
            code: code.to_owned(),
            problem: "it did not answer".to_owned(),
        }];
        let (status, checks) = probe(seen, &[]);
        let (kind, evidence, mend) = first_trouble(&checks);
        assert_eq!(
            (status, kind, evidence),
            (9, "key_answer", "it did not answer")
        );
        assert!(mend.contains(hint), "{code}: {mend}");
    }
}

#[test]
fn a_key_that_wants_a_touch_for_its_proof_is_told_so() {
    let mut seen = good();
    seen.plugged = vec![security_key()];
    seen.named = vec![NamedKey {
        kind: "fido2".to_owned(),
        failure: Some(KeyProblem {
            code: "WANTS_USER".to_owned(),
            problem: "the security key wants a touch or its PIN".to_owned(),
            ..KeyProblem::default()
        }),
        ..away()
    }];
    let (status, checks) = probe(seen, &[]);
    let (kind, _, mend) = first_trouble(&checks);
    assert_eq!((status, kind), (9, "key_identity"));
    assert!(mend.contains("alwaysUv"), "{mend}");
}

#[test]
fn another_key_than_the_licence_names_is_told_with_the_one_that_is_wanted() {
    let mut seen = good();
    seen.plugged = vec![dongle(SPARE)];
    seen.named = vec![away()];
    let (status, checks) = probe(seen, &[]);
    let (kind, evidence, mend) = first_trouble(&checks);
    assert_eq!((status, kind), (9, "key_identity"));
    assert!(evidence.contains(NAMED), "{evidence}");
    assert!(mend.contains("enrol-key"), "{mend}");
}

#[test]
fn a_spare_key_beside_the_right_one_is_worth_a_word_and_no_more() {
    let mut seen = good();
    seen.plugged.push(PluggedKey {
        place: "/dev/hidraw4".to_owned(),
        ..dongle(SPARE)
    });
    let (status, checks) = probe(seen, &[]);
    assert_eq!(status, 8);
    assert_eq!(first_trouble(&checks).0, "key_identity");
}

#[test]
fn an_emulated_key_that_the_licence_does_not_accept_is_told_so() {
    let mut seen = good();
    seen.plugged[0].emulated = true;
    seen.plugged[0].is.clear();
    seen.named = vec![away()];
    let (status, checks) = probe(seen, &[]);
    let (kind, evidence, mend) = first_trouble(&checks);
    assert_eq!((status, kind), (9, "key_identity"));
    assert!(evidence.contains("emulated"), "{evidence}");
    assert!(mend.contains("emulator_accepted"), "{mend}");
}

#[test]
fn a_key_whose_counter_fell_behind_is_told_as_a_copy_or_set_back() {
    let mut seen = good();
    seen.named = vec![NamedKey {
        suspect: true,
        ..away()
    }];
    let (status, checks) = probe(seen, &[]);
    let (kind, evidence, _) = first_trouble(&checks);
    assert_eq!((status, kind), (9, "key_identity"));
    assert!(evidence.contains("copy"), "{evidence}");
}

#[test]
fn a_key_that_was_revoked_as_lost_is_told_by_its_licence() {
    let mut seen = mixed();
    seen.plugged = vec![dongle(LOST)];
    seen.devices.pop();
    seen.problems.clear();
    let (status, checks) = probe(seen, &[]);
    let (kind, evidence, mend) = first_trouble(&checks);
    assert_eq!((status, kind), (9, "key_identity"));
    assert!(evidence.contains("acme-42"), "{evidence}");
    assert!(mend.contains("replaced"), "{mend}");
}

#[test]
fn where_no_licence_names_a_key_that_is_said() {
    let seen = HardwareKeysResponse {
        named: Vec::new(),
        ..good()
    };
    let (status, checks) = probe(seen, &[]);
    let (kind, evidence, mend) = first_trouble(&checks);
    assert_eq!((status, kind), (8, "key_identity"));
    assert!(evidence.contains("no licence"), "{evidence}");
    assert!(mend.contains("octroi install"), "{mend}");
}

#[test]
fn one_place_alone_is_looked_at_where_it_is_named() {
    let (_, checks) = probe(mixed(), &["--place", "/dev/hidraw3"]);
    let places: Vec<_> = checks
        .iter()
        .filter(|check| check["check"] == "key_answer")
        .map(|check| check["subject"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["/dev/hidraw3"]);
    let (status, checks) = probe(mixed(), &["--place", "/dev/hidraw9"]);
    assert_eq!((status, first_trouble(&checks).0), (9, "key_device"));
}

#[test]
fn without_a_daemon_the_keys_are_opened_here_and_that_is_said() {
    let folder = tempfile::TempDir::with_prefix("octroi-").unwrap();
    let socket = folder.path().join("key.sock");
    let line = [
        "key",
        "probe",
        "--json",
        "--emulator",
        socket.to_str().unwrap(),
    ];
    let ran = octroi(folder.path(), &line).run();
    assert_eq!(ran.status, 9);
    let all = ran.json();
    assert_eq!(all["daemon"], false);
    let checks = all["checks"].as_array().unwrap();
    assert_eq!(
        (&checks[0]["check"], &checks[0]["state"]),
        (&"daemon".into(), &"warning".into())
    );
    assert_eq!(checks[1]["check"], "key_device");
    assert_eq!(checks.last().unwrap()["state"], "not_checked");
}

#[test]
fn the_list_needs_the_daemon_and_says_how_to_start_it() {
    let folder = tempfile::TempDir::with_prefix("octroi-").unwrap();
    let ran = octroi(folder.path(), &["key", "list"]).run();
    assert_eq!(ran.status, 4);
    assert!(ran.error.contains("octroid --root"), "{}", ran.error);
}
