//! What two states of a realm differ in, as far as it concerns people: licences, counts, seats that
//! are lost and check-outs that are answered. Reads two engines; decides and changes nothing.

use std::collections::BTreeMap;

use octroi_engine::{
    Engine, Event, FeatureView, Record, SeatEnd, SeatId, SeatStatus, SeatView, UserPseudonym,
};
use octroi_licence::{CivilSeconds, FeatureName, LicenceId};
use octroi_proto::{admin::v1 as wire, licensing::v1::SeatEndCause};

use super::view;
use crate::realm::{Realm, wire_refusal, wire_seat_end};

/// What became of `before` through `records`, which led to `after`.
pub(super) async fn between(
    realm: &Realm,
    before: &Engine,
    after: &Engine,
    records: &[Record],
) -> wire::Changes {
    let mut names = BTreeMap::new();
    wire::Changes {
        licences: licences(realm, before, after),
        features: features(realm, before, after),
        seats: seats(realm, before, after, records, &mut names).await,
        waiters: waiters(realm, before, records, &mut names).await,
    }
}

/// Adds what was found in another realm.
pub(super) fn add(to: &mut wire::Changes, more: wire::Changes) {
    to.licences.extend(more.licences);
    to.features.extend(more.features);
    to.seats.extend(more.seats);
    to.waiters.extend(more.waiters);
}

/// Says whether anything is in it.
pub(super) fn is_empty(changes: &wire::Changes) -> bool {
    changes.licences.is_empty()
        && changes.features.is_empty()
        && changes.seats.is_empty()
        && changes.waiters.is_empty()
}

fn licences(realm: &Realm, before: &Engine, after: &Engine) -> Vec<wire::LicenceChange> {
    let standing = |engine: &Engine| -> BTreeMap<LicenceId, wire::LicenceStatus> {
        let mut servers = view::servers(engine);
        let licences = engine.licences().into_iter();
        // Windows that are open now are the same before and after.
        let now = CivilSeconds(i64::MAX);
        licences
            .map(|one| {
                let server = servers.remove(&one.licence).unwrap_or_default();
                let id = one.licence.clone();
                (id, view::licence_status(one, Vec::new(), server, now))
            })
            .collect()
    };
    paired(standing(before), standing(after))
        .map(|(_, before, after)| wire::LicenceChange {
            vendor: realm.vendor().to_string(),
            before,
            after,
        })
        .collect()
}

fn features(realm: &Realm, before: &Engine, after: &Engine) -> Vec<wire::FeatureChange> {
    let counted = |engine: &Engine| -> BTreeMap<(LicenceId, FeatureName), FeatureView> {
        let features = engine.features().into_iter();
        features
            .map(|one| ((one.licence.clone(), one.feature.clone()), one))
            .collect()
    };
    let limit = |view: &Option<FeatureView>| view.as_ref().map_or(0, |view| view.limit);
    paired(counted(before), counted(after))
        .map(|((licence, _), before, after)| wire::FeatureChange {
            vendor: realm.vendor().to_string(),
            licence_id: licence.to_string(),
            limit_before: limit(&before),
            limit_after: limit(&after),
            before: before.as_ref().map(view::feature_status),
            after: after.as_ref().map(view::feature_status),
        })
        .collect()
}

/// What is on only one side, or not the same on both.
fn paired<K: Ord + Clone, V: PartialEq>(
    before: BTreeMap<K, V>,
    mut after: BTreeMap<K, V>,
) -> impl Iterator<Item = (K, Option<V>, Option<V>)> {
    let mut pairs: BTreeMap<K, (Option<V>, Option<V>)> = before
        .into_iter()
        .map(|(key, value)| {
            let now = after.remove(&key);
            (key, (Some(value), now))
        })
        .collect();
    pairs.extend(after.into_iter().map(|(key, now)| (key, (None, Some(now)))));
    pairs
        .into_iter()
        .filter(|(_, (before, after))| before != after)
        .map(|(key, (before, after))| (key, before, after))
}

/// Seats that somebody holds before and not after, or must give back.
async fn seats(
    realm: &Realm,
    before: &Engine,
    after: &Engine,
    records: &[Record],
    names: &mut BTreeMap<UserPseudonym, String>,
) -> Vec<wire::SeatLoss> {
    let causes: BTreeMap<SeatId, SeatEnd> = records
        .iter()
        .filter_map(|record| match record.event {
            Event::SeatEnded { seat, cause, .. } => Some((seat, cause)),
            _ => None,
        })
        .collect();
    let still: BTreeMap<SeatId, SeatStatus> =
        after.seats().map(|seat| (seat.seat, seat.status)).collect();
    let lost: Vec<SeatView> = before
        .seats()
        .filter(|seat| match (seat.status, still.get(&seat.seat)) {
            (SeatStatus::Lingering { .. }, _) => false,
            (before, Some(after)) => {
                std::mem::discriminant(&before) != std::mem::discriminant(after)
            }
            (_, None) => true,
        })
        .collect();
    let mut losses = Vec::with_capacity(lost.len());
    for seat in lost {
        let cause = causes
            .get(&seat.seat)
            .map_or(SeatEndCause::Revoked, |cause| wire_seat_end(*cause));
        let user = view::name(realm, seat.user, names).await;
        losses.push(wire::SeatLoss {
            seat: Some(view::seat_of(realm.vendor().as_str(), seat, user)),
            cause: cause.into(),
        });
    }
    losses
}

/// Check-outs that wait before and are answered by the records.
async fn waiters(
    realm: &Realm,
    before: &Engine,
    records: &[Record],
    names: &mut BTreeMap<UserPseudonym, String>,
) -> Vec<wire::WaiterChange> {
    let mut answers = BTreeMap::new();
    for record in records {
        match &record.event {
            Event::WaitEnded {
                session,
                number,
                refusal,
                ..
            } => {
                answers.insert((*session, *number), Some(refusal.clone()));
            }
            Event::SeatGranted {
                session, number, ..
            } => {
                answers.insert((*session, *number), None);
            }
            _ => {}
        }
    }
    let mut changes = Vec::new();
    for waiter in before.waiters() {
        let Some(refusal) = answers.remove(&(waiter.session, waiter.number)) else {
            continue;
        };
        let user = view::name(realm, waiter.user, names).await;
        changes.push(wire::WaiterChange {
            waiter: Some(view::waiter_of(realm.vendor().as_str(), &waiter, user)),
            refusal: refusal.map(wire_refusal),
        });
    }
    changes
}
