//! What is never told: a workload with marked user names, host names, addresses, machine numbers,
//! versions and free texts, through the real daemon and the real server. Every byte that was sent, as
//! it left and in the clear, every report and receipt that was kept to be read, the server's log and
//! every byte of its database are searched for the marks and for their plain hashes.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use octroi_tests::{
    Application, Daemon, Order, order::FEATURE, process::run, require, skip::is_root, vendor::text,
};

use super::{Online, bytes_of, recorder::Recorder, search::Mark};

const USER: &str = "markeduser7c41";
const USER_UID: u32 = 54_817;
const FULL_NAME: &str = "Marked Person 7c41";
const HOST: &str = "marked-host-7c41";
const DOMAIN: &str = "marked-host-7c41.marked-domain-7c41.example";
const MACHINE_ID: &str = "7c41e0a35b9d4f268a1b0c9d8e7f6a5b";
const VERSION: &str = "4.31337.424242";
const REASON: &str = "Marked reason 7c41 about a person";

/// Says whether namespaces of our own can be made here.
fn may() -> bool {
    let mut command = Command::new("unshare");
    let ended = run(command.args(["--uts", "--mount", "true"]));
    let made = ended.is_ok_and(|ended| ended.status == 0);
    is_root() && made && Path::new("/etc/machine-id").exists()
}

/// Starts the world's daemon anew on a host of marked names: host name, users and machine number are
/// what it reads.
fn restart_on_a_marked_host(online: &mut Online) -> anyhow::Result<Daemon> {
    online.world.stop_daemon()?;
    let folder = online.path("etc");
    fs::create_dir(&folder)?;
    let passwd = fs::read_to_string("/etc/passwd")?;
    let user = format!("{USER}:x:{USER_UID}:{USER_UID}:{FULL_NAME}:/home/{USER}:/bin/sh\n");
    fs::write(folder.join("passwd"), passwd + &user)?;
    fs::write(folder.join("machine-id"), format!("{MACHINE_ID}\n"))?;
    fs::write(folder.join("hostname"), format!("{HOST}\n"))?;
    fs::write(
        folder.join("hosts"),
        format!("127.0.0.1 localhost\n127.0.0.1 {DOMAIN} {HOST}\n"),
    )?;
    let script = folder.join("start.sh");
    let octroid = Daemon::command(online.world.machine.root())?;
    fs::write(
        &script,
        format!(
            "#!/bin/sh\nset -e\nhostname {HOST}\n\
             for file in passwd machine-id hostname hosts; do\n\
             \ttest -e /etc/$file || continue\n\
             \tmount --bind {folder}/$file /etc/$file\ndone\nexec \"$@\"\n",
            folder = text(&folder)?
        ),
    )?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    let mut command = Command::new("unshare");
    command
        .args(["--uts", "--mount"])
        .arg(&script)
        .arg(octroid.get_program())
        .args(octroid.get_args())
        .envs(
            octroid
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    Daemon::start_with(&online.world.machine, &mut command)
}

/// What must not be found, by what it is.
fn marks() -> anyhow::Result<Vec<(&'static str, Mark)>> {
    let real_host = fs::read_to_string("/proc/sys/kernel/hostname")?;
    let mut marks = vec![
        ("user", Mark::of(USER)?),
        ("full name", Mark::of(FULL_NAME)?),
        ("home", Mark::of(&format!("/home/{USER}"))?),
        ("host", Mark::of(HOST)?),
        ("domain", Mark::of(DOMAIN)?),
        ("machine number", Mark::of(MACHINE_ID)?),
        ("version", Mark::of(VERSION)?),
        ("reason", Mark::of(REASON)?),
        // Five digits stand in many a digest by chance: those of its hashes do not.
        ("uid", Mark::hashes_of(&USER_UID.to_string())?),
        ("client address", Mark::of(CLIENT_ADDRESS)?),
    ];
    let real_host = real_host.trim();
    if real_host.len() > 5 && real_host != "localhost" {
        marks.push(("this host", Mark::of(real_host)?));
    }
    Ok(marks)
}

/// Where the daemon comes from; the server listens elsewhere.
const CLIENT_ADDRESS: &str = "127.0.0.1";

/// Whatever applications and administrators can write somewhere is marked.
fn workload(online: &Online) -> anyhow::Result<()> {
    let world = &online.world;
    let asking = || world.asking().with_version(VERSION);
    let mut holder = Application::start(&asking().as_user(USER_UID), world.folder())?;
    let seat = holder.granted()?.seat;
    let named = octroi_tests::application::Asking::new(
        &world.socket(),
        world.vendor.root_public_key(),
        "named",
    );
    let named = named.with_version(VERSION).as_user(USER_UID);
    let mut assigned = Application::start(&named, world.folder())?;
    assigned.granted()?;
    let mut second = Application::start(&asking().as_user(USER_UID), world.folder())?;
    second.granted()?;
    let seats = world.machine.octroi(&["seats"])?.ok()?.to_string();
    assert!(seats.contains(USER), "{seats}");
    // A refusal, and a release whose reason names somebody.
    let mut third = Application::start(&asking().as_user(USER_UID + 1), world.folder())?;
    assert_eq!(third.refused()?.code, "SEATS_EXHAUSTED");
    let release = ["release", &seat.to_string(), "--reason", REASON];
    world.machine.octroi(&release)?.ok()?;
    second.finish()?;
    assigned.finish()
}

#[test]
fn nothing_that_is_sent_or_kept_by_the_vendor_names_a_user_a_host_an_address_or_a_version()
-> anyhow::Result<()> {
    require!(may(), "a host of marked names is set up by root alone");
    let order = Order::empty()
        .feature(FEATURE, 2, "checkout")
        .feature("named", 3, "user")
        .bound_to_host(1);
    let (mut online, recorder) = Recorder::installed(order)?;
    let _daemon = restart_on_a_marked_host(&mut online)?;
    // The marks are what this daemon reads and keeps: else it could not tell them.
    let hostid = online.world.machine.octroi(&["hostid"])?.ok()?.to_string();
    assert!(hostid.contains(MACHINE_ID), "{hostid}");
    online.activate()?.ok()?;
    workload(&online)?;
    online.sends()?;
    workload(&online)?;
    online.sends()?;

    let mut sent = recorder.sent();
    // What was kept to be read is what was sent, and more readable.
    for exchange in online.history()? {
        let report = bytes_of(&exchange["armoured_report"])?;
        sent.extend(&report);
        sent.extend(bytes_of(&exchange["armoured_receipt"])?);
        sent.extend(exchange["report"].to_string().as_bytes());
    }
    let shown = online.show()?.to_string();
    let database = |name: &str| name.starts_with("octroi-server.db");
    for (what, mark) in marks()? {
        let traces = mark.traces_in(&sent);
        assert!(traces.is_empty(), "{what} was sent: {traces:?}");
        let traces = mark.traces_in(shown.as_bytes());
        assert!(traces.is_empty(), "{what} is shown: {traces:?}");
        let traces = mark.traces_in(&fs::read(online.server.log())?);
        assert!(traces.is_empty(), "{what} is logged: {traces:?}");
        let traces = mark.traces_under(online.server.folder(), database)?;
        assert!(
            traces.is_empty(),
            "{what} is kept by the server: {traces:?}"
        );
    }

    // The same search finds what is there: in what was sent, in the database and in its log of
    // changes.
    assert!(!Mark::of(online.licence())?.traces_in(&sent).is_empty());
    let planted = "Planted mark 7c41";
    let planted_digest = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(planted));
    online.server.announce("notice", &planted_digest)?;
    let found = Mark::of(planted)?.traces_under(online.server.folder(), database)?;
    assert!(!found.is_empty(), "a planted hash is found in the database");
    online.sends()?;
    Ok(())
}

#[test]
fn the_recorder_sees_headers_and_messages_in_the_clear() -> anyhow::Result<()> {
    let (online, recorder) = Recorder::activated(Order::of(2))?;
    online.sends()?;
    let sent = recorder.sent();
    for known in [
        "/octroi.activation.v1.Activation/Activate",
        "application/grpc",
        online.licence(),
    ] {
        assert!(super::search::stands(&sent, known.as_bytes()), "{known}");
    }
    let report = bytes_of(&online.history()?[0]["armoured_report"])?;
    assert!(super::search::stands(&sent, &report));
    Ok(())
}
