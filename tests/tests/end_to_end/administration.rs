//! What an administrator does while applications run: take a seat back, look, be refused.

use std::time::{Duration, Instant};

use octroi_tests::{Application, Emulator, Order, World, process::run, soon, world::short_folder};

use super::held;

fn release(world: &World, seat: u64) -> anyhow::Result<octroi_tests::Said> {
    world
        .machine
        .octroi(&["release", &seat.to_string(), "--reason", "maintenance"])
}

#[test]
fn a_seat_taken_back_is_free_when_its_application_acknowledges() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1).sessions("minimum_hold = \"60s\""))?;
    let mut holder = Application::start(&world.asking(), world.folder())?;
    let seat = holder.granted()?.seat;
    let said = release(&world, seat)?.ok()?;
    assert_eq!(
        (said["freed"].as_bool(), said["hold_ms"].as_u64()),
        (Some(false), Some(60_000))
    );
    assert!(
        holder.event("seat_revoked")?["hold_ms"]
            .as_u64()
            .is_some_and(|hold| hold > 50_000)
    );
    holder.event("acknowledged")?;
    assert_eq!(holder.exit()?, Some(14));
    assert!(held(&world)?.is_empty());
    world.holder()?.finish()
}

#[test]
fn a_seat_taken_back_from_an_application_that_ignores_it_is_free_after_the_minimum_hold()
-> anyhow::Result<()> {
    let world = World::with(&Order::of(1).sessions("minimum_hold = \"2s\""))?;
    let asking = world.asking().with(&["--ignore-revocation"]);
    let mut holder = Application::start(&asking, world.folder())?;
    let seat = holder.granted()?.seat;
    let began = Instant::now();
    release(&world, seat)?.ok()?;
    let mut next = Application::start(&world.asking(), world.folder())?;
    assert_eq!(
        next.refused()?.code,
        "SEATS_EXHAUSTED",
        "within the hold it is not free"
    );
    assert_eq!(holder.event("seat_ended")?["cause"], "REVOKED");
    assert!(
        began.elapsed() >= Duration::from_millis(1_900),
        "{:?}",
        began.elapsed()
    );
    world.holder()?.finish()
}

#[test]
fn a_seat_taken_back_is_free_at_once_when_its_process_ends() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1).sessions("minimum_hold = \"60s\""))?;
    let asking = world.asking().with(&["--ignore-revocation"]);
    let mut holder = Application::start(&asking, world.folder())?;
    let seat = holder.granted()?.seat;
    release(&world, seat)?.ok()?;
    holder.kill()?;
    soon("the seat's end", || {
        Ok(held(&world)?.is_empty().then_some(()))
    })
}

#[test]
fn a_seat_that_nobody_holds_cannot_be_taken_back() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let said = release(&world, 77)?;
    assert_ne!(said.status, 0, "{}", said.json);
    assert!(said.complaint.contains("77"), "{}", said.complaint);
    Ok(())
}

#[test]
fn who_holds_seats_is_shown_with_user_process_and_version() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let holder = world.holder()?;
    let mut waiting = Application::start(&world.asking().waiting(60_000), world.folder())?;
    waiting.event("waiting")?;
    let said = world.machine.octroi(&["seats"])?.ok()?;
    let (seat, waiter) = (&said["seats"][0], &said["waiters"][0]);
    assert_eq!(seat["pid"], holder.pid());
    assert_eq!(
        (&seat["feature"], &seat["version"]),
        (&"solver".into(), &"4.2".into())
    );
    let uid = rustix::process::geteuid().as_raw().to_string();
    let id = octroi_tests::process::succeed(std::process::Command::new("id").arg("-un"))?;
    let user = seat["user"].as_str().unwrap_or_default();
    assert!(user == id.trim() || user == uid, "{user} is not {id}");
    assert_eq!(
        (&waiter["pid"], &waiter["place"]),
        (&waiting.pid().into(), &1.into())
    );
    Ok(())
}

#[test]
fn without_a_daemon_every_command_says_so_with_its_own_exit_status() -> anyhow::Result<()> {
    let mut world = World::with(&Order::of(1))?;
    world.stop_daemon()?;
    for command in [&["status"][..], &["seats"], &["release", "1"], &["hostid"]] {
        let said = world.machine.octroi(command)?;
        assert_eq!(
            (said.status, said.code()),
            (4, "DAEMON_ABSENT"),
            "{command:?}"
        );
        assert!(said.complaint.contains("help:"), "{}", said.complaint);
    }
    assert_eq!(
        world.machine.octroi(&["ledger", "verify"])?.ok()?["ledger_ok"],
        true
    );
    Ok(())
}

#[test]
fn refusals_are_told_in_french_where_it_is_asked_for() -> anyhow::Result<()> {
    let world = World::with(&Order::of(1))?;
    let english = run(&mut world.machine.command(&["seats"])?)?.output;
    let french = run(&mut world.machine.command(&["--lang", "fr", "seats"])?)?.output;
    assert_ne!(english, french);
    Ok(())
}

#[test]
fn an_installed_licence_calls_a_key_missing_only_where_it_is_not_in() -> anyhow::Result<()> {
    let folder = short_folder()?;
    let mut key = Emulator::new(folder.path())?;
    key.put_in()?;
    let world = World::inside(folder, &Order::of(1), &key.configuration())?;
    let missing = |key: &Emulator, licence: &str| -> anyhow::Result<bool> {
        let order = Order::of(1).licence(licence).hardware_key(key, 600, 3_600);
        let issued = world.vendor.issue(&order)?;
        let said = world.machine.install(&issued.licence)?.ok()?.to_string();
        Ok(said.contains(&format!("not here: {}", key.serial())))
    };
    assert!(!missing(&key, "of-the-key-that-is-in")?);
    let elsewhere = world.folder().join("elsewhere");
    std::fs::create_dir(&elsewhere)?;
    assert!(missing(&Emulator::new(&elsewhere)?, "of-another-key")?);
    Ok(())
}
