//! Check-outs that the licence wants proven by its keys one by one, asked for through the SDK, which
//! verifies each proof.

use std::{sync::Barrier, thread, time::Duration};

use anyhow::{Context as _, bail, ensure};
use octroi::{CheckoutOptions, Client, Error, Event, PendingSeat, Seat, Session};

use super::{
    Stage,
    scene::{Agreed, PLAIN, Scene, same},
};
use crate::{
    application::VERSION,
    order::{FEATURE, PRODUCT},
    soon,
};

/// Applications that ask at one time.
const CROWD: u32 = 50;
/// Nothing here takes so long but on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);

fn scene(stage: Stage) -> anyhow::Result<Scene> {
    Scene::set(stage, proven())
}

fn proven() -> Agreed {
    Agreed {
        proven_checkouts: true,
        // What is counted here are proofs of check-outs.
        proven_each_s: Some(600),
        ..Agreed::default()
    }
}

fn session(scene: &Scene) -> anyhow::Result<Session> {
    let client = Client::builder(scene.world.vendor.root_public_key())
        .product(PRODUCT)
        .version(VERSION)
        .socket(scene.world.socket())
        .deadline(PATIENCE)
        .build()?;
    Ok(client.open()?)
}

/// The seat's lease names exactly the keys of the scene.
fn proven_by_all(scene: &Scene, seat: &Seat) -> anyhow::Result<()> {
    let lease = seat.lease();
    let mut found: Vec<String> = lease.proven_by.iter().map(ToString::to_string).collect();
    let mut keys: Vec<&str> = scene.keys.iter().map(super::key::Key::serial).collect();
    found.sort_unstable();
    keys.sort_unstable();
    ensure!(found == keys, "proven by {found:?}, not by {keys:?}");
    Ok(())
}

fn refusal(outcome: Result<Seat, Error>) -> anyhow::Result<&'static str> {
    match outcome {
        Err(error @ Error::Refused(_)) => Ok(error.code()),
        Err(error) => Err(error.into()),
        Ok(seat) => bail!("granted {:?}", seat.lease()),
    }
}

/// Signatures of the first key, where its memory says so.
fn signatures(scene: &Scene) -> anyhow::Result<Option<u64>> {
    scene.keys.first().context("no key")?.signatures()
}

/// A check-out that stands in the line behind a seat that is held.
fn waiting(session: &Session) -> anyhow::Result<PendingSeat> {
    let mut events = session.events();
    let options = CheckoutOptions::default().wait(PATIENCE);
    let asked = session.request(FEATURE, options)?;
    soon("a check-out that waits", || {
        let event = events.next_within(Duration::from_millis(10));
        Ok(matches!(event, Some(Event::Waiting { .. })).then_some(()))
    })?;
    Ok(asked)
}

pub(super) fn each_check_out_is_proven_by_the_key_and_the_application_verifies_it(
    stage: Stage,
) -> anyhow::Result<()> {
    let scene = scene(stage)?;
    let session = session(&scene)?;
    let before = signatures(&scene)?;
    let first = session.checkout(FEATURE)?;
    proven_by_all(&scene, &first)?;
    proven_by_all(&scene, &session.checkout(FEATURE)?)?;
    let after = signatures(&scene)?;
    ensure!(
        before.is_none() || after >= before.map(|before| before + 2),
        "{before:?} signatures became {after:?}"
    );
    // The key is not asked for a feature of which the licence wants no proof.
    ensure!(session.checkout(PLAIN)?.lease().proven_by.is_empty());
    same("signatures", &signatures(&scene)?, &after)?;
    // A program in a process of its own, and the record of it all.
    scene.serves()?;
    scene.world.machine.octroi(&["ledger", "verify"])?.ok()?;
    Ok(())
}

pub(super) fn where_all_of_two_keys_are_needed_both_prove_a_check_out(
    stage: Stage,
) -> anyhow::Result<()> {
    let agreed = Agreed {
        keys: 2,
        rule: "all",
        ..proven()
    };
    let mut scene = Scene::set(stage, agreed)?;
    let session = session(&scene)?;
    proven_by_all(&scene, &session.checkout(FEATURE)?)?;
    scene.second()?.pull_out()?;
    let second = scene.keys.get(1).context("no second key")?;
    soon("the second key counts no longer", || {
        Ok(scene.is_listed("absent", second)?.then_some(()))
    })?;
    let code = refusal(session.checkout(FEATURE))?;
    same("why", &code, &"HARDWARE_KEY_ABSENT")
}

pub(super) fn an_application_that_sends_nothing_to_prove_is_refused(
    stage: Stage,
) -> anyhow::Result<()> {
    let scene = scene(stage)?;
    let before = signatures(&scene)?;
    scene.is_refused("HARDWARE_PROOF_NOT_ASKED")?;
    same("signatures", &signatures(&scene)?, &before)
}

pub(super) fn without_its_key_no_check_out_is_granted_although_absence_is_tolerated(
    stage: Stage,
) -> anyhow::Result<()> {
    let mut scene = scene(stage)?;
    let session = session(&scene)?;
    let seat = session.checkout(FEATURE)?;
    scene.pull_out()?;
    let code = refusal(session.checkout(FEATURE))?;
    same("why", &code, &"HARDWARE_KEY_ABSENT")?;
    ensure!(seat.is_valid(), "absence within the budget costs no seat");
    // Nor does it refuse what needs no proof.
    let plain = session.checkout(PLAIN)?;
    same("seats held", &scene.world.machine.seats()?.len(), &2)?;
    drop(plain);
    scene.put_in()?;
    proven_by_all(&scene, &session.checkout(FEATURE)?)
}

pub(super) fn fifty_applications_at_once_share_few_signatures(stage: Stage) -> anyhow::Result<()> {
    let agreed = Agreed {
        seats: CROWD,
        ..proven()
    };
    let scene = Scene::set(stage, agreed)?;
    let sessions = (0..CROWD)
        .map(|_| session(&scene))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let before = signatures(&scene)?.context("the key counts")?;
    let together = Barrier::new(sessions.len());
    let asked = thread::scope(|scope| {
        let ask = |session| {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                Session::checkout(session, FEATURE)
            })
        };
        let asking: Vec<_> = sessions.iter().map(ask).collect();
        let answers = asking.into_iter().map(thread::ScopedJoinHandle::join);
        answers.collect::<Result<Vec<_>, _>>()
    });
    let asked = asked.map_err(|_| anyhow::anyhow!("an application panicked"))?;
    let seats = asked.into_iter().collect::<Result<Vec<_>, _>>()?;
    for seat in &seats {
        proven_by_all(&scene, seat)?;
    }
    let made = signatures(&scene)?.context("the key counts")? - before;
    ensure!(
        (1..u64::from(CROWD) / 2).contains(&made),
        "{made} signatures for {CROWD} check-outs"
    );
    Ok(())
}

pub(super) fn a_key_pulled_while_it_signs_gets_nobody_a_seat(stage: Stage) -> anyhow::Result<()> {
    let mut scene = scene(stage)?;
    let session = session(&scene)?;
    scene.key()?.misbehave("slow-ms=2000")?;
    let before = signatures(&scene)?;
    let asked = session.request(FEATURE, CheckoutOptions::default())?;
    soon("a signature that is under way", || {
        Ok((signatures(&scene)? > before).then_some(()))
    })?;
    scene.key()?.pull_out()?;
    let code = refusal(asked.wait())?;
    same("why", &code, &"HARDWARE_KEY_ABSENT")?;
    same("seats held", &scene.world.machine.seats()?.len(), &0)
}

pub(super) fn whoever_waits_is_proven_before_it_waits(stage: Stage) -> anyhow::Result<()> {
    let agreed = Agreed {
        seats: 1,
        ..proven()
    };
    let scene = Scene::set(stage, agreed)?;
    let (one, other) = (session(&scene)?, session(&scene)?);
    let first = one.checkout(FEATURE)?;
    let before = signatures(&scene)?;
    let asked = waiting(&other)?;
    let waits = signatures(&scene)?;
    ensure!(waits > before, "{before:?} signatures, then {waits:?}");
    drop(first);
    proven_by_all(&scene, &asked.wait()?)?;
    same("signatures", &signatures(&scene)?, &waits)
}

pub(super) fn whoever_waits_when_the_key_is_pulled_is_told(stage: Stage) -> anyhow::Result<()> {
    let agreed = Agreed {
        seats: 1,
        ..proven()
    };
    let mut scene = Scene::set(stage, agreed)?;
    let (one, other) = (session(&scene)?, session(&scene)?);
    let first = one.checkout(FEATURE)?;
    let asked = waiting(&other)?;
    scene.key()?.pull_out()?;
    let code = refusal(asked.wait())?;
    same("why", &code, &"HARDWARE_KEY_ABSENT")?;
    ensure!(first.is_valid(), "absence within the budget costs no seat");
    Ok(())
}

pub(super) fn a_proven_seat_survives_the_daemons_death(stage: Stage) -> anyhow::Result<()> {
    let mut scene = scene(stage)?;
    let session = session(&scene)?;
    let seat = session.checkout(FEATURE)?;
    let mut events = session.events();
    scene.world.kill_daemon()?;
    scene.world.start_daemon()?;
    soon("the session's resumption", || {
        let event = events.next_within(Duration::from_millis(10));
        Ok(matches!(event, Some(Event::Resumed { .. })).then_some(()))
    })?;
    ensure!(seat.is_valid());
    proven_by_all(&scene, &seat)?;
    scene.first_counts()?;
    proven_by_all(&scene, &session.checkout(FEATURE)?)
}
