//! Keys that were revoked as lost: recognised when they are plugged in, so that their use is recorded and
//! people are told. They serve nothing.

use octroi_engine::{Command, KeyDuty, RevokedKey};

use super::{Held, KeyKeeper, fresh_nonce, prove};
use crate::realm::Realm;

impl Held {
    /// Whether it is not known yet that it is, or is not, a key that was revoked.
    fn may_be_lost(&self, key: &RevokedKey) -> bool {
        let serial = &key.enrolled.serial;
        self.is.is_empty()
            && !self.lost.contains(serial)
            && !self.is_not.contains(serial)
            && self.found.key.may_be(&key.enrolled)
    }
}

impl KeyKeeper {
    /// Has a key that serves no licence show whether it is one that was lost, once while it is plugged
    /// in.
    pub(super) fn recognise(&mut self, realm: &Realm, key: &RevokedKey) {
        let serial = key.enrolled.serial;
        if key.present && !self.held.iter().any(|held| held.lost.contains(&serial)) {
            // What became of it shows in the next round.
            let absent = Command::KeyAbsent { key: serial };
            let _told = self.runtime.block_on(realm.ask(absent));
        }
        let duty = KeyDuty {
            licence: key.by.clone(),
            enrolled: key.enrolled.clone(),
            proof_interval_ms: 0,
            last_proof: None,
            present: false,
            counter: None,
            suspect: false,
        };
        let Ok(nonce) = fresh_nonce() else {
            return;
        };
        for held in self.held.iter_mut().filter(|held| held.may_be_lost(key)) {
            match prove(&self.runtime, realm, &duty, &mut held.found, &nonce) {
                Err(failure) if failure.is_revoked() => {
                    tracing::warn!(%serial, place = %held.found.place, "a hardware key that was revoked as lost is here");
                    held.lost.insert(serial);
                }
                // It is another key, or cannot say which it is: it is not asked in a loop.
                _ => {
                    held.is_not.insert(serial);
                }
            }
        }
    }
}
