//! Amounts, reservations and borrowed seats, read from state and documents.

use std::sync::Arc;

use octroi_licence::{BorrowId, CivilMillis, CivilSeconds, FeatureName, LicenceId, WeeklyTimes};

use crate::{
    Engine, Loan, MeterView, OperationView, ReservationView, SessionId, WindowSpan, WindowView,
    catalogue::Offer, gauges, ids::PoolKey, state::Meter,
};

impl Engine {
    /// Every metered feature of every licence in force at the judged civil time `civil`, by product,
    /// feature and order of use.
    pub fn meters(&self, civil: CivilMillis) -> Vec<MeterView> {
        let at = civil.seconds();
        self.fresh(|catalogue| {
            let offers = catalogue.all();
            offers
                .filter_map(|offer| self.meter_view(offer, at))
                .collect()
        })
    }

    /// The metered features of the session's product; empty where the session is not open.
    pub fn meters_of(&self, session: SessionId, civil: CivilMillis) -> Vec<MeterView> {
        let Some(open) = self.state.sessions.get(session) else {
            return Vec::new();
        };
        let at = civil.seconds();
        self.fresh(|catalogue| {
            let offers = catalogue.of_product(&open.product);
            offers
                .filter_map(|offer| self.meter_view(offer, at))
                .collect()
        })
    }

    /// What operations used and what is announced of them, where a licence in force has them announced.
    pub fn operations(&self, civil: CivilMillis) -> Vec<OperationView> {
        let at = civil.seconds();
        self.fresh(|catalogue| {
            let mut views = Vec::new();
            for offer in catalogue.all() {
                let above = gauges::metered(offer).and_then(|one| one.announce_above);
                let (Some(above), Some(meter)) = (above, self.meter_state(offer)) else {
                    continue;
                };
                for (id, one) in &meter.operations {
                    views.push(OperationView {
                        licence: offer.licence().clone(),
                        feature: offer.feature.name.clone(),
                        operation: *id,
                        month: gauges::month_named(*id),
                        used: one.used,
                        announced: one.announced.filter(|(_, until)| at < *until),
                        announce_above: above,
                        unannounced: one.reported,
                    });
                }
            }
            views
        })
    }

    /// Interventions that are open, by the number of the record that opened each, with when.
    pub fn open_interventions(&self) -> impl Iterator<Item = (u64, CivilMillis)> {
        let open = self.state.interventions.iter();
        open.map(|(opened, at)| (*opened, *at))
    }

    fn meter_state(&self, offer: &Offer) -> Option<&Meter> {
        let key = PoolKey {
            licence: offer.licence().clone(),
            feature: offer.feature.name.clone(),
        };
        self.state.meters.get(&key)
    }

    fn meter_view(&self, offer: &Offer, at: CivilSeconds) -> Option<MeterView> {
        let metered = gauges::metered(offer)?;
        let meter = self.meter_state(offer);
        let windows = gauges::windows(offer, meter, at);
        let excess = windows.last().and_then(|month| {
            let key = (WindowSpan::Month, month.starts_at);
            Some(meter?.windows.get(&key)?.excess)
        });
        let times = &offer.feature.allowed_times;
        let zone = &offer.terms.zone;
        let closed = !WeeklyTimes::allow(times, zone, at);
        let operations = meter.into_iter().flat_map(|meter| &meter.operations);
        Some(MeterView {
            licence: offer.licence().clone(),
            product: offer.terms.licence.product.clone(),
            feature: offer.feature.name.clone(),
            counted: metered.counted.clone(),
            windows,
            excess: excess.unwrap_or(0),
            opens_at: closed.then(|| WeeklyTimes::next(times, zone, at)).flatten(),
            operations: operations
                .map(|(id, one)| {
                    let announced = one.announced.filter(|(_, until)| at < *until);
                    (*id, one.used, announced.map(|(amount, _)| amount))
                })
                .collect(),
        })
    }

    pub(crate) fn windows_of(
        &self,
        licence: &LicenceId,
        feature: &FeatureName,
        civil: CivilMillis,
    ) -> Vec<WindowView> {
        let offer = self.catalogue().offer(licence, feature).map(Arc::as_ref);
        offer.map_or_else(Vec::new, |offer| {
            gauges::windows(offer, self.meter_state(offer), civil.seconds())
        })
    }

    /// Reservations that wait, and those that were decided lately, by id.
    pub fn reservations(&self) -> impl Iterator<Item = ReservationView> {
        let reservations = self.state.meters.reservations.iter();
        reservations.map(|(id, one)| ReservationView {
            reservation: *id,
            number: one.number,
            user: one.user,
            licence: one.key.licence.clone(),
            feature: one.key.feature.clone(),
            amount: one.amount,
            status: one.status,
            until: one.until,
        })
    }

    /// Every borrowed seat, by id.
    pub fn loans(&self) -> impl Iterator<Item = Loan> {
        let borrows = self.state.borrows.iter();
        borrows.filter_map(|(id, _)| self.loan(id))
    }

    /// One borrowed seat; `None` where it is free again or never was borrowed.
    pub fn loan(&self, borrow: BorrowId) -> Option<Loan> {
        let borrowed = self.state.borrows.get(borrow)?;
        let seat = self.state.seats.get(borrowed.seat)?;
        let key = &self.state.seats.pool(seat.pool)?.key;
        Some(Loan {
            borrow,
            seat: borrowed.seat,
            user: borrowed.user,
            licence: key.licence.clone(),
            licence_digest: seat.licence_digest,
            feature: key.feature.clone(),
            units: seat.units,
            until: borrowed.until,
            longest: borrowed.longest,
            returned: borrowed.returned,
        })
    }
}
