//! The key thread's rounds. It sleeps until something happens in `/dev`, an emulated key hangs up,
//! somebody asks or a proof is due; then it looks after the keys of every realm. The list of USB
//! devices is read once for each change, and again only while something in it cannot be used.

mod checkouts;
mod lost;

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    os::fd::AsFd,
    path::Path,
    sync::{Arc, mpsc::TryRecvError},
    time::{Duration, Instant},
};

use octroi_engine::{Command, KeyDuty, Outcome, RevokedKey};
use octroi_hardware_key::{
    FoundKey, KeyError, KeySource, PRESENCE_WITHIN, SourceError, discover,
    emulator::EmulatorSource,
    hid::{HidSource, HidrawWatch},
};
use octroi_licence::{KeyEvidence, KeySerial};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::runtime::Handle;

pub(crate) use self::checkouts::{NoProof, ProofJob};
use super::{
    KeyRequest, KeyThreadSeat, KeysSeen, NamedKey, SeenKey,
    proof::{ProofFailure, fresh_nonce, prove},
    retry::Retry,
};
use crate::{config::HardwareKeySettings, realm::Realm, realms::SharedRealms, text::sentence};

/// How often the realms are asked which keys their licences need, although none has said that it is
/// another one now.
const DUTIES_EVERY: Duration = Duration::from_secs(30);
/// How often an emulated key that is missing is looked for: its socket is in no folder that could be
/// watched.
const EMULATORS_EVERY: Duration = Duration::from_millis(200);
/// How often the keys held open are asked whether they are there, although nothing happened. Writes
/// nothing on a key.
const CHECK_EVERY: Duration = Duration::from_secs(10);
/// Keys held open at one time.
const HELD_MAX: usize = 32;

/// Looks after the hardware keys of every realm.
pub(super) struct KeyKeeper {
    seat: KeyThreadSeat,
    realms: SharedRealms,
    runtime: Handle,
    emulators: Vec<Box<dyn KeySource>>,
    usb: Vec<Box<dyn KeySource>>,
    watch: Option<HidrawWatch>,
    /// The list of USB devices may be another one since it was last read.
    changed: bool,
    /// When to read it again although nothing changed: something in it could not be used.
    search_again: Option<Retry>,
    /// When the keys held open were last asked whether they are there.
    checked: Instant,
    /// When the next round is due.
    next: Instant,
    held: Vec<Held>,
    problems: Vec<Arc<SourceError>>,
    emulator_problems: Vec<Arc<SourceError>>,
    named: BTreeMap<NamedKey, Standing>,
}

/// What is known of a key that a licence names.
#[derive(Default)]
struct Standing {
    /// When it was last proven, in this run.
    proven: Option<Instant>,
    /// What its realm was last told of it.
    told_absent: bool,
    failure: Option<Arc<ProofFailure>>,
    again: Option<Retry>,
}

/// Something of one realm's.
type Of<T> = (Realm, T);

/// A key that is open.
struct Held {
    found: FoundKey,
    /// The enrolled keys that it has proven to be.
    is: BTreeSet<KeySerial>,
    /// Those that it is not; not asked again while it stays plugged in.
    is_not: BTreeSet<KeySerial>,
    /// Keys that were revoked as lost, which it has proven to be.
    lost: BTreeSet<KeySerial>,
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

    fn seen(&self) -> SeenKey {
        SeenKey {
            place: self.found.place.clone(),
            emulated: self.found.emulated,
            about: self.found.key.description(),
            is: self.is.clone(),
            is_not: self.is_not.clone(),
            lost: self.lost.clone(),
        }
    }
}

impl KeyKeeper {
    pub(super) fn new(
        seat: KeyThreadSeat,
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
        let now = Instant::now();
        Self {
            seat,
            realms,
            runtime,
            emulators,
            usb,
            watch,
            changed: true,
            search_again: None,
            checked: now,
            next: now,
            held: Vec::new(),
            problems: Vec::new(),
            emulator_problems: Vec::new(),
            named: BTreeMap::new(),
        }
    }

    /// Looks until it is told to stop, or nobody is left who could ask.
    pub(super) fn run(mut self) {
        loop {
            let happened = self.wait();
            let mut asked = Vec::new();
            let mut jobs = Vec::new();
            loop {
                match self.seat.requests.try_recv() {
                    Ok(KeyRequest::Look(answer)) => asked.push(answer),
                    Ok(KeyRequest::Prove(job)) => jobs.push(job),
                    Ok(KeyRequest::Stop) | Err(TryRecvError::Disconnected) => return,
                    Err(TryRecvError::Empty) => break,
                }
            }
            self.look(happened || !asked.is_empty(), !asked.is_empty());
            for job in jobs {
                self.do_job(job);
            }
            for answer in asked {
                // Whoever asked may be gone.
                drop(answer.send(self.seen()));
            }
        }
    }

    /// Until something happens, and no longer than until the next round is due; says whether a key
    /// may have come or gone.
    fn wait(&mut self) -> bool {
        let left = self.next.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).unwrap_or(Timespec {
            tv_sec: 1,
            tv_nsec: 0,
        });
        let mut ends = vec![PollFd::new(&self.seat.waker, PollFlags::IN)];
        let watch = self.watch.as_ref().map(AsFd::as_fd);
        ends.extend(watch.map(|watch| PollFd::from_borrowed_fd(watch, PollFlags::IN)));
        let keys = ends.len();
        // That a key hangs up is told unasked.
        let hangups = self.held.iter().filter_map(|held| held.found.key.hangup());
        ends.extend(hangups.map(|key| PollFd::from_borrowed_fd(key, PollFlags::empty())));
        if let Err(error) = poll(&mut ends, Some(&timeout)) {
            tracing::debug!(%error, "the wait for hardware keys was interrupted");
        }
        let hung_up = ends.iter().skip(keys).any(|key| !key.revents().is_empty());
        self.seat.waker.reset();
        let changed = match self.watch.as_mut().map(HidrawWatch::changed) {
            Some(Ok(changed)) => changed,
            Some(Err(error)) => {
                tracing::warn!(%error, "/dev is watched no longer; USB keys are looked for slowly");
                self.watch = None;
                true
            }
            None => false,
        };
        self.changed |= changed;
        changed || hung_up
    }

    /// One round. `happened`: a key may have come or gone. `everywhere`: all ports are looked at, even
    /// where nobody needs a key.
    fn look(&mut self, happened: bool, everywhere: bool) {
        let now = Instant::now();
        self.next = now + DUTIES_EVERY;
        let (duties, lost) = self.keys();
        if duties.is_empty() && !everywhere {
            self.held.clear();
            self.problems.clear();
            self.emulator_problems.clear();
            self.named.clear();
            self.changed = true;
            self.publish();
            return;
        }
        let check = now.saturating_duration_since(self.checked) >= CHECK_EVERY;
        if happened || check {
            self.checked = now;
            self.drop_gone();
        }
        if happened {
            // It is another key, or another state of it: past failures say nothing.
            self.named.values_mut().for_each(|key| key.again = None);
        }
        if everywhere || self.misses(&duties) || (self.changed && !lost.is_empty()) {
            self.search(everywhere || (check && self.watch.is_none()));
        }
        for (realm, duty) in &duties {
            self.serve(realm, duty);
        }
        for (realm, key) in &lost {
            self.recognise(realm, key);
        }
        self.next = self.next_round(&duties);
        self.publish();
    }

    /// Keys that licences name, and keys that were revoked as lost.
    fn keys(&self) -> (Vec<Of<KeyDuty>>, Vec<Of<RevokedKey>>) {
        let (mut duties, mut lost) = (Vec::new(), Vec::new());
        for realm in self.realms.all() {
            let asked = self.runtime.block_on(realm.read(|reading| {
                let engine = reading.engine;
                (engine.hardware_keys(), engine.revoked_keys())
            }));
            let (named, revoked) = asked.unwrap_or_default();
            duties.extend(named.into_iter().map(|duty| (realm.clone(), duty)));
            lost.extend(revoked.into_iter().map(|key| (realm.clone(), key)));
        }
        (duties, lost)
    }

    fn misses(&self, duties: &[(Realm, KeyDuty)]) -> bool {
        duties
            .iter()
            .any(|(_, duty)| !self.held.iter().any(|key| key.serves(duty)))
    }

    fn next_round(&self, duties: &[(Realm, KeyDuty)]) -> Instant {
        let now = Instant::now();
        let emulators =
            (!self.emulators.is_empty() && self.misses(duties)).then(|| now + EMULATORS_EVERY);
        let due = duties.iter().filter_map(|(realm, duty)| {
            let key = self.named.get(&named(realm, duty))?;
            let interval = Duration::from_millis(duty.proof_interval_ms);
            key.again
                .map(Retry::at)
                .or_else(|| Some(key.proven? + interval))
        });
        due.chain(emulators)
            .chain(self.search_again.map(Retry::at))
            .chain([self.checked + CHECK_EVERY, now + DUTIES_EVERY])
            .min()
            .unwrap_or(now)
            // Whatever is due by a slip in the reckoning above must not become a loop without a pause.
            .max(now + Duration::from_millis(1))
    }

    fn seen(&self) -> KeysSeen {
        KeysSeen {
            keys: self.held.iter().map(Held::seen).collect(),
            problems: self
                .problems
                .iter()
                .chain(&self.emulator_problems)
                .cloned()
                .collect(),
            failures: self
                .named
                .iter()
                .filter_map(|(name, key)| Some((name.clone(), Arc::clone(key.failure.as_ref()?))))
                .collect(),
            watching: self.watch.is_some(),
        }
    }

    fn publish(&self) {
        self.seat.publish(self.seen());
    }

    /// Forgets the keys that no longer answer.
    fn drop_gone(&mut self) {
        let before = self.held.len();
        self.held.retain_mut(
            |held| match held.found.key.check_presence(PRESENCE_WITHIN) {
                Ok(_) => true,
                Err(error) => still_there(&held.found, &error),
            },
        );
        if self.held.len() < before {
            self.dropped();
        }
    }

    /// A key was let go: if it is there all the same, nothing in `/dev` will tell.
    fn dropped(&mut self) {
        self.search_again = Some(Retry::after(
            self.search_again,
            Instant::now(),
            Duration::MAX,
        ));
    }

    /// Looks for keys; through the list of USB devices where it may be another one.
    fn search(&mut self, all: bool) {
        let emulated = discover(&mut self.emulators, PRESENCE_WITHIN);
        self.emulator_problems = emulated.problems.into_iter().map(Arc::new).collect();
        let mut found = emulated.keys;
        let now = Instant::now();
        let again = self.search_again.is_some_and(|again| again.at() <= now);
        if all || again || mem::take(&mut self.changed) {
            self.changed = false;
            let usb = discover(&mut self.usb, PRESENCE_WITHIN);
            for problem in &usb.problems {
                let problem = sentence(problem);
                tracing::warn!(problem, "a hardware key cannot be used");
            }
            self.problems = usb.problems.into_iter().map(Arc::new).collect();
            self.search_again = (!self.problems.is_empty())
                .then(|| Retry::after(self.search_again, now, Duration::MAX));
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
                lost: BTreeSet::new(),
            });
            self.named.values_mut().for_each(|key| key.again = None);
        }
    }

    /// Proves a key where that is due, and says what changed. A key that is here anew has proven
    /// nothing yet, so that a proof is due.
    fn serve(&mut self, realm: &Realm, duty: &KeyDuty) {
        let name = named(realm, duty);
        let interval = Duration::from_millis(duty.proof_interval_ms);
        let now = Instant::now();
        let standing = self.named.entry(name.clone()).or_default();
        let due = standing.proven.is_none_or(|last| now >= last + interval);
        if standing.again.is_some_and(|again| now < again.at())
            || (!due && self.held.iter().any(|held| held.serves(duty)))
        {
            return;
        }
        // What it is that is missing was said and recorded.
        drop(fresh_nonce().map(|nonce| self.prove_and_tell(realm, duty, nonce)));
    }

    /// Proves a key, and tells its realm where it cannot be proven.
    fn prove_and_tell(
        &mut self,
        realm: &Realm,
        duty: &KeyDuty,
        nonce: [u8; 32],
    ) -> Result<KeyEvidence, NoProof> {
        let proven = self.prove_with_any(realm, duty, &nonce);
        let standing = self.named.entry(named(realm, duty)).or_default();
        let interval = Duration::from_millis(duty.proof_interval_ms);
        let mut absent = true;
        match proven {
            Some(Ok(evidence)) => {
                *standing = Standing {
                    proven: Some(Instant::now()),
                    ..Standing::default()
                };
                return Ok(evidence);
            }
            Some(Err(failure)) => {
                let reason = sentence(&failure);
                tracing::warn!(serial = %duty.enrolled.serial, reason, "no proof by a hardware key");
                standing.again = Some(Retry::after(standing.again, Instant::now(), interval));
                // Somebody else is using it: it is not away, and counts as present until a proof is
                // overdue.
                absent = !failure.is_busy() || standing.proven.is_none();
                standing.failure = Some(Arc::new(failure));
            }
            None => {}
        }
        if absent {
            standing.proven = None;
            self.tell_absent(realm, duty);
            return Err(NoProof::Absent);
        }
        Err(NoProof::Busy)
    }

    fn tell_absent(&mut self, realm: &Realm, duty: &KeyDuty) {
        let standing = self.named.entry(named(realm, duty)).or_default();
        if standing.told_absent {
            return;
        }
        let key = duty.enrolled.serial;
        let told = self.runtime.block_on(realm.ask(Command::KeyAbsent { key }));
        standing.told_absent = !matches!(told, Outcome::Refused(_));
    }

    /// Asks the key that is known to be the enrolled one, else each that may be, until one proves it.
    /// `None` where there is none to ask.
    fn prove_with_any(
        &mut self,
        realm: &Realm,
        duty: &KeyDuty,
        nonce: &[u8; 32],
    ) -> Option<Result<KeyEvidence, ProofFailure>> {
        let serial = duty.enrolled.serial;
        let mut outcome = None;
        loop {
            let known = self.held.iter().position(|held| held.serves(duty));
            let next = known.or_else(|| self.held.iter().position(|held| held.may_serve(duty)));
            let Some((next, held)) = next.and_then(|next| Some((next, self.held.get_mut(next)?)))
            else {
                return outcome;
            };
            match prove(&self.runtime, realm, duty, &mut held.found, nonce) {
                Ok(evidence) => {
                    held.is.insert(serial);
                    return Some(Ok(evidence));
                }
                Err(failure) if failure.is_another_key() => {
                    held.is.remove(&serial);
                    held.is_not.insert(serial);
                }
                Err(failure) if failure.ends_handle() => {
                    self.held.remove(next);
                    self.dropped();
                    outcome = Some(Err(failure));
                }
                Err(failure) => return Some(Err(failure)),
            }
        }
    }
}

fn named(realm: &Realm, duty: &KeyDuty) -> NamedKey {
    (realm.vendor().clone(), duty.enrolled.serial)
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
