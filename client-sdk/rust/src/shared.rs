//! What the handles of one session share: its state behind a lock that is never held while anything
//! waits or foreign code runs, its events, and the process to which it belongs.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use octroi_licence::{BorrowerKey, CivilSeconds};
use octroi_proto::licensing::v1 as wire;
use tokio::sync::{Notify, watch};
use zeroize::Zeroizing;

use crate::{
    BENEFICIARY_BYTES_MAX, Beneficiary, BorrowOptions, BorrowedSeat, CheckoutOptions,
    ConsumeOptions, Consumption, Error, FeatureUse, PendingSeat, SeatId,
    client::{Settings, invalid},
    event::EventQueue,
    lending::Lent,
    pending::{Anew, Answer, Completion, Effects, PendingBorrow, PendingConsumption, Turn},
    state::State,
};

pub(crate) struct Shared {
    pub(crate) settings: Arc<Settings>,
    pub(crate) events: EventQueue,
    /// The last handle is gone, or the application closes.
    pub(crate) closing: Notify,
    /// The driver has ended.
    pub(crate) over: watch::Sender<bool>,
    state: Mutex<State>,
    opened_by: u32,
}

impl Shared {
    pub(crate) fn new(settings: Arc<Settings>, state: State) -> Self {
        Self {
            settings,
            events: EventQueue::default(),
            closing: Notify::new(),
            over: watch::Sender::new(false),
            state: Mutex::new(state),
            opened_by: std::process::id(),
        }
    }

    /// Refuses a fork of the process: it shares the socket but not the thread that serves it, and
    /// its copy of the lock may be held by nobody.
    pub(crate) fn in_owner(&self) -> Result<(), Error> {
        same_process(self.opened_by, std::process::id())
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out what a change of state asks for, the lock released.
    pub(crate) fn carry_out(&self, effects: Effects) -> Turn {
        for event in effects.events {
            self.events.push(event);
        }
        for completion in effects.done {
            match completion {
                Completion::Checkout(reply, answer) => {
                    // Nobody waits any more: the seat goes back.
                    if let Err(Ok(granted)) = reply.send(answer) {
                        self.release(granted.seat);
                    }
                }
                Completion::Release(reply, answer) => reply.send(answer).unwrap_or_default(),
                Completion::List(reply, answer) => drop(reply.send(answer)),
                Completion::Consumption(reply, answer) => drop(reply.send(answer)),
                Completion::Borrow(reply, answer) => {
                    // Nobody waits any more: without its key the seat would serve nobody.
                    if let Err(Ok(lent)) = reply.send(answer) {
                        self.state().give_back(lent.key.public_key(), None);
                    }
                }
                Completion::Return(reply, answer) => drop(reply.send(answer)),
                // An application's panic must not end the session that its other seats rest on.
                Completion::Lost(callback, cause) => {
                    drop(catch_unwind(AssertUnwindSafe(|| callback(cause))));
                }
            }
        }
        effects.turn
    }

    pub(crate) fn release(&self, seat: SeatId) {
        let effects = self.state().release(seat, None);
        self.carry_out(effects);
    }

    /// The session is over for `error`.
    pub(crate) fn end(&self, error: &Error) {
        let effects = self.state().end(error);
        self.carry_out(effects);
        self.events.end();
    }

    pub(crate) fn not_answering(&self, waited: Duration) -> Error {
        Error::DaemonNotAnswering {
            socket: self.settings.socket.clone(),
            waited,
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The state holds secrets.
        f.debug_struct("Session")
            .field("product", &self.settings.product)
            .field("socket", &self.settings.socket)
            .finish_non_exhaustive()
    }
}

fn same_process(opened_by: u32, caller: u32) -> Result<(), Error> {
    if opened_by == caller {
        return Ok(());
    }
    Err(Error::Forked { opened_by, caller })
}

/// Held by every handle of a session; the session ends with the last one.
#[derive(Debug)]
pub(crate) struct Lifeline(pub(crate) Arc<Shared>);

impl Lifeline {
    pub(crate) fn request(
        self: &Arc<Self>,
        feature: &str,
        options: CheckoutOptions,
        whom: Option<Beneficiary>,
    ) -> Result<PendingSeat, Error> {
        self.0.in_owner()?;
        let feature = feature.parse().map_err(|why| invalid("feature", why))?;
        let whom = whom.map(|whom| whom.to_wire()).transpose()?;
        let (ticket, answer) = self.0.state().checkout(feature, options, whom)?;
        Ok(PendingSeat::new(
            Arc::clone(self),
            ticket,
            answer,
            options.wait,
        ))
    }

    pub(crate) fn consume(
        &self,
        feature: &str,
        amount: u64,
        options: ConsumeOptions,
    ) -> Result<Answer<Consumption>, Error> {
        self.0.in_owner()?;
        let feature = feature.parse().map_err(|why| invalid("feature", why))?;
        if amount == 0 {
            return Err(invalid("amount", "it is zero"));
        }
        let operation = options.operation.unwrap_or_default();
        if operation.len() > BENEFICIARY_BYTES_MAX || operation.chars().any(char::is_control) {
            let why = format!("at most {BENEFICIARY_BYTES_MAX} bytes, no control characters");
            return Err(invalid("operation", why));
        }
        let beneficiary = options.whom.map(|whom| whom.to_wire()).transpose()?;
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.0.state().consume(PendingConsumption {
            feature,
            amount,
            operation,
            beneficiary,
            reply,
            refetched: false,
        })?;
        Ok(answer)
    }

    /// Borrows a seat under a fresh key.
    pub(crate) fn borrow(
        &self,
        feature: &str,
        options: BorrowOptions,
    ) -> Result<Answer<Box<Lent>>, Error> {
        self.0.in_owner()?;
        let feature = feature.parse().map_err(|why| invalid("feature", why))?;
        let beneficiary = options.whom.map(|whom| whom.to_wire()).transpose()?;
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(|why| Error::System {
            what: "random bytes",
            why: why.to_string(),
        })?;
        let anew = Anew {
            feature,
            units: options.units.max(1),
            // Under a second is not as long as one likes.
            longest_s: options.longest.map_or(0, |longest| {
                u32::try_from(longest.as_secs()).unwrap_or(u32::MAX).max(1)
            }),
        };
        let key = BorrowerKey::from_seed(&seed);
        self.ask_to_borrow(Some(anew), key, beneficiary)
    }

    /// Asks for another period.
    pub(crate) fn renew(
        &self,
        seat: &BorrowedSeat,
        whom: Option<Beneficiary>,
    ) -> Result<Answer<Box<Lent>>, Error> {
        self.0.in_owner()?;
        let beneficiary = whom.map(|whom| whom.to_wire()).transpose()?;
        self.ask_to_borrow(None, seat.lent.key.clone(), beneficiary)
    }

    fn ask_to_borrow(
        &self,
        anew: Option<Anew>,
        key: BorrowerKey,
        beneficiary: Option<wire::Beneficiary>,
    ) -> Result<Answer<Box<Lent>>, Error> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.0.state().borrow(PendingBorrow {
            anew,
            key,
            beneficiary,
            reply,
            refetched: false,
        })?;
        Ok(answer)
    }

    pub(crate) fn return_early(
        &self,
        seat: &BorrowedSeat,
    ) -> Result<Answer<Option<CivilSeconds>>, Error> {
        self.0.in_owner()?;
        let (reply, answer) = tokio::sync::oneshot::channel();
        let borrower = seat.lent.key.public_key();
        let mut state = self.0.state();
        state.accepts_borrowing()?;
        state.give_back(borrower, Some(reply));
        Ok(answer)
    }

    pub(crate) fn list(&self) -> Result<Answer<Vec<FeatureUse>>, Error> {
        self.0.in_owner()?;
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.0.state().list(Some(reply))?;
        Ok(answer)
    }

    /// Ends the session; the driver says goodbye.
    pub(crate) fn close(&self) -> Result<watch::Receiver<bool>, Error> {
        self.0.in_owner()?;
        let over = self.0.over.subscribe();
        self.0.closing.notify_one();
        Ok(over)
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        if self.0.in_owner().is_ok() {
            self.0.closing.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_is_told_whose_session_it_is() {
        assert_eq!(same_process(7, 7), Ok(()));
        let error = same_process(7, 8).unwrap_err();
        assert_eq!(
            error,
            Error::Forked {
                opened_by: 7,
                caller: 8
            }
        );
        assert_eq!(error.code(), "FORKED");
    }
}
