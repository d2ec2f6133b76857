//! Hardware keys: which of those that the licences name are here, proven at the licence's interval
//! and watched in between. Runs on a thread of its own, since keys are spoken to by blocking calls.
//! Whether an absence matters is the engine's to decide.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::mpsc::{Receiver, TryRecvError},
    thread,
    time::{Duration, Instant},
};

use octroi_engine::{Command, KeyDuty, Outcome};
use octroi_hardware_key::{
    FoundKey, KeyError, KeySource, PRESENCE_WITHIN, PROOF_WITHIN, discover,
    emulator::EmulatorSource,
    hid::{HidSource, HidrawWatch},
};
use octroi_licence::{HardwareChallenge, KeySerial, VendorId, verify_hardware_proof};
use tokio::runtime::Handle;

use crate::{config::HardwareKeySettings, realm::Realm, realms::SharedRealms};

/// How often emulated keys are asked whether they are there, and the licences which they need. What
/// happens in `/dev` is told at once.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often USB keys are asked, and looked for, although nothing happened in `/dev`. Writes nothing
/// on a key.
const SEARCH_EVERY: Duration = Duration::from_secs(10);
/// Keys held open at one time.
const HELD_MAX: usize = 32;

/// Looks after the hardware keys of every realm.
pub(crate) struct KeyKeeper {
    realms: SharedRealms,
    runtime: Handle,
    emulators: Vec<Box<dyn KeySource>>,
    usb: Vec<Box<dyn KeySource>>,
    watch: Option<HidrawWatch>,
    /// Something happened in `/dev` since USB keys were last looked for.
    changed: bool,
    searched: Option<Instant>,
    held: Vec<Held>,
    /// When a key was last proven, in this run, for each realm.
    proven: BTreeMap<(VendorId, KeySerial), Instant>,
    /// What was last said of a key, so that only changes are said.
    told_absent: BTreeMap<(VendorId, KeySerial), bool>,
}

/// A key that is open.
struct Held {
    found: FoundKey,
    /// The enrolled keys that it has proven to be.
    is: BTreeSet<KeySerial>,
    /// Those that it is not; not asked again while it stays plugged in.
    is_not: BTreeSet<KeySerial>,
}

impl Held {
    /// Whether it may serve a duty, by what is known of it.
    fn may_serve(&self, duty: &KeyDuty) -> bool {
        let enrolled = &duty.enrolled;
        (!self.found.emulated || enrolled.emulator_accepted)
            && !self.is_not.contains(&enrolled.serial)
            && self.found.key.may_be(enrolled)
    }

    fn serves(&self, duty: &KeyDuty) -> bool {
        self.is.contains(&duty.enrolled.serial) && self.may_serve(duty)
    }
}

impl KeyKeeper {
    pub(crate) fn new(
        realms: SharedRealms,
        runtime: Handle,
        settings: &HardwareKeySettings,
    ) -> Self {
        let mut emulators: Vec<Box<dyn KeySource>> = Vec::new();
        for socket in &settings.emulators {
            emulators.push(Box::new(EmulatorSource::new(socket.clone())));
        }
        let mut usb: Vec<Box<dyn KeySource>> = Vec::new();
        if settings.usb {
            usb.push(Box::new(HidSource));
        }
        let watch = match HidrawWatch::new(Path::new("/dev")) {
            Ok(watch) => Some(watch),
            Err(error) => {
                tracing::warn!(%error, "/dev cannot be watched; USB keys are looked for slowly");
                None
            }
        };
        Self {
            realms,
            runtime,
            emulators,
            usb,
            watch,
            changed: true,
            searched: None,
            held: Vec::new(),
            proven: BTreeMap::new(),
            told_absent: BTreeMap::new(),
        }
    }

    /// Looks until `stopped` says so.
    pub(crate) fn run(mut self, stopped: &Receiver<()>) {
        while stopped.try_recv() == Err(TryRecvError::Empty) {
            let happened = self.wait();
            self.look(happened);
        }
    }

    /// Until something happens in `/dev`, and no longer than until the next look; says whether it
    /// did.
    fn wait(&mut self) -> bool {
        let waited = self.watch.as_mut().map(|watch| watch.wait(LOOK_EVERY));
        match waited {
            Some(Ok(happened)) => {
                self.changed |= happened;
                happened
            }
            Some(Err(error)) => {
                tracing::warn!(%error, "/dev is watched no longer; USB keys are looked for slowly");
                self.watch = None;
                true
            }
            None => {
                thread::sleep(LOOK_EVERY);
                false
            }
        }
    }

    fn look(&mut self, happened: bool) {
        let mut duties: Vec<(Realm, KeyDuty)> = Vec::new();
        for realm in self.realms.all() {
            let asked = self
                .runtime
                .block_on(realm.read(|reading| reading.engine.hardware_keys()));
            duties.extend(
                asked
                    .unwrap_or_default()
                    .into_iter()
                    .map(|duty| (realm.clone(), duty)),
            );
        }
        if duties.is_empty() {
            self.held.clear();
            return;
        }
        let slowly = self
            .searched
            .is_none_or(|last| last.elapsed() >= SEARCH_EVERY);
        self.drop_gone(happened || slowly);
        let missing = |(_, duty): &(Realm, KeyDuty)| !self.held.iter().any(|key| key.serves(duty));
        if duties.iter().any(missing) {
            self.search(slowly);
        }
        for (realm, duty) in duties {
            self.serve(&realm, &duty);
        }
    }

    /// Forgets the keys that no longer answer. USB keys are asked where `usb` says so.
    fn drop_gone(&mut self, usb: bool) {
        self.held.retain_mut(|held| {
            if !held.found.emulated && !usb {
                return true;
            }
            match held.found.key.check_presence(PRESENCE_WITHIN) {
                Ok(_) => true,
                Err(error) => still_there(&held.found, &error),
            }
        });
    }

    fn search(&mut self, slowly: bool) {
        let mut found = discover(&mut self.emulators, PRESENCE_WITHIN).keys;
        if self.changed || slowly {
            self.changed = false;
            self.searched = Some(Instant::now());
            let usb = discover(&mut self.usb, PRESENCE_WITHIN);
            for problem in &usb.problems {
                tracing::warn!(%problem, "a hardware key cannot be used");
            }
            found.extend(usb.keys);
        }
        for key in found {
            let known = |held: &Held| held.found.place == key.place;
            if self.held.iter().any(known) || self.held.len() >= HELD_MAX {
                continue;
            }
            let about = key.key.description();
            tracing::info!(
                kind = %about.kind,
                serial = about.serial.map(|serial| serial.to_string()),
                place = %key.place,
                emulated = key.emulated,
                "a hardware key is here"
            );
            self.held.push(Held {
                found: key,
                is: BTreeSet::new(),
                is_not: BTreeSet::new(),
            });
        }
    }

    /// Proves a key where that is due, and says what changed. A key that is here anew has proven
    /// nothing yet, so that a proof is due.
    fn serve(&mut self, realm: &Realm, duty: &KeyDuty) {
        let id = (realm.vendor().clone(), duty.enrolled.serial);
        let interval = Duration::from_millis(duty.proof_interval_ms);
        let due = self
            .proven
            .get(&id)
            .is_none_or(|last| last.elapsed() >= interval);
        if !due && self.held.iter().any(|held| held.serves(duty)) {
            return;
        }
        match self.prove_with_any(realm, duty) {
            Some(Ok(())) => {
                self.proven.insert(id.clone(), Instant::now());
                self.told_absent.insert(id, false);
            }
            Some(Err(reason)) => {
                tracing::warn!(serial = %duty.enrolled.serial, reason, "a hardware key gave no proof");
                self.absent(realm, id);
            }
            None => self.absent(realm, id),
        }
    }

    fn absent(&mut self, realm: &Realm, id: (VendorId, KeySerial)) {
        self.proven.remove(&id);
        if self.told_absent.get(&id) == Some(&true) {
            return;
        }
        let command = Command::KeyAbsent { key: id.1 };
        if !matches!(
            self.runtime.block_on(realm.ask(command)),
            Outcome::Refused(_)
        ) {
            self.told_absent.insert(id, true);
        }
    }

    /// Asks the key that is known to be the enrolled one, else each that may be, until one proves it.
    /// `None` where there is none to ask.
    fn prove_with_any(&mut self, realm: &Realm, duty: &KeyDuty) -> Option<Result<(), String>> {
        let serial = duty.enrolled.serial;
        let mut outcome = None;
        loop {
            let known = self.held.iter().position(|held| held.serves(duty));
            let next = known.or_else(|| self.held.iter().position(|held| held.may_serve(duty)))?;
            let held = self.held.get_mut(next)?;
            match prove(&self.runtime, realm, duty, held) {
                Ok(()) => {
                    held.is.insert(serial);
                    return Some(Ok(()));
                }
                Err(Unproven::AnotherKey) => {
                    held.is.remove(&serial);
                    held.is_not.insert(serial);
                    if !self.held.iter().any(|held| held.may_serve(duty)) {
                        return outcome;
                    }
                }
                Err(Unproven::Gone(reason)) => {
                    self.held.remove(next);
                    outcome = Some(Err(reason));
                    if !self.held.iter().any(|held| held.may_serve(duty)) {
                        return outcome;
                    }
                }
                Err(Unproven::Failed(reason)) => return Some(Err(reason)),
            }
        }
    }
}

/// Says whether a key may be asked again, and what is the matter with it.
fn still_there(found: &FoundKey, error: &KeyError) -> bool {
    if error.leaves_key_usable() {
        tracing::debug!(place = %found.place, %error, "a hardware key is slow");
        return true;
    }
    tracing::warn!(place = %found.place, %error, "a hardware key is gone");
    false
}

/// Why a key gave no proof.
enum Unproven {
    /// It is not the enrolled one.
    AnotherKey,
    /// It must be looked for again.
    Gone(String),
    /// It is there, and gave none.
    Failed(String),
}

/// Intent on the disk, challenge, signature, verification, and the counter on the disk.
fn prove(runtime: &Handle, realm: &Realm, duty: &KeyDuty, held: &mut Held) -> Result<(), Unproven> {
    let key = duty.enrolled.serial;
    let failed = |reason: String| Unproven::Failed(reason);
    let intent = runtime.block_on(realm.ask(Command::KeyIntent { key }));
    if let Outcome::Refused(refusal) = intent {
        let code = refusal.code;
        return Err(failed(format!(
            "its intent could not be recorded: {code:?}"
        )));
    }
    let checkpoint = runtime
        .block_on(realm.read(|reading| reading.ledger.checkpoint))
        .ok_or_else(|| failed("the realm has stopped".to_owned()))?;
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(|error| failed(error.to_string()))?;
    let challenge = HardwareChallenge::new(&duty.licence, &realm.public_key(), &checkpoint, &nonce);
    let found = &mut held.found;
    let proof = match found.key.prove(&duty.enrolled, &challenge, PROOF_WITHIN) {
        Ok(proof) => proof,
        Err(KeyError::NotEnrolled) => return Err(Unproven::AnotherKey),
        Err(error) => {
            let reason = crate::text::sentence(&error);
            return Err(if error.leaves_key_usable() {
                Unproven::Failed(reason)
            } else {
                Unproven::Gone(reason)
            });
        }
    };
    let counter = verify_hardware_proof(&duty.enrolled, &challenge, &proof)
        .map_err(|error| failed(error.to_string()))?;
    let proven = Command::KeyProven {
        key,
        counter,
        emulated: found.emulated,
    };
    match runtime.block_on(realm.ask(proven)) {
        Outcome::Refused(refusal) => Err(failed(format!("refused: {:?}", refusal.code))),
        _ => Ok(()),
    }
}
