//! The example application as a process of its own: what it prints and how it exits.

use std::{
    io::{BufRead as _, BufReader, Lines},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use octroi_proto::licensing::v1::{self as wire, event::Kind};
use serde_json::Value;

use crate::support::{FakeDaemon, World, raw::Impostor};

struct Holder {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    input: Option<ChildStdin>,
}

/// `target/<profile>/deps/api-…` stands beside `target/<profile>/examples`.
fn program() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join("examples/seat_holder")
}

fn holder(daemon: &FakeDaemon, more: &[&str]) -> Holder {
    let mut child = Command::new(program())
        .args(["--root", &daemon.vendor.root().to_string()])
        .args([
            "--product",
            "suite",
            "--version",
            "2026.1",
            "--feature",
            "solver",
        ])
        .arg("--json")
        .args(more)
        .env("OCTROI_SOCKET", &daemon.socket)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example is built with the tests");
    Holder {
        lines: BufReader::new(child.stdout.take().unwrap()).lines(),
        input: child.stdin.take(),
        child,
    }
}

impl Holder {
    fn next(&mut self) -> Value {
        let line = self.lines.next().expect("another line").unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn expect(&mut self, event: &str) -> Value {
        let value = self.next();
        assert_eq!(value["event"], event, "{value}");
        assert!(value["ms"].is_f64(), "{value}");
        value
    }

    fn exit(mut self) -> i32 {
        drop(self.input.take());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
    }
}

#[test]
fn it_holds_a_seat_until_its_input_ends() {
    let daemon = FakeDaemon::start();
    let mut holder = holder(&daemon, &[]);
    let opened = holder.expect("opened");
    assert_eq!(opened["pid"], holder.child.id());
    assert_eq!(opened["epoch"], 1);
    let granted = holder.expect("granted");
    assert_eq!(granted["seat"], 1);
    assert_eq!(granted["feature"], "solver");
    assert_eq!(granted["licence"], "lic-1");
    daemon.world(|world| assert_eq!(world.held(), 1));
    drop(holder.input.take());
    assert_eq!(holder.expect("released")["seat"], 1);
    assert_eq!(holder.exit(), 0);
    daemon.world(|world| assert_eq!(world.held(), 0));
}

#[test]
fn it_gives_the_seat_back_when_its_time_is_over() {
    let daemon = FakeDaemon::start();
    let mut holder = holder(&daemon, &["--hold", "0.01"]);
    holder.expect("opened");
    holder.expect("granted");
    holder.expect("released");
    assert_eq!(holder.exit(), 0);
}

#[test]
fn a_refusal_says_its_code_and_exits_10() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 0);
    let mut holder = holder(&daemon, &[]);
    holder.expect("opened");
    let refused = holder.expect("refused");
    assert_eq!(refused["code"], "SEATS_EXHAUSTED");
    assert_eq!(refused["limit"], 0);
    assert_eq!(holder.exit(), 10);
}

#[test]
fn it_waits_in_the_queue() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.limit = 1);
    let mut first = holder(&daemon, &[]);
    first.expect("opened");
    first.expect("granted");
    let mut second = holder(&daemon, &["--wait", "60"]);
    second.expect("opened");
    assert_eq!(second.expect("waiting")["place"], 1);
    assert_eq!(first.exit(), 0);
    second.expect("granted");
    assert_eq!(second.exit(), 0);
}

#[test]
fn without_a_daemon_it_exits_11() {
    let mut daemon = FakeDaemon::start();
    daemon.kill();
    let mut holder = holder(&daemon, &[]);
    assert_eq!(holder.expect("failed")["code"], "DAEMON_ABSENT");
    assert_eq!(holder.exit(), 11);
}

#[test]
fn a_silent_socket_exits_12() {
    let mut daemon = FakeDaemon::start();
    daemon.kill();
    let impostor = Impostor::silent();
    std::fs::rename(&impostor.socket, &daemon.socket).unwrap();
    let mut holder = holder(&daemon, &[]);
    assert_eq!(holder.expect("failed")["code"], "DAEMON_NOT_ANSWERING");
    assert_eq!(holder.exit(), 12);
}

#[test]
fn an_untrusted_daemon_exits_13() {
    let daemon = FakeDaemon::start();
    daemon.world(|world| world.misbehaviour.bad_signature = true);
    let mut holder = holder(&daemon, &[]);
    let failed = holder.expect("failed");
    assert_eq!(failed["code"], "UNTRUSTED_PROOF_SIGNATURE");
    assert_eq!(holder.exit(), 13);
}

#[test]
fn a_revocation_is_acknowledged_and_exits_14() {
    let daemon = FakeDaemon::start();
    let mut holder = holder(&daemon, &[]);
    holder.expect("opened");
    holder.expect("granted");
    daemon.world(|world| world.revoke(1, 60_000));
    assert_eq!(holder.expect("seat_revoked")["hold_ms"], 60_000);
    assert_eq!(holder.expect("acknowledged")["seat"], 1);
    assert_eq!(holder.exit(), 14);
    daemon.until("the seat is free", |world| world.held() == 0);
}

#[test]
fn it_says_when_the_key_is_away_and_when_the_connection_was_resumed() {
    let daemon = FakeDaemon::start();
    let mut holder = holder(&daemon, &[]);
    holder.expect("opened");
    holder.expect("granted");
    daemon.world(|world| {
        world.tell(Kind::HardwareKeyAway(wire::HardwareKeyAway {
            licence_id: "lic-1".into(),
            budget_left_ms: 7,
        }));
    });
    assert_eq!(holder.expect("hardware_key_away")["budget_left_ms"], 7);
    daemon.world(World::cut);
    holder.expect("disconnected");
    assert_eq!(holder.expect("resumed")["epoch"], 2);
    drop(holder.input.take());
    holder.expect("released");
    assert_eq!(holder.exit(), 0);
}

#[test]
fn killed_it_leaves_nothing_running() {
    let daemon = FakeDaemon::start();
    let mut holder = holder(&daemon, &[]);
    holder.expect("opened");
    holder.expect("granted");
    holder.child.kill().unwrap();
    daemon.until("its stream has ended", |world| world.living_streams() == 0);
}

#[test]
fn with_added_rights_it_ignores_the_environment() {
    use std::os::unix::{fs::PermissionsExt as _, process::CommandExt as _};

    const NOBODY: u32 = 65_534;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("holder");
    std::fs::copy(program(), &copy).unwrap();
    if std::os::unix::fs::chown(&copy, Some(0), None).is_err() {
        let required = std::env::var_os("OCTROI_REQUIRE_ALL").is_some_and(|value| value == "1");
        assert!(
            !required,
            "only root can make a program that runs with added rights"
        );
        return;
    }
    let daemon = FakeDaemon::start();
    let open_to_all = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for folder in [folder.path(), daemon.socket.parent().unwrap()] {
        open_to_all(folder, 0o755);
    }
    open_to_all(&daemon.socket, 0o777);
    let opened = |mode| {
        open_to_all(&copy, mode);
        let output = Command::new(&copy)
            .args(["--root", &daemon.vendor.root().to_string()])
            .args([
                "--product",
                "suite",
                "--feature",
                "solver",
                "--json",
                "--hold",
                "0",
            ])
            .env("OCTROI_SOCKET", &daemon.socket)
            .uid(NOBODY)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.contains("\"event\":\"opened\"")
    };
    assert!(opened(0o755), "an ordinary program heeds OCTROI_SOCKET");
    assert!(!opened(0o4755), "a set-uid program does not");
}
