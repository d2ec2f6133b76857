//! Borrowed seats: each is a seat that belongs to no session, with the end of its present period. Ends
//! are compared with the confirmed civil time, so that no leap of the clock frees a seat whose lease
//! somebody still holds.

use std::collections::{BTreeMap, BTreeSet};

use octroi_licence::{BorrowId, CivilSeconds, ProductId};

use crate::{SeatId, UserPseudonym};

/// One borrowed seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Borrowed {
    pub(crate) seat: SeatId,
    pub(crate) user: UserPseudonym,
    pub(crate) product: ProductId,
    /// First instant after the present period.
    pub(crate) until: CivilSeconds,
    /// No period ends later.
    pub(crate) longest: CivilSeconds,
    /// Given back or recalled: there is no further period.
    pub(crate) returned: bool,
}

/// Every borrowed seat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Borrows {
    by_id: BTreeMap<BorrowId, Borrowed>,
    by_seat: BTreeMap<SeatId, BorrowId>,
    ends: BTreeSet<(CivilSeconds, BorrowId)>,
}

impl Borrows {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(crate) fn get(&self, id: BorrowId) -> Option<&Borrowed> {
        self.by_id.get(&id)
    }

    pub(crate) fn of_seat(&self, seat: SeatId) -> Option<BorrowId> {
        self.by_seat.get(&seat).copied()
    }

    /// By id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (BorrowId, &Borrowed)> {
        self.by_id.iter().map(|(id, borrowed)| (*id, borrowed))
    }

    /// The period that ends first.
    pub(crate) fn first_end(&self) -> Option<(CivilSeconds, BorrowId)> {
        self.ends.first().copied()
    }

    pub(crate) fn insert(&mut self, id: BorrowId, borrowed: Borrowed) {
        self.remove(id);
        self.ends.insert((borrowed.until, id));
        self.by_seat.insert(borrowed.seat, id);
        self.by_id.insert(id, borrowed);
    }

    pub(crate) fn renew(&mut self, id: BorrowId, until: CivilSeconds) -> Option<SeatId> {
        let borrowed = self.by_id.get_mut(&id)?;
        self.ends.remove(&(borrowed.until, id));
        borrowed.until = until;
        self.ends.insert((until, id));
        Some(borrowed.seat)
    }

    pub(crate) fn give_back(&mut self, id: BorrowId) -> Option<CivilSeconds> {
        let borrowed = self.by_id.get_mut(&id)?;
        borrowed.returned = true;
        Some(borrowed.until)
    }

    pub(crate) fn remove(&mut self, id: BorrowId) -> Option<Borrowed> {
        let borrowed = self.by_id.remove(&id)?;
        self.ends.remove(&(borrowed.until, id));
        self.by_seat.remove(&borrowed.seat);
        Some(borrowed)
    }
}
