//! Hardware keys: what their counters say, whether those that a licence needs are there, and how
//! much absence it still tolerates.

use octroi_licence::{HardwareKey, HardwareKeyKind, KeySerial, LicenceId};

use super::Turn;
use crate::{
    CounterAnomaly, Event, Notice, Outcome, Refusal, RefusalCode, SeatEnd, SessionId,
    rules::{budget_left_ms, keys_of},
    state::{KeyState, Presence},
};

impl Turn<'_> {
    /// Before a key is asked: its counter may rise even if its answer is lost.
    pub(super) fn key_intent(&mut self, key: KeySerial) -> Outcome {
        if self.engine.catalogue().keys.contains_key(&key) {
            self.emit(Event::KeyIntent { key });
        }
        Outcome::Done
    }

    pub(super) fn key_proven(&mut self, key: KeySerial, counter: u64, emulated: bool) -> Outcome {
        if let Some(by) = self.engine.state.revoked_keys.get(&key).cloned() {
            return self.revoked_key_answered(key, emulated, &by);
        }
        let licences = self.licences_of(key);
        if licences.is_empty() {
            return Outcome::Done;
        }
        let accepted = !emulated
            || licences
                .iter()
                .any(|licence| self.emulator_accepted(licence, key));
        if !accepted {
            return self.key_absent(key);
        }
        let KeyState {
            counter: known,
            open_intents,
            ..
        } = self
            .engine
            .state
            .keys
            .get(&key)
            .cloned()
            .unwrap_or_default();
        let kind = self.kind_of(key);
        let anomaly = known.and_then(|known| anomaly(kind, known, open_intents, counter));
        if let (Some(known), Some(anomaly)) = (known, anomaly) {
            let found = counter;
            self.emit(Event::KeyCounterAnomalous {
                key,
                known,
                open_intents,
                found,
                anomaly,
            });
        }
        if anomaly != Some(CounterAnomaly::Behind) {
            self.emit(Event::KeyProven {
                key,
                counter,
                emulated,
            });
        }
        for licence in licences {
            self.review_keys(&licence);
        }
        Outcome::Done
    }

    pub(super) fn key_absent(&mut self, key: KeySerial) -> Outcome {
        let named =
            !self.licences_of(key).is_empty() || self.engine.state.revoked_keys.contains_key(&key);
        let presence = self.engine.state.keys.get(&key).map(|state| state.presence);
        if named && presence != Some(Presence::Absent) {
            self.key_lapsed(key);
        }
        Outcome::Done
    }

    /// A key counts as away from now on.
    pub(super) fn key_lapsed(&mut self, key: KeySerial) {
        self.emit(Event::KeyAbsent { key });
        for licence in self.licences_of(key) {
            self.review_keys(&licence);
        }
    }

    /// Starts or ends a licence's absence, as its keys stand now.
    pub(super) fn review_keys(&mut self, licence: &LicenceId) {
        self.engine.draw_up();
        let Some(terms) = self.engine.catalogue().licences.get(licence) else {
            return;
        };
        let Some(state) = self.engine.state.licences.get(licence) else {
            return;
        };
        let satisfied = keys_of(&self.engine.state, &terms.licence).satisfied();
        match (satisfied, state.absence.open) {
            (true, Some(_)) => {
                self.emit(Event::AbsenceEnded {
                    licence: licence.clone(),
                });
                self.tell_holders(
                    licence,
                    &Notice::KeyBack {
                        licence: licence.clone(),
                    },
                );
                self.touch_all();
            }
            (false, None) => {
                let budget_left_ms = budget_left_ms(&terms.licence, state, self.elapsed);
                let proven_wait = !self.engine.state.proven.is_empty();
                self.emit(Event::AbsenceStarted {
                    licence: licence.clone(),
                });
                let licence = licence.clone();
                let notice = Notice::KeyAway {
                    licence: licence.clone(),
                    budget_left_ms,
                };
                self.tell_holders(&licence, &notice);
                if proven_wait {
                    // Their proofs no longer stand. Others wait on while the budget lasts.
                    self.refuse_waiters_of(&licence);
                }
                self.spend_if_due(&licence);
            }
            (true, None) | (false, Some(_)) => {}
        }
    }

    /// Takes up what the document in force of a licence says of lost keys. A lost key stays lost, whatever
    /// another licence says and whatever older document still names it; only a later document of the
    /// licence that revoked it may name it again.
    pub(super) fn review_revoked_keys(&mut self, licence: &LicenceId) {
        self.engine.draw_up();
        let Some(terms) = self.engine.catalogue().licences.get(licence) else {
            return;
        };
        let binding = &terms.licence.binding;
        let digest = terms.licence.digest();
        let known = &self.engine.state.revoked_keys;
        let lost: Vec<KeySerial> = serials(&binding.revoked_keys)
            .filter(|key| !known.contains_key(key))
            .collect();
        let found: Vec<KeySerial> = serials(&binding.hardware_keys)
            .filter(|key| known.get(key) == Some(licence))
            .collect();
        for key in &lost {
            self.emit(Event::HardwareKeyRevoked {
                key: *key,
                licence: licence.clone(),
                digest,
            });
        }
        for key in &found {
            self.emit(Event::HardwareKeyReinstated {
                key: *key,
                licence: licence.clone(),
                digest,
            });
        }
        let others: Vec<LicenceId> = lost.iter().flat_map(|key| self.licences_of(*key)).collect();
        for other in others {
            self.review_keys(&other);
            self.enforce(&other);
        }
    }

    /// Once for each time that it is plugged in.
    fn revoked_key_answered(&mut self, key: KeySerial, emulated: bool, by: &LicenceId) -> Outcome {
        let presence = self.engine.state.keys.get(&key).map(|state| state.presence);
        if !matches!(presence, Some(Presence::Present { .. })) {
            self.emit(Event::RevokedKeyAnswered { key, emulated });
        }
        Outcome::Refused(Refusal {
            licence: Some(by.clone()),
            found: key.to_string(),
            ..Refusal::of(RefusalCode::HardwareKeyRevoked)
        })
    }

    fn spend_if_due(&mut self, licence: &LicenceId) {
        self.engine.draw_up();
        let due = self
            .engine
            .agenda()
            .spends(licence)
            .is_some_and(|at| at <= self.elapsed);
        if due {
            self.spend_budget(licence);
        }
    }

    /// The budget is spent: nothing is held or granted until the keys are back.
    pub(super) fn spend_budget(&mut self, licence: &LicenceId) {
        self.emit(Event::AbsenceBudgetSpent {
            licence: licence.clone(),
        });
        self.end_all_seats(licence, SeatEnd::HardwareKeyAbsent);
        self.refuse_waiters_of(licence);
    }

    fn licences_of(&self, key: KeySerial) -> Vec<LicenceId> {
        self.engine
            .catalogue()
            .keys
            .get(&key)
            .cloned()
            .unwrap_or_default()
    }

    /// A serial number says one kind of key alone: that of a FIDO2 key is a digest.
    fn kind_of(&self, key: KeySerial) -> HardwareKeyKind {
        self.licences_of(key)
            .iter()
            .filter_map(|licence| self.engine.catalogue().licences.get(licence))
            .flat_map(|terms| &terms.licence.binding.hardware_keys)
            .find(|entry| entry.serial == key)
            .map_or(HardwareKeyKind::Dongle, HardwareKey::kind)
    }

    fn emulator_accepted(&self, licence: &LicenceId, key: KeySerial) -> bool {
        self.engine
            .catalogue()
            .licences
            .get(licence)
            .is_some_and(|terms| {
                let keys = &terms.licence.binding.hardware_keys;
                keys.iter()
                    .any(|entry| entry.serial == key && entry.emulator_accepted)
            })
    }

    /// Tells every session that holds a seat of the licence, once.
    fn tell_holders(&mut self, licence: &LicenceId, notice: &Notice) {
        let seats = &self.engine.state.seats;
        let mut holders: Vec<SessionId> = seats
            .iter()
            .filter(|(_, seat)| {
                seats
                    .pool(seat.pool)
                    .is_some_and(|pool| pool.key.licence == *licence)
            })
            .filter_map(|(_, seat)| seat.session)
            .collect();
        holders.sort_unstable();
        holders.dedup();
        for session in holders {
            self.notify(session, notice.clone());
        }
    }
}

fn serials(keys: &[HardwareKey]) -> impl Iterator<Item = KeySerial> {
    keys.iter().map(|key| key.serial)
}

/// The most by which one signature raises the counter of a FIDO2 key that hides how often it is used
/// (Nitrokey 3, Solo 2: 1 to 256 at random).
const FIDO2_STEP_MAX: u64 = 256;

/// How a counter disagrees with the last one known. Each time that the key was asked it may have
/// counted once, whether its answer arrived or not.
fn anomaly(
    kind: HardwareKeyKind,
    known: u64,
    open_intents: u32,
    found: u64,
) -> Option<CounterAnomaly> {
    let asked = u64::from(open_intents.max(1));
    match kind {
        // One counter for whatever the key is used for, so that a leap ahead means nothing; it may
        // be 0 for ever, from the beginning or after its last number (WebAuthn level 2, section
        // 6.1.1).
        HardwareKeyKind::Fido2 => {
            let never_counts = known == 0 && found == 0;
            let full = known.saturating_add(asked.saturating_mul(FIDO2_STEP_MAX)) > u32::MAX.into();
            let behind = found <= known && !never_counts && !(found == 0 && full);
            behind.then_some(CounterAnomaly::Behind)
        }
        HardwareKeyKind::Dongle => {
            if found <= known {
                Some(CounterAnomaly::Behind)
            } else if found > known.saturating_add(asked) {
                Some(CounterAnomaly::Ahead)
            } else {
                None
            }
        }
        // No licence names a kind that this version does not know.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dongles_counter_may_rise_by_one_for_each_open_intent() {
        let anomaly =
            |known, intents, found| anomaly(HardwareKeyKind::Dongle, known, intents, found);
        assert_eq!(anomaly(7, 1, 8), None);
        assert_eq!(anomaly(7, 3, 10), None);
        assert_eq!(anomaly(7, 3, 11), Some(CounterAnomaly::Ahead));
        assert_eq!(anomaly(7, 0, 8), None);
        assert_eq!(anomaly(7, 2, 7), Some(CounterAnomaly::Behind));
        assert_eq!(anomaly(u64::MAX, 1, u64::MAX), Some(CounterAnomaly::Behind));
    }

    #[test]
    fn a_security_keys_counter_may_leap_ahead_but_not_fall_behind() {
        let anomaly =
            |known, intents, found| anomaly(HardwareKeyKind::Fido2, known, intents, found);
        assert_eq!(anomaly(7, 1, 8), None);
        assert_eq!(anomaly(7, 1, 70_000), None);
        assert_eq!(anomaly(7, 1, 7), Some(CounterAnomaly::Behind));
        assert_eq!(anomaly(3172, 4, 2509), Some(CounterAnomaly::Behind));
    }

    #[test]
    fn a_security_key_that_never_counts_or_has_counted_to_its_end_is_sound() {
        let anomaly =
            |known, intents, found| anomaly(HardwareKeyKind::Fido2, known, intents, found);
        let last = u64::from(u32::MAX);
        assert_eq!(anomaly(0, 1, 0), None);
        assert_eq!(anomaly(0, 1, 90), None);
        assert_eq!(anomaly(last - 3, 1, 0), None);
        assert_eq!(anomaly(last - 300, 2, 0), None);
        assert_eq!(anomaly(last - 300, 1, 0), Some(CounterAnomaly::Behind));
        assert_eq!(anomaly(90, 1, 0), Some(CounterAnomaly::Behind));
        assert_eq!(anomaly(last - 3, 1, 5), Some(CounterAnomaly::Behind));
    }
}
