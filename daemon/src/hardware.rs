//! Hardware keys: which of those that the licences name are here, proven at the licence's interval
//! and watched in between. Runs on a thread of its own, since keys are spoken to by blocking calls.
//! Whether an absence matters is the engine's to decide.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use octroi_engine::{Command, KeyDuty, Outcome};
use octroi_hardware_key::{
    FoundKey, HardwareProof, KeySource, PRESENCE_WITHIN, PROOF_WITHIN, discover,
    emulator::EmulatorSource,
    hid::{HidSource, HidrawWatch},
};
use octroi_licence::{HardwareChallenge, HardwareKey, KeySerial, VendorId, verify_dongle};
use tokio::runtime::Handle;

use crate::{config::HardwareKeySettings, realm::Realm, realms::SharedRealms};

/// How often a key that is here is asked whether it still is. Writes nothing on the key.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often USB keys are looked for although nothing happened in `/dev`.
const SEARCH_EVERY: Duration = Duration::from_secs(10);

/// Looks after the hardware keys of every realm.
pub(crate) struct KeyKeeper {
    realms: SharedRealms,
    runtime: Handle,
    emulators: Vec<Box<dyn KeySource>>,
    usb: Vec<Box<dyn KeySource>>,
    watch: Option<HidrawWatch>,
    searched: Option<Instant>,
    here: BTreeMap<KeySerial, FoundKey>,
    /// When a key was last proven, in this run, for each realm.
    proven: BTreeMap<(VendorId, KeySerial), Instant>,
    /// What was last said of a key, so that only changes are said.
    told_absent: BTreeMap<(VendorId, KeySerial), bool>,
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
            searched: None,
            here: BTreeMap::new(),
            proven: BTreeMap::new(),
            told_absent: BTreeMap::new(),
        }
    }

    /// Looks until `stopped` says so.
    pub(crate) fn run(mut self, stopped: &std::sync::mpsc::Receiver<()>) {
        use std::sync::mpsc::RecvTimeoutError::Timeout;
        while stopped.recv_timeout(LOOK_EVERY) == Err(Timeout) {
            self.look();
        }
    }

    fn look(&mut self) {
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
            self.here.clear();
            return;
        }
        self.drop_gone();
        if duties
            .iter()
            .any(|(_, duty)| !self.here.contains_key(&duty.key))
        {
            self.search();
        }
        for (realm, duty) in duties {
            self.serve(&realm, &duty);
        }
    }

    /// Forgets the keys that no longer answer.
    fn drop_gone(&mut self) {
        self.here.retain(
            |serial, found| match found.key.check_presence(PRESENCE_WITHIN) {
                Ok(_) => true,
                Err(error) if error.leaves_key_usable() => {
                    tracing::debug!(%serial, %error, "a hardware key is slow");
                    true
                }
                Err(error) => {
                    tracing::warn!(%serial, %error, "a hardware key is gone");
                    false
                }
            },
        );
    }

    fn search(&mut self) {
        let mut found = discover(&mut self.emulators, PRESENCE_WITHIN).keys;
        let changed = self
            .watch
            .as_mut()
            .is_some_and(|watch| watch.changed().unwrap_or(true));
        if changed
            || self
                .searched
                .is_none_or(|last| last.elapsed() >= SEARCH_EVERY)
        {
            self.searched = Some(Instant::now());
            let usb = discover(&mut self.usb, PRESENCE_WITHIN);
            for problem in &usb.problems {
                tracing::warn!(%problem, "a hardware key cannot be used");
            }
            found.extend(usb.keys);
        }
        for key in found {
            let serial = key.key.identity().serial;
            if self.here.contains_key(&serial) {
                continue;
            }
            tracing::info!(%serial, place = %key.place, emulated = key.emulated, "a hardware key is here");
            // What is here anew proves itself anew, for every realm.
            self.proven.retain(|(_, proven), _| *proven != serial);
            self.here.insert(serial, key);
        }
    }

    /// Proves a key where that is due, and says what changed.
    fn serve(&mut self, realm: &Realm, duty: &KeyDuty) {
        let id = (realm.vendor().clone(), duty.key);
        let interval = Duration::from_millis(duty.proof_interval_ms);
        let due = self
            .proven
            .get(&id)
            .is_none_or(|last| last.elapsed() >= interval);
        let accepted = |found: &FoundKey| !found.emulated || duty.emulator_accepted;
        if !self.here.get(&duty.key).is_some_and(accepted) {
            self.absent(realm, id);
            return;
        }
        if !due {
            return;
        }
        match self.prove(realm, duty) {
            Ok(()) => {
                self.proven.insert(id.clone(), Instant::now());
                self.told_absent.insert(id, false);
            }
            Err(reason) => {
                tracing::warn!(serial = %duty.key, reason, "a hardware key gave no proof");
                self.absent(realm, id);
            }
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

    /// Intent on the disk, challenge, signature, verification, and the counter on the disk.
    fn prove(&mut self, realm: &Realm, duty: &KeyDuty) -> Result<(), String> {
        let key = duty.key;
        let intent = self.runtime.block_on(realm.ask(Command::KeyIntent { key }));
        if let Outcome::Refused(refusal) = intent {
            return Err(format!(
                "its intent could not be recorded: {:?}",
                refusal.code
            ));
        }
        let checkpoint = self
            .runtime
            .block_on(realm.read(|reading| reading.ledger.checkpoint));
        let checkpoint = checkpoint.ok_or("the realm has stopped")?;
        let mut nonce = [0; 32];
        getrandom::fill(&mut nonce).map_err(|error| error.to_string())?;
        let challenge =
            HardwareChallenge::new(&duty.licence, &realm.public_key(), &checkpoint, &nonce);
        let found = self.here.get_mut(&key).ok_or("it is gone")?;
        let proof = match found.key.prove(&challenge, PROOF_WITHIN) {
            Ok(HardwareProof::Dongle(proof)) => proof,
            Ok(_) => return Err("it answered as another kind of key".to_owned()),
            Err(error) => {
                if !error.leaves_key_usable() {
                    self.here.remove(&key);
                }
                return Err(crate::text::sentence(&error));
            }
        };
        let emulated = found.emulated;
        let licensed = HardwareKey {
            kind: duty.kind,
            serial: key,
            public_key: duty.public_key,
            emulator_accepted: duty.emulator_accepted,
        };
        let counter =
            verify_dongle(&licensed, &challenge, &proof).map_err(|error| error.to_string())?;
        match self.runtime.block_on(realm.ask(Command::KeyProven {
            key,
            counter,
            emulated,
        })) {
            Outcome::Refused(refusal) => Err(format!("refused: {:?}", refusal.code)),
            _ => Ok(()),
        }
    }
}
