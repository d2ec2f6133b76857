//! Hardware keys, for `octroi key`: what the key thread sees beside what the realms' licences name. It
//! judges nothing; what it means is said by whoever asks.

use std::collections::BTreeMap;

use octroi_engine::{KeyDuty, KeyView, RevokedKey};
use octroi_licence::{KeyRule, LicenceId};
use octroi_proto::admin::v1 as wire;

use crate::{
    hardware::{KeysSeen, told},
    realm::{Reading, Realm},
    realms::Realms,
};

/// Everything; `look`: at every port now.
pub(super) async fn seen(realms: &Realms, look: bool) -> wire::HardwareKeysResponse {
    let keys = realms.keys();
    let seen = if look { keys.look().await } else { keys.seen() };
    let settings = &realms.configuration().hardware_key;
    let (plugged, problems) = told::seen(&seen);
    let emulators = settings.emulators.iter();
    let mut response = wire::HardwareKeysResponse {
        uid: rustix::process::geteuid().as_raw(),
        usb_keys: settings.usb,
        emulators: emulators
            .map(|socket| socket.display().to_string())
            .collect(),
        watching: seen.watching,
        container: told::container().unwrap_or_default(),
        devices: told::devices(),
        plugged,
        problems,
        named: Vec::new(),
        lost: Vec::new(),
    };
    for realm in realms.all() {
        let Some(of_realm) = realm.read(OfRealm::of).await else {
            continue;
        };
        let named = of_realm.named.iter();
        response
            .named
            .extend(named.map(|duty| of_realm.named(&realm, duty, &seen)));
        let lost = of_realm.lost.iter();
        response.lost.extend(lost.map(|key| lost_key(&realm, key)));
    }
    response
}

/// What is copied out of a realm's owner.
struct OfRealm {
    elapsed_ms: u64,
    named: Vec<KeyDuty>,
    licences: BTreeMap<LicenceId, KeyView>,
    lost: Vec<RevokedKey>,
}

impl OfRealm {
    fn of(reading: &Reading<'_>) -> Self {
        let engine = reading.engine;
        let licences = engine.licences().into_iter();
        Self {
            elapsed_ms: engine.clock(reading.now).map_or(0, |clock| clock.elapsed.0),
            named: engine.hardware_keys(),
            licences: licences
                .filter_map(|view| Some((view.licence, view.key?)))
                .collect(),
            lost: engine.revoked_keys(),
        }
    }

    fn named(&self, realm: &Realm, duty: &KeyDuty, seen: &KeysSeen) -> wire::NamedKey {
        let serial = duty.enrolled.serial;
        let licence = self.licences.get(&duty.licence);
        let ago = duty
            .last_proof
            .map(|proof| self.elapsed_ms.saturating_sub(proof.0));
        let since = licence.and_then(|licence| licence.absent_since);
        let failure = seen.failures.get(&(realm.vendor().clone(), serial));
        wire::NamedKey {
            vendor: realm.vendor().to_string(),
            licence_id: duty.licence.to_string(),
            serial: serial.to_string(),
            kind: told::kind(duty.enrolled.kind()).to_owned(),
            emulator_accepted: duty.enrolled.emulator_accepted,
            present: duty.present,
            proven: ago.is_some(),
            proven_ago_ms: ago.unwrap_or(0),
            proof_due_in_ms: ago.map_or(0, |ago| duty.proof_interval_ms.saturating_sub(ago)),
            proof_interval_ms: duty.proof_interval_ms,
            counted: duty.counter.is_some(),
            counter: duty.counter.unwrap_or(0),
            suspect: duty.suspect,
            failure: failure.map(|failure| told::failure(failure)),
            all_needed: licence.is_some_and(|licence| licence.rule == KeyRule::All),
            licence_without_key: since.is_some(),
            absent_ms: since.map_or(0, |since| self.elapsed_ms.saturating_sub(since.0)),
            budget_left_ms: licence.map_or(0, |licence| licence.budget_left_ms),
        }
    }
}

fn lost_key(realm: &Realm, key: &RevokedKey) -> wire::LostKey {
    wire::LostKey {
        vendor: realm.vendor().to_string(),
        serial: key.enrolled.serial.to_string(),
        kind: told::kind(key.enrolled.kind()).to_owned(),
        revoked_by: key.by.to_string(),
        named_by: key.named_by.iter().map(ToString::to_string).collect(),
        present: key.present,
    }
}
