//! Sessions: opened and resumed by the process that they belong to, detached when a stream is lost,
//! ended with everything that they hold.

use std::collections::BTreeSet;

use octroi_licence::Seconds;

use super::Turn;
use crate::{
    Caller, Command, Contained, Engine, Epoch, Event, Outcome, Refusal, RefusalCode, RequestNumber,
    SeatEnd, SessionEnd, SessionId, TokenHash, UserPseudonym, WaitEnd,
    rules::{belongs_to, too_many_sessions},
};

/// How long seats wait for a lost transport where no licence says otherwise.
const RESUME_WINDOW_DEFAULT: Seconds = Seconds(5);
/// How long a living process has to come back after the daemon started anew, in milliseconds.
const RESUME_AT_START_MS: u64 = 30_000;

impl Turn<'_> {
    /// The daemon starts: what ended while nobody looked ends now, what lives may come back.
    pub(super) fn start(&mut self, version: String, living: &BTreeSet<SessionId>) {
        let another_boot = self.former_boot != Some(self.now.boot_id);
        if another_boot {
            self.count_former_boot();
        }
        self.emit(Event::DaemonStarted { version });
        self.read_clock();
        let until = self.elapsed.after(RESUME_AT_START_MS);
        let sessions: Vec<(SessionId, bool)> = self
            .engine
            .state
            .sessions
            .iter()
            .map(|(id, session)| (id, session.process.is_some() && living.contains(&id)))
            .collect();
        for (session, lives) in sessions {
            if another_boot {
                self.end_session(session, SessionEnd::AnotherBoot);
            } else if lives {
                self.emit(Event::SessionDetached { session, until });
            } else {
                self.end_session(session, SessionEnd::ProcessGoneAtStart);
            }
        }
        let licences: Vec<_> = self.engine.state.licences.keys().cloned().collect();
        for licence in licences {
            self.review_keys(&licence);
        }
        self.touch_all();
    }

    pub(super) fn open(&mut self, command: Command) -> Outcome {
        let Command::Open {
            session,
            number,
            caller,
            product,
            version,
            released_at,
            unattended,
            token,
        } = command
        else {
            return Outcome::Refused(Refusal::of(RefusalCode::RequestNotUnderstood));
        };
        if let Some(open) = self.engine.state.sessions.get(session) {
            // The same request again; a session id is fresh, so anything else is a mistake.
            if open.number == number && open.user == caller.user && open.process == caller.process {
                return Outcome::Session {
                    session,
                    epoch: open.epoch,
                };
            }
            return Outcome::Refused(Refusal::of(RefusalCode::RequestOutOfOrder));
        }
        if let Some(refusal) = self.keeps_out(caller.user, &product) {
            return self.refuse_open(caller.user, refusal);
        }
        let policy = &self.engine.policy;
        let sessions = &self.engine.state.sessions;
        let mine = sessions.counts(caller.user).sessions;
        let all = u32::try_from(sessions.len()).unwrap_or(u32::MAX);
        for (limit, in_use) in [
            (policy.sessions_per_user_max, mine),
            (policy.sessions_max, all),
        ] {
            if in_use >= limit {
                return self.refuse_open(caller.user, too_many_sessions(limit, in_use));
            }
        }
        self.emit(Event::SessionOpened {
            session,
            number,
            user: caller.user,
            identified: caller.identified,
            process: caller.process,
            product,
            version,
            released_at,
            unattended,
            token,
        });
        if let Some(Contained { container, user }) = caller.container {
            self.emit(Event::SessionContained {
                session,
                container,
                user,
            });
        }
        Outcome::Session {
            session,
            epoch: Epoch(1),
        }
    }

    fn refuse_open(&mut self, user: UserPseudonym, refusal: Refusal) -> Outcome {
        if self.may_record(user, refusal.code) {
            self.emit(Event::OpenRefused {
                user,
                refusal: refusal.clone(),
            });
        }
        Outcome::Refused(refusal)
    }

    /// The process that a session belongs to comes back. Only its own sessions are looked at: a
    /// token shown by anybody else names nothing. Tokens are compared as hashes, so the time that a
    /// comparison takes tells nothing about a token.
    pub(super) fn resume(
        &mut self,
        number: RequestNumber,
        caller: &Caller,
        shown: TokenHash,
        next_token: TokenHash,
    ) -> Outcome {
        let sessions = &self.engine.state.sessions;
        let found = caller.process.and_then(|process| {
            sessions.of_process(process).find(|(_, session)| {
                belongs_to(session, caller)
                    && (session.token == shown || session.previous == Some(shown))
            })
        });
        let Some((session, state)) = found else {
            return self.refuse_open(caller.user, Refusal::of(RefusalCode::SessionUnknown));
        };
        let epoch = Epoch(state.epoch.0 + 1);
        self.emit(Event::SessionResumed {
            session,
            number,
            epoch,
            previous: shown,
            token: next_token,
        });
        Outcome::Session { session, epoch }
    }

    pub(super) fn detach(&mut self, session: SessionId, epoch: Epoch) -> Outcome {
        let Some(state) = self.engine.state.sessions.get(session) else {
            return Outcome::Done;
        };
        if state.epoch != epoch || state.detached_until.is_some() {
            return Outcome::Done;
        }
        if state.process.is_none() {
            // A stream without a process cannot come back.
            self.end_session(session, SessionEnd::ResumeWindowPassed);
        } else {
            let until = self.elapsed.after(resume_window_ms(self.engine, session));
            self.emit(Event::SessionDetached { session, until });
        }
        Outcome::Done
    }

    pub(super) fn process_exited(&mut self, session: SessionId) -> Outcome {
        self.end_session(session, SessionEnd::ProcessExited);
        Outcome::Done
    }

    pub(super) fn goodbye(&mut self, session: SessionId, epoch: Epoch) -> Outcome {
        match self.speaks(session, epoch) {
            Ok(()) => {
                self.end_session(session, SessionEnd::Goodbye);
                Outcome::Done
            }
            Err(refusal) => Outcome::Refused(refusal),
        }
    }

    /// Everything that the session waits for and holds ends before it.
    pub(super) fn end_session(&mut self, session: SessionId, cause: SessionEnd) {
        let Some(state) = self.engine.state.sessions.get(session) else {
            return;
        };
        let waiting: Vec<u64> = state.waiting().map(|(_, ticket)| ticket).collect();
        let seats = state.seats.clone();
        for ticket in waiting {
            let refusal = Refusal::of(RefusalCode::SessionNotOpen);
            self.end_wait(ticket, WaitEnd::SessionEnded, refusal);
        }
        for seat in seats {
            let Some(held) = self.engine.state.seats.get(seat) else {
                continue;
            };
            let (pool, linger_until) = (held.pool, self.linger_until(held));
            self.emit(Event::SeatEnded {
                seat,
                cause: SeatEnd::SessionEnded,
                linger_until,
            });
            self.left(pool, seat, linger_until);
        }
        self.emit(Event::SessionEnded { session, cause });
    }
}

/// How long the session's seats wait after its transport is lost: the longest window of the
/// licences that they rest on.
pub(crate) fn resume_window_ms(engine: &Engine, session: SessionId) -> u64 {
    let Some(state) = engine.state.sessions.get(session) else {
        return 0;
    };
    if state.process.is_none() {
        return 0;
    }
    let catalogue = engine.catalogue();
    let mut pools = BTreeSet::new();
    pools.extend(state.seats.iter().filter_map(|seat| {
        let seat = engine.state.seats.get(*seat)?;
        Some(seat.pool)
    }));
    pools
        .into_iter()
        .filter_map(|pool| {
            let licence = &engine.state.seats.pool(pool)?.key.licence;
            Some(catalogue.licences.get(licence)?.licence.resume_window)
        })
        .max()
        .unwrap_or(RESUME_WINDOW_DEFAULT)
        .millis()
}
