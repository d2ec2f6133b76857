//! Serves a session: reads the stream, and gets back to the daemon when the stream is lost. The only
//! place where time is waited for on the session's own behalf.

use std::{sync::Arc, time::Duration};

use octroi_proto::licensing::v1::DaemonMessage;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use crate::{
    Error, Event, Loss, RefusalCode,
    client::Settings,
    clock,
    connection::{Beginning, Connection, begin},
    pending::Turn,
    shared::{Lifeline, Shared},
    state::State,
};

/// Pauses between attempts to reconnect: at once, then doubling.
const PAUSE_FIRST: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(500);
/// A stream that lasted so long was a good one: the next attempt starts at once again.
const STREAM_GOOD_AFTER: Duration = Duration::from_secs(1);
/// Applications fetch changed documents within this span, spread at random.
const REFETCH_SPREAD_MS: u64 = 500;
/// A goodbye waits for its answer at most so long.
const GOODBYE_WITHIN: Duration = Duration::from_millis(250);

/// Opens a session. The driver must be run for anything to be answered.
pub(crate) async fn open(settings: Arc<Settings>) -> Result<(Lifeline, Driver), Error> {
    let (connection, proven) = begin(&settings, Beginning::Open).await?;
    let state = State::new(
        Arc::clone(&settings),
        proven,
        connection.outgoing.clone(),
        connection.daemon.clone(),
    );
    let shared = Arc::new(Shared::new(settings, state));
    let driver = Driver {
        shared: Arc::clone(&shared),
        connection,
        pause: Duration::ZERO,
    };
    Ok((Lifeline(shared), driver))
}

/// See the module.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    connection: Connection,
    /// Before the next attempt to reconnect.
    pause: Duration,
}

/// Why a stream is not read any more.
enum End {
    Close,
    Lost,
    Refetch,
    Over(Loss),
}

/// What became of reconnecting.
enum Reconnected {
    Yes,
    Close,
    No(Loss),
}

impl Driver {
    /// Serves until the session is over.
    pub(crate) async fn run(mut self) {
        let _guard = StopGuard(Arc::clone(&self.shared));
        loop {
            let started = Instant::now();
            let end = self.serve().await;
            if started.elapsed() >= STREAM_GOOD_AFTER {
                self.pause = Duration::ZERO;
            }
            let since = Instant::now();
            let announced = match end {
                End::Close => {
                    self.goodbye().await;
                    return self.shared.end(&Error::SessionClosed);
                }
                End::Over(why) => return self.shared.end(&Error::SessionLost { why }),
                End::Lost => true,
                End::Refetch => false,
            };
            let window = self.away(announced);
            match self.reconnect(since, window).await {
                Reconnected::Yes if announced => {
                    let away = since.elapsed();
                    self.shared.events.push(Event::Resumed { away });
                }
                Reconnected::Yes => {}
                Reconnected::Close => return self.shared.end(&Error::SessionClosed),
                Reconnected::No(why) => return self.shared.end(&Error::SessionLost { why }),
            }
        }
    }

    async fn serve(&mut self) -> End {
        let mut refetch_at = None;
        for message in std::mem::take(&mut self.connection.early) {
            if let Some(end) = self.heard(message, &mut refetch_at) {
                return end;
            }
        }
        loop {
            tokio::select! {
                biased;
                () = self.shared.closing.notified() => return End::Close,
                () = at(refetch_at) => return End::Refetch,
                message = self.connection.incoming.message() => match message {
                    Ok(Some(message)) => {
                        if let Some(end) = self.heard(message, &mut refetch_at) {
                            return end;
                        }
                    }
                    Ok(None) | Err(_) => return End::Lost,
                },
            }
        }
    }

    /// Takes one message in; an end, where it is a reason not to read on.
    fn heard(&self, message: DaemonMessage, refetch_at: &mut Option<Instant>) -> Option<End> {
        let effects = self.shared.state().heard(message, clock::since_boot());
        match self.shared.carry_out(effects) {
            Turn::GoOn => None,
            Turn::RefetchNow => Some(End::Refetch),
            Turn::RefetchSoon => {
                refetch_at.get_or_insert_with(|| Instant::now() + spread());
                None
            }
            Turn::Lost(why) => Some(End::Over(why)),
        }
    }

    /// From now on requests wait. Returns for how long the seats do.
    fn away(&self, announced: bool) -> Duration {
        let mut state = self.shared.state();
        state.disconnected();
        let window = state.reconnect_window();
        drop(state);
        if announced {
            self.shared.events.push(Event::Disconnected { window });
        }
        window
    }

    async fn reconnect(&mut self, since: Instant, window: Duration) -> Reconnected {
        let mut last = None;
        loop {
            let left = window.saturating_sub(since.elapsed());
            if left.is_zero() {
                let last = last.unwrap_or("DAEMON_NOT_ANSWERING");
                return Reconnected::No(Loss::DaemonGone { window, last });
            }
            let pause = self.next_pause().min(left);
            let shared = Arc::clone(&self.shared);
            let attempt = async {
                sleep(pause).await;
                timeout_at(since + window, self.resume()).await
            };
            let outcome = tokio::select! {
                biased;
                () = shared.closing.notified() => return Reconnected::Close,
                outcome = attempt => outcome,
            };
            match outcome {
                Ok(Ok(())) => return Reconnected::Yes,
                Ok(Err(Error::SessionLost { why })) => return Reconnected::No(why),
                Ok(Err(error)) => last = Some(error.code()),
                // The window closed on it; what came before says more.
                Err(_) => {}
            }
        }
    }

    /// One attempt. [`Error::SessionLost`] is final, any other error is worth another attempt.
    async fn resume(&mut self) -> Result<(), Error> {
        let lost = |why| Error::SessionLost { why };
        let resumption = self.shared.state().resumption();
        let (token, number, before) = resumption.ok_or(lost(Loss::NotResumable))?;
        let beginning = Beginning::Resume {
            token: &token,
            number,
            before: &before,
        };
        let (connection, proven) = begin(&self.shared.settings, beginning)
            .await
            .map_err(|error| final_loss(&error).map_or(error, lost))?;
        let effects = self.shared.state().resumed(
            proven,
            connection.outgoing.clone(),
            connection.daemon.clone(),
            clock::since_boot(),
        );
        self.connection = connection;
        self.shared.carry_out(effects);
        Ok(())
    }

    fn next_pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = pause.saturating_mul(2).clamp(PAUSE_FIRST, PAUSE_MAX);
        pause
    }

    /// Ends the session in the daemon too, so that its seats are free at once.
    async fn goodbye(&mut self) {
        let number = self.shared.state().goodbye();
        let answered = async {
            while let Ok(Some(message)) = self.connection.incoming.message().await {
                if message.number == number {
                    return;
                }
                self.heard(message, &mut None);
            }
        };
        // Unanswered, the end of the stream and of the process say the same.
        timeout(GOODBYE_WITHIN, answered).await.unwrap_or_default();
    }
}

/// Refusals after which there is no session to go back to.
fn final_loss(error: &Error) -> Option<Loss> {
    let code = error.refusal()?.code;
    match code {
        RefusalCode::SessionUnknown => Some(Loss::Unknown),
        RefusalCode::ShuttingDown
        | RefusalCode::LedgerUnwritable
        | RefusalCode::TooManySessions => None,
        code => Some(Loss::Refused { code }),
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// A random share of the span; without entropy, its middle.
fn spread() -> Duration {
    let mut bytes = [0; 8];
    let share = match getrandom::fill(&mut bytes) {
        Ok(()) => u64::from_ne_bytes(bytes) % REFETCH_SPREAD_MS,
        Err(_) => REFETCH_SPREAD_MS / 2,
    };
    Duration::from_millis(share)
}

/// Whatever ends the driver, a runtime that is shut down included, nobody waits for it for ever.
struct StopGuard(Arc<Shared>);

impl Drop for StopGuard {
    fn drop(&mut self) {
        self.0.end(&Error::SessionLost {
            why: Loss::RuntimeStopped,
        });
        self.0.over.send_replace(true);
    }
}
