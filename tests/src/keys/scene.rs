//! The world of one scenario: keys that the vendor enrolled, a licence that needs them, the machine
//! whose daemon looks for them.

use std::fs;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::{
    Kind, Transport,
    key::{Key, Memory, Ports},
};
use crate::{
    Application, Order, World,
    order::FEATURE,
    raw::{checkout, code_of},
    soon,
    world::short_folder,
};

/// A feature that is not proven at each check-out, where the other is.
pub(super) const PLAIN: &str = "viewer";
/// Lines of the daemon's log that a failure shows.
const TOLD_MAX: usize = 20;

/// With what a scenario is played.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// How keys reach the daemon.
    pub transport: Transport,
    /// What they speak.
    pub kind: Kind,
}

/// What the licence says of keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Agreed {
    /// How many it names: one or two.
    pub(super) keys: usize,
    /// `any` or `all` of them.
    pub(super) rule: &'static str,
    /// How much absence it tolerates in an hour.
    pub(super) budget_s: u32,
    pub(super) on_tamper: &'static str,
    /// How often a key is proven; otherwise as often as the transport bears.
    pub(super) proven_each_s: Option<u32>,
    /// Otherwise as the transport needs it.
    pub(super) emulator_refused: bool,
    /// The keys are in before the daemon looks for them.
    pub(super) put_in: bool,
    /// Each check-out of the feature is proven by the keys.
    pub(super) proven_checkouts: bool,
    pub(super) seats: u32,
}

impl Default for Agreed {
    fn default() -> Self {
        Self {
            keys: 1,
            rule: "any",
            budget_s: 600,
            on_tamper: "report",
            proven_each_s: None,
            emulator_refused: false,
            put_in: true,
            proven_checkouts: false,
            seats: 4,
        }
    }
}

/// Everything that was set up. Processes end with it.
#[derive(Debug)]
pub(super) struct Scene {
    // The keys' programs end before the world's folder is removed, in which their memories are.
    pub(super) keys: Vec<Key>,
    pub(super) world: World,
    pub(super) ports: Ports,
    pub(super) kind: Kind,
}

impl Scene {
    /// Sets the scene. Where the keys are in, each was proven.
    pub(super) fn set(stage: Stage, agreed: Agreed) -> anyhow::Result<Self> {
        let folder = short_folder()?;
        let ports = Ports::new(stage.transport, folder.path());
        let mut keys = Vec::new();
        for slot in 0..agreed.keys {
            keys.push(Key::new(&ports, stage.kind, &format!("key{slot}"), slot)?);
        }
        if agreed.put_in {
            for key in &mut keys {
                key.put_in()?;
            }
        }
        let emulated = stage.transport == Transport::Emulator && !agreed.emulator_refused;
        let stated: Vec<&str> = keys.iter().map(Key::stated).collect();
        let mut order = Order::of(agreed.seats);
        if agreed.proven_checkouts {
            order = order.with("proof_per_checkout = true");
            order = order.feature(PLAIN, agreed.seats, "checkout");
        }
        let proven_each_s = agreed.proven_each_s;
        let order = order
            .bound_to(agreed.rule, &stated, emulated, agreed.budget_s, 3_600)
            .proven_each(proven_each_s.unwrap_or(stage.transport.proof_interval_s()))
            .section(&format!(
                "[reactions]\non_tamper = \"{}\"\n",
                agreed.on_tamper
            ));
        let world = World::inside(folder, &order, &ports.configuration())?;
        world.machine.activate(&world.vendor, &world.issued)?;
        let (kind, put_in) = (stage.kind, agreed.put_in && !agreed.emulator_refused);
        let scene = Self {
            keys,
            world,
            ports,
            kind,
        };
        if put_in {
            for key in &scene.keys {
                scene.counts(key)?;
            }
        }
        Ok(scene)
    }

    /// The only key, or the first.
    pub(super) fn key(&mut self) -> anyhow::Result<&mut Key> {
        self.keys.first_mut().context("no key")
    }

    /// The second key.
    pub(super) fn second(&mut self) -> anyhow::Result<&mut Key> {
        self.keys.get_mut(1).context("no second key")
    }

    /// Puts the first key in and waits until it counts.
    pub(super) fn put_in(&mut self) -> anyhow::Result<()> {
        self.key()?.put_in()?;
        self.first_counts()
    }

    /// Pulls the first key out and waits until it no longer counts.
    pub(super) fn pull_out(&mut self) -> anyhow::Result<()> {
        self.key()?.pull_out()?;
        self.counts_no_longer()
    }

    /// Waits until the first key counts as present.
    pub(super) fn first_counts(&self) -> anyhow::Result<()> {
        self.counts(self.keys.first().context("no key")?)
    }

    /// Waits until the first key no longer counts as present.
    pub(super) fn counts_no_longer(&self) -> anyhow::Result<()> {
        let key = self.keys.first().context("no key")?;
        soon("the key counts no longer", || {
            Ok((!self.is_listed("present", key)?).then_some(()))
        })
    }

    /// Waits until a key counts as present.
    pub(super) fn counts(&self, key: &Key) -> anyhow::Result<()> {
        let waited = soon("the key's proof", || {
            Ok(self.is_listed("present", key)?.then_some(()))
        });
        waited.with_context(|| format!("the daemon says:\n{}", self.tale()))
    }

    /// Whether a key is in one of the lists of the licence's status: `present`, `absent`.
    pub(super) fn is_listed(&self, list: &str, key: &Key) -> anyhow::Result<bool> {
        let status = self.status()?;
        let serials = status.get(list).and_then(Value::as_array);
        let serials = serials.with_context(|| format!("no list of keys in {status}"))?;
        Ok(serials.iter().any(|serial| serial == key.serial()))
    }

    /// What the licence's status says of hardware keys.
    pub(super) fn status(&self) -> anyhow::Result<Value> {
        let status = self.world.machine.status()?;
        let key = status.pointer("/realms/0/licences/0/hardware_key");
        key.cloned().context("no licence is installed")
    }

    /// What the absence budget still holds, as of the last decision.
    pub(super) fn budget_left_ms(&self) -> anyhow::Result<u64> {
        // This makes a decision.
        self.world.session()?;
        let status = self.status()?;
        let left = status.get("budget_left_ms").and_then(Value::as_u64);
        left.with_context(|| format!("no budget in {status}"))
    }

    /// Waits until a check-out is refused with this code.
    pub(super) fn is_refused(&self, code: &str) -> anyhow::Result<()> {
        let mut last = String::new();
        let waited = soon(&format!("refusal as {code}"), || {
            let mut session = self.world.session()?;
            code_of(&session.ask(checkout(FEATURE, 0))?).clone_into(&mut last);
            session.goodbye()?;
            Ok((last == code).then_some(()))
        });
        waited.with_context(|| format!("refused as `{last}`; the daemon says:\n{}", self.tale()))
    }

    /// An application that asks is granted a seat and gives it back.
    pub(super) fn serves(&self) -> anyhow::Result<()> {
        let served = self.world.holder().and_then(Application::finish);
        served.with_context(|| format!("the daemon says:\n{}", self.tale()))
    }

    /// Waits for more records than so many proofs write: each an intent, the proof itself, and that
    /// they are synced.
    pub(super) fn is_proven(&self, times: u64) -> anyhow::Result<()> {
        let before = self.records()?;
        soon("some proofs", || {
            Ok((self.records()? > before + 4 * times).then_some(()))
        })
    }

    fn records(&self) -> anyhow::Result<u64> {
        let status = self.world.machine.status()?;
        let records = status.pointer("/realms/0/ledger/records");
        records.and_then(Value::as_u64).context("no ledger")
    }

    /// The key is used on: put in, proven and pulled out.
    pub(super) fn use_key(&mut self) -> anyhow::Result<()> {
        if self.kind == Kind::Fido2 {
            // Firmware raises its counter by 1 to 256 at random: one step of a copy must not reach the sum.
            let key = self.key()?;
            key.put_in()?;
            key.sign_elsewhere(6)?;
            key.pull_out()?;
        }
        self.put_in()?;
        self.pull_out()
    }

    /// Makes the first key what it was when the memory was copied.
    pub(super) fn replace(&mut self, memory: &Memory) -> anyhow::Result<()> {
        self.key()?.become_copy(memory)
    }

    /// The end of what the daemon has written that is of note.
    fn tale(&self) -> String {
        told(&self.log())
    }

    /// Everything that the daemon has written.
    pub(super) fn log(&self) -> String {
        let log = self.world.machine.root().join("octroid.log");
        fs::read_to_string(log).unwrap_or_default()
    }

    /// How long the log is now.
    pub(super) fn mark(&self) -> usize {
        self.log().len()
    }

    /// What the daemon has written since.
    pub(super) fn log_since(&self, mark: usize) -> String {
        self.log().get(mark..).unwrap_or_default().to_owned()
    }

    /// Waits until the daemon has written this since.
    pub(super) fn says(&self, mark: usize, words: &str) -> anyhow::Result<()> {
        let waited = soon(&format!("`{words}` in the daemon's log"), || {
            Ok(self.log_since(mark).contains(words).then_some(()))
        });
        waited.with_context(|| format!("the daemon says:\n{}", told(&self.log_since(mark))))
    }

    /// Kinds of the records that the daemon's log book shows.
    pub(super) fn logbook(&self) -> anyhow::Result<String> {
        Ok(self.world.machine.octroi(&["logbook"])?.ok()?.to_string())
    }
}

/// The last lines of a log above the debugger's.
fn told(log: &str) -> String {
    let lines = log.lines().filter(|line| !line.contains(" DEBUG "));
    let lines: Vec<&str> = lines.collect();
    lines
        .get(lines.len().saturating_sub(TOLD_MAX)..)
        .unwrap_or_default()
        .join("\n")
}

/// Fails where an application was told this.
pub(super) fn not_told(application: &mut Application, event: &str) -> anyhow::Result<()> {
    for said in application.said() {
        ensure!(
            said.get("event").is_none_or(|name| name != event),
            "an application was told: {said}"
        );
    }
    Ok(())
}

/// A field of what a program said; null where there is none.
pub(super) fn of<'v>(said: &'v Value, field: &str) -> &'v Value {
    said.get(field).unwrap_or(&Value::Null)
}

/// Fails where two values differ.
pub(super) fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    found: &T,
    expected: &T,
) -> anyhow::Result<()> {
    if found != expected {
        bail!("{what}: {found:?} instead of {expected:?}");
    }
    Ok(())
}
