//! Orders about one reservation, one borrowed seat, or maintenance. The first two do nothing where
//! what they name is not there, and so never stand on the agenda then.

use octroi_licence::{DocumentDigest, LicenceId, Order, OrderKind, Scope};

use super::{Turn, orders::effect_of};
use crate::{BorrowEnd, Event, State};

impl Turn<'_> {
    /// Carries such an order out; says whether it was one.
    pub(super) fn take_usage_order(
        &mut self,
        licence: &LicenceId,
        digest: DocumentDigest,
        order: &Order,
    ) -> bool {
        if order.scope == Scope::Maintenance {
            // A cure notice about maintenance is no such order.
            let Some(effect) = effect_of(&order.kind) else {
                return false;
            };
            self.emit(Event::MaintenanceOrdered {
                licence: licence.clone(),
                digest,
                effect,
                ends_at: order.effective_at.unwrap_or(self.civil.seconds()),
            });
            return true;
        }
        let applies = applies(&self.engine.state, licence, order);
        match &order.kind {
            OrderKind::DecideReservation {
                reservation,
                decision,
            } => {
                if applies {
                    self.decide_reservation(*reservation, *decision, digest);
                }
                true
            }
            OrderKind::WriteOff(borrow) => {
                if applies {
                    self.end_borrow(*borrow, BorrowEnd::WrittenOff, Some(digest));
                }
                true
            }
            _ => false,
        }
    }
}

/// Says whether an order about a reservation or a borrowed seat finds it, under its licence and
/// feature.
pub(super) fn applies(state: &State, licence: &LicenceId, order: &Order) -> bool {
    let Scope::Feature(feature) = &order.scope else {
        return false;
    };
    match &order.kind {
        OrderKind::DecideReservation { reservation, .. } => {
            let held = state.meters.reservations.get(reservation);
            held.is_some_and(|held| {
                held.waits() && held.key.licence == *licence && held.key.feature == *feature
            })
        }
        OrderKind::WriteOff(borrow) => {
            let borrowed = state.borrows.get(*borrow);
            let seat = borrowed.and_then(|borrowed| state.seats.get(borrowed.seat));
            let pool = seat.and_then(|seat| state.seats.pool(seat.pool));
            pool.is_some_and(|pool| pool.key.licence == *licence && pool.key.feature == *feature)
        }
        _ => false,
    }
}
