//! `octroi run`: who holds the seat, what the program gets, and that it does not run without one.

use std::{io::Write as _, os::unix::fs::PermissionsExt as _, process::Command, process::Stdio};

use crate::{
    vendor::{FEATURE, PRODUCT, root_key},
    world::{Running, World, octroi},
};

#[test]
fn the_program_holds_the_seat_and_its_exit_status_is_handed_on() {
    let world = World::with_seats(1);
    let mut command = world.run();
    command.args([
        "--",
        "sh",
        "-c",
        "echo $$; read line; echo \"$line\"; exit 42",
    ]);
    command.stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    world.seats_become(1);
    let holder = world.seats()[0]["pid"].as_u64().unwrap();
    input.write_all(b"to the program\n").unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(42));
    let output = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(output, format!("{holder}\nto the program\n"));
    assert_eq!(world.seats(), Vec::<serde_json::Value>::new());
}

#[test]
fn where_the_seat_is_refused_the_program_has_not_run() {
    let world = World::with_seats(1);
    let (_first, _) = world.lasting("first");
    let mark = world.path("second");
    let script = format!("touch '{}'", mark.display());
    let mut command = world.run();
    let ended = Running::start(command.args(["--json", "--", "sh", "-c", &script])).ended();
    assert_eq!(ended.code(), 3, "{ended:?}");
    let json: serde_json::Value = serde_json::from_str(&ended.output).unwrap();
    assert_eq!(json["error"]["code"], "SEATS_EXHAUSTED");
    assert_eq!(json["error"]["refusal"]["limit"], 1);
    assert!(
        ended.error.contains("help: the program was not started"),
        "{ended:?}"
    );
    assert!(!mark.exists());
}

#[test]
fn a_refusal_is_told_in_french() {
    let world = World::with_seats(1);
    let mut command = world.run();
    command
        .env("LC_ALL", "fr_FR.UTF-8")
        .args(["--units", "2", "--", "true"]);
    let ended = Running::start(&mut command).ended();
    assert_eq!(ended.code(), 3, "{ended:?}");
    assert!(
        ended
            .error
            .starts_with("erreur : refusé (SEATS_EXHAUSTED) : "),
        "{ended:?}"
    );
}

#[test]
fn a_program_that_waits_runs_once_a_seat_is_free() {
    let world = World::with_seats(1);
    let (first, _) = world.lasting("first");
    let mut command = world.run();
    let second = Running::start(command.args(["--wait", "20", "--", "true"]));
    let waiting = || {
        let said = world.succeed(&["seats", "--json"]).output;
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        said["waiters"]
            .as_array()
            .is_some_and(|waiters| waiters.len() == 1)
            .then_some(())
    };
    crate::world::until("the queue", waiting);
    drop(first);
    let ended = second.ended();
    assert_eq!(ended.code(), 0, "{ended:?}");
}

#[test]
fn a_program_that_cannot_be_executed_gives_its_seat_back() {
    let world = World::with_seats(1);
    let plain = world.path("plain-file");
    std::fs::write(&plain, "no program").unwrap();
    std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ended = Running::start(world.run().arg("--").arg("octroi-no-such-program")).ended();
    assert_eq!(ended.code(), 127, "{ended:?}");
    assert!(ended.error.contains("was not found"), "{ended:?}");
    let ended = Running::start(world.run().arg("--").arg(plain)).ended();
    assert_eq!(ended.code(), 126, "{ended:?}");
    world.seats_become(0);
}

#[test]
fn the_program_inherits_no_descriptor_that_it_would_not_have_without_octroi() {
    const SCRIPT: &str = "ls /proc/$$/fd";
    let world = World::with_seats(1);
    let alone = Command::new("sh")
        .args(["-c", SCRIPT])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let ended = world.script(SCRIPT).ended();
    assert_eq!(
        ended.output,
        String::from_utf8(alone.stdout).unwrap(),
        "{ended:?}"
    );
}

#[test]
fn without_a_daemon_the_program_does_not_run() {
    let world = World::with_seats(1).without_daemon();
    let mark = world.path("mark");
    let ended = world.script(format!("touch '{}'", mark.display())).ended();
    assert_eq!(ended.code(), 4, "{ended:?}");
    assert!(ended.error.contains("octroid --root"), "{ended:?}");
    assert!(!mark.exists());
}

#[test]
fn another_vendors_program_gets_no_seat() {
    let world = World::with_seats(1);
    let mut command = octroi();
    command.arg("--root").arg(world.root());
    command.args([
        "run",
        "--feature",
        FEATURE,
        "--product",
        PRODUCT,
        "--vendor-root",
    ]);
    // The base point: a key, and nobody's here.
    command
        .arg(format!("58{}", "66".repeat(31)))
        .args(["--", "true"])
        .stderr(Stdio::piped());
    let ended = Running::start(&mut command).ended();
    assert_eq!(ended.code(), 3, "{ended:?}");
    assert!(ended.error.contains("VENDOR_UNKNOWN"), "{ended:?}");
}

#[test]
fn the_vendors_root_may_be_its_document_or_a_file_with_its_key() {
    let world = World::with_seats(1);
    std::fs::write(world.path("key.txt"), format!("{}\n", root_key())).unwrap();
    for file in ["root.pub", "key.txt", "client.lic"] {
        let mut command = octroi();
        command.arg("--root").arg(world.root());
        command.args([
            "run",
            "--feature",
            FEATURE,
            "--product",
            PRODUCT,
            "--vendor-root",
        ]);
        command
            .arg(world.path(file))
            .args(["--", "true"])
            .stderr(Stdio::piped());
        let ended = Running::start(&mut command).ended();
        let expected = if file == "client.lic" { 5 } else { 0 };
        assert_eq!(ended.code(), expected, "{file}: {ended:?}");
    }
}

#[test]
fn nobody_passes_the_gate_without_octroi_run() {
    let world = World::with_seats(1);
    let mark = world.path("mark");
    let mut command = octroi();
    command
        .args(["__gate", "--door", "octroi-run-of-nobody", "--", "touch"])
        .arg(&mark);
    assert_eq!(Running::start(&mut command).ended().code(), 125);
    assert!(!mark.exists());
}

#[test]
fn a_stranger_who_holds_a_door_open_is_not_believed() {
    use std::os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixListener},
    };
    let world = World::with_seats(1);
    let mark = world.path("mark");
    let door = format!("octroi-test-{}", std::process::id());
    let listener =
        UnixListener::bind_addr(&SocketAddr::from_abstract_name(&door).unwrap()).unwrap();
    // A shell in between, so that this process is not the gate's parent.
    let script = format!(
        "'{}' __gate --door {door} -- touch '{}'; exit $?",
        env!("CARGO_BIN_EXE_octroi"),
        mark.display()
    );
    let gate = Running::start(Command::new("sh").args(["-c", &script]));
    let (mut stream, _) = listener.accept().unwrap();
    // The gate may have left already.
    stream.write_all(b"g").unwrap_or_default();
    assert_eq!(gate.ended().code(), 125);
    assert!(!mark.exists());
}
