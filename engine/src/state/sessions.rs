//! Sessions and what each was answered. A session belongs to a process; its newest stream speaks
//! for it; answers that the client has not acknowledged are kept, so that a repeated request gets
//! the same one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use octroi_licence::{BorrowId, CivilSeconds, ProductId, ProductVersion, ReservationId};

use crate::{
    Consumption, Contained, ElapsedMs, Epoch, ProcessIdentity, Refusal, RequestNumber, SeatId,
    SessionId, TokenHash, UserPseudonym,
};

/// What a request was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A seat was granted.
    Granted(SeatId),
    /// It waits under this ticket.
    Waiting(u64),
    /// A seat was released.
    Released(SeatId),
    /// No.
    Refused(Box<Refusal>),
    /// An amount was consumed.
    Consumed(Box<Consumption>),
    /// An amount was reserved.
    Reserved(ReservationId),
    /// A seat was borrowed, or has another period.
    Borrowed(BorrowId),
    /// A borrowed seat was given back, and is free then.
    Returned(BorrowId, CivilSeconds),
}

/// One open session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    /// The request that opened it.
    pub(crate) number: RequestNumber,
    pub(crate) user: UserPseudonym,
    pub(crate) identified: bool,
    pub(crate) unattended: bool,
    pub(crate) process: Option<ProcessIdentity>,
    pub(crate) container: Option<Contained>,
    pub(crate) product: ProductId,
    pub(crate) version: Option<ProductVersion>,
    pub(crate) released_at: Option<CivilSeconds>,
    pub(crate) token: TokenHash,
    /// Accepted until the present token is used.
    pub(crate) previous: Option<TokenHash>,
    pub(crate) epoch: Epoch,
    pub(crate) detached_until: Option<ElapsedMs>,
    /// Answers below this number may be forgotten.
    pub(crate) below: RequestNumber,
    /// By rising number.
    pub(crate) answers: VecDeque<(RequestNumber, Answer)>,
    /// Held seats, ascending.
    pub(crate) seats: Vec<SeatId>,
}

impl Session {
    pub(crate) fn answer(&self, number: RequestNumber) -> Option<&Answer> {
        let index = self
            .answers
            .binary_search_by_key(&number, |(of, _)| *of)
            .ok()?;
        self.answers.get(index).map(|(_, answer)| answer)
    }

    /// Remembers an answer and forgets those that need not be remembered any more. A waiting
    /// check-out is never forgotten.
    pub(crate) fn remember(&mut self, number: RequestNumber, below: RequestNumber, answer: Answer) {
        match self.answers.binary_search_by_key(&number, |(of, _)| *of) {
            Ok(index) => {
                if let Some(slot) = self.answers.get_mut(index) {
                    slot.1 = answer;
                }
            }
            Err(index) => {
                // Most sessions remember one answer: no more room than that before it is needed.
                self.answers
                    .reserve_exact(usize::from(self.answers.capacity() == 0));
                self.answers.insert(index, (number, answer));
            }
        }
        self.below = self.below.max(below);
        let cut = self.forgettable(self.below);
        let waiting: Vec<_> = self
            .answers
            .drain(..cut)
            .filter(|(_, answer)| matches!(answer, Answer::Waiting(_)))
            .collect();
        for entry in waiting.into_iter().rev() {
            self.answers.push_front(entry);
        }
    }

    /// Takes a granted seat in.
    pub(crate) fn hold(&mut self, seat: SeatId) {
        self.seats
            .reserve_exact(usize::from(self.seats.capacity() == 0));
        let index = self.seats.partition_point(|held| *held < seat);
        self.seats.insert(index, seat);
    }

    /// Answers that would still be open once those below `below` are forgotten.
    pub(crate) fn open_answers(&self, below: RequestNumber) -> usize {
        let cut = self.forgettable(below.max(self.below));
        let waiting = self
            .answers
            .range(..cut)
            .filter(|(_, answer)| matches!(answer, Answer::Waiting(_)))
            .count();
        self.answers.len() - cut + waiting
    }

    fn forgettable(&self, below: RequestNumber) -> usize {
        self.answers.partition_point(|(number, _)| *number < below)
    }

    /// Check-outs that wait, with their tickets, by rising number.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (RequestNumber, u64)> {
        self.answers
            .iter()
            .filter_map(|(number, answer)| match answer {
                Answer::Waiting(ticket) => Some((*number, *ticket)),
                Answer::Granted(_)
                | Answer::Released(_)
                | Answer::Refused(_)
                | Answer::Consumed(_)
                | Answer::Reserved(_)
                | Answer::Borrowed(_)
                | Answer::Returned(..) => None,
            })
    }
}

/// How much one user has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct UserCounts {
    pub(crate) sessions: u32,
    /// Lingering ones included.
    pub(crate) seats: u32,
}

/// Every open session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sessions {
    by_id: BTreeMap<SessionId, Box<Session>>,
    by_process: BTreeSet<(ProcessIdentity, SessionId)>,
    users: BTreeMap<UserPseudonym, UserCounts>,
}

impl Sessions {
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn get(&self, session: SessionId) -> Option<&Session> {
        self.by_id.get(&session).map(Box::as_ref)
    }

    pub(crate) fn get_mut(&mut self, session: SessionId) -> Option<&mut Session> {
        self.by_id.get_mut(&session).map(Box::as_mut)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        self.by_id
            .iter()
            .map(|(id, session)| (*id, session.as_ref()))
    }

    /// The sessions of one process, by id.
    pub(crate) fn of_process(
        &self,
        process: ProcessIdentity,
    ) -> impl Iterator<Item = (SessionId, &Session)> {
        let all = (process, SessionId([0; 16]))..=(process, SessionId([0xff; 16]));
        self.by_process
            .range(all)
            .filter_map(|(_, id)| self.get(*id).map(|session| (*id, session)))
    }

    pub(crate) fn insert(&mut self, id: SessionId, session: Session) {
        self.remove(id);
        if let Some(process) = session.process {
            self.by_process.insert((process, id));
        }
        self.users.entry(session.user).or_default().sessions += 1;
        self.by_id.insert(id, Box::new(session));
    }

    pub(crate) fn remove(&mut self, id: SessionId) -> Option<Box<Session>> {
        let session = self.by_id.remove(&id)?;
        if let Some(process) = session.process {
            self.by_process.remove(&(process, id));
        }
        self.recount(session.user, |counts| {
            counts.sessions = counts.sessions.saturating_sub(1);
        });
        Some(session)
    }

    pub(crate) fn counts(&self, user: UserPseudonym) -> UserCounts {
        self.users.get(&user).copied().unwrap_or_default()
    }

    /// Changes a user's counts and forgets the user who has nothing.
    pub(crate) fn recount(&mut self, user: UserPseudonym, change: impl FnOnce(&mut UserCounts)) {
        let counts = self.users.entry(user).or_default();
        change(counts);
        if *counts == UserCounts::default() {
            self.users.remove(&user);
        }
    }
}
