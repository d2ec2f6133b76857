//! Handles of what is not answered yet: a seat that was asked for, one that was given back. What
//! differs between blocking code and a runtime is only how the answer is waited for.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

use crate::{
    Error, Loss, Seat,
    park::block_on_for,
    pending::{Answer, Granted},
    shared::{Lifeline, Shared},
};

/// How long a hardware key may keep a check-out waiting beyond the deadline: two proofs in the daemon,
/// the one that is under way and the check-out's own.
const HARDWARE_PROOF_WITHIN: Duration = Duration::from_secs(10);

/// How a seat is asked for. The default is one unit, without waiting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use = "options do nothing by themselves"]
pub struct CheckoutOptions {
    pub(crate) units: u32,
    pub(crate) wait: Duration,
}

impl CheckoutOptions {
    /// Units of the feature's count; 0 and 1 both mean one.
    pub fn units(mut self, units: u32) -> Self {
        self.units = units;
        self
    }

    /// Stand in the queue at most so long where every seat is in use. Zero: do not wait.
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }
}

/// A seat that was asked for. Many may be open at one time. Dropping it gives the check-out up:
/// leaves the queue, and gives the seat back should it still come.
#[must_use = "a check-out that is dropped is given up"]
pub struct PendingSeat {
    line: Arc<Lifeline>,
    ticket: u64,
    answer: Answer<Granted>,
    wait: Duration,
    answered: bool,
}

impl PendingSeat {
    pub(crate) fn new(
        line: Arc<Lifeline>,
        ticket: u64,
        answer: Answer<Granted>,
        wait: Duration,
    ) -> Self {
        Self {
            line,
            ticket,
            answer,
            wait,
            answered: false,
        }
    }

    /// Blocks until the seat is granted or refused, at most for the deadline, and for the wait that
    /// was asked for where the check-out stands in the queue. Where the licence wants each check-out
    /// proven by its hardware key, that key has ten seconds more.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::Untrusted`], [`Error::DaemonNotAnswering`],
    /// [`Error::SessionLost`].
    pub fn wait(mut self) -> Result<Seat, Error> {
        let deadline = self.deadline();
        if let Some(answer) = block_on_for(&mut self.answer, deadline) {
            return self.seat(answer);
        }
        if self.proving()
            && let Some(answer) = block_on_for(&mut self.answer, HARDWARE_PROOF_WITHIN)
        {
            return self.seat(answer);
        }
        if self.queued()
            && let Some(answer) = block_on_for(&mut self.answer, self.wait)
        {
            return self.seat(answer);
        }
        Err(self.shared().not_answering(deadline))
    }

    async fn resolved(mut self) -> Result<Seat, Error> {
        let deadline = self.deadline();
        if let Ok(answer) = timeout(deadline, &mut self.answer).await {
            return self.seat(answer);
        }
        if self.proving()
            && let Ok(answer) = timeout(HARDWARE_PROOF_WITHIN, &mut self.answer).await
        {
            return self.seat(answer);
        }
        if self.queued()
            && let Ok(answer) = timeout(self.wait, &mut self.answer).await
        {
            return self.seat(answer);
        }
        Err(self.shared().not_answering(deadline))
    }

    fn shared(&self) -> &Shared {
        &self.line.0
    }

    fn deadline(&self) -> Duration {
        self.shared().settings.deadline
    }

    fn proving(&self) -> bool {
        self.shared().state().is_proving(self.ticket)
    }

    fn queued(&self) -> bool {
        !self.wait.is_zero() && self.shared().state().is_queued(self.ticket)
    }

    fn seat(
        &mut self,
        answer: Result<Result<Granted, Error>, oneshot::error::RecvError>,
    ) -> Result<Seat, Error> {
        self.answered = true;
        let granted = answer.map_err(|_| stopped())??;
        Ok(self.held(granted))
    }

    fn held(&self, granted: Granted) -> Seat {
        Seat::new(granted, Arc::clone(&self.line))
    }
}

impl IntoFuture for PendingSeat {
    type Output = Result<Seat, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    /// As [`Self::wait`], on tokio.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.resolved())
    }
}

impl Drop for PendingSeat {
    fn drop(&mut self) {
        if self.answered || self.line.0.in_owner().is_err() {
            return;
        }
        // First no answer can come any more, then what has come is given back.
        self.answer.close();
        match self.answer.try_recv() {
            Ok(Ok(granted)) => drop(self.held(granted)),
            Ok(Err(_)) => {}
            Err(_) => self.line.0.state().give_up(self.ticket),
        }
    }
}

impl fmt::Debug for PendingSeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingSeat")
            .field("ticket", &self.ticket)
            .field("wait", &self.wait)
            .finish_non_exhaustive()
    }
}

/// A seat that was given back; the daemon's confirmation can be waited for.
#[must_use = "the seat is given back; wait or await to know that the daemon has it"]
pub struct Release {
    line: Arc<Lifeline>,
    outcome: Result<Answer<()>, Error>,
}

impl Release {
    pub(crate) fn new(line: Arc<Lifeline>, outcome: Result<Answer<()>, Error>) -> Self {
        Self { line, outcome }
    }

    /// Blocks until the daemon confirms, at most for the deadline.
    ///
    /// # Errors
    /// [`Error::Refused`], [`Error::DaemonNotAnswering`]; the seat is gone either way.
    pub fn wait(self) -> Result<(), Error> {
        let deadline = self.line.0.settings.deadline;
        match block_on_for(self.outcome?, deadline) {
            Some(answer) => answer.map_err(|_| stopped())?,
            None => Err(self.line.0.not_answering(deadline)),
        }
    }

    async fn confirmed(self) -> Result<(), Error> {
        let deadline = self.line.0.settings.deadline;
        match timeout(deadline, self.outcome?).await {
            Ok(answer) => answer.map_err(|_| stopped())?,
            Err(_) => Err(self.line.0.not_answering(deadline)),
        }
    }
}

impl IntoFuture for Release {
    type Output = Result<(), Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    /// As [`Self::wait`], on tokio.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.confirmed())
    }
}

impl fmt::Debug for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Release").finish_non_exhaustive()
    }
}

pub(crate) fn stopped() -> Error {
    Error::SessionLost {
        why: Loss::RuntimeStopped,
    }
}
