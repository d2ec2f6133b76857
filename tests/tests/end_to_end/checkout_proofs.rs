//! What a proof at each check-out costs, in time. Everything else about them is played in the scenarios
//! of hardware keys.

use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use octroi::{Client, Session};
use octroi_tests::{
    Emulator, Order, World,
    application::VERSION,
    order::{FEATURE, PRODUCT},
    soon,
    world::short_folder,
};

use super::licence_status;

const PLAIN: &str = "viewer";
const CROWD: u32 = 50;
const ROUNDS: u32 = 40;

fn session(world: &World) -> anyhow::Result<Session> {
    let client = Client::builder(world.vendor.root_public_key())
        .product(PRODUCT)
        .version(VERSION)
        .socket(world.socket())
        .deadline(Duration::from_secs(30))
        .build()?;
    Ok(client.open()?)
}

fn median(mut taken: Vec<Duration>) -> Duration {
    taken.sort_unstable();
    taken[taken.len() / 2]
}

/// What a check-out took, for so many applications that ask together, again and again.
fn check_outs(sessions: &[Session], feature: &str) -> Duration {
    let together = Barrier::new(sessions.len());
    let ask = |session: &Session| {
        let mut taken = Vec::new();
        for _ in 0..ROUNDS {
            together.wait();
            let began = Instant::now();
            let seat = session.checkout(feature).unwrap();
            taken.push(began.elapsed());
            together.wait();
            seat.release().wait().unwrap();
        }
        taken
    };
    let taken = thread::scope(|scope| {
        let asking: Vec<_> = sessions
            .iter()
            .map(|session| scope.spawn(|| ask(session)))
            .collect();
        let all = asking.into_iter().map(|one| one.join().unwrap());
        all.collect::<Vec<_>>().concat()
    });
    median(taken)
}

#[test]
#[ignore = "a measurement: run it alone, with --release and --nocapture"]
fn what_a_proof_at_each_check_out_costs() -> anyhow::Result<()> {
    let folder = short_folder()?;
    let mut key = Emulator::new(folder.path())?;
    key.put_in()?;
    let order = Order::of(CROWD)
        .with("proof_per_checkout = true")
        .feature(PLAIN, CROWD, "checkout")
        .hardware_key(&key, 600, 3_600)
        .proven_each(600);
    let world = World::inside(folder, &order, &key.configuration())?;
    world.machine.activate(&world.vendor, &world.issued)?;
    soon("the key's proof", || {
        let status = licence_status(&world)?;
        Ok((status["hardware_key"]["present"][0] == key.serial()).then_some(()))
    })?;
    let sessions = (0..CROWD)
        .map(|_| session(&world))
        .collect::<anyhow::Result<Vec<_>>>()?;
    for applications in [1, sessions.len()] {
        let asking = &sessions[..applications];
        check_outs(asking, PLAIN);
        let plain = check_outs(asking, PLAIN);
        let proven = check_outs(asking, FEATURE);
        let ratio = proven.as_secs_f64() / plain.as_secs_f64();
        eprintln!(
            "{applications} at once: p50 {plain:?} without, {proven:?} with a proof: {ratio:.1} times"
        );
    }
    Ok(())
}
