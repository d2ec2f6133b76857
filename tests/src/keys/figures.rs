//! How fast keys are served: from the moment just before a key is pulled or put in to what an
//! application is told, and what one proof takes.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use octroi_hardware_key::PROOF_WITHIN;

use super::{
    Stage,
    scene::{Agreed, Scene},
};
use crate::{deadline::let_pass, order::FEATURE, soon};

/// How often each is measured.
const ROUNDS: usize = 7;

/// The proof interval of an order that states none.
const USUAL_INTERVAL_S: u32 = 300;

/// One figure.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) value: f64,
    pub(super) unit: &'static str,
}

/// Measures with one key.
pub(super) fn measure(stage: Stage) -> anyhow::Result<Vec<Figure>> {
    let mut scene = Scene::set(stage, Agreed::default())?;
    let mut holder = scene.world.holder()?;
    let (mut away, mut back) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = scene.key()?.pull_out()?;
        away.push(holder.heard("hardware_key_away")?.duration_since(began));
        let began = scene.key()?.put_in()?;
        back.push(holder.heard("hardware_key_back")?.duration_since(began));
    }
    holder.finish()?;
    scene.world.stop_daemon()?;
    let proofs = scene.key()?.prove(ROUNDS, PROOF_WITHIN)?;
    drop(scene);
    let figures = [
        ("unplug_to_event", away),
        ("replug_to_event", back),
        ("replug_to_granted", granted_again(stage)?),
        ("proof", proofs),
    ];
    Ok(figures
        .into_iter()
        .flat_map(|(name, taken)| summary(name, taken))
        .collect())
}

/// From putting a key in whose absence is tolerated no longer to the next seat that is granted.
fn granted_again(stage: Stage) -> anyhow::Result<Vec<Duration>> {
    let agreed = Agreed {
        budget_s: 1,
        ..Agreed::default()
    };
    let mut scene = Scene::set(stage, agreed)?;
    let mut taken = Vec::new();
    for _ in 0..ROUNDS {
        scene.key()?.pull_out()?;
        scene.is_refused("HARDWARE_KEY_ABSENT")?;
        let began = scene.key()?.put_in()?;
        let granted = soon("a seat granted again", || {
            let mut session = scene.world.session()?;
            let granted = session.checkout(FEATURE).is_ok().then(Instant::now);
            session.goodbye()?;
            Ok(granted)
        })?;
        taken.push(granted.duration_since(began));
    }
    Ok(taken)
}

/// What the daemon costs in this time with a key in that is proven as often as is usual: its threads'
/// time on a processor.
pub(super) fn idle(stage: Stage, over: Duration) -> anyhow::Result<Figure> {
    let agreed = Agreed {
        proven_each_s: Some(USUAL_INTERVAL_S),
        ..Agreed::default()
    };
    let mut scene = Scene::set(stage, agreed)?;
    let holder = scene.world.holder()?;
    let pid = scene.world.daemon()?.pid();
    let before = on_processor(pid)?;
    let_pass(over);
    let used = on_processor(pid)?.saturating_sub(before);
    holder.finish()?;
    Ok(Figure {
        name: format!("idle_processor_over_{}_s", over.as_secs()),
        value: 100.0 * used.as_secs_f64() / over.as_secs_f64(),
        unit: "%",
    })
}

/// How long a process's threads have been on a processor (proc(5), `schedstat`).
fn on_processor(pid: u32) -> anyhow::Result<Duration> {
    let mut total = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let said = fs::read_to_string(thread?.path().join("schedstat"))?;
        let nanoseconds = said.split_whitespace().next();
        let nanoseconds = nanoseconds.context("an empty schedstat")?.parse()?;
        total += Duration::from_nanos(nanoseconds);
    }
    Ok(total)
}

fn summary(name: &str, mut taken: Vec<Duration>) -> Vec<Figure> {
    taken.sort_unstable();
    let figure = |which: &str, value: Option<&Duration>| {
        value.map(|value| Figure {
            name: format!("{name}_{which}"),
            value: value.as_secs_f64() * 1_000.0,
            unit: "ms",
        })
    };
    let median = figure("median", taken.get(taken.len() / 2));
    let worst = figure("worst", taken.last());
    median.into_iter().chain(worst).collect()
}
