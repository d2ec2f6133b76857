//! What the records say about hardware keys: counters, open intents, presence since the daemon
//! started, and which of them are lost.

use super::State;
use crate::{CounterAnomaly, ElapsedMs, Event};

/// Whether a key is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Nothing was heard of it since the daemon started.
    #[default]
    Unknown,
    /// It proved itself.
    Present {
        /// When.
        at: ElapsedMs,
        /// It is a software emulator.
        emulated: bool,
    },
    /// It is away, or did not answer as it must.
    Absent,
}

/// One key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeyState {
    /// The last counter known.
    pub(crate) counter: Option<u64>,
    /// Times that it was asked since its last proof.
    pub(crate) open_intents: u32,
    pub(crate) presence: Presence,
    /// Its counter fell behind, and no proof ahead has come since.
    pub(crate) suspect: bool,
}

impl State {
    pub(super) fn apply_to_key(&mut self, event: &Event, now: ElapsedMs) {
        match event {
            Event::KeyIntent { key } => {
                let state = self.keys.entry(*key).or_default();
                state.open_intents = state.open_intents.saturating_add(1);
            }
            Event::KeyProven {
                key,
                counter,
                emulated,
            } => {
                let state = self.keys.entry(*key).or_default();
                state.counter = Some(*counter);
                state.open_intents = 0;
                state.suspect = false;
                state.presence = Presence::Present {
                    at: now,
                    emulated: *emulated,
                };
            }
            Event::KeyAbsent { key } => {
                self.keys.entry(*key).or_default().presence = Presence::Absent;
            }
            Event::KeyCounterAnomalous {
                key,
                anomaly: CounterAnomaly::Behind,
                ..
            } => {
                let state = self.keys.entry(*key).or_default();
                state.suspect = true;
                state.presence = Presence::Absent;
            }
            Event::HardwareKeyRevoked { key, licence, .. } => {
                self.revoked_keys.insert(*key, licence.clone());
                self.keys.entry(*key).or_default().presence = Presence::Absent;
            }
            Event::HardwareKeyReinstated { key, .. } => {
                self.revoked_keys.remove(key);
                self.keys.entry(*key).or_default().presence = Presence::Unknown;
            }
            // That it was there is known; that it counts is another matter.
            Event::RevokedKeyAnswered { key, emulated } => {
                self.keys.entry(*key).or_default().presence = Presence::Present {
                    at: now,
                    emulated: *emulated,
                };
            }
            _ => {}
        }
    }
}
