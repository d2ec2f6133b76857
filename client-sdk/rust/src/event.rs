//! What an application is told without having asked, and the bounded queue in which it waits to be
//! read. An application that never reads loses events, never memory: what stands is in the seats.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use octroi_licence::{CivilSeconds, FeatureName, LicenceId, ReservationId};
use octroi_proto::licensing::v1 as wire;
use tokio::sync::Notify;

use crate::{Loss, ReservationDecision};

/// Events that wait to be read; beyond, the oldest are dropped and counted.
pub const EVENTS_MAX: usize = 256;

/// A seat of a daemon's realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeatId(pub u64);

impl fmt::Display for SeatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Something happened. Kinds are only added, so match with a default.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An administrator takes the seat back. The application's duty: save, stop using what the seat
    /// allows, then [`acknowledge`](crate::Seat::acknowledge). After `hold` it is gone anyway.
    SeatRevoked {
        /// Which.
        seat: SeatId,
        /// How long it may be kept.
        hold: Duration,
    },
    /// A seat is gone without having been released.
    SeatEnded {
        /// Which.
        seat: SeatId,
        /// Why.
        cause: SeatEnd,
    },
    /// A check-out with a wait stands in the queue.
    Waiting {
        /// For which feature.
        feature: FeatureName,
        /// 1 is the head.
        place: u32,
        /// From now to its deadline.
        deadline: Duration,
    },
    /// A licence, or one feature of it, comes to its end: its seats are lost then.
    LicenceEnding {
        /// Which.
        licence: LicenceId,
        /// Which feature; `None`: all.
        feature: Option<FeatureName>,
        /// First instant after it.
        ends_at: CivilSeconds,
    },
    /// An amount that was held for approval was decided.
    ReservationDecided {
        /// Which, as [`Consumption::AwaitingApproval`](crate::Consumption::AwaitingApproval) named it.
        reservation: ReservationId,
        /// What became of it.
        decision: ReservationDecision,
    },
    /// The hardware key is away: plug it in before the budget is spent.
    HardwareKeyAway {
        /// The licence that needs it.
        licence: LicenceId,
        /// Absence that is still tolerated; zero: new check-outs are refused.
        budget_left: Duration,
    },
    /// The hardware key is back.
    HardwareKeyBack {
        /// The licence that needs it.
        licence: LicenceId,
    },
    /// A licence or its activation was replaced. The SDK fetches the new documents by itself.
    DocumentsChanged {
        /// Which licence.
        licence: LicenceId,
    },
    /// The daemon stops, usually to start anew. Seats stay; the SDK resumes by itself.
    DaemonStopping,
    /// The connection broke. Seats stay while the SDK tries to resume.
    Disconnected {
        /// How long it will try.
        window: Duration,
    },
    /// The session goes on over a new connection.
    Resumed {
        /// How long it was away.
        away: Duration,
    },
    /// The session is over and its seats are gone.
    SessionLost {
        /// What ended it.
        why: Loss,
    },
    /// Events were dropped because the application did not read them. Look at the seats.
    Missed {
        /// How many.
        count: u64,
    },
}

/// Why a seat is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SeatEnd {
    /// The application released it.
    Released,
    /// An administrator took it back.
    Revoked,
    /// The licence, the feature or the activation came to its end.
    LicenceEnded,
    /// The vendor suspended or terminated it.
    Suspended,
    /// The hardware key stayed away beyond its budget.
    HardwareKeyAbsent,
    /// The session ended, or was lost.
    SessionEnded,
    /// A newer licence or activation has no room for it.
    ShareReduced,
    /// Its user was blocked.
    UserBlocked,
    /// A signed order freed the named user's seat.
    Reassigned,
    /// The user's identity was erased on this machine.
    UserErased,
    /// It ended while the connection was lost; the daemon does not say why.
    WhileDisconnected,
    /// After a resume the daemon's lease for it was not believed.
    Untrusted,
    /// A fork of the process looks at it; the seat is its parent's.
    Forked,
    /// A reason of a later daemon.
    Other,
}

impl SeatEnd {
    /// The stable name, such as `REVOKED`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Released => "RELEASED",
            Self::Revoked => "REVOKED",
            Self::LicenceEnded => "LICENCE_ENDED",
            Self::Suspended => "SUSPENDED",
            Self::HardwareKeyAbsent => "HARDWARE_KEY_ABSENT",
            Self::SessionEnded => "SESSION_ENDED",
            Self::ShareReduced => "SHARE_REDUCED",
            Self::UserBlocked => "USER_BLOCKED",
            Self::Reassigned => "REASSIGNED",
            Self::UserErased => "USER_ERASED",
            Self::WhileDisconnected => "WHILE_DISCONNECTED",
            Self::Untrusted => "UNTRUSTED",
            Self::Forked => "FORKED",
            Self::Other => "OTHER",
        }
    }

    pub(crate) fn from_wire(cause: i32) -> Self {
        match wire::SeatEndCause::try_from(cause) {
            Ok(wire::SeatEndCause::Released) => Self::Released,
            Ok(wire::SeatEndCause::Revoked) => Self::Revoked,
            Ok(wire::SeatEndCause::LicenceEnded) => Self::LicenceEnded,
            Ok(wire::SeatEndCause::Suspended) => Self::Suspended,
            Ok(wire::SeatEndCause::HardwareKeyAbsent) => Self::HardwareKeyAbsent,
            Ok(wire::SeatEndCause::SessionEnded) => Self::SessionEnded,
            Ok(wire::SeatEndCause::ShareReduced) => Self::ShareReduced,
            Ok(wire::SeatEndCause::UserBlocked) => Self::UserBlocked,
            Ok(wire::SeatEndCause::Reassigned) => Self::Reassigned,
            Ok(wire::SeatEndCause::UserErased) => Self::UserErased,
            Ok(wire::SeatEndCause::Unspecified) | Err(_) => Self::Other,
        }
    }
}

impl fmt::Display for SeatEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Events in the order in which they happened. Each is read once, by whoever reads first.
#[derive(Debug, Default)]
pub(crate) struct EventQueue {
    inner: Mutex<Inner>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    events: VecDeque<Event>,
    missed: u64,
    ended: bool,
}

impl EventQueue {
    pub(crate) fn push(&self, event: Event) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.ended {
            return;
        }
        if inner.events.len() >= EVENTS_MAX {
            inner.events.pop_front();
            inner.missed = inner.missed.saturating_add(1);
        }
        inner.events.push_back(event);
        drop(inner);
        self.arrived.notify_one();
    }

    /// Nothing comes any more.
    pub(crate) fn end(&self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.ended = true;
        drop(inner);
        self.arrived.notify_waiters();
        self.arrived.notify_one();
    }

    /// The next event that is there: `Ok(None)` where none is, `Err(())` where none will be.
    fn poll(&self) -> Result<Option<Event>, ()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let missed = std::mem::take(&mut inner.missed);
        if missed > 0 {
            return Ok(Some(Event::Missed { count: missed }));
        }
        match inner.events.pop_front() {
            Some(event) => Ok(Some(event)),
            None if inner.ended => Err(()),
            None => Ok(None),
        }
    }

    pub(crate) async fn next(&self) -> Option<Event> {
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            // Registered before looking, so that nothing can arrive in between unseen.
            arrived.as_mut().enable();
            match self.poll() {
                Ok(Some(event)) => {
                    // A permit is one, events may be many: another reader may go on.
                    self.arrived.notify_one();
                    return Some(event);
                }
                Err(()) => {
                    self.arrived.notify_one();
                    return None;
                }
                Ok(None) => arrived.await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_that_never_reads_loses_the_oldest_events_and_is_told_how_many() {
        let queue = EventQueue::default();
        for seat in 0..300 {
            let seat = SeatId(seat);
            queue.push(Event::SeatEnded {
                seat,
                cause: SeatEnd::Revoked,
            });
        }
        assert_eq!(queue.poll(), Ok(Some(Event::Missed { count: 44 })));
        let first = queue.poll().unwrap().unwrap();
        assert_eq!(
            first,
            Event::SeatEnded {
                seat: SeatId(44),
                cause: SeatEnd::Revoked
            }
        );
        assert_eq!(std::iter::from_fn(|| queue.poll().unwrap()).count(), 255);
    }

    #[test]
    fn after_the_end_what_waited_is_still_read() {
        let queue = EventQueue::default();
        queue.push(Event::DaemonStopping);
        queue.end();
        queue.push(Event::DaemonStopping);
        assert_eq!(queue.poll(), Ok(Some(Event::DaemonStopping)));
        assert_eq!(queue.poll(), Err(()));
    }
}
