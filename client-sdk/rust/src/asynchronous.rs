//! The session for applications on tokio: served by the caller's own runtime, no thread in between.

use std::{sync::Arc, time::Duration};

use octroi_licence::{CivilSeconds, PublicKey};
use tokio::time::timeout;

use crate::{
    Beneficiary, BorrowOptions, BorrowedSeat, CheckoutOptions, ConsumeOptions, Consumption, Error,
    Event, FeatureUse, PendingSeat, Seat, client::Settings, driver, pending::Answer,
    request::stopped, shared::Lifeline,
};

pub(crate) async fn open(settings: Arc<Settings>) -> Result<Session, Error> {
    let (line, driver) = driver::open(settings).await?;
    drop(tokio::spawn(driver.run()));
    Ok(Session {
        line: Arc::new(line),
    })
}

/// An open session on the caller's runtime. Clones are handles of the same session, which ends when
/// the last of them and of its seats is dropped. See [`crate::Session`] for blocking code.
#[derive(Debug, Clone)]
pub struct Session {
    line: Arc<Lifeline>,
}

impl Session {
    /// Asks for one unit of a feature, without waiting in the queue.
    ///
    /// # Errors
    /// As [`PendingSeat::wait`].
    pub async fn checkout(&self, feature: &str) -> Result<Seat, Error> {
        self.request(feature, CheckoutOptions::default())?.await
    }

    /// Asks for one unit of a feature for somebody else than the operating-system user, without
    /// waiting in the queue.
    ///
    /// # Errors
    /// As [`PendingSeat::wait`] and [`Self::request_for`].
    pub async fn checkout_for(&self, feature: &str, whom: Beneficiary) -> Result<Seat, Error> {
        self.request_for(feature, CheckoutOptions::default(), whom)?
            .await
    }

    /// Asks for a seat. Dropping the future gives the check-out up.
    ///
    /// # Errors
    /// As [`PendingSeat::wait`].
    pub async fn checkout_with(
        &self,
        feature: &str,
        options: CheckoutOptions,
    ) -> Result<Seat, Error> {
        self.request(feature, options)?.await
    }

    /// Sends the question and returns at once: many may be open at one time.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for what is no feature's name, [`Error::TooManyRequests`], or
    /// whatever ended the session.
    pub fn request(&self, feature: &str, options: CheckoutOptions) -> Result<PendingSeat, Error> {
        self.line.request(feature, options, None)
    }

    /// As [`Self::request`], for somebody else than the operating-system user.
    ///
    /// # Errors
    /// As [`Self::request`], and [`Error::DaemonTooOld`] where the daemon cannot be told for whom.
    pub fn request_for(
        &self,
        feature: &str,
        options: CheckoutOptions,
        whom: Beneficiary,
    ) -> Result<PendingSeat, Error> {
        self.line.request(feature, options, Some(whom))
    }

    /// Consumes an amount of a metered feature, in all of its windows or in none.
    ///
    /// # Errors
    /// As [`Self::consume_with`].
    pub async fn consume(&self, feature: &str, amount: u64) -> Result<Consumption, Error> {
        self.consume_with(feature, amount, ConsumeOptions::default())
            .await
    }

    /// As [`Self::consume`], for somebody else or as part of an operation.
    ///
    /// # Errors
    /// [`Error::Refused`], whose refusal names the [full window](crate::Refusal::full_window);
    /// [`Error::Untrusted`] and [`Error::DaemonNotAnswering`], after which it is not known whether the
    /// amount was consumed; [`Error::InvalidArgument`], [`Error::TooManyRequests`],
    /// [`Error::DaemonTooOld`], or whatever ended the session.
    pub async fn consume_with(
        &self,
        feature: &str,
        amount: u64,
        options: ConsumeOptions,
    ) -> Result<Consumption, Error> {
        let deadline = self.line.0.settings.deadline;
        match timeout(deadline, self.line.consume(feature, amount, options)?).await {
            Ok(answer) => answer.map_err(|_| stopped())?,
            Err(_) => Err(self.line.0.not_answering(deadline)),
        }
    }

    /// Borrows a seat: it outlives the session. A lease is signed for a key that is made here.
    ///
    /// # Errors
    /// [`Error::Refused`]: [`UseNotOffered`](crate::RefusalCode::UseNotOffered) where the licence lends
    /// none, [`BorrowLimitReached`](crate::RefusalCode::BorrowLimitReached), or as a check-out.
    /// [`Error::Untrusted`], [`Error::DaemonNotAnswering`], [`Error::InvalidArgument`],
    /// [`Error::TooManyRequests`], [`Error::DaemonTooOld`], or whatever ended the session.
    pub async fn borrow(
        &self,
        feature: &str,
        options: BorrowOptions,
    ) -> Result<BorrowedSeat, Error> {
        let answer = self.line.borrow(feature, options)?;
        self.answered(answer).await.map(BorrowedSeat::new)
    }

    /// Another period for a borrowed seat, from now on. The seat keeps its present period where this
    /// fails; [keep](BorrowedSeat::keep_in) it afterwards.
    ///
    /// # Errors
    /// As [`Self::borrow`]; [`SeatNotHeld`](crate::RefusalCode::SeatNotHeld) where its period was over.
    pub async fn renew(&self, seat: &mut BorrowedSeat) -> Result<(), Error> {
        self.renew_for(seat, None).await
    }

    /// As [`Self::renew`], for whom the seat was borrowed where that is not the operating-system user.
    ///
    /// # Errors
    /// As [`Self::renew`].
    pub async fn renew_for(
        &self,
        seat: &mut BorrowedSeat,
        whom: Option<Beneficiary>,
    ) -> Result<(), Error> {
        let answer = self.line.renew(seat, whom)?;
        seat.lent = self.answered(answer).await?;
        Ok(())
    }

    /// Gives a borrowed seat back. It is not valid any more, and free for others at the instant that is
    /// returned, when its present period ends; `None`: it was free already. Remove its file.
    ///
    /// # Errors
    /// As [`Self::borrow`]; the seat is kept then.
    pub async fn return_early(
        &self,
        seat: &mut BorrowedSeat,
    ) -> Result<Option<CivilSeconds>, Error> {
        let answer = self.line.return_early(seat)?;
        let until = self.answered(answer).await?;
        seat.returned = true;
        Ok(until)
    }

    async fn answered<T>(&self, answer: Answer<T>) -> Result<T, Error> {
        let deadline = self.line.0.settings.deadline;
        match timeout(deadline, answer).await {
            Ok(answer) => answer.map_err(|_| stopped())?,
            Err(_) => Err(self.line.0.not_answering(deadline)),
        }
    }

    /// How much of each feature is in use.
    ///
    /// # Errors
    /// As [`Self::request`], and [`Error::DaemonNotAnswering`].
    pub async fn list(&self) -> Result<Vec<FeatureUse>, Error> {
        let deadline = self.line.0.settings.deadline;
        match timeout(deadline, self.line.list()?).await {
            Ok(answer) => answer.map_err(|_| stopped())?,
            Err(_) => Err(self.line.0.not_answering(deadline)),
        }
    }

    /// The next event; `None` once the session is over and everything was read.
    pub async fn next_event(&self) -> Option<Event> {
        self.line.0.events.next().await
    }

    /// The daemon's key, for which the vendor's certificates vouch.
    pub fn daemon_key(&self) -> PublicKey {
        self.line.0.state().daemon_key
    }

    /// The daemon's version, as it says itself.
    pub fn daemon_version(&self) -> String {
        self.line.0.state().daemon.version.clone()
    }

    /// Which stream of the session this is: 1, and one more with each resume.
    pub fn epoch(&self) -> u64 {
        self.line.0.state().epoch
    }

    /// Opens a new session as this one was opened, after it was lost. Seats do not come back with it;
    /// check them out anew.
    ///
    /// # Errors
    /// As [`Client::open_async`](crate::Client::open_async).
    pub async fn reopen(&self) -> Result<Self, Error> {
        open(Arc::clone(&self.line.0.settings)).await
    }

    /// Ends the session now: its seats are given back, whoever holds them.
    ///
    /// # Errors
    /// [`Error::Forked`].
    pub async fn close(self) -> Result<(), Error> {
        const CLOSED_WITHIN: Duration = Duration::from_secs(1);
        let mut over = self.line.close()?;
        // The driver bounds its goodbye itself; this is for a runtime that does not run it.
        drop(timeout(CLOSED_WITHIN, over.wait_for(|over| *over)).await);
        Ok(())
    }
}
