//! The handle of a seat that is held. It works from any thread, in blocking code and on any runtime.

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::{oneshot, watch};

use crate::{
    Lease, Release, SeatEnd, SeatId, clock,
    pending::{Granted, Standing, View},
    shared::Lifeline,
};

/// How a seat stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SeatStatus {
    /// It may be used.
    Held,
    /// An administrator takes it back: stop using it and acknowledge.
    Revoked {
        /// How long it may still be kept.
        left: Duration,
    },
    /// It is gone.
    Ended(SeatEnd),
}

/// A seat, held as long as this value lives: dropping it gives the seat back.
///
/// A seat keeps its session open, even where the session itself was dropped.
#[must_use = "a seat that is dropped is given back at once"]
pub struct Seat {
    id: SeatId,
    view: watch::Receiver<View>,
    line: Arc<Lifeline>,
    given_back: bool,
}

impl Seat {
    pub(crate) fn new(granted: Granted, line: Arc<Lifeline>) -> Self {
        Self {
            id: granted.seat,
            view: granted.view,
            line,
            given_back: false,
        }
    }

    /// Units of the seat that were granted over the limit, as the licence allows for a time; 0: none.
    pub fn overdrawn(&self) -> u32 {
        self.lease().overdrawn
    }

    /// The seat within the daemon's realm of this vendor.
    pub fn id(&self) -> SeatId {
        self.id
    }

    /// What the seat rests on: after a resume, the newest lease.
    pub fn lease(&self) -> Lease {
        Lease::clone(&self.view.borrow().lease)
    }

    /// Says whether the application may go on using what the seat allows. Cheap: asks nobody.
    ///
    /// While the connection is lost, a seat stays valid until the SDK gives up resuming. A seat also
    /// ends at its lease's end, counted in time elapsed since the lease, whatever this machine's
    /// clock says and whether or not the daemon still does.
    pub fn is_valid(&self) -> bool {
        !matches!(self.status(), SeatStatus::Ended(_))
    }

    /// How the seat stands.
    pub fn status(&self) -> SeatStatus {
        if self.line.0.in_owner().is_err() {
            return SeatStatus::Ended(SeatEnd::Forked);
        }
        status_at(&self.view.borrow(), clock::since_boot())
    }

    /// Tells the daemon that the application has stopped using a seat that was revoked; the seat is
    /// gone then. Does nothing where the seat is not revoked.
    pub fn acknowledge(&self) {
        if self.line.0.in_owner().is_ok() {
            self.line.0.state().acknowledge(self.id);
        }
    }

    /// Calls `callback` once when the seat is gone without the application's doing; at once where it
    /// already is. It runs on the thread that serves the session, so it must be quick and must not
    /// wait for the session.
    pub fn on_lost(&self, callback: impl FnOnce(SeatEnd) + Send + 'static) {
        if self.line.0.in_owner().is_err() {
            return callback(SeatEnd::Forked);
        }
        let refused = self.line.0.state().on_lost(self.id, Box::new(callback));
        if let Some(callback) = refused {
            match self.view.borrow().standing {
                Standing::Ended(cause) => callback(cause),
                Standing::Held | Standing::Revoked(_) => callback(SeatEnd::Other),
            }
        }
    }

    /// Waits until the seat is gone, and says why.
    pub async fn lost(&self) -> SeatEnd {
        let mut view = self.view.clone();
        loop {
            let standing = view.borrow_and_update().standing;
            if let Standing::Ended(cause) = standing {
                return cause;
            }
            if view.changed().await.is_err() {
                return SeatEnd::SessionEnded;
            }
        }
    }

    /// Gives the seat back and lets the daemon's confirmation be waited for: `.wait()` in blocking
    /// code, `.await` on tokio. Dropping the seat does the same without confirmation.
    pub fn release(mut self) -> Release {
        self.given_back = true;
        let (reply, answer) = oneshot::channel();
        let outcome = self.line.0.in_owner().map(|()| {
            let effects = self.line.0.state().release(self.id, Some(reply));
            self.line.0.carry_out(effects);
            answer
        });
        Release::new(Arc::clone(&self.line), outcome)
    }
}

/// How a view stands at `now`, since boot.
fn status_at(view: &View, now: Duration) -> SeatStatus {
    let elapsed = now.saturating_sub(view.leased_at);
    let elapsed = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
    let civil = view.lease.granted_at.0.saturating_add(elapsed);
    let over = view
        .lease
        .ends_at
        .is_some_and(|end| civil >= end.millis().0);
    match view.standing {
        Standing::Ended(cause) => SeatStatus::Ended(cause),
        _ if over => SeatStatus::Ended(SeatEnd::LicenceEnded),
        Standing::Revoked(until) if now >= until => SeatStatus::Ended(SeatEnd::Revoked),
        Standing::Revoked(until) => SeatStatus::Revoked {
            left: until.saturating_sub(now),
        },
        Standing::Held => SeatStatus::Held,
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if !self.given_back && self.line.0.in_owner().is_ok() {
            self.line.0.release(self.id);
        }
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat")
            .field("id", &self.id)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use octroi_licence::{CivilMillis, CivilSeconds, DocumentDigest};

    fn view(standing: Standing) -> View {
        View {
            lease: Arc::new(Lease {
                seat: SeatId(1),
                feature: "solver".parse().unwrap(),
                units: 1,
                licence: "lic".parse().unwrap(),
                licence_digest: DocumentDigest::from_bytes([0; 32]),
                granted_at: CivilMillis(1_000_000),
                ends_at: Some(CivilSeconds(1_010)),
                overdrawn: 0,
                proven_by: Vec::new(),
                checkout: 2,
                wants_proof: false,
                per_host: false,
            }),
            leased_at: Duration::from_secs(50),
            standing,
        }
    }

    #[test]
    fn a_seat_ends_when_its_lease_does_though_the_daemon_is_silent() {
        let view = view(Standing::Held);
        let status = |seconds| status_at(&view, Duration::from_secs(seconds));
        assert_eq!(status(59), SeatStatus::Held);
        assert_eq!(status(60), SeatStatus::Ended(SeatEnd::LicenceEnded));
    }

    #[test]
    fn a_revoked_seat_may_be_used_until_its_hold_has_passed() {
        let view = view(Standing::Revoked(Duration::from_secs(55)));
        let status = |seconds| status_at(&view, Duration::from_secs(seconds));
        let left = Duration::from_secs(1);
        assert_eq!(status(54), SeatStatus::Revoked { left });
        assert_eq!(status(55), SeatStatus::Ended(SeatEnd::Revoked));
    }
}
