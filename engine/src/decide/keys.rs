//! Hardware keys: what their counters say, whether those that a licence needs are there, and how
//! much absence it still tolerates.

use octroi_licence::{KeySerial, LicenceId};

use super::Turn;
use crate::{
    CounterAnomaly, Event, Notice, Outcome, SeatEnd, SessionId,
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
        let anomaly = known.and_then(|known| anomaly(known, open_intents, counter));
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
        let licences = self.licences_of(key);
        let presence = self.engine.state.keys.get(&key).map(|state| state.presence);
        if !licences.is_empty() && presence != Some(Presence::Absent) {
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
                self.emit(Event::AbsenceStarted {
                    licence: licence.clone(),
                });
                let licence = licence.clone();
                let notice = Notice::KeyAway {
                    licence: licence.clone(),
                    budget_left_ms,
                };
                self.tell_holders(&licence, &notice);
                self.spend_if_due(&licence);
            }
            (true, None) | (false, Some(_)) => {}
        }
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

/// How a counter disagrees with the last one known. Each time that the key was asked it may have
/// counted once, whether its answer arrived or not.
fn anomaly(known: u64, open_intents: u32, found: u64) -> Option<CounterAnomaly> {
    let innocent = known.saturating_add(u64::from(open_intents.max(1)));
    if found <= known {
        Some(CounterAnomaly::Behind)
    } else if found > innocent {
        Some(CounterAnomaly::Ahead)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_may_rise_by_one_for_each_open_intent() {
        assert_eq!(anomaly(7, 1, 8), None);
        assert_eq!(anomaly(7, 3, 10), None);
        assert_eq!(anomaly(7, 3, 11), Some(CounterAnomaly::Ahead));
        assert_eq!(anomaly(7, 0, 8), None);
        assert_eq!(anomaly(7, 2, 7), Some(CounterAnomaly::Behind));
        assert_eq!(anomaly(u64::MAX, 1, u64::MAX), Some(CounterAnomaly::Behind));
    }
}
