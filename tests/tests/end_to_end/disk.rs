//! What a disk can do to a ledger: be full, be read-only, lose the end, be altered.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use octroi_proto::licensing::v1::daemon_message::Body;
use octroi_tests::{
    Daemon, Machine, Order, World,
    binaries::workspace,
    order::FEATURE,
    process::{reachable, run, succeed},
    raw::{checkout, code_of},
    require,
    skip::is_root,
    soon,
    world::short_folder,
};

use super::held;

/// A file system of its own, unmounted with its guard.
pub(crate) struct Mounted(pub(crate) PathBuf);

impl Mounted {
    /// Where the machine lets us.
    pub(crate) fn tmpfs(folder: &Path, bytes: u32) -> anyhow::Result<Option<Self>> {
        fs::create_dir_all(folder)?;
        let size = format!("size={bytes},mode=755");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &size, "octroi-test"])
            .arg(folder);
        Ok((is_root() && run(&mut mount)?.status == 0).then(|| Self(folder.to_path_buf())))
    }

    fn read_only(&self) -> anyhow::Result<()> {
        succeed(
            Command::new("mount")
                .args(["-o", "remount,ro"])
                .arg(&self.0),
        )
        .map(drop)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: a daemon may still have it open.
        drop(run(Command::new("umount").arg("-l").arg(&self.0)));
    }
}

/// A machine whose state lies on a file system of its own, with a licence for two seats.
fn on_its_own_disk(bytes: u32) -> anyhow::Result<Option<(World, Mounted)>> {
    let folder = short_folder()?;
    let state = folder.path().join("m/var/lib/octroi");
    let Some(mounted) = Mounted::tmpfs(&state, bytes)? else {
        return Ok(None);
    };
    let world = World::inside(folder, &Order::of(2), "[hardware_key]\nusb = false\n")?;
    world.machine.activate(&world.vendor, &world.issued)?;
    Ok(Some((world, mounted)))
}

/// The newest segment of the ledger.
fn last_segment(world: &World) -> anyhow::Result<PathBuf> {
    let ledger = world.machine.realm(&world.vendor)?.ledger();
    let mut segments: Vec<PathBuf> = fs::read_dir(&ledger)?
        .map(|entry| Ok(entry?.path()))
        .collect::<anyhow::Result<_>>()?;
    segments.sort();
    segments.pop().context("the ledger has no segment")
}

fn auditor(world: &World) -> anyhow::Result<(i32, String)> {
    let mut command = Command::new("python3");
    command
        .arg(workspace().join("tests/auditor.py"))
        .arg("--quiet");
    let ended = run(command.arg(world.machine.realm(&world.vendor)?.ledger()))?;
    Ok((ended.status, ended.output + &ended.complaint))
}

#[test]
fn a_full_disk_refuses_seats_and_never_blocks_giving_one_back() -> anyhow::Result<()> {
    let found = on_its_own_disk(24 << 20)?;
    require!(
        found.is_some(),
        "a small file system can be mounted by root alone"
    );
    let (world, mounted) = found.context("just looked")?;
    let mut session = world.session()?;
    let seat = session.checkout(FEATURE)?.seat;
    let filler = mounted.0.join("filler");
    let mut file = fs::File::create(&filler)?;
    while file.write_all(&[7; 4096]).is_ok() {}
    // What is reserved for giving back may take a few more records; then it is refused.
    let mut answers = Vec::new();
    for _ in 0..20_000 {
        let answer = session.ask(checkout(FEATURE, 0))?;
        let code = code_of(&answer);
        if let Body::Granted(granted) = answer {
            let seat = octroi_tests::raw::terms(granted.lease)?.seat;
            assert!(matches!(session.release(seat)?, Body::Released(_)));
        }
        answers.push(code);
        if code == "LEDGER_UNWRITABLE" {
            break;
        }
    }
    assert_eq!(
        answers.last(),
        Some(&"LEDGER_UNWRITABLE"),
        "after {} requests",
        answers.len()
    );
    assert!(
        matches!(session.release(seat)?, Body::Released(_)),
        "a full disk blocks a release"
    );
    assert!(held(&world)?.is_empty());
    // What is open still takes its room.
    drop(file);
    fs::remove_file(&filler)?;
    // The daemon looks again now and then whether it can write.
    soon("a disk with room", || Ok(session.checkout(FEATURE).ok()))?;
    let said = world.machine.octroi(&["ledger", "verify"])?.ok()?;
    assert_eq!(said["ledger_ok"], true);
    Ok(())
}

#[test]
fn a_state_folder_that_cannot_be_written_is_named() -> anyhow::Result<()> {
    let found = on_its_own_disk(24 << 20)?;
    require!(
        found.is_some(),
        "a file system can be made read-only by root alone"
    );
    let (mut world, mounted) = found.context("just looked")?;
    world.stop_daemon()?;
    mounted.read_only()?;
    let (status, said) = Daemon::refused(&world.machine)?;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("var/lib/octroi"), "which folder? {said}");
    Ok(())
}

#[test]
fn a_state_folder_of_another_user_is_named() -> anyhow::Result<()> {
    require!(
        is_root(),
        "a daemon can be run as another user by root alone"
    );
    let folder = short_folder()?;
    let machine = Machine::new(&folder.path().join("m"))?;
    fs::create_dir_all(machine.paths().state())?;
    let octroid = reachable(&octroi_tests::Binaries::get()?.octroid, folder.path())?;
    let mut command = Command::new("setpriv");
    command.args(["--reuid=54321", "--regid=54321", "--clear-groups"]);
    let ended = run(command.arg(octroid).arg("--root").arg(machine.root()))?;
    assert_eq!(ended.status, 1, "{}", ended.complaint);
    assert!(
        ended.complaint.contains("var/lib/octroi"),
        "which folder? {}",
        ended.complaint
    );
    Ok(())
}

#[test]
fn a_torn_last_record_is_cut_recorded_and_reported() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(2))?;
    world.holder()?.finish()?;
    world.kill_daemon()?;
    let segment = last_segment(&world)?;
    // What a crash leaves: the beginning of a record whose rest was never written.
    let mut file = fs::File::options().append(true).open(&segment)?;
    file.write_all(&[0x40, 0, 0, 0, 1, 2, 3])?;
    drop(file);
    let before = fs::metadata(&segment)?.len();
    world.start_daemon()?;
    let log = world.daemon()?.log();
    assert!(
        log.to_lowercase().contains("tail"),
        "nothing is reported: {log}"
    );
    world.holder()?.finish()?;
    world.stop_daemon()?;
    assert_ne!(fs::metadata(&segment)?.len(), before);
    let exported = succeed(&mut world.machine.command(&["ledger", "export"])?)?;
    assert!(
        exported.contains("tail_lost") || exported.contains("TailLost"),
        "not recorded"
    );
    assert_eq!(
        world.machine.octroi(&["ledger", "verify"])?.ok()?["ledger_ok"],
        true
    );
    let (status, said) = auditor(&world)?;
    assert_eq!(status, 0, "{said}");
    Ok(())
}

#[test]
fn a_changed_middle_record_is_refused_and_named_by_daemon_tool_and_auditor() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(2))?;
    for _ in 0..3 {
        world.holder()?.finish()?;
    }
    world.stop_daemon()?;
    let segment = last_segment(&world)?;
    let mut bytes = fs::read(&segment)?;
    // In the middle of what is written; behind it may lie reserved space.
    let written = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .context("an empty ledger")?;
    bytes[written / 2] ^= 1;
    fs::write(&segment, &bytes)?;
    let (status, said) = Daemon::refused(&world.machine)?;
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(
        said.contains("tamper") || said.contains("altered"),
        "{said}"
    );
    assert_eq!(
        fs::read(&segment)?,
        bytes,
        "what was altered is left as evidence"
    );
    let verified = world.machine.octroi(&["ledger", "verify"])?;
    assert_eq!(
        (verified.status, verified.code()),
        (6, "LEDGER_TAMPERED"),
        "{}",
        verified.complaint
    );
    assert!(
        verified.json["tampered"]["offset"].is_u64(),
        "{}",
        verified.json
    );
    let (status, said) = auditor(&world)?;
    assert_eq!(status, 1, "{said}");
    Ok(())
}

#[test]
fn a_ledger_that_was_taken_away_is_missed() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(2))?;
    world.holder()?.finish()?;
    world.stop_daemon()?;
    let ledger = world.machine.realm(&world.vendor)?.ledger();
    fs::remove_file(last_segment(&world)?)?;
    // Twice: the first refusal must not have made a new ledger.
    for _ in 0..2 {
        let (status, said) = Daemon::refused(&world.machine)?;
        assert_eq!(status.code(), Some(1), "{said}");
        assert!(said.contains("is gone"), "{said}");
        assert!(said.contains(&ledger.display().to_string()), "{said}");
    }
    Ok(())
}

#[test]
fn the_auditor_agrees_with_the_tool_while_the_daemon_writes() -> anyhow::Result<()> {
    let world = World::with(&Order::of(2))?;
    let _holder = world.holder()?;
    let said = world.machine.octroi(&["ledger", "verify"])?.ok()?;
    assert_eq!(said["ledger_ok"], true);
    let (status, said) = auditor(&world)?;
    assert_eq!(status, 0, "{said}");
    Ok(())
}

#[test]
fn a_record_can_be_proven_to_a_third_party_alone() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(2))?;
    world.holder()?.finish()?;
    world.stop_daemon()?;
    let excerpt = world.folder().join("excerpt.json");
    let path = excerpt.to_str().context("a path of ours")?;
    world
        .machine
        .octroi(&["ledger", "export", "--excerpt", "3", "-o", path])?
        .ok()?;
    let mut command = Command::new("python3");
    command
        .arg(workspace().join("tests/auditor.py"))
        .arg("--excerpt")
        .arg(&excerpt);
    succeed(&mut command)?;
    let altered = fs::read_to_string(&excerpt)?.replacen("\"body\": \"0", "\"body\": \"1", 1);
    fs::write(&excerpt, &altered)?;
    let ended = run(&mut command)?;
    assert_ne!(ended.status, 0, "an altered record was believed: {altered}");
    Ok(())
}
