//! The session for ordinary applications: every call blocks its own thread only, and one thread of
//! the SDK, named `octroi`, serves the session.

use std::{
    sync::{Arc, mpsc::sync_channel},
    thread,
    time::Duration,
};

use octroi_licence::{CivilSeconds, PublicKey};

use crate::{
    Beneficiary, BorrowOptions, BorrowedSeat, CheckoutOptions, ConsumeOptions, Consumption, Error,
    Event, FeatureUse, PendingSeat, Seat,
    client::Settings,
    driver,
    park::{block_on, block_on_for},
    pending::Answer,
    request::stopped,
    shared::{Lifeline, Shared},
};

pub(crate) fn open(settings: Arc<Settings>) -> Result<Session, Error> {
    let system = |what, why: String| Error::System { what, why };
    let (report, opened) = sync_channel(1);
    thread::Builder::new()
        .name("octroi".to_owned())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .enable_time()
                .build();
            let runtime = match runtime {
                Ok(runtime) => runtime,
                Err(why) => {
                    let error = system("a runtime", why.to_string());
                    return report.send(Err(error)).unwrap_or_default();
                }
            };
            runtime.block_on(async {
                match driver::open(settings).await {
                    Ok((line, driver)) => {
                        report.send(Ok(line)).unwrap_or_default();
                        driver.run().await;
                    }
                    Err(error) => report.send(Err(error)).unwrap_or_default(),
                }
            });
        })
        .map_err(|why| system("a thread", why.to_string()))?;
    let line = opened.recv().map_err(|_| stopped())??;
    Ok(Session {
        line: Arc::new(line),
    })
}

/// An open session. Clones are handles of the same session, which ends when the last of them and of
/// its seats is dropped; [`close`](Self::close) ends it at once. A process that ends, however it ends,
/// gives everything back: the daemon hears of it from the kernel.
///
/// A session belongs to the process that opened it. A fork of that process cannot use it:
/// every call there says [`Error::Forked`], and its seats are not valid.
#[derive(Debug, Clone)]
pub struct Session {
    line: Arc<Lifeline>,
}

impl Session {
    /// Asks for one unit of a feature, without waiting in the queue.
    ///
    /// # Errors
    /// As [`PendingSeat::wait`].
    pub fn checkout(&self, feature: &str) -> Result<Seat, Error> {
        self.checkout_with(feature, CheckoutOptions::default())
    }

    /// Asks for one unit of a feature for somebody else than the operating-system user, without
    /// waiting in the queue.
    ///
    /// # Errors
    /// As [`PendingSeat::wait`] and [`Self::request_for`].
    pub fn checkout_for(&self, feature: &str, whom: Beneficiary) -> Result<Seat, Error> {
        self.request_for(feature, CheckoutOptions::default(), whom)?
            .wait()
    }

    /// Asks for a seat, and waits in the queue where the options say so.
    ///
    /// # Errors
    /// As [`PendingSeat::wait`].
    pub fn checkout_with(&self, feature: &str, options: CheckoutOptions) -> Result<Seat, Error> {
        self.request(feature, options)?.wait()
    }

    /// Sends the question and returns at once: many may be open at one time, and each may be given
    /// up by dropping it.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for what is no feature's name, [`Error::TooManyRequests`],
    /// [`Error::Forked`], or whatever ended the session.
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
    pub fn consume(&self, feature: &str, amount: u64) -> Result<Consumption, Error> {
        self.consume_with(feature, amount, ConsumeOptions::default())
    }

    /// As [`Self::consume`], for somebody else or as part of an operation.
    ///
    /// # Errors
    /// [`Error::Refused`], whose refusal names the [full window](crate::Refusal::full_window);
    /// [`Error::Untrusted`] and [`Error::DaemonNotAnswering`], after which it is not known whether the
    /// amount was consumed; [`Error::InvalidArgument`], [`Error::TooManyRequests`],
    /// [`Error::DaemonTooOld`], or whatever ended the session.
    pub fn consume_with(
        &self,
        feature: &str,
        amount: u64,
        options: ConsumeOptions,
    ) -> Result<Consumption, Error> {
        let deadline = self.line.0.settings.deadline;
        match block_on_for(self.line.consume(feature, amount, options)?, deadline) {
            Some(answer) => answer.map_err(|_| stopped())?,
            None => Err(self.line.0.not_answering(deadline)),
        }
    }

    /// Borrows a seat: it outlives the session. A lease is signed for a key that is made here.
    ///
    /// # Errors
    /// [`Error::Refused`]: [`UseNotOffered`](crate::RefusalCode::UseNotOffered) where the licence lends
    /// none, [`BorrowLimitReached`](crate::RefusalCode::BorrowLimitReached), or as a check-out.
    /// [`Error::Untrusted`], [`Error::DaemonNotAnswering`], [`Error::InvalidArgument`],
    /// [`Error::TooManyRequests`], [`Error::DaemonTooOld`], or whatever ended the session.
    pub fn borrow(&self, feature: &str, options: BorrowOptions) -> Result<BorrowedSeat, Error> {
        let answer = self.line.borrow(feature, options)?;
        self.answered(answer).map(BorrowedSeat::new)
    }

    /// Another period for a borrowed seat, from now on. The seat keeps its present period where this
    /// fails; [keep](BorrowedSeat::keep_in) it afterwards.
    ///
    /// # Errors
    /// As [`Self::borrow`]; [`SeatNotHeld`](crate::RefusalCode::SeatNotHeld) where its period was over.
    pub fn renew(&self, seat: &mut BorrowedSeat) -> Result<(), Error> {
        self.renew_for(seat, None)
    }

    /// As [`Self::renew`], for whom the seat was borrowed where that is not the operating-system user.
    ///
    /// # Errors
    /// As [`Self::renew`].
    pub fn renew_for(
        &self,
        seat: &mut BorrowedSeat,
        whom: Option<Beneficiary>,
    ) -> Result<(), Error> {
        let answer = self.line.renew(seat, whom)?;
        seat.lent = self.answered(answer)?;
        Ok(())
    }

    /// Gives a borrowed seat back. It is not valid any more, and free for others at the instant that is
    /// returned, when its present period ends; `None`: it was free already. Remove its file.
    ///
    /// # Errors
    /// As [`Self::borrow`]; the seat is kept then.
    pub fn return_early(&self, seat: &mut BorrowedSeat) -> Result<Option<CivilSeconds>, Error> {
        let answer = self.line.return_early(seat)?;
        let until = self.answered(answer)?;
        seat.returned = true;
        Ok(until)
    }

    fn answered<T>(&self, answer: Answer<T>) -> Result<T, Error> {
        let deadline = self.line.0.settings.deadline;
        match block_on_for(answer, deadline) {
            Some(answer) => answer.map_err(|_| stopped())?,
            None => Err(self.line.0.not_answering(deadline)),
        }
    }

    /// How much of each feature is in use.
    ///
    /// # Errors
    /// As [`Self::request`], and [`Error::DaemonNotAnswering`].
    pub fn list(&self) -> Result<Vec<FeatureUse>, Error> {
        let deadline = self.line.0.settings.deadline;
        match block_on_for(self.line.list()?, deadline) {
            Some(answer) => answer.map_err(|_| stopped())?,
            None => Err(self.line.0.not_answering(deadline)),
        }
    }

    /// What happens to the session, to be read in a thread of its own or now and then. It does not
    /// keep the session open.
    pub fn events(&self) -> Events {
        Events {
            shared: Arc::clone(&self.line.0),
        }
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

    /// Opens a new session as this one was opened: after it was lost, or in a fork of the process. Seats
    /// do not come back with it; check them out anew.
    ///
    /// # Errors
    /// As [`Client::open`](crate::Client::open).
    pub fn reopen(&self) -> Result<Self, Error> {
        open(Arc::clone(&self.line.0.settings))
    }

    /// Ends the session now: its seats are given back, whoever holds them.
    ///
    /// # Errors
    /// [`Error::Forked`].
    pub fn close(self) -> Result<(), Error> {
        const CLOSED_WITHIN: Duration = Duration::from_secs(1);
        let mut over = self.line.close()?;
        drop(block_on_for(over.wait_for(|over| *over), CLOSED_WITHIN));
        Ok(())
    }
}

/// A session's events, in order. Several readers share them: each event is read once.
#[derive(Debug)]
pub struct Events {
    shared: Arc<Shared>,
}

impl Events {
    /// The next event, if one comes within `time`.
    pub fn next_within(&mut self, time: Duration) -> Option<Event> {
        self.shared.in_owner().ok()?;
        block_on_for(self.shared.events.next(), time).flatten()
    }
}

impl Iterator for Events {
    type Item = Event;

    /// Blocks for the next event; `None` once the session is over and everything was read.
    fn next(&mut self) -> Option<Event> {
        self.shared.in_owner().ok()?;
        block_on(self.shared.events.next())
    }
}
