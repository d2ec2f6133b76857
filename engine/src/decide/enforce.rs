//! Seats that may no longer be held: documents, orders, dates and keys changed under them. A newer
//! licence or certificate ends no more than it has no room for, lingering seats and the newest
//! grants first; where it grants use over the limit, it ends none for want of room. A licence whose term has not begun, or whose host no longer matches, grants nothing
//! and ends nothing.

use std::{collections::BTreeMap, sync::Arc};

use octroi_licence::{LicenceId, Overdraft};

use super::Turn;
use crate::{
    GroupKey, Outcome, SeatEnd, SeatId,
    catalogue::Offer,
    state::{Ordered, PoolIndex},
};

impl Turn<'_> {
    /// Ends what a licence no longer carries, and tells those who wait in vain.
    pub(super) fn enforce(&mut self, licence: &LicenceId) {
        self.settle_end(licence);
        self.engine.draw_up();
        let Some(state) = self.engine.state.licences.get(licence) else {
            return;
        };
        let pools: Vec<PoolIndex> = state.pools.values().copied().collect();
        let spent = state.absence.open.is_some_and(|open| open.spent);
        for pool in pools {
            let offer = self.offer_of(pool).map(Arc::clone);
            let cause = match &offer {
                None => Some(SeatEnd::ShareReduced),
                Some(offer) if offer.terms.revoked || offer.ordered == Ordered::Suspended => {
                    Some(SeatEnd::Suspended)
                }
                Some(offer) if offer.terms.transferred || offer.terms.use_ended => {
                    Some(SeatEnd::LicenceEnded)
                }
                Some(offer) if offer.ordered == Ordered::Terminated => {
                    (!self.on_notice(offer)).then_some(SeatEnd::Suspended)
                }
                Some(offer) if offer.ends_at.is_some_and(|end| end.millis() <= self.civil) => {
                    Some(SeatEnd::LicenceEnded)
                }
                Some(_) => spent.then_some(SeatEnd::HardwareKeyAbsent),
            };
            match (cause, offer) {
                (Some(cause), _) => self.end_seats_of(pool, cause),
                (None, Some(offer)) => self.shrink(pool, &offer),
                (None, None) => {}
            }
        }
        self.refuse_waiters_of(licence);
    }

    pub(super) fn refuse_waiters_of(&mut self, licence: &LicenceId) {
        if self.engine.state.queue.is_empty() {
            return;
        }
        self.engine.draw_up();
        if let Some(terms) = self.engine.catalogue().licences.get(licence) {
            let product = terms.licence.product.clone();
            self.refuse_waiters(&product);
        }
    }

    pub(super) fn end_all_seats(&mut self, licence: &LicenceId, cause: SeatEnd) {
        let Some(state) = self.engine.state.licences.get(licence) else {
            return;
        };
        let pools: Vec<PoolIndex> = state.pools.values().copied().collect();
        for pool in pools {
            self.end_seats_of(pool, cause);
        }
    }

    fn seats_of(&self, pool: PoolIndex) -> Vec<SeatId> {
        let seats = self.engine.state.seats.iter();
        seats
            .filter(|(_, seat)| seat.pool == pool)
            .map(|(id, _)| id)
            .collect()
    }

    fn end_seats_of(&mut self, pool: PoolIndex, cause: SeatEnd) {
        for seat in self.seats_of(pool) {
            self.end_seat(seat, cause);
        }
    }

    /// Ends seats until the rest has room: lingering ones, then those of the group that began to
    /// count last, its newest first.
    fn shrink(&mut self, pool: PoolIndex, offer: &Offer) {
        // Where use over the limit was ever granted, it keeps its seats when that ends.
        if offer.feature.overdraft != Overdraft::Deny {
            return;
        }
        if offer.named_users().is_some() {
            self.shrink_named(pool, offer);
            return;
        }
        let limit = u64::from(offer.allotment().units);
        if self.fits_into(pool, limit) {
            return;
        }
        let mut lingering = Vec::new();
        let mut groups: BTreeMap<GroupKey, Vec<SeatId>> = BTreeMap::new();
        for (id, seat) in self
            .engine
            .state
            .seats
            .iter()
            .filter(|(_, seat)| seat.pool == pool)
        {
            if seat.lingers() {
                lingering.push(id);
            } else {
                groups.entry(seat.group).or_default().push(id);
            }
        }
        let mut groups: Vec<Vec<SeatId>> = groups.into_values().collect();
        groups.sort_by_key(|seats| seats.first().copied());
        let ordered = lingering.into_iter().rev();
        let ordered = ordered.chain(
            groups
                .into_iter()
                .rev()
                .flat_map(|seats| seats.into_iter().rev()),
        );
        for seat in ordered.collect::<Vec<_>>() {
            if self.fits_into(pool, limit) {
                return;
            }
            self.end_seat(seat, SeatEnd::ShareReduced);
        }
    }

    fn fits_into(&self, pool: PoolIndex, limit: u64) -> bool {
        self.engine
            .state
            .seats
            .pool(pool)
            .is_none_or(|pool| pool.in_use() <= limit)
    }

    /// The shell compared the host with the activated one; only news are recorded.
    pub(super) fn host_compared(
        &mut self,
        licence: &LicenceId,
        matched: u32,
        readable: u32,
    ) -> Outcome {
        let Some(state) = self.engine.state.licences.get(licence) else {
            return Outcome::Done;
        };
        if state.host != Some((matched, readable)) {
            let of = licence.clone();
            self.emit(crate::Event::HostCompared {
                licence: of,
                matched,
                readable,
            });
            self.refuse_waiters_of(licence);
            self.touch_all();
        }
        Outcome::Done
    }
}
