//! What a session's state is made of: held seats, requests that are not answered yet, and what must
//! happen after a change. Values only; what changes them is in `state`, `answers` and `resumption`.

use std::{sync::Arc, time::Duration};

use octroi_licence::{BorrowerKey, CivilSeconds, FeatureName, LicenceId, PublicKey};
use octroi_proto::licensing::v1::{self as wire, client_message::Body as Ask};
use tokio::sync::{oneshot, watch};

use crate::{Consumption, Error, Event, Lease, Loss, SeatEnd, SeatId, Window, lending::Lent};

pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, Error>>;
pub(crate) type Callback = Box<dyn FnOnce(SeatEnd) + Send>;

/// How much of a feature is in use, as the daemon tells this user. Not proven: for people.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeatureUse {
    /// The feature.
    pub feature: FeatureName,
    /// The licence.
    pub licence: LicenceId,
    /// Seats of this daemon's share.
    pub limit: u32,
    /// Seats in use.
    pub in_use: u32,
    /// Check-outs that wait.
    pub waiting: u32,
    /// Units in use over the limit.
    pub overdrawn: u32,
    /// More is granted now than the limit.
    pub overdraft_open: bool,
    /// First instant at which no more is granted than the limit; `None`: no such instant is known.
    pub overdraft_until: Option<CivilSeconds>,
    /// Percentages of the limit that the use has reached and the licence wants shown, ascending.
    pub soft_limits_crossed: Vec<u32>,
    /// Of a metered feature: how its windows stand, the shortest first.
    pub windows: Vec<Window>,
    /// First instant at which a metered feature may be used again, where it is closed at this time of
    /// day.
    pub opens_at: Option<CivilSeconds>,
}

impl FeatureUse {
    /// What may still be consumed of a metered feature at once; `None`: as much as one likes, or it is
    /// no metered feature.
    pub fn remaining(&self) -> Option<u64> {
        self.windows.iter().filter_map(Window::remaining).min()
    }
}

/// A seat that was granted, on its way to whoever asked.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) seat: SeatId,
    pub(crate) view: watch::Receiver<View>,
}

/// What a seat's handle sees.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) lease: Arc<Lease>,
    /// When the lease came, since boot.
    pub(crate) leased_at: Duration,
    pub(crate) standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Held,
    /// Until then, since boot.
    Revoked(Duration),
    Ended(SeatEnd),
}

pub(crate) struct Held {
    pub(crate) view: watch::Sender<View>,
    pub(crate) on_lost: Vec<Callback>,
}

pub(crate) struct PendingCheckout {
    /// The number that it was first sent under; its asker knows it by that.
    pub(crate) ticket: u64,
    pub(crate) feature: FeatureName,
    pub(crate) units: u32,
    pub(crate) wait_ms: u32,
    /// `None`: for the operating-system user.
    pub(crate) beneficiary: Option<wire::Beneficiary>,
    /// What the hardware key is to prove to, where a licence asks for that; drawn for this check-out
    /// alone and sent with each retry.
    pub(crate) nonce: Option<[u8; 32]>,
    /// `None`: nobody wants the seat any more.
    pub(crate) reply: Option<Reply<Granted>>,
    /// The daemon has put it into the queue.
    pub(crate) queued: bool,
    /// Documents were fetched once for its sake.
    pub(crate) refetched: bool,
}

pub(crate) struct PendingConsumption {
    pub(crate) feature: FeatureName,
    pub(crate) amount: u64,
    /// Empty: none.
    pub(crate) operation: String,
    pub(crate) beneficiary: Option<wire::Beneficiary>,
    pub(crate) reply: Reply<Consumption>,
    /// Documents were fetched once for its sake.
    pub(crate) refetched: bool,
}

pub(crate) struct PendingBorrow {
    /// `None`: another period of what was borrowed with the key.
    pub(crate) anew: Option<Anew>,
    pub(crate) key: BorrowerKey,
    pub(crate) beneficiary: Option<wire::Beneficiary>,
    pub(crate) reply: Reply<Box<Lent>>,
    /// Documents were fetched once for its sake.
    pub(crate) refetched: bool,
}

/// A seat that is to be borrowed.
pub(crate) struct Anew {
    pub(crate) feature: FeatureName,
    pub(crate) units: u32,
    /// 0: as long as the licence allows.
    pub(crate) longest_s: u32,
}

pub(crate) enum Pending {
    Borrow(PendingBorrow),
    Return {
        borrower: PublicKey,
        reply: Option<Reply<Option<CivilSeconds>>>,
    },
    Consumption(PendingConsumption),
    Checkout(PendingCheckout),
    Release {
        seat: SeatId,
        reply: Option<Reply<()>>,
    },
    List {
        /// Seats held when it was asked.
        known: Vec<SeatId>,
        reply: Option<Reply<Vec<FeatureUse>>>,
    },
}

/// What must happen once the lock is released.
#[derive(Default)]
pub(crate) struct Effects {
    pub(crate) done: Vec<Completion>,
    pub(crate) events: Vec<Event>,
    pub(crate) turn: Turn,
}

/// Where the driver must turn next.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) enum Turn {
    #[default]
    GoOn,
    /// New documents: resume soon, all applications not at once.
    RefetchSoon,
    /// A lease rests on documents that were not shown yet.
    RefetchNow,
    Lost(Loss),
}

pub(crate) enum Completion {
    Borrow(Reply<Box<Lent>>, Result<Box<Lent>, Error>),
    /// When the seat is free; `None`: it is already.
    Return(
        Reply<Option<CivilSeconds>>,
        Result<Option<CivilSeconds>, Error>,
    ),
    Consumption(Reply<Consumption>, Result<Consumption, Error>),
    Checkout(Reply<Granted>, Result<Granted, Error>),
    Release(Reply<()>, Result<(), Error>),
    List(Reply<Vec<FeatureUse>>, Result<Vec<FeatureUse>, Error>),
    Lost(Callback, SeatEnd),
}

impl Pending {
    pub(crate) fn body(&self) -> Ask {
        match self {
            Self::Checkout(checkout) => Ask::Checkout(wire::Checkout {
                feature: checkout.feature.as_str().to_owned(),
                units: checkout.units,
                wait_ms: checkout.wait_ms,
                beneficiary: checkout.beneficiary.clone(),
                hardware_nonce: checkout
                    .nonce
                    .map(|nonce| nonce.to_vec())
                    .unwrap_or_default(),
            }),
            Self::Consumption(consumption) => Ask::Consume(wire::Consume {
                feature: consumption.feature.as_str().to_owned(),
                amount: consumption.amount,
                operation: consumption.operation.clone(),
                beneficiary: consumption.beneficiary.clone(),
            }),
            Self::Borrow(borrow) => borrow.body(),
            Self::Return { borrower, .. } => Ask::Return(wire::Return {
                borrower_key: borrower.as_bytes().to_vec(),
            }),
            Self::Release { seat, .. } => Ask::Release(wire::Release { seat: seat.0 }),
            Self::List { .. } => Ask::List(wire::List {}),
        }
    }
}

impl PendingBorrow {
    fn body(&self) -> Ask {
        let borrower_key = self.key.public_key().as_bytes().to_vec();
        let beneficiary = self.beneficiary.clone();
        match &self.anew {
            Some(anew) => Ask::Borrow(wire::Borrow {
                feature: anew.feature.as_str().to_owned(),
                units: anew.units,
                longest_s: anew.longest_s,
                borrower_key,
                beneficiary,
            }),
            None => Ask::RenewBorrow(wire::RenewBorrow {
                borrower_key,
                beneficiary,
            }),
        }
    }
}

impl Held {
    pub(crate) fn stand(&self, standing: Standing) {
        self.view.send_modify(|view| view.standing = standing);
    }
}
